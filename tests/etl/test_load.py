"""Loading into a real database: every row is somewhere, every moment has its truth, all or nothing."""

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.areas import AreaBook
from etl.catalogue import contracts
from etl.contract import Contract
from etl.load import Counts, load
from etl.readers.delivery import Delivery, Refusal, refused_frame
from etl.sift import sift
from etl.text import Text
from etl.warehouse import CHANNEL, HISTORIES, QUARANTINE, RUNS, SOURCES, TABLES, VERSIONS, Role, engine, read
from tests.etl.made import Cells, delivery_of, good_row, source_of

pytestmark = pytest.mark.usefixtures("warehouse")
FEW = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
AGENCIES = contracts()["agencies"]
NewCity = Callable[[], str]


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    with engine(Role.ETL).connect() as connection:
        yield connection


def bring(
    connection: sa.Connection, city: str, rows: list[Cells], contract: Contract, areas: AreaBook, **made: Any
) -> Counts:
    """Sift and load these cells inside the caller's transaction."""
    delivery = delivery_of(rows, contract, made.get("name", "berkas.csv"))
    source = source_of(contract, made.get("source", "sumber"))
    sifted = sift(delivery.rows, contract, source, areas, "Asia/Makassar", delivery.name)
    return load(connection, contract, source, city, delivery, sifted)


def agency(code: str | None, name: str = "Dinas", updated: int | None = None) -> Cells:
    moment = f"2021-03-01T10:00:{updated:02d}Z" if updated is not None else None
    return {"agency_code": code, "name": name, "short_name": name, "updated_at": moment}


def rows_of(connection: sa.Connection, table: sa.FromClause, city: str) -> list[dict[str, Any]]:
    with connection.begin():
        found = connection.execute(sa.select(table).where(table.c.city_code == city))
        return [dict(row._mapping) for row in found]


def everything(connection: sa.Connection, city: str) -> dict[str, list[dict[str, Any]]]:
    tables = [TABLES["agencies"], HISTORIES["agencies"], RUNS, QUARANTINE, SOURCES, VERSIONS]
    return {table.fullname: rows_of(connection, table, city) for table in tables}


def moment(connection: sa.Connection) -> dt.datetime:
    with connection.begin():
        return connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()


@pytest.mark.parametrize("contract", contracts().values(), ids=lambda contract: contract.name)
def test_what_is_loaded_is_what_got_through(
    contract: Contract, connection: sa.Connection, samarinda: AreaBook, new_city: NewCity
):
    @FEW
    @given(rows=st.lists(good_row(contract), min_size=1, max_size=4))
    def check(rows: list[Cells]) -> None:
        city, source = new_city(), source_of(contract)
        good = sift(delivery_of(rows, contract).rows, contract, source, samarinda, "Asia/Makassar", "x").good
        expected: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in sorted(good.to_dicts(), key=lambda row: age_of(contract, row)):
            del row["_row"]
            expected[tuple(row[name] for name in contract.key)] = row
        with connection.begin():
            counts = bring(connection, city, rows, contract, samarinda)
        there = rows_of(connection, TABLES[contract.name], city)
        assert {tuple(row[name] for name in contract.key): {name: row[name] for name in expected_names(contract)}
                for row in there} == expected  # fmt: skip
        assert counts == Counts(len(rows), len(expected), 0, len(rows) - len(expected), 0)
        with connection.begin():
            again = bring(connection, city, rows, contract, samarinda)
        assert (again.loaded, again.balanced) == (0, True) and rows_of(connection, HISTORIES[contract.name], city) == []

    check()


def age_of(contract: Contract, row: dict[str, Any]) -> tuple[Any, ...]:
    revision = row[contract.revision] if contract.revision else None
    return (revision is not None, revision or dt.datetime.min.replace(tzinfo=dt.UTC), row["_row"])


def expected_names(contract: Contract) -> list[str]:
    return [column.name for column in contract.columns]


