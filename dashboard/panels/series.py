"""An indicator over time."""

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Break, Indicator
from dashboard.panels.base import Answer, Height, IndicatorPanel, empty, twin, with_unit
from dashboard.queries import Asked, Point, measure, step_for
from dashboard.scope import DAY, WEEK
from dashboard.words import word
from etl.text import Text

MOST_LINES = 5
BAR = 0.8  # of its step
OTHERS = "others"


@dataclass(frozen=True, kw_only=True)
class Series(IndicatorPanel):
    """The indicator over time; ``split`` stacks it by a dimension, ``smooth`` adds its 7-day mean."""

    split: str | None = None
    smooth: bool = False
    height: Height = "m"

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        step = step_for(asked.scope.days, self.indicator.finest)
        points = measure(connection, self.indicator, asked, by=step, split=self.split)
        points = [point for point in points if point.key is not None]
        if not points:
            return empty(asked.scope.language)
        keys = sorted({point.key for point in points})
        lines = _lines(points, keys, zero=self.indicator.unit.adds_up)
        return {
            "title": self._finding(asked, keys, lines),
            "figure": self._figure(asked, step, keys, lines),
            "table": self._table(asked, step, keys, lines),
        }

    def _finding(self, asked: Asked, keys: list[Any], lines: dict[str | None, list[float | None]]) -> str:
        title, language = (self.title or self.indicator.title).say(asked.scope.language), asked.scope.language
        totals = (
            [sum(values) for values in _columns_of(lines)]
            if self.indicator.unit.adds_up
            else next(iter(lines.values()))
        )
        whole = [(key, number) for key, number in zip(keys, totals, strict=True) if number is not None]
        if len(whole) < 2:
            return title
        key, number = max(whole, key=lambda pair: pair[1])
        step = step_for(asked.scope.days, self.indicator.finest)
        peak = f"{Text('puncak', 'peak').say(language)} {with_unit(number, self.indicator.unit, language)}"
        return f"{title}: {peak}, {fmt.step(key, step, language)}"

    def _figure(
        self, asked: Asked, step: str, keys: list[Any], lines: dict[str | None, list[float | None]]
    ) -> fig.Figure:
        indicator, language = self.indicator, asked.scope.language
        x = _axis(keys, step, language)
        traces = []
        for number, (name, values) in enumerate(_few(lines).items()):
            shown = word(name, language) if self.split else indicator.title.say(language)
            hover = [
                f"{fmt.step(key, step, language)} · {shown}: {with_unit(v, indicator.unit, language)}"
                for key, v in zip(keys, values, strict=True)
            ]
            if indicator.unit.adds_up:
                bars = fig.columns(shown, x, values, hover, number, [_to_day(key, step) for key in keys])
                traces.append(bars | _width(step))
            else:
                traces.append(fig.line(shown, x, values, hover, number))
        if self.smooth and step == "day":
            traces.append(_mean(keys, x, next(iter(lines.values())), indicator, language))
        layout = self._layout(asked, step, lines)
        if changed := indicator.broken(asked.scope.since, asked.scope.until):
            layout["shapes"] = layout.get("shapes", []) + [_changed(one, keys, x, language) for one in changed]
        return {"data": traces, "layout": layout}

    def _layout(self, asked: Asked, step: str, lines: dict[str | None, list[float | None]]) -> fig.Figure:
        indicator, language = self.indicator, asked.scope.language
        highest = (
            [sum(values) for values in _columns_of(lines)]
            if indicator.unit.adds_up
            else [v for vs in lines.values() for v in vs if v is not None]
        )
        aim = indicator.aim(asked.city)
        ticks, words = fig.axis_ticks([*highest, *([aim] if aim else [])], indicator.unit, language)
        layout: fig.Figure = {
            "barmode": "stack",
            "showlegend": len(lines) > 1 or self.smooth,
            "xaxis": {"type": "date" if step in ("hour", "day") else "category"},
            "yaxis": {"rangemode": "tozero", "tickvals": ticks, "ticktext": words},
        }
        return layout | (fig.target_line(aim, _aim(indicator, aim, language), "y") if aim else {})

    def _table(self, asked: Asked, step: str, keys: list[Any], lines: dict[str | None, list[float | None]]) -> Answer:
        language, unit = asked.scope.language, self.indicator.unit
        names = [word(name, language) if self.split else self.indicator.title.say(language) for name in lines]
        heads = [(Text("Waktu", "Time").say(language), ""), *((name, unit.value.say(language)) for name in names)]
        columns = list(zip(*lines.values(), strict=True))
        rows = [
            [fmt.step(key, step, language), *(fmt.exact(v, unit, language) for v in values)]
            for key, values in zip(keys, columns, strict=True)
        ]
        return twin(heads, rows, [(key.isoformat(), *values) for key, values in zip(keys, columns, strict=True)]) | {
            "series": list(lines)
        }


