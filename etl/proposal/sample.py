"""Reading a sample through the very reader that the source will have, before anything is known of its columns."""

import csv
import io
import itertools
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import msgspec
import polars as pl
import sqlalchemy as sa

from etl import headers, json_text
from etl.access import Csv, Folder, Json, Reader, Rest, Sql, Workbook
from etl.errors import UnreadableFile, Where
from etl.proposal import notation
from etl.readers import READERS
from etl.readers.api import Api
from etl.readers.delivery import ROW
from etl.readers.sql import columns_of
from etl.readers.workbook import rows_of
from etl.source import Source
from etl.text import Text

MOST_ROWS = 5_000
KINDS: dict[str, type[Any]] = {str(struct.__struct_config__.tag): struct for struct in get_args(Reader)}
ALIASES = {"tsv": "csv", "txt": "csv", "xlsm": "xlsx"}
DELIMITERS = (",", ";", "\t", "|")
SETTLED = 1_600_000_000  # long ago: a copied sample is not still being written


@dataclass(frozen=True)
class Sample:
    """The rows of a sample as the reader delivers them, and the reader that brought them."""

    rows: pl.DataFrame  # text cells and ``_row``
    reader: Reader  # as used here: its path or url is the sample's
    doubts: tuple[Text, ...] = ()

    @property
    def headers(self) -> list[str]:
        """The headers in the order of the sample."""
        return [name for name in self.rows.columns if name != ROW]

    def cells(self, header: str) -> pl.Series:
        """The cells of one column without the empty ones, trimmed."""
        text = self.rows[header].str.strip_chars()
        return text.filter(~text.is_in(["", "-", "null", "NULL", "N/A"])).drop_nulls()


def read(address: str, table: str = "", items: str = "") -> Sample:
    """The rows behind a file name, an http(s) address or a database address.

    Raises SourceError (unreadable, unreachable, no such table) and UnreadableFile for what no reader knows.
    """
    if address.startswith(("http://", "https://")):
        return _of_service(address, items)
    if "://" in address:
        return _of_database(address, table)
    return _of_file(Path(address), items)


def _provisional(reader: Reader, columns: Sequence[str], name: str) -> Source:
    """A source that names every header: enough for a reader, which knows no dataset."""
    return Source(
        dataset="",
        app="",
        title=Text("", ""),
        owner="",
        licence="",
        cadence_s=1,
        promise_s=1,
        reader=reader,
        columns={f"c{number}": header for number, header in enumerate(columns)},
        name=name,
    )


def _of_database(address: str, table: str) -> Sample:
    url = sa.make_url(address)
    schema, _, named = (table or str(url.query.get("table", ""))).rpartition(".")
    plain = url.difference_update_query(["table"]).render_as_string(hide_password=False)
    reader = Sql(url=plain, table=named, schema=schema or None)
    source = _provisional(reader, columns_of(_provisional(reader, (), "contoh")), "contoh")
    return Sample(READERS[Sql].probe(source, MOST_ROWS), reader)


def _of_service(address: str, items: str) -> Sample:
    reader = Rest(url=address)
    with Api(_provisional(reader, (), "contoh")) as client:
        body = client.get(client.home).body
    place, records = _records(body, items, Where(file=address.partition("?")[0]))
    return Sample(_frame(records), msgspec.structs.replace(reader, items=place))


def _of_file(path: Path, items: str) -> Sample:
    if not path.is_file():
        raise _refused(path, Text("berkas contoh tidak ada", "there is no such sample file"))
    ending = path.suffix.lower().removeprefix(".")
    kind = ALIASES.get(ending, ending)
    if kind == "json":
        place, records = _records(path.read_bytes(), items, Where(file=path.name))
        return Sample(_frame(records), Json(path=".", items=place))
    if kind not in KINDS or not issubclass(KINDS[kind], Folder):
        known = ", ".join(sorted({name for name, struct in KINDS.items() if issubclass(struct, Folder)} | {*ALIASES}))
        raise _refused(
            path, Text(f"akhiran berkas tidak dikenal; yang dikenal: {known}, json", f"known: {known}, json")
        )
    return _of_folder(path, KINDS[kind], items)


def _of_folder(path: Path, struct: type[Any], items: str) -> Sample:
    """A copy of the file in a folder of its own, read as any delivery will be."""
    with _copied(path) as folder:
        reader, doubts, grid = _begun(struct, folder, path, items), tuple[Text, ...](), list[list[str]]()
        data = path.read_bytes()
        if isinstance(reader, Csv):
            encoding, doubts = _encoding(data)
            lines = data.decode(encoding, errors="replace").removeprefix("\ufeff")
            delimiter = _delimiter(lines)
            grid = list(_records_of_text(lines, delimiter))
            reader = msgspec.structs.replace(reader, delimiter=delimiter, encoding=encoding)
        elif isinstance(reader, Workbook):
            grid = _sheet(data, reader, path)
        names = grid[header_row(grid)] if grid else []
        source = _provisional(reader, [" ".join(name.split()) for name in names if name.strip()], path.stem)
        return Sample(READERS[struct].probe(source, MOST_ROWS), reader, doubts)


