"""What every source did, from the ledger: for ``etl status``, the web and the tests."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from etl.cities import City, readable_sources
from etl.warehouse import COUNTS, RUNS, SOURCES


def status(connection: sa.Connection, cities: Iterable[City]) -> list[dict[str, Any]]:
    """One entry per readable source, whether it ever ran or not. Ages and promises in seconds."""
    totals, known = _totals(connection), _known(connection)
    now = dt.datetime.now(dt.UTC)
    return [
        _entry(city, source, totals.get((city.code, source.name), {}), known.get((city.code, source.name), {}), now)
        for city in cities
        for source in readable_sources(city)[0]
    ]


def _totals(connection: sa.Connection) -> dict[tuple[str, str], dict[str, int]]:
    sums = [sa.func.sum(RUNS.c[name]).label(name) for name in COUNTS]
    query = sa.select(RUNS.c.city_code, RUNS.c.source, *sums).group_by(RUNS.c.city_code, RUNS.c.source)
    return {
        (row.city_code, row.source): {name: int(row._mapping[name]) for name in COUNTS}
        for row in connection.execute(query)
    }


def _known(connection: sa.Connection) -> dict[tuple[str, str], dict[str, Any]]:
    names = ("city_code", "source", "last_success", "fresh_at", "error_id", "error_en", "error_at")
    query = sa.select(*(SOURCES.c[name] for name in names))
    return {(row.city_code, row.source): dict(row._mapping) for row in connection.execute(query)}


def _entry(city: City, source: Any, totals: dict[str, int], known: dict[str, Any], now: dt.datetime) -> dict[str, Any]:
    counts = {name: totals.get(name, 0) for name in COUNTS}
    fresh, success = known.get("fresh_at"), known.get("last_success")
    return {
        "city": city.slug,
        "source": source.name,
        "dataset": source.dataset,
        **counts,
        "balanced": counts["received"] == sum(counts[name] for name in COUNTS[1:]),
        "last_success": success.isoformat() if success else None,
        "age_s": round((now - fresh).total_seconds(), 1) if fresh else None,
        "promise_s": source.promise_s,
        "simulated": source.simulated,
        "error": {"id": known["error_id"], "en": known["error_en"]} if known.get("error_id") else None,
    }
