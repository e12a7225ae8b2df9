"""Pairing a screen: a code on the wall, a person who compares it, a token that only that screen can take, once."""

import datetime as dt
import re
import secrets
import time
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from dashboard.access import cookies, screens, sessions
from dashboard.access.roles import Grant, Role
from dashboard.command import create
from etl.cities import load_city
from etl.identity import DEVICES, PAIRINGS
from etl.warehouse import Role as SqlRole
from etl.warehouse import engine
from tests.signed_in import COOKIE, OURS, token_with
from tests.world import World

HERE, THERE = load_city("samarinda"), load_city("surabaya")
CODE = re.compile(r"[2-9A-HJ-NP-Z]{3}-[2-9A-HJ-NP-Z]{3}")
PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def made(world: World) -> Flask:
    return create()


@pytest.fixture
def app(made: Flask) -> Flask:
    """The command center, with nobody counted by its limiter yet."""
    made.extensions["pairing"].limiter.storage.reset()
    return made


@pytest.fixture
def wall(app: Flask) -> FlaskClient:
    """A browser that nobody signed in to."""
    return app.test_client()


@pytest.fixture
def phone(app: Flask) -> FlaskClient:
    """An operator's."""
    return signed_in(app, Grant(Role.OPERATOR, HERE.code))


def signed_in(app: Flask, *grants: Grant) -> FlaskClient:
    client = app.test_client()
    client.set_cookie(COOKIE, token_with(*grants))
    return client


def code_on(wall: FlaskClient) -> str:
    found = CODE.search(wall.get("/layar/baru").text)
    assert found
    return found[0]


def approve(phone: FlaskClient, code: str, city: str = HERE.slug, name: str = "") -> int:
    said = {"kode": code, "name": name or f"Layar {secrets.token_hex(3)}", "place": "Ruang rapat"}
    return phone.post(f"/layar/pasang?kota={city}", data=said, headers=OURS, follow_redirects=True).status_code


def paired(app: Flask, phone: FlaskClient) -> tuple[FlaskClient, str]:
    """A screen that shows the city, and its number."""
    wall, name = app.test_client(), f"Layar {secrets.token_hex(3)}"
    assert approve(phone, code_on(wall), name=name) == 200
    assert wall.get("/layar/baru").status_code == 303
    (device,) = [str(one["device_id"]) for one in screens.of(HERE.code) if one["name"] == name]
    return wall, device


def change(phone: FlaskClient, todo: str, device: str, city: str = HERE.slug, **more: str) -> int:
    said = {"todo": todo, "device": device} | more
    return phone.post(f"/layar/ubah?kota={city}", data=said, headers=OURS).status_code


def test_from_a_code_to_the_figures_of_the_city_and_to_nothing_else(wall: FlaskClient, phone: FlaskClient) -> None:
    code = code_on(wall)
    assert wall.get("/layar/tunggu").json == {"waits": True} and wall.get("/bell").status_code == 401
    assert code in phone.get(f"/layar/setuju?kode={code}").text
    assert approve(phone, code.lower().replace("-", " ")) == 200
    assert wall.get("/layar/tunggu").json == {"waits": False} and wall.get("/bell").status_code == 401
    welcome = wall.get("/layar/baru")
    assert (welcome.status_code, welcome.location) == (303, f"/dinding?kota={HERE.slug}")
    assert wall.get(f"/bell?kota={HERE.slug}").status_code == wall.get("/", headers=PAGE).status_code == 200
    for closed in ("/akun", "/admin", "/layar", "/layar/setuju", "/karantina", "/temuan", "/jejak", "/mutu"):
        assert wall.get(closed).status_code == 403, closed
    assert wall.get(f"/bell?kota={THERE.slug}").status_code == 403


def test_the_token_is_given_once_and_only_for_the_secret(app: Flask, phone: FlaskClient) -> None:
    wall, stranger = app.test_client(), app.test_client()
    code = code_on(wall)
    stranger.set_cookie(cookies.SCREEN, code)
    assert approve(phone, code) == 200
    assert code_on(stranger) != code and stranger.get("/bell").status_code == 401
    secret = wall.get_cookie(cookies.SCREEN)
    assert secret and wall.get("/layar/baru").status_code == 303
    assert screens.take_token(secret.value) is None
    stranger.set_cookie(cookies.SCREEN, secret.value)
    assert stranger.get("/layar/baru").status_code == 200 and stranger.get("/bell").status_code == 401


