"""What does one more 112 call cost, when ten thousand are stored, a million, ten million?

Calls of three years are written into a warehouse of their own; then single calls come in through the real load, each
new, and then corrected: history, rollups, ledger, version, all of it. Compared is the processor's time, our own and the
database's, which tells the same on a busy machine.
"""

import argparse
import datetime as dt
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
import sqlalchemy as sa

from bench.common import results
from bench.common.many import CALLS, SEED, Size, pour, shaped
from bench.common.meter import ran_ms
from bench.common.results import Goal
from bench.common.state import fresh_database, temporary_state
from etl import rollups
from etl.access import Csv
from etl.catalogue import contract
from etl.load import Counts, load
from etl.migrate import bring_up
from etl.planner import analyze
from etl.readers.delivery import Delivery, refused_frame
from etl.sift import BAD, Sifted
from etl.source import Source
from etl.text import Text
from etl.warehouse import TABLES, Role, engine
from simulator import calls
from simulator.plans import PLANS
from simulator.scenery import Options, Scenery, sceneries

SIZES = (10_000, 1_000_000, 10_000_000)
TIMES, WARM = 200, 20
FLAT = 1.25  # so much dearer at most than with the fewest rows
SOURCE = Source(
    dataset=CALLS, app="", title=Text("", ""), owner="", licence="", cadence_s=1, promise_s=60, reader=Csv(path="."),
    columns={}, city="samarinda", name="satu",
)  # fmt: skip
HEADS = ("calls stored", "new: wall", "our CPU", "database CPU", "correction: wall", "our CPU", "database CPU")


@dataclass(frozen=True)
class Cost:
    """Milliseconds of one load: until it was committed, of our own processor, of the database's."""

    wall: float
    own: float
    database: float


Costs = tuple[list[Cost], list[Cost]]


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m bench.one_more")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--times", type=int, default=TIMES)
    said = parser.parse_args()
    measured = {}
    with temporary_state():
        for rows in said.sizes:
            with fresh_database():
                bring_up()
                stored = _store(rows)
                measured[stored] = _costs(said.times)
    _tell(measured)


def _scenery() -> Scenery:
    return sceneries(Options(SEED, None, 1.0, _now()))[0]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def _store(rows: int) -> int:
    """Write about so many calls of one city; how many there are."""
    pour(_scenery(), Size(0, rows, 0), _now(), [CALLS])
    analyze(CALLS, rollups.tables(CALLS))
    with engine(Role.OWNER).connect() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(TABLES[CALLS])) or 0)


def _costs(times: int) -> Costs:
    """What each load cost: of calls that are new, and of the same ones when something has changed."""
    new, again = [], []
    for number, (first, later) in enumerate(_calls(times + WARM)):
        both = [_load(first), _load(later)]
        if number >= WARM:
            new.append(both[0])
            again.append(both[1])
    return new, again


def _calls(times: int) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Calls of the last hour as they were when they came, and a little later."""
    scenery, now, rng = _scenery(), _now(), np.random.default_rng(SEED)
    at = int(now.timestamp()) + scenery.plan.utc_hours * 3600 - 3_600
    for number in range(times):
        one = np.array([f"{scenery.plan.prefix}-X{number:06d}"])
        whole = calls.draw_calls(scenery.plan, scenery.places, scenery.spots, one, np.array([at + number]), rng)
        came = dt.datetime.fromtimestamp(at + number - scenery.plan.utc_hours * 3600, dt.UTC)
        yield calls.as_known(whole, came), calls.as_known(whole, came + dt.timedelta(hours=1))


def _load(call: pl.DataFrame) -> Cost:
    """One delivery of one row."""
    of = contract(CALLS)
    good = shaped(call, of).select(pl.lit(2, pl.Int64).alias("_row"), *(column.name for column in of.columns))
    delivery = Delivery("satu.json", good.select("_row"), {}, _now(), refused_frame())
    sifted = Sifted(good, pl.DataFrame(schema=BAD), 0, good.select(of.key).clear())
    with engine(Role.ETL).connect() as connection:
        pid = int(connection.scalar(sa.select(sa.func.pg_backend_pid())) or 0)
        connection.rollback()
        began, own, beside = time.perf_counter(), time.process_time(), ran_ms(pid)
        with connection.begin():
            counts = load(connection, of, SOURCE, PLANS[0].code, delivery, sifted)
        wall, cpu = time.perf_counter() - began, time.process_time() - own
        told = Cost(1000 * wall, 1000 * cpu, ran_ms(pid) - beside)
    if counts != Counts(received=1, loaded=1):
        raise RuntimeError(f"not loaded: {counts}")
    return told


def _tell(measured: dict[int, Costs]) -> None:
    rows = [(f"{stored:,}", *_row(new), *_row(again)) for stored, (new, again) in measured.items()]
    results.show("One call at a time, medians in ms", HEADS, rows)
    cpu = {stored: statistics.median(one.own + one.database for one in new) for stored, (new, _) in measured.items()}
    ratio = cpu[max(cpu)] / cpu[min(cpu)]
    goal = Goal(f"processor, a call at {max(cpu):,} stored, times that at {min(cpu):,}", FLAT, ratio, at_most=True)
    listed = ", ".join(f"{cpu[stored]:.1f} CPU-ms at {stored:,}" for stored in sorted(cpu))
    kept = {"cpu_ms": {str(stored): round(ms, 2) for stored, ms in cpu.items()}}
    kept |= {
        "wall_ms": {
            str(stored): round(statistics.median(c.wall for c in new), 1) for stored, (new, _) in measured.items()
        }
    }
    results.keep("one_more", f"one_more: one more 112 call costs {listed} stored ({ratio:.2f}×)", kept, [goal])


def _row(costs: list[Cost]) -> list[str]:
    return [f"{statistics.median(getattr(one, name) for one in costs):.1f}" for name in ("wall", "own", "database")]


if __name__ == "__main__":
    main()
