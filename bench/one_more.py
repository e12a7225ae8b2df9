"""What does one more 112 call cost, when ten thousand are stored, a million, ten million?

Calls of three years are written into a warehouse of their own; then single calls come in through the real load, each
new, and then corrected: history, rollups, ledger, version, all of it. Medians of many, with what they cost the
processor of the database.
"""

import argparse
import datetime as dt
import statistics
import time
from collections.abc import Iterator

import numpy as np
import polars as pl
import sqlalchemy as sa

from bench.common import results
from bench.common.many import CALLS, SEED, Size, pour, shaped
from bench.common.meter import percentile
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
HEADS = ("calls stored", "new call, p50 ms", "p95", "correction, p50 ms", "p95")
Waits = tuple[list[float], list[float]]


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
                measured[stored] = _waits(said.times)
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


def _waits(times: int) -> Waits:
    """Milliseconds of each load: of calls that are new, and of the same ones when something has changed."""
    new, again = [], []
    for number, (first, later) in enumerate(_calls(times + WARM)):
        waits = [_load(first), _load(later)]
        if number >= WARM:
            new.append(waits[0])
            again.append(waits[1])
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


def _load(call: pl.DataFrame) -> float:
    """Milliseconds of one delivery of one row."""
    of = contract(CALLS)
    good = shaped(call, of).select(pl.lit(2, pl.Int64).alias("_row"), *(column.name for column in of.columns))
    delivery = Delivery("satu.json", good.select("_row"), {}, _now(), refused_frame())
    sifted = Sifted(good, pl.DataFrame(schema=BAD), 0, good.select(of.key).clear())
    began = time.perf_counter()
    with engine(Role.ETL).begin() as connection:
        counts = load(connection, of, SOURCE, PLANS[0].code, delivery, sifted)
    if counts != Counts(received=1, loaded=1):
        raise RuntimeError(f"not loaded: {counts}")
    return 1000 * (time.perf_counter() - began)


def _tell(measured: dict[int, Waits]) -> None:
    rows = [
        (
            f"{stored:,}",
            *(f"{part:.1f}" for waits in both for part in (percentile(waits, 0.5), percentile(waits, 0.95))),
        )
        for stored, both in measured.items()
    ]
    results.show("One call at a time", HEADS, rows)
    medians = {stored: statistics.median(new) for stored, (new, _) in measured.items()}
    fewest, most = min(medians), max(medians)
    ratio = medians[most] / medians[fewest]
    goal = Goal(f"a call at {most:,} stored, times that at {fewest:,}", FLAT, ratio, at_most=True)
    results.show_goals([goal])
    listed = ", ".join(f"{medians[stored]:.1f} ms at {stored:,}" for stored in sorted(medians))
    kept = {"medians_ms": {str(stored): round(ms, 2) for stored, ms in medians.items()}, "goals": [goal.told()]}
    results.keep("one_more", f"one_more: one more 112 call costs {listed} stored ({ratio:.2f}×)", kept)


if __name__ == "__main__":
    main()