def test_a_code_is_approved_once(app: Flask, wall: FlaskClient, phone: FlaskClient) -> None:
    code, name = code_on(wall), f"Layar {secrets.token_hex(3)}"
    assert (approve(phone, code, name=name), approve(phone, code, name=name)) == (200, 404)
    assert [one["name"] for one in screens.of(HERE.code)].count(name) == 1


def test_a_code_whose_time_is_over_is_replaced_and_opens_nothing(wall: FlaskClient, phone: FlaskClient) -> None:
    code = code_on(wall)
    with engine(SqlRole.ACCESS).begin() as connection:
        mine = sa.update(PAIRINGS).where(PAIRINGS.c.code == screens.plain(code))
        connection.execute(mine.values(ends_at=sa.func.clock_timestamp()))
    assert wall.get("/layar/tunggu").json == {"waits": False}
    assert approve(phone, code) == 404 and phone.get(f"/layar/setuju?kode={code}").status_code == 404
    assert code_on(wall) != code


def test_a_screen_approved_in_the_last_second_gets_its_token(wall: FlaskClient, phone: FlaskClient) -> None:
    code = code_on(wall)
    with engine(SqlRole.ACCESS).begin() as connection:
        soon = sa.func.clock_timestamp() + dt.timedelta(seconds=30)
        connection.execute(sa.update(PAIRINGS).where(PAIRINGS.c.code == screens.plain(code)).values(ends_at=soon))
    assert approve(phone, code) == 200
    with engine(SqlRole.ACCESS).connect() as connection:
        left = connection.scalar(
            sa.select(PAIRINGS.c.ends_at - sa.func.clock_timestamp()).where(PAIRINGS.c.code == screens.plain(code))
        )
    assert left and left > dt.timedelta(minutes=5)


