"""A figure as it stands on a page, made into one that stands by itself: style sheet and tokens become attributes.

What draws pictures knows no style sheet of ours, no token, and no line that keeps its width when it is stretched.
"""

import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

from markupsafe import Markup

from dashboard.public.draw.svg import short
from dashboard.theme import printed

STYLE = Path(__file__).parents[3] / "assets" / "public-figures.css"
DRAWING_ENDS = "/* From here on"
RULE = re.compile(r"\.([\w-]+)((?:, \.[\w-]+)*) \{([^}]*)\}")
PROPERTY = re.compile(r"([\w-]+): ([^;]+);")
TOKEN = re.compile(r"var\(--([\w-]+)\)")
ELSEWHERE = {"font-family", "font-size", "vector-effect", "shape-rendering"}  # said once, or only for a screen
SPOT = re.compile(r"([ML])(-?\d+) (-?\d+)")
GONE = {"f-hits", "f-ring"}  # what only a script uses
LEFT_OUT = {"class", "role", "aria-labelledby", "aria-label", "tabindex", "href"}


@cache
def rules() -> dict[str, dict[str, str]]:
    """Attributes by class, in the order of the style sheet; colours are those of the light theme."""
    found: dict[str, dict[str, str]] = {}
    for first, others, body in RULE.findall(STYLE.read_text(encoding="utf-8").partition(DRAWING_ENDS)[0]):
        said = {name: TOKEN.sub(_colour, value) for name, value in PROPERTY.findall(body) if name not in ELSEWHERE}
        for name in [first, *others.replace(", .", " ").split()]:
            found[name] = found.get(name, {}) | said
    return found


def _colour(token: re.Match[str]) -> str:
    return printed()[token[1]]


def parts(figure: Markup) -> tuple[list[ET.Element], str]:
    """The drawings of a figure, painted, and the note below it."""
    root = ET.fromstring(figure)
    note = root.find("p[@class='f-note']")
    drawings = [root] if root.tag == "svg" else root.findall("svg")
    for drawing in drawings:
        _paint(drawing)
    return drawings, note.text or "" if note is not None else ""


def _paint(element: ET.Element) -> None:
    classes = (element.get("class") or "").split()
    for name, said in rules().items():
        if name in classes:
            element.attrib.update(said)
    for child in list(element):
        _paint(child)
        if child.get("display") == "none" or GONE & set((child.get("class") or "").split()):
            element.remove(child)
    if element.tag == "a":
        element.tag = "g"


def stretch(drawing: ET.Element, width: float, height: float) -> None:
    """Paths in thousandths of the plot are written in its own measure."""
    for plot in drawing.iter("svg"):
        if plot.get("class") == "f-stretched":
            for name in ("viewBox", "preserveAspectRatio", "width", "height"):
                plot.attrib.pop(name)
            plot.set("overflow", "visible")
            for path in plot:
                path.set("d", SPOT.sub(lambda spot: _spot(spot, width, height), path.get("d", "")))


def _spot(spot: re.Match[str], width: float, height: float) -> str:
    return f"{spot[1]}{short(int(spot[2]) * width / 1000)} {short(int(spot[3]) * height / 1000)}"


def thicken(drawing: ET.Element, times: float) -> None:
    """Lines of a map, which is drawn smaller or larger than its sheet, keep their width; patterns go with the map."""
    for element in drawing:
        if element.tag != "defs":
            for one in element.iter():
                for name in ("stroke-width", "stroke-dasharray"):
                    if said := one.get(name):
                        numbers = (float(number.removesuffix("px")) * times for number in said.split())
                        one.set(name, " ".join(map(short, numbers)))


def bare(drawing: ET.Element) -> None:
    """Without what only a page needs."""
    for element in drawing.iter():
        for name in LEFT_OUT & element.attrib.keys():
            del element.attrib[name]
