"""Who need not buy for a while: on leave, studying, living elsewhere, lent to another office."""

import datetime as dt

import numpy as np
import polars as pl

from simulator import people
from simulator.dataset import Dataset, Past
from simulator.dirt import Habit

SHARE = 0.05  # of the civil servants, besides all who are on leave now
KINDS = np.array(["leave", "study", "residence", "secondment"])
LONGEST = {"leave": 90, "study": 700, "residence": 900, "secondment": 400}  # days
BEGAN_WITHIN = 150  # days
OPEN = 0.15  # of the others than leave: nobody has said until when


def _history(past: Past) -> pl.DataFrame:
    rng, plan = past.chance("exemptions"), past.scenery.plan
    servants = past["civil_servants"].filter(pl.col("status") != "retired")
    away = (servants["status"] == "leave").to_numpy()
    chosen = away | (rng.random(servants.height) < SHARE)
    nips, away = servants["nip"].to_numpy()[chosen], away[chosen]
    size = len(nips)
    today = np.datetime64((past.now + dt.timedelta(hours=plan.utc_hours)).date())
    kind = np.where(away, "leave", rng.choice(KINDS, size, p=[0.5, 0.15, 0.25, 0.1]))
    since = today - rng.integers(1, np.where(away, 20, BEGAN_WITHIN), size).astype("timedelta64[D]")
    longest = np.array([LONGEST[name] for name in kind])
    until = np.where(away, today, since) + rng.integers(5, longest).astype("timedelta64[D]")
    until = np.where((kind != "leave") & (rng.random(size) < OPEN), np.datetime64("NaT"), until)
    began = past.now.replace(tzinfo=None) - dt.timedelta(days=plan.days)
    return pl.DataFrame(
        {
            "exemption_id": np.char.add(f"{plan.prefix}/SK-", people.digits(np.arange(1, size + 1), 5)),
            "nip": nips,
            "kind": kind,
            "since": since,
            "until": pl.Series(until, nan_to_null=True),
        }
    ).with_columns(updated_at=pl.max_horizontal(pl.col("since").cast(pl.Datetime("us")), pl.lit(began)))


DATASETS = (
    Dataset(
        "asn_exemptions",
        ("exemption_id",),
        _history,
        Habit("exemption_id", {"exemption_id": pl.col("exemption_id") + "X"}),
    ),
)
