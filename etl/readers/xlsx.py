"""Workbooks (.xlsx, .xlsm, .xls, .ods). Cells become the text that a person sees; dates become ISO text."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import polars as pl
from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

from etl.errors import SchemaChanged, UnreadableFile, Where
from etl.readers import folder, headers
from etl.readers.csv import refuse_cut_file
from etl.readers.delivery import ROW, Cursor, Delivery, Table, refused_frame
from etl.source import Source, Xlsx
from etl.text import Text

MOST_UNZIPPED = 200 * 1024 * 1024
MOST_RATIO, RATIO_FROM = 200, 1024 * 1024  # a few unzipped kilobytes harm no one, whatever their ratio
DAMAGED_FROM = 10**14  # 15 digits: a spreadsheet's number keeps no more
TOTALS = ("jumlah", "total", "subtotal", "sub total")
Row = Sequence[object]


def extract(source: Source, cursor: Cursor | None) -> Iterator[Delivery]:
    """A delivery for each new or changed file of the folder."""
    return folder.extract(source, cursor, parse)


def probe(source: Source, limit: int) -> pl.DataFrame:
    """The first rows of the newest file."""
    return folder.newest(source, parse).rows.head(limit)


def parse(data: bytes, source: Source, where: Where) -> Table:
    """The rows of one sheet, numbered as the spreadsheet numbers them.

    Empty rows and rows of totals are no data; how many totals were left out is noted. Raises
    UnreadableFile (no workbook, too big unzipped, cut) and SchemaChanged (no sheet, no header).
    """
    _refuse_bomb(data, where)
    sheet = _sheet(data, source, where)
    at = headers.find_header(sheet, source, where)
    names = headers.as_spelled(sheet[at], headers.wanted_headers(source))
    refuse_cut_file(len(sheet) - at - 1, len(sheet), where)
    filled = [
        (number, row) for number, row in enumerate(sheet[at + 1 :], start=at + 2) if any(cell != "" for cell in row)
    ]
    kept = [(number, row) for number, row in filled if not _is_total(row)]
    return Table(_frame(kept, names), refused_frame(), _notes(len(filled) - len(kept)))


def _refuse_bomb(data: bytes, where: Where) -> None:
    """Looks at the sizes that the zip directory declares, before anything is unzipped."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unzipped = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise _unreadable(error, where) from error
    if unzipped > MOST_UNZIPPED or (unzipped > RATIO_FROM and unzipped > MOST_RATIO * len(data)):
        raise UnreadableFile(
            Text(
                f"{len(data)} bita membengkak menjadi {unzipped} bita: tidak dibuka",
                f"{len(data)} bytes swell to {unzipped} bytes: not opened",
            ),
            Text(
                "hapus baris dan format kosong lalu simpan ulang, atau kirim CSV",
                "delete empty rows and formats and save again, or send CSV",
            ),
            where,
        )


def _sheet(data: bytes, source: Source, where: Where) -> Sequence[Row]:
    if not isinstance(source.reader, Xlsx):
        raise TypeError(source.reader)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        name = source.reader.sheet or workbook.sheet_names[0]
        return workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except WorksheetNotFound as error:
        raise SchemaChanged(
            Text(
                f"lembar {source.reader.sheet} tidak ada; yang ada: {', '.join(workbook.sheet_names)}",
                f"there is no sheet {source.reader.sheet}; there are: {', '.join(workbook.sheet_names)}",
            ),
            Text("sesuaikan nama lembarnya", "correct the name of the sheet"),
            where,
        ) from error
    except (CalamineError, IndexError) as error:
        raise _unreadable(error, where) from error


def _unreadable(error: Exception, where: Where) -> UnreadableFile:
    return UnreadableFile(
        Text(f"bukan buku kerja yang bisa dibuka ({error})", f"not a workbook that can be opened ({error})"),
        Text(
            "buka di aplikasi spreadsheet tanpa kata sandi, simpan ulang sebagai .xlsx, kirim lagi",
            "open it in a spreadsheet without a password, save it again as .xlsx, send it again",
        ),
        where,
    )


def _is_total(row: Row) -> bool:
    """A row whose first filled cell begins with the word JUMLAH, TOTAL or SUBTOTAL."""
    first = next((cell for cell in row if cell != ""), "")
    word = headers.folded(first) if isinstance(first, str) else ""
    return any(word == total or (word.startswith(total) and not word[len(total)].isalnum()) for total in TOTALS)


def _frame(kept: Sequence[tuple[int, Row]], names: list[str]) -> pl.DataFrame:
    columns: dict[str, list[Any]] = {
        name: [cell_text(row[place]) for _, row in kept] for place, name in enumerate(names)
    }
    columns[ROW] = [number for number, _ in kept]
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String) | {ROW: pl.Int64})


def _notes(totals: int) -> tuple[Text, ...]:
    if not totals:
        return ()
    return (Text(f"{totals} baris jumlah dilewati", f"{totals} rows of totals skipped"),)


def cell_text(value: object) -> str | None:
    """A cell as text: ``12`` not ``12.0``, ISO dates, ``true``; empty is null."""
    match value:
        case "":
            return None
        case bool():
            return "true" if value else "false"
        case float():
            return _number_text(value)
        case dt.date() | dt.time():
            return value.isoformat()
        case _:
            return str(value)


def _number_text(value: float) -> str:
    """A number of 15 digits or more is written with an exponent: it may have lost digits of an identifier."""
    if not value.is_integer():
        return f"{value:.15g}"
    if abs(value) < DAMAGED_FROM:
        return str(int(value))
    return f"{Decimal(value).normalize():e}"
