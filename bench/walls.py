"""How soon is a call on the wall? From the loading transaction to the pixels of twenty screens, event by event.

Calls are dropped as files; the worker loads them. Every screen is a tab of a real Chromium that notes when the changed
number was painted. Then fires that take screens over until an operator answers on a phone, and fifty screens without a
browser: how often does the server compute what all of them show?
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench.common import results
from bench.common.meter import cpu_of, percentile
from bench.common.results import Goal
from bench.common.screens import Screen
from bench.common.state import temporary_state
from dashboard.wall import alerts
from tests.chromium import CHROME
from tests.wall.town import CITY, Town, call_now

EVENTS, TABS, SCREENS, FIRES = 200, 20, 50, 40
TAKEN_OVER = 3  # screens of the fires
WITHIN_S = 15
PAUSE_S = 2.0  # after each call: twenty screens drawn by two cores are not to wait for each other's last one
PANEL = "emergencies"
# Notes the moment (ms since 1970) after the paint in which each value of the tile was first seen.
WATCH = """(panel) => {
  const tile = document.querySelector(`.is-shown [data-panel=${panel}]`);
  const value = () => tile.querySelector('.value b').textContent;
  window.painted = {};
  new MutationObserver(() => {
    const now = value();
    requestAnimationFrame(() => requestAnimationFrame(() => { window.painted[now] ??= Date.now(); }));
  }).observe(tile, { childList: true, subtree: true, characterData: true });
  return value();
}"""

# Notes the moment (ms since 1970) after the paint in which an alert appeared, sounded, or was gone.
TURNED = """() => {
  const attention = document.getElementById('attention');
  window.turned = {};
  new MutationObserver(() => {
    const name = attention.hidden ? 'gone' : 'there';
    if (name === 'gone' && !window.turned.there) return; // hidden once more, by another change
    requestAnimationFrame(() => requestAnimationFrame(() => { window.turned[name] ??= Date.now(); }));
  }).observe(attention, { attributes: true, attributeFilter: ['hidden'] });
}"""
SINCE = "(name) => [window.turned?.[name] || 0, pantau.rings || 0]"


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m bench.walls")
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--tabs", type=int, default=TABS)
    parser.add_argument("--fires", type=int, default=FIRES)
    said = parser.parse_args()
    with town() as made:
        waits = freshness(made, said.events, said.tabs)
        print({name: f"{ms:.0f} ms" for name, ms in _shares(waits).items()}, flush=True)
        over = fires(made, said.fires)
        cost = screens(made)
    tell(waits, over, cost, said)


@contextmanager
def town() -> Iterator[Town]:
    """A town of its own, ended and forgotten afterwards."""
    before = dict(os.environ)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whoever stops it leaves no programs behind
    with temporary_state() as state:
        made = Town(state, "tests.wall.counted:server")
        try:
            made.begin()
            yield made
        finally:
            made.end()
            os.environ.clear()
            os.environ.update(before)


def freshness(made: Town, events: int, tabs: int) -> list[float]:
    """Milliseconds from each loading transaction to the paint on every tab."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROME, args=["--no-sandbox", "--disable-gpu"])
        pages = [
            opened(browser.new_context(viewport={"width": 960, "height": 540}).new_page(), made, f"Layar {n}")
            for n in range(tabs)
        ]
        begin = [int(page.evaluate(WATCH, PANEL)) for page in pages]
        commits = [commit_of_a_call(made) for _ in range(events)]
        for page, first in zip(pages, begin, strict=True):
            _caught_up(page, first + events)
        painted = [page.evaluate("window.painted") for page in pages]
        browser.close()
    waits = []
    for first, seen in zip(begin, painted, strict=True):
        for number, committed in enumerate(commits, 1):
            # A number that was passed over was never shown: what came after it counts for it too.
            at = min(moment for value, moment in seen.items() if int(value) >= first + number)
            waits.append(at - 1000 * committed)
    return waits


