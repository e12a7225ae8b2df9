"""Every statement and every key is one that a Citus cluster takes: by city, on one node, without a cross-node key.

What is declared is asked: all tables, the loads of all datasets, all cross-checks, indicators and pages.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import insert

from dashboard.areas import Places
from dashboard.indicators import indicators
from dashboard.queries import filters, measure
from etl import load, retention
from etl.areas import area_book
from etl.catalogue import contracts
from etl.cities import all_cities, load_city
from etl.citus import Place
from etl.contract import Contract
from etl.crosschecks import rules
from etl.distribution import CITY, DECLARING, every_table, place_of
from etl.grants import every_policy, looks_elsewhere, on_cluster
from etl.merge import Meeting, Precedence
from etl.warehouse import HISTORIES, NOT_COUNTED, TABLES
from tests.cluster_law import broken, sharded
from tests.recorder import NOW, Recorder
from tests.test_catalogue import PAGE_FILES, page, questions

assert DECLARING  # every table is declared once these are imported
ORDERS, CALLS = TABLES["marketplace_orders"], TABLES["emergency_calls"]
SHARDED = [table for table in every_table() if sharded(table)]
# Facts that stay on the coordinator: their rules on rows look at Jejak akses, or at one another.
HELD_BACK = {"civil_servants", "asn_exemptions"}


class Scribe(Recorder):
    """Writes everything down; whatever is counted is one."""

    def execute(self, query: Any, values: Any = None) -> Any:
        self.queries.append(query)
        return Changed()

    def scalar(self, query: Any) -> Any:
        self.queries.append(query)
        return 1

    def _run_ddl_visitor(self, *_: Any, **__: Any) -> None:
        """A table for the time of a load is made and goes: it is the coordinator's."""


class Changed(list[Any]):
    """The answer to a change, or to a question that finds nothing."""

    rowcount = 0

    def mappings(self) -> "Changed":
        return self

    all = mappings


# Tables


def test_facts_lie_with_their_city_and_the_rest_has_a_reason():
    lie = {table.fullname: place_of(table) for table in every_table()}
    assert all(why.id and why.en for _, why in lie.values())
    facts = {name for name, (place, _) in lie.items() if place is Place.SHARDED}
    assert {"warehouse.marketplace_orders", "history.marketplace_orders", "warehouse.emergency_calls"} <= facts
    kept = {t.name for t in (*TABLES.values(), *HISTORIES.values()) if lie[t.fullname][0] is Place.KEPT}
    assert kept == HELD_BACK
    copied = {name for name, (place, _) in lie.items() if place is Place.COPIED}
    assert copied == {f"{schema}.{name}" for schema in ("warehouse", "history") for name in ("areas", "agencies")}


@pytest.mark.parametrize("table", SHARDED, ids=str)
def test_every_key_of_a_distributed_table_has_the_city(table: sa.Table):
    unique = [key for key in [table.primary_key] if key.columns]
    unique += [c for c in table.constraints if isinstance(c, sa.UniqueConstraint)]
    keys = [[column.name for column in one.columns] for one in unique]
    keys += [[column.name for column in index.columns] for index in table.indexes if index.unique]
    assert keys and all(CITY in key for key in keys)
    assert table.c[CITY].foreign_keys == set() and not table.c[CITY].nullable
    assert isinstance(table.c[CITY].type, sa.Text)  # one type for all: so they lie side by side


def test_no_key_leads_from_one_table_into_another():
    assert [table.fullname for table in every_table() if table.foreign_keys] == []


def test_numbers_that_the_database_gives_are_given_by_the_coordinator():
    assert [t.fullname for t in SHARDED if any(column.identity for column in t.columns)] == []


def test_rules_on_rows_of_distributed_tables_ask_no_other_table():
    placed = {table.fullname for table in every_table() if place_of(table)[0] is not Place.KEPT}
    asked = [policy for policy in every_policy() if policy.table in placed]
    assert asked and not [policy for policy in asked if looks_elsewhere(policy)]
    assert {policy.name for policy in every_policy()}.isdisjoint(on_cluster(policy).name for policy in every_policy())


def test_a_rule_of_a_cluster_shows_no_other_rows():
    by_city = next(policy for policy in every_policy() if policy.name == "web_named_city")
    assert on_cluster(by_city).rows == "city_code IS NOT DISTINCT FROM current_setting('pantau.city', true)"


# Statements


def meeting(of: Contract, precedence: Precedence = Precedence.LATER) -> Meeting:
    """Staged rows of a dataset, as ``etl.load.staged`` lays them out."""
    columns = [sa.Column(c.name, c.type) for c in TABLES[of.name].columns if c.name != "known_from"]
    stage = sa.Table(f"stage_{of.name}", sa.MetaData(), sa.Column("_row", sa.BigInteger()), *columns)
    return Meeting(of, "one", "64.72", stage, precedence)


