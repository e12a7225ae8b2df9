"""Keberatan: what somebody sends lies under a seal in a box that the public site cannot open, and is asked for once."""

import datetime as dt
import shutil
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from limits import parse
from werkzeug.test import TestResponse

from dashboard.public import aid
from etl import objection_box
from etl.objection_box import ABOUT, Objection, Said, Unreadable, folder, opened, waiting
from tests.public.offline import an_address, app, state, visitor

__all__ = ["app", "state", "visitor"]  # fixtures

NIK, WORDS, CONTACT = "6472014101800001", "Tertulis disalurkan, tetapi belum saya terima.", "0812-3456-7890"
FORM = {"tentang": "not_received", "isi": WORDS, "nik": NIK, "kontak": CONTACT}
PATHS = {"id": "/samarinda/keberatan", "en": "/en/samarinda/keberatan"}


def send(client: FlaskClient, language: str = "id", address: str = "", **changed: str) -> TestResponse:
    """Send the form, from an address that nobody else has unless it is named."""
    environ = {"REMOTE_ADDR": address or an_address()}
    return client.post(PATHS[language], data=FORM | changed, environ_base=environ)


def kept(city: str = "samarinda") -> list[Objection]:
    return [opened(city, path) for path in waiting(city)]


@pytest.fixture
def client(visitor: FlaskClient) -> FlaskClient:
    """A client of the site."""
    return visitor


@pytest.mark.parametrize(
    ("language", "said"), [("id", "Keberatan Anda diterima"), ("en", "Your objection was received")]
)
def test_an_objection_is_kept_and_gets_a_number(client: FlaskClient, language: str, said: str) -> None:
    reply = send(client, language)
    (one,) = kept()
    assert reply.status_code == 200 and said in reply.text and objection_box.shown(one.reference) in reply.text
    assert (one.about, one.says, one.nik, one.contact) == ("not_received", WORDS, NIK, CONTACT)
    assert abs((dt.datetime.now(dt.UTC) - one.received_at).total_seconds()) < 600
    assert NIK not in reply.text and WORDS not in reply.text


def test_only_what_is_wrong_and_what_it_is_about_must_be_told(client: FlaskClient) -> None:
    assert send(client, nik="", kontak="").status_code == 200
    assert [(one.nik, one.contact) for one in kept()] == [("", "")]


def test_the_lines_of_a_text_stay_and_what_no_keyboard_writes_goes(client: FlaskClient) -> None:
    send(client, isi="baris satu\r\nbaris\x00dua\t\x1b[1m")
    assert [one.says for one in kept()] == ["baris satu\nbaris dua  [1m"]


def test_the_form_is_on_its_own_page_and_below_the_answer(client: FlaskClient) -> None:
    page = client.get(PATHS["en"]).text
    assert f'action="{PATHS["en"]}"' in page and "<script" not in page
    assert all(str(text.en) in unescape(page) for text in ABOUT.values())


# Under the seal


def test_who_sees_the_file_learns_neither_words_nor_length(client: FlaskClient) -> None:
    send(client)
    send(client, isi="x" * 1000, kontak="")
    files = waiting("samarinda")
    assert len(files) == 2 and len({path.stat().st_size for path in files}) == 1
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert not [
        word for word in (NIK, WORDS, CONTACT, "not_received") for path in files if word.encode() in path.read_bytes()
    ]


