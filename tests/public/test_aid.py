"""Cek bantuan saya: the own aid to who has the letter, the same reply to everybody else, and nobody's list anywhere."""

import csv
import hashlib
import logging
import re
import shutil
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from werkzeug.test import TestResponse

from dashboard import format as fmt
from dashboard import publish
from dashboard.public import aid, create
from etl.aid_box import Answer, Box, Grant, NoBox, path_of
from etl.aid_letters import AidCheck, Letter
from etl.cities import load_city
from tests.public.letters import CODE, ELSEWHERE, HER, HIS, HIS_CODE, NOBODYS, SECRET, THERE, boxes, counting, made
from tests.public.offline import an_address, app, forget_keys, state, visitor
from tests.world import World

__all__ = ["app", "boxes", "made", "state", "visitor"]  # fixtures

NOT_FOUND = {
    "unknown number": (NOBODYS, CODE),
    "wrong code": (HER, "ABCDEFGH"),
    "somebody else's code": (HER, HIS_CODE),
    "a letter of another city": (ELSEWHERE, THERE),
}
PATHS = {"id": "/samarinda/cek-bantuan", "en": "/en/samarinda/cek-bantuan"}


@pytest.fixture
def client(visitor: FlaskClient, boxes: None) -> FlaskClient:
    """A client of the site with these answers."""
    return visitor


def ask(client: FlaskClient, nik: str, kode: str, language: str = "id", address: str = "", **more: Any) -> TestResponse:
    """Send the form, from an address that nobody else has unless it is named."""
    environ = {"REMOTE_ADDR": address or an_address()}
    return client.post(PATHS[language], data={"nik": nik, "kode": kode}, environ_base=environ, **more)


# What is told


@pytest.mark.parametrize(("language", "said"), [("id", "Sudah disalurkan"), ("en", "Paid")])
def test_who_has_the_letter_is_told_programme_month_and_state(client: FlaskClient, language: str, said: str) -> None:
    reply = ask(client, HER, CODE, language)
    assert reply.status_code == 200
    cells = re.findall(r"<t[hd](?: scope=\"row\")?>([^<]*)</t[hd]>", reply.text)
    months = [fmt.step(date(2026, month, 1), "month", language) for month in (8, 7)]
    assert [cells[0], cells[1], cells[2]] == [months[0], "PKH", said]
    assert [cells[3], cells[4]] == [months[1], "Sembako Khas"] and len(cells) == 6


def test_a_letter_may_be_typed_as_people_type(client: FlaskClient) -> None:
    assert "PKH" in ask(client, f" {HER[:6]} {HER[6:12]}.{HER[12:]} ", "k7qm-3xpa ").text


def test_who_has_a_letter_and_no_aid_is_told_so(client: FlaskClient) -> None:
    assert "Belum ada bantuan" in ask(client, HIS, HIS_CODE).text
    assert "No aid yet" in ask(client, HIS, HIS_CODE, "en").text


@pytest.mark.parametrize("language", PATHS)
def test_the_form_works_without_a_script(client: FlaskClient, language: str) -> None:
    page = client.get(PATHS[language]).text
    assert f'<form method="post" action="{PATHS[language]}" autocomplete="off">' in page
    assert "<script" not in page and f'<html lang="{language}"' in page
    assert client.head(PATHS[language]).status_code == 200


# What is not told


@pytest.mark.parametrize("language", PATHS)
def test_everybody_else_gets_one_and_the_same_reply(client: FlaskClient, language: str) -> None:
    replies = {name: ask(client, *said, language) for name, said in NOT_FOUND.items()}
    told = {(reply.status_code, tuple(reply.headers), reply.data) for reply in replies.values()}
    assert len(told) == 1
    (reply,) = {reply.text for reply in replies.values()}
    assert aid.UNKNOWN.say(language) in unescape(reply)


