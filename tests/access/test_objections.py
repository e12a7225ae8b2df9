"""Keberatan from the box to the steward: taken in once, read after a reason, handled with a note, gone in its time."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard import command, objections
from dashboard.access.roles import Grant, Role
from dashboard.live import Live
from dashboard.objections import listed, take_in
from dashboard.office.post import Post
from etl import audit, files, objection_box
from etl.audit import Look
from etl.cities import OBJECTIONS as LIMIT
from etl.cities import City, load_city
from etl.objection_box import Said, drop, waiting
from etl.office import OBJECTIONS
from etl.pipeline import retained
from etl.subject import held
from etl.warehouse import Role as SqlRole
from etl.warehouse import engine, opening, reading
from tests.etl.conftest import warehouse
from tests.signed_in import COOKIE, OURS, token_with

__all__ = ["warehouse"]

CITY, OTHER = load_city("samarinda"), load_city("surabaya")
NOW = dt.datetime.now(dt.UTC)
NIK, WORDS, CONTACT = "6472014101800001", "Tertulis disalurkan,\ntetapi belum saya terima.", "0812-3456-7890"
SAID = Said("not_received", WORDS, CONTACT, NIK)
OTHER_SAID = Said("not_received", "Yang lain.", "", "")
WHY = {"purpose": "complaint", "reason": "menindaklanjuti keberatan warga"}


@pytest.fixture(scope="module")
def app(warehouse: str) -> Flask:
    """The command center on a database of its own."""
    return command.create()


@pytest.fixture(autouse=True)
def box(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A box of its own, and a table without objections."""
    monkeypatch.setattr(objection_box, "_home", lambda: tmp_path / "objections")
    yield tmp_path / "objections"
    with engine(SqlRole.OWNER).begin() as connection:
        connection.execute(sa.delete(OBJECTIONS))


@pytest.fixture
def steward(app: Flask) -> FlaskClient:
    return client_of(app, Grant(Role.STEWARD, CITY.code))


def client_of(app: Flask, *grants: Grant) -> FlaskClient:
    browser = app.test_client()
    browser.set_cookie(COOKIE, token_with(*grants))
    return browser


def sent(city: City = CITY, said: Said = SAID, at: dt.datetime = NOW) -> str:
    """An objection in the box; its reference."""
    return drop(city.slug, said, f"{at}", at)


def came(city: City = CITY, said: Said = SAID, at: dt.datetime = NOW) -> int:
    """An objection in the database; its number."""
    reference = sent(city, said, at)
    assert take_in(city) == 1
    return next(one["objection_id"] for one in listed(city) if one["reference"] == reference)


def stored() -> list[dict[str, Any]]:
    with engine(SqlRole.OWNER).connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(OBJECTIONS)).mappings()]


def post(browser: FlaskClient, path: str, **form: str) -> TestResponse:
    return browser.post(f"{path}?kota={CITY.slug}", data=form, headers=OURS | {"Accept": "text/html"})


def open_one(browser: FlaskClient, number: int) -> str:
    reply = post(browser, "/keberatan/buka", number=str(number), **WHY)
    assert reply.status_code == 303, reply.text
    return reply.headers["Location"]


def entry(address: str) -> str:
    return address.partition("buka=")[2].partition("&")[0]


# From the box into the database


def test_what_was_sent_is_taken_in_and_leaves_the_box() -> None:
    reference = sent()
    assert take_in(CITY) == 1 and waiting(CITY.slug) == [] and take_in(CITY) == 0
    (row,) = stored()
    assert (row["reference"], row["says"], row["nik"], row["contact"]) == (reference, WORDS, NIK, CONTACT)
    assert (row["city_code"], row["state"], row["received_at"]) == (CITY.code, "open", NOW)


