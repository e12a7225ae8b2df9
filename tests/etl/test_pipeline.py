"""One source under one lease, from folder to warehouse; and what goes wrong stops nothing else."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from etl import load as loading
from etl.__main__ import main
from etl.cities import City, load_city, sources
from etl.errors import CityError, LeaseTaken, WarehouseDown
from etl.load import Counts
from etl.pipeline import run
from etl.planner import analyze, believed_rows
from etl.source import Source
from etl.warehouse import QUARANTINE, RUNS, SOURCES, TABLES, VERSIONS, Role, engine

REPOSITORY = Path(__file__).parents[2]
SETTLED = 1_600_000_000  # long ago: the file is no longer being written

CITY = """
code = "64.72"
name = "Kota Samarinda"
short_name = "Samarinda"
province = "Kalimantan Timur"
zone = "Asia/Makassar"
language = "id"
centre = { lat = -0.5, lon = 117.1 }
"""

SOURCE = """
dataset = "merchants"
app = "uji"
title = ["Pedagang", "Merchants"]
owner = "uji"
licence = "uji"
cadence_s = 60
promise_s = 60

[reader]
{reader}

[area]
kelurahan = "KEL"

[columns]
merchant_id = "ID"
name = "NAMA"
joined_on = "SEJAK"
{columns}
"""
HEADER = "ID,NAMA,KEL,SEJAK\n"


def shops(letter: str) -> str:
    """A good file of two merchants."""
    return f"{HEADER}{letter}1,Toko Satu,Sidodadi,2020-01-01\n{letter}2,Toko Dua,Sempaja Selatan,2020-01-02\n"


GOOD = shops("M")


class Town:
    """A city of its own: a copy of Samarinda's areas, and the sources that a test gives it."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder = root, root / "samarinda"
        self.folder.mkdir()
        (self.folder / "city.toml").write_text(CITY)
        for name in ("areas.csv", "aliases.csv"):
            shutil.copy(REPOSITORY / "cities" / "samarinda" / name, self.folder)
        (self.folder / "sources").mkdir()

    def csv(self, name: str, columns: str = "", **files: str | bytes) -> None:
        """A source of CSV files, with its files."""
        inbox = self.root / f"{name}_inbox"
        self.source(name, f'kind = "csv"\npath = "{inbox}"\npattern = "*"', columns)
        inbox.mkdir(exist_ok=True)
        for stem, content in files.items():
            self.drop(inbox / f"{stem}.csv", content)

    def source(self, name: str, reader: str, columns: str = "") -> None:
        (self.folder / "sources" / f"{name}.toml").write_text(SOURCE.format(reader=reader, columns=columns))

    def drop(self, path: Path, content: str | bytes, at: int = SETTLED) -> None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (at, at))

    @property
    def city(self) -> City:
        return load_city("samarinda", self.root)

    def __getitem__(self, name: str) -> Source:
        return next(source for source in sources(self.city) if source.name == name)


