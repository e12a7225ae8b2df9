"""CSV as it really comes: encodings, titles, ragged rows, markers, repeated headers, cut files."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl.access import Csv
from etl.errors import SchemaChanged, UnreadableFile, Where
from etl.readers.csv import parse
from etl.readers.delivery import ROW, Table
from etl.source import AreaCells, Cell
from tests.readers.sources import source, whole

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "real_samples"
WHERE = Where("kota", "sumber", "berkas.csv")


def read(content: str | bytes, *headers: str, **reader: str) -> Table:
    data = content.encode() if isinstance(content, str) else content
    return whole(parse, data, source(Csv(path=".", **reader), *(headers or ("a", "b"))), WHERE)


def cells(table: Table) -> list[tuple]:
    return table.rows.drop(ROW).rows()


def numbers(table: Table) -> list[int]:
    return table.rows[ROW].to_list()


def test_plain_rows_are_numbered_as_in_a_spreadsheet() -> None:
    table = read("a,b\n1,2\n3,4\n")
    assert cells(table) == [("1", "2"), ("3", "4")]
    assert numbers(table) == [2, 3]


def test_title_rows_above_the_header_are_skipped_but_counted() -> None:
    table = read("DAFTAR PENERIMA\n\nPer Agustus 2020,,\na,b\n1,2\n")
    assert (cells(table), numbers(table)) == ([("1", "2")], [5])


def test_headers_are_delivered_as_the_map_spells_them() -> None:
    table = read("NO.  PESANAN , status\n1,2\n", "No. Pesanan", "Status")
    assert table.rows.columns == ["No. Pesanan", "Status", ROW]


def test_blank_and_repeated_headers_keep_their_cells() -> None:
    table = read("a,,b,a\n1,2,3,4\n")
    assert table.rows.columns == ["a", "kolom_2", "b", "a_2", ROW]


def test_headers_named_by_cells_and_area_find_the_header_row() -> None:
    wanted = source(
        Csv(path="."),
        columns={"x": Cell(join=("hari", "jam")), "y": ("lama", "baru")},
        area=AreaCells(kelurahan="KEL"),
    )
    table = whole(parse, b"judul\nhari,jam,baru,kel\n1,2,3,4\n", wanted, WHERE)
    assert table.rows.columns == ["hari", "jam", "baru", "KEL", ROW]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_the_declared_encoding_is_read(encoding: str) -> None:
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    table = read("a,b\r\nKopi é,2\r\n".encode(encoding), encoding=declared)
    assert cells(table) == [("Kopi é", "2")]


def test_quotes_hold_delimiters_newlines_and_quotes() -> None:
    table = read('a,b\n"x, y","dua\nbaris"\nz,"kata ""ini"""\n')
    assert cells(table) == [("x, y", "dua\nbaris"), ("z", 'kata "ini"')]
    assert numbers(table) == [2, 3]


def test_a_quote_within_a_cell_swallows_nothing() -> None:
    assert cells(read('a,b\n5" pipa,1\nlain,2\n')) == [('5" pipa', "1"), ("lain", "2")]


def test_another_delimiter() -> None:
    assert cells(read("a;b\n1,5;2\n", delimiter=";")) == [("1,5", "2")]


def test_short_rows_are_filled_and_empty_rows_are_none() -> None:
    table = read("a,b,c\n1\n\n,,\n1,2,3\n1,2\n")
    assert cells(table) == [("1", None, None), ("1", "2", "3"), ("1", "2", None)]
    assert numbers(table) == [2, 5, 6]


def test_a_row_with_too_many_cells_is_refused_with_its_cells() -> None:
    table = read("a,b\n1,2\nJalan A, No. 3,4\n5,6\n")
    assert numbers(table) == [2, 4]
    assert table.refused.select("_row", "_cells").rows() == [(3, '{"a": "Jalan A", "b": " No. 3", "kolom_3": "4"}')]


def test_empty_extra_cells_are_no_cells() -> None:
    table = read("a,b\n1,2,,\n")
    assert (cells(table), table.refused.height) == ([("1", "2")], 0)


def test_a_repeated_header_is_refused_not_delivered() -> None:
    table = read("a,b\n1,2\na,b\n3,4\n")
    assert numbers(table) == [2, 4]
    assert table.refused.select("_row", "_reason_id").rows() == [(3, "judul kolom terulang")]


def test_merge_markers_are_refused_and_the_rows_between_them_delivered() -> None:
    table = read("<<<<<<< HEAD\na,b\n1,2\n=======\na,b\n3,4\n>>>>>>> cabang\n")
    assert (cells(table), numbers(table)) == ([("1", "2"), ("3", "4")], [3, 6])
    assert table.refused["_row"].to_list() == [1, 4, 5, 7]


def test_a_marker_in_a_file_of_one_column_is_refused() -> None:
    table = read("a\n1\n=======\n2\n", "a")
    assert (cells(table), table.refused["_row"].to_list()) == ([("1",), ("2",)], [3])


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (b"a,b\n1,2\n\xff\xfe,3\n", 3),
        (b"a,b\n1,2\n1,\x00\n", 3),
        (b'a,b\n1,"2\n3,4\n', None),
        (b'a,b\n"1,2\n3,4\n', None),
    ],
)
def test_a_damaged_file_is_refused_by_name_and_row(content: bytes, row: int | None) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read(content)
    assert (caught.value.where.file, caught.value.where.row) == ("berkas.csv", row)
    assert caught.value.action.id


