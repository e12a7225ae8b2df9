"""Digital service in ten wards and one district of Samarinda: Rp 8 billion in 2023, as published.

How much of it each place and item got is not published: the parts are drawn, their sum is not. Nor is the day on which
each site began: they are drawn from the middle of the days that this world has requests for services of.
"""

import datetime as dt

import numpy as np
import polars as pl

from simulator.dataset import Dataset, Past
from simulator.datasets import santer
from simulator.dirt import Habit

YEAR, TOTAL, STEP = 2023, 8_000_000_000, 500_000
DISTRICT = "Samarinda Seberang"
WARDS = (
    "Handil Bakti",
    "Sungai Keledang",
    "Sengkotek",
    "Sidodadi",
    "Loa Bakung",
    "Sempaja Selatan",
    "Sidomulyo",
    "Gunung Lingai",
    "Sambutan",
    "Pelabuhan",
)
ITEMS = ("interior", "furniture", "computers", "applications")
WEIGHTS = np.array([0.38, 0.2, 0.27, 0.15])


def _history(past: Past) -> pl.DataFrame:
    """This month's report, and last month's before it."""
    rng, gazetteer = past.chance("sites"), past.scenery.places.gazetteer
    whole = gazetteer.filter(pl.col("kelurahan").is_null() & (pl.col("kecamatan") == DISTRICT))
    sites = pl.concat([whole, gazetteer.filter(pl.col("kelurahan").is_in(WARDS))])["area_code"].to_list()
    parts = np.outer(rng.uniform(0.8, 1.2, len(sites)), WEIGHTS).ravel()
    budget = (np.floor(parts / parts.sum() * TOTAL / STEP) * STEP).astype(np.int64)
    budget[0] += TOTAL - budget.sum()
    progress = np.minimum(np.round(rng.beta(3, 1.2, len(budget)) * 110), 100).astype(np.int64)
    local = past.now + dt.timedelta(hours=past.scenery.plan.utc_hours)
    first = local.replace(day=1, hour=0, minute=0, second=0, tzinfo=None) - dt.timedelta(
        hours=past.scenery.plan.utc_hours
    )
    return pl.DataFrame(
        {
            "budget_year": np.full(len(budget), YEAR),
            "area_code": np.repeat(sites, len(ITEMS)),
            "item": np.tile(ITEMS, len(sites)),
            "budget": budget,
            "realised": (np.round(budget * progress / 100 * rng.uniform(0.9, 1, len(budget)) / 1000) * 1000).astype(
                np.int64
            ),
            "progress": progress,
            "live_on": np.repeat(_beginnings(past, local.date(), len(sites)), len(ITEMS)),
        }
    ).with_columns(
        reported_on=pl.lit(local.date().replace(day=1)),
        updated_at=pl.lit(first),
        _earlier_at=pl.lit(first - dt.timedelta(days=15)),
    )


def _beginnings(past: Past, today: dt.date, sites: int) -> np.ndarray:
    """Days within a month or so, half of the history ago."""
    days = min(santer.DAYS, past.scenery.plan.days)
    early = past.chance("beginnings").integers(0, max(days // 12, 1), sites)
    return np.datetime64(today, "D") - days // 2 + early.astype("timedelta64[D]")


DATASETS = (
    Dataset(
        "site_budgets",
        ("budget_year", "area_code", "item"),
        _history,
        Habit(
            "area_code",
            {"budget_year": pl.col("budget_year") - 100},
            {
                "progress": pl.col("progress") * 7 // 10,
                "realised": pl.col("realised") // 2_000 * 1_000,
                "live_on": pl.when(pl.col("live_on") < pl.col("reported_on").dt.offset_by("-1mo")).then("live_on"),
                "reported_on": pl.col("reported_on").dt.offset_by("-1mo"),
            },
            stale=False,  # a report is always whole
        ),
    ),
)
