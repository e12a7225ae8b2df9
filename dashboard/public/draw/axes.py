"""Both axes of a plot. Places are percent of the plot, so that words keep their size at every width."""

import math
import re
from collections.abc import Callable, Sequence

from dashboard.indicator import Unit
from dashboard.public.draw.letters import beside, width
from dashboard.public.draw.scale import Scale, tick
from dashboard.public.draw.svg import group, short, words

NARROW, WIDE = 18.0, 40.0  # em: the plot of a phone, and of anything wider
APART = 1.5  # a label and half of the next: the last one may stand against the edge
MARK = 101.6  # percent: how far down the mark above a label reaches
YEAR = re.compile(r"(.*\S)\s+(\d{4})", re.S)


def upright(scale: Scale, unit: Unit, language: str) -> tuple[str, int]:
    """Lines across the plot with their numbers on the left; and how many em these take."""
    said = [(short(scale.down(value)), tick(value, scale, unit, language)) for value in scale.ticks]
    lines = "".join(f'<line x2="100%" y1="{y}%" y2="{y}%"/>' for y, _ in said)
    labels = "".join(f'<text x="-.6em" y="{y}%" dy=".35em">{words(label)}</text>' for y, label in said)
    return group("f-grid", lines) + group("f-ticks", labels), beside((label for _, label in said), 0.6)


def foot(scale: Scale) -> str:
    """The line of zero, drawn over what stands on it."""
    y = short(scale.down(0))
    return f'<line class="f-foot" x2="100%" y1="{y}%" y2="{y}%"/>'


def level(labels: Sequence[str], middle: Callable[[int], float], right: tuple[float, float] = (0.0, 0.0)) -> str:
    """Words under the plot, counted back from the newest: few on a phone, more where there is room.

    ``right`` is the room beside the plot in em, on a phone and where there is more.
    """
    split = [_split(label) for label in labels]
    if not split:
        return ""
    widest = max(1.0, *(max(width(head), width(year)) for head, year in split))
    last, (step, more) = len(split) - 1, _steps(len(split), widest, WIDE - right[1])
    drawn, before = [], {True: "", False: ""}  # the year that was written last: on a phone, and on anything wider
    for at in range(last % step, last + 1, step):
        head, year = split[at]
        few = (last - at) % (step * more) == 0
        told = "" if year == before[few] else "f-few" if year == before[False] else "f-year"
        before |= {few: year, False: year}
        drawn.append(_label(middle(at), head, (year, told), widest / 2 - right[0], few))
    return group("f-level", "".join(drawn))


def _split(label: str) -> tuple[str, str]:
    """A period and its year, which is written below it, once."""
    found = YEAR.fullmatch(label)
    return (found[1], found[2]) if found else (label, "")


def _steps(count: int, widest: float, wide: float) -> tuple[int, int]:
    """Every how many points there is a label, and every how many of these on a phone."""
    step = math.ceil(count / max(1, int(wide / (widest * APART))))
    return step, math.ceil(count / max(1, int(NARROW / (widest * APART))) / step)


def _label(x: float, head: str, year: tuple[str, str], room: float, few: bool) -> str:
    at = short(x)
    edge = ' text-anchor="end"' if (100 - x) * NARROW / 100 < room else ""
    below = f'<tspan x="{at}%" dy="1.25em" class="{year[1]}">{words(year[0])}</tspan>' if year[1] else ""
    mark = f'<line class="f-mark" x1="{at}%" x2="{at}%" y1="100%" y2="{MARK}%"/>'
    text = f'<text x="{at}%" y="100%" dy="1.65em"{edge}>{words(head)}{below}</text>'
    return mark + text if few else f'<g class="f-wide">{mark}{text}</g>'
