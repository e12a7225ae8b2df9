"""The smart-city master plan of Samarinda: six pillars, "100 percent" claimed, some actions still running.

The five running actions are named in the news; the news names a pillar for one of them only. The others are numbered,
because the plan itself is not published; agency and target are left empty for the real ones. Evidence and days are
drawn.
"""

import datetime as dt

import numpy as np
import polars as pl

from simulator.dataset import Dataset, Past
from simulator.dirt import Habit

RUNNING = (
    ("Pembangunan dermaga Pasar Pagi", None),
    ("Relokasi Pasar Segiri", None),
    ("Pembangunan taman di Jl. Slamet Riyadi", None),
    ("Beautifikasi Citra Niaga", "branding"),
    ("Waterfront City di bantaran Sungai Mahakam", None),
)
PILLARS = ("governance", "branding", "economy", "living", "society", "environment")
OTHERS = 25
CLAIMED = 100


def _history(past: Past) -> pl.DataFrame:
    rng, size = past.chance("actions"), len(RUNNING) + OTHERS
    names = [name for name, _ in RUNNING] + [f"Rencana aksi {number:02d}" for number in range(1, OTHERS + 1)]
    pillars = [pillar for _, pillar in RUNNING] + [PILLARS[number % len(PILLARS)] for number in range(OTHERS)]
    done = np.arange(size) >= len(RUNNING)
    evidenced = np.where(done, rng.choice([100, 100, 100, 80, 60], size), rng.integers(30, 95, size))
    today = np.datetime64((past.now + dt.timedelta(hours=past.scenery.plan.utc_hours)).date(), "D")
    due = today + np.where(done, -rng.integers(20, 300, size), rng.integers(-60, 200, size)).astype("timedelta64[D]")
    finished = due + rng.integers(-20, 15, size).astype("timedelta64[D]")
    papers = np.char.add("BA-", (rng.integers(100, 999, size)).astype(str))
    agencies = past.scenery.market.agencies["agency_code"].to_numpy()
    frame = pl.DataFrame(
        {
            "action_id": [f"RA-{number:03d}" for number in range(1, size + 1)],
            "action": names,
            "pillar": pl.Series(pillars, dtype=pl.String),
            "agency_code": rng.choice(agencies, size),
            "target": [f"{number % 4 + 1} keluaran" for number in range(size)],
            "evidence": papers,
            "claimed": np.full(size, CLAIMED),
            "evidenced": evidenced,
            "due_on": due,
            "done_on": finished,
            "_numbered": done,
        }
    )
    return frame.with_columns(
        agency_code=pl.when("_numbered").then("agency_code"),
        target=pl.when("_numbered").then("target"),
        evidence=pl.when(pl.Series(rng.random(size) < 0.8)).then("evidence"),
        done_on=pl.when(pl.col("evidenced") == 100).then(pl.min_horizontal("done_on", pl.lit(today.astype(dt.date)))),
        updated_at=pl.lit((past.now - dt.timedelta(days=3)).replace(tzinfo=None)),
    )


DATASETS = (
    Dataset(
        "plan_actions",
        ("action_id",),
        _history,
        Habit("action_id", {"action_id": pl.col("action_id") + "X"}, stale=False),
    ),
)
