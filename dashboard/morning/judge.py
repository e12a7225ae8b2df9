"""Whether a change is more than chance, and whether a target is missed for more than a bad day.

Worse than usual: one-sided, against the same weekday of the weeks before. Counts: the exact conditional test of two
Poisson counts; shares of rows: Fisher's exact test. Both must also lie outside what these weekdays differ by among
themselves (Student's t for one further value), since days differ by more than chance alone; everything else is judged
by that spread only. Fewer than four earlier weekdays are no ground for any claim. Where the detector has judged the day
(``dashboard.models.unusual``), its score stands in the place of both.

Past its target: a state, or a figure that is defined by a count of seven days, is counted and not sampled: it is past
its target or not. A daily figure has to lie past it over the last seven days (Student's t).
"""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

import numpy as np
import scipy

from dashboard.indicator import Better, Indicator, Unit, Window
from dashboard.morning.course import USUAL_WEEKS, Course
from dashboard.scope import DAY, WEEK

LEAST_WEEKDAYS = 4
FALSE_RATE = 0.05  # of everything that is told, this part may be chance (Benjamini and Hochberg)
SAME = 1e-4
LEAST_PART, LEAST_POINTS = 0.1, 2.0  # a change below a tenth, or below two points of a percentage, is not worth a word
AMOUNTS = frozenset({Unit.RUPIAH, Unit.KG})  # they add up and are no counts


def is_worse(about: Indicator, number: float, than: float) -> bool:
    """Whether a number lies on the bad side of another."""
    return number < than if about.better is Better.MORE else number > than


def matters(about: Indicator, number: float, usual: float) -> bool:
    """Whether a change is large enough to be told of."""
    change = abs(number - usual)
    return change >= (LEAST_POINTS if about.unit is Unit.PERCENT else LEAST_PART * abs(usual)) and change > 0


def chance_of_change(about: Indicator, seen: Course) -> float | None:
    """The chance of so bad a value where nothing is going on; None where that cannot be said."""
    if about.window is Window.KNOWN or seen.now is None or len(seen.before) < (1 if seen.monthly else LEAST_WEEKDAYS):
        return None
    exact = _exact(about, seen)
    if seen.monthly:
        return exact
    spread = _beyond(about, seen.now, [seen.values[day] for day in seen.before])
    return spread if exact is None else max(exact, spread)


def chance_of_score(about: Indicator, said: Mapping[str, Any]) -> float:
    """The chance of so bad a value by the detector, which knows holidays and what was unusual before.

    Its score is of the day or of three together: two chances to ring. A day within its own interval is no news itself.
    """
    if said["low"] <= said["value"] <= said["high"]:
        return 1.0
    return min(1.0, 2 * float(scipy.special.ndtr(said["score"] if about.better is Better.MORE else -said["score"])))


def is_same(number: float, kept: float) -> bool:
    """Whether a value is still the one that was judged; it is kept with five digits."""
    return abs(number - kept) <= SAME * max(abs(number), abs(kept))


def _exact(about: Indicator, seen: Course) -> float | None:
    days = seen.before[:USUAL_WEEKS]
    if seen.sizes:
        return _two_shares(about, seen)
    if not about.unit.adds_up or about.unit in AMOUNTS:
        return None
    count, earlier = round(seen.now or 0), round(sum(seen.values[day] for day in days))
    return two_counts(count, earlier, len(days), upwards=about.better is Better.LESS)


def two_counts(count: int, earlier: int, days: int, upwards: bool) -> float:
    """The chance of a count as large (or small) beside those of so many days, when all have one rate."""
    every, part = count + earlier, 1 / (days + 1)
    if upwards:
        return 1.0 if count == 0 else float(scipy.special.bdtrc(count - 1, every, part))
    return 1.0 - float(scipy.special.bdtrc(count, every, part))


def _two_shares(about: Indicator, seen: Course) -> float | None:
    days = [day for day in seen.before[:USUAL_WEEKS] if seen.sizes.get(day)]
    size = round(seen.sizes.get(seen.day, 0))
    if not size or not days:
        return None
    hits = round((seen.now or 0) * size / 100)
    other_size = round(sum(seen.sizes[day] for day in days))
    other_hits = round(sum(seen.values[day] * seen.sizes[day] / 100 for day in days))
    if about.better is Better.MORE:  # few hits are many misses
        hits, other_hits = size - hits, other_size - other_hits
    return two_shares(hits, size, other_hits, other_size)


def two_shares(hits: int, size: int, other_hits: int, other_size: int) -> float:
    """The chance of so many hits or more among so many, given all hits of both groups (Fisher, one-sided)."""
    every, total = hits + other_hits, size + other_size
    possible = np.arange(hits, min(size, every) + 1)
    return min(
        1.0, float(np.exp(_ways(every, possible) + _ways(total - every, size - possible) - _ways(total, size)).sum())
    )


def _ways(of: int | np.ndarray, taken: int | np.ndarray) -> np.ndarray:
    """The logarithm of the number of ways to take so many of so many."""
    impossible = np.asarray(taken) > np.asarray(of)
    free = np.where(impossible, 0, np.asarray(of) - np.asarray(taken))
    found = (
        scipy.special.gammaln(np.asarray(of) + 1.0)
        - scipy.special.gammaln(np.asarray(taken) + 1.0)
        - scipy.special.gammaln(free + 1.0)
    )
    return np.where(impossible, -np.inf, found)


def _beyond(about: Indicator, number: float, earlier: Sequence[float]) -> float:
    """The chance of so bad a further value, given how much the earlier ones differ; of equal ones by its rank."""
    size, mean, spread = len(earlier), fmean(earlier), stdev(earlier)
    if not is_worse(about, number, mean):
        return 1.0
    if spread == 0:
        return 1 / (size + 1)
    return float(scipy.special.stdtr(size - 1, -abs(number - mean) / (spread * math.sqrt(1 + 1 / size))))


def chance_of_miss(about: Indicator, seen: Course, aim: float) -> float | None:
    """The chance of values so far past the target where it is met; None where that cannot be said."""
    if seen.now is None or not is_worse(about, seen.now, aim):
        return None
    if about.window is not Window.PERIOD:
        return 0.0
    week = [seen.values[day] for n in range(WEEK.days) if (day := seen.day - DAY * n) in seen.values]
    if len(week) < LEAST_WEEKDAYS:
        return None
    mean, spread = fmean(week), stdev(week)
    if not is_worse(about, mean, aim):
        return 1.0
    return (
        float(scipy.special.stdtr(len(week) - 1, -abs(mean - aim) / (spread / math.sqrt(len(week))))) if spread else 0.0
    )


def held(chances: Sequence[float]) -> float:
    """The largest chance that may be told of among so many that were looked at; below zero when none may."""
    ranked = sorted(chances)
    good = [p for rank, p in enumerate(ranked, 1) if p <= FALSE_RATE * rank / len(ranked)]
    return max(good, default=-1.0)
