"""Signing in through a city's identity provider: there, back once, in the browser that asked, and out again."""

import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask, Response
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from dashboard.access import openid, provider, sessions, sign_in
from dashboard.access.roles import Role
from etl.identity import SIGN_INS
from etl.warehouse import Role as SqlRole
from etl.warehouse import engine
from tests.access.provider_server import (
    AUTHORIZE,
    DISCOVERY,
    ProviderServer,
)
from tests.access.test_sign_in import account, enter, led_to, post, somebody, token_of
from tests.access.trips import HTML, NAME, TRIP_COOKIE, assert_out, go, known, set_up, there, trip
from tests.browser.axe import barriers
from tests.signed_in import COOKIE
from tests.world import free_port


def test_there_and_back_to_the_page_that_was_asked_for(
    client: FlaskClient, theirs: ProviderServer, caplog: pytest.LogCaptureFixture
) -> None:
    login = known(theirs, Role.OPERATOR)
    asked = client.get("/112?kota=samarinda", headers=HTML)
    form = client.get(asked.headers["Location"]).text
    link = re.search(r'href="(/masuk/luar\?[^"]+)"', form)
    assert link and f"Masuk dengan {NAME}" in form
    address = client.get(link[1]).headers["Location"]
    said = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert address.startswith(f"{theirs.issuer}{AUTHORIZE}?") and said["code_challenge_method"] == "S256"
    assert len({said["state"], said["nonce"], said["code_challenge"]}) == 3
    with caplog.at_level("INFO", "access"):
        reply = client.get(there(address), headers=HTML)
    assert (reply.status_code, reply.headers["Location"]) == (303, "/112?kota=samarinda")
    assert f"signed in: {account(login).id}" in caplog.text
    assert client.get("/112").status_code == 200
    assert client.get_cookie(TRIP_COOKIE) is None
    assert led_to(client.get("/masuk/luar?ke=/mutu")) == "/mutu"  # signed in already


def test_the_secret_in_the_body_where_the_provider_wants_it_there(client: FlaskClient, theirs: ProviderServer) -> None:
    theirs.auth_method = "client_secret_post"
    known(theirs, Role.OPERATOR)
    assert led_to(trip(client)) == "/112"


def test_a_trip_that_one_process_began_is_ended_by_another(ours: Flask, theirs: ProviderServer) -> None:
    known(theirs, Role.OPERATOR)
    one, other = ours.test_client(), set_up(theirs).test_client()
    back = there(go(one))
    cookie = one.get_cookie(TRIP_COOKIE)
    assert cookie
    other.set_cookie(TRIP_COOKIE, cookie.value)
    assert led_to(other.get(back)) == "/112"
    assert one.get(back).status_code == 400


@pytest.mark.parametrize("ke", ["https://jahat.example/", "//jahat.example", "/\\jahat.example", "/masuk", "/a\nb"])
def test_it_leads_to_pages_of_ours_only(client: FlaskClient, theirs: ProviderServer, ke: str) -> None:
    known(theirs, Role.OPERATOR)
    assert led_to(trip(client, ke)) == "/"


def test_the_page_that_was_asked_for_is_not_taken_from_the_way_back(
    client: FlaskClient, theirs: ProviderServer
) -> None:
    known(theirs, Role.OPERATOR)
    assert led_to(client.get(f"{there(go(client))}&ke=/mutu")) == "/112"


def test_the_token_is_a_new_one_and_the_old_one_is_worth_nothing(ours: Flask, theirs: ProviderServer) -> None:
    browser = ours.test_client()
    known(theirs, Role.OPERATOR)
    back = there(go(browser))
    enter(browser, somebody(Role.OPERATOR))  # in another tab, meanwhile
    before = token_of(browser)
    assert led_to(browser.get(back)) == "/112"
    assert token_of(browser) != before
    assert sessions.viewer_of(before) is None


