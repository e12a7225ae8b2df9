"""A thousand people went through the sources: no answer to the public or to a wall, and no file, names one of them."""

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from dashboard import answering, command
from dashboard.access.roles import Grant, Role
from dashboard.repair import causes
from etl import raw
from etl.cities import all_cities, load_city
from etl.warehouse import QUARANTINE, TABLES, engine
from etl.warehouse import Role as SqlRole
from tests.access.canaries import PEOPLE, Finder, people
from tests.access.crawl import JSON, Told, ask_all, everything
from tests.browser.test_http import page_call
from tests.signed_in import COOKIE, OURS, token_with
from tests.world import World

LEAST = 10_000
CITY = load_city("samarinda")
NUMBERED = {"bansos_grants": ("nik", "kk"), "civil_servants": ("nip", "nik"), "vaccinations": ("nik",)}
# Upstreams are other people's; the cluster's sealed columns are dumped by tests/etl/test_sealing.py.
NOT_OURS = ("simulator", "postgres")


@pytest.fixture(scope="module")
def finder(world: World) -> Finder:
    return Finder(people(world.truth))


@pytest.fixture(scope="module")
def app(world: World) -> Flask:
    return command.create()


def browser(app: Flask, role: Role) -> FlaskClient:
    client = app.test_client()
    client.set_cookie(COOKIE, token_with(Grant(role, CITY.code)))
    return client


# The search can find


def number(finder: Finder) -> str:
    return min(value for value in finder.wanted if value.isdigit() and len(value) == 18)


def name(finder: Finder) -> str:
    return next(one.name for one in finder.people if one.name)


PLANTED = {
    "plain": str.encode,
    "json": lambda text: json.dumps({"rows": [["1", text]]}).encode(),
    "escaped": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text).encode(),
    "html": lambda text: "".join(f"&#{ord(letter)};" for letter in text).encode(),
    "shouted": lambda text: text.upper().encode(),
    "in an address": lambda text: f"/masuk?ke={quote(quote(f'/112?a={text}'))}".encode(),
    "percent": lambda text: quote_plus("=" + text + "+").encode(),
    "gzip": lambda text: gzip.compress(text.encode()),
    "base64": lambda text: b'{"token":"' + base64.b64encode(f"nik={text};".encode()) + b'"}',
    "gzip in base64": lambda text: base64.urlsafe_b64encode(gzip.compress(text.encode())),
    "gzip further on": lambda text: b"\0" * 9 + gzip.compress(text.encode()),
    "among others": lambda text: ("x1," * 5000 + text + ",1.5" * 5000).encode(),
}


@pytest.mark.parametrize("way", PLANTED)
def test_what_is_planted_is_found(finder: Finder, way: str) -> None:
    for text in (number(finder), name(finder)):
        assert finder.found(PLANTED[way](text)) == {text.lower()}, text


def test_numbers_are_found_as_people_write_them(finder: Finder) -> None:
    nip = number(finder)
    assert finder.found(f"<td>{nip[:8]} {nip[8:14]} {nip[14]} {nip[15:]}</td>".encode()) == {nip}
    phone = min(value for value in finder.wanted if value.startswith("0812"))
    assert finder.found(f"+62 {phone[1:4]}-{phone[4:8]}-{phone[8:]}".encode()) == {f"62{phone[1:]}"}


def test_nothing_is_found_where_nobody_is(finder: Finder) -> None:
    for text in ("-0.5021234567890123", "1764000000000", "2026-10-11T23:02:30.123456789", "Jl. Merdeka No. 38"):
        assert finder.found(text.encode()) == set()


def test_the_canaries_went_through_the_sources(finder: Finder) -> None:
    assert len(finder.people) == PEOPLE and sum(bool(one.name) for one in finder.people) > PEOPLE / 2
    with engine(SqlRole.ETL).connect() as connection:
        tables = [(TABLES[table], columns) for table, columns in NUMBERED.items()]
        rows = [row for table, names in tables for row in connection.execute(sa.select(*(table.c[n] for n in names)))]
        refused = connection.scalars(sa.select(QUARANTINE.c.cells)).all()
    held = {value for row in rows for value in row}
    cells = finder.found(json.dumps(refused, ensure_ascii=False).encode())
    assert (
        sum(bool(one.numbers & held or one.numbers & cells) for one in finder.people) > 800
    )  # the rest: parcels, calls
    assert len(cells) > 20


