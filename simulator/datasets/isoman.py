"""Isoman: people isolating at home, who are to be checked on each of fourteen days."""

import numpy as np
import polars as pl

from simulator import people, seasons
from simulator.dataset import Course, Dataset, Past, moment
from simulator.dirt import Habit

PATIENTS_A_DAY, DAYS, LONG = 9, 60, 14
CONDITIONS = np.array(["stable", "worse", "referred"])
COURSE = Course(
    ("_due_at", "checked_at"),
    {"condition": pl.when(pl.col("checked_at").is_not_null()).then("condition")},
)


def _history(past: Past) -> pl.DataFrame:
    """A day is due when it begins; one check in eight is missed, some come a day late."""
    rng, places, hours = past.chance("isolation"), past.scenery.places, past.scenery.plan.utc_hours
    began = past.moments(PATIENTS_A_DAY / 2, seasons.HOUSEHOLD, DAYS, rng)
    patients = len(began)
    refs = np.char.add("ISO-", people.digits(np.arange(1, patients + 1), 6))
    area = places.codes[places.draw(rng, patients)]
    day = np.tile(np.arange(1, LONG + 1), patients)
    first = (began + hours * 3600) // 86_400
    due = (np.repeat(first, LONG) + day) * 86_400 - hours * 3600
    late = np.where(rng.random(len(day)) < 0.1, 86_400, 0)
    return pl.DataFrame(
        {
            "patient_ref": np.repeat(refs, LONG),
            "day": day,
            "area_code": np.repeat(area, LONG),
            "due_on": moment(due + hours * 3600).dt.date(),
            "checked_at": moment(due + rng.integers(8 * 3600, 20 * 3600, len(day)) + late, rng.random(len(day)) < 0.88),
            "condition": rng.choice(CONDITIONS, len(day), p=[0.96, 0.03, 0.01]),
            "_due_at": moment(due),
        }
    )


DATASETS = (
    Dataset(
        "isolation_checks",
        ("patient_ref", "day"),
        _history,
        Habit(
            "patient_ref",
            {"patient_ref": pl.col("patient_ref") + "X"},
            {"checked_at": pl.lit(None, pl.Datetime("us")), "condition": pl.lit(None, pl.String)},
        ),
        known=COURSE.looked_at,
    ),
)
