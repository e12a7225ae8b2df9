"""The size of letters follows from the wall; what makes no sense is refused by its field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from dashboard.wall.geometry import FEWEST_LINES, PRESETS, BadGeometry, Geometry, checked

USUAL = PRESETS["tv55"][1]


def test_the_examples_of_the_plan() -> None:
    assert USUAL.text_px in (44, 45)  # 55", 1080 pixels, 4 m
    assert PRESETS["2x2"][1].text_px in (66, 67, 68)  # four of them, 6 m


@pytest.mark.parametrize("size", PRESETS)
def test_usual_walls_make_sense(size: str) -> None:
    assert checked(PRESETS[size][1])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"width_cm": 0}, "width_cm"),
        ({"height_cm": -1}, "height_cm"),
        ({"width_px": 100_000}, "width_px"),
        ({"height_px": 0}, "height_px"),
        ({"columns": 0}, "columns"),
        ({"rows": 9}, "rows"),
        ({"distance_m": 0}, "distance_m"),
        ({"width_cm": 200}, "width_cm"),  # pixels that are not square
        ({"distance_m": 12}, "distance_m"),  # letters too large for any scene
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(wrong: dict[str, float], field: str) -> None:
    with pytest.raises(BadGeometry) as refused:
        checked(structs.replace(USUAL, **wrong))
    assert refused.value.field == field and refused.value.says.id and refused.value.says.en


@given(st.floats(20, 300), st.floats(0.5, 30), st.integers(600, 8000))
def test_a_capital_is_never_smaller_than_the_distance_asks(height: float, distance: float, pixels: int) -> None:
    wall = Geometry(height * 16 / 9, height, round(pixels * 16 / 9), pixels, distance)
    try:
        checked(wall)
    except BadGeometry:
        return
    assert wall.text_px * 0.71 * wall.mm_per_px >= distance * 1000 / 200 - 1e-9
    assert wall.height_px >= FEWEST_LINES * wall.text_px
