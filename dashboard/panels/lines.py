"""Several indicators of one unit over time, a line each."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Indicator
from dashboard.panels.base import Answer, IndicatorPanel, empty, twin, with_unit
from dashboard.queries import STEPS, Asked, measure, step_for
from dashboard.scope import DAY, WEEK
from etl.text import Text


@dataclass(frozen=True, kw_only=True)
class Lines(IndicatorPanel):
    """The indicator and others beside it; the finding says how they stand in the last step that is over."""

    others: tuple[Indicator, ...]
    names: tuple[Text, ...] = ()  # of the lines, where the indicators' own titles are too long
    least: str = "hour"  # the shortest step that is readable

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        return (self.indicator, *self.others)

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        finest = max((self.least, *(one.finest for one in self.indicators)), key=STEPS.index)
        step = step_for(asked.scope.days, finest)
        found = [self._points(connection, one, asked, step) for one in self.indicators]
        keys = sorted(set().union(*found))
        if not keys:
            return empty(language)
        zero = 0.0 if self.indicator.unit.adds_up else None
        columns = [[of.get(key, zero) if of else None for key in keys] for of in found]
        return {
            "title": self._finding(columns, language),
            "subtitle": self._subtitle(found, asked),
            "figure": self._figure(*_whole(keys, columns, step, asked), step, language),
            "table": self._table(keys, columns, step, language),
        }

    def _named(self, language: str) -> list[str]:
        names = self.names or tuple(one.title for one in self.indicators)
        return [name.say(language) for name in names]

    def _subtitle(self, found: list[dict[Any, float | None]], asked: Asked) -> str:
        language = asked.scope.language
        none = [name for name, of in zip(self._named(language), found, strict=True) if not of]
        words = Text("tidak ada: ", "there is no: ").say(language)
        return self.days(asked) + (f" · {words}{', '.join(none)}" if none else "")

    def _points(self, connection: sa.Connection, one: Indicator, asked: Asked, step: str) -> dict[Any, float | None]:
        """Values by step; moments and days alike by the day, so that they meet."""
        points = measure(connection, one, asked, by=step)
        told = {point.key: point.value for point in points if point.key is not None}
        return {key.date() if step != "hour" and hasattr(key, "date") else key: n for key, n in told.items()}

    def _finding(self, columns: list[list[float | None]], language: str) -> str:
        unit, title = self.indicator.unit, (self.title or self.indicator.title).say(language)
        if unit.adds_up:
            whole = [sum(value or 0 for value in column) for column in columns]
        else:
            whole = [next((value for value in reversed(column) if value is not None), 0.0) for column in columns]
        told = [
            f"{name} {fmt.figure(n, unit, language)}" for name, n in zip(self._named(language), whole, strict=True) if n
        ]
        return f"{title}: {', '.join(told)}" if told else title

    def _figure(self, keys: list[Any], columns: list[list[float | None]], step: str, language: str) -> fig.Figure:
        unit, x, traces = self.indicator.unit, [key.isoformat() for key in keys], []
        for number, (name, column) in enumerate(zip(self._named(language), columns, strict=True)):
            hover = [
                f"{fmt.step(key, step, language)} · {name}: {with_unit(value, unit, language)}"
                for key, value in zip(keys, column, strict=True)
            ]
            if any(value is not None for value in column):
                traces.append(fig.line(name, x, column, hover, number))
        ticks, words = fig.axis_ticks([v for column in columns for v in column if v is not None], unit, language)
        layout = {
            "showlegend": True,
            "xaxis": {"type": "date"},
            "yaxis": {"rangemode": "tozero", "tickvals": ticks, "ticktext": words},
        }
        return {"data": traces, "layout": layout}

    def _table(self, keys: list[Any], columns: list[list[float | None]], step: str, language: str) -> Answer:
        unit = self.indicator.unit
        heads = [(Text("Waktu", "Time").say(language), "")]
        heads += [(one.title.say(language), unit.value.say(language)) for one in self.indicators]
        lines = list(zip(*columns, strict=True))
        rows = [
            [fmt.step(key, step, language), *(fmt.exact(v, unit, language) for v in line)]
            for key, line in zip(keys, lines, strict=True)
        ]
        raw = [(key.isoformat(), *line) for key, line in zip(keys, lines, strict=True)]
        return twin(heads, rows, raw) | {"series": [one.key for one in self.indicators]}


def _whole(
    keys: list[Any], columns: list[list[float | None]], step: str, asked: Asked
) -> tuple[list[Any], list[list[float | None]]]:
    """Without weeks and months that the period holds a part of: a line would seem to fall there."""
    last = asked.now.astimezone(asked.city.tz).date()
    until = min(asked.scope.until, last - DAY)
    ends = {"week": lambda key: key + WEEK - DAY, "month": lambda key: (key + 31 * DAY).replace(day=1) - DAY}
    if step not in ends:
        return keys, columns
    kept = [n for n, key in enumerate(keys) if key >= asked.scope.since and ends[step](key) <= until]
    if len(kept) < 2:
        return keys, columns
    return [keys[n] for n in kept], [[column[n] for n in kept] for column in columns]
