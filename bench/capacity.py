"""How many people do the web processes carry, with how much memory? 1, 20 and 50 sessions, then more until they wait.

Each session belongs to somebody who signed in: they open one page after the other with all that it asks for, look at it
for some seconds, and their page rings the doorbell every second, as a browser does. Memory is the proportional set of
the processes (what several share is counted once): the command center, and the public site, which is read meanwhile.
Then whole views come at a rate that does not wait for anybody, twice as many each time, until p99 leaves: the knee.
"""

import argparse
import gzip
import http.client
import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from bench.common import results
from bench.common.meter import cpu_of, database_cpu, percentile, pss_mb
from bench.common.results import Goal
from bench.common.state import temporary_state
from bench.common.web import HOST, ROOT, Ask, Served, fetch, hammer, served
from bench.common.world import DAYS, SCALE, loaded
from dashboard.access import accounts, sessions, user_cli
from dashboard.command import cities, load_pages
from dashboard.page import Page, pages
from etl.warehouse import NOW, Role, engine

CITY = "surabaya"
SESSIONS = (1, 20, 50)
SECONDS = 30.0
LOOKS_S = (4.0, 12.0)  # at a page, before the next one or another period
PERIODS = ("7h", "30h", "90h")
KNEE_MS, FIRST_RATE, KNEE_S = 250, 4, 8.0  # a reader notices more than this; views a second; of each rate
LEAST_ROWS = 2_000  # of a table, for what a row of it takes
PUBLIC = (f"/{CITY}", f"/{CITY}/pasar", f"/{CITY}/112", "/healthz")
Told = dict[str, Any]
Rows = dict[str, dict[str, float]]
GZIP = {"Accept-Encoding": "gzip, br", "Sec-Fetch-Site": "same-origin"}


@dataclass
class Visitor:
    """One person with a browser. ``took`` are seconds of every answer, by what was asked."""

    port: int
    cookie: str
    dice: Random
    took: dict[str, list[float]] = field(default_factory=lambda: {"view": [], "together": [], "panel": [], "bell": []})
    wrong: int = 0
    heard: bytes = b""

    def run(self, stop: threading.Event) -> None:
        """Look at pages until it is over."""
        self._wire = http.client.HTTPConnection(HOST, self.port, timeout=60)
        tag = ""
        while not stop.is_set():
            page, period = self.dice.choice(open_pages()), self.dice.choice(PERIODS)
            began = time.perf_counter()
            *frame, together = view(page, period)
            for ask in frame:
                self._timed("", ask)
            self._timed("together", together)
            ready = json.loads(self.heard)
            for ask in [ask for name, ask in alone(page, period).items() if "old" in ready.get(name, ("old",))]:
                self._timed("panel", ask)
            self.took["view"].append(time.perf_counter() - began)
            until = time.monotonic() + self.dice.uniform(*LOOKS_S)
            while time.monotonic() < until and not stop.wait(1):
                tag = self._timed("bell", f"/bell?kota={CITY}", tag)
        self._wire.close()

    def _timed(self, kind: str, path: str, tag: str = "") -> str:
        began = time.perf_counter()
        self._wire.request("GET", path, headers=GZIP | {"Cookie": f"pantau={self.cookie}", "If-None-Match": tag})
        reply = self._wire.getresponse()
        self.heard = reply.read()
        self.heard = gzip.decompress(self.heard) if reply.getheader("Content-Encoding") == "gzip" else self.heard
        self.took.get(kind, []).append(time.perf_counter() - began)
        self.wrong += reply.status not in (200, 304)
        return reply.headers.get("ETag", tag)


def open_pages() -> list[Page]:
    """The pages that an operator may open."""
    return [page for page in pages() if any(role.value == "operator" for role in page.audience)]


def view(page: Page, period: str) -> Iterator[str]:
    """What a browser that was there before asks for when it opens a page: at last what is ready of its panels."""
    yield from (f"{page.path}?kota={CITY}", "/_dash-layout", "/_dash-dependencies", "/meta?bahasa=id")
    yield f"/panels/{page.slug}?kota={CITY}&periode={period}"


