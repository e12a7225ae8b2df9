"""How soon does a page open after ``make run``? Everything of one machine, the first time and again; and what it loads.

A small simulated world is made beforehand, so that the first start is that of a machine whose outside world exists. A
start ends when ``/healthz`` of the command center answers; everything else starts beside it meanwhile.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.common import results
from bench.common.meter import cpu_of
from bench.common.results import Goal
from bench.common.state import temporary_state
from bench.common.web import HOST, ROOT
from bench.common.world import make
from tests.world import free_port

ROUNDS, WITHIN_S = 5, 900
LOADED = "Muatan pertama"  # what the runner says when the first load is over
SEEN = {"healthz": "/healthz", "readyz": "/readyz", "public": "/healthz"}
PARTS = ("dash", "dashboard.command", "dashboard.public", "etl.upgrade", "dashboard.__main__", "runner.__main__")
IMPORT = """
import importlib, json, sys, time
def pss():
    return next(int(line.split()[1]) for line in open("/proc/self/smaps_rollup") if line.startswith("Pss:")) / 1024
empty = pss(); importlib.import_module(sys.argv[1])
print(json.dumps({"cpu_ms": 1000 * time.process_time(), "pss_mb": pss() - empty, "modules": len(sys.modules)}))
"""
Told = dict[str, Any]


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m bench.startup")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    said = parser.parse_args()
    with temporary_state() as state:
        make(state)
        first = start(state, LOADED)
        again = [start(state) for _ in range(said.rounds)]
    parts = {name: imported(name, said.rounds) for name in PARTS}
    tell(first, again, parts)


def start(state: Path, *more: str) -> Told:
    """Seconds from the start of everything until each answers; stopped again afterwards."""
    with running(state) as up:
        seen: Told = {}
        while missing := {*SEEN, *more} - seen.keys():
            for name in filter(up.has, missing):
                seen[name] = time.monotonic() - up.began
                seen |= {"cpu_s": cpu_of(up.program.pid)} if name == "healthz" else {}
            if up.program.poll() is not None or time.monotonic() - up.began > WITHIN_S:
                raise RuntimeError(up.log.read_text()[-3000:])
            time.sleep(0.02)
        return seen


@dataclass(frozen=True)
class Up:
    """``runner up``, its log, where its sites listen, and when it began."""

    log: Path
    ports: dict[str, int]
    program: "subprocess.Popen[bytes]"
    began: float

    def has(self, name: str) -> bool:
        """Whether a site answers, or the first load is over."""
        if name == LOADED:
            return f"✓ {LOADED}" in self.log.read_text()
        return _answers(self.ports[name], SEEN[name])


@contextmanager
def running(state: Path) -> Iterator[Up]:
    """Everything of one machine, stopped at the end."""
    command, public = free_port(), free_port()
    environment = os.environ | {"PORT": str(command), "PUBLIC_PORT": str(public)}
    log, line = state / "up.log", [sys.executable, "-m", "runner", "up"]
    with log.open("wb") as out:
        began = time.monotonic()
        program = subprocess.Popen(line, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            yield Up(log, {"healthz": command, "readyz": command, "public": public}, program, began)
        finally:
            program.send_signal(signal.SIGINT)
            program.wait()


def _answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def imported(name: str, rounds: int) -> dict[str, float]:
    """What importing one module costs a new process: processor, memory that it alone holds, number of modules."""
    line = [sys.executable, "-c", IMPORT, name]
    runs = [json.loads(subprocess.run(line, cwd=ROOT, capture_output=True, check=True).stdout) for _ in range(rounds)]
    return {what: statistics.median(run[what] for run in runs) for what in runs[0]}


def tell(first: Told, again: list[Told], parts: dict[str, dict[str, float]]) -> None:
    """Print the tables, keep the figures."""
    warm = {name: statistics.median(one[name] for one in again) for name in (*SEEN, "cpu_s")}
    rows = [(name, f"{first[name]:.1f} s", f"{warm[name]:.1f} s") for name in warm]
    results.show(f"From runner up until it answers, median of {len(again)}", ("", "first", "warm"), rows)
    costs = [(name, *(f"{value:,.0f}" for value in one.values())) for name, one in parts.items()]
    results.show("What importing costs", ("", "CPU ms", "PSS MB", "modules"), costs)
    goals = [Goal("warm start until /healthz, s", 5, warm["healthz"], at_most=True)]
    dash, ours = parts["dash"]["cpu_ms"], parts["dashboard.command"]["cpu_ms"]
    figure = (
        f"startup: warm {warm['healthz']:.1f} s to /healthz (slowest of {len(again)}: "
        f"{max(one['healthz'] for one in again):.1f} s, {warm['cpu_s']:.1f} CPU-s of everything), first "
        f"{first['healthz']:.1f} s; importing the command center {ours:,.0f} CPU-ms, {ours / dash:.1f}× Dash alone"
    )
    told = {"first": first, "warm": warm, "imports": parts}
    results.keep("startup", figure, told, goals)


if __name__ == "__main__":
    main()
