"""The warehouse: tables projected from the contracts, reading as of a moment, versions.

Schemas: ``warehouse`` holds what is true now, ``history`` the versions that were true before,
``ledger`` what every run did. ``city_code`` is part of every key, so that a cluster can shard by it.
"""

import datetime as dt
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from etl import keys
from etl.catalogue import contract, contracts
from etl.contract import Contract, Kind
from etl.errors import WarehouseDown
from etl.sealing import Ring, Sealed, SealedCells, place_of
from runner import postgres

METADATA = sa.MetaData()
CHANNEL = "pantau"
DATABASE = "pantau"
NOW, HISTORY, LEDGER = "warehouse", "history", "ledger"

_TYPES: dict[Kind, sa.types.TypeEngine[Any]] = {
    Kind.TEXT: sa.Text(),
    Kind.CATEGORY: sa.Text(),
    Kind.IDENTIFIER: sa.Text(),
    Kind.AREA: sa.Text(),
    Kind.INTEGER: sa.BigInteger(),
    Kind.DECIMAL: sa.Double(),
    Kind.MONEY: sa.Numeric(18, 2),
    Kind.DATE: sa.Date(),
    Kind.TIMESTAMP: sa.DateTime(timezone=True),
    Kind.BOOLEAN: sa.Boolean(),
}


class Role(StrEnum):
    """SQL roles: who may read and write what is declared in ``etl.grants``."""

    OWNER = "owner"  # migrates
    ETL = "pantau_etl"  # writes the warehouse
    WEB = "pantau_web"  # reads what is P0 or P1, of one city at a time
    OPD = "pantau_opd"  # the same, of one agency
    BELL = "pantau_bell"  # hears versions and ages of all cities, reads no rows
    STEWARD = "pantau_steward"  # refused rows with their cells, after a recorded reason
    ACCESS = "pantau_access"  # accounts and sessions, nothing else
    PUBLIC = "pantau_public"  # nothing: releases are files, and the public site opens no database
    OFFICE = "pantau_office"  # what leadership sets and answers; makes its changes known, reads no rows
    ANALYST = "pantau_analyst"  # keeps what models found; makes its changes known, reads no rows
    WALLS = "pantau_walls"  # what screens show and alerts; makes their changes known, reads no rows


def columns(of: Contract) -> list[sa.Column[Any]]:
    """The columns of a contract's table, ``city_code`` first."""
    city = sa.Column(
        "city_code", sa.Text(), nullable=False, comment="Kode Kemendagri kota | Kemendagri code of the city"
    )
    rest = [
        sa.Column(
            c.name,
            Sealed(place_of(of, c), c.kind) if c.sealed else _TYPES[c.kind],
            nullable=not (c.required or c.name in of.key),
            comment=f"{c.meaning.id} | {c.meaning.en}",
        )
        for c in of.columns
    ]
    source = sa.Column("source", sa.Text(), nullable=False, comment="Sumber baris ini | the source of this row")
    known = sa.Column("known_from", _TYPES[Kind.TIMESTAMP], nullable=False, comment="Diketahui sejak | known since")
    return [city, *rest, source, known]


def _indexes(of: Contract, schema: str) -> list[sa.Index]:
    wanted = [("time", of.time), ("area", of.area)]
    return [sa.Index(f"ix_{schema}_{of.name}_{what}", "city_code", name) for what, name in wanted if name]


def _sparse_indexes(of: Contract) -> list[sa.Index]:
    """The few rows that have a column, in the order of time: small beside the table, and cheap to keep."""
    return [
        sa.Index(f"ix_{NOW}_{of.name}_{name}", "city_code", str(of.time), postgresql_where=sa.column(name).is_not(None))
        for name in of.sparse
    ]


def _moment_indexes(of: Contract) -> list[sa.Index]:
    """Rows that have a moment, by it."""
    return [
        sa.Index(f"ix_{NOW}_{of.name}_{name}", "city_code", name, postgresql_where=sa.column(name).is_not(None))
        for name in of.moments
    ]


