"""Apps and sources: how each is judged, and that none is missing."""

import datetime as dt
import sqlite3

import pytest

from dashboard.queries import Asked
from dashboard.scope import Scope
from dashboard.systems import AN_APP, APP_PROMISE_S, ORDER, State, state, systems
from etl.cities import all_cities, load_city, source_files
from etl.warehouse import reading
from tests.world import World

CITIES = [city.slug for city in all_cities()]
HOUR = 3_600.0


@pytest.mark.parametrize(
    ("age_s", "failing", "judged"),
    [
        (0.0, False, State.ALIVE),
        (HOUR, False, State.ALIVE),
        (HOUR + 1, False, State.LATE),
        (3 * HOUR, False, State.LATE),
        (3 * HOUR + 1, False, State.SILENT),
        (None, False, State.SILENT),
        (0.0, True, State.FAILING),
        (None, True, State.FAILING),
    ],
)
def test_a_system_is_judged_by_its_promise(age_s: float | None, failing: bool, judged: State) -> None:
    assert state(age_s, HOUR, failing) is judged


def asked(slug: str, **filters: str) -> Asked:
    city, now = load_city(slug), dt.datetime.now(dt.UTC)
    today = now.astimezone(city.tz).date()
    return Asked(Scope(slug, city.code, today, today, tuple(filters.items())), city, now)


@pytest.mark.parametrize("slug", CITIES)
def test_every_app_and_every_source_is_there_once_and_the_worst_first(world: World, slug: str) -> None:
    city = load_city(slug)
    with reading(city.code) as connection:
        found = systems(connection, asked(slug))
        alone = systems(connection, asked(slug, source="112"))
    apps = [one.app for one in found if one.what is AN_APP]
    assert len(found) - len(apps) == len(source_files(city))
    assert {one.app for one in found} >= {*city.apps, *registry(world, city.code)}
    assert len(set(apps)) == len(apps) and not set(apps) & {one.app for one in found if one.what is not AN_APP}
    places = [(ORDER.index(one.state), -one.promises) for one in found]
    assert places == sorted(places)
    assert {one.app for one in alone} <= {"112"}


@pytest.mark.parametrize("slug", CITIES)
def test_an_app_without_a_source_is_judged_by_the_registry(world: World, slug: str) -> None:
    city = load_city(slug)
    with reading(city.code) as connection:
        found = systems(connection, asked(slug))
    sent = {one.app for one in found if one.what is not AN_APP}
    judged = {one.app: one.state for one in found if one.what is AN_APP and one.app not in sent}
    expected = {
        app: state(lapse, APP_PROMISE_S) for app, lapse in registry(world, city.code).items() if app not in sent
    }
    assert judged == expected


def registry(world: World, code: str) -> dict[str, float]:
    """Seconds between an app's last sign of life and the day of the registry, from the simulator's own store."""
    query = "select app, last_seen_at, updated_at from app_registry where city_code = ? and refused = 0"
    with sqlite3.connect(world.truth) as connection:
        rows = connection.execute(query, (code,)).fetchall()
    return {app: (moment(told) - moment(seen)).total_seconds() for app, seen, told in rows}


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
