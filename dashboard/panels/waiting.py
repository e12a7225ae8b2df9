"""How long things wait: what is open, by age; how long one of them takes, when some of them are not done yet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Cells, Expression, Indicator, Moment, Unit
from dashboard.models.survival import FEWEST, Middle, ahead, median
from dashboard.panels.bars import named_key
from dashboard.panels.base import Answer, Height, IndicatorPanel, Kind, Says, empty, twin
from dashboard.queries import Asked, banded, measure, spans
from dashboard.scope import DAY
from etl.text import Text

SECONDS = 86_400
NOTHING_WAITS = Text("Tidak ada yang menunggu.", "Nothing waits.")
REACH_DAYS, COMING_DAYS = 90, 30  # what came in within them tells how long one takes; of which the interval speaks
WHOLE = Text("Semua", "All")
AGEING = ("token:series-5", "token:series-1", "token:watch", "token:act")


@dataclass(frozen=True)
class Bands:
    """Stretches of time, from the first to the last: their names and colours, and the number of a row's own."""

    names: tuple[Text, ...]
    worst: int  # the band that a title speaks of
    said: Text  # and how it calls it
    colours: tuple[str, ...]
    number: Callable[[Cells, Moment], sa.ColumnElement[int]]


def aged(since: str, bounds: tuple[int, int, int]) -> Bands:
    """Days since a moment: at most the first bound, …, more than the last, which is red."""
    names = [Text(f"≤ {bounds[0]} hari", f"≤ {bounds[0]} days")]
    names += [Text(f"{low}–{high} hari", f"{low}–{high} days") for low, high in pairwise(bounds)]
    names += [Text(f"> {bounds[-1]} hari", f"> {bounds[-1]} days")]

    def number(c: Cells, moment: Moment) -> sa.ColumnElement[int]:
        age = sa.extract("epoch", moment.instant - c[since]) / SECONDS
        return sa.case(*((age <= bound, n) for n, bound in enumerate(bounds)), else_=len(bounds))

    said = Text(f"lebih dari {bounds[-1]} hari", f"for more than {bounds[-1]} days")
    return Bands(tuple(names), len(bounds), said, AGEING, number)


def left(due: str) -> Bands:
    """Days until something is due: past, soon, later, without a day."""
    names = (
        Text("lewat", "past"),
        Text("0–2 hari lagi", "0–2 days left"),
        Text("3–7 hari lagi", "3–7 days left"),
        Text("> 7 hari lagi", "> 7 days left"),
        Text("tanpa tenggat", "no day promised"),
    )
    colours = ("token:act", "token:watch", "token:series-1", "token:series-5", "token:line")

    def number(c: Cells, moment: Moment) -> sa.ColumnElement[int]:
        days = c[due] - moment.day
        return sa.case((c[due].is_(None), 4), (days < 0, 0), (days <= 2, 1), (days <= 7, 2), else_=3)

    return Bands(names, 0, Text("lewat tenggat", "past their day"), colours, number)


BANDS = {
    "documents_waiting": aged("sent_at", (1, 3, 7)),
    "complaints_open": aged("opened_at", (3, 7, 14)),
    "permits_open": left("due_on"),
}
"""Of each indicator that is shown by age."""


