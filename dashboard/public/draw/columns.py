"""A time series as columns."""

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.indicator import Unit
from dashboard.public.draw.point import Point


def columns(
    points: Sequence[Point],
    *,
    name: str,
    description: str,
    language: str,
    unit: Unit = Unit.PEOPLE,
    highlight: int | None = None,
    mean: Sequence[float | None] | None = None,
    mean_name: str = "",
) -> Markup:
    """Columns over time, oldest first; ``highlight`` is the index of the one that the title speaks of.

    ``unit`` writes the upright axis. ``mean`` has a number (or nothing) for every point.
    """
    return Markup('<svg role="img"><title>{}</title></svg>').format(name)
