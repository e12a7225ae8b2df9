"""Cells without a number, in three signs that are told by their shape: <10, hidden, no data."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from dashboard.indicator import Unit
from dashboard.public.draw.letters import width
from dashboard.public.draw.point import Point
from dashboard.public.draw.scale import Scale, below, counts
from dashboard.public.draw.svg import OWN, group, rect, short, words
from etl.bundle import Flag
from etl.text import Text

WORDS = {
    Flag.BELOW: Text("<10", "<10"),
    Flag.HIDDEN: Text("disembunyikan", "hidden"),
    Flag.MISSING: Text("tidak ada data", "no data"),
}
FEW = Text("cacahnya <10", "count <10")  # beside a rate
LEAST = 3.0  # percent: a sign is never so small that it is taken for nothing
ROOM = 25.0  # em that a line of the key may take: a phone's width
LINE, SIGN, LIFT = 1.5, 1.6, 1.2  # em: a line of the key, a sign with its gap, and how far above the plot it stays
HATCH = f'fill="url(#h{OWN})"'

Place = Callable[[int], float]
Key = Sequence[tuple[str, str]]  # sign, what it says


def hatch(classes: str = "f-hatch") -> str:
    """The pattern of what is below ten: open, so that it is neither a number nor nothing."""
    line = f'<path class="{classes}" stroke-width="1" d="M-1 5L5-1M-1 1L1-1M3 5L5 3"/>'
    return f'<defs><pattern id="h{OWN}" width="4" height="4" patternUnits="userSpaceOnUse">{line}</pattern></defs>'


def runs(points: Sequence[Point], flag: Flag) -> Iterator[tuple[int, int]]:
    """First and last of all points in a row that have a flag."""
    for found, run in groupby(range(len(points)), key=lambda at: points[at].flag is flag):
        if found:
            places = list(run)
            yield places[0], places[-1]


def below_bands(points: Sequence[Point], scale: Scale, unit: Unit, left: Place, right: Place) -> str:
    """Hatched up to what they are below, with a line there where it is known: somewhere in there."""

    def band(first: int, last: int) -> str:
        limits = [below(point.value, unit) for point in points[first : last + 1]]
        known = [limit for limit in limits if limit is not None]
        foot, top = scale.down(0), scale.down(max(known)) if known else 0.0
        top = min(top, foot - LEAST) if known else foot - LEAST
        x, x2, y = short(left(first)), short(right(last)), short(top)
        box = rect(left(first), top, right(last) - left(first), foot - top, f' stroke="none" {HATCH}')
        return box + (f'<line x1="{x}%" x2="{x2}%" y1="{y}%" y2="{y}%"/>' if known else "")

    return group("f-below", "".join(band(*run) for run in runs(points, Flag.BELOW)))


def hidden_marks(points: Sequence[Point], scale: Scale, middle: Place) -> str:
    """A cross at the foot: of any size, so it has no height; a line through it when there are several in a row."""

    def mark(first: int, last: int) -> str:
        x, x2 = middle(first), middle(last)
        line = (
            f'<line class="f-through" x1="{short(x)}%" x2="{short(x2)}%" y1="-.6em" y2="-.6em"/>'
            if first < last
            else ""
        )
        return f'{line}<text x="{short((x + x2) / 2)}%" y="-.3em">×</text>'

    marks = "".join(mark(*run) for run in runs(points, Flag.HIDDEN))
    return f'<svg class="f-hidden" y="{short(scale.down(0))}%" overflow="visible">{marks}</svg>' if marks else ""


def missing_bands(points: Sequence[Point], left: Place, right: Place) -> str:
    """Where nobody told us anything, the ground itself is another one."""
    bands = ((left(first), right(last)) for first, last in runs(points, Flag.MISSING))
    return group("f-missing", "".join(rect(x, 0, x2 - x, 100) for x, x2 in bands))


def flags(points: Iterable[Point], unit: Unit, language: str) -> list[tuple[str, str]]:
    """What a key has to explain of these points."""
    there = {point.flag for point in points}
    said = WORDS if counts(unit) else WORDS | {Flag.BELOW: FEW}
    return [(flag, text.say(language)) for flag, text in said.items() if flag in there]


def key(items: Key, left: float) -> tuple[str, int]:
    """The signs and what they say, above the plot; and how many lines that takes."""
    placed, x, line = [], 0.0, 0
    for sign, said in items:
        wide = SIGN + width(said)
        if x and x + wide > ROOM:
            x, line = 0.0, line + 1
        placed.append((sign, said, x, line))
        x += wide + 1
    lines = line + 1 if placed else 0
    drawn = (_item(sign, said, x - left, LINE * (n - lines) - LIFT) for sign, said, x, n in placed)
    return group("f-key", "".join(drawn)), lines


def _item(sign: str, said: str, x: float, y: float) -> str:
    inside = f'{MARKS[sign]}<text x="{SIGN}em" y=".9em">{words(said)}</text>'
    return f'<svg x="{short(x)}em" y="{short(y)}em" overflow="visible">{inside}</svg>'


BOX = 'width="1.2em" height=".8em" y=".15em"'
LEVEL = 'y1=".55em" y2=".55em"'
MARKS = {
    Flag.BELOW: f'<g class="f-below"><rect {BOX} stroke="none" {HATCH}/><line x2="1.2em" y1=".15em" y2=".15em"/></g>',
    Flag.HIDDEN: '<g class="f-hidden"><text x=".6em" y=".95em">×</text></g>',
    Flag.MISSING: f'<g class="f-missing"><rect {BOX}/></g>',
    "veil": f'<rect class="qb" {BOX} {HATCH}/>',
    "line": f'<line class="f-mean" x2="1.2em" {LEVEL}/>',
    "gap": f'<g class="f-gap"><line x2=".4em" {LEVEL}/><line x1=".8em" x2="1.2em" {LEVEL}/></g>',
    "void": f'<rect class="f-void" {BOX}/>',
}
