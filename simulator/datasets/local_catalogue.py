"""The local catalogue (e-katalog lokal): what agencies bought without a tender."""

import numpy as np
import polars as pl

from simulator import seasons
from simulator.dataset import Dataset, Past, corrected, moment
from simulator.dirt import named

A_DAY, DAYS = 9, 365
BIG = np.array(["CV Mahakam Jaya", "PT Sumber Tepian", "CV Karya Borneo", "PT Kaltim Sarana", "UD Etam Makmur"])


def _history(past: Past) -> pl.DataFrame:
    """Two packages in three are bought from a shop of the marketplace, smaller ones mostly."""
    rng, market, hours = past.chance("catalogue"), past.scenery.market, past.scenery.plan.utc_hours
    at = past.moments(A_DAY, seasons.OFFICE, DAYS, rng)
    size = len(at)
    shop = market.merchants[rng.integers(0, market.merchants.height, size).tolist()]
    small = pl.Series(rng.random(size) < 0.66)
    value = np.where(small, rng.lognormal(np.log(3.2e6), 0.9, size), rng.lognormal(np.log(14e6), 0.8, size))
    rows = pl.DataFrame(
        {
            "package_id": past.ids("EK", size),
            "agency_code": rng.choice(market.agencies["agency_code"].to_numpy(), size),
            "merchant_id": shop["merchant_id"],
            "supplier": shop["name"],
            "is_umk": small | pl.Series(rng.random(size) < 0.1),
            "is_domestic": rng.random(size) < 0.83,
            "value": (np.round(value / 1_000) * 1_000).astype(np.int64),
            "purchased_on": moment(at + hours * 3600).dt.date(),
            "updated_at": moment(at),
        }
    ).with_columns(
        merchant_id=pl.when(small).then("merchant_id"),
        supplier=pl.when(small).then("supplier").otherwise(pl.Series(rng.choice(BIG, size))),
    )
    return corrected(rows, past.now, rng)


DATASETS = (
    Dataset(
        "catalogue_purchases",
        ("package_id",),
        _history,
        named("package_id", {"value": pl.col("value") + 250_000}),
    ),
)
