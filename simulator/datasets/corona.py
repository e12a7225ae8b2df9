"""COVID-19: the line list and the daily totals."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from simulator import covid, seasons
from simulator.dataset import Dataset, Past, Present, Pulse
from simulator.dirt import Habit, named
from simulator.truth import Event


def _cases(past: Past) -> pl.DataFrame:
    return covid.case_history(past.scenery.plan, past.scenery.places, past.now, past.chance("covid"))


def _totals(past: Past) -> pl.DataFrame:
    scenery = past.scenery
    return covid.daily_totals(scenery.plan, scenery.places, past["covid_cases"], past.now, past.chance("tests"))


def _reports(present: Present) -> Iterable[Event]:
    """A fresh line list of a few cases, and today's totals with them."""
    plan = present.scenery.plan
    size = int(present.rng.integers(3, 12))
    ids = np.array([f"{plan.prefix}-L{int(present.now.timestamp())}{number:02d}" for number in range(size)])
    reported = np.repeat(seasons.days_until(present.now, plan.utc_hours, 1), size)
    cases = covid.draw_cases(plan, present.scenery.places, ids, reported, present.now, present.rng)
    yield Event("covid_cases", present.now, cases)
    latest = present.truth.latest("covid_daily", plan.code, "report_date", "place")
    if latest.height:
        yield Event("covid_daily", present.now, covid.raised(latest, cases, reported[0], present.now))


DATASETS = (
    Dataset(
        "covid_cases",
        ("case_id",),
        _cases,
        named("case_id", {"outcome": pl.lit(None, pl.String), "outcome_date": pl.lit(None, pl.Date)}),
        pulse=Pulse(150.0, {"samarinda": 0.4, "surabaya": 0.3, "banyumas": 0.3}, _reports),
    ),
    Dataset(
        "covid_daily",
        ("report_date", "place"),
        _totals,
        Habit(
            "area_code",
            {"place": pl.col("place") + " (lama)"},
            {"confirmed": pl.col("confirmed") + 3, "active": pl.col("active") + 3},
        ),
    ),
)
