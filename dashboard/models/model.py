"""A model described once: what it says, by which method, and how it fared on days that have come since."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from dashboard.indicator import Unit
from etl.cities import City
from etl.text import Text


class Judged(NamedTuple):
    """What a model said with nothing but what was known then, beside what came.

    ``moment``: the day or hour that was spoken of. ``naive``: what a forecast without a model would have said.
    """

    moment: dt.datetime | dt.date
    said: float
    low: float
    high: float
    naive: float | None
    came: float

    @property
    def held(self) -> bool:
        """Whether what came lies within the interval."""
        return self.low <= self.came <= self.high


@dataclass(frozen=True)
class Model:
    """A model whose track record is kept: listed in ``MODELS`` of a module of ``dashboard.analyses``."""

    key: str
    subject: str
    title: Text
    method: Text  # with its source: authors, year, doi
    naive: Text  # what it is compared with
    unit: Unit
    datasets: tuple[str, ...]
    judged: Callable[[sa.Connection, City, dt.date], Sequence[Judged]]  # up to a day, as far back as makes sense
    coverage: float = 0.8  # the share of what comes that its interval is meant to hold
