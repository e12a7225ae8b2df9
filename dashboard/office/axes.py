"""Charts of the brief as numbers between 0 and 1, with the labels of both axes: what sets the page only draws them."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from babel.dates import format_date

from dashboard import format as fmt
from dashboard.indicator import Indicator, Unit
from dashboard.morning.watched import called
from dashboard.queries import Asked, measure
from dashboard.scope import DAY, WEEK

WEEKS = 8
LEAST_POINTS = 7
STEPS = 4  # lines across a chart, about


def charted(connection: sa.Connection, about: Indicator, asked: Asked) -> dict[str, Any] | None:
    """The days of the last eight weeks of an indicator as a line; none where there are too few."""
    until = asked.scope.until
    since = until - WEEK * WEEKS + DAY
    wider = replace(asked, scope=replace(asked.scope, since=since))
    points = [
        (_date(point.key), point.value)
        for point in measure(connection, about, wider, by="day")
        if point.key and point.value is not None
    ]
    if len(points) < LEAST_POINTS:
        return None
    if about.unit.adds_up:  # a day without rows between others is a zero
        known, first = dict(points), points[0][0]
        points = [(day, known.get(day, 0.0)) for day in (first + DAY * n for n in range((until - first).days + 1))]
    return drawn(about, points, about.aim(asked.city), asked.scope.language)


def _date(key: dt.date) -> dt.date:
    return key.date() if isinstance(key, dt.datetime) else key


def drawn(
    about: Indicator, points: Sequence[tuple[dt.date, float]], aim: float | None, language: str
) -> dict[str, Any]:
    """A line on its axes; the upright one begins at zero."""
    first, last = points[0][0], points[-1][0]
    span = max(1, (last - first).days)
    lines = ticks(max([number for _, number in points] + ([aim] if aim else [])))
    if about.unit is Unit.PERCENT:
        lines = [line for line in lines if line <= 100]
    top = lines[-1]
    mondays = [first + DAY * n for n in range(span + 1) if (first + DAY * n).weekday() == 0]
    return {
        "title": called(about).say(language),
        "unit": about.unit.value.say(language),
        "points": [[(day - first).days / span, number / top] for day, number in points],
        "aim": None if aim is None else aim / top,
        "aim_label": "" if aim is None else fmt.figure(aim, about.unit, language),
        "ticks": [[line / top, fmt.figure(line, about.unit, language)] for line in lines],
        "days": [[(day - first).days / span, str(format_date(day, "d MMM", locale=language))] for day in mondays[::2]],
    }


def ticks(greatest: float) -> list[float]:
    """Round numbers from zero to the first that is not exceeded."""
    if greatest <= 0:
        return [0.0, 1.0]
    rough = greatest / STEPS
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * part for part in (1, 2, 2.5, 5, 10) if size * part >= rough)
    return [step * n for n in range(math.ceil(greatest / step) + 1)]
