"""Fixed-width text, JSON, JSON lines and XML as they really come, and what is refused."""

import json

import pytest

from etl.access import Csv, Fixed, Json, JsonLines, Reader, Xml
from etl.errors import SchemaChanged, UnreadableFile, Where
from etl.readers import csv, fixed, json_files, xml
from etl.readers.delivery import ROW, Table
from tests.readers.sources import source, whole

WHERE = Where("kota", "sumber", "berkas")
PARSERS = {
    Csv: csv.parse,
    Fixed: fixed.parse,
    Json: json_files.parse,
    JsonLines: json_files.parse_lines,
    Xml: xml.parse,
}


def read(reader: Reader, content: str | bytes, *headers: str) -> Table:
    data = content.encode() if isinstance(content, str) else content
    return whole(PARSERS[type(reader)], data, source(reader, *headers), WHERE)


def refusal(reader: Reader, content: str | bytes, kind: type = UnreadableFile) -> str:
    with pytest.raises(kind) as caught:
        read(reader, content, "a")
    assert caught.value.where.file == "berkas"
    assert caught.value.action.id and caught.value.action.en
    return str(caught.value)


@pytest.mark.parametrize(
    ("reader", "content"),
    [
        (Csv(path="."), "a" + ",b" * 1500),
        (JsonLines(path="."), "".join(f'{{"a{number}": 1}}\n' for number in range(1501))),
        (Xml(path=".", items="l/k"), "<l>" + "".join(f"<k a{number}='1'/>" for number in range(1501)) + "</l>"),
    ],
)
def test_more_columns_than_any_table_has_are_refused(reader: Reader, content: str) -> None:
    assert "1501 kolom" in refusal(reader, content)


# Fixed width


def test_columns_stand_at_their_places_counted_in_characters() -> None:
    table = read(
        Fixed(path=".", positions={"a": (1, 4), "b": (6, 9)}, skip=1), "judul\nKopi 12\n\né    7   xx\n", "a", "b"
    )
    assert table.rows.rows() == [("Kopi", "12", 2), ("é", "7", 4)]


def test_widths_follow_one_another_and_a_line_beyond_them_is_refused() -> None:
    table = read(Fixed(path=".", widths={"a": 3, "b": 2}, encoding="cp1252"), "kué12\n123456\n1\n".encode("cp1252"))
    assert table.rows.rows() == [("kué", "12", 1), ("1", None, 3)]
    assert (table.refused[ROW].to_list(), json.loads(table.refused["_cells"][0])) == ([2], {"baris": "123456"})


def test_a_fixed_file_that_a_spreadsheet_cut_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.readers.text_file.CUT_AT", (3,))
    assert "tepat 3 baris" in refusal(Fixed(path=".", widths={"a": 1}), "1\n2\n3\n")


@pytest.mark.parametrize("said", [{}, {"widths": {"a": 1}, "positions": {"a": (1, 1)}}, {"positions": {"a": (3, 2)}}])
def test_places_are_declared_once_and_make_sense(said: dict) -> None:
    with pytest.raises(ValueError, match="widths"):
        Fixed(path=".", **said)


# JSON


def test_a_list_deep_in_a_document() -> None:
    document = b'\xef\xbb\xbf{"meta":1,"data":{"rows":[{"a":1.50,"b":{"c":[1,"x"]}},{"a":null}]}}'
    table = read(Json(path=".", items="data.rows"), document, "a")
    assert table.rows.rows() == [("1.50", '["1", "x"]', 1), (None, None, 2)]
    assert table.rows.columns == ["a", "b.c", ROW]


def test_a_place_without_a_list_names_what_is_there() -> None:
    assert "tidak ada daftar objek di 'data'; yang ada: hasil" in refusal(Json(path=".", items="data"), '{"hasil": []}')


@pytest.mark.parametrize("content", ["", "{", '[{"a": 1}', "[" * 100_000, '{"a":' * 5_000, b"\xff\xfe\x00"])
def test_what_is_no_json_is_refused(content: str | bytes) -> None:
    assert "bukan JSON utuh" in refusal(Json(path="."), content)


def test_objects_without_end_are_refused() -> None:
    assert "32" in refusal(Json(path="."), "[" + '{"a":' * 40 + "1" + "}" * 40 + "]")