def _axis(keys: list[Any], step: str, language: str) -> list[str]:
    """Moments as moments; weeks and months by name, because a bar stands for all of one."""
    return [key.isoformat() if step in ("hour", "day") else fmt.step(key, step, language) for key in keys]


def _width(step: str) -> fig.Figure:
    """On an axis of moments a bar stands for its own step, however far the next one is."""
    long = {"hour": dt.timedelta(hours=1), "day": dt.timedelta(days=1)}.get(step)
    return {"width": BAR * long / dt.timedelta(milliseconds=1)} if long else {}


def _changed(one: Break, keys: list[Any], x: list[str], language: str) -> fig.Figure:
    """Where the definition changed: at the step in which it did."""
    first = [key.date() if isinstance(key, dt.datetime) else key for key in keys]
    return fig.day_line(x[max(0, bisect_right(first, one.day) - 1)], one.says.say(language))


def _few(lines: dict[str | None, list[float | None]]) -> dict[str | None, list[float | None]]:
    """At most five lines a chart: the smallest are drawn as one; the table keeps them all."""
    if len(lines) <= MOST_LINES:
        return lines
    ranked = list(lines.items())
    rest = [
        sum(number or 0 for number in column) for column in zip(*(v for _, v in ranked[MOST_LINES - 1 :]), strict=True)
    ]
    return dict(ranked[: MOST_LINES - 1]) | {OTHERS: rest}


def _lines(points: list[Point], keys: list[Any], zero: bool) -> dict[str | None, list[float | None]]:
    """One list of values per split, aligned with ``keys``; what was counted and not there is zero."""
    found = {(point.split, point.key): point.value for point in points}
    totals: dict[str | None, float] = {}
    for point in points:
        totals[point.split] = totals.get(point.split, 0) + (point.value or 0)
    splits = sorted(totals, key=lambda split: -totals[split])
    return {split: [found.get((split, key), 0.0 if zero else None) for key in keys] for split in splits}


def _columns_of(lines: dict[str | None, list[float | None]]) -> list[list[float]]:
    return [[number or 0 for number in column] for column in zip(*lines.values(), strict=True)]


def _to_day(key: dt.date, step: str) -> str:
    """A click on a bar shows its days alone."""
    spans = {"hour": DAY, "day": DAY, "week": WEEK}
    first = key.date() if isinstance(key, dt.datetime) else key
    next_month = (first.replace(day=28) + DAY * 4).replace(day=1)
    last = (next_month if step == "month" else first + spans[step]) - DAY
    return f"sejak={first.isoformat()}&sampai={last.isoformat()}"


def _mean(keys: list[Any], x: list[str], values: list[float | None], indicator: Indicator, language: str) -> fig.Figure:
    """The mean of the seven days that end with each day; the first six have none."""
    by_day = dict(zip(keys, values, strict=True))
    means = [
        _mean_of([by_day.get(key - DAY * back, 0.0) or 0.0 for back in range(7)]) if n >= 6 else None
        for n, key in enumerate(keys)
    ]
    name = Text("rata-rata 7 hari", "7-day mean").say(language)
    hover = [
        f"{fmt.step(key, 'day', language)} · {name}: {fmt.number(m, language, 1) if m is not None else fmt.NOTHING}"
        for key, m in zip(keys, means, strict=True)
    ]
    return fig.line(name, x, means, hover, 1)


def _mean_of(values: list[float]) -> float:
    return round(sum(values) / len(values), 3)


def _aim(indicator: Indicator, aim: float, language: str) -> str:
    return f"target {with_unit(aim, indicator.unit, language)}"