def test_the_cookie_of_a_trip_is_out_of_reach(ours: Flask, theirs: ProviderServer) -> None:
    said = ours.test_client().get("/masuk/luar").headers["Set-Cookie"]
    assert "HttpOnly" in said and "SameSite=Lax" in said and "Path=/" in said and "Max-Age=600" in said
    away = ours.test_client().get("/masuk/luar", base_url="https://pantau.example").headers["Set-Cookie"]
    assert away.startswith(f"__Host-{TRIP_COOKIE}=") and "Secure" in away
    refused = ours.test_client().get("/masuk/luar", base_url="http://192.0.2.7")
    assert refused.status_code == 400 and sign_in.UNSAFE.id in refused.text


def test_a_flood_from_one_address_is_slowed(client: FlaskClient, theirs: ProviderServer) -> None:
    seen = [client.get("/masuk/luar").status_code for _ in range(22)]
    assert seen == [303] * 20 + [429] * 2


def test_nothing_of_a_trip_lies_open_in_the_database(client: FlaskClient, theirs: ProviderServer) -> None:
    said = parse_qs(urlsplit(go(client)).query)
    cookie = client.get_cookie(TRIP_COOKIE)
    assert cookie
    with engine(SqlRole.ACCESS).connect() as connection:
        kept = str(connection.execute(sa.select(SIGN_INS)).all())
    verifier = openid.trip_of(cookie.value).verifier
    assert not any(word in kept for word in (cookie.value, said["state"][0], said["nonce"][0], verifier))


# One browser, one time, ten minutes


def test_a_way_back_is_walked_once(
    client: FlaskClient, theirs: ProviderServer, caplog: pytest.LogCaptureFixture
) -> None:
    known(theirs, Role.OPERATOR)
    back = there(go(client))
    cookie = client.get_cookie(TRIP_COOKIE)
    assert cookie and led_to(client.get(back)) == "/112"
    asked = len(theirs.asked)
    client.delete_cookie(COOKIE)
    client.set_cookie(TRIP_COOKIE, cookie.value)
    assert_out(client, client.get(back), 400, provider.TOO_LATE)
    assert "identity provider: state" in caplog.text
    assert len(theirs.asked) == asked


