"""The administrator's page: accounts, roles, sessions and keys of the own city; all undone or asked for twice."""

import re
import secrets
from collections.abc import Iterator

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.access import accounts, admin, passwords, sessions
from dashboard.access.roles import Grant, Role
from dashboard.command import create
from etl import push_keys
from etl.access import Push
from etl.catalogue import contracts
from etl.cities import load_city
from tests.etl.made import source_of
from tests.signed_in import COOKIE, OURS, token_with
from tests.world import World

HERE, THERE = load_city("samarinda"), load_city("surabaya")


@pytest.fixture(scope="module")
def app(world: World) -> Flask:
    return create()


@pytest.fixture
def browser(app: Flask) -> Iterator[FlaskClient]:
    """An administrator of one city."""
    with signed_in(app, Grant(Role.ADMIN, HERE.code)) as client:
        yield client


def signed_in(app: Flask, *grants: Grant) -> FlaskClient:
    client = app.test_client()
    client.set_cookie(COOKIE, token_with(*grants))
    return client


def somebody(*grants: Grant) -> accounts.Account:
    login = f"uji-{secrets.token_hex(4)}"
    made = accounts.add(login, f"Uji {login}", "sungai mahakam pagi", "tests", must_change=False)
    for grant in grants:
        accounts.grant(made, grant, "tests")
    return of(login)


def of(login: str) -> accounts.Account:
    found = accounts.named(login)
    assert found
    return found


def do(client: FlaskClient, todo: str, city: str = HERE.slug, **said: object) -> TestResponse:
    form = {"todo": todo} | {name: str(value) for name, value in said.items()}
    return client.post(f"/admin/ubah?kota={city}", data=form, headers=OURS)


def operator(city: str = HERE.code) -> accounts.Account:
    return somebody(Grant(Role.OPERATOR, city))


def test_a_new_account_signs_in_with_the_password_that_was_shown_once(browser: FlaskClient) -> None:
    login = f"baru-{secrets.token_hex(4)}"
    page = do(browser, "add", login=f" {login.upper()} ", name="Siti Aminah", role="opd_head", agency="D01")
    shown = re.search(r"<code>([\w-]{16})</code>", page.text)
    assert page.status_code == 200 and shown
    made = of(login)
    assert passwords.fits(shown[1], made.password) and made.must_change
    assert made.grants == {Grant(Role.OPD_HEAD, HERE.code, "D01")}
    assert shown[1] not in browser.get("/admin").text


def test_what_can_be_undone_offers_to_be(browser: FlaskClient) -> None:
    one = operator()
    page = do(browser, "grant", login=one.login, role="steward", agency="")
    assert Grant(Role.STEWARD, HERE.code) in of(one.login).grants and "Batalkan" in page.text
    do(browser, "revoke", account=one.id, role="steward", agency="")
    assert of(one.login).grants == one.grants
    do(browser, "disable", account=one.id)
    assert of(one.login).disabled
    do(browser, "enable", account=one.id)
    assert not of(one.login).disabled


def test_every_change_stands_in_the_list_with_who_made_it(browser: FlaskClient) -> None:
    one = operator()
    do(browser, "grant", login=one.login, role="mayor", agency="")
    newest = next(row for row in admin.changes(HERE) if row["whom"] == one.login)
    assert (newest["what"], newest["whom"], newest["detail"]) == ("grant", one.login, "mayor")
    assert newest["name"] in browser.get("/admin").text


def test_closing_ending_and_passwords_end_the_sessions(browser: FlaskClient) -> None:
    for todo in ("disable", "end-sessions", "password", "reset-code"):
        one = operator()
        sessions.open_session(one.id)
        assert do(browser, todo, account=one.id).status_code == 200
        assert sessions.open_ones([one.id]) == [], todo


def test_an_account_of_the_identity_provider_gets_no_password(browser: FlaskClient) -> None:
    made = accounts.add_for_provider(f"uji-{secrets.token_hex(4)}", "Uji", "https://sso.uji.go.id", None, "tests")
    accounts.grant(made, Grant(Role.OPERATOR, HERE.code), "tests")
    assert admin.OUT_THERE.id in do(browser, "password", account=made).text
    kept = accounts.of(made)
    assert kept and kept.password is None


def test_one_session_ends_and_the_others_go_on(browser: FlaskClient) -> None:
    one = operator()
    first, second = sessions.open_session(one.id), sessions.open_session(one.id)
    assert do(browser, "end-session", session=sessions.hash_of(first)).status_code == 200
    assert [row["token_hash"] for row in sessions.open_ones([one.id])] == [sessions.hash_of(second)]
    assert do(browser, "end-session", session=sessions.hash_of(first)).status_code == 400


ON_ACCOUNTS = ("revoke", "password", "reset-code", "disable", "enable", "end-sessions")


