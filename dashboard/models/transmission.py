"""Rt day by day: a walk that is followed by Bayes' rule, for days on which Rt itself changes.

The method of Cori et al. (``dashboard.models.reproduction``) tells the mean of seven days; while Rt changes, that is
not the Rt of the last of them. Here Rt wanders from day to day, by a step of ``STEP`` times its root, and every day's
cases say how far: Parag, PLOS Computational Biology 17 (2021) e1009347, doi:10.1371/journal.pcbi.1009347 (EpiFilter),
on a grid, forward and then back. Two things are added, because reports are not Poisson: the habits of weekdays are
taken out (a ratio to the mean of the week around), and the likelihood is weakened by the dispersion that the forecast
errors of the same series show (a quasi-likelihood: Wedderburn, Biometrika 61 (1974) 439-447,
doi:10.1093/biomet/61.3.439). Intervals hold 95 %.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from dashboard.models.counts import mended
from dashboard.models.laws import negative_binomial, poisson, quantile
from dashboard.models.reproduction import FEWEST, TAIL, WINDOW, Estimate, Floats, first_day, pressure, serial_interval

STEP = 0.1  # the author's own
CELLS, HIGHEST = 200, 5.0  # of the grid of Rt
WEEK = 7
PRIOR_CASES = 20.0  # with so few cases a weekday has no habit yet
# Reports of an infection that a few pass on to many vary more than Poisson: until a series has shown by how much, this
# counts like four weeks of it (an assumption of ours; ``bench.epidemic`` measures what it does).
USUAL_DISPERSION, USUAL_DAYS = 3.0, 28
MOST_DISPERSION = 50.0
ROUNDS = 2  # the dispersion settles after two


class Expected(NamedTuple):
    """Cases that tomorrow is expected to bring, and the interval that should hold 80 % of such days."""

    mean: float
    low: float
    high: float


class Course(NamedTuple):
    """Rt of each day, nothing where there are too few cases, and what it makes of tomorrow."""

    days: list[Estimate | None]
    tomorrow: Expected | None


class _Walk(NamedTuple):
    """Beliefs of each day over the grid, with what was forecast for it."""

    after: Floats  # (day, cell)
    before: Floats
    errors: Floats  # of each day's forecast: squared, less what Rt's own uncertainty explains, in units of the mean


def course(cases: Sequence[float | None] | Floats, serial: Floats | None = None) -> Course:
    """Rt over a row of days without gaps, by all of them: what comes later tells of earlier days too.

    Gaps and negative corrections are put in order first (``counts.mended``).
    ``serial``: another infection's serial interval, the share of each day after a case.
    """
    serial = serial_interval() if serial is None else serial
    counts = mended(cases)
    if not counts.any():
        return Course([None] * len(counts), None)
    habits = weekdays(counts)
    plain = counts / habits[np.arange(len(counts)) % WEEK]
    passed, told = pressure(plain, serial), first_day(counts)
    walk, dispersion = _settled(plain, passed, told)
    beliefs = _looked_back(walk)
    enough = np.convolve(counts, np.ones(WINDOW))[: len(counts)] >= FEWEST
    days = [_estimate(beliefs[day]) if day >= told and enough[day] else None for day in range(len(counts))]
    following = float(pressure(np.append(plain, 0.0), serial)[-1])
    known = days[-1] is not None
    return Course(days, _expected(walk.after[-1], following, habits[len(counts) % WEEK], dispersion) if known else None)


def weekdays(counts: Floats) -> Floats:
    """What each of seven days in turn has of the mean of the week around it; 1 on average."""
    around = np.convolve(counts, np.ones(WEEK) / WEEK, "same")
    inner = np.arange(3, len(counts) - 3)
    seen, usual = (np.bincount(inner % WEEK, one[inner], WEEK) + PRIOR_CASES for one in (counts, around))
    habits: Floats = seen / usual
    scaled: Floats = habits / habits.mean()
    return scaled


@cache
def _grid() -> tuple[Floats, Floats]:
    """The values of Rt, and how likely each becomes each other from one day to the next."""
    cells = np.linspace(HIGHEST / CELLS, HIGHEST, CELLS)
    spread = (STEP * np.sqrt(cells))[:, None]
    moves = np.exp(-(((cells[None, :] - cells[:, None]) / spread) ** 2) / 2)
    return cells, moves / moves.sum(1, keepdims=True)


def _settled(counts: Floats, passed: Floats, told: int) -> tuple[_Walk, float]:
    """The walk with the dispersion that its own forecasts show."""
    walk, dispersion = _walked(counts, passed, 1.0), 1.0
    judged = (np.arange(len(counts)) >= told) & (passed >= 1)
    for _ in range(ROUNDS if judged.any() else 0):
        seen = (walk.errors[judged].sum() + USUAL_DISPERSION * USUAL_DAYS) / (judged.sum() + USUAL_DAYS)
        dispersion = float(np.clip(seen, 1.0, MOST_DISPERSION))
        walk = _walked(counts, passed, dispersion)
    return walk, dispersion


def _walked(counts: Floats, passed: Floats, dispersion: float) -> _Walk:
    cells, moves = _grid()
    belief = np.full(CELLS, 1 / CELLS)
    walk = _Walk(np.empty((len(counts), CELLS)), np.empty((len(counts), CELLS)), np.zeros(len(counts)))
    logs = np.log(cells)
    for day, (seen, force) in enumerate(zip(counts, passed, strict=True)):
        belief = walk.before[day] = belief @ moves
        if force > 0:
            mean = float(belief @ cells)
            spread = float(belief @ cells**2) - mean**2
            walk.errors[day] = ((seen - mean * force) ** 2 - force**2 * spread) / (mean * force)
            fits = (seen * logs - cells * force) / dispersion
            belief = belief * np.exp(fits - fits.max())
            belief = belief / belief.sum()
        walk.after[day] = belief
    return walk


def _looked_back(walk: _Walk) -> Floats:
    """Beliefs of each day after all of them (the smoother of the same paper)."""
    _, moves = _grid()
    beliefs = walk.after.copy()
    for day in range(len(beliefs) - 2, -1, -1):
        more = moves @ (beliefs[day + 1] / np.maximum(walk.before[day + 1], 1e-300))
        beliefs[day] = walk.after[day] * more
        beliefs[day] /= beliefs[day].sum()
    return beliefs


def _estimate(belief: Floats) -> Estimate:
    cells, _ = _grid()
    below = np.cumsum(belief)
    low, high = (float(cells[int(np.searchsorted(below, share))]) for share in (TAIL, 1 - TAIL))
    return Estimate(float(belief @ cells), low, high)


def _expected(belief: Floats, force: float, habit: float, dispersion: float) -> Expected:
    """Cases of the day after: the walk's next step, the weekday, and the dispersion of reports."""
    cells, moves = _grid()
    step = belief @ moves
    mean = float(step @ cells)
    spread = float(step @ cells**2) - mean**2
    cases = mean * force * habit
    return Expected(cases, *middle(cases, dispersion * cases + (force * habit) ** 2 * spread, 0.8))


def middle(mean: float, variance: float, share: float) -> tuple[float, float]:
    """The interval of counts that holds such a share: negative binomial, by half of each bound's own chance (mid-p)."""
    if mean < 1e-6:
        return 0.0, 0.0
    shape = mean**2 / max(variance - mean, 1e-9)
    wide = variance > mean * (1 + 1e-6)
    law = negative_binomial(shape, shape / (shape + mean)) if wide else poisson(mean)
    tail = (1 - share) / 2
    low, high = quantile(law, tail), quantile(law, 1 - tail)
    low += (law(low) + law(low - 1)) / 2 < tail
    high -= (law(high) + law(high - 1)) / 2 > 1 - tail
    return float(min(low, high)), float(max(low, high))
