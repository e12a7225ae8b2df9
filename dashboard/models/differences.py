"""Before and after, of some against the others: by how much a share changed more where something was introduced.

The change of each place from before to after is one number, whatever happens from day to day within it (Bertrand,
Duflo, Mullainathan, Quarterly Journal of Economics 119 (2004) 249–275, doi:10.1162/003355304772839588, section IV.C).
Places that began on different days are each compared with those that never did, around their own day (Callaway,
Sant'Anna, Journal of Econometrics 225 (2021) 200–230, doi:10.1016/j.jeconom.2020.12.001). The interval is Welch's: the
cluster-robust one with few treated (Imbens, Kolesár, Review of Economics and Statistics 98 (2016) 701–712,
doi:10.1162/REST_a_00552). How probable so great a difference is by chance is told by giving the beginnings to other
places (MacKinnon, Webb, Journal of Econometrics 218 (2020) 435–450, doi:10.1016/j.jeconom.2020.04.024).

It rests on one assumption that no data can prove: without it, the places would have changed like the others. Whether
they did so before can be seen, and seldom proves it (Roth, American Economic Review: Insights 4 (2022) 305–322,
doi:10.1257/aeri.20210236).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NEVER = -1  # the beginning of a place that never began
REACH = 84  # days before and after at most: twelve weeks
FEWEST_DAYS = 14  # on each side
FEWEST_ROWS = 5  # of a place on each side: a share of fewer says nothing
FEWEST_BEGUN, FEWEST_OTHERS = 3, 5  # places
BLOCKS = (28, 14, 7)  # days of a step of the course, the longest that fits
DRAWS = 999
SEED = 20_040_201


class Effect(NamedTuple):
    """In points of per cent."""

    mean: float
    low: float
    high: float
    begun: int  # places that began, and those that never did
    others: int
    plain: float  # the change of those that began, compared with nothing
    elsewhere: float  # the change of the others
    days: int  # at most, on each side


class Step(NamedTuple):
    """The difference in one stretch of days against the stretch just before the beginning, in points."""

    number: int  # 0 is the first after the beginning, -1 the last before it
    mean: float
    low: float
    high: float


class Course(NamedTuple):
    """The difference step by step; ``chance``: that the steps before differ so much by chance. None: too few."""

    days: int
    steps: tuple[Step, ...]
    chance: float | None


class Counts(NamedTuple):
    """What is counted of each place on each day: ``part`` of ``whole`` (both places × days), and when it began."""

    part: Ints
    whole: Ints
    begun: Ints  # the number of its first day, or NEVER


class _Compared(NamedTuple):
    """Changes of places around each day of beginning: places × beginnings, and whose each beginning is."""

    changes: Floats
    mine: Ints  # of each place that began, which column is its own
    treated: npt.NDArray[np.bool_]


def effect(counts: Counts, coverage: float = 0.8) -> Effect | None:
    """The difference of differences; nothing where there are too few days, rows or places to tell."""
    compared = _around(counts)
    if compared is None:
        return None
    mean, error, freedom = _welch(compared)
    half = float(scipy.special.stdtrit(freedom, (1 + coverage) / 2)) * error
    changes, treated = compared.changes, compared.treated
    return Effect(
        mean,
        mean - half,
        mean + half,
        int(treated.sum()),
        int((~treated).sum()),
        float(changes[treated, compared.mine].mean()),
        float(changes[~treated][:, compared.mine].mean()),
        max(_reach(counts)),
    )


def chance(counts: Counts) -> float | None:
    """The probability of so great a difference when nothing had an effect: a permutation test."""
    compared = _around(counts)
    return _chance([compared]) if compared else None


def course(counts: Counts, coverage: float = 0.8) -> Course | None:
    """The same step by step, each against the step before the beginning, and whether it was parallel until then."""
    days = _block(counts)
    if days is None:
        return None
    before, after = (room // days for room in _room(counts))
    told, earlier = [], []
    for number in (*range(-min(before, REACH // days), -1), *range(min(after, REACH // days))):
        compared = _compared(counts, (-days, 0), (number * days, (number + 1) * days))
        if compared is None:
            continue
        mean, error, freedom = _welch(compared)
        half = float(scipy.special.stdtrit(freedom, (1 + coverage) / 2)) * error
        told.append(Step(number, mean, mean - half, mean + half))
        earlier += [compared] if number < 0 else []
    if not told:
        return None
    return Course(days, tuple(told), _chance(earlier) if earlier else None)


def _room(counts: Counts) -> tuple[int, int]:
    """The days that there are before every beginning and after it."""
    begun = counts.begun[counts.begun >= 0]
    return (int(begun.min()), int(counts.whole.shape[1] - begun.max())) if len(begun) else (0, 0)


def _reach(counts: Counts) -> tuple[int, int]:
    before, after = _room(counts)
    return min(before, REACH), min(after, REACH)


def _around(counts: Counts) -> _Compared | None:
    """The changes from all days before to all days after, as far as they reach."""
    before, after = _reach(counts)
    return _compared(counts, (-before, 0), (0, after)) if min(before, after) >= FEWEST_DAYS else None


def _block(counts: Counts) -> int | None:
    """The length of a step: two fit before every beginning, and one after."""
    before, after = _room(counts)
    return next((days for days in BLOCKS if before >= 2 * days and after >= days), None)


def _compared(counts: Counts, first: tuple[int, int], last: tuple[int, int]) -> _Compared | None:
    """The change of each place from one stretch of days to another, counted from each day of beginning."""
    beginnings, index = np.unique(counts.begun[counts.begun >= 0], return_inverse=True)
    part, whole = (np.pad(np.cumsum(of, axis=1), ((0, 0), (1, 0))) for of in (counts.part, counts.whole))

    def share(stretch: tuple[int, int]) -> Floats:
        since, until = beginnings + stretch[0], beginnings + stretch[1]
        rows = whole[:, until] - whole[:, since]
        some = np.where(rows >= FEWEST_ROWS, rows, np.nan)
        told: Floats = 100 * (part[:, until] - part[:, since]) / some
        return told

    changes, treated = share(last) - share(first), np.asarray(counts.begun >= 0)
    known = np.asarray(np.isfinite(changes).all(axis=1))
    if (treated & known).sum() < FEWEST_BEGUN or (~treated & known).sum() < FEWEST_OTHERS:
        return None
    return _Compared(changes[known], index[known[treated]], treated[known])


def _welch(compared: _Compared) -> tuple[float, float, float]:
    """Mean difference, its standard error, and the degrees of freedom."""
    order = np.concatenate([np.flatnonzero(compared.treated), np.flatnonzero(~compared.treated)])
    mean, error, freedom = _welches(compared.changes, compared.mine, order[None, :])
    return float(mean[0]), float(error[0]), float(freedom[0])


def _welches(changes: Floats, mine: Ints, orders: Ints) -> tuple[Floats, Floats, Floats]:
    """The same for many ways of saying who began (the first of each row of ``orders``)."""
    size, others = len(mine), orders.shape[1] - len(mine)
    first, rest = orders[:, :size], orders[:, size:]
    own = changes[:, mine]  # places × beginnings, as often as places began on them
    usual = own[rest].mean(axis=1)  # draws × beginnings
    gaps = np.take_along_axis(own[first], np.arange(size)[None, :, None], axis=2)[:, :, 0] - usual
    elsewhere = own.mean(axis=1)[rest]
    one, other = gaps.var(axis=1, ddof=1) / size, elsewhere.var(axis=1, ddof=1) / others
    error = np.maximum(one + other, 1e-12)
    freedom = error**2 / np.maximum(one**2 / (size - 1) + other**2 / (others - 1), 1e-24)
    return gaps.mean(axis=1), np.sqrt(error), freedom


def _chance(looks: list[_Compared]) -> float:
    """How often so great a difference, in the greatest of the looks, comes when others are said to have begun."""
    rng, greatest, seen = np.random.default_rng(SEED), np.zeros(DRAWS), 0.0
    for look in looks:
        mean, error, _ = _welch(look)
        seen = max(seen, abs(mean) / error)
        orders = rng.permuted(np.tile(np.arange(len(look.treated)), (DRAWS, 1)), axis=1)
        drawn, errors, _ = _welches(look.changes, look.mine, orders)
        greatest = np.maximum(greatest, np.abs(drawn) / errors)
    return float((1 + (greatest >= seen - 1e-9).sum()) / (1 + DRAWS))
