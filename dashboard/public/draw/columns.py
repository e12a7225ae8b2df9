"""A time series as columns."""

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.indicator import Unit
from dashboard.public.draw import axes, signs
from dashboard.public.draw.letters import width
from dashboard.public.draw.point import Point
from dashboard.public.draw.scale import Scale, below, scale
from dashboard.public.draw.svg import figure, group, rect, short, stretched, trace, words
from etl.bundle import Flag
from etl.text import Text

MEAN = Text("rata-rata 7 periode", "mean of 7 periods")
DENSE = 120  # from here on columns stand without a gap
FULL = 0.8


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
        self.gap = (1 - FULL) * self.step if len(points) < DENSE else 0.0

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
        return signs.below_bands(self.points, self.on, self.unit, self.left, self.right) + signs.hidden_marks(
            self.points, self.on, self.middle
        )

    def said(self, highlight: int | None) -> str:
        """The value of the column that stands out, above it and above those that it would cover."""
        point = self.points[highlight] if highlight is not None else None
        if point is None or highlight is None or point.known is None:
            return ""
        wide = 105 * width(point.shown) / axes.NARROW
        x = self.middle(highlight)
        edge, start = ("start", self.left(highlight)) if x < wide / 2 else ("middle", x - wide / 2)
        if x > 100 - wide / 2:
            edge, start = "end", self.right(highlight) - wide
        at = {"start": self.left(highlight), "middle": x, "end": self.right(highlight)}[edge]
        covered = [self.points[n].known or 0 for n in range(len(self.points)) if start < self.middle(n) < start + wide]
        y, top = self.on.down(max(0, *covered, point.known)), self.on.down(max(0, point.known))
        line = f'<line x1="{short(x)}%" x2="{short(x)}%" y1="{short(y)}%" y2="{short(top)}%"/>' if top - y > 2 else ""
        text = f'<text x="{short(at)}%" y="{short(y)}%" dy="-.4em" text-anchor="{edge}">{words(point.shown)}</text>'
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
