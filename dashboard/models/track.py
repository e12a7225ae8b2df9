"""How well a model has fared: what its intervals held, and how far it was out beside a forecast without a model.

The share of days that its intervals held is itself told with an interval (Clopper, Pearson, Biometrika 26 (1934)
404–413, doi:10.1093/biomet/26.4.404): of twenty days eighty per cent may well be chance.
"""

from collections.abc import Sequence
from typing import NamedTuple

import scipy

from dashboard.models.model import Judged

LEAST_DAYS = 20  # fewer say nothing of a model
TAIL = 0.025


class Standing(NamedTuple):
    """``held``: per cent of the days that its intervals held, with its 95 % interval; errors in the model's unit.

    ``error`` is the mean distance from what came, ``naive`` that of the forecast without a model on the same days, and
    ``gain`` by how many per cent it is smaller; None where no day has such a forecast.
    """

    days: int
    held: float
    low: float
    high: float
    error: float
    naive: float | None
    gain: float | None


def standing(judged: Sequence[Judged]) -> Standing | None:
    """The standing of a model over the days that it was judged by; None when they are too few."""
    if len(judged) < LEAST_DAYS:
        return None
    days, inside = len(judged), sum(one.held for one in judged)
    error = sum(abs(one.said - one.came) for one in judged) / days
    both = [(abs(one.said - one.came), abs(one.naive - one.came)) for one in judged if one.naive is not None]
    naive = sum(theirs for _, theirs in both) / len(both) if both else None
    ours = sum(mine for mine, _ in both) / len(both) if both else None
    gain = 100 * (1 - ours / naive) if ours is not None and naive else None
    return Standing(days, 100 * inside / days, *share_interval(inside, days), error, naive, gain)


def share_interval(inside: int, of: int) -> tuple[float, float]:
    """The exact 95 % interval of a share, in per cent."""
    low = float(scipy.special.betaincinv(inside, of - inside + 1, TAIL)) if inside else 0.0
    high = float(scipy.special.betaincinv(inside + 1, of - inside, 1 - TAIL)) if inside < of else 1.0
    return 100 * low, 100 * high


def is_off(standing: Standing, meant: float) -> bool:
    """Whether its intervals hold surely more, or surely less, than the share that they are meant to."""
    return not standing.low <= 100 * meant <= standing.high
