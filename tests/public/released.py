"""Releases as they are published, of made-up counts: every publication, through the real disclosure control.

Of the kelurahan some have many of everything, some few, some something between, and one told nobody anything; between
two releases some counts are corrected. The same city and release always have the same numbers.
"""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from dashboard.areas import Places
from dashboard.calendar import after
from dashboard.indicator import Indicator
from dashboard.publication import Listed, Publication, Told, Tree, _Counting
from dashboard.publications import publications
from etl.areas import area_book
from etl.bundle import About, Bundle, Column, Kind, Manifest, Place, Row, Shelf, Source
from etl.cities import City, load_city
from etl.release import Cell, Draft, Maker, Why, make
from etl.text import Text

FIRST = {"day": dt.date(2026, 10, 19), "week": dt.date(2026, 10, 5), "epidemic_week": dt.date(2026, 10, 3)}
MONTH = dt.date(2026, 7, 1)
PERIODS = {"day": 30, "week": 7, "epidemic_week": 7, "month": 4}
AS_OF = dt.datetime(2026, 11, 27, 1, 0, tzinfo=dt.UTC)
WHY = Text("Laporan susulan dari puskesmas", "Late reports from health centres")
CATEGORIES = {
    "age_band": ("20-29", "30-39", "60-69"),
    "sex": ("female", "male"),
    "outcome": ("prank", "ghost", "information", "emergency", "abandoned"),
    "category": ("Medis", "Kebakaran", "Sembako"),
    "programme": ("PKH", "Sembako"),
    "status": ("paid", "verified", "rejected"),
    "buyer_type": ("asn", "opd", "public"),
    "agency_code": ("D01", "D02", "D03"),
}
AGENCIES = (("D01", "Dinkes"), ("D02", "Dishub"), ("D03", "DPUPR"))
RANGES = ((20, 160), (0, 9), (0, 30))  # of the counts of a kelurahan: many, few, between
SILENT = 4  # the kelurahan, in the order of the list, that tells nothing
ACTION = ("action_id", "action", "pillar", "agency_code", "target", "evidence", "claimed", "evidenced")
ACTION += ("due_on", "done_on")
ACTIONS = (
    ("A1", "Dermaga Pasar Pagi", "economy", "D03", "Selesai", "Foto", 100.0, 60.0, "2026-06-30", None),
    ("A2", "<img src=x onerror=alert(1)>", "society", "D02", "=HYPERLINK(1)", None, 40.0, None, None, None),
    ("A3", "Citra Niaga", "branding", "D03", "Ramai", "Laporan", 100.0, 100.0, "2026-03-31", "2026-03-01"),
)
SITE = ("budget_year", "area_code", "item", "budget", "realised", "progress", "reported_on")
SITES = (
    ("2026", "64.72.01.1002", "computers", 200_000_000, 150_000_000, 80.0, "2026-10-31"),
    ("2026", "64.72.01.1002", "interior", 400_000_000, 150_000_000, 55.0, "2026-10-31"),
)
PACKAGE = ("package_id", "purchased_on", "agency_code", "supplier", "is_umk", "is_domestic", "value")
PACKAGES = tuple(
    (f"P{n:02d}", f"2026-09-{1 + n % 28:02d}", "D01", f"Toko {n}", "yes" if n % 2 else "no", "yes", 1_000_000)
    for n in range(40)
)
LISTS: dict[str, list[dict[str, Any]]] = {
    "rencana_actions": [dict(zip(ACTION, row, strict=True)) for row in ACTIONS],
    "anggaran_sites": [dict(zip(SITE, row, strict=True)) for row in SITES],
    "anggaran_catalogue": [dict(zip(PACKAGE, row, strict=True)) for row in PACKAGES],
}


class MadeUp(_Counting):
    """A publication whose counts come of dice, not of the warehouse."""

    number: int

    def _measured(self, indicator: Indicator, part: Any = None) -> dict[tuple[Any, ...], float]:
        publication, found = self.publication, {}
        categories = [(one,) for one in CATEGORIES[publication.by]] if publication.by else [()]
        areas = [area.code for level in publication.levels for area in self.told.places.book.at(level)]
        for code, period, category in product(areas, self.periods, categories):
            key = (code, period, *category)
            found[key] = self._value(indicator, key, part)
        return found

    def _value(self, indicator: Indicator, key: tuple[Any, ...], part: Any) -> float:
        if indicator in self.publication.figures:
            return self._dice(indicator.key, *key).uniform(3, 20)
        count = self._count(*key)
        if indicator in self.publication.amounts:
            return count * 12_345.0
        return round(count * 0.6) if part is not None else count

    def _count(self, code: str, period: dt.date, *category: str) -> int:
        below = [one.code for one in self.told.places.book.at("kelurahan") if one.code.startswith(code)]
        return sum(self._of_a_ward(one, period, *category) for one in below)

    def _of_a_ward(self, code: str, period: dt.date, *category: str) -> int:
        dice = self._dice(code, period, *category)
        count = dice.randint(*RANGES[_order(self.told.city.slug)[code] % len(RANGES)])
        return count + (40 if self.number > 1 and count > 20 and dice.randrange(12) == 0 else 0)

    def _dice(self, *of: object) -> random.Random:
        return random.Random(f"{self.told.city.slug} {self.publication.count.key} {of}")

    def _cells(self) -> Iterator[Cell]:
        silent = next(code for code, order in _order(self.told.city.slug).items() if order == SILENT)
        for cell in super()._cells():
            nobody = self.publication.tree is Tree.AREAS and cell.key[0] == silent
            yield replace(cell, missing=True) if nobody else cell


