"""Markup of a figure: words made harmless, numbers made short, and the element around it all."""

import re
from collections.abc import Sequence
from zlib import crc32

from markupsafe import Markup, escape

# Of a figure's own ids stands this character until all of it is known; no text can hold it (XML has no place for it).
OWN = "\x01"
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def words(text: str) -> str:
    """A text as it stands in markup."""
    return str(escape(legal(text)))


def legal(text: str) -> str:
    """A text without what XML has no place for."""
    return ILLEGAL.sub("", text)


def short(number: float) -> str:
    """A coordinate with two decimals at most."""
    return f"{round(number, 2) + 0.0:g}"


def figure(body: str, *, name: str, description: str, classes: str, more: str = "") -> Markup:
    """The element of a figure, named and described, in a box that tells it how wide it may be."""
    said = f'<title id="t{OWN}">{words(name)}</title><desc id="d{OWN}">{words(description)}</desc>'
    whole = f'<svg class="{classes}" role="img" aria-labelledby="t{OWN} d{OWN}"{more}>{said}{body}</svg>'
    return owned(f'<div class="f-box">{whole}</div>')


def owned(whole: str) -> Markup:
    """A figure whose ids follow from what it holds, so that two figures of a page never share one."""
    return Markup(whole.replace(OWN, f"{crc32(whole.encode()):08x}"))


def group(classes: str, inside: str) -> str:
    """Elements that look alike; nothing when there are none."""
    return f'<g class="{classes}">{inside}</g>' if inside else ""


def rect(x: float, y: float, width: float, height: float, more: str = "", inside: str = "") -> str:
    """A rectangle in percent of the plot."""
    place = f'x="{short(x)}%" y="{short(y)}%" width="{short(width)}%" height="{short(height)}%"'
    return f"<rect {place}{more}>{inside}</rect>" if inside else f"<rect {place}{more}/>"


def stretched(d: str, classes: str) -> str:
    """A path in thousandths of the plot, whose stroke keeps its width."""
    return (
        f'<svg width="100%" height="100%" viewBox="0 0 1000 1000" preserveAspectRatio="none" class="f-stretched">'
        f'<path class="{classes}" d="{d}"/></svg>'
    )


def trace(spots: Sequence[tuple[float, float] | None]) -> str:
    """A path through points, lifted where there is none; a point that stands alone is a dot."""
    path, lifted = [], True
    for spot, after in zip(spots, [*spots[1:], None], strict=False):
        if spot:
            alone = "h0" if lifted and after is None else ""
            path.append(f"{'M' if lifted else 'L'}{round(spot[0])} {round(spot[1])}{alone}")
        lifted = spot is None
    return "".join(path)