def test_it_is_the_same_work_for_everybody(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = counting(monkeypatch)
    for said in [*NOT_FOUND.values(), (HER, CODE), (HIS, HIS_CODE)]:
        counts.update(dict.fromkeys(counts, 0))
        ask(client, *said)
        assert (counts["scrypt"], counts["decrypt"]) == (1, 1)
        # Halving 4096 rows, and the row itself; it depends on where the row would be, which nobody can tell.
        assert counts["read"] in (13, 14)


def test_every_page_has_one_size(client: FlaskClient) -> None:
    replies = [ask(client, *said) for said in [*NOT_FOUND.values(), (HER, CODE), (HIS, HIS_CODE), ("1", "")]]
    replies += [client.get(PATHS["id"])]
    assert {len(reply.data) for reply in replies} == {aid.PAGE_BYTES}


@pytest.mark.parametrize("said", [(HER, CODE), (NOBODYS, CODE), ("123", CODE)])
def test_a_reply_is_kept_by_nobody_and_led_nowhere(client: FlaskClient, said: tuple[str, str]) -> None:
    for headers in (ask(client, *said).headers, client.get(PATHS["id"]).headers):
        assert headers["Cache-Control"] == "no-store" and headers["Referrer-Policy"] == "no-referrer"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "form-action 'self'" in policy and "script" not in policy
        assert "Set-Cookie" not in headers and "ETag" not in headers


# How often


def test_an_address_has_a_few_tries_whatever_it_asks(client: FlaskClient) -> None:
    replies = [ask(client, f"64720101019{number:05}", CODE, address="192.0.2.1") for number in range(11)]
    assert [reply.status_code for reply in replies] == [200] * 10 + [429]
    assert ask(client, HER, CODE, address="192.0.2.1").data == replies[-1].data
    assert ask(client, HER, CODE, address="192.0.2.2").status_code == 200
    assert replies[-1].headers["Retry-After"] == "3600"


def test_a_network_of_ipv6_is_one_address(client: FlaskClient) -> None:
    for number in range(10):
        ask(client, f"64720101019{number:05}", CODE, address=f"2001:db8::{number}")
    assert ask(client, HER, CODE, address="2001:db8::ffff").status_code == 429
    assert ask(client, HER, CODE, address="2001:db8:0:1::1").status_code == 200


def test_a_number_has_a_few_tries_whether_it_exists_or_not(client: FlaskClient) -> None:
    last = {}
    for nik in (HER, NOBODYS):
        replies = [ask(client, nik, "ABCDEFGH") for _ in range(6)]
        assert [reply.status_code for reply in replies] == [200] * 5 + [429], nik
        last[nik] = (replies[-1].data, tuple(replies[-1].headers))
    assert last[HER] == last[NOBODYS]
    assert ask(client, HER, CODE).status_code == 429  # the right code does not help any more


def test_all_together_have_a_limit_and_what_is_refused_costs_nothing(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aid, "CHECKS_OF_ALL", (parse("3/minute"),))
    for number in range(3):
        assert ask(client, f"64720101019{number:05}", CODE).status_code == 200
    counts = counting(monkeypatch)
    assert ask(client, HER, CODE).status_code == 429 and set(counts.values()) == {0}


def test_who_counts_tries_knows_no_number(app: Flask, client: FlaskClient) -> None:
    ask(client, HER, CODE)
    known = str(vars(app.extensions["aid"].limiter.storage))
    assert "nik" in known and HER not in known and hashlib.sha256(HER.encode()).hexdigest() not in known


# What is wrong is said, and not repeated

BAD = {
    "letters": ({"nik": "64720141018000O1", "kode": CODE}, 400, aid.NO_NIK),
    "15 digits": ({"nik": HER[:15], "kode": CODE}, 400, aid.NO_NIK),
    "17 digits": ({"nik": f"{HER}7", "kode": CODE}, 400, aid.NO_NIK),
    "other digits": ({"nik": "٦" * 16, "kode": CODE}, 400, aid.NO_NIK),
    "empty": ({"nik": "", "kode": ""}, 400, aid.NO_NIK),
    "something else": ({"x": "sesuatu lain"}, 400, aid.NO_NIK),
    "no code": ({"nik": HER}, 400, aid.NO_CODE),
    "short code": ({"nik": HER, "kode": "K7QM3XP"}, 400, aid.NO_CODE),
    "no such letters": ({"nik": HER, "kode": "K7QM3XP0"}, 400, aid.NO_CODE),
    "a script": ({"nik": "<script>alert(1)</script>", "kode": "'; DROP"}, 400, aid.NO_NIK),
    "huge": ({"nik": HER, "kode": CODE, "x": "y" * 20_000}, 413, aid.REFUSALS[413]),
}


@pytest.mark.parametrize("language", PATHS)
@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_words_and_never_repeated(client: FlaskClient, name: str, language: str) -> None:
    form, status, says = BAD[name]
    reply = client.post(PATHS[language], data=form)
    assert reply.status_code == status and says.say(language) in unescape(reply.text)
    assert not [value for value in form.values() if value and value in unescape(reply.text)]


OTHER_BODIES = [
    (b'{"nik": "6472014101800001"}', "application/json"),
    (b"nik=6472014101800001", "text/plain"),
    (b"--x\r\n", "multipart/form-data; boundary=x"),
    (b"", ""),
]


@pytest.mark.parametrize(("body", "kind"), OTHER_BODIES)
@pytest.mark.parametrize("language", PATHS)
def test_only_a_form_is_read(client: FlaskClient, body: bytes, kind: str, language: str) -> None:
    reply = client.post(PATHS[language], data=body, content_type=kind)
    assert reply.status_code == 415 and aid.REFUSALS[415].say(language) in unescape(reply.text)
    assert HER not in reply.text


@pytest.mark.parametrize("body", [b"\xff\xfe=%zz&&&=", b"nik[]=1&nik=%00", b"&" * 9000, b"%" * 9000])
def test_a_broken_form_is_an_empty_one(client: FlaskClient, body: bytes) -> None:
    assert client.post(PATHS["id"], data=body, content_type=aid.FORM).status_code == 400


def test_another_site_cannot_send_it(client: FlaskClient) -> None:
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)):
        assert ask(client, HER, CODE, headers={"Sec-Fetch-Site": site}).status_code == status, site


