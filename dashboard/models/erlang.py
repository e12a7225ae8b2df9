"""How long callers wait for so many call takers, and how many are needed: Erlang C and Erlang A.

Calls come at random at a steady rate, talks last an exponential time. By Erlang C (Erlang 1917) callers wait however
long it takes; by Erlang A (Palm 1946) each hangs up after an exponential patience of its own. Gans, Koole, Mandelbaum,
Manufacturing & Service Operations Management 5 (2003) 79–141, doi:10.1287/msom.5.2.79.16071; Garnett, Mandelbaum,
Reiman, ibid. 4 (2002) 208–227, doi:10.1287/msom.4.3.208.7753.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

Floats = npt.NDArray[np.float64]
HOUR_S = 3600.0
NENA = ((0.90, 15.0), (0.95, 20.0))  # share answered within seconds: NENA-STA-020, of all hours
MOST = 500  # call takers; no desk of a city is larger
RARE = 1e-14  # what is rarer than this is left out of the sums


class Load(NamedTuple):
    """What comes to a desk: calls an hour, seconds that one takes, seconds until half as many still wait (mean)."""

    calls: float
    handling_s: float
    patience_s: float | None = None  # None: nobody hangs up

    @property
    def erlangs(self) -> float:
        """Call takers who talk on the average if nobody hangs up."""
        return self.calls * self.handling_s / HOUR_S


class Service(NamedTuple):
    """What so many call takers give: shares of all calls, seconds; ``busy`` is the share of their time."""

    takers: int
    waits: float  # the share that does not get an answer at once
    mean_wait_s: float
    abandons: float
    busy: float
    load: Load
    states: Floats | None = None  # chances of k callers waiting, for Erlang A

    def within(self, seconds: float) -> float:
        """The share of calls that are answered within so many seconds."""
        if self.load.patience_s is None:
            leaves = (self.takers - self.load.erlangs) / self.load.handling_s
            return 1.0 - self.waits * math.exp(-leaves * seconds) if leaves > 0 else 0.0
        return _answered_within(self, seconds)

    def wait_exceeded_by(self, share: float) -> float:
        """Seconds that this share of the callers waits longer than, answered or not."""
        return _longest(self, share)


def erlang_b(takers: int, erlangs: float) -> float:
    """The share of calls lost where nobody may wait; by the recursion that cannot overflow."""
    blocked = 1.0
    for number in range(1, takers + 1):
        blocked = erlangs * blocked / (number + erlangs * blocked)
    return blocked


def erlang_c(takers: int, erlangs: float) -> float:
    """The share of calls that wait where nobody hangs up; 1 when there are too few to ever catch up."""
    if takers <= erlangs:
        return 1.0
    blocked = erlang_b(takers, erlangs)
    return blocked / (1.0 - erlangs / takers * (1.0 - blocked))


def service(load: Load, takers: int) -> Service:
    """What a desk gives. Raises ValueError for a load that is none."""
    if load.calls < 0 or load.handling_s <= 0 or takers < 1 or (load.patience_s is not None and load.patience_s <= 0):
        raise ValueError(f"no such desk: {load}, {takers}")
    if load.calls == 0:
        return Service(takers, 0.0, 0.0, 0.0, 0.0, load, np.zeros(1) if load.patience_s else None)
    return _erlang_c(load, takers) if load.patience_s is None else _erlang_a(load, takers)


def needed(load: Load, goals: Sequence[tuple[float, float]] = NENA) -> int | None:
    """The fewest call takers that answer every ``share`` within its ``seconds``; None above ``MOST``.

    One at least is always on duty.
    """
    least = 1 if load.patience_s else max(1, math.floor(load.erlangs) + 1)
    for takers in range(least, MOST + 1):
        found = service(load, takers)
        if all(found.within(seconds) >= share for share, seconds in goals):
            return takers
    return None


def _erlang_c(load: Load, takers: int) -> Service:
    waits, spare = erlang_c(takers, load.erlangs), takers - load.erlangs
    mean = waits * load.handling_s / spare if spare > 0 else math.inf
    return Service(takers, waits, mean, 0.0, min(load.erlangs / takers, 1.0), load)


def _erlang_a(load: Load, takers: int) -> Service:
    """The chances of every number of calls, from the balance of calls that come and calls that leave."""
    rate, ends, gives_up = load.calls / HOUR_S, 1 / load.handling_s, 1 / float(load.patience_s or math.inf)
    chances = _stationary(rate, ends, gives_up, takers)
    queued = chances[takers:]
    waiting = float((np.arange(len(queued)) * queued).sum())
    abandons = gives_up * waiting / rate
    busy = rate * (1 - abandons) / ends / takers
    return Service(takers, float(queued.sum()), waiting / rate, abandons, busy, load, queued)


def _stationary(rate: float, ends: float, gives_up: float, takers: int) -> Floats:
    """The chance of 0, 1, 2 … calls in the house, in logarithms until the end."""
    size = 64 + 4 * takers
    while True:
        there = np.arange(1, size + 1)
        leave = ends * np.minimum(there, takers) + gives_up * np.maximum(there - takers, 0)
        logs = np.concatenate([[0.0], np.cumsum(np.log(rate) - np.log(leave))])
        chances: Floats = np.exp(logs - logs.max())
        chances /= chances.sum()
        if chances[-1] < RARE:
            return chances
        size *= 2


def _answered_within(found: Service, seconds: float) -> float:
    """A caller behind k others is answered in time when k + 1 of them leave in time and patience lasts."""
    return 1.0 - found.waits + float((_queued(found) * _reached(found, seconds)).sum())


def _queued(found: Service) -> Floats:
    return np.zeros(1) if found.states is None else found.states


def _reached(found: Service, seconds: float) -> Floats:
    """Chance of an answer within the seconds, by how many wait already: summed over small steps of time.

    Behind k others the next place is free at the rate of all takers, plus that of those ahead who give up; the caller's
    own patience runs against it. The rates differ, so the chances are followed as a chain, step by step.
    """
    ahead = np.arange(len(_queued(found)))
    handling, patience = found.load.handling_s, float(found.load.patience_s or math.inf)
    step_down = found.takers / handling + ahead / patience  # one place forward, or an answer for the first
    return _chain(step_down, 1 / patience, seconds)


def _chain(forward: Floats, gives_up: float, seconds: float) -> Floats:
    """Chances to be through within the seconds from each place: uniformisation of the chain of places."""
    top = float(forward.max() + gives_up)
    through, total = np.zeros(len(forward)), np.zeros(len(forward))
    jumps = top * seconds
    last = int(jumps + 12 * math.sqrt(jumps + 1) + 30)
    weights = np.exp(scipy.special.xlogy(np.arange(last + 1), jumps) - jumps - _log_factorials(last))
    for weight in weights:
        total += weight * through
        nearer = np.concatenate([[1.0], through[:-1]])
        through = (forward * nearer + (top - forward - gives_up) * through) / top
    return total


def _log_factorials(last: int) -> Floats:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, last + 1)))])


def _longest(found: Service, share: float) -> float:
    """The wait, however it ends, that this share exceeds: by halving."""
    if found.waits <= share:
        return 0.0
    if found.load.patience_s is None:
        leaves = (found.takers - found.load.erlangs) / found.load.handling_s
        return math.log(found.waits / share) / leaves if leaves > 0 else math.inf
    low, high = 0.0, 1.0
    while _still_waiting(found, high) > share:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _still_waiting(found, middle) > share else (low, middle)
    return high


def _still_waiting(found: Service, seconds: float) -> float:
    """The share of callers who are neither answered nor gone after so many seconds."""
    patience = float(found.load.patience_s or math.inf)
    ahead = np.arange(len(_queued(found)))
    forward = found.takers / found.load.handling_s + ahead / patience
    answered = _chain(forward, 0.0, seconds)  # were this caller's own patience without end
    return float((_queued(found) * (1 - answered)).sum()) * math.exp(-seconds / patience)
