"""Targets: what cannot be is refused by its field; what is set is on tiles, charts and walls, and can be taken back."""

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from dashboard.access.roles import Grant, Role
from dashboard.indicators import emergency, indicators
from dashboard.indicators.emergency import arrival_target
from dashboard.office import targets
from dashboard.office.pillars import PILLARS, pillar
from dashboard.wrong import Wrong
from etl.cities import load_city
from etl.office import OFFICE, TARGETS
from etl.warehouse import Role as SqlRole
from etl.warehouse import engine, versions
from tests.signed_in import COOKIE, OURS, token_with
from tests.world import World, until

CITY = load_city("banyumas")  # no other test looks at its targets
AGE = "answered_20s"


@pytest.mark.parametrize(
    ("key", "number", "owner", "field"),
    [
        ("tidak_ada", "5", "", "indicator"),
        (AGE, "nan", "", "target"),
        (AGE, "inf", "", "target"),
        (AGE, "lima", "", "target"),
        (AGE, "-1", "", "target"),
        (AGE, "100,5", "", "target"),
        (AGE, "", "", "target"),
        ("calls", "5", "", "target"),
        (AGE, "90", "x" * 81, "owner"),
        (AGE, "90", "a\x00b", "owner"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(key: str, number: str, owner: str, field: str) -> None:
    with pytest.raises(Wrong) as refused:
        targets.check(key, number, owner)
    assert refused.value.field == field


def test_a_comma_is_a_decimal_point_and_a_person_alone_is_enough() -> None:
    assert targets.check(AGE, " 92,5 ", " Kepala  Diskominfo ")[1:] == (92.5, "Kepala Diskominfo")
    assert targets.check("calls", "", "Diskominfo")[1] is None


def test_every_indicator_has_one_of_the_six_pillars() -> None:
    assert {pillar(one) for one in indicators().values()} <= set(PILLARS)


@pytest.fixture
def mayor(world: World) -> Iterator[httpx.Client]:
    cookies = {COOKIE: token_with(Grant(Role.MAYOR, CITY.code), Grant(Role.OPERATOR, CITY.code))}
    with httpx.Client(base_url=world.command_url, cookies=cookies, headers=OURS, timeout=60) as client:
        yield client
    with engine(SqlRole.OFFICE).begin() as connection:
        connection.execute(sa.delete(TARGETS).where(TARGETS.c.city_code == CITY.code))
        targets.announce(connection, OFFICE, CITY.code)


def keep(mayor: httpx.Client, **said: str) -> httpx.Response:
    return mayor.post(f"/target/simpan?kota={CITY.slug}", data=said)


def test_a_target_that_is_set_is_on_the_tile_within_a_second_and_can_be_taken_back(mayor: httpx.Client) -> None:
    path = f"/panel/layanan/waste_kg?kota={CITY.slug}&periode=7h"
    assert mayor.get(path).json()["tile"]["target"] == ""
    name = f"Kepala {uuid.uuid4().hex[:6]}"
    assert keep(mayor, indicator="waste_kg", target="999999999", owner=name).status_code == 200
    until(lambda: "target ≥" in mayor.get(path).json()["tile"]["target"], lambda: True, Path(__file__))
    assert mayor.get(path).json()["tile"]["met"] is False
    page = mayor.get(f"/target?kota={CITY.slug}").text
    assert name in page and "ditetapkan" in page
    assert keep(mayor, indicator="waste_kg", todo="undo").status_code == 200
    until(lambda: mayor.get(path).json()["tile"]["target"] == "", lambda: True, Path(__file__))
    assert keep(mayor, indicator="waste_kg", todo="undo").status_code == 409
    assert name in mayor.get(f"/target?kota={CITY.slug}").text  # history is kept


def test_a_wall_and_a_chart_follow_too(mayor: httpx.Client) -> None:
    wall = f"/adegan/kota?kota={CITY.slug}&panel=answered_20s:"
    chart = f"/panel/112/arrival?kota={CITY.slug}&periode=7h"
    before = mayor.get(chart).headers["ETag"]
    assert keep(mayor, indicator=AGE, target="99").status_code == 200
    assert keep(mayor, indicator="arrival_p90", target="2").status_code == 200
    until(lambda: "≥ 99" in mayor.get(wall).text, lambda: True, Path(__file__))
    until(lambda: mayor.get(chart).headers["ETag"] != before, lambda: True, Path(__file__))


def test_what_is_wrong_is_told_with_the_field_and_changes_nothing(mayor: httpx.Client) -> None:
    with engine(SqlRole.BELL).connect() as connection:
        before = versions(connection, CITY.code).get((CITY.code, OFFICE))
    refused = keep(mayor, indicator=AGE, target="101")
    assert refused.status_code == 400 and "Target: Persentase paling besar 100." in refused.text
    with engine(SqlRole.BELL).connect() as connection:
        assert versions(connection, CITY.code).get((CITY.code, OFFICE)) == before


def test_what_people_set_wins_over_the_file_also_where_incidents_wait(world: World) -> None:
    city = load_city("samarinda")
    assert emergency.ARRIVAL_P90.aim(city) == 6 and arrival_target(city) == 6
    said = {"arrival_p90": targets.Setting("arrival_p90", 4.0, "", "uji", dt.datetime.now(dt.UTC))}
    informed = targets.with_targets(city, said)
    assert emergency.ARRIVAL_P90.aim(informed) == 4 and arrival_target(informed) == 4
    assert emergency.ARRIVAL_P90.aim(city) == 6
    assert targets.with_targets(city, {}) is city
