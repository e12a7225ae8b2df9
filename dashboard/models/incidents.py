"""Calls about one incident: of one kind, soon after one another, and near.

Deterministic, no estimate: a call belongs to the incident of an earlier call of its kind when it comes within
``WITHIN_S`` of it and from its own cell of the 500 m grid or one beside it (positions finer than the cell are not
read). Chains count: the third caller need only be near the second. Two incidents of a kind side by side at one time
are taken for one; one incident seen from two places far apart for two.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WITHIN_S = 1_800
NEAR = 0.0046  # degrees: a cell of the grid (0.0045°) and a little, in each direction


def grouped(at: Floats, lat: Floats, lon: Floats, kind: Ints) -> Ints:
    """The number of the first call (its place in the list) of each call's incident; calls without a place stand alone.

    ``at``: seconds, in order; ``lat``, ``lon``: centre of the cell in degrees, NaN when unknown; ``kind``: any numbers.
    """
    first = np.arange(len(at))
    begin = np.searchsorted(at, at - WITHIN_S, side="left")
    for call in range(len(at)):
        earlier = np.arange(begin[call], call)
        near = (np.abs(lat[earlier] - lat[call]) <= NEAR) & (np.abs(lon[earlier] - lon[call]) <= NEAR)
        same = earlier[near & (kind[earlier] == kind[call])]
        if len(same):
            roots = np.unique(first[same])
            first[np.isin(first, roots)] = roots[0]
            first[call] = roots[0]
    return first
