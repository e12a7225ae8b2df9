"""What is proposed from a sample: notations come back as they were declared, people are never taken for numbers."""

import ast
import csv
import datetime as dt
import io
import json
import os
import re
import runpy
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import sources
from etl.__main__ import main
from etl.access import Csv
from etl.areas import AreaBook
from etl.catalogue import contracts
from etl.cells import MONTHS
from etl.cities import cities_root, load_city
from etl.contract import Contract, Kind, Privacy
from etl.proposal import notation, render
from etl.proposal.fixture import fixture
from etl.proposal.mapping import onto
from etl.proposal.propose import Proposal, propose
from etl.proposal.sample import Sample, read
from etl.proposal.sniff import Guess, sniff
from etl.source import Format, Source, load_source

REPOSITORY = Path(__file__).parents[2]
FEW = settings(max_examples=12, deadline=None)
AREAS = ("Sidodadi", "Sempaja Selatan", "Rawa Makmur", "Bukuan")
NIK = "6472014107900001"


def sample(columns: dict[str, list[str]]) -> Sample:
    """A sample as a reader delivers it."""
    rows = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return Sample(rows.with_row_index("_row", 2).cast({"_row": pl.Int64}), Csv(path="."))


def guesses(columns: dict[str, list[str]], book: AreaBook) -> dict[str, Guess]:
    return {guess.header: guess for guess in sniff(sample(columns), book).guesses}


def proposed(columns: dict[str, list[str]], book: AreaBook, name: str = "daftar") -> Proposal:
    taken = sample(columns)
    return propose(name, "samarinda", taken, sniff(taken, book, name), book)


def written(value: Decimal, form: Format) -> str:
    """A number as a table in this notation writes it."""
    whole, _, part = f"{value:,.2f}".partition(".")
    return whole.replace(",", form.thousands) + form.decimal + part


# Notations


@FEW
@given(
    shown=st.sampled_from(list(notation.NOTATIONS)),
    values=st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=12),
)
def test_numbers_come_back_in_the_notation_in_which_they_were_written(
    samarinda: AreaBook, shown: str, values: list[Decimal]
) -> None:
    form = notation.NOTATIONS[shown]
    cells = [written(value, form) for value in [Decimal("1234567.89"), *values]]
    found = sniff(sample({"JUMLAH": cells}), samarinda)
    read_again = notation.values(pl.Series(cells), found.format).cast(pl.Decimal(38, 2)).to_list()
    assert found.guesses[0].kind in (Kind.DECIMAL, Kind.MONEY)
    assert read_again == [Decimal("1234567.89"), *values]


@FEW
@given(cells=st.lists(st.from_regex(r"[1-9]\d{0,2}\.\d{3}", fullmatch=True, alphabet="0123456789."), min_size=1))
def test_thousands_or_thousandths_are_not_decided(samarinda: AreaBook, cells: list[str]) -> None:
    found = sniff(sample({"BERAT": cells}), samarinda)
    assert found.guesses[0].kind is Kind.TEXT
    assert any("--numbers" in ask.en for ask in found.asks)
    said = sniff(sample({"BERAT": cells}), samarinda, numbers=notation.NOTATIONS["1.234,5"])
    assert said.guesses[0].kind is Kind.INTEGER and not said.asks


def test_rupiah_have_no_thousandths(samarinda: AreaBook) -> None:
    for header, cell in (("HARGA", "150.000"), ("X", "Rp 1.250"), ("X", "-Rp 25.000")):
        found = sniff(sample({header: [cell]}), samarinda)
        assert (found.guesses[0].kind, found.format.thousands, found.asks) == (Kind.MONEY, ".", ())


def test_a_column_in_another_notation_is_asked_about_and_not_read_wrongly(samarinda: AreaBook) -> None:
    columns = {"NILAI": ["1.250.000", "2.500.000", "300"], "KADAR": ["0.0611", "0.25", "1.5"]}
    found = guesses(columns, samarinda)
    assert (found["NILAI"].kind, found["KADAR"].kind) == (Kind.TEXT, Kind.DECIMAL)
    assert "'1.250.000'" in found["NILAI"].asks[0].en


DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2030, 12, 31))


@FEW
@given(form=st.sampled_from([*notation.DAY_FORMS]), days=st.lists(DAYS, min_size=1, max_size=10))
def test_days_come_back_in_the_form_in_which_they_were_written(
    samarinda: AreaBook, form: str, days: list[dt.date]
) -> None:
    every = [dt.date(2020, 8, 25), *days]
    spelled = form == "%d %m %Y"
    cells = [indonesian(day) if spelled else day.strftime(form) for day in every]
    found = sniff(sample({"TANGGAL": cells}), samarinda)
    assert [guess.kind for guess in found.guesses] == [Kind.DATE]
    assert found.format.dates[0] == form and found.format.indonesian_months == spelled


