"""Several indicators by one dimension: one beside the other, or as parts of a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Indicator, Unit
from dashboard.panels.bars import named_key, patch_of
from dashboard.panels.base import Answer, IndicatorPanel, empty, twin, with_unit
from dashboard.queries import Asked, measure
from etl.text import Text

Values = list[float | None]


@dataclass(frozen=True, kw_only=True)
class Beside(IndicatorPanel):
    """Indicators of one unit by a dimension or by area; ``stacked`` when they are the parts of a whole."""

    others: tuple[Indicator, ...]
    by: str = "area"
    stacked: bool = False
    worst_first: bool = False  # the least of the first on top
    colours: tuple[str, ...] = fig.SERIES  # one each, by name
    top: int = 12

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        return (self.indicator, *self.others)

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        found = [
            {point.key: point.value for point in measure(connection, one, asked, by=self.by)} for one in self.indicators
        ]
        keys = self._ranked(found)
        if not keys:
            return empty(language)
        zero = 0.0 if self.indicator.unit.adds_up else None
        columns = [[of.get(key, zero) for key in keys] for of in found]
        names = [named_key(self.by, key, places, language) for key in keys]
        return {
            "title": self._finding(names, columns, language),
            "figure": self._figure(keys, names, columns, language),
            "table": self._table(keys, names, columns, language),
        }

    def _ranked(self, found: Sequence[dict[Any, float | None]]) -> list[Any]:
        """The greatest whole on top, or the greatest (the worst) of the first."""
        parts = found if self.stacked else found[:1]
        keys = dict.fromkeys(key for of in found for key, value in of.items() if value is not None)
        return sorted(keys, key=lambda key: sum(of.get(key) or 0 for of in parts), reverse=not self.worst_first)

    def _finding(self, names: list[str], columns: list[Values], language: str) -> str:
        title, unit = (self.title or self.indicator.title).say(language), self.indicator.unit
        if self.stacked:
            last = self.indicators[-1].title.say(language).lower()
            return f"{title}: {last} {with_unit(sum(value or 0 for value in columns[-1]), unit, language)}"
        gaps = [abs((one or 0) - (other or 0)) for one, other in zip(columns[0], columns[-1], strict=True)]
        widest = max(range(len(gaps)), key=gaps.__getitem__)
        gap = fmt.figure(gaps[widest], unit, language)
        said = gap.replace("%", Text("poin", "points").say(language)) if unit is Unit.PERCENT else gap
        return f"{title}: {Text('selisih terbesar', 'widest gap').say(language)} {names[widest]} {said}"

    def _figure(self, keys: list[Any], names: list[str], columns: list[Values], language: str) -> fig.Figure:
        unit, patches = self.indicator.unit, [patch_of(self.by, key) for key in keys[: self.top]]
        traces = []
        for indicator, colour, values in zip(self.indicators, self.colours, columns, strict=False):
            shown = ["" if self.stacked and not v else fmt.figure(v, unit, language) for v in values[: self.top]]
            part = fig.bars(names[: self.top], values[: self.top], shown, patches, [colour] * self.top)
            traces.append(fig.part(part, indicator.title.say(language), self.stacked))
        whole = [sum(v or 0 for v in row) for row in zip(*columns, strict=True)]
        longest = whole if self.stacked else [v for values in columns for v in values]
        kind = {"barmode": "stack" if self.stacked else "group", "showlegend": True}
        return {"data": traces, "layout": fig.bars_layout(names[: self.top], longest) | kind}

    def _table(self, keys: list[Any], names: list[str], columns: list[Values], language: str) -> Answer:
        unit = self.indicator.unit
        heads = [(Text("Menurut", "By").say(language), "")]
        heads += [(one.title.say(language), unit.value.say(language)) for one in self.indicators]
        lines = list(zip(*columns, strict=True))
        rows = [[name, *(fmt.exact(v, unit, language) for v in line)] for name, line in zip(names, lines, strict=True)]
        raw = [(key, *line) for key, line in zip(keys, lines, strict=True)]
        return twin(heads, rows, raw) | {"series": [one.key for one in self.indicators]}
