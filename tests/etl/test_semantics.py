"""Whole lists, events, corrections, and deliveries that are too wrong to be loaded."""

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.__main__ import main
from etl.areas import AreaBook
from etl.catalogue import contracts
from etl.cities import CityError, sources
from etl.contract import Contract, Privacy, Semantics
from etl.errors import SchemaChanged, Shrunk, TooManyRefused
from etl.load import Counts, Manner, load
from etl.pipeline import run
from etl.sift import sift
from etl.status import status
from etl.warehouse import DRIFT, HISTORIES, QUARANTINE, RUNS, TABLES, Role, engine, read
from tests.etl.made import Cells, delivery_of, good_row, source_of
from tests.etl.test_pipeline import GOOD, HEADER, SETTLED, Town, fetch, known, shops, town

__all__ = ["town"]
pytestmark = pytest.mark.usefixtures("warehouse")
FEW = settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
AGENCIES, DAILY = contracts()["agencies"], contracts()["covid_daily"]
EVERY = pytest.mark.parametrize("contract", contracts().values(), ids=lambda contract: contract.name)
NewCity = Callable[[], str]
WHOLE = Manner(accept_shrink=True)


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    with engine(Role.ETL).connect() as connection:
        yield connection


@pytest.fixture(autouse=True)
def no_history(town: Town) -> Iterator[None]:
    yield
    with engine(Role.OWNER).begin() as connection:
        for table in (HISTORIES["merchants"], DRIFT):
            connection.execute(sa.delete(table))


def bring(
    connection: sa.Connection,
    city: str,
    rows: list[Cells],
    contract: Contract,
    areas: AreaBook,
    semantics: Semantics = Semantics.SNAPSHOT,
    name: str = "sumber",
) -> Counts:
    source = msgspec.structs.replace(source_of(contract, name), semantics=semantics)
    delivery = delivery_of(rows, contract)
    sifted = sift(delivery.rows, contract, source, areas, "Asia/Makassar", delivery.name)
    with connection.begin():
        counts = load(connection, contract, source, city, delivery, sifted, WHOLE)
    assert counts.balanced
    return counts


def rows_of(connection: sa.Connection, table: sa.FromClause, city: str) -> list[dict[str, Any]]:
    with connection.begin():
        found = connection.execute(sa.select(table).where(table.c.city_code == city))
        return [dict(row._mapping) for row in found]


def moment(connection: sa.Connection) -> dt.datetime:
    with connection.begin():
        return connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()


def keys(rows: list[dict[str, Any]], contract: Contract) -> set[tuple[Any, ...]]:
    return {tuple(row[name] for name in contract.key) for row in rows}


def agency(code: str | None, name: str = "Dinas", updated: str | None = None) -> Cells:
    return {"agency_code": code, "name": name, "short_name": name, "updated_at": updated}


# Whole lists


@EVERY
def test_what_is_not_on_a_list_becomes_a_tombstone(
    contract: Contract, connection: sa.Connection, samarinda: AreaBook, new_city: NewCity
):
    @FEW
    @given(rows=st.lists(good_row(contract), min_size=2, max_size=5))
    def check(rows: list[Cells]) -> None:
        city = new_city()
        bring(connection, city, rows, contract, samarinda)
        before, at = rows_of(connection, TABLES[contract.name], city), moment(connection)
        counts = bring(connection, city, rows[1:], contract, samarinda)
        after = rows_of(connection, TABLES[contract.name], city)
        gone = keys(before, contract) - keys(after, contract)
        history = rows_of(connection, HISTORIES[contract.name], city)
        assert counts.deleted == len(gone) == len(keys(history, contract) - keys(after, contract))
        assert len(rows_of(connection, read(contract.name, at), city)) == len(before)
        back = bring(connection, city, rows, contract, samarinda)
        assert back.deleted == 0 and back.loaded >= len(gone)
        assert keys(rows_of(connection, TABLES[contract.name], city), contract) == keys(before, contract)

    check()