@dataclass(frozen=True, kw_only=True)
class Ages(IndicatorPanel):
    """What is open, by a dimension, and within each by age: most on top; the title says what is worst."""

    by: str
    top: int = 10

    @property
    def bands(self) -> Bands:
        return BANDS[self.indicator.key]

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        points = banded(connection, self.indicator, asked, self.by, self.bands.number)
        counts: dict[Any, list[float]] = {}
        for point in points:
            counts.setdefault(point.key, [0.0] * len(self.bands.names))[int(point.split or 0)] = point.value or 0.0
        if not counts:
            return empty(language, NOTHING_WAITS)
        keys = sorted(counts, key=lambda key: (-counts[key][self.bands.worst], -sum(counts[key]), str(key)))
        names = [named_key(self.by, key, places, language) for key in keys]
        columns = list(zip(*(counts[key] for key in keys), strict=True))
        return {
            "title": self._finding(names, columns, language),
            "figure": self._figure(names[: self.top], [column[: self.top] for column in columns], language),
            "table": self._table(keys, names, columns, language),
        }

    def _finding(self, names: list[str], columns: Sequence[Sequence[float]], language: str) -> str:
        title, worst = (self.title or self.indicator.title).say(language), columns[self.bands.worst]
        band, total = self.bands.said.say(language), sum(worst)
        if not total:
            return f"{title}: {Text('tidak ada', 'none').say(language)} {band}"
        most = f", {Text('terbanyak', 'most at').say(language)} {names[0]} ({fmt.number(worst[0], language)})"
        return f"{title}: {fmt.number(total, language)} {band}{most}"

    def _figure(self, names: list[str], columns: Sequence[Sequence[float]], language: str) -> fig.Figure:
        traces = []
        for text, colour, values in zip(self.bands.names, self.bands.colours, columns, strict=True):
            if not any(values):
                continue
            shown = [fmt.number(value, language) if value else "" for value in values]
            bar = fig.bars(names, values, shown, [""] * len(names), [colour] * len(names))
            traces.append(fig.part(bar, text.say(language), stacked=True))
        whole = [sum(row) for row in zip(*columns, strict=True)]
        kind = {"barmode": "stack", "showlegend": True}
        return {"data": traces, "layout": fig.bars_layout(names, whole) | kind}

    def _table(self, keys: list[Any], names: list[str], columns: Sequence[Sequence[float]], language: str) -> Answer:
        unit = self.indicator.unit.value.say(language)
        heads = [(Text("Menurut", "By").say(language), ""), *((name.say(language), unit) for name in self.bands.names)]
        lines = list(zip(*columns, strict=True))
        rows = [[name, *(fmt.number(v, language) for v in line)] for name, line in zip(names, lines, strict=True)]
        return twin(heads, rows, [(key, *line) for key, line in zip(keys, lines, strict=True)])


class Line(NamedTuple):
    """Of one agency: what came in, per cent done, open past the target, and how long until half is done."""

    key: Any
    came: int
    done: float | None
    late: int
    middle: Middle | None


