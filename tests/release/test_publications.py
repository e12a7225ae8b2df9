"""Every published number of every city, computed a second time from the simulator's books: shown, rounded or hidden."""

import datetime as dt
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dashboard import format as fmt
from dashboard.areas import places
from dashboard.calendar import DAY, Step, after
from dashboard.indicators import indicators
from dashboard.publication import ALL, NOT_RECORDED, Listed, Publication, Told, draft
from dashboard.publications import publications
from dashboard.publish import _whys, due, release
from dashboard.queries import populations
from etl.bundle import Bundle, Flag, Kind, Shelf
from etl.catalogue import contract
from etl.cities import City, all_cities, datasets, load_city
from etl.contract import Privacy
from etl.disclosure import LEAST, rounded
from etl.release import NotReleasable, published
from etl.warehouse import reading
from tests import purchases, truth
from tests.world import World

CITIES = [city.slug for city in all_cities()]
TABLES = [name for name, one in publications().items() if isinstance(one, Publication)]
SAMPLE = 20  # rows of a table that are computed again, of those that show a number and of those that do not
NOW = dt.datetime(2099, 1, 1)  # everything published has passed


@pytest.fixture
def shelf(world: World) -> Shelf:
    """The first release of every city, of everything that the world has loaded."""
    return Shelf(world.state / "releases")


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


def by_weeks(name: str) -> Publication:
    """A publication; one by months is asked by weeks, where it can be: the tests' world has no whole month."""
    about = publications()[name]
    assert isinstance(about, Publication)
    monthly = about.step is Step.MONTH and about.count.finest != "month"
    return replace(about, step=Step.WEEK) if monthly else about


@pytest.mark.parametrize("slug", CITIES)
@pytest.mark.parametrize("name", TABLES)
def test_what_is_published_is_what_the_books_say(world: World, name: str, slug: str) -> None:
    city, about, now = load_city(slug), by_weeks(name), dt.datetime.now(dt.UTC)
    with reading(city.code) as connection:
        made = draft(about, Told(connection, places(connection, city), now, populations(connection, city)))
    assert (made is None) == (about.count.dataset not in datasets(city))
    table = published(made, None) if made else None
    figures, book = figures_of(city), book_of(world.truth, city.code, city.zone)
    for record in sampled(table.records if table else (), f"{slug}{name}"):
        count = figures[about.count.key].made(rows_of(figures[about.count.key], book, about, record, city)) or 0
        for column in table.about.measures if table else ():
            said(column.key, record, count, about, figures, book, city)


def sampled(records: Sequence[dict[str, Any]], seed: str) -> Iterator[dict[str, Any]]:
    """Some rows with a number in them, and some without."""
    shown = [record for record in records if Flag.SHOWN in record.values()]
    for group in (shown, [record for record in records if record not in shown]):
        yield from random.Random(seed).sample(group, min(SAMPLE, len(group)))


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
    assert bundle.manifest.simulated
    assert {about.subject for about in bundle.manifest.tables} >= {"corona", "112"}


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


def test_a_second_release_of_the_same_corrects_nothing(world: World, tmp_path: Path) -> None:
    city, on, now = load_city("banyumas"), Shelf(tmp_path), dt.datetime.now(dt.UTC)
    first, second = (release(city, on, now) for _ in range(2))
    assert second.manifest.number == 2 and second.corrections == ()
    assert tables(second) == tables(first)


def test_a_city_publishes_once_after_its_hour(world: World, tmp_path: Path) -> None:
    city, on = load_city("samarinda"), Shelf(tmp_path)
    tomorrow = dt.datetime.now(city.tz).date() + DAY
    hour = dt.datetime.combine(tomorrow, city.release.at, city.tz)
    late = hour + dt.timedelta(hours=1)
    assert due(city, on, late)
    release(city, on, late)
    assert not due(city, on, late) and not due(city, on, hour + dt.timedelta(hours=23, minutes=59))
    assert due(city, on, hour + dt.timedelta(days=1))


def test_without_any_whole_period_nothing_is_published(world: World, tmp_path: Path) -> None:
    city, on = load_city("banyumas"), Shelf(tmp_path)
    with pytest.raises(NotReleasable):
        release(city, on, dt.datetime(2001, 1, 1, tzinfo=dt.UTC))
    assert on.cities() == ()


def tables(bundle: Bundle) -> dict[str, Any]:
    return {name: bundle.table(name).rows for name in bundle.tables}


def test_a_correction_names_its_source_and_the_day_of_its_delivery(world: World) -> None:
    city, now = load_city("samarinda"), dt.datetime.now(dt.UTC)
    before = cast(Bundle, SimpleNamespace(manifest=SimpleNamespace(as_of=now - dt.timedelta(days=1))))
    with reading(city.code) as connection:
        whys = list(_whys(Told(connection, places(connection, city), now, {}), before))
    days = {fmt.day((now - dt.timedelta(days=back)).astimezone(city.tz).date(), "id") for back in (0, 1)}
    assert {why.dataset for why in whys} <= datasets(city) and len(whys) > 10
    for why in whys:
        assert re.search(r": kiriman (.+) berbeda dari sebelumnya", why.says.id).group(1) in days  # type: ignore[union-attr]
