"""What stands before the public site: keeps what is everybody's, refuses calmly, never mixes two readers' answers."""

import asyncio
import os
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dashboard.headers import HEADERS
from dashboard.public import front as front_module
from dashboard.public.answer import best_coding
from dashboard.public.calm import Refusal
from dashboard.public.front import Front
from dashboard.public.kept import Kept
from etl.bundle import Shelf
from tests.public import standin
from tests.public.asked import Asking, ask, ask_all, in_a_loop
from tests.public.bundles import shelf_in
from tests.public.served import LARGE, SMALL, TRAVERSALS, Served, current_is, serving, with_files
from tests.public.standin import FOREVER, SHORT
from tests.world import until

NIK = "6472051004870001"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return shelf_in(tmp_path_factory.mktemp("front") / "releases", [with_files], cities=["samarinda"])


@pytest.fixture
def front(shelf: Shelf) -> Front:
    return standin.front(shelf)


# What is kept


def test_what_everybody_may_have_is_computed_once(front: Front) -> None:
    first, again = (ask(front, "/samarinda/page/corona") for _ in range(2))
    assert first.status == 200 and first.body == again.body and first.headers == again.headers


def test_a_stampede_computes_once(front: Front) -> None:
    got = ask_all(front, *[Asking("/samarinda/page/corona") for _ in range(200)])
    assert {(one.status, one.serial) for one in got} == {(200, "1")}


@pytest.mark.parametrize("path", ["/private", "/spoken", "/api/v1/rows"])
def test_what_is_not_for_everybody_each_gets_for_himself(front: Front, path: str) -> None:
    got = ask_all(front, *[Asking(path) for _ in range(8)])
    assert len({one.serial for one in got}) == 8 and front.kept.held == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a=1&b=2", "b=2&a=1", True),
        ("a=1", "a=1&utm_source=wa&fbclid=x", True),
        ("a=1", "a=2", False),
        ("a=1&a=2", "a=1", False),
        ("", "bahasa=en", False),
        ("a=%41", "a=A", True),
    ],
)
def test_a_query_has_one_order_and_says_nothing_of_who_shared_it(
    front: Front, one: str, other: str, same: bool
) -> None:
    got = [ask(front, "/samarinda/page/corona", query) for query in (one, other)]
    assert (got[0].serial == got[1].serial) == same
    assert "utm" not in got[1].text


def test_languages_and_codings_and_hosts_are_kept_apart(front: Front) -> None:
    paths = ("/samarinda/page/corona", "/en/samarinda/page/corona")
    asked = [(path, coding, host) for path in paths for coding in ("", "gzip", "br") for host in ("a.id", "b.id")]
    for _ in range(2):
        got = {key: ask(front, key[0], accept_encoding=key[1], host=key[2]) for key in asked}
        assert len({one.serial for one in got.values()}) == len(asked)
        assert all(path + "?" in one.text and f"Host: {host}" in one.text for (path, _, host), one in got.items())


