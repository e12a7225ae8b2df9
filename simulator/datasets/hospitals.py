"""Beds for COVID-19 in each hospital, filled by some of the city's cases: admitted, staying for a while, leaving."""

import datetime as dt

import numpy as np
import polars as pl

from simulator import seasons
from simulator.dataset import Dataset, Past, corrected
from simulator.dirt import Habit
from simulator.seasons import Floats, Ints

# Public hospitals by name and kecamatan; what they report is invented like everything else.
HOSPITALS = {
    "samarinda": (("RSUD Abdoel Wahab Sjahranie", "64.72.03"), ("RSUD Inche Abdoel Moeis", "64.72.02")),
    "banyumas": (
        ("RSUD Banyumas", "33.02.11"),
        ("RSUD Ajibarang", "33.02.14"),
        ("RSUD Prof. Dr. Margono Soekarjo", "33.02.26"),
    ),
}
ADMITTED, INTENSIVE = 0.14, 0.12  # of the confirmed, of the admitted
SHORTEST, LONGEST = 4, 17  # days in hospital
SPARE = 1.15  # beds for the fullest day of the history, and some more


def _history(past: Past) -> pl.DataFrame:
    plan, rng = past.scenery.plan, past.chance("hospitals")
    days = seasons.days_until(past.now, plan.utc_hours, plan.days)
    there = HOSPITALS[plan.slug]
    admitted = _admitted(past["covid_cases"], days, rng)
    shares = np.arange(len(there) + 1, 1, -1) / sum(range(2, len(there) + 2))
    frames = [
        _hospital(name, area, days, part, rng)
        for (name, area), part in zip(there, rng.multinomial(admitted, shares).T, strict=True)
    ]
    evening = pl.col("report_date").cast(pl.Datetime("us")) + dt.timedelta(hours=18 - plan.utc_hours)
    rows = pl.concat(frames).sort("report_date", maintain_order=True)
    reported = rows.with_columns(updated_at=pl.min_horizontal(evening, pl.lit(past.now.replace(tzinfo=None))))
    return corrected(reported, past.now, rng)


def _admitted(cases: pl.DataFrame, days: seasons.Days, rng: np.random.Generator) -> Ints:
    """Admissions of each day, among the confirmed cases reported on it."""
    confirmed = cases.filter(pl.col("status") == "konfirmasi")["report_date"].to_numpy().astype("datetime64[D]")
    number = (confirmed - days[0]).astype(np.int64)
    return rng.binomial(np.bincount(number, minlength=len(days))[: len(days)], ADMITTED)


def _hospital(name: str, area: str, days: seasons.Days, admitted: Ints, rng: np.random.Generator) -> pl.DataFrame:
    intensive = rng.binomial(admitted, INTENSIVE)
    wards, icu = (_lying(part, rng) for part in (admitted - intensive, intensive))
    size = len(days)
    return pl.DataFrame(
        {
            "report_date": days,
            "hospital": [name] * size,
            "area_code": [area] * size,
            "beds": _beds(wards),
            "occupied": wards,
            "icu_beds": _beds(icu),
            "icu_occupied": icu,
            "admissions": admitted,
        }
    )


def _lying(admitted: Ints, rng: np.random.Generator) -> Ints:
    """Patients in bed at the end of each day."""
    came = np.repeat(np.arange(len(admitted)), admitted)
    left = came + rng.integers(SHORTEST, LONGEST, len(came))
    change = np.bincount(came, minlength=len(admitted)) - np.bincount(left, minlength=len(admitted))[: len(admitted)]
    return np.cumsum(change)


def _beds(lying: Ints) -> Floats:
    """As many beds all the time."""
    return np.full(len(lying), max(4, int(np.ceil(SPARE * lying.max()))))


DATASETS = (
    Dataset(
        "hospital_beds",
        ("report_date", "hospital"),
        _history,
        Habit("hospital", {"hospital": pl.col("hospital") + " X"}, {"admissions": pl.col("admissions") + 1}),
    ),
)
