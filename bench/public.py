"""How many readers does the public site carry, and how soon do they read? Beside a plain Dash application and nginx.

A city is simulated, loaded and released; its public site is served as it is deployed, beside the command center, by the
two cores that run the clients too. Every page of every area in both languages, every picture and every file is asked
for. Needs nginx, wrk and Chromium on the PATH.
"""

import argparse
import itertools
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from bench.common import wrk
from bench.common.crowds import OPERATOR, come, killed, once
from bench.common.meter import cpu_of, peak_mb, percentile
from bench.common.paint import Painted, median_of, visit
from bench.common.public_told import tell
from bench.common.released import BROWSER, Released, release
from bench.common.state import temporary_state
from bench.common.web import HOST, Ask, Served, fetch, served
from tests.chromium import ARGUMENTS, CHROME
from tests.public.nginx import nginx, started
from tests.world import free_port

PUBLIC, COMMAND, PLAIN = "dashboard.public:server", "dashboard.command:server", "bench.common.plain_public:server"
SECONDS, ROUNDS, VISITS = 15.0, 5, 7
FEW = 4  # connections to what cannot answer many
VIEWS, BURST = 500, 2000  # a second
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"  # nobody waits for what is not there
# Whether all that the page says is there: every finding of ours; every chart and the table of the other.
OURS_SAID = """() => {
  const all = [...document.querySelectorAll('section.figure .finding h2')].filter(one => one.offsetHeight);
  return document.querySelector('footer') && all.length >= %d;
}"""
PLAIN_SAID = """() => document.querySelectorAll('.js-plotly-plot .main-svg:first-child').length >= %d
  && document.querySelector('.dash-table-container td')"""
Told = dict[str, Any]
Views = dict[str, list[Ask]]


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m bench.public")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--visits", type=int, default=VISITS)
    said = parser.parse_args()
    with temporary_state() as state:
        there = release(state)
        print(f"{len(there.pages):,} pages, {len(there.every):,} addresses", flush=True)
        painted, views = paint(there, said.visits)
        told = {"pages": len(there.pages), "addresses": len(there.every), "paint": painted}
        told |= throughput(there, views, said.seconds)
        told |= crowds(there, views["ours"][1:], said.seconds)
        told |= {"killed": outage(there)}
    tell(told)


def paint(there: Released, visits: int) -> tuple[Told, Views]:
    """First visits in Chromium, of ours and of the plain application in turn; and what a view asks for."""
    with served(PUBLIC, there.log) as ours, served(PLAIN, there.log) as plain, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROME, args=[*ARGUMENTS, OFFLINE])
        pages = {
            "ours": (f"http://{HOST}:{ours.port}{there.corona}", OURS_SAID % there.figures),
            "plain": (f"http://{HOST}:{plain.port}/", PLAIN_SAID % there.figures),
        }
        # The servers are warm: what the first reader after a start waits for is measured elsewhere.
        views = {name: visit(browser, *page).asked for name, page in pages.items()}
        seen: dict[str, list[Painted]] = {}
        for _, slow, (name, page) in itertools.product(range(visits), (False, True), pages.items()):
            seen.setdefault(f"{name}, 3G" if slow else name, []).append(visit(browser, *page, slow))
        browser.close()
    return {name: median_of(visits).told() for name, visits in seen.items()}, views


@dataclass(frozen=True)
class Case:
    """What is asked of whom: requests, of which ``a_view`` are one view of a page."""

    name: str
    server: Served
    asks: list[Ask]
    a_view: int = 1
    connections: int = wrk.CONNECTIONS


def throughput(there: Released, views: Views, seconds: float) -> Told:
    """Cold, then as much as is answered: everything, whole views, one file; beside nginx and the plain application."""
    with (
        served(PUBLIC, there.log) as ours,
        documented(there, ours) as front,
        served(PLAIN, there.log) as plain,
        static(there, len(fetch(ours, there.file)[2])) as nothing,
    ):
        told: Told = {"cold": cold(ours, there.every)}
        once(front.port, there.every)
        told |= in_turn(there, _cases(there, views, ours, front, nothing, plain), seconds)
        return told | {"memory_mb": memory_mb(ours)}


