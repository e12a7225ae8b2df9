"""Signing in: password, one-time code, sessions that end. The application itself, with a limiter of its own."""

import datetime as dt
import secrets
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.access import accounts, codes, passwords, sessions, sign_in
from dashboard.access.roles import Grant, Role, idle
from dashboard.command import create
from etl.identity import ACCOUNTS, SESSIONS
from etl.warehouse import Role as SqlRole
from etl.warehouse import engine
from tests.signed_in import COOKIE, OURS, token_with
from tests.world import World

CITY = "64.72"
PASSWORD = "sungai mahakam pagi"
PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def made(world: World) -> Flask:
    return create()


@pytest.fixture
def app(made: Flask) -> Flask:
    """The command center, with nobody counted by its limiter yet."""
    made.extensions["sign-in"].limiter.storage.reset()
    return made


@pytest.fixture
def browser(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


def somebody(*roles: Role, must_change: bool = False, code: bool = False) -> str:
    """The login of somebody new."""
    login = f"uji-{secrets.token_hex(4)}"
    made = accounts.add(login, "Uji Coba", PASSWORD, "tests", must_change=must_change)
    for role in roles:
        accounts.grant(made, Grant(role, CITY, "D01" if role is Role.OPD_HEAD else ""), "tests")
    if code:
        accounts.set_code_secret(made, codes.fresh_secret())
    return login


def account(login: str) -> accounts.Account:
    found = accounts.named(login)
    assert found
    return found


def post(browser: FlaskClient, path: str, **form: str) -> TestResponse:
    return browser.post(path, data=form, headers=OURS | PAGE)


def enter(browser: FlaskClient, login: str, password: str = PASSWORD, ke: str = "/112") -> TestResponse:
    return post(browser, "/masuk", login=login, password=password, ke=ke)


def led_to(reply: TestResponse) -> str:
    assert reply.status_code == 303, (reply.status_code, reply.text)
    return reply.headers["Location"].partition("?")[0]


def now_code(sealed: str) -> str:
    return pyotp.TOTP(codes.plain(sealed)).now()


def test_a_page_leads_to_the_sign_in_and_the_sign_in_back_to_the_page(browser: FlaskClient) -> None:
    asked = browser.get("/112?kota=samarinda", headers=PAGE)
    assert asked.headers["Location"] == "/masuk?ke=%2F112%3Fkota%3Dsamarinda"
    assert led_to(enter(browser, somebody(Role.OPERATOR), ke="/112?kota=samarinda")) == "/112"
    assert browser.get("/112").status_code == 200
    assert led_to(browser.get("/masuk")) == "/"  # signed in already


ELSEWHERE = ["https://jahat.example/", "//jahat.example", "/\\jahat.example", "jahat", "/masuk", "/a\nb"]


@pytest.mark.parametrize("ke", ELSEWHERE)
def test_the_sign_in_leads_to_pages_of_ours_only(browser: FlaskClient, ke: str) -> None:
    assert led_to(enter(browser, somebody(Role.OPERATOR), ke=ke)) == "/"


def test_wrong_name_and_wrong_password_are_told_alike(browser: FlaskClient) -> None:
    login = somebody(Role.OPERATOR)
    replies = [enter(browser, login, "salah sekali lagi"), enter(browser, "tidak-ada", "salah sekali lagi")]
    assert [reply.status_code for reply in replies] == [401, 401]
    assert replies[0].text == replies[1].text and sign_in.WRONG.id in replies[0].text
    assert browser.get("/112", headers=PAGE).status_code == 303


def test_many_wrong_passwords_close_the_account_for_a_growing_time(browser: FlaskClient) -> None:
    login = somebody(Role.OPERATOR)
    for _ in range(accounts.FREE_TRIES):
        enter(browser, login, "salah sekali lagi")
    assert account(login).locked
    assert enter(browser, login).status_code == 401  # even the right one
    first = closed_for(login)
    change(login, locked_until=sa.func.clock_timestamp())
    enter(browser, login, "salah sekali lagi")
    assert closed_for(login) > first
    change(login, locked_until=sa.func.clock_timestamp())
    assert led_to(enter(browser, login)) == "/112"
    assert not account(login).locked


def closed_for(login: str) -> dt.timedelta:
    until = account(login).locked_until
    assert until
    return until - dt.datetime.now(dt.UTC)


def change(login: str, **values: Any) -> None:
    with engine(SqlRole.ACCESS).begin() as connection:
        connection.execute(sa.update(ACCOUNTS).where(ACCOUNTS.c.login == login).values(values))


def test_a_flood_from_one_address_is_slowed(browser: FlaskClient) -> None:
    seen = [enter(browser, "tidak-ada", "salah sekali lagi").status_code for _ in range(25)]
    assert seen[:20] == [401] * 20 and seen[20:] == [429] * 5
    assert enter(browser, somebody(Role.OPERATOR)).status_code == 429


@pytest.mark.parametrize("role", sorted({Role.MAYOR, Role.STEWARD, Role.ADMIN}))
def test_who_sees_more_needs_a_code_and_sets_it_up_the_first_time(browser: FlaskClient, role: Role) -> None:
    login = somebody(role)
    assert led_to(enter(browser, login)) == "/masuk/ponsel"
    assert browser.get("/112", headers=PAGE).status_code == 303  # not yet
    shown = browser.get("/masuk/ponsel").text
    sealed = shown.partition('name="secret" value="')[2].partition('"')[0]
    assert codes.plain(sealed) in shown and "<svg" in shown
    assert post(browser, "/masuk/ponsel", secret=sealed, code="000000").status_code == 401
    assert led_to(post(browser, "/masuk/ponsel", secret=sealed, code=now_code(sealed), ke="/mutu")) == "/mutu"
    assert browser.get("/mutu").status_code == 200
    kept = account(login).code_secret
    assert kept and codes.plain(kept) == codes.plain(sealed) and codes.plain(sealed) not in kept


def test_a_code_is_taken_once(app: Flask) -> None:
    login = somebody(Role.STEWARD, code=True)
    sealed = account(login).code_secret or ""
    code = now_code(sealed)
    first, second = app.test_client(), app.test_client()
    for one in (first, second):
        assert led_to(enter(one, login)) == "/masuk/kode"
    assert led_to(post(first, "/masuk/kode", code=code)) == "/"
    assert post(second, "/masuk/kode", code=code).status_code == 401


def test_a_secret_of_somebody_s_making_is_not_taken(browser: FlaskClient) -> None:
    enter(browser, somebody(Role.STEWARD))
    assert post(browser, "/masuk/ponsel", secret="buatan sendiri", code="000000").status_code == 400


def test_each_step_has_a_token_of_its_own(browser: FlaskClient) -> None:
    login = somebody(Role.STEWARD, code=True, must_change=True)
    seen = []
    assert led_to(enter(browser, login)) == "/masuk/kode"
    seen.append(token_of(browser))
    assert led_to(post(browser, "/masuk/kode", code=now_code(account(login).code_secret or ""))) == "/masuk/sandi"
    seen.append(token_of(browser))
    assert led_to(post(browser, "/masuk/sandi", new="perahu kecil di hulu", again="perahu kecil di hulu")) == "/"
    seen.append(token_of(browser))
    assert len(set(seen)) == 3
    assert [sessions.viewer_of(token) is not None for token in seen] == [False, False, True]
    assert led_to(post(browser, "/masuk/kode", code="000000")) == "/masuk"  # the step is over


def token_of(browser: FlaskClient) -> str:
    cookie = browser.get_cookie(COOKIE)
    assert cookie
    return cookie.value


def test_the_cookie_is_out_of_reach(app: Flask) -> None:
    login = somebody(Role.OPERATOR)
    with app.test_client() as here:
        said = enter(here, login).headers["Set-Cookie"]
    assert "HttpOnly" in said and "SameSite=Lax" in said and "Path=/" in said and "Domain" not in said
    with app.test_client() as away:
        reply = away.post(
            "/masuk", base_url="https://pantau.example", data={"login": login, "password": PASSWORD},
            headers={"Origin": "https://pantau.example"},
        )  # fmt: skip
    assert reply.headers["Set-Cookie"].startswith("__Host-pantau=") and "Secure" in reply.headers["Set-Cookie"]


def test_a_password_never_crosses_an_open_network(app: Flask) -> None:
    with app.test_client() as away:
        form = {"login": somebody(Role.OPERATOR), "password": PASSWORD}
        reply = away.post("/masuk", base_url="http://192.0.2.7", data=form, headers=OURS)
    assert reply.status_code == 400 and sign_in.UNSAFE.id in reply.text and "Set-Cookie" not in reply.headers


FOREIGN: list[dict[str, str]] = [
    {},
    {"Origin": "https://jahat.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_site_s_page_changes_nothing(browser: FlaskClient, headers: dict[str, str]) -> None:
    enter(browser, somebody(Role.OPERATOR))
    assert browser.post("/keluar", headers=headers).status_code == 403
    assert browser.get("/112").status_code == 200


def test_signing_out_ends_the_session_on_the_server(browser: FlaskClient) -> None:
    enter(browser, somebody(Role.OPERATOR))
    token = token_of(browser)
    assert led_to(post(browser, "/keluar")) == "/masuk"
    assert sessions.viewer_of(token) is None
    browser.set_cookie(COOKIE, token)
    assert browser.get("/bell").status_code == 401


def test_signing_out_everywhere_ends_all_of_them(app: Flask) -> None:
    login = somebody(Role.OPERATOR)
    phone, desk = app.test_client(), app.test_client()
    for one in (phone, desk):
        enter(one, login)
    assert led_to(post(phone, "/akun/keluar-semua")) == "/masuk"
    assert desk.get("/bell").status_code == 401


def test_a_new_password_ends_the_other_sessions(app: Flask) -> None:
    login = somebody(Role.OPERATOR)
    phone, desk = app.test_client(), app.test_client()
    for one in (phone, desk):
        enter(one, login)
    new = "perahu kecil di hulu"
    assert post(phone, "/akun", password="salah sekali lagi", new=new, again=new).status_code == 400
    assert post(phone, "/akun", password=PASSWORD, new=new, again=new).status_code == 200
    assert (phone.get("/bell").status_code, desk.get("/bell").status_code) == (200, 401)
    assert (enter(desk, login).status_code, enter(desk, login, new).status_code) == (401, 303)


@pytest.mark.parametrize("password", ["pendek", "aaaaaaaaaaaaaaaa", "password123456", "Pantau123456!"])
def test_passwords_that_are_easily_guessed_are_not_taken(password: str) -> None:
    assert passwords.objection(password, "operator")
    assert passwords.objection("operator di kota", "operator")
    assert passwords.objection("perahu kecil di hulu", "operator") is None


@pytest.mark.parametrize("column", ["active_at", "ends_at"])
def test_a_session_ends_by_itself(world: World, browser: FlaskClient, column: str) -> None:
    enter(browser, somebody(Role.OPD_HEAD))
    long_ago = sa.func.clock_timestamp() - idle([Grant(Role.OPD_HEAD, CITY)])
    mine = SESSIONS.c.token_hash == sessions.hash_of(token_of(browser))
    with engine(SqlRole.ACCESS).begin() as connection:
        connection.execute(sa.update(SESSIONS).where(mine).values({column: long_ago}))
    sessions.forget()
    assert browser.get("/bell").status_code == 401


def test_a_hand_keeps_the_session_and_a_poll_does_not(world: World, browser: FlaskClient) -> None:
    enter(browser, somebody(Role.OPERATOR))
    mine = sa.select(SESSIONS.c.active_at).where(SESSIONS.c.token_hash == sessions.hash_of(token_of(browser)))

    def active() -> dt.datetime:
        with engine(SqlRole.ACCESS).connect() as connection:
            return connection.execute(mine).scalar_one()

    before = active()
    browser.get("/bell")
    assert active() == before
    browser.get("/bell", headers={"Active": "1"})
    assert active() > before


def test_who_is_disabled_is_out_at_once_and_stays_out(browser: FlaskClient) -> None:
    login = somebody(Role.OPERATOR)
    enter(browser, login)
    accounts.disable(account(login).id, "tests")
    assert browser.get("/bell").status_code == 401
    assert enter(browser, login).status_code == 401
    accounts.enable(account(login).id)
    assert led_to(enter(browser, login)) == "/112"


def test_a_role_that_is_taken_away_opens_nothing_any_more(browser: FlaskClient) -> None:
    login = somebody(Role.OPERATOR)
    enter(browser, login)
    accounts.revoke(account(login).id, Grant(Role.OPERATOR, CITY))
    assert browser.get("/bell").status_code == 403


@pytest.mark.parametrize("cookie", ["", "x", "../../etc/passwd", "ü" * 40, "A" * 5000])
def test_a_forged_cookie_is_nobody(browser: FlaskClient, cookie: str) -> None:
    browser.set_cookie(COOKIE, cookie)
    assert browser.get("/bell").status_code == 401


def test_nothing_of_a_session_or_a_password_lies_open_in_the_database(browser: FlaskClient) -> None:
    token = token_with(Grant(Role.OPERATOR, CITY))
    with engine(SqlRole.ACCESS).connect() as connection:
        kept = [str(row) for table in (ACCOUNTS, SESSIONS) for row in connection.execute(sa.select(table))]
    assert not any(token in row or PASSWORD in row for row in kept)


NUMBERS = ["6472010101800001", "64720101-01800001", "198001012005011001", "6472%2001%2001%2001800001"]
NUMBERS += ["081297120001", "%2B62 812-9712-0001"]


@pytest.mark.parametrize("number", NUMBERS)
def test_an_address_with_an_identity_number_is_refused(
    browser: FlaskClient, number: str, caplog: pytest.LogCaptureFixture
) -> None:
    for address in (f"/112?cari={number}", f"/{number}", f"/masuk?ke={number}"):
        reply = browser.get(address)
        assert reply.status_code == 400 and "NIK" in reply.text and "0001" not in reply.text
    assert "0001" not in caplog.text and "1001" not in caplog.text
