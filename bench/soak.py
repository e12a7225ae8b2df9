"""A day of a wall in minutes: thousands of turns and updates in a real Chromium at 3840 × 2160, beside fifty screens.

The clock is compressed: scenes stand for a fraction of a second, calls come in all the time, and again and again a fire
takes the screen over until somebody answers. What grows by each turn or update shows itself: the JavaScript heap and
the nodes of the page after collecting garbage, the server's memory.
"""

import argparse
import os
import statistics
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl
from playwright.sync_api import CDPSession, Page, sync_playwright

from bench.common import results
from bench.common.meter import cpu_of
from bench.common.results import Goal
from bench.common.screens import Screen
from bench.walls import SCREENS, town
from dashboard.wall import alerts
from tests.chromium import CHROME
from tests.wall.town import CITY, Town, call_now, closed

TURNS, UPDATES = 1_440, 20_000
TURN_S = 0.5
EVERY_S = 0.25  # a call
SAMPLE_S = 10
KEPT_FILES = 40
FIRE_EVERY = 60  # calls
ATTENDED_AFTER = 40  # calls later, about ten seconds
ANSWERED_S = 5  # how often somebody looks whether an alert waits for an answer
LONGEST_S = 75 * 60
SCENES = ("kota", "112", "aplikasi")
WITHIN = 0.05  # the last quarter against the second


@dataclass
class Sample:
    """One look: seconds since the beginning, MB, nodes, counts."""

    at_s: float
    heap_mb: float
    nodes: float
    server_mb: float
    turns: int
    updates: int


@dataclass
class Soak:
    """What was seen and heard during the run."""

    samples: list[Sample] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    cost: dict[str, float] = field(default_factory=dict)


