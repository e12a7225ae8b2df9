"""The documented nginx before the public site: files and known pages outlive the application."""

import gzip
import os
import re
import signal
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from dashboard.public.answer import GUARD
from tests.public.nginx import NGINX, nginx
from tests.public.served import LARGE, SMALL, TRAVERSALS, Served, current_is, serving
from tests.public.standin import FOREVER, SHORT
from tests.world import free_port, until

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx on this machine: sh tools/packages.sh")

DATA, PAGE = "/samarinda/rilis/2/data/small.csv", "/samarinda/rilis/2/corona"
NIK = "6472051004870001"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Served]]:
    """The documented nginx, and the application behind it."""
    root = tmp_path_factory.mktemp("nginx")
    port = free_port()
    with serving(root) as application, nginx(root / "n", root / "releases", port, application.port) as program:
        yield Served(port, root, program), application


@pytest.fixture(scope="module")
def before(site: tuple[Served, Served]) -> Served:
    return site[0]


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Served]:
    """The documented nginx whose application has been killed, after it was asked for one page."""
    port = free_port()
    with serving(tmp_path) as application, nginx(tmp_path / "n", tmp_path / "releases", port, application.port) as one:
        found = Served(port, tmp_path, one)
        for path in ("/samarinda/page/known", "/brief", "/api/v1/rows"):
            found.ask(path, accept_encoding="gzip")
        os.killpg(application.program.pid, signal.SIGKILL)
        application.program.wait()
        yield found


def test_with_the_application_killed_files_printed_and_known_pages_are_served(alone: Served) -> None:
    assert alone.ask(DATA)[2] == SMALL
    assert alone.ask("/samarinda/rilis/1/data/large.parquet")[2] == LARGE
    for path, number in (("/samarinda/corona", 3), ("/samarinda/rilis/2/corona", 2), ("/en/samarinda/corona", 3)):
        status, _, body = alone.ask(path)
        assert status == 200 and f"rilis {number}".encode() in body
    status, headers, body = alone.ask("/samarinda/page/known", accept_encoding="gzip, deflate")
    assert status == 200 and b"<p>1</p>" in gzip.decompress(body) and headers["pantau-kept"] in ("HIT", "STALE")


def test_with_the_application_killed_what_is_old_is_served_all_the_same(alone: Served) -> None:
    def kept() -> str:
        status, headers, _ = alone.ask("/brief", accept_encoding="gzip")
        assert status == 200
        return headers["pantau-kept"]

    until(lambda: kept() == "STALE", lambda: True, Path(os.devnull))


def test_with_the_application_killed_the_unknown_is_answered_calmly(alone: Served) -> None:
    for path in ("/samarinda/page/unknown", "/samarinda/rilis/9/data/small.csv", "/api/v1/rows", f"/{NIK}"):
        status, headers, body = alone.ask(path)
        assert status == 503 and int(headers["retry-after"]) > 0 and headers["cache-control"] == "no-store"
        assert b"Muat ulang" in body and NIK.encode() not in body and b"nginx/" not in body


@pytest.mark.parametrize(
    ("path", "cache", "kind"),
    [
        (DATA, FOREVER, "text/csv; charset=utf-8"),
        ("/samarinda/data/small.csv", SHORT, "text/csv; charset=utf-8"),
        ("/en/samarinda/data/large.parquet", SHORT, "application/vnd.apache.parquet"),
        (PAGE, FOREVER, "text/html; charset=utf-8"),
        ("/en/samarinda/corona", SHORT, "text/html; charset=utf-8"),
    ],
)
def test_what_comes_from_the_disk_is_guarded_and_lasts_as_the_application_says(
    before: Served, path: str, cache: str, kind: str
) -> None:
    status, headers, _ = before.ask(path)
    assert (status, headers["cache-control"], headers["content-type"]) == (200, cache, kind)
    assert {name: headers[name] for name in GUARD} == GUARD
    assert ("access-control-allow-origin" in headers) == ("/data/" in path)
    assert "pantau-kept" not in headers and "set-cookie" not in headers
    assert before.ask(path, if_none_match=headers["etag"])[0] == 304


