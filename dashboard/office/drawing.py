"""A small course as a drawing of numbers alone: templates and the brief draw it, without a script and as vectors."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

WIDTH, HEIGHT, EDGE = 120.0, 32.0, 3.0  # of the drawing, in its own units


def drawn(points: Sequence[tuple[dt.date, float]], aim: float | None) -> dict[str, Any]:
    """The points of a line from left to right, its last point, and the height of the target."""
    values = [number for _, number in points]
    low, high = min([*values, *([aim] if aim is not None else [])]), max([*values, *([aim] if aim is not None else [])])
    first, span = points[0][0], max(1, (points[-1][0] - points[0][0]).days)

    def down(number: float) -> float:
        share = (number - low) / (high - low) if high > low else 0.5
        return round(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE), 1)

    def across(day: dt.date) -> float:
        return round(EDGE + (day - first).days / span * (WIDTH - 2 * EDGE), 1)

    line = [(across(day), down(number)) for day, number in points]
    return {
        "line": " ".join(f"{x},{y}" for x, y in line),
        "last": list(line[-1]),
        "aim": None if aim is None else down(aim),
        "box": f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
    }
