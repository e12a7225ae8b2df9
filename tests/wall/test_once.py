"""Fifty screens ask at once: everything is computed once for all of them, and what did not change is not sent."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from dashboard.answers import fingerprint
from dashboard.command import create
from dashboard.identifiers import holds_identifier
from dashboard.wall.scene import repertoire
from etl.announce import announce
from etl.cities import load_city
from etl.warehouse import Role, engine
from tests.signed_in import COOKIE, screen_token
from tests.world import World

CITY = load_city("samarinda")
SCREENS = 50
CHANGED = "emergency_calls"


@pytest.fixture(scope="module")
def app(world: World) -> Flask:
    return create()


def screen(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.set_cookie(COOKIE, screen_token(CITY.code))
    return client


def changed() -> None:
    """A new version of the calls, as a loading transaction makes it."""
    with engine(Role.ETL).begin() as connection:
        announce(connection, CHANGED, CITY.code)


def test_fifty_screens_are_told_at_once_and_each_panel_is_computed_once(app: Flask) -> None:
    answers = app.extensions["walls"].answering.answers
    panels = {panel.id: panel.datasets for panel in repertoire(CITY).scenes["kota"].panels}
    concerned = [name for name, datasets in panels.items() if CHANGED in datasets]
    told, ready = [], threading.Barrier(SCREENS + 1)

    def live(client: FlaskClient) -> tuple[dict[str, Any], dict[str, Any]]:
        """Know everything, wait for what comes, ask for what it changed."""
        known = client.get("/adegan/kota").json
        tag = client.get("/dinding/keadaan").headers["ETag"]
        ready.wait(60)
        heard = client.get("/dinding/keadaan", headers={"If-None-Match": tag})
        asked = [("panel", f"{name}:{known[name]['etag']}") for name in concerned]
        return heard.json, client.get("/adegan/kota", query_string=asked).json

    with ThreadPoolExecutor(SCREENS) as pool:
        work = [pool.submit(live, screen(app)) for _ in range(SCREENS)]
        ready.wait(60)
        before = answers.computed
        changed()
        told = [one.result(60) for one in work]
    assert answers.computed - before <= 2 * len(concerned)  # twice where a minute begins meanwhile
    versions = {heard["versions"][CHANGED] for heard, _ in told}
    assert len(versions) == 1
    for _, answer in told:
        assert set(answer) == set(concerned)
        assert all(one["versions"] for one in answer.values())


def test_what_a_screen_knows_is_not_sent_again(app: Flask) -> None:
    client = screen(app)
    known = client.get("/adegan/kota?panel=map:").json
    again = client.get(f"/adegan/kota?panel=map:{known['map']['etag']}").json
    assert "answer" in known["map"] and again == {"map": {k: v for k, v in known["map"].items() if k != "answer"}}


@given(st.binary(max_size=60))
def test_what_a_screen_knows_never_looks_like_a_number_of_a_person(content: bytes) -> None:
    """Screens name what they know in the address, and no address with somebody's number is answered."""
    known = fingerprint(content)
    assert known.isalpha() and not holds_identifier(f"/adegan/kota?panel=map:{known}")


def test_other_contents_have_other_names() -> None:
    assert len({fingerprint(str(number).encode()) for number in range(5_000)}) == 5_000
