"""The answers of the API: a function for each address, which fills the structure that is declared for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import msgspec

from dashboard.public.api.asking import Ask, Page, one_of
from dashboard.public.api.rows import picked
from dashboard.public.api.told import (
    Cities,
    CityTold,
    Corrections,
    CorrectionTold,
    FileTold,
    Indicators,
    IndicatorTold,
    PlaceTold,
    Release,
    Releases,
    ReleaseTold,
    Rows,
    TableListed,
    Tables,
)
from dashboard.public.columns import comma_separated, fields, lines, unit_of
from dashboard.public.described import citation, table_told, words
from dashboard.public.files import DATA
from dashboard.public.package import MEDIA_TYPES
from etl.bundle import About, Bundle, Column, Correction, Manifest, Place


@dataclass(frozen=True)
class Answer:
    """What is told: as JSON, or as CSV where that is asked for; of which release, and which part of a list."""

    body: msgspec.Struct
    release: int | None = None
    page: Page | None = None
    csv: Callable[[], str] | None = None


def cities(ask: Ask) -> Answer:
    """Every city that publishes."""
    return Answer(Cities(cities=tuple(_city(ask, slug) for slug in ask.shelf.cities())))


def _city(ask: Ask, slug: str) -> CityTold:
    manifest = ask.shelf.bundle(slug).manifest
    home = f"{ask.base}/api/v1/{slug}"
    return CityTold(
        city=slug,
        code=manifest.city_code,
        name=manifest.city_name,
        zone=manifest.zone,
        release=manifest.number,
        made_at=manifest.made_at,
        releases=f"{home}/releases",
        tables=f"{home}/tables",
    )


def releases(ask: Ask) -> Answer:
    """The releases of a city, newest first."""
    numbers, page = ask.part(ask.shelf.numbers(ask.city)[::-1])
    told = tuple(_release(ask, ask.shelf.bundle(ask.city, number)) for number in numbers)
    return Answer(Releases(**_listed(ask, page, None), releases=told), page=page)


def _release(ask: Ask, bundle: Bundle) -> ReleaseTold:
    manifest = bundle.manifest
    return ReleaseTold(
        release=manifest.number,
        made_at=manifest.made_at,
        as_of=manifest.as_of,
        previous=manifest.previous,
        simulated=manifest.simulated,
        licence=manifest.licence,
        custodian=manifest.custodian,
        tables=tuple(bundle.tables),
        corrections=len(bundle.corrections),
        address=f"{ask.base}/api/v1/{manifest.city}/releases/{manifest.number}",
    )


def _listed(ask: Ask, page: Page, release: int | None) -> dict[str, Any]:
    following = page.offsets.get("next")
    return {
        "city": ask.city,
        "total": page.total,
        "limit": page.limit,
        "offset": page.offset,
        "next": None if following is None else ask.address(release, page, following),
    }


def release(ask: Ask) -> Answer:
    """One release."""
    bundle = ask.bundle()
    manifest = bundle.manifest
    told = Release(
        city=manifest.city,
        release=_release(ask, bundle),
        areas=tuple(map(_place, manifest.places)),
        files=tuple(_files(ask, manifest)),
    )
    return Answer(told, manifest.number)


def _place(place: Place) -> PlaceTold:
    return PlaceTold(
        area=place.code,
        name=place.name,
        level=place.level,
        parent=place.parent,
        population=place.population,
        population_year=place.population_year,
        population_source=place.population_source,
    )


def _files(ask: Ask, manifest: Manifest, table: str = "") -> Iterator[FileTold]:
    """The data files of a release, or of one of its tables."""
    for path, digest in sorted(manifest.files.items()):
        file = PurePosixPath(path)
        name, _, ending = file.name.partition(".")
        if file.parent.name == DATA and file.suffix in MEDIA_TYPES and table in ("", name):
            address = f"{ask.base}/{manifest.city}/rilis/{manifest.number}/{path}"
            yield FileTold(format=ending, media_type=MEDIA_TYPES[file.suffix], address=address, sha256=digest)


def tables(ask: Ask) -> Answer:
    """What a release publishes."""
    manifest = ask.bundle().manifest
    home = f"{ask.base}/api/v1/{manifest.city}/tables"
    told = tuple(
        TableListed(
            table=table_told(manifest, about),
            address=f"{home}/{about.name}?release={manifest.number}",
            files=tuple(_files(ask, manifest, about.name)),
        )
        for about in manifest.tables
    )
    return Answer(Tables(city=manifest.city, release=manifest.number, tables=told), manifest.number)


def rows(ask: Ask) -> Answer:
    """Rows of a table, as JSON or CSV."""
    bundle = ask.bundle()
    manifest, about = bundle.manifest, ask.about(bundle)
    among = fields(about, _columns(ask, about))
    part, page = ask.part(picked(bundle, about, ask.said))
    told = list(lines(bundle, about, part, among))
    body = Rows(
        **_listed(ask, page, manifest.number),
        release=manifest.number,
        made_at=manifest.made_at,
        as_of=manifest.as_of,
        simulated=manifest.simulated,
        table=about.name,
        licence=manifest.licence,
        citation=words(citation(manifest, about, ask.address(manifest.number))),
        rows=tuple(dict(zip((field.name for field in among), line, strict=True)) for line in told),
    )
    return Answer(body, manifest.number, page, lambda: comma_separated(among, told))


def _columns(ask: Ask, about: About) -> tuple[str, ...] | None:
    """The columns that are asked for; None for all."""
    there = tuple(column.key for column in about.columns)
    return tuple(one_of(there, column, "columns") for column in ask.said["columns"]) or None


def indicators(ask: Ask) -> Answer:
    """What the figures of a release mean, each once."""
    manifest = ask.bundle().manifest
    found: dict[str, list[tuple[About, Column]]] = {}
    for about in manifest.tables:
        for column in about.measures:
            if column.indicator:
                found.setdefault(column.indicator, []).append((about, column))
    told = tuple(_indicator(key, where) for key, where in sorted(found.items()))
    return Answer(Indicators(city=manifest.city, release=manifest.number, indicators=told), manifest.number)


def _indicator(key: str, where: list[tuple[About, Column]]) -> IndicatorTold:
    column = where[0][1]
    return IndicatorTold(
        indicator=key,
        title=words(column.title),
        definition=words(column.meaning),
        formula=words(column.formula),
        unit=words(unit_of(column)),
        better=column.better,
        columns=tuple(f"{about.name}.{column.key}" for about, column in where),
    )


def corrections(ask: Ask) -> Answer:
    """What one release corrected, or all of them."""
    one = ask.said["release"] is not None or ask.said["as_of"] is not None
    bundles = [ask.bundle()] if one else list(ask.shelf.bundles(ask.city))[::-1]
    if ask.said["table"]:
        one_of(tuple(bundles[0].tables), ask.said["table"], "table")
    wanted = [
        (bundle, correction)
        for bundle in bundles
        for correction in bundle.corrections
        if ask.said["table"] in (None, correction.table)
    ]
    release = bundles[0].manifest.number if one else None
    part, page = ask.part(wanted)
    told = tuple(_correction(bundle.manifest, correction) for bundle, correction in part)
    return Answer(Corrections(**_listed(ask, page, release), corrections=told), release, page)


def _correction(manifest: Manifest, correction: Correction) -> CorrectionTold:
    return CorrectionTold(
        release=manifest.number,
        made_at=manifest.made_at,
        table=correction.table,
        column=correction.column,
        row=correction.row,
        before=correction.before,
        before_flag=correction.before_flag,
        after=correction.after,
        after_flag=correction.after_flag,
        why=tuple(map(words, correction.why)),
    )
