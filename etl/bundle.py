"""A release as files: numbered, never changed once it is there, and read without a database.

``releases/<city>/0012/release.json`` tells everything about the release; ``tables/<name>.json`` holds the rows of a
table, hidden cells hidden. ``releases/<city>/current`` is a link to the newest. Who reads a release imports this.
"""

import datetime as dt
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import msgspec

from etl.errors import PantauError
from etl.text import Text
from runner.state import state_dir

NUMBER = re.compile(r"\d{4,}")
CURRENT, MANIFEST, TABLES, CORRECTIONS = "current", "release.json", "tables", "corrections.json"
Value = str | int | float | None


class NoRelease(PantauError):
    """There is no such release."""


class Flag(StrEnum):
    """What a cell without a number means; hidden, zero and missing are three different things."""

    SHOWN = "shown"
    BELOW = "below_10"  # fewer than ten, zero included
    HIDDEN = "hidden"  # could be worked out of its neighbours, or was hidden once; it may be of any size
    MISSING = "missing"  # nobody told us


class Kind(StrEnum):
    """What a column holds."""

    AREA = "area"  # a Kemendagri code; its name stands in ``areas`` of the manifest
    PERIOD = "period"  # the first day of a day, a week or a month
    CATEGORY = "category"  # one of ``words``
    TEXT = "text"
    DATE = "date"
    COUNT = "count"
    RUPIAH = "rupiah"
    PERCENT = "percent"
    RATE = "rate"  # per so many people, as the unit says
    MINUTES = "minutes"
    HOURS = "hours"


MEASURES = (Kind.COUNT, Kind.RUPIAH, Kind.PERCENT, Kind.RATE, Kind.MINUTES, Kind.HOURS)


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a published table. A measure of people has a flag beside every number."""

    key: str
    title: Text
    meaning: Text
    kind: Kind
    unit: str = ""  # a member of dashboard.indicator.Unit, for measures
    formula: Text = Text("", "")
    indicator: str = ""  # the key of the indicator that it is a projection of
    better: str = "neither"
    flagged: bool = False
    words: dict[str, Text] = {}  # of a category: what each value is called

    @property
    def measure(self) -> bool:
        return self.kind in MEASURES


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is to be known of a published table; the terms are those of Satu Data (Perpres 39/2019)."""

    name: str
    subject: str  # corona, 112, bansos, pasar, layanan, anggaran, rencana
    title: Text
    meaning: Text
    grain: Text  # what one row is
    columns: tuple[Column, ...]
    key: tuple[str, ...]  # the columns that name a row
    datasets: tuple[str, ...]  # of the warehouse
    sources: tuple[str, ...]  # names of Source entries of the manifest
    step: str = ""  # day, week, month; empty: the state at the release
    levels: tuple[str, ...] = ()  # city, kecamatan, kelurahan: the areas that have rows
    people: bool = True  # False: of no person, published as it is
    limits: Text = Text("", "")  # what the table does not say

    def __getitem__(self, key: str) -> Column:
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(f"{self.name} has no column {key!r}")

    @property
    def measures(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.measure)

    @property
    def category(self) -> Column | None:
        return next((column for column in self.columns if column.kind is Kind.CATEGORY), None)


