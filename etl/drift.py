"""What changes in the headers of a source: new ones are reported and not published, missing ones stop it."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from etl.errors import SchemaChanged
from etl.readers.delivery import ROW, Delivery, now
from etl.source import Source
from etl.warehouse import DRIFT, SOURCES

ADDED, MISSING, RENAMED = "added", "missing", "renamed-suspect"


def watch(connection: sa.Connection, source: Source, city_code: str, delivery: Delivery) -> None:
    """Note the headers that a source never had before; those of its first delivery are no change."""
    there = [name for name in delivery.rows.columns if name != ROW]
    if not delivery.rows.height or not there:
        return
    mine = sa.and_(SOURCES.c.city_code == city_code, SOURCES.c.source == source.name)
    known = connection.scalar(sa.select(SOURCES.c.headers).where(mine))
    added = [name for name in there if name not in (known or ())]
    if not added:
        return
    connection.execute(sa.update(SOURCES).where(mine).values(headers=[*(known or ()), *added]))
    for name in added if known else ():
        _note(connection, source, city_code, ADDED, name, delivery.name)


def note_missing(connection: sa.Connection, source: Source, city_code: str, error: SchemaChanged) -> None:
    """Keep which headers stopped a source, and what they may be called now."""
    for header, likely in error.likely.items():
        _note(connection, source, city_code, RENAMED if likely else MISSING, header, error.where.file, likely)


def _note(
    connection: sa.Connection,
    source: Source,
    city_code: str,
    kind: str,
    header: str,
    delivery: str,
    likely: str | None = None,
) -> None:
    moment: dt.datetime = now()
    said = {"delivery": delivery, "likely": likely, "last_seen": moment}
    key = {"city_code": city_code, "source": source.name, "kind": kind, "header": header}
    statement = insert(DRIFT).values(key | said | {"first_seen": moment})
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=said))
