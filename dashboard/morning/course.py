"""The recent course of an indicator: yesterday, the same weekday of the weeks before, and the days in between.

Only complete days count. A day before the first one of the data is not known, and not zero.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean

import sqlalchemy as sa

from dashboard.indicator import Indicator, Window
from dashboard.queries import Asked, compared, measure, value
from dashboard.scope import DAY, WEEK
from etl.cities import City

WEEKS = 8  # same weekdays that are looked back at
USUAL_WEEKS = 4  # of them what is usual is the mean
WARM_UP = WEEK  # a state is not whole until so long after the first row


@dataclass(frozen=True)
class Course:
    """Values by day, newest first; ``sizes`` are denominators of a share of rows. ``monthly``: days a month apart."""

    day: dt.date
    values: dict[dt.date, float]
    sizes: dict[dt.date, float]
    monthly: bool = False

    @property
    def now(self) -> float | None:
        return self.values.get(self.day)

    @cached_property
    def before(self) -> list[dt.date]:
        """The days that it is compared with, the latest first."""
        if self.monthly:
            return [day for day in sorted(self.values, reverse=True) if day < self.day]
        weekdays = (self.day - WEEK * n for n in range(1, WEEKS + 1))
        return [day for day in weekdays if day in self.values]

    @property
    def usual(self) -> float | None:
        """The mean of the latest of them."""
        days = self.before[:USUAL_WEEKS]
        return fmean(self.values[day] for day in days) if days else None

    def streak(self, bad: Callable[[float], bool]) -> list[dt.date]:
        """The days in a row, back from yesterday, on which a value was bad; of weekly values those days."""
        found: list[dt.date] = []
        for day in sorted(self.values, reverse=True):
            if not bad(self.values[day]):
                break
            found.append(day)
        return found


def yesterday(city: City, now: dt.datetime) -> dt.date:
    """The last complete day of a city."""
    return now.astimezone(city.tz).date() - DAY


def course(connection: sa.Connection, about: Indicator, asked: Asked, of_rows: bool) -> Course:
    """The course of an indicator up to the day of the question."""
    if about.window is Window.PERIOD:
        return _daily(connection, about, asked, of_rows)
    if about.window is Window.KNOWN:
        return _known(connection, about, asked)
    return _monthly(connection, about, asked) if about.window is Window.MONTH else _weekly(connection, about, asked)


def _on(asked: Asked, day: dt.date, days: int = 1) -> Asked:
    """Asked of the days up to one, at its end."""
    midnight = dt.datetime.combine(day + DAY, dt.time(), asked.city.tz)
    return replace(asked, scope=replace(asked.scope, since=day - DAY * (days - 1), until=day), now=midnight)


def counted(about: Indicator) -> Indicator:
    """How many rows an indicator stands on, in its place."""
    return replace(about, value=lambda c: sa.func.count())


def _daily(connection: sa.Connection, about: Indicator, asked: Asked, of_rows: bool) -> Course:
    day = asked.scope.until
    whole = _on(asked, day, WEEKS * WEEK.days + 1)

    def by_day(one: Indicator) -> dict[dt.date, float]:
        points = measure(connection, one, whole, by="day")
        return {_date(point.key): point.value for point in points if point.key and point.value is not None}

    values = by_day(about)
    if about.unit.adds_up and values:  # a day without rows between others is a zero
        first = min(values)
        values = {d: values.get(d, 0.0) for d in (first + DAY * n for n in range((day - first).days + 1))}
    return Course(day, values, by_day(counted(about)) if of_rows else {})


def _date(key: dt.date) -> dt.date:
    return key.date() if isinstance(key, dt.datetime) else key


def _weekly(connection: sa.Connection, about: Indicator, asked: Asked) -> Course:
    """A state, or the sum of a week, on the same weekday of each week."""
    day = asked.scope.until
    first = _first(connection, about, asked)
    ends = [day - WEEK * n for n in range(WEEKS + 1)]
    known = [end for end in ends if first and end >= first + WARM_UP]
    values = {end: value(connection, about, _on(asked, end)) for end in known}
    return Course(day, {end: number for end, number in values.items() if number is not None}, {})


def _first(connection: sa.Connection, about: Indicator, asked: Asked) -> dt.date | None:
    """The first day of the rows of an indicator."""
    rows = about.rows(asked.city, asked.moment, None)
    found = connection.scalar(sa.select(sa.func.min(rows.c[about.time])).where(rows.c.city_code == asked.city.code))
    return found.astimezone(asked.city.tz).date() if isinstance(found, dt.datetime) else found


def _known(connection: sa.Connection, about: Indicator, asked: Asked) -> Course:
    """What the latest report says, and what was known a week before."""
    day = asked.scope.until
    values = {day: value(connection, about, asked), day - WEEK: compared(connection, about, asked)}
    return Course(day, {end: number for end, number in values.items() if number is not None}, {})


def _monthly(connection: sa.Connection, about: Indicator, asked: Asked) -> Course:
    """The month so far, and last month up to the same day."""
    day = asked.scope.until
    last = day.replace(day=1) - DAY
    before = last.replace(day=min(day.day, last.day))
    both = {end: value(connection, about, _on(asked, end)) for end in (day, before)}
    sizes = {end: value(connection, counted(about), _on(asked, end)) for end in both}
    return Course(day, _said(both), _said(sizes), monthly=True)


def _said(values: dict[dt.date, float | None]) -> dict[dt.date, float]:
    return {day: number for day, number in values.items() if number is not None}
