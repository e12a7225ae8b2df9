"""What aid is measured by: households of the social register (DTSEN) by decile, and need as agencies count it."""

import numpy as np
import polars as pl

from simulator import seasons
from simulator.dataset import Dataset, Past
from simulator.dirt import Habit

DECILES = np.arange(1, 11)
WITHOUT = np.array([0.25, 0.35, 0.6, 1.1, 2.5, 6, 14, 20, 30, 40])  # households without aid for each with it
BESIDE = 0.4  # households of a decile in a ward where nobody of it is aided, on average
MONTHS = 6
JOBS_LOST = 0.4  # workers in a month for each household that is aided


def _first_of_month(past: Past) -> np.datetime64:
    return seasons.days_until(past.now, past.scenery.plan.utc_hours, 1)[0].astype("datetime64[M]")


def _issued(past: Past, day: np.datetime64) -> pl.Expr:
    """The morning of a day, or now when that is earlier."""
    morning = day.astype("datetime64[us]") + np.timedelta64(1, "h")
    return pl.lit(min(morning.item(), past.now.replace(tzinfo=None))).cast(pl.Datetime("us"))


def _aided(past: Past) -> pl.DataFrame:
    """Households on the lists of aid, by ward and decile."""
    homes = past["bansos_grants"].group_by("kk").agg(pl.col("area_code").min(), pl.col("decile").min())
    return homes.group_by("area_code", "decile").agg(aided=pl.len())


def _register(past: Past) -> pl.DataFrame:
    """The extract of this quarter: everyone who is aided is in it, and more who are not."""
    rng, codes = past.chance("dtsen"), past.scenery.places.codes
    every = pl.DataFrame({"area_code": codes}).join(pl.DataFrame({"decile": DECILES}), how="cross")
    known = every.join(_aided(past), on=["area_code", "decile"], how="left", maintain_order="left")
    aided = known["aided"].fill_null(0).to_numpy()
    others = rng.poisson(np.maximum(aided, BESIDE) * WITHOUT[known["decile"].to_numpy() - 1])
    quarter = (_first_of_month(past).astype(np.int64) // 3 * 3).astype("datetime64[M]").astype("datetime64[D]")
    rows = known.select("area_code", "decile", households=pl.Series(aided + others))
    return rows.with_columns(
        counted_on=pl.lit(quarter.item()),
        updated_at=_issued(past, quarter),
        _earlier_at=pl.lit(None, pl.Datetime("us")),
    )


def _need(past: Past) -> pl.DataFrame:
    """Poor households follow who is aided, not everywhere alike; jobs are lost where people live."""
    rng, places = past.chance("need"), past.scenery.places
    homes = past["bansos_grants"].group_by("area_code").agg(homes=pl.col("kk").n_unique())
    wards = pl.DataFrame({"area_code": places.codes}).join(homes, on="area_code", how="left", maintain_order="left")
    there = wards["homes"].fill_null(0).to_numpy()
    poor = np.round((there + 1) * rng.lognormal(0, 0.35, len(there)))
    jobs = JOBS_LOST * there.sum() * places.weights
    last = _first_of_month(past)
    months = [last - np.timedelta64(back, "M") for back in reversed(range(1, MONTHS + 1))]
    return pl.concat([_month(past, month, poor, jobs, rng) for month in months])


def _month(
    past: Past, month: np.datetime64, poor: seasons.Floats, jobs: seasons.Floats, rng: np.random.Generator
) -> pl.DataFrame:
    moved = np.maximum(poor + rng.integers(-1, 2, len(poor)), 0).astype(np.int64)
    rows = pl.DataFrame(
        {"area_code": past.scenery.places.codes, "poor_households": moved, "jobs_lost": rng.poisson(jobs)}
    )
    issued = (month + np.timedelta64(1, "M")).astype("datetime64[D]")
    return rows.with_columns(period=pl.lit(month.astype("datetime64[D]").item()), updated_at=_issued(past, issued))


DATASETS = (
    Dataset(
        "eligible_households",
        ("counted_on", "area_code", "decile"),
        _register,
        Habit("area_code", {"decile": pl.col("decile") + 100}, stale=False),
    ),
    Dataset(
        "household_need",
        ("period", "area_code"),
        _need,
        Habit("area_code", {"period": pl.col("period").dt.offset_by("-100y")}, stale=False),
    ),
)
