"""A time series as columns."""

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.indicator import Unit
from dashboard.public.draw import axes, signs
from dashboard.public.draw.letters import BOLD, width
from dashboard.public.draw.point import Point
from dashboard.public.draw.scale import Scale, below, scale
from dashboard.public.draw.svg import figure, group, rect, short, stretched, trace, words
from etl.bundle import Flag
from etl.text import Text

MEAN = Text("rata-rata 7 periode", "mean of 7 periods")
DENSE = 120  # from here on columns stand without a gap
FULL, WIDEST = 0.8, 13.0  # of a step; percent of the plot
CLOSE = 2.0  # percent: words nearer to their column need no line to it


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
    on = scale([*tops(points, unit), *(value for value in mean or () if value is not None)], unit)
    grid, left = axes.upright(on, unit, language)
    items = [("line", mean_name or MEAN.say(language))] if mean else []
    key, lines = signs.key(items + signs.flags(points, unit, language), left)
    at = Columns(points, on, unit)
    body = [
        signs.hatch(),
        at.missing(),
        grid,
        at.columns(highlight, plain=mean is None and highlight is None),
        at.without_number(),
    ]
    body += [axes.foot(on), axes.level([point.label for point in points], at.middle), key]
    body += [course(mean, on) if mean else "", at.said(highlight), at.hits()]
    classes = f"f-plot f-l{left}" + (f" f-t{lines}" if lines else "")
    return figure("".join(body), name=name, description=description, classes=classes)


def tops(points: Sequence[Point], unit: Unit) -> list[float]:
    """The numbers that a plot must have room for."""
    limits = [below(point.value, unit) if point.flag is Flag.BELOW else point.known for point in points]
    return [limit for limit in limits if limit is not None]


class Columns:
    """Where each column stands, and what stands there."""

    def __init__(self, points: Sequence[Point], on: Scale, unit: Unit) -> None:
        self.points, self.on, self.unit = points, on, unit
        self.step = 100 / max(1, len(points))
        full = min(FULL * self.step, WIDEST) if len(points) < DENSE else self.step
        self.gap = self.step - full

    def left(self, at: int) -> float:
        return at * self.step + self.gap / 2

    def right(self, at: int) -> float:
        return (at + 1) * self.step - self.gap / 2

    def middle(self, at: int) -> float:
        return (at + 0.5) * self.step

    def columns(self, highlight: int | None, plain: bool) -> str:
        """Those that have a number; the one that stands out is strong, and so are all when nothing does."""
        drawn = {
            at: self._column(at, value) for at, point in enumerate(self.points) if (value := point.known) is not None
        }
        strong = drawn.pop(highlight, "") if highlight is not None else ""
        every = group("f-column f-strong" if plain else "f-column", "".join(drawn.values()))
        return every + group("f-column f-strong", strong)

    def _column(self, at: int, value: float) -> str:
        top, foot = sorted((self.on.down(value), self.on.down(0)))
        return rect(self.left(at), top, self.step - self.gap, foot - top)

    def missing(self) -> str:
        return signs.missing_bands(self.points, lambda at: at * self.step, lambda at: (at + 1) * self.step)

    def without_number(self) -> str:
        bands = signs.below_bands(self.points, self.on, self.unit, self.left, self.right)
        return bands + signs.hidden_marks(self.points, self.on, self.middle)

    def top(self, at: int) -> float:
        """How far down begins what is drawn of a point."""
        point, foot = self.points[at], self.on.down(0)
        if point.flag is Flag.BELOW:
            return min(self.on.down(below(point.value, self.unit) or 0.0), foot - signs.LEAST)
        if point.flag is Flag.HIDDEN:
            return foot - 2 * signs.LEAST
        return min(self.on.down(point.known or 0.0), foot)

    def said(self, highlight: int | None) -> str:
        """The words of the point that stands out, above it and above those that they would cover."""
        if highlight is None or not self.points:
            return ""
        shown, middle = self.points[highlight].shown, self.middle(highlight)
        wide = 100 * (BOLD * width(shown) + 0.6) / axes.NARROW
        edge, at, start = "middle", middle, middle - wide / 2
        if middle < wide / 2:
            edge, at, start = "start", self.left(highlight), self.left(highlight)
        elif middle > 100 - wide / 2:
            edge, at, start = "end", self.right(highlight), self.right(highlight) - wide
        covered = (n for n in range(len(self.points)) if self.right(n) > start and self.left(n) < start + wide)
        x, y, top = short(middle), min(map(self.top, covered)), self.top(highlight)
        line = f'<line x1="{x}%" x2="{x}%" y1="{short(y)}%" y2="{short(top)}%"/>' if top - y > CLOSE else ""
        text = f'<text x="{short(at)}%" y="{short(y)}%" dy="-.4em" text-anchor="{edge}">{words(shown)}</text>'
        return group("f-lead", line) + group("f-said", text)

    def hits(self) -> str:
        """What answers a finger or a mouse: the whole height of every point, with its words."""
        titles = (f"<title>{words(point.label)}: {words(point.shown)}</title>" for point in self.points)
        return group(
            "f-hits", "".join(rect(at * self.step, 0, self.step, 100, "", title) for at, title in enumerate(titles))
        )


def course(values: Sequence[float | None], on: Scale) -> str:
    """A line over the columns, broken where there is no number."""
    step = 1000 / max(1, len(values))
    path = trace(
        [None if value is None else ((at + 0.5) * step, 10 * on.down(value)) for at, value in enumerate(values)]
    )
    return stretched(path, "f-halo") + stretched(path, "f-mean")