def test_killed_between_the_database_and_the_box_it_came_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sent()

    unlink = Path.unlink

    def killed(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == objection_box.SUFFIX:
            raise KeyboardInterrupt
        unlink(path, missing_ok)  # as whoever makes a key at its first use does

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            take_in(CITY)
    assert len(stored()) == 1 and len(waiting(CITY.slug)) == 1
    assert take_in(CITY) == 0 and len(stored()) == 1 and waiting(CITY.slug) == []


def test_killed_before_the_database_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    sent()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(objections, "announce", killed)
        with pytest.raises(KeyboardInterrupt):
            take_in(CITY)
    assert stored() == [] and take_in(CITY) == 1


def test_two_take_in_the_same_box_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One has looked at the box, and the other has it: before it is opened, and before it is taken away."""
    references, seen = {sent(), sent(said=OTHER_SAID)}, waiting(CITY.slug)
    store = objections._store

    def after_the_other(city: City, said: Said) -> bool:
        monkeypatch.setattr(objections, "_store", store)
        assert take_in(city) == 2
        return store(city, said)

    monkeypatch.setattr(objections, "_store", after_the_other)
    monkeypatch.setattr(objection_box, "waiting", lambda _: seen)
    assert take_in(CITY) == 0 and {row["reference"] for row in stored()} == references
    assert not any(path.exists() for path in seen)


def test_what_cannot_be_read_keeps_nobody_waiting(box: Path) -> None:
    sent()
    (path,) = waiting(CITY.slug)
    files.put(path.with_name("AAAAAAAAAA.sealed"), [b"nonsense"])
    assert take_in(CITY) == 1
    objection_box.set_aside(path.with_name("AAAAAAAAAA.sealed"))  # by another, who opened it just before
    assert [one.name for one in (box / CITY.slug).iterdir()] == ["AAAAAAAAAA.unreadable"]
    assert take_in(CITY) == 0


def test_a_new_key_is_laid_out_for_those_who_send(box: Path) -> None:
    box.mkdir()
    (box / "key.pub").write_bytes(b"x" * 32)  # of a key that was lost
    take_in(CITY)
    sent()
    assert take_in(CITY) == 1


def test_the_post_takes_them_in(app: Flask) -> None:
    sent()
    sent(OTHER)
    Post(Live(), {city.slug: city for city in (CITY, OTHER)}).round(NOW)
    assert {one["city_code"] for one in stored()} == {CITY.code, OTHER.code}


# Who may read what


def test_the_database_shows_no_word_without_a_reason(app: Flask) -> None:
    number, another = came(), came(at=NOW - dt.timedelta(days=1))
    sealed = ["says", "contact", "nik", "note"]
    for role in (SqlRole.WEB, SqlRole.OFFICE, SqlRole.OPD, SqlRole.BELL):
        for name in sealed:
            with engine(role).connect() as connection, pytest.raises(sa.exc.ProgrammingError, match="denied"):
                connection.execute(sa.select(OBJECTIONS.c[name]))

    def seen(entry_id: int, who: str = "seorang") -> list[int]:
        with opening(CITY.code, entry_id, who) as connection:
            return list(connection.scalars(sa.select(OBJECTIONS.c.objection_id)))

    look = Look(CITY.code, "seorang", "Seorang", "steward", "complaint", "uji baris", f"objection {number}")
    mine = audit.opened(look)
    other = audit.opened(Look(CITY.code, "seorang", "Seorang", "steward", "repair", "uji baris", "quarantine x - area"))
    assert seen(mine) == [number] and another != number
    assert [seen(0), seen(other), seen(mine, "orang lain")] == [[], [], []]


def test_a_dump_has_no_word_of_it() -> None:
    came()
    with engine(SqlRole.OWNER).connect() as connection:
        rows = connection.scalars(
            sa.select(sa.func.to_jsonb(sa.literal_column("x"))).select_from(OBJECTIONS.alias("x"))
        )
        told = json.dumps(rows.all(), ensure_ascii=False)
    assert "not_received" in told and not [word for word in (NIK, "disalurkan", CONTACT) if word in told]


def test_a_city_sees_its_own() -> None:
    came()
    came(OTHER)
    assert len(listed(CITY)) == len(listed(OTHER)) == 1
    with reading(CITY.code) as connection:
        assert list(connection.scalars(sa.select(OBJECTIONS.c.city_code))) == [CITY.code]


# The steward


def test_the_list_tells_age_and_state_and_no_word(steward: FlaskClient) -> None:
    came(at=NOW - dt.timedelta(days=3))
    told = steward.get("/keberatan").text
    assert "3 hr" in told and "Tertulis disalurkan, tetapi tidak saya terima" in told and "Menunggu" in told
    assert not [word for word in (NIK, CONTACT, "belum saya") if word in told]
    assert "3 d" in steward.get("/keberatan?bahasa=en").text


@pytest.mark.parametrize("said", [{}, {"purpose": "complaint"}, WHY | {"purpose": "x"}, WHY | {"reason": "kurang"}])
def test_no_reason_no_words(steward: FlaskClient, said: dict[str, str]) -> None:
    number, before = came(), len(audit.entries(CITY.code))
    assert post(steward, "/keberatan/buka", number=str(number), **said).status_code == 400
    assert len(audit.entries(CITY.code)) == before


def test_it_is_read_after_a_reason_and_both_are_written_down(steward: FlaskClient) -> None:
    number, before = came(), len(audit.entries(CITY.code))
    told = steward.get(open_one(steward, number)).text
    assert "tetapi belum saya terima." in told and NIK in told and CONTACT in told and WHY["reason"] in told
    shown, opened = audit.entries(CITY.code)[: len(audit.entries(CITY.code)) - before]
    assert (opened["kind"], opened["what"], shown["kind"], shown["row_count"]) == (
        "opened", f"objection {number}", "shown", 1,
    )  # fmt: skip
    assert f"objection:{number}" in shown["subjects"] and NIK not in json.dumps(shown["subjects"])
    assert f"objection {number}" in steward.get("/jejak").text


def test_without_an_entry_there_is_no_word(steward: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address = open_one(steward, came())

    def full(*_: object) -> int:
        raise sa.exc.OperationalError("insert", {}, Exception("no space left"))

    monkeypatch.setattr(audit, "shown", full)
    reply = steward.get(address)
    assert reply.status_code == 500 and NIK not in reply.text


def test_an_entry_opens_one_objection_to_who_made_it(app: Flask, steward: FlaskClient) -> None:
    address = open_one(steward, came())
    other = client_of(app, Grant(Role.STEWARD, CITY.code))
    assert other.get(address).status_code == 403
    who = audit.entries(CITY.code)[0]["who"]
    refused = audit.opened(Look(CITY.code, who, "X", "steward", "repair", "baris lain", "quarantine x - area"))
    assert steward.get(f"/keberatan/isi?buka={refused}").status_code == 403


@pytest.mark.parametrize("number", ["", "x", "0", "-1", "9" * 15, "9" * 40])
def test_an_objection_that_there_is_not_opens_nothing(steward: FlaskClient, number: str) -> None:
    came()
    before = len(audit.entries(CITY.code))
    assert post(steward, "/keberatan/buka", number=number, **WHY).status_code == 404
    assert len(audit.entries(CITY.code)) == before


def test_it_is_handled_with_a_note_once(steward: FlaskClient) -> None:
    number = came()
    entry_id = entry(open_one(steward, number))
    for note in ("", "selesai", "x" * 1001):
        assert post(steward, "/keberatan/selesai", buka=entry_id, note=note).status_code == 400
    reply = post(steward, "/keberatan/selesai", buka=entry_id, note="Disalurkan ulang lewat kantor pos.")
    assert reply.status_code == 200 and "Disalurkan ulang" in reply.text
    assert post(steward, "/keberatan/selesai", buka=entry_id, note="Sekali lagi selesai").status_code == 409
    (row,) = stored()
    assert (row["state"], row["note"]) == ("handled", "Disalurkan ulang lewat kantor pos.")
    assert row["handled_by"] and row["handled_at"]
    listed_page = steward.get("/keberatan").text
    assert "Selesai" in listed_page and row["handled_by"] in listed_page and "Disalurkan ulang" not in listed_page


def test_open_ones_come_first_and_the_oldest_of_them(steward: FlaskClient) -> None:
    done = came()
    new, old = came(at=NOW - dt.timedelta(days=1)), came(at=NOW - dt.timedelta(days=9))
    post(steward, "/keberatan/selesai", buka=entry(open_one(steward, done)), note="sudah dijawab")
    assert [one["objection_id"] for one in listed(CITY)] == [old, new, done]


def test_it_stands_in_the_navigation_of_the_steward_alone(app: Flask) -> None:
    def paths(role: Role) -> list[str]:
        return [one["path"] for one in client_of(app, Grant(role, CITY.code)).get("/meta").json["plain"]]

    assert [role for role in Role if role is not Role.WALL and "/keberatan" in paths(role)] == [Role.STEWARD]


# How long


def test_it_goes_when_its_time_is_over_and_a_city_may_say_when() -> None:
    came(at=NOW - dt.timedelta(days=400))
    came(at=NOW - dt.timedelta(days=300))
    (gone,) = [one for one in retained(CITY) if one.name == LIMIT]
    assert (gone.removed, gone.place, len(stored())) == (1, "office.objections", 1)
    sooner = msgspec.structs.replace(CITY, retention={LIMIT: 200})
    assert [one.removed for one in retained(sooner) if one.name == LIMIT] == [1] and stored() == []


def test_who_sent_it_is_told_that_it_is_held_and_who_read_it(steward: FlaskClient) -> None:
    steward.get(open_one(steward, came()))
    came(said=Said("other", "Tentang orang lain sama sekali", "", "6472014101800002"), at=NOW - dt.timedelta(days=1))
    look = Look(CITY.code, "cli:uji", "uji", "command line", "subject", "surat nomor 1", "subject access")
    found = held(NIK, CITY, look)
    assert [one["says"] for one in found.objections] == [WORDS]
    assert WHY["reason"] in {one["reason"] for one in found.looks}
