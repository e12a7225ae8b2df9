"""What is held about one person: all of it, of nobody else, and only after it was written down who asks."""

import datetime as dt
import io
import json
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from dashboard.__main__ import main
from etl import audit, raw
from etl.audit import Look
from etl.catalogue import contracts
from etl.cities import load_city
from etl.crosschecks import check, rules
from etl.errors import PantauError
from etl.pseudonyms import pseudonym
from etl.readers.delivery import Delivery, refused_frame
from etl.rules import NIK, NIP
from etl.subject import held
from etl.warehouse import FINDINGS, QUARANTINE, SOURCES, TABLES, Role, engine
from tests.etl.made import source_of

pytestmark = pytest.mark.usefixtures("warehouse", "people")
CITY, OTHER = load_city("banyumas"), load_city("samarinda")
HER, HIS, HER_NIP = "3302010101800001", "3302010101800002", "198001012005012001"
NOW = dt.datetime(2026, 8, 25, tzinfo=dt.UTC)
LOOK = Look(CITY.code, "cli:uji", "uji", "command line", "subject", "surat nomor 12/2026", "subject access")


def put(table: sa.Table, city: str = CITY.code, **row: Any) -> None:
    with engine(Role.ETL).begin() as connection:
        ours = {"source": "uji"} | ({"known_from": NOW} if "known_from" in table.columns else {})
        connection.execute(sa.insert(table).values({"city_code": city} | ours | row))


def name(number: str, dataset: str, column: str) -> str:
    return pseudonym(number, contracts()[dataset][column].derived, 1)  # type: ignore[arg-type]  # it has one


@pytest.fixture(scope="module")
def people(warehouse: str) -> Iterator[None]:
    """Two people in two cities, in every place in which a number can stand."""
    for city in (CITY.code, OTHER.code):
        for nik in (HER, HIS):
            grant = {"programme": "BST", "stage": 1, "period": dt.date(2026, 8, 1), "amount": 1, "status": "paid"}
            who = {"nik": nik, "recipient": name(nik, "bansos_grants", "recipient"), "name": f"Orang {nik[-1]}"}
            put(TABLES["bansos_grants"], city, area_code="33.02", paid_on=dt.date(2026, 8, 5), **grant, **who)
    servant = {"nip": HER_NIP, "nik": HER, "name": "Orang 1", "agency_code": "D01", "status": "active"}
    both = {"buyer": name(HER_NIP, "civil_servants", "buyer"), "recipient": name(HER, "civil_servants", "recipient")}
    put(TABLES["civil_servants"], **servant, **both)
    order = {"order_id": "B-1", "line": 1, "ordered_at": NOW, "merchant_id": "M", "buyer_type": "asn", "amount": 5}
    put(TABLES["marketplace_orders"], **order, nip=HER_NIP, status="paid", quantity=1)
    for nik in (HER, HIS):
        refused = {"delivery": "x", "row": 1, "column": "", "reason_id": "-", "reason_en": "-", "received_at": NOW}
        put(QUARANTINE, dataset="bansos_grants", cells={"KET": f"NIK {nik[:4]} {nik[4:]} istri"}, **refused)
    check(rules()["aid_civil_servant"], CITY)
    told = {"city_code": CITY.code, "evidence": {}, "first_seen": NOW, "last_seen": NOW}
    subjects = {"own_shop": "B-1", "circular_buying": f"{'f' * 24} {both['buyer']}", "cancelled_after": "B-2"}
    with engine(Role.ETL).begin() as connection:
        for rule, subject in subjects.items():
            connection.execute(sa.insert(FINDINGS).values(told | {"rule": rule, "subject": subject}))
    source = source_of(contracts()["bansos_grants"], "penerima", CITY.slug)
    told = {"app": "-", "title_id": "-", "title_en": "-", "owner": "-", "licence": "-", "promise_s": 1}
    put(SOURCES, **{"source": source.name, "dataset": source.dataset, "simulated": True} | told)
    rows = pl.DataFrame({"NIK": [HIS, HER], "_row": [1, 2]})
    raw.keep(source, Delivery("a.csv", rows, {}, NOW, refused_frame()))
    raw.keep(source, Delivery("b.csv", rows.head(1), {}, NOW, refused_frame()))
    yield
    for path in raw.folder(CITY.slug, source.name).glob("*"):
        path.unlink()


def test_everything_of_her_and_nothing_of_him() -> None:
    found = held(HER, CITY, LOOK)
    assert {dataset: len(rows) for dataset, rows in found.rows.items()} == {
        "bansos_grants": 1, "civil_servants": 1, "marketplace_orders": 1,
    }  # fmt: skip
    assert len(found.refused) == 1 and sum(found.raw_files.values()) == 1
    assert {one["rule"] for one in found.findings} == {"aid_civil_servant", "own_shop", "circular_buying"}
    assert HIS not in json.dumps(vars(found), default=str)


def test_by_the_nip_it_is_the_same_person() -> None:
    assert held(HER_NIP, CITY, LOOK).rows == held(HER, CITY, LOOK).rows


def test_it_is_written_down_before_and_after_and_she_is_told_who_looked() -> None:
    before = len(audit.entries(CITY.code))
    held(HER, CITY, LOOK)
    made = audit.entries(CITY.code)
    assert [one["kind"] for one in made[:2]] == ["shown", "opened"] and len(made) == before + 2
    assert made[0]["row_count"] == 4 and HER not in json.dumps(made, default=str)
    assert held(HER, CITY, LOOK).looks[0]["reason"] == LOOK.reason
    assert all(one["at"] != made[0]["at"] for one in held(HIS, CITY, LOOK).looks)


def test_without_an_entry_there_are_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(look: Look) -> int:
        raise sa.exc.OperationalError("", {}, Exception("the trail is away"))

    monkeypatch.setattr(audit, "opened", away)
    monkeypatch.setattr("etl.subject._rows", pytest.fail)
    with pytest.raises(sa.exc.OperationalError):
        held(HER, CITY, LOOK)


@pytest.mark.parametrize("number", ["", "330201010180000", "33020101018000012", "١" * 16, "A" * 16])
def test_what_is_no_number_of_a_person_is_refused_and_not_repeated(number: str) -> None:
    with pytest.raises(PantauError, match="16 angka") as refusal:
        held(number, CITY, LOOK)
    assert not number or number not in str(refusal.value)


def test_every_column_with_a_number_of_a_person_is_looked_through() -> None:
    for contract in contracts().values():
        for column in contract.columns:
            if {NIK, NIP} & set(column.rules):
                assert column.sealed, f"{contract.name}.{column.name}: its seal is how the person is found"


def test_the_command_asks_for_the_number_and_takes_it_from_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    held(HER, CITY, LOOK)
    said = ["subject", "--city", CITY.slug, "--why", "surat nomor 12/2026"]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{HER[:6]} {HER[6:]}\n"))
    assert main([*said, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"]["bansos_grants"][0]["nik"] == HER and told["looks"]
    monkeypatch.setattr("sys.stdin", io.StringIO(HER))
    assert main(said) == 0
    assert "Siapa yang melihat" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([*said, HER])
    monkeypatch.setattr("sys.stdin", io.StringIO("12\n"))
    assert main(said) != 0
    assert main(["subject", "--city", CITY.slug, "--why", "x"]) != 0


def test_a_finding_about_her_was_made() -> None:
    with engine(Role.ETL).connect() as connection:
        mine = FINDINGS.c.rule == "aid_civil_servant"
        assert connection.scalar(sa.select(sa.func.count()).select_from(FINDINGS).where(mine)) == 1
