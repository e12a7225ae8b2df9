"""How many fell ill on the latest days: those who are known, and those whose report is still to come.

Delays from first symptoms to the report are told by chains of shares, each of what is known by a delay (the reverse
time hazard of Lawless, Canadian Journal of Statistics 22 (1994) 15-31, doi:10.2307/3315820; the chain ladder), of the
latest ``MEMORY`` days. What is still to come of a day is negative binomial: its level is near that of the days before
(McGough, Johansson, Lipsitch, Menzies, PLOS Computational Biology 16 (2020) e1007735,
doi:10.1371/journal.pcbi.1007735), and is learned from what is known of it. How far it may stray is not assumed: the
same nowcast is made for each of the last ``REPLAYS`` days with what was known then, and the misses, by the age of the
day, widen or narrow the interval (in the spirit of Mack, ASTIN Bulletin 23 (1993) 213-225,
doi:10.2143/AST.23.2.2005092). Intervals hold 80 %. It assumes that delays are as they were in the latest weeks: when
laboratories fall behind, the nowcast is too low until the delays show it.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dashboard.models.reproduction import Floats
from dashboard.models.transmission import middle

Ints = npt.NDArray[np.int64]

LONGEST = 28  # days from the first symptoms to the report; what comes later is left out
MEMORY = 42  # days of onset from which delays are learned
REPLAYS = 42  # days of which the same nowcast is judged
LEVEL = 7  # days whose mean is the level that a day is expected near
HALF = 0.5  # a day belongs to the level when half of it is known
COMPLETE = 0.97  # a day counts as whole when so much of it is known
LEAST_KNOWN = 0.1  # of a day of which less is known nothing is told
FEWEST = 50  # cases with a known delay
SHARE = 0.8
FEWEST_JUDGED = 8  # replays of a day's age: fewer do not tell how far it strays


class Nowcast(NamedTuple):
    """A day of onset: cases known, and how many there will be once all are reported; nothing told where too early."""

    seen: float
    mean: float | None
    low: float | None
    high: float | None


class Delay(NamedTuple):
    """Days from the first symptoms to the report: the half and nine tenths of cases, and of how many."""

    half: int
    most: int
    cases: int


def triangle(onset: Ints, reported: Ints, days: int) -> Floats:
    """Cases by day of onset and days until the report, (days, ``LONGEST`` + 1); both numbered from the first day.

    Reports before the first symptoms, and those that took longer than ``LONGEST``, are left out.
    """
    delay = reported - onset
    kept = (delay >= 0) & (delay <= LONGEST) & (onset >= 0) & (onset < days) & (reported < days)
    cells = np.bincount(onset[kept] * (LONGEST + 1) + delay[kept], minlength=days * (LONGEST + 1))
    return cells.reshape(days, LONGEST + 1).astype(np.float64)


def delays(cases: Floats) -> Delay | None:
    """How long reports take, of the onsets of the latest weeks; days that are not whole count as far as they are."""
    if cases.shape[0] <= LONGEST:
        return None
    known, number = _known(cases, len(cases) - 1), int(_recent(cases).sum())
    if number < FEWEST:
        return None
    half, most = (int(np.searchsorted(known, share - 1e-9)) for share in (0.5, 0.9))
    return Delay(half, most, number)


def _recent(cases: Floats) -> Floats:
    return cases[-MEMORY - LONGEST :]


def _known(cases: Floats, today: int) -> Floats:
    """The share of a day's cases that is known by each delay, as it looks today: (``LONGEST`` + 1,)."""
    first = max(0, today - MEMORY - LONGEST + 1)
    part = cases[first : today + 1]
    ages = today - np.arange(first, today + 1)
    delay = np.arange(LONGEST + 1)
    seen = (ages[:, None] >= delay) & (ages[:, None] < delay + MEMORY)  # cells that are known today, as many of each
    among = (np.cumsum(part, axis=1) * seen).sum(0)
    now = (part * seen).sum(0)
    not_now = 1 - np.divide(now, among, out=np.zeros(LONGEST + 1), where=among > 0)
    # of what is known by the longest delay, the share known by each shorter one
    return np.append(np.cumprod(not_now[::-1])[::-1][1:], 1.0)


class _Look(NamedTuple):
    """What a day's look back has of days by their age: (``LONGEST`` + 1,) each."""

    seen: Floats
    known: Floats
    level: Floats


