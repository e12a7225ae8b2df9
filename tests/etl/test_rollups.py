"""Rollups: whatever is loaded, corrected, contradicted and left out, they are what a group-by over the rows says."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl import rollups
from etl.areas import AreaBook
from etl.catalogue import contract, contracts
from etl.cities import all_cities
from etl.contract import Column, Contract, Kind, Privacy, Pseudonym, Retention, Rollup, Semantics
from etl.load import Manner, load
from etl.migrate import bring_up
from etl.rollups import KEPT, ROLLUPS, Kept
from etl.sift import sift
from etl.text import Text
from etl.warehouse import HISTORIES, TABLES, Role, engine, reading
from tests.etl.made import Cells, delivery_of, source_of

pytestmark = pytest.mark.usefixtures("warehouse")
FEW = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
NewCity = Callable[[], str]
ROLLED = sorted(name for name, kept in KEPT.items() if kept)
# Few of each, so that keys and cells meet again: moments on both sides of a city's midnight and of its noon.
MOMENTS = ["2021-03-01T15:59:59Z", "2021-03-01T16:00:00Z", "2021-03-02T04:00:00Z", "2021-03-02T17:30:00Z"]
WORDS: dict[str, list[str | None]] = {
    "status": ["paid", "pending"],
    "buyer_type": ["asn", "public"],
    "outcome": ["emergency", "prank"],
    "is_drill": ["true", "false"],
    "area_code": ["64.72.05.1004", "64.72.05.1001", "64.72.01"],
    "period": ["2021-03-01", "2021-03-15", "2021-04-01"],
    "stage": ["1", "2"],
    "line": ["1", "2"],
    "amount": ["1000.50", "2500", "3"],
    "quantity": ["1"],
    "nik": ["6472050101900001", "6472050101900002"],
    "call_id": ["A", "B", "C"],
    "order_id": ["A", "B"],
    "programme": ["PKH", "BST"],
    "merchant_id": ["M1", "M2"],
    "category": ["Medis", "Lainnya", None],
    "updated_at": [None, "2021-03-03T00:00:01Z", "2021-03-03T00:00:02Z"],
}


def cell(column: Column) -> st.SearchStrategy[str | None]:
    if column.name in WORDS:
        return st.sampled_from(WORDS[column.name])
    if column.kind is Kind.TIMESTAMP:
        return st.sampled_from(MOMENTS if column.required else [None, *MOMENTS, "2021-03-01T16:00:18Z"])
    return st.none()


def rows_of(of: Contract) -> st.SearchStrategy[list[Cells]]:
    row = st.fixed_dictionaries({column.name: cell(column) for column in of.delivered})
    deliveries: st.SearchStrategy[list[Cells]] = st.lists(row, min_size=1, max_size=6)
    return deliveries


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    with engine(Role.ETL).connect() as connection:
        yield connection


def bring(connection: sa.Connection, of: Contract, city: str, rows: list[Cells], how: Semantics, areas: AreaBook):
    source = msgspec.structs.replace(source_of(of, "sumber"), semantics=how)
    delivery = delivery_of(rows, of)
    sifted = sift(delivery.rows, of, source, areas, "Asia/Makassar", delivery.name)
    with connection.begin():
        return load(connection, of, source, city, delivery, sifted, Manner(accept_shrink=True))


def wrong(connection: sa.Connection, of: Contract, city: str) -> dict[str, int]:
    with connection.begin():
        return {one.rollup.name: rollups.differing(connection, one, city) for one in KEPT[of.name]}


def take_away(connection: sa.Connection, of: Contract, city: str) -> None:
    """As retention does: some rows are gone, others of the same orders and persons stay."""
    table = TABLES[of.name]
    gone = sa.delete(table).where(table.c.city_code == city, table.c[str(of.area)] == "64.72.05.1004")
    with connection.begin(), rollups.following(connection, of.name, city):
        rollups.counted(connection, of.name, city, gone, rollups.OUT)


def cells_of(connection: sa.Connection, kept: Kept, city: str) -> list[dict[str, Any]]:
    with connection.begin():
        found = connection.execute(sa.select(kept.table).where(kept.table.c.city_code == city, kept.table.c.n != 0))
        return [dict(row._mapping) for row in found]


@pytest.mark.parametrize("dataset", ROLLED)
def test_rollups_are_what_the_rows_say_after_every_load(
    dataset: str, connection: sa.Connection, samarinda: AreaBook, new_city: NewCity
):
    of = contract(dataset)

    @FEW
    @given(steps=st.lists(st.tuples(rows_of(of), st.sampled_from(Semantics)), min_size=1, max_size=4))
    def check(steps: list[tuple[list[Cells], Semantics]]) -> None:
        city = new_city()
        for rows, how in steps:
            bring(connection, of, city, rows, how, samarinda)
            assert not any(wrong(connection, of, city).values())
        take_away(connection, of, city)
        assert not any(wrong(connection, of, city).values())
        with connection.begin():
            stored = connection.scalar(sa.select(sa.func.count()).where(TABLES[dataset].c.city_code == city))
        for one in KEPT[dataset]:
            assert sum(cell["n"] for cell in cells_of(connection, one, city)) == stored

    check()


def call(number: str, at: str, **said: str | None) -> Cells:
    plain: Cells = {column.name: None for column in contract("emergency_calls").delivered}
    return plain | {"call_id": number, "called_at": at, "outcome": "prank", "is_drill": "false"} | said


def test_a_correction_leaves_the_old_cell_and_a_day_is_the_citys(connection: sa.Connection, samarinda: AreaBook):
    of, city = contract("emergency_calls"), "64.72"  # eight hours before Greenwich
    answers = next(one for one in KEPT[of.name] if one.rollup.name == "answers")
    bring(connection, of, city, [call("A", MOMENTS[0]), call("B", MOMENTS[1])], Semantics.UPSERT, samarinda)
    days = {cell["day"]: cell["n"] for cell in cells_of(connection, answers, city)}
    assert days == {dt.date(2021, 3, 1): 1, dt.date(2021, 3, 2): 1}
    soon = call("A", MOMENTS[0], outcome="emergency", answered_at="2021-03-01T16:00:17Z")
    bring(connection, of, city, [soon], Semantics.UPSERT, samarinda)
    (first,) = (cell for cell in cells_of(connection, answers, city) if cell["day"] == dt.date(2021, 3, 1))
    told = [first[name] for name in ("outcome", "answered_15s", "answered_20s", "n")]
    assert told == ["emergency", False, True, 1]
    bring(connection, of, city, [soon], Semantics.SNAPSHOT, samarinda)
    assert sum(cell["n"] for cell in cells_of(connection, answers, city)) == 1
    assert not any(wrong(connection, of, city).values())


def test_a_change_by_hand_is_found_and_put_right(connection: sa.Connection, samarinda: AreaBook, new_city: NewCity):
    of, city = contract("emergency_calls"), new_city()
    bring(connection, of, city, [call("A", MOMENTS[0])], Semantics.UPSERT, samarinda)
    table = TABLES[of.name]
    with connection.begin():
        connection.execute(sa.update(table).where(table.c.city_code == city).values(outcome="ghost"))
    assert all(wrong(connection, of, city).values())
    with connection.begin():
        for one in KEPT[of.name]:
            rollups.fill(connection, one, city)
    assert not any(wrong(connection, of, city).values())


def test_rows_that_are_taken_away_leave_their_cells(connection: sa.Connection, samarinda: AreaBook, new_city: NewCity):
    of, city = contract("emergency_calls"), new_city()
    bring(connection, of, city, [call(number, MOMENTS[0]) for number in "ABC"], Semantics.UPSERT, samarinda)
    table = TABLES[of.name]
    with connection.begin():
        gone = sa.delete(table).where(table.c.city_code == city, table.c.call_id != "B")
        with rollups.following(connection, of.name, city):
            assert rollups.counted(connection, of.name, city, gone, rollups.OUT) == 2
    assert not any(wrong(connection, of, city).values())


def test_a_rollup_that_is_declared_anew_is_made_from_the_rows(
    connection: sa.Connection, samarinda: AreaBook, new_city: NewCity
):
    of, city = contract("emergency_calls"), new_city()
    bring(connection, of, city, [call("A", MOMENTS[0])], Semantics.UPSERT, samarinda)
    hours = next(one for one in KEPT[of.name] if one.rollup.name == "hours")
    with engine(Role.OWNER).begin() as owner:
        owner.execute(
            sa.schema.SetTableComment(sa.Table(hours.table.name, sa.MetaData(), schema="rollups", comment=""))
        )
        owner.execute(sa.delete(hours.table))
        sa.Table("of_former_times", sa.MetaData(), sa.Column("n", sa.Integer()), schema="rollups").create(owner)
    bring_up()
    assert not any(wrong(connection, of, city).values())
    with engine(Role.OWNER).connect() as owner:
        assert set(sa.inspect(owner).get_table_names("rollups")) == {table.name for table in ROLLUPS.tables.values()}


def test_each_city_reads_its_own_cells_and_an_agency_none(
    connection: sa.Connection, samarinda: AreaBook, new_city: NewCity
):
    of, here, there = contract("emergency_calls"), new_city(), new_city()
    for city in (here, there):
        bring(connection, of, city, [call("A", MOMENTS[0])], Semantics.UPSERT, samarinda)
    for one in (kept for each in KEPT.values() for kept in each):
        with reading(here) as web:
            assert set(web.scalars(sa.select(one.table.c.city_code).distinct())) <= {here}
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), reading(here, "D01") as head:
            head.execute(sa.select(one.table.c.n))
    with reading(here) as web:
        assert web.scalar(sa.select(sa.func.sum(KEPT[of.name][0].table.c.n))) == 1


CLOSED = Column("who", Kind.TEXT, Text("", ""), privacy=Privacy.P2)
PEOPLE = Column("person", Kind.TEXT, Text("", ""), derived=Pseudonym("who", "uji"))
PLAIN = Column("day", Kind.DATE, Text("", ""), required=True)
LOOSE = Column("share", Kind.DECIMAL, Text("", ""), required=True)
SHORT = Column("note", Kind.TEXT, Text("", ""))


@pytest.mark.parametrize(
    ("rollup", "why"),
    [
        (Rollup("a", ("who",)), "of persons"),
        (Rollup("a", ("person",)), "of persons"),
        (Rollup("a", ("note",)), "not kept"),
        (Rollup("a", (), sums=("share",)), "no exact sum"),
        (Rollup("a", ("person",), who="person", hourly=True), "only months"),
        (Rollup("a", ("day",), who="who"), "of persons"),
    ],
)
def test_no_rollup_of_persons_of_what_is_not_kept_or_not_exact(rollup: Rollup, why: str):
    kept = (Retention("n", Text("", ""), 30, "day", ("note",)),)
    with pytest.raises(ValueError, match=why):
        Contract(
            name="t", title=Text("", ""), meaning=Text("", ""), grain=Text("", ""), key=("day",), privacy=Privacy.P2,
            columns=(CLOSED, PEOPLE, PLAIN, LOOSE, SHORT), time="day", retention=kept, rollups=(rollup,),
        )  # fmt: skip


def test_of_a_person_a_cell_knows_the_months_and_forgets_one_with_its_last_row(
    connection: sa.Connection, samarinda: AreaBook, new_city: NewCity
):
    of, city = contract("bansos_grants"), new_city()
    people = next(one for one in KEPT[of.name] if one.rollup.who)
    empty: Cells = {column.name: None for column in of.delivered}
    same = {"nik": WORDS["nik"][0], "area_code": "64.72.05.1004", "programme": "PKH", "amount": "1"}

    def grant(period: str, stage: int, status: str = "paid") -> Cells:
        return empty | same | {"period": period, "stage": str(stage), "status": status}

    def months() -> dict[dt.date, int]:
        return {one["day"]: one["months"] for one in cells_of(connection, people, city) if one["status"] == "paid"}

    paid = [grant("2021-03-01", 1), grant("2021-03-15", 2), grant("2019-12-01", 3), grant("2021-05-01", 4)]
    bring(connection, of, city, paid, Semantics.UPSERT, samarinda)
    march, may, december = 1 << (12 + 2), 1 << (12 + 4), 1 << (4 * 12 + 11)  # of the years since 2020, and since 2015
    assert months() == {dt.date(2020, 1, 1): march | may, dt.date(2015, 1, 1): december}
    bring(connection, of, city, [grant("2021-03-01", 1, "rejected")], Semantics.UPSERT, samarinda)
    assert months()[dt.date(2020, 1, 1)] == march | may
    bring(connection, of, city, [grant("2021-03-15", 2, "rejected")], Semantics.UPSERT, samarinda)
    assert months() == {dt.date(2020, 1, 1): may, dt.date(2015, 1, 1): december}


def test_every_city_knows_its_zone():
    assert {city.code: rollups.zone_of(city.code) for city in all_cities()} == {c.code: c.zone for c in all_cities()}
    assert HISTORIES.keys() == KEPT.keys() == contracts().keys()
