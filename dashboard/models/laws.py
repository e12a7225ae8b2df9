"""Quantiles of laws of counts by ``scipy.special`` alone: ``scipy.stats`` takes 40 MB of each process that asks it."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import scipy

Floats = npt.NDArray[np.float64]
Law = Callable[[float], float]
"""The chance of at most so many."""


def poisson(mean: float) -> Law:
    """Counts of a constant rate."""
    return lambda count: float(scipy.special.pdtr(count, mean)) if count >= 0 else 0.0


def negative_binomial(size: float, part: float) -> Law:
    """Counts of a rate that itself varies; ``size`` need not be whole, ``part`` is size / (size + mean)."""
    return lambda count: float(scipy.special.betainc(size, count + 1.0, part)) if count >= 0 else 0.0


def quantile(law: Law, share: float) -> int:
    """The smallest count that is not exceeded with at least this chance (0 < share < 1)."""
    low, high = -1, 1
    while law(high) < share:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if law(middle) >= share else (middle, high)
    return high


def poisson_quantiles(share: float, means: Floats) -> Floats:
    """The same of many Poisson laws at once; zero where nothing is expected."""
    means = np.asarray(means, dtype=float)
    some = np.where(means > 0, means, 1.0)
    above = np.ceil(scipy.special.pdtrik(share, some))
    below = np.maximum(above - 1, 0)
    found = np.where(scipy.special.pdtr(below, some) >= share, below, above)
    told: Floats = np.where(means > 0, found, 0.0)
    return told
