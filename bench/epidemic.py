"""Do the models of an epidemic say the truth? Rt and the nowcast on epidemics of which it is known.

A renewal process is drawn with an Rt that stays, steps or swings, reports wait at the week's end, some cases infect
many; then Rt is asked on every day, of all of it and as it was known on that day, and the nowcast on every day with
what had been reported by then. What is printed last is how often the intervals held what came.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench.common import results
from bench.common.epidemics import COURSES, SUPERSPREADING, held_back, renewal, reports
from bench.common.results import Goal
from dashboard.models.nowcast import LONGEST, Ints, nowcast, triangle
from dashboard.models.reproduction import Floats, estimates
from dashboard.models.transmission import course

DAYS = 120
FIRST_WEEK = 7  # days after the first that can be told, which the goal leaves out
OLDEST = 10  # days: older ones are almost whole, and easy
LEARNED = 100  # days before the first nowcast
MOST = 2_000  # cases a day: an epidemic of a city, not of a country
SIZES = (5, 20, 80)  # cases a day at the beginning
Held = npt.NDArray[np.bool_]
Observed = Callable[[Floats, np.random.Generator], Floats]


class Covered(NamedTuple):
    """Of each day that was told of, whether the interval held the truth: Rt day by day, and Cori's mean of seven."""

    walk: Held  # Rt of the day, told when all was known
    then: Held  # Rt of the day, told on that day
    week: Held  # the mean of seven days, weighed as the estimator weighs it
    day: Held  # Rt of the last of those seven days


def rt_covered(rt: Floats, begin: float, observed: Observed | None, spreading: float | None, seed: int) -> Covered:
    """One epidemic. Days before the end of the first week are left out."""
    rng = np.random.default_rng(seed)
    true = np.minimum(renewal(rt, begin, rng, spreading), MOST)
    cases = observed(true, rng) if observed else true
    walk, week = course(cases).days, estimates(cases.tolist())
    told = [day for day, one in enumerate(walk) if one is not None]
    told = [day for day in told if day >= told[0] + FIRST_WEEK] if told else []
    means = _means(rt, true)
    return Covered(
        _within([(walk[day], rt[day]) for day in told]),
        _within([(course(cases[: day + 1]).days[-1], rt[day]) for day in told[::7]]),
        _within([(week[day], means[day]) for day in told]),
        _within([(week[day], rt[day]) for day in told]),
    )


def _means(rt: Floats, cases: Floats) -> Floats:
    """Rt over seven days, each weighed by its cases over its Rt: what a constant Rt would have to be."""
    force = cases / rt
    window = np.ones(7)
    return np.convolve(cases, window)[: len(cases)] / np.maximum(np.convolve(force, window)[: len(cases)], 1e-9)


def _within(told: list[tuple[tuple[float, float, float] | None, float]]) -> Held:
    return np.array([one[1] <= truth <= one[2] for one, truth in told if one is not None], dtype=bool)


def nowcast_held(onset: Ints, reported: Ints, days: int, every: int = 1, oldest: int = OLDEST) -> Held:
    """Whether the interval held what came in the end, for each young day on every so many-th day."""
    whole = triangle(onset, reported, days + LONGEST + 60).sum(1)
    held = []
    for today in range(LEARNED, days - LONGEST, every):
        known = reported <= today
        told = nowcast(triangle(onset[known], reported[known], today + 1)[-140:]) or []
        for age, one in enumerate(told[::-1][: oldest + 1]):
            if one.low is not None and one.high is not None:
                held.append(one.low <= whole[today - age] <= one.high)
    return np.array(held, dtype=bool)


def _rt_rows(rounds: int) -> tuple[list[tuple[str, ...]], list[Covered]]:
    rows, all_of = [], []
    ways: dict[str, tuple[Observed | None, float | None]] = {
        "as they fell ill": (None, None),
        "held back at the week's end": (held_back, None),
        "superspreading, held back": (held_back, SUPERSPREADING),
    }
    for way, (observed, spreading) in ways.items():
        for name, shape in COURSES.items():
            rt = shape(np.arange(DAYS, dtype=float))
            found = [rt_covered(rt, begin, observed, spreading, seed) for seed in range(rounds) for begin in SIZES[1:]]
            whole = Covered(*(np.concatenate(part) for part in zip(*found, strict=True)))
            all_of.append(whole)
            rows.append((f"{name}, {way}", str(len(whole.walk)), *(_percent(part) for part in whole)))
    return rows, all_of


def _nowcast_rows(rounds: int) -> tuple[list[tuple[str, ...]], dict[str, Held]]:
    rows: list[tuple[str, ...]] = []
    found: dict[str, Held] = {}
    days = 260
    rt_days = np.arange(days, dtype=float) % 120
    for begin in SIZES:
        for name, slower in (("steady delays", None), ("laboratories fall behind by 3 days", 180)):
            held = []
            for seed in range(rounds):
                for shape in ("steady", "waves", "step"):
                    rng = np.random.default_rng(seed)
                    onsets = np.minimum(renewal(np.clip(COURSES[shape](rt_days), 0.8, 1.2), begin, rng), 400)
                    held.append(nowcast_held(*reports(onsets, rng, slower), days=days, every=4))
            label = f"{begin} cases a day, {name}"
            found[label] = np.concatenate(held)
            rows.append((label, str(len(found[label])), _percent(found[label])))
    return rows, found


def _percent(held: Held) -> str:
    return f"{100 * held.mean():.1f}" if len(held) else "-"


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="epidemics of each kind")
    rounds = parser.parse_args().rounds
    rt_rows, covered = _rt_rows(rounds)
    heads = ("epidemic", "days", "Rt of the day", "told that day", "7-day mean (Cori)", "Cori, last day")
    results.show("Rt: % of days outside the first week on which the 95 % interval holds the truth", heads, rt_rows)
    now_rows, held = _nowcast_rows(rounds)
    results.show("Nowcast: % of days that the 80 % interval holds", ("", "days", "held"), now_rows)
    steady = np.concatenate([one for label, one in held.items() if "steady" in label and not label.startswith("5 ")])
    worst, now = float(min(one.walk.mean() for one in covered)), float(steady.mean())
    then = float(np.concatenate([one.then for one in covered]).mean())
    goals = [
        Goal("Rt of the day, worst course, % of days held", 90, 100 * worst),
        Goal("Rt as told that day, % of days held", 90, 100 * then),
        Goal("nowcast held, %, at least", 75, 100 * now),
        Goal("nowcast held, %, at most", 85, 100 * now, at_most=True),
    ]
    kept = {"rt": rt_rows, "nowcast": now_rows}
    figure = f"Rt held on {100 * worst:.1f} % of days (worst course), nowcast on {100 * now:.1f} %"
    results.keep(Path(__file__).stem, figure, kept, goals)


if __name__ == "__main__":
    main()
