"""Workbooks (.xlsx, .xlsm, .xls, .ods). Cells become the text that a person sees; dates become ISO text."""

import itertools
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import polars as pl

from etl import headers
from etl.access import Workbook
from etl.errors import SchemaChanged, UnreadableFile, Where
from etl.readers import folder, spool
from etl.readers.delivery import ROW, Cursor, Delivery, Table, refused_frame
from etl.readers.text_file import refuse_cut_file
from etl.readers.unpack import refuse_swollen, size_of
from etl.source import Source
from etl.text import Text

MOST_UNZIPPED = 200 * 1024 * 1024
MOST_SECONDS = 180.0
BATCH = 50_000  # rows of one part
TOTALS = ("jumlah", "total", "subtotal", "sub total")
SHEET = Path(__file__).with_name("sheet.py")
Row = list[str | None]


def extract(source: Source, cursor: Cursor | None) -> Iterator[Delivery]:
    """A delivery for each new or changed file of the folder."""
    return folder.extract(source, cursor, parse)


def probe(source: Source, limit: int) -> pl.DataFrame:
    """The first rows of the newest file."""
    return folder.newest(source, parse).rows.head(limit)


def parse(content: IO[bytes], source: Source, where: Where) -> Iterator[Table]:
    """The rows of one sheet, numbered as the spreadsheet numbers them.

    Empty rows and rows of totals are no data; how many totals were left out is noted. Raises
    UnreadableFile (no workbook, too big unzipped, cut) and SchemaChanged (no sheet, no header).
    """
    reader = source.reader
    if not isinstance(reader, Workbook):
        raise TypeError(reader)
    _refuse_bomb(content, where)
    with rows_of(content, reader, where) as rows:
        top = list(itertools.islice(rows, headers.WITHIN + reader.header_rows))
        merged = headers.merged(top, reader.header_rows)
        at = headers.find_header(merged, source, where)
        headers.refuse_wide(len(merged[at]), where)
        names = headers.as_spelled(merged[at], headers.wanted_headers(source))
        above = at + reader.header_rows
        number = above
        for batch in _batches(itertools.chain(top[above:], rows)):
            yield _table(batch, names, number + 1)
            number += len(batch)
    refuse_cut_file(number - above, number, where)


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """One at least, so that a header without rows is a table without rows."""
    batch = list(itertools.islice(rows, BATCH))
    while True:
        yield batch
        batch = list(itertools.islice(rows, BATCH))
        if not batch:
            return


def _refuse_bomb(content: IO[bytes], where: Where) -> None:
    """Looks at the sizes that the zip directory declares, before anything is unzipped."""
    size = size_of(content)
    if not zipfile.is_zipfile(content):
        return
    try:
        with zipfile.ZipFile(content) as archive:
            unzipped = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise _unreadable(str(error), where) from error
    refuse_swollen(size, unzipped, MOST_UNZIPPED, where)


@contextmanager
def rows_of(content: IO[bytes], reader: Workbook, where: Where) -> Iterator[Iterator[Row]]:
    """The rows as a process of its own reads them; see ``sheet``."""
    content.seek(0)
    command = [sys.executable, "-I", str(SHEET), *filter(None, [reader.sheet])]
    with spool.temporary() as packed, spool.temporary() as rows:
        shutil.copyfileobj(content, packed)
        packed.flush()
        os.lseek(packed.fileno(), 0, os.SEEK_SET)  # the process reads the file, not our buffer
        try:
            done = subprocess.run(
                command, stdin=packed, stdout=rows, stderr=subprocess.DEVNULL, timeout=MOST_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise _too_much(where) from error
        rows.seek(0)
        if done.returncode:
            raise _too_much(where)
        yield _read(rows, reader, where)


def _read(rows: IO[bytes], reader: Workbook, where: Where) -> Iterator[Row]:
    for line in rows:
        said = json.loads(line)
        if isinstance(said, list):
            yield said
        elif "sheets" in said:
            raise _no_sheet(reader, said["sheets"], where)
        else:
            raise _unreadable(said["unreadable"], where)


def _no_sheet(reader: Workbook, there: list[str], where: Where) -> SchemaChanged:
    return SchemaChanged(
        Text(
            f"lembar {reader.sheet} tidak ada; yang ada: {', '.join(there)}",
            f"there is no sheet {reader.sheet}; there are: {', '.join(there)}",
        ),
        Text("sesuaikan nama lembarnya", "correct the name of the sheet"),
        where,
    )


def _unreadable(said: str, where: Where) -> UnreadableFile:
    return UnreadableFile(
        Text(f"bukan buku kerja yang bisa dibuka ({said})", f"not a workbook that can be opened ({said})"),
        Text(
            "buka di aplikasi spreadsheet tanpa kata sandi, simpan ulang sebagai .xlsx, kirim lagi",
            "open it in a spreadsheet without a password, save it again as .xlsx, send it again",
        ),
        where,
    )


def _too_much(where: Where) -> UnreadableFile:
    return UnreadableFile(
        Text(
            "rusak, atau meminta lebih dari memori dan waktu yang boleh dipakai satu buku kerja",
            "damaged, or it asks for more memory and time than one workbook may take",
        ),
        Text(
            "hapus baris dan kolom kosong lalu simpan ulang, atau kirim CSV",
            "delete empty rows and columns and save again, or send CSV",
        ),
        where,
    )


def _is_total(row: Row) -> bool:
    """A row whose first filled cell begins with the word JUMLAH, TOTAL or SUBTOTAL."""
    word = headers.folded(next((cell for cell in row if cell), ""))
    return any(word == total or (word.startswith(total) and not word[len(total)].isalnum()) for total in TOTALS)


def _table(batch: list[Row], names: list[str], first: int) -> Table:
    filled = [(number, row) for number, row in enumerate(batch, start=first) if any(row)]
    kept = [(number, row) for number, row in filled if not _is_total(row)]
    cells = {name: [_cell(row, place) for _, row in kept] for place, name in enumerate(names)}
    rows = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String))
    numbers = pl.Series(ROW, [number for number, _ in kept], pl.Int64)
    return Table(rows.with_columns(numbers), refused_frame(), _notes(len(filled) - len(kept)))


def _cell(row: Row, place: int) -> str | None:
    return row[place] if place < len(row) else None


def _notes(totals: int) -> tuple[Text, ...]:
    if not totals:
        return ()
    return (Text(f"{totals} baris jumlah dilewati", f"{totals} rows of totals skipped"),)
