"""Chromium with a cold cache: when has a page painted what it says, when does it listen, what did it fetch?"""

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Request

from bench.common.web import Ask

SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 400_000, "uploadThroughput": 400_000}
WITHIN_MS = 60_000
QUIET_MS = 500
# Notes the first frame after which everything that the page says was there, and the end of every long task.
WATCH = """(said => {
  window.seen = { all: 0, busy: 0 };
  new PerformanceObserver(list => {
    for (const task of list.getEntries()) seen.busy = Math.max(seen.busy, task.startTime + task.duration);
  }).observe({ type: 'longtask', buffered: true });
  const look = () => {
    if (!said()) { requestAnimationFrame(look); return; }
    requestAnimationFrame(() => setTimeout(() => { seen.all = performance.now(); }));
  };
  requestAnimationFrame(look);
})(%s)"""
# Everything is there, and the page has been listening for a while.
LISTENS = """quiet => {
  const [load] = performance.getEntriesByType('navigation');
  return seen.all && load.loadEventEnd
    && performance.getEntriesByName('first-contentful-paint').length
    && performance.now() > Math.max(seen.all, seen.busy, load.loadEventEnd) + quiet;
}"""
TIMES = """() => {
  const [load] = performance.getEntriesByType('navigation');
  const first = performance.getEntriesByName('first-contentful-paint')[0];
  const all = Math.max(seen.all, first.startTime);
  return { first: first.startTime, all, listens: Math.max(all, seen.busy, load.loadEventEnd) };
}"""


@dataclass
class Painted:
    """One visit: milliseconds since it began, and bytes over the wire."""

    first_ms: float = 0
    all_ms: float = 0
    listens_ms: float = 0
    kb_to_all: float = 0
    kb: float = 0
    asked: list[Ask] = field(default_factory=list)

    def told(self) -> dict[str, float]:
        """As it is kept."""
        return {name: round(value) for name, value in asdict(self).items() if name != "asked"}


def visit(browser: Browser, url: str, said: str, slow: bool = False) -> Painted:
    """Open a page for the first time; ``said`` is a function in JavaScript: whether all that it says is there."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    painted = opened(context, url, said, slow)[1]
    context.close()
    return painted


def opened(context: BrowserContext, url: str, said: str, slow: bool = False) -> tuple[Page, Painted]:
    """The same in a browser that may have been there before, which stays open."""
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": False})
    if slow:
        devtools.send("Network.emulateNetworkConditions", SLOW_3G)
    page.add_init_script(WATCH % said)
    asked = _requests(page)
    fetched = _bytes(devtools)
    page.goto(url, wait_until="commit", timeout=WITHIN_MS)
    _until(page)
    times = page.evaluate(TIMES)
    until = fetched.began + times["all"] / 1000
    kb_to_all, kb = (sum(size for at, size in fetched.parts if at <= end) / 1000 for end in (until, math.inf))
    return page, Painted(times["first"], times["all"], times["listens"], kb_to_all, kb, asked)


def _until(page: Page) -> None:
    """Everything is there and the page listens; asked from outside, as our policy lets no page evaluate a text."""
    deadline = time.monotonic() + WITHIN_MS / 1000
    while not page.evaluate(LISTENS, QUIET_MS):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{page.url} never said everything: {page.evaluate('document.body.innerText')[:500]}")
        page.wait_for_timeout(100)


def median_of(visits: list[Painted]) -> Painted:
    """The middle one of each figure."""
    names = ("first_ms", "all_ms", "listens_ms", "kb_to_all", "kb")
    middle = {name: statistics.median(getattr(one, name) for one in visits) for name in names}
    return Painted(**middle, asked=visits[0].asked)


def _requests(page: Page) -> list[Ask]:
    """What the page asks of its own server, in order."""
    asked: list[Ask] = []

    def note(request: Request) -> None:
        path = "/" + request.url.split("/", 3)[3]
        body = request.post_data_buffer
        kind = {"Content-Type": "application/json"} if body else {}
        asked.append(Ask(path, request.method, body, {"Accept-Encoding": "gzip, deflate, br"} | kind))

    page.on("request", note)
    return asked


@dataclass
class _Fetched:
    """Moments (seconds of the browser's clock) and bytes; ``began`` is when the first request was sent."""

    began: float = 0
    parts: list[tuple[float, int]] = field(default_factory=list)


def _bytes(devtools: CDPSession) -> _Fetched:
    """Bytes as they come over the wire, heads and what comes through web sockets included."""
    fetched = _Fetched()
    on: Callable[[str, Callable[[dict[str, Any]], None]], None] = devtools.on

    def sent(event: dict[str, Any]) -> None:
        fetched.began = fetched.began or event["timestamp"]

    def head(event: dict[str, Any]) -> None:
        fetched.parts.append((event["timestamp"], int(event["response"]["encodedDataLength"])))

    def body(event: dict[str, Any]) -> None:
        fetched.parts.append((event["timestamp"], int(event["encodedDataLength"])))

    def frame(event: dict[str, Any]) -> None:
        binary, data = event["response"]["opcode"] == 2, event["response"]["payloadData"]  # binary comes as base64
        fetched.parts.append((event["timestamp"], len(data) * 3 // 4 if binary else len(data.encode())))

    on("Network.webSocketFrameReceived", frame)
    on("Network.requestWillBeSent", sent)
    on("Network.responseReceived", head)
    on("Network.dataReceived", body)
    return fetched
