"""Sipanji Mas: permits. Which kinds it gives is not published; these are assumptions."""

import numpy as np
import polars as pl

from simulator import seasons
from simulator.dataset import Course, Dataset, Past, moment
from simulator.dirt import named

A_DAY, DAYS = 14, 180
KINDS = np.array(["Izin usaha mikro kecil", "Persetujuan bangunan gedung", "Izin praktik", "Izin reklame"])
SLA_DAYS = np.array([3, 28, 7, 5])
COURSE = Course(
    ("_applied_at", "_decided_at"),
    {
        "decided_on": pl.when(pl.col("_decided_at").is_not_null()).then("decided_on"),
        "status": pl.when(pl.col("_decided_at").is_null())
        .then(pl.lit("in_progress"))
        .when("_refused")
        .then(pl.lit("rejected"))
        .otherwise(pl.lit("issued")),
    },
)


def _history(past: Past) -> pl.DataFrame:
    """Decided within the promised days, five times in six."""
    rng, hours = past.chance("permits"), past.scenery.plan.utc_hours
    at = past.moments(A_DAY, seasons.OFFICE, DAYS, rng)
    kind = rng.choice(len(KINDS), len(at), p=[0.5, 0.15, 0.15, 0.2])
    decided = at + 60 + (SLA_DAYS[kind] * 86_400 * rng.lognormal(-0.45, 0.5, len(at))).astype(np.int64)
    applied = moment(at + hours * 3600).dt.date()
    return pl.DataFrame(
        {
            "permit_id": past.ids("P", len(at)),
            "kind": KINDS[kind],
            "applied_on": applied,
            "due_on": applied + pl.Series(SLA_DAYS[kind]).cast(pl.Duration("us")) * 86_400_000_000,
            "decided_on": moment(decided + hours * 3600).dt.date(),
            "_applied_at": moment(at),
            "_decided_at": moment(decided),
            "_refused": rng.random(len(at)) < 0.06,
        }
    )


DATASETS = (
    Dataset(
        "permits",
        ("permit_id",),
        _history,
        named("permit_id", {"decided_on": pl.lit(None, pl.Date), "status": pl.lit("in_progress")}),
        known=COURSE.looked_at,
    ),
)
