"""Oksimas: oxygen in stock at each post, and cylinders lent to patients."""

import datetime as dt

import numpy as np
import polars as pl

from simulator import people, seasons
from simulator.dataset import Course, Dataset, Past, later, moment
from simulator.dirt import Habit, named

EVERY_S, DAYS = 6 * 3_600, 30
LOANS_A_DAY, LOAN_DAYS = 8, 120
COURSE = Course(
    ("lent_at", "returned_at"),
    {"status": pl.when(pl.col("returned_at").is_null()).then(pl.lit("lent")).otherwise(pl.lit("returned"))},
)


def _stock(past: Past) -> pl.DataFrame:
    """Each post is measured four times a day: what is there, and how much goes in an hour."""
    rng, posts = past.chance("oxygen"), past.scenery.places.kecamatan
    end = int(past.now.timestamp()) // EVERY_S * EVERY_S
    at = np.arange(end - min(DAYS, past.scenery.plan.days) * 86_400, end + 1, EVERY_S)
    size = len(at) * len(posts)
    return pl.DataFrame(
        {
            "place": np.tile([f"Posko oksigen {name}" for _, name in posts], len(at)),
            "area_code": np.tile([code for code, _ in posts], len(at)),
            "measured_at": moment(np.repeat(at, len(posts))),
            "stock_m3": np.round(rng.gamma(4, 18, size), 1),
            "use_m3_per_hour": np.round(rng.gamma(2, 0.6, size) + 0.1, 1),
        }
    )


def _loans(past: Past) -> pl.DataFrame:
    rng, places, plan = past.chance("loans"), past.scenery.places, past.scenery.plan
    at = past.moments(LOANS_A_DAY, seasons.OFFICE, LOAN_DAYS, rng)
    size = len(at)
    lent = moment(at)
    return pl.DataFrame(
        {
            "loan_id": past.ids("O", size),
            "borrower_ref": np.char.add("PSN-", people.digits(rng.integers(0, 10**7, size), 7)),
            "area_code": places.codes[places.draw(rng, size)],
            "cylinders": 1 + rng.binomial(2, 0.2, size),
            "lent_at": lent,
            "due_on": lent.dt.offset_by(f"{plan.utc_hours}h").dt.date() + dt.timedelta(days=10),
            "returned_at": moment(later(at, 8 * 86_400, 0.4, rng), rng.random(size) < 0.97),
        }
    )


DATASETS = (
    Dataset(
        "oxygen_stock",
        ("place", "measured_at"),
        _stock,
        Habit("place", {"place": pl.col("place") + " X"}, changed="measured_at"),
    ),
    Dataset(
        "oxygen_loans",
        ("loan_id",),
        _loans,
        named("loan_id", COURSE.first(status="lent")),
        known=COURSE.looked_at,
    ),
)