def loads(of: Contract) -> Iterator[Any]:
    """What loading a delivery of a dataset asks for, whatever its semantics."""
    seen: Any = Scribe()
    refused = sa.Table("refused", sa.MetaData(), *(sa.Column(name, TABLES[of.name].c[name].type) for name in of.key))
    for precedence in Precedence:
        met = meeting(of, precedence)
        load.upsert(seen, met, 1, NOW)
        load._append(seen, met, 1, NOW)
        load._ignore(seen, met, 1)
        met.bury(seen, refused, NOW)
    return iter(seen.queries)


@pytest.mark.parametrize("of", contracts().values(), ids=lambda of: of.name)
def test_a_load_goes_to_one_node(of: Contract):
    asked = list(loads(of))
    assert len(asked) >= 6 * len(Precedence)
    assert {wrong for statement in asked for wrong in broken(statement)} == set()
    said = " ".join(str(one.compile(dialect=postgresql.dialect())) for one in asked)
    assert "MERGE" not in said and f"INSERT INTO warehouse.{of.name}" in said


def test_what_is_kept_no_longer_goes_from_one_node():
    seen: Any = Scribe()
    city = load_city("samarinda")
    for of in contracts().values():
        for limit in of.retention:
            for table in (TABLES[of.name], HISTORIES[of.name]):
                if limit.columns != ():
                    retention._of_table(seen, table, limit, of, city, NOW)
    assert seen.queries and [wrong for one in seen.queries for wrong in broken(one)] == []


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.name)
def test_a_cross_check_asks_one_node(rule: Any):
    found = [query for city in all_cities() if (query := rule.found(city)) is not None]
    assert {wrong for query in found for wrong in broken(query)} == set()


@pytest.mark.parametrize("key", sorted(indicators()))
def test_an_indicator_asks_one_node(key: str):
    indicator, seen = indicators()[key], Recorder()
    for asked in questions():
        rows = indicator.rows(asked.city, asked.moment, None)
        for by in (None, *(name for name in list(filters(indicator.dataset))[:1] if name in rows.c)):
            measure(seen, indicator, asked, by=by)  # type: ignore[arg-type]
    assert {wrong for query in seen.queries for wrong in broken(query)} == set()


@pytest.mark.parametrize("file", PAGE_FILES)
def test_a_page_asks_one_node(file: str):
    seen: Any = Recorder()
    for asked in questions():
        places = Places(asked.city, area_book(asked.city))
        for panel in page(file).panels:
            panel.answer(seen, asked, places)
    assert {wrong for query in seen.queries for wrong in broken(query)} == set()


# The law itself


def test_a_query_without_a_city_is_seen():
    both = sa.select(ORDERS.c.order_id).join(CALLS, ORDERS.c.city_code == CALLS.c.city_code)
    assert broken(sa.select(ORDERS)) and broken(both) and not broken(both.where(CALLS.c.city_code == "64.72"))
    apart = sa.select(ORDERS.c.order_id).join(CALLS, ORDERS.c.order_id == CALLS.c.call_id)
    assert broken(apart.where(CALLS.c.city_code == "64.72")) == [f"{ORDERS}: its city is not named"]
    within = sa.select(ORDERS).subquery("lines")
    assert broken(sa.select(within)) and broken(sa.select(within).where(within.c.order_id == "64.72"))


def test_a_city_may_be_named_around_a_subquery_and_in_all_parts_of_a_union():
    lines = sa.union_all(sa.select(ORDERS.c.city_code), sa.select(CALLS.c.city_code)).subquery("lines")
    assert broken(sa.select(lines)) and not broken(sa.select(lines).where(lines.c.city_code == "64.72"))
    correlated = sa.exists().where(NOT_COUNTED.c.city_code == ORDERS.c.city_code)
    asked = sa.select(ORDERS.c.order_id).where(ORDERS.c.city_code == "64.72")
    assert not broken(asked.where(correlated)) and broken(asked.where(sa.exists().where(NOT_COUNTED.c.rule == "x")))


def test_a_change_without_a_city_is_seen():
    assert broken(sa.delete(ORDERS).where(ORDERS.c.order_id == "1"))
    assert broken(sa.update(ORDERS).where(ORDERS.c.city_code == "64.72").values(city_code="35.78"))
    assert broken(sa.insert(ORDERS).values(order_id="1"))
    row = insert(ORDERS).values(city_code="64.72", order_id="1")
    assert broken(row.on_conflict_do_update(index_elements=["order_id"], set_={"line": 1}))
    assert not broken(row.on_conflict_do_update(index_elements=["city_code", "order_id", "line"], set_={"line": 1}))
    assert broken(sa.insert(ORDERS).from_select(["order_id"], sa.select(CALLS.c.call_id)))
