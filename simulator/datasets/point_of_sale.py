"""Point of sale: the tills of small merchants. Which fields it has is not published; these are assumptions."""

import numpy as np
import polars as pl

from simulator import seasons
from simulator.dataset import Dataset, Past, corrected, moment
from simulator.dirt import named

A_DAY, DAYS = 90, 180
METHODS = np.array(["cash", "qris", "card", "transfer"])


def _history(past: Past) -> pl.DataFrame:
    rng, shop = past.chance("pos"), past.scenery.market
    at = past.moments(A_DAY, seasons.HOUSEHOLD, DAYS, rng)
    size = len(at)
    pull = shop.merchant_pull / shop.merchant_pull.sum()
    price = np.maximum(np.round(rng.lognormal(np.log(28_000), 0.8, size) / 500) * 500, 2_000).astype(np.int64)
    rows = pl.DataFrame(
        {
            "transaction_id": past.ids("K", size),
            "sold_at": moment(at),
            "merchant_id": shop.merchants["merchant_id"].to_numpy()[rng.choice(len(pull), size, p=pull)],
            "amount": np.where(rng.random(size) < 0.006, -price, price),
            "method": rng.choice(METHODS, size, p=[0.47, 0.4, 0.05, 0.08]),
            "updated_at": moment(at),
        }
    )
    return corrected(rows, past.now, rng)


DATASETS = (
    Dataset(
        "pos_transactions",
        ("transaction_id",),
        _history,
        named("transaction_id", {"amount": pl.col("amount") + 5_000}),
    ),
)
