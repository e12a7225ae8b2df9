"""The classes of a map: where one ends and the next begins, in colours and in words."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from dashboard.indicator import Unit
from dashboard.public.draw import signs
from dashboard.public.draw.point import Frame, Point
from dashboard.public.draw.scale import bounds, written
from dashboard.public.draw.svg import group, short, words
from etl.bundle import Flag
from etl.text import Text

LETTERS = {Flag.BELOW: "b", Flag.HIDDEN: "h", Flag.MISSING: "m", Flag.SHOWN: "m"}
SIGNS: dict[str, str] = {Flag.BELOW: "veil", Flag.MISSING: "void"}  # where an area is drawn otherwise than a column
FEWEST, BETWEEN, MOST = (
    Text("di bawah {}", "below {}"),
    Text("{} sampai {}", "{} to {}"),
    Text("{} ke atas", "{} or more"),
)
COLOURS = Text("Warna", "Colours")
SHADES = 6
HEAD, STRIP = 1.6, 4.2  # em: how tall a legend is without and with its colours


@dataclass(frozen=True)
class Legend:
    """Class 0 lies below the first bound, the last one from the last bound on."""

    bounds: tuple[float, ...]
    known: bool  # whether there is any number at all
    flags: signs.Key
    unit: Unit
    language: str

    @classmethod
    def of(cls, frames: Sequence[Frame], unit: Unit, language: str) -> "Legend":
        """The classes of all frames together, so that a colour means the same in each."""
        points = [point for frame in frames for point in frame.points.values()]
        values = [value for point in points if (value := point.known) is not None]
        flags = [(SIGNS.get(sign, sign), said) for sign, said in signs.flags(points, unit, language)]
        return cls(bounds(values), bool(values), flags, unit, language)

    def letter(self, point: Point) -> str:
        """The class of a point: a digit, or a letter where it has no number."""
        value = point.known
        return LETTERS[point.flag] if value is None else self.shades[bisect_right(self.bounds, value)]

    @cached_property
    def shades(self) -> tuple[str, ...]:
        """The colour of each class: few classes are spread over all colours."""
        count = len(self.bounds) + 1
        return tuple(str(round((number + 0.5) * SHADES / count - 0.5)) for number in range(count))

    @property
    def words(self) -> dict[str, str]:
        """What each letter means."""
        said = dict(zip(self.shades, self._spans(), strict=True)) if self.known else {}
        return said | {LETTERS[flag]: text.say(self.language) for flag, text in signs.WORDS.items()}

    def _spans(self) -> list[str]:
        marks, say = self.marks(), self.language
        if not marks:
            return [self.unit.value.say(say)]
        between = [BETWEEN.say(say).format(low, high) for low, high in pairwise(marks)]
        return [FEWEST.say(say).format(marks[0]), *between, MOST.say(say).format(marks[-1])]

    def marks(self) -> list[str]:
        """The bounds as they are written."""
        return [written(bound, bound, abs(bound), self.unit, self.language) for bound in self.bounds]

    def drawn(self, period: str) -> str:
        """The legend above a map: what is coloured, when, and what the colours and signs mean."""
        key, lines = signs.key(self.flags, 0.0)
        top = STRIP if self.known else HEAD
        tall = top + signs.LINE * lines + (0.4 if lines else 0)
        head = f'<text class="f-unit" y="1em">{words(self.unit.value.say(self.language))}</text>'
        when = f'<text class="f-when" x="100%" y="1em">{words(period)}</text>'
        strip = self._strip() if self.known else ""
        below = f'<svg y="{short(tall + signs.LIFT)}em" overflow="visible">{key}</svg>' if key else ""
        told = "; ".join([*(self._spans() if self.known else ()), *(said for _, said in self.flags)])
        name = f'role="img" aria-label="{COLOURS.say(self.language)}: {words(told)}"'
        inside = signs.hatch("f-hatch f-quiet") + head + when + strip + below
        return f'<svg class="f-legend" height="{short(tall)}em" {name}>{inside}</svg>'

    def _strip(self) -> str:
        """The colours side by side, and the bounds between them."""
        step = 100 / len(self.shades)
        places = [(short(at * step), shade) for at, shade in enumerate(self.shades)]
        box = f'y="1.7em" width="{short(step)}%" height=".8em"'
        boxes = "".join(f'<rect class="q{shade}" x="{x}%" {box}/>' for x, shade in places)
        labels = zip(places[1:], self.marks(), strict=True)
        said = "".join(f'<text x="{x}%" y="3.6em">{words(mark)}</text>' for (x, _), mark in labels)
        return boxes + group("f-marks", said)