@dataclass(frozen=True, kw_only=True)
class Durations(IndicatorPanel):
    """How long one takes, by a dimension: half of them, when those that wait count as long as they have waited.

    ``indicator`` counts what came in; ``late`` what is open past its time; ``ended`` says when one is done.
    """

    by: str
    ended: Expression
    late: Indicator
    unit: Unit = Unit.DAYS  # or hours
    kind: Kind = field(default="table", init=False)
    span: int = 12
    height: Height = "m"

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        return (self.indicator, self.late)

    @property
    def says(self) -> Says:
        return Says(
            (self.title or self.indicator.title),
            Text(
                f"Dalam berapa lama separuh selesai, dari yang masuk dalam {REACH_DAYS} hari; yang masih terbuka ikut "
                f"dihitung selama ia sudah menunggu. Selang 80 % bagi {COMING_DAYS} hari berikut, kalau kecepatannya "
                f"tetap. Di bawah {FEWEST} yang selesai: belum cukup data",
                f"In how long half are done, of those that came in within {REACH_DAYS} days; what is open counts "
                f"as long as it has waited. 80 % interval for the {COMING_DAYS} days to come, at the same pace. Below "
                f"{FEWEST} done: not enough data",
            ),
            Text(
                "median Kaplan–Meier (doi:10.1080/01621459.1958.10501452), selang Brookmeyer–Crowley "
                "(doi:10.2307/2530286) dilebarkan pada skala logaritma",
                "Kaplan–Meier median (doi:10.1080/01621459.1958.10501452), Brookmeyer–Crowley interval "
                "(doi:10.2307/2530286) widened on the scale of logarithms",
            ),
            self.unit.value,
        )

    def days(self, asked: Asked) -> str:
        scope = self._scoped(asked).scope
        return f"{fmt.day(scope.since, asked.scope.language)} – {fmt.day(scope.until, asked.scope.language)}"

    def _scoped(self, asked: Asked) -> Asked:
        return replace(asked, scope=replace(asked.scope, since=asked.scope.until - DAY * (REACH_DAYS - 1)))

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language, scoped = asked.scope.language, self._scoped(asked)
        found = spans(connection, self.indicator, scoped, self.by, self.ended)
        late = {point.key: int(point.value or 0) for point in measure(connection, self.late, asked, by=self.by)}
        if not found and not any(late.values()):
            return empty(language)
        keys = {key for key, _, _ in found} | late.keys()
        lines = [self._line(key, [row for row in found if row[0] == key], late.get(key, 0)) for key in keys]
        lines.sort(key=lambda line: (-line.late, -_days(line), -line.came, str(line.key)))
        whole = self._line(None, found, sum(late.values()))
        names = [WHOLE.say(language), *(named_key(self.by, line.key, places, language) for line in lines)]
        return {
            "title": self._finding(whole, names[1:], lines, language),
            "table": _table(names, [whole, *lines], self.unit, language),
        }

    def _line(self, key: Any, rows: Sequence[tuple[Any, float, bool]], late: int) -> Line:
        each = DAY.total_seconds() if self.unit is Unit.DAYS else 3_600.0
        took = np.array([seconds for _, seconds, _ in rows], dtype=np.float64) / each
        done = np.array([ended for _, _, ended in rows], dtype=np.bool_)
        told = median(took, done) if len(rows) else None
        share = 100 * float(done.mean()) if len(rows) else None
        return Line(key, len(rows), share, late, ahead(told, COMING_DAYS / REACH_DAYS) if told else None)

    def _finding(self, whole: Line, names: list[str], lines: list[Line], language: str) -> str:
        title = (self.title or self.indicator.title).say(language)
        if whole.middle is None:
            few = Text("belum cukup data untuk lamanya", "not enough data to say how long")
            return f"{title}: {few.say(language)}"
        half = Text("separuh selesai dalam", "half are done in").say(language)
        slowest = max(lines, key=_days)
        said = f"{title}: {half} {_span(whole.middle, language)} {self.unit.value.say(language)}"
        if slowest.middle is None or slowest.middle.mean is None or len(lines) < 2:
            return said
        name, long = names[lines.index(slowest)], fmt.number(slowest.middle.mean, language, 1)
        return f"{said}; {Text('paling lama', 'longest at').say(language)} {name}, {long}"


def _days(line: Line) -> float:
    return line.middle.mean if line.middle and line.middle.mean is not None else -1.0


def _span(middle: Middle, language: str) -> str:
    """In words: ``4,2 (3,8–4,9)``; open at the end where it is not known."""
    if middle.mean is None:
        return Text("lebih lama dari yang teramati", "longer than was seen").say(language)
    high = fmt.number(middle.high, language, 1) if middle.high is not None else "…"
    mean, low = (fmt.number(number, language, 1) for number in (middle.mean, middle.low))
    return f"{mean} ({low}–{high})"


def _table(names: list[str], lines: list[Line], unit: Unit, language: str) -> Answer:
    heads = [
        (Text("Menurut", "By").say(language), ""),
        (Text("Lewat", "Past due").say(language), ""),
        (Text("Separuh dalam (80 %)", "Half in (80 %)").say(language), unit.value.say(language)),
        (Text("Selesai", "Done").say(language), "%"),
        (Text("Masuk", "Came in").say(language), ""),
    ]
    few = Text("belum cukup data", "not enough data").say(language)
    rows = [
        [
            name,
            fmt.number(line.late, language),
            few if line.middle is None else _span(line.middle, language),
            fmt.NOTHING if line.done is None else fmt.number(line.done, language),
            fmt.number(line.came, language),
        ]
        for name, line in zip(names, lines, strict=True)
    ]
    raw = [
        (names[0] if number == 0 else line.key, line.late, line.middle and line.middle.mean, line.done, line.came)
        for number, line in enumerate(lines)
    ]
    return twin(heads, rows, raw) | {"tones": ["", *("act" if line.late else "" for line in lines[1:])]}