LISTS = st.lists(st.lists(st.builds(agency, st.sampled_from(["A", "B", "C", "D", None])), max_size=5), max_size=6)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists=LISTS)
def test_a_refused_row_is_no_deletion(
    connection: sa.Connection, samarinda: AreaBook, new_city: NewCity, lists: list[list[Cells]]
):
    city, truth = new_city(), set[str]()
    for rows in filter(None, lists):
        named = {row["agency_code"] for row in rows}
        left_out = set() if None in named or not named else truth - named
        counts = bring(connection, city, rows, AGENCIES, samarinda)
        assert counts.deleted == len(left_out)
        truth = (truth - left_out) | (named - {None})
        assert {row["agency_code"] for row in rows_of(connection, TABLES["agencies"], city)} == truth


def test_a_refused_row_whose_key_can_be_read_spares_only_itself(
    connection: sa.Connection, samarinda: AreaBook, new_city: NewCity
):
    city = new_city()
    bring(connection, city, [agency("A"), agency("B"), agency("C")], AGENCIES, samarinda)
    nameless = agency("B") | {"name": None}
    counts = bring(connection, city, [agency("A"), nameless], AGENCIES, samarinda)
    assert (counts.deleted, counts.quarantined) == (1, 1)
    assert {row["agency_code"] for row in rows_of(connection, TABLES["agencies"], city)} == {"A", "B"}
    (last,) = [run for run in rows_of(connection, RUNS, city) if run["deleted"]]
    assert last["alarm"] and "1 baris tersimpan tidak ada di daftar" in last["note_id"]


def test_a_damaged_identifier_is_nobodys_key(connection: sa.Connection, samarinda: AreaBook, new_city: NewCity):
    city, grants = new_city(), contracts()["bansos_grants"]
    row = {"kk": None, "name": None, "address": None, "area_code": "64.72.05.1004", "programme": "PKH", "stage": "1",
           "period": "2021-03-01", "amount": "1", "status": "paid", "reason": None, "paid_on": None,
           "updated_at": None}  # fmt: skip
    people = [row | {"nik": f"64720000000000{number:02d}"} for number in range(3)]
    bring(connection, city, people, grants, samarinda)
    damaged = [*people[:2], row | {"nik": "6.472E+15"}]
    assert bring(connection, city, damaged, grants, samarinda).deleted == 0
    other_stage = [*people[:2], row | {"nik": "6.472E+15", "stage": "2"}]
    assert bring(connection, city, other_stage, grants, samarinda).deleted == 1


def test_a_list_deletes_only_what_its_own_source_brought(
    connection: sa.Connection, samarinda: AreaBook, new_city: NewCity
):
    city = new_city()
    bring(connection, city, [agency("A")], AGENCIES, samarinda, name="satu")
    bring(connection, city, [agency("B"), agency("C")], AGENCIES, samarinda, name="dua")
    assert bring(connection, city, [agency("C")], AGENCIES, samarinda, name="dua").deleted == 1
    assert {row["agency_code"] for row in rows_of(connection, TABLES["agencies"], city)} == {"A", "C"}


def say(town: Town, name: str, line: str) -> None:
    """A line more at the top of a source's file."""
    path = town.folder / "sources" / f"{name}.toml"
    path.write_text(f"{line}\n{path.read_text()}")


def many(count: int, letter: str = "M") -> str:
    return HEADER + "".join(f"{letter}{number},Toko,Sidodadi,2020-01-01\n" for number in range(count))


def lists(town: Town, **files: str) -> None:
    """A source of whole lists, with its first files."""
    town.csv("toko", **files)
    say(town, "toko", 'semantics = "snapshot"')


def dropped(town: Town, content: str, later: int, name: str = "dua") -> Counts:
    """What a further file does that is so many seconds younger than the first."""
    town.drop(town.root / "toko_inbox" / f"{name}.csv", content, SETTLED + later)
    outcome = run(town["toko"], town.city)
    assert outcome.error is None, outcome.error
    return outcome.counts


