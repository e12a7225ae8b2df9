"""What rows said within the last month: every version that was in force, so that then and now can be compared."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from dashboard.queries import Asked
from dashboard.scope import DAY
from etl.catalogue import contract
from etl.warehouse import HISTORIES, TABLES

MONTH_DAYS = 31


class Pair(NamedTuple):
    """A row as it was a month ago (or when it was first known, if that is later) and as it is now."""

    then: sa.Row[Any]
    now: sa.Row[Any]


def pairs(connection: sa.Connection, asked: Asked, dataset: str, names: Sequence[str]) -> list[Pair]:
    """One pair for each row of a dataset, in the order of the key; ``names`` are columns that the web may read."""
    of, until = contract(dataset), asked.scope.as_of or asked.now
    wanted = list(dict.fromkeys((*of.key, *names, "known_from")))
    table, history = TABLES[dataset], HISTORIES[dataset]
    current = sa.select(*(table.c[name] for name in wanted)).where(
        table.c.city_code == asked.city.code, table.c.known_from <= until
    )
    former = sa.select(*(history.c[name] for name in wanted)).where(
        history.c.city_code == asked.city.code,
        history.c.known_from <= until,
        history.c.known_to > until - DAY * MONTH_DAYS,
    )
    found: dict[tuple[Any, ...], list[sa.Row[Any]]] = {}
    for row in connection.execute(sa.union_all(current, former)):
        found.setdefault(tuple(row._mapping[name] for name in of.key), []).append(row)
    ordered = (sorted(found[key], key=lambda row: row.known_from) for key in sorted(found, key=str))
    return [Pair(rows[0], rows[-1]) for rows in ordered]


def known_since(connection: sa.Connection, asked: Asked, dataset: str) -> dt.datetime | None:
    """When anything of a dataset was first known."""
    firsts = (
        connection.scalar(sa.select(sa.func.min(of.c.known_from)).where(of.c.city_code == asked.city.code))
        for of in (TABLES[dataset], HISTORIES[dataset])
    )
    return min((first for first in firsts if first), default=None)
