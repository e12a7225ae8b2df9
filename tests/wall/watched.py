"""One wall as somebody in the room sees it, with everything that it complained of."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, expect

from tests.wall.town import Town

BACK_WITHIN_S = 30  # of the end of whatever kept it
# What stands on the shown scene, without what only tells how old it is; and the same asked of the server.
SHOWN = """async () => {
  const scene = document.querySelector('.scene.is-shown');
  const reply = await fetch(pantau.address(`/adegan/${scene.dataset.scene}`), { cache: 'no-store' });
  const answers = await reply.json();
  return Object.fromEntries([...scene.querySelectorAll('.panel')].map((panel) => {
    const { answer } = answers[panel.dataset.panel];
    const shown = [panel.querySelector('h2').textContent, panel.querySelector('.value b')?.textContent ?? ''];
    const value = answer.state === 'empty' ? '' : answer.tile?.value; // early in the day nobody has arrived yet
    return [panel.dataset.panel, { shown, said: [answer.title, value ?? ''] }];
  }));
}"""


@dataclass
class Watched:
    """A page at ``/dinding`` and what it noticed."""

    page: Page
    town: Town
    name: str
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    loads: int = 0

    def begin(self) -> "Watched":
        """Open the wall and wait for its first picture."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda asked: self._asked(asked.url))
        self.page.on("load", lambda _: self._loaded())
        self.page.goto("/dinding")
        self.drawn()
        return self

    def _heard(self, message: ConsoleMessage) -> None:
        # A server that is away is told by the browser itself; the page has nothing to say of it.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def _asked(self, url: str) -> None:
        if not url.startswith((f"{self.town.url}/", "data:", "blob:")):
            self.foreign.append(url)

    def _loaded(self) -> None:
        self.loads += 1

    def drawn(self) -> None:
        """Wait until every panel of the shown scene stands."""
        expect(self.page.locator(".scene.is-shown")).to_be_visible(timeout=20_000)
        expect(self.page.locator(".is-shown .panel:not([data-state])")).to_have_count(0, timeout=20_000)

    def scene(self) -> str:
        return str(self.page.locator(".scene.is-shown").get_attribute("data-scene"))

    def value(self, panel: str) -> str:
        return self.page.locator(f".is-shown [data-panel={panel}] .value b").inner_text()

    def until(self, true: Callable[[], object], what: str, within_s: float = BACK_WITHIN_S) -> None:
        """Wait until something is so, however often the page loads itself meanwhile."""
        deadline = time.monotonic() + within_s
        while not true():
            assert time.monotonic() < deadline, f"{what}: {self.page.locator('body').inner_text()[:600]}"
            self.page.wait_for_timeout(50)

    def equals_the_server(self) -> None:
        """Everything shown is what the server says now."""
        last: dict[str, Any] = {}

        def same() -> bool:
            last.clear()
            last.update(self.page.evaluate(SHOWN))
            return bool(last) and all(one["shown"] == one["said"] for one in last.values())

        self.until(same, "not what the server says")
        assert last, json.dumps(last)