@pytest.mark.parametrize("todo", ON_ACCOUNTS)
def test_accounts_of_another_city_are_not_there(browser: FlaskClient, todo: str) -> None:
    other = operator(THERE.code)
    sessions.open_session(other.id)
    assert do(browser, todo, account=other.id, role="operator", agency="").status_code == 400
    assert do(browser, todo, THERE.slug, account=other.id, role="operator", agency="").status_code == 403
    assert of(other.login) == other and sessions.open_ones([other.id])
    assert other.login not in browser.get("/admin").text


@pytest.mark.parametrize("todo", ["password", "reset-code", "disable", "enable"])
def test_who_is_somebody_elsewhere_too_is_changed_by_who_is_administrator_of_both(app: Flask, todo: str) -> None:
    both = somebody(Grant(Role.OPERATOR, HERE.code), Grant(Role.ADMIN, THERE.code))
    with signed_in(app, Grant(Role.ADMIN, HERE.code)) as client:
        page = do(client, todo, account=both.id)
    assert page.status_code == 400 and "kota lain" in page.text and of(both.login) == both
    with signed_in(app, Grant(Role.ADMIN, HERE.code), Grant(Role.ADMIN, THERE.code)) as client:
        assert do(client, todo, account=both.id).status_code == 200


@pytest.mark.parametrize("todo", ON_ACCOUNTS)
def test_nobody_changes_the_own_account_here(app: Flask, todo: str) -> None:
    me = somebody(Grant(Role.ADMIN, HERE.code))
    with app.test_client() as client:
        client.set_cookie(COOKIE, sessions.open_session(me.id))
        assert do(client, todo, account=me.id, role="admin", agency="").status_code == 400
        assert do(client, "grant", login=me.login, role="mayor", agency="").status_code == 400
    assert of(me.login) == me


@pytest.mark.parametrize(
    "said",
    [
        {"login": "a b", "name": "x", "role": "operator"},
        {"login": "../x", "name": "x", "role": "operator"},
        {"login": "oke-saja", "name": " ", "role": "operator"},
        {"login": "operator", "name": "x", "role": "operator"},
        {"login": "oke-saja", "name": "x", "role": "opd_head", "agency": ""},
        {"login": "oke-saja", "name": "x", "role": "opd_head", "agency": "TIDAK-ADA"},
        {"login": "oke-saja", "name": "x", "role": "operator", "agency": "D01"},
        {"login": "oke-saja", "name": "x", "role": "wall"},
        {"login": "oke-saja", "name": "x", "role": "owner"},
    ],
)
def test_a_bad_account_is_refused_with_what_to_do(browser: FlaskClient, said: dict[str, str]) -> None:
    assert do(browser, "add", **said).status_code == 400
    assert accounts.named("oke-saja") is None


@pytest.mark.parametrize("todo", ["", "drop", "__init__"])
def test_what_cannot_be_done_is_refused(browser: FlaskClient, todo: str) -> None:
    assert do(browser, todo).status_code == 400


def test_a_role_for_nobody_is_refused(browser: FlaskClient) -> None:
    assert do(browser, "grant", login="tidak-ada", role="operator", agency="").status_code == 400


def test_names_from_outside_stay_text(browser: FlaskClient) -> None:
    login = f"x-{secrets.token_hex(4)}"
    do(browser, "add", login=login, name="<img src=x onerror=alert(1)>", role="operator", agency="")
    assert "<img src=x" not in browser.get("/admin").text and of(login)


def test_keys_are_made_shown_once_and_revoked(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    source = msgspec.structs.replace(source_of(contracts()["agencies"], "dorong", HERE.slug), reader=Push())
    monkeypatch.setattr(admin, "readable_sources", lambda city: ([source], []))
    monkeypatch.setattr(push_keys, "push_source", lambda slug, name: source if name == source.name else None)
    client = signed_in(app, Grant(Role.ADMIN, HERE.code))
    page = do(client, "make-key", source=source.name)
    shown = re.search(r"<code>(pantau-[\w-]+)</code>", page.text)
    assert shown and push_keys.opens(source, shown[1])
    (made,) = [key.id for key in push_keys.listed(source)]
    assert made in client.get("/admin").text and shown[1] not in client.get("/admin").text
    assert do(client, "revoke-key", source=source.name, key=made).status_code == 200
    assert not push_keys.opens(source, shown[1])
    for key in (made, "../../x"):
        assert do(client, "revoke-key", source=source.name, key=key).status_code == 400
    assert do(client, "make-key", source="tidak-ada").status_code == 404


def test_a_role_taken_away_is_gone_with_the_next_request(app: Flask) -> None:
    one, administrator, theirs = operator(), signed_in(app, Grant(Role.ADMIN, HERE.code)), app.test_client()
    theirs.set_cookie(COOKIE, sessions.open_session(one.id))
    assert theirs.get("/bell").status_code == 200
    do(administrator, "revoke", account=one.id, role="operator", agency="")
    assert theirs.get("/bell").status_code == 403