def test_a_list_that_shrinks_too_much_is_refused_until_a_person_accepts_it(
    town: Town, capsys: pytest.CaptureFixture[str]
):
    lists(town, satu=many(100))
    town.csv("lain", satu=shops("L"))
    assert main(["run"]) == 0
    town.drop(town.root / "toko_inbox" / "dua.csv", many(94), SETTLED + 5)
    assert main(["run"]) == Shrunk.exit_code
    said = capsys.readouterr().err
    for word in ("dua.csv", "94", "100", "python -m etl run --city samarinda --source toko --accept-shrink"):
        assert word in said, said
    assert len(fetch(TABLES["merchants"])) == 102 and fetch(HISTORIES["merchants"]) == []
    assert main(["run", "--source", "toko", "--accept-shrink"]) == 0
    assert len(fetch(TABLES["merchants"])) == 96 and len(fetch(HISTORIES["merchants"])) == 6
    (accepted,) = [run for run in fetch(RUNS) if run["deleted"]]
    assert accepted["deleted"] == 6 and accepted["alarm"] and "--accept-shrink" in accepted["note_id"]
    assert known("toko")["error_id"] is None


def test_a_list_may_shrink_a_little(town: Town):
    lists(town, satu=many(100))
    assert run(town["toko"], town.city).counts.loaded == 100
    assert dropped(town, many(95), 5) == Counts(95, 0, 95, 0, 0, 5)


def test_an_empty_list_never_deletes(town: Town):
    lists(town, satu=GOOD)
    run(town["toko"], town.city)
    town.drop(town.root / "toko_inbox" / "dua.csv", HEADER, SETTLED + 5)
    for accept in (False, True):
        error = run(town["toko"], town.city, accept_shrink=accept).error
        assert isinstance(error, Shrunk) and "daftar kosong" in str(error)
    assert len(fetch(TABLES["merchants"])) == 2


def test_a_list_from_before_neither_wins_nor_deletes(town: Town):
    lists(town, satu=GOOD)
    run(town["toko"], town.city)
    older = GOOD.replace("Toko Dua", "Toko Lama").replace("M1", "M0")
    assert dropped(town, older, -50) == Counts(2, 0, 0, 2, 0)
    assert {row["name"] for row in fetch(TABLES["merchants"])} == {"Toko Satu", "Toko Dua"}
    (last,) = [run for run in fetch(RUNS) if run["alarm"]]
    assert "lebih lama" in last["note_id"]


def test_a_file_that_came_before_and_is_dropped_again_is_still_old(town: Town):
    lists(town, satu=GOOD)
    run(town["toko"], town.city)
    (town.root / "toko_inbox" / "satu.csv").unlink()
    assert dropped(town, GOOD.replace("M2", "M3"), 5) == Counts(2, 1, 1, 0, 0, 1)
    assert dropped(town, GOOD, 20, "satu") == Counts(2, 0, 1, 1, 0)
    assert {row["merchant_id"] for row in fetch(TABLES["merchants"])} == {"M1", "M3"}


