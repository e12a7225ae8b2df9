"""What changed after an instruction or a campaign: interrupted time series by segmented regression.

A level, a trend, the weekday, the day of the month and known feasts explain the days before; from the event on a step
and a change of trend are added. Bernal, Cummins, Gasparrini, International Journal of Epidemiology 46 (2017) 348–355,
doi:10.1093/ije/dyw098. Errors of neighbouring days resemble each other: the variance is that of Newey and West,
Econometrica 55 (1987) 703–708, doi:10.2307/1913610, with Bartlett's weights; each error is
widened by its day's pull on its own fit, and what it takes over from the day before is set aside first and given back
(Andrews, Monahan, Econometrica 60 (1992) 953–966, doi:10.2307/2951574).
Days of which nothing is known are left out; they keep their place in time (Parzen's amplitude modulation).

It cannot tell an event from anything else that happened on the same day, nor see a trend that bends by itself.
"""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

Floats = npt.NDArray[np.float64]

BEFORE, AFTER = 140, 56  # days that are looked at
FEWEST_BEFORE, FEWEST_AFTER = 56, 14  # known days: fewer say nothing
WEEK = 7
HARMONICS = 2  # of the month: salaries are paid at its end
STRONGEST = 0.9  # what an error takes over from the day before
BIAS = 0.7  # how much of that each unknown hides; settled on simulated series (bench/interrupted.py)


class Effect(NamedTuple):
    """The mean change a day after the event, its interval, and what would have been without it (``counterfactual``).

    ``days``: how many known days after the event; ``fitted`` and ``without``: for each day from the first that was
    looked at, with ``low`` and ``high`` of what one would have expected without the event on days after it.
    """

    change: float
    low: float
    high: float
    counterfactual: float
    days: int
    first: int  # index of the first day that was looked at
    without: Floats

    @property
    def percent(self) -> tuple[float, float, float] | None:
        """Change, low and high in per cent of what would have been; None where that is nothing or less."""
        if self.counterfactual <= 0:
            return None
        of = 100 / self.counterfactual
        return of * self.change, of * self.low, of * self.high

    @property
    def certain(self) -> bool:
        """Whether the interval leaves out no change at all."""
        return self.low > 0 or self.high < 0


class Forecast(NamedTuple):
    """The mean of days to come if nothing happens, and its interval."""

    mean: float
    low: float
    high: float


def rhythm(days: Sequence[dt.date], feasts: Sequence[float] = ()) -> Floats:
    """What explains days besides their trend, one row each: weekday, day of the month, and ``feasts`` where any."""
    number = np.array([day.toordinal() for day in days])
    weekdays = (number[:, None] % WEEK == np.arange(1, WEEK)).astype(float)
    place = np.array([(day.day - 1) / _length(day) for day in days])
    turns = 2 * np.pi * np.outer(place, np.arange(1, HARMONICS + 1))
    columns = [weekdays, np.cos(turns), np.sin(turns)]
    if len(feasts) and any(feasts):
        columns.append(np.asarray(feasts, dtype=float)[:, None])
    return np.hstack(columns)


