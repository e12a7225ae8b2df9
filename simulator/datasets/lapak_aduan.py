"""Lapak Aduan: complaints of residents. February 2019: 334 received, 273 done (published)."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from simulator import people, seasons
from simulator.dataset import Course, Dataset, Past, Present, Pulse, later, moment
from simulator.dirt import named
from simulator.scenery import Scenery
from simulator.seasons import Ints
from simulator.truth import Event

A_DAY, DAYS = 12, 365
DONE = 273 / 334
CHANNELS = np.array(["Aplikasi", "Situs web", "Media sosial", "Loket"])
CATEGORIES = np.array(["Jalan rusak", "Sampah", "Lampu jalan", "Administrasi kependudukan", "Kesehatan", "Lainnya"])
COURSE = Course(
    ("opened_at", "_taken_at", "closed_at"),
    {
        "status": pl.when(pl.col("closed_at").is_not_null())
        .then(pl.when("_refused").then(pl.lit("rejected")).otherwise(pl.lit("done")))
        .when(pl.col("_taken_at").is_not_null())
        .then(pl.lit("in_progress"))
        .otherwise(pl.lit("received"))
    },
)


def tickets(scenery: Scenery, ids: people.Words, at: Ints, rng: np.random.Generator) -> pl.DataFrame:
    """Taken up within a day, done within four (median)."""
    size = len(at)
    taken = later(at, 30_000, 0.9, rng)
    refused = rng.random(size) < 0.04
    return pl.DataFrame(
        {
            "ticket_id": ids,
            "channel": rng.choice(CHANNELS, size, p=[0.45, 0.2, 0.25, 0.1]),
            "category": rng.choice(CATEGORIES, size, p=[0.28, 0.2, 0.15, 0.14, 0.08, 0.15]),
            "agency_code": rng.choice(scenery.market.agencies["agency_code"].to_numpy(), size),
            "opened_at": moment(at),
            "_taken_at": moment(taken),
            "closed_at": moment(later(taken, 300_000, 0.9, rng), refused | (rng.random(size) < DONE)),
            "_refused": refused,
        }
    )


def _history(past: Past) -> pl.DataFrame:
    rng = past.chance("complaints")
    at = past.moments(A_DAY, seasons.HOUSEHOLD, DAYS, rng)
    return tickets(past.scenery, past.ids("A", len(at)), at, rng)


def _complaint(present: Present) -> Iterable[Event]:
    return COURSE.events("complaints", tickets(present.scenery, present.ids("A"), present.second, present.rng))


DATASETS = (
    Dataset(
        "complaints",
        ("ticket_id",),
        _history,
        named("ticket_id", COURSE.first(status="received")),
        known=COURSE.looked_at,
        coming=COURSE.coming("complaints"),
        pulse=Pulse(40.0, {"banyumas": 1.0}, _complaint),
    ),
)
