"""The sieve, for every contract that there is: no row falls between, none that is bad gets through."""

from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from etl.areas import AreaBook
from etl.catalogue import contracts
from etl.cells import TYPES
from etl.contract import Contract, Kind, Pseudonym
from etl.errors import SchemaChanged
from etl.sift import Sifted, sift
from etl.source import AreaCells, Cell
from tests.etl.made import AREA_CODES, any_row, broken, delivery_of, good_row, source_of

ALL = pytest.mark.parametrize("contract", contracts().values(), ids=lambda contract: contract.name)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def sifted(rows: list[dict[str, Any]], contract: Contract, areas: AreaBook, **changed: Any) -> Sifted:
    source = replace(source_of(contract), **changed)
    return sift(delivery_of(rows, contract).rows, contract, source, areas, "Asia/Makassar", "berkas.csv")


@ALL
def test_every_good_row_gets_through(contract: Contract, samarinda: AreaBook):
    @FEW
    @given(rows=st.lists(good_row(contract), max_size=4))
    def check(rows: list[dict[str, Any]]) -> None:
        found = sifted(rows, contract, samarinda)
        assert found.bad.to_dicts() == [] and found.good["_row"].to_list() == list(range(2, len(rows) + 2))

    check()


@ALL
def test_no_row_falls_between_keeps_a_fault_or_is_refused_without_a_word(contract: Contract, samarinda: AreaBook):
    """Three laws of the same rows: to draw them costs more than to ask."""

    @FEW
    @given(rows=st.lists(any_row(contract), max_size=5), alone=st.booleans())
    def check(rows: list[dict[str, Any]], alone: bool) -> None:
        found = sifted(rows, contract, samarinda, skip_exact_duplicates=alone)
        assert alone or not found.duplicates
        assert_none_falls_between(found, len(rows))
        assert_every_rule_is_kept(found.good, contract)
        assert_every_refusal_says_why(found.bad, contract, rows)

    check()


def assert_none_falls_between(found: Sifted, delivered: int) -> None:
    assert found.good.height + found.bad.height + found.duplicates == delivered
    for frame in (found.good, found.bad):
        assert frame["_row"].is_sorted()
    assert not set(found.good["_row"]) & set(found.bad["_row"])


def assert_every_rule_is_kept(good: pl.DataFrame, contract: Contract) -> None:
    assert good.columns == ["_row", *(column.name for column in contract.columns)]
    for column in contract.columns:
        values = good[column.name].to_list()
        assert None not in values or not (column.required or column.name in contract.key)
        assert not [value for value in values if value is not None and broken(column, value)]
        assert column.kind is not Kind.AREA or set(values) <= {*AREA_CODES, None}


def assert_every_refusal_says_why(bad: pl.DataFrame, contract: Contract, rows: list[dict[str, Any]]) -> None:
    for refused in bad.iter_rows(named=True):
        contract[refused["column"]]
        assert refused["reason_id"] and refused["reason_en"] and refused["reason_id"] != refused["reason_en"]
        written = rows[refused["_row"] - 2]
        there = {name: text.replace("\0", "␀") for name, text in written.items() if text is not None}
        assert refused["cells"] == there


def marketplace(samarinda: AreaBook, **cells: str | None) -> Sifted:
    row: dict[str, str | None] = {
        "order_id": "A-1", "line": "1", "ordered_at": "2021-03-01T10:00:00Z", "merchant_id": "M1", "quantity": "2",
        "amount": "15000", "buyer_type": "asn", "status": "paid", "nip": "198001012005011001",
    }  # fmt: skip
    return sifted([row | cells], contracts()["marketplace_orders"], samarinda)


@pytest.mark.parametrize("nip", ["1.98001012005011E+17", "198001012005011000.0", "2E+17", "1,98E+17", "19800101"])
def test_an_identifier_that_became_a_number_is_refused(samarinda: AreaBook, nip: str):
    found = marketplace(samarinda, nip=nip)
    assert found.bad["column"].to_list() == ["nip"] and found.bad["value"].to_list() == [nip]


def test_a_printed_identifier_is_the_same(samarinda: AreaBook):
    plain, printed = marketplace(samarinda), marketplace(samarinda, nip="19800101 200501 1 001")
    assert plain.good["nip"].to_list() == printed.good["nip"].to_list() == ["198001012005011001"]
    assert plain.good["buyer"].to_list() == printed.good["buyer"].to_list()


