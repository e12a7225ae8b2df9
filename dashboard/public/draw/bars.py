"""Areas or categories beside each other as horizontal bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from markupsafe import Markup

from dashboard.indicator import Unit
from dashboard.public.draw import signs
from dashboard.public.draw.columns import tops
from dashboard.public.draw.letters import beside, width, wrapped
from dashboard.public.draw.point import Point
from dashboard.public.draw.scale import Scale, below, scale
from dashboard.public.draw.svg import figure, group, short, words
from etl.bundle import Flag

BESIDE = 11.0  # em: a longer name stands above its bar
PHONE = 23.0
LINE, ROW, THICK, BASE = 1.3, 1.9, 1.15, 0.95


def bars(
    points: Sequence[Point],
    *,
    name: str,
    description: str,
    unit: Unit = Unit.PEOPLE,
    current: str | None = None,
    target: tuple[float, str] | None = None,
) -> Markup:
    """Bars in the order given, the value beside each; ``current`` is the label of the one that stands out."""
    short_names = max((width(point.label) for point in points), default=0.0) <= BESIDE
    left = beside((point.label for point in points), 0.8) if short_names else 0
    right = beside((point.shown for point in points if point.known is not None), 0.8)
    on = scale([*tops(points, unit), *([target[0]] if target else [])], unit)
    chart = Bars(on, unit, on.up(target[0]) if target else None, PHONE - left - right)
    names = [[] if short_names else wrapped(point.label, PHONE) for point in points]
    starts = list(accumulate((ROW + LINE * len(lines) for lines in names), initial=1.8 if target else 0.0))
    body = [signs.hatch(), chart.said(target[1]) if target else ""]
    for point, lines, y in zip(points, names, starts, strict=False):
        row = _names(lines, y) if lines else _name(point.label, y)
        row += chart.bar(point, y + LINE * len(lines) + 0.35, point.label == current)
        body.append(group("f-current" if point.label == current else "f-row", row))
    classes, more = f"f-bars f-l{left} f-r{right}", f' height="{short(starts[-1])}em"'
    return figure("".join(body), name=name, description=description, classes=classes, more=more)


def _name(name: str, y: float) -> str:
    return f'<text class="f-name f-beside" x="-.7em" y="{short(y + 1.3)}em">{words(name)}</text>'


def _names(lines: Sequence[str], y: float) -> str:
    spans = (f'<tspan x="0" y="{short(y + LINE * n)}em">{words(line)}</tspan>' for n, line in enumerate(lines, 1))
    return f'<text class="f-name">{"".join(spans)}</text>'


@dataclass(frozen=True)
class Bars:
    """Where a bar ends, and where its words stand."""

    on: Scale
    unit: Unit
    aim: float | None
    room: float  # em that the bars have on a phone

    def bar(self, point: Point, top: float, current: bool) -> str:
        """What is drawn of a number, or of why there is none, the target, and the words of the value."""
        zero, classes, gap = self.on.up(0), "f-amount", 0.45
        box = f'y="{short(top)}em" height="{THICK}em"'
        start, end, mark = zero, zero, ""
        if (value := point.known) is not None:
            start, end = sorted((self.on.up(value), zero))
            mark = f'<rect x="{short(start)}%" width="{short(end - start)}%" {box}/>'
            mark = group("f-column f-strong" if current else "f-column", mark)
        elif point.flag is Flag.BELOW:
            limit = below(point.value, self.unit)
            end = max(zero + signs.LEAST, self.on.up(limit) if limit is not None else zero)
            mark = group("f-below", f'<rect x="{short(zero)}%" width="{short(end - zero)}%" {box} {signs.HATCH}/>')
        else:
            classes, gap = "f-none", 0.0
        if point.flag is Flag.HIDDEN:
            gap = 1.1
            mark = group("f-hidden", f'<text x="{short(zero)}%" dx=".4em" y="{short(top + BASE)}em">×</text>')
        x, y = short(self._free(end, point.shown)), short(top + BASE)
        return (
            mark
            + self._aim(top)
            + f'<text class="{classes}" x="{x}%" dx="{gap}em" y="{y}em">{words(point.shown)}</text>'
        )

    def _free(self, end: float, said: str) -> float:
        """Where words may begin without the mark of the target going through them."""
        wide = 100 * (width(said) + 1) / max(self.room, 1.0)
        return self.aim if self.aim is not None and end <= self.aim < end + wide else end

    def _aim(self, top: float) -> str:
        if self.aim is None:
            return ""
        x, y, y2 = short(self.aim), short(top - 0.25), short(top + THICK + 0.25)
        return f'<line class="f-goal" x1="{x}%" x2="{x}%" y1="{y}em" y2="{y2}em"/>'

    def said(self, target: str) -> str:
        """The words of the target, above its marks."""
        x = self.aim or 0.0
        edge = ' text-anchor="end"' if x > 50 else ""
        return group("f-target", f'<text x="{short(x)}%" y="1em"{edge}>{words(target)}</text>')
