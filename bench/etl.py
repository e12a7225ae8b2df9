"""How fast is loading? 200,000 dirty order lines through the real line, beside pandas and beside a plain COPY.

Each way runs in a process of its own, into a database of its own, several rounds in turn; medians are compared.
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.common import by_copy, results
from bench.common.orders import Bench, Dirty, dirty_orders, drop, open_bench
from bench.common.state import fresh_database, temporary_state
from etl.migrate import bring_up

ROWS, ROUNDS = 200_000, 3
ROOT = Path(__file__).resolve().parent.parent
Measured = dict[str, Any]
WAYS = {
    "pantau": "Pantau: check, quarantine, history, ledger, version",
    "again": "Pantau: the same rows again, shuffled, in a new file",
    "poll": "Pantau: a poll that finds nothing new",
    "pandas": "pandas: read_csv, same cleaning, to_sql",
    "copy": "COPY of rows that are clean already",
}


def main() -> None:
    """Measure, print, keep."""
    orders = dirty_orders(ROWS)
    with temporary_state() as state:
        bench = open_bench(state / "bench")
        rounds = [_round(bench, orders, state) for _ in range(ROUNDS)]
    medians = {way: _median([one[way] for one in rounds]) for way in WAYS}
    results.show(f"{ROWS:,} lines, median of {ROUNDS}", HEADS, [_row(way, medians) for way in WAYS])
    results.keep("etl", _figure(medians), {"rows": ROWS, "ways": medians})


def _round(bench: Bench, orders: Dirty, state: Path) -> dict[str, Measured]:
    clean, folder = state / "clean", str(bench.cities.parent)
    for file in bench.files.iterdir():
        file.unlink()
    drop(orders.lines, bench.files / "1.csv")
    with fresh_database():
        pandas = _measure("pandas", folder)
    with fresh_database():
        bring_up()
        pantau = _measure("pantau", folder)
        drop(orders.lines.sample(fraction=1, shuffle=True, seed=1), bench.files / "2.csv")
        again, poll = _measure("pantau", folder), _measure("pantau", folder)
        by_copy.save(clean)
    with fresh_database():
        bring_up()
        copy = _measure("copy", str(clean))
    _expect(orders, pantau, again, pandas, copy)
    return {"pantau": pantau, "again": again, "poll": poll, "pandas": pandas, "copy": copy}


def _measure(way: str, argument: str) -> Measured:
    command = [sys.executable, "-m", f"bench.common.by_{way}", argument]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return dict(json.loads(done.stdout))


def _expect(orders: Dirty, pantau: Measured, again: Measured, pandas: Measured, copy: Measured) -> None:
    """No figure for wrong work: every way ends with the same rows, and loading them again changes nothing."""
    became = {name: pantau[name] for name in ("loaded", "superseded", "quarantined")}
    wanted = {"loaded": orders.good, "superseded": orders.duplicates, "quarantined": orders.bad}
    if became != wanted or again["loaded"] or (pandas["loaded"], copy["loaded"]) != (orders.good, orders.good):
        raise RuntimeError(f"not the same work: {became}, {again}, {pandas}, {copy}, wanted {wanted}")


def _median(rounds: list[Measured]) -> Measured:
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


HEADS = ("", "s", "CPU-s", "of it database", "rows/s", "rows per CPU-s", "peak MB")


def _row(way: str, medians: dict[str, Measured]) -> tuple[str, ...]:
    one = medians[way]
    rates = ("", "") if way == "poll" else (f"{ROWS / one['wall_s']:,.0f}", f"{ROWS / _cpu(one):,.0f}")
    seconds = (f"{one['wall_s']:.2f}", f"{_cpu(one):.2f}", f"{one['database_cpu_s']:.2f}")
    return (WAYS[way], *seconds, *rates, f"{one['peak_mb']:.0f}")


def _cpu(one: Measured) -> float:
    return float(one["cpu_s"] + one["database_cpu_s"])


def _figure(medians: dict[str, Measured]) -> str:
    pantau, pandas, copy = medians["pantau"], medians["pandas"], medians["copy"]
    return (
        f"etl: {ROWS / pantau['wall_s']:,.0f} rows/s; {pandas['wall_s'] / pantau['wall_s']:.1f}× as fast as pandas "
        f"({_cpu(pandas) / _cpu(pantau):.1f}× by CPU, {pantau['peak_mb'] / pandas['peak_mb']:.1f}× the memory), "
        f"{pantau['wall_s'] / copy['wall_s']:.1f}× the time of a plain COPY; "
        f"the same rows again: {ROWS / medians['again']['wall_s']:,.0f} rows/s, 0 changed"
    )


if __name__ == "__main__":
    main()