def indonesian(day: dt.date) -> str:
    return f"{day.day} {MONTHS[day.month - 1][0].title()} {day.year}"


@FEW
@given(days=st.lists(st.builds(dt.date, st.integers(2001, 2030), st.integers(1, 12), st.integers(1, 12)), min_size=1))
def test_an_ambiguous_day_is_read_day_first_and_asked_about(samarinda: AreaBook, days: list[dt.date]) -> None:
    found = sniff(sample({"TGL": [day.strftime("%d/%m/%Y") for day in days]}), samarinda)
    assert found.format.dates == ("%d/%m/%Y",)
    assert [ask for ask in found.asks if "day first" in ask.en]


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("2020-08-25T14:05:09Z", "%Y-%m-%dT%H:%M:%S%.f%#z"),
        ("2020-08-25 14:05:09.25", "%Y-%m-%d %H:%M:%S%.f"),
        ("25/08/2020 14:05", "%d/%m/%Y %H:%M"),
        ("8/25/20 17:00", "%m/%d/%y %H:%M"),
        ("25 Agustus 2020 07:15", "%d %m %Y %H:%M"),
        ("1598364309000", "epoch_ms"),
        ("1598364309", "epoch_s"),
    ],
)
def test_moments_are_known(samarinda: AreaBook, cell: str, form: str) -> None:
    found = sniff(sample({"WAKTU": [cell]}), samarinda)
    assert (found.guesses[0].kind, found.format.datetimes) == (Kind.TIMESTAMP, (form,))


# People

DIGITS = st.text("0123456789", min_size=16, max_size=16)
NIPS = st.text("0123456789", min_size=18, max_size=18)
PHONES = st.from_regex(r"(\+62|62|0)8[1-9][0-9]{8}", fullmatch=True, alphabet="+0123456789")
HEADERS = st.sampled_from(["NIK", "NO KK", "NIP", "JUMLAH", "NILAI", "TANGGAL", "KODE", "X", "TOTAL BAYAR", "WAKTU"])


@FEW
@given(header=HEADERS, cells=st.lists(DIGITS | NIPS | PHONES, min_size=1, max_size=8))
def test_an_identifier_is_never_a_number_and_never_below_p2(samarinda: AreaBook, header: str, cells: list[str]) -> None:
    guess = guesses({header: cells}, samarinda)[header]
    assert guess.kind in (Kind.IDENTIFIER, Kind.TEXT)
    assert guess.privacy >= Privacy.P2


@FEW
@given(
    nik=DIGITS | DIGITS.map(lambda text: " ".join(re.findall("....", text))) | DIGITS.map("NIK {}, istri".format),
    others=st.lists(st.sampled_from(["12", "Rp 5.000", "2020-01-01", "ya", "Sidodadi", "teks"]), max_size=8),
    place=st.integers(0, 8),
)
def test_one_nik_among_other_cells_makes_the_column_personal(
    samarinda: AreaBook, nik: str, others: list[str], place: int
) -> None:
    cells = [*others[:place], nik, *others[place:]]
    guess = guesses({"KOLOM": cells}, samarinda)["KOLOM"]
    assert guess.privacy >= Privacy.P2 and guess.kind in (Kind.IDENTIFIER, Kind.TEXT)


@pytest.mark.parametrize(
    "header", ["NAMA", "Nama Penerima", "nama_lengkap", "Alamat", "No. HP", "E-mail", "Pelapor", "TGL LAHIR", "Umur"]
)
def test_a_header_that_names_people_is_enough(samarinda: AreaBook, header: str) -> None:
    cells = ["01/02/1990"] if "LAHIR" in header else ["41"] if header == "Umur" else ["Sari", "Budi", "Tono"]
    assert guesses({header: cells}, samarinda)[header].privacy is Privacy.P2
    aid = proposed({header: cells, "KODE": list("abc")[: len(cells)]}, samarinda, "bansos")
    assert aid.contract.privacy is Privacy.P3


def test_a_name_of_a_thing_is_no_person(samarinda: AreaBook) -> None:
    for header in ("Nama Toko", "NAMA KECAMATAN", "nama_produk"):
        assert guesses({header: ["Sari", "Budi", "Tono"]}, samarinda)[header].privacy is Privacy.P1


