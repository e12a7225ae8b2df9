"""Jiwong Jiga / Mas Basid: one guardian for each person with a comorbidity, and when they were last seen."""

import datetime as dt

import numpy as np
import polars as pl

from simulator import people
from simulator.dataset import Dataset, Past, moment
from simulator.dirt import named

PEOPLE = 2_400


def _history(past: Past) -> pl.DataFrame:
    """Three in four were seen this week; one in fifty never."""
    rng, places = past.chance("guardians"), past.scenery.places
    size = max(60, round(PEOPLE * past.scenery.plan.scale))
    days = min(40, past.scenery.plan.days)
    ago = np.minimum(rng.exponential(4.6, size), days - 1) * 86_400
    seen = int(past.now.timestamp()) - ago.astype(np.int64) - 600
    never = rng.random(size) < 0.02
    began = past.now.replace(tzinfo=None) - dt.timedelta(days=days + 3)
    frame = pl.DataFrame(
        {
            "person_ref": np.char.add("KMB-", people.digits(np.arange(1, size + 1), 6)),
            "guardian": people.names(rng, size),
            "area_code": places.codes[places.draw(rng, size)],
            "last_checked_at": moment(seen, ~never),
        }
    )
    again = pl.Series(rng.random(size) < 0.03) & pl.col("last_checked_at").is_not_null()
    return frame.with_columns(
        updated_at=pl.col("last_checked_at").fill_null(began), _earlier_at=pl.when(again).then(pl.lit(began))
    )


DATASETS = (
    Dataset(
        "guardian_checks",
        ("person_ref",),
        _history,
        named("person_ref", {"last_checked_at": pl.lit(None, pl.Datetime("us"))}),
    ),
)
