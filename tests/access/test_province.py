"""Cities side by side: each viewer's own ones and no others, and what they come to is what their rows say."""

import csv
import io
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from dashboard.access.roles import Grant, Role
from dashboard.indicators.emergency import ABANDONED
from etl.cities import all_cities, load_city
from etl.warehouse import TABLES, engine
from etl.warehouse import Role as SqlRole
from tests.signed_in import COOKIE, OURS, token_with
from tests.world import World

CODES = [city.code for city in all_cities()]
HERE, THERE = load_city("samarinda"), load_city("surabaya")
CALLS = TABLES["emergency_calls"]


def asked(world: World, path: str, *grants: Grant) -> httpx.Response:
    headers = OURS | {"Cookie": f"{COOKIE}={token_with(*grants)}"}
    return httpx.get(f"{world.command_url}{path}", headers=headers, timeout=60)


def lines(world: World, panel: str, *grants: Grant, city: str = "samarinda") -> list[list[str]]:
    """The table of a panel, without its head."""
    reply = asked(world, f"/panel/provinsi/{panel}.csv?kota={city}&periode=semua", *grants)
    assert reply.status_code == 200, reply.text
    return list(csv.reader(io.StringIO(reply.text.lstrip("\ufeff"))))[1:]


def mayor(*codes: str) -> list[Grant]:
    return [Grant(Role.MAYOR, code) for code in codes]


@pytest.mark.parametrize(
    ("grants", "seen"),
    [
        (mayor(HERE.code), [HERE.name]),
        (mayor(HERE.code, THERE.code), [HERE.name, THERE.name]),
        ([*mayor(HERE.code), Grant(Role.OPD_HEAD, THERE.code, "1.01")], [HERE.name]),
        ([*mayor(HERE.code), Grant(Role.ADMIN, THERE.code)], [HERE.name]),
        (mayor(*CODES), [city.name for city in all_cities()]),
    ],
    ids=["one", "two", "head-of-an-agency-there", "admin-there", "all"],
)
def test_a_viewer_sees_the_own_cities_and_no_others(world: World, grants: list[Grant], seen: list[str]):
    *cities, whole = lines(world, "calls", *grants)
    assert sorted(row[0] for row in cities) == sorted(seen)
    assert float(whole[1]) == sum(float(row[1]) for row in cities)


def test_another_city_cannot_be_asked_for(world: World):
    assert asked(world, "/panel/provinsi/calls?kota=surabaya", *mayor(HERE.code)).status_code == 403
    assert asked(world, "/panel/provinsi/calls?kota=samarinda", Grant(Role.ADMIN, HERE.code)).status_code == 403


def test_the_page_is_offered_to_who_has_several_cities(world: World):
    def offered(*grants: Grant) -> bool:
        pages: Any = asked(world, "/meta", *grants).json()["pages"]
        return "/provinsi" in {page["path"] for page in pages}

    assert not offered(*mayor(HERE.code)) and offered(*mayor(HERE.code, THERE.code))


def test_a_share_of_all_is_that_of_all_their_rows(world: World):
    *_, whole = lines(world, "abandoned", *mayor(*CODES))
    gone = sa.func.count().filter(CALLS.c.outcome == "abandoned")
    rows = sa.select(gone, sa.func.count()).where(ABANDONED.where(CALLS.c))  # type: ignore[misc]
    with engine(SqlRole.ETL).connect() as connection:
        some, every = connection.execute(rows).one()
    assert every > 1_000 and float(whole[1]) == pytest.approx(100 * some / every)
