"""What every source did, from the ledger: for ``etl status``, the web and the tests."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from etl.cities import City, readable_sources
from etl.warehouse import COUNTS, RUNS, SOURCES

SUMMED = (*COUNTS, "deleted")
KNOWN = ("last_success", "fresh_at", "error_id", "error_en", "failures", "retry_at")


def status(connection: sa.Connection, cities: Iterable[City]) -> list[dict[str, Any]]:
    """One entry per readable source, whether it ever ran or not. Ages and promises in seconds."""
    totals, known, alarms = _totals(connection), _known(connection), _alarms(connection)
    now = dt.datetime.now(dt.UTC)
    return [
        _entry(city, source, totals.get(place, {}), known.get(place, {}), now) | {"alarm": alarms.get(place)}
        for city in cities
        for source in readable_sources(city)[0]
        for place in [(city.code, source.name)]
    ]


def _totals(connection: sa.Connection) -> dict[tuple[str, str], dict[str, int]]:
    sums = [sa.func.sum(RUNS.c[name]).label(name) for name in SUMMED]
    query = sa.select(RUNS.c.city_code, RUNS.c.source, *sums).group_by(RUNS.c.city_code, RUNS.c.source)
    return {
        (row.city_code, row.source): {name: int(row._mapping[name]) for name in SUMMED}
        for row in connection.execute(query)
    }


def _known(connection: sa.Connection) -> dict[tuple[str, str], dict[str, Any]]:
    query = sa.select(SOURCES.c.city_code, SOURCES.c.source, *(SOURCES.c[name] for name in KNOWN))
    return {(row.city_code, row.source): dict(row._mapping) for row in connection.execute(query)}


def _alarms(connection: sa.Connection) -> dict[tuple[str, str], dict[str, str]]:
    """Of each source the alarm of its last run, if that gave one."""
    source = (RUNS.c.city_code, RUNS.c.source)
    last = sa.select(*source, RUNS.c.alarm, RUNS.c.note_id, RUNS.c.note_en).order_by(*source, RUNS.c.run_id.desc())
    found = connection.execute(last.ext(distinct_on(*source)))
    return {(row.city_code, row.source): {"id": row.note_id, "en": row.note_en} for row in found if row.alarm}


def _entry(city: City, source: Any, totals: dict[str, int], known: dict[str, Any], now: dt.datetime) -> dict[str, Any]:
    counts = {name: totals.get(name, 0) for name in SUMMED}
    fresh = known.get("fresh_at")
    return {
        "city": city.slug,
        "source": source.name,
        "dataset": source.dataset,
        **counts,
        "balanced": counts["received"] == sum(counts[name] for name in COUNTS[1:]),
        "last_success": _iso(known.get("last_success")),
        "age_s": round((now - fresh).total_seconds(), 1) if fresh else None,
        "promise_s": source.promise_s,
        "simulated": source.simulated,
        "failures": known.get("failures", 0),
        "retry_at": _iso(known.get("retry_at")),
        "error": {"id": known["error_id"], "en": known["error_en"]} if known.get("error_id") else None,
    }


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment else None