# Nobody's answer names one


def hits(finder: Finder, told: Iterator[Told]) -> tuple[int, list[str]]:
    """How many answers there were, and whom they name. What was searched once is not searched again."""
    searched: set[int] = set()
    count, found = 0, []
    for one in told:
        count += 1
        parts = {hash(part): part for part in (one.body, one.headers.encode())}
        named = {hit for key, part in parts.items() if key not in searched for hit in finder.found(part)}
        searched |= parts.keys()
        found += [f"{one.status} {one.ask.method} {one.ask.path}: {hit}" for hit in named]
        assert one.status < 500, one
    return count, found


@pytest.mark.timeout(600)
def test_no_answer_and_no_file_names_anybody(world: World, finder: Finder) -> None:
    count, found = hits(finder, ask_all(everything(world, finder.people)))
    assert found == []
    assert count >= LEAST
    assert on_disk(finder, world.state) == []  # after all those questions: what was logged of them


def on_disk(finder: Finder, state: Path) -> list[str]:
    """Whom the files of the state folder name: logs, caches, settings, deliveries as they are kept."""
    files = [
        path for path in state.rglob("*") if path.is_file() and not set(NOT_OURS) & set(path.relative_to(state).parts)
    ]
    assert {"etl.log", "simulator.log"} <= {path.name for path in files} and any("web-" in path.name for path in files)
    return [f"{path.relative_to(state)}: {hit}" for path in files for hit in finder.found(path.read_bytes())]


# The crawl can fail


def test_who_is_under_the_seal_of_raw_files_is_found_when_it_is_broken(world: World, finder: Finder) -> None:
    inside = (frame for city in all_cities() for frame in _kept(city.slug))
    found = {hit for frame in inside for hit in finder.found(frame.write_csv().encode())}
    assert len({hit for hit in found if hit.isdigit()}) > 1000
    assert any(hit.startswith("0812") for hit in found)


def _kept(city: str) -> Iterator[Any]:
    for folder in sorted(raw.folder(city).iterdir()):
        yield from raw.every(folder)


def test_a_steward_who_opens_refused_rows_is_shown_people(app: Flask, finder: Finder) -> None:
    steward, found = browser(app, Role.STEWARD), set()
    for cause in causes(CITY):
        form = {"source": cause["source"], "column": cause["column"], "cause": cause["reason_class"]}
        why = {"purpose": "inspection", "reason": "uji pencarian orang"}
        opened = steward.post(f"/karantina/buka?kota={CITY.slug}", data=form | why, headers=OURS)
        found |= finder.found(steward.get(opened.headers["Location"]).data)
    assert len(found) > 5


def test_a_panel_that_told_would_be_caught(app: Flask, finder: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    one = number(finder)
    table = {"columns": [{"label": "NIP", "unit": ""}], "rows": [[one]], "raw": [[one]]}
    monkeypatch.setattr(answering, "_compute", lambda *_: {"state": "ok", "table": table})
    wall = browser(app, Role.OPERATOR)  # who is shown the same panels
    address = f"/panel/112/calls?kota={CITY.slug}&sejak=2026-01-02"
    for path in (address, address.replace("calls", "calls.csv")):
        assert finder.found(wall.get(path, headers={"Accept-Encoding": "gzip"}).data) == {one}, path


def test_a_file_that_told_would_be_caught(world: World, finder: Finder, tmp_path: Path) -> None:
    for name_of in ("etl.log", "simulator.log", "web-1.log"):
        (tmp_path / name_of).write_text("")
    assert on_disk(finder, tmp_path) == []
    (tmp_path / "web-1.log").write_text(f"GET /112?nik={number(finder)}")
    assert on_disk(finder, tmp_path) == [f"web-1.log: {number(finder)}"]


def test_a_forged_page_call_is_no_way_round(app: Flask, finder: Finder) -> None:
    """The refusal does not repeat what was asked either."""
    body = json.dumps(page_call(f"/{number(finder)}", "")).encode()
    reply = app.test_client().post(command.CALLBACKS, data=body, headers=OURS | JSON)
    assert reply.status_code == 401 and finder.found(reply.data) == set()