def test_the_public_site_needs_no_key_that_opens_it(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    objection_box.publish_key()
    with monkeypatch.context() as patch:
        patch.setattr(objection_box, "_private_key", pytest.fail)
        assert send(client).status_code == 200
    assert len(kept()) == 1


def test_what_was_changed_or_is_of_another_city_does_not_open(client: FlaskClient) -> None:
    send(client)
    (path,) = waiting("samarinda")
    content = bytearray(path.read_bytes())
    with pytest.raises(Unreadable):
        opened("surabaya", path)
    content[-1] ^= 1
    for changed in (bytes(content), b"", b"x" * 9000):
        path.write_bytes(changed)
        with pytest.raises(Unreadable):
            opened("samarinda", path)


def test_the_longest_objection_has_room(state: Path) -> None:
    said = Said("not_entitled", "\U0001f3db" * objection_box.LONGEST, "\\" * objection_box.LONGEST_CONTACT, NIK)
    objection_box.drop("samarinda", said, "x", dt.datetime.now(dt.UTC))
    assert [one.says for one in kept()] == [said.says]
    assert waiting("samarinda")[0].stat().st_size < objection_box.ROOM + 200


# Once, and not too many


def test_a_button_pressed_twice_sends_one(client: FlaskClient) -> None:
    first, again = send(client, address="192.0.2.1"), send(client, address="192.0.2.1")
    assert first.text == again.text and len(kept()) == 1
    send(client, address="192.0.2.1", isi=f"{WORDS} Lagi.")
    send(client, address="192.0.2.2")
    assert len({one.reference for one in kept()}) == 3


def test_an_address_sends_a_few(client: FlaskClient) -> None:
    replies = [send(client, address="192.0.2.1", isi=f"{WORDS} {number}") for number in range(4)]
    assert [reply.status_code for reply in replies] == [200] * 3 + [429] and len(kept()) == 3
    assert aid.TOO_MANY.id in unescape(replies[-1].text)


def test_all_together_send_so_many(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aid, "OBJECTIONS_OF_ALL", (parse("2/minute"),))
    assert [send(client, isi=f"{WORDS} {number}").status_code for number in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("language", PATHS)
def test_a_full_box_says_so_and_keeps_the_words_on_the_page(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(objection_box, "MOST_WAITING", 1)
    assert send(client).status_code == 200
    reply = send(client, language)
    assert reply.status_code == 503 and aid.NOT_NOW.say(language) in unescape(reply.text)
    assert WORDS in unescape(reply.text) and NIK not in reply.text and CONTACT not in reply.text
    assert len(kept()) == 1


def test_the_disk_keeps_room_for_others(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(folder("samarinda").parents[1])
    monkeypatch.setattr(objection_box, "LEAST_FREE", usage.free * 2)
    assert send(client).status_code == 503 and kept() == []


def test_a_disk_that_cannot_be_written_is_told_calmly(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("etl.files.put", full)
    assert send(client).status_code == 503


# What is wrong is said, and not repeated

BAD = {
    "no subject": ({"tentang": ""}, aid.NO_ABOUT),
    "another subject": ({"tentang": "<script>"}, aid.NO_ABOUT),
    "no words": ({"isi": "  \n "}, aid.NO_WORDS),
    "few words": ({"isi": "salah"}, aid.NO_WORDS),
    "many words": ({"isi": "kata " * 201}, aid.NO_WORDS),
    "a long contact": ({"kontak": "k" * 201}, aid.LONG_CONTACT),
    "half a number": ({"nik": NIK[:15]}, aid.NO_NIK),
    "letters": ({"nik": "enam empat tujuh"}, aid.NO_NIK),
}


@pytest.mark.parametrize("language", PATHS)
@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_by_its_field_and_not_repeated(client: FlaskClient, name: str, language: str) -> None:
    changed, says = BAD[name]
    reply = send(client, language, **changed)
    text = unescape(reply.text)
    assert reply.status_code == 400 and says.say(language) in text and kept() == []
    assert not [value for value in changed.values() if value.strip() and f">{value}" in text]
    assert NIK not in text and CONTACT not in text and NIK[:15] not in text
    assert (WORDS in text) == ("isi" not in changed)  # who wrote much need not write it again


def test_words_with_a_number_of_somebody_are_not_given_back(client: FlaskClient) -> None:
    reply = send(client, isi=f"NIK saya {NIK[:6]} {NIK[6:]} dipakai orang", kontak="k" * 201)
    assert reply.status_code == 400 and NIK[6:] not in reply.text


def test_what_is_too_large_or_no_form_is_refused(client: FlaskClient) -> None:
    assert send(client, x="y" * 20_000).status_code == 413
    reply = client.post(PATHS["en"], data=b"{}", content_type="application/json")
    assert reply.status_code == 415 and aid.REFUSALS[415].en in unescape(reply.text)
    assert kept() == []
