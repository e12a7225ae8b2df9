"""Pictures of figures stand by themselves: right size, real colours, all words, nothing of the page left in them."""

import re
import struct
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup

from dashboard.indicator import Unit
from dashboard.public.draw import Line, Point, bars, columns, lines
from dashboard.public.draw.images import CARD, LEADING, card, composed, drawing, picture
from dashboard.public.draw.paint import rules
from dashboard.theme import printed
from tests.public.gallery import gallery
from tests.public.test_draw import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"
SOURCE = "Dinas Kesehatan · data per 22 Nov 2026 · rilis 12 · CC BY 4.0"
FIGURES = [(title, figure) for title, figure in gallery("id") if 'class="f-spark' not in figure]


def size(png: bytes) -> tuple[int, int]:
    """Width and height, as the file says them."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n") and png.endswith(b"IEND\xaeB`\x82")
    return struct.unpack(">II", png[16:24])


def words(root: ET.Element) -> str:
    """Everything that is written."""
    return " ".join("".join(text.itertext()) for text in root.iter(f"{SVG}text"))


@pytest.mark.parametrize(("title", "figure"), FIGURES, ids=[title for title, _ in FIGURES])
def test_a_picture_stands_by_itself(title: str, figure: Markup) -> None:
    svg = drawing(title, figure, SOURCE)
    root = ET.fromstring(svg)
    said = words(root)
    assert title in said and SOURCE in said
    for left in (b"var(", b"class=", b"style=", b"aria-", b"href=", b"<script", b"tabindex", b"currentColor="):
        assert left not in svg, left
    assert not list(root.iter(f"{SVG}a"))
    colours = {one.get(name, "none") for one in root.iter() for name in ("fill", "stroke")}
    ours = {*printed().values(), "none", "currentColor"}
    assert {colour for colour in colours if not colour.startswith("url(#")} <= ours
    used = {colour[5:-1] for colour in colours if colour.startswith("url(#")}
    assert used <= {one.get("id") for one in root.iter()}


def test_sizes() -> None:
    title, figure = FIGURES[0]
    assert size(card(title, figure, SOURCE)) == (1200, 630)
    wide, high = size(picture(title, figure, SOURCE))
    assert wide == 1600 and 600 < high < 1600
    root = ET.fromstring(drawing(title, figure, SOURCE))
    assert (2 * int(root.get("width", "")), 2 * int(root.get("height", ""))) == (wide, high)


def test_every_figure_has_a_card_and_each_is_another() -> None:
    cards = {card(title, figure, SOURCE) for title, figure in FIGURES}
    assert len(cards) == len(FIGURES)
    assert {size(one) for one in cards} == {(1200, 630)}


def test_the_same_figure_is_the_same_bytes() -> None:
    title, figure = FIGURES[-1]
    assert card(title, figure, SOURCE) == card(title, figure, SOURCE)


def test_a_map_says_whose_borders_it_has() -> None:
    title, figure = next(pair for pair in FIGURES if "f-map" in pair[1])
    assert "Batas wilayah perkiraan" in words(ET.fromstring(drawing(title, figure, SOURCE)))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_stay_words(hostile: str) -> None:
    figure = columns([Point(hostile, 3.0, hostile)], language="id", highlight=0, name=hostile, description=hostile)
    usual = {one.tag for one in ET.fromstring(drawing("x", figure, "y")).iter()}
    assert {one.tag for one in ET.fromstring(drawing(hostile, figure, hostile)).iter()} <= usual
    assert size(card(hostile, figure, hostile)) == (1200, 630)


def test_lines_are_stretched_to_the_plot_of_the_picture() -> None:
    points = [Point("1", 0.0, "0"), Point("2", 100.0, "100")]
    figure = lines([Line("Kota", points)], language="id", unit=Unit.INDEX, name="a", description="b")
    root = ET.fromstring(drawing("a", figure, SOURCE))
    (plot,) = [one for one in root.iter(f"{SVG}svg") if one.get("overflow") == "visible" and one.get("width")]
    paths = [path.get("d", "") for path in root.iter(f"{SVG}path")]
    assert f"M0 {plot.get('height')}L{plot.get('width')} 0" in paths


def test_words_at_the_ends_of_lines_do_not_touch_on_a_low_card() -> None:
    points = [Point("1", 50.0, "50"), Point("2", 51.0, "51")]
    names = ("Sungai Pinang Dalam", "Kecamatan Sungai Pinang", "Kota Samarinda")
    figure = lines([Line(name, points) for name in names], language="id", unit=Unit.INDEX, name="a", description="b")
    root = ET.fromstring(composed("a", figure, SOURCE, CARD)[0])
    plot = next(one for one in root.iter(f"{SVG}svg") if one.get("overflow") == "visible" and one.get("width"))
    ends = [text for text in root.iter(f"{SVG}text") if text.get("dx") == ".8em"]
    assert len(ends) == len(names)
    for above, below in pairwise(ends):
        apart = float(below.get("y", "")[:-1]) - float(above.get("y", "")[:-1])
        rows = 1 + len(above.findall(f"{SVG}tspan[@dy]"))
        assert apart >= 100 * rows * LEADING * 13 / float(plot.get("height", "")) - 0.05


def test_many_bars_are_made_smaller_rather_than_cut() -> None:
    figure = bars([Point(f"Wilayah {n}", float(n), f"{n}") for n in range(60)], name="a", description="b")
    root = ET.fromstring(drawing("a", figure, SOURCE))
    tall = int(root.get("height", ""))
    assert tall > 1500
    assert size(card("a", figure, SOURCE)) == (1200, 630)


def test_the_style_sheet_is_read_whole() -> None:
    found = rules()
    assert found["f-column"] == {"fill": printed()["column"]}
    assert found["q5"] == {"fill": printed()["q5"]}
    assert found["f-few"] == {"display": "none"}
    assert not [value for said in found.values() for value in said.values() if re.search(r"var\(", value)]