def test_of_two_at_once_one_gets_in(ours: Flask, theirs: ProviderServer) -> None:
    known(theirs, Role.OPERATOR)
    first, second = ours.test_client(), ours.test_client()
    back = there(go(first))
    cookie = first.get_cookie(TRIP_COOKIE)
    assert cookie
    second.set_cookie(TRIP_COOKIE, cookie.value)
    seen: list[int] = []
    threads = [
        threading.Thread(target=lambda client=client: seen.append(client.get(back).status_code))
        for client in (first, second)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [303, 400]


def test_another_browser_cannot_walk_it(ours: Flask, theirs: ProviderServer) -> None:
    """Nobody is signed in as somebody else by a link: neither without a trip nor in the middle of one's own."""
    known(theirs, Role.OPERATOR)
    attacker, victim = ours.test_client(), ours.test_client()
    back = there(go(attacker))
    assert_out(victim, victim.get(back), 400, provider.TOO_LATE)
    own = there(go(victim))
    assert_out(victim, victim.get(back), 400, provider.TOO_LATE)
    assert led_to(attacker.get(back)) == "/112"
    assert led_to(trip(victim)) == "/112" and own


@pytest.mark.parametrize("state", ["", "x", "ü", "%ff%00", openid.trip_of("").state])
@pytest.mark.parametrize("cookie", [None, "", "x", "ü"])
def test_a_state_of_somebody_s_making_is_refused(
    client: FlaskClient, theirs: ProviderServer, state: str, cookie: str | None
) -> None:
    if cookie is not None:
        client.set_cookie(TRIP_COOKIE, cookie)
    assert_out(client, client.get(f"/masuk/luar/kembali?code=x&state={state}"), 400, provider.TOO_LATE)
    assert_out(client, client.get("/masuk/luar/kembali"), 400, provider.TOO_LATE)


def test_who_comes_too_late_begins_again(client: FlaskClient, theirs: ProviderServer) -> None:
    known(theirs, Role.OPERATOR)
    back = there(go(client))
    cookie = client.get_cookie(TRIP_COOKIE)
    assert cookie
    ours = SIGN_INS.c.handle_hash == sessions.hash_of(cookie.value)  # tests beside this one sign in too
    with engine(SqlRole.ACCESS).begin() as connection:
        connection.execute(sa.update(SIGN_INS).where(ours).values(ends_at=sa.func.clock_timestamp()))
    assert_out(client, client.get(back), 400, provider.TOO_LATE)
    go(client)
    with engine(SqlRole.ACCESS).connect() as connection:
        over = sa.select(sa.func.count()).where(SIGN_INS.c.ends_at < sa.func.clock_timestamp())
        assert connection.scalar(over) == 0  # the next one that begins sweeps


@pytest.mark.parametrize(
    ("error", "logged"), [("access_denied", "access_denied"), ("", "?"), ("a\r\nmasuk", "?"), ("6472010101800001", "?")]
)
def test_who_is_refused_there_is_told_so(
    client: FlaskClient, theirs: ProviderServer, error: str, logged: str, caplog: pytest.LogCaptureFixture
) -> None:
    state = parse_qs(urlsplit(go(client)).query)["state"][0]
    reply = client.get("/masuk/luar/kembali", query_string={"error": error, "state": state})
    assert_out(client, reply, 401, provider.NOT_GIVEN)
    assert f"error: {logged}\n" in caplog.text
    assert 'value="/112"' in reply.text  # the wanted page, for the next try


# Signing out


def test_signing_out_ends_it_here_and_shows_the_way_out_there(client: FlaskClient, theirs: ProviderServer) -> None:
    known(theirs, Role.OPERATOR)
    trip(client)
    token = token_of(client)
    assert led_to(post(client, "/keluar")) == "/masuk/luar/keluar"
    assert sessions.viewer_of(token) is None
    page = client.get("/masuk/luar/keluar").text
    back = "client_id=pantau&amp;post_logout_redirect_uri=http%3A%2F%2Flocalhost%2Fmasuk"
    assert f'href="{theirs.issuer}/logout?{back}"' in page


@pytest.mark.parametrize("place", [None, "http://sso.example/logout", "javascript:alert(1)", 7])
def test_without_a_way_out_there_it_ends_at_the_sign_in(
    client: FlaskClient, theirs: ProviderServer, place: Any
) -> None:
    theirs.about["end_session_endpoint"] = place
    assert led_to(client.get("/masuk/luar/keluar")) == "/masuk"


def test_signing_out_while_the_provider_is_away_ends_it_here(client: FlaskClient, theirs: ProviderServer) -> None:
    theirs.answers[DISCOVERY] = Response("aduh", 500)
    assert led_to(client.get("/masuk/luar/keluar")) == "/masuk"


# In a browser


@pytest.fixture
def address(ours: Flask, theirs: ProviderServer) -> Iterator[str]:
    """The command center, served for a browser, with a provider of another site's name."""
    server = make_server("127.0.0.1", free_port(), ours, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    theirs.redirect_uris.add(f"http://127.0.0.1:{server.server_port}/masuk/luar/kembali")
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
def test_the_whole_trip_in_a_browser(
    browser: Browser, address: str, theirs: ProviderServer, width: int, height: int
) -> None:
    known(theirs, Role.OPERATOR)
    theirs.asks = True
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.goto(f"{address}/112?kota=samarinda")
        button = page.get_by_role("link", name=f"Masuk dengan {NAME}")
        assert fits(page) and (box := button.bounding_box()) and box["height"] >= 44
        assert barriers(page) == []
        button.click()
        page.get_by_role("button", name="Masuk sebagai Siti").click()
        expect(page).to_have_url(f"{address}/112?kota=samarinda")
        expect(page.get_by_role("link", name="Akun: Uji Coba")).to_be_visible()
        page.goto(f"{address}/akun")
        page.get_by_role("button", name="Keluar di sini").click()
        expect(page).to_have_url(f"{address}/masuk/luar/keluar")
        assert fits(page) and barriers(page) == []
        page.get_by_role("link", name="Keluar juga").click()
        expect(page).to_have_url(f"{address}/masuk")
        page.goto(f"{address}/112")
        expect(page).to_have_url(f"{address}/masuk?ke=%2F112")
        assert complaints == []


def fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
