"""How wide a text is, so that words stand beside each other and not on each other."""

import math
from collections.abc import Iterable

# Inter at weight 400, hundredths of an em, from the space to the tilde.
WIDTHS = (
    *(28, 29, 47, 63, 64, 98, 64, 30, 36, 36, 50, 66, 29, 46, 29, 36, 63, 41, 61, 62, 65, 59, 62, 57, 62, 62, 29, 30),
    *(66, 66, 66, 51, 97, 69, 65, 73, 72, 60, 59, 75, 74, 27, 57, 67, 57, 90, 75, 76, 64, 76, 64, 64, 65, 74, 69, 99),
    *(68, 68, 63, 36, 36, 36, 47, 46, 32, 56, 61, 57, 61, 58, 37, 61, 59, 24, 24, 55, 24, 88, 59, 60, 61, 61, 38, 53),
    *(33, 59, 56, 82, 55, 56, 55, 43, 33, 43, 66),
)
OTHER = 75  # of any letter that is not in the table: rather too wide than too narrow
BOLD = 1.05
MOST = 14  # em that a plot leaves to the words at one of its sides; the style sheet has a class for each


def width(text: str) -> float:
    """The width of a line in em."""
    return sum(WIDTHS[code - 32] if 32 <= code < 127 else OTHER for code in map(ord, text)) / 100


def beside(texts: Iterable[str], more: float) -> int:
    """Whole em that these words take at a side of a plot."""
    return min(MOST, math.ceil(max(map(width, texts), default=0.0) * BOLD + more))


def balanced(text: str, most: float) -> list[str]:
    """A text in as few lines as ``wrapped`` makes, about equally long."""
    lines = wrapped(text, most)
    narrower = (wrapped(text, most * share / 20) for share in range(11, 20))
    return next((other for other in narrower if len(other) == len(lines)), lines)


def wrapped(text: str, most: float) -> list[str]:
    """A text in lines of at most ``most`` em, broken between words; a longer word keeps its line."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and width(longer) > most:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
