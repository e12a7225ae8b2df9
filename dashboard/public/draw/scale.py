"""From numbers to places: round steps, their words, and the classes of a map."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboard import format as fmt
from dashboard.indicator import COUNTED, Unit

MOST_STEPS = 5
ROUND = (1, 2, 5, 10)
ROUND_BOUNDS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
CLASSES = 6
SMALLEST = 1e-9  # what arithmetic leaves over
LEAST_SPAN = 1e-3  # nothing that a city counts is less; keeps the logarithm away from zero
TEN = 10.0


@dataclass(frozen=True)
class Scale:
    """Where a number stands between the least and the greatest; zero is always among them."""

    low: float
    high: float
    step: float

    def up(self, value: float) -> float:
        """How high a number stands, in percent from below."""
        return 100 * (value - self.low) / (self.high - self.low)

    def down(self, value: float) -> float:
        """How far from above."""
        return 100 - self.up(value)

    @property
    def ticks(self) -> list[float]:
        """Round numbers from the least to the greatest."""
        first, last = math.ceil(self.low / self.step - SMALLEST), math.floor(self.high / self.step + SMALLEST)
        return [self.step * n for n in range(first, last + 1)]


def counts(unit: Unit) -> bool:
    """Whether a unit counts whole things."""
    return unit in COUNTED and unit is not Unit.RUPIAH


def scale(values: Iterable[float], unit: Unit) -> Scale:
    """A scale for these numbers, with at most five steps."""
    every = [0.0, *values]
    low, high = min(every), max(every)
    if high - low < LEAST_SPAN:
        return Scale(0.0, 1.0, 2.0)  # of nothing but zero, only zero is written
    rough = (high - low) / MOST_STEPS
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * part for part in ROUND if size * part >= rough * (1 - SMALLEST))
    return Scale(low, high, max(step, 1.0) if counts(unit) else step)


def below(value: float | None, unit: Unit) -> float | None:
    """What a cell below ten is below, where it is known: a count is below ten, a rate of it is not said."""
    return value if value is not None else TEN if counts(unit) else None


def tick(value: float, scale: Scale, unit: Unit, language: str) -> str:
    """A number of an axis."""
    return written(value, scale.step, max(abs(scale.low), scale.high), unit, language)


def written(value: float, step: float, greatest: float, unit: Unit, language: str) -> str:
    """A round number: decimals and words as the whole axis needs them, ``Rp 1,5 M`` or ``20 %``."""
    steps = fmt.STEPS[language]
    least = steps[-1][0] if unit is Unit.RUPIAH else steps[-2][0]
    size, word = next(((size, word) for size, word in steps if greatest >= size >= least), (1, ""))
    said = fmt.number(abs(value) / size, language, _decimals(step / size))
    sign = "−" if value < 0 else ""
    if not value:
        return fmt.number(0, language)
    said = f"{said} {word}" if word else said
    return f"{sign}Rp {said}" if unit is Unit.RUPIAH else f"{sign}{said} %" if unit is Unit.PERCENT else sign + said


def _decimals(step: float) -> int:
    """How many decimals a multiple of a step needs."""
    return next((n for n in range(4) if abs(round(step, n) - step) < step * 1e-6), 4)


def bounds(values: Sequence[float]) -> tuple[float, ...]:
    """Where one class of a map ends and the next begins: round numbers near the quantiles, five at most."""
    ordered = sorted(values)
    if not ordered or ordered[0] == ordered[-1]:
        return ()
    cuts = {_rounded(ordered[len(ordered) * n // CLASSES]) for n in range(1, CLASSES)}
    return tuple(sorted(cut for cut in cuts if ordered[0] < cut <= ordered[-1]))


def _rounded(value: float) -> float:
    """The nearest number that is easily said."""
    if abs(value) < SMALLEST:
        return 0.0
    size = 10.0 ** math.floor(math.log10(abs(value)))
    nearest = min((size * part for part in ROUND_BOUNDS), key=lambda one: abs(one - abs(value)))
    return math.copysign(nearest, value)
