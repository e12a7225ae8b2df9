"""Budgets by site and kind, and what changed in rows that everybody may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Indicator, Unit
from dashboard.panels.base import Answer, Height, IndicatorPanel, Kind, Says, empty, twin
from dashboard.panels.rows import said
from dashboard.queries import Asked, measure, named
from dashboard.scope import DAY
from dashboard.versions import MONTH_DAYS, known_since, pairs
from dashboard.words import word
from etl.catalogue import contract
from etl.contract import Privacy
from etl.text import Text

KEPT = Text("Tidak ada yang berubah dalam sebulan", "Nothing has changed within a month")
MORE = Text("Naik sejak sebulan (poin)", "Up within a month (points)")
Cell = float | None


@dataclass(frozen=True, kw_only=True)
class Grid(IndicatorPanel):
    """A percentage by area and by kind, the least on top, with the amounts that it is of."""

    columns: tuple[str, ...]  # the kinds, in the vocabulary's words
    dimension: str
    whole: Indicator  # amounts: of how much, and how much
    part: Indicator
    amounts: tuple[str, str]  # the columns of the dataset that these add up
    kind: Kind = field(default="table", init=False)
    span: int = 12
    height: Height = "m"

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        return (self.indicator, self.whole, self.part)

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        sums = [{p.key: p.value for p in measure(connection, one, asked, by="place")} for one in self.indicators]
        parts = measure(connection, self.indicator, asked, by="place", split=self.dimension)
        cells = {(point.key, point.split): point.value for point in parts}
        codes = sorted(sums[0], key=lambda code: (sums[0][code] is None, sums[0][code] or 0.0, code))
        if not codes:
            return empty(language)
        more = self._more(connection, asked, sums[0])
        lines = [
            [*(of.get(code) for of in (*sums, more)), *(cells.get((code, kind)) for kind in self.columns)]
            for code in codes
        ]
        names = [places.name(code) for code in codes]
        return {
            "title": self._finding(codes, names, cells, language),
            "table": self._table(codes, names, lines, language),
        }

    def _more(self, connection: sa.Connection, asked: Asked, now: Mapping[Any, Cell]) -> dict[Any, Cell]:
        """By how many points each area has risen since a month ago, or since it was first known."""
        area, (whole, part) = str(self.indicator.area), self.amounts
        sums: dict[Any, tuple[float, float]] = {}
        for then, _ in pairs(connection, asked, self.indicator.dataset, (area, whole, part)):
            row = then._mapping
            of, there = sums.get(row[area], (0.0, 0.0))
            sums[row[area]] = of + float(row[whole] or 0), there + float(row[part] or 0)
        return {
            code: number - 100 * sums[code][1] / sums[code][0]
            for code, number in now.items()
            if number is not None and sums.get(code, (0.0, 0.0))[0]
        }

    def _finding(
        self, codes: Sequence[str], names: Sequence[str], cells: Mapping[tuple[Any, Any], Cell], language: str
    ) -> str:
        title = (self.title or self.indicator.title).say(language)
        known = {key: number for key, number in cells.items() if number is not None and key[0] in codes}
        if not known:
            return title
        (code, kind), number = min(known.items(), key=lambda one: (one[1], one[0]))
        where = f"{names[codes.index(code)]} · {word(kind, language).lower()}"
        least = Text("terendah", "least at").say(language)
        return f"{title}: {least} {where}, {fmt.figure(number, self.indicator.unit, language)}"

    def _table(
        self, codes: Sequence[str], names: Sequence[str], lines: Sequence[Sequence[Cell]], language: str
    ) -> Answer:
        units = [*(one.unit for one in self.indicators), None, *[self.indicator.unit] * len(self.columns)]
        titles = [*(one.title.say(language) for one in self.indicators), MORE.say(language)]
        heads = [(Text("Tempat", "Site").say(language), ""), *((title, "") for title in titles)]
        heads += [(word(kind, language), "") for kind in self.columns]
        rows = [
            [name, *(_shown(cell, unit, language) for cell, unit in zip(line, units, strict=True))]
            for name, line in zip(names, lines, strict=True)
        ]
        series = [*(one.key for one in self.indicators), "more", *self.columns]
        table = twin(heads, rows, [(code, *line) for code, line in zip(codes, lines, strict=True)])
        return table | {"series": series, "patches": [f"wilayah={code}" for code in codes]}


def _shown(cell: Cell, unit: Unit | None, language: str) -> str:
    """A value in its unit; without one it is a change in points."""
    if unit is not None or cell is None:
        return fmt.figure(cell, unit or Unit.PERCENT, language)
    return f"{'+' if cell > 0 else '−' if cell < 0 else ''}{fmt.number(abs(cell), language, 1)}"


@dataclass(frozen=True, kw_only=True)
class Changes(IndicatorPanel):
    """What the rows of a public dataset say now that they did not say a month ago, or when they were first known."""

    columns: tuple[str, ...]  # what is watched
    names: tuple[str, ...]  # what names a row
    kind: Kind = field(default="table", init=False)
    span: int = 12
    height: Height = "s"
    top: int = 40

    def __post_init__(self) -> None:
        if contract(self.indicator.dataset).privacy is not Privacy.P0:
            raise ValueError(f"{self.id}: single rows are shown of public datasets only")

    @property
    def says(self) -> Says:
        title = contract(self.indicator.dataset).title
        return Says(
            self.title or title,
            Text(
                "Isi yang berbeda dari sebulan lalu; yang baru dikenal sejak itu, dari saat pertama dikenal",
                "What differs from a month ago; of what came to be known since, from when it was first known",
            ),
            Text(
                f"versi sekarang dibanding versi tertua yang masih berlaku dalam {MONTH_DAYS} hari terakhir",
                f"the version of now against the oldest that was still in force within the last {MONTH_DAYS} days",
            ),
            Text("", ""),
        )

    def days(self, asked: Asked) -> str:
        until = asked.scope.as_of or asked.now
        since = fmt.day((until - DAY * MONTH_DAYS).astimezone(asked.city.tz).date(), asked.scope.language)
        return f"{Text('sejak', 'since').say(asked.scope.language)} {since}"

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        title, found = self.says.title.say(language), self._found(connection, asked)
        if not found:
            first = known_since(connection, asked, self.indicator.dataset)
            when = fmt.day(first.astimezone(asked.city.tz).date(), language) if first else fmt.NOTHING
            known = Text("; dikenal Pantau sejak", "; known to Pantau since").say(language)
            return empty(language, Text(*(f"{KEPT.say(language)}{known} {when}.",) * 2)) | {"title": title}
        of = contract(self.indicator.dataset)
        heads = [(named(of[name].meaning).say(language), "") for name in self.names]
        heads += [
            (text.say(language), "")
            for text in (Text("Berubah", "Changed"), Text("Dari", "From"), Text("Menjadi", "To"))
        ]
        rows = [
            [
                *(said(of[name], row, places, language) for name, row in zip(self.names, keys, strict=True)),
                named(of[column].meaning).say(language),
                *(said(of[column], cell, places, language) for cell in (before, after)),
            ]
            for keys, column, before, after in found[: self.top]
        ]
        raw = [(*map(str, keys), column, str(before), str(after)) for keys, column, before, after in found]
        table = twin(heads, rows, raw)
        for head in table["columns"]:
            head["align"] = "left"
        shown = fmt.number(len(found), language)
        return {"title": f"{title}: {shown} {Text('isian berubah', 'cells changed').say(language)}", "table": table}

    def _found(self, connection: sa.Connection, asked: Asked) -> list[tuple[tuple[Any, ...], str, Any, Any]]:
        """One entry for each cell that differs: what names the row, the column, before and after."""
        told = []
        for then, now in pairs(connection, asked, self.indicator.dataset, (*self.names, *self.columns)):
            before, after = then._mapping, now._mapping
            called = tuple(after[name] for name in self.names)
            told += [(called, name, before[name], after[name]) for name in self.columns if before[name] != after[name]]
        return told
