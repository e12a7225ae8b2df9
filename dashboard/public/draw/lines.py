"""Several time series as lines: my kelurahan beside its kecamatan and the city."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard import format as fmt
from dashboard.indicator import Unit
from dashboard.public.draw import axes, signs
from dashboard.public.draw.columns import tops
from dashboard.public.draw.letters import beside, wrapped
from dashboard.public.draw.point import Line, Point
from dashboard.public.draw.scale import Scale, scale
from dashboard.public.draw.svg import figure, group, rect, short, stretched, trace, words
from dashboard.public.numbers import brief
from etl.bundle import Flag

LABEL = 9.5  # em: beside the end of a line
LEADING = 1.25
HIGH = 18.0  # em: how tall a plot is at least


def lines(
    lines: Sequence[Line],
    *,
    name: str,
    description: str,
    language: str,
    unit: Unit = Unit.PEOPLE,
    target: tuple[float, str] | None = None,
) -> Markup:
    """Lines over the same periods, oldest first; the first line is the one that the reader asked for."""
    aim = [target[0]] if target else []
    on = scale([*(top for line in lines for top in tops(line.points, unit)), *aim], unit)
    grid, left = axes.upright(on, unit, language)
    flags = signs.flags((point for line in lines for point in line.points), unit, language)
    key, rows = signs.key([("gap" if sign == Flag.MISSING else sign, said) for sign, said in flags], left)
    course = Course(max((len(line.points) for line in lines), default=0), on, unit)
    ends = [_end(number, line, on, unit, language) for number, line in enumerate(lines, 1)]
    every = [*ends, _aim(target, on)] if target else ends
    placed = _apart(every)
    right = beside((line for end in placed for line in end.said), 1.2)
    drawn = [course.line(number, line.points) for number, line in enumerate(lines, 1)]
    labels = [point.label for point in lines[0].points] if lines else []
    body = [signs.hatch(), grid, axes.foot(on), axes.level(labels, course.middle, (0.6, right)), key]
    body += [_target(target, on), *reversed(drawn), *(end.dot() for end in ends)]
    body += [group("f-ends", "".join(end.drawn() for end in placed)), _names(every, rows, left), course.hits(lines)]
    classes = f"f-plot f-l{left} f-r{right} f-n{len(every)}" + (f" f-t{rows}" if rows else "")
    return figure("".join(body), name=name, description=description, classes=classes)


@dataclass(frozen=True)
class Course:
    """Where the points of the lines are: the first on the left edge, the last on the right one."""

    count: int
    on: Scale
    unit: Unit

    def middle(self, at: int) -> float:
        return 100 * at / (self.count - 1) if self.count > 1 else 100.0

    def left(self, at: int) -> float:
        return max(0.0, self.middle(at) - 50 / max(1, self.count - 1))

    def right(self, at: int) -> float:
        return min(100.0, self.middle(at) + 50 / max(1, self.count - 1))

    def line(self, number: int, points: Sequence[Point]) -> str:
        """One line with the signs of what has no number; the first one stands out from those under it."""
        path = trace([self._spot(at, point) for at, point in enumerate(points)])
        drawn = stretched(path, "f-line") if path else ""
        halo = stretched(path, "f-halo") if path and number == 1 else ""
        none = signs.below_bands(points, self.on, self.unit, self.left, self.right)
        none += signs.hidden_marks(points, self.on, self.middle)
        return group(f"f-series-{number}", none + halo + drawn + self._lone(points))

    def _lone(self, points: Sequence[Point]) -> str:
        """A point between two that have no number has no line to be seen by."""
        known = [None, *(point.known for point in points), None]
        dots = (
            _dot(self.middle(at), self.on.down(value), 3)
            for at, (before, value, after) in enumerate(zip(known, known[1:], known[2:], strict=False))
            if value is not None and before is None and after is None
        )
        return group("f-end", "".join(dots))

    def _spot(self, at: int, point: Point) -> tuple[float, float] | None:
        value = point.known
        return None if value is None else (10 * self.middle(at), 10 * self.on.down(value))

    def hits(self, lines: Sequence[Line]) -> str:
        """What answers a finger or a mouse: at every period, what each line says there."""
        return group("f-hits", "".join(self._hit(lines, at) for at in range(self.count)))

    def _hit(self, lines: Sequence[Line], at: int) -> str:
        there = [(line.name, line.points[at]) for line in lines if at < len(line.points)]
        said = [there[0][1].label, *(f"{name}: {point.shown}" for name, point in there)]
        left, right = self.left(at), self.right(at)
        return rect(left, 0, right - left, 100, "", f"<title>{words(chr(10).join(said))}</title>")


@dataclass
class End:
    """What stands beside the end of a line: its last value and its name."""

    classes: str
    value: str
    name: str
    at: float  # how far down the line ends, percent
    reached: bool = False  # whether there is a number at the end
    top: float = 0.0  # how far down the words begin

    def __post_init__(self) -> None:
        self.said = wrapped(f"{self.value} {self.name}", LABEL)
        self.top = self.at - 50 * LEADING / HIGH

    @property
    def tall(self) -> float:
        """The room that it takes, percent of the plot."""
        return 100 * LEADING * len(self.said) / HIGH

    def drawn(self) -> str:
        """The words beside the plot."""
        first, *rest = [f"{line} " for line in self.said]  # a space, so that a copy of it reads well
        more = "".join(f'<tspan x="100%" dx=".8em" dy="{LEADING}em">{words(line)}</tspan>' for line in rest)
        text = f'<text x="100%" dx=".8em" y="{short(self.top)}%" dy=".95em">{self._strong(first)}{more}</text>'
        return group(self.classes, text)

    def _strong(self, line: str) -> str:
        value = f'<tspan class="f-value">{words(self.value)}</tspan>' if self.value else ""
        return value + words(line.removeprefix(self.value))

    def dot(self) -> str:
        """Where the line ends, if it reaches the last period."""
        return group(self.classes, _dot(100, self.at, 3.5) if self.reached else "")

    def row(self, x: float, y: float) -> str:
        """The words above the plot, where there is no room beside it."""
        text = f'<text x="1.2em" y=".9em">{self._strong(f"{self.value} {self.name}".lstrip())}</text>'
        place = f'x="{short(x)}em" y="{short(y)}em" overflow="visible"'
        dot = '<circle cx=".4em" cy=".5em" r=".3em"/>'
        sign = dot if self.value else '<line class="f-aim" x2=".85em" y1=".5em" y2=".5em"/>'
        return f"<svg {place}>{group(self.classes, sign + text)}</svg>"


def _end(number: int, line: Line, on: Scale, unit: Unit, language: str) -> End:
    last = line.points[-1] if line.points else Point("", None, fmt.NOTHING, Flag.MISSING)
    value = last.shown if last.known is None else brief(last.known, unit, language)
    at = on.down(last.known or 0.0)
    return End(f"f-end f-series-{number}", value, line.name, at, last.known is not None)


def _dot(x: float, y: float, size: float) -> str:
    return f'<circle cx="{short(x)}%" cy="{short(y)}%" r="{size:g}"/>'


def _aim(target: tuple[float, str], on: Scale) -> End:
    return End("f-target", "", target[1], on.down(target[0]))


def _apart(ends: list[End]) -> list[End]:
    """The words of each line as near to its end as the others let them."""
    ordered = sorted(ends, key=lambda end: (end.at, end.classes))
    for end, top in zip(ordered, apart([(end.top, end.tall) for end in ordered]), strict=True):
        end.top = top
    return ordered


def apart(wanted: Sequence[tuple[float, float]]) -> list[float]:
    """Where blocks begin that stand one below another, none far outside the plot: wanted place and height, percent."""
    tops, free = [], -6.0
    for top, tall in wanted:
        tops.append(max(top, free))
        free = tops[-1] + tall
    free = 103.0
    for at in range(len(tops) - 1, -1, -1):
        tops[at] = min(tops[at], free - wanted[at][1])
        free = tops[at]
    return tops


def _names(ends: list[End], rows: int, left: int) -> str:
    first = -signs.LINE * (rows + len(ends)) - signs.LIFT
    return group("f-names", "".join(end.row(-left, first + signs.LINE * n) for n, end in enumerate(ends)))


def _target(target: tuple[float, str] | None, on: Scale) -> str:
    """A line across the plot; its words stand with those of the lines."""
    if target is None:
        return ""
    y = short(on.down(target[0]))
    return f'<line class="f-aim" x2="100%" y1="{y}%" y2="{y}%"/>'
