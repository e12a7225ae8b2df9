"""The front of the command center: whole bodies or a refusal, a request as WSGI says it, threads that may wait."""

import asyncio
import io
import re
import threading
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

from dashboard.access import bodies
from dashboard.access.bodies import REFUSED, Busy, Limit
from dashboard.front import THREADS, Environ, Front
from runner import web
from tests.source_tree import ROOT, tracked

Made = TypeVar("Made")
SMALL = Limit(most_bytes=100, patience_s=0.05)
SCOPE = {
    "type": "http",
    "method": "POST",
    "raw_path": b"/a%20b/%C3%BC",
    "query_string": b"x=1&y=%20",
    "http_version": "1.1",
    "scheme": "http",
    "server": ("127.0.0.1", 8050),
    "client": ("10.0.0.7", 4711),
    "headers": [],
}


class Heard:
    """An application that remembers what it was asked, and what was answered."""

    def __init__(self, answer: Callable[[Environ], None] = lambda environ: None) -> None:
        self.front = Front(self.app, lambda path: SMALL)
        self.answer, self.environs = answer, []  # type: ignore[var-annotated]

    def app(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        self.environs.append(environ)
        self.answer(environ)
        start("201 CREATED", [("X-One", "1")])
        return [b"a", b"b"]

    async def ask(self, *messages: dict[str, Any], headers: tuple[tuple[bytes, bytes], ...] = ()) -> list[Any]:
        """What is sent in answer to a request whose body comes in these messages, and then no more."""
        coming, sent = iter(messages), []

        async def receive() -> dict[str, Any]:
            return next(coming, None) or await asyncio.Event().wait()  # type: ignore[return-value]

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.front(SCOPE | {"headers": list(headers)}, receive, send)
        return sent


def part(body: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def of_length(length: int) -> tuple[tuple[bytes, bytes]]:
    return ((b"content-length", str(length).encode()),)


def awaited(coming: Coroutine[Any, Any, Made]) -> Made:
    """What comes of it, on a thread of its own: the browser of other tests keeps an event loop on this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coming).result()


CHUNKED = ((b"transfer-encoding", b"chunked"),)


def test_a_request_is_told_as_wsgi_tells_it() -> None:
    heard = Heard()
    headers = ((b"content-type", b"text/plain"), (b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"x_forwarded_for", b"x"))
    sent = awaited(heard.ask(part(b"na", more=True), part(b"ma"), headers=(*headers, *of_length(4))))
    assert sent == [
        {"type": "http.response.start", "status": 201, "headers": [(b"X-One", b"1")]},
        {"type": "http.response.body", "body": b"ab"},
    ]
    (environ,) = heard.environs
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/a b/ü"
    assert (environ["QUERY_STRING"], environ["REMOTE_ADDR"], environ["SERVER_PORT"]) == (
        "x=1&y=%20",
        "10.0.0.7",
        "8050",
    )
    assert (environ["CONTENT_TYPE"], environ["HTTP_COOKIE"]) == ("text/plain", "a=1; b=2")
    assert "HTTP_X_FORWARDED_FOR" not in environ  # only the header without underscores is the proxy's
    assert (environ["CONTENT_LENGTH"], environ["wsgi.input"].read()) == ("4", b"nama")


def test_a_body_in_chunks_comes_whole() -> None:
    heard = Heard()
    awaited(heard.ask(part(b"x" * 60, more=True), part(b"x" * 40), headers=CHUNKED))
    assert heard.environs[0]["CONTENT_LENGTH"] == "100" and "HTTP_TRANSFER_ENCODING" not in heard.environs[0]


REFUSALS = {
    "too slow": (RequestTimeout, [part(b"x", more=True)], of_length(100)),
    "too large as it says": (RequestEntityTooLarge, [], of_length(101)),
    "too large as it comes": (RequestEntityTooLarge, [part(b"x" * 60, more=True), part(b"x" * 60)], CHUNKED),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_not_whole_is_refused_and_nothing_of_it_is_kept(name: str) -> None:
    kind, messages, headers = REFUSALS[name]
    heard = Heard()
    awaited(heard.ask(*messages, headers=headers))
    assert type(heard.environs[0][REFUSED]) is kind and heard.environs[0]["wsgi.input"].read() == b""
    assert heard.front.bodies.held == 0


def test_all_bodies_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MOST_HELD", 150)
    heard = Heard()

    async def both() -> None:
        slow = asyncio.create_task(heard.ask(part(b"x" * 90, more=True), headers=CHUNKED))
        await asyncio.sleep(0)
        await heard.ask(part(b"x" * 90), headers=CHUNKED)
        await slow

    awaited(both())
    assert [type(environ[REFUSED]) for environ in heard.environs] == [Busy, RequestTimeout]


def test_who_goes_away_is_not_answered() -> None:
    heard = Heard()
    assert awaited(heard.ask({"type": "http.disconnect"}, headers=of_length(9))) == [] and not heard.environs


def test_many_may_wait_and_others_are_answered() -> None:
    """As many wait as there are walls of a large city, twice."""
    news, waiting = threading.Event(), threading.Semaphore(0)

    def answer(environ: Environ) -> None:
        if "HTTP_WAITS" in environ:
            waiting.release()
            assert news.wait(20)

    heard = Heard(answer)

    async def all_of_them() -> list[list[Any]]:
        slow = [asyncio.create_task(heard.ask(headers=((b"waits", b"1"),))) for _ in range(THREADS - 1)]
        await asyncio.get_running_loop().run_in_executor(None, lambda: [waiting.acquire() for _ in slow])
        quick = await asyncio.wait_for(heard.ask(), 20)
        news.set()
        return [quick, *await asyncio.gather(*slow)]

    assert all(sent[0]["status"] == 201 for sent in awaited(all_of_them()))


def test_what_the_application_opened_is_closed() -> None:
    closed = []

    class Answer(io.BytesIO):
        def close(self) -> None:
            closed.append(True)

    heard = Heard()
    heard.front.app = lambda environ, start: (start("200 OK", []), Answer(b"x"))[1]
    assert awaited(heard.ask())[1]["body"] == b"x" and closed


def test_how_a_site_is_served_is_said_once() -> None:
    told = {path.as_posix(): (ROOT / path).read_text("utf-8") for path in tracked() if path.suffix == ".py"}
    starts = re.compile(r"import\s+Granian|-m\W+granian")
    assert [path for path, text in told.items() if starts.search(text)] == ["runner/web.py"]
    lines = dict(line.split(": ") for line in (ROOT / "Procfile").read_text("utf-8").splitlines())
    for name in ("command", "public"):
        assert lines[name] == f"python -m runner.web dashboard.{name}:server $PORT"
        assert f"dashboard.{name}:server" in web.command(f"dashboard.{name}:server", 8050)
