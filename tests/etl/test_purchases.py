"""Buyers who do not fit the list, and orders that do not count: one case of each, and what is none."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from dashboard.compliance import State, person_months
from etl.cities import load_city
from etl.crosschecks import rules
from etl.errors import CityError
from etl.warehouse import NOT_COUNTED, TABLES, Role, engine, reading
from tests.etl.test_crosschecks import MONTH, NOW, clean, found, put
from tests.etl.test_pipeline import CITY as TOML

__all__ = ["clean"]

pytestmark = pytest.mark.usefixtures("warehouse", "clean")
CITY = load_city("samarinda")
NIP = "198503122010011005"


def servant(buyer: str, **other: Any) -> dict[str, Any]:
    plain = {"city_code": CITY.code, "name": "x", "agency_code": "D01", "status": "active", "post": "Pelaksana"}
    return plain | {"nip": f"{NIP}{buyer}", "buyer": buyer, "shop_owner": f"orang-{buyer}"} | other


def order(order_id: str, buyer: str, **other: Any) -> dict[str, Any]:
    plain = {"city_code": CITY.code, "line": 1, "ordered_at": NOW, "merchant_id": "M1", "quantity": 1, "amount": 50_000}
    whose = {"order_id": order_id, "buyer": buyer, "buyer_type": "asn", "agency_code": "D01", "status": "paid"}
    return plain | whose | {"payer": f"akun-{buyer}"} | other


def shop(merchant_id: str, owner: str) -> dict[str, Any]:
    where = {"city_code": CITY.code, "area_code": "64.72.01.1001", "joined_on": MONTH, "name": "Toko"}
    return where | {"merchant_id": merchant_id, "shop_owner": owner}


def subjects(rule: str) -> list[str]:
    return sorted(one["subject"] for one in found(rule, city=CITY))


def test_a_nip_that_nobody_has():
    put("civil_servants", servant("a"))
    put("marketplace_orders", order("1", "a"), order("2", "asing"), order("3", "asing", status="cancelled"))
    (one,) = found("unknown_buyer", city=CITY)
    assert (one["subject"], one["agency_code"], one["evidence"]["order_ids"]) == ("asing", "D01", ["2", "3"])
    assert "periksa NIP-nya" in rules()["unknown_buyer"].meaning.id


def test_an_order_after_retirement_and_none_on_the_last_day():
    last = dt.date(2026, 8, 24)  # the day before NOW
    put("civil_servants", servant("a", status="retired", retired_on=last), servant("b", retired_on=NOW.date()))
    put("marketplace_orders", order("1", "a"), order("2", "a", ordered_at=NOW - dt.timedelta(days=9)), order("3", "b"))
    (one,) = found("retired_buyer", city=CITY)
    assert (one["subject"], one["evidence"]["order_ids"], one["evidence"]["retired_on"]) == ("a", ["1"], "2026-08-24")


def test_midnight_is_the_citys():
    """At 17:00 UTC it is one o'clock of the next day there."""
    put("civil_servants", servant("a", status="retired", retired_on=dt.date(2026, 8, 25)))
    put("marketplace_orders", order("1", "a", ordered_at=NOW.replace(hour=15)))
    assert subjects("retired_buyer") == []
    put("marketplace_orders", order("2", "a", ordered_at=NOW.replace(hour=17)))
    assert subjects("retired_buyer") == ["a"]


@pytest.mark.parametrize("agencies", [("D01", "D01"), ("D01", "D02")])
def test_one_person_under_two_nips_in_one_agency_or_in_two(agencies: tuple[str, str]):
    put("civil_servants", *(servant(str(n), shop_owner="orang", agency_code=code) for n, code in enumerate(agencies)))
    put(
        "civil_servants",
        servant("b"),
        servant("c", shop_owner="lain"),
        servant("d", shop_owner="lain", status="retired"),
    )
    (one,) = found("asn_twice", city=CITY)
    assert (one["subject"], one["agency_code"], one["evidence"]["rows"]) == ("orang", "D01", 2)
    assert one["evidence"]["agencies"] == sorted(set(agencies))
    assert {len(one["evidence"][name]) for name in ("nip", "other_nip")} == {5}


def test_a_servant_without_a_nik_is_nobodys_double():
    put("civil_servants", servant("a", shop_owner=None), servant("b", shop_owner=None), servant("c"))
    assert subjects("asn_twice") == []


def test_an_order_at_the_own_shop_meets_no_obligation_until_the_shop_is_anothers():
    put("civil_servants", servant("a"), servant("b"))
    put("merchants", shop("M1", "orang-a"), shop("M2", "orang-b"))
    earlier = order("0", "c", ordered_at=NOW - dt.timedelta(days=40))  # the month is known from its first day on
    put("marketplace_orders", earlier, order("1", "a"), order("2", "b"))
    assert met() == {"a": State.MET, "b": State.MET}
    assert subjects("own_shop") == ["1"]
    assert met() == {"a": State.OPEN, "b": State.MET} and not_counted() == ["1"]
    with engine(Role.ETL).begin() as connection:
        shops = TABLES["merchants"]
        connection.execute(sa.update(shops).where(shops.c.merchant_id == "M1").values(shop_owner="orang-lain"))
    assert subjects("own_shop") == [] and not_counted() == []
    assert met() == {"a": State.MET, "b": State.MET}


def met() -> dict[str, str]:
    """The state of each civil servant's obligation in the month, as the web reads it."""
    months = person_months(CITY, MONTH, NOW + dt.timedelta(hours=1))
    with reading(CITY.code) as connection:
        return {row.buyer: row.state for row in connection.execute(sa.select(months))}


def not_counted() -> list[str]:
    with reading(CITY.code) as connection:
        return list(connection.scalars(sa.select(NOT_COUNTED.c.order_id).where(NOT_COUNTED.c.rule == "own_shop")))


def test_a_city_sets_its_own_numbers(tmp_path_factory: pytest.TempPathFactory):
    def told(line: str) -> Any:
        root = tmp_path_factory.mktemp("kota")
        (root / "kotaku").mkdir()
        (root / "kotaku" / "city.toml").write_text(f"{TOML}\n[purchase_checks]\n{line}\n")
        return load_city("kotaku", root).purchase_checks

    assert (told("account_buyers = 3").account_buyers, told("").account_buyers) == (3, 4)
    for line in ("account_buyers = 0", "account_buyers = 2.5", "akun = 3"):
        with pytest.raises(CityError, match=r"purchase_checks|akun"):
            told(line)
