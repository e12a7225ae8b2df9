"""A source: where one city's rows of one dataset come from, declared in one TOML file.

``cities/<city>/sources/<name>.toml`` is read into the frozen structs below and in ``access``.
A word that is not declared there is refused by name; a secret or an address is written ``${NAME}`` and
taken from the environment, so that no city file ever holds one.
"""

import os
import re
import tomllib
from pathlib import Path

import msgspec

from etl.access import Declared, Folder, Reader
from etl.catalogue import contracts
from etl.contract import Kind, Semantics
from etl.errors import CityError
from etl.text import Text

Words = str | tuple[str, ...]


class Format(Declared, frozen=True):
    """How this source writes its cells. Declared, never guessed per cell."""

    datetimes: tuple[str, ...] = ("%Y-%m-%dT%H:%M:%S%.f%#z",)  # also "epoch_ms", "epoch_s"; tried in order
    dates: tuple[str, ...] = ("%Y-%m-%d",)  # also "excel" (serial days); tried in order
    zone: str = ""  # of moments without an offset; empty = the city's
    decimal: str = "."
    thousands: str = ""
    empty: tuple[str, ...] = ("", "-", "null", "NULL", "N/A")
    true: tuple[str, ...] = ("true", "1", "ya", "Ya", "YA")
    false: tuple[str, ...] = ("false", "0", "tidak", "Tidak", "TIDAK")
    indonesian_months: bool = False  # "25 Agustus 2020": month names are replaced before parsing


class Pattern(Declared, frozen=True):
    """A value chosen by the first pattern that is found in the cell."""

    find: str
    gives: str


class Cell(Declared, frozen=True):
    """How a column is made when it is not simply one header of the file.

    Exactly one of: ``header`` (first that exists), ``constant``, ``ordinal_within`` (1, 2, …
    among rows with the same cells in these headers, in file order), ``product`` of numbers,
    ``join`` of texts (of each the first header that exists), ``filename`` (a pattern with one group).
    """

    header: Words | None = None
    constant: str | None = None
    ordinal_within: tuple[str, ...] | None = None
    product: tuple[str, ...] | None = None
    join: tuple[Words, ...] | None = None
    filename: str | None = None
    separator: str = ", "
    patterns: tuple[Pattern, ...] = ()  # applied to the cell
    otherwise: str | None = None  # when no pattern is found
    words: dict[str, str] = msgspec.field(
        default_factory=dict
    )  # the source's word → the contract's; compared in lower case, trimmed
    default: str | None = None  # when the cell is empty


class AreaCells(Declared, frozen=True):
    """Where the area stands: a code, or the names of the kelurahan and the kecamatan.

    ``unknown`` lists words that mean "not known" (a legitimate empty place).
    """

    code: Words | None = None
    kelurahan: Words | None = None
    kecamatan: Words | None = None
    unknown: tuple[str, ...] = ()


class Source(Declared, frozen=True):
    """One source of one city."""

    dataset: str
    app: str  # the upstream's own name
    title: Text
    owner: str
    licence: str
    cadence_s: float
    promise_s: float  # older than this is stale, and said to be so
    reader: Reader
    columns: dict[str, Words | Cell]
    area: AreaCells | None = None
    format: Format = Format()
    skip_exact_duplicates: bool = False  # for files without a line number: counted as superseded
    semantics: Semantics | None = None  # where this source brings an upsert dataset in a narrower way
    most_refused_percent: float = 1.0  # of a delivery's rows; beyond it (and 20 rows) nothing of it is loaded
    city: str = ""  # filled from the folder
    name: str = ""  # filled from the file name
    simulated: bool = False  # filled: the upstream is the simulator

    def __str__(self) -> str:
        return f"{self.city}/{self.name}"

    @property
    def brings(self) -> Semantics:
        """How its deliveries change what is stored: as it says itself, else as its dataset does."""
        return self.semantics or contracts()[self.dataset].semantics

    @property
    def asks_for_changes(self) -> bool:
        """True when "nothing" is an answer: the source is asked for what is new since the last time."""
        return getattr(self.reader, "since", None) is not None

    @property
    def counted(self) -> tuple[str, ...]:
        """The columns that are a row's place among the rows of its file."""
        return tuple(name for name, said in self.columns.items() if isinstance(said, Cell) and said.ordinal_within)

    @property
    def needs_whole_files(self) -> bool:
        """True when a row means something only beside the other rows of its file."""
        return self.skip_exact_duplicates or bool(self.counted)

    def row_by_row(self) -> "Source":
        """The same source for rows that left their file: what was counted there stands in a header of its own."""
        kept = {name: Cell(header=place_header(name)) for name in self.counted}
        return msgspec.structs.replace(self, columns=self.columns | kept, skip_exact_duplicates=False)


