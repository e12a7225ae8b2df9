"""Areas coloured by class: the newest period as it is read, earlier ones for the time slider."""

import json
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from dashboard.indicator import Unit
from dashboard.public.draw.legend import Legend
from dashboard.public.draw.point import Frame, Point
from dashboard.public.draw.sheet import Shape, Shapes
from dashboard.public.draw.svg import OWN, legal, owned, short, words
from etl.bundle import Flag
from etl.text import Text

APPROXIMATE = Text("Batas wilayah perkiraan, bukan batas resmi.", "Approximate boundaries, not the official ones.")
PLAY, PAUSE = Text("Putar", "Play"), Text("Jeda", "Pause")
PERIOD = Text("Periode pada peta", "Period on the map")
# Larger tiles than those of a chart: a map is drawn smaller than its sheet.
PATTERNS = (
    ("b", 12, '<path class="f-hatch f-quiet" stroke-width="2" d="M-3 3L3-3M-3 15L15-3M9 15L15 9"/>'),
    ("x", 22, '<path class="f-cross" stroke-width="2.5" d="M7 7l8 8M15 7l-8 8"/>'),
)
FILLS = {"b": f"url(#b{OWN})", "h": f"url(#x{OWN})"}
RING = '<g class="f-ring"><path class="f-halo"/><path class="f-border"/></g>'  # around what the keyboard is on
NOTHING = Point("", None, "", Flag.MISSING)
WIDEST, TALLEST = 46.0, 38.0  # em
LETTER = 0.875  # em of the page: the name on the map
EDGE = 200  # thousandths of the sheet: nearer to it a label begins, or ends, at its area


def choropleth(
    shapes: Shapes,
    frames: Sequence[Frame],
    *,
    name: str,
    description: str,
    language: str = "id",
    unit: Unit = Unit.PEOPLE,
    selected: str | None = None,
    links: Mapping[str, str] | None = None,
) -> Markup:
    """The newest frame as a map with its legend; the others, oldest first before it, for the time slider.

    ``links`` gives the address of an area's page by its code.
    """
    legend = Legend.of(frames, unit, language)
    newest = frames[-1] if frames else Frame("", {})
    first = selected if selected in {shape.code for shape in shapes.areas} else shapes.areas[0].code
    areas = "".join(
        _area(shape, newest, legend, (links or {}).get(shape.code, ""), shape.code == first) for shape in shapes.areas
    )
    said = f'<title id="t{OWN}">{words(name)}</title><desc id="d{OWN}">{words(description)}</desc>'
    void = "".join(shape.path for shape in shapes.areas if legend.letter(newest.points.get(shape.code, NOTHING)) == "m")
    lines = f'<path class="f-outline" d="{shapes.outlines}"/><path class="f-void" d="{void}"/>'
    inside = f'{said}{_patterns()}<g class="f-areas">{areas}</g>{lines}{_chosen(shapes, selected)}{RING}'
    sheet = f'width="{short(_wide(shapes))}em" viewBox="0 0 {shapes.width} {shapes.height}"'
    chart = f'<svg class="f-map" role="group" aria-labelledby="t{OWN} d{OWN}" {sheet}>{inside}</svg>'
    whole = legend.drawn(newest.label) + chart + _slider(shapes, frames, legend, language) + _note(shapes, language)
    return owned(f'<div class="f-box f-maps">{whole}</div>')


def _wide(shapes: Shapes) -> float:
    """How wide a map becomes at most, in em, so that it is no taller than a screen."""
    return min(WIDEST, TALLEST * shapes.width / shapes.height)


def _patterns() -> str:
    tiles = (
        f'<pattern id="{key}{OWN}" width="{size}" height="{size}" patternUnits="userSpaceOnUse">{mark}</pattern>'
        for key, size, mark in PATTERNS
    )
    return f"<defs>{''.join(tiles)}</defs>"


def _area(shape: Shape, frame: Frame, legend: Legend, address: str, first: bool) -> str:
    """An area with its words. The Tab key reaches one of them, the arrows the others from there; so does the table."""
    point = frame.points.get(shape.code, NOTHING)
    letter = legend.letter(point)
    fill = f' fill="{FILLS[letter]}"' if letter in FILLS else ""
    said = f"{words(point.label or shape.name)}: {words(point.shown or legend.words['m'])}"
    inside = f'<title>{said}</title><path d="{shape.path}"/>'
    if not address:
        return f'<g class="q{letter}"{fill}>{inside}</g>'
    reached = "" if first else ' tabindex="-1"'
    return f'<a class="q{letter}"{fill} href="{words(address)}"{reached}>{inside}</a>'


def _chosen(shapes: Shapes, code: str | None) -> str:
    """The area that the reader asked for: its border, and its name above it."""
    shape = next((shape for shape in shapes.areas if shape.code == code), None)
    if shape is None:
        return ""
    edge = ' text-anchor="start"' if shape.x < EDGE else ' text-anchor="end"' if shape.x > shapes.width - EDGE else ""
    size = round(LETTER * shapes.width / _wide(shapes))
    lift = "-1.2em" if shape.y > EDGE else "2em"
    text = f'<text x="{shape.x}" y="{shape.y}" dy="{lift}"{edge}>{words(shape.name)}</text>'
    lines = f'<path class="f-halo" d="{shape.path}"/><path class="f-border" d="{shape.path}"/>'
    return f'<g class="f-chosen">{lines}<g class="f-tag" font-size="{size}">{text}</g></g>'


def _slider(shapes: Shapes, frames: Sequence[Frame], legend: Legend, language: str) -> str:
    """What the script needs to show other periods; without it the newest stands there and nothing is missing."""
    if len(frames) < 2:
        return ""
    classes = (
        "".join(legend.letter(frame.points.get(shape.code, NOTHING)) for shape in shapes.areas) for frame in frames
    )
    labels = [legal(frame.label) for frame in frames]
    told = {"labels": labels, "classes": list(classes), "words": legend.words, "fills": FILLS}
    data = (
        json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        .replace("<", "\\u003c")
        .replace("&", "\\u0026")
        .replace("\\u0001", OWN)
    )
    last = len(frames) - 1
    button = (
        f'<button type="button" aria-label="{PLAY.say(language)}" data-pause="{PAUSE.say(language)}">'
        '<svg viewBox="0 0 16 16" aria-hidden="true"><path class="f-play" d="M4 2l10 6-10 6z"/>'
        '<path class="f-pause" d="M3 2h4v12H3zM9 2h4v12H9z"/></svg></button>'
    )
    field = f'<input type="range" min="0" max="{last}" value="{last}" aria-label="{PERIOD.say(language)}"/>'
    ends = f"<span>{words(frames[0].label)}</span><span>{words(frames[-1].label)}</span>"
    script = f'<script type="application/json">{data}</script>'
    return f'<div class="f-slider" hidden="">{button}{field}<p aria-hidden="true">{ends}</p></div>{script}'


def _note(shapes: Shapes, language: str) -> str:
    """Whom to thank for the borders, and what they are not."""
    said = " ".join(filter(None, [APPROXIMATE.say(language) if shapes.approximate else "", shapes.attribution]))
    return f'<p class="f-note">{words(said)}</p>' if said else ""
