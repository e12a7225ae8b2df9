"""Figures say what they were given: heights in proportion, three signs for three reasons, every word, and no markup."""

import json
import math
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from dashboard.indicator import Unit
from dashboard.public.draw import Frame, Line, Point, Shapes, bars, choropleth, columns, lines, sparkline
from dashboard.public.draw.letters import balanced, beside, width, wrapped
from dashboard.public.draw.lines import apart
from dashboard.public.draw.scale import CLASSES, bounds, scale, tick
from dashboard.public.draw.sheet import Shape
from dashboard.public.draw.signs import LEAST, WORDS, runs
from etl.bundle import Flag
from tests.public.gallery import gallery, shapes

ASSETS = Path(__file__).parents[2] / "assets"
LANGUAGES = ("id", "en")
TOLD = {"name": "Nama", "description": "Uraian"}
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    '" onload="alert(1)',
    "</title></svg><script>alert(1)</script>",
    "&lt;&amp;",
    "\x00\x01\x1b￾ 🏥",
    "\ud800",
)
FEW = settings(max_examples=60, deadline=None)

numbers = st.floats(0.001, 1e13) | st.integers(0, 5000).map(float)
labels = st.text(max_size=20).filter(lambda label: label != "×") | st.sampled_from(HOSTILE)  # which stands for hidden


@st.composite
def cells(draw: st.DrawFn) -> Point:
    """A cell of any kind; one without a number may hold one all the same, which nobody may see."""
    flag = draw(st.sampled_from(Flag))
    value = draw(numbers if flag is Flag.SHOWN else st.none() | numbers)
    return Point(draw(labels), value, f"kata {draw(st.integers(0, 10**9))}", flag)


series = st.lists(cells(), max_size=60)


def parsed(figure: Markup) -> ET.Element:
    """A figure as XML; it must be well-formed."""
    return ET.fromstring(figure)


def of(root: ET.Element, name: str) -> list[ET.Element]:
    """Elements of a class."""
    return [element for element in root.iter() if name in (element.get("class") or "").split()]


def rects(root: ET.Element, name: str) -> list[ET.Element]:
    """Rectangles inside a group of a class that are not of the key."""
    key = {id(one) for group in of(root, "f-key") for one in group.iter()}
    return [rect for group in of(root, name) if id(group) not in key for rect in group.iter("rect")]


def percent(element: ET.Element, name: str) -> float:
    """An attribute in percent."""
    return float(element.get(name, "0%").removesuffix("%"))


def known(points: list[Point]) -> list[float]:
    """What can be drawn as a number."""
    return [point.known for point in points if point.known is not None]


def highest(points: list[Point], *more: float) -> float:
    """What a plot reaches up to: a count below ten may be as high as that, or as what it says that it is below."""
    limits = [10.0 if point.value is None else point.value for point in points if point.flag is Flag.BELOW]
    return max([*known(points), *limits, *more], default=0)


# Columns


@FEW
@given(series)
def test_columns_stand_in_proportion(points: list[Point]) -> None:
    root = parsed(columns(points, language="id", unit=Unit.CASES, **TOLD))
    heights, values = [percent(rect, "height") for rect in rects(root, "f-column")], known(points)
    assert len(heights) == len(values)
    top = highest(points)
    for height, value in zip(heights, values, strict=True):
        assert height == pytest.approx(100 * value / top if top else 0, abs=0.02)


@FEW
@given(series, st.sampled_from([Unit.CASES, Unit.PER_100K]))
def test_no_number_is_never_drawn_as_zero(points: list[Point], unit: Unit) -> None:
    root = parsed(columns(points, language="id", unit=unit, **TOLD))
    for band in rects(root, "f-below"):
        assert percent(band, "height") >= 2.9
        assert "url(#" in band.get("fill", "")
    assert len(rects(root, "f-column")) == len(known(points))
    crosses = [text for text in root.iter("text") if text.text == "×" and text.get("x", "").endswith("%")]
    assert len(crosses) == len(list(runs(points, Flag.HIDDEN)))
    through = sum(percent(line, "x2") - percent(line, "x1") for line in of(root, "f-through"))
    more = sum(last - first for first, last in runs(points, Flag.HIDDEN))
    assert through == pytest.approx(100 / max(1, len(points)) * more, abs=0.5)
    wide = 100 / max(1, len(points))
    covered = sum(percent(rect, "width") for rect in rects(root, "f-missing"))
    assert covered == pytest.approx(wide * sum(point.flag is Flag.MISSING for point in points), abs=0.5)


