"""A figure declared once, and what it shows of one place in one release: which cells of a published table.

Where a release has no such table, or no such column, the figure is not there.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from dashboard.indicator import Unit
from dashboard.public.numbers import amount, plain
from dashboard.public.periods import long_name
from dashboard.public.reading import Cell, Reading, level_of, reading
from dashboard.public.sentences import Words, told
from etl.bundle import About, Bundle, Kind, Place
from etl.text import Text

Drawing = Literal["columns", "lines", "bars", "map", "list"]
HIGHEST = Text("tertinggi", "highest")
PARTS = {
    "city": Text("kota", "cities"),
    "kecamatan": Text("kecamatan", "districts"),
    "kelurahan": Text("kelurahan", "wards"),
    "desa": Text("desa dan kelurahan", "villages and wards"),
}
LEVELS = ("city", "kecamatan", "kelurahan")
RELATIVE = (Kind.COUNT, Kind.RUPIAH, Kind.RATE)  # of these a change is told in per cent
ENOUGH = 5  # one area in so many has to have a number for a map of that level to say anything
ORDERED = ("age_band", "age")
ALL = "all"  # the category that is the whole of the others


@dataclass(frozen=True)
class Finding:
    """What a figure says: its title, and the sentences below it."""

    title: Text
    says: tuple[Text, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure. ``find`` states the finding from what is published of the place that is looked at."""

    id: str
    table: str
    measure: str
    kind: Drawing
    name: Text  # as it stands in a sentence: "Kasus baru"
    find: Callable[["Sight"], Finding]
    split: Literal["", "areas", "categories", "measures"] = ""  # what the lines or bars stand for
    without: tuple[str, ...] = ()  # categories that are left out
    further: tuple[str, ...] = ()  # measures beside the first one: lines of their own, columns of a list
    rate: str = ""  # the measure per so many people that belongs to it
    periods: int = 0  # how many of the newest are shown; 0: all
    most: Text = HIGHEST  # what the largest one is called


@dataclass(frozen=True)
class Sight:
    """One figure, one release, one place that is asked for."""

    bundle: Bundle
    figure: Figure
    asked: Place

    @property
    def about(self) -> About:
        return self.bundle.tables[self.figure.table]

    @cached_property
    def reading(self) -> Reading:
        return self.of(self.figure.measure)

    def of(self, measure: str) -> Reading:
        """Another measure of the same table."""
        return reading(self.bundle, self.figure.table, measure)

    @cached_property
    def rate(self) -> Reading | None:
        """The same for so many people; releases made before it was declared have none."""
        there = any(column.key == self.figure.rate for column in self.about.columns)
        return self.of(self.figure.rate) if there else None

    @property
    def there(self) -> bool:
        """Whether the release has what the figure shows."""
        about = self.bundle.tables.get(self.figure.table)
        columns = {column.key for column in about.columns} if about else set()
        return self.figure.measure in columns and bool(self.reading.periods)

    @cached_property
    def place(self) -> Place:
        """The place that is shown: the one asked for, or the nearest around it that the table knows."""
        return next(place for place in self.around if level_of(place) in (self.about.levels or LEVELS[:1]))

    @cached_property
    def around(self) -> list[Place]:
        """The place asked for, its kecamatan, the city."""
        return around(self.bundle, self.asked)

    @property
    def shown_around(self) -> list[Place]:
        """The place that is shown, and what lies around it."""
        return self.around[self.around.index(self.place) :]

    @property
    def city(self) -> Place:
        return self.around[-1]

    @property
    def in_city(self) -> bool:
        """Whether the whole city is shown."""
        return self.place.code == self.city.code

    @cached_property
    def periods(self) -> tuple[str, ...]:
        return self.reading.periods[-self.figure.periods :]

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        """The rows of a list: all of them, or the newest ones."""
        records, dates = self.reading.table.records, [c.key for c in self.about.columns if c.kind is Kind.DATE]
        if not self.figure.periods or not dates:
            return records
        return sorted(records, key=lambda record: record[dates[0]] or "", reverse=True)[: self.figure.periods]

    @property
    def period(self) -> str:
        return self.periods[-1]

    @cached_property
    def category(self) -> str:
        """The category of a figure that shows one only: all together where that is published, else the largest."""
        there = self.reading.categories
        if ALL in there or not there:
            return ALL if there else ""
        newest = {one: self.reading.at(self.city.code, self.reading.periods[-1], one).value for one in there}
        return max(there, key=lambda one: newest[one] or 0)

    @property
    def parts(self) -> tuple[str, ...]:
        """The categories that are no sum of others; ages from the youngest, others as the table names them."""
        there = [one for one in self.reading.categories if one not in (ALL, *self.figure.without)]
        return tuple(sorted(there, key=_youngest) if self.ordered else there)

    @property
    def ordered(self) -> bool:
        """Whether the categories have an order of their own."""
        named = self.about.category
        return named is not None and named.key in ORDERED

    def cell(self, area: str = "", back: int = 0, category: str | None = None, measure: str = "") -> Cell:
        """One cell: of the place shown, the newest period and the usual category unless something else is said."""
        found = self.of(measure) if measure else self.reading
        at = self.reading.periods[-1 - back] if back < len(self.reading.periods) else ""
        return found.at(area or self.place.code, at, self.category if category is None else category)

    @cached_property
    def level(self) -> str:
        """The smallest areas of which enough can be shown; where there are none, the largest parts of the city."""
        there = [level for level in reversed(LEVELS) if level in self.about.levels]
        return next((level for level in there if self._tells(level)), there[-2] if there[1:] else LEVELS[0])

    def _tells(self, level: str) -> bool:
        codes = self.reading.areas(level)
        return ENOUGH * sum(self.cell(code).shown for code in codes) >= len(codes) > 1

    @property
    def level_name(self) -> Text:
        """What the areas that are compared are called."""
        places = (self.bundle.places[code] for code in self.reading.areas(self.level))
        return PARTS["desa" if any(place.level == "desa" for place in places) else self.level]

    def name(self, code: str) -> str:
        return self.bundle.places[code].name

    def word(self, category: str) -> Text:
        """What a category is called."""
        named = self.about.category
        return named.words.get(category, Text(category, category)) if named else Text("", "")

    @property
    def unit(self) -> Unit:
        return self.reading.unit

    @property
    def words(self) -> Words:
        """How its numbers are said."""
        unit, kind = self.unit, self.reading.column.kind
        bare = plain if unit is not Unit.RUPIAH else amount
        return Words(
            number=lambda value: amount(value, unit),
            bare=lambda value: bare(value, unit),
            said=lambda value: (bare if kind is Kind.RATE else amount)(value, unit),
            counted=kind is Kind.COUNT,
            relative=kind in RELATIVE,
        )

    def says(self, cell: Cell) -> Text:
        """A cell as it stands in a sentence."""
        return told(cell, self.words.number, self.words.counted)

    def in_title(self, cell: Cell) -> Text:
        """The same where the name of the figure says the unit."""
        return told(cell, self.words.said, self.words.counted)

    def when(self, back: int = 0) -> Text:
        """The name of a period, back from the newest."""
        return long_name(self.reading.periods[-1 - back], self.about.step)


def _youngest(band: str) -> tuple[bool, int, str]:
    """Where a group of ages stands; what says no age stands last."""
    first = re.match(r"\d+", band)
    return first is None, int(first[0]) if first else 0, band


def around(bundle: Bundle, place: Place) -> list[Place]:
    """A place and what it lies in, up to the city."""
    found = [place]
    while found[-1].parent:
        found.append(bundle.places[found[-1].parent])
    return found
