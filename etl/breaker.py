"""A circuit breaker per source: who fails again and again is asked less and less often, until it answers.

The state stands in the ledger, so that a person's own run closes it and ``etl status`` shows it.
"""

import datetime as dt
import random
from typing import Any

import sqlalchemy as sa

from etl.source import Source
from etl.warehouse import SOURCES

AFTER = 5  # failures in a row that a source may have at its own cadence
LIMIT_S = 300.0


def pause_s(source: Source, failures: int) -> float:
    """Seconds without a try after so many failures in a row: doubled each time, with jitter.

    Never more than half the promise: a source that is back must be seen before it is late again.
    """
    if failures < AFTER:
        return 0.0
    most = max(source.cadence_s, min(LIMIT_S, source.promise_s / 2))
    grown = source.cadence_s * 2.0 ** min(failures - AFTER + 1, 32)
    return min(grown, most) * random.uniform(0.8, 1.2)


def failed(connection: sa.Connection, source: Source, city_code: str) -> dict[str, Any]:
    """What the ledger has to know after one more failure."""
    failures = (connection.scalar(sa.select(SOURCES.c.failures).where(_mine(source, city_code))) or 0) + 1
    pause = pause_s(source, failures)
    resting = sa.func.clock_timestamp() + dt.timedelta(seconds=pause) if pause else None
    return {"failures": failures, "retry_at": resting}


def is_open(connection: sa.Connection, source: Source, city_code: str) -> bool:
    """True while the source is left alone."""
    later = SOURCES.c.retry_at > sa.func.clock_timestamp()
    return connection.scalar(sa.select(SOURCES.c.retry_at).where(_mine(source, city_code), later)) is not None


def _mine(source: Source, city_code: str) -> sa.ColumnElement[bool]:
    return sa.and_(SOURCES.c.city_code == city_code, SOURCES.c.source == source.name)
