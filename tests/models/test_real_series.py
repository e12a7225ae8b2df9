"""The models on real files that no one here wrote: kecamatan of Indonesia, 2020, and the world's daily reports."""

import csv
import datetime as dt
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from dashboard.models.counts import mended
from dashboard.models.smoothing import FEWEST_AREAS, limits, smoothed

SAMPLES = Path(__file__).parents[2].parent / "shared" / "data" / "real_samples"
KECAMATAN = SAMPLES / "kecamatan_risk_snapshot_2020.csv"
REPORTS = sorted((SAMPLES / "covid_daily_reports").glob("*.csv"))

pytestmark = pytest.mark.skipif(not KECAMATAN.exists() or not REPORTS, reason=f"the real samples are not at {SAMPLES}")


def regencies() -> list[tuple[np.ndarray, np.ndarray]]:
    """Cases and people of the kecamatan of each regency that has enough of both."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with KECAMATAN.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["jumlah_penduduk"] and float(row["jumlah_penduduk"]) > 0:
                found[row["kode_kabupatenkota"]].append((float(row["total"] or 0), float(row["jumlah_penduduk"])))
    columns = [tuple(np.array(column) for column in zip(*rows, strict=True)) for rows in found.values()]
    return [(cases, people) for cases, people in columns if len(cases) >= FEWEST_AREAS and cases.sum() >= 20]


def test_half_of_the_cases_foretell_the_other_half_better_when_smoothed() -> None:
    """Each case goes to one half by a coin: both halves have the same true rates and chances of their own."""
    rng = np.random.default_rng(2020)
    raw_miss, miss, won = 0.0, 0.0, []
    for cases, people in regencies():
        half = rng.binomial(cases.astype(int), 0.5).astype(float)
        told = smoothed(half, people)
        if told is None:
            continue
        came = (cases - half) / people
        one, other = (float((people * (said - came) ** 2).sum()) for said in (half / people, told.rates))
        raw_miss, miss = raw_miss + one, miss + other
        won.append(other <= one)
    assert len(won) > 200
    assert np.mean(won) > 0.6
    assert miss < raw_miss


def test_real_areas_differ_by_more_than_chance() -> None:
    """Kecamatan are no urn: testing and density differ, so that many more than 2 of 1,000 stand out."""
    outside = total = 0
    for cases, people in regencies():
        low, high = limits(float(cases.sum() / people.sum()), people)
        outside, total = outside + int(((cases < low) | (cases > high)).sum()), total + len(cases)
    assert total > 2_000
    assert outside / total > 0.02


def cumulative(kind: str) -> dict[str, dict[dt.date, float]]:
    """Totals of each country at the days of the files; lines that are no rows of their schema left out."""
    found: dict[str, dict[dt.date, float]] = defaultdict(lambda: defaultdict(float))
    for path in REPORTS:
        day = dt.datetime.strptime(path.stem, "%m-%d-%Y").date()
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                country = row.get("Country_Region") or row.get("Country/Region") or ""
                number = row.get(kind) or "0"
                if country and number.replace(".", "", 1).isdigit():
                    found[country][day] += float(number)
    return found


def test_weeks_between_reports_are_filled_and_sum_up() -> None:
    """Seven days of ten months: the gaps share what ends them, and what was taken back is taken from before."""
    backwards = 0
    for told in (told for kind in ("Confirmed", "Deaths", "Recovered") for told in cumulative(kind).values()):
        days = sorted(told)
        steps = {later: told[later] - told[earlier] for earlier, later in pairwise(days)}
        backwards += any(step < 0 for step in steps.values())
        first, last = days[0], days[-1]
        counts = [steps.get(first + dt.timedelta(days=n + 1)) for n in range((last - first).days)]
        filled = mended(counts)
        assert (filled >= 0).all()
        if min(np.cumsum([step or 0 for step in counts]), default=0) >= 0:
            assert np.isclose(filled.sum(), told[last] - told[first])
    assert backwards  # countries that were renamed or corrected between the files
