"""Cross-checks keep a history, say what they cannot know, and show the web how many, never who."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from etl.__main__ import main
from etl.catalogue import contracts
from etl.cities import City, load_city
from etl.contract import Privacy
from etl.crosschecks import check, check_changed, counts, findings, missing, rules
from etl.finding import Rule
from etl.text import Text
from etl.warehouse import CHECKS, FINDINGS, TABLES, VERSIONS, Role, engine, reading

pytestmark = pytest.mark.usefixtures("warehouse", "clean")
BANYUMAS = load_city("banyumas")
NOW = dt.datetime(2026, 8, 25, tzinfo=dt.UTC)
MONTH = dt.date(2026, 8, 1)
ALL_RULES = pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.name)


@pytest.fixture
def clean() -> Iterator[None]:
    yield
    with engine(Role.OWNER).begin() as connection:
        for table in (CHECKS, FINDINGS, VERSIONS, *TABLES.values()):
            connection.execute(sa.delete(table))


def put(dataset: str, *rows: dict[str, Any]) -> None:
    """Rows as they stand in the warehouse."""
    ours = {"city_code": BANYUMAS.code, "source": "uji", "known_from": NOW}
    with engine(Role.ETL).begin() as connection:
        connection.execute(sa.insert(TABLES[dataset]), [ours | row for row in rows])


def grant(recipient: str, programme: str, **other: Any) -> dict[str, Any]:
    plain = {"stage": 1, "period": MONTH, "amount": 200_000, "status": "paid", "paid_on": dt.date(2026, 8, 5)}
    who = {"nik": "3302010101800001", "recipient": recipient, "area_code": "33.02.01.2001"}
    return plain | who | {"programme": programme} | other


def remove(dataset: str) -> None:
    with engine(Role.ETL).begin() as connection:
        connection.execute(sa.delete(TABLES[dataset]))


def found(rule: str, cleared: bool = False, city: City = BANYUMAS) -> list[dict[str, Any]]:
    check(rules()[rule], city)
    with engine(Role.ETL).connect() as connection:
        return findings(connection, city.code, rule, cleared)


@ALL_RULES
def test_a_rule_says_what_it_means(rule: Rule):
    for text in (rule.title, rule.meaning, rule.owner):
        assert isinstance(text, Text) and text.id.strip() and text.en.strip()
    for dataset, column in rule.reads:
        contracts()[dataset][column]
    assert rule.privacy >= max(Privacy.P2, *(contracts()[dataset].privacy for dataset in rule.datasets))


@ALL_RULES
def test_a_rule_reads_only_what_it_declares(rule: Rule):
    query = rule.found(BANYUMAS)
    assert query is not None
    named = {table.name for table in sa.sql.visitors.iterate(query) if isinstance(table, sa.Table)}
    assert named == set(rule.datasets)


@ALL_RULES
def test_a_city_without_the_data_is_not_said_to_be_clean(rule: Rule, capsys: pytest.CaptureFixture[str]):
    assert check(rule, BANYUMAS) is None
    with engine(Role.ETL).connect() as connection:
        assert missing(connection, rule, BANYUMAS) and counts(connection, BANYUMAS.code) == []
    assert main(["findings", "--city", "banyumas", "--rule", rule.name]) == 0
    assert "tidak dapat diperiksa" in capsys.readouterr().out


def test_programmes_that_a_city_declares_exclude_each_other():
    both, unpaid = (
        (grant("a", "JPSBMS"), grant("a", "PKH")),
        (grant("b", "JPSBMS"), grant("b", "PKH", status="verified")),
    )
    allowed = (grant("c", "PKH"), grant("c", "BPNT"))
    apart = (grant("d", "JPSBMS"), grant("d", "BST", period=dt.date(2026, 7, 1)))
    put("bansos_grants", *both, *unpaid, *allowed, *apart)
    (one,) = found("aid_exclusive")
    assert one["subject"] == "a 2026-08" and one["evidence"]["nik"] == "…0001"
    assert [paid["programme"] for paid in one["evidence"]["payments"]] == ["JPSBMS", "PKH"]


def test_a_rule_that_a_city_no_longer_declares_holds_no_more():
    put("bansos_grants", grant("a", "JPSBMS"), grant("a", "PKH"))
    assert len(found("aid_exclusive")) == 1
    assert found("aid_exclusive", city=msgspec.structs.replace(BANYUMAS, exclusive_aid={})) == []


def test_a_finding_is_kept_cleared_and_found_anew():
    pair = (grant("a", "JPSBMS"), grant("a", "PKH"))
    put("bansos_grants", *pair)
    (first,), (again,) = found("aid_exclusive"), found("aid_exclusive")
    assert again["finding_id"] == first["finding_id"] and again["first_seen"] == first["first_seen"]
    assert again["last_seen"] > first["last_seen"]
    remove("bansos_grants")
    put("bansos_grants", pair[0])
    assert found("aid_exclusive") == []
    (gone,) = found("aid_exclusive", cleared=True)
    assert gone["state"] == "cleared" and gone["cleared_at"] and gone["evidence"] == again["evidence"]
    put("bansos_grants", pair[1])
    assert [one["state"] for one in found("aid_exclusive", cleared=True)] == ["cleared", "open"]


def test_the_civil_servant_and_the_dead_are_met_by_their_pseudonyms():
    put("bansos_grants", grant("a", "JPSBMS"), grant("b", "JPSBMS"), grant("c", "JPSBMS"), grant("d", "JPSBMS"))
    servant = {"nip": "1", "name": "x", "agency_code": "D01", "status": "active", "recipient": "a"}
    put("civil_servants", servant, servant | {"nip": "2", "recipient": "b", "status": "retired"})
    dead = {"deed_no": "1", "nik": "x", "registered_on": NOW, "area_code": "33.02", "recipient": "c"}
    put("deaths", dead | {"died_on": dt.date(2026, 8, 4)},
        dead | {"deed_no": "2", "recipient": "d", "died_on": dt.date(2026, 8, 5)})  # fmt: skip
    assert [one["subject"] for one in found("aid_civil_servant")] == ["a"]
    assert [one["subject"] for one in found("aid_after_death")] == ["c"]


def test_only_what_changed_is_checked_again():
    put("bansos_grants", grant("a", "JPSBMS"), grant("a", "PKH"))
    seen: dict[tuple[str, str], tuple[int, ...]] = {}
    assert check_changed([BANYUMAS], seen) == len(rules()) and check_changed([BANYUMAS], seen) == 0
    version = {"city_code": BANYUMAS.code, "dataset": "bansos_grants", "version": 1, "changed_at": NOW}
    with engine(Role.ETL).begin() as connection:
        connection.execute(sa.insert(VERSIONS).values(version))
    assert check_changed([BANYUMAS], seen) == sum("bansos_grants" in rule.datasets for rule in rules().values())


def test_the_web_sees_how_many_and_never_who(capsys: pytest.CaptureFixture[str]):
    put("bansos_grants", grant("a", "JPSBMS"), grant("a", "PKH"))
    assert main(["findings", "--city", "banyumas"]) == 0
    said = capsys.readouterr().out
    assert "banyumas/aid_exclusive" in said and "…0001" in said and "3302010101800001" not in said
    with reading(BANYUMAS.code) as connection:
        (one,) = counts(connection, BANYUMAS.code)
        assert (one["rule"], one["found"]) == ("aid_exclusive", 1)
        connection.execute(sa.select(FINDINGS.c.rule, FINDINGS.c.state, FINDINGS.c.first_seen)).one()
    for column in (FINDINGS.c.subject, FINDINGS.c.evidence):
        with (
            reading(BANYUMAS.code) as connection,
            pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
        ):
            connection.execute(sa.select(column))


def test_findings_are_told_to_machines(capsys: pytest.CaptureFixture[str]):
    put("bansos_grants", grant("a", "JPSBMS"), grant("a", "PKH"))
    assert main(["findings", "--city", "banyumas", "--rule", "aid_exclusive", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["found"], one["severity"], one["findings"][0]["subject"]) == (1, "look", "a 2026-08")
