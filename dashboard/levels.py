"""The level of transmission by KMK HK.01.07/MENKES/4805/2021, and which indicator drives it.

Weeks run from Saturday to Friday. The level is that of the worst indicator of transmission. Where a city sends no
hospital admissions, or a part of it is asked about (hospitals serve the whole city), what is told is the least that the
level can be. Positivity, contacts and beds speak of the capacity to respond, not of transmission.
"""

from dataclasses import replace
from typing import NamedTuple

import sqlalchemy as sa

from dashboard.indicator import Better, Indicator
from dashboard.indicators.covid import ADMISSIONS_WEEK, BOR_WEEK, CONTACTS, DEATHS_WEEK, INCIDENCE, POSITIVITY
from dashboard.queries import Asked, value
from dashboard.scope import DAY, WEEK
from etl.text import Text

FRIDAY = 4
NOT_HELD = Text("belum ada sumber", "no source yet")
CITY_ONLY = Text("hanya seluruh kota", "whole city only")
ADEQUACY = (Text("memadai", "adequate"), Text("sedang", "moderate"), Text("terbatas", "limited"))


class Ladder(NamedTuple):
    """Where levels 2, 3 and 4 begin: at the first two bounds, and above the third."""

    indicator: Indicator
    bounds: tuple[float, float, float]

    def level(self, number: float) -> int:
        """The level, 1 to 4, of a value."""
        second, third, fourth = self.bounds
        return 1 + (number >= second) + (number >= third) + (number > fourth)


class Capacity(NamedTuple):
    """Where the capacity to respond is no longer adequate, and where it is limited."""

    indicator: Indicator
    bounds: tuple[float, float]

    def adequacy(self, number: float) -> Text:
        """Of contacts more is better; of the others less."""
        moderate, limited = self.bounds
        if self.indicator.better is Better.MORE:
            return ADEQUACY[(number <= moderate) + (number < limited)]
        return ADEQUACY[(number >= moderate) + (number > limited)]


LADDERS = (
    Ladder(INCIDENCE, (20, 50, 150)),
    Ladder(ADMISSIONS_WEEK, (5, 10, 30)),
    Ladder(DEATHS_WEEK, (1, 2, 5)),
)
CAPACITIES = (Capacity(POSITIVITY, (5, 15)), Capacity(CONTACTS, (14, 5)), Capacity(BOR_WEEK, (60, 80)))


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
    return [_step(ladder, known(connection, ladder.indicator, week)) for ladder in LADDERS]


def _step(ladder: Ladder, number: float | None) -> Step:
    return Step(ladder, number, None if number is None else ladder.level(number))


def known(connection: sa.Connection, indicator: Indicator, week: Asked) -> float | None:
    """The value in that week; nothing of a part of the city where it is the whole city's."""
    if not indicator.area and week.scope.area != week.city.code:
        return None
    return value(connection, indicator, week)


def driver(found: list[Step]) -> Step | None:
    """The indicator that drives the level: the worst; of equals the one that is nearest to level 4."""
    return max((step for step in found if step.level), key=lambda step: (step.level, step.way), default=None)


def capacity(connection: sa.Connection, week: Asked) -> list[tuple[Capacity, float | None]]:
    """What there was to respond with in that week."""
    return [(one, known(connection, one.indicator, week)) for one in CAPACITIES]


def unknown(indicator: Indicator, week: Asked) -> Text:
    """Why there is no value."""
    return NOT_HELD if indicator.area or week.scope.area == week.city.code else CITY_ONLY
