"""Calls of the next hours: a usual week × how busy it has been lately × what a feast does, with an 80 % interval.

The usual week (168 hours) comes from the last eight weeks, each hour drawn towards weekday × hour of the day as far as
it has few calls (gamma-Poisson shrinkage). The level is a discounted mean: Harvey and Fernandes, Journal of Business &
Economic Statistics 7 (1989) 407–417, doi:10.1080/07350015.1989.10509750, with the discount that did best lately.
Days of a feast are multiplied by what the same feast did before. The interval is negative binomial with the spread of
the model's own errors of the last weeks. Compared with the same hour of last week. Background: Ibrahim, Ye, L'Ecuyer,
Shen, International Journal of Forecasting 32 (2016) 865–874, doi:10.1016/j.ijforecast.2015.11.012.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

Floats = npt.NDArray[np.float64]

DAY, WEEK = 24, 168  # hours
AHEAD = DAY
SHAPE_WEEKS, FEWEST_WEEKS = 8, 3
JUDGED_DAYS = 28  # whose errors give the spread
INSIDE = 0.8
DISCOUNTS = (0.6, 0.75, 0.85, 0.92, 0.96)  # what yesterday counts beside today
SHRINK = 40.0  # calls of an hour of the week that count as much as weekday × hour of the day
FEAST_SHRINK = 50.0  # calls that a feast has to have brought before it is believed
AROUND_DAYS = 28  # before and after a feast: its ordinary days
SURELY = 15.0  # calls expected in a silence: chance e^-15, so nothing was delivered rather than nobody called
LEAST_RATE = 0.2  # calls an hour, below which nothing is said
MOST_WIDER = 1.6  # how much an interval may be widened by past misses
NORMAL_80 = 1.2815515655446004  # half of an 80 % interval, in deviations


class Hour(NamedTuple):
    """What is expected of one hour, and its 80 % interval (whole calls, both ends inside)."""

    mean: float
    low: float
    high: float


class Spread(NamedTuple):
    """Variance of what comes around a mean m: ``own`` × m + ``level`` × m², times ``wider``²."""

    own: float
    level: float
    wider: float = 1.0

    def of(self, mean: Floats) -> Floats:
        return (self.own * mean + self.level * mean**2) * self.wider**2


@dataclass
class Calls:
    """Hourly counts from a Monday's midnight on, without gaps in time; NaN where nothing is known.

    ``feasts``: for each day the name of the feast that it belongs to, or none; also of the day that is forecast.
    """

    counts: Floats
    feasts: Sequence[str | None]
    first_weekday: int = 0
    _means: dict[tuple[int, float], Floats | None] = field(default_factory=dict, repr=False)

    def mean(self, at: int, discount: float) -> Floats | None:
        """Expected calls of the 24 hours from hour ``at`` on, by what was known before it; kept."""
        key = (at, discount)
        if key not in self._means:
            self._means[key] = _mean(self, at, discount)
        return self._means[key]

    def day_feasts(self) -> npt.NDArray[np.str_]:
        return np.array([name or "" for name in self.feasts])

    def hour_of_week(self, hours: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return (hours + DAY * self.first_weekday) % WEEK


def forecast(calls: Calls, at: int) -> list[Hour] | None:
    """The 24 hours from hour ``at`` on, by what was known before it; None when that is too little."""
    discount = best_discount(calls, at)
    mean = calls.mean(at, discount)
    spread = mean is not None and spread_of(calls, at, discount)
    if mean is None or not spread:
        return None
    low, high = interval(mean, spread.of(mean))
    return [Hour(*map(float, one)) for one in zip(mean, low, high, strict=True)]


def naive(calls: Calls, at: int) -> Floats:
    """The same hours of last week."""
    hours = np.arange(at, at + AHEAD) - WEEK
    return np.where(hours >= 0, calls.counts[np.maximum(hours, 0)], np.nan)


def without_gaps(counts: Floats) -> Floats:
    """Silences in which many calls would have come are made unknown: nothing was delivered."""
    usual = _usual(counts)
    silent = np.concatenate([[False], (counts == 0), [False]])
    edges = np.flatnonzero(silent[1:] != silent[:-1])
    known = counts.copy()
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if usual[begin:end].sum() >= SURELY:
            known[begin:end] = np.nan
    return known


def _usual(counts: Floats) -> Floats:
    """The median of the same hour in other weeks; zeros are left out where others are there."""
    padded = np.concatenate([counts, np.full(-len(counts) % WEEK, np.nan)]).reshape(-1, WEEK)
    heard = np.where(padded > 0, padded, np.nan)
    there = np.isfinite(heard).any(axis=0)
    medians = np.zeros(WEEK)
    medians[there] = np.nanmedian(heard[:, there], axis=0)
    often = np.isfinite(heard).sum(axis=0) / np.maximum(np.isfinite(padded).sum(axis=0), 1)
    # An hour that is mostly empty expects nothing: a silence there says nothing.
    usual: Floats = np.tile(np.where(often > 0.5, medians, 0.0), len(padded))[: len(counts)]
    return usual


def best_discount(calls: Calls, at: int) -> float:
    """The discount whose forecasts of the last weeks missed least."""
    missed = {one: _missed(calls, at, one) for one in DISCOUNTS}
    return min(DISCOUNTS, key=lambda one: missed[one])


def _missed(calls: Calls, at: int, discount: float) -> float:
    means, came = _past(calls, at, discount, days=14)
    return float(np.abs(means - came).sum()) if len(means) else np.inf


def _past(calls: Calls, at: int, discount: float, days: int) -> tuple[Floats, Floats]:
    """What was said for whole days before ``at``, and what came; unknown hours are left out."""
    begins = [at - DAY * back for back in range(days, 0, -1)]
    pairs = [(calls.mean(begin, discount), calls.counts[begin : begin + DAY]) for begin in begins if begin >= WEEK]
    said = [(mean, came) for mean, came in pairs if mean is not None]
    if not said:
        return np.empty(0), np.empty(0)
    means, came = (np.concatenate(parts) for parts in zip(*said, strict=True))
    known = np.isfinite(came)
    return means[known], came[known]


def spread_of(calls: Calls, at: int, discount: float) -> Spread | None:
    """The spread of the errors of the last weeks; None when there were no forecasts to judge by."""
    means, came = _past(calls, at, discount, JUDGED_DAYS)
    if len(means) < WEEK:
        return None
    return spread(means, came)


def spread(means: Floats, came: Floats) -> Spread:
    """Least squares of squared errors on m and m², each in the measure of m; never below Poisson."""
    squares = (came - means) ** 2
    m = np.maximum(means, 0.05)
    design = np.stack([np.ones_like(m), m], axis=1)
    own, level = np.linalg.lstsq(design, squares / m, rcond=None)[0]
    if level < 0 or own < 1:
        level = max(0.0, float((squares / m - 1).sum() / m.sum()))
        own = 1.0 if level else max(1.0, float((squares / m).mean()))
    plain = Spread(float(own), float(level))
    beyond = float(np.quantile(np.abs(came - means) / np.sqrt(plain.of(m)), INSIDE)) / NORMAL_80
    return plain._replace(wider=float(np.clip(beyond, 1 / MOST_WIDER, MOST_WIDER)) if m.mean() > 20 else 1.0)


def interval(mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Whole numbers between which about four in five of such counts lie: as near to 80 % as whole numbers allow.

    Looked for on a grid of whole numbers around the mean; where thousands come, in steps of a hundredth of the spread.
    """
    deviation = np.sqrt(np.maximum(variance, mean))
    step = np.maximum(np.floor(deviation / 100), 1.0)
    start = np.maximum(np.floor(mean - 5 * deviation) - 1, 0)
    width = int(np.ceil((10 * deviation / step).max())) + 12
    numbers = start[:, None] + step[:, None] * np.arange(width)[None, :]
    below = _distribution(numbers, mean[:, None], variance[:, None])
    first, last = _nearest(below)
    return start + step * first, start + step * last


