"""How soon is a whole page there: cold, warm, after a filter? One page of five numbers and four charts, beside peers.

The same rows of the same warehouse, the same charts, in Chromium: Pantau, a plain Dash application (over order lines,
and over daily rollups), Streamlit, Panel, Vizro, NiceGUI, Datasette with its dashboards over the rollups in SQLite, and
with ``--superset`` Superset, which takes minutes to make. Peers run in environments of their own as their documents
say; a peer that cannot be had is named with its reason. All are visited in turn, so that what else the machine does
meets all of them; afterwards what a view asks for is asked for again and again, without a browser, to see what it costs
(of those with web sockets, and of Superset: what the server took meanwhile).
"""

import argparse
import itertools
import re
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bench.common import results
from bench.common.meter import cpu_of, database_cpu
from bench.common.paint import WITHIN_MS, Painted, median_of, opened
from bench.common.peers import NoPeer
from bench.common.results import Goal
from bench.common.side_by_side import CITY, DASH, OURS, ROLLED, SUPERSET, VISIBLE, Peer, every, running
from bench.common.state import temporary_state
from bench.common.web import Ask, Served, hammer, signed_in
from bench.common.world import loaded
from etl.announce import announce
from etl.cities import load_city
from etl.warehouse import Role, engine
from tests.chromium import ARGUMENTS, CHROME

ROUNDS = 7
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"  # nobody waits for what is not there
# The moment of a click, and the first frame after it in which every visual is another one.
FILTERED = """() => {
  const before = window.visuals();
  addEventListener('pointerdown', () => {
    seen.clicked = performance.now();
    const look = () => {
      const now = window.visuals();
      if (!now || now.some((one, at) => one === before[at])) { requestAnimationFrame(look); return; }
      requestAnimationFrame(() => setTimeout(() => { seen.filtered = performance.now(); }));
    };
    requestAnimationFrame(look);
  }, { capture: true, once: true });
}"""
OURS_SAID = {"Sec-Fetch-Site": "same-origin"}  # as a browser says it of a page's own requests
KEPT = re.compile(r"^/(static|assets|_dash-component-suites|-/static|_favicon)|\.(js|css|ico|svg|png)(\?|$)")
REPLAY_S = 3.0
# Not tried, and why.
ABSENT = {SUPERSET: "only with --superset: 150 packages, a database of its own, minutes until it serves"}
PAUSE_S = 0.3  # until a server has heard of a load
Told = dict[str, Any]


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m bench.pages")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default="", help="names of peers, with commas between them")
    parser.add_argument("--superset", action="store_true", help="beside Superset too, which takes minutes to make")
    said = parser.parse_args()
    with temporary_state() as state:
        loaded(state)
        peers = [
            one for one in every(state, said.superset) if not said.only or one.name in {OURS, *said.only.split(",")}
        ]
        told, absent = measured(state, peers, said.rounds)
    tell(told, absent if said.superset else absent | ABSENT)


def measured(state: Path, peers: list[Peer], rounds: int) -> tuple[dict[str, Told], dict[str, str]]:
    """What each peer was measured at, and why others were not."""
    there: dict[str, tuple[Peer, Served]] = {}
    absent: dict[str, str] = {}
    with ExitStack() as stack, sync_playwright() as playwright:
        for peer in peers:
            try:
                there[peer.name] = (peer, stack.enter_context(running(peer, state)))
            except NoPeer as reason:
                absent[peer.name] = str(reason)
                print(f"✗ {peer.name}: {reason}", flush=True)
        browser = playwright.chromium.launch(executable_path=CHROME, args=[*ARGUMENTS, OFFLINE])
        seen = {name: Seen(browser, *one) for name, one in there.items()}
        for number in range(rounds + 1):  # the first one only warms the servers
            for name, one in list(seen.items()):
                _once(one, name, number, absent, seen)
        browser.close()
        told = {name: one.told() for name, one in seen.items()}
    return told, absent


def _once(one: "Seen", name: str, number: int, absent: dict[str, str], seen: dict[str, "Seen"]) -> None:
    try:
        one.once(keep=number > 0)
        print(f"{number} {name}: {one.last()}", flush=True)
    except RuntimeError as error:
        absent[name] = f"never painted everything: {error!s:.200}"
        print(f"✗ {name}: {error!s:.400}", flush=True)
        del seen[name]


