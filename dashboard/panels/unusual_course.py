"""The course of what is unusual: what came day by day, within what was expected."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard import figures as fig
from dashboard.analysis import Says as Said
from dashboard.areas import Places
from dashboard.indicator import Indicator
from dashboard.indicators import indicators
from dashboard.models.unusual import INTERVAL
from dashboard.panels.base import Answer, empty, twin
from dashboard.panels.unusual import CALM, UnusualPanel, day_of, events_of, name_of, plain
from dashboard.queries import Asked
from dashboard.scope import DAY
from etl.text import Text

COLUMNS = ("value", "expected", "low", "high")


@dataclass(frozen=True, kw_only=True)
class Course(UnusualPanel):
    """The chosen event, or the strongest: what came day by day, within what was expected."""

    span: int = 8

    def shown(self, said: Said, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        events = events_of(said, asked)
        if not events:
            return empty(language, CALM)
        event = events[0]
        about, course = indicators()[event["indicator"]], event["course"]
        first = dt.date.fromisoformat(course["from"])
        days = [(first + DAY * n).isoformat() for n in range(len(course["value"]))]
        since = Text("tak biasa sejak", "unusual since").say(language)
        return {
            "title": f"{name_of(event, asked, places)}: {since} {day_of(event['since'], language)}",
            "subtitle": f"{day_of(days[0], language)} – {day_of(days[-1], language)}",
            "unit": about.unit.value.say(language),
            "figure": course_figure(days, course, about, language),
            "table": _course_table(days, course, about, language),
        }


def course_figure(days: Sequence[str], course: dict[str, Any], about: Indicator, language: str) -> fig.Figure:
    """What came as a line, what was expected as another, its interval as a band around that."""
    hover = [_course_hover(day, n, course, about, language) for n, day in enumerate(days)]
    expected = Text("diperkirakan", "expected").say(language)
    value = about.title.say(language)
    highest = [number for name in ("value", "high") for number in course[name] if number is not None]
    ticks, words = fig.axis_ticks(highest, about.unit, language)
    return {
        "data": [
            stretches(days, course["low"], course["high"], 1),
            fig.line(expected, days, course["expected"], hover, 1),
            fig.line(value, days, course["value"], hover, 0),
        ],
        "layout": {
            "showlegend": True,
            "xaxis": {"type": "date"},
            "yaxis": {"rangemode": "tozero", "tickvals": ticks, "ticktext": words},
        },
    }


def stretches(
    days: Sequence[str], low: Sequence[float | None], high: Sequence[float | None], number: int
) -> fig.Figure:
    """A band as closed shapes: one for each stretch of days without a gap."""
    x: list[str | None] = []
    y: list[float | None] = []
    start = 0
    for end in range(len(days) + 1):
        if end == len(days) or low[end] is None or high[end] is None:
            span = slice(start, end)
            if end > start:
                x += [*days[span], *reversed(days[span]), None]
                y += [*high[span], *reversed(low[span]), None]
            start = end + 1
    return fig.band(f"{INTERVAL:.0%}", x[:-1], y[:-1], number)


def _course_hover(day: str, n: int, course: dict[str, Any], about: Indicator, language: str) -> str:
    value, expected, low, high = (plain(course[name][n], about, language) for name in COLUMNS)
    usual = Text("biasanya", "usually").say(language)
    return f"{day_of(day, language)} · {value}, {usual} {expected} ({low}–{high})"


def _course_table(days: Sequence[str], course: dict[str, Any], about: Indicator, language: str) -> Answer:
    names = (
        Text("Hari", "Day"),
        Text("Nilai", "Value"),
        Text("Diperkirakan", "Expected"),
        Text("Batas bawah 80 %", "Low 80 %"),
        Text("Batas atas 80 %", "High 80 %"),
    )
    cells = [[course[name][n] for name in COLUMNS] for n in range(len(days))]
    rows = [
        [day_of(day, language), *(plain(x, about, language) for x in row)] for day, row in zip(days, cells, strict=True)
    ]
    raw = [[day, *row] for day, row in zip(days, cells, strict=True)]
    return twin([(name.say(language), "") for name in names], rows, raw) | {"series": list(COLUMNS)}