@FEW
@given(series)
def test_every_point_says_its_words_and_signs_are_explained(points: list[Point]) -> None:
    root = parsed(columns(points, language="id", unit=Unit.CASES, **TOLD))
    titles = [title.text or "" for title in root.iter("title")][1:]
    assert [title.rpartition(": ")[2] for title in titles] == [point.shown for point in points]
    explained = {text.text for group in of(root, "f-key") for text in group.iter("text")} - {"×"}
    assert explained == {WORDS[flag].id for flag in WORDS if flag in {point.flag for point in points}}


@FEW
@given(series, st.data())
def test_the_value_that_the_title_speaks_of_is_written(points: list[Point], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, max(0, len(points) - 1)))
    if not points:
        return
    root = parsed(columns(points, language="id", highlight=at, **TOLD))
    assert len(rects(root, "f-strong")) == (points[at].known is not None or 0)
    said = [text.text for group in of(root, "f-said") for text in group.iter("text")]
    assert said == [points[at].shown]


@FEW
@given(st.lists(st.none() | numbers, min_size=1, max_size=40))
def test_the_mean_is_broken_where_there_is_none(mean: list[float | None]) -> None:
    points = [Point(f"{at}", 1.0, "1") for at in range(len(mean))]
    root = parsed(columns(points, language="id", mean=mean, **TOLD))
    (path,) = [path for path in of(root, "f-mean") if path.tag == "path"] or [ET.Element("path", d="")]
    drawn = re.findall(r"[ML]", path.get("d", ""))
    assert len(drawn) == sum(value is not None for value in mean)
    starts = sum(value is not None and (at == 0 or mean[at - 1] is None) for at, value in enumerate(mean))
    assert drawn.count("M") == starts


# Lines and bars


@FEW
@given(st.lists(series, max_size=4), labels, st.none() | numbers)
def test_lines_pass_through_what_is_known_and_only_that(every: list[list[Point]], name: str, aim: float | None) -> None:
    told = [Line(name, points) for points in every]
    target = (aim, "sasaran") if aim is not None else None
    root = parsed(lines(told, language="id", unit=Unit.PER_100K, target=target, **TOLD))
    paths = [path.get("d", "") for path in of(root, "f-line")]
    assert [len(re.findall(r"[ML]", path)) for path in paths] == [
        len(known(points)) for points in reversed(every) if known(points)
    ]
    assert all(0 <= int(number) <= 1000 for path in paths for number in re.findall(r"\d+", path.replace("h0", "")))


def test_a_line_ends_with_a_dot_only_where_it_ends() -> None:
    there = [Point("1", 5.0, "5"), Point("2", 7.0, "7")]
    gone = [Point("1", 5.0, "5"), Point("2", None, "<10", Flag.BELOW)]
    root = parsed(lines([Line("Ada", there), Line("Tidak", gone)], language="id", unit=Unit.PER_100K, **TOLD))
    names = {id(one) for group in of(root, "f-names") for one in group.iter()}
    dots = [(dot.get("cx"), dot.get("cy")) for dot in root.iter("circle") if id(dot) not in names]
    assert sorted(dots) == [("0%", "28.57%"), ("100%", "0%")]  # a lone point, and an end
    assert "".join(of(root, "f-ends")[0].itertext()) == "7 Ada <10 Tidak "


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(1, 14)), max_size=6))
def test_words_at_the_ends_of_lines_never_touch(wanted: list[tuple[float, float]]) -> None:
    wanted.sort()
    tops = apart(wanted)
    for at in range(1, len(tops)):
        assert tops[at] >= tops[at - 1] + wanted[at - 1][1] - 1e-6
    if wanted:
        assert tops[-1] + wanted[-1][1] <= 103.001
        assert tops[0] >= -6 or sum(tall for _, tall in wanted) > 109


