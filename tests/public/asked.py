"""Requests to the front without a server between: what the server tells of one, and what is sent in answer."""

import asyncio
import gzip
import re
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import brotli

from dashboard.public.front import Front

Made = TypeVar("Made")


@dataclass
class Asking:
    """A request, as the server tells of it."""

    path: str
    query_string: str = ""
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    client: str = "10.0.0.7:4711"
    server: str = "127.0.0.1:8051"
    scheme: str = "http"
    authority: str | None = None


@dataclass
class Got:
    """What was sent."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    file: str = ""

    @property
    def text(self) -> str:
        undo = {"br": brotli.decompress, "gzip": gzip.decompress}.get(self.headers.get("content-encoding", ""), bytes)
        return undo(self.body).decode()  # type: ignore[no-any-return]

    @property
    def serial(self) -> str:
        """The how manieth computed answer it is."""
        found = re.search(r"<p>(\d+)</p>", self.text)
        assert found, self.text
        return found[1]


class Wire:
    """What the server gives to send with."""

    def __init__(self, asking: Asking) -> None:
        self.asking, self.got = asking, Got()

    def __aiter__(self) -> Any:
        return self._parts()

    async def _parts(self) -> Any:
        yield self.asking.body
        while len(self.asking.body) < int(self.asking.headers["content-length"]):
            await asyncio.Event().wait()

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        assert isinstance(body, bytes)
        self.got = Got(status, dict(headers), body)

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        self.got = Got(status, dict(headers))

    def response_file_range(self, status: int, headers: list[tuple[str, str]], path: str, start: int, end: int) -> None:
        self.got = Got(status, dict(headers), file=f"{path} {start}-{end}")

    def response_file(self, status: int, headers: list[tuple[str, str]], path: str) -> None:
        self.got = Got(status, dict(headers), file=path)


def ask_all(front: Front, *askings: Asking) -> list[Got]:
    """All of them at once."""

    async def one(asking: Asking) -> Got:
        wire = Wire(asking)
        await front.__rsgi__(asking, wire)  # type: ignore[arg-type]
        return wire.got

    async def every() -> list[Got]:
        return await asyncio.gather(*map(one, askings))

    return in_a_loop(every)


def in_a_loop(work: Callable[[], Coroutine[Any, Any, Made]]) -> Made:
    """What comes of it in an event loop on a thread of its own: the browser of other tests keeps one on this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(work())).result()


def ask(front: Front, path: str, query: str = "", method: str = "GET", body: bytes = b"", **headers: str) -> Got:
    """One request; ``accept_encoding="br"`` is a header."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask_all(front, Asking(path, query, method, {"host": "data.kota.go.id"} | named, body))[0]
