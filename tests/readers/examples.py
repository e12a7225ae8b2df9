"""The same small table as every reader gets it: one example for each entry of READERS."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import openpyxl
import sqlalchemy as sa

from etl import inbox
from etl.access import Csv, Fixed, Json, JsonLines, Ods, Push, Reader, Rest, Sql, Xls, Xlsx, Xml
from tests.readers.sources import aged, source
from tests.readers.upstream import Reply, Upstream

NAMES = ("NO", "NAMA", "NIK", "NILAI")
ROWS = (("1", "Siti", "6472010101900001", "1250.5"), ("2", "Budi", "6472010101900002", "7"))
OBJECTS = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
WIDTHS = dict(zip(NAMES, (3, 10, 18, 10), strict=True))
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="Data">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
)
ODS_ENDLESS = (
    '<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384"'
    ' office:value-type="string"><text:p>a</text:p></table:table-cell></table:table-row>'
)


def csv_bytes(rows: Iterable[Iterable[str]] = ROWS) -> bytes:
    return "".join(",".join(row) + "\n" for row in (NAMES, *rows)).encode()


def fixed_bytes() -> bytes:
    return "".join(
        "".join(cell.ljust(width) for cell, width in zip(row, WIDTHS.values(), strict=True)) + "\r\n" for row in ROWS
    ).encode()


def xlsx_bytes(*rows: Iterable[object]) -> bytes:
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in rows or (NAMES, *ROWS):
        book.active.append(list(row))
    book.save(content)
    return content.getvalue()


def xlsx_far_apart() -> bytes:
    """Two cells that span every cell of a sheet."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    book.active["A1"], book.active["XFD1048576"] = "a", "b"
    book.save(content)
    return content.getvalue()


def ods_bytes(cells: str | None = None) -> bytes:
    def row(texts: Iterable[str]) -> str:
        inner = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>' for text in texts
        )
        return f"<table:table-row>{inner}</table:table-row>"

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("mimetype", ODS_TYPE)
        archive.writestr("content.xml", ODS.format(rows=cells or "".join(map(row, (NAMES, *ROWS)))))
        archive.writestr(
            "META-INF/manifest.xml", '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        )
    return content.getvalue()


def xls_bytes() -> bytes:
    return Path(__file__).with_name("files").joinpath("tabel.xls").read_bytes()


def json_bytes() -> bytes:
    return json.dumps({"data": {"rows": OBJECTS}}).encode()


def jsonl_bytes() -> bytes:
    return "".join(json.dumps(item) + "\n" for item in OBJECTS).encode()


def xml_bytes() -> bytes:
    rows = "".join(
        f'<baris NO="{no}"><NAMA>{name}</NAMA><NIK>{nik}</NIK><NILAI>{value}</NILAI></baris>'
        for no, name, nik, value in ROWS
    )
    return f"<?xml version='1.0'?><laporan>{rows}</laporan>".encode()


def zipped(content: bytes, *names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names or ("isi",):
            archive.writestr(name, content)
    return packed.getvalue()


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content)


# how each file format is declared, beside ``path``, and the table in it
FILES: dict[type, tuple[dict[str, object], Callable[[], bytes]]] = {
    Csv: ({}, csv_bytes),
    Fixed: ({"widths": WIDTHS}, fixed_bytes),
    Xlsx: ({}, xlsx_bytes),
    Xls: ({}, xls_bytes),
    Ods: ({}, ods_bytes),
    Json: ({"items": "data.rows"}, json_bytes),
    JsonLines: ({}, jsonl_bytes),
    Xml: ({"items": "laporan/baris"}, xml_bytes),
}


def in_folder(kind: type, folder: Path, drop: Callable[[Path, bytes], Path]) -> Reader:
    said, content = FILES[kind]
    drop(folder / "tabel", content())
    return kind(path=str(folder), **said)


def at_api(upstream: Upstream) -> Reader:
    upstream.answer = lambda asked: Reply({"data": OBJECTS} if asked.query["page"] == "1" else {"data": []})
    return Rest(url=f"{upstream.url}/tabel", items="data")


def in_database(file: Path) -> Reader:
    url = f"sqlite:///{file}"
    table = sa.Table("tabel", sa.MetaData(), *(sa.Column(name, sa.String) for name in NAMES))
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        table.create(connection)
        connection.execute(sa.insert(table), OBJECTS)
    return Sql(url=url, table="tabel")


def in_inbox() -> Reader:
    pushed = source(Push())
    name = inbox.keep(pushed, jsonl_bytes(), "")
    aged(inbox.folder(pushed) / f"{name}{inbox.SUFFIX}", 60)
    return Push()
