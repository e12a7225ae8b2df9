"""The level of transmission by KMK HK.01.07/MENKES/4805/2021, and which indicator drives it.

Weeks run from Saturday to Friday. The level is that of the worst indicator of transmission. Hospital admissions are one
of them, and no city sends them yet: what is told is the least that the level can be. Positivity speaks of the capacity
to respond, not of transmission.
"""

from dataclasses import replace
from typing import NamedTuple

import sqlalchemy as sa

from dashboard.indicator import Indicator
from dashboard.indicators.covid import DEATHS_WEEK, INCIDENCE, POSITIVITY
from dashboard.queries import Asked, value
from dashboard.scope import DAY, WEEK
from etl.text import Text

FRIDAY = 4
ADMISSIONS = Text("Rawat inap baru 7 hari per 100 ribu", "Hospital admissions in 7 days per 100,000")
NOT_HELD = Text("belum ada sumber", "no source yet")


class Ladder(NamedTuple):
    """Where levels 2, 3 and 4 begin: at the first two bounds, and above the third."""

    title: Text
    bounds: tuple[float, float, float]
    indicator: Indicator | None = None  # None: no city sends it

    def level(self, number: float) -> int:
        """The level, 1 to 4, of a value."""
        second, third, fourth = self.bounds
        return 1 + (number >= second) + (number >= third) + (number > fourth)


LADDERS = (
    Ladder(INCIDENCE.title, (20, 50, 150), INCIDENCE),
    Ladder(ADMISSIONS, (5, 10, 30)),
    Ladder(DEATHS_WEEK.title, (1, 2, 5), DEATHS_WEEK),
)
CAPACITY = (Text("memadai", "adequate"), Text("sedang", "moderate"), Text("terbatas", "limited"))
MODERATE, LIMITED = 5.0, 15.0  # per cent positive


class Step(NamedTuple):
    """One indicator of transmission in a week; no level where it is not known."""

    ladder: Ladder
    number: float | None
    level: int | None

    @property
    def way(self) -> float:
        """How far towards level 4."""
        return (self.number or 0) / self.ladder.bounds[-1]


def last_week(asked: Asked) -> Asked:
    """The same question of the last whole week from Saturday to Friday."""
    today = asked.now.astimezone(asked.city.tz).date()
    last = min(asked.scope.until, today - DAY)
    friday = last - DAY * ((last.weekday() - FRIDAY) % 7)
    return Asked(replace(asked.scope, since=friday - WEEK + DAY, until=friday), asked.city, asked.now)


def steps(connection: sa.Connection, week: Asked) -> list[Step]:
    """Every indicator of transmission in that week."""
    return [_step(connection, ladder, week) for ladder in LADDERS]


def _step(connection: sa.Connection, ladder: Ladder, week: Asked) -> Step:
    number = value(connection, ladder.indicator, week) if ladder.indicator else None
    return Step(ladder, number, None if number is None else ladder.level(number))


def driver(found: list[Step]) -> Step | None:
    """The indicator that drives the level: the worst; of equals the one that is nearest to level 4."""
    return max((step for step in found if step.level), key=lambda step: (step.level, step.way), default=None)


def capacity(connection: sa.Connection, week: Asked) -> tuple[float | None, Text | None]:
    """Positivity of that week, and what it says of testing."""
    number = value(connection, POSITIVITY, week)
    return number, None if number is None else CAPACITY[(number >= MODERATE) + (number > LIMITED)]
