"""Jeknyong: household waste fetched by app, weighed and paid for."""

import numpy as np
import polars as pl

from simulator import seasons
from simulator.dataset import Dataset, Past, corrected, moment
from simulator.dirt import named

A_DAY, DAYS = 60, 180
PRICES = {"Organik": 300, "Plastik": 2_500, "Kertas": 1_800, "Logam": 5_500, "Lainnya": 200}
KINDS = np.array(list(PRICES))


def _history(past: Past) -> pl.DataFrame:
    rng, places = past.chance("waste"), past.scenery.places
    at = past.moments(A_DAY, seasons.OFFICE, DAYS, rng)
    size = len(at)
    kind = rng.choice(len(KINDS), size, p=[0.3, 0.34, 0.2, 0.06, 0.1])
    price = np.array(list(PRICES.values()))[kind]
    weight = np.maximum(np.round(rng.gamma(2, 3, size), 1), 0.1)
    rows = pl.DataFrame(
        {
            "pickup_id": past.ids("J", size),
            "picked_at": moment(at),
            "area_code": places.codes[places.draw(rng, size)],
            "kind": KINDS[kind],
            "kg": weight,
            "price": price,
            "paid": np.round(weight * price, 2),
            "updated_at": moment(at),
        }
    )
    return corrected(rows, past.now, rng)


DATASETS = (Dataset("waste_pickups", ("pickup_id",), _history, named("pickup_id", {"paid": pl.lit(None, pl.Float64)})),)