def test_a_city_that_says_its_address_is_called_nothing_else(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_PUBLIC_URL", "https://data.kota.go.id")
    front = standin.front(shelf)
    got = [ask(front, "/samarinda/page/corona", host=host) for host in ("data.kota.go.id", "evil.example")]
    assert got[0].body == got[1].body and "evil" not in got[1].text


def test_of_a_reader_nothing_reaches_what_others_get(front: Front) -> None:
    mine = {"accept_language": "MINE", "cookie": "MINE", "user_agent": "MINE", "x_forwarded_host": "MINE"}
    got = ask(front, "/samarinda/page/corona", referer="MINE", authorization="MINE", **mine)
    assert got.status == 200 and "MINE" not in got.text


def test_a_new_release_is_seen_at_once_and_an_old_permalink_stays(front: Front, shelf: Shelf) -> None:
    for number in (2, 3, 2):
        with current_is(shelf, number):
            assert ask(front, "/samarinda/page/corona").headers["release"] == str(number)
            kept = ask(front, "/samarinda/rilis/2/page/corona")
    again = ask(front, "/samarinda/rilis/2/page/corona")
    assert again.body == kept.body and again.headers["cache-control"] == FOREVER


def test_a_page_of_no_city_sees_the_release_of_every_city(front: Front, shelf: Shelf) -> None:
    before = front.printed.state("/")
    with current_is(shelf, 2):
        assert front.printed.state("/") != before


def test_what_is_kept_is_bounded(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_module, "KEPT_BYTES", 40_000)
    front = standin.front(shelf)
    for number in range(30):
        ask(front, f"/samarinda/page/{number}")
        assert front.kept.held <= 40_000
    last, first = ask(front, "/samarinda/page/29"), ask(front, "/samarinda/page/0")
    assert (last.serial, first.serial) == ("30", "31")  # what was asked for long ago made room


def test_who_waited_for_a_failure_is_told_and_the_next_tries_again() -> None:
    kept, tries = Kept(1000), []

    async def fail() -> Any:
        tries.append(1)
        await asyncio.sleep(0)
        raise RuntimeError("nothing")

    async def twice() -> list[Any]:
        both = await asyncio.gather(kept.once("a", fail), kept.once("a", fail), return_exceptions=True)
        return [*both, *await asyncio.gather(kept.once("a", fail), return_exceptions=True)]

    told = in_a_loop(twice)
    assert [type(one) for one in told] == [RuntimeError] * 3 and len(tries) == 2


# How it goes over the wire


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, gzip;q=0.1", "gzip"),
        ("br; q=0.000, identity", ""),
        ("brotli, xgzip", ""),
        ("*", ""),
        ("", ""),
    ],
)
def test_the_best_coding_that_is_accepted(front: Front, accepted: str, coding: str) -> None:
    assert best_coding(accepted) == coding
    got = ask(front, "/samarinda/page/corona", accept_encoding=accepted)
    assert got.headers.get("content-encoding", "") == coding and got.headers["vary"] == "Accept-Encoding"
    assert standin.LONG in got.text and (len(got.body) < 1500) == bool(coding)


@pytest.mark.parametrize("coding", ["", "gzip", "br"])
def test_what_is_known_is_not_sent_again(front: Front, coding: str) -> None:
    path = "/samarinda/page/corona"
    first = ask(front, path, accept_encoding=coding)
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        got = ask(front, path, accept_encoding=coding, if_none_match=known)
        assert (got.status, got.body) == (304, b"") and got.headers["etag"] == tag
        assert got.headers["cache-control"] == SHORT and got.headers["vary"] == "Accept-Encoding"
        assert not {"content-length", "content-type", "content-encoding"} & got.headers.keys()
    other = ask(front, path, accept_encoding="br" if coding != "br" else "gzip").headers["etag"]
    for unknown in (other, '"x"', tag.strip('"')[:-1], "", 'W/"'):
        assert ask(front, path, accept_encoding=coding, if_none_match=unknown).status == 200


def test_packed_and_plain_bytes_of_the_same_page_have_different_tags(front: Front) -> None:
    got = [ask(front, "/same", accept_encoding=coding) for coding in ("", "gzip", "br")]
    assert len({one.headers["etag"] for one in got}) == 3 and len({one.text for one in got}) == 1


def test_no_cookie_leaves(front: Front) -> None:
    got = ask(front, "/cookie")
    assert got.status == 200 and "set-cookie" not in got.headers


PATHS = (
    "/samarinda/page/x",
    "/samarinda/rilis/2/page/x",
    "/samarinda/corona",
    "/private",
    f"/{NIK}",
    "/none",
    "/api/v1/rows",
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "POST"])
def test_every_answer_is_guarded(front: Front, path: str, method: str) -> None:
    got = ask(front, path, method=method)
    for name, value in HEADERS.items():
        assert got.headers[name.lower()] == value
    policy = got.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
    assert got.headers.get("cache-control", "no-store") != "" and "date" not in got.headers


# Pages that were printed with a release


@pytest.mark.parametrize("coding", ["", "gzip", "br"])
def test_a_printed_page_is_taken_from_its_release(front: Front, shelf: Shelf, coding: str) -> None:
    got = ask(front, "/samarinda/corona", accept_encoding=coding)
    assert "dicetak dengan rilis 3" in got.text and got.headers.get("content-encoding", "") == coding
    assert got.headers["cache-control"] == SHORT and got.headers["content-type"] == "text/html; charset=utf-8"
    with current_is(shelf, 2):
        assert "dicetak dengan rilis 2" in ask(front, "/samarinda/corona", accept_encoding=coding).text


def test_a_question_to_a_printed_page_is_for_the_application(front: Front) -> None:
    assert ask(front, "/samarinda/corona", "as_of=2026-11-20").status == 404


