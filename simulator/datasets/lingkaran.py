"""Lingkaran: local couriers who bring what was ordered at Behambinan."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from simulator import people
from simulator.dataset import Course, Dataset, Past, Present, Pulse, later, moment
from simulator.dirt import named
from simulator.truth import Event

SHARE = 0.4  # of the paid orders; the others are fetched, or brought by the shop
COURIERS = people.names(np.random.default_rng(11), 140)
COURSE = Course(
    ("assigned_at", "picked_at", "dropped_at", "_cancelled_at"),
    {
        "status": pl.when(pl.col("_cancelled_at").is_not_null())
        .then(pl.lit("cancelled"))
        .when(pl.col("dropped_at").is_not_null())
        .then(pl.lit("delivered"))
        .when(pl.col("picked_at").is_not_null())
        .then(pl.lit("picked"))
        .otherwise(pl.lit("assigned"))
    },
)


def _trips(orders: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """One trip for each order: half an hour on the way (median); one in twenty is cancelled."""
    size = orders.height
    ordered = orders["ordered_at"].dt.epoch("s").to_numpy()
    assigned = later(ordered, 240, 0.6, rng)
    picked = later(assigned, 900, 0.5, rng)
    cancelled = rng.random(size) < 0.05
    return pl.DataFrame(
        {
            "delivery_id": "LKR-" + orders["order_id"],
            "order_id": orders["order_id"],
            "driver": rng.choice(COURIERS, size),
            "assigned_at": moment(assigned),
            "picked_at": moment(picked, ~cancelled),
            "dropped_at": moment(later(picked, 1_080, 0.55, rng), ~cancelled),
            "_cancelled_at": moment(later(assigned, 600, 0.5, rng), cancelled),
            "fee": rng.integers(8, 26, size) * 1_000,
        }
    )


def _history(past: Past) -> pl.DataFrame:
    rng = past.chance("deliveries")
    paid = past["marketplace_orders"].filter(pl.col("status") == "paid", pl.col("line") == 1)
    return _trips(paid.filter(pl.Series(rng.random(paid.height) < SHARE)), rng)


def _trip(present: Present) -> Iterable[Event]:
    """A courier takes one of the latest orders that none has taken yet."""
    code = present.scenery.plan.code
    orders = present.truth.newest("marketplace_orders", code, "ordered_at", 20)
    taken = present.truth.newest("deliveries", code, "assigned_at", 60)["order_id"].to_list()
    free = orders.filter(pl.col("status") == "paid", pl.col("line") == 1, ~pl.col("order_id").is_in(taken)).head(1)
    whole = _trips(free.with_columns(ordered_at=pl.lit(present.naive)), present.rng)
    return COURSE.events("deliveries", whole) if whole.height else ()


DATASETS = (
    Dataset(
        "deliveries",
        ("delivery_id",),
        _history,
        named("delivery_id", COURSE.first(status="assigned")),
        known=COURSE.looked_at,
        coming=COURSE.coming("deliveries"),
        pulse=Pulse(20.0, {"samarinda": 1.0}, _trip),
    ),
)