def test_digits_of_another_script_are_no_identifier(samarinda: AreaBook):
    assert marketplace(samarinda, nip="١" * 18).bad["column"].to_list() == ["nip"]


def test_a_pseudonym_is_stable_and_keyed_and_nobody_has_none(samarinda: AreaBook, monkeypatch: pytest.MonkeyPatch):
    (first,) = marketplace(samarinda).good["buyer"]
    (again,) = marketplace(samarinda, order_id="B-2").good["buyer"]
    (other,) = marketplace(samarinda, nip="198001012005011002").good["buyer"]
    (nobody,) = marketplace(samarinda, nip=None).good["buyer"]
    monkeypatch.setattr("etl.pseudonyms.keys.secret", lambda name: "ab" * 32)
    (elsewhere,) = marketplace(samarinda).good["buyer"]
    assert first == again and len({first, other, elsewhere}) == 3 and nobody is None
    assert "198001012005011001" not in first


def test_two_domains_of_pseudonyms_cannot_be_joined():
    domains = {column.derived.domain for contract in contracts().values() for column in contract.columns
               if isinstance(column.derived, Pseudonym)}  # fmt: skip
    assert len(domains) >= 2


def test_the_same_civil_servant_is_the_same_buyer(samarinda: AreaBook):
    row = {"nip": "198001012005011001", "name": "A", "agency_code": "X", "status": "active"}
    (known,) = sifted([row], contracts()["civil_servants"], samarinda).good["buyer"]
    assert marketplace(samarinda).good["buyer"].to_list() == [known]


def test_an_exact_duplicate_is_counted_and_the_first_stays(samarinda: AreaBook):
    row = {"agency_code": "A", "name": "Dinas", "short_name": "D"}
    rows = [row, row | {"name": "Badan"}, row, row]
    found = sifted(rows, contracts()["agencies"], samarinda, skip_exact_duplicates=True)
    assert (found.good["_row"].to_list(), found.duplicates) == ([2, 3], 2)


@ALL
def test_a_required_column_that_is_not_mapped_is_named(contract: Contract, samarinda: AreaBook):
    for column in contract.delivered:
        if column.required and column.kind is not Kind.AREA:
            mapped = {name: words for name, words in source_of(contract).columns.items() if name != column.name}
            with pytest.raises(SchemaChanged, match=rf"kota, sumber sumber, berkas berkas.csv.*{column.name}"):
                sifted([], contract, samarinda, columns=mapped)


@ALL
def test_what_a_source_does_not_bring_has_the_contracts_type(contract: Contract, samarinda: AreaBook):
    needed = {name: words for name, words in source_of(contract).columns.items() if contract[name].required}
    nothing = {name: Cell(constant="x") for name in needed}
    bare = sifted([], contract, samarinda, columns=nothing).good
    assert bare.height == 0 and bare.columns == ["_row", *(column.name for column in contract.columns)]
    full = sifted([], contract, samarinda).good
    assert (
        bare.schema
        == full.schema
        == {"_row": pl.Int64} | {column.name: TYPES.get(column.kind, pl.String()) for column in contract.columns}
    )


@pytest.mark.parametrize(
    ("kelurahan", "kecamatan", "told"),
    [
        ("Sidodadii", "Samarinda Ulu", "mungkin Sidodadi"),
        ("Jl. Merdeka No. 12", None, "Jl. Merdeka No. 12"),
        ("Sidodadi", "Samarinda Ulo", "mungkin Samarinda Ulu"),
    ],
)
def test_an_unknown_area_is_refused_with_the_nearest(samarinda: AreaBook, kelurahan: str, kecamatan: str, told: str):
    written = {"merchant_id": "M", "name": "Toko", "joined_on": "2021-03-01", "KEL": kelurahan, "KEC": kecamatan}
    rows = pl.DataFrame([{**written, "_row": 7}], schema=dict.fromkeys(written, pl.String) | {"_row": pl.Int64})
    columns = {name: name for name in ("merchant_id", "name", "joined_on")}
    contract = contracts()["merchants"]
    source = replace(source_of(contract), columns=columns, area=AreaCells(kelurahan="KEL", kecamatan="KEC"))
    bad = sift(rows, contract, source, samarinda, "Asia/Makassar", "berkas.csv").bad.to_dicts()
    assert [(refused["_row"], refused["column"]) for refused in bad] == [(7, "area_code")]
    assert told in bad[0]["reason_id"] and kelurahan in bad[0]["value"]
