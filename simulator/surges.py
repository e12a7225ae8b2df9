"""Days on which far more happens in one district than is usual there: planted for the detector to find.

No row is added and nothing is drawn anew: rows of the same district are moved to the day from others, whole courses
with all their moments, so that nothing else of the world changes.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from simulator import calls
from simulator.dataset import Past
from simulator.scenery import Scenery
from simulator.seasons import Floats

KECAMATAN = 8  # characters of its code
DAYS_AGO = {"emergency_calls": (3,), "service_requests": (9, 8)}  # a spike; two days that follow each other
REQUESTS = 140  # a day, at full volume
FEWEST = 25  # rows of a district, below which nothing is planted there
SPREADS = 14.0  # so many standard deviations of a day, and at least so many times what is usual
TIMES = 2.0
PART = 0.5  # of what a district has at most


@dataclass(frozen=True)
class Surge:
    """Rows of one dataset that came together on one day of one district."""

    dataset: str
    area: str
    day: dt.date

    def told(self) -> dict[str, str]:
        """As the store of the truth keeps it."""
        return {"dataset": self.dataset, "area": self.area, "day": self.day.isoformat()}


def planned(scenery: Scenery, now: dt.datetime) -> list[Surge]:
    """What is planted in a city, each in the district that has most of it."""
    plan, today = scenery.plan, (now + dt.timedelta(hours=scenery.plan.utc_hours)).date()
    a_day = {
        "emergency_calls": plan.calls * calls.SHARES[3] * scenery.spots,
        "service_requests": REQUESTS * plan.scale * scenery.places.weights,
    }
    found = []
    for dataset, days in DAYS_AGO.items():
        area, rows = _largest(scenery, a_day[dataset])
        if rows * plan.days >= FEWEST:
            found += [Surge(dataset, area, today - dt.timedelta(days=ago)) for ago in days]
    return found


def _largest(scenery: Scenery, weights: Floats) -> tuple[str, float]:
    codes = np.array([str(code)[:KECAMATAN] for code in scenery.places.codes])
    found, place = np.unique(codes, return_inverse=True)
    sums = np.bincount(place, weights)
    return str(found[sums.argmax()]), float(sums.max())


def added(past: Past, dataset: str, frame: pl.DataFrame, begins: str, counts: pl.Expr) -> pl.DataFrame:
    """The rows with what is planted; ``counts`` says which can be moved, ``begins`` names when they happen."""
    surges = [one for one in planned(past.scenery, past.now) if one.dataset == dataset]
    if not surges:
        return frame
    hours = 0 if frame.schema[begins] == pl.Date else past.scenery.plan.utc_hours
    day = (pl.col(begins).cast(pl.Datetime("us")) + dt.timedelta(hours=hours)).cast(pl.Date)
    rows = frame.select(_day=day, _area=pl.col("area_code"), _counts=counts).with_row_index("_row")
    to = np.full(frame.height, np.datetime64("NaT"), dtype="datetime64[D]")
    chance = past.chance(f"surges of {dataset}")
    for one in surges:
        mine = rows.filter(
            pl.col("_counts") & pl.col("_area").str.starts_with(one.area), pl.col("_day") < surges[0].day
        )
        free = mine.filter(pl.Series(np.isnat(to))[mine["_row"]])
        chosen = chance.choice(free["_row"].to_numpy(), _size(mine, surges), replace=False)
        to[chosen] = np.datetime64(one.day)
    return _moved(frame, pl.Series(to), rows["_day"]).sort(begins, maintain_order=True)


def _size(mine: pl.DataFrame, surges: list[Surge]) -> int:
    """How many rows are moved to one day, of those that a district has."""
    if mine.is_empty():
        return 0
    first = mine.select(pl.col("_day").min()).item()
    usual = mine.height / max((surges[0].day - first).days, 1)
    wanted = round(max(SPREADS * np.sqrt(usual), TIMES * usual)) + 1
    return min(wanted, int(PART * mine.height / len(surges)))


def _moved(frame: pl.DataFrame, to: pl.Series, day: pl.Series) -> pl.DataFrame:
    """All moments of a row, later by as many days as the row is moved."""
    ahead = pl.when(to.is_not_null()).then(to - day).otherwise(dt.timedelta(0))
    moments = [name for name, kind in frame.schema.items() if kind in (pl.Date, pl.Datetime("us"))]
    return frame.with_columns((pl.col(name) + ahead).cast(frame.schema[name]).alias(name) for name in moments)
