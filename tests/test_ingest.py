"""The push door over real HTTP: what is taken, what is refused, and that nothing taken is ever lost."""

import json
import os
import re
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import httpx
import msgspec
import pytest
import sqlalchemy as sa

from etl import inbox, push_keys
from etl.__main__ import main
from etl.cities import load_city
from etl.pipeline import run
from etl.readers import push
from etl.source import Source
from etl.warehouse import TABLES, Role, engine
from tests.etl.conftest import warehouse
from tests.readers.sources import aged
from tests.world import ROOT, free_port, serve, wait_for_health

__all__ = ["warehouse"]

DECLARED = """
dataset = "agencies"
app = "SIMPEG"
title = ["OPD", "Agencies"]
owner = "Dinas"
licence = "CC BY 4.0"
cadence_s = 60
promise_s = 600
[reader]
kind = "push"
most_bytes = 2000
[columns]
agency_code = "kode"
name = "nama"
short_name = "singkatan"
"""
STRANGE = f"Bearer pantau-{'0' * 8}-{'x' * 43}"
NOWHERE = ("uji/tidak", "uji/berkas", "lain/dorong", "uji/..%2Fdorong")
LINES = {"Content-Type": "application/x-ndjson"}


def event(code: str) -> dict[str, object]:
    return {"kode": code, "nama": f"Dinas {code}", "singkatan": code, "lain": {"x": 1.50}}


