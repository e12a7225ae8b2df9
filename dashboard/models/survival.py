"""Time until something is done, when some of it is not done yet: those that wait count as long as they have waited.

The curve is Kaplan and Meier's (Journal of the American Statistical Association 53 (1958) 457–481,
doi:10.1080/01621459.1958.10501452), its variance Greenwood's, the interval of its median Brookmeyer and Crowley's
(Biometrics 38 (1982) 29–41, doi:10.2307/2530286) on the scale log(−log) of Kalbfleisch and Prentice.

It assumes that what waits would go on like what was done after waiting as long; a change of pace is seen late.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FEWEST = 10  # done: fewer say nothing of a middle
HALF = 0.5 + 1e-12  # a product of shares that makes a half may come out a breath above it


class Middle(NamedTuple):
    """When half is done, in the unit of the durations. None: not within what was seen."""

    mean: float | None
    low: float
    high: float | None


class Share(NamedTuple):
    """The share that is done within some time, 0–1; ``variance``: of the share, by Greenwood."""

    mean: float
    low: float
    high: float
    variance: float


class Curve(NamedTuple):
    """The moments at which something was done, the share not done after each, and the sum of Greenwood's formula."""

    times: Floats
    left: Floats
    sums: Floats


def curve(durations: Floats, done: Flags) -> Curve:
    """Kaplan–Meier: durations ≥ 0 until done, or until now where not ``done``."""
    times, events = np.unique(durations[done], return_counts=True)
    at_risk = len(durations) - np.searchsorted(np.sort(durations), times, side="left")
    with np.errstate(divide="ignore"):
        sums: Floats = np.cumsum(events / (at_risk * np.maximum(at_risk - events, 0).astype(np.float64)))
    left: Floats = np.cumprod(1 - events / at_risk, dtype=np.float64)
    return Curve(times, left, sums)


def median(durations: Floats, done: Flags, coverage: float = 0.8) -> Middle | None:
    """When half is done, and its interval; nothing where fewer than ``FEWEST`` are done."""
    if int(done.sum()) < FEWEST:
        return None
    told = curve(durations, done)
    middle = np.flatnonzero(told.left <= HALF)
    low, high = _bounds(told, coverage)
    early, late = np.flatnonzero(low <= HALF), np.flatnonzero(high <= HALF)
    return Middle(
        float(told.times[middle[0]]) if len(middle) else None,
        float(told.times[early[0]]) if len(early) else float(told.times[-1]),
        float(told.times[late[0]]) if len(late) else None,
    )


def within(durations: Floats, done: Flags, limit: float, coverage: float = 0.8) -> Share | None:
    """The share that is done within ``limit``; nothing where too few are done, or nobody was seen for so long."""
    if int(done.sum()) < FEWEST:
        return None
    told = curve(durations, done)
    if durations.max() < limit and told.left[-1] > 0:
        return None
    low, high = _bounds(told, coverage)
    at = int(np.searchsorted(told.times, limit, side="right")) - 1
    if at < 0:
        return Share(0.0, 0.0, 0.0, 0.0)
    left = float(told.left[at])
    return Share(1 - left, 1 - float(high[at]), 1 - float(low[at]), left**2 * float(told.sums[at]) if left else 0.0)


def _bounds(told: Curve, coverage: float) -> tuple[Floats, Floats]:
    """The interval of the share not done after each moment; at its ends it is the share itself."""
    inner = (told.left > 0) & (told.left < 1)
    left, sums = np.where(inner, told.left, 0.5), np.where(inner, told.sums, 0.0)
    half = float(scipy.special.ndtri((1 + coverage) / 2)) * np.sqrt(sums) / np.abs(np.log(left))
    low, high = left ** np.exp(half), left ** np.exp(-half)
    return np.where(inner, low, told.left), np.where(inner, high, told.left)


def ahead(middle: Middle, part: float) -> Middle:
    """The interval of the middle of those still to come, ``part`` as many as it was made of.

    Their middle varies by itself, 1 ÷ part as much as ours does; both together, on the scale of logarithms.
    """
    if not middle.mean:
        return middle
    more = float(np.sqrt(1 + 1 / part))

    def wider(bound: float) -> float:
        return float(middle.mean * (bound / middle.mean) ** more) if middle.mean else bound

    return Middle(middle.mean, wider(middle.low), None if middle.high is None else wider(middle.high))


def coming(share: Share, size: int, coverage: float = 0.8) -> Share:
    """The interval of the share among ``size`` that are still to come: what is not known, and chance in so few."""
    variance = share.variance + share.mean * (1 - share.mean) / max(size, 1)
    half = float(scipy.special.ndtri((1 + coverage) / 2)) * float(np.sqrt(variance))
    return Share(share.mean, max(0.0, share.mean - half), min(1.0, share.mean + half), variance)
