"""Calls with a known truth for tests and benches: what a usual week, a level and feasts make of an hour, and chance."""

import numpy as np
import numpy.typing as npt

from dashboard.models.calls_forecast import DAY, WEEK

Floats = npt.NDArray[np.float64]
BY_HOUR = np.array([3, 2, 2, 2, 2, 2.5, 4, 5, 6, 6.5, 7, 7, 7, 6.5, 6.5, 7, 7.5, 8, 8, 8, 7.5, 6.5, 5, 4])
BY_DAY = np.array([0.97, 0.97, 0.98, 1.0, 1.03, 1.06, 1.02])


def rates(days: int, a_day: float) -> Floats:
    """Calls expected of each hour from a Monday on, a little more from week to week."""
    week = np.outer(BY_DAY, BY_HOUR).ravel()
    week *= a_day * 7 / week.sum()
    hours = np.arange(days * DAY)
    trend: Floats = week[hours % WEEK] * (1 + 0.1 * np.sin(hours / (24 * 60)))
    return trend


def drawn(days: int, a_day: float, rng: np.random.Generator, spread: float = 0.0) -> Floats:
    """Counts; ``spread`` is how much whole days differ from what was expected of them."""
    busy = np.repeat(rng.gamma(1 / spread**2, spread**2, days) if spread else np.ones(days), DAY)
    counts: Floats = rng.poisson(rates(days, a_day) * busy).astype(np.float64)
    return counts
