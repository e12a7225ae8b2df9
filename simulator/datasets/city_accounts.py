"""The city's accounts: what agencies spent on goods and services, of which the catalogue and the market are a part."""

import datetime as dt

import numpy as np
import polars as pl

from simulator import seasons
from simulator.dataset import Dataset, Past
from simulator.dirt import Habit

SHARE = (0.18, 0.62)  # of an agency's spending that went to small firms, lowest and highest
ELSEWHERE = 2_500_000.0  # Rp that an agency spends in a month in any case


def _history(past: Past) -> pl.DataFrame:
    """Every month that is over and that the catalogue has lived through; the last one in any case."""
    rng, plan = past.chance("accounts"), past.scenery.plan
    this = seasons.days_until(past.now, plan.utc_hours, 1)[0].astype("datetime64[M]").astype("datetime64[D]").item()
    small = _small(past, plan.utc_hours).filter(pl.col("period") < this)
    last = pl.DataFrame({"period": [(this - dt.timedelta(days=1)).replace(day=1)]})
    months = pl.concat([small.select("period"), last]).unique().sort("period")
    agencies = past.scenery.market.agencies.select("agency_code")
    every = months.join(agencies, how="cross").join(small, on=["period", "agency_code"], how="left")
    every = every.sort("period", "agency_code")
    share = rng.uniform(*SHARE, every.height)
    spent = np.round((every["small"].fill_null(0).to_numpy() / share + ELSEWHERE) / 1_000) * 1_000
    issued = pl.col("period").dt.offset_by("1mo").cast(pl.Datetime("us")).dt.offset_by("1h")
    return every.select("period", "agency_code", goods_services=pl.Series(spent.astype(np.int64)), updated_at=issued)


def _small(past: Past, hours: int) -> pl.DataFrame:
    """What went to small firms by agency and month: packages of the catalogue, orders of agencies at the market."""
    packages = past["catalogue_purchases"].filter("is_umk")
    orders = past["marketplace_orders"].filter(
        pl.col("buyer_type") == "opd", pl.col("status").is_in(["paid", "refunded"])
    )
    local = pl.col("ordered_at").dt.offset_by(f"{hours}h").dt.date()
    parts = (
        packages.select("agency_code", day="purchased_on", amount="value"),
        orders.select("agency_code", day=local, amount="amount"),
    )
    both = pl.concat([part.cast({"amount": pl.Int64}) for part in parts])
    return both.group_by(pl.col("day").dt.truncate("1mo").alias("period"), "agency_code").agg(small=pl.sum("amount"))


DATASETS = (
    Dataset(
        "agency_spending",
        ("period", "agency_code"),
        _history,
        Habit("agency_code", {"period": pl.col("period").dt.offset_by("-100y")}, stale=False),
    ),
)
