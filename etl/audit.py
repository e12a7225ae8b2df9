"""Jejak akses: who looked at rows of people, why, and at how many. Append-only, hash-chained per city.

An entry is written, in a transaction of its own, before rows of people are read: the rows of ``pantau_steward`` are
there only for who names a fresh entry of their own (``etl.grants``). A second entry says what was shown.
Entries whose time is over go from the chain's beginning (``expire``); what the rest hangs on stays in ``audit.cuts``.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from etl.text import Text
from etl.warehouse import METADATA, Role, engine

AUDIT = "audit"
FIRST = "0" * 64
MANY_PEOPLE = 50  # whom one person looked at within an hour: more is told to the steward
OPEN_FOR_MIN = 15  # how long an entry opens rows; the same number stands in the row-level rule

PURPOSES = {
    "repair": Text("Perbaikan data yang ditolak", "Correcting refused data"),
    "subject": Text("Permintaan orang yang bersangkutan", "Request of the person concerned"),
    "complaint": Text("Tindak lanjut pengaduan", "Following up a complaint"),
    "inspection": Text("Pemeriksaan internal", "Internal inspection"),
    "emergency": Text("Penanganan darurat", "Handling an emergency"),
}

ENTRIES = sa.Table(
    "entries",
    METADATA,
    sa.Column("city_code", sa.Text(), primary_key=True),
    sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("kind", sa.Text(), nullable=False, comment="opened: rows may be read now; shown: these were"),
    sa.Column("who", sa.Text(), nullable=False, comment="number of the account, or the command line's user"),
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("role", sa.Text(), nullable=False),
    sa.Column("purpose", sa.Text(), nullable=False),
    sa.Column("reason", sa.Text(), nullable=False, comment="in the viewer's own words"),
    sa.Column("what", sa.Text(), nullable=False, comment="which rows"),
    sa.Column("row_count", sa.BigInteger(), nullable=False, server_default="0"),
    sa.Column("subjects", ARRAY(sa.Text()), nullable=False, comment="whose: pseudonyms, never names or numbers"),
    sa.Column("previous", sa.Text(), nullable=False),
    sa.Column("hash", sa.Text(), nullable=False),
    sa.Index("ix_audit_entries_who", "city_code", "who", "at"),
    schema=AUDIT,
    comment="Jejak akses | who looked at rows of people",
)
CUTS = sa.Table(
    "cuts",
    METADATA,
    sa.Column("city_code", sa.Text(), primary_key=True),
    sa.Column("entry_id", sa.BigInteger(), primary_key=True, comment="the last entry that went"),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="when that entry was written"),
    sa.Column("hash", sa.Text(), nullable=False, comment="its hash: the next entry names it as the one before"),
    sa.Column("removed", sa.BigInteger(), nullable=False),
    sa.Column("done_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
    schema=AUDIT,
    comment="Awal rantai Jejak akses | where the chain begins since old entries went",
)
_HASHED = [c.name for c in ENTRIES.columns if c.name not in ("entry_id", "hash")]


@dataclass(frozen=True)
class Look:
    """Somebody's look at rows of people, with the reason for it."""

    city_code: str
    who: str
    name: str
    role: str
    purpose: str
    reason: str
    what: str


def opened(look: Look) -> int:
    """Write down that rows are about to be read; the number that opens them. Raises when it cannot be written."""
    return _write(look, "opened", 0, ())


def shown(look: Look, rows: int, subjects: Sequence[str]) -> int:
    """Write down what was read, before it is handed over."""
    return _write(look, "shown", rows, subjects)


def _write(look: Look, kind: str, rows: int, subjects: Sequence[str]) -> int:
    with engine(Role.STEWARD).begin() as connection:
        connection.execute(sa.select(sa.func.set_config("pantau.city", look.city_code, True)))
        _alone(connection, look.city_code)
        last = _newest(connection, ENTRIES, look.city_code) or _newest(connection, CUTS, look.city_code)
        previous = last["hash"] if last else FIRST
        at = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        counted = {"at": at, "kind": kind, "row_count": rows, "subjects": sorted(set(subjects)), "previous": previous}
        row = vars(look) | counted
        added = sa.insert(ENTRIES).values(row | {"hash": _hash(row)}).returning(ENTRIES.c.entry_id)
        return int(connection.execute(added).scalar_one())


