"""What sort of day it is, as columns of a regression: weekdays, holidays, Ramadan, Lebaran, salaries.

No column for the season of the year: the level of the recent weeks follows that by itself.
"""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dashboard.holidays import DAY, LEBARAN_DAYS, Kind, days_since_feast, is_off, is_ramadan, kind

Floats = npt.NDArray[np.float64]

LAST_TEN = 10  # days before the feast, when most is bought
LONG = 3  # days off in a row after which work has piled up
# Each effect with two spreads on the scale of logarithms: what it may do where nothing is known of it yet (a feast that
# was never seen widens the interval by so much), and how it differs from one time to the next.
EFFECTS: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), (1.0, 0.0)),
    "holiday": (0.7, 0.15),
    "joint_leave": (0.7, 0.25),
    "feast_leave": (0.7, 0.35),
    "lebaran": (0.9, 0.25),
    "ramadan": (0.3, 0.05),
    "last_ten": (0.4, 0.1),
    "after_a_rest": (0.3, 0.1),
    "salaries_end": (0.5, 0.0),
    "salaries_begin": (0.5, 0.0),
    "year_end": (0.4, 0.15),
}
SPREADS, DIFFERENCES = (np.array(column) for column in zip(*EFFECTS.values(), strict=True))


def effects(days: Sequence[dt.date]) -> Floats:
    """One row a day, one column for each of ``EFFECTS``."""
    return np.array([_of(day) for day in days], dtype=np.float64).reshape(len(days), len(EFFECTS))


def _of(day: dt.date) -> list[float]:
    sort, weekday = kind(day), day.weekday()
    ahead = -days_since_feast(day)
    feast = -LEBARAN_DAYS < ahead <= 0
    fasting = is_ramadan(day) and sort is not Kind.LEBARAN
    return [
        *(float(weekday == number) for number in range(1, 7)),
        float(sort is Kind.HOLIDAY and weekday < 5),
        float(sort is Kind.JOINT_LEAVE),
        float(sort is Kind.LEBARAN and not feast),
        float(feast),
        float(fasting),
        float(fasting and ahead <= LAST_TEN),
        float(not is_off(day) and all(is_off(day - DAY * n) for n in range(1, LONG + 1))),
        float(day.day >= 25),
        float(day.day <= 5),
        float((day.month, day.day) >= (12, 24) or (day.month, day.day) == (1, 1)),
    ]