def place_header(column: str) -> str:
    """Under what name a refused row keeps the place that it had in its file."""
    return f"#{column}"


def filled(value: object, settings: dict[str, str], at: str) -> object:
    """What a city file says, with every ``${NAME}`` in it filled. Raises CityError for a setting that there is not."""
    if isinstance(value, dict):
        return {key: filled(inner, settings, f"{at}.{key}") for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, settings, at) for inner in value]
    if isinstance(value, str):
        return re.sub(r"\$\{(\w+)\}", lambda found: _setting(found[1], settings, at), value)
    return value


def _setting(name: str, settings: dict[str, str], at: str) -> str:
    if name in settings:
        return settings[name]
    raise CityError(
        f"{at}: setelan {name} belum ada di lingkungan (environment) → isi {name}"
        f" | setting {name} is not set → set {name}"
    )


def load_source(path: Path, city: str, settings: dict[str, str] | None = None) -> Source:
    """Read one source file.

    Raises CityError naming the file and the key when something in it is wrong.
    """
    settings = dict(os.environ) if settings is None else settings
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        whole = filled(said, settings | {"CITY_DIR": str(path.parent.parent)}, str(path))
        source = msgspec.convert(whole, Source)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise CityError(f"{path}: {error} → perbaiki berkas ini | correct this file") from error
    _check_columns(source, path)
    simulated = whole != said and settings.get("PANTAU_SIMULATED") == "1" and not is_local(source)
    return msgspec.structs.replace(source, city=city, name=path.stem, simulated=simulated)


def _check_columns(source: Source, path: Path) -> None:
    """A misspelt dataset or column is refused, not ignored."""
    if source.dataset not in contracts():
        known = ", ".join(contracts())
        raise CityError(f"{path}: dataset {source.dataset!r} tidak ada | is unknown; yang ada | there are: {known}")
    if source.needs_whole_files and not isinstance(source.reader, Folder):
        raise CityError(
            f"{path}: ordinal_within dan skip_exact_duplicates memerlukan berkas utuh (csv, xlsx, …)"
            " | ordinal_within and skip_exact_duplicates need whole files (csv, xlsx, …)"
        )
    _check_semantics(source, path)
    wanted = [column.name for column in contracts()[source.dataset].delivered if column.kind is not Kind.AREA]
    if unknown := sorted(source.columns.keys() - set(wanted)):
        known = ", ".join(wanted)
        raise CityError(
            f"{path}: columns.{unknown[0]} bukan kolom {source.dataset}; yang ada: {known};"
            " wilayah dipetakan pada [area]"
            f" | is no column of {source.dataset}; there are: {known}; areas are mapped in [area]"
        )


def _check_semantics(source: Source, path: Path) -> None:
    """A source may narrow an upsert, never loosen what the contract says; a whole list is asked for whole."""
    said = contracts()[source.dataset].semantics
    if source.semantics not in (None, said) and said is not Semantics.UPSERT:
        raise CityError(
            f"{path}: semantics {source.semantics} tidak boleh; {source.dataset} adalah {said}"
            f" | semantics {source.semantics} is not allowed; {source.dataset} is {said}"
        )
    if source.brings is Semantics.SNAPSHOT and source.asks_for_changes:
        raise CityError(
            f"{path}: semantics snapshot memerlukan seluruh daftar; hapus [reader.since]"
            " | semantics snapshot needs the whole list; remove [reader.since]"
        )


def is_local(source: Source) -> bool:
    """True for what the city folder itself brings (areas): real even beside a simulator."""
    return source.dataset == "areas"
