"""What is kept no longer than its time: declared on the contracts, set by the city, carried out once a day.

Stored rows and their history, the cells of refused rows, the raw files, the access trail, objections and notices all
lose what is over; and a row that is delivered after its time arrives without it.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
import sqlalchemy as sa

from etl import audit, raw, rollups
from etl.alone import alone
from etl.announce import announce
from etl.catalogue import contracts
from etl.cities import NOTICE_DAYS, OBJECTION_DAYS, RAW_DAYS, RAW_FILES, TRAIL, TRAIL_DAYS, City
from etl.cities import NOTICES as NOTICES_LIMIT
from etl.cities import OBJECTIONS as OBJECTIONS_LIMIT
from etl.contract import Contract, Kind, Retention
from etl.office import NOTICES, OBJECTIONS
from etl.readers.delivery import now as present
from etl.sift import Sifted
from etl.warehouse import FIXES, HISTORIES, NOW, QUARANTINE, RETENTIONS, SOURCES, TABLES


@dataclass(frozen=True)
class Removed:
    """What one limit took away in one place."""

    name: str
    place: str
    removed: int
    before: dt.datetime


def arriving(sifted: Sifted, contract: Contract, city: City, now: dt.datetime | None = None) -> Sifted:
    """Rows as they may still be stored; those that may not are counted as superseded."""
    good = sifted.good
    for limit in contract.retention:
        over = (pl.col(limit.after) < pl.lit(_border(limit, contract, city, now or present()))).fill_null(False)
        if limit.columns is None:
            good = good.filter(~over)
        elif limit.columns:
            good = good.with_columns(pl.when(over).then(None).otherwise(pl.col(c)).alias(c) for c in limit.columns)
    return replace(sifted, good=good, duplicates=sifted.duplicates + sifted.good.height - good.height)


def retain(connection: sa.Connection, city: City, now: dt.datetime | None = None) -> list[Removed]:
    """Take away everything of a city whose time is over, in the caller's transaction; says what went."""
    moment = now or present()
    done = [one for contract in contracts().values() for one in _of_dataset(connection, contract, city, moment)]
    done += _raw_files(connection, city, moment)
    done += [_trail(connection, city, moment), _objections(connection, city, moment)]
    done += [_notices(connection, city, moment)]
    gone = [one for one in done if one.removed]
    if gone:
        said = {"city_code": city.code, "done_at": present()}
        connection.execute(sa.insert(RETENTIONS), [said | vars(one) for one in gone])
    return gone


def _of_dataset(connection: sa.Connection, contract: Contract, city: City, now: dt.datetime) -> Iterator[Removed]:
    if contract.retention:
        alone(connection, contract, city.code)
    for limit in contract.retention:
        before = now - dt.timedelta(days=city.keeps(limit.name, limit.days))
        stored = [] if limit.columns == () else [TABLES[contract.name], HISTORIES[contract.name]]
        counts = [_of_table(connection, table, limit, contract, city, now) for table in stored]
        if any(counts):
            announce(connection, contract.name, city.code)
        yield from (
            Removed(limit.name, table.fullname, count, before) for table, count in zip(stored, counts, strict=True)
        )
        yield Removed(limit.name, QUARANTINE.fullname, _of_quarantine(connection, contract, city, before), before)


def _of_table(
    connection: sa.Connection, table: sa.Table, limit: Retention, contract: Contract, city: City, now: dt.datetime
) -> int:
    """Rows removed from a table, or emptied in the columns of the limit."""
    after = table.c[limit.after]
    border = _border(limit, contract, city, now)
    # As a moment: a cast to a day depends on the session, and a cluster takes no such thing into a change.
    begins = border if isinstance(border, dt.datetime) else dt.datetime.combine(border, dt.time(), city.tz)
    unknown = sa.and_(after.is_(None), table.c.known_from < begins)
    over = sa.and_(table.c.city_code == city.code, sa.or_(after < border, unknown))
    if limit.columns is None:
        gone = sa.delete(table).where(over)
        if table.schema == NOW:
            with rollups.following(connection, contract.name, city.code):
                return rollups.counted(connection, contract.name, city.code, gone, rollups.OUT)
        return connection.execute(gone).rowcount
    filled = sa.or_(*(table.c[name].is_not(None) for name in limit.columns))
    return connection.execute(sa.update(table).where(over, filled).values(dict.fromkeys(limit.columns))).rowcount


