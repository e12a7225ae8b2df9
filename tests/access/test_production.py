"""A command center at a city's own address starts only when nothing of a trial is left, and answers only there."""

import secrets

import pytest
from flask import Flask

from dashboard.__main__ import main
from dashboard.access import accounts, production
from dashboard.access.guard import Guard
from dashboard.access.roles import ANYONE
from dashboard.access.site import Site, here
from dashboard.command import create
from etl import keys
from etl.errors import PantauError
from tests.world import World

ORIGIN = "https://pantau.samarindakota.go.id"
PRODUCTION = Site(ORIGIN)


@pytest.fixture(autouse=True)
def strong(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trial's accounts look closed: the other tests of this world need them."""
    monkeypatch.setattr(accounts, "every", lambda: [])
    main(["keys"])


@pytest.mark.parametrize("origin", ["http://pantau.go.id", "pantau.go.id", "https://", "https://pantau.go.id/layar"])
def test_an_address_that_protects_nobody_is_refused(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_ORIGIN", origin)
    with pytest.raises(PantauError, match="https://"):
        here()


def test_it_starts_when_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_ORIGIN", f"{ORIGIN}/")
    assert create().test_client().get("/masuk", base_url=ORIGIN).status_code == 200


def test_a_missing_key_keeps_it_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "there", lambda name: name != "codes")
    with pytest.raises(PantauError, match=r"codes.*python -m dashboard keys"):
        production.require(PRODUCTION)
    production.require(Site())


@pytest.mark.parametrize("weak", ["", "rahasia", "0" * 64, "0123456789abcdef" * 4, "a" * 63, "ab" * 32])
def test_an_example_key_keeps_it_from_starting(weak: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "secret", lambda name: weak if name == "codes" else secrets.token_hex(32))
    with pytest.raises(PantauError, match="PANTAU_KEY"):
        production.require(PRODUCTION)


def test_accounts_of_a_trial_keep_it_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with pytest.raises(PantauError, match="user disable walikota"):
        production.require(PRODUCTION)


def test_only_its_own_address_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_ORIGIN", ORIGIN)
    browser = create().test_client()
    assert browser.get("/healthz", base_url="http://evil.example").status_code == 403
    form = {"login": "x", "password": "y"}
    assert (
        browser.post("/masuk", base_url=ORIGIN, data=form, headers={"Origin": "https://evil.example"}).status_code
        == 403
    )
    for origin, status in (("https://evil.example", 403), (ORIGIN, 401)):
        assert browser.post("/masuk", base_url=ORIGIN, data=form, headers={"Origin": origin}).status_code == status


def test_a_route_without_an_audience_does_not_start() -> None:
    app, guard = Flask("uji"), Guard(Site(), {})
    app.add_url_rule("/rahasia", "rahasia", lambda: "rahasia")
    guard.open_to(ANYONE, "/static/<path:filename>")
    with pytest.raises(PantauError, match="/rahasia"):
        guard.stand(app)


def test_one_that_slips_in_later_is_nobody_s() -> None:
    app, guard = Flask("uji"), Guard(Site(), {})
    guard.open_to(ANYONE, "/static/<path:filename>")
    guard.stand(app)
    app.add_url_rule("/rahasia", "rahasia", lambda: "rahasia")
    assert app.test_client().get("/rahasia").status_code == 401
