"""Delimited text. Every cell stays text; a row is numbered as a spreadsheet would number it."""

import csv
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow

from etl import headers
from etl.access import Csv
from etl.errors import SchemaChanged, UnreadableFile, Where
from etl.readers import folder
from etl.readers.delivery import ROW, Cursor, Delivery, Refusal, Table, refused_frame
from etl.readers.headings import MARKED, Headings, is_marker
from etl.readers.text_file import decoded, refuse_cut_file, unreadable
from etl.source import Source
from etl.text import Text

HEAD_BYTES = 1 << 20
BLOCK = 1 << 23  # bytes that are parsed at once; a row must fit into it


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

    waiting: list[tuple[int, str]] = field(default_factory=list)
    following: int = 1  # the number of the next row, odd or regular

    def keep(self, row: arrow.InvalidRow) -> str:
        self.waiting.append((row.number, row.text))
        return "skip"

    def numbers(self, regular: int) -> np.ndarray:
        """The numbers (from 1) of the next ``regular`` rows that are not odd; the parser may be ahead of us."""
        odd = np.array([number for number, _ in self.waiting], dtype=np.int64)
        every = np.arange(self.following, self.following + regular + len(odd), dtype=np.int64)
        numbers = np.setdiff1d(every, odd, assume_unique=True)[:regular]
        self.following = int(numbers[-1]) + 1 if regular else self.following
        return numbers

    def passed(self) -> list[tuple[int, str]]:
        """The odd rows among those numbered so far and right after them; they are handed out once."""
        count = 0
        for number, _ in self.waiting:
            if number > self.following:
                break
            self.following = max(self.following, number + 1)
            count += 1
        passed, self.waiting = self.waiting[:count], self.waiting[count:]
        return passed


def parse(content: IO[bytes], source: Source, where: Where) -> Iterator[Table]:
    """The rows of one file, part by part.

    Short rows are filled with null; long rows, repeated headers and merge-conflict markers are
    refused; wholly empty rows are no rows. Raises UnreadableFile (encoding, NUL bytes, quotes
    never closed, cut by a spreadsheet) and SchemaChanged (empty, or no header row), some of it
    only when all rows have been seen.
    """
    reader = source.reader
    if not isinstance(reader, Csv):
        raise TypeError(reader)
    with decoded(content, reader.encoding, where) as utf8:
        head = _head(utf8, reader, source, where)
        headings, odd, seen = Headings(head.names, head.cells, source), _Odd(), 0
        yield Table(_no_rows(head), refused_frame(_markers_above(head)))
        for body in _bodies(utf8, head, reader, odd, where):
            seen += body.height
            yield _table(body, odd, head, headings, reader, where)
        refuse_cut_file(seen, odd.following - 1 + head.row, where)


def _table(body: pl.DataFrame, odd: _Odd, head: _Head, headings: Headings, reader: Csv, where: Where) -> Table:
    numbered = body.with_columns(pl.Series(ROW, odd.numbers(body.height) + head.row, pl.Int64))
    short, refusals = _sorted_out(odd.passed(), head, reader, where)
    rows = pl.concat([numbered, short]).sort(ROW) if short.height else numbered
    rows, not_data = headings.taken_out(_without_empty(rows))
    return Table(rows, refused_frame([*refusals, *not_data]))


def _head(utf8: IO[bytes], reader: Csv, source: Source, where: Where) -> _Head:
    lines = io.StringIO(utf8.read(HEAD_BYTES).decode(errors="ignore"), newline="").readlines()
    parsed = csv.reader(lines, delimiter=reader.delimiter)
    records, ends = [], []
    try:
        for record in itertools.islice(parsed, headers.WITHIN):
            records.append(record)
            ends.append(parsed.line_num)
    except csv.Error as error:
        raise _unclosed(where) from error
    if not any(any(record) for record in records):
        raise _empty(source, where)
    at = headers.find_header(records, source, where)
    headers.refuse_wide(len(records[at]), where)
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


def _no_rows(head: _Head) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(head.names, pl.String) | {ROW: pl.Int64})


def _bodies(utf8: IO[bytes], head: _Head, reader: Csv, odd: _Odd, where: Where) -> Iterator[pl.DataFrame]:
    """The regular rows, block by block, and an empty one at the end, when all odd rows have been met."""
    ends_quoted = _ends_quoted(utf8)
    if utf8.seek(0, 2) > head.body_at:
        utf8.seek(head.body_at)
        last = None
        try:
            for batch in _opened(utf8, head, reader, odd):
                body = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch])))
                last = body[-1, -1] if body.height else last
                yield body
        except pa.ArrowInvalid as error:
            raise _unclosed(where) from error
        # a quote that is never closed swallows the rest of the file into the last cell
        if last and "\n" in last and not ends_quoted:
            raise _unclosed(where)
    yield pl.DataFrame(schema=dict.fromkeys(head.names, pl.String))


def _opened(utf8: IO[bytes], head: _Head, reader: Csv, odd: _Odd) -> arrow.CSVStreamingReader:
    return arrow.open_csv(
        pa.PythonFile(utf8, mode="r"),
        # one thread: only so does the parser tell the number of an odd row
        arrow.ReadOptions(use_threads=False, column_names=head.names, block_size=BLOCK),
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


def _ends_quoted(utf8: IO[bytes]) -> bool:
    size = utf8.seek(0, 2)
    utf8.seek(max(size - HEAD_BYTES, 0))
    return utf8.read().rstrip(b"\r\n").endswith(b'"')


def _unclosed(where: Where) -> UnreadableFile:
    return unreadable(
        Text(
            "tanda kutip dibuka tetapi tidak ditutup: berkas terpotong",
            "a quote is opened and never closed: the file was cut",
        ),
        Text("kirim ulang berkasnya", "send the file again"),
        where,
    )


def _sorted_out(
    odd: list[tuple[int, str]], head: _Head, reader: Csv, where: Where
) -> tuple[pl.DataFrame, list[Refusal]]:
    """Short rows, and long ones whose extra cells are empty, as rows; the others as refusals."""
    short, refusals = [], []
    for number, text in odd:
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
