"""Figures as files: share cards, PNG and SVG, without a browser."""

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from markupsafe import Markup

from dashboard.public.draw.letters import BOLD, balanced, wrapped
from dashboard.public.draw.lines import apart
from dashboard.public.draw.paint import bare, parts, stretch, thicken
from dashboard.public.draw.svg import legal, short
from dashboard.theme import printed

FONTS = Path(__file__).parents[3] / "assets" / "fonts"
FAMILY = "Inter, Helvetica, Arial, sans-serif"
PAGE = b"""#set page(width: 1pt * int(sys.inputs.width), height: 1pt * int(sys.inputs.height), margin: 0pt)
#image(bytes(sys.inputs.drawing), format: "svg", width: 100%, height: 100%)"""
AROUND = re.compile(r"f-([lrt])(\d+)")
EM = 13.0  # pixels of a page: the size of the words of a figure
PLOT, FOOT = 17.0, 3.0  # em: a plot, and the words below it
LEGEND = 27.0  # em: no legend is wider
LEADING = 1.25
SLACK = 0.93  # other typefaces are wider


@dataclass(frozen=True)
class Sheet:
    """What a picture looks like: its size in pixels, how much larger than on a page the figure is, and its letters."""

    width: int
    height: int  # 0: as tall as what stands on it
    margin: int
    times: float
    title: float
    source: float


@dataclass(frozen=True)
class Room:
    """Where a drawing may stand."""

    x: float
    y: float
    width: float
    height: float


CARD = Sheet(1200, 630, 52, times=1.6, title=42, source=19)
FIGURE = Sheet(800, 0, 24, times=1.1, title=22, source=12.5)


def card(title: str, figure: Markup, source: str) -> bytes:
    """A share card: PNG of 1200 × 630."""
    return _pixels(*composed(title, figure, source, CARD), density=1)


def picture(title: str, figure: Markup, source: str) -> bytes:
    """A figure with its title and source as PNG, 1600 wide."""
    return _pixels(*composed(title, figure, source, FIGURE), density=2)


def drawing(title: str, figure: Markup, source: str) -> bytes:
    """The same as SVG, complete in itself."""
    return composed(title, figure, source, FIGURE)[0]


def _pixels(drawing: bytes, sheet: Sheet, density: int) -> bytes:
    import typst

    told = {"width": str(sheet.width), "height": str(sheet.height), "drawing": drawing.decode()}
    return typst.compile(PAGE, format="png", ppi=72.0 * density, sys_inputs=told, font_paths=_typefaces())


@cache
def _typefaces() -> Any:
    """Read once: a picture takes less than its font."""
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[str(FONTS)])


def composed(title: str, figure: Markup, source: str, sheet: Sheet) -> tuple[bytes, Sheet]:
    """Title, figure and source on a sheet, and how large it has become."""
    title, source = legal(title), legal(source)
    drawings, note = parts(figure)
    wide = sheet.width - 2 * sheet.margin
    heads = balanced(title, SLACK * wide / sheet.title / BOLD)
    feet = wrapped(" · ".join(filter(None, [source, note])), SLACK * wide / sheet.source)
    top = sheet.margin + LEADING * sheet.title * len(heads) + sheet.title / 2
    below = LEADING * sheet.source * len(feet) + 2 * sheet.source + sheet.margin / 2
    free = sheet.height - top - below if sheet.height else _tall(drawings, wide / sheet.times) * sheet.times
    sheet = replace(sheet, height=round(top + free + below))
    root = _root(title, sheet)
    _write(root, heads, sheet, sheet.margin, sheet.title, {"font-weight": "600", "fill": printed()["text"]})
    _write(root, feet, sheet, top + free + sheet.source, sheet.source, {"fill": printed()["faint"]})
    place = f"translate({sheet.margin} {short(top)}) scale({sheet.times})"
    group = ET.SubElement(root, "g", {"transform": place, "font-size": short(EM)})
    for drawn in _placed(drawings, Room(0, 0, wide / sheet.times, free / sheet.times)):
        bare(drawn)
        group.append(drawn)
    return ET.tostring(root, encoding="utf-8"), sheet


