"""One measure of a published table, cell by cell, with what a reader may conclude from a cell and no more.

A shown count of people is rounded; ``<10`` is anything from 0 to 9; a hidden or missing cell may be anything.
"""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from dashboard.indicator import Unit
from etl.bundle import Bundle, Column, Flag, Kind, Place, Table

LEAST, OFF = 10, 2  # smaller counts are not shown; a shown one is off by so much at most
ROUNDED = 0.005  # of a sum or a rate, which is told to three digits
HALF = 0.5  # of a percentage, told without decimals
IMPLIED = {
    Kind.RUPIAH: Unit.RUPIAH,
    Kind.PERCENT: Unit.PERCENT,
    Kind.MINUTES: Unit.MINUTES,
    Kind.HOURS: Unit.HOURS,
}
Key = tuple[str, str, str]  # area, period, category


@dataclass(frozen=True)
class Cell:
    """A published cell; the true number lies between ``low`` and ``high``."""

    value: float | None = None
    flag: Flag = Flag.MISSING
    low: float = 0.0
    high: float = math.inf

    @property
    def shown(self) -> bool:
        return self.value is not None


NOTHING = Cell()


@dataclass(frozen=True)
class Reading:
    """One measure of one table."""

    table: Table
    column: Column
    places: Mapping[str, Place]
    whole: str  # the code of the city, of which a table without areas speaks

    @cached_property
    def cells(self) -> dict[Key, Cell]:
        """Every cell by area, period and category; of what a table does not have the key is empty."""
        names = [self._named(kind) for kind in (Kind.AREA, Kind.PERIOD, Kind.CATEGORY)]
        return {self._key(record, names): self._cell(record) for record in self.table.records}

    def at(self, area: str, period: str = "", category: str = "") -> Cell:
        """One cell; one that is in no row is missing."""
        return self.cells.get((area, period, category), NOTHING)

    @cached_property
    def periods(self) -> tuple[str, ...]:
        """The first days of all periods, oldest first."""
        return tuple(sorted({period for _, period, _ in self.cells}))

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """The categories that there are, in the order of the table's words."""
        there = {category for _, _, category in self.cells}
        named = self.table.about.category
        return tuple(word for word in named.words if word in there) if named else ("",)

    def areas(self, level: str, within: str = "") -> tuple[str, ...]:
        """The areas of a level that have cells, of one area above them."""
        codes = {code for code, _, _ in self.cells}
        return tuple(
            code for code, place in self.places.items()
            if code in codes and level_of(place) == level and code.startswith(within)
        )  # fmt: skip

    @property
    def unit(self) -> Unit:
        return unit_of(self.column)

    def _named(self, kind: Kind) -> str:
        return next((column.key for column in self.table.about.columns if column.kind is kind), "")

    def _key(self, record: Mapping[str, object], names: list[str]) -> Key:
        area, period, category = (str(record[name]) if name else "" for name in names)
        return area or self.whole, period, category

    def _cell(self, record: Mapping[str, object]) -> Cell:
        value, flag = record[self.column.key], record.get(f"{self.column.key}_flag", Flag.SHOWN)
        if flag is Flag.BELOW:
            return Cell(None, Flag.BELOW, 0, self._most(record))
        if not isinstance(value, int | float):
            return Cell(None, Flag.MISSING if flag is Flag.SHOWN else Flag(str(flag)))
        return Cell(value, Flag.SHOWN, *self._range(value, record))

    def _most(self, record: Mapping[str, object]) -> float:
        """How much it can be at most where fewer than ten are counted."""
        unit, place = self.unit, self.places.get(str(record.get(self._named(Kind.AREA), self.whole)))
        if self.column.kind is Kind.COUNT:
            return LEAST - 1
        if self.column.kind is Kind.RATE and unit.per_people and place and place.population:
            return (LEAST - 1) * unit.per_people / place.population
        return math.inf

    def _range(self, value: float, record: Mapping[str, object]) -> tuple[float, float]:
        if not self.column.flagged:
            return value, value
        if self.column.kind is Kind.COUNT:
            return max(LEAST, value - OFF), value + OFF
        if self.column.kind in (Kind.MINUTES, Kind.HOURS):
            return value - HALF, value + HALF
        low, high = self._factors(value, record)
        return max(0.0, value * low - self._last_digit(value)), value * high + self._last_digit(value)

    def _factors(self, value: float, record: Mapping[str, object]) -> tuple[float, float]:
        """By what a sum, a rate or a share may have to be multiplied, being made of rounded counts."""
        base = next((column.key for column in self.table.about.measures if column.kind is Kind.COUNT), "")
        said = record.get(base)
        count = float(said) if isinstance(said, int | float) and said else float(LEAST)
        whole = OFF / count
        if self.column.kind is not Kind.PERCENT:
            return 1 - whole, 1 + whole
        part = OFF / max((value - HALF) * count / 100, LEAST)
        return (1 - part) / (1 + whole), (1 + part) / (1 - whole)

    def _last_digit(self, value: float) -> float:
        return HALF if self.column.kind is Kind.PERCENT else ROUNDED * abs(value)


@lru_cache(maxsize=512)
def reading(bundle: Bundle, table: str, measure: str) -> Reading:
    """A measure of a release. Raises KeyError where the release has no such table or column."""
    found = bundle.table(table)
    return Reading(found, found.about[measure], bundle.places, bundle.manifest.city_code)


def unit_of(column: Column) -> Unit:
    """The unit of a measure: what it says, or what its kind implies."""
    return Unit[column.unit] if column.unit else IMPLIED.get(column.kind, Unit.INDEX)


def level_of(place: Place) -> str:
    """The level of a place as tables speak of it: a desa stands where a kelurahan does."""
    return "kelurahan" if place.level == "desa" else place.level


def day_of(period: str) -> dt.date:
    """The first day of a period."""
    return dt.date.fromisoformat(period)
