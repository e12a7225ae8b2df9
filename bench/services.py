"""Do the intervals of services hold what they say? ``python -m bench.services [--draws 400]``

Against the simulator's own truth: the effect of digitalisation that it plants, wards where it plants none, and two
years of complaints, judged week by week with what was known then.
"""

import argparse
import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl

from bench.common import results
from dashboard.analyses.services import Said, Tickets, closings, middles
from dashboard.models.differences import NEVER, Counts, chance, course, effect
from simulator import seasons
from simulator.catalogue import DATASETS
from simulator.dataset import Past
from simulator.datasets import lapak_aduan, santer
from simulator.scenery import Options, sceneries

NOW = dt.datetime(2026, 11, 22, 5, tzinfo=dt.UTC)
UTC_HOURS, CITIES = {"samarinda": 8, "banyumas": 7}, ("samarinda", "surabaya", "banyumas")
LIMIT_DAYS, COMPLAINT_DAYS, COMPLAINT_DRAWS = 14.0, 730, 12


def main() -> None:
    """Measure, print, and keep as JSON."""
    parser = argparse.ArgumentParser(prog="bench.services")
    parser.add_argument("--draws", type=int, default=400)
    draws = parser.parse_args().draws
    goals = [*_effects(draws), *_complaints()]
    figure = "services: " + "; ".join(
        f"{goal.what} {goal.got:.2f}" for goal in {one.what: one for one in goals}.values()
    )
    results.keep("services", figure, {"draws": draws}, goals)


def _past(city: str, days: int = 0) -> Past:
    """The past of a city, of as many days as it has or of these."""
    options = Options(seed=1, days=None, scale=1.0, now=NOW)
    scenery = sceneries(options)[CITIES.index(city)]
    return Past(replace(scenery, plan=replace(scenery.plan, days=days or scenery.plan.days)), options, DATASETS)


def _effects(draws: int) -> list[results.Goal]:
    past = _past("samarinda")
    told = (
        past["site_budgets"].filter(pl.col("area_code").str.len_chars() == 13).select("area_code", "live_on").unique()
    )
    begun = dict(told.rows())
    others = [code for code in past.scenery.places.codes if code not in begun]
    found, plain, before, placebo, alarms = [], [], [], [], []
    for seed in range(draws):
        counts = _counts(past, _requests(past, seed, told), begun)
        one, steps = effect(counts), course(counts)
        if one and steps and steps.chance is not None:
            found.append((one.mean, one.low <= santer.LIFT <= one.high))
            plain.append(one.plain)
            before.append(steps.chance <= 0.1)
        chosen = np.random.default_rng(seed).choice(others, len(begun), replace=False)
        nothing = _counts(past, _requests(past, seed, told.clear()), dict(zip(chosen, begun.values(), strict=True)))
        none, by_chance = effect(nothing), chance(nothing)
        if none and by_chance is not None:
            placebo.append(none.low <= 0 <= none.high)
            alarms.append(by_chance <= 0.05)
    errors = np.array([mean for mean, _ in found]) - santer.LIFT
    naive = np.array(plain) - santer.LIFT
    return [
        *_within("effect: 80 % interval holds the planted one, %", 100 * float(np.mean([held for _, held in found]))),
        results.Goal("effect: mean error, points", 0.3, abs(float(errors.mean())), at_most=True),
        results.Goal("effect: MAE over that of before/after", 0.9, _ratio(errors, naive), at_most=True),
        *_within("placebo: 80 % interval holds 0, %", 100 * float(np.mean(placebo))),
        results.Goal("placebo: told as more than chance (p ≤ 0.05), %", 8, 100 * float(np.mean(alarms)), at_most=True),
        results.Goal("parallel before: warned of in vain (p ≤ 0.1), %", 15, 100 * float(np.mean(before)), at_most=True),
    ]


def _within(what: str, got: float) -> list[results.Goal]:
    return [results.Goal(what, 75, got), results.Goal(what, 85, got, at_most=True)]


def _ratio(errors: np.ndarray, naive: np.ndarray) -> float:
    return float(np.abs(errors).mean() / np.abs(naive).mean())


def _requests(past: Past, seed: int, sites: pl.DataFrame) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    at = past.moments(santer.A_DAY, seasons.OFFICE, santer.DAYS, rng)
    return santer.requests(past.scenery, past.ids("S", len(at)), at, rng, sites, np.random.default_rng([seed, 1]))


def _counts(past: Past, rows: pl.DataFrame, begun: dict[str, dt.date]) -> Counts:
    codes, first = past.scenery.places.codes, NOW.date() - dt.timedelta(days=santer.DAYS - 1)
    local = rows["opened_at"].dt.offset_by(f"{UTC_HOURS['samarinda']}h").dt.date()
    day, place = (local - first).dt.total_days().to_numpy(), np.searchsorted(codes, rows["area_code"].to_numpy())
    part, whole = (np.zeros((len(codes), santer.DAYS), dtype=np.int64) for _ in range(2))
    np.add.at(whole, (place, day), 1)
    np.add.at(part, (place, day), rows["channel"].to_numpy() == "digital")
    return Counts(part, whole, np.array([(begun[code] - first).days if code in begun else NEVER for code in codes]))


def _complaints() -> list[results.Goal]:
    past = _past("banyumas", COMPLAINT_DAYS)
    week, half = [], []
    for seed in range(COMPLAINT_DRAWS):
        rng = np.random.default_rng(seed)
        at = past.moments(lapak_aduan.A_DAY, seasons.HOUSEHOLD, COMPLAINT_DAYS, rng)
        rows = lapak_aduan.tickets(past.scenery, past.ids("A", len(at)), at, rng)
        known = _tickets(rows)
        week += list(closings(known, COMPLAINT_DAYS, LIMIT_DAYS))
        half += list(middles(known, COMPLAINT_DAYS))
    return [
        *_judged(f"complaints of next week closed in time ({len(week)} weeks)", week),
        *_judged(f"days until half are closed ({len(half)} weeks)", half),
    ]


def _tickets(rows: pl.DataFrame) -> Tickets:
    now = NOW.replace(tzinfo=None)
    since = now - dt.timedelta(days=COMPLAINT_DAYS)
    opened, closed = (
        (rows[name] - since).dt.total_seconds().to_numpy() / 86_400 for name in ("opened_at", "closed_at")
    )
    order = np.argsort(opened)
    late = np.where(np.isfinite(closed) & (closed <= COMPLAINT_DAYS), closed, np.inf)
    return Tickets(opened[order], late[order], NOW - dt.timedelta(days=COMPLAINT_DAYS))


def _judged(what: str, told: list[Said]) -> list[results.Goal]:
    rows = np.array([row for row in told if row.naive is not None], dtype=np.float64)
    said, low, high, naive, came = rows[:, 1:].T
    held = 100 * float(np.mean((low <= came) & (came <= high)))
    return [
        *_within(f"{what}: 80 % interval, %", held),
        results.Goal(f"{what}: MAE over the naive one's", 0.9, _ratio(said - came, naive - came), at_most=True),
    ]


if __name__ == "__main__":
    main()