def _look(cases: Floats, today: int) -> _Look:
    known = _known(cases, today)
    ages = np.arange(LONGEST + 1)
    rows = cases[today - ages]
    seen = (rows * (ages[None, :] <= ages[:, None])).sum(1)
    return _Look(seen, known, _levels(cases, today, known, seen))


def _levels(cases: Floats, today: int, known: Floats, seen: Floats) -> Floats:
    """The mean of the latest whole days before each age; a day is whole enough when half of it is known."""
    first = int(np.argmax(known >= HALF))
    older = cases[today - LONGEST - LEVEL : today - LONGEST].sum(1)[::-1]
    row = np.concatenate([seen / np.maximum(known, HALF), older])  # youngest first
    sums = np.concatenate([[0.0], np.cumsum(row)])
    start = np.maximum(np.arange(LONGEST + 1) + 1, first)
    levels: Floats = (sums[start + LEVEL] - sums[start]) / LEVEL
    return levels


def nowcast(cases: Floats) -> list[Nowcast] | None:
    """The latest ``LONGEST`` + 1 days of onset, the oldest first; None when there are too few cases to learn from.

    ``cases``: see ``triangle``; its last day is today. Needs at least ``LONGEST`` × 2 + ``LEVEL`` days.
    """
    today = len(cases) - 1
    if today < 2 * LONGEST + LEVEL or _recent(cases).sum() < FEWEST:
        return None
    now = _look(cases, today)
    learned = _learned(cases, today)
    to_come, variance = _to_come(now, learned.variety)
    variance = variance * learned.strays
    days = []
    for age in range(LONGEST, -1, -1):
        seen, rest = float(now.seen[age]), float(to_come[age])
        if now.known[age] < LEAST_KNOWN:
            days.append(Nowcast(seen, None, None, None))
            continue
        low, high = middle(rest, float(variance[age]), SHARE)
        days.append(Nowcast(seen, seen + rest, seen + low, seen + high))
    return days


class _Learned(NamedTuple):
    """By the age of a day: how much days vary about the level before them, and how far the nowcast strays."""

    variety: Floats  # shape of a gamma distribution
    strays: Floats  # variance found, in units of the variance that was told


def _learned(cases: Floats, today: int) -> _Learned:
    """Both from the same look back on earlier days, of which the whole is known by now."""
    known = _known(cases, today)
    settled = int(np.argmax(known >= COMPLETE))
    totals = cases.sum(1) / known[np.minimum(today - np.arange(len(cases)), LONGEST)].clip(LEAST_KNOWN)
    first = max(LONGEST + LEVEL, today - REPLAYS)
    looks = [_look(cases, day) for day in range(first, today)]
    days = np.arange(first, today)[:, None] - np.arange(LONGEST + 1)
    judged = days <= today - settled
    whole = totals[days]
    levels = np.array([look.level for look in looks])
    variety = _variety(whole, levels, judged)
    misses = np.full(judged.shape, np.nan)
    for number, look in enumerate(looks):
        to_come, variance = _to_come(look, variety)
        misses[number] = (whole[number] - look.seen - to_come) ** 2 / np.maximum(variance, 1e-3)
    return _Learned(variety, _strays(misses, judged, known))


def _variety(whole: Floats, levels: Floats, judged: npt.NDArray[np.bool_]) -> Floats:
    more = np.where(judged, (whole - levels) ** 2 - levels, 0.0).sum(0)
    squares = np.where(judged, levels**2, 0.0).sum(0)
    shapes: Floats = np.divide(squares, more, out=np.full(len(more), 100.0), where=more > 0)
    return shapes.clip(0.5, 100.0)


def _strays(misses: Floats, judged: npt.NDArray[np.bool_], known: Floats) -> Floats:
    """The mean miss of each age with those beside it; where hardly anything is still to come it is not judged."""
    counted = judged & (known < COMPLETE)
    number = np.convolve(counted.sum(0), np.ones(3), "same")
    total = np.convolve(np.where(counted, misses, 0.0).sum(0), np.ones(3), "same")
    found = np.divide(total, number, out=np.ones(len(known)), where=number >= FEWEST_JUDGED)
    return np.clip(found, 0.5, 20.0)


def _to_come(look: _Look, variety: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of what is still to come: gamma about the level, learned from what is seen, then Poisson."""
    rate = variety / np.maximum(look.level, 0.1) + look.known
    left = (1 - look.known) / rate
    mean = (variety + look.seen) * left
    return mean, mean * (1 + left)