def test_a_list_is_one_transaction_whatever_its_batches(town: Town, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("etl.readers.folder.SLICE", 3)
    lists(town, satu=many(20))
    assert run(town["toko"], town.city).counts.loaded == 20 and len(fetch(RUNS)) == 1
    assert dropped(town, many(19), 5) == Counts(19, 0, 19, 0, 0, 1)


def test_a_table_is_one_list_whatever_its_chunks(town: Town, tmp_path: Path):
    with sqlite3.connect(tmp_path / "sistem.db") as system:
        system.execute("CREATE TABLE toko (ID, NAMA, KEL, SEJAK)")
        for number in range(40):
            system.execute("INSERT INTO toko VALUES (?, 'Toko', 'Sidodadi', '2020-01-01')", [f"M{number}"])
    town.source("toko", f'kind = "sql"\nurl = "sqlite:///{tmp_path}/sistem.db"\ntable = "toko"\nchunk = 7')
    say(town, "toko", 'semantics = "snapshot"')
    assert run(town["toko"], town.city).counts == Counts(40, 40, 0, 0, 0)
    with sqlite3.connect(tmp_path / "sistem.db") as system:
        system.execute("DELETE FROM toko WHERE ID = 'M3'")
    assert run(town["toko"], town.city).counts == Counts(39, 0, 39, 0, 0, 1)


@pytest.mark.parametrize(
    ("reader", "told"),
    [('kind = "sql"\nurl = "sqlite:///x"\ntable = "t"\nsince = { field = "SEJAK" }', "[reader.since]")],
)
def test_a_list_cannot_be_asked_for_its_changes(town: Town, reader: str, told: str):
    town.source("toko", reader)
    say(town, "toko", 'semantics = "snapshot"')
    with pytest.raises(CityError, match=r"toko\.toml.*snapshot") as error:
        sources(town.city)
    assert told in str(error.value)


# Events


@EVERY
def test_an_event_is_said_once_and_never_changes(
    contract: Contract, connection: sa.Connection, samarinda: AreaBook, new_city: NewCity
):
    @FEW
    @given(rows=st.lists(good_row(contract), min_size=1, max_size=4))
    def check(rows: list[Cells]) -> None:
        city, event = new_city(), Semantics.APPEND
        first = bring(connection, city, rows, contract, samarinda, event)
        there = rows_of(connection, TABLES[contract.name], city)
        assert first.loaded == len(there) == len(keys(there, contract))
        again = bring(connection, city, rows, contract, samarinda, event)
        assert (again.loaded, again.quarantined, again.superseded) == (0, 0, 0)
        assert rows_of(connection, TABLES[contract.name], city) == there
        assert rows_of(connection, HISTORIES[contract.name], city) == []

    check()


def test_an_event_that_would_change_is_refused_with_both_versions(
    connection: sa.Connection, samarinda: AreaBook, new_city: NewCity
):
    city, event = new_city(), Semantics.APPEND
    bring(connection, city, [agency("A", "lama")], AGENCIES, samarinda, event)
    counts = bring(
        connection, city, [agency("A", "lama"), agency("A", "baru"), agency("B")], AGENCIES, samarinda, event
    )
    assert counts == Counts(3, 1, 1, 0, 1)
    (refused,) = rows_of(connection, QUARANTINE, city)
    assert (refused["row"], refused["column"], refused["value"]) == (3, "name", "baru")
    assert "'lama'" in refused["reason_id"] and "'baru'" in refused["reason_en"]
    assert refused["cells"]["agency_code"] == "A"
    assert {row["name"] for row in rows_of(connection, TABLES["agencies"], city)} == {"lama", "Dinas"}


def test_a_personal_event_is_not_quoted(connection: sa.Connection, samarinda: AreaBook, new_city: NewCity):
    city, servants = new_city(), contracts()["civil_servants"]
    row = {"nip": "1" * 18, "agency_code": "A", "unit": None, "grade": None, "post": None, "status": "active"}
    row |= {"updated_at": None}
    assert servants["name"].privacy > Privacy.P1
    for name in ("Budi", "Siti"):
        bring(connection, city, [row | {"name": name}], servants, samarinda, Semantics.APPEND)
    (refused,) = rows_of(connection, QUARANTINE, city)
    assert "Budi" not in refused["reason_id"] + refused["reason_en"] and refused["value"] == "Siti"


# Corrections


def test_late_and_negative_corrections_are_kept_as_they_are(
    connection: sa.Connection, samarinda: AreaBook, new_city: NewCity
):
    city, upsert = new_city(), Semantics.UPSERT
    blank = dict.fromkeys((column.name for column in DAILY.delivered), None)
    day = blank | {"report_date": "2020-12-01", "place": "Samarinda Ulu", "confirmed": "10", "active": "4"}
    for active, at in (("4", "2020-12-01T10:00:00Z"), ("-3", "2021-06-01T10:00:00Z"), ("9", "2021-01-01T10:00:00Z")):
        bring(connection, city, [day | {"active": active, "updated_at": at}], DAILY, samarinda, upsert)
    (now,), (former,) = (rows_of(connection, table["covid_daily"], city) for table in (TABLES, HISTORIES))
    assert (now["active"], former["active"]) == (-3, 4)


def test_a_revision_from_the_future_freezes_no_row(connection: sa.Connection, samarinda: AreaBook, new_city: NewCity):
    city, upsert = new_city(), Semantics.UPSERT
    ahead, soon = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours) for hours in (30, 20))
    assert bring(connection, city, [agency("A", "x", ahead.isoformat())], AGENCIES, samarinda, upsert).quarantined == 1
    assert bring(connection, city, [agency("A", "y", soon.isoformat())], AGENCIES, samarinda, upsert).loaded == 1
    (refused,) = rows_of(connection, QUARANTINE, city)
    assert refused["column"] == "updated_at" and "masa depan" in refused["reason_id"]