@FEW
@given(st.lists(cells(), max_size=30), st.none() | numbers)
def test_bars_are_as_long_as_their_numbers(points: list[Point], aim: float | None) -> None:
    root = parsed(bars(points, unit=Unit.CASES, target=(aim, "sasaran") if aim is not None else None, **TOLD))
    widths, values = [percent(rect, "width") for rect in rects(root, "f-column")], known(points)
    top = highest(points, aim or 0)
    assert len(widths) == len(values)
    for drawn, value in zip(widths, values, strict=True):
        assert drawn == pytest.approx(100 * value / top if top else 0, abs=0.02)
    assert all(percent(rect, "width") >= 2.9 for rect in rects(root, "f-below"))
    said = [text.text for text in [*of(root, "f-amount"), *of(root, "f-none")]]
    assert sorted(said) == sorted(point.shown for point in points)


def test_a_rate_below_ten_cases_is_only_as_high_as_is_known() -> None:
    unknown = [Point("a", 100.0, "100"), Point("b", None, "<10", Flag.BELOW)]
    limited = [Point("a", 100.0, "100"), Point("b", 40.0, "<10", Flag.BELOW)]
    for points, height, line in ((unknown, LEAST, 0), (limited, 40.0, 1)):
        root = parsed(columns(points, language="id", unit=Unit.PER_100K, **TOLD))
        (band,) = rects(root, "f-below")
        assert percent(band, "height") == pytest.approx(height, abs=0.01)
        drawn = [
            one for group in of(root, "f-below") for one in group if one.tag == "line" and "%" in one.get("x1", "")
        ]
        assert len(drawn) == line


def test_negative_numbers_stand_below_the_line_of_zero() -> None:
    root = parsed(columns([Point("a", 30.0, "30"), Point("b", -10.0, "-10")], language="id", unit=Unit.INDEX, **TOLD))
    up, down = rects(root, "f-column")
    assert percent(up, "y") + percent(up, "height") == pytest.approx(percent(down, "y"), abs=0.01)
    assert percent(up, "height") == pytest.approx(3 * percent(down, "height"), abs=0.02)


# Maps


def sheet(count: int) -> Shapes:
    """A row of squares."""
    areas = tuple(Shape(f"11.{n}", f"Area {n}", f"M{n} 0h1v1h-1z", n, 0) for n in range(count))
    told = {"width": 1000, "height": 600, "outlines": "M0 0h1v1z", "approximate": True, "attribution": "Orang & lain"}
    return Shapes(level="kelurahan", areas=areas, **told)


def classes(root: ET.Element) -> list[str]:
    """The class of every area."""
    return [area.get("class", "") for group in of(root, "f-areas") for area in group]


@FEW
@given(st.lists(st.lists(cells(), min_size=5, max_size=5), min_size=1, max_size=4))
def test_a_map_shows_the_newest_frame_and_tells_the_others(rows: list[list[Point]]) -> None:
    told = sheet(5)
    shown = [
        Frame(f"periode {n}", {area.code: cell for area, cell in zip(told.areas, row, strict=True)})
        for n, row in enumerate(rows)
    ]
    root = parsed(choropleth(told, shown, unit=Unit.CASES, links={"11.0": "/a?b=1&c=2"}, **TOLD))
    letters = {Flag.BELOW: "qb", Flag.HIDDEN: "qh", Flag.MISSING: "qm"}
    drawn = classes(root)
    for name, cell in zip(drawn, rows[-1], strict=True):
        assert name in {f"q{n}" for n in range(CLASSES)} if cell.known is not None else name == letters[cell.flag]
    data = [json.loads(script.text or "") for script in root.iter("script")]
    assert bool(data) == (len(rows) > 1)
    for one in data:
        assert [f"q{letter}" for letter in one["classes"][-1]] == drawn
        assert set("".join(one["classes"])) <= one["words"].keys()
        assert one["labels"] == [frame.label for frame in shown]
    titles = [title.text or "" for group in of(root, "f-areas") for title in group.iter("title")]
    assert all(title.endswith(f": {cell.shown}") for title, cell in zip(titles, rows[-1], strict=True))
    assert [link.get("href") for link in root.iter("a")] == ["/a?b=1&c=2"]


