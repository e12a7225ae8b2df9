"""Rt, the number of people whom one case infects, from the cases of each day by the method of Cori et al. (2013).

Within seven days Rt is taken as constant, and cases as Poisson around Rt × what earlier cases still pass on. With a
gamma prior the answer is a gamma distribution, whose mean and 95 % interval are told. Cori, Ferguson, Fraser,
Cauchemez, American Journal of Epidemiology 178 (2013) 1505–1512, doi:10.1093/aje/kwt133.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

Floats = npt.NDArray[np.float64]

WINDOW = 7  # days
# Days between the first symptoms of a case and of those whom it infects: Nishiura, Linton, Akhmetzhanov, International
# Journal of Infectious Diseases 93 (2020) 284–286, doi:10.1016/j.ijid.2020.02.060. Of the first variant; later ones are
# somewhat shorter, which brings Rt nearer to 1.
SERIAL_MEAN, SERIAL_SD = 4.7, 2.9
SERIAL_LONGEST = 20  # days; hardly anything comes later
PRIOR_SHAPE, PRIOR_SCALE = 1.0, 5.0  # the authors' own: mean 5, deviation 5, so that cases have to prove a low Rt
FEWEST = 11  # cases in a window: fewer leave an interval too wide to say anything (the authors' rule)
SETTLING = 10  # days after the first case: those who infected the first ones are not in the data
TAIL = 0.025  # on each side of the interval
LEAD = WINDOW - 1 + SERIAL_LONGEST  # days before the first estimate that it rests on


class Estimate(NamedTuple):
    """Rt of the seven days that end with a day, and its 95 % interval."""

    mean: float
    low: float
    high: float


def serial_interval() -> Floats:
    """The share of infections that fall on each day after a case; none on the day itself."""
    shape, scale = (SERIAL_MEAN / SERIAL_SD) ** 2, SERIAL_SD**2 / SERIAL_MEAN
    edges = np.arange(SERIAL_LONGEST + 1) + 0.5
    shares: Floats = np.concatenate([[0.0], np.diff(scipy.special.gammainc(shape, edges / scale))])
    whole: Floats = shares / shares.sum()
    return whole


def pressure(counts: Floats, serial: Floats) -> Floats:
    """What the cases until each day still pass on: the cases that an Rt of 1 would bring that day."""
    passed: Floats = np.convolve(counts, serial)[: len(counts)]
    return passed


def estimates(cases: Sequence[float]) -> list[Estimate | None]:
    """Rt for each day of a row of days without gaps; nothing where there are too few cases to tell."""
    counts = np.asarray(cases, dtype=np.float64)
    if not counts.any():
        return [None] * len(counts)
    passed = pressure(counts, serial_interval())
    told = first_day(counts)
    ends = [slice(day - WINDOW + 1, day + 1) for day in range(len(counts))]
    return [
        posterior(counts[days], passed[days]) if day >= told and counts[days].sum() >= FEWEST else None
        for day, days in enumerate(ends)
    ]


def first_day(counts: Floats) -> int:
    """The first day of which anything can be told: a window after those who infected the first cases are seen."""
    return int(np.argmax(counts > 0)) + SETTLING + WINDOW - 1


def posterior(counts: Floats, passed: Floats) -> Estimate:
    """Rt of days together, from the cases of each and the pressure on each."""
    shape, scale = PRIOR_SHAPE + float(counts.sum()), 1 / (1 / PRIOR_SCALE + float(passed.sum()))
    low, high = scipy.special.gammaincinv(shape, [TAIL, 1 - TAIL]) * scale
    return Estimate(shape * scale, float(low), float(high))