@pytest.fixture
def town(warehouse: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    monkeypatch.setenv("PANTAU_CITIES", str(tmp_path))
    yield Town(tmp_path)
    with engine(Role.OWNER).begin() as connection:
        for table in (TABLES["merchants"], RUNS, QUARANTINE, SOURCES, VERSIONS):
            connection.execute(sa.delete(table))


def fetch(table: sa.Table) -> list[dict[str, Any]]:
    with engine(Role.ETL).connect() as connection:
        return [dict(row._mapping) for row in connection.execute(sa.select(table))]


def known(name: str) -> dict[str, Any]:
    return next(row for row in fetch(SOURCES) if row["source"] == name)


def cut_off() -> None:
    """Kill every connection of the ETL, as a restart of the server would."""
    activity = sa.table("pg_stat_activity", sa.column("pid"), sa.column("usename"), sa.column("datname"))
    mine = sa.and_(activity.c.usename == Role.ETL.value, activity.c.datname == sa.func.current_database())
    with engine(Role.OWNER).begin() as connection:
        connection.execute(sa.select(sa.func.pg_terminate_backend(activity.c.pid)).where(mine)).all()


def test_a_second_run_changes_nothing(town: Town):
    town.csv("toko", satu=GOOD)
    assert run(town["toko"], town.city).counts == Counts(2, 2, 0, 0, 0)
    before = fetch(RUNS), fetch(VERSIONS), fetch(TABLES["merchants"])
    assert run(town["toko"], town.city).counts == Counts()
    assert (fetch(RUNS), fetch(VERSIONS), fetch(TABLES["merchants"])) == before


def test_a_file_whose_rows_are_counted_is_not_cut(town: Town, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("etl.readers.folder.SLICE", 1)
    town.csv("cacah", columns='category = { ordinal_within = ["KEL"] }', satu=GOOD + "M3,Toko,Sidodadi,2020-01-03\n")
    town.csv("potong", satu=shops("N"))
    assert run(town["cacah"], town.city).counts.loaded == 3 and run(town["potong"], town.city).counts.loaded == 2
    assert {row["merchant_id"]: row["category"] for row in fetch(TABLES["merchants"]) if row["category"]} == {
        "M1": "1", "M2": "1", "M3": "2",
    }  # fmt: skip
    assert len(fetch(RUNS)) == 3


def test_rows_of_a_service_cannot_be_counted(town: Town):
    town.source("jauh", REST, 'category = { ordinal_within = ["KEL"] }')
    with pytest.raises(CityError, match=r"jauh\.toml.*ordinal_within"):
        sources(town.city)


def belief(city_code: str) -> float:
    """What the planner believes of the merchants of a city."""
    with engine(Role.ETL).connect() as connection:
        return believed_rows(connection, "merchants", city_code)


def test_a_city_that_comes_to_a_table_of_others_is_known_while_its_first_load_goes_on(town: Town):
    """Else each row of the second file is looked for among all rows of the first: an hour instead of a second."""
    shops_of = {name: HEADER + "".join(f"{name}{n},Toko,Sidodadi,2020-01-01\n" for n in range(100)) for name in "ABC"}
    table, believed = TABLES["merchants"], []
    town.csv("old", A=shops_of["A"])
    run(town["old"], town.city)
    others = [sa.literal("35.78") if column.name == "city_code" else column for column in table.columns]
    with engine(Role.OWNER).begin() as connection:
        connection.execute(sa.insert(table).from_select([*table.columns.keys()], sa.select(*others)))
        connection.execute(sa.delete(table).where(table.c.city_code == town.city.code))
    analyze("merchants")
    town.csv("new", B=shops_of["B"], C=shops_of["C"])
    run(town["new"], town.city, watch=lambda *_: believed.append(belief(town.city.code)))
    assert len(believed) == 2 and believed[-1] >= 50  # when the second file is in, and before its run ends


def test_two_runs_at_the_same_time_are_one(town: Town):
    town.csv("toko", satu=GOOD)
    others = []
    first = run(town["toko"], town.city, lambda *_: others.append(run(town["toko"], town.city)))
    (other,) = others
    assert first.error is None and isinstance(other.error, LeaseTaken) and other.counts == Counts()


def test_a_lease_that_is_taken_is_no_failure(town: Town):
    town.csv("toko", satu=GOOD)
    codes = []
    run(town["toko"], town.city, lambda *_: codes.append(main(["run", "--city", "samarinda"])))
    assert codes == [0]


def test_a_lease_goes_with_its_connection(town: Town):
    town.csv("toko", satu=GOOD, dua=shops("N"))
    outcome = run(town["toko"], town.city, lambda *_: cut_off())
    assert isinstance(outcome.error, WarehouseDown) and outcome.counts.loaded == 2
    assert run(town["toko"], town.city).error is None
    assert {row["merchant_id"] for row in fetch(TABLES["merchants"])} == {"M1", "M2", "N1", "N2"}


def test_a_connection_lost_while_copying_leaves_nothing(town: Town, monkeypatch: pytest.MonkeyPatch):
    town.csv("toko", satu=GOOD)
    copy = loading._copy

    def lost(*arguments: Any) -> None:
        cut_off()
        copy(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(loading, "_copy", lost)
        assert isinstance(run(town["toko"], town.city).error, WarehouseDown)
    assert fetch(TABLES["merchants"]) == fetch(RUNS) == []
    assert run(town["toko"], town.city).counts.loaded == 2


def test_a_crash_between_two_files_keeps_the_first(town: Town, monkeypatch: pytest.MonkeyPatch):
    town.csv("toko", satu=GOOD, dua=shops("N"))

    def crash(*_: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(town["toko"], town.city, crash)
    assert len(fetch(RUNS)) == 1
    assert run(town["toko"], town.city).counts == Counts(2, 2, 0, 0, 0)


def test_what_the_warehouse_cannot_hold_stops_this_source_alone(town: Town, monkeypatch: pytest.MonkeyPatch):
    town.csv("toko", satu=GOOD)

    def refused(*_: Any) -> int:
        raise sa.exc.DataError("", {}, psycopg.errors.NumericValueOutOfRange("numeric field overflow"))

    monkeypatch.setattr(loading, "upsert", refused)
    error = run(town["toko"], town.city).error
    assert error is not None and error.exit_code == 3 and "numeric field overflow" in str(error)
    assert "numeric field overflow" in known("toko")["error_en"]


def test_a_corrected_file_replaces_what_it_said(town: Town):
    town.csv("toko", satu=GOOD)
    main(["run"])
    town.drop(town.root / "toko_inbox" / "satu.csv", GOOD.replace("Toko Dua", "Toko Baru"), SETTLED + 10)
    assert run(town["toko"], town.city).counts == Counts(2, 1, 1, 0, 0)
    assert {row["name"] for row in fetch(TABLES["merchants"])} == {"Toko Satu", "Toko Baru"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("ID,NAMA,KEL\nM9,X,Sidodadi\n", ["SEJAK", "ID, NAMA, KEL", "[columns]"], id="missing column"),
        pytest.param(GOOD.replace("NAMA", "NAMA TOKO"), ["NAMA", "NAMA TOKO", "[columns]"], id="renamed column"),
        pytest.param("", ["ID", "NAMA"], id="empty file"),
        pytest.param(b"\xff\xfe" + GOOD.encode("utf-16-le"), ["utf-8", "encoding"], id="other encoding"),
        pytest.param(GOOD + "M3,X\0,Sidodadi,2020-01-01\n", ["NUL", "baris 4"], id="damaged"),
        pytest.param(GOOD + 'M3,"X,Sidodadi,2020-01-01\n', ["tanda kutip"], id="cut"),
    ],
)
def test_a_file_that_cannot_be_used_stops_its_source_alone(
    town: Town, capsys: pytest.CaptureFixture[str], content: str | bytes, told: list[str]
):
    town.csv("baik", satu=shops("B"))
    town.csv("rusak", satu=GOOD)
    assert main(["run"]) == 0
    town.drop(town.root / "rusak_inbox" / "dua.csv", content, SETTLED + 5)
    town.drop(town.root / "baik_inbox" / "dua.csv", shops("C"), SETTLED + 5)
    before = known("rusak")
    assert main(["run"]) == 3
    said = capsys.readouterr().err
    for word in ("kota samarinda", "sumber rusak", "berkas dua.csv", "→", *told):
        assert word in said, said
    after = known("rusak")
    assert (after["last_success"], after["fresh_at"]) == (before["last_success"], before["fresh_at"])
    assert all(word in after["error_id"] for word in ("samarinda", "rusak", "dua.csv")) and after["error_en"]
    assert {row["merchant_id"] for row in fetch(TABLES["merchants"])} == {"M1", "M2", "B1", "B2", "C1", "C2"}
    assert main(["check", "--source", "rusak"]) == 3


def test_when_it_is_corrected_the_error_is_gone(town: Town):
    town.csv("toko", satu="ID,NAMA\n")
    assert main(["run"]) == 3 and known("toko")["error_id"]
    town.drop(town.root / "toko_inbox" / "satu.csv", GOOD, SETTLED + 10)
    assert main(["run"]) == 0
    assert known("toko")["error_id"] is None and known("toko")["last_success"]


DEAD = "127.0.0.1:1"
REST = f'kind = "rest"\nurl = "http://{DEAD}/toko"\ndeadline_s = 1'
SQL = f'kind = "sql"\nurl = "postgresql+psycopg://siapa:rahasia@{DEAD}/x"\ntable = "toko"'


@pytest.mark.parametrize(
    ("reader", "told"),
    [
        pytest.param(REST, ["127.0.0.1", "tidak menjawab"], id="web service"),
        pytest.param(SQL, ["toko", "tidak menjawab"], id="database"),
        pytest.param('kind = "csv"\npath = "/tidak/ada"', ["/tidak/ada", "folder tidak ada"], id="folder"),
    ],
)
def test_an_upstream_that_is_down_stops_its_source_alone(
    town: Town, capsys: pytest.CaptureFixture[str], reader: str, told: list[str]
):
    town.source("jauh", reader)
    town.csv("baik", satu=GOOD)
    assert main(["run"]) == 3
    said = capsys.readouterr().err
    for word in ("kota samarinda", "sumber jauh", "→", *told):
        assert word in said, said
    assert "rahasia" not in said and "rahasia" not in known("jauh")["error_id"]
    assert len(fetch(TABLES["merchants"])) == 2


def test_a_wrong_password_is_told_and_never_shown(town: Town, warehouse: str, capsys: pytest.CaptureFixture[str]):
    address = sa.make_url(warehouse).set(username=Role.WEB.value, password="keliru")
    url = address.render_as_string(hide_password=False)
    town.source("jauh", f'kind = "sql"\nurl = "{url}"\ntable = "toko"')
    town.csv("baik", satu=GOOD)
    assert main(["run"]) == 3
    said = capsys.readouterr().err
    for word in ("kota samarinda", "sumber jauh", "menolak", "kata sandi", "→"):
        assert word in said, said
    assert "keliru" not in said and len(fetch(TABLES["merchants"])) == 2


@pytest.mark.parametrize(
    ("row", "told"),
    [
        pytest.param("M9,Toko,Sidodadi,kemarin", ["kolom joined_on", "'kemarin'", "%Y-%m-%d"], id="wrong type"),
        pytest.param("M9,Toko,Sidodadii,2020-01-01", ["kolom area_code", "mungkin Sidodadi"], id="unknown area"),
        pytest.param("M9,Toko,Jl. Merdeka 12,2020-01-01", ["kolom area_code", "Jl. Merdeka 12"], id="street"),
        pytest.param("M9,,Sidodadi,2020-01-01", ["kolom name", "wajib diisi"], id="empty"),
        pytest.param("M9,Toko,,2020-01-01", ["kolom area_code", "wajib diisi"], id="no area"),
        pytest.param("M9,Toko,Sidodadi,2020-01-01,lebih", ["M9, Toko, Sidodadi", "5 sel"], id="too many cells"),
    ],
)
def test_a_row_that_is_wrong_is_told_and_the_others_are_loaded(
    town: Town, capsys: pytest.CaptureFixture[str], row: str, told: list[str]
):
    town.csv("toko", satu=GOOD + row + "\n")
    assert main(["run"]) == 0
    assert "quarantine" in capsys.readouterr().err
    assert main(["quarantine", "--source", "toko"]) == 0
    said = capsys.readouterr()
    for word in ("kota samarinda", "sumber toko", "berkas satu.csv", "baris 4", *told, " | "):
        assert word in said.out, said.out
    assert "kirim ulang" in said.err and len(fetch(TABLES["merchants"])) == 2


def test_a_check_tells_the_same_and_loads_nothing(town: Town, capsys: pytest.CaptureFixture[str]):
    town.csv("toko", satu=GOOD + "M9,Toko,Sidodadii,2020-01-01\n")
    assert main(["check"]) == 0
    said = capsys.readouterr().err
    for word in ("samarinda/toko", "3 baris", "1 ditolak", "baris 4", "kolom area_code", "mungkin Sidodadi"):
        assert word in said, said
    assert fetch(TABLES["merchants"]) == fetch(RUNS) == fetch(SOURCES) == []


def test_no_rows_are_no_failure(town: Town):
    town.csv("toko", satu=HEADER)
    assert main(["run"]) == 0 and main(["check"]) == 0
    assert [run["received"] for run in fetch(RUNS)] == [0] and known("toko")["last_success"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("nama_toko = 'NAMA'", ["columns.nama_toko", "merchant_id"], id="no such column"),
        pytest.param("area_code = 'KEL'", ["columns.area_code", "[area]"], id="area as a column"),
        pytest.param("category = '${TIDAK_ADA}'", ["TIDAK_ADA"], id="setting not set"),
        pytest.param("category = {kepala = 'X'}", ["kepala"], id="no such word"),
        pytest.param("category = ", ["line"], id="not TOML"),
    ],
)
def test_a_source_file_that_is_wrong_stops_no_other(
    town: Town, capsys: pytest.CaptureFixture[str], text: str, told: list[str]
):
    town.csv("rusak", columns=text)
    town.csv("baik", satu=GOOD)
    for command in (["run"], ["check"], ["status", "--json"], ["quarantine"]):
        assert main(command) == 2
        said = capsys.readouterr().err
        for word in ("rusak.toml", *told):
            assert word in said, said
    assert len(fetch(TABLES["merchants"])) == 2


def test_a_dataset_that_does_not_exist_is_named(town: Town, capsys: pytest.CaptureFixture[str]):
    town.csv("rusak")
    path = town.folder / "sources" / "rusak.toml"
    path.write_text(path.read_text().replace('"merchants"', '"pedagang"'))
    assert main(["run"]) == 2
    said = capsys.readouterr().err
    assert "rusak.toml" in said and "'pedagang'" in said and "merchants" in said


def test_a_source_that_does_not_exist_is_told_with_those_that_do(town: Town, capsys: pytest.CaptureFixture[str]):
    town.csv("baik")
    assert main(["run", "--source", "lain"]) == 1
    assert "'lain'" in (said := capsys.readouterr().err) and "samarinda/baik" in said


def test_a_warehouse_that_is_down_is_said(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    town.csv("baik", satu=GOOD)
    with monkeypatch.context() as patch:
        patch.setenv("DATABASE_URL", f"postgresql+psycopg://x:y@{DEAD}/pantau")
        assert main(["run"]) == 4 and main(["status"]) == 4
    assert "gudang data tidak menjawab" in capsys.readouterr().err


def test_a_message_is_not_eaten_by_its_brackets(town: Town, capsys: pytest.CaptureFixture[str]):
    town.csv("toko", satu=GOOD.replace("NAMA", "[red]NAMA[/red] [/]"))
    assert main(["run"]) == 3
    assert "[red]NAMA[/red] [/]" in capsys.readouterr().err


def test_the_state_is_told_for_people_and_for_machines(town: Town, capsys: pytest.CaptureFixture[str]):
    town.csv("toko", satu=GOOD)
    main(["run"])
    capsys.readouterr()
    assert main(["status", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert {name: entry[name] for name in ("city", "source", "dataset", "received", "loaded", "balanced", "error")} == {
        "city": "samarinda", "source": "toko", "dataset": "merchants", "received": 2, "loaded": 2, "balanced": True,
        "error": None,
    }  # fmt: skip
    assert entry["last_success"] and entry["age_s"] > 0 and entry["promise_s"] == 60
    assert main(["status"]) == 0
    assert "toko" in capsys.readouterr().out
