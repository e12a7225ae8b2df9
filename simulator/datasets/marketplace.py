"""The city's marketplace: agencies, civil servants, merchants and order lines."""

import datetime as dt
from collections.abc import Iterable

import numpy as np
import polars as pl

from simulator import market, planted, seasons
from simulator.dataset import Dataset, Past, Present, Pulse
from simulator.dirt import Habit, named, numbered
from simulator.truth import Event


def _order(present: Present) -> Iterable[Event]:
    """Somebody orders, and pays a little later."""
    plan, shop, rng = present.scenery.plan, present.scenery.market, present.rng
    local = present.second + plan.utc_hours * 3600
    buyer = int(rng.choice(3, p=[0.5, 0.1, 0.4]))
    who = rng.integers(0, (shop.servants.height, shop.agencies.height, 1)[buyer])
    orders = market.Orders(local, np.array([buyer]), np.array([who]))
    lines = market.order_lines(plan, shop, orders, present.now, rng, first=900_000 + int(local[0]) % seasons.DAY)
    yield Event("marketplace_orders", present.now, lines)
    moment = present.now + dt.timedelta(seconds=int(rng.integers(20, 120)))
    paid = lines.with_columns(status=pl.lit("paid"), updated_at=pl.lit(moment.replace(tzinfo=None)))
    yield Event("marketplace_orders", moment, paid)


def _orders(past: Past) -> pl.DataFrame:
    lines = market.order_history(past.scenery.plan, past.scenery.market, past.now, past.chance("orders"))
    return planted.wrong_totals(lines)


DATASETS = (
    Dataset("agencies", ("agency_code",), lambda past: past.scenery.market.agencies, named("agency_code")),
    Dataset("merchants", ("merchant_id",), lambda past: past.scenery.market.merchants, named("merchant_id")),
    Dataset(
        "civil_servants",
        ("nip",),
        lambda past: past.scenery.market.servants,
        Habit("nip", {"nip": numbered("nip", 15, 900, 100)}),
    ),
    Dataset(
        "marketplace_orders",
        ("order_id", "line"),
        _orders,
        Habit(
            "order_id",
            {"order_id": pl.col("order_id") + "X", "line": pl.lit(1, pl.Int64)},
            {"status": pl.lit("pending")},
        ),
        pulse=Pulse(6.0, {"samarinda": 0.4, "surabaya": 0.45, "banyumas": 0.15}, _order),
    ),
)