def _caught_up(page: Page, last: int) -> None:
    """Wait until a screen shows the last call, however late that is: its wait counts like any other."""
    deadline = time.monotonic() + 60
    while int(page.locator(f".is-shown [data-panel={PANEL}] .value b").inner_text()) < last:
        if time.monotonic() > deadline:
            raise RuntimeError(f"a screen never showed {last}: {page.evaluate('pantau.trouble()')}")
        page.wait_for_timeout(100)


def opened(page: Page, made: Town, name: str, **values: Any) -> Page:
    """One screen of its own that shows the city."""
    page.context.add_cookies([made.screen(name, pinned="kota", **values)])
    page.goto(f"{made.url}/dinding")
    page.locator(f".is-shown [data-panel={PANEL}] .value b").wait_for(timeout=60_000)
    return page


def commit_of_a_call(made: Town) -> float:
    """Drop one call; the moment of the transaction that loaded it, in seconds since 1970."""
    before, _ = made.changed_at()
    made.call(call_now())
    deadline = time.monotonic() + WITHIN_S
    while (there := made.changed_at())[0] == before:
        if time.monotonic() > deadline:
            raise RuntimeError(f"not loaded within {WITHIN_S} s")
        time.sleep(0.05)
    time.sleep(PAUSE_S)
    return there[1]


