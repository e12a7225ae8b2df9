"""Which days of a daily series are unusual, and by how much: a level that follows, effects of the calendar, one budget.

The mean of a day is level × what such a day does × size. The effects of the calendar (``calendar_effects``) come from a
regression with a logarithm as link, in which past days that were unusual count less: Farrington, Andrews, Beale,
Catchpole, Journal of the Royal Statistical Society A 159 (1996) 547–563, doi:10.2307/2983331; Noufal, Enki, Farrington,
Garthwaite, Andrews, Charlett, Statistics in Medicine 32 (2013) 1206–1222, doi:10.1002/sim.5595. The level is the mean
of earlier days with weights that fall by a constant factor, which each series chooses for itself by how well it would
have foretold (power discounting: Smith, Miller, Journal of the Royal Statistical Society B 48 (1986) 79–88,
doi:10.1111/j.2517-6161.1986.tb01394.x). The last three days never belong to the level of a day: a rise does not make
itself usual.

Counts are negative binomial around their mean, parts of a whole binomial or wider, amounts and durations gamma; the
variance has what the level and the calendar leave uncertain. A day is unusual when it, or the three days that end with
it, is less likely than a limit that follows from the budget of false alarms (``limit``).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

from dashboard.models.calendar_effects import DIFFERENCES, SPREADS

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Quantiles = tuple[tuple[float, float], ...]

GUARD = 3  # days before a day that its level knows nothing of
WINDOW = 3  # days that are also judged together
OUT = 28  # days at the end of which the regression knows nothing
LEAST_DAYS, LEAST_SUM = 28, 8.0  # known days, and rows, below which nothing is said
DISCOUNTS = np.array([0.6, 0.8, 0.9, 0.95, 0.98, 0.995])  # what a day counts less than the next
LIKE_THE_CITY = 0.12  # spread of a district's calendar effects around those of the city
STRAY = 2.58  # standardised residuals beyond this count less (Noufal et al. 2013)
MOSTLY = 0.6  # of the days of an amount or a duration have one; where fewer do, a gamma distribution is none of them
ACCEPTED = 14  # days in a row after which a new level is taken as it is
HALF = 21  # days on each side that make the level while effects are estimated
ROUNDS = 5
INTERVAL = 0.8
QUARTER_DAYS = 91
BUDGET = 0.4  # false alarms for each area and quarter that the limit aims at; one is what is promised
SMALL = 3.0  # expected counts below which an interval begins at a whole number
MIDDLE = 20.0  # what an amount is brought to, so that it varies about as a count does
OWN_TAIL_DAYS = 150  # as many days of its own weigh as much as all areas together
MIDDLE_PART: Quantiles = ((0.8, 1.28155),)  # quantiles of normal deviates without their sign
OUTER_PART: Quantiles = ((0.9, 1.64485), (0.97, 2.17009))
TINY = 1e-12


class Kind(StrEnum):
    """What a value is."""

    COUNT = "count"
    SHARE = "share"  # per cent of so many rows
    AMOUNT = "amount"  # a sum of rupiah or kilograms
    LEVEL = "level"  # a median, a percentile, a mean of so many rows


@dataclass(frozen=True)
class Series:
    """Daily series side by side: a row each, a column a day.

    ``values`` in the indicator's unit, NaN where a day is not known; ``sizes``: the rows that a share, median or mean
    is of (ones for counts and amounts). ``parents``: the row of the same figure for the whole city; its own for a city.
    """

    values: Floats
    sizes: Floats
    kinds: npt.NDArray[np.str_]
    parents: Ints

    def between(self, since: int, until: int) -> "Series":
        """Some of its days."""
        days = slice(since, until)
        return Series(self.values[:, days], self.sizes[:, days], self.kinds, self.parents)


class Judged(NamedTuple):
    """A row each, a column a day: what was expected, its 80 % interval, and how far outside a value lies.

    ``score`` is the standard normal deviate of a day's chance (or of the three days that end with it, whichever is
    less likely): positive above, negative below, NaN where nothing can be said.
    """

    expected: Floats
    low: Floats
    high: Floats
    score: Floats


@dataclass(frozen=True)
class _Parts:
    """Series as sums: ``y`` has the mean ``e`` × effect × level, and a variance of ``v`` times a factor of its own."""

    y: Floats
    e: Floats
    known: Bools
    learn: Bools  # the days that are learnt from
    flipped: Bools  # per row: a share of which the rarer side is looked at
    discrete: Bools
    level: Bools
    unit: Floats  # per row: what one of ``y`` is worth
    least: Floats  # per row: the dispersion below which chance alone lets nothing fall


def limit(figures: int) -> float:
    """How far outside a score must lie where so many figures of an area are watched, both ways, day by day.

    Each day asks twice of each figure, about itself and about three days; all of it together rings by chance no more
    often than the budget says, in each area and quarter.
    """
    return float(-scipy.special.ndtri(BUDGET / (QUARTER_DAYS * max(figures, 1) * 2)))


def judge(of: Series, calendar: Floats) -> Judged:
    """Every day of every series, as far as the days before allow. ``calendar``: a row a day (``effects``).

    The last ``OUT`` days are judged by what was known before them; earlier ones by effects that they helped to find.
    """
    parts = _parts(of)
    enough, learn = _enough(parts), parts.learn
    effect, unsure, spread = _calendar(parts, calendar, of.parents)
    level, vague = _levels(parts, effect, spread)
    mean = parts.e * effect * level
    variance = _variance(parts, mean, spread) + mean**2 * (unsure + vague)
    variance *= _scale(parts, mean, variance)[:, None]
    alone = _deviate(parts, parts.y, mean, variance)
    variance *= _further(alone, learn, of.parents, MIDDLE_PART)[:, None] ** 2
    score = _scores(parts, mean, variance, spread)
    score /= _further(score, learn, of.parents, OUTER_PART)[:, None]
    return _told(of, parts, mean, variance, np.where(enough, score, np.nan), enough)


def foretold(of: Series, calendar: Floats, first: int, history: int) -> Judged:
    """What would have been said of every day from ``first`` on: four weeks at a time, by so many days at most."""
    shape = of.values.shape
    told = Judged(*(np.full(shape, np.nan) for _ in Judged._fields))
    for start in range(first, shape[1], OUT):
        end = min(start + OUT, shape[1])
        since = max(0, end - history)
        said = judge(of.between(since, end), calendar[since:end])
        for whole, part in zip(told, said, strict=True):
            whole[:, start:end] = part[:, start - since :]
    return told


def _parts(of: Series) -> _Parts:
    share, level = of.kinds == Kind.SHARE, of.kinds == Kind.LEVEL
    sizes = np.where(np.isnan(of.sizes), 0.0, of.sizes)
    correction = (of.values < 0) & (of.kinds == Kind.COUNT)[:, None]  # no count of a day: nothing is learnt from it
    known = ~np.isnan(of.values) & (sizes > 0) & ~correction
    learn = _learning(known)
    values = np.where(known, of.values, 0.0)
    hits = values * sizes / 100
    flipped = share & (hits.sum(1, where=learn) > sizes.sum(1, where=learn) / 2)
    hits = np.where(flipped[:, None], sizes - hits, hits)
    y = np.where(share[:, None], hits, np.where(level[:, None], values * sizes, np.maximum(values, 0.0)))
    e = np.where((share | level)[:, None], sizes, 1.0)
    discrete = share | (of.kinds == Kind.COUNT)
    unit = np.where(discrete | level, 1.0, y.sum(1, where=learn) / np.maximum(learn.sum(1), 1) / MIDDLE)
    unit = np.where(unit > 0, unit, 1.0)
    y = np.where(known, y, 0.0) / unit[:, None]
    e = np.where(known, e, 0.0)
    part = y.sum(1, where=learn) / np.maximum(e.sum(1, where=learn), 1)
    least = np.where(share, 1 - np.minimum(part, 0.5), np.where(discrete, 1.0, 0.05))
    return _Parts(y, e, known, learn, flipped, discrete, level, unit, least)


def _enough(parts: _Parts) -> Bools:
    """Where at least so many days were known before, and on them so many rows, or mostly days with anything."""
    weight: Floats = np.where(parts.discrete[:, None], parts.y, 1.0 * (parts.known & (parts.y > 0)))
    days = _before(parts.known.astype(np.float64))
    fewest = np.where(parts.discrete[:, None], LEAST_SUM, MOSTLY * days)
    enough: Bools = parts.known & (days >= LEAST_DAYS) & (_before(weight) >= fewest)
    return enough


def _before(counted: Floats) -> Floats:
    """Sums over the days before each."""
    sums: Floats = np.cumsum(counted, 1) - counted
    return sums


def _learning(known: Bools) -> Bools:
    """The days that effects are learnt from: all but the last weeks, or as many of a short history as leave some."""
    days = known.shape[1]
    last = max(days - OUT, min(days - GUARD - 1, LEAST_DAYS))
    learn: Bools = known & (np.arange(days) < last)
    return learn


def _calendar(parts: _Parts, x: Floats, parents: Ints) -> tuple[Floats, Floats, Floats]:
    """Effects of each day, their relative variance, and how much days differ by more than their mean tells."""
    own = parents == np.arange(len(parents))
    prior = np.where(own[:, None], SPREADS, LIKE_THE_CITY)
    offset = np.zeros_like(parts.y)
    first, unsure, spread = _fit(parts, x, prior, offset)
    above = np.where(own[:, None], 0.0, first[parents] @ x.T)
    second, its, spread = _fit(parts, x, prior, above)
    city = np.einsum("tp,spq,tq->st", x, unsure, x, optimize=True)
    mine = np.einsum("tp,spq,tq->st", x, its, x, optimize=True)
    effect = np.exp(np.clip(second @ x.T + above, -8, 8))
    differs = (x**2) @ DIFFERENCES**2
    return effect, np.where(own[:, None], mine, mine + city[parents]) + differs, spread


def _fit(parts: _Parts, x: Floats, prior: Floats, offset: Floats) -> tuple[Floats, Floats, Floats]:
    """Effects (a row a series), their covariance, the dispersion: Newton's steps, each after the level it leaves."""
    learn, beta = parts.learn, np.zeros((len(parts.y), x.shape[1]))
    spread: Floats = np.ones(len(parts.y))
    weight: Floats = learn.astype(np.float64)
    pairs = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    precision: Floats = np.zeros((len(beta), x.shape[1], x.shape[1]))
    for _ in range(ROUNDS):
        base = parts.e * np.exp(np.clip(beta @ x.T + offset, -8, 8))
        mean = base * _around(parts.y * weight, base * weight)
        strength = np.where(parts.level[:, None], parts.e, mean) * weight / spread[:, None]
        residual = np.where(parts.level[:, None], parts.e * (parts.y / np.maximum(mean, TINY) - 1), parts.y - mean)
        precision = (strength @ pairs).reshape(precision.shape) + np.einsum("sp,pq->spq", prior**-2, np.eye(x.shape[1]))
        slope = (residual * weight / spread[:, None]) @ x - beta / prior**2
        beta += np.clip(np.linalg.solve(precision, slope[:, :, None])[:, :, 0], -1, 1)
        stray = _standard(parts, mean, _variance(parts, mean, np.ones(len(beta))))
        spread = _dispersion(stray, learn, parts.least)
        weight = learn * _counting(stray / np.sqrt(spread)[:, None])
    covariance: Floats = np.asarray(np.linalg.inv(precision), np.float64)
    return beta, covariance, spread


