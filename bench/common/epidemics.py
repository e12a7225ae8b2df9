"""Epidemics of which the truth is known: a renewal process with a given Rt, and how its cases come to be reported."""

from collections.abc import Callable

import numpy as np

from dashboard.models.nowcast import Ints
from dashboard.models.reproduction import SERIAL_LONGEST, Floats, serial_interval

HELD = np.array(
    [0.05, 0.05, 0.05, 0.05, 0.1, 0.2, 0.4]
)  # the share of a day's reports that wait until the next, Mon-Sun
SUPERSPREADING = 0.5  # shape of the gamma distribution of what one case passes on
FIRST = 5  # days that begin the epidemic, without a past

COURSES: dict[str, Callable[[Floats], Floats]] = {
    "steady": lambda day: np.full(len(day), 1.05),
    "step": lambda day: np.where(day < 45, 1.25, 0.85),
    "two steps": lambda day: np.select([day < 30, day < 70], [1.3, 0.75], 1.15),
    "waves": lambda day: 1 + 0.3 * np.sin(2 * np.pi * day / 60),
    "slow": lambda day: 1 + 0.2 * np.sin(2 * np.pi * day / 120),
}


def renewal(rt: Floats, begin: float, rng: np.random.Generator, spreading: float | None = None) -> Floats:
    """Cases of each day: Poisson about Rt × what earlier ones pass on; with ``spreading`` a few cases pass on most."""
    cases, weights = np.zeros(len(rt)), serial_interval()[1:][::-1]
    cases[:FIRST] = rng.poisson(begin, FIRST)
    for day in range(FIRST, len(rt)):
        past = cases[max(0, day - SERIAL_LONGEST) : day]
        force = float(rt[day] * past @ weights[-len(past) :])
        if spreading is not None:
            force = rng.gamma(max(force * spreading, 1e-9), 1 / spreading)
        cases[day] = rng.poisson(force)
    return cases


def held_back(cases: Floats, rng: np.random.Generator) -> Floats:
    """The same cases by day of report: part of a day's waits until the next, most on Sundays."""
    late = rng.binomial(cases.astype(np.int64), HELD[np.arange(len(cases)) % 7])
    told: Floats = cases - late + np.concatenate([[0], late[:-1]])
    return told


def reports(onsets: Floats, rng: np.random.Generator, slower_from: int | None = None) -> tuple[Ints, Ints]:
    """Day of onset and of report of each case: gamma delays about 5.5 days, held back at the week's end.

    From ``slower_from`` on (a day of report) laboratories fall behind by three days.
    """
    onset = np.repeat(np.arange(len(onsets)), onsets.astype(np.int64))
    reported = onset + rng.gamma(3.0, 1.8, len(onset)).astype(np.int64)
    if slower_from is not None:
        reported = reported + np.where(reported >= slower_from, rng.integers(1, 6, len(onset)), 0)
    return onset, reported + (rng.random(len(onset)) < HELD[reported % 7])