def _begun(struct: type[Any], folder: Path, path: Path, items: str) -> Any:
    """The reader with what is known of it so far. Raises UnreadableFile when a person must say more."""
    try:
        return struct(path=str(folder), pattern=f"*{path.suffix}", **({"items": items} if items else {}))
    except ValueError as error:
        raise _refused(path, Text(str(error), str(error))) from error


@contextmanager
def _copied(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name.lstrip(".~$")
        shutil.copyfile(path, copy)
        os.utime(copy, (SETTLED, SETTLED))
        yield Path(folder)


def _encoding(data: bytes) -> tuple[str, tuple[Text, ...]]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", ()
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        said = data[error.start : error.start + 12].decode("cp1252", errors="replace")
        return "cp1252", (
            Text(
                f"bukan UTF-8; dibaca sebagai cp1252 (Windows), misalnya {said!r}",
                f"not UTF-8; read as cp1252 (Windows), {said!r} for one",
            ),
        )
    return "utf-8", ()


def _records_of_text(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text[: 1 << 20], newline=""), delimiter=delimiter)
    for _, record in zip(range(200), reader, strict=False):
        yield record


def _delimiter(text: str) -> str:
    """The one that cuts the most rows into the same number of cells, and into more than one."""

    def good(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(record) for record in _records_of_text(text, delimiter) if len(record) > 1)
        return max(((count, width) for width, count in widths.items()), default=(0, 0))

    return max(DELIMITERS, key=good)


def _sheet(data: bytes, reader: Workbook, path: Path) -> list[list[str]]:
    with rows_of(io.BytesIO(data), reader, Where(file=path.name)) as rows:
        return [[cell or "" for cell in row] for row in itertools.islice(rows, 200)]


def header_row(grid: Sequence[Sequence[str]]) -> int:
    """The place (from 0) of the first row that looks like names of columns: wide, distinct, without numbers or days."""
    widths = Counter(sum(bool(cell.strip()) for cell in row) for row in grid)
    usual = max((width for width in widths if width), key=lambda width: (widths[width], width), default=0)
    for number, row in enumerate(grid[: headers.WITHIN]):
        filled = [cell.strip() for cell in row if cell.strip()]
        if len(filled) >= max(1, 0.7 * usual) and len(set(filled)) == len(filled) and _are_names(filled):
            return number
    return next((number for number, row in enumerate(grid) if any(cell.strip() for cell in row)), 0)


def _are_names(cells: list[str]) -> bool:
    texts = pl.Series(cells)
    numeric = notation.values(texts, notation.NOTATIONS["1234.5"]).is_not_null() | texts.str.contains(r"^\d")
    return int(numeric.sum()) <= len(cells) / 5


def _records(body: bytes, items: str, where: Where) -> tuple[str, list[dict[str, str | None]]]:
    """The place of the list of objects in a JSON document, and its objects flattened."""
    try:
        said = json_text.loads(body)
    except ValueError as error:
        raise UnreadableFile(
            Text("bukan JSON", "not JSON"),
            Text(
                "periksa alamatnya; berkas CSV atau XLSX diunduh dulu",
                "check the address; download a CSV or XLSX first",
            ),
            where,
        ) from error
    lists = {place: found for place, found in _lists(said) if not items or place == items}
    if not lists:
        raise UnreadableFile(
            Text("tidak ada daftar objek di dalamnya", "there is no list of objects in it"),
            Text("sebutkan tempatnya dengan --items", "name its place with --items"),
            where,
        )
    place = max(lists, key=lambda place: len(lists[place]))
    return place, [json_text.flat(item) for item in lists[place][:MOST_ROWS]]


def _lists(said: Any, place: str = "") -> Iterator[tuple[str, list[dict[str, Any]]]]:
    if isinstance(said, list) and said and all(isinstance(item, dict) for item in said):
        yield place, said
    if isinstance(said, dict):
        for key, value in said.items():
            yield from _lists(value, f"{place}.{key}".lstrip("."))


def _frame(records: list[dict[str, str | None]]) -> pl.DataFrame:
    fields = list(dict.fromkeys(field for record in records for field in record))
    cells = {field: pl.Series([record.get(field) for record in records], dtype=pl.String) for field in fields}
    return pl.DataFrame({**cells, ROW: pl.Series(range(1, len(records) + 1), dtype=pl.Int64)})


def _refused(path: Path, what: Text) -> UnreadableFile:
    action = Text(
        "beri berkas CSV, XLSX atau JSON dengan --sample, atau alamat http(s) atau basis data",
        "give a CSV, XLSX or JSON file with --sample, or an address of a service or a database",
    )
    return UnreadableFile(what, action, Where(file=str(path)))
