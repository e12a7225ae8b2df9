"""The city's marketplace: agencies, civil servants, merchants and order lines."""

import datetime as dt
from collections.abc import Iterable

import numpy as np
import polars as pl

from simulator import campaigns, market, planted, seasons
from simulator.dataset import Dataset, Past, Present, Pulse
from simulator.dirt import Habit, named, numbered
from simulator.truth import Event


def _order(present: Present) -> Iterable[Event]:
    """Somebody orders, and pays a little later."""
    plan, shop, rng = present.scenery.plan, present.scenery.market, present.rng
    local = present.second + plan.utc_hours * 3600
    buyer = int(rng.choice(3, p=[0.5, 0.1, 0.4]))
    at_work = shop.servants["retired_on"].is_null().arg_true().to_numpy()
    who = rng.choice((at_work, np.arange(shop.agencies.height), np.zeros(1, np.int64))[buyer])
    orders = market.Orders(local, np.array([buyer]), np.array([who]))
    lines = market.order_lines(plan, shop, orders, present.now, rng, first=900_000 + int(local[0]) % seasons.DAY)
    yield Event("marketplace_orders", present.now, lines)
    moment = present.now + dt.timedelta(seconds=int(rng.integers(20, 120)))
    paid = lines.with_columns(status=pl.lit("paid"), updated_at=pl.lit(moment.replace(tzinfo=None)))
    yield Event("marketplace_orders", moment, paid)


def _orders(past: Past) -> pl.DataFrame:
    lines = market.order_history(past.scenery.plan, past.scenery.market, past.now, past.chance("orders"))
    more = past.planted.lines.select(lines.columns)
    past.campaigns[:] = campaigns.planted(past.scenery.plan, lines, past.now, past.chance("campaigns"))
    further = (one.lines for one in past.campaigns)
    together = pl.concat([planted.wrong_totals(lines), more, *further], how="vertical_relaxed")
    return together.sort("ordered_at", "order_id", "line", maintain_order=True)


def _merchants(past: Past) -> pl.DataFrame:
    """Some belong to civil servants."""
    shops = past.scenery.market.merchants.join(
        past.planted.owners, on="merchant_id", how="left", maintain_order="left", suffix="_planted"
    )
    return shops.with_columns(owner_nik=pl.coalesce("owner_nik_planted", "owner_nik")).drop("owner_nik_planted")


def _servants(past: Past) -> pl.DataFrame:
    return pl.concat([past.scenery.market.servants, past.planted.servants])


DATASETS = (
    Dataset("agencies", ("agency_code",), lambda past: past.scenery.market.agencies, named("agency_code")),
    Dataset("merchants", ("merchant_id",), _merchants, named("merchant_id")),
    Dataset(
        "civil_servants",
        ("nip",),
        _servants,
        Habit("nip", {"nip": numbered("nip", 15, 900, 100)}),
    ),
    Dataset(
        "marketplace_orders",
        ("order_id", "line"),
        _orders,
        Habit(
            "order_id",
            {"order_id": pl.col("order_id") + "X", "line": pl.lit(1, pl.Int64)},
            {"status": pl.col("_earlier_status")},
        ),
        pulse=Pulse(6.0, {"samarinda": 0.4, "surabaya": 0.45, "banyumas": 0.15}, _order),
    ),
)
