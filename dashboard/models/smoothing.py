"""Rates of small areas: how much of a difference is chance, and which areas are more than chance.

Three cases among two thousand people are a high rate and say little. Empirical Bayes draws each rate towards the
mean, the more the fewer its people: gamma rates with Poisson cases (Clayton, Kaldor, Biometrics 43 (1987) 671-681,
doi:10.2307/2532003) by the moments of Marshall, Applied Statistics 40 (1991) 283-294, doi:10.2307/2347593. Which areas
stand out is judged by limits about the common rate (a funnel: Spiegelhalter, Statistics in Medicine 24 (2005)
1185-1202, doi:10.1002/sim.1970), exact for Poisson counts. Neither says why: age, testing and who counts as a
resident differ between areas.
"""

from typing import NamedTuple

import numpy as np
import scipy

from dashboard.models.laws import poisson_quantiles
from dashboard.models.reproduction import Floats

FEWEST_AREAS = 5
TAIL = 0.025  # of the interval of a smoothed rate
FAR = 0.001  # beyond on each side: 998 of 1,000 areas that only chance moves lie within


class Smoothed(NamedTuple):
    """Rates per person of each area, their 95 % intervals, and the common rate: (areas,) and a number."""

    rates: Floats
    low: Floats
    high: Floats
    common: float


class Limits(NamedTuple):
    """Cases that an area must exceed to stand out, and that it must stay below: (areas,)."""

    low: Floats
    high: Floats


def smoothed(cases: Floats, people: Floats) -> Smoothed | None:
    """None with too few areas or no cases at all. ``people`` must be positive."""
    if len(cases) < FEWEST_AREAS or not cases.sum():
        return None
    common = float(cases.sum() / people.sum())
    between = float((people * (cases / people - common) ** 2).sum() / people.sum()) - common / float(people.mean())
    if between <= 0:  # the areas differ no more than chance lets them: one rate for all
        level = np.full(len(cases), common)
        low, high = (scipy.special.gammaincinv(0.5 + cases.sum(), tail) / people.sum() for tail in (TAIL, 1 - TAIL))
        return Smoothed(level, np.full(len(cases), low), np.full(len(cases), high), common)
    shape, rate = common**2 / between + cases, common / between + people
    low, high = (scipy.special.gammaincinv(shape, tail) / rate for tail in (TAIL, 1 - TAIL))
    return Smoothed(shape / rate, low, high, common)


def limits(common: float, people: Floats, tail: float = FAR) -> Limits:
    """The funnel: an area stands out below ``low`` or above ``high`` cases; each has at most ``tail`` by chance."""
    expected = common * people
    return Limits(poisson_quantiles(tail, expected), poisson_quantiles(1 - tail, expected))
