"""The straight line, readable in one glance: extract → sift → load, one source under one lease."""

import datetime as dt
import logging
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace

import psycopg
import sqlalchemy as sa

from etl import breaker, disk, drift, raw, retention, rollups
from etl.ahead import ahead
from etl.areas import area_book
from etl.catalogue import contract
from etl.cities import City
from etl.errors import LeaseTaken, PantauError, SchemaChanged, SourceError, WarehouseDown, Where
from etl.extracts import wholes
from etl.fixes import Corrected, fixed
from etl.load import Counts, Manner, describe, load, remember, well
from etl.planner import Growth, analyze, known_rows
from etl.readers import extract
from etl.readers.delivery import Cursor, Delivery
from etl.retention import Removed
from etl.sift import Sifted, sift
from etl.source import Source
from etl.text import Text
from etl.warehouse import AWAY, SOURCES, Role, admin_url, engine
from runner.state import state_dir

DATABASE_ERRORS = (sa.exc.DBAPIError, psycopg.Error)  # the second from COPY, which SQLAlchemy does not see

log = logging.getLogger("etl")

Watch = Callable[[Source, Delivery, Counts], None]
Work = Callable[[sa.Connection], Iterator[Counts]]


MANY, PART = 1_000, 0.1  # rows loaded, or this part of a table: then the planner's picture of it is no longer true


@dataclass(frozen=True)
class Outcome:
    """What one run of one source did; ``error`` says why it stopped."""

    source: Source
    counts: Counts = field(default_factory=Counts)
    error: PantauError | None = None


def run(source: Source, city: City, watch: Watch | None = None, accept_shrink: bool = False) -> Outcome:
    """Run one source to its end. An error stops this source alone and is kept for everyone to see.

    What was loaded before the error stays; the next run goes on after it.
    """
    outcome = attempt(source, city, lambda connection: _deliveries(connection, source, city, watch, accept_shrink))
    if isinstance(outcome.error, SourceError):
        _failed(source, city, outcome.error)
    return outcome


def attempt(source: Source, city: City, work: Work, purpose: str = "") -> Outcome:
    """Do some work on one source under its lease (one a purpose); errors are told, never raised."""
    done: list[Counts] = []
    problem: PantauError | None = None
    try:
        with leased(city, f"{source.name}{purpose}") as connection:
            done.extend(work(connection))
        loaded = sum(done, Counts()).loaded
        if loaded and loaded >= min(MANY, PART * known_rows(source.dataset)):
            analyze(source.dataset, rollups.tables(source.dataset))
    except DATABASE_ERRORS as error:
        problem = _of_warehouse(error, source)
    except PantauError as error:
        problem = error
    return Outcome(source, sum(done, Counts()), problem)


def _of_warehouse(error: Exception, source: Source) -> PantauError:
    """The warehouse is away or full, or it cannot hold what this source brings."""
    said = getattr(error, "orig", error)
    if isinstance(said, psycopg.errors.DiskFull):
        return WarehouseDown(f"{source}: {_full(str(said))}")
    if isinstance(said, psycopg.OperationalError | psycopg.InterfaceError):
        return WarehouseDown(f"{source}: gudang data tidak menjawab | the warehouse does not answer: {said}")
    line = str(said).strip().splitlines()[0]
    return SourceError(
        Text(f"gudang data menolak kiriman ini: {line}", f"the warehouse refuses this delivery: {line}"),
        Text(
            "jalankan: python -m etl migrate; bila tetap ditolak, laporkan pesan ini",
            "run: python -m etl migrate; if it is still refused, report this message",
        ),
        Where(source.city, source.name),
    )


def _full(said: str) -> str:
    """Our own server's disk is this machine's; of another server only what it says is known."""
    if os.environ.get("DATABASE_URL"):
        host = admin_url().host
        at = Text(f"tidak ada ruang pada server {host}: {said}", f"there is no room on the server {host}: {said}")
    else:
        at = disk.full(state_dir() / "postgres")
    return f"gudang data penuh: {at.id} → {disk.MAKE_ROOM.id} | the warehouse is full: {at.en} → {disk.MAKE_ROOM.en}"


@dataclass(frozen=True)
class Ready:
    """A delivery that is kept and sifted: what a transaction waits for."""

    delivery: Delivery
    kept: raw.Kept | None
    sifted: Sifted
    known: Corrected  # what people had corrected by then


def _deliveries(
    connection: sa.Connection, source: Source, city: City, watch: Watch | None, accept_shrink: bool
) -> Iterator[Counts]:
    """Reading and sifting the next batch takes as long as the database takes for the present one: they overlap."""
    manner = Manner(accept_shrink=accept_shrink)
    deliveries = wholes(extract(source, cursor(connection, source, city)), source)
    growth = Growth(source.dataset, city.code, rollups.tables(source.dataset))
    with closing(ahead(_made_ready(deliveries, source, city))) as coming:
        for ready in coming:
            counts = _put(connection, source, city, ready, manner)
            if watch:
                watch(source, ready.delivery, counts)
            yield counts
            growth.by(connection, counts.loaded)
    _succeeded(connection, source, city)


def take(connection: sa.Connection, source: Source, city: City, delivery: Delivery, manner: Manner) -> Counts:
    """Keep, sift and load one delivery, all of it or nothing."""
    return _put(connection, source, city, _ready(delivery, source, city), manner)