def test_the_three_signs_of_a_map_differ_by_shape() -> None:
    told = sheet(3)
    kinds = (Flag.BELOW, Flag.HIDDEN, Flag.MISSING)
    points = {f"11.{n}": Point("x", None, "y", flag) for n, flag in enumerate(kinds)}
    root = parsed(choropleth(told, [Frame("p", points)], **TOLD))
    fills = [area.get("fill", "") for group in of(root, "f-areas") for area in group]
    patterns = {pattern.get("id"): pattern for pattern in root.iter("pattern")}
    assert len(set(fills)) == 3 and fills[2] == ""
    assert all(fill[5:-1] in patterns for fill in fills[:2])
    (void,) = [path for path in of(root, "f-void") if path.tag == "path"]
    assert void.get("d") == told.areas[2].path
    assert "Batas wilayah perkiraan" in "".join(root.itertext())


def test_each_class_of_a_map_has_its_share_of_the_areas() -> None:
    told = sheet(600)
    points = {area.code: Point(area.name, float(n + 1), f"{n + 1}") for n, area in enumerate(told.areas)}
    drawn = classes(parsed(choropleth(told, [Frame("p", points)], unit=Unit.CASES, **TOLD)))
    assert drawn == sorted(drawn)
    assert {drawn.count(f"q{n}") for n in range(CLASSES)} == {99, 100, 101}


def test_an_area_that_no_frame_knows_has_no_data() -> None:
    root = parsed(choropleth(sheet(2), [Frame("p", {"11.0": Point("A", 5.0, "5")})], **TOLD))
    assert classes(root)[1] == "qm"
    assert "Area 1: tidak ada data" in "".join(root.itertext())


def test_one_area_of_a_map_is_reached_by_the_tab_key() -> None:
    told = shapes("samarinda")
    links = {area.code: "/x" for area in told.areas}
    for chosen in (None, told.areas[7].code, "99.99"):
        root = parsed(choropleth(told, [Frame("p", {})], selected=chosen, links=links, **TOLD))
        reached = [link for link in root.iter("a") if link.get("tabindex") is None]
        assert len(reached) == 1


# Numbers


@given(st.lists(st.floats(-1e13, 1e13, allow_subnormal=False), max_size=20), st.sampled_from(Unit))
def test_ticks_are_few_round_and_within(values: list[float], unit: Unit) -> None:
    on = scale(values, unit)
    assert 1 <= len(on.ticks) <= 8
    assert 0 in [round(one / on.step) for one in on.ticks]
    for one in on.ticks:
        assert on.low - on.step * 1e-6 <= one <= on.high + on.step * 1e-6
    said = [tick(one, on, unit, "id") for one in on.ticks]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize(
    ("top", "unit", "language", "last"),
    [
        (860, Unit.CASES, "id", "800"),
        (12_400, Unit.CASES, "id", "10.000"),
        (12_400, Unit.CASES, "en", "10,000"),
        (3, Unit.CASES, "id", "3"),
        (1_900_000, Unit.ORDERS, "id", "1,5 jt"),
        (2.4e9, Unit.RUPIAH, "id", "Rp 2,0 M"),
        (2.4e9, Unit.RUPIAH, "en", "Rp 2.0 bn"),
        (950_000, Unit.RUPIAH, "id", "Rp 800 rb"),
        (87.4, Unit.PERCENT, "id", "80 %"),
        (0.9, Unit.INDEX, "en", "0.8"),
    ],
)
def test_numbers_of_an_axis_are_written_as_people_write_them(top: float, unit: Unit, language: str, last: str) -> None:
    on = scale([top], unit)
    assert tick(on.ticks[-1], on, unit, language) == last


@given(st.lists(st.floats(0, 1e12, allow_subnormal=False), max_size=300))
def test_classes_of_a_map_are_few_round_and_in_order(values: list[float]) -> None:
    cuts = bounds(values)
    assert len(cuts) < CLASSES
    assert list(cuts) == sorted(set(cuts))
    for cut in cuts:
        assert min(values) < cut <= max(values)
        digits = f"{cut:e}".partition("e")[0]
        assert float(digits) in {1, 1.5, 2, 2.5, 3, 4, 5, 6, 8}


