"""Campaigns that a city's file declares, planted in the market with an effect that is known: more orders from then on.

Orders of the public in its weeks are made once more, each with the same chance. What that adds to the figure that the
city asks about is put down beside the truth, so that a model can be asked to find it again.
"""

import datetime as dt
import tomllib
from dataclasses import dataclass

import numpy as np
import polars as pl

from simulator.plans import Plan
from simulator.scenery import CITIES

LIFT = 0.6  # of the public's orders
LASTS = 56  # days
FIRST = 56  # days of history before a campaign without which it is not planted
ABOUT = {"gmv": pl.col("amount").sum(), "orders": pl.col("order_id").filter(pl.col("status") == "paid").n_unique()}


@dataclass(frozen=True)
class Campaign:
    """What a campaign added: its lines, and the share (0.1: ten per cent) of the indicator without them."""

    day: dt.date
    indicator: str
    lines: pl.DataFrame
    share: float

    @property
    def key(self) -> str:
        """How the truth names it: indicator, day, per cent that it added."""
        return f"{self.indicator} {self.day} {100 * self.share:+.3f}"


def declared(slug: str) -> list[tuple[dt.date, str]]:
    """The events of a city that are about sales: first day and indicator."""
    city = tomllib.loads((CITIES / slug / "city.toml").read_text(encoding="utf-8"))
    return [(event["date"], event["indicator"]) for event in city.get("events", []) if event["indicator"] in ABOUT]


def planted(plan: Plan, lines: pl.DataFrame, now: dt.datetime, rng: np.random.Generator) -> list[Campaign]:
    """The campaigns of a city that lie within its history."""
    today = (now + dt.timedelta(hours=plan.utc_hours)).date()
    earliest = today - dt.timedelta(days=plan.days - FIRST)
    there = [(day, indicator) for day, indicator in declared(plan.slug) if earliest <= day < today]
    return [_campaign(plan, lines, day, indicator, rng) for day, indicator in there]


def _campaign(plan: Plan, lines: pl.DataFrame, day: dt.date, indicator: str, rng: np.random.Generator) -> Campaign:
    since = dt.datetime.combine(day, dt.time()) - dt.timedelta(hours=plan.utc_hours)
    within = pl.col("ordered_at").is_between(since, since + dt.timedelta(days=LASTS), closed="left")
    after = lines.filter(within, pl.col("status").is_in(["paid", "refunded"]))
    settled = after.filter(
        pl.col("buyer_type") == "public", pl.col("status") == "paid", pl.col("_earlier_at").is_null()
    )
    orders = settled["order_id"].unique(maintain_order=True)
    again = orders.filter(pl.Series(rng.random(len(orders)) < LIFT, dtype=pl.Boolean))
    more = settled.filter(pl.col("order_id").is_in(again.to_list())).with_columns(
        order_id=pl.col("order_id") + f"K{day:%m%d}"
    )
    added, whole = (float(frame.select(ABOUT[indicator]).item() or 0) for frame in (more, after))
    return Campaign(day, indicator, more, added / whole if whole > 0 else 0.0)


def cases(drawn: list[Campaign]) -> pl.DataFrame:
    """How the truth names them."""
    rows = [{"rule": "campaign", "key": one.key} for one in drawn]
    return pl.DataFrame(rows, schema={"rule": pl.String, "key": pl.String})
