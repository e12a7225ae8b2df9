"""A range of time, for what is brought in again."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """From a moment on, up to another."""

    since: dt.datetime
    until: dt.datetime

    def __contains__(self, moment: dt.datetime) -> bool:
        return self.since <= moment < self.until