@given(st.text(max_size=80), st.floats(5, 40))
def test_text_is_wrapped_without_losing_a_word(text: str, most: float) -> None:
    for lines_ in (wrapped(text, most), balanced(text, most)):
        assert " ".join(lines_).split() == text.split()
        assert all(width(line) <= most or " " not in line for line in lines_)
    assert len(balanced(text, most)) == len(wrapped(text, most))


# What is harmless


def everything(hostile: str) -> list[Markup]:
    """Every figure with a text at every place that takes one."""
    points = [Point(hostile, 3.0, hostile), Point(hostile, None, hostile, Flag.HIDDEN), Point(hostile, 9.0, hostile)]
    told = {"name": hostile, "description": hostile}
    area = Shape("1", hostile, "M0 0h1v1z", 0, 0)
    map_ = Shapes(
        level="k", width=10, height=10, areas=(area,), outlines="M0 0z", approximate=False, attribution=hostile
    )
    frames = [Frame(hostile, {"1": points[0]}), Frame(hostile, {"1": points[1]})]
    return [
        columns(points, language="id", highlight=0, mean=[1, 2, 3], mean_name=hostile, **told),
        lines([Line(hostile, points)], language="id", target=(2, hostile), **told),
        bars(points, current=hostile, target=(2, hostile), **told),
        choropleth(map_, frames, selected="1", links={"1": hostile}, **told),
        sparkline(points, name=hostile),
    ]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_stay_words(hostile: str) -> None:
    usual = {element.tag for figure in everything("x") for element in parsed(figure).iter()}
    for figure in everything(hostile):
        root = parsed(figure)
        assert {element.tag for element in root.iter()} <= usual
        assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]
        for script in root.iter("script"):
            assert script.get("type") == "application/json" and "<" not in (script.text or "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_keep_the_policy_of_the_site(language: str) -> None:
    ids: list[str] = []
    for title, figure in gallery(language):
        root = parsed(figure)
        assert "style" not in {name for element in root.iter() for name in element.attrib}, title
        assert not re.search(r"\b(?:nan|inf)\b", figure, re.I), title
        assert not re.search(r"#[0-9a-f]{3,6}\b(?!\))", figure), title
        ids += [name for element in root.iter() if (name := element.get("id"))]
        for element in root.iter():
            labelled = (element.get("aria-labelledby") or "").split()
            assert set(labelled) <= set(ids), title
            if element.get("role") == "img":
                assert labelled or element.get("aria-label"), title
    assert len(ids) == len(set(ids))


def test_every_class_has_a_rule() -> None:
    style = (ASSETS / "public-figures.css").read_text(encoding="utf-8")
    hooks = {"f-areas", "f-key", "f-row", "f-amount", "f-end", "f-l0"}  # told apart by tests and scripts only
    used = {
        name
        for _, figure in gallery("id")
        for element in parsed(figure).iter()
        for name in (element.get("class") or "").split()
    }
    assert {name for name in used - hooks if not re.search(rf"\.{name}\b", style)} == set()


@given(st.lists(st.text(max_size=60)))
def test_no_words_take_more_room_than_the_style_sheet_can_give(texts: list[str]) -> None:
    style = (ASSETS / "public-figures.css").read_text(encoding="utf-8")
    assert f".f-l{beside(texts, 0.8)} {{" in style and f".f-r{beside(texts, 0.8)} {{" in style


def test_colours_of_classes_are_those_of_the_scale() -> None:
    for theme in (ASSETS / "tokens.css").read_text(encoding="utf-8").split("--amount: ")[1:]:
        scale_, _, rest = theme.partition(";")
        assert re.findall(r"--q\d: (#\w{6});", rest.partition("}")[0]) == scale_.split(", ")


def test_the_script_is_small() -> None:
    assert (ASSETS / "public-figures.js").stat().st_size < 6000


def test_only_finite_numbers_are_known() -> None:
    assert [Point("x", value, "y").known for value in (math.nan, math.inf, -math.inf, 1.0)] == [None, None, None, 1.0]
