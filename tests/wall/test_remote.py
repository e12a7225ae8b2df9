"""What the operator's phone can set, and what it refuses with the field named; nothing changes then."""

import secrets
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.access import screens
from dashboard.access.roles import Grant, Role
from dashboard.command import create
from dashboard.wall import store
from dashboard.wall.geometry import PRESETS
from dashboard.wall.rules import RULE, Rule, rules
from dashboard.wall.scene import repertoire
from etl.cities import load_city
from etl.walls import DISPLAYS, SETTINGS
from etl.warehouse import Role as SqlRole
from etl.warehouse import engine
from tests.signed_in import COOKIE, OURS, token_with
from tests.world import World

CITY = load_city("samarinda")
SIZE = {name: str(getattr(PRESETS["tv55"][1], name)) for name in PRESETS["tv55"][1].__struct_fields__}
RULED = {"kind": "limit", "title_id": "Uji", "indicator": "emergencies", "limit": "5", "clear": "2"}


@pytest.fixture(scope="module")
def app(world: World) -> Flask:
    return create()


@pytest.fixture
def phone(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.set_cookie(COOKIE, token_with(Grant(Role.OPERATOR, CITY.code)))
    return client


@pytest.fixture
def device(app: Flask) -> str:
    """The number of a screen that was just paired."""
    name = f"Layar {secrets.token_hex(4)}"
    _, waiting = screens.begin()
    assert screens.approve(waiting.code, CITY.code, name, "", "tests")
    return next(str(one["device_id"]) for one in screens.of(CITY.code) if one["name"] == name)


def steer(phone: FlaskClient, device: str, todo: str, **said: str) -> TestResponse:
    form = {"todo": todo, "device": device} | said
    return phone.post(f"/layar/ubah?kota={CITY.slug}", data=form, headers=OURS)


def wall(device: str) -> store.Wall:
    return store.wall(CITY.code, device)


def test_pinning_and_letting_go(phone: FlaskClient, device: str) -> None:
    assert steer(phone, device, "pin", scene="112").status_code == 200 and wall(device).pinned == "112"
    assert steer(phone, device, "pin", scene="").status_code == 200 and wall(device).pinned == ""
    refused = steer(phone, device, "pin", scene="tidak-ada")
    assert refused.status_code == 400 and "scene:" in refused.text and wall(device).pinned == ""


def test_going_on_lets_go(phone: FlaskClient, device: str) -> None:
    steer(phone, device, "pin", scene="112")
    assert steer(phone, device, "next").status_code == 200
    assert wall(device).pinned == "" and wall(device).shift_s > 0


def test_brightness_and_night(phone: FlaskClient, device: str) -> None:
    night = {"dims": "1", "since": "21:00", "until": "05:00", "night": "30"}
    assert steer(phone, device, "light", brightness="80", **night).status_code == 200
    there = wall(device)
    assert there.brightness == 80 and there.night and there.night.since == "21:00"
    for wrong, field in (({"brightness": "5"}, "brightness"), ({"since": "25:00"}, "since"), ({"night": "x"}, "night")):
        refused = steer(phone, device, "light", **({"brightness": "60"} | night | wrong))
        assert refused.status_code == 400 and f"{field}:" in refused.text
    assert wall(device) == there


def test_a_message_for_some_minutes(phone: FlaskClient, device: str) -> None:
    assert steer(phone, device, "message", message="Rapat <b>", minutes="10").status_code == 200
    assert wall(device).message == "Rapat <b>" and wall(device).message_until
    assert "Rapat &lt;b&gt;" in phone.get(f"/layar?kota={CITY.slug}").text
    assert steer(phone, device, "message", message="x", minutes="sebentar").status_code == 400


def test_size_schedule_and_sound(phone: FlaskClient, device: str) -> None:
    whole: dict[str, str] = {"preset": "2x2", "schedule": "Sen-Jum 07:00-18:00 semua", "sound": "1"} | SIZE
    assert steer(phone, device, "set_up", **whole).status_code == 200
    there = wall(device)
    assert there.geometry == PRESETS["2x2"][1] and there.sound and there.schedule[0].days == (1, 2, 3, 4, 5)
    wrong: list[tuple[dict[str, str], str]] = [
        ({"preset": "", "distance_m": "40"}, "distance_m"),
        ({"preset": "", "width_px": ""}, "width_px"),
        ({"preset": "", "rows": "99"}, "rows"),
        ({"schedule": "Sen 07:00-18:00 tidakada"}, "schedule[1].playlist"),
        ({"schedule": "kapan saja"}, "schedule[1]"),
    ]
    for said, field in wrong:
        refused = steer(phone, device, "set_up", **(whole | said))
        assert refused.status_code == 400 and f"{field}:" in refused.text, field
    assert wall(device) == there
    own = steer(phone, device, "set_up", **(whole | {"preset": "", "schedule": "", "distance_m": "3.5"}))
    assert own.status_code == 200 and wall(device).geometry.distance_m == 3.5


def test_playlists(phone: FlaskClient) -> None:
    name = f"uji-{secrets.token_hex(3)}"

    def keep(**said: str) -> TestResponse:
        return phone.post(f"/layar/daftar/simpan?kota={CITY.slug}", data={"name": name} | said, headers=OURS)

    def there() -> dict[str, Any]:
        return dict(store.playlists(CITY.code, repertoire(CITY).scenes))

    assert keep(entries="kota 45\n112 30").status_code == 200 and len(there()[name].entries) == 2
    for said, field in (
        ({"entries": "kota"}, "entries[1]"),
        ({"entries": "kota 45\nbukan 30"}, "entries[2].scene"),
        ({"entries": "kota 45", "name": "semua"}, "name"),
        ({"entries": "kota 45", "name": "Dua Kata"}, "name"),
    ):
        refused = keep(**said)
        assert refused.status_code == 400 and f"{field}:" in refused.text
    assert len(there()[name].entries) == 2
    assert keep(todo="remove").status_code == 200 and name not in there()


def test_rules(phone: FlaskClient) -> None:
    name = f"uji-{secrets.token_hex(3)}"

    def keep(**said: str) -> TestResponse:
        return phone.post(f"/peringatan/simpan?kota={CITY.slug}", data={"name": name} | said, headers=OURS)

    assert keep(**RULED).status_code == 200 and rules(CITY)[name].limit == 5
    for said, field in (
        ({"indicator": "tidak_ada"}, "indicator"),
        ({"limit": "banyak"}, "limit"),
        ({"clear": "9"}, "clear"),
        ({"kind": "lain"}, "kind"),
        ({"walls": "Layar yang tidak ada"}, "walls"),
        ({"title_id": ""}, "title_id"),
    ):
        refused = keep(**(RULED | said))
        assert refused.status_code == 400 and f"{field}:" in refused.text, field
    assert keep(todo="remove").status_code == 200 and name not in rules(CITY)


def test_a_built_in_rule_can_be_taken_away_and_brought_back(phone: FlaskClient) -> None:
    def keep(todo: str) -> TestResponse:
        said = {"name": "menunggu", "todo": todo}
        return phone.post(f"/peringatan/simpan?kota={CITY.slug}", data=said, headers=OURS)

    before = rules(CITY)["menunggu"]
    assert keep("remove").status_code == 200 and "menunggu" not in rules(CITY)
    assert store.settings(CITY.code, RULE, Rule)["menunggu"] is None
    assert keep("restore").status_code == 200 and rules(CITY)["menunggu"] == before


@pytest.mark.parametrize("said", ["", "x", "999999999", "-1"])
def test_an_alert_that_there_is_not(phone: FlaskClient, said: str) -> None:
    taken = phone.post(f"/peringatan/terima?kota={CITY.slug}", data={"alert": said}, headers=OURS)
    assert taken.status_code == 409


def test_a_preview_of_what_there_is_not(phone: FlaskClient) -> None:
    for path in (
        "/dinding/rencana?ukuran=9x9",
        "/dinding/keadaan?adegan=tidakada",
        "/adegan/kota?panel=x:",
        "/adegan/x",
    ):
        assert phone.get(path).status_code == 404, path


def test_what_cannot_be_read_any_more_stops_no_wall(device: str) -> None:
    name = f"uji-{secrets.token_hex(3)}"
    steered = {"device_id": device, "city_code": CITY.code, "geometry": {"width_cm": "wide"}, "schedule": []}
    with engine(SqlRole.WALLS).begin() as connection:
        for kind in ("playlist", RULE):
            row = {"city_code": CITY.code, "kind": kind, "name": name, "content": {"of": "later"}, "changed_by": "x"}
            connection.execute(sa.insert(SETTINGS).values(row))
        connection.execute(sa.insert(DISPLAYS).values(steered | {"changed_by": "x"}))
    assert wall(device) == store.fresh_wall(device)
    assert name not in store.playlists(CITY.code, repertoire(CITY).scenes) and name not in rules(CITY)