def _alone(connection: sa.Connection, city_code: str) -> None:
    """One change of a city's chain after the other."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"audit {city_code}"))))


def _newest(connection: sa.Connection, table: sa.Table, city_code: str) -> sa.RowMapping | None:
    mine = sa.select(table.c.entry_id, table.c.at, table.c.hash).where(table.c.city_code == city_code)
    return connection.execute(mine.order_by(table.c.entry_id.desc()).limit(1)).mappings().one_or_none()


def expire(connection: sa.Connection, city_code: str, before: dt.datetime) -> int:
    """Remove a city's entries of before a moment, in the caller's transaction; how many went."""
    _alone(connection, city_code)
    mine = ENTRIES.c.city_code == city_code
    kept = sa.select(sa.func.min(ENTRIES.c.entry_id)).where(mine, ENTRIES.c.at >= before).scalar_subquery()
    # Only from the beginning: where a clock was put back an older one stays until those before it go.
    over = sa.and_(mine, ENTRIES.c.at < before, ENTRIES.c.entry_id < sa.func.coalesce(kept, ENTRIES.c.entry_id + 1))
    ends = sa.select(ENTRIES.c.entry_id, ENTRIES.c.at, ENTRIES.c.hash).where(over)
    last = connection.execute(ends.order_by(ENTRIES.c.entry_id.desc()).limit(1)).mappings().one_or_none()
    if last is None:
        return 0
    removed = connection.execute(sa.delete(ENTRIES).where(over)).rowcount
    connection.execute(sa.insert(CUTS).values(dict(last) | {"city_code": city_code, "removed": removed}))
    return removed


def _hash(row: dict[str, Any]) -> str:
    said = {name: row[name] for name in _HASHED} | {"at": row["at"].astimezone(dt.UTC).isoformat()}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def look_of(entry_id: int, city_code: str, who: str) -> Look | None:
    """The look that somebody opened, while it opens rows."""
    fresh = ENTRIES.c.at > sa.func.clock_timestamp() - dt.timedelta(minutes=OPEN_FOR_MIN)
    mine = sa.and_(ENTRIES.c.entry_id == entry_id, ENTRIES.c.who == who, ENTRIES.c.kind == "opened", fresh)
    found = next((row for row in _read(city_code, mine)), None)
    return Look(**{name: found[name] for name in Look.__dataclass_fields__}) if found else None


def entries(city_code: str, words: str = "") -> list[dict[str, Any]]:
    """The entries of a city, newest first; those that hold some words in name, reason or object."""
    places = (ENTRIES.c.name, ENTRIES.c.reason, ENTRIES.c.what, ENTRIES.c.purpose)
    holding = sa.or_(*(place.icontains(words, autoescape=True) for place in places)) if words else sa.true()
    return _read(city_code, holding)[::-1]


def broken(city_code: str) -> int | None:
    """The first entry that was changed, or after which one is missing; None while the chain holds."""
    begins = begins_after(city_code)
    previous = begins["hash"] if begins else FIRST
    for row in _read(city_code, sa.true()):
        if row["previous"] != previous or row["hash"] != _hash(row):
            return int(row["entry_id"])
        previous = row["hash"]
    return None


def begins_after(city_code: str) -> sa.RowMapping | None:
    """The last entry that went because its time was over."""
    with engine(Role.STEWARD).begin() as connection:
        connection.execute(sa.select(sa.func.set_config("pantau.city", city_code, True)))
        return _newest(connection, CUTS, city_code)


def curious(city_code: str, now: dt.datetime) -> Iterator[tuple[str, int]]:
    """Who looked at more people than usual within the last hour, and at how many."""
    seen: dict[str, set[str]] = {}
    for row in _read(city_code, ENTRIES.c.at > now - dt.timedelta(hours=1)):
        seen.setdefault(row["name"], set()).update(row["subjects"])
    yield from ((name, len(people)) for name, people in seen.items() if len(people) > MANY_PEOPLE)


def _read(city_code: str, which: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    with engine(Role.STEWARD).begin() as connection:
        connection.execute(sa.select(sa.func.set_config("pantau.city", city_code, True)))
        query = sa.select(ENTRIES).where(ENTRIES.c.city_code == city_code, which).order_by(ENTRIES.c.entry_id)
        return [dict(row) for row in connection.execute(query).mappings()]