ROWS = st.lists(
    st.builds(agency, st.sampled_from("ABC"), st.sampled_from(("x", "y", "z")), st.none() | st.integers(0, 4)),
    max_size=4,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries=st.lists(ROWS, max_size=5))
def test_every_moment_has_its_truth(
    connection: sa.Connection, samarinda: AreaBook, new_city: NewCity, deliveries: list[list[Cells]]
):
    city, truth = new_city(), dict[str, Cells]()
    moments: list[tuple[dt.datetime, dict[str, str | None]]] = [(moment(connection), {})]
    for rows in deliveries:
        expected = told(truth, rows)
        with connection.begin():
            counts = bring(connection, city, rows, AGENCIES, samarinda)
        assert counts == expected and counts.balanced
        moments.append((moment(connection), {code: row["name"] for code, row in truth.items()}))
    for at, names in moments:
        found = rows_of(connection, read("agencies", at), city)
        assert {row["agency_code"]: row["name"] for row in found} == names
        assert len(found) == len(names)
    assert {row["agency_code"]: row["name"] for row in rows_of(connection, read("agencies"), city)} == moments[-1][1]


def told(truth: dict[str, Cells], rows: list[Cells]) -> Counts:
    """What a dictionary makes of a delivery: it is changed as the table should be."""
    newest: dict[str, Cells] = {}
    for row in rows:
        if row["agency_code"] not in newest or rank(row) >= rank(newest[row["agency_code"]]):
            newest[str(row["agency_code"])] = row
    older = {code for code, row in newest.items() if code in truth and rank(row) < rank(truth[code])}
    changed = {code: row for code, row in newest.items() if code not in older and row != truth.get(code)}
    truth.update(changed)
    unchanged = len(newest) - len(older) - len(changed)
    return Counts(len(rows), len(changed), unchanged, len(rows) - len(newest) + len(older), 0)


def rank(row: Cells) -> str:
    return row["updated_at"] or ""


@FEW
@given(
    rows=st.lists(
        st.builds(agency, st.text("AB", min_size=1, max_size=3), updated=st.integers(0, 9)),
        unique_by=lambda row: (row["agency_code"], row["updated_at"]),
        min_size=1,
        max_size=8,
    ),
    data=st.data(),
)
def test_the_order_of_a_delivery_says_nothing(
    connection: sa.Connection, samarinda: AreaBook, new_city: NewCity, rows: list[Cells], data: st.DataObject
):
    city = new_city()
    with connection.begin():
        bring(connection, city, rows, AGENCIES, samarinda)
    before = rows_of(connection, TABLES["agencies"], city)
    with connection.begin():
        again = bring(connection, city, data.draw(st.permutations(rows)), AGENCIES, samarinda)
    assert again.loaded == 0 and again.balanced
    assert rows_of(connection, TABLES["agencies"], city) == before
    assert rows_of(connection, HISTORIES["agencies"], city) == []


@FEW
@given(name=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).map(lambda text: f"x{text}x"))
def test_any_text_survives(connection: sa.Connection, samarinda: AreaBook, new_city: NewCity, name: str):
    city = new_city()
    with connection.begin():
        bring(connection, city, [agency("A", name)], AGENCIES, samarinda)
    (row,) = rows_of(connection, TABLES["agencies"], city)
    assert row["name"] == name


@pytest.mark.parametrize("name", ["\\N", "\\.", 'a"b', "a\nb", "a\r\n\\.\r\nb", "NULL ", "'; drop table x --", "a,b"])
def test_a_text_that_looks_like_syntax_survives(
    connection: sa.Connection, samarinda: AreaBook, new_city: NewCity, name: str
):
    city = new_city()
    with connection.begin():
        bring(connection, city, [agency("A", name), agency("B")], AGENCIES, samarinda)
    there = {row["agency_code"]: row["name"] for row in rows_of(connection, TABLES["agencies"], city)}
    assert there.pop("B") == "Dinas" and there in ({"A": name.strip()}, {})
    assert there or name.strip() in source_of(AGENCIES).format.empty


