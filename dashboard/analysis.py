"""An analysis declared once: what is too slow for a page, or has to be remembered, is made by a process of its own.

``python -m dashboard analyse`` makes it for every city once an hour or a day and keeps each result with its moment, so
that ``as_of`` finds what was said then. Pages read the latest (``latest``); whoever shows it names ``ANALYSES`` among
what renews a panel.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from etl.analyses import RESULTS
from etl.cities import City

Says = dict[str, Any]  # what JSON can hold
Every = Literal["hour", "day"]  # of the city's own clock


class Told(NamedTuple):
    """A result and when it was made."""

    says: Says
    made_at: dt.datetime


@dataclass(frozen=True)
class Analysis:
    """``made`` reads a city's rows, and gives None when there is not enough to say anything."""

    key: str
    datasets: tuple[str, ...]
    every: Every
    made: Callable[[sa.Connection, City, dt.datetime], Says | None]


def latest(connection: sa.Connection, city: City, key: str, as_of: dt.datetime | None = None) -> Told | None:
    """What the analysis said last, or had said by ``as_of``."""
    query = sa.select(RESULTS.c.says, RESULTS.c.made_at).where(
        RESULTS.c.city_code == city.code, RESULTS.c.analysis == key
    )
    if as_of:
        query = query.where(RESULTS.c.made_at <= as_of)
    row = connection.execute(query.order_by(RESULTS.c.made_at.desc()).limit(1)).one_or_none()
    return Told(row.says, row.made_at) if row else None


def begun(every: Every, moment: dt.datetime, city: City) -> dt.datetime:
    """When the hour or the day of a moment began, by the clocks of the city."""
    local = moment.astimezone(city.tz).replace(minute=0, second=0, microsecond=0)
    return local if every == "hour" else local.replace(hour=0)