# Headers


def test_a_new_header_is_reported_once_and_not_published(town: Town):
    town.csv("toko", satu=GOOD)
    run(town["toko"], town.city)
    assert fetch(DRIFT) == []
    wider = shops("N").replace("SEJAK", "SEJAK,TELEPON").replace("-01\n", "-01,0811\n").replace("-02\n", "-02,0812\n")
    for later in (5, 10):
        assert dropped(town, wider, later, f"berkas{later}").received == 2
    (found,) = fetch(DRIFT)
    assert (found["kind"], found["header"], found["delivery"]) == ("added", "TELEPON", "berkas5.csv")
    assert "0811" not in str(fetch(TABLES["merchants"]))


@pytest.mark.parametrize(
    ("header", "kind", "likely"),
    [("NAMA TOKO", "renamed-suspect", "NAMA TOKO"), ("NAME", "renamed-suspect", "NAME"), ("XYZ", "missing", None)],
)
def test_a_missing_header_stops_its_source_and_says_what_it_may_be_called(
    town: Town, header: str, kind: str, likely: str | None
):
    town.csv("toko", satu=GOOD.replace("NAMA", header))
    error = run(town["toko"], town.city).error
    assert isinstance(error, SchemaChanged)
    assert likely is None or f"mungkin berganti nama: NAMA → {likely}" in str(error)
    (found,) = fetch(DRIFT)
    assert (found["kind"], found["header"], found["likely"]) == (kind, "NAMA", likely)


# Too many refused rows


def spoilt(good: int, bad: int) -> str:
    wrong = "".join(f"X{number},Toko,Sidodadi,kemarin\n" for number in range(bad - 1))
    return many(good) + wrong + ("Y,Toko,Antah,2020-01-01\n" if bad else "")


def test_a_file_that_is_too_wrong_loads_nothing(town: Town, capsys: pytest.CaptureFixture[str]):
    town.csv("toko", satu=spoilt(900, 30))
    assert main(["run"]) == TooManyRefused.exit_code
    said = capsys.readouterr().err
    for word in ("satu.csv", "30 dari 930", "29 × joined_on", "1 × area_code", "most_refused_percent"):
        assert word in said, said
    assert fetch(TABLES["merchants"]) == fetch(QUARANTINE) == fetch(RUNS) == []
    say(town, "toko", "most_refused_percent = 4")
    assert main(["run"]) == 0 and len(fetch(TABLES["merchants"])) == 900 and len(fetch(QUARANTINE)) == 30


@pytest.mark.parametrize(("good", "bad"), [(2, 20), (2_100, 21)])
def test_a_few_refused_rows_stop_no_file(town: Town, good: int, bad: int):
    town.csv("toko", satu=spoilt(good, bad))
    assert run(town["toko"], town.city).counts == Counts(good + bad, good, 0, 0, bad)


def test_no_rows_where_there_should_be_some_are_an_alarm(town: Town):
    town.csv("toko", satu=HEADER)
    assert run(town["toko"], town.city).error is None
    (told,) = fetch(RUNS)
    assert told["alarm"] and "nol baris" in told["note_id"]
    with engine(Role.ETL).connect() as connection:
        (entry,) = status(connection, [town.city])
    assert entry["alarm"] and "zero rows" in entry["alarm"]["en"]
    dropped(town, GOOD, 5)
    with engine(Role.ETL).connect() as connection:
        assert status(connection, [town.city])[0]["alarm"] is None
