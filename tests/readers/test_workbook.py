"""Workbooks as city offices make them: merged titles, totals, numbers that were names."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.access import Ods, Workbook, Xls, Xlsx
from etl.errors import SchemaChanged, UnreadableFile, Where
from etl.readers.delivery import ROW, Table
from etl.readers.workbook import parse
from tests.readers import examples
from tests.readers.sources import source, whole

WHERE = Where("kota", "sumber", "daftar.xlsx")


def workbook(*rows: list, title: str = "Sheet", merged: str = "") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def read(data: bytes, *headers: str, sheet: str | None = None) -> Table:
    return whole(parse, data, source(Xlsx(path=".", sheet=sheet), *headers), WHERE)


def test_titles_empty_rows_and_totals_are_no_rows() -> None:
    table = read(
        workbook(
            ["DAFTAR PENERIMA BANTUAN"],
            ["Tahun 2020"],
            [],
            ["NO", "NAMA", None, "NOMINAL"],
            [1, "Siti", "x", 300000],
            [],
            [2, "Budi", None, 600000.5],
            ["Jumlah:", None, None, 900000.5],
            [None, "SUBTOTAL", None, 1],
            [3, "Jumlahwati", None, 1],
            merged="A1:D1",
        ),
        "NO", "Nama", "NOMINAL",
    )  # fmt: skip
    assert table.rows.columns == ["NO", "Nama", "kolom_3", "NOMINAL", ROW]
    assert table.rows.rows() == [
        ("1", "Siti", "x", "300000", 5),
        ("2", "Budi", None, "600000.5", 7),
        ("3", "Jumlahwati", None, "1", 10),
    ]
    assert [note.en for note in table.notes] == ["2 rows of totals skipped"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (12, "12"),
        (-3.0, "-3"),
        (1.5, "1.5"),
        (0.1 + 0.2, "0.3"),
        (99_999_999_999_999, "99999999999999"),
        (6_472_021_001_190_001, "6.472021001190001e+15"),
        (123_456_789_012_345, "1.23456789012345e+14"),
        ("6472021001190001", "6472021001190001"),
        (True, "true"),
        (dt.date(2020, 8, 25), "2020-08-25"),
        (dt.datetime(2020, 8, 25, 14, 5, 9), "2020-08-25T14:05:09"),
        (dt.time(7, 15), "07:15:00"),
    ],
)
def test_a_cell_becomes_the_text_that_a_person_sees(cell: object, text: str) -> None:
    assert read(workbook(["a", "b"], [cell, "x"]), "a", "b").rows["a"].to_list() == [text]


def test_a_named_sheet_is_read_and_a_missing_one_is_named() -> None:
    data = workbook(["a"], ["1"], title="Agustus")
    assert read(data, "a", sheet="Agustus").rows.height == 1
    with pytest.raises(SchemaChanged, match="Juli tidak ada; yang ada: Agustus"):
        read(data, "a", sheet="Juli")


def test_without_a_header_the_error_names_both_sides() -> None:
    with pytest.raises(SchemaChanged, match="dicari: NIK, NOMINAL; yang ada: x, y"):
        read(workbook(["x", "y"], [1, 2]), "NIK", "NOMINAL")


@pytest.mark.parametrize("content", [b"", b"bukan buku kerja", b"PK\x03\x04" + b"\0" * 60])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read(content, "a")
    assert caught.value.where.file == "daftar.xlsx"


def test_a_truncated_workbook_is_refused() -> None:
    data = workbook(["a", "b"], *([str(number), "x"] for number in range(500)))
    with pytest.raises(UnreadableFile):
        read(data[: len(data) // 2], "a", "b")


WHOLE = workbook(["a", "b", "c"], *([number, "x", 1.5] for number in range(20)))


@settings(max_examples=30, deadline=None)  # each starts a process
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=8))
@example([(WHOLE.index(b"PK\x01\x02"), 0)])
def test_a_workbook_with_any_bytes_changed_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(WHOLE)
    for place, byte in changes:
        damaged[place] = byte
    assert read_or_refused(bytes(damaged))


def read_or_refused(content: bytes) -> bool:
    try:
        table = read(content, "a", "b")
    except (UnreadableFile, SchemaChanged) as error:
        return bool(error.action.id and error.where.file)
    return ROW in table.rows.columns


def test_a_zip_bomb_is_refused_before_it_is_opened() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    with pytest.raises(UnreadableFile, match="membengkak"):
        read(content.getvalue(), "a")


def test_a_sheet_cut_at_the_limit_of_spreadsheets_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.readers.text_file.CUT_AT", (5,))
    assert read(workbook(["a", "b"], *([1, 2] for _ in range(3))), "a", "b").rows.height == 3
    with pytest.raises(UnreadableFile, match="terpotong"):
        read(workbook(["a", "b"], *([1, 2] for _ in range(4))), "a", "b")


# Headers over two rows

TWO = Xlsx(path=".", header_rows=2)


def merged(data: bytes, *headers: str, reader: Workbook = TWO) -> Table:
    return whole(parse, data, source(reader, *headers), WHERE)


def test_a_header_merged_over_two_rows_is_read_as_one() -> None:
    content = workbook(
        ["DAFTAR PENERIMA"],
        ["NO", "NAMA", "ALAMAT", None, None, "NOMINAL"],
        [None, None, "KEL", "KEC", "RT", None],
        ["1", "Siti", "Ilir", "Kota", "3", "7"],
        merged="C2:E2",
    )
    table = merged(content, "NO", "NAMA", "ALAMAT KEL", "Alamat  Kec", "NOMINAL")
    assert table.rows.columns == ["NO", "NAMA", "ALAMAT KEL", "Alamat  Kec", "ALAMAT RT", "NOMINAL", ROW]
    assert table.rows.rows() == [("1", "Siti", "Ilir", "Kota", "3", "7", 4)]


def test_a_name_below_an_empty_cell_is_not_put_under_its_neighbour() -> None:
    table = merged(workbook(["NAMA", None, "JUMLAH"], [None, "NIK", None], ["Siti", "1", "2"]), "NAMA", "NIK")
    assert table.rows.columns == ["NAMA", "NIK", "JUMLAH", ROW]


def test_the_header_has_one_row_at_least() -> None:
    with pytest.raises(ValueError, match="header_rows"):
        Xlsx(path=".", header_rows=0)


# What would not fit into the machine


def test_a_sheet_that_claims_every_cell_is_refused_and_the_process_lives() -> None:
    with pytest.raises(UnreadableFile, match="memori dan waktu"):
        read(examples.xlsx_far_apart(), "a")


def test_an_ods_that_repeats_one_cell_for_ever_is_refused() -> None:
    with pytest.raises(UnreadableFile):
        whole(parse, examples.ods_bytes(examples.ODS_ENDLESS), source(Ods(path="."), "a"), WHERE)


def test_many_sheets_count_together() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(30):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", b"<c/>" * 250_000)
    with pytest.raises(UnreadableFile, match="membengkak"):
        read(content.getvalue(), "a")


ODS_COLUMN = (
    '<table:table-row><table:table-cell table:number-columns-repeated="2"/>'
    '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell></table:table-row>'
)


def test_rows_and_columns_before_the_first_filled_cell_are_counted() -> None:
    book = openpyxl.Workbook()
    book.active["C4"], book.active["C5"] = "a", "1"
    content = io.BytesIO()
    book.save(content)
    table = read(content.getvalue(), "a")
    assert table.rows.rows() == [(None, None, "1", 5)]
    content = examples.ods_bytes("<table:table-row/>" * 3 + ODS_COLUMN.format("a") + ODS_COLUMN.format("1"))
    assert merged(content, "a", reader=Ods(path=".")).rows.rows() == [(None, None, "1", 5)]


@pytest.mark.parametrize(
    ("reader", "data"), [(Xls(path="."), examples.xls_bytes()), (Ods(path="."), examples.ods_bytes())]
)
def test_a_truncated_workbook_of_any_kind_is_refused(reader: Workbook, data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        merged(data[: len(data) // 2], "NO", "NAMA", reader=reader)
