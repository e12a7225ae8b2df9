"""Delimited text. Every cell stays text; a row is numbered as a spreadsheet would number it."""

import csv
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow

from etl.errors import SchemaChanged, UnreadableFile, Where
from etl.readers import folder, headers
from etl.readers.delivery import ROW, Cursor, Delivery, Refusal, Table, refused_frame
from etl.readers.headings import MARKED, is_marker, without_headings
from etl.source import Csv, Source
from etl.text import Text

CUT_AT = (65_536, 1_048_576)  # the rows of a spreadsheet: a file of exactly so many was cut
HEAD_BYTES = 1 << 20


def extract(source: Source, cursor: Cursor | None) -> Iterator[Delivery]:
    """A delivery for each new or changed file of the folder."""
    return folder.extract(source, cursor, parse)


def probe(source: Source, limit: int) -> pl.DataFrame:
    """The first rows of the newest file."""
    return folder.newest(source, parse).rows.head(limit)


@dataclass(frozen=True)
class _Head:
    """The header of a file and what stands above it."""

    names: list[str]
    row: int  # of the header, from 1
    above: list[list[str]]
    cells: list[str]  # the header as it was written
    body_at: int  # byte where the first data row begins


@dataclass
class _Odd:
    """Rows with another number of cells than the header, as the parser meets them."""

    numbers: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def keep(self, row: arrow.InvalidRow) -> str:
        self.numbers.append(row.number)
        self.texts.append(row.text)
        return "skip"


def parse(data: bytes, source: Source, where: Where) -> Table:
    """The rows of one file.

    Short rows are filled with null; long rows, repeated headers and merge-conflict markers are
    refused; wholly empty rows are no rows. Raises UnreadableFile (encoding, NUL bytes, quotes
    never closed, cut by a spreadsheet) and SchemaChanged (empty, or no header row).
    """
    reader = source.reader
    if not isinstance(reader, Csv):
        raise TypeError(reader)
    utf8 = _decoded(data, reader.encoding, where)
    head = _head(utf8, reader, source, where)
    odd = _Odd()
    body = _body(utf8, head, reader, odd, where)
    refuse_cut_file(body.height, head.row + body.height + len(odd.numbers), where)
    numbered = body.with_columns(pl.Series(ROW, _numbers(body.height, odd.numbers) + head.row))
    short, refusals = _sorted_out(odd, head, reader, where)
    rows = pl.concat([numbered, short]).sort(ROW) if short.height else numbered
    rows, not_data = without_headings(_without_empty(rows), head.cells, source)
    return Table(rows, refused_frame([*_markers_above(head), *refusals, *not_data]))


def refuse_cut_file(data_rows: int, all_rows: int, where: Where) -> None:
    """Raises UnreadableFile when a file has exactly as many rows as a spreadsheet can hold."""
    for limit in CUT_AT:
        if limit in (data_rows, all_rows):
            raise UnreadableFile(
                Text(
                    f"berisi tepat {limit} baris: terpotong oleh spreadsheet",
                    f"has exactly {limit} rows: a spreadsheet cut it",
                ),
                Text(
                    "ekspor ulang sebagai CSV langsung dari aplikasinya, atau per bulan",
                    "export it again as CSV from the application itself, or month by month",
                ),
                where,
            )


def _decoded(data: bytes, encoding: str, where: Where) -> bytes:
    """The file as UTF-8 without a byte-order mark."""
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        said = data[error.start : error.start + 8].hex(" ")
        raise _unreadable(
            Text(f"bukan {encoding} (bita {said})", f"is not {encoding} (bytes {said})"),
            Text(
                "simpan ulang dengan encoding itu, atau nyatakan encoding berkas pada sumber ini",
                "save it again in that encoding, or declare the file's encoding in this source",
            ),
            where,
            row,
        ) from error
    nul = text.find("\0")
    if nul >= 0:
        raise _unreadable(
            Text(
                "berisi bita NUL: berkas rusak atau belum selesai disalin", "holds NUL bytes: damaged or copied in part"
            ),
            Text("kirim ulang berkasnya", "send the file again"),
            where,
            text.count("\n", 0, nul) + 1,
        )
    return text.encode()


def _unreadable(what: Text, action: Text, where: Where, row: int | None = None) -> UnreadableFile:
    return UnreadableFile(what, action, Where(where.city, where.source, where.file, row))