def fires(made: Town, size: int) -> dict[str, list[float]]:
    """Milliseconds from a fire's loading transaction to each screen that it took over, and from the answer on a phone
    until its scenes go on. Raises when a screen stayed silent."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROME, args=["--no-sandbox", "--disable-gpu"])
        contexts = [browser.new_context(viewport={"width": 960, "height": 540}) for _ in range(TAKEN_OVER)]
        pages = [opened(context.new_page(), made, f"Ruang {n}", sound=True) for n, context in enumerate(contexts)]
        phone = browser.new_context(viewport={"width": 390, "height": 844}, base_url=made.url)
        phone.add_cookies([made.operator])
        told = [one for _ in range(size) for one in _fire(made, pages, phone.new_page())]
        browser.close()
    return {name: [waits[name] for waits in told] for name in ("there", "gone")}


def _fire(made: Town, pages: list[Page], phone: Page) -> list[dict[str, float]]:
    _answer_everything(pages)  # so many calls in one place are an unusual rise, which takes screens over too
    rung = [_turned(page, "there")[1] for page in pages]
    for page in pages:
        page.evaluate(TURNED)
    before, _ = made.changed_at()
    made.call(call_now("Kebakaran"))
    there = [_until(page, "there") for page in pages]
    version, committed = made.changed_at()
    if version == before or any(_turned(page, "there")[1] == n for page, n in zip(pages, rung, strict=True)):
        raise RuntimeError("a screen was silent")
    phone.goto("/layar")
    button = phone.get_by_role("button", name="Terima").first
    button.wait_for()
    answered = time.time()
    button.click()
    gone = [_until(page, "gone") for page in pages]
    phone.close()
    return [
        {"there": at - 1000 * committed, "gone": over - 1000 * answered} for at, over in zip(there, gone, strict=True)
    ]


def _answer_everything(pages: list[Page]) -> None:
    for alert in alerts.of(CITY.code):
        alerts.acknowledge(CITY.code, alert.alert_id, "bench")
    for page in pages:
        page.locator("#attention").wait_for(state="hidden")


def _turned(page: Page, name: str) -> tuple[float, int]:
    at, rung = page.evaluate(SINCE, name)
    return at, rung


def _until(page: Page, name: str) -> float:
    deadline = time.monotonic() + WITHIN_S
    while not (at := _turned(page, name)[0]):
        if time.monotonic() > deadline:
            raise RuntimeError(f"the alert was not {name} within {WITHIN_S} s")
        page.wait_for_timeout(50)
    return at


def screens(made: Town, calls: int = 20) -> dict[str, float]:
    """What fifty screens ask and cost while nothing happens for some seconds, and while calls come in."""
    them = [Screen(made.port, made.screen(f"Tanpa layar {n}", pinned="kota")["value"]).start() for n in range(SCREENS)]
    time.sleep(8)
    server = made.programs["command"].pid
    cpu, asked, began = cpu_of(server), sum(one.asked for one in them), time.monotonic()
    time.sleep(30)
    quiet_s = time.monotonic() - began
    quiet = {"cpu": cpu_of(server) - cpu, "asked": sum(one.asked for one in them) - asked}
    before = computed(made)
    cpu, asked, began = cpu_of(server), sum(one.asked for one in them), time.monotonic()
    versions = made.changed_at()[0]
    for _ in range(calls):
        commit_of_a_call(made)
    time.sleep(2)
    busy_s = time.monotonic() - began
    busy = {"cpu": cpu_of(server) - cpu, "asked": sum(one.asked for one in them) - asked}
    for one in them:
        one.stop()
    return {
        "quiet_requests_per_screen_minute": 60 * quiet["asked"] / quiet_s / SCREENS,
        "quiet_cpu_ms_per_screen_minute": 60_000 * quiet["cpu"] / quiet_s / SCREENS,
        "busy_requests_per_screen_minute": 60 * busy["asked"] / busy_s / SCREENS,
        "busy_cpu_ms_per_screen_minute": 60_000 * busy["cpu"] / busy_s / SCREENS,
        "computed": computed(made) - before,
        "versions": made.changed_at()[0] - versions,
    }


def computed(made: Town) -> int:
    """How many answers the server has computed, half a second ago at most."""
    time.sleep(1)
    return int((made.state / "computed").read_text())


def tell(waits: list[float], over: dict[str, list[float]], cost: dict[str, float], said: argparse.Namespace) -> None:
    """Print the tables, keep the figures."""
    shares = _shares(waits)
    taken = {name: _shares(there) for name, there in over.items()}
    results.show(
        f"{said.events} calls, {said.tabs} screens in a browser: commit → painted",
        ("", "ms"),
        [(name, f"{ms:.0f}") for name, ms in shares.items()],
    )
    results.show(
        f"{said.fires} fires, {TAKEN_OVER} screens",
        ("", *shares),
        [
            (words, *(f"{ms:.0f} ms" for ms in taken[name].values()))
            for name, words in (("there", "commit → takes the screen over"), ("gone", "answered → scenes go on"))
        ],
    )
    results.show(
        f"{SCREENS} screens without a browser",
        ("a screen, a minute", "requests", "server CPU ms"),
        [
            (
                kind,
                f"{cost[f'{kind}_requests_per_screen_minute']:.1f}",
                f"{cost[f'{kind}_cpu_ms_per_screen_minute']:.0f}",
            )
            for kind in ("quiet", "busy")
        ],
    )
    goals = [
        Goal("commit → painted, p95 ms", 1000, shares["p95"], at_most=True),
        Goal("commit → takes the screen over, p95 ms", 2000, taken["there"]["p95"], at_most=True),
        Goal("answered → scenes go on, p95 ms", 2000, taken["gone"]["p95"], at_most=True),
    ]
    figure = (
        f"walls: commit → painted p50 {shares['p50']:.0f} ms, p95 {shares['p95']:.0f} ms, p99 {shares['p99']:.0f} ms "
        f"on {said.tabs} screens ({said.events} calls); {said.fires} fires take screens over in "
        f"p95 {taken['there']['p95']:.0f} ms, scenes go on p95 {taken['gone']['p95']:.0f} ms after the answer; "
        f"{SCREENS} screens: {cost['computed']:.0f} panels computed for {cost['versions']:.0f} versions"
    )
    told = {"events": said.events, "tabs": said.tabs, **shares, "fires": taken, **cost}
    results.keep("walls", figure, told, goals)


def _shares(waits: list[float]) -> dict[str, float]:
    return {
        "p50": percentile(waits, 0.5),
        "p95": percentile(waits, 0.95),
        "p99": percentile(waits, 0.99),
        "max": max(waits),
    }


if __name__ == "__main__":
    main()
