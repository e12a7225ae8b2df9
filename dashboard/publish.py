"""``python -m dashboard release`` and ``publish``: what the publications declare becomes the next release of a city."""

import datetime as dt
import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.alone import alone_for_ever
from dashboard.areas import places
from dashboard.public.made import MAKERS
from dashboard.publication import Listed, Publication, Told, draft, listed
from dashboard.publications import publications
from dashboard.queries import populations
from etl import aid_store
from etl.bundle import Bundle, Manifest, Place, Shelf, Source, shelf
from etl.cities import City, all_cities
from etl.errors import PantauError
from etl.release import Draft, NotReleasable, Past, Why, current, make
from etl.text import Text
from etl.warehouse import RUNS, SOURCES, Role, reading

log = logging.getLogger("publish")
LOCK = 7_216_409
LOOK_EVERY_S, AID_EVERY_S = 60.0, 3600.0


def release(city: City, on: Shelf, now: dt.datetime) -> Bundle:
    """Make the next release of a city of what is known now. Raises NotReleasable, and what the warehouse raises."""
    before = current(on, city.slug)
    with reading(city.code) as connection:
        told = Told(connection, places(connection, city), now, populations(connection, city))
        past = Past(on, city.slug)
        drafts = [one for one in (_draft(about, told, past) for about in publications().values()) if one]
        whys = list(_whys(told, before)) if before else []
        manifest = _manifest(told, drafts)
    if not drafts:
        raise NotReleasable("belum ada masa yang lengkap untuk diterbitkan | there is no whole period to publish yet")
    return make(on, manifest, drafts, whys, MAKERS)


def _draft(about: Publication | Listed, told: Told, past: Past) -> Draft | None:
    return listed(about, told) if isinstance(about, Listed) else draft(about, told, past.table(about.name))


def _manifest(told: Told, drafts: Sequence[Draft]) -> Manifest:
    city = told.city
    sources = told.sources(sorted({name for one in drafts for name in one.about.datasets}))
    return Manifest(
        city=city.slug,
        city_code=city.code,
        city_name=city.name,
        zone=city.zone,
        number=0,
        made_at=dt.datetime.now(dt.UTC),
        as_of=told.as_of,
        previous=None,
        simulated=any(row.simulated for row in sources),
        licence=city.release.licence,
        custodian=city.release.custodian,
        tables=tuple(one.about for one in drafts),
        sources=tuple(map(_source, sources)),
        places=tuple(_place(told, area.code) for area in told.places.book),
    )


def _source(row: sa.Row[tuple[object, ...]]) -> Source:
    return Source(
        name=row.source,
        title=Text(row.title_id, row.title_en),
        owner=row.owner,
        licence=row.licence,
        fresh_at=row.fresh_at,
        simulated=row.simulated,
    )


def _place(told: Told, code: str) -> Place:
    area = told.places.book[code]
    return Place(
        code=code,
        name=area.name,
        level=area.level,
        parent=area.parent,
        population=told.people.get(code),
        population_year=area.population_year,
        population_source=area.population_source,
    )


def _whys(told: Told, before: Bundle) -> Iterator[Why]:
    """Which sources sent something else than was known at the release before, when, and what was noted of it.

    How many rows they sent is not said: it would be an exact count of what the tables round.
    """
    query = (
        sa.select(
            RUNS.c.dataset,
            *(SOURCES.c[name] for name in ("title_id", "title_en")),
            *(sa.func.max(RUNS.c[name]).label(name) for name in ("finished_at", "note_id", "note_en")),
        )
        .join(SOURCES, sa.and_(SOURCES.c.city_code == RUNS.c.city_code, SOURCES.c.source == RUNS.c.source))
        .where(RUNS.c.city_code == told.city.code, RUNS.c.loaded > 0)
        .where(RUNS.c.finished_at > before.manifest.as_of, RUNS.c.finished_at <= told.as_of)
        .group_by(RUNS.c.dataset, SOURCES.c.source, SOURCES.c.title_id, SOURCES.c.title_en)
    )
    for row in told.connection.execute(query):
        yield Why(row.dataset, Text(*(_why(row, told.city, language) for language in ("id", "en"))))


def _why(row: sa.Row[Any], city: City, language: str) -> str:
    title, note = (row.title_id, row.note_id) if language == "id" else (row.title_en, row.note_en)
    sent = Text("kiriman {day} berbeda dari sebelumnya", "its delivery of {day} differs from before")
    day = fmt.day(row.finished_at.astimezone(city.tz).date(), language)
    return f"{title}: {sent.say(language).format(day=day)}" + (f" ({note})" if note else "")


def due(city: City, on: Shelf, now: dt.datetime) -> bool:
    """Whether the hour of the day at which a city publishes has passed since its last release."""
    before = current(on, city.slug)
    today = now.astimezone(city.tz)
    hour = dt.datetime.combine(today.date(), city.release.at, city.tz)
    last = hour if hour <= today else hour - dt.timedelta(days=1)
    return before is None or before.manifest.as_of < last


def run() -> None:
    """Publish every city at its hour, for ever; and each hour what Cek bantuan saya answers."""
    alone_for_ever(Role.WEB, LOCK, Text("menerbitkan rilis", "publishing releases"), _publish)


def _publish() -> None:
    looked: dict[str, float] = {}  # by city: when the answers about social aid were brought up to date
    while True:
        for city in all_cities():
            _publish_if_due(city)
            if time.monotonic() - looked.get(city.slug, -AID_EVERY_S) >= AID_EVERY_S:
                looked[city.slug] = time.monotonic()
                _refresh_aid(city)
        time.sleep(LOOK_EVERY_S)


def _refresh_aid(city: City) -> None:
    try:
        if aid_store.refresh(city):
            log.info("%s: jawaban Cek bantuan saya diperbarui | the answers about social aid are new", city)
    except PantauError as error:
        log.warning("%s: Cek bantuan saya tidak diperbarui | not brought up to date: %s", city, error)


def _publish_if_due(city: City) -> None:
    on, now = shelf(), dt.datetime.now(dt.UTC)
    if not due(city, on, now):
        return
    try:
        made = release(city, on, now)
    except PantauError as error:
        log.warning("%s: belum diterbitkan | not published: %s", city, error)
        return
    log.info("%s: rilis %d, %d tabel", city, made.manifest.number, len(made.tables))