def test_a_former_version_is_kept_with_its_time(connection: sa.Connection, samarinda: AreaBook, new_city: NewCity):
    city = new_city()
    for number, name in enumerate(("lama", "baru")):
        with connection.begin():
            bring(connection, city, [agency("A", name, number)], AGENCIES, samarinda)
    (now,) = rows_of(connection, TABLES["agencies"], city)
    (former,) = rows_of(connection, HISTORIES["agencies"], city)
    assert (former["name"], now["name"]) == ("lama", "baru")
    assert former["known_from"] < former["known_to"] == now["known_from"]


def test_refused_rows_are_kept_whole_and_told_once(connection: sa.Connection, samarinda: AreaBook, new_city: NewCity):
    city, bad = new_city(), agency(None, "tanpa kode")
    for expected in (Counts(3, 1, 0, 0, 2), Counts(3, 0, 3, 0, 0)):
        with connection.begin():
            assert bring(connection, city, [agency("A"), bad, bad], AGENCIES, samarinda) == expected
    kept = rows_of(connection, QUARANTINE, city)
    assert [row["row"] for row in kept] == [3, 4]
    for row in kept:
        assert (row["source"], row["dataset"], row["delivery"]) == ("sumber", "agencies", "berkas.csv")
        assert (row["column"], row["value"]) == ("agency_code", None)
        assert row["cells"] == {"name": "tanpa kode", "short_name": "tanpa kode"}
        assert row["reason_id"] == "wajib diisi tetapi kosong" and row["reason_en"] == "is required but empty"


def test_the_same_refusal_in_another_file_is_told_again(
    connection: sa.Connection, samarinda: AreaBook, new_city: NewCity
):
    city = new_city()
    for name in ("satu.csv", "dua.csv"):
        with connection.begin():
            assert bring(connection, city, [agency(None)], AGENCIES, samarinda, name=name).quarantined == 1
    assert {row["delivery"] for row in rows_of(connection, QUARANTINE, city)} == {"satu.csv", "dua.csv"}


def test_what_the_reader_refused_is_in_the_ledger_too(
    connection: sa.Connection, samarinda: AreaBook, new_city: NewCity
):
    city, delivery = new_city(), delivery_of([agency("A")], AGENCIES)
    refused = refused_frame([Refusal(9, Text("penanda", "a marker"), {"name": "=======", "short_name": None})])
    marked = Delivery(delivery.name, delivery.rows, delivery.cursor, delivery.fresh_at, refused)
    sifted = sift(marked.rows, AGENCIES, source_of(AGENCIES), samarinda, "UTC", "x")
    with connection.begin():
        assert load(connection, AGENCIES, source_of(AGENCIES), city, marked, sifted) == Counts(2, 1, 0, 0, 1)
    (kept,) = rows_of(connection, QUARANTINE, city)
    assert (kept["row"], kept["column"], kept["value"], kept["reason_en"]) == (9, "", "=======", "a marker")


def test_the_ledger_is_the_sum_of_what_was_said(connection: sa.Connection, samarinda: AreaBook, new_city: NewCity):
    city, total = new_city(), Counts()
    for rows in ([agency("A")], [agency("A")], [agency("A")], [agency("A", "lain"), agency(None)], []):
        with connection.begin():
            total += bring(connection, city, rows, AGENCIES, samarinda)
    runs = rows_of(connection, RUNS, city)
    for name, count in vars(total).items():
        assert sum(run[name] for run in runs) == count
    assert [run["polls"] for run in sorted(runs, key=lambda run: run["run_id"])] == [1, 2, 1, 1]


def test_a_ledger_row_that_loses_rows_is_refused(connection: sa.Connection, new_city: NewCity):
    lost = {"city_code": new_city(), "source": "s", "dataset": "d", "delivery": "x", "received": 3, "loaded": 2}
    now = dt.datetime.now(dt.UTC)
    with pytest.raises(sa.exc.IntegrityError, match="ck_runs_conservation"), connection.begin():
        connection.execute(sa.insert(RUNS).values(lost | {"started_at": now, "finished_at": now}))