class Seen:
    """One application and what was seen of it, round after round."""

    def __init__(self, browser: Browser, peer: Peer, server: Served) -> None:
        self.browser, self.peer, self.server = browser, peer, server
        self.cold: list[Painted] = []
        self.warm: list[Painted] = []
        self.filters: dict[str, list[float]] = {"filter": [], "filter, new rows": []}
        self.cpu_ms: list[float] = []

    def once(self, keep: bool) -> None:
        """A browser that was never here; again; and its filter, first of what nobody asked for since a load."""
        context = self._browser()
        page, cold = self._open(context)
        page.close()
        before = self._cost()
        page, warm = self._open(context)
        cpu_ms = 1000 * (self._cost() - before)
        page.close()
        new = [self._filtered(context, after=_load)] if self.peer.hears else []
        known = self._filtered(context)
        context.close()
        if keep:
            self.cold.append(cold)
            self.warm.append(warm)
            self.cpu_ms.append(cpu_ms)
            self.filters["filter, new rows"] += new
            self.filters["filter"].append(known)

    def _browser(self) -> BrowserContext:
        context = self.browser.new_context(viewport={"width": 1280, "height": 800})
        context.add_init_script(VISIBLE % (self.peer.look, self.peer.tile))
        if self.peer.signed_in:
            name, _, value = signed_in()["Cookie"].partition("=")
            context.add_cookies([{"name": name, "value": value, "url": self.url}])
        return context

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}{self.peer.path}"

    def _open(self, context: BrowserContext, more: str = "") -> tuple[Page, Painted]:
        return opened(context, self.url + more, "() => window.visuals()")

    def _filtered(self, context: BrowserContext, after: Callable[[], None] = lambda: None) -> float:
        """Milliseconds from the click on a shorter period until every visual shows it."""
        page, _ = self._open(context)
        after()
        try:
            if self.peer.filter_address:
                return self._open(context, self.peer.filter_address)[1].all_ms
            page.evaluate(f"({FILTERED})()")
            page.locator(self.peer.filter_click).first.click()
            return _until_filtered(page)
        finally:
            for one in context.pages:
                one.close()

    def _cost(self) -> float:
        """Processor seconds of the server and the database; read once both have come to rest."""
        time.sleep(PAUSE_S)
        return cpu_of(self.server.pid) + database_cpu()

    def _replayed(self, asked: list[Ask]) -> float:
        """What all that a warm view asks for costs server and database, but files that a browser keeps."""
        again = [replace(ask, headers=ask.headers | OURS_SAID) for ask in asked if not KEPT.search(ask.path)]
        return hammer(self.server, again, clients=1, seconds=REPLAY_S).cpu_ms * len(again)

    def last(self) -> str:
        """The last round in a line."""
        if not self.cold:
            return "warmed"
        cold, warm = self.cold[-1], self.warm[-1]
        return f"cold {cold.all_ms:.0f} ms, warm {warm.all_ms:.0f} ms, filter {self.filters['filter'][-1]:.0f} ms"

    def told(self) -> Told:
        """As it is kept: medians."""
        cold, warm = median_of(self.cold), median_of(self.warm)
        cpu_ms = self._replayed(self.warm[-1].asked) if self.peer.replays else statistics.mean(self.cpu_ms)
        return {
            "cold": cold.told() | {"requests": len(cold.asked)},
            "warm": warm.told() | {"requests": len(warm.asked)},
            "cpu_ms": cpu_ms,
            **{name: statistics.median(found) if found else None for name, found in self.filters.items()},
        }


def _load() -> None:
    """As if orders had been loaded: nothing that was computed before may be shown again."""
    with engine(Role.ETL).begin() as connection:
        announce(connection, "marketplace_orders", load_city(CITY).code)
    time.sleep(PAUSE_S)


def _until_filtered(page: Page) -> float:
    deadline = time.monotonic() + WITHIN_MS / 1000
    while not (took := page.evaluate("seen.filtered ? seen.filtered - seen.clicked : 0")):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{page.url} never showed the shorter period")
        page.wait_for_timeout(20)
    return float(took)


HEADS = (
    "", "cold: first", "all", "listens", "kB", "requests", "warm: all", "kB", "CPU-ms a view", "filter", "new rows",
)  # fmt: skip


def tell(told: dict[str, Told], absent: dict[str, str]) -> None:
    """Print the tables, keep the figures."""
    rows = [(name, *map(_number, _row(one))) for name, one in told.items()]
    results.show("ms, medians; CPU of server and database a warm view", HEADS, rows)
    results.show("not measured", ("", "why"), list(absent.items()))
    goals = list(_goals(told))
    results.keep("pages", _figure(told, goals), {"pages": told, "absent": absent}, goals)


def _row(one: Told) -> list[float | None]:
    cold, warm = one["cold"], one["warm"]
    first = [cold[name] for name in ("first_ms", "all_ms", "listens_ms", "kb", "requests")]
    return [*first, warm["all_ms"], warm["kb"], one["cpu_ms"], one["filter"], one["filter, new rows"]]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


WANTED: tuple[tuple[str, str, float, Callable[[Told], float]], ...] = (
    ("cold, all visuals", ROLLED, 0.7, lambda one: float(one["cold"]["all_ms"])),
    ("cold, all visuals", "Streamlit", 0.4, lambda one: float(one["cold"]["all_ms"])),
    ("warm, all visuals", ROLLED, 0.6, lambda one: float(one["warm"]["all_ms"])),
    ("filter → all visuals", ROLLED, 0.4, lambda one: float(one["filter"])),
    ("CPU a view", DASH, 0.07, lambda one: float(one["cpu_ms"])),
)


def _goals(told: dict[str, Told]) -> "itertools.chain[Goal]":
    return itertools.chain.from_iterable(
        [Goal(f"{what}, × {other}", most, of(told[OURS]) / of(told[other]), at_most=True)] if other in told else []
        for what, other, most, of in WANTED
    )


def _figure(told: dict[str, Told], goals: list[Goal]) -> str:
    ours, shares = told[OURS], "; ".join(f"{goal.what} {goal.got:.2f}" for goal in goals)
    return (
        f"pages: five numbers and four charts cold {ours['cold']['all_ms']:.0f} ms, {ours['cold']['kb']:.0f} kB; warm "
        f"{ours['warm']['all_ms']:.0f} ms, {ours['cpu_ms']:.0f} CPU-ms; filter {ours['filter']:.0f} ms; {shares}; "
        f"{sum(goal.met for goal in goals)} of {len(goals)} goals met"
    )


if __name__ == "__main__":
    main()