def _length(day: dt.date) -> int:
    following = (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return (following - dt.timedelta(days=1)).day


def effect(values: Sequence[float] | Floats, explained: Floats, event: int, level: float = 0.95) -> Effect | None:
    """The change after day number ``event``; not known days are NaN.

    None when the event lies outside of the days, or when there are too few known days on either side of it.
    """
    y = np.asarray(values, dtype=float)
    first, end = max(event - BEFORE, 0), min(event + AFTER, len(y))
    if not 0 < event < len(y):
        return None
    days = np.arange(first, end)
    known = np.isfinite(y[first:end])
    after = days >= event
    if known[~after].sum() < FEWEST_BEFORE or known[after].sum() < FEWEST_AFTER:
        return None
    base = _base(days, explained[first:end], event)
    change = np.column_stack([after, np.where(after, days - event, 0)]).astype(float)
    x = _independent(np.hstack([change, base]), known)
    fit = _least_squares(x, y[first:end], known)
    if fit is None:
        return None
    weights = np.zeros(x.shape[1])
    weights[:2] = change[after & known].mean(axis=0)
    wide = _quantile(level, fit.freedom) * float(np.sqrt(weights @ fit.variance @ weights))
    mean = float(weights @ fit.coefficients)
    without = x[:, 2:] @ fit.coefficients[2:]
    expected = float(without[after & known].mean())
    return Effect(mean, mean - wide, mean + wide, expected, int((after & known).sum()), first, without)


def forecast(values: Sequence[float] | Floats, explained: Floats, until: int, level: float = 0.8) -> Forecast | None:
    """The mean of the days from ``until`` to the end of ``explained``, told from those before alone."""
    y = np.asarray(values, dtype=float)[:until]
    first = max(until - BEFORE, 0)
    known = np.isfinite(y[first:])
    if known.sum() < FEWEST_BEFORE:
        return None
    days = np.arange(first, len(explained))
    there = np.concatenate([known, np.zeros(len(explained) - until, bool)])
    x = _independent(_base(days, explained[first:], until), there)
    fit = _least_squares(x, np.concatenate([y[first:], np.full(len(explained) - until, np.nan)]), there)
    if fit is None:
        return None
    coming = x[until - first :].mean(axis=0)
    alone = fit.long_run / len(x[until - first :])
    wide = _quantile(level, fit.freedom) * float(np.sqrt(coming @ fit.variance @ coming + alone))
    mean = float(coming @ fit.coefficients)
    return Forecast(mean, mean - wide, mean + wide)


def _base(days: npt.NDArray[np.int64], explained: Floats, event: int) -> Floats:
    return np.column_stack([np.ones(len(days)), (days - event) / BEFORE, explained])


def _independent(x: Floats, known: npt.NDArray[np.bool_]) -> Floats:
    """Without columns that say nothing on the known days (a feast that was none of them)."""
    kept = np.ptp(x[known], axis=0) > 0
    kept[np.argmax((x == 1).all(axis=0))] = True
    return np.where(kept, x, 0.0)[:, kept | (np.arange(x.shape[1]) < 2)]


class _Fit(NamedTuple):
    coefficients: Floats
    variance: Floats
    long_run: float  # variance of the errors' mean, times the number of days
    freedom: float


def _least_squares(x: Floats, y: Floats, known: npt.NDArray[np.bool_]) -> _Fit | None:
    """Ordinary least squares, variance of Newey and West; None when there are hardly more days than unknowns."""
    size, unknowns = int(known.sum()), x.shape[1]
    if size < unknowns + FEWEST_AFTER or np.linalg.matrix_rank(x[known]) < unknowns:
        return None
    inside = np.where(known[:, None], x, 0.0)
    bread = np.linalg.inv(inside.T @ inside)
    coefficients = bread @ inside.T @ np.where(known, y, 0.0)
    errors = np.where(known, y - x @ coefficients, 0.0)
    pull = np.minimum(np.einsum("ij,jk,ik->i", inside, bread, inside), STRONGEST)  # of each day on its own fit
    scores, lags = inside * (errors / (1 - pull))[:, None], bandwidth(size)
    spread = size / (size - unknowns)
    plain = max(float(newey_west(errors[:, None], lags)[0, 0]), float(errors @ errors)) / size * spread
    long_run = max(plain, _recoloured(errors, known, lags, unknowns) * spread)
    wider = long_run / plain if plain > 0 else 1.0
    variance = bread @ newey_west(scores, lags) @ bread * wider
    return _Fit(coefficients, variance, long_run, _freedom(size, unknowns, lags))


def _recoloured(errors: Floats, known: npt.NDArray[np.bool_], lags: int, unknowns: int) -> float:
    """The long-run variance after what each error takes over from the day before was set aside, and given back."""
    size = int(known.sum())
    pairs = known[1:] & known[:-1]
    before, now = errors[:-1][pairs], errors[1:][pairs]
    if not before @ before:
        return 0.0
    rho = float(before @ now / (before @ before))
    rho = min(rho + (BIAS * unknowns / 2 * (1 + rho)) / size, STRONGEST)  # every unknown takes some of it away
    fresh = np.where(pairs, errors[1:] - rho * errors[:-1], 0.0)
    spread = max(float(newey_west(fresh[:, None], lags)[0, 0]), float(fresh @ fresh)) / max(int(pairs.sum()), 1)
    return spread / (1 - rho) ** 2


def bandwidth(size: int) -> int:
    """Days over which errors may resemble each other: a week, or more in a long series (4 · (n ÷ 100)^(2/9))."""
    return max(WEEK, int(4 * (size / 100) ** (2 / 9)))


def newey_west(scores: Floats, lags: int) -> Floats:
    """The sum of products of scores (a row a day), and with falling weight of those of days up to ``lags`` apart."""
    total = scores.T @ scores
    for lag in range(1, lags + 1):
        across = scores[lag:].T @ scores[:-lag]
        total += (1 - lag / (lags + 1)) * (across + across.T)
    whole: Floats = total
    return whole


def _freedom(size: int, unknowns: int, lags: int) -> float:
    """So many independent looks at the errors the variance rests on: 1.5 · n ÷ (lags + 1), Bartlett's equivalent."""
    return max(min(size - unknowns, 1.5 * size / (lags + 1)), 2.0)


def _quantile(level: float, freedom: float) -> float:
    return float(scipy.special.stdtrit(freedom, 0.5 + level / 2))