def test_a_crash_leaves_nothing(connection: sa.Connection, samarinda: AreaBook, new_city: NewCity):
    city = new_city()
    with connection.begin():
        bring(connection, city, [agency("A")], AGENCIES, samarinda)
    before = everything(connection, city)
    transaction = connection.begin()
    assert bring(connection, city, [agency("A", "lain"), agency("B"), agency(None)], AGENCIES, samarinda).loaded == 2
    transaction.rollback()
    assert everything(connection, city) == before


def test_a_change_is_announced_when_it_is_there(
    warehouse: str, connection: sa.Connection, samarinda: AreaBook, new_city: NewCity
):
    city, address = new_city(), sa.make_url(warehouse).set(drivername="postgresql")
    with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as ear:
        ear.execute(f"LISTEN {CHANNEL}")
        with connection.begin() as transaction:
            bring(connection, city, [agency("A")], AGENCIES, samarinda)
            transaction.rollback()
        with connection.begin():
            bring(connection, city, [agency("A")], AGENCIES, samarinda)
            assert list(ear.notifies(timeout=0.05)) == []
        with connection.begin():
            bring(connection, city, [agency("A")], AGENCIES, samarinda)
        with connection.begin():
            bring(connection, city, [agency("A", "lain")], AGENCIES, samarinda)
        heard = [*ear.notifies(timeout=5, stop_after=2)]
    assert [f'"{city}"' in word.payload and f'"version": {version}' in word.payload
            for version, word in enumerate(heard, start=1)] == [True, True]  # fmt: skip
    (version,) = rows_of(connection, VERSIONS, city)
    assert (version["dataset"], version["version"]) == ("agencies", 2)


def test_deliveries_that_bring_nothing_new_each_have_their_line(
    connection: sa.Connection, samarinda: AreaBook, new_city: NewCity
):
    city = new_city()
    for name in ("satu.csv", "dua.csv", "tiga.csv"):
        with connection.begin():
            bring(connection, city, [agency("A")], AGENCIES, samarinda, name=name)
    assert {run["delivery"] for run in rows_of(connection, RUNS, city)} == {"satu.csv", "dua.csv", "tiga.csv"}


def test_while_one_source_loads_a_dataset_another_waits(samarinda: AreaBook, new_city: NewCity):
    city = new_city()
    with engine(Role.ETL).begin() as connection:
        bring(connection, city, [agency("A")], AGENCIES, samarinda)
    with engine(Role.ETL).begin() as first, engine(Role.ETL).connect() as second:
        bring(first, city, [agency("A")], AGENCIES, samarinda)  # it changes nothing: no row is locked
        second.execute(sa.select(sa.func.set_config("lock_timeout", "100ms", True)))
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            bring(second, city, [agency("B")], AGENCIES, samarinda, source="lain")


def test_two_sources_of_one_dataset_follow_one_another(samarinda: AreaBook, new_city: NewCity):
    """Time never runs backwards in the history."""
    city = new_city()

    def second() -> None:
        with engine(Role.ETL).begin() as other:
            bring(other, city, [agency("A", "kedua")], AGENCIES, samarinda, source="lain")

    with ThreadPoolExecutor(1) as pool:
        with engine(Role.ETL).begin() as first:
            bring(first, city, [agency("A", "pertama")], AGENCIES, samarinda)
            waiting = pool.submit(second)
        waiting.result(timeout=30)
    with engine(Role.ETL).connect() as connection:
        (now,), (former,) = (rows_of(connection, table["agencies"], city) for table in (TABLES, HISTORIES))
    assert (former["name"], now["name"]) == ("pertama", "kedua")
    assert former["known_from"] < former["known_to"] == now["known_from"]
