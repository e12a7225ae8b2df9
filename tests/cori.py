"""Rt a second time, straight from the paper's formulas; nothing here is shared with the code under test."""

import datetime as dt
from collections.abc import Mapping

from scipy.stats import gamma

MEAN, SD, LONGEST = 4.7, 2.9, 20  # serial interval, days
SERIAL = gamma((MEAN / SD) ** 2, scale=SD**2 / MEAN)
DAY = dt.timedelta(days=1)


def weight(days: int) -> float:
    """The share of infections so many days after a case."""
    if not 1 <= days <= LONGEST:
        return 0.0
    return float((SERIAL.cdf(days + 0.5) - SERIAL.cdf(days - 0.5)) / (SERIAL.cdf(LONGEST + 0.5) - SERIAL.cdf(0.5)))


WEIGHTS = {days: weight(days) for days in range(1, LONGEST + 1)}


def reproduction(
    cases: Mapping[dt.date, float], since: dt.date, until: dt.date
) -> dict[dt.date, tuple[float, float, float]]:
    """Mean and 95 % interval for each day that can be told, of cases by day; ``since`` begins what is shown."""
    begin = since - DAY * (6 + LONGEST)
    counts = {day: number for day, number in cases.items() if begin <= day <= until and number}
    first = min(counts, default=until)
    told = {}
    for number in range((until - since).days + 1):
        day = since + DAY * number
        window = [day - DAY * back for back in range(7)]
        seen = sum(counts.get(one, 0) for one in window)
        if seen >= 11 and window[-1] >= first + DAY * 10:
            passed = sum(counts.get(one - DAY * s, 0) * w for one in window for s, w in WEIGHTS.items())
            posterior = gamma(1 + seen, scale=1 / (1 / 5 + passed))
            told[day] = (float(posterior.mean()), *(float(bound) for bound in posterior.ppf([0.025, 0.975])))
    return told