def main() -> None:
    """Run, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak")
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--updates", type=int, default=UPDATES)
    said = parser.parse_args()
    with town() as made, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROME, args=["--no-sandbox", "--disable-gpu"])
        soak = run(made, browser.new_page(viewport={"width": 3840, "height": 2160}), said.turns, said.updates)
        browser.close()
    tell(soak)


def run(made: Town, page: Page, turns: int, updates: int) -> Soak:
    """Until there were so many turns and updates, or the longest time is over."""
    made.playlist("cepat", [(scene, TURN_S) for scene in SCENES])
    schedule = [{"playlist": "cepat", "days": [1, 2, 3, 4, 5, 6, 7], "since": "00:00", "until": "24:00"}]
    page.context.add_cookies([made.screen("Dinding 4K", "tv75", schedule=schedule)])
    soak = Soak()
    page.on("console", lambda said: soak.complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: soak.complaints.append(str(error)))
    page.goto(f"{made.url}/dinding")
    page.locator(".is-shown .panel[data-state]").first.wait_for(timeout=60_000)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    them = [Screen(made.port, made.screen(f"Layar {n}", pinned="kota")["value"]).start() for n in range(SCREENS)]
    done = threading.Event()
    busy = [threading.Thread(target=work, args=(made, done)) for work in (_calls, _answers)]
    for worker in busy:
        worker.start()
    cpu, asked, began = cpu_of(made.programs["command"].pid), sum(one.asked for one in them), time.monotonic()
    try:
        _watch(soak, lambda: look(made, page, devtools, time.monotonic() - began), turns, updates)
    finally:
        done.set()
        for worker in busy:
            worker.join()
    lasted = (time.monotonic() - began) / 60
    soak.cost = {
        "cpu_ms_per_screen_minute": 1000 * (cpu_of(made.programs["command"].pid) - cpu) / lasted / (SCREENS + 1),
        "requests_per_screen_minute": (sum(one.asked for one in them) - asked) / lasted / SCREENS,
    }
    for one in them:
        one.stop()
    return soak


def _calls(made: Town, done: threading.Event) -> None:
    """A call again and again, each attended some seconds later: nothing piles up that a city would not let pile up.

    Files that were loaded long ago are taken away.
    """
    waiting: deque[pl.DataFrame] = deque()
    before, _ = made.changed_at()
    for number in count(1):
        while number - (made.changed_at()[0] - before) > KEPT_FILES // 2 and not done.is_set():
            done.wait(EVERY_S)  # a file that nobody has read yet is not taken away
        if done.wait(EVERY_S):
            return
        waiting.append(call_now("Kebakaran") if number % FIRE_EVERY == 0 else call_now())
        attended = [closed(waiting.popleft())] if len(waiting) > ATTENDED_AFTER else []
        made.call(pl.concat([waiting[-1], *attended], how="vertical_relaxed"))
        for old in sorted((made.state / "calls").glob("*.csv"))[:-KEPT_FILES]:
            old.unlink()


def _answers(_: Town, done: threading.Event) -> None:
    """Somebody answers every alert; scenes go on."""
    while not done.wait(ANSWERED_S):
        for alert in alerts.of(CITY.code):
            if alert.acknowledged_at is None:
                alerts.acknowledge(CITY.code, alert.alert_id, "bench")


def _watch(soak: Soak, see: Callable[[], Sample], turns: int, updates: int) -> None:
    started = time.monotonic()
    while time.monotonic() - started < LONGEST_S:
        sample = see()
        soak.samples.append(sample)
        print(
            f"{sample.at_s:6.0f} s  {sample.turns:6,} turns  {sample.updates:7,} updates  heap {sample.heap_mb:.1f} MB"
            f"  {sample.nodes:,.0f} nodes  server {sample.server_mb:.0f} MB",
            flush=True,
        )
        if sample.turns >= turns and sample.updates >= updates:
            return
        time.sleep(SAMPLE_S)


def look(made: Town, page: Page, devtools: CDPSession, at_s: float) -> Sample:
    """One look, after collecting garbage."""
    devtools.send("HeapProfiler.collectGarbage")
    told = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    counts: dict[str, Any] = page.evaluate("pantau.counts")
    return Sample(
        at_s, told["JSHeapUsedSize"] / 2**20, told["Nodes"], _memory(made), counts["turns"], counts["updates"]
    )


def _memory(made: Town) -> float:
    """Resident MB of the command center with all its processes."""
    group = made.programs["command"].pid
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[21]) if int(fields[2]) == group else 0
    return total * os.sysconf("SC_PAGE_SIZE") / 2**20


def quarter(samples: list[Sample], number: int, name: str) -> float:
    """The median of a figure over one quarter of the run, 1 to 4."""
    size = len(samples) / 4
    part = samples[int(size * (number - 1)) : int(size * number)] or samples[-1:]
    return float(statistics.median(getattr(one, name) for one in part))


def tell(soak: Soak) -> None:
    """Print the tables, keep the figures."""
    growth = {
        name: quarter(soak.samples, 4, name) / quarter(soak.samples, 2, name) - 1
        for name in ("heap_mb", "nodes", "server_mb")
    }
    last = soak.samples[-1]
    results.show(
        "second quarter and last quarter",
        ("", "2nd", "4th", "growth"),
        [
            (name, f"{quarter(soak.samples, 2, name):,.1f}", f"{quarter(soak.samples, 4, name):,.1f}", f"{share:+.1%}")
            for name, share in growth.items()
        ],
    )
    goals = [
        Goal(f"{name}: last against second quarter", 1 + WITHIN, 1 + share, True) for name, share in growth.items()
    ]
    goals += [
        Goal("turns", TURNS, last.turns),
        Goal("updates", UPDATES, last.updates),
        Goal("console errors", 0, len(soak.complaints), at_most=True),
    ]
    for complaint in soak.complaints[:10]:
        print(complaint)
    figure = (
        f"soak: {last.turns:,} turns, {last.updates:,} updates in {last.at_s / 60:.0f} min; "
        f"heap {growth['heap_mb']:+.1%}, nodes {growth['nodes']:+.1%}, server {growth['server_mb']:+.1%}; "
        f"{len(soak.complaints)} console errors; "
        f"{soak.cost['requests_per_screen_minute']:.0f} requests and {soak.cost['cpu_ms_per_screen_minute']:.0f} ms of "
        "server CPU a screen and minute"
    )
    told = {"samples": len(soak.samples), **soak.cost, **{f"{name}_growth": share for name, share in growth.items()}}
    results.keep("soak", figure, told, goals)


if __name__ == "__main__":
    main()
