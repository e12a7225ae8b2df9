"""Vaberaya: registrations for the mass vaccination at GOR Satria, 2,000 doses a day wanted."""

import numpy as np
import polars as pl

from simulator import people
from simulator.dataset import Course, Dataset, Past, moment
from simulator.dirt import named

A_DAY, DAYS, AHEAD_S = 2_200, 21, 2 * 86_400
COURSE = Course(
    ("_registered_at", "_closed_at"), {"attended": pl.when(pl.col("_closed_at").is_not_null()).then("_came")}
)
HOURS = np.array([0.0] * 8 + [3, 5, 6, 5, 2, 4, 3] + [0.0] * 9)


def _history(past: Past) -> pl.DataFrame:
    """Slots until the day after tomorrow; one registered in eight does not come."""
    rng, places = past.chance("vaccinations"), past.scenery.places
    slot = past.moments(A_DAY, HOURS, DAYS, rng) // 900 * 900 + AHEAD_S
    size = len(slot)
    area = np.char.replace(places.codes[places.draw(rng, size)].astype("U8"), ".", "")
    born = people.birthdays(rng, size, "2008-01-01", "1940-01-01")
    return pl.DataFrame(
        {
            "registration_id": past.ids("V", size),
            "nik": people.nik(area, born, rng.random(size) < 0.5, np.arange(size)),
            "dose": rng.choice([1, 2, 3], size, p=[0.45, 0.4, 0.15]),
            "slot_at": moment(slot),
            "_registered_at": moment(slot - AHEAD_S - rng.integers(0, 86_400, size)),
            "_closed_at": moment(slot + 3_600),
            "_came": rng.random(size) < 0.875,
        }
    )


DATASETS = (
    Dataset(
        "vaccinations",
        ("registration_id",),
        _history,
        named("registration_id", {"attended": pl.lit(None, pl.Boolean)}),
        known=COURSE.looked_at,
    ),
)