def _of_quarantine(connection: sa.Connection, contract: Contract, city: City, before: dt.datetime) -> int:
    """Refused rows keep their place and their reason, not their cells: when they happened is not known."""
    mine = sa.and_(QUARANTINE.c.city_code == city.code, QUARANTINE.c.dataset == contract.name)
    old = sa.and_(mine, QUARANTINE.c.received_at < before)
    emptied: dict[str, Any] = {"cells": {}, "value": None, "shown_value": None, "key": None, "fingerprint": ""}
    _empty_edits(connection, city, sa.select(QUARANTINE.c.quarantine_id).where(old))
    return connection.execute(sa.update(QUARANTINE).where(old, QUARANTINE.c.cells != {}).values(emptied)).rowcount


def _empty_edits(connection: sa.Connection, city: City, rows: sa.Select[Any]) -> None:
    """What people wrote into those rows goes with their cells; that they did, and why, stays."""
    mine = sa.and_(FIXES.c.city_code == city.code, FIXES.c.kind == "edit", FIXES.c.quarantine_id.in_(rows))
    connection.execute(sa.update(FIXES).where(mine).values(written=None, means=None))


def _raw_files(connection: sa.Connection, city: City, now: dt.datetime) -> Iterator[Removed]:
    """A raw file holds everything: it goes with the shortest limit of its dataset."""
    mine = sa.select(SOURCES.c.source, SOURCES.c.dataset).where(SOURCES.c.city_code == city.code)
    for source, dataset in connection.execute(mine).all():
        limits = contracts()[dataset].retention if dataset in contracts() else ()
        days = min([city.keeps(RAW_FILES, RAW_DAYS), *(city.keeps(limit.name, limit.days) for limit in limits)])
        before = now - dt.timedelta(days=days)
        yield Removed(RAW_FILES, f"raw/{source}", raw.expire(raw.folder(city.slug, source), before), before)


def _trail(connection: sa.Connection, city: City, now: dt.datetime) -> Removed:
    before = now - dt.timedelta(days=city.keeps(TRAIL, TRAIL_DAYS))
    return Removed(TRAIL, audit.ENTRIES.fullname, audit.expire(connection, city.code, before), before)


def _objections(connection: sa.Connection, city: City, now: dt.datetime) -> Removed:
    before = now - dt.timedelta(days=city.keeps(OBJECTIONS_LIMIT, OBJECTION_DAYS))
    over = sa.and_(OBJECTIONS.c.city_code == city.code, OBJECTIONS.c.received_at < before)
    return Removed(
        OBJECTIONS_LIMIT, OBJECTIONS.fullname, connection.execute(sa.delete(OBJECTIONS).where(over)).rowcount, before
    )


def _notices(connection: sa.Connection, city: City, now: dt.datetime) -> Removed:
    """What was sent or given up; what still waits stays, however old."""
    before = now - dt.timedelta(days=city.keeps(NOTICES_LIMIT, NOTICE_DAYS))
    over = sa.and_(
        NOTICES.c.city_code == city.code, NOTICES.c.queued_at < before, NOTICES.c.state.in_(("sent", "failed"))
    )
    return Removed(NOTICES_LIMIT, NOTICES.fullname, connection.execute(sa.delete(NOTICES).where(over)).rowcount, before)


def _border(limit: Retention, contract: Contract, city: City, now: dt.datetime) -> dt.datetime | dt.date:
    """What is older is over; a day of the city stays a day."""
    before = now - dt.timedelta(days=city.keeps(limit.name, limit.days))
    return before.astimezone(city.tz).date() if contract[limit.after].kind is Kind.DATE else before