@dataclass
class Door:
    """The command application with one city, one push source, and its key."""

    url: str
    process: Popen[bytes]
    source: Source
    key: str

    def post(self, body: object, path: str = "", **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"} | headers
        address = path or f"/ingest/{self.source.city}/{self.source.name}"
        return httpx.post(self.url + address, content=content, headers=sent, timeout=60)

    def waiting(self) -> dict[str, list[dict[str, object]]]:
        """The events in the inbox, by delivery."""
        files = inbox.folder(self.source).glob(f"*{inbox.SUFFIX}")
        return {path.stem: [json.loads(line) for line in path.read_text().splitlines()] for path in files}


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One city with a push source and one without a door."""
    root = tmp_path_factory.mktemp("cities")
    shutil.copytree(ROOT / "cities" / "samarinda", root / "uji", ignore=shutil.ignore_patterns("*.toml"))
    shutil.copy(ROOT / "cities" / "samarinda" / "city.toml", root / "uji")
    (root / "uji" / "sources").mkdir(exist_ok=True)
    (root / "uji" / "sources" / "dorong.toml").write_text(DECLARED)
    (root / "uji" / "sources" / "berkas.toml").write_text(
        DECLARED.replace('"push"\nmost_bytes = 2000', '"csv"\npath = "."')
    )
    return root


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch, cities: Path) -> Source:
    monkeypatch.setenv("PANTAU_CITIES", str(cities))
    source = push_keys.push_source("uji", "dorong")
    assert source
    return source


@pytest.fixture
def door(settled: Source, warehouse: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    shutil.rmtree(inbox.folder(settled))
    state = Path(os.environ["PANTAU_STATE"])
    port = free_port()
    process = serve("dashboard.command:server", port, state)
    wait_for_health(f"http://127.0.0.1:{port}", state)
    yield Door(f"http://127.0.0.1:{port}", process, settled, push_keys.make(settled))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def age_all(source: Source, seconds: float = 60) -> None:
    for path in inbox.folder(source).glob(f"*{inbox.SUFFIX}"):
        aged(path, seconds)


def codes() -> list[str]:
    with engine(Role.ETL).connect() as connection:
        return sorted(connection.scalars(sa.select(TABLES["agencies"].c.agency_code)))


def test_the_door(door: Door) -> None:
    """One server for all that it may be asked: it costs a few seconds to start."""
    taken_in_every_form(door)
    the_same_key_stores_nothing_twice(door)
    refusals_say_what_to_do(door)
    a_key_may_be_revoked(door)
    nothing_of_it_is_logged(door)
    what_was_taken_is_loaded_after_kill_9(door)


def taken_in_every_form(door: Door) -> None:
    lines = "".join(json.dumps(event(code)) + "\n\n" for code in "CD").encode()
    for body, headers, count in ((event("A"), {}, 1), ([event("A"), event("B")], {}, 2), (lines, LINES, 2)):
        reply = door.post(body, **headers)
        assert (reply.status_code, reply.json()["events"]) == (202, count)
        assert len(door.waiting()[reply.json()["delivery"]]) == count
    assert len(door.waiting()) == 3


def the_same_key_stores_nothing_twice(door: Door) -> None:
    before = len(door.waiting())
    once = {"Idempotency-Key": "kiriman-1"}
    with ThreadPoolExecutor(4) as at_once:
        replies = list(at_once.map(lambda _: door.post(event("E"), **once), range(4)))
    assert {(reply.status_code, reply.text) for reply in replies} == {(202, replies[0].text)}
    assert len(door.waiting()) == before + 1
    other = door.post(event("F"), **once)
    assert other.status_code == 422 and "kunci baru" in other.json()["message"]["id"]
    assert len(door.waiting()) == before + 1


def refusals_say_what_to_do(door: Door) -> None:
    before = door.waiting()
    other_kind = {"Content-Type": "text/csv"}
    asked = {
        401: [door.post(event("X"), Authorization=said) for said in ("", "Bearer salah", f"Basic {door.key}", STRANGE)],
        404: [door.post(event("X"), f"/ingest/{path}") for path in NOWHERE],
        415: [door.post(event("X"), **other_kind)],
        413: [door.post(b" " * 3000 + json.dumps(event("X")).encode())],
        400: [
            *(door.post(body) for body in (b"", b"{", [], [1], "x", b"\xff", b"[" * 1999, [event("X"), None])),
            *(door.post(body, **LINES) for body in (b"\n", b'{"kode": "X"}\n{')),
            door.post(event("X"), **{"Idempotency-Key": "k" * 201}),
        ],
    }  # fmt: skip
    for status, replies in asked.items():
        assert [reply.status_code for reply in replies] == [status] * len(replies), status
        for reply in replies:
            assert "Traceback" not in reply.text and reply.headers["x-content-type-options"] == "nosniff"
            if reply.headers["content-type"] == "application/json":
                said = reply.json()["message"]
                assert all(said.values()) if isinstance(said, dict) else said
    assert "baris 2" in asked[400][-2].json()["message"]["id"]
    assert asked[401][0].headers["www-authenticate"] == "Bearer"
    assert httpx.get(f"{door.url}/ingest/uji/dorong").status_code == 401  # no page, and not for everyone to know
    assert door.waiting() == before


def a_key_may_be_revoked(door: Door) -> None:
    second = push_keys.make(door.source)
    assert door.post(event("A"), Authorization=f"Bearer {second}").status_code == 202
    push_keys.revoke(door.source, second.split("-")[1])
    assert door.post(event("A"), Authorization=f"Bearer {second}").status_code == 401


def nothing_of_it_is_logged(door: Door) -> None:
    state = Path(os.environ["PANTAU_STATE"])
    log = (state / f"web-{door.url.rsplit(':', 1)[1]}.log").read_text()
    assert door.key not in log and "Dinas A" not in log


def what_was_taken_is_loaded_after_kill_9(door: Door) -> None:
    sent = [f"Z{number}" for number in range(30)]
    taken = []
    with ThreadPoolExecutor(3) as at_once:
        for reply in at_once.map(lambda code: _try(door, code), sent):
            if reply is not None:
                taken.append(reply)
            if len(taken) == 10:
                os.killpg(door.process.pid, signal.SIGKILL)
    assert 10 <= len(taken) < len(sent)
    age_all(door.source)
    city = load_city("uji")
    outcome = run(door.source, city)
    assert outcome.error is None and outcome.counts.balanced
    assert set(taken) | {*"ABCDE"} <= set(codes())
    again = run(door.source, city)
    assert (again.error, again.counts.received) == (None, 0)


def _try(door: Door, code: str) -> str | None:
    try:
        return code if door.post(event(code)).status_code == 202 else None
    except httpx.TransportError:
        return None


# Keys and the inbox by themselves


def test_a_key_is_printed_once_and_only_its_hash_is_kept(settled: Source, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "uji", "dorong"]) == 0
    key = capsys.readouterr().out.strip()
    assert re.fullmatch(push_keys.TOKEN, key) and push_keys.opens(settled, key)
    kept = [path for path in Path(os.environ["PANTAU_STATE"], "keys").rglob("*.json") if key.split("-")[1] in path.name]
    assert len(kept) == 1 and key.split("-", 2)[2] not in kept[0].read_text()
    assert kept[0].stat().st_mode & 0o077 == 0
    assert main(["key", "uji", "dorong", "--list"]) == 0
    assert key.split("-")[1] in capsys.readouterr().out
    assert main(["key", "uji", "dorong", "--revoke", key.split("-")[1]]) == 0
    assert not push_keys.opens(settled, key)
    assert main(["key", "uji", "dorong", "--revoke", "00000000"]) == 1
    assert main(["key", "uji", "berkas"]) == 1


@pytest.mark.parametrize("key", ["", "pantau-", "pantau-../../x-" + "a" * 43, "pantau-00000000-" + "é" * 43])
def test_what_is_no_key_opens_nothing(settled: Source, key: str) -> None:
    assert not push_keys.opens(settled, key)


def test_a_key_of_another_source_opens_nothing(settled: Source) -> None:
    other = msgspec.structs.replace(settled, name="lain")
    assert not push_keys.opens(other, push_keys.make(settled))


def test_loaded_pushes_go_after_a_day_and_unloaded_ones_never(settled: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(inbox.folder(settled))
    for key in ("satu", "dua"):
        inbox.keep(settled, json.dumps(event(key)).encode() + b"\n", key)
    age_all(settled, push.KEPT_S + 60)
    first, *_ = list(push.extract(settled, None))
    left = list(push.extract(settled, first.cursor))
    assert len(left) == 1 and left[0].name != first.name
    assert [path.name for path in inbox.folder(settled).iterdir()] == [left[0].name]
