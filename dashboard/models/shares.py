"""Which shares have changed by more than chance, among many that are looked at together.

Two shares are compared by the pooled z test; among many, those are told that keep the expected part of false ones
within a rate (Benjamini, Hochberg, Journal of the Royal Statistical Society B 57 (1995) 289–300,
doi:10.1111/j.2517-6161.1995.tb02031.x).
"""

import numpy as np
import numpy.typing as npt
import scipy

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FEWEST = 10  # of each: below, a share is too coarse for a normal law
FALSE_RATE = 0.1  # of those told, the expected part that is chance


def chances(part: Floats, whole: Floats, part_before: Floats, whole_before: Floats) -> Floats:
    """The probability of so great a difference by chance, for each pair; NaN where there are too few."""
    enough = (whole >= FEWEST) & (whole_before >= FEWEST)
    now, before = (np.where(enough, of, FEWEST) for of in (whole, whole_before))
    pooled = np.where(enough, (part + part_before) / (now + before), 0.5)
    error = np.sqrt(pooled * (1 - pooled) * (1 / now + 1 / before))
    gap = np.abs(part / now - part_before / before)
    z = np.divide(gap, error, out=np.zeros_like(gap), where=error > 0)
    told: Floats = np.where(enough, 2 * scipy.special.ndtr(-z), np.nan)
    return told


def shortfalls(part: Floats, whole: Floats, aim: float) -> Floats:
    """The probability of so few, or fewer, where truly ``aim`` per cent are: the exact binomial tail."""
    told: Floats = scipy.special.bdtr(part, whole.astype(np.int64), min(max(aim / 100, 0.0), 1.0))
    return told


def beyond_chance(chances: Floats, rate: float = FALSE_RATE) -> Flags:
    """Those that are told: Benjamini and Hochberg's step-up; NaN is never told and does not count."""
    known = np.flatnonzero(np.isfinite(chances))
    told = np.zeros(len(chances), dtype=np.bool_)
    order = known[np.argsort(chances[known], kind="stable")]
    bounds = rate * np.arange(1, len(order) + 1) / max(len(order), 1)
    under = np.flatnonzero(chances[order] <= bounds)
    if len(under):
        told[order[: under[-1] + 1]] = True
    return told
