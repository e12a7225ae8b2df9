"""Files dropped into folders: written under a hidden name first, then renamed, so that nobody reads half a file."""

import datetime as dt
import io
import os
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl

from simulator.exports.shape import Csv, Xlsx

BIG = 400  # rows from which on a repeated header is a small mistake


def drop(folder: Path, channel: Csv | Xlsx, dressed: pl.DataFrame) -> int:
    """Write one file per ``_file``, dated by its last row.

    Returns the number of header rows that were repeated as data (to be refused).
    """
    repeated = 0
    for (name,), rows in sorted(dressed.group_by("_file", maintain_order=True)):
        again = isinstance(channel, Csv) and channel.repeat_header and not repeated and rows.height >= BIG
        repeated += again
        content = csv_bytes(rows, channel, again) if isinstance(channel, Csv) else xlsx_bytes(rows, channel)
        put(folder / str(name), content, rows["_sent"].sort()[-1])
    return repeated


def put(path: Path, content: bytes, moment: dt.datetime) -> None:
    """Let a whole file appear at once; ``moment`` (UTC, naive) becomes its date."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}.tmp")
    hidden.write_bytes(content)
    stamp = moment.replace(tzinfo=dt.UTC).timestamp()
    os.utime(hidden, (stamp, stamp))
    hidden.rename(path)


def _cells(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(pl.exclude("^_.*$").cast(pl.String))


def csv_bytes(rows: pl.DataFrame, channel: Csv, repeat_header: bool = False) -> bytes:
    body = _cells(rows).write_csv(separator=channel.delimiter)
    lines = body.splitlines()
    if repeat_header:
        lines.insert(len(lines) // 2, lines[0])
    text = "".join(f"{line}\n" for line in (*channel.titles, *lines))
    ended = text.replace("\n", "\r\n") if channel.crlf else text
    return ended.encode("utf-8-sig" if channel.bom else "utf-8")


def xlsx_bytes(rows: pl.DataFrame, channel: Xlsx) -> bytes:
    """A small workbook: titles, the header on row 3 to 6, below the data subtotals and a total."""
    sheet = "".join((_SHEET_START, *_lines(rows, channel), _SHEET_END))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for name, text in (*_PARTS.items(), ("xl/worksheets/sheet1.xml", sheet)):
            book.writestr(name, text)
    return buffer.getvalue()


def _lines(rows: pl.DataFrame, channel: Xlsx) -> list[str]:
    cells = _cells(rows)
    number = pl.int_range(1, pl.len() + 1).cast(pl.String)
    data = cells.select(pl.concat_str(_tag(number, True), *(_tag(pl.col(name)) for name in cells.columns))).to_series()
    header = "".join(_text(name) for name in ("NO", *cells.columns))
    above = [_row(_text(channel.title)), _row(_text(str(rows["_file"][0]))), *[_row("")] * (rows.height % 4)]
    return [*above, _row(header), *(_row(line) for line in data), *_subtotals(rows, channel)]


def _subtotals(rows: pl.DataFrame, channel: Xlsx) -> list[str]:
    """Rows that are no data: how many recipients in each district, and in all."""
    counted = rows[channel.group].value_counts().sort(channel.group)
    each = [_row(_text(f"JUMLAH {name}") + _text(str(count))) for name, count in counted.rows()]
    return [*each, _row(_text("TOTAL") + _text(str(rows.height)))]


def _tag(cell: pl.Expr, numeric: bool = False) -> pl.Expr:
    """A cell as XML: text, or a number when it looks like a number that a spreadsheet spoiled."""
    clean = cell.str.replace_many(["&", "<", ">"], ["&amp;", "&lt;", "&gt;"])
    text = pl.format('<c t="inlineStr"><is><t xml:space="preserve">{}</t></is></c>', clean)
    number = pl.format("<c><v>{}</v></c>", cell)
    spoiled = pl.lit(True) if numeric else cell.str.contains(r"^\d+\.\d+E\+\d+$")
    return pl.when(cell.is_null()).then(pl.lit("<c/>")).when(spoiled).then(number).otherwise(text)


def _text(words: str) -> str:
    return f'<c t="inlineStr"><is><t>{escape(words)}</t></is></c>'


def _row(cells: str) -> str:
    return f"<row>{cells}</row>"


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACK = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET_START = f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'
_SHEET_END = (
    '</sheetData><mergeCells count="2"><mergeCell ref="A1:O1"/><mergeCell ref="A2:O2"/></mergeCells></worksheet>'
)
_PARTS = {
    "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACK}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACK}/relationships">'
    f'<Relationship Id="rId1" Type="{_DOC}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_DOC}">'
    '<sheets><sheet name="Daftar" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACK}/relationships">'
    f'<Relationship Id="rId1" Type="{_DOC}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