def _nearest(below: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Places between which the chance is nearest to ``INSIDE``, its tails about alike."""
    low, high = (below < (1 - INSIDE) / 2).sum(axis=1), (below < (1 + INSIDE) / 2).sum(axis=1)
    best, found = np.full(len(below), np.inf), (low, high)
    for down, up in ((0, 0), (0, -1), (1, 0), (1, -1)):
        least, most = low + down, np.maximum(high + up, low + down)
        under, over = _at(below, least - 1), 1 - _at(below, most)
        misses = np.abs(1 - under - over - INSIDE) + 0.1 * np.abs(under - over)
        found = (np.where(misses < best, least, found[0]), np.where(misses < best, most, found[1]))
        best = np.minimum(best, misses)
    return found


def _distribution(numbers: Floats, mean: Floats, variance: Floats) -> Floats:
    """The chance of at most so many: negative binomial, or Poisson where the variance is the mean."""
    m = np.maximum(mean, 1e-6)
    extra = np.maximum(variance - m, 0)
    size = m**2 / np.maximum(extra, 1e-9)
    wide: Floats = scipy.special.betainc(size, numbers + 1.0, size / (size + m))  # of a size that need not be whole
    return np.where(extra > 1e-6 * m, wide, scipy.special.pdtr(numbers, m))


def _at(below: Floats, index: npt.NDArray[np.int64]) -> Floats:
    """The chance of at most ``index``, row by row; nothing is below zero."""
    rows = np.arange(len(below))
    return np.where(index < 0, 0.0, below[rows, np.clip(index, 0, below.shape[1] - 1)])


def _mean(calls: Calls, at: int, discount: float) -> Floats | None:
    since = max(0, at - WEEK * SHAPE_WEEKS)
    hours = np.arange(since, at)
    feasts = calls.day_feasts()
    ordinary = np.isfinite(calls.counts[since:at]) & (feasts[hours // DAY] == "")
    if ordinary.sum() < WEEK * FEWEST_WEEKS:
        return None
    shape = _shape(calls.counts[since:at], calls.hour_of_week(hours), ordinary)
    if shape.mean() < LEAST_RATE:
        return None
    ahead = np.arange(at, at + AHEAD)
    effect = feast_effects(calls, at)
    by_feast = np.array([effect.get(name, 1.0) for name in feasts])
    usual = shape[calls.hour_of_week(hours)] * by_feast[hours // DAY]
    level = _level(calls.counts[since:at], usual, at - 1 - hours, discount)
    mean: Floats = shape[calls.hour_of_week(ahead)] * level * by_feast[ahead // DAY]
    return mean


def _shape(counts: Floats, hour_of_week: npt.NDArray[np.int64], ordinary: npt.NDArray[np.bool_]) -> Floats:
    """Calls of each hour of a usual week, those with few calls drawn towards weekday × hour of the day."""
    seen = np.bincount(hour_of_week[ordinary], minlength=WEEK).astype(np.float64)
    calls = np.bincount(hour_of_week[ordinary], counts[ordinary], minlength=WEEK)
    by_day, by_hour = _margins(calls.astype(np.float64), seen)
    expected = np.outer(by_day, by_hour).ravel() * seen
    factor = (calls + SHRINK) / (expected + SHRINK)
    shape: Floats = np.outer(by_day, by_hour).ravel() * factor
    return shape


def _margins(calls: Floats, seen: Floats) -> tuple[Floats, Floats]:
    """Factors of the weekdays, and calls of the hours of a day: by turns until they fit (iterative proportions)."""
    table, exposure = calls.reshape(7, DAY), seen.reshape(7, DAY)
    by_day, by_hour = np.ones(7), np.ones(DAY)
    for _ in range(6):
        by_hour = table.sum(axis=0) / np.maximum(by_day @ exposure, 1e-9)
        by_day = table.sum(axis=1) / np.maximum(exposure @ by_hour, 1e-9)
        by_day = np.where(exposure.sum(axis=1) > 0, by_day, 1.0)
    return by_day, by_hour


def _level(counts: Floats, usual: Floats, ago: npt.NDArray[np.int64], discount: float) -> float:
    """How busy it is beside the usual, the latest hours counting most."""
    known = np.isfinite(counts)
    weight = discount ** (ago[known] / DAY)
    return float((weight * counts[known]).sum() / max((weight * usual[known]).sum(), 1e-9))


def feast_effects(calls: Calls, at: int) -> Mapping[str, float]:
    """What the days of each feast had of the same weekdays around them, by what was known before ``at``."""
    feasts, last = calls.day_feasts(), at // DAY
    totals = calls.counts[: last * DAY].reshape(-1, DAY).sum(axis=1)  # a day with an unknown hour is unknown
    effects = {}
    for name in set(feasts[:last]) - {""}:
        days = np.flatnonzero((feasts[:last] == name) & np.isfinite(totals))
        pairs = [(totals[day], _around(totals, feasts, int(day))) for day in days]
        usual = [(came, other) for came, other in pairs if other]
        came, other = (sum(one) for one in zip(*usual, strict=True)) if usual else (0.0, 0.0)
        effects[name] = float((came + FEAST_SHRINK) / (other + FEAST_SHRINK))
    return effects


def _around(totals: Floats, feasts: npt.NDArray[np.str_], day: int) -> float | None:
    """Calls of the ordinary days of the same weekday within four weeks, before and after as far as they are known."""
    days = np.arange(day % 7, len(totals), 7)
    near = days[(np.abs(days - day) <= AROUND_DAYS) & (feasts[days] == "")]
    known = totals[near][np.isfinite(totals[near])]
    return float(known.mean()) if len(known) else None
