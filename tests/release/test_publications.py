"""Every published number of every city, computed a second time from the simulator's books: shown, rounded or hidden."""

import datetime as dt
import random
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from dashboard.calendar import DAY, after
from dashboard.indicators import indicators
from dashboard.publication import ALL, NOT_RECORDED, Listed, Publication
from dashboard.publications import publications
from dashboard.publish import release
from etl.bundle import Bundle, Flag, Kind, Shelf
from etl.catalogue import contract
from etl.cities import City, all_cities, load_city
from etl.contract import Privacy
from etl.disclosure import LEAST, rounded
from tests import purchases, truth
from tests.world import World

CITIES = [city.slug for city in all_cities()]
TABLES = [name for name, one in publications().items() if isinstance(one, Publication)]
SAMPLE = 60  # rows of a table that are computed again
NOW = dt.datetime(2099, 1, 1)  # everything published has passed


@pytest.fixture(scope="module")
def shelf(world: World, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """A first release of every city, of everything that the world has loaded."""
    on = Shelf(tmp_path_factory.mktemp("releases"))
    for slug in CITIES:
        release(load_city(slug), on, dt.datetime.now(dt.UTC))
    return on


def figures_of(city: City) -> dict[str, truth.Figure]:
    targets = city.targets
    minutes, days = targets.get("emergency_arrival_min", 10.0), targets.get("complaint_days", 14.0)
    return truth.figures(minutes, days, purchases.obligation(city.folder), targets.get("merchant_monthly_cap_idr"))


@lru_cache
def book_of(path: Path, code: str, zone: str) -> truth.Book:
    return truth.Book(path, code, zone)


def rows_of(figure: truth.Figure, book: truth.Book, about: Publication, record: dict[str, Any], city: City) -> Any:
    """The rows of the books that a row of a release counts."""
    first = dt.date.fromisoformat(record["period"])
    asked = truth.Asked(first, after(first, about.step) - DAY, NOW, record["area"])
    rows = truth.counted(figure, book, asked, record["area"] == city.code)
    category = record[about.by] if about.by else ALL
    if about.by is None or category == ALL:
        return rows
    return rows[rows[about.by].fillna(NOT_RECORDED).astype(str) == category]


@pytest.mark.parametrize("slug", CITIES)
@pytest.mark.parametrize("name", TABLES)
def test_what_is_published_is_what_the_books_say(world: World, shelf: Shelf, name: str, slug: str) -> None:
    city, bundle, about = load_city(slug), shelf.bundle(slug), publications()[name]
    assert isinstance(about, Publication)
    if name not in bundle.tables:
        pytest.skip(f"{slug} has no {name}")
    figures, book = figures_of(city), book_of(world.truth, city.code, city.zone)
    records = bundle.table(name).records
    for record in random.Random(f"{slug}{name}").sample(records, min(SAMPLE, len(records))):
        count = figures[about.count.key].made(rows_of(figures[about.count.key], book, about, record, city)) or 0
        for column in bundle.tables[name].measures:
            said(column.key, record, count, about, figures, book, city)


def said(
    key: str,
    record: dict[str, Any],
    count: float,
    about: Publication,
    figures: dict[str, truth.Figure],
    book: truth.Book,
    city: City,
) -> None:
    """One cell: small counts are never shown, and what is shown is the truth, as far as it is told."""
    value, flag, where = record[key], record[f"{key}_flag"], (about.name, key, record)
    if count < LEAST:
        assert flag in (Flag.BELOW, Flag.HIDDEN), where
    if flag is Flag.BELOW and not about.parts:
        assert count < LEAST, where
    if flag is not Flag.SHOWN:
        assert value is None, where
    elif key == about.count.key:
        assert value == rounded(int(count)), where
    elif key in {one.key for one in about.figures}:
        exact = figures[key].made(rows_of(figures[key], book, about, record, city))
        assert exact is not None and abs(value - exact) <= 0.5, where
    elif key in {one.key for one in about.amounts}:
        exact = figures[key].made(rows_of(figures[key], book, about, record, city)) or 0
        assert value == pytest.approx(exact * rounded(int(count)) / count, rel=0.006), where


@pytest.mark.parametrize("slug", CITIES)
def test_every_dataset_that_can_be_told_is_told(shelf: Shelf, slug: str) -> None:
    """A city's release has every table whose sources it has, but for those without one whole period yet."""
    bundle = shelf.bundle(slug)
    assert bundle.manifest.simulated and bundle.manifest.number == 1
    assert {about.subject for about in bundle.manifest.tables} >= {"corona", "bansos", "112", "pasar"}


@pytest.mark.parametrize("name", sorted(publications()))
def test_a_publication_is_whole(name: str) -> None:
    about = publications()[name]
    if isinstance(about, Listed):
        assert contract(about.dataset).privacy is Privacy.P0
        return
    for one in (about.count, *about.amounts, *about.rates, *about.figures):
        assert one is indicators()[one.key]
        assert one.dataset == about.count.dataset and one.base is None and one.at is None
    assert about.title.id != about.title.en and about.meaning.id != about.meaning.en
    assert about.by is None or contract(about.count.dataset)[about.by].privacy <= Privacy.P1


def test_no_column_of_a_release_is_a_person(shelf: Shelf) -> None:
    """Keys are areas, periods and categories of few values: nothing that tells one person from another."""
    for slug in CITIES:
        for about in shelf.bundle(slug).manifest.tables:
            kinds = {about[key].kind for key in about.key}
            assert not about.people or kinds <= {Kind.AREA, Kind.PERIOD, Kind.CATEGORY}
            assert not about.people or len(about.category.words if about.category else ()) <= 60, about.name


def test_a_second_release_of_the_same_corrects_nothing(world: World, shelf: Shelf) -> None:
    city = load_city("banyumas")
    first = shelf.bundle("banyumas")
    second = release(city, shelf, first.manifest.as_of + dt.timedelta(seconds=1))
    assert second.manifest.number == 2 and second.corrections == ()
    assert tables(second) == tables(first)


def tables(bundle: Bundle) -> dict[str, Any]:
    return {name: bundle.table(name).rows for name in bundle.tables}