def test_a_screen_in_front_of_nobody_asks_again_by_itself(
    app: Flask, wall: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(token: str) -> None:
        raise sa.exc.OperationalError("", {}, Exception("away"))

    code_on(wall)
    monkeypatch.setattr(sessions, "viewer_of", away)
    wall.set_cookie(COOKIE, "x")
    waits = wall.get("/", headers=PAGE)
    assert waits.status_code == 503 and "/pair." in waits.text
    person = app.test_client()
    person.set_cookie(COOKIE, "x")
    assert "/pair." not in person.get("/", headers=PAGE).text


def test_a_browser_that_starts_at_the_wall_is_a_new_screen(app: Flask) -> None:
    start = app.test_client().get("/dinding", headers=PAGE)
    assert (start.status_code, start.location) == (303, "/layar/baru")


def test_a_screen_has_no_account_to_lead_to(app: Flask, phone: FlaskClient) -> None:
    wall, _ = paired(app, phone)
    assert wall.get("/meta").json["name"] == "" != phone.get("/meta").json["name"]  # type: ignore[index]


def test_a_restart_of_the_server_in_between_changes_nothing(app: Flask, wall: FlaskClient, phone: FlaskClient) -> None:
    code, secret = code_on(wall), wall.get_cookie(cookies.SCREEN)
    again = create().test_client()
    assert secret
    again.set_cookie(cookies.SCREEN, secret.value)
    assert code_on(again) == code
    assert approve(phone, code) == 200 and again.get("/layar/baru").status_code == 303


@pytest.mark.parametrize("role", [Role.STEWARD, Role.MAYOR, Role.OPD_HEAD, Role.WALL])
def test_only_operators_and_administrators_approve(app: Flask, wall: FlaskClient, role: Role) -> None:
    code = code_on(wall)
    other = signed_in(app, Grant(role, HERE.code, "D01" if role is Role.OPD_HEAD else ""))
    assert approve(other, code) == other.get("/layar").status_code == 403
    assert wall.get("/layar/tunggu").json == {"waits": True}


def test_a_screen_is_approved_for_a_city_of_the_own(app: Flask, wall: FlaskClient, phone: FlaskClient) -> None:
    assert approve(phone, code_on(wall), THERE.slug) == 403
    assert wall.get("/layar/tunggu").json == {"waits": True}


def test_screens_of_another_city_are_not_seen_and_not_changed(app: Flask, phone: FlaskClient) -> None:
    wall, device = paired(app, phone)
    other = signed_in(app, Grant(Role.OPERATOR, THERE.code))
    assert device not in other.get("/layar").text
    for todo in ("revoke", "rename"):
        assert change(other, todo, device, THERE.slug, name="x") == 404
        assert change(other, todo, device, name="x") == 403
    assert wall.get("/bell").status_code == 200


@pytest.mark.parametrize("todo", ["", "drop"])
def test_what_cannot_be_done_is_refused(app: Flask, phone: FlaskClient, todo: str) -> None:
    _, device = paired(app, phone)
    assert change(phone, todo, device) == 400
    assert change(phone, "rename", device, name=" ") == 400
    assert change(phone, "revoke", "no number") == 404
    assert phone.post("/layar/pasang", data={"kode": "AAA-AAA"}, headers=OURS).status_code == 400


def test_a_revoked_screen_shows_a_new_code_within_seconds(app: Flask, phone: FlaskClient) -> None:
    """Within the two seconds for which a look at a token is kept, also by a process that did not revoke it."""
    wall, device = paired(app, phone)
    assert wall.get("/bell").status_code == 200
    looked = dict(sessions._looks.kept)
    assert change(phone, "revoke", device) == 200
    sessions._looks.kept = looked  # another process, which does not hear of it
    began = time.monotonic()
    while wall.get("/bell").status_code == 200:
        assert time.monotonic() - began < 5
    back = wall.get("/", headers=PAGE)
    assert (back.status_code, back.location) == (303, "/layar/baru")
    assert CODE.search(wall.get("/layar/baru").text)
    assert change(phone, "revoke", device) == change(phone, "rename", device, name="x") == 404


def test_its_last_contact_is_known_and_not_written_with_every_look(app: Flask, phone: FlaskClient) -> None:
    wall, device = paired(app, phone)

    def seen() -> object:
        sessions.forget()
        assert wall.get("/bell").status_code == 200
        with engine(SqlRole.ACCESS).connect() as connection:
            return connection.scalar(sa.select(DEVICES.c.seen_at).where(DEVICES.c.device_id == uuid.UUID(device)))

    first = seen()
    assert first and seen() == first
    with engine(SqlRole.ACCESS).begin() as connection:
        long_ago = sa.func.clock_timestamp() - sessions.SEEN_EVERY * 2
        mine = sa.update(DEVICES).where(DEVICES.c.device_id == uuid.UUID(device))
        connection.execute(mine.values(seen_at=long_ago))
    assert seen() > first  # type: ignore[operator]  # both are moments


def test_guessing_codes_and_asking_for_many_is_slowed_down(app: Flask, wall: FlaskClient, phone: FlaskClient) -> None:
    code = code_on(wall)
    assert {approve(phone, f"22{number}-222") for number in range(2, 10)} == {404}
    assert [approve(phone, "222-222"), approve(phone, "222-222"), approve(phone, code)] == [404, 404, 429]
    assert phone.get(f"/layar/setuju?kode={code}").status_code == 404
    assert approve(signed_in(app, Grant(Role.OPERATOR, HERE.code)), code) == 200
    new_ones = [app.test_client().get("/layar/baru").status_code for _ in range(61)]
    assert new_ones[-1] == 429 and wall.get("/layar/tunggu").status_code == 200


def test_a_person_who_signs_in_there_is_no_screen_any_more(app: Flask, wall: FlaskClient) -> None:
    code_on(wall)
    assert wall.get("/", headers=PAGE).location == "/layar/baru"
    said = {"login": "operator", "password": "salah benar sekali"}
    assert wall.post("/masuk", data=said, headers=OURS).status_code == 401
    with app.test_request_context("/", headers={"Cookie": f"{cookies.SCREEN}=x"}) as context:
        response = app.make_response("")
        cookies.unmark_screen(response, context.request, app.extensions["pairing"].guard.site)
    assert f"{cookies.SCREEN}=;" in response.headers["Set-Cookie"]
