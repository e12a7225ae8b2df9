"""Daily counts put in order before a model reads them: published series have gaps and take back what they said."""

from collections.abc import Sequence

import numpy as np

from dashboard.models.reproduction import Floats


def mended(counts: Sequence[float | None] | Floats) -> Floats:
    """Counts of consecutive days without gaps and without negative days; their sum stays what it was.

    A day without a number shares what the next number says with it, evenly: the next report told of both. A negative
    day is a correction of earlier ones, and is taken from them, the latest first. What the first days cannot give
    stays zero: of those the source took back more than it had said.
    """
    days = _shared(counts)
    for day in np.flatnonzero(days < 0)[::-1]:
        owed = -days[day]
        days[day] = 0.0
        for before in range(day - 1, -1, -1):
            if owed <= 0:
                break
            given = min(owed, max(days[before], 0.0))
            days[before] -= given
            owed -= given
    return days


def _shared(counts: Sequence[float | None] | Floats) -> Floats:
    """Every gap filled from the number that ends it; a gap at the end, which nothing has ended, is zero."""
    days = np.zeros(len(counts))
    began = 0
    for day, number in enumerate(counts):
        if number is None:
            continue
        days[began : day + 1] = number / (day + 1 - began)
        began = day + 1
    return days
