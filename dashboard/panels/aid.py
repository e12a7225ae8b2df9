"""Panels of Bansos: programme by stage, area by stage, deciles, findings as counts, need beside aid."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Cells as Columns
from dashboard.indicator import Indicator, Made, Unit
from dashboard.live import LEDGER
from dashboard.panels.base import Answer, Height, IndicatorPanel, Kind, Says, days_of, empty, twin, with_unit
from dashboard.queries import Asked, measure
from etl.crosschecks import counts
from etl.findings.bansos import RULES
from etl.text import Text

ROUND = "round"  # a programme and its stage
STAGE_DIGITS = 3  # so that names of rounds are in the order of stages
AREA = Text("Wilayah", "Area")
AMOUNTS = (Text("Bagian", "Part"), Text("Tersalur", "Paid"), Text("Rencana", "Planned"), Text("Lolos", "Verified"))
MOST_AREAS = 14  # rows: the lowest
MOST_ROUNDS = 12  # columns that a phone has room for
Cells = dict[tuple[Any, str], float | None]


def _named(c: Columns, day: sa.ColumnElement[dt.date]) -> sa.ColumnElement[Any]:
    """The name of a grant's round: programme, year and stage, with tabs between."""
    year = sa.cast(sa.cast(sa.extract("year", day), sa.Integer()), sa.Text())
    return sa.func.concat_ws("\t", c.programme, year, sa.func.lpad(sa.cast(c.stage, sa.Text()), STAGE_DIGITS, "0"))


def by_round(indicator: Indicator) -> Indicator:
    """The same figure, which can be split by round."""
    return replace(indicator, made=(Made(ROUND, ("programme", "stage"), _named),))


def round_name(key: str) -> str:
    """``PKH 3``: what a round is called."""
    programme, _, stage = key.split("\t")
    return f"{programme} {int(stage)}"