def test_a_document_that_is_too_big_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_files, "MOST_BYTES", 10)
    assert "JSON lines" in refusal(Json(path="."), '[{"a": 12345}]')


# JSON lines


def test_lines_are_numbered_and_one_that_is_no_object_is_refused() -> None:
    table = read(JsonLines(path="."), '{"a":1}\n\n[1]\nrusak\n{"a":"\\u0000"}\n{"a":2,"b":3}', "a")
    assert table.rows.rows() == [("1", None, 1), ("2", "3", 6)]
    assert table.refused[ROW].to_list() == [3, 4, 5]
    assert json.loads(table.refused["_cells"][1]) == {"baris": "rusak"}


def test_a_file_cut_within_its_last_line_is_refused() -> None:
    assert "baris 2" in refusal(JsonLines(path="."), '{"a":1}\n{"a":')


def test_a_file_of_something_else_is_refused() -> None:
    assert "tidak satu baris pun" in refusal(JsonLines(path="."), "a,b\n1,2\n")
    assert "utf-8" in refusal(JsonLines(path="."), '{"a":"é"}\n'.encode("latin-1"))


def test_a_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_files, "MOST_BYTES", 10)
    assert "satu objek per baris" in refusal(JsonLines(path="."), '{"a": 1234567}\n')


def test_batches_keep_their_numbers_and_share_their_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_files, "BATCH", 2)
    table = read(JsonLines(path="."), '{"a":1}\n{"a":2}\n{"b":3}\n', "a")
    assert table.rows.rows() == [("1", None, 1), ("2", None, 2), (None, "3", 3)]


# XML

CASES = Xml(path=".", items="laporan/kasus")


def test_attributes_and_children_are_columns() -> None:
    table = read(
        CASES,
        "<laporan tgl='x'><judul>abai</judul><kasus a='1'>"
        "<x:b xmlns:x='urn:x'>2 &amp; 3</x:b><alamat kode='9'><kel> Ilir </kel></alamat><t>p</t><t>q</t><k/></kasus>"
        "<kasus><a>4</a></kasus></laporan>",
        "a",
    )
    assert table.rows.drop(ROW).to_dicts() == [
        {"a": "1", "b": "2 & 3", "alamat.kode": "9", "alamat.kel": "Ilir", "t": '["p", "q"]', "k": None},
        {"a": "4", "b": None, "alamat.kode": None, "alamat.kel": None, "t": None, "k": None},
    ]
    assert table.rows[ROW].to_list() == [1, 2]


def test_a_declared_encoding_is_read() -> None:
    content = "<?xml version='1.0' encoding='iso-8859-1'?><laporan><kasus a='é'/></laporan>".encode("latin-1")
    assert read(CASES, content, "a").rows["a"].to_list() == ["é"]


def test_no_rows_are_an_answer_and_another_document_is_not() -> None:
    assert read(CASES, "<laporan/>", "a").rows.height == 0
    assert "yang ada: daftar" in refusal(CASES, "<daftar><kasus a='1'/></daftar>", SchemaChanged)


LAUGHS = "<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><laporan><kasus a='1'>&b;</kasus></laporan>"
FILE = "<!DOCTYPE l [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><laporan><kasus>&f;</kasus></laporan>"


@pytest.mark.parametrize("content", [LAUGHS, FILE, "<!DOCTYPE laporan SYSTEM 'http://127.0.0.1/x.dtd'><laporan/>"])
def test_a_dtd_is_refused_before_anything_is_expanded(content: str) -> None:
    assert "DTD" in refusal(CASES, content)


@pytest.mark.parametrize(
    "content", ["", "<laporan><kasus>", "<laporan>&tak;</laporan>", "a,b", b"<laporan>\x00</laporan>"]
)
def test_what_is_no_xml_is_refused(content: str | bytes) -> None:
    assert "bukan XML utuh" in refusal(CASES, content)


def test_elements_without_end_are_refused() -> None:
    assert "64 tingkat" in refusal(CASES, "<laporan><kasus>" + "<x>" * 70)


def test_the_path_of_the_rows_must_be_said() -> None:
    with pytest.raises(ValueError, match="items"):
        Xml(path=".")