def _made_ready(deliveries: Iterable[Delivery], source: Source, city: City) -> Generator[Ready]:
    for delivery in deliveries:
        yield _ready(delivery, source, city)


def _ready(delivery: Delivery, source: Source, city: City) -> Ready:
    """By a connection of its own: that of the lease is busy loading the batch before."""
    kept, known = raw.keep(source, delivery), Corrected(source, area_book(city))
    if delivery.rows.height:  # a poll that finds nothing asks nothing
        with engine(Role.ETL).begin() as connection:
            known = fixed(connection, source, area_book(city))
    return Ready(delivery, kept, _sifted(delivery, city, known), known)


def _put(connection: sa.Connection, source: Source, city: City, ready: Ready, manner: Manner) -> Counts:
    """Load what is ready, by the corrections and keys that are in force now: others may be since it was sifted."""
    delivery, kept = ready.delivery, ready.kept
    manner = replace(manner, raw=kept.digest if kept else None)
    with connection.begin():
        sifted = _sifted_now(connection, source, city, ready) if delivery.rows.height else ready.sifted
        counts = load(connection, contract(source.dataset), source, city.code, delivery, sifted, manner)
        drift.watch(connection, source, city.code, delivery)
    if kept and kept.is_new and counts.brought_nothing:
        raw.drop_unnamed(connection, kept, source, city.code)
    return counts


def _sifted_now(connection: sa.Connection, source: Source, city: City, ready: Ready) -> Sifted:
    known = fixed(connection, source, area_book(city))
    same = (known.fixes, known.ring) == (ready.known.fixes, ready.known.ring)
    return ready.sifted if same else _sifted(ready.delivery, city, known)


def sifted_of(connection: sa.Connection, delivery: Delivery, source: Source, city: City) -> Sifted:
    """A delivery's rows as the contract wants them, with the words and aliases that people have taught since."""
    return _sifted(delivery, city, fixed(connection, source, area_book(city)))


def _sifted(delivery: Delivery, city: City, known: Corrected) -> Sifted:
    """Without what the city no longer keeps."""
    of = contract(known.source.dataset)
    sifted = sift(delivery.rows, of, known.source, known.areas, city.zone, delivery.name, known.ring)
    return retention.arriving(sifted, of, city)


@contextmanager
def leased(city: City, name: str) -> Iterator[sa.Connection]:
    """A connection that holds the only lease of this name; it goes with the connection, even by kill -9."""
    key = sa.func.hashtextextended(f"{city.code}/{name}", 0)
    with engine(Role.ETL).connect() as connection:
        with connection.begin():
            free = connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key)))
        if not free:
            raise LeaseTaken(f"{city}/{name}: sedang dijalankan proses lain | another process is running it")
        try:
            yield connection
        finally:
            _release(connection, key)


def _release(connection: sa.Connection, key: sa.ColumnElement[int]) -> None:
    if connection.invalidated or connection.closed:
        return
    connection.rollback()
    with connection.begin():
        connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))


def cursor(connection: sa.Connection, source: Source, city: City) -> Cursor | None:
    """Where the next run of a source begins."""
    query = sa.select(SOURCES.c.cursor).where(SOURCES.c.city_code == city.code, SOURCES.c.source == source.name)
    with connection.begin():
        return connection.scalar(query)


def _succeeded(connection: sa.Connection, source: Source, city: City) -> None:
    with connection.begin():
        remember(connection, describe(source, city.code) | well())


def _failed(source: Source, city: City, error: SourceError) -> None:
    said = {
        "error_id": f"{error.where}: {error.what.id} → {error.action.id}",
        "error_en": f"{error.where}: {error.what.en} → {error.action.en}",
        "error_at": sa.func.clock_timestamp(),
    }
    try:
        with engine(Role.ETL).begin() as connection:
            remember(connection, describe(source, city.code) | said | breaker.failed(connection, source, city.code))
            if isinstance(error, SchemaChanged):
                drift.note_missing(connection, source, city.code, error)
    except DATABASE_ERRORS as unkept:
        log.warning("%s: galat tidak tercatat | the error could not be kept: %s", source, unkept)


def is_resting(source: Source, city: City) -> bool:
    """True while a source that failed again and again is left alone; a warehouse that is away decides nothing."""
    try:
        with engine(Role.ETL).connect() as connection:
            return breaker.is_open(connection, source, city.code)
    except AWAY:
        return False


def retained(city: City, now: dt.datetime | None = None) -> list[Removed]:
    """Take away what a city keeps no longer; nothing while another process does."""
    with leased(city, "retain") as connection, connection.begin():
        return retention.retain(connection, city, now)


def explain(outcome: Outcome) -> Text:
    """One line about a run, for a person."""
    if outcome.error:
        return Text(str(outcome.error), str(outcome.error))
    c = outcome.counts
    return Text(
        f"{c.received} diterima = {c.loaded} dimuat + {c.unchanged} tetap + {c.superseded} tersusul"
        f" + {c.quarantined} dikarantina{f'; {c.deleted} dihapus' if c.deleted else ''}",
        f"{c.received} received = {c.loaded} loaded + {c.unchanged} unchanged + {c.superseded} superseded"
        f" + {c.quarantined} quarantined{f'; {c.deleted} deleted' if c.deleted else ''}",
    )