def _head(utf8: bytes, reader: Csv, source: Source, where: Where) -> _Head:
    lines = io.StringIO(utf8[:HEAD_BYTES].decode(errors="ignore"), newline="").readlines()
    parsed = csv.reader(lines, delimiter=reader.delimiter)
    records, ends = [], []
    for record in itertools.islice(parsed, headers.WITHIN):
        records.append(record)
        ends.append(parsed.line_num)
    if not any(any(record) for record in records):
        raise _empty(source, where)
    at = headers.find_header(records, source, where)
    names = headers.as_spelled(records[at], headers.wanted_headers(source))
    return _Head(names, at + 1, records[:at], records[at], len("".join(lines[: ends[at]]).encode()))


def _empty(source: Source, where: Where) -> SchemaChanged:
    named = ", ".join(sorted(headers.wanted_headers(source)))
    return SchemaChanged(
        Text(f"berkas kosong; dicari: {named}", f"the file is empty; wanted: {named}"),
        Text(
            "kirim ulang berkasnya; nol baris tetap memerlukan judul kolom",
            "send it again; even zero rows need the header",
        ),
        where,
    )


def _body(utf8: bytes, head: _Head, reader: Csv, odd: _Odd, where: Where) -> pl.DataFrame:
    content = pa.py_buffer(utf8).slice(head.body_at)
    if content.size == 0:
        return pl.DataFrame(schema=dict.fromkeys(head.names, pl.String))
    try:
        table = arrow.read_csv(
            pa.BufferReader(content),
            # one thread: only so does the parser tell the number of an odd row
            arrow.ReadOptions(use_threads=False, column_names=head.names, block_size=1 << 24),
            arrow.ParseOptions(
                delimiter=reader.delimiter,
                ignore_empty_lines=False,
                newlines_in_values=True,
                invalid_row_handler=odd.keep,
            ),
            arrow.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(head.names, pa.large_string()),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        raise _unclosed(where) from error
    body = pl.DataFrame(pl.from_arrow(table))
    _refuse_unclosed_end(body, utf8, where)
    return body


def _refuse_unclosed_end(body: pl.DataFrame, utf8: bytes, where: Where) -> None:
    """A quote that is never closed swallows the rest of the file into the last cell."""
    last = body[-1, -1] if body.height else None
    if last and "\n" in last and not utf8.rstrip(b"\r\n").endswith(b'"'):
        raise _unclosed(where)


def _unclosed(where: Where) -> UnreadableFile:
    return _unreadable(
        Text(
            "tanda kutip dibuka tetapi tidak ditutup: berkas terpotong",
            "a quote is opened and never closed: the file was cut",
        ),
        Text("kirim ulang berkasnya", "send the file again"),
        where,
    )


def _numbers(height: int, odd: list[int]) -> np.ndarray:
    """The numbers (from 1) of the regular rows: all but those of the odd ones."""
    every = np.arange(1, height + len(odd) + 1, dtype=np.int64)
    return np.delete(every, np.array(odd, dtype=np.int64) - 1)


def _sorted_out(odd: _Odd, head: _Head, reader: Csv, where: Where) -> tuple[pl.DataFrame, list[Refusal]]:
    """Short rows, and long ones whose extra cells are empty, as rows; the others as refusals."""
    short, refusals = [], []
    for number, text in zip(odd.numbers, odd.texts, strict=True):
        cells, row = _cells(text, reader, where), number + head.row
        if reason := _too_long(cells, len(head.names)):
            refusals.append(Refusal(row, reason, _named(cells, head.names)))
        else:
            filled = [cell or None for cell in cells] + [None] * len(head.names)
            short.append((*filled[: len(head.names)], row))
    schema = dict.fromkeys(head.names, pl.String) | {ROW: pl.Int64}
    return pl.DataFrame(short, schema=schema, orient="row"), refusals


def _cells(text: str, reader: Csv, where: Where) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=reader.delimiter, strict=True), [])
    except csv.Error as error:
        raise _unclosed(where) from error


def _too_long(cells: list[str], expected: int) -> Text | None:
    if any(cells[expected:]):
        return Text(
            f"{len(cells)} sel, padahal judul kolom {expected}; periksa tanda kutip dan pemisah",
            f"{len(cells)} cells under {expected} headers; check quotes and delimiters",
        )
    return None


def _named(cells: list[str], names: list[str]) -> dict[str, str | None]:
    extra = [f"kolom_{number}" for number in range(len(names) + 1, len(cells) + 1)]
    return dict(zip([*names, *extra], cells, strict=False))


def _without_empty(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(~pl.all_horizontal(pl.exclude(ROW).is_null()))


def _markers_above(head: _Head) -> list[Refusal]:
    numbered = enumerate(head.above, start=1)
    return [Refusal(row, MARKED, _named(cells, head.names)) for row, cells in numbered if is_marker(cells)]
