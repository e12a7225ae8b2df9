"""When things happen: days, weekdays, Ramadan and Lebaran, hours of the day.

Moments are seconds since 1970 on the city's own clock; ``utc`` moves them.
"""

import datetime as dt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Days = NDArray[np.datetime64]

DAY = 86_400
# First day of Ramadan and first day of Lebaran, as fixed or foreseen by the Ministry of Religious Affairs.
RAMADAN = (
    ("2024-03-12", "2024-04-10"),
    ("2025-03-01", "2025-03-31"),
    ("2026-02-19", "2026-03-21"),
    ("2027-02-08", "2027-03-10"),
    ("2028-01-28", "2028-02-26"),
)

OFFICE = np.array([0, 0, 0, 0, 0, 0, 0.2, 1, 4, 8, 9, 7, 4, 6, 5, 3, 1.5, 0.5, 0.3, 0.3, 0.2, 0, 0, 0])
HOUSEHOLD = np.array([0.1, 0, 0, 0, 0.3, 1, 3, 5, 6, 6, 5, 4, 4, 3, 3, 4, 5, 5, 6, 7, 5, 3, 1, 0.4])
EMERGENCY = np.array([3, 2, 2, 2, 2, 2.5, 4, 5, 6, 6.5, 7, 7, 7, 6.5, 6.5, 7, 7.5, 8, 8, 8, 7.5, 6.5, 5, 4])


def days_until(now: dt.datetime, utc_hours: int, days: int) -> Days:
    """The last ``days`` days of the city, today included."""
    today = np.datetime64((now + dt.timedelta(hours=utc_hours)).date(), "D")
    return np.arange(today - np.timedelta64(days - 1, "D"), today + np.timedelta64(1, "D"))


def weekday(days: Days) -> Ints:
    """0 = Monday … 6 = Sunday."""
    return (days.astype(np.int64) + 3) % 7


def festive(days: Days, ramadan: float, lebaran: float) -> Floats:
    """A factor per day: ``ramadan`` in the fasting month, ``lebaran`` in the week of the feast, else 1."""
    factor = np.ones(len(days))
    for start, feast in RAMADAN:
        first, last = np.datetime64(start), np.datetime64(feast)
        factor[(days >= first) & (days < last)] = ramadan
        factor[(days >= last) & (days < last + np.timedelta64(7, "D"))] = lebaran
    return factor


def shopping(days: Days) -> Floats:
    """Households: week-ends, groceries before Lebaran, quiet in the feast itself, slow growth."""
    week = np.array([0.95, 0.92, 0.95, 1.0, 1.05, 1.15, 1.1])[weekday(days)]
    return week * festive(days, 1.25, 0.55) * np.linspace(0.85, 1.15, len(days))


def office(days: Days) -> Floats:
    """Civil servants: working days, with a peak when the salary is there and the month ends."""
    week = np.array([1.0, 1.05, 1.0, 1.0, 0.9, 0.06, 0.04])[weekday(days)]
    day = (days - days.astype("datetime64[M]")).astype(np.int64) + 1
    return week * np.where(day >= 25, 2.4, np.where(day <= 5, 1.5, 1.0)) * festive(days, 1.1, 0.15)


def emergencies(days: Days) -> Floats:
    """Calls: a little more on week-ends, in Ramadan nights and in the wet months."""
    week = np.array([0.97, 0.97, 0.98, 1.0, 1.03, 1.06, 1.02])[weekday(days)]
    month = days.astype("datetime64[M]").astype(np.int64) % 12
    wet = np.array([1.08, 1.06, 1.04, 1.0, 0.98, 0.95, 0.94, 0.94, 0.96, 1.0, 1.04, 1.08])[month]
    return week * wet * festive(days, 1.05, 1.25)


def moments(rng: np.random.Generator, days: Days, per_day: Ints, hours: Floats) -> Ints:
    """So many moments on each day, spread over the hours, in order."""
    day = np.repeat(days.astype(np.int64), per_day)
    hour = rng.choice(24, len(day), p=hours / hours.sum())
    return np.sort(day * DAY + hour * 3600 + rng.integers(0, 3600, len(day)))


def stamps(seconds: Ints) -> NDArray[np.datetime64]:
    """Seconds as the kind of moment that polars takes."""
    return (np.asarray(seconds).astype(np.int64) * 1_000_000).astype("datetime64[us]")
