"""Which rows a reader sees: one city's, of one agency where it is named, none without a name. For every table."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from etl import audit
from etl.audit import Look
from etl.grants import AGENCY, BUYER, OF_AGENCIES, OPEN, WAREHOUSE, readable
from etl.identity import IDENTITY
from etl.office import ANSWERS, EXEMPTIONS
from etl.sealing import Sealed, SealedCells
from etl.warehouse import (
    CHECKS,
    FINDINGS,
    HISTORIES,
    METADATA,
    NOT_COUNTED,
    TABLES,
    WEB_LEDGER,
    Role,
    engine,
    opening,
    reading,
)

pytestmark = pytest.mark.usefixtures("warehouse")
HERE, THERE = "64.72", "35.78"
OURS, THEIRS = "1.01", "2.02"
MOMENT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
VALUES: dict[type, Any] = {
    dt.datetime: MOMENT, dt.date: MOMENT.date(), bool: True, float: 1.0, Decimal: 1, int: 1, str: "1", list: [],
}  # fmt: skip
APART = [table for table in METADATA.tables.values() if table.schema in WAREHOUSE and table.fullname not in OPEN]
READ_BY_WEB = [table for table in APART if table in (*TABLES.values(), *HISTORIES.values(), *WEB_LEDGER)]
OF_HEADS = [table for table in APART if table.schema != "ledger" and table.name in OF_AGENCIES]


@pytest.fixture(scope="module", autouse=True)
def rows(warehouse: str) -> None:
    """In every table three rows: two agencies of one city, and another city."""
    with engine(Role.OWNER).begin() as connection:
        for table in APART:
            for number, (city, agency) in enumerate([(HERE, OURS), (HERE, THEIRS), (THERE, OURS)]):
                connection.execute(sa.insert(table).values(made(table, city, agency, number)))


def made(table: sa.Table, city: str, agency: str, number: int) -> dict[str, Any]:
    """A row that the table takes; text keys tell rows of one city apart."""
    told = (AGENCY, BUYER)
    wanted = [column for column in table.columns if not (column.identity or column.nullable) or column.name in told]
    row = {
        column.name: str(number) if isinstance(column.type, sa.Text | Sealed) else value(column) for column in wanted
    }
    row |= {column.name: number for column in table.primary_key if column.name == "line"}
    law = dict.fromkeys(("received", "loaded", "unchanged", "superseded", "quarantined"), 0)
    return row | {"city_code": city} | {name: own for name, own in ({AGENCY: agency} | law).items() if name in row}


def value(column: sa.Column[Any]) -> Any:
    return {} if isinstance(column.type, sa.JSON | SealedCells) else VALUES[column.type.python_type]


def cities(connection: sa.Connection, table: sa.Table) -> list[str]:
    return sorted(connection.scalars(sa.select(table.c.city_code)))


def test_a_reader_sees_the_city_that_it_named_and_without_a_name_nothing():
    with reading(HERE) as connection:
        assert {str(table): cities(connection, table) for table in READ_BY_WEB} == of_all(READ_BY_WEB, [HERE, HERE])
    with engine(Role.WEB).connect() as connection:  # the name went with the transaction
        assert {str(table): cities(connection, table) for table in READ_BY_WEB} == of_all(READ_BY_WEB, [])


def of_all(tables: list[sa.Table], seen: list[str]) -> dict[str, list[str]]:
    return {str(table): seen for table in tables}


def test_the_head_of_an_agency_sees_the_own_agency():
    with reading(HERE, OURS) as connection:
        for table in OF_HEADS:
            if AGENCY not in table.columns:
                own = [HERE] if BUYER in table.columns else [HERE, HERE]
                assert cities(connection, table) == own, table
                continue
            seen = connection.execute(sa.select(table.c.city_code, table.c[AGENCY])).all()
            assert [tuple(row) for row in seen] == [(HERE, OURS)], table
    with engine(Role.OPD).connect() as connection:
        assert {str(table): cities(connection, table) for table in OF_HEADS} == of_all(OF_HEADS, [])


def test_the_head_of_an_agency_sees_nothing_else():
    for table in READ_BY_WEB:
        assert table in (*OF_HEADS, NOT_COUNTED, FINDINGS, CHECKS) or is_closed(table, Role.OPD), table


def is_closed(table: sa.Table, role: Role) -> bool:
    """Whether a role may not read a table at all."""
    with engine(role).connect() as connection:
        try:
            connection.execute(sa.select(sa.literal(1)).select_from(table))
        except sa.exc.ProgrammingError as error:
            return "permission denied" in str(error)
    return False


def test_there_are_heads_of_agencies_to_keep_apart():
    assert {"marketplace_orders", "civil_servants"} <= OF_AGENCIES
    assert "bansos_grants" not in OF_AGENCIES and "emergency_calls" not in OF_AGENCIES


@pytest.mark.parametrize("role", [Role.WEB, Role.OPD, Role.BELL, Role.ETL])
@pytest.mark.parametrize("table", [table for table in METADATA.tables.values() if table.schema == IDENTITY], ids=str)
def test_accounts_are_closed_to_who_reads_the_warehouse(role: Role, table: sa.Table):
    with engine(role).connect() as connection, pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        connection.execute(sa.select(table))


def test_who_reads_accounts_reads_no_warehouse():
    assert [table for table in APART if not is_closed(table, Role.ACCESS)] == []


def test_the_doorbell_hears_of_all_cities_and_reads_no_rows():
    heard = {table for role, table, _ in readable() if role is Role.BELL}
    assert heard == {"ledger.versions", "ledger.sources", "ledger.runs", "ledger.schemas"}


@pytest.mark.parametrize("role", [Role.WALLS, Role.OFFICE, Role.ANALYST])
def test_who_shows_screens_keeps_the_office_or_results_reads_no_warehouse(role: Role):
    assert [table for table in APART if not is_closed(table, role)] == []


def test_an_approved_exemption_is_read_of_the_own_agency_only():
    row = {"kind": "leave", "since": MOMENT, "until": MOMENT, "why": "-", "proposed_by": "-"}
    with engine(Role.OFFICE).begin() as connection:
        for city, agency in ((HERE, OURS), (HERE, THEIRS), (THERE, OURS)):
            said = row | {"city_code": city, "agency_code": agency, "buyer": "1"}
            connection.execute(sa.insert(EXEMPTIONS).values(said))
    agencies = sa.select(EXEMPTIONS.c.agency_code).order_by(EXEMPTIONS.c.agency_code)
    with reading(HERE, OURS) as connection:
        assert list(connection.scalars(agencies)) == [OURS]
    with reading(HERE) as connection:
        assert list(connection.scalars(agencies)) == [OURS, THEIRS]


def test_the_head_of_an_agency_counts_its_own_findings_and_hears_when_checks_were_made():
    with reading(HERE, OURS) as connection:
        assert list(connection.scalars(sa.select(FINDINGS.c[AGENCY]))) == [OURS]
        assert cities(connection, CHECKS) == [HERE, HERE]
    for column in (CHECKS.c.found, FINDINGS.c.subject, FINDINGS.c.evidence):
        with reading(HERE, OURS) as connection, pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            connection.execute(sa.select(column))


def test_findings_about_purchases_open_after_a_reason_of_one_check_and_one_agency():
    """In this city check 0 found something of one agency, check 1 something of another."""
    told = {what: audit.opened(Look(HERE, "1", "Uji", "opd_head", "inspection", "karena uji", what)) for what in (
        f"purchases {OURS} 0", f"purchases {OURS} 1", "purchases * 1", f"people {OURS}"
    )}  # fmt: skip
    seen = {}
    for what, entry in told.items():
        with opening(HERE, entry, "1") as connection:
            seen[what] = list(connection.scalars(sa.select(FINDINGS.c[AGENCY])))
    assert list(seen.values()) == [[OURS], [], [THEIRS], []]
    with opening(HERE, told[f"purchases {OURS} 0"], "another") as connection:
        assert list(connection.scalars(sa.select(FINDINGS.c[AGENCY]))) == []


def test_answers_are_read_of_the_findings_that_are_seen_and_only_added_to():
    with engine(Role.ETL).connect() as connection:
        whose = {row.agency_code: row.finding_id for row in connection.execute(sa.select(FINDINGS).where(
            FINDINGS.c.city_code == HERE
        ))}  # fmt: skip
    row = {"city_code": HERE, "state": "answered", "words": "-", "by": "-"}
    with engine(Role.OFFICE).begin() as connection:
        for agency, finding in whose.items():
            connection.execute(sa.insert(ANSWERS).values(row | {"agency_code": agency, "finding_id": finding}))
    numbers = sa.select(ANSWERS.c.finding_id).order_by(ANSWERS.c.finding_id)
    with reading(HERE, OURS) as connection:
        assert list(connection.scalars(numbers)) == [whose[OURS]]
    with reading(HERE) as connection:
        assert list(connection.scalars(numbers)) == sorted(whose.values())
    for change in (sa.update(ANSWERS).values(words="lain"), sa.delete(ANSWERS)):
        with engine(Role.OFFICE).begin() as connection, pytest.raises(sa.exc.ProgrammingError, match="denied"):
            connection.execute(change)


def test_people_by_name_are_there_after_a_reason_and_of_the_agency_that_it_names():
    looks = {what: audit.opened(Look(HERE, "1", "Uji", "mayor", "inspection", "karena uji", what)) for what in (
        f"people {OURS}", "people *", "quarantine x y z"
    )}  # fmt: skip
    people = sa.select(TABLES["civil_servants"].c[AGENCY])
    seen = {}
    for what, entry in looks.items():
        with opening(HERE, entry, "1") as connection:
            seen[what] = sorted(connection.scalars(people))
    assert seen == {f"people {OURS}": [OURS], "people *": [OURS, THEIRS], "quarantine x y z": []}
    with opening(HERE, looks["people *"], "another") as connection:
        assert list(connection.scalars(people)) == []


def test_the_public_site_may_read_what_is_released_and_nothing_is():
    everything = METADATA.tables.values()
    assert everything and [table for table in everything if not is_closed(table, Role.PUBLIC)] == []