def _root(title: str, sheet: Sheet) -> ET.Element:
    size = {"width": str(sheet.width), "height": str(sheet.height), "viewBox": f"0 0 {sheet.width} {sheet.height}"}
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size, "font-family": FAMILY})
    ET.SubElement(root, "title").text = title
    ET.SubElement(root, "rect", {"width": "100%", "height": "100%", "fill": printed()["surface"]})
    ET.SubElement(root, "rect", {"width": "100%", "height": short(sheet.margin / 6), "fill": printed()["accent"]})
    return root


def _write(root: ET.Element, lines: list[str], sheet: Sheet, y: float, size: float, look: dict[str, str]) -> None:
    for number, line in enumerate(lines, 1):
        place = {"x": str(sheet.margin), "y": short(y + LEADING * size * (number - 0.25)), "font-size": short(size)}
        ET.SubElement(root, "text", place | look).text = line


def _tall(drawings: list[ET.Element], wide: float) -> float:
    """How tall drawings one below another are."""
    return sum(_height(drawing, wide) for drawing in drawings) + EM * (len(drawings) - 1)


def _height(drawing: ET.Element, wide: float) -> float:
    if "viewBox" in drawing.attrib:
        _, _, width, height = map(float, drawing.attrib["viewBox"].split())
        return min(wide / width, wide / height) * height
    rows = _rows(drawing)
    return EM * (rows or _above(drawing) + PLOT + FOOT)


def _rows(drawing: ET.Element) -> float:
    """How tall a drawing says that it is, in em; nothing when it is as tall as it may be."""
    return float(drawing.get("height", "0").removesuffix("em"))


def _around(drawing: ET.Element) -> dict[str, int]:
    """How many em or lines the words around a plot take."""
    return {name: int(number) for name, number in AROUND.findall(drawing.get("class", ""))}


def _above(drawing: ET.Element) -> float:
    """What stands above a plot, in em; ``--top`` of the style sheet."""
    lines = _around(drawing).get("t", 0)
    return 1.8 + 1.5 * lines if lines else 1.4


def _placed(drawings: list[ET.Element], room: Room) -> list[ET.Element]:
    """Drawings in their room; a legend stands above its map, or beside it where the room is wide."""
    if len(drawings) == 1:
        return [_plot(drawings[0], room)]
    legend, sheet = drawings
    tall, wide = _height(legend, room.width), min(room.width, LEGEND * EM)
    beside = room.width > 2 * room.height
    x, y = (0.8 * wide + EM, 0.0) if beside else (0.0, tall + EM)
    below = Room(x, y, room.width - x, room.height - y)
    return [_stand(legend, Room(0, 0, 0.8 * wide if beside else wide, tall)), _map(sheet, below)]


def _plot(drawing: ET.Element, room: Room) -> ET.Element:
    around, rows = _around(drawing), _rows(drawing)
    em = min(EM, room.height / rows) if rows else EM
    left, right = around.get("l", 0) * em, around.get("r", 0) * em
    if rows:
        drawing.set("font-size", short(em))
        return _stand(drawing, Room(left, 0, room.width - left - right, rows * em))
    top = _above(drawing) * EM
    inner = Room(left, top, room.width - left - right, room.height - top - FOOT * EM)
    stretch(drawing, inner.width, inner.height)
    _spread(drawing, inner.height)
    return _stand(drawing, inner)


def _spread(drawing: ET.Element, high: float) -> None:
    """Words at the ends of lines, as far apart as this plot needs it."""
    ends = drawing.findall(".//g[@class='f-ends']//text")
    talls = [100 * LEADING * EM * (1 + len(end.findall("tspan[@dy]"))) / high for end in ends]
    wanted = [float(end.get("y", "").removesuffix("%")) for end in ends]
    for end, top in zip(ends, apart(list(zip(wanted, talls, strict=True))), strict=True):
        end.set("y", f"{short(top)}%")


def _map(drawing: ET.Element, room: Room) -> ET.Element:
    _, _, width, height = map(float, drawing.attrib["viewBox"].split())
    size = min(room.width / width, room.height / height)
    thicken(drawing, 1 / size)
    for name in drawing.iter("g"):
        if "font-size" in name.attrib:
            name.set("font-size", short(EM / size))
    x = room.x + (room.width - width * size) / 2
    return _stand(drawing, Room(x, room.y, width * size, height * size))


def _stand(drawing: ET.Element, room: Room) -> ET.Element:
    place = {"x": room.x, "y": room.y, "width": room.width, "height": room.height}
    drawing.attrib.update({name: short(number) for name, number in place.items()})
    drawing.set("overflow", "visible")
    return drawing
