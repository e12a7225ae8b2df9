"""The straight line, readable in one glance: extract → sift → load, one source under one lease."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import psycopg
import sqlalchemy as sa

from etl import areas
from etl.areas import AreaBook
from etl.catalogue import contract
from etl.cities import City, load_city
from etl.errors import LeaseTaken, PantauError, SourceError, WarehouseDown, Where
from etl.fixes import fixed
from etl.load import Counts, describe, load, remember
from etl.readers import extract
from etl.readers.delivery import Delivery
from etl.sift import sift
from etl.source import Source
from etl.text import Text
from etl.warehouse import SOURCES, Role, analyze, engine

DATABASE_ERRORS = (sa.exc.DBAPIError, psycopg.Error)  # the second from COPY, which SQLAlchemy does not see

log = logging.getLogger("etl")

Watch = Callable[[Source, Delivery, Counts], None]


MANY = 1_000  # rows loaded, after which the planner's picture of a table is no longer true


@dataclass(frozen=True)
class Outcome:
    """What one run of one source did; ``error`` says why it stopped."""

    source: Source
    counts: Counts = field(default_factory=Counts)
    error: PantauError | None = None


def run(source: Source, city: City, watch: Watch | None = None) -> Outcome:
    """Run one source to its end. An error stops this source alone and is kept for everyone to see.

    What was loaded before the error stays; the next run goes on after it.
    """
    done: list[Counts] = []
    problem: PantauError | None = None
    try:
        with _leased(source, city) as connection:
            done.extend(_deliveries(connection, source, city, watch))
            _succeeded(connection, source, city)
        if sum(done, Counts()).loaded >= MANY:
            analyze(source.dataset)
    except DATABASE_ERRORS as error:
        problem = _of_warehouse(error, source)
    except PantauError as error:
        problem = error
    if isinstance(problem, SourceError):
        _failed(source, city, problem)
    return Outcome(source, sum(done, Counts()), problem)


def _of_warehouse(error: Exception, source: Source) -> PantauError:
    """The warehouse is away, or it cannot hold what this source brings."""
    said = getattr(error, "orig", error)
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


def _deliveries(connection: sa.Connection, source: Source, city: City, watch: Watch | None) -> Iterator[Counts]:
    of = contract(source.dataset)
    with connection.begin():
        known, book = fixed(connection, source, area_book(city))
    for delivery in extract(source, _cursor(connection, source, city)):
        sifted = sift(delivery.rows, of, known, book, city.zone, delivery.name)
        with connection.begin():
            counts = load(connection, of, source, city.code, delivery, sifted)
        if watch:
            watch(source, delivery, counts)
        yield counts


def area_book(city: City) -> AreaBook:
    """The areas of a city and their aliases, read once per process."""
    return _area_book(city.slug, city.root)


@cache
def _area_book(slug: str, root: str) -> AreaBook:
    return areas.area_book(load_city(slug, Path(root)))


@contextmanager
def _leased(source: Source, city: City) -> Iterator[sa.Connection]:
    """A connection that holds the only lease on this source; it goes with the connection, even by kill -9."""
    key = sa.func.hashtextextended(f"{city.code}/{source.name}", 0)
    with engine(Role.ETL).connect() as connection:
        with connection.begin():
            free = connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key)))
        if not free:
            raise LeaseTaken(f"{source}: sedang dijalankan proses lain | another process is running it")
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


def _cursor(connection: sa.Connection, source: Source, city: City) -> dict[str, object] | None:
    query = sa.select(SOURCES.c.cursor).where(SOURCES.c.city_code == city.code, SOURCES.c.source == source.name)
    with connection.begin():
        return connection.scalar(query)


def _succeeded(connection: sa.Connection, source: Source, city: City) -> None:
    well = {"last_success": sa.func.clock_timestamp(), "error_id": None, "error_en": None, "error_at": None}
    with connection.begin():
        remember(connection, describe(source, city.code) | well)


def _failed(source: Source, city: City, error: SourceError) -> None:
    said = {
        "error_id": f"{error.where}: {error.what.id} → {error.action.id}",
        "error_en": f"{error.where}: {error.what.en} → {error.action.en}",
        "error_at": sa.func.clock_timestamp(),
    }
    try:
        with engine(Role.ETL).begin() as connection:
            remember(connection, describe(source, city.code) | said)
    except DATABASE_ERRORS as unkept:
        log.warning("%s: galat tidak tercatat | the error could not be kept: %s", source, unkept)


def explain(outcome: Outcome) -> Text:
    """One line about a run, for a person."""
    if outcome.error:
        return Text(str(outcome.error), str(outcome.error))
    c = outcome.counts
    return Text(
        f"{c.received} diterima = {c.loaded} dimuat + {c.unchanged} tetap + {c.superseded} tersusul"
        f" + {c.quarantined} dikarantina",
        f"{c.received} received = {c.loaded} loaded + {c.unchanged} unchanged + {c.superseded} superseded"
        f" + {c.quarantined} quarantined",
    )
