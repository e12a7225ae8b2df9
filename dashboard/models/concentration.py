"""How unevenly sales are spread over merchants: Gini, share of the largest, Herfindahl–Hirschman.

Gini, Variabilità e mutabilità (1912); Hirschman, American Economic Review 54 (1964) 761–762. These are figures of all
merchants, not of a sample, so that they have no interval. Net sales below zero (more was sent back than sold) count as
zero: a share below zero has no meaning.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

TOP = 10


class Concentration(NamedTuple):
    """``gini``: 0 equal to 1; ``top``: share (0 to 1) of the ``TOP`` largest; ``hhi``: 0 to 10,000; ``sellers``."""

    gini: float
    top: float
    hhi: float
    sellers: int


def concentration(amounts: Sequence[float]) -> Concentration | None:
    """Of what each merchant sold; None where nothing was sold."""
    sold = np.sort(np.maximum(np.asarray(amounts, dtype=np.float64), 0))
    whole = float(sold.sum())
    if whole <= 0:
        return None
    size = len(sold)
    gini = float((2 * np.arange(1, size + 1) - size - 1) @ sold) / (size * whole)
    shares = sold / whole
    return Concentration(gini, float(shares[-TOP:].sum()), 10_000 * float(shares @ shares), int((sold > 0).sum()))
