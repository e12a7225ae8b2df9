"""Making the cross-checks: what holds is kept with its evidence, what no longer holds is cleared, never deleted."""

import importlib
import pkgutil
from collections.abc import Iterable, Set
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

import etl.findings
from etl.announce import announce
from etl.cities import City
from etl.finding import Rule, told
from etl.warehouse import CHECKS, FINDINGS, NOT_COUNTED, TABLES, Role, engine, versions

Seen = dict[tuple[str, str], tuple[int, ...]]


@cache
def rules() -> dict[str, Rule]:
    """Every rule by name: all that the modules of ``etl/findings`` declare."""
    modules = (
        importlib.import_module(f"etl.findings.{one.name}") for one in pkgutil.iter_modules(etl.findings.__path__)
    )
    return {rule.name: rule for module in modules for rule in module.RULES}


def check_changed(cities: Iterable[City], seen: Seen) -> int:
    """Make the checks one of whose datasets has another version than in ``seen``, and write it there; how many."""
    with engine(Role.ETL).connect() as connection:
        now = versions(connection)
    made = 0
    for city in cities:
        for rule in rules().values():
            state = tuple(now.get((city.code, dataset), 0) for dataset in rule.datasets)
            if seen.get((city.code, rule.name)) != state:
                check(rule, city)
                seen[city.code, rule.name] = state
                made += 1
    return made


def check(rule: Rule, city: City) -> int | None:
    """Make one check of one city in a transaction of its own; the number of findings, None if it cannot be made."""
    query = rule.found(city)
    with engine(Role.ETL).begin() as connection:
        lock = sa.func.hashtextextended(f"check {city.code}/{rule.name}", 0)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
        if query is None:
            _clear(connection, rule, city, [])
            _uncount(connection, rule, city, set())
        if query is None or missing(connection, rule, city):
            return None
        found = {row.subject: told(row.evidence, rule.sealed) for row in connection.execute(query)}
        _clear(connection, rule, city, list(found))
        _keep(connection, rule, city, found)
        _made(connection, rule, city, len(found))
        if rule.uncounts:
            _uncount(connection, rule, city, found.keys())
    return len(found)


def missing(connection: sa.Connection, rule: Rule, city: City) -> str | None:
    """The first dataset or column that the rule stands on and this city does not have."""
    for dataset, column in rule.reads:
        table = TABLES[dataset]
        there = sa.select(sa.literal(1)).where(table.c.city_code == city.code, table.c[column].is_not(None)).limit(1)
        if connection.scalar(there) is None:
            return f"{dataset}.{column}"
    return None


def _mine(rule: Rule, city: City) -> sa.ColumnElement[bool]:
    return sa.and_(FINDINGS.c.city_code == city.code, FINDINGS.c.rule == rule.name, FINDINGS.c.state == "open")


def _clear(connection: sa.Connection, rule: Rule, city: City, subjects: list[str]) -> None:
    """A finding whose case is no longer there is cleared; if it comes back, that is a new finding."""
    gone = FINDINGS.c.subject != sa.all_(sa.cast(subjects, ARRAY(sa.Text())))
    cleared = {"state": "cleared", "cleared_at": sa.func.clock_timestamp()}
    connection.execute(sa.update(FINDINGS).where(_mine(rule, city), gone).values(cleared))


def _keep(connection: sa.Connection, rule: Rule, city: City, found: dict[str, Any]) -> None:
    if not found:
        return
    now = sa.func.clock_timestamp()
    statement = insert(FINDINGS).values(city_code=city.code, rule=rule.name, first_seen=now, last_seen=now)
    renewed = ("last_seen", "evidence", "agency_code")
    again = statement.on_conflict_do_update(
        index_elements=["city_code", "rule", "subject"],
        index_where=sa.text("state = 'open'"),
        set_={name: statement.excluded[name] for name in renewed},
    )
    rows = [
        {"subject": subject, "evidence": told, "agency_code": told.get("agency_code")}
        for subject, told in found.items()
    ]
    connection.execute(again, rows)


def _uncount(connection: sa.Connection, rule: Rule, city: City, orders: Set[str]) -> None:
    """These orders, and no others by this rule, meet no obligation from now on."""
    mine = sa.and_(NOT_COUNTED.c.city_code == city.code, NOT_COUNTED.c.rule == rule.name)
    there = set(connection.scalars(sa.select(NOT_COUNTED.c.order_id).where(mine)))
    if gone := there - orders:
        connection.execute(sa.delete(NOT_COUNTED).where(mine, NOT_COUNTED.c.order_id.in_(gone)))
    if new := [{"city_code": city.code, "rule": rule.name, "order_id": order} for order in sorted(orders - there)]:
        connection.execute(sa.insert(NOT_COUNTED), new)
    if gone or new:
        announce(connection, rule.reads[0][0], city.code)


def _made(connection: sa.Connection, rule: Rule, city: City, found: int) -> None:
    said = {"checked_at": sa.func.clock_timestamp(), "found": found}
    statement = insert(CHECKS).values(city_code=city.code, rule=rule.name, **said)
    connection.execute(statement.on_conflict_do_update(index_elements=["city_code", "rule"], set_=said))


def counts(connection: sa.Connection, city_code: str) -> list[dict[str, Any]]:
    """How much each check of a city has found, when it was last made: what the web's role may read."""
    query = sa.select(CHECKS).where(CHECKS.c.city_code == city_code).order_by(CHECKS.c.rule)
    return [dict(row._mapping) for row in connection.execute(query)]


def findings(connection: sa.Connection, city_code: str, rule: str, cleared: bool = False) -> list[dict[str, Any]]:
    """The findings of one rule with their evidence, oldest first; for the steward, never for the web."""
    state = sa.true() if cleared else FINDINGS.c.state == "open"
    mine = sa.and_(FINDINGS.c.city_code == city_code, FINDINGS.c.rule == rule, state)
    query = sa.select(FINDINGS).where(mine).order_by(FINDINGS.c.finding_id)
    return [dict(row._mapping) for row in connection.execute(query)]