def _indexes_of_people(of: Contract) -> list[sa.Index]:
    """The rows of one person by time: what a rollup of people is kept by."""
    people = dict.fromkeys(rollup.who for rollup in of.rollups if rollup.who)
    return [sa.Index(f"ix_{NOW}_{of.name}_{who}", "city_code", *of.found_by(who)) for who in people]


def _now_table(of: Contract) -> sa.Table:
    key = sa.PrimaryKeyConstraint("city_code", *of.key, name=f"pk_{of.name}")
    return sa.Table(
        of.name,
        METADATA,
        *columns(of),
        key,
        *_indexes(of, NOW),
        *_sparse_indexes(of),
        *_moment_indexes(of),
        *_indexes_of_people(of),
        schema=NOW,
        comment=f"{of.meaning.id} | {of.meaning.en}",
    )


def _history_table(of: Contract) -> sa.Table:
    until = sa.Column("known_to", _TYPES[Kind.TIMESTAMP], nullable=False, comment="Diketahui sampai | known until")
    key = sa.PrimaryKeyConstraint("city_code", *of.key, "known_from", name=f"pk_{of.name}_history")
    return sa.Table(of.name, METADATA, *columns(of), until, key, *_indexes(of, HISTORY)[:1], schema=HISTORY)


TABLES = {name: _now_table(of) for name, of in contracts().items()}
HISTORIES = {name: _history_table(of) for name, of in contracts().items()}