class Row(msgspec.Struct, frozen=True):
    """Values in the order of the columns; flags in the order of the flagged columns."""

    values: tuple[Value, ...]
    flags: tuple[Flag, ...] = ()


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where figures come from, and up to when the source was known when the release was made."""

    name: str
    title: Text
    owner: str  # the producer (produsen data)
    licence: str
    fresh_at: dt.datetime | None
    simulated: bool


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An area of the city."""

    code: str
    name: str
    level: str  # city, kecamatan, kelurahan, desa
    parent: str
    population: int | None = None
    population_year: int | None = None
    population_source: str = ""


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """A published number that is another one now. A number is None where the flag is not ``shown``."""

    table: str
    column: str
    row: dict[str, Value]  # the key of the row
    before: float | None
    before_flag: Flag
    after: float | None
    after_flag: Flag
    why: tuple[Text, ...]  # what the correcting sources said


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one release."""

    city: str  # slug
    city_code: str
    city_name: str
    zone: str
    number: int
    made_at: dt.datetime
    as_of: dt.datetime  # what was known then is what is published
    previous: int | None
    simulated: bool
    licence: str
    custodian: str  # walidata
    tables: tuple[About, ...]
    sources: tuple[Source, ...]
    places: tuple[Place, ...]
    files: dict[str, str] = {}  # path within the release → sha256


class _Rows(msgspec.Struct, frozen=True):
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Table:
    """A published table: what it is, and its rows in the order of the key."""

    about: About
    rows: tuple[Row, ...]

    @cached_property
    def records(self) -> tuple[dict[str, Any], ...]:
        """Rows by column; ``<measure>_flag`` stands beside every flagged measure."""
        names = [column.key for column in self.about.columns]
        flags = [f"{column.key}_flag" for column in self.about.columns if column.flagged]
        return tuple(
            dict(zip(names, row.values, strict=True)) | dict(zip(flags, row.flags, strict=True)) for row in self.rows
        )


@dataclass(frozen=True)
class Bundle:
    """One release in its folder."""

    folder: Path

    @cached_property
    def manifest(self) -> Manifest:
        return msgspec.json.decode((self.folder / MANIFEST).read_bytes(), type=Manifest)

    @cached_property
    def places(self) -> dict[str, Place]:
        """The areas of the city by code."""
        return {place.code: place for place in self.manifest.places}

    @cached_property
    def tables(self) -> dict[str, About]:
        """What the release holds, by name, in the order of publication."""
        return {about.name: about for about in self.manifest.tables}

    def table(self, name: str) -> Table:
        """A table with its rows, read once. Raises KeyError when the release has no such table."""
        if name not in self._read:
            about, path = self.tables[name], self.folder / TABLES / f"{name}.json"
            self._read[name] = Table(about, msgspec.json.decode(path.read_bytes(), type=_Rows).rows)
        return self._read[name]

    @cached_property
    def _read(self) -> dict[str, Table]:
        return {}

    @cached_property
    def corrections(self) -> tuple[Correction, ...]:
        """What differs from the release before."""
        return msgspec.json.decode((self.folder / CORRECTIONS).read_bytes(), type=tuple[Correction, ...])


def written(table: Table) -> bytes:
    """A table as it stands in ``tables/<name>.json``."""
    return msgspec.json.encode(_Rows(table.rows))


@dataclass(frozen=True)
class Shelf:
    """All releases of all cities."""

    root: Path

    def cities(self) -> tuple[str, ...]:
        """The slugs of the cities that have a release."""
        if not self.root.is_dir():
            return ()
        return tuple(sorted(path.name for path in self.root.iterdir() if (path / CURRENT).is_symlink()))

    def numbers(self, city: str) -> tuple[int, ...]:
        """The numbers of a city's releases, oldest first, the newest being the current one."""
        last = self.newest(city)
        there = (path.name for path in self.root.joinpath(city).iterdir() if NUMBER.fullmatch(path.name))
        return tuple(sorted(number for number in map(int, there) if number <= last))

    def newest(self, city: str) -> int:
        """The number of the current release. Raises NoRelease."""
        if city not in self.cities():
            raise NoRelease(f"{city}: belum ada rilis | there is no release yet")
        return int((self.root / city / CURRENT).readlink().name)

    def bundle(self, city: str, number: int | None = None) -> Bundle:
        """A release; without a number, the current one. Raises NoRelease."""
        wanted = self.newest(city) if number is None else number
        if wanted not in self.numbers(city):
            raise NoRelease(f"{city}: tidak ada rilis {wanted} | there is no release {wanted}")
        return _bundle(self.root / city / name_of(wanted))

    def bundles(self, city: str) -> Iterator[Bundle]:
        """Every release of a city, oldest first."""
        return (self.bundle(city, number) for number in self.numbers(city))


@lru_cache(maxsize=32)  # each keeps the tables that were read of it
def _bundle(folder: Path) -> Bundle:
    return Bundle(folder)


def name_of(number: int) -> str:
    """The name of a release's folder."""
    return f"{number:04d}"


def shelf() -> Shelf:
    """The releases of this installation: ``PANTAU_RELEASES``, else ``releases`` in the state folder."""
    said = os.environ.get("PANTAU_RELEASES")
    return Shelf(Path(said) if said else state_dir() / "releases")
