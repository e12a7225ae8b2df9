"""One browser tab as the tests see it: what it heard, what it complained of, what stands on it."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import ConsoleMessage, Error, Page, Request, Response, expect

PATIENCE_S = 20
LOOK = Path(__file__).with_name("look.js").read_text(encoding="utf-8")


@dataclass
class Screen:
    """A page of the command center and everything that it noticed since it was opened."""

    page: Page
    origin: str
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    heard: list[Response] = field(default_factory=list)  # answers that nobody looked into yet
    _answers: dict[str, dict[str, Any]] = field(default_factory=dict)  # the last answer of each panel
    renewed: set[str] = field(default_factory=set)  # panels that were answered since the last look
    asked: list[str] = field(default_factory=list)  # panels in the order of being asked by themselves
    versions: list[tuple[str, str]] = field(default_factory=list)  # of these, and of which versions each answer was
    refused: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        for event, notice in self._noticed.items():
            self.page.on(event, notice)

    @property
    def _noticed(self) -> dict[str, Callable[[Any], None]]:
        return {
            "console": self._heard,
            "pageerror": self._failed,
            "request": self._requested,
            "response": self._answered,
        }

    def leave(self) -> None:
        """Notice nothing more: the tab is another visit's from now on."""
        for event, notice in self._noticed.items():
            self.page.remove_listener(event, notice)

    def _failed(self, error: Exception) -> None:
        self.complaints.append(str(error))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:")):
            self.foreign.append(request.url)
        if name := panel_of(request.url):
            self.asked.append(name)

    def _answered(self, response: Response) -> None:
        if (name := panel_of(response.url)) and response.status in (200, 304):
            self.versions.append((name, response.headers["versions"]))
        if response.status == 200 and (panel_of(response.url) or is_together(response.url)):
            self.heard.append(response)
        if response.status == 400:  # ours are never malformed: whoever reads the complaint wants to see all of it
            self.refused.append(response)

    def _listen(self) -> None:
        """Look into what came, once somebody asks; from outside the event, in which nothing can be read."""
        while self.heard:
            response = self.heard.pop(0)
            try:
                told = json.loads(response.text())
            except Error:  # it was told to a document that was being left
                continue
            name = panel_of(response.url)
            answers = {name: told} if name else {name: part["answer"] for name, part in told.items()}
            self._answers |= answers
            self.renewed |= answers.keys()

    def told(self) -> str:
        """What was refused, and how, for a complaint."""
        return "\n".join(f"{one.request.post_data} → {one.headers} {one.body()[:500]!r}" for one in self.refused)

    def open(self, address: str) -> None:
        """Go there and wait until every panel has drawn its answer."""
        self.heard.clear()  # a browser forgets what another document was told
        self.page.goto(address)
        self.settled()

    def settled(self) -> None:
        """Wait until every panel shows its answer to the question in the address."""
        expect(self.page.locator("[data-panel]").first).to_be_visible()
        self._until(lambda: not self.page.evaluate(LATE), "panels without their answer")

    def _until(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not done():
            assert time.monotonic() < deadline, f"{what}: {self.page.evaluate(LATE)}"
            self.page.wait_for_timeout(50)

    def renew(self, act: Callable[[], object]) -> None:
        """Do something that makes every panel ask again, and wait until all have drawn what they heard."""
        self._listen()
        self.renewed.clear()
        act()
        self._until(self._all_renewed, "panels that did not ask again")
        self.settled()

    def _all_renewed(self) -> bool:
        self._listen()
        return set(self.panels()) <= self.renewed

    def panels(self) -> list[str]:
        return self.page.locator("[data-panel]").evaluate_all("all => all.map(({dataset}) => dataset.panel)")

    def tiles(self) -> dict[str, str]:
        """The number on each tile, as it is written."""
        pairs = "all => all.map((tile) => [tile.dataset.panel, tile.querySelector('.tile-value b').textContent])"
        return dict(self.page.locator("[data-kind=tile]:not([data-state=empty])").evaluate_all(pairs))

    def click_area(self, number: int) -> None:
        """Click into the ``number``-th area of the map."""
        areas = self.page.locator("#panel-map .choroplethlayer path")
        expect(areas).to_have_count(
            sum(len(trace.get("locations", ())) for trace in self.answer("map")["figure"]["data"])
        )
        x, y = areas.nth(number).evaluate(SPOT)
        self.page.mouse.click(x, y)

    def answer(self, panel: str) -> dict[str, Any]:
        """What the server last said to this tab about a panel."""
        return self.answers[panel]

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        """What the server last said to this tab about each panel."""
        self._listen()
        return self._answers

    def faults(self) -> list[str]:
        """What a careful eye objects to in words, once the screen has had the time to become whole."""
        deadline = time.monotonic() + PATIENCE_S
        while (found := self.page.evaluate(LOOK)) and time.monotonic() < deadline:
            self.page.wait_for_timeout(100)
        return found

    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.page.url).query)


# Panels that still show another question's answer: the address of their CSV tells which one they show.
LATE = """() => {
  const asked = pantau.query();
  asked.delete('tema');
  const shown = (panel) => panel.querySelector('.panel-foot a[download]')?.getAttribute('href').replace(/^[^?]*/, '');
  const words = (panel) => panel.dataset.state === 'empty' || !panel.querySelector('.frame');
  const drawn = (panel) => words(panel) || panel.querySelector('.main-svg');
  const late = (panel) => shown(panel) !== pantau.written(asked) || 'busy' in panel.dataset || !drawn(panel);
  return [...document.querySelectorAll('[data-panel]')].filter(late).map(({ dataset }) => dataset.panel);
}"""
# A point of the screen inside a shape.
SPOT = """(shape) => {
  shape.scrollIntoView({ block: 'center' });
  const { x, y, width, height } = shape.getBBox();
  const inside = (spot) => shape.isPointInFill(spot);
  const spot = (n) => new DOMPoint(x + (width * (n % 20)) / 20, y + (height * Math.floor(n / 20)) / 20);
  const grid = [...Array(400).keys()].map(spot);
  // The middle one of those inside lies far from the edges.
  const spots = grid.filter(inside);
  const { x: across, y: down } = spots[Math.floor(spots.length / 2)].matrixTransform(shape.getScreenCTM());
  return [across, down];
}"""


def is_together(url: str) -> bool:
    """Whether an address asks for what is ready of a page."""
    return urlsplit(url).path.startswith("/panels/")


def panel_of(url: str) -> str:
    """The panel that an address asks for; nothing for other addresses and for CSV."""
    parts = urlsplit(url).path.split("/")
    return parts[3] if len(parts) == 4 and parts[1] == "panel" and not parts[3].endswith(".csv") else ""