def _cases(
    there: Released, views: Views, ours: Served, front: Served, nothing: Served, plain: Served
) -> Iterator[Case]:
    corona, dash = views["ours"], views["plain"]
    answers = [ask for ask in dash if not ask.path.startswith(("/_dash-component", "/_favicon", "/un/"))]
    every_view = [ask for page in there.pages for ask in (page, *corona[1:])]
    yield Case("a file", ours, [there.file])
    yield Case("a file of its size, nginx", nothing, [Ask("/file", headers=BROWSER)])
    yield Case("a file, documented nginx", front, [there.file])
    yield Case("all files", ours, there.files)
    yield Case("everything", ours, there.every)
    yield Case("everything, documented nginx", front, there.every)
    yield Case("views of all pages", ours, every_view, len(corona))
    yield Case("views of Corona", ours, corona, len(corona))
    yield Case("views of Corona, plain Dash", plain, dash, len(dash), FEW)
    yield Case("its answers without its scripts", plain, answers, len(answers), FEW)


def in_turn(there: Released, cases: Iterator[Case], seconds: float) -> Told:
    """Each for a while, one after the other, some rounds: what else the machine does meets all of them."""
    every, ran = list(cases), defaultdict(list)
    for number, case in itertools.product(range(ROUNDS), every):
        run = wrk.run(there.state, case.server, case.asks, seconds / ROUNDS, case.connections)
        print(f"{number + 1}/{ROUNDS} {case.name}: {run.per_second:,.0f}/s", flush=True)
        ran[case.name].append(run)
    middle = {name: sorted(runs, key=lambda run: run.per_second)[len(runs) // 2] for name, runs in ran.items()}
    return {case.name: middle[case.name].told(case.a_view) for case in every}


def cold(server: Served, asks: list[Ask]) -> Told:
    """Everything for the first time after the start."""
    before = cpu_of(server.pid)
    took, states = once(server.port, asks)
    return {
        "p50_ms": 1000 * percentile(took, 0.5),
        "p99_ms": 1000 * percentile(took, 0.99),
        "cpu_ms": 1000 * (cpu_of(server.pid) - before) / len(asks),
        "not_200": sum(state != 200 for state in states),
    }


def crowds(there: Released, beside: list[Ask], seconds: float) -> Told:
    """Readers who come at a rate, whether or not they can be answered, while an operator works."""
    told: Told = {}
    known = [[ask] for ask in there.pages]
    whole = [[ask, *beside] for ask in there.pages]
    pages = itertools.islice(itertools.cycle(there.pages), round(BURST * seconds))
    unknown = [[Ask(f"{ask.path}?dari={n}", headers=BROWSER)] for n, ask in enumerate(pages)]
    with served(PUBLIC, there.log) as server, served(COMMAND, there.log) as command:
        once(server.port, [*there.every, *beside])
        for path in OPERATOR:
            fetch(command, Ask(path))
        told["nobody"] = come(there.state, server, command, [], 0, seconds)
        for name, views, rate in (
            (f"{VIEWS} views/s", whole, VIEWS),
            (f"{BURST} known pages/s", known, BURST),
            (f"{BURST} pages/s never asked for before", unknown, BURST),
        ):
            told[name] = come(there.state, server, command, views, rate, seconds)
            print(name, told[name], flush=True)
        told["memory_mb after the crowds"] = memory_mb(server)
    return told


def outage(there: Released) -> Told:
    """The application is killed; what does the documented nginx still answer?"""
    with served(PUBLIC, there.log, killed=True) as server, documented(there, server) as front:
        _, states = once(front.port, there.every)
        killed(server)
        known = [ask for ask, state in zip(there.every, states, strict=True) if state == 200]
        _, states = once(front.port, known)
    return {"addresses": len(there.every), "known": len(known), "answered": states.count(200)}


def memory_mb(server: Served) -> float:
    """The most that the process that answers has ever held."""
    child = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()[0]
    return round(peak_mb(int(child)))


@contextmanager
def documented(there: Released, server: Served) -> Iterator[Served]:
    """nginx as the documents have it, before a server."""
    port = free_port()
    with nginx(there.state / "nginx", there.bundle.folder.parents[1], port, server.port) as program:
        yield Served(port, program.pid)


@contextmanager
def static(there: Released, size: int) -> Iterator[Served]:
    """nginx that serves one file of so many bytes, and does nothing else."""
    folder, port = there.state / "static", free_port()
    folder.mkdir()
    (folder / "file").write_bytes(os.urandom(size))
    what = f"sendfile on; tcp_nopush on; access_log off; server {{ listen {HOST}:{port}; root {folder}; }}"
    with started(folder, what) as program:
        yield Served(port, program.pid)


if __name__ == "__main__":
    main()
