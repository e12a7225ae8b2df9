"""The ledger of the loaded world: balanced, complete, equal to what the simulator planted, and still when run again."""

import datetime as dt
import json
import sqlite3
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from etl.catalogue import contracts
from etl.cities import all_cities
from etl.warehouse import TABLES, Role, engine, versions
from simulator.exports import EXPORTS
from tests.world import World, run

CITIES = {city.slug: city for city in all_cities()}
CORE = ("marketplace_orders", "covid_cases", "bansos_grants", "emergency_calls")
PROMISED = {"city", "source", "dataset", "received", "loaded", "unchanged", "superseded", "quarantined"}
PROMISED |= {"balanced", "last_success", "age_s", "promise_s", "deleted", "alarm", "failures", "retry_at"}


def status() -> list[dict[str, Any]]:
    return json.loads(run("etl", "status", "--json"))


def planted(world: World) -> dict[tuple[str, str], dict[str, int]]:
    """What the simulator sent, by city and dataset."""
    with sqlite3.connect(world.truth) as connection:
        connection.row_factory = sqlite3.Row
        return {(row["city"], row["source"]): dict(row) for row in connection.execute("select * from planted")}


def test_status_says_what_was_promised_of_every_source(world: World) -> None:
    entries = status()
    assert {(one["city"], one["dataset"]) for one in entries} >= {(city, name) for city in CITIES for name in CORE}
    for one in entries:
        assert set(one) == PROMISED | {"simulated", "error"}
        assert one["balanced"] is True and one["error"] is None, one
        assert one["received"] == one["loaded"] + one["unchanged"] + one["superseded"] + one["quarantined"] > 0, one
        assert one["last_success"] and one["age_s"] >= 0 and one["promise_s"] > 0, one


@pytest.mark.parametrize("dataset", CORE)
def test_every_city_has_rows_of_every_core_dataset(world: World, dataset: str) -> None:
    table = TABLES[dataset]
    query = sa.select(table.c.city_code, sa.func.count()).group_by(table.c.city_code)
    with engine(Role.ETL).connect() as connection:
        counted = dict(connection.execute(query).all())
    assert set(counted) == {city.code for city in CITIES.values()} and min(counted.values()) > 50, counted


def test_what_was_planted_as_bad_is_in_quarantine_and_nothing_else(world: World) -> None:
    sent = planted(world)
    found = {(one["city"], one["dataset"]): one for one in status() if (one["city"], one["dataset"]) in sent}
    assert set(found) == set(sent)
    assert {key: one["quarantined"] for key, one in found.items()} == {
        key: one["refused_rows"] for key, one in sent.items()
    }
    # Interfaces that page by time may bring the rows of a boundary twice, never once less.
    assert all(found[key]["received"] >= one["delivered_rows"] for key, one in sent.items())


@pytest.mark.parametrize(("slug", "dataset"), sorted(EXPORTS), ids="/".join)
def test_the_warehouse_holds_the_truth_row_for_row(world: World, slug: str, dataset: str) -> None:
    code = CITIES[slug].code
    with sqlite3.connect(world.truth) as connection:
        found = connection.execute(f"select * from {dataset} where city_code = ? and refused = 0", (code,))
        names = [name for name, *_ in found.description]
        columns = sorted(set(names) - {"city_code", "refused"})
        rows = [dict(zip(names, row, strict=True)) for row in found]
    assert set(columns) <= {column.name for column in contracts()[dataset].delivered}
    assert rows
    table = TABLES[dataset]
    loaded = sa.select(*(table.c[name] for name in columns)).where(table.c.city_code == code)
    with engine(Role.ETL).connect() as connection:
        stored = Counter(tuple(map(plain, row)) for row in connection.execute(loaded))
    true = Counter(tuple(plain(row[name]) for name in columns) for row in rows)
    assert (list((true - stored).items())[:3], list((stored - true).items())[:3]) == ([], [])


def plain(value: Any) -> Any:
    """A cell as the simulator's store writes it."""
    match value:
        case dt.datetime():
            return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case dt.date():
            return value.isoformat()
        case bool() | int() | float() | Decimal():
            return round(float(value), 6)
        case _:
            return value


def test_running_again_changes_nothing(world: World) -> None:
    with engine(Role.ETL).connect() as connection:
        before = {"versions": loads(connection), "rows": rows(connection)}
    first = {(one["city"], one["source"]): one for one in status()}
    run("etl", "run")
    with engine(Role.ETL).connect() as connection:
        assert {"versions": loads(connection), "rows": rows(connection)} == before
    for one in status():
        then = first[one["city"], one["source"]]
        assert {name: one[name] for name in ("loaded", "superseded", "quarantined")} == {
            name: then[name] for name in ("loaded", "superseded", "quarantined")
        }, one
        assert one["received"] - one["unchanged"] == then["received"] - then["unchanged"]


def loads(connection: sa.Connection) -> dict[tuple[str, str], int]:
    """The versions of what is loaded; what people set meanwhile (walls, targets) has versions too."""
    return {about: version for about, version in versions(connection).items() if about[1] in TABLES}


def rows(connection: sa.Connection) -> dict[str, int]:
    return {
        name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for name, table in TABLES.items()
    }