def alone(page: Page, period: str) -> dict[str, str]:
    """By panel, what it asks for besides when that did not bring its answer."""
    return {panel.id: f"/panel/{page.slug}/{panel.id}?kota={CITY}&periode={period}" for panel in page.panels}


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m bench.capacity")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each number of sessions")
    said = parser.parse_args()
    with temporary_state() as state:
        loaded(state)
        load_pages()
        user_cli.demo()
        rows = bytes_a_row()
        with (
            served("dashboard.command:server", state / "command.log") as command,
            served("dashboard.public:server", state / "public.log") as public,
        ):
            empty = memory(command, public)
            ran = {count: together(command, public, count, said.seconds) for count in SESSIONS}
            knee = list(rising(state, command))
            ring = ring_of(command)
    tell(empty, ran, knee, ring, rows)


def together(command: Served, public: Served, count: int, seconds: float) -> Told:
    """So many sessions for so long."""
    operator = accounts.named("operator")
    assert operator
    visitors = [Visitor(command.port, sessions.open_session(operator.id), Random(n)) for n in range(count)]
    stop, before, began = threading.Event(), cpu_of(command.pid) + database_cpu(), time.monotonic()
    threads = [threading.Thread(target=one.run, args=(stop,)) for one in visitors]
    for thread in threads:
        thread.start()
    while time.monotonic() - began < seconds:
        fetch(public, Ask(PUBLIC[int(time.monotonic()) % len(PUBLIC)]))
        time.sleep(0.2)
    stop.set()
    for thread in threads:
        thread.join()
    lasted, cost = time.monotonic() - began, cpu_of(command.pid) + database_cpu() - before
    took = {kind: [one for visitor in visitors for one in visitor.took[kind]] for kind in visitors[0].took}
    asked = len(took["panel"]) + len(took["bell"]) + 5 * len(took["view"])
    shares = {
        f"{kind}_p{share}_ms": 1000 * percentile(found, share / 100)
        for kind, found in took.items()
        for share in (50, 95)
    }
    print(f"{count} sessions: {asked / lasted:.0f} requests/s", flush=True)
    return {
        "requests_per_s": asked / lasted,
        "cpu_ms": 1000 * cost / asked,
        "cpu_ms_a_view": 1000 * cost / len(took["view"]),
        "busy": cost / lasted,
        "wrong": sum(one.wrong for one in visitors),
        **shares,
        **memory(command, public),
    }


def memory(command: Served, public: Served) -> Told:
    """Proportional set in MB of each site, its server and its worker, and of both."""
    both = {name: pss_mb(one.pid) for name, one in (("command_mb", command), ("public_mb", public))}
    return both | {"web_mb": sum(both.values())}


