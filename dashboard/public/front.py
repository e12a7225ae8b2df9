"""What stands before the public site: ready bytes from an event loop, everything else from a few threads (RSGI).

A request is looked at (how long, which method, no number of a person), then answered from what is kept, from the pages
that were printed with a release, or by the Flask application, whose answers to everybody are kept until there is
another release. Of a request whose answer may be kept the application sees only where it goes: what one reader gets is
what all others get.
"""

import asyncio
from functools import partial
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from flask import Flask
from granian.rsgi import HTTPProtocol as Protocol  # type: ignore[attr-defined]  # it is there
from granian.rsgi import Scope

from dashboard.identifiers import holds_identifier
from dashboard.public import origin, watched
from dashboard.public.answer import Answer, best_coding
from dashboard.public.application import Environ, Site, ask
from dashboard.public.calm import API, Calm, Refusal, Refused
from dashboard.public.crowd import Busy, Desk, Pulse
from dashboard.public.kept import Kept
from dashboard.public.printed import Printed
from dashboard.static import Assets
from etl.bundle import Shelf

KEPT_BYTES = 64 * 1024 * 1024  # every page of a release in both languages, packed, several times
LONGEST_ADDRESS = 2000
MOST_FIELDS = 30
TRACKERS = ("fbclid", "gclid", "igsh", "utm_")  # what links get where they are shared; it says nothing to us
READING, SENDING = ("GET", "HEAD"), ("POST", "OPTIONS")
MOST_SENT, SENT_WITHIN_S = 16 * 1024, 5.0
# How many at a time, how many wait, for how long. Of pages two, or nothing else would run; forms may wait on purpose.
PAGES, FORMS = (2, 32, 1.0), (8, 64, 5.0)
PROXY = ("x-forwarded-for", "x-forwarded-proto")
NOT_PASSED = ("cookie", "host", "content-length")


class Asked(NamedTuple):
    """What an answer that is kept depends on. The language stands in the path."""

    path: str
    query: str
    coding: str
    host: str
    releases: object


class Front:
    """The public site as it is served, for one process."""

    def __init__(self, app: Flask, assets: Assets, shelf: Shelf) -> None:
        self.app, self.site = app, Site(origin.said())
        self.printed, self.kept = Printed(shelf), Kept(KEPT_BYTES)
        self.pages, self.forms, self.pulse = Desk(*PAGES), Desk(*FORMS), Pulse()
        self.calm, self.metrics = Calm(assets), watched.metrics_of(app)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """The server begins."""
        self._beating = loop.create_task(self.pulse.beat())

    async def __rsgi__(self, scope: Scope, protocol: Protocol) -> None:
        """Answer one request."""
        try:
            how, found = await self._answer(scope, protocol)
        except Refused as refused:
            how, found = "refused", self.calm.answer(refused.why, scope.path)
        except Busy:
            how, found = "busy", self.calm.answer(Refusal.BUSY, scope.path)
        self.metrics.count(how, found.status)
        _send(found, scope, protocol)

    async def _answer(self, scope: Scope, protocol: Protocol) -> tuple[str, Answer]:
        """An answer, and how it came about: for one reader, from what is kept, or made now."""
        query = _looked_at(scope)
        path, headers = scope.path, scope.headers
        if scope.method in SENDING or path.startswith(API) or "range" in headers or path == watched.METRICS:
            return "own", await self._own(scope, protocol, query)
        coding = best_coding(headers.get("accept-encoding", ""))
        asked = Asked(path, query, coding, self.site.host(scope), self.printed.state(path))
        if known := self.kept.get(asked):
            return "kept", known
        return "made", await self._made(asked, scope)

    async def _made(self, asked: Asked, scope: Scope) -> Answer:
        if self.pulse.crowded:
            raise Busy
        seen = [(name, value) for name in PROXY if (value := scope.headers.get(name)) is not None]
        told = [("accept-encoding", asked.coding), *seen]
        environ = self.site.environ(scope, asked.query, told)
        return await self.kept.once(asked, lambda: self.pages.do(partial(self._make, asked, environ)))

    def _make(self, asked: Asked, environ: Environ) -> Answer:
        printed = None if asked.query else self.printed.page(asked.path, asked.coding)
        return printed or ask(self.app, environ, asked.coding)

    async def _own(self, scope: Scope, protocol: Protocol, query: str) -> Answer:
        """What this reader alone gets: to a form, to a question to the API, a part of a file. It is not kept."""
        body = await _body(scope, protocol) if scope.method == "POST" else b""
        told = [(name, value) for name, value in scope.headers.items() if name not in NOT_PASSED and "_" not in name]
        desk = self.forms if scope.method == "POST" else self.pages
        return await desk.do(partial(ask, self.app, self.site.environ(scope, query, told, body)))


def _looked_at(scope: Scope) -> str:
    """The query in its one order, of a request that may be answered. Raises Refused."""
    path, query = scope.path, scope.query_string
    if len(path) + len(query) > LONGEST_ADDRESS:
        raise Refused(Refusal.TOO_LONG)
    if holds_identifier(f"{path}?{query}"):
        raise Refused(Refusal.IDENTITY)
    if scope.method not in READING + SENDING:
        raise Refused(Refusal.METHOD)
    return _ordered(query) if query else ""


def _ordered(query: str) -> str:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise Refused(Refusal.UNREADABLE) from None
    return urlencode(sorted(pair for pair in pairs if not pair[0].startswith(TRACKERS)))


async def _body(scope: Scope, protocol: Protocol) -> bytes:
    """The whole body of a request. Raises Refused for one that is too large, too slow or of no length."""
    length = scope.headers.get("content-length", "")
    if not length.isdecimal():
        raise Refused(Refusal.NO_LENGTH)
    if int(length) > MOST_SENT:
        raise Refused(Refusal.TOO_LARGE)
    try:
        async with asyncio.timeout(SENT_WITHIN_S):
            return b"".join([part async for part in protocol])
    except TimeoutError:
        raise Refused(Refusal.SLOW) from None


def _send(found: Answer, scope: Scope, protocol: Protocol) -> None:
    if found.known(scope.headers.get("if-none-match")):
        protocol.response_empty(304, found.headers_of_304)
    elif found.file and found.status == 206:
        protocol.response_file_range(206, found.headers, found.file.path, found.file.start, found.file.end)
    elif found.file:
        protocol.response_file(found.status, found.headers, found.file.path)
    elif found.body:
        protocol.response_bytes(found.status, found.headers, found.body)
    else:
        protocol.response_empty(found.status, found.headers)
