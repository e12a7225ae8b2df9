"""``python -m dashboard analyse``: makes every analysis of every city once an hour or a day, and keeps the results.

An analysis waits until each of its sources has been loaded once: half of a city says nothing about it. What is wrong
with one of them stops no other.
"""

import datetime as dt
import logging
import time
from collections.abc import Iterator

import sqlalchemy as sa

from dashboard.alone import alone_for_ever
from dashboard.analyses import analyses
from dashboard.analysis import Analysis, begun
from etl.analyses import ANALYSES, KEPT_DAYS, RESULTS
from etl.announce import announce
from etl.cities import City, all_cities
from etl.errors import PantauError
from etl.text import Text
from etl.warehouse import AWAY, SOURCES, Role, engine, reading

log = logging.getLogger("analyse")
LOCK = 7_216_410
LOOK_EVERY_S = 20.0


def run() -> None:
    """Analyse for ever, whatever becomes of the warehouse."""
    alone_for_ever(Role.ANALYST, LOCK, Text("menganalisis", "analysing"), _for_ever)


def _for_ever() -> None:
    while True:
        for city in all_cities():
            for about in due(city, dt.datetime.now(dt.UTC)):
                _made_or_said(city, about)
        time.sleep(LOOK_EVERY_S)


def _made_or_said(city: City, about: Analysis) -> None:
    try:
        took = make(city, about, dt.datetime.now(dt.UTC))
    except AWAY:
        raise
    except (PantauError, sa.exc.SQLAlchemyError, ArithmeticError, ValueError) as error:
        log.error("%s/%s: tidak dapat dibuat | cannot be made: %s", city.slug, about.key, str(error).splitlines()[0])
        return
    log.info("%s/%s: %.1f s", city.slug, about.key, took)


def due(city: City, now: dt.datetime) -> Iterator[Analysis]:
    """The analyses that were not made in this hour or day, and whose sources have been there."""
    made = _made_at(city)
    with reading(city.code) as connection:
        there, waiting = _sources(connection, city)
    for about in analyses().values():
        last, wanted = made.get(about.key), set(about.datasets) or there  # none named: all of the city
        if (
            wanted
            and wanted <= there
            and not wanted & waiting
            and (last is None or last < begun(about.every, now, city))
        ):
            yield about


def _made_at(city: City) -> dict[str, dt.datetime]:
    query = sa.select(RESULTS.c.analysis, sa.func.max(RESULTS.c.made_at).label("last"))
    with engine(Role.ANALYST).connect() as connection:
        found = connection.execute(query.where(RESULTS.c.city_code == city.code).group_by(RESULTS.c.analysis))
        return {row.analysis: row.last for row in found}


def _sources(connection: sa.Connection, city: City) -> tuple[set[str], set[str]]:
    """The datasets that a city has, and those of them that have neither come nor failed yet."""
    query = sa.select(SOURCES.c.dataset, SOURCES.c.last_success, SOURCES.c.error_at)
    rows = connection.execute(query.where(SOURCES.c.city_code == city.code)).all()
    return {row.dataset for row in rows}, {row.dataset for row in rows if not row.last_success and not row.error_at}


def make(city: City, about: Analysis, now: dt.datetime) -> float:
    """Make an analysis now and keep it; the seconds that it took. Nothing to say is kept as an empty result."""
    began = time.monotonic()
    with reading(city.code) as connection:
        says = about.made(connection, city, now) or {}
    old = dt.timedelta(days=KEPT_DAYS)
    with engine(Role.ANALYST).begin() as connection:
        connection.execute(
            RESULTS.insert().values(city_code=city.code, analysis=about.key, made_at=now, says=says),
        )
        connection.execute(
            RESULTS.delete().where(
                RESULTS.c.city_code == city.code, RESULTS.c.analysis == about.key, RESULTS.c.made_at < now - old
            )
        )
        announce(connection, ANALYSES, city.code)
    return time.monotonic() - began