def rising(state: Path, command: Served) -> Iterator[Told]:
    """Views at more and more a second, until they wait too long or are not served."""
    operator = accounts.named("operator")
    assert operator
    cookie, file = sessions.open_session(operator.id), state / "views.json"
    heads = "\r\n".join(f"{name}: {said}" for name, said in (GZIP | {"Cookie": f"pantau={cookie}"}).items())
    ask = f"GET {{}} HTTP/1.1\r\nHost: {HOST}:{command.port}\r\n{heads}\r\n\r\n"
    views = [
        (
            [ask.format(path) for path in view(page, page.period)],
            {name: ask.format(path) for name, path in alone(page, page.period).items()},
        )
        for page in open_pages()
    ]
    file.write_text(json.dumps(views))
    for rate in itertools.accumulate(itertools.repeat(FIRST_RATE), lambda last, _: 2 * last):
        line = [sys.executable, "-m", "bench.common.openloop", str(command.port), str(rate), str(KNEE_S), str(file)]
        before = cpu_of(command.pid) + database_cpu()
        said = json.loads(subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
        cost = cpu_of(command.pid) + database_cpu() - before
        share = said["served"] / (rate * KNEE_S)
        yield {"rate": rate, "p50_ms": said.get("p50_ms"), "p99_ms": said.get("p99_ms"), "served": share,
               "cpu_ms_a_view": 1000 * cost / max(1, said["served"])}  # fmt: skip
        if share < 0.99 or said["p99_ms"] > 4 * KNEE_MS:
            return


def ring_of(command: Served) -> float:
    """Processor milliseconds of server and database for one ring of the doorbell that says that nothing changed."""
    bell = Ask(f"/bell?kota={CITY}", headers=GZIP)
    tag = fetch(command, bell)[1]["ETag"]
    return hammer(command, [replace(bell, headers=GZIP | {"If-None-Match": tag})], clients=1, seconds=3).cpu_ms


def bytes_a_row() -> Rows:
    """What rows take on disk, indexes and history aside or with them, of the tables that have many."""
    found = {}
    with engine(Role.OWNER).connect() as connection:
        for name in sa.inspect(connection).get_table_names(schema=NOW):
            table = sa.table(name, schema=NOW)
            rows = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            if rows >= LEAST_ROWS:
                sizes = sa.select(
                    *(getattr(sa.func, one)(f"{NOW}.{name}") for one in ("pg_table_size", "pg_indexes_size"))
                )
                data, indexes = connection.execute(sizes).one()
                found[name] = {"rows": rows, "bytes": data / rows, "with_indexes": (data + indexes) / rows}
    return found


HEADS = (
    "sessions",
    "requests/s",
    "CPU-ms each",
    "cores busy",
    "view p50",
    "p95 ms",
    "panel p95",
    "bell p95",
    "MB both",
)


def tell(empty: Told, ran: dict[int, Told], knee: list[Told], bell_cpu_ms: float, rows: Rows) -> None:
    """Print the tables, keep the figures."""
    names = ("requests_per_s", "cpu_ms", "busy", "view_p50_ms", "view_p95_ms", "panel_p95_ms", "bell_p95_ms", "web_mb")
    results.show(
        "Signed in and looking", HEADS, [(str(n), *(f"{one[name]:,.1f}" for name in names)) for n, one in ran.items()]
    )
    shown = [(str(one["rate"]), f"{one['p50_ms']:.0f}", f"{one['p99_ms']:.0f}", f"{one['served']:.1%}",
              f"{one['cpu_ms_a_view']:.1f}") for one in knee]  # fmt: skip
    results.show("Views that come at a rate", ("a second", "p50 ms", "p99 ms", "served", "CPU-ms a view"), shown)
    results.show(
        "A row on disk",
        ("", "rows", "bytes", "with indexes"),
        [(name, *(f"{v:,.0f}" for v in one.values())) for name, one in rows.items()],
    )
    most = max(_within(knee), key=lambda one: float(one["rate"]), default=knee[0] | {"rate": 0})
    days = len(cities()) * DAYS * SCALE
    each_day = sum(one["rows"] for one in rows.values()) / days
    goals = [Goal("web processes at 20 sessions, MB", 250, ran[20]["web_mb"], at_most=True)]
    figure = (
        f"capacity: web processes {empty['web_mb']:.0f} MB at the start, {ran[20]['web_mb']:.0f} at 20 sessions, "
        f"{ran[50]['web_mb']:.0f} at 50; a panel p95 {ran[20]['panel_p95_ms']:.0f} ms; "
        f"{most['rate']} whole views a second within {KNEE_MS} ms (p99), {most['cpu_ms_a_view']:.0f} CPU-ms a view, "
        f"{bell_cpu_ms:.2f} CPU-ms a ring; "
        f"a row of an order {rows['marketplace_orders']['with_indexes']:.0f} B, of a call "
        f"{rows['emergency_calls']['with_indexes']:.0f} B with its indexes; {each_day:,.0f} rows a city and day"
    )
    told: Told = {"empty": empty, "sessions": {str(n): one for n, one in ran.items()}, "knee": knee, "rows": rows}
    told |= {"bell_cpu_ms": bell_cpu_ms, "knee_views_per_s": most["rate"]}
    results.keep("capacity", figure, told, goals)


def _within(knee: list[Told]) -> list[Told]:
    return [one for one in knee if one["served"] > 0.99 and one["p99_ms"] <= KNEE_MS]


if __name__ == "__main__":
    main()
