"""Where incidents come together in the last days, beyond what those places and those days usually have.

The space-time permutation scan statistic: Kulldorff, Heffernan, Hartman, Assunção, Mostashari, PLoS Medicine 2 (2005)
e59, doi:10.1371/journal.pmed.0020059, a form of Kulldorff, Communications in Statistics – Theory and Methods 26 (1997)
1481–1496, doi:10.1080/03610929708831995. Cylinders are circles of areas × the last so many days. Of each the expected
number follows from what its areas and its days have altogether; chance is judged by shuffling the days of the
incidents among them (Monte Carlo), so that many people or a busy week make no cluster by themselves.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WINDOWS = (1, 2, 3, 5, 7)  # days up to the last one
MOST_SHARE = 0.25  # of all incidents that a circle may have
MOST_AREAS = 40
SHUFFLES = 999
CHANCE = 0.05  # of an alarm on a day when there is nothing
FEWEST = 3  # incidents of a cluster
FEWEST_IN_ALL = 30  # below it nothing is said
KM = 111.2  # of a degree of latitude


class Cluster(NamedTuple):
    """Areas (their places in the list, the middle first), the days, what came, what was expected, and the chance that
    a day without a cluster would show one as strong anywhere.
    """

    areas: tuple[int, ...]
    days: int
    came: int
    expected: float
    chance: float

    @property
    def times(self) -> float:
        """How many times the expected number."""
        return self.came / self.expected


class Circles(NamedTuple):
    """For each middle its areas by distance, and how many of them circles may take."""

    order: Ints  # (middle, place in order)
    sizes: Ints  # of each middle


def kilometres(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    """Degrees as kilometres on a plane: a city is small."""
    middle = float(np.cos(np.radians(lat.mean()))) if len(lat) else 1.0
    return lat * KM, lon * KM * middle


def clusters(
    area: Ints, day: Ints, x: Floats, y: Floats, last: int, rng: np.random.Generator, shuffles: int = SHUFFLES
) -> list[Cluster] | None:
    """Clusters that end with day ``last``, the strongest first, none of them sharing an area; None: too few incidents.

    ``area`` (place in ``x``, ``y``) and ``day`` of each incident, days counted from the first that is known.
    """
    kept = day <= last
    area, day = area[kept], day[kept]
    if len(area) < FEWEST_IN_ALL or last < 2 * max(WINDOWS):
        return None
    order = np.argsort(day, kind="stable")
    area, day = area[order], day[order]
    of_window = np.array([int((day > last - days).sum()) for days in WINDOWS])
    totals = np.bincount(area, minlength=len(x)).astype(np.float64)
    circles = _circles(x, y, totals)
    strengths = _strengths(circles, totals, _recent(area[None, :], of_window, len(x)), of_window)[0]
    random = np.array([_strongest(area, of_window, circles, totals, rng) for _ in range(-(-shuffles // BATCH))])
    return _told(strengths, circles, totals, area, of_window, np.sort(random.ravel()[:shuffles]))


BATCH = 37  # shuffles at a time: as many as fit in a processor's memory


def _strongest(area: Ints, of_window: Ints, circles: Circles, totals: Floats, rng: np.random.Generator) -> Floats:
    """The strongest cylinder of some shuffles."""
    shuffled = rng.permuted(np.tile(area, (BATCH, 1)), axis=1)
    found: Floats = _strengths(circles, totals, _recent(shuffled, of_window, len(totals)), of_window).max(
        axis=(1, 2, 3)
    )
    return found


def _circles(x: Floats, y: Floats, totals: Floats) -> Circles:
    """Nearest areas of every middle, as long as they have no more than the largest share of all incidents."""
    distance = (x[:, None] - x[None, :]) ** 2 + (y[:, None] - y[None, :]) ** 2
    order = np.argsort(distance, axis=1, kind="stable")[:, :MOST_AREAS]
    within = np.cumsum(totals[order], axis=1) <= MOST_SHARE * totals.sum()
    return Circles(order, np.maximum(within.sum(axis=1), 1))


def _recent(area: Ints, of_window: Ints, areas: int) -> Floats:
    """Incidents of each area in each window: (shuffle, window, area)."""
    counts = np.empty((len(area), len(of_window), areas))
    rows = np.arange(len(area))[:, None] * areas
    for number, size in enumerate(of_window):
        part = area[:, area.shape[1] - size :] + rows
        counts[:, number] = np.bincount(part.ravel(), minlength=len(area) * areas).reshape(len(area), areas)
    return counts


def _strengths(circles: Circles, totals: Floats, recent: Floats, of_window: Ints) -> Floats:
    """The log likelihood ratio of every cylinder: (shuffle, window, middle, size); zero where there is no excess."""
    whole = totals.sum()
    size_of = np.cumsum(totals[circles.order], axis=1)  # (middle, size)
    expected = of_window[:, None, None] * size_of / whole  # (window, middle, size)
    seen = np.cumsum(recent[:, :, circles.order], axis=3)
    return _ratio(seen, expected, whole) * (np.arange(circles.order.shape[1]) < circles.sizes[:, None])


def _ratio(seen: Floats, expected: Floats, whole: float) -> Floats:
    excess = (seen > expected) & (seen >= FEWEST)
    safe_seen = np.where(excess, seen, 1.0)
    safe = np.where(excess & (expected > 0), expected, 1.0)
    inside = safe_seen * np.log(safe_seen / safe)
    outside = (whole - safe_seen) * np.log((whole - safe_seen + 1e-12) / np.maximum(whole - safe, 1e-12))
    ratio: Floats = np.where(excess & (expected > 0), inside + outside, 0.0)
    return ratio


def _told(
    strengths: Floats, circles: Circles, totals: Floats, area: Ints, of_window: Ints, random: Floats
) -> list[Cluster]:
    """Cylinders that chance would seldom show, the strongest first; areas that are told already are left out."""
    recent = _recent(area[None, :], of_window, len(totals))[0]
    found: list[Cluster] = []
    taken: set[int] = set()
    for flat in np.argsort(-strengths, axis=None)[:5_000]:
        window, middle, last = (int(one) for one in np.unravel_index(flat, strengths.shape))
        stronger = len(random) - int(np.searchsorted(random, strengths[window, middle, last], side="left"))
        chance = (1 + stronger) / (1 + len(random))
        if chance > CHANCE:
            break
        members = circles.order[middle, : last + 1]
        members = members[recent[window, members] > 0]  # what had nothing of it is no part of it
        if taken & set(members.tolist()):
            continue
        taken |= set(members.tolist())
        expected = float(of_window[window] * totals[circles.order[middle, : last + 1]].sum() / totals.sum())
        count = int(recent[window, circles.order[middle, : last + 1]].sum())
        found.append(Cluster(tuple(members.tolist()), WINDOWS[window], count, expected, chance))
    return found
