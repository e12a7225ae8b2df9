"""Periods of a city's calendar: days, weeks, months, and the epidemic weeks of KMK 4805/2021, Saturday to Friday."""

import datetime as dt
from collections.abc import Iterator
from enum import StrEnum

DAY = dt.timedelta(days=1)
SATURDAY = 2 * DAY  # before the Monday that follows it


class Step(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"  # Monday to Sunday
    EPIDEMIC_WEEK = "epidemic_week"  # Saturday to Friday
    MONTH = "month"


def start(day: dt.date, step: Step) -> dt.date:
    """The first day of the period that a day lies in."""
    match step:
        case Step.DAY:
            return day
        case Step.WEEK:
            return day - day.weekday() * DAY
        case Step.EPIDEMIC_WEEK:
            return start(day + SATURDAY, Step.WEEK) - SATURDAY
        case Step.MONTH:
            return day.replace(day=1)


def after(first: dt.date, step: Step) -> dt.date:
    """The first day of the next period."""
    match step:
        case Step.DAY:
            return first + DAY
        case Step.WEEK | Step.EPIDEMIC_WEEK:
            return first + 7 * DAY
        case Step.MONTH:
            return start(first + 31 * DAY, Step.MONTH)


def whole(first: dt.date, last: dt.date, step: Step) -> Iterator[dt.date]:
    """First days of the periods that lie wholly within these days, both inclusive."""
    at = start(first, step)
    at = at if at == first else after(at, step)
    while after(at, step) - DAY <= last:
        yield at
        at = after(at, step)
