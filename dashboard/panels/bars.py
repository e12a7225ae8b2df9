"""An indicator by a dimension or by area."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Better, Indicator
from dashboard.panels.base import NO_DATA, Answer, IndicatorPanel, empty, twin, with_unit
from dashboard.queries import Asked, Point, measure
from dashboard.words import UNKNOWN, word
from etl.text import Text

AREAS = ("area", "place")


@dataclass(frozen=True, kw_only=True)
class Bars(IndicatorPanel):
    """The indicator by a dimension or by area, the greatest (or the worst) on top; a click filters the page."""

    by: str = "area"
    top: int = 10
    worst_first: bool = False  # of what is better when it is more, the least on top
    known_only: bool = False  # leave out what has no value: a private buyer has no agency
    nothing: Text | None = None  # why a city has none of this: then it stands last
    second: Indicator | None = None  # a thinner companion, such as the median beside the 90th percentile

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        return (self.indicator, self.second) if self.second else (self.indicator,)

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        points = measure(connection, self.indicator, asked, by=self.by)
        points = [p for p in points if p.value is not None and not (self.known_only and p.key is None)]
        if not points:
            return empty(language, self.nothing or NO_DATA) | ({"fresh_at": None} if self.nothing else {})
        rising = self.worst_first and self.indicator.better is Better.MORE
        ranked = sorted(points, key=lambda point: point.value or 0, reverse=not rising)
        names = [named_key(self.by, point.key, places, language) for point in ranked]
        return {
            "title": self._finding(ranked, names, asked),
            "figure": self._figure(connection, ranked[: self.top], names[: self.top], asked),
            "table": self._table(ranked, names, asked),
        }

    def _finding(self, ranked: list[Point], names: list[str], asked: Asked) -> str:
        language, first = asked.scope.language, ranked[0].value or 0
        title = (self.title or self.indicator.title).say(language)
        total = sum(point.value or 0 for point in ranked)
        if self.indicator.unit.adds_up and total > 0 and len(ranked) > 1:
            share = fmt.number(100 * first / total, language)
            return f"{title}: {names[0]} {share} %"
        return f"{title}: {names[0]} {with_unit(first, self.indicator.unit, language)}"

    def _figure(self, connection: sa.Connection, ranked: list[Point], names: list[str], asked: Asked) -> fig.Figure:
        indicator, language = self.indicator, asked.scope.language
        values = [point.value for point in ranked]
        aim = indicator.aim(asked.city)
        colours = [_past(point.value, aim, indicator) for point in ranked]
        patches = [patch_of(self.by, point.key) for point in ranked]
        shown = [fmt.figure(number, indicator.unit, language) for number in values]
        traces = [fig.bars(names, values, shown, patches, colours)]
        layout = fig.bars_layout(names, [*values, aim])
        if self.second:
            traces.append(self._companion(connection, ranked, traces[0]["y"], asked))
            layout |= {"barmode": "overlay", "showlegend": False}
        if aim:
            layout |= fig.target_line(aim, "", "x")
        return {"data": traces, "layout": layout}

    def _companion(self, connection: sa.Connection, ranked: list[Point], names: list[str], asked: Asked) -> fig.Figure:
        indicator = self.second or self.indicator
        found = {point.key: point.value for point in measure(connection, indicator, asked, by=self.by)}
        values = [found.get(point.key) for point in ranked]
        hover = [
            f"{indicator.title.say(asked.scope.language)}: {with_unit(v, indicator.unit, asked.scope.language)}"
            for v in values
        ]
        return {
            "type": "scatter",
            "mode": "markers",
            "x": values,
            "y": names,
            "text": hover,
            "hovertemplate": "%{y} · %{text}<extra></extra>",
            "marker": {"symbol": "line-ns", "size": 16, "line": {"width": 3, "color": "token:text"}},
        }

    def _table(self, ranked: list[Point], names: list[str], asked: Asked) -> Answer:
        language, unit = asked.scope.language, self.indicator.unit
        heads = [
            (Text("Menurut", "By").say(language), ""),
            (self.indicator.title.say(language), unit.value.say(language)),
        ]
        rows = [[name, fmt.exact(point.value, unit, language)] for name, point in zip(names, ranked, strict=True)]
        return twin(heads, rows, [(point.key, point.value) for point in ranked])


def named_key(by: str, key: Any, places: Places, language: str) -> str:
    """What a bar is called: an area, an agency, or a word of the vocabulary."""
    if by in AREAS:
        return places.name(key) if key else UNKNOWN.say(language)
    if by == "agency_code":
        return places.agency(key) if key else UNKNOWN.say(language)
    return word(key, language)


def patch_of(by: str, key: Any) -> str:
    """What a click on a bar changes in the address."""
    if key is None or by == "agency_code":
        return ""
    return f"wilayah={key}" if by in AREAS else f"saring={by}:{key}"


def _past(number: float | None, aim: float | None, indicator: Indicator) -> str:
    """Red means act: only a value past its target is red."""
    if aim is None or number is None or indicator.better is Better.NEITHER:
        return "token:series-1"
    past = number > aim if indicator.better is Better.LESS else number < aim
    return "token:act" if past else "token:series-1"
