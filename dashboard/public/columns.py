"""The columns of a table as they are published: beside a code its area's name and level, beside a measure its flag.

Every format and the API read rows through this, so a number without its flag leaves nowhere.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from dashboard.format import harmless
from dashboard.indicator import Unit
from etl.bundle import About, Bundle, Column, Flag, Kind, Place, Row, Table, Value
from etl.text import Text

NAMES = (Kind.AREA, Kind.CATEGORY, Kind.TEXT)
NO_UNIT = Text("", "")


class Beside(StrEnum):
    """What may stand beside a column of a table."""

    NAME = "name"  # of an area
    LEVEL = "level"  # of an area
    FLAG = "flag"  # of a measure


@dataclass(frozen=True)
class Field:
    """One published column: a column of the table, or what stands beside it."""

    column: Column
    beside: Beside | None = None

    @property
    def name(self) -> str:
        return f"{self.column.key}_{self.beside}" if self.beside else self.column.key

    @property
    def title(self) -> Text:
        return _TITLES[self.beside](self.column.title) if self.beside else self.column.title

    @property
    def meaning(self) -> Text:
        return _MEANINGS[self.beside] if self.beside else self.column.meaning

    @property
    def unit(self) -> Text:
        """The unit in words; empty for what is no measure."""
        return NO_UNIT if self.beside else unit_of(self.column)


def _titled(id: str, en: str) -> Callable[[Text], Text]:
    return lambda title: Text(f"{title.id}: {id}", f"{title.en}: {en}")


_TITLES = {
    Beside.NAME: _titled("nama", "name"),
    Beside.LEVEL: _titled("tingkat", "level"),
    Beside.FLAG: _titled("tanda", "flag"),
}
_MEANINGS = {
    Beside.NAME: Text("Nama wilayah", "Name of the area"),
    Beside.LEVEL: Text("Tingkat wilayah: kota, kecamatan, kelurahan, desa", "Level of the area"),
    Beside.FLAG: Text(
        "Mengapa ada atau tidak ada angka: tersembunyi, nol, dan tidak ada data adalah tiga hal yang berbeda",
        "Why there is a number or none: hidden, zero and missing are three different things",
    ),
}
FLAGS = {
    Flag.SHOWN: Text("angkanya tampil, nol pun angka", "the number is shown; zero is a number"),
    Flag.BELOW: Text("kurang dari 10, termasuk nol", "fewer than 10, zero included"),
    Flag.HIDDEN: Text(
        "disembunyikan agar angka lain tidak dapat dihitung darinya, atau karena dulu tersembunyi; bisa berapa saja",
        "hidden so that no other number can be worked out of it, or because it was hidden once; of any size",
    ),
    Flag.MISSING: Text("tidak ada yang melaporkan", "nobody reported it"),
}
LEVELS = {
    "city": Text("kota atau kabupaten", "city or regency"),
    "kecamatan": Text("kecamatan", "district"),
    "kelurahan": Text("kelurahan", "ward"),
    "desa": Text("desa", "village"),
}


def unit_of(column: Column) -> Text:
    """The unit of a measure in words."""
    return Unit[column.unit].value if column.unit else NO_UNIT


def fields(about: About, keys: Iterable[str] | None = None) -> tuple[Field, ...]:
    """The published columns of a table, or of some columns of it, in the order of the table."""
    wanted = None if keys is None else set(keys)
    return tuple(
        field for column in about.columns if wanted is None or column.key in wanted for field in _fields(column)
    )


def _fields(column: Column) -> Iterator[Field]:
    yield Field(column)
    if column.kind is Kind.AREA:
        yield from (Field(column, Beside.NAME), Field(column, Beside.LEVEL))
    if column.flagged:
        yield Field(column, Beside.FLAG)


def words_of(field: Field) -> Mapping[str, Text]:
    """What each value of a field is called, where a field has few values."""
    match field.beside:
        case Beside.FLAG:
            return {flag.value: says for flag, says in FLAGS.items()}
        case Beside.LEVEL:
            return LEVELS
        case _:
            return field.column.words


Cells = Callable[[Row], Value]


def lines(bundle: Bundle, about: About, rows: Iterable[Row], among: Sequence[Field]) -> Iterator[tuple[Value, ...]]:
    """The rows, with a value for each of these fields."""
    getters = [_getter(bundle, about, field) for field in among]
    return (tuple(get(row) for get in getters) for row in rows)


def _getter(bundle: Bundle, about: About, field: Field) -> Cells:
    at = about.columns.index(field.column)
    if field.beside is Beside.FLAG:
        flag_at = [column for column in about.columns if column.flagged].index(field.column)
        return lambda row: row.flags[flag_at].value
    if field.beside:
        beside = {code: _beside(place, field.beside) for code, place in bundle.places.items()}
        return lambda row: beside.get(str(row.values[at]))  # of a list, a row may be of no area
    if field.column.measure:
        return lambda row: _whole(row.values[at])
    if field.column.kind in NAMES:
        return lambda row: _text(row.values[at])
    return lambda row: row.values[at]


def _beside(place: Place, what: Beside) -> str:
    return place.name if what is Beside.NAME else place.level


def _text(value: Value) -> Value:
    """What names something is a text, also a year."""
    return None if value is None else str(value)


def _whole(value: Value) -> Value:
    """1250000, never 1250000.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


@dataclass(frozen=True)
class Sheet:
    """One table with its rows as every format writes them."""

    bundle: Bundle
    table: Table

    @property
    def about(self) -> About:
        return self.table.about

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        return fields(self.about)

    @cached_property
    def lines(self) -> list[tuple[Value, ...]]:
        """All rows."""
        return list(lines(self.bundle, self.about, self.table.rows, self.fields))

    @property
    def records(self) -> Iterator[dict[str, Value]]:
        """All rows, with the names of the fields."""
        names = [field.name for field in self.fields]
        return (dict(zip(names, line, strict=True)) for line in self.lines)

    @property
    def has_areas(self) -> bool:
        return any(column.kind is Kind.AREA for column in self.about.columns)


def comma_separated(among: Sequence[Field], lines: Iterable[Sequence[Value]]) -> str:
    """CSV with a BOM, so that spreadsheets read it as UTF-8; a cell that one would run as a formula is a text."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([field.name for field in among])
    writer.writerows([harmless(cell) for cell in line] for line in lines)
    return "\ufeff" + text.getvalue()
