"""What a piece of work costs: time, processor time of ourselves and of the database, memory. Needs Linux."""

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from runner.postgres import Cluster
from runner.state import state_dir

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """Processor seconds of a process and of all its children, those that have ended too.

    A child that ends meanwhile would be counted twice or not at all: it is then counted again.
    """
    while True:
        own, ended = _ticks(pid)
        children = sum(cpu_of(int(child)) for child in _read(Path(f"/proc/{pid}/task/{pid}/children")).split())
        if _ticks(pid)[1] == ended:
            return (own + ended) / TICKS_PER_S + children


def ran_ms(pid: int) -> float:
    """Milliseconds of the processor that a process has had by itself: finer than its ticks."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def _ticks(pid: int) -> tuple[int, int]:
    """Of the process itself, and of its children that have ended; user and system."""
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))


def _read(file: Path) -> str:
    """Nothing of a process that has ended since it was listed: its parent now counts it."""
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def database_cpu() -> float:
    """Processor seconds of the embedded PostgreSQL so far, its background work included."""
    pid = Cluster(state_dir() / "postgres").postmaster.pid()
    if pid is None:
        raise RuntimeError("the embedded PostgreSQL does not run")
    return cpu_of(pid)


def report(work: Callable[[], dict[str, Any]]) -> None:
    """Do a piece of work in this process, and print what it cost and what it returned as one line of JSON.

    Seconds of wall clock and processor; the peak of memory in MB is that of the whole process, libraries included.
    """
    wall, ours, theirs = time.perf_counter(), time.process_time(), database_cpu()
    result = work()
    cost = {
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - ours,
        "database_cpu_s": database_cpu() - theirs,
        "peak_mb": peak_mb(),
    }
    print(json.dumps(cost | result))


def peak_mb(pid: int | str = "self") -> float:
    """The most memory that a process ever held; ``getrusage`` would also count its parent's before it began."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def pss_mb(pid: int) -> float:
    """Memory of a process and all its children: what several processes share is counted in parts (proportional set)."""
    lines = _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    own = sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    children = _read(Path(f"/proc/{pid}/task/{pid}/children")).split()
    return own + sum(pss_mb(int(child)) for child in children)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(values)[max(0, round(share * len(values)) - 1)]
