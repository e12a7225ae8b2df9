"""The structures that the API tells; the schemas of the OpenAPI are made of them."""

import datetime as dt

import msgspec

from dashboard.public.described import TableTold
from dashboard.words import Words
from etl.bundle import Flag, Value


class CityTold(msgspec.Struct, frozen=True, kw_only=True):
    """A city that publishes, and its newest release."""

    city: str
    code: str
    name: str
    zone: str
    release: int
    made_at: dt.datetime
    releases: str
    tables: str


class Cities(msgspec.Struct, frozen=True, kw_only=True):
    """Every city that publishes."""

    cities: tuple[CityTold, ...]


class ReleaseTold(msgspec.Struct, frozen=True, kw_only=True):
    """A release: what was known at ``as_of``, published at ``made_at``, and never changed since."""

    release: int
    made_at: dt.datetime
    as_of: dt.datetime
    previous: int | None
    simulated: bool
    licence: str
    custodian: str
    tables: tuple[str, ...]
    corrections: int
    address: str


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a list; ``next`` is the address of the part that follows."""

    city: str
    total: int
    limit: int
    offset: int
    next: str | None


class Releases(Listed, frozen=True, kw_only=True):
    """The releases of a city, newest first."""

    releases: tuple[ReleaseTold, ...]


class PlaceTold(msgspec.Struct, frozen=True, kw_only=True):
    """An area of the city, with the people that rates are made with."""

    area: str
    name: str
    level: str
    parent: str
    population: int | None
    population_year: int | None
    population_source: str


class FileTold(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a release, at an address where it never changes."""

    format: str
    media_type: str
    address: str
    sha256: str


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """One release, with its areas and files."""

    city: str
    release: ReleaseTold
    areas: tuple[PlaceTold, ...]
    files: tuple[FileTold, ...]


class TableListed(msgspec.Struct, frozen=True, kw_only=True):
    """A published table: what it is, where its rows are, its files."""

    table: TableTold
    address: str
    files: tuple[FileTold, ...]


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """The tables of a release."""

    city: str
    release: int
    tables: tuple[TableListed, ...]


class Rows(Listed, frozen=True, kw_only=True):
    """Rows of a table. A measure without a number has a flag that says why."""

    release: int
    made_at: dt.datetime
    as_of: dt.datetime
    simulated: bool
    table: str
    licence: str
    citation: Words
    rows: tuple[dict[str, Value], ...]


class IndicatorTold(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of the city: what it means, how it is computed, and which columns of which tables tell it."""

    indicator: str
    title: Words
    definition: Words
    formula: Words
    unit: Words
    better: str
    columns: tuple[str, ...]


class Indicators(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a release."""

    city: str
    release: int
    indicators: tuple[IndicatorTold, ...]


class CorrectionTold(msgspec.Struct, frozen=True, kw_only=True):
    """A published number that another release tells differently; why is what the sources said."""

    release: int
    made_at: dt.datetime
    table: str
    column: str
    row: dict[str, Value]
    before: float | None
    before_flag: Flag
    after: float | None
    after_flag: Flag
    why: tuple[Words, ...]


class Corrections(Listed, frozen=True, kw_only=True):
    """What releases corrected, the newest first."""

    corrections: tuple[CorrectionTold, ...]