def stamp(name: str, **options: Any) -> sa.Column[Any]:
    """A column that holds a moment."""
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def _count(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


def text(name: str, **options: Any) -> sa.Column[Any]:
    """A column of text."""
    return sa.Column(name, sa.Text(), **options)


# What the seals of refused rows and of corrections are bound to: their cells are of any column.
REFUSED, CORRECTED = "ledger.quarantine", "ledger.fixes"
COUNTS = ("received", "loaded", "unchanged", "superseded", "quarantined")

RUNS = sa.Table(
    "runs",
    METADATA,
    text("city_code", primary_key=True),
    sa.Column("run_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    text("source", nullable=False),
    text("dataset", nullable=False),
    text("delivery", nullable=False),
    stamp("started_at", nullable=False),
    stamp("finished_at", nullable=False),
    *(_count(name) for name in COUNTS),
    sa.Column(
        "polls", sa.BigInteger(), nullable=False, server_default="1", comment="runs in a row that brought nothing new"
    ),
    sa.Column(
        "deleted", sa.BigInteger(), nullable=False, server_default="0", comment="stored rows that a whole list left out"
    ),
    text("raw", comment="sha256 of the delivery as it was kept"),
    stamp("fresh_at", comment="the moment up to which this delivery knew its source"),
    sa.Column("alarm", sa.Boolean(), nullable=False, server_default=sa.false(), comment="a person should look"),
    text("note_id", nullable=False, server_default=""),
    text("note_en", nullable=False, server_default=""),
    sa.CheckConstraint("received = loaded + unchanged + superseded + quarantined", name="ck_runs_conservation"),
    sa.Index("ix_runs_source", "city_code", "source", "run_id"),
    schema=LEDGER,
    comment="Buku besar: setiap pengiriman dan nasib barisnya | what became of every row received",
)

QUARANTINE = sa.Table(
    "quarantine",
    METADATA,
    text("city_code", primary_key=True),
    sa.Column("quarantine_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    text("source", nullable=False),
    text("dataset", nullable=False),
    text("delivery", nullable=False),
    sa.Column("row", sa.BigInteger(), nullable=False),
    text("column", nullable=False),
    text("reason_id", nullable=False),
    text("reason_en", nullable=False),
    sa.Column("value", Sealed(REFUSED)),
    sa.Column("cells", SealedCells(REFUSED), nullable=False),
    stamp("received_at", nullable=False),
    text("fingerprint", nullable=False, server_default="", comment="the same when the row is delivered again"),
    text("reason_class", comment="why, in one word that quotes nothing"),
    text("shown_value", comment="the cell, where its column is P0 or P1 and it looks like no identifier"),
    sa.Column("key", JSONB(none_as_null=True), comment="key and revision, where they could be read"),
    text("state", nullable=False, server_default="open", comment="open, replayed, edited, redelivered, dismissed"),
    stamp("resolved_at"),
    text("resolved_by"),
    text("resolved_why"),
    sa.Index("ix_quarantine_source", "city_code", "source", "fingerprint"),
    sa.Index("ix_quarantine_open", "city_code", "source", postgresql_where=sa.text("state = 'open'")),
    schema=LEDGER,
    comment="Baris yang ditolak, disimpan utuh | rows refused, kept whole, before and after they are put right",
)

FIXES = sa.Table(
    "fixes",
    METADATA,
    text("city_code", primary_key=True),
    sa.Column("fix_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    text("kind", nullable=False, comment="alias, word, edit"),
    text("source", nullable=False, server_default="", comment="empty: every source of the city"),
    sa.Column("quarantine_id", sa.BigInteger(), comment="the row that an edit corrects"),
    text("column", nullable=False, server_default="", comment="contract column of a word, header of an edit"),
    sa.Column("written", Sealed(CORRECTED), comment="what the source wrote"),
    sa.Column("means", Sealed(CORRECTED), comment="what it means"),
    text("within", nullable=False, server_default="", comment="only in this kecamatan"),
    text("why", nullable=False),
    text("made_by", nullable=False),
    stamp("made_at", nullable=False, server_default=sa.func.clock_timestamp()),
    stamp("applied_at", comment="when refused rows were looked at again with it"),
    stamp("undone_at"),
    text("undone_by"),
    text("undone_why"),
    schema=LEDGER,
    comment="Perbaikan oleh manusia, dapat dibatalkan | corrections by people: who, when, why; undone, never deleted",
)

CHECKS = sa.Table(
    "checks",
    METADATA,
    text("city_code", primary_key=True),
    text("rule", primary_key=True),
    stamp("checked_at", nullable=False),
    _count("found"),
    schema=LEDGER,
    comment="Pemeriksaan silang terakhir | when each cross-check was last made, and how much it found",
)

FINDINGS = sa.Table(
    "findings",
    METADATA,
    text("city_code", primary_key=True),
    sa.Column("finding_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    text("rule", nullable=False),
    text("subject", nullable=False, comment="whom or what it is about; a pseudonym for people"),
    sa.Column("evidence", JSONB(), nullable=False),
    text("agency_code", comment="whose it is, as the evidence says"),
    text("state", nullable=False, server_default="open", comment="open, cleared"),
    stamp("first_seen", nullable=False),
    stamp("last_seen", nullable=False),
    stamp("cleared_at"),
    sa.Index(
        "ux_findings_open", "city_code", "rule", "subject", unique=True, postgresql_where=sa.text("state = 'open'")
    ),
    schema=LEDGER,
    comment="Temuan pemeriksaan silang | what cross-checks found; cleared when it no longer holds, never deleted",
)

NOT_COUNTED = sa.Table(
    "not_counted",
    METADATA,
    text("city_code", primary_key=True),
    text("rule", primary_key=True, comment="the cross-check that found it"),
    text("order_id", primary_key=True),
    schema=LEDGER,
    comment="Pesanan yang tidak memenuhi kewajiban | orders that meet no obligation, by the check that says so",
)

SOURCES = sa.Table(
    "sources",
    METADATA,
    text("city_code", primary_key=True),
    text("source", primary_key=True),
    text("dataset", nullable=False),
    text("app", nullable=False),
    text("title_id", nullable=False),
    text("title_en", nullable=False),
    text("owner", nullable=False),
    text("licence", nullable=False),
    sa.Column("promise_s", sa.Double(), nullable=False),
    sa.Column("simulated", sa.Boolean(), nullable=False),
    sa.Column("cursor", JSONB()),
    stamp("last_success"),
    stamp("fresh_at", comment="the moment up to which this source is known"),
    text("error_id"),
    text("error_en"),
    stamp("error_at"),
    _count("failures"),
    stamp("retry_at", comment="the worker leaves the source alone until then"),
    sa.Column("headers", ARRAY(sa.Text()), comment="every header that was ever delivered"),
    schema=LEDGER,
)

DRIFT = sa.Table(
    "drift",
    METADATA,
    text("city_code", primary_key=True),
    text("source", primary_key=True),
    text("kind", primary_key=True, comment="added, missing, renamed-suspect"),
    text("header", primary_key=True),
    text("delivery", nullable=False),
    text("likely", comment="the header that may be its new name"),
    stamp("first_seen", nullable=False),
    stamp("last_seen", nullable=False),
    schema=LEDGER,
    comment="Perubahan judul kolom | what changed in the headers of a source",
)

BACKFILLS = sa.Table(
    "backfills",
    METADATA,
    text("city_code", primary_key=True),
    text("source", primary_key=True),
    stamp("since", primary_key=True),
    stamp("until", primary_key=True),
    sa.Column("position", JSONB(), nullable=False, comment="where it goes on after a stop"),
    stamp("started_at", nullable=False),
    stamp("finished_at"),
    schema=LEDGER,
)

RETENTIONS = sa.Table(
    "retentions",
    METADATA,
    text("city_code", primary_key=True),
    sa.Column("retention_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    text("name", nullable=False, comment="the limit, as the city's [retention] names it"),
    text("place", nullable=False, comment="where: a table, the quarantine, the raw files"),
    _count("removed"),
    stamp("before", nullable=False, comment="what is older went"),
    stamp("done_at", nullable=False),
    schema=LEDGER,
    comment="Apa yang dihapus karena batas simpan | what went because its time was over",
)

VERSIONS = sa.Table(
    "versions",
    METADATA,
    text("city_code", primary_key=True),
    text("dataset", primary_key=True),
    _count("version"),
    stamp("changed_at", nullable=False),
    schema=LEDGER,
)

MIGRATIONS = sa.Table(
    "migrations",
    METADATA,
    sa.Column("migration_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    stamp("applied_at", nullable=False, server_default=sa.func.now()),
    text("change", nullable=False),
    schema=LEDGER,
)

KEYS = sa.Table(
    "keys",
    METADATA,
    text("purpose", primary_key=True, comment="a sealed column, or a domain of pseudonyms"),
    sa.Column("version", sa.BigInteger(), nullable=False),
    stamp("since", nullable=False, server_default=sa.func.clock_timestamp()),
    schema=LEDGER,
    comment="Versi kunci yang berlaku; kuncinya sendiri di luar gudang data | which key is in force; none is here",
)
_IN_FORCE = 7_216_402  # rotation waits for who has read which keys are in force, and they for it

# Of a refused row the web reads where it stands and why in one word, never what it says of a person.
_NOT_OF_QUARANTINE = {"value", "cells", "fingerprint", "reason_id", "reason_en", "key", "resolved_by", "resolved_why"}

# What the web may read of the ledger: never the cells of refused rows, never whom a finding is about, never cursors.
WEB_LEDGER = {
    RUNS: [c.name for c in RUNS.columns],
    VERSIONS: [c.name for c in VERSIONS.columns],
    SOURCES: [c.name for c in SOURCES.columns if c.name not in {"cursor", "headers"}],
    DRIFT: [c.name for c in DRIFT.columns],
    RETENTIONS: [c.name for c in RETENTIONS.columns],
    QUARANTINE: [c.name for c in QUARANTINE.columns if c.name not in _NOT_OF_QUARANTINE],
    CHECKS: [c.name for c in CHECKS.columns],
    NOT_COUNTED: [c.name for c in NOT_COUNTED.columns],
    FINDINGS: ["city_code", "finding_id", "rule", "agency_code", "state", "first_seen", "last_seen", "cleared_at"],
}

# What the doorbell reads, of all cities: how old each source is and that something was loaded.
_HEARD = ("city_code", "source", "dataset", "fresh_at", "promise_s", "simulated", "error_id", "error_en")
BELL_LEDGER = {
    VERSIONS: [c.name for c in VERSIONS.columns],
    SOURCES: list(_HEARD),
    RUNS: ["city_code", "run_id"],
}


def readable_by_web(dataset: str) -> list[str]:
    """The columns that the web's role may read: P0 and P1, and what we add ourselves."""
    return ["city_code", *(c.name for c in contract(dataset).columns if c.readable_by_web), "source", "known_from"]


def read(dataset: str, as_of: dt.datetime | None = None) -> sa.FromClause:
    """The rows of a dataset as they were known at ``as_of`` (default: as they are known now)."""
    table, history = TABLES[dataset], HISTORIES[dataset]
    if as_of is None:
        return table
    names = readable_by_web(dataset)
    then = sa.and_(history.c.known_from <= as_of, history.c.known_to > as_of)
    current = sa.select(*(table.c[n] for n in names)).where(table.c.known_from <= as_of)
    former = sa.select(*(history.c[n] for n in names)).where(then)
    return sa.union_all(current, former).subquery(dataset)


def admin_url() -> sa.URL:
    """The owner's address: ``DATABASE_URL``, or the database of the embedded server (started when needed)."""
    return _admin_url(os.environ.get("DATABASE_URL"), os.environ.get("PANTAU_STATE"), int(time.monotonic()))


@lru_cache(maxsize=4)
def _admin_url(given: str | None, state: str | None, second: int) -> sa.URL:
    """Looked up once a second, and not for every one of a hundred questions that come at once."""
    base = sa.make_url(postgres.ensure())
    return base if given else base.set(database=DATABASE)


def url(role: Role) -> sa.URL:
    """The address for one role; each role signs in with a secret of its own."""
    base = admin_url()
    return base if role is Role.OWNER else base.set(username=role.value, password=keys.secret(role.value))


@cache
def _engine(address: sa.URL, more: int) -> sa.Engine:
    # A dead connection is noticed before use.
    return sa.create_engine(
        address,
        pool_size=4,
        max_overflow=more,
        pool_timeout=10,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5},
    )


def engine(role: Role) -> sa.Engine:
    """The pooled engine of this process for one role."""
    # The ETL holds up to two for each source; of the many threads of a web process a few read at a time, in turn.
    return _engine(url(role), 32 if role in (Role.OWNER, Role.ETL) else 4)


@contextmanager
def reading(city_code: str, agency_code: str | None = None) -> Iterator[sa.Connection]:
    """A reader's transaction that sees one city's rows, and of one agency only when it is named."""
    role = Role.WEB if agency_code is None else Role.OPD
    with engine(role).connect() as connection, connection.begin():
        _name(connection, "pantau.city", city_code)
        if agency_code is not None:
            _name(connection, "pantau.agency", agency_code)
        yield connection


@contextmanager
def opening(city_code: str, entry_id: int, who: str) -> Iterator[sa.Connection]:
    """A steward's transaction: rows of people are there only while this entry of Jejak akses opens them to ``who``."""
    named = {"pantau.city": city_code, "pantau.entry": str(entry_id), "pantau.who": who}
    with engine(Role.STEWARD).connect() as connection, connection.begin():
        for name, said in named.items():
            _name(connection, name, said)
        yield connection


def _name(connection: sa.Connection, setting: str, said: str) -> None:
    """Name something for the rules on rows until the transaction ends.

    The statement, and not ``set_config``: a cluster tells its nodes of nothing else.
    """
    words = {"setting": setting, "said": sql.Literal(said).as_string()}
    connection.execute(sa.DDL("SET LOCAL %(setting)s = %(said)s", context=words))


def ring(connection: sa.Connection) -> Ring:
    """Which keys are in force; they stay so until the caller's transaction ends."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(_IN_FORCE)))
    found = connection.execute(sa.select(KEYS))
    return Ring({row.purpose: row.version for row in found})


def rotating(connection: sa.Connection) -> None:
    """Wait until nobody's transaction stands on the keys in force, and keep others waiting until this one ends."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_IN_FORCE)))


# What is raised while the warehouse is away: it does not answer, it cannot be started, all connections are taken.
AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError, WarehouseDown)


def versions(connection: sa.Connection, city_code: str | None = None) -> dict[tuple[str, str], int]:
    """The version of every (city, dataset) that was ever loaded."""
    query = sa.select(VERSIONS.c.city_code, VERSIONS.c.dataset, VERSIONS.c.version)
    if city_code:
        query = query.where(VERSIONS.c.city_code == city_code)
    return {(city, dataset): version for city, dataset, version in connection.execute(query)}