@pytest.mark.parametrize("rows", [65_535, 65_536, 1_048_575])
def test_a_file_cut_by_a_spreadsheet_is_refused(rows: int) -> None:
    with pytest.raises(UnreadableFile, match="terpotong"):
        read("a,b\n" + "1,2\n" * rows)


def test_one_row_less_than_a_cut_file_is_read() -> None:
    assert read("a,b\n" + "1,2\n" * 65_534).rows.height == 65_534


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_names_what_was_wanted(content: str) -> None:
    with pytest.raises(SchemaChanged, match="berkas kosong; dicari: a, b"):
        read(content)


def test_without_a_header_row_the_error_names_both_sides() -> None:
    with pytest.raises(SchemaChanged, match="dicari: a, b; yang ada: x, y, z"):
        read("x,y,z\n1,2,3\n")


def test_a_header_without_rows_delivers_none() -> None:
    assert read("a,b\n").rows.shape == (0, 3)


def test_a_header_without_a_line_end_delivers_none() -> None:
    assert read("a,b").rows.shape == (0, 3)


REAL = {
    "online_retail_by_day": {"a": "InvoiceNo", "b": "StockCode", "c": "Quantity"},
    "covid_daily_reports": {
        "place": ("Province_State", "Province/State"),
        "country": ("Country_Region", "Country/Region"),
        "at": ("Last_Update", "Last Update"),
        "confirmed": "Confirmed",
    },
}


def read_real(folder: str, file: Path) -> Table:
    return whole(parse, file.read_bytes(), source(Csv(path="."), columns=REAL[folder]), WHERE)


def by_the_csv_module(file: Path) -> list[tuple]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        records = list(csv.reader(lines))
    return [tuple(cell or None for cell in record) for record in records[1:]]


@pytest.mark.parametrize("folder", REAL)
def test_real_files_are_read_cell_for_cell(folder: str) -> None:
    files = [file for file in sorted((SAMPLES / folder).glob("*.csv")) if file.name != "03-21-2020.csv"]
    assert files, f"{SAMPLES} is missing"
    for file in files:
        table = read_real(folder, file)
        assert cells(table) == by_the_csv_module(file), file.name
        assert table.refused.height == 0


def test_the_real_file_glued_from_two_layouts_by_a_merge_conflict() -> None:
    table = read_real("covid_daily_reports", SAMPLES / "covid_daily_reports" / "03-21-2020.csv")
    assert table.refused["_row"].to_list() == [1, 307, 308, 613]
    assert json.loads(table.refused["_cells"][1])["FIPS"] == "======="
    hubei = table.rows.filter(Province_State="Hubei").select(ROW, "Country_Region", "Last_Update", "Confirmed")
    assert hubei.rows() == [
        (3, "China", "2020-03-21T10:13:08", "67800"),
        (309, "China", "2020-03-21T10:13:08", "67800"),
    ]
    assert table.rows.height == 608


def test_rows_under_another_header_are_read_by_it() -> None:
    table = read("a,b,c\n1,2,3\nc,b,a\n3,2,1\na,b,c\n4,5,6\n", "a", "b", "c")
    assert table.rows.select("a", "b", "c").rows() == [("1", "2", "3"), ("1", "2", "3"), ("4", "5", "6")]
    assert table.refused["_row"].to_list() == [3, 5]


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
TABLES = st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=12))


# with "\n" as line end the csv module leaves a lone "\r" unquoted, which is a line end to everyone else
STYLES = st.sampled_from([("\r\n", csv.QUOTE_MINIMAL), ("\r\n", csv.QUOTE_ALL), ("\n", csv.QUOTE_ALL)])


@given(rows=TABLES, style=STYLES, delimiter=st.sampled_from([",", ";", "\t"]))
@example(rows=[['"'], ["\r"], ["\n"]], style=("\n", csv.QUOTE_ALL), delimiter=",")
def test_any_table_written_as_csv_is_read_back(rows: list[list[str]], style: tuple[str, int], delimiter: str) -> None:
    line_end, quoting = style
    width = len(rows[0]) if rows else 2
    names = [f"kolom {place}" for place in range(width)]
    written = io.StringIO()
    writer = csv.writer(written, lineterminator=line_end, quoting=quoting, delimiter=delimiter)
    writer.writerows([names, *rows])
    table = read(written.getvalue(), *names, delimiter=delimiter)
    filled = [(tuple(cell or None for cell in row), at) for at, row in enumerate(rows, start=2) if any(row)]
    assert cells(table) == [row for row, _ in filled]
    assert numbers(table) == [at for _, at in filled]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    assert read_or_refused(b"a,b\n" + content)


def read_or_refused(content: bytes) -> bool:
    try:
        table = read(content)
    except (UnreadableFile, SchemaChanged) as error:
        return bool(error.action.id and error.where.file)
    return set(table.rows.columns) >= {"a", "b", ROW}