def test_a_damaged_identifier_stays_an_identifier(samarinda: AreaBook) -> None:
    guess = guesses({"NIK": ["6.47201410790000E+15", "6.47E+15"]}, samarinda)["NIK"]
    assert (guess.kind, guess.privacy) == (Kind.IDENTIFIER, Privacy.P2)


PEOPLE = {
    "NO": ["1", "2", "3", "4"],
    "NIK": [NIK, "6472014107900002", "6472014107900003", "6472014107900004"],
    "NAMA": ["Siti Aminah", "Budi", "Tono", "Ani"],
    "TELP": ["081234567890", "081234567891", "081234567892", "081234567893"],
    "KELURAHAN": list(AREAS),
    "NOMINAL": ["Rp 300.000", "Rp 250.000", "Rp 1.300.000", "Rp 300.000"],
    "TGL": ["25/08/2020", "26/08/2020", "27/08/2020", "28/08/2020"],
}


def test_nothing_personal_is_in_the_sample_for_the_tests(samarinda: AreaBook) -> None:
    made = proposed(PEOPLE, samarinda)
    told = fixture(sample(PEOPLE).rows, made.contract, made.source, samarinda, "Asia/Makassar")
    assert len(list(csv.reader(io.StringIO(told)))) == 5
    for header in ("NIK", "NAMA", "TELP"):
        assert not [cell for cell in PEOPLE[header] if cell in told], header
    assert "Sidodadi" in told and "Rp 300.000" in told


# What is written


