"""A time series as a small line without axes, for a tile or a cell of a table."""

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.indicator import Unit
from dashboard.public.draw.point import Point
from dashboard.public.draw.scale import scale
from dashboard.public.draw.svg import short, stretched, trace, words


def sparkline(points: Sequence[Point], *, name: str) -> Markup:
    """The course of a number; what it is stands beside it, so that it has a name and no more."""
    on = scale([value for point in points if (value := point.known) is not None], Unit.INDEX)
    step = 100 / max(1, len(points) - 1)
    spots = [None if (value := point.known) is None else (at * step, on.down(value)) for at, point in enumerate(points)]
    path = trace([spot and (10 * spot[0], 10 * spot[1]) for spot in spots])
    line = stretched(path, "f-line") if path else ""
    last = spots[-1] if spots else None
    dot = f'<circle cx="{short(last[0])}%" cy="{short(last[1])}%" r="2.5"/>' if last else ""
    return Markup(f'<svg class="f-spark f-series-1" role="img" aria-label="{words(name)}">{line}{dot}</svg>')
