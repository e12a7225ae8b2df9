"""A list as a file: XLSX with types, frozen header, filters, totals and notes; CSV of the same."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.format import harmless
from etl.errors import PantauError

FORMATS = {
    "text": "@", "count": "#,##0", "rupiah": '"Rp" #,##0', "percent": "0.0", "number": "#,##0.0##", "date": "yyyy-mm-dd"
}  # fmt: skip
WIDTHS = {"text": 24, "count": 10, "rupiah": 16, "percent": 10, "number": 10, "date": 12}
MOST_LINES = 1_048_576  # of a sheet; what comes after would be cut without a word


@dataclass(frozen=True)
class Column:
    """A column: its head, what its cells are (a key of FORMATS), whether it is added up below."""

    head: str
    kind: str = "text"
    adds: bool = False


def xlsx(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    notes: Sequence[tuple[str, str]],
    made_at: dt.datetime | None = None,
) -> bytes:
    """A workbook. A text is always written as text: what begins with = is no formula for a spreadsheet.

    With ``made_at`` it says when it was made by that, not by the clock: the same rows make the same bytes. Raises
    PantauError when there are more rows than a sheet holds.
    """
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        if made_at:
            book.set_properties({"created": made_at.replace(tzinfo=None)})
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        formats = {kind: book.add_format({"num_format": pattern}) for kind, pattern in FORMATS.items()}
        sheet = book.add_worksheet(title[:31])
        for number, column in enumerate(columns):
            sheet.set_column(number, number, WIDTHS[column.kind], formats[column.kind])
            sheet.write_string(0, number, column.head, bold)
        last = _body(sheet, columns, rows)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
        _totals(sheet, columns, last, book)
        _notes(book, notes, bold)
    return out.getvalue()


def _body(sheet: Any, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> int:
    """Write the rows; the number of the last."""
    line = 0
    for line, row in enumerate(rows, start=1):
        for number, (column, cell) in enumerate(zip(columns, row, strict=True)):
            if cell is not None:
                _write(sheet, line, number, column.kind, cell)
    if line >= MOST_LINES:
        raise PantauError(
            f"{line} baris tidak muat di satu lembar XLSX | {line} rows do not fit into one sheet of XLSX"
        )
    return line


def _write(sheet: Any, line: int, number: int, kind: str, cell: Any) -> None:
    if kind == "text":
        sheet.write_string(line, number, str(cell))
    elif kind == "date":
        sheet.write_datetime(line, number, dt.date.fromisoformat(cell))
    else:
        sheet.write_number(line, number, cell)


def _totals(sheet: Any, columns: Sequence[Column], last: int, book: Any) -> None:
    """Sums of what a filter leaves (SUBTOTAL), two lines below."""
    from xlsxwriter.utility import xl_col_to_name

    for number, column in enumerate(columns):
        if column.adds and last:
            name = xl_col_to_name(number)
            style = book.add_format({"num_format": FORMATS[column.kind], "bold": True, "top": 1})
            sheet.write_formula(last + 2, number, f"=SUBTOTAL(109,{name}2:{name}{last + 1})", style)


def _notes(book: Any, notes: Sequence[tuple[str, str]], bold: Any) -> None:
    sheet = book.add_worksheet("Catatan")
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90)
    for line, (name, words) in enumerate(notes):
        sheet.write_string(line, 0, name, bold)
        sheet.write_string(line, 1, words, wrapped)


def comma_separated(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> str:
    """The same rows as CSV (UTF-8 with BOM); a cell that a spreadsheet would run is made a text."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.head for column in columns])
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return "\ufeff" + text.getvalue()