def test_what_is_written_is_what_was_proposed(samarinda: AreaBook, tmp_path: Path) -> None:
    made = proposed(PEOPLE, samarinda)
    text = render.contract(made)
    (tmp_path / "daftar.py").write_text(text, encoding="utf-8")
    assert runpy.run_path(str(tmp_path / "daftar.py"))["CONTRACT"] == made.contract
    assert (made.contract.key, made.contract.area, made.contract.time) == (("nik_samaran",), "area_code", "tgl")
    for check in (["format", "--check"], ["check"]):
        command = [sys.executable, "-m", "ruff", *check, "--config", str(REPOSITORY / "pyproject.toml"), str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_question_stands_in_its_file(samarinda: AreaBook) -> None:
    made = proposed(PEOPLE, samarinda)
    texts = {"contract": render.contract(made), "source": render.source(made)}
    lines = [render.line_of(texts[ask.place], number) for number, ask in enumerate(made.asks, start=1)]
    assert len(lines) == len(made.asks) > 5
    ast.parse(texts["contract"])


EVERY_DATASET = [name for name in sorted(contracts()) if name != "areas"]


@pytest.mark.parametrize("name", EVERY_DATASET)
def test_the_headers_of_a_source_are_found_again(name: str, samarinda: AreaBook) -> None:
    """What a city calls the columns of a dataset is what the sources of all cities call them."""
    source = next(found for found in every_source() if found.dataset == name)
    plain = {column: said for column, said in source.columns.items() if isinstance(said, str)}
    texts = {column: said for column, said in plain.items() if contracts()[name][column].kind is Kind.TEXT}
    cells = {said: [f"{column}-{row}" for row in "abc"] for column, said in texts.items()}
    taken = sample(cells)
    mapped = onto(contracts()[name], "lain", "samarinda", taken, sniff(taken, samarinda), samarinda).source.columns
    assert {column: said for column, said in mapped.items() if column in texts} == texts


def every_source() -> Iterator[Source]:
    for path in sorted((REPOSITORY / "cities").glob("*/sources/*.toml")):
        names = re.findall(r"\$\{(\w+)\}", path.read_text(encoding="utf-8"))
        yield load_source(path, path.parents[1].name, dict.fromkeys(names, ""))


# The command


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A city of its own, and a folder of datasets of its own."""
    folder = tmp_path / "cities" / "samarinda"
    (folder / "sources").mkdir(parents=True)
    for name in ("city.toml", "areas.csv", "aliases.csv"):
        (folder / name).write_bytes((REPOSITORY / "cities" / "samarinda" / name).read_bytes())
    (tmp_path / "datasets").mkdir()
    monkeypatch.setenv("PANTAU_CITIES", str(tmp_path / "cities"))
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(tmp_path / "datasets")])
    assert cities_root() == tmp_path / "cities" and load_city("samarinda").folder == folder
    return tmp_path


def table(path: Path, columns: dict[str, list[str]], delimiter: str = ";", encoding: str = "utf-8") -> str:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return str(path)


def new_source(*words: str) -> int:
    return main(["new-source", *words])


def test_nothing_is_ever_overwritten(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = ["daftar", "--sample", table(city / "a.csv", PEOPLE), "--city", "samarinda"]
    assert new_source(*said, "--dry-run") == 0 and not list((city / "datasets").iterdir())
    assert new_source(*said) == 0
    before = {path: path.read_bytes() for path in city.rglob("*") if path.is_file()}
    assert {"daftar.py", "daftar.toml", "daftar.csv"} <= {path.name for path in before}
    assert new_source(*said) == 2
    assert "daftar.py" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in city.rglob("*") if path.is_file()} == before


def test_a_dataset_of_another_folder_is_in_the_catalogue(city: Path) -> None:
    assert new_source("daftar", "--sample", table(city / "a.csv", PEOPLE), "--city", "samarinda") == 0
    program = "from etl.catalogue import contract; print(contract('daftar').key)"
    environment = os.environ | {"PANTAU_DATASETS": str(city / "datasets")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "('nik_samaran',)", done.stderr


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-16"), ("|", "cp1252"), (";", "utf-8")]
)
def test_delimiter_and_encoding_are_found(tmp_path: Path, delimiter: str, encoding: str) -> None:
    cells = PEOPLE | {"CATATAN": ["“siap”", "café", "–", "x"]}
    found = read(table(tmp_path / "a.csv", cells, delimiter, encoding))
    assert found.headers == list(cells) and found.rows.height == 4
    assert isinstance(found.reader, Csv) and found.reader.delimiter == delimiter
    assert found.rows["CATATAN"].to_list() == cells["CATATAN"]


def test_titles_and_totals_of_a_workbook_are_no_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["DAFTAR PENERIMA"], ["Tahap 1"], [], list(PEOPLE), *zip(*PEOPLE.values(), strict=True), ["JUMLAH", 4]):
        book.active.append(row)
    book.save(tmp_path / "daftar.xlsx")
    found = read(str(tmp_path / "daftar.xlsx"))
    assert found.headers == list(PEOPLE) and found.rows.height == 4 and found.rows["_row"][0] == 5


def test_a_table_of_a_database_is_a_sample_and_its_address_is_not_written(
    city: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(city / "kota.db") as connection:
        pl_rows = list(zip(*PEOPLE.values(), strict=True))
        connection.execute(f"create table penerima ({', '.join(PEOPLE)})")
        connection.executemany(f"insert into penerima values ({', '.join('?' * len(PEOPLE))})", pl_rows)
    connection.close()
    assert new_source("daftar", "--sample", f"sqlite:///{city / 'kota.db'}?table=penerima") == 0
    text = (city / "cities" / "samarinda" / "sources" / "daftar.toml").read_text(encoding="utf-8")
    assert 'url = "${DAFTAR_URL}"' in text and "kota.db" not in text and NIK not in capsys.readouterr().out


class _Service(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        rows = [dict(zip(PEOPLE, row, strict=True)) for row in zip(*PEOPLE.values(), strict=True)]
        body = json.dumps({"meta": {"jumlah": 4}, "isi": {"baris": rows}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_an_answer_of_a_service_is_a_sample(city: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), _Service)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        assert new_source("daftar", "--sample", f"http://127.0.0.1:{server.server_port}/api") == 0
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    text = (city / "cities" / "samarinda" / "sources" / "daftar.toml").read_text(encoding="utf-8")
    assert 'items = "isi.baris"' in text and 'url = "${DAFTAR_URL}"' in text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["daftar", "--sample", "tidak_ada.csv"], "tidak ada"),
        (["daftar", "--sample", "README.md"], "csv"),
        (["Daftar Baru", "--sample", "README.md"], "huruf kecil"),
        (["merchants", "--sample", "README.md"], "--dataset merchants"),
        (["daftar", "--sample", "README.md", "--dataset", "pedagang"], "merchants"),
    ],
)
def test_what_cannot_be_proposed_is_explained(
    city: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    monkeypatch.chdir(REPOSITORY)
    assert new_source(*words) in (2, 3)
    assert told in capsys.readouterr().err


def test_rows_that_nothing_tells_apart_are_counted(samarinda: AreaBook) -> None:
    made = proposed({"KODE": ["a", "a", "b"], "JUMLAH": ["1", "2", "3"]}, samarinda)
    assert isinstance(made.contract, Contract) and made.contract.key == ("kode", "baris")
    assert any("ask the sender" in ask.text.en for ask in made.asks)
