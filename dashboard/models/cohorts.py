"""Who stays: merchants by the month of their first sale, and how many of them still sell in each month after it.

Cohort and life-table analysis as in demography (Ryder, American Sociological Review 30 (1965) 843–861,
doi:10.2307/2090964), without censoring at the end: a merchant who comes back counts again in the months in which it
sells. The first month that is known is no cohort of beginners: who sold before the data begin is in it, too.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]


class Flow(NamedTuple):
    """Merchants of each month: how many sold, for the first time, again after a pause, as in the month before; and how
    many of the month before sold nothing."""

    alive: Whole
    new: Whole
    back: Whole
    kept: Whole
    lost: Whole


class Cohorts(NamedTuple):
    """``size``: merchants by month of their first sale; ``selling[c, k]``: how many of cohort c sold k months later, -1
    where that month is still to come."""

    size: Whole
    selling: Whole


def active(merchants: Sequence[object], months: Sequence[int], size: int) -> npt.NDArray[np.bool_]:
    """A row a merchant, a column a month from 0 to ``size`` - 1: whether it sold. Pairs may be repeated."""
    _, row = np.unique(np.asarray(merchants, dtype=str), return_inverse=True)
    sold = np.zeros((row.max(initial=-1) + 1, size), bool)
    sold[row, np.asarray(months, dtype=np.int64)] = True
    return sold


def flow(sold: npt.NDArray[np.bool_]) -> Flow:
    """Merchants who came, stayed, came back and went, for each month."""
    before = np.hstack([np.zeros((len(sold), 1), bool), sold[:, :-1]])
    ever = np.hstack([np.zeros((len(sold), 1), bool), np.maximum.accumulate(sold, axis=1)[:, :-1]])
    parts = (sold, sold & ~ever, sold & ever & ~before, sold & before, before & ~sold)
    return Flow(*(part.sum(axis=0, dtype=np.int64) for part in parts))


def cohorts(sold: npt.NDArray[np.bool_]) -> Cohorts:
    """The table of retention: a row a month of first sale, a column the months since."""
    months = sold.shape[1]
    selling = np.full((months, months), -1, dtype=np.int64)
    first = np.where(sold.any(axis=1), np.argmax(sold, axis=1), -1)
    for month in range(months):
        selling[month, : months - month] = sold[first == month, month:].sum(axis=0)
    return Cohorts(np.bincount(first[first >= 0], minlength=months).astype(np.int64), selling)
