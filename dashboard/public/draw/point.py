"""What is drawn: points that have a number, and points that have none for one of three reasons."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from etl.bundle import Flag


@dataclass(frozen=True)
class Point:
    """A cell of a published table, with its words ready.

    Where the flag is not ``shown`` there is no number, except that a cell below ten may say in ``value`` what it is
    below (in the unit of the figure), so that it is drawn no higher.
    """

    label: str  # a period, an area or a category as it is written: "21 Nov 2026"
    value: float | None
    shown: str  # "1.250 kasus", "<10", "disembunyikan", "tidak ada data"
    flag: Flag = Flag.SHOWN

    @property
    def known(self) -> float | None:
        """The number, where there is one that can be drawn."""
        value = self.value
        return value if value is not None and self.flag is Flag.SHOWN and math.isfinite(value) else None


@dataclass(frozen=True)
class Line:
    """One line of several over the same periods."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Frame:
    """What a map shows of one period: points by the code of their area; the point's label is the area's name."""

    label: str
    points: Mapping[str, Point]