def test_what_the_application_says_is_said_once(site: tuple[Served, Served]) -> None:
    before, application = site
    for path in ("/samarinda/page/headers", f"/{NIK}", "/private", "/none"):
        status, headers, _ = before.ask(path)
        again, same, _ = application.ask(path)
        assert status == again
        for name in (*GUARD, "cache-control"):
            assert headers.get(name) == same.get(name), (path, name)


def test_packed_where_the_reader_takes_it(before: Served) -> None:
    status, headers, body = before.ask(DATA, accept_encoding="gzip")
    assert status == 200 and headers["content-encoding"] == "gzip" and gzip.decompress(body) == SMALL
    assert headers["vary"] == "Accept-Encoding" and "content-encoding" not in before.ask(DATA)[1]


def test_what_a_form_answers_is_not_packed_and_not_kept(before: Served) -> None:
    kind = "application/x-www-form-urlencoded"
    for name in ("Siti", "Budi"):
        connection = HTTPConnection("127.0.0.1", before.port, timeout=60)
        connection.request(
            "POST", "/form", f"nama={name}{'x' * 3000}", {"Accept-Encoding": "gzip", "Content-Type": kind}
        )
        reply = connection.getresponse()
        assert reply.status == 200 and name in reply.read().decode() and reply.headers["Content-Encoding"] is None
        connection.close()


def test_a_question_goes_to_the_application(before: Served) -> None:
    assert before.ask("/samarinda/corona")[0] == 200
    assert before.ask("/samarinda/corona?as_of=2026-11-20")[0] == 404  # the stand-in knows no such page


def test_the_newest_follows_the_release(before: Served) -> None:
    for number in (2, 1):
        with current_is(before.shelf, number):
            assert f"rilis {number}".encode() in before.ask("/samarinda/corona")[2]
    assert b"rilis 3" in before.ask("/samarinda/corona")[2]


def test_what_an_api_answers_is_kept_for_nobody(before: Served) -> None:
    first, again = (before.ask("/api/v1/rows")[2] for _ in range(2))
    assert first != again


def test_languages_and_codings_are_kept_apart(before: Served) -> None:
    paths = ("/samarinda/page/apart", "/en/samarinda/page/apart")
    asked = [(path, coding) for path in paths for coding in ("", "gzip", "br")]
    got = [before.ask(path, accept_encoding=coding) for _ in range(2) for path, coding in asked]
    assert len({body for _, _, body in got}) == len(asked)
    for (_, coding), (_, headers, _) in zip(asked * 2, got, strict=True):
        assert headers.get("content-encoding", "") == coding


@pytest.mark.parametrize("path", TRAVERSALS)
def test_nothing_outside_the_releases_can_be_reached(before: Served, path: str) -> None:
    got = before.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert re.match(rb"HTTP/1.1 (400|404) ", got), got[:300]
    for secret in (b"RAHASIA", b"root:", b"corona_area_week", SMALL[:40]):
        assert secret not in got


def test_the_log_names_no_question_and_no_number(before: Served) -> None:
    for path in (f"/{NIK}", f"/samarinda?nik={NIK}", "/samarinda/page/logged?x=QUESTION"):
        before.ask(path, referer="http://x/REFERER", user_agent="AGENT")
    log = (before.root / "n" / "access.log").read_text()
    assert "GET /samarinda/page/logged 200" in log and "127.0.0.0" in log and "127.0.0.1" not in log
    for never in (NIK, "QUESTION", "REFERER", "AGENT"):
        assert never not in log


def test_one_address_is_limited_and_the_machine_itself_is_not(before: Served) -> None:
    assert {before.ask(PAGE)[0] for _ in range(600)} == {200}
    other = HTTPConnection("127.0.0.1", before.port, timeout=60, source_address=("127.0.0.2", 0))
    states = []
    while 503 not in states and len(states) < 20_000:
        other.request("GET", PAGE)
        reply = other.getresponse()
        reply.read()
        states.append(reply.status)
    other.close()
    assert states[-1] == 503 and len(states) > 400 and int(reply.headers["Retry-After"]) > 0