def test_of_a_large_file_nobody_reads_a_byte(front: Front, shelf: Shelf) -> None:
    path, there = (
        "/samarinda/rilis/2/data/large.parquet",
        shelf.bundle("samarinda", 2).folder / "data" / "large.parquet",
    )
    got, part = ask(front, path), ask(front, path, range="bytes=1000-200999")
    assert (got.file, got.headers["content-length"]) == (str(there), str(len(LARGE))) and not got.body
    assert (part.status, part.file, part.headers["content-length"]) == (206, f"{there} 1000-201000", "200000")


# What is refused

REFUSED = {
    "a NIK": (Asking(f"/samarinda/{NIK}"), Refusal.IDENTITY),
    "a NIP": (Asking(f"/x/{NIK}01"), Refusal.IDENTITY),
    "in groups": (Asking("/x/6472.0510.0487.0001"), Refusal.IDENTITY),
    "in a query": (Asking("/samarinda", f"kelurahan={NIK}"), Refusal.IDENTITY),
    "as a name": (Asking("/samarinda", f"{NIK}=1"), Refusal.IDENTITY),
    "written otherwise": (Asking("/samarinda", "a=" + "".join(f"%3{digit}" for digit in NIK)), Refusal.IDENTITY),
    "too long": (Asking("/" + "a" * 1500, "b=" + "c" * 600), Refusal.TOO_LONG),
    "too many fields": (Asking("/samarinda", "&".join(f"a{n}=1" for n in range(40))), Refusal.UNREADABLE),
    "not UTF-8": (Asking("/samarinda", "a=%ff%fe"), Refusal.UNREADABLE),
    "PUT": (Asking("/samarinda", method="PUT"), Refusal.METHOD),
    "TRACE": (Asking("/samarinda", method="TRACE"), Refusal.METHOD),
    "a form without a length": (Asking("/form", method="POST", body=b"a=1"), Refusal.NO_LENGTH),
    "a form of no length": (Asking("/form", method="POST", headers={"content-length": "-1"}), Refusal.NO_LENGTH),
    "too large": (Asking("/form", method="POST", headers={"content-length": "99999"}), Refusal.TOO_LARGE),
    "too slow": (Asking("/form", method="POST", headers={"content-length": "9"}, body=b"a=1"), Refusal.SLOW),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("begin", ["", "/en", "/api"])
def test_what_is_refused_is_refused_calmly(
    front: Front, name: str, begin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front_module, "SENT_WITHIN_S", 0.01)
    asking, why = REFUSED[name]
    got = ask_all(front, Asking(**vars(asking) | {"path": begin + asking.path}))[0]
    assert got.status == why.value.status and got.headers["cache-control"] == "no-store"
    assert "0487" not in got.text and "%3" not in got.text and "Traceback" not in got.text
    language = "en" if begin == "/en" else "id"
    assert why.value.title.say(language) in got.text
    assert (got.headers["content-type"] == "application/problem+json") == (begin == "/api")
    assert front.kept.held == 0


def test_fifteen_digits_and_an_area_are_no_person(front: Front) -> None:
    assert ask(front, f"/samarinda/page/{NIK[:15]}").status == 200
    assert ask(front, "/samarinda/page/64.72.05.1004", "from=2026-11-20&until=2026-11-27").status == 200


def test_a_form_comes_whole_and_without_a_cookie(front: Front) -> None:
    kind = "application/x-www-form-urlencoded"
    sent = {"content_length": "10", "content_type": kind, "cookie": "a=SECRET", "x_one": "1"}
    got = ask(front, "/form", method="POST", body=b"nama=Siti&", **sent)
    assert '"nama":"Siti"' in got.text.replace(" ", "") and "X-One" in got.text and "SECRET" not in got.text


def test_who_asks_is_who_the_server_saw(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    got = ask_all(front, Asking("/api/v1/rows", client="[2001:db8::7]:4711"))[0]
    assert "2001:db8::7" in got.text


# When too many come


def test_a_crowd_gets_what_is_kept_and_others_come_back(front: Front) -> None:
    ask(front, "/samarinda/page/corona")
    front.pulse.late_s = 1.0
    assert ask(front, "/samarinda/page/corona").status == 200
    busy = ask(front, "/samarinda/page/bansos")
    assert busy.status == 503 and int(busy.headers["retry-after"]) > 0 and "Sedang ramai" in busy.text


def test_the_pulse_beats_while_the_site_is_served(front: Front) -> None:
    async def begin() -> bool:
        front.__rsgi_init__(asyncio.get_running_loop())
        felt = asyncio.Event()
        front.pulse.feel = lambda late_s: felt.set()  # type: ignore[method-assign]
        return await asyncio.wait_for(felt.wait(), 20)

    assert in_a_loop(begin)


# Over real sockets


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as running:
        yield running


def test_head_is_get_without_a_body(served: Served) -> None:
    for path in ("/samarinda/page/head", "/samarinda/rilis/2/data/large.parquet", "/samarinda/corona", f"/{NIK}"):
        status, headers, body = served.ask(path)
        again, same, nothing = served.ask(path, "HEAD")
        assert (again, nothing) == (status, b"") and int(same["content-length"]) == len(body)
        assert {**same, "date": ""} == {**headers, "date": ""}


def test_a_large_file_goes_from_the_disk_whole_or_in_parts(served: Served) -> None:
    path = "/samarinda/rilis/2/data/large.parquet"
    status, headers, body = served.ask(path, accept_encoding="br")
    assert (status, body) == (200, LARGE) and "content-encoding" not in headers
    assert served.ask(path, if_none_match=headers["etag"])[0] == 304
    for start_, end in ((0, 99_999), (150_000, 299_999), (5, 9)):
        status, headers, part = served.ask(path, range=f"bytes={start_}-{end}")
        assert (status, part) == (206, LARGE[start_ : end + 1])
        assert headers["content-range"] == f"bytes {start_}-{end}/{len(LARGE)}"
    assert served.ask(path, range="bytes=999999999-")[0] == 416


@pytest.mark.parametrize("path", TRAVERSALS)
def test_nothing_but_what_a_release_lists_can_be_reached(served: Served, path: str) -> None:
    got = served.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert re.match(rb"HTTP/1.1 (400|404) ", got), got[:300]
    for secret in (b"RAHASIA", b"root:", b"corona_area_week", SMALL[:40]):
        assert secret not in got


def test_a_release_that_is_not_current_yet_does_not_exist(served: Served) -> None:
    with current_is(served.shelf, 2):
        assert served.ask("/samarinda/rilis/3/data/small.csv")[0] == 404
    assert served.ask("/samarinda/rilis/3/data/small.csv")[0] == 200


def test_a_flood_is_shed_and_what_is_kept_is_served_meanwhile(served: Served) -> None:
    """The application answers nobody while the pipe has no writer: two wait in it, all others are told to come back."""
    kept = served.ask("/samarinda/page/flood")[2]
    with ThreadPoolExecutor(100) as pool:
        flood = [pool.submit(served.ask, f"/wait/{n}") for n in range(100)]
        shed = [one for one in flood if not _waits(one, flood)]
        assert len(shed) == 98
        assert served.ask("/samarinda/page/flood")[2] == kept and served.ask("/samarinda/page/other")[0] == 503
        pipe = served.root / "pipe"
        until(lambda: _let_go(pipe) and all(one.done() for one in flood), lambda: True, Path(os.devnull))
        got = [one.result() for one in flood]
    assert sorted({status for status, _, _ in got}) == [200, 503]
    assert [status for status, _, _ in got].count(200) == 2
    for status, headers, body in got:
        assert status == 200 or (int(headers["retry-after"]) > 0 and b"Sedang ramai" in body)
    assert served.ask("/samarinda/page/other")[0] == 200


def _let_go(pipe: Path) -> bool:
    """End the wait of who reads from the pipe now."""
    with suppress(OSError):  # nobody does
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    return True


def _waits(one: Any, flood: list[Any]) -> bool:
    """Whether it is one of the two that are still being answered when all others are."""
    until(lambda: sum(other.done() for other in flood) >= len(flood) - 2, lambda: True, Path(os.devnull))
    return not one.done()


def test_bodies_that_never_come_keep_nobody_waiting(served: Served) -> None:
    begun = b"POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\na"
    with_body = b"GET /samarinda/page/body HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\na"
    held = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(60)]
    for number, wire in enumerate(held):
        wire.sendall(begun if number % 2 else with_body)
    assert served.ask("/samarinda/page/meanwhile")[0] == 200
    for wire in held:
        wire.close()
    assert served.ask("/samarinda/page/afterwards")[0] == 200