def _around(y: Floats, base: Floats) -> Floats:
    """The level of each day from the days on both sides of it."""
    total, whole = _window(y, HALF), _window(base, HALF)
    mean = np.maximum(total.sum(1, keepdims=True), 0.5) / np.maximum(whole.sum(1, keepdims=True), TINY)
    level: Floats = (total + 0.5) / (whole + 0.5 / mean)
    return level


def _window(of: Floats, half: int) -> Floats:
    """Sums over so many days on each side."""
    padded = np.pad(np.cumsum(of, 1), ((0, 0), (half + 1, half)), mode="edge")
    padded[:, : half + 1] = 0.0
    return padded[:, 2 * half + 1 :] - padded[:, : -2 * half - 1]


def _variance(parts: _Parts, mean: Floats, spread: Floats) -> Floats:
    """The variance of a day around a mean that is known: as the mean of counts, as its square for a mean of n rows."""
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(parts.level[:, None], mean**2 / np.maximum(parts.e, TINY), mean)
    return np.maximum(own * spread[:, None], TINY)


def _standard(parts: _Parts, mean: Floats, variance: Floats) -> Floats:
    """Residuals of the days that are known."""
    return np.where(parts.known & (mean > TINY), _anscombe(parts.y, np.maximum(mean, TINY), variance), 0.0)


