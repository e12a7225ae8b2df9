"""What the panels of Corona must show, a second time: pandas over the simulator's store, formulas written out again.

Models that have no short formula (the walk of Rt, the nowcast) are asked with rows counted here: whether they say the
truth is judged in ``tests/models`` and by ``bench.epidemic``.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

import pandas as pd
from scipy.stats import gamma, poisson

from dashboard.models.nowcast import LONGEST, nowcast, triangle
from dashboard.models.transmission import course
from tests import cori, truth

DAY = dt.timedelta(days=1)
LEARNED = 140  # days of onset that a nowcast is made of
LEAD = 26  # days before the first Rt
Cells = dict[Any, float]


def _here(book: truth.Book, area: str) -> pd.DataFrame:
    return book.cases[book.cases.area_code.fillna("").str.startswith(area)]


def reproduction(book: truth.Book, asked: truth.Asked) -> Cells:
    """Rt of every day that is over with its interval, and the mean of seven days."""
    cases, until = _here(book, asked.area), min(asked.until, asked.now.date() - DAY)
    counts = cases.report_date.dt.date.value_counts().to_dict()
    first = asked.since - DAY * LEAD
    days = [first + DAY * number for number in range((until - first).days + 1)]
    told = zip(days, course([float(counts.get(day, 0)) for day in days]).days, strict=True)
    walk = {day: one for day, one in told if one and day >= asked.since}
    within = {day: number for day, number in counts.items() if day >= first}
    week = cori.reproduction(within, asked.since, until)
    names = ("mean", "low", "high")
    cells = {(day.isoformat(), name): n for day, one in walk.items() for name, n in zip(names, one, strict=True)}
    return cells | {
        (day.isoformat(), f"week_{name}"): number
        for day, one in week.items()
        if day in walk
        for name, number in zip(names, one, strict=True)
    }


def expected(book: truth.Book, asked: truth.Asked) -> Cells:
    """Cases by day of onset as reported by yesterday, and the nowcast."""
    until = min(asked.until, asked.now.date() - DAY)
    first = until - DAY * (LEARNED - 1)
    cases = _here(book, asked.area)
    cases = cases[cases.onset_date.notna() & (cases.report_date >= pd.Timestamp(first))]
    onset, reported = ((cases[name] - pd.Timestamp(first)).dt.days.to_numpy() for name in ("onset_date", "report_date"))
    triangular = triangle(onset, reported, LEARNED)
    told = nowcast(triangular) or []
    cells: Cells = {}
    for number in range(max(0, LEARNED - (asked.until - asked.since).days - 1), LEARNED):
        day = (first + DAY * number).isoformat()
        delay = reported - onset
        seen = ((onset == number) & (reported < LEARNED) & (delay >= 0) & (delay <= LONGEST)).sum()
        cells[day, "seen"] = float(seen)
        age = LEARNED - 1 - number
        if told and age <= LONGEST:
            one = told[LONGEST - age]
            named = {"mean": one.mean, "low": one.low, "high": one.high}
            cells |= {(day, name): number for name, number in named.items() if number is not None}
    return cells


def small_areas(rows: pd.DataFrame, people: dict[str, int], inside: list[str]) -> Cells:
    """Raw and smoothed rates per 100,000 by Marshall's formulas, with who lies outside the funnel."""
    areas = pd.DataFrame({"people": {code: people[code] for code in inside if people.get(code)}}, dtype=float)
    length = len(areas.index[0]) if len(areas) else 0
    areas["cases"] = rows.area_code.fillna("").str.slice(0, length).value_counts().reindex(areas.index).fillna(0)
    if len(areas) < 5 or not areas.cases.sum():
        return {}
    mean = areas.cases.sum() / areas.people.sum()
    raw = areas.cases / areas.people
    between = (areas.people * (raw - mean) ** 2).sum() / areas.people.sum() - mean / areas.people.mean()
    if between > 0:
        weight = between / (between + mean / areas.people)
        smooth = mean + weight * (raw - mean)
        law = gamma(mean**2 / between + areas.cases, scale=1 / (mean / between + areas.people))
    else:
        smooth = pd.Series(mean, areas.index)
        law = gamma(areas.cases.sum() + 0.5 + 0 * areas.cases, scale=1 / areas.people.sum())
    low, high = law.ppf(0.025), law.ppf(0.975)
    chance = poisson(mean * areas.people)
    stands = (areas.cases > chance.ppf(0.999)).astype(int) - (areas.cases < chance.ppf(0.001)).astype(int)
    told = areas.assign(raw=raw * 1e5, rate=smooth * 1e5, low=low * 1e5, high=high * 1e5, stands=stands)
    return {(str(code), str(name)): float(told.loc[code, name]) for code in told.index for name in told.columns}


def level(
    book: truth.Book,
    asked: truth.Asked,
    figures: dict[str, truth.Figure],
    titles: dict[str, str],
    per_100k: Callable[[truth.Figure, pd.DataFrame], float | None],
    whole: bool,
) -> Cells:
    """Value and level of each indicator in the last week from Saturday to Friday that is over, and the capacity."""
    last = min(asked.until, asked.now.date() - DAY)
    friday = next(day for day in (last - DAY * back for back in range(7)) if day.isoweekday() == 5)
    week = truth.Asked(friday - DAY * 6, friday, asked.now, asked.area)
    ladders = {"incidence_week": (20, 50, 150.0001), "admissions_week": (5, 10, 30.0001), "deaths_week": (1, 2, 5.0001)}
    cells: dict[Any, float | None] = {}
    for key in (*ladders, "positivity_week", "contacts_per_case", "bor_week"):
        figure = figures[key]
        if not figure.placed and not whole:  # hospitals are there for the whole city
            continue
        rows = truth.counted(figure, book, week, whole)
        number = per_100k(figure, rows) if key in ladders else figure.made(rows)
        cells[titles[key], "0"] = number
        if key in ladders and number is not None:
            cells[titles[key], "1"] = bisect_right(ladders[key], number) + 1
    return {key: number for key, number in cells.items() if number is not None}
