"""Who moved: shares by area against the period before, told apart from chance; and what a coming week will bring."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.analyses.services import EARLIER_DAYS, next_week, tickets
from dashboard.areas import Places
from dashboard.indicator import Indicator
from dashboard.indicators.services import complaint_days
from dashboard.models.shares import FALSE_RATE, FEWEST, beyond_chance, chances, shortfalls
from dashboard.models.survival import FEWEST as FEWEST_DONE
from dashboard.panels.base import Answer, Height, IndicatorPanel, Kind, Says, bare_tile, empty, twin
from dashboard.queries import Asked, measure, shift
from etl.text import Text

TOO_FEW_AREAS = Text(
    f"Belum cukup data: tidak ada wilayah dengan {FEWEST} permohonan dalam kedua periode.",
    f"Not enough data: no area has {FEWEST} requests in both periods.",
)
TOO_FEW_WARDS = Text(
    f"Belum cukup data: tidak ada kelurahan dengan {FEWEST} permohonan dalam periode ini.",
    f"Not enough data: no ward has {FEWEST} requests in the period.",
)
RATE = int(100 * FALSE_RATE)


class Move(NamedTuple):
    """A share before and now, in per cent, of how many, and whether the change is more than chance."""

    code: str
    before: float
    now: float
    of_before: int
    of_now: int
    told: bool

    @property
    def points(self) -> float:
        return self.now - self.before


@dataclass(frozen=True, kw_only=True)
class Shares(IndicatorPanel):
    """A percentage by place, with how many it is of (``whole`` counts them), so that chance can be told apart."""

    whole: Indicator

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        return (self.indicator, self.whole)

    def counts(self, connection: sa.Connection, asked: Asked) -> dict[Any, tuple[float, float]]:
        """Of each place: how many of how many."""
        whole = {point.key: point.value or 0.0 for point in measure(connection, self.whole, asked, by="place")}
        shares = measure(connection, self.indicator, asked, by="place")
        return {
            point.key: (round(point.value * whole[point.key] / 100), whole[point.key])
            for point in shares
            if point.key and point.value is not None and whole.get(point.key)
        }


@dataclass(frozen=True, kw_only=True)
class Lagging(Shares):
    """The lowest shares; red where one is below the target by more than chance. Places of too few are left out."""

    height: Height = "l"
    top: int = 12

    @property
    def says(self) -> Says:
        indicator = self.indicator
        return Says(
            self.title or indicator.title,
            Text(
                f"{indicator.meaning.id}. Merah: di bawah target lebih dari kebetulan; dari yang merah, kira-kira "
                f"paling banyak {RATE} % kebetulan. Di bawah {FEWEST} permohonan tidak dinilai",
                f"{indicator.meaning.en}. Red: below the target by more than chance; of those, at most {RATE}% are "
                f"expected to be chance. Below {FEWEST} requests nothing is said",
            ),
            Text(
                f"{indicator.formula.id}; uji binomial satu sisi dengan Benjamini–Hochberg 1995 "
                "(doi:10.1111/j.2517-6161.1995.tb02031.x)",
                f"{indicator.formula.en}; one-sided binomial test with Benjamini–Hochberg 1995 "
                "(doi:10.1111/j.2517-6161.1995.tb02031.x)",
            ),
            indicator.unit.value,
        )

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language, aim = asked.scope.language, self.indicator.aim(asked.city)
        found = self.counts(connection, asked)
        codes = sorted(code for code, (_, whole) in found.items() if whole >= FEWEST)
        if not codes:
            return empty(language, TOO_FEW_WARDS)
        told = np.array([found[code] for code in codes], dtype=np.float64)
        behind = (
            beyond_chance(shortfalls(told[:, 0], told[:, 1], aim))
            if aim is not None
            else np.zeros(len(codes), dtype=np.bool_)
        )
        shares = 100 * told[:, 0] / told[:, 1]
        order = sorted(range(len(codes)), key=lambda n: (shares[n], codes[n]))
        lines = [(codes[n], float(shares[n]), int(told[n, 1]), bool(behind[n])) for n in order]
        left_out = len(found) - len(codes)
        return {
            "title": self._finding(lines, aim, places, language),
            "subtitle": self._about(left_out, asked),
            "figure": self._figure(lines[: self.top], aim, places, language),
            "table": self._table(lines, places, language),
        }

    def _about(self, left_out: int, asked: Asked) -> str:
        few = Text(f"{left_out} kelurahan < {FEWEST} permohonan", f"{left_out} wards < {FEWEST} requests")
        return self.days(asked) + (f" · {few.say(asked.scope.language)}" if left_out else "")

    def _finding(
        self, lines: Sequence[tuple[str, float, int, bool]], aim: float | None, places: Places, language: str
    ) -> str:
        title, behind = (self.title or self.indicator.title).say(language), [line for line in lines if line[3]]
        least = f"{places.name(lines[0][0])} {fmt.figure(lines[0][1], self.indicator.unit, language)}"
        if aim is None:
            return f"{title}: {least}"
        goal = fmt.number(aim, language)
        if not behind:
            none = Text(f"tidak ada yang jelas di bawah {goal} %", f"none clearly below {goal}%")
            return f"{title}: {none.say(language)}"
        some = Text(f"{len(behind)} jelas di bawah {goal} %, terendah", f"{len(behind)} clearly below {goal}%, least")
        return f"{title}: {some.say(language)} {least}"

    def _figure(
        self, lines: Sequence[tuple[str, float, int, bool]], aim: float | None, places: Places, language: str
    ) -> fig.Figure:
        values = [line[1] for line in lines]
        shown = [fmt.figure(value, self.indicator.unit, language) for value in values]
        colours = ["token:act" if line[3] else "token:series-1" for line in lines]
        patches = [f"wilayah={line[0]}" for line in lines]
        names = [places.name(line[0]) for line in lines]
        bars = fig.bars(names, values, shown, patches, colours)
        return {
            "data": [bars],
            "layout": fig.bars_layout(names, [*values, aim]) | (fig.target_line(aim, "", "x") if aim else {}),
        }

    def _table(self, lines: Sequence[tuple[str, float, int, bool]], places: Places, language: str) -> Answer:
        heads = [
            (Text("Kelurahan", "Ward").say(language), ""),
            (self.indicator.title.say(language), self.indicator.unit.value.say(language)),
            (self.whole.title.say(language), ""),
        ]
        rows = [
            [places.name(code), fmt.exact(share, self.indicator.unit, language), fmt.number(whole, language)]
            for code, share, whole, _ in lines
        ]
        table = twin(heads, rows, [(code, share, whole) for code, share, whole, _ in lines])
        return table | {"tones": ["act" if line[3] else "" for line in lines]}


@dataclass(frozen=True, kw_only=True)
class Movers(Shares):
    """A percentage by place against the period before. The greatest moves on top, those beyond chance first."""

    kind: Kind = field(default="table", init=False)
    height: Height = "m"
    top: int = 15

    @property
    def says(self) -> Says:
        indicator = self.indicator
        return Says(
            self.title or indicator.title,
            Text(
                f"{indicator.meaning.id}. ● lebih dari kebetulan: dari yang ditandai, perkiraan paling banyak {RATE} % "
                f"kebetulan. Di bawah {FEWEST} permohonan dalam salah satu periode tidak dinilai",
                f"{indicator.meaning.en}. ● more than chance: of those marked, at most {RATE}% are expected to be "
                f"chance. Below {FEWEST} requests in one of the periods nothing is said",
            ),
            Text(
                "periode ini − periode sebelumnya; uji z dua proporsi dengan Benjamini–Hochberg 1995 "
                "(doi:10.1111/j.2517-6161.1995.tb02031.x)",
                "this period − the period before; z test of two shares with Benjamini–Hochberg 1995 "
                "(doi:10.1111/j.2517-6161.1995.tb02031.x)",
            ),
            Text("poin", "points"),
        )

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        moves = self._moves(connection, asked)
        if not moves:
            return empty(language, TOO_FEW_AREAS)
        heads = [
            (Text("Kelurahan", "Ward").say(language), ""),
            (Text("Dulu", "Then").say(language), "%"),
            (Text("Kini", "Now").say(language), "%"),
            (Text("Berubah", "Change").say(language), Text("poin", "points").say(language)),
            (Text("n dulu", "n then").say(language), ""),
            (Text("n kini", "n now").say(language), ""),
        ]
        rows = [_row(move, places, language) for move in moves]
        raw = [(move.code, move.before, move.now, move.points, move.of_before, move.of_now) for move in moves]
        table = twin(heads, rows, raw) | {"patches": [f"wilayah={move.code}" for move in moves]}
        return {"title": self._finding(moves, places, language), "table": table}

    def _moves(self, connection: sa.Connection, asked: Asked) -> list[Move]:
        earlier = asked.earlier(shift(self.indicator, asked.scope))
        now, before = (self.counts(connection, one) for one in (asked, earlier))
        codes = sorted(now.keys() & before.keys())
        told = np.array([(*now[code], *before[code]) for code in codes], dtype=np.float64).reshape(-1, 4)
        by_chance = chances(*told.T)
        marked = beyond_chance(by_chance)
        moves = [
            Move(code, float(100 * row[2] / row[3]), float(100 * row[0] / row[1]), int(row[3]), int(row[1]), bool(mark))
            for code, row, mark, chance in zip(codes, told, marked, by_chance, strict=True)
            if np.isfinite(chance)
        ]
        return sorted(moves, key=lambda move: (not move.told, -abs(move.points), move.code))[: self.top]

    def _finding(self, moves: Sequence[Move], places: Places, language: str) -> str:
        title, told = (self.title or self.indicator.title).say(language), [move for move in moves if move.told]
        if not told:
            return f"{title}: {Text('tidak ada yang lebih dari kebetulan', 'none by more than chance').say(language)}"
        first, signed = told[0], _signed(told[0].points, language)
        more = f" {Text('dan', 'and').say(language)} {len(told) - 1} {Text('lainnya', 'more').say(language)}"
        points = Text("poin", "points").say(language)
        return f"{title}: {places.name(first.code)} {signed} {points}{more if len(told) > 1 else ''}"


def _signed(points: float, language: str) -> str:
    return f"{'+' if points > 0 else '−' if points < 0 else ''}{fmt.number(abs(points), language, 1)}"


def _row(move: Move, places: Places, language: str) -> list[str]:
    mark = "● " if move.told else ""
    return [
        f"{mark}{places.name(move.code)}",
        fmt.number(move.before, language),
        fmt.number(move.now, language),
        _signed(move.points, language),
        fmt.number(move.of_before, language),
        fmt.number(move.of_now, language),
    ]


@dataclass(frozen=True, kw_only=True)
class InTime(IndicatorPanel):
    """The share of the complaints of the coming week that will be closed in time, with its interval."""

    kind: Kind = field(default="tile", init=False)
    span: int = 3
    height: Height = "s"

    @property
    def says(self) -> Says:
        return Says(
            Text("Akan selesai tepat waktu", "To be closed in time"),
            Text(
                "Bagian aduan pekan depan yang diperkirakan ditutup dalam target kota (tanpa target: 14 hari), kalau "
                f"kecepatannya seperti {EARLIER_DAYS} hari terakhir. Selang 80 %",
                "Part of next week's complaints that is expected to be closed within the city's target (none set: 14 "
                f"days), at the pace of the last {EARLIER_DAYS} days. 80 % interval",
            ),
            Text(
                "Kaplan–Meier (doi:10.1080/01621459.1958.10501452), yang masih terbuka ikut dihitung; varians "
                "Greenwood + p (1 − p) ÷ aduan sepekan",
                "Kaplan–Meier (doi:10.1080/01621459.1958.10501452), those still open included; Greenwood's variance + "
                "p (1 − p) ÷ complaints of a week",
            ),
            Text("%", "%"),
        )

    def days(self, asked: Asked) -> str:
        return Text(f"menurut {EARLIER_DAYS} hari terakhir", f"by the last {EARLIER_DAYS} days").say(
            asked.scope.language
        )

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language, limit = asked.scope.language, complaint_days(asked.city)
        known = tickets(connection, asked.city, asked.moment.instant, EARLIER_DAYS)
        share = next_week(known, float(EARLIER_DAYS), limit)
        if share is None:
            seen, closed = len(known.opened), int(np.isfinite(known.closed).sum())
            few = Text(
                f"Belum cukup data: {seen} aduan, {closed} ditutup (perlu {FEWEST_DONE}).",
                f"Not enough data: {seen} complaints, {closed} closed ({FEWEST_DONE} are needed).",
            )
            return empty(language, few)
        mean, low, high = (100 * number for number in share[:3])
        span = f"{fmt.number(low, language)}–{fmt.number(high, language)} %"
        within = Text(f"pekan depan, ≤ {limit:.0f} hari", f"next week, ≤ {limit:.0f} days").say(language)
        tile = {
            "value": f"{fmt.number(mean, language)} %",
            "compared": f"{Text('selang 80 %:', '80 % interval:').say(language)} {span}",
            "target": within,
        }
        names = (
            Text("Diperkirakan", "Expected"),
            Text("Batas bawah 80 %", "Low 80 %"),
            Text("Batas atas 80 %", "High 80 %"),
        )
        rows = [
            [name.say(language), fmt.number(v, language, 1)] for name, v in zip(names, (mean, low, high), strict=True)
        ]
        heads = [("", ""), (self.says.title.say(language), "%")]
        return {"tile": bare_tile() | tile, "table": twin(heads, rows, [("mean", mean), ("low", low), ("high", high)])}
