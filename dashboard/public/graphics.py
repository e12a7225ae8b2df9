"""A figure as it stands on a page: its drawing, and its table twin made of the very same cells."""

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from dashboard import format as fmt
from dashboard.indicator import Unit
from dashboard.public import draw
from dashboard.public.draw import Frame, Line, Point, Shapes
from dashboard.public.numbers import amount, number
from dashboard.public.periods import name_of_period
from dashboard.public.reading import Cell, Reading, unit_of
from dashboard.public.sentences import FEWER, WHY, told
from dashboard.public.sight import Sight
from etl.bundle import Column, Flag, Kind
from etl.text import Text

MOST_LINES, MOST_BARS, LEAST_DRAWN = 5, 15, 4
SMALL, NOTHING = "<10", "–"


@dataclass(frozen=True)
class Entry:
    """A cell of a table twin; ``part`` is a percentage that a bar shows too."""

    text: str
    flag: Flag = Flag.SHOWN
    part: float | None = None


@dataclass(frozen=True)
class Twin:
    """The table that holds what a drawing shows."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Entry, ...]], ...]

    @property
    def flags(self) -> list[Flag]:
        """The reasons why a cell has no number, each once."""
        return list(dict.fromkeys(entry.flag for _, row in self.rows for entry in row if entry.flag in WHY))


@dataclass(frozen=True)
class Drawn:
    """A drawing and its twin; a list has no drawing."""

    svg: Markup
    twin: Twin


@dataclass(frozen=True)
class Pen:
    """Draws figures in one language; maps need the shapes of the city, and know where its areas lead."""

    language: str
    shapes: Mapping[str, Shapes] = field(default_factory=dict)
    link: Callable[[str], str] = str

    def draw(self, sight: Sight, name: str, description: str) -> Drawn:
        """A figure as its kind says; ``name`` and ``description`` are what is read out in place of the picture."""
        draws = {
            "columns": self._columns,
            "lines": self._lines,
            "bars": self._bars,
            "map": self._map,
            "list": self._list,
        }
        return draws[sight.figure.kind](sight, name, description)

    def spark(self, sight: Sight, name: str) -> Markup:
        """The course of a number in little room; nothing where too little of it can be shown."""
        cells = [sight.reading.at(sight.place.code, period, sight.category) for period in sight.periods]
        points = [self._point("", cell, sight.reading) for cell in cells]
        return draw.sparkline(points, name=name) if sum(cell.shown for cell in cells) >= LEAST_DRAWN else Markup("")

    # Drawings

    def _columns(self, sight: Sight, name: str, description: str) -> Drawn:
        cells = [sight.reading.at(sight.place.code, period, sight.category) for period in sight.periods]
        points = [
            self._point(self._when(sight, period), cell, sight.reading)
            for period, cell in zip(sight.periods, cells, strict=True)
        ]
        picture = draw.columns(
            points, name=name, description=description, language=self.language, unit=sight.unit,
            highlight=len(points) - 1,
        )  # fmt: skip
        measures = [sight.reading, *([sight.rate] if sight.rate else [])]
        return Drawn(picture, self._over_time(sight, measures))

    def _over_time(self, sight: Sight, measures: Sequence[Reading]) -> Twin:
        rows = (
            (self._when(sight, period), tuple(
                self._entry(one.at(sight.place.code, period, sight.category), one) for one in measures
            ))
            for period in reversed(sight.periods)
        )  # fmt: skip
        return Twin((self._period_head(sight), *(self._head(one) for one in measures)), tuple(rows))

    def _lines(self, sight: Sight, name: str, description: str) -> Drawn:
        series = self._series(sight)
        lines = [
            Line(title, [self._point(self._when(sight, period), cells[period], reading) for period in sight.periods])
            for title, reading, cells in series
        ]
        picture = draw.lines(lines, name=name, description=description, language=self.language, unit=sight.unit)
        rows = (
            (self._when(sight, period), tuple(self._entry(cells[period], reading) for _, reading, cells in series))
            for period in reversed(sight.periods)
        )
        return Drawn(picture, Twin((self._period_head(sight), *(title for title, _, _ in series)), tuple(rows)))

    def _series(self, sight: Sight) -> list[tuple[str, Reading, dict[str, Cell]]]:
        """What each line is called, and its cells by period: areas, categories or measures."""

        def of(reading: Reading, area: str, category: str) -> dict[str, Cell]:
            return {period: reading.at(area, period, category) for period in sight.periods}

        here, reading = sight.place.code, sight.reading
        match sight.figure.split:
            case "areas":
                return [(sight.name(code), reading, of(reading, code, sight.category)) for code in beside(sight)]
            case "categories":
                first = sight.parts[:MOST_LINES]
                return [(self._say(sight.word(one)), reading, of(reading, here, one)) for one in first]
            case _:
                readings = [sight.of(one) for one in (sight.figure.measure, *sight.figure.further)]
                return [(self._say(one.column.title), one, of(one, here, sight.category)) for one in readings]

    def _bars(self, sight: Sight, name: str, description: str) -> Drawn:
        if sight.figure.split == "areas":
            return self._bars_of_areas(sight, name, description)
        measures = [sight.of(one) for one in (sight.figure.measure, *sight.figure.further)]
        largest = (
            sight.parts if sight.ordered else sorted(sight.parts, key=lambda one: -_size(sight.cell(category=one)))
        )
        cells = {one: [sight.cell(category=one, measure=m.column.key) for m in measures] for one in largest}
        words = {one: self._say(sight.word(one)) for one in largest}
        points = [self._point(words[one], cells[one][0], sight.reading) for one in largest[:MOST_BARS]]
        picture = draw.bars(points, name=name, description=description, unit=sight.unit)
        rows = (
            (words[one], tuple(self._entry(cell, m) for cell, m in zip(cells[one], measures, strict=True)))
            for one in largest
        )
        title = self._say(sight.about.category.title) if sight.about.category else ""
        return Drawn(picture, Twin((title, *(self._head(one) for one in measures)), tuple(rows)))

    def _bars_of_areas(self, sight: Sight, name: str, description: str) -> Drawn:
        """The districts of the city side by side, the highest first; those without a number stand below."""
        codes = sorted(sight.reading.areas("kecamatan"), key=lambda code: -_size(sight.cell(code)))
        cells = {code: sight.cell(code) for code in codes}
        points = [self._point(sight.name(code), cell, sight.reading) for code, cell in cells.items()]
        own = next((place.name for place in sight.around if place.code in cells), None)
        picture = draw.bars(points, name=name, description=description, unit=sight.unit, current=own)
        rows = ((sight.name(code), (self._entry(cell, sight.reading),)) for code, cell in cells.items())
        return Drawn(picture, Twin((AREA.say(self.language), self._head(sight.reading)), tuple(rows)))

    def _map(self, sight: Sight, name: str, description: str) -> Drawn:
        codes = sight.reading.areas(sight.level)
        at = {period: {code: sight.reading.at(code, period, sight.category) for code in codes}
              for period in sight.periods}  # fmt: skip
        frames = [
            Frame(self._when(sight, period),
                  {code: self._point(sight.name(code), cell, sight.reading) for code, cell in cells.items()})
            for period, cells in at.items()
        ]  # fmt: skip
        shapes = self.shapes.get(sight.level)
        picture = draw.choropleth(
            shapes, frames, name=name, description=description, language=self.language, unit=sight.unit,
            selected=sight.asked.code, links={code: self.link(code) for code in codes},
        ) if shapes else Markup("")  # fmt: skip
        newest_first = list(reversed(sight.periods))
        rows = (
            (sight.name(code), tuple(self._entry(at[period][code], sight.reading) for period in newest_first))
            for code in codes
        )
        heads = (AREA.say(self.language), *(self._when(sight, period) for period in newest_first))
        return Drawn(picture, Twin(heads, tuple(rows)))

    def _list(self, sight: Sight, name: str, description: str) -> Drawn:
        """The rows themselves: of what is about no person nothing is hidden."""
        columns = [sight.reading.table.about[one] for one in sight.figure.further]
        first, *others = columns
        rows = (
            (self._written(sight, first, record), tuple(self._value(sight, one, record) for one in others))
            for record in sight.rows
        )
        return Drawn(Markup(""), Twin(tuple(self._say(column.title) for column in columns), tuple(rows)))

    def _value(self, sight: Sight, column: Column, record: Mapping[str, Any]) -> Entry:
        part = record[column.key] if column.kind is Kind.PERCENT else None
        return Entry(self._written(sight, column, record), part=part)

    def _written(self, sight: Sight, column: Column, record: Mapping[str, Any]) -> str:
        """A value as its column's kind is written."""
        value = record[column.key]
        if value is None:
            return NOTHING
        if isinstance(value, int | float):
            return number(value, unit_of(column), self.language)
        match column.kind:
            case Kind.AREA:
                return sight.name(value) if value in sight.bundle.places else str(value)
            case Kind.CATEGORY:
                return self._say(column.words.get(value, Text(value, value)))
            case Kind.DATE:
                return fmt.day(dt.date.fromisoformat(value), self.language)
        return str(value)

    # Words

    def _say(self, text: Text) -> str:
        return text.say(self.language)

    def _when(self, sight: Sight, period: str) -> str:
        return name_of_period(period, sight.about.step, self.language)

    def _period_head(self, sight: Sight) -> str:
        return PERIODS.get(sight.about.step, PERIODS[""]).say(self.language)

    def _head(self, reading: Reading) -> str:
        """A measure's title with its unit, where the numbers do not say it themselves."""
        title, unit = self._say(reading.column.title), reading.unit
        beside = unit.beside.say(self.language)
        return f"{title} ({beside})" if beside and beside.lower() not in title.lower() else title

    def _point(self, label: str, cell: Cell, reading: Reading) -> Point:
        unit = reading.unit
        limit = cell.high if cell.flag is Flag.BELOW and math.isfinite(cell.high) else None
        value = cell.value if cell.shown else limit
        return Point(label, value, self._words(cell, reading, unit), cell.flag)

    def _words(self, cell: Cell, reading: Reading, unit: Unit) -> str:
        if cell.value is not None and unit is Unit.RUPIAH:
            return self._say(amount(cell.value, unit))  # there is little room
        entry = self._entry(cell, reading).text
        return f"{entry} {unit.beside.say(self.language)}".strip() if cell.shown or entry == SMALL else entry

    def _entry(self, cell: Cell, reading: Reading) -> Entry:
        counted = reading.column.kind is Kind.COUNT
        if cell.value is not None:
            return Entry(number(cell.value, reading.unit, self.language))
        words = self._say(told(cell, lambda value: FEWER, counted))
        return Entry(SMALL if cell.flag is Flag.BELOW and counted else words, cell.flag)


AREA = Text("Wilayah", "Area")
PERIODS = {
    "day": Text("Hari", "Day"),
    "week": Text("Pekan", "Week"),
    "epidemic_week": Text("Pekan", "Week"),
    "month": Text("Bulan", "Month"),
    "": Text("Masa", "Period"),
}


def _size(cell: Cell) -> float:
    """By what bars are sorted; those without a number stand last."""
    return -1.0 if cell.value is None else cell.value


def beside(sight: Sight) -> list[str]:
    """The areas whose lines stand together: the place and what it lies in; for the city its highest districts too."""
    if not sight.in_city:
        return [place.code for place in sight.shown_around]
    districts = [code for code in sight.reading.areas("kecamatan") if sight.cell(code).shown]
    districts.sort(key=lambda code: -(sight.cell(code).value or 0))
    return [sight.city.code, *districts[: MOST_LINES - 1]]


def reasons(flags: Iterable[Flag]) -> list[Text]:
    """What is said below a table of the signs in it."""
    return [WHY[flag] for flag in flags]
