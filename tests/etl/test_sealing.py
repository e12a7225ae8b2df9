"""What is personal lies under a seal: in the database, its history, refused rows, corrections and raw files."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from etl import keys, raw, rollups, rotation, sealing
from etl.catalogue import contracts
from etl.cities import load_city
from etl.contract import Contract, Kind, Privacy
from etl.crosschecks import check, findings, rules
from etl.errors import PantauError
from etl.migrate import bring_up
from etl.office import OBJECTIONS
from etl.pseudonyms import pseudonym
from etl.readers.delivery import Delivery, refused_frame
from etl.sealing import Ring, is_sealed, place_of, seal, seal_file, sealed_key, sealed_rows, unseal, unseal_file
from etl.warehouse import FINDINGS, FIXES, HISTORIES, KEYS, QUARANTINE, REFUSED, TABLES, Role, engine, ring
from tests.etl.made import source_of

CITY = load_city("banyumas")
NIK, NAME = "3302010101800001", "Suparti Wulandari"
NOW = dt.datetime(2026, 8, 25, tzinfo=dt.UTC)
SEALED = [(contract, column) for contract in contracts().values() for column in contract.columns if column.sealed]
PLACE = "bansos_grants.nik"
A_CASE = {
    "known_from": NOW,
    "status": "confirmed",
    "case_id": "K-1",
    "report_date": NOW.date(),
    "area_code": "33.02",
    "source": "uji",
}


def dump() -> str:
    """Everything that the database holds, as somebody who stole it would read it."""
    with engine(Role.OWNER).connect() as connection:
        inspector = sa.inspect(connection)
        names = [
            (s, t) for s in ("warehouse", "history", "ledger", "office") for t in inspector.get_table_names(schema=s)
        ]
        rows = [sa.func.to_jsonb(sa.literal_column("x")).label("row")]
        tables = [sa.select(*rows).select_from(sa.table(table, schema=schema).alias("x")) for schema, table in names]
        found = [json.dumps(row, ensure_ascii=False) for query in tables for row in connection.scalars(query)]
    return "\n".join(sorted(found))


def put(table: sa.Table, **row: Any) -> None:
    with engine(Role.ETL).begin() as connection:
        connection.execute(sa.insert(table).values({"city_code": CITY.code} | row))


def objected() -> None:
    said = {"reference": "A" * 10, "received_at": NOW, "about": "other", "says": NAME, "contact": "", "nik": NIK}
    with engine(Role.OFFICE).begin() as connection:
        connection.execute(sa.insert(OBJECTIONS).values({"city_code": CITY.code} | said).inline())


def stored(table: sa.Table) -> list[dict[str, Any]]:
    with engine(Role.ETL).connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def a_person(dataset: str = "bansos_grants", recipient: str = "", **other: Any) -> dict[str, Any]:
    how = contracts()[dataset]["recipient"].derived
    plain = {"programme": "BST", "stage": 1, "period": dt.date(2026, 8, 1), "amount": 200_000, "status": "paid"}
    who = {"nik": NIK, "recipient": recipient or pseudonym(NIK, how, 1), "name": NAME, "area_code": "33.02.01.2001"}
    return plain | who | {"source": "uji", "known_from": NOW, "paid_on": dt.date(2026, 8, 5)} | other


def test_whatever_is_personal_is_sealed_but_for_pseudonyms_and_days() -> None:
    personal = {
        (contract.name, column.name): column
        for contract in contracts().values()
        for column in contract.columns
        if column.privacy >= Privacy.P2
    }
    open_ones = {name for name, column in personal.items() if not column.sealed}
    of_cross_checks = {("marketplace_orders", "payer")}
    of_cross_checks |= {(dataset, "shop_owner") for dataset in ("civil_servants", "merchants")}
    of_cross_checks |= {(dataset, "recipient") for dataset in ("civil_servants", "deaths", "moves")}
    assert open_ones == {("deaths", "died_on"), ("moves", "moved_on")} | of_cross_checks


@given(st.text(), st.text())
def test_what_is_sealed_comes_back_and_only_at_its_place(plain: str, other: str) -> None:
    sealed = seal(plain, PLACE, 1)
    assert unseal(sealed, PLACE) == plain and seal(plain, PLACE, 1) == sealed
    assert seal(plain, "deaths.nik", 1) != sealed and (plain == other) == (seal(other, PLACE, 1) == sealed)
    assert not is_sealed(sealed, "deaths.nik") and not is_sealed(sealed[:-5], PLACE) and not is_sealed(plain, PLACE)


@given(st.binary(max_size=200), st.integers(0, 30))
def test_a_changed_file_does_not_open(content: bytes, at: int) -> None:
    sealed = seal_file(content)
    assert unseal_file(sealed) == content
    changed = bytearray(sealed)
    changed[-1 - at % 16] ^= 1
    with pytest.raises(PantauError, match="kembalikan kunci vault"):
        unseal_file(bytes(changed))


@pytest.mark.parametrize(("contract", "column"), SEALED, ids=lambda one: one.name)
@pytest.mark.usefixtures("warehouse")
def test_every_sealed_column_comes_back_as_its_kind(contract: Contract, column: Any) -> None:
    value: Any = {Kind.INTEGER: 34, Kind.DECIMAL: -7.4201}.get(column.kind, "3302010101800001")
    rows = sealed_rows(pl.DataFrame({column.name: [value, None]}), contract, Ring())
    text, nothing = rows[column.name]
    assert unseal(text, place_of(contract, column)) == str(value) and nothing is None
    typed = sa.select(sa.type_coerce(sa.literal(text, sa.Text()), TABLES[contract.name].c[column.name].type))
    with engine(Role.ETL).connect() as connection:
        assert connection.scalar(typed) == value


def forget() -> None:
    """What the process remembers of keys."""
    for remembered in (keys.secret, sealing._cipher, sealing._file_cipher):
        remembered.cache_clear()


@pytest.mark.usefixtures("new_warehouse")
class TestStored:
    """In a database of its own: keys are replaced here."""

    @pytest.fixture(autouse=True)
    def further_keys_of_its_own(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
        """The keys that others began with stay theirs: later versions are made elsewhere."""
        known = keys._file
        later = re.compile(r".+_\d+")
        monkeypatch.setattr(
            keys, "_file", lambda name: tmp_path / name if later.fullmatch(name.split(".")[0]) else known(name)
        )
        forget()
        yield
        forget()

    def test_a_dump_names_nobody(self) -> None:
        put(TABLES["bansos_grants"], **a_person())
        put(HISTORIES["bansos_grants"], **a_person(stage=2, known_to=NOW))
        put(TABLES["covid_cases"], age=34, **A_CASE)
        refused = {"delivery": "x", "row": 1, "column": "nik", "reason_id": "-", "reason_en": "-", "received_at": NOW}
        put(QUARANTINE, source="u", dataset="bansos_grants", value=NIK, cells={"NAMA": NAME, "X": None}, **refused)
        put(FIXES, kind="edit", written=NIK, means=NAME, why="-", made_by="-")
        objected()
        told = dump()
        assert NIK not in told and "Suparti" not in told and '"K-1"' not in told and "BST" in told
        (row,) = stored(TABLES["bansos_grants"])
        assert (row["nik"], row["name"]) == (NIK, NAME)
        assert [one["age"] for one in stored(TABLES["covid_cases"])] == [34]
        (refusal,), (fix,) = stored(QUARANTINE), stored(FIXES)
        assert refusal["cells"] == {"NAMA": NAME, "X": None} and refusal["value"] == fix["written"] == NIK

    def test_what_was_stored_before_is_sealed_by_the_next_migration_and_only_once(self) -> None:
        put(TABLES["bansos_grants"], **a_person())
        with engine(Role.OWNER).begin() as connection:
            table = TABLES["bansos_grants"]
            plain = {"nik": sa.type_coerce(sa.literal(NIK), sa.Text()), "name": sa.type_coerce(NAME, sa.Text())}
            connection.execute(sa.update(table).values(plain))
            connection.execute(sa.delete(KEYS))
            for table in (TABLES["covid_cases"], HISTORIES["covid_cases"]):
                change = "ALTER TABLE %(table)s ALTER COLUMN age TYPE bigint USING age::bigint"
                connection.execute(sa.DDL(change, context={"table": table.fullname}))
            aged = {"age": sa.literal(34, sa.BigInteger())}
            connection.execute(sa.insert(TABLES["covid_cases"]).values({"city_code": CITY.code} | A_CASE | aged))
            connection.execute(sa.update(TABLES["covid_cases"]).values(case_id=sa.literal("K-1", sa.Text())))
        assert NIK in dump()
        bring_up()
        once = dump()
        bring_up()
        assert dump() == once and NIK not in once and "Suparti" not in once
        assert [one["nik"] for one in stored(TABLES["bansos_grants"])] == [NIK]
        assert [(one["case_id"], one["age"]) for one in stored(TABLES["covid_cases"])] == [("K-1", 34)]

    def test_another_key_for_seals_changes_every_seal_and_no_cell(self) -> None:
        put(TABLES["bansos_grants"], **a_person())
        put(HISTORIES["bansos_grants"], **a_person(stage=2, known_to=NOW))
        refused = {"delivery": "x", "row": 1, "column": "nik", "reason_id": "-", "reason_en": "-", "received_at": NOW}
        key = sealed_key({"request_id": "P-1"}, contracts()["service_requests"], Ring())
        put(
            QUARANTINE, source="u", dataset="service_requests", value=NIK, cells={"NAMA": NAME, "X": None}, key=key,
            **refused,
        )  # fmt: skip
        objected()
        before = dump()
        done: list[str] = []
        assert rotation.rotate("vault", done.append) == 2 and REFUSED in done and PLACE in done
        after = dump()
        with engine(Role.ETL).connect() as connection:
            assert ring(connection).version(PLACE) == ring(connection).version(REFUSED) == 2
        assert '"1:' in before and '"1:' not in after and '"2:' in after
        assert {one["nik"] for table in (TABLES, HISTORIES) for one in stored(table["bansos_grants"])} == {NIK}
        (refusal,) = stored(QUARANTINE)
        assert refusal["cells"] == {"NAMA": NAME, "X": None} and refusal["value"] == NIK
        assert unseal(refusal["key"]["request_id"], "service_requests.request_id") == "P-1"
        (objection,) = stored(OBJECTIONS)
        assert (objection["says"], objection["nik"], objection["note"]) == (NAME, NIK, None)

    def test_another_key_for_pseudonyms_renames_everyone_everywhere_alike(self) -> None:
        put(TABLES["bansos_grants"], **a_person())
        put(TABLES["bansos_grants"], **a_person(stage=2, recipient="b" * 24))  # not of this number
        dead = {"deed_no": "1", "nik": NIK, "died_on": dt.date(2026, 8, 1), "registered_on": dt.date(2026, 8, 2)}
        of = contracts()["deaths"]["recipient"].derived
        put(TABLES["deaths"], **dead, recipient=pseudonym(NIK, of, 1), area_code="33.02", source="u", known_from=NOW)
        rule = rules()["aid_after_death"]
        check(rule, CITY)
        former = stored(FINDINGS)
        with engine(Role.ETL).begin() as connection:
            for kept in rollups.KEPT["bansos_grants"]:
                rollups.fill(connection, kept, CITY.code)
        assert rotation.rotate("pseudonym_bansos", lambda purpose: None) == 2
        with engine(Role.ETL).connect() as connection:
            assert not any(rollups.differing(connection, kept, CITY.code) for kept in rollups.KEPT["bansos_grants"])
        names = {one["stage"]: one["recipient"] for one in stored(TABLES["bansos_grants"])}
        assert names[1] == pseudonym(NIK, of, 2) == stored(TABLES["deaths"])[0]["recipient"]
        assert names[2] not in ("b" * 24, names[1]) and len(names[2]) == 24
        check(rule, CITY)
        (one,) = stored(FINDINGS)
        assert (one["state"], one["finding_id"], one["subject"]) == ("open", former[0]["finding_id"], names[1])
        with engine(Role.ETL).connect() as connection:
            (finding,) = findings(connection, CITY.code, rule.name)
        assert finding["evidence"]["nik"] == "…0001"

    def test_a_finding_about_two_is_renamed_wherever_one_of_them_stands(self) -> None:
        put(TABLES["bansos_grants"], **a_person())
        (before,) = stored(TABLES["bansos_grants"])
        seen = {"rule": "x", "evidence": {}, "first_seen": NOW, "last_seen": NOW}
        put(FINDINGS, subject=f"lain {before['recipient']} 2026-08", **seen)
        rotation.rotate("pseudonym_bansos", lambda purpose: None)
        (after,) = stored(TABLES["bansos_grants"])
        assert [one["subject"] for one in stored(FINDINGS)] == [f"lain {after['recipient']} 2026-08"]
        assert before["recipient"] != after["recipient"]

    def test_a_rotation_that_was_cut_is_finished_by_the_next(self) -> None:
        put(TABLES["bansos_grants"], **a_person())

        def cut(purpose: str) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            rotation.rotate("vault", cut)
        assert [one["name"] for one in stored(TABLES["bansos_grants"])] == [NAME]
        assert rotation.rotate("vault", lambda purpose: None) == 2
        assert rotation.rotate("vault", lambda purpose: None) == 3
        assert [one["name"] for one in stored(TABLES["bansos_grants"])] == [NAME]

    def test_a_key_that_there_is_not_is_refused_by_name(self) -> None:
        with pytest.raises(PantauError, match="pseudonym_asn"):
            rotation.rotate("pseudonym_nobody", lambda purpose: None)


def test_raw_files_are_sealed() -> None:
    source = source_of(contracts()["bansos_grants"])
    rows = pl.DataFrame({"NIK": [NIK], "NAMA": [NAME], "_row": [1]})
    delivery = Delivery("penerima.csv", rows, {}, NOW, refused_frame())
    kept = raw.keep(source, delivery)
    assert kept
    content = kept.path.read_bytes()
    assert NIK.encode() not in content and NAME.encode() not in content and b"PAR1" not in content
    again = raw.read(source, kept.digest, NOW)
    assert again and again.rows.equals(rows) and again.name == "penerima.csv"
    kept.path.unlink()