def newest(rounds: Sequence[str], most: int = MOST_ROUNDS) -> list[str]:
    """So many rounds, of each programme its last ones."""
    of: dict[str, list[str]] = {}
    for key in sorted(rounds):
        of.setdefault(key.split("\t")[0], []).append(key)
    each = max(1, most // max(1, len(of)))
    return [key for keys in of.values() for key in keys[-each:]]


def running(connection: sa.Connection, indicator: Indicator, asked: Asked) -> set[str]:
    """The rounds that are still being paid in the month that runs: no finding is made of them."""
    month = asked.now.astimezone(asked.city.tz).date().replace(day=1)
    if asked.scope.until < month:
        return set()
    now = replace(asked, scope=replace(asked.scope, since=max(month, asked.scope.since)))
    return {str(point.key) for point in measure(connection, by_round(indicator), now, by=ROUND)}


@dataclass(frozen=True, kw_only=True)
class Stages(IndicatorPanel):
    """A row for each programme and stage: what part of the plan was paid (the indicator), paid, planned, verified."""

    others: tuple[Indicator, ...]  # paid, planned, verified
    kind: Kind = field(default="table", init=False)
    span: int = 6
    height: Height = "l"

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        return (self.indicator, *self.others)

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        parts = [
            {point.key: point.value for point in measure(connection, by_round(one), asked, by=ROUND)}
            for one in self.indicators
        ]
        keys = sorted(set().union(*parts))
        if not keys:
            return empty(language)
        lines = [(key, *(part.get(key) for part in parts)) for key in keys]
        heads = [(Text("Program, tahap", "Programme, stage").say(language), "Rp")]
        heads += [(name.say(language), "") for name in AMOUNTS]
        rows = [
            [round_name(key), _share(numbers[0], language), *(_short(n, language) for n in numbers[1:])]
            for key, *numbers in lines
        ]
        table = twin(heads, rows, lines) | {"series": [one.key for one in self.indicators]}
        return {"title": self._finding(lines, running(connection, self.indicator, asked), language), "table": table}

    def _finding(self, lines: Sequence[tuple[Any, ...]], runs: set[str], language: str) -> str:
        title = (self.title or self.indicator.title).say(language)
        told = [line for line in lines if line[1] is not None and line[0] not in runs]
        if not told:
            return title
        least = min(told, key=lambda line: line[1])
        share = _share(least[1], language)
        return f"{title}: {Text('terendah', 'lowest').say(language)} {round_name(least[0])}, {share}"


@dataclass(frozen=True, kw_only=True)
class Rounds(IndicatorPanel):
    """Areas of the next level by round: paid as a part of the plan. The table has plan, verified and paid of each."""

    amounts: tuple[Indicator, ...]  # planned, verified, paid
    height: Height = "l"
    span: int = 12

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        return (self.indicator, *self.amounts)

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        parts = [_split(connection, one, asked) for one in self.indicators]
        areas = list(places.children(asked.scope.area))
        rounds = sorted({name for _, name in parts[0]})
        if not rounds:
            return empty(language)
        there = [area for area in areas if any((area.code, name) in part for part in parts for name in rounds)]
        return {
            "title": self._finding(connection, parts[0], asked, places),
            "subtitle": self._subtitle(len(there), asked),
            "figure": self._figure(parts[0], _lowest(parts, there), newest(rounds), language),
            "table": self._table(parts, there, rounds, language),
        }

    def _finding(self, connection: sa.Connection, shares: Cells, asked: Asked, places: Places) -> str:
        language, runs = asked.scope.language, running(connection, self.indicator, asked)
        title = (self.title or self.indicator.title).say(language)
        known = [(share, key) for key, share in shares.items() if share is not None and key[1] not in runs]
        told = [(share, code, name) for share, (code, name) in known if code in places.book.areas]
        if not told:
            return title
        share, code, name = min(told)
        lowest = Text("terendah", "lowest").say(language)
        return f"{title}: {lowest} {places.name(code)}, {round_name(name)}, {fmt.figure(share, Unit.PERCENT, language)}"

    def _subtitle(self, areas: int, asked: Asked) -> str:
        few = Text(
            f"{MOST_AREAS} wilayah terendah dari {areas}; semua di tabel",
            f"the {MOST_AREAS} lowest of {areas}; all in the table",
        )
        return self.days(asked) + (f" · {few.say(asked.scope.language)}" if areas > MOST_AREAS else "")

    def _figure(self, shares: Cells, areas: Sequence[Any], rounds: Sequence[str], language: str) -> fig.Figure:
        z = [[shares.get((area.code, name)) for name in rounds] for area in areas]
        hover = [
            [f"{area.name} · {round_name(name)}: {_share(shares.get((area.code, name)), language)}" for name in rounds]
            for area in areas
        ]
        labels = [round_name(name) for name in rounds]
        names = [area.name for area in areas]
        trace = fig.shares([labels, names], z, hover, language)
        return {"data": [trace], "layout": fig.shares_layout(names, upright=True)}

    def _table(self, parts: Sequence[Cells], areas: Sequence[Any], rounds: Sequence[str], language: str) -> Answer:
        heads = [(AREA.say(language), ""), *((one.title.say(language), "") for one in self.indicators)]
        keys = [(area, name) for area in areas for name in rounds if any((area.code, name) in part for part in parts)]
        lines = [[part.get((area.code, name)) for part in parts] for area, name in keys]
        rows = [
            [
                f"{area.name} · {round_name(name)}",
                *(fmt.exact(n, one.unit, language) for one, n in zip(self.indicators, line, strict=True)),
            ]
            for (area, name), line in zip(keys, lines, strict=True)
        ]
        raw = [(f"{area.code} {name}", *line) for (area, name), line in zip(keys, lines, strict=True)]
        return twin(heads, rows, raw) | {"series": [one.key for one in self.indicators]}


def _lowest(parts: Sequence[Cells], areas: Sequence[Any]) -> list[Any]:
    """The areas where the least of the plan was paid, all rounds together; no more than can be read."""
    planned, paid = parts[1], parts[-1]

    def share(area: Any) -> float:
        plan = sum(value or 0 for (code, _), value in planned.items() if code == area.code)
        return sum(value or 0 for (code, _), value in paid.items() if code == area.code) / plan if plan else 1.0

    return sorted(areas, key=share)[:MOST_AREAS]


def _short(number: float | None, language: str) -> str:
    """Little enough for four columns on a phone; the unit stands in the head."""
    return fmt.NOTHING if number is None else fmt.compact(number, language)


def _split(connection: sa.Connection, one: Indicator, asked: Asked) -> Cells:
    points = measure(connection, by_round(one), asked, by="area", split=ROUND)
    return {(point.key, str(point.split)): point.value for point in points}


def _share(number: float | None, language: str) -> str:
    """A programme that plans nothing there has no share: that is said, and is no zero."""
    return (
        Text("tidak direncanakan", "not planned").say(language)
        if number is None
        else fmt.figure(number, Unit.PERCENT, language)
    )


@dataclass(frozen=True, kw_only=True)
class Deciles(IndicatorPanel):
    """Coverage from the lowest decile to the highest; ``size``: the households that each has."""

    size: Indicator

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        return (self.indicator, self.size)

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        shares, homes = (
            {int(point.key): point.value for point in measure(connection, one, asked, by="decile")}
            for one in self.indicators
        )
        told = {decile: shares[decile] for decile in sorted(shares) if shares[decile] is not None}
        if not told:
            return empty(language)
        low = next(iter(told))
        words = Text(f"desil {low}", f"decile {low}").say(language)
        heads = [(Text("Desil", "Decile").say(language), "")]
        heads += [(one.title.say(language), one.unit.value.say(language)) for one in self.indicators]
        rows = [
            [str(d), fmt.figure(share, Unit.PERCENT, language), fmt.exact(homes.get(d), Unit.HOUSEHOLDS, language)]
            for d, share in told.items()
        ]
        raw = [(d, share, homes.get(d)) for d, share in told.items()]
        title = (self.title or self.indicator.title).say(language)
        return {
            "title": f"{title}: {words} {fmt.figure(told[low], Unit.PERCENT, language)}",
            "figure": _columns(told, homes, language),
            "table": twin(heads, rows, raw) | {"series": [one.key for one in self.indicators]},
        }


def _columns(shares: dict[int, float | None], homes: dict[int, float | None], language: str) -> fig.Figure:
    of = Text("dari", "of").say(language)
    hover = [
        f"{Text('Desil', 'Decile').say(language)} {d}: {fmt.figure(share, Unit.PERCENT, language)} {of} "
        f"{with_unit(homes.get(d), Unit.HOUSEHOLDS, language)}"
        for d, share in shares.items()
    ]
    bars = fig.columns("", [str(d) for d in shares], list(shares.values()), hover, 0, [])
    written = {"text": [fmt.number(share or 0, language) for share in shares.values()], "textposition": "outside"}
    ticks, words = fig.axis_ticks([share or 0 for share in shares.values()], Unit.PERCENT, language)
    layout = {
        "showlegend": False,
        "xaxis": {"type": "category", "title": {"text": Text("Desil DTSEN", "Decile of DTSEN").say(language)}},
        "yaxis": {"rangemode": "tozero", "tickvals": ticks, "ticktext": words},
    }
    return {
        "data": [bars | written | {"hovertext": hover, "hovertemplate": "%{hovertext}<extra></extra>"}],
        "layout": layout,
    }


FINDINGS = Says(
    Text("Temuan lintas sumber", "Findings across sources"),
    Text(
        "Banyaknya kasus yang perlu dilihat, bukan putusan. Daftarnya hanya untuk walidata, di Temuan, setelah alasan",
        "How many cases are to be looked at, no verdicts. The list is the steward's alone, in Findings, after a reason",
    ),
    Text("cacah temuan yang masih terbuka menurut pemeriksaan", "count of open findings by check"),
    Text("kasus", "cases"),
)
NOT_MADE = Text("belum dapat diperiksa di kota ini", "cannot be checked in this city yet")


@dataclass(frozen=True, kw_only=True)
class Checks(IndicatorPanel):
    """How much each cross-check of aid has found: counts of the whole city, never a case."""

    kind: Kind = field(default="table", init=False)
    span: int = 6
    height: Height = "m"

    @property
    def says(self) -> Says:
        return FINDINGS

    @property
    def renewed_by(self) -> tuple[str, ...]:
        return (*super().renewed_by, LEDGER)

    def days(self, asked: Asked) -> str:
        return FINDINGS.meaning.say(asked.scope.language)

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        made = {one["rule"]: one for one in counts(connection, asked.city.code)}
        told = sorted(RULES, key=lambda rule: -made[rule.name]["found"] if rule.name in made else 1)
        heads = [(Text("Pemeriksaan", "Check").say(language), ""), (FINDINGS.unit.say(language).capitalize(), "")]
        heads.append((Text("Diperiksa", "Checked").say(language), ""))
        rows, raw = [], []
        for rule in told:
            one = made.get(rule.name)
            found = fmt.number(one["found"], language) if one else fmt.NOTHING
            when = fmt.moment(one["checked_at"], asked.city.zone, language) if one else NOT_MADE.say(language)
            rows.append([rule.title.say(language), found, when])
            raw.append((rule.name, one["found"] if one else None, None))
        return {"title": self._finding(made, language), "table": twin(heads, rows, raw)}

    def _finding(self, made: dict[str, dict[str, Any]], language: str) -> str:
        title = FINDINGS.title.say(language)
        found = sum(made[rule.name]["found"] for rule in RULES if rule.name in made)
        said = fmt.number(found, language)
        return f"{title}: {said} {Text('perlu dilihat', 'to be looked at').say(language)}"


@dataclass(frozen=True, kw_only=True)
class NeedBesideAid(IndicatorPanel):
    """Areas by their share of the need (the indicator) and of the aid: below the line, less aid than need."""

    aid: Indicator
    named: int = 2  # areas that are written beside their mark

    def days(self, asked: Asked) -> str:
        days = days_of(self.aid, asked)
        return Text(
            f"kebutuhan bulan terakhir, bantuan {days}; di bawah garis: bantuan kurang dari porsi kebutuhan",
            f"need of the last month, aid {days}; below the line: less of the aid than of the need",
        ).say(asked.scope.language)

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        return (self.indicator, self.aid)

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        need, aid = (
            {point.key: point.value or 0.0 for point in measure(connection, one, asked, by="area")}
            for one in self.indicators
        )
        whole, paid = sum(need.values()), sum(aid.get(key, 0.0) for key in need)
        if whole <= 0 or paid <= 0:
            return empty(language)
        lines = [(key, need[key], aid.get(key, 0.0)) for key in need]
        shares = {key: (100 * needed / whole, 100 * given / paid) for key, needed, given in lines}
        ranked = sorted(lines, key=lambda line: shares[line[0]][1] - shares[line[0]][0])
        return {
            "title": self._finding(ranked[0][0], shares, places, language),
            "figure": self._figure([line[0] for line in ranked], shares, places, language),
            "table": self._table(ranked, places, language),
        }

    def _finding(self, key: str, shares: dict[str, tuple[float, float]], places: Places, language: str) -> str:
        need, aid = (fmt.number(share, language, 1) for share in shares[key])
        what = self.indicator.title.say(language).lower()
        words = Text(f"{need} % {what}, {aid} % bantuan", f"{need} % of {what}, {aid} % of aid")
        return f"{places.name(key)}: {words.say(language)}"

    def _figure(
        self, ranked: Sequence[str], shares: dict[str, tuple[float, float]], places: Places, language: str
    ) -> fig.Figure:
        title, aid = self.indicator.title.say(language), self.aid.title.say(language)
        hover = [
            f"{places.name(key)} · {title} {fmt.number(shares[key][0], language, 1)} % · "
            f"{aid} {fmt.number(shares[key][1], language, 1)} %"
            for key in ranked
        ]
        names = [places.name(key) if n < self.named else "" for n, key in enumerate(ranked)]
        return fig.beside_line([shares[key] for key in ranked], hover, names, (title, aid), language)

    def _table(self, ranked: Sequence[tuple[str, float, float]], places: Places, language: str) -> Answer:
        each = Text("Bantuan per satuan kebutuhan", "Aid for each").say(language)
        heads = [(AREA.say(language), "")]
        heads += [(one.title.say(language), one.unit.value.say(language)) for one in self.indicators]
        heads.append((each, "Rp"))
        rows = [
            [
                places.name(key),
                fmt.exact(need, self.indicator.unit, language),
                fmt.exact(aid, self.aid.unit, language),
                fmt.exact(aid / need if need else None, Unit.RUPIAH, language),
            ]
            for key, need, aid in ranked
        ]
        raw = [(key, need, aid, aid / need if need else None) for key, need, aid in ranked]
        return twin(heads, rows, raw) | {"series": [self.indicator.key, self.aid.key, "each"]}
