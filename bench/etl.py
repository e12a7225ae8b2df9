"""How fast is loading? A million dirty order lines through the real line, beside what else could be done with them.

Each way runs in a process of its own, into a database of its own, round by round in turn; medians are compared.
Into the warehouse's own table with its key and indexes (like for like), and into a bare one as a script would.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.common import by_copy, peers, results
from bench.common.orders import Bench, Dirty, dirty_orders, drop, open_bench
from bench.common.results import Goal
from bench.common.state import fresh_database, temporary_state
from etl.migrate import bring_up

ROWS, ROUNDS = 1_000_000, 3
PART = 4  # the file of which memory is compared is so much smaller
ROOT = Path(__file__).resolve().parent.parent
TABLE = "marketplace_orders"
Measured = dict[str, Any]
Said = tuple[str, Measured]
WAYS = {
    "pantau": "Pantau: check, quarantine, history, ledger, version",
    "same": "Pantau: the same file again",
    "again": "Pantau: the same rows again, shuffled",
    "poll": "Pantau: a poll that finds nothing new",
    "pandas": "pandas, pandera, to_sql: warehouse table",
    "pandas_bare": "pandas, pandera, to_sql: bare table",
    "polars": "polars, ADBC, no checks: warehouse table",
    "polars_bare": "polars, ADBC, no checks: bare table, all lines",
    "copy": "COPY of clean rows: warehouse table",
}


def main() -> None:
    """Measure, print, keep."""
    asked = _asked()
    libraries = peers.installed()
    orders = dirty_orders(asked.rows)
    with temporary_state() as state:
        bench = open_bench(state / "bench")
        rounds = [dict(_round(bench, orders, state, libraries)) for _ in range(asked.rounds)]
        part = _part(bench, asked.rows // PART)
    for one in rounds:
        _expect(orders, one)
    medians = {way: _median([one[way] for one in rounds]) for way in WAYS}
    goals = _goals(medians, part)
    rows = [_row(way, medians[way], asked.rows) for way in WAYS]
    results.show(f"{asked.rows:,} lines, median of {asked.rounds}", HEADS, rows)
    kept = {"rows": asked.rows, "rounds": asked.rounds, "ways": medians, "part": part}
    results.keep("etl", _figure(medians, goals, asked.rows), kept, goals)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.etl")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    return parser.parse_args()


def _round(bench: Bench, orders: Dirty, state: Path, libraries: Path) -> Iterator[Said]:
    clean, folder = state / "clean", str(bench.cities.parent)
    _only(bench, orders)
    with fresh_database():
        bring_up()
        yield from _ours(bench, orders, folder)
        by_copy.save(clean)
    _only(bench, orders)
    for way in ("pandas", "polars"):
        with fresh_database():
            bring_up()
            yield _measure(way, way, folder, TABLE, libraries=libraries)
        with fresh_database():
            yield _measure(f"{way}_bare", way, folder, libraries=libraries)
    with fresh_database():
        bring_up()
        yield _measure("copy", "copy", str(clean))


def _only(bench: Bench, orders: Dirty) -> None:
    """One file in the folder."""
    for file in bench.files.iterdir():
        file.unlink()
    drop(orders.lines, bench.files / "1.csv")


def _ours(bench: Bench, orders: Dirty, folder: str) -> Iterator[Said]:
    yield _measure("pantau", "pantau", folder)
    drop(orders.lines, bench.files / "2.csv")
    yield _measure("same", "pantau", folder)
    drop(orders.lines.sample(fraction=1, shuffle=True, seed=1), bench.files / "3.csv")
    yield _measure("again", "pantau", folder)
    yield _measure("poll", "pantau", folder)


def _part(bench: Bench, rows: int) -> Measured:
    """A smaller file, for its memory alone."""
    _only(bench, dirty_orders(rows))
    with fresh_database():
        bring_up()
        return _measure("part", "pantau", str(bench.cities.parent))[1]


def _measure(name: str, way: str, *arguments: str, libraries: Path | None = None) -> Said:
    command = [sys.executable, "-m", f"bench.common.by_{way}", *arguments]
    surroundings = os.environ | ({"PYTHONPATH": str(libraries)} if libraries else {})
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    measured = dict(json.loads(done.stdout))
    print(f"▶ {name}: {measured['wall_s']:.1f} s", flush=True)
    return name, measured


def _expect(orders: Dirty, one: dict[str, Measured]) -> None:
    """No figure for wrong work: every way ends with the same rows, and loading them again changes nothing.

    A duplicate is superseded within its batch and unchanged after it.
    """
    first = one["pantau"]
    became = (first["loaded"], first["superseded"] + first["unchanged"], first["quarantined"])
    loaded = {way: one[way]["loaded"] for way in WAYS}
    wanted = dict.fromkeys(WAYS, orders.good)
    wanted |= {"same": 0, "again": 0, "poll": 0, "polars_bare": orders.lines.height}
    if became != (orders.good, orders.duplicates, orders.bad) or loaded != wanted:
        raise RuntimeError(f"not the same work: {became}, {loaded}, wanted {wanted}")


def _median(rounds: list[Measured]) -> Measured:
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


HEADS = ("", "s", "CPU-s", "of it database", "rows/s", "rows per CPU-s", "peak MB")


def _row(way: str, one: Measured, rows: int) -> tuple[str, ...]:
    rates = ("", "") if way == "poll" else (f"{rows / one['wall_s']:,.0f}", f"{rows / _cpu(one):,.0f}")
    seconds = (f"{one['wall_s']:.2f}", f"{_cpu(one):.2f}", f"{one['database_cpu_s']:.2f}")
    return (WAYS[way], *seconds, *rates, f"{one['peak_mb']:.0f}")


def _cpu(one: Measured) -> float:
    return float(one["cpu_s"] + one["database_cpu_s"])


def _goals(medians: dict[str, Measured], part: Measured) -> list[Goal]:
    """Speeds are rows/s over rows/s: the other's time over ours."""
    took = {way: one["wall_s"] for way, one in medians.items()}
    return [
        Goal("speed, of pandas + pandera + to_sql", 2, took["pandas"] / took["pantau"]),
        Goal("speed, of polars + ADBC without checks", 0.5, took["polars"] / took["pantau"]),
        Goal("speed of the same file again, of the first load", 1, took["pantau"] / took["same"]),
        Goal("speed of the same rows shuffled, of the first load", 1, took["pantau"] / took["again"]),
        Goal(
            f"memory, of that for a file of a {PART}th",
            1.25,
            medians["pantau"]["peak_mb"] / part["peak_mb"],
            at_most=True,
        ),
    ]


def _figure(medians: dict[str, Measured], goals: list[Goal], rows: int) -> str:
    pantau = medians["pantau"]
    beside = {way: medians[way]["wall_s"] / pantau["wall_s"] for way in WAYS}
    per_cpu = {way: _cpu(medians[way]) / _cpu(pantau) for way in WAYS}
    return (
        f"etl: {rows / pantau['wall_s']:,.0f} rows/s, {pantau['peak_mb']:.0f} MB; into the same table "
        f"{beside['pandas']:.1f}× pandas + pandera ({per_cpu['pandas']:.1f}× by CPU), "
        f"{beside['polars']:.2f}× polars + ADBC without checks ({per_cpu['polars']:.2f}×), "
        f"{beside['copy']:.2f}× a plain COPY ({per_cpu['copy']:.2f}×); beside bare tables {beside['pandas_bare']:.1f}× "
        f"and {beside['polars_bare']:.2f}×; again {1 / beside['same']:.1f}×, shuffled {1 / beside['again']:.1f}×; "
        f"{sum(goal.met for goal in goals)} of {len(goals)} goals met"
    )


if __name__ == "__main__":
    main()
