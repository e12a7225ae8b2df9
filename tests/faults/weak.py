"""Loaders that are wrong on purpose: the controls. A harness that does not catch them proves nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from etl import pipeline
from etl.cities import City
from etl.load import Counts, Manner, describe, load, remember, well
from etl.pipeline import Ready
from etl.readers.delivery import Delivery
from etl.source import Source
from etl.warehouse import Role, engine


def early() -> None:
    """The checkpoint is committed before the rows are: a kill between the two loses rows."""
    pipeline.load = _with(_aside)  # type: ignore[attr-defined]


def late() -> None:
    """The checkpoint is committed after the rows are: a kill between the two takes a delivery twice."""
    put = pipeline._put
    pipeline.load = _with(_nothing)  # type: ignore[attr-defined]

    def taken(connection: sa.Connection, source: Source, city: City, ready: Ready, manner: Manner) -> Counts:
        counts = put(connection, source, city, ready, manner)
        _aside(connection, source, city.code, ready.delivery)
        return counts

    pipeline._put = taken


def _with(checkpoint: Callable[[sa.Connection, Source, str, Delivery], None]) -> Callable[..., Counts]:
    def weakened(*arguments: Any) -> Counts:
        *rest, manner = arguments
        return load(*rest, replace(manner, remember=checkpoint))

    return weakened


def _aside(connection: sa.Connection, source: Source, city_code: str, delivery: Delivery) -> None:
    known = {"cursor": delivery.cursor, "fresh_at": delivery.fresh_at}
    with engine(Role.ETL).begin() as other:
        remember(other, describe(source, city_code) | known | well())


def _nothing(connection: sa.Connection, source: Source, city_code: str, delivery: Delivery) -> None:
    """The checkpoint comes later."""


LOADERS: dict[str, Callable[[], None]] = {"early": early, "late": late}