def _anscombe(y: Floats, mean: Floats, variance: Floats) -> Floats:
    """Residuals of about equal spread and little skew, also of few counts (as in Noufal et al. 2013)."""
    power: Floats = 1.5 * (y ** (2 / 3) * mean ** (-1 / 6) - np.sqrt(mean)) * np.sqrt(mean / variance)
    return power


def _dispersion(stray: Floats, of: Bools, least: Floats | float = 0.05) -> Floats:
    """The mean square of residuals, in which what is far out counts no more than at the threshold."""
    days = np.maximum(of.sum(1), 1)
    first = np.maximum((np.minimum(stray**2, 9.0) * of).sum(1) / days, 0.05)
    far = STRAY**2 * first[:, None]
    spread: Floats = (np.minimum(stray**2, far) * of).sum(1) / days * 1.03  # what the cut takes from a normal one
    return np.maximum(spread, least)


def _counting(residual: Floats) -> Floats:
    """How much a past day counts: all of it, unless it was unusual."""
    weights: Floats = np.minimum(1.0, (STRAY / np.maximum(np.abs(residual), TINY)) ** 2)
    return weights


def _levels(parts: _Parts, effect: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """The level of each day by the best discount of each series, and its relative variance."""
    foretold, vague, loss = _discounted(parts, effect, spread)
    best = np.argmin(loss, 1)
    every = np.arange(len(best))
    return foretold[every, best], vague[every, best]


def _discounted(parts: _Parts, effect: Floats, spread: Floats) -> tuple[Floats, Floats, Floats]:
    """Levels (series × discounts × days) foretold from days before the guard, their variance, and their loss."""
    size, days = parts.y.shape
    base = parts.e * effect
    prior, worth = _prior(parts, base)
    shape = (size, len(DISCOUNTS))
    total, whole, weight = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    run = np.zeros(shape)
    foretold, vague = np.zeros((*shape, days)), np.zeros((*shape, days))
    for day in range(days):
        before = day - GUARD - 1
        if before >= 0:
            run = _learn(parts, base, spread, before, (total, whole, weight), foretold[:, :, before], run)
        foretold[:, :, day] = (total + prior) / (whole + worth)
        vague[:, :, day] = 1 / (weight * DISCOUNTS**GUARD + 0.5)
    mean = base[:, None] * foretold
    loss = _loss(parts, mean, vague * spread[:, None, None], spread)
    return foretold, vague * spread[:, None, None], loss


def _prior(parts: _Parts, base: Floats) -> tuple[Floats, Floats]:
    """What a level is worth before its first day: half an event, or half a row, at the mean of the days learnt from."""
    mean = parts.y.sum(1, where=parts.learn) / np.maximum(base.sum(1, where=parts.learn), TINY)
    half = np.where(parts.level, 0.5 * mean, 0.5)
    return half[:, None], np.where(parts.level, 0.5, 0.5 / np.maximum(mean, TINY))[:, None]


def _learn(
    parts: _Parts,
    base: Floats,
    spread: Floats,
    day: int,
    state: tuple[Floats, Floats, Floats],
    level: Floats,
    run: Floats,
) -> Floats:
    """Take a day into the level; the days in a row on which it was unusual to the same side."""
    known, y, of = parts.known[:, day][:, None], parts.y[:, day][:, None], base[:, day][:, None]
    size = parts.e[:, day][:, None]
    mean = np.maximum(of * level, TINY)
    variance = np.where(parts.level[:, None], mean**2 / np.maximum(size, TINY), mean) * spread[:, None]
    stray = np.where(known, _anscombe(y, mean, variance + (0.1 * mean) ** 2), 0.0)
    far = np.abs(stray) > STRAY
    side = np.sign(stray)
    run = np.where(known, np.where(far & (np.sign(run) == side), run + side, far * side), run)
    weight = np.where(np.abs(run) > ACCEPTED, 1.0, _counting(stray)) * known
    total, whole, information = state
    fading = np.where(known, DISCOUNTS, 1.0)
    for kept, more in ((total, y), (whole, of), (information, np.where(parts.level[:, None], size, y))):
        np.multiply(kept, fading, out=kept)
        np.add(kept, weight * more, out=kept)
    return run


def _loss(parts: _Parts, mean: Floats, vague: Floats, spread: Floats) -> Floats:
    """How badly each discount foretold: the logarithmic score of a normal one, cut where a day was far out."""
    own = np.where(parts.level[:, None, None], mean**2 / np.maximum(parts.e, TINY)[:, None], mean)
    variance = np.maximum(own * spread[:, None, None] + mean**2 * vague, TINY)
    far = np.minimum((parts.y[:, None] - mean) ** 2 / variance, 3 * STRAY**2)
    counted = parts.learn & (np.cumsum(parts.known, 1) > GUARD)
    loss: Floats = ((far + np.log(variance)) * counted[:, None]).sum(2)
    return loss


def _scale(parts: _Parts, mean: Floats, variance: Floats) -> Floats:
    """By how much what was foretold missed more, or less, than its variance says; near one where few days tell."""
    of = parts.learn & (np.cumsum(parts.known, 1) > LEAST_DAYS)
    seen = _dispersion(_standard(parts, mean, variance), of)
    days = of.sum(1)
    scale: Floats = np.exp(np.log(np.clip(seen, 0.25, 9)) * days / (days + LEAST_DAYS))
    return np.where(parts.discrete, np.maximum(scale, 1.0), scale)


def _scores(parts: _Parts, mean: Floats, variance: Floats, spread: Floats) -> Floats:
    """The less likely of a day and of the three days that end with it."""
    alone = _deviate(parts, parts.y, mean, variance)
    inner = np.minimum(_variance(parts, mean, spread), variance)
    outer = np.sqrt(np.maximum(variance - inner, 0.0))  # what days that follow each other have in common
    y, whole = _last(parts.y), _last(mean)
    together = _deviate(parts, y, whole, _last(inner) + _last(outer) ** 2)
    return np.where(np.abs(together) > np.abs(alone), together, alone)


def _last(of: Floats) -> Floats:
    """Sums over the last days."""
    padded = np.pad(np.cumsum(of, 1), ((0, 0), (WINDOW, 0)))
    return padded[:, WINDOW:] - np.pad(padded[:, :-WINDOW], ((0, 0), (0, 0)))


def _deviate(parts: _Parts, y: Floats, mean: Floats, variance: Floats) -> Floats:
    """The standard normal deviate of the chance of a value so far out, or further."""
    mean, discrete = np.maximum(mean, TINY), parts.discrete[:, None]
    above = y >= mean
    counted, flowing = _chance_of_count(y, mean, variance, above), _chance_of_amount(y, mean, variance, above)
    chance = np.clip(np.where(discrete, counted, flowing), 1e-300, 0.5)
    return np.where(parts.known, np.where(above, -1, 1) * scipy.special.ndtri(chance), np.nan)


def _chance_of_amount(y: Floats, mean: Floats, variance: Floats, above: Bools) -> Floats:
    """Of a gamma distribution, with a chance of nothing as if it were made of equal parts that come by chance."""
    shape = mean**2 / np.maximum(variance, TINY)
    at = y * mean / np.maximum(variance, TINY)
    chance: Floats = np.where(
        above, scipy.special.gammaincc(shape, at), np.maximum(scipy.special.gammainc(shape, at), np.exp(-shape))
    )
    return chance


def _chance_of_count(y: Floats, mean: Floats, variance: Floats, above: Bools) -> Floats:
    """Of a negative binomial distribution, or where the variance is less than the mean of a binomial one."""
    factor = np.maximum(variance / mean, 1e-3)
    wide = factor > 1.0001
    size = mean / np.where(wide, factor - 1, 1.0)
    at_least = np.where(
        y > 0.5, scipy.special.betainc(np.maximum(y, 0.5), size, 1 - 1 / np.where(wide, factor, 2.0)), 1.0
    )
    at_most = 1 - scipy.special.betainc(y + 1, size, 1 - 1 / np.where(wide, factor, 2.0))
    part = np.clip(1 - factor, 1e-4, 0.999)
    tries = np.maximum(mean / part, y + 1e-6)
    least = np.where(y > 0.5, scipy.special.betainc(np.maximum(y, 0.5), np.maximum(tries - y + 1, 1e-6), part), 1.0)
    most = np.where(tries - y > 1e-5, 1 - scipy.special.betainc(y + 1, np.maximum(tries - y, 1e-6), part), 1.0)
    return np.where(above, np.where(wide, at_least, least), np.where(wide, at_most, most))


def _further(score: Floats, learn: Bools, parents: Ints, quantiles: Quantiles) -> Floats:
    """By how much the scores of a figure lie further out than normal ones do, at least one: of its own days, and where
    they are few of all areas together."""
    seen = np.where(learn, np.abs(score), np.nan)
    days = (~np.isnan(seen)).sum(1)
    own, pooled = np.ones(len(score)), np.ones(len(score))
    for city in np.unique(parents):
        pooled[parents == city] = _beyond(seen[parents == city], quantiles)
    for row in np.flatnonzero(days >= LEAST_DAYS):
        own[row] = _beyond(seen[row], quantiles)
    share = days / (days + OWN_TAIL_DAYS)
    further: Floats = np.clip(own**share * pooled ** (1 - share), 1.0, 3.0)
    return further


def _beyond(seen: Floats, quantiles: Quantiles) -> float:
    """The quantiles of scores beside those of normal ones."""
    there = seen[~np.isnan(seen)]
    if len(there) < LEAST_DAYS:
        return 1.0
    return max(float(np.quantile(there, at)) / normal for at, normal in quantiles)


def _told(of: Series, parts: _Parts, mean: Floats, variance: Floats, score: Floats, enough: Bools) -> Judged:
    """Back in the units of the values."""
    mean = np.maximum(mean, TINY)
    shape, scale = mean**2 / variance, variance / mean
    tail = (1 - INTERVAL) / 2
    low, high = scipy.special.gammaincinv(shape, tail) * scale, scipy.special.gammaincinv(shape, 1 - tail) * scale
    low = np.where(parts.discrete[:, None] & (mean < SMALL), np.floor(low), low)
    low = np.where(~parts.discrete[:, None] & (np.exp(-shape) > tail), 0.0, low)
    share = of.kinds == Kind.SHARE
    per = np.where(share[:, None], 100 / np.maximum(parts.e, TINY), parts.unit[:, None])
    per = np.where(parts.level[:, None], 1 / np.maximum(parts.e, TINY), per)
    one, two, three = (np.where(enough, number * per, np.nan) for number in (mean, low, high))
    flip = parts.flipped[:, None]
    bounds = (np.where(flip, 100 - number, number) for number in (one, two, three))
    expected, least, most = (np.where(share[:, None], np.clip(number, 0, 100), number) for number in bounds)
    return Judged(expected, np.minimum(least, most), np.maximum(least, most), np.where(flip, -score, score))