@pytest.mark.parametrize("query", [f"nik={HER}", f"x=a+{HER[:4]}+{HER[4:]}", f"{HER[:8]}%2D{HER[8:]}"])
def test_a_number_in_the_address_is_refused(client: FlaskClient, query: str) -> None:
    for reply in (client.get(f"{PATHS['en']}?{query}"), client.post(f"{PATHS['en']}?{query}", data={})):
        assert reply.status_code == 400 and aid.REFUSALS[400].en in unescape(reply.text)
        assert HER[:6] not in reply.text


def test_nothing_of_it_is_logged(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    for said in [*NOT_FOUND.values(), (HER, CODE), (HER[:15], CODE)]:
        ask(client, *said)
    path_of("samarinda").write_bytes(b"x" * 300)  # a file that is none
    assert ask(client, HIS, HIS_CODE).status_code == 503
    monkeypatch.setattr(Box, "answer", lambda box, letter: 1 / 0)  # a mistake of our own
    reply = ask(client, HIS, HIS_CODE)
    assert reply.status_code == 500 and "ZeroDivisionError" in caplog.text
    assert not [word for word in SECRET if word in reply.text]
    assert not [word for word in SECRET if word in caplog.text]


def test_without_a_file_there_is_no_answer_and_a_form(client: FlaskClient) -> None:
    path_of("samarinda").unlink()
    assert client.get(PATHS["id"]).status_code == 200
    replies = [ask(client, *said) for said in [*NOT_FOUND.values(), (HER, CODE)]]
    assert {(reply.status_code, reply.data) for reply in replies} == {(503, replies[0].data)}
    with pytest.raises(NoBox):
        Box("samarinda").checked_at()


def test_a_city_without_codes_has_no_such_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = tmp_path / "cities"
    shutil.copytree(load_city("samarinda").folder, root / "samarinda")
    file = root / "samarinda" / "city.toml"
    file.write_text(file.read_text().partition("[aid_check]")[0])
    monkeypatch.setenv("PANTAU_CITIES", str(root))
    client = create().test_client()
    assert client.get("/samarinda/cek-bantuan").status_code == 404
    assert client.get("/samarinda/keberatan").status_code == 200
    assert client.get("/atlantis/keberatan").status_code == 404
    assert client.post("/atlantis/keberatan", data=b"x", content_type="text/plain").status_code == 404


def test_the_oldest_months_go_where_there_is_no_room(client: FlaskClient) -> None:
    many = tuple(
        Grant(f"{year}-{month:02}", "PKH", "paid") for year in range(2026, 2016, -1) for month in range(12, 0, -1)
    )
    Box("samarinda").write({Letter(HER, CODE): Answer(many)}, simulated=False)
    reply = ask(client, HER, CODE)
    assert "Des 2026" in reply.text and "Jan 2017" not in reply.text and "lebih lama tidak ditampilkan" in reply.text


def test_what_cannot_be_brought_up_to_date_is_told_and_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    check = AidCheck("letters", "/tidak/ada/kode.csv")
    publish._refresh_aid(msgspec.structs.replace(load_city("samarinda"), aid_check=check))
    assert "kode.csv" in caplog.text and "tidak diperbarui" in caplog.text


# From the letter to the answer


def letters_of(world: World, city: str) -> list[Letter]:
    file = world.state / "simulator" / "files" / city / "surat-bantuan" / "kode.csv"
    with file.open() as opened:
        return [Letter(row["nik"], row["code"]) for row in csv.DictReader(opened)]


def truth_of(world: World, code: str) -> dict[str, set[Grant]]:
    """What the outside world knows of everybody's aid that was paid or verified."""
    truth = sa.create_engine(f"sqlite:///{world.truth}")
    table = sa.Table("bansos_grants", sa.MetaData(), autoload_with=truth)
    mine = sa.select(table).where(table.c.city_code == code, table.c.refused == 0)
    found: dict[str, set[Grant]] = {}
    with truth.connect() as connection:
        for row in connection.execute(mine.where(table.c.status.in_(["paid", "verified"]))):
            found.setdefault(row.nik, set()).add(Grant(row.period[:7], row.programme, row.status))
    truth.dispose()
    return found


@pytest.mark.parametrize("city", ["samarinda", "surabaya", "banyumas"])
def test_everybody_is_told_what_the_outside_world_knows(world: World, city: str) -> None:
    forget_keys()
    truth, letters = truth_of(world, load_city(city).code), letters_of(world, city)
    chosen = letters[:: len(letters) // 40] + letters[-3:]  # the last are on no list
    told = {letter: Box(city).answer(letter) for letter in chosen}
    assert {letter for letter, answer in told.items() if answer is None} == set()
    assert {letter: set(answer.grants) for letter, answer in told.items() if answer} == {
        letter: truth.get(letter.nik, set()) for letter in chosen
    }
    assert any(truth.get(letter.nik) for letter in chosen) and not all(truth.get(letter.nik) for letter in chosen)


def test_a_letter_is_answered_over_http(world: World) -> None:
    """The demo, end to end: the office's letter, the file, the running public site."""
    city = load_city("banyumas")
    truth = truth_of(world, city.code)
    letter = next(one for one in letters_of(world, city.slug) if len(truth.get(one.nik, ())) > 2)
    address = f"{world.public_url}/en/{city.slug}/cek-bantuan"
    # From an address of its own: other tests ask the same site.
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.7.1"), timeout=60) as phone:
        reply = phone.post(address, data={"nik": letter.nik, "kode": letter.code})
        other = phone.post(address, data={"nik": letter.nik, "kode": "A" * 8})
    assert reply.status_code == 200 and "SIMULASI" in reply.text
    said = re.findall(r'<tr><th scope="row">([^<]+)</th><td>([^<]+)</td><td>([^<]+)</td></tr>', reply.text)
    wanted = {
        (fmt.step(date.fromisoformat(f"{one.month}-01"), "month", "en"), one.programme, aid.STATES[one.state].en)
        for one in truth[letter.nik]
    }
    assert set(said) == wanted and len(said) == len(wanted)
    assert aid.UNKNOWN.en in unescape(other.text) and len(other.content) == len(reply.content)
