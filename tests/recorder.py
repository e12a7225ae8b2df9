"""Stands where a connection would be: what a panel asks of the warehouse, without a warehouse."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

NOW = dt.datetime(2026, 11, 22, 5, tzinfo=dt.UTC)


class OfAny(str):
    """The name of whatever dataset is asked for."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str)

    def __hash__(self) -> int:
        return hash("")


# What the ledger says of a source that was heard from just now.
HEARD = dict.fromkeys(
    (
        "app",
        "owner",
        "licence",
        "dataset",
        "source",
        "error_id",
        "error_en",
        "note_id",
        "note_en",
        "title_id",
        "title_en",
    ),
    "",
)
HEARD |= {"fresh_at": NOW, "last_success": NOW, "brought": NOW, "asked_at": NOW, "promise_s": 60, "simulated": True}
HEARD |= {"dataset": OfAny()}
HEARD["_mapping"] = dict.fromkeys(("received", "loaded", "unchanged", "superseded", "quarantined", "deleted"), 0)


class Recorder:
    """Stands where a connection would be: keeps every query, and has heard from every source just now."""

    def __init__(self) -> None:
        self.queries: list[sa.Select[Any]] = []

    def execute(self, query: sa.Select[Any]) -> "Found":
        """Keep the query; answer with one row of the ledger's sources, and with nothing else."""
        self.queries.append(query)
        heard = compiled(query).startswith("SELECT ledger.sources.")
        return Found([SimpleNamespace(**HEARD)] if heard else [])

    def scalar(self, query: sa.Select[Any]) -> None:
        """Keep the query; there is no answer."""
        self.queries.append(query)


class Found(list[Any]):
    """The rows of an answer."""

    def all(self) -> "Found":
        """All of them."""
        return self

    def one_or_none(self) -> Any:
        """The only row, where there is one."""
        return next(iter(self), None)

    def tuples(self) -> "Found":
        """The same, typed otherwise."""
        return self


def compiled(query: sa.Select[Any]) -> str:
    """The SQL of a query, columns with their tables."""
    return str(query.compile(dialect=postgresql.dialect()))