@lru_cache
def _order(slug: str) -> dict[str, int]:
    return {area.code: order for order, area in enumerate(area_book(load_city(slug)).at("kelurahan"))}


def periods(publication: Publication) -> list[dt.date]:
    """The periods of a table, oldest first."""
    found = [FIRST.get(publication.step, MONTH)]
    while len(found) < PERIODS[publication.step]:
        found.append(after(found[-1], publication.step))
    return found


def drafts(city: City, number: int, without: Sequence[str] = ()) -> Iterator[Draft]:
    """Every table of a release before disclosure control; those of the plan are the city's only that has one."""
    book = area_book(city)
    people = {area.code: area.population for area in book if area.population}
    told = Told(cast(sa.Connection, None), Places(city, book, AGENCIES), AS_OF, people)
    for one in publications().values():
        if one.name in without:
            continue
        if isinstance(one, Publication):
            counting = MadeUp(one, told, periods(one))
            object.__setattr__(counting, "number", number)
            yield counting.draft((one.count.dataset,))
        elif city.slug == "samarinda":
            yield _listed(one)


def _listed(one: Listed) -> Draft:
    rows = LISTS[one.name]
    columns = tuple(_worded(column, [row[column.key] for row in rows]) for column in one.columns)
    about = About(
        name=one.name, subject=one.subject, title=one.title, meaning=one.meaning, grain=one.grain, columns=columns,
        key=one.key, datasets=one.datasets, sources=one.datasets, people=False, limits=one.limits,
    )  # fmt: skip
    return Draft(about, exact=[Row(tuple(row[column.key] for column in columns)) for row in rows])


def _worded(column: Column, values: list[Any]) -> Column:
    if column.kind is not Kind.CATEGORY:
        return column
    return msgspec.structs.replace(column, words={one: Text(one, one) for one in sorted(set(values))})


def publish(folder: Path, city: City, number: int, makers: Sequence[Maker] = (), without: Sequence[str] = ()) -> Bundle:
    """Make the next release of a city in ``folder``."""
    tables = list(drafts(city, number, without))
    sources = sorted({name for draft in tables for name in draft.about.datasets})
    made_at = AS_OF + dt.timedelta(days=number - 1)
    manifest = Manifest(
        city=city.slug, city_code=city.code, city_name=city.name, zone=city.zone, number=0, made_at=made_at,
        as_of=made_at - dt.timedelta(minutes=5), previous=None, simulated=True, licence="CC BY 4.0",
        custodian="Dinas Komunikasi dan Informatika", tables=tuple(draft.about for draft in tables),
        sources=tuple(_source(name, made_at) for name in sources),
        places=tuple(
            Place(code=area.code, name=area.name, level=area.level, parent=area.parent, population=area.population,
                  population_year=area.population_year, population_source=area.population_source)
            for area in area_book(city)
        ),
    )  # fmt: skip
    whys = [Why(name, WHY) for name in sources] if number > 1 else []
    return make(Shelf(folder), manifest, tables, whys, makers)


def _source(name: str, made_at: dt.datetime) -> Source:
    return Source(
        name=name,
        title=Text(f"Aplikasi {name}", f"Application {name}"),
        owner=f"Dinas {name}",
        licence="Internal pemerintah kota | internal to the city",
        fresh_at=made_at - dt.timedelta(hours=3),
        simulated=True,
    )


def shelf_in(folder: Path, makers: Sequence[Maker] = ()) -> Shelf:
    """Two releases of Samarinda, and one of Surabaya, which publishes nothing about its market."""
    samarinda, surabaya = load_city("samarinda"), load_city("surabaya")
    for number in (1, 2):
        publish(folder, samarinda, number, makers)
    market = tuple(name for name in publications() if name.startswith("pasar"))
    publish(folder, surabaya, 1, makers, without=market)
    return Shelf(folder)
