"""How soon is what was loaded on the screen? From commit to NOTIFY heard, and to the new version at ``/bell``.

A hundred files of one order line each go through the real line, while one client asks ``/bell`` without a pause.
The clock starts when the loading transaction is about to commit. A screen asks once a second: that wait comes on top.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import sqlalchemy as sa

from bench.common import results
from bench.common.meter import percentile
from bench.common.orders import SLUG, Bench, clean_orders, drop, open_bench
from bench.common.state import temporary_state
from bench.common.web import Ask, Client, Served, served
from dashboard.live import Live
from etl.migrate import bring_up
from etl.pipeline import run
from etl.warehouse import Role, admin_url, engine

TIMES = 100
WITHIN_S = 10
DATASET = "marketplace_orders"
Moments = dict[int, float]  # version → the moment, of time.perf_counter


@dataclass
class Bell:
    """A client that asks ``/bell`` again and again, as a screen does, and notes when it first saw a version."""

    server: Served
    seen: Moments = field(default_factory=dict)
    states: list[int] = field(default_factory=list)
    _done: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Bell":
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _listen(self) -> None:
        client, known = Client(self.server.port), ""
        while not self._done.is_set():
            state, headers, body = client.send(Ask(f"/bell?kota={SLUG}", headers={"If-None-Match": known}))
            self.states.append(state)
            if state == 200:
                known = headers["ETag"]
                self.seen.setdefault(json.loads(body)["versions"].get(DATASET, 0), time.perf_counter())
        client.close()


class Noted(dict[tuple[str, str], int]):
    """The versions of a listener, which note when one was set."""

    def __init__(self, known: dict[tuple[str, str], int]) -> None:
        super().__init__(known)
        self.at: Moments = {}

    def __setitem__(self, key: tuple[str, str], version: int) -> None:
        self.at[version] = time.perf_counter()
        super().__setitem__(key, version)


def main() -> None:
    """Measure, print, keep."""
    with temporary_state() as state:
        bench = open_bench(state / "bench")
        os.environ["PANTAU_CITIES"] = str(bench.cities)
        bring_up()
        # The listener has no end: it must not start the server again that is stopped below, nor complain of it.
        logging.getLogger("dashboard.live").setLevel(logging.ERROR)
        os.environ["DATABASE_URL"] = admin_url().render_as_string(hide_password=False)
        with served("dashboard.command:server", state / "command.log") as server, Bell(server) as bell:
            loads = _measure(bench, bell)
    _tell(loads, bell.states)


@dataclass(frozen=True)
class Load:
    """Seconds: the whole run of one source over one new file; from its commit until it was heard, and was at /bell."""

    whole: float
    heard: float
    bell: float


def _measure(bench: Bench, bell: Bell) -> list[Load]:
    lines = clean_orders(TIMES + 1, np.random.default_rng(7))
    live, commits = Live(), list[float]()
    sa.event.listen(engine(Role.ETL), "commit", lambda _: commits.append(time.perf_counter()))
    live.start()
    _load(bench, lines[0], 0, commits)  # warms everything, and shows that the listener listens
    _until(lambda: live.versions and 1 in bell.seen)
    noted = live.versions = Noted(live.versions)
    return [_once(bench, lines[number], number, commits, noted, bell) for number in range(1, TIMES + 1)]


def _once(bench: Bench, line: pl.DataFrame, number: int, commits: list[float], noted: Noted, bell: Bell) -> Load:
    began = time.perf_counter()
    committed, version = _load(bench, line, number, commits), number + 1
    whole = time.perf_counter() - began
    _until(lambda: version in noted.at and version in bell.seen)
    return Load(whole, noted.at[version] - committed, bell.seen[version] - committed)


def _load(bench: Bench, line: pl.DataFrame, number: int, commits: list[float]) -> float:
    """Load one line by itself; the moment at which the loading transaction began to commit."""
    drop(line, bench.files / f"{number:03}.csv")
    moments = list[float]()
    # Told right after the loading transaction: the last commit that began is its own.
    outcome = run(bench.source, bench.city, lambda *_: moments.append(commits[-1]))
    if outcome.error or outcome.counts.loaded != 1:
        raise RuntimeError(f"not loaded: {outcome}")
    return moments[0]


def _until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not true():
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing was heard within {WITHIN_S} s")
        time.sleep(0.001)


def _tell(loads: list[Load], states: list[int]) -> None:
    titles = {
        "whole": "one run of a source: look, read, check, load, commit",
        "heard": "commit → heard by the listener of a process",
        "bell": "commit → new version at /bell",
    }
    found = {name: [1000 * getattr(load, name) for load in loads] for name in titles}
    told = {name: {"p50_ms": percentile(ms, 0.5), "p95_ms": percentile(ms, 0.95)} for name, ms in found.items()}
    rows = [(titles[name], *(f"{ms:.1f}" for ms in one.values())) for name, one in told.items()]
    results.show(f"{TIMES} files of one line", ("", "p50 ms", "p95 ms"), rows)
    unchanged = states.count(304) / len(states)
    figure = (
        f"freshness: commit → /bell {told['bell']['p50_ms']:.1f} ms (p95 {told['bell']['p95_ms']:.1f}), heard after "
        f"{told['heard']['p50_ms']:.1f} ms (p95 {told['heard']['p95_ms']:.1f}); {unchanged:.1%} of {len(states):,} "
        "answers of /bell were a 304 of no bytes"
    )
    results.keep("freshness", figure, {"loads": TIMES, "share_304": unchanged, **told})


if __name__ == "__main__":
    main()
