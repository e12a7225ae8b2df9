"""Where panels stand: all within the wall, none over another, none across a bezel, whatever the wall."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.wall.geometry import PRESETS, BadGeometry, Geometry, checked
from dashboard.wall.layout import HEAD_EM, NEEDS, TILE_EM, Cell, DoesNotFit, layout
from dashboard.wall.scene import Scene, read_scene, scene_files
from etl.cities import all_cities

CITY = all_cities()[0]
SCENES = {slug: read_scene(path) for slug, path in scene_files(CITY).items()}
walls = st.builds(
    lambda high, columns, rows, distance: Geometry(
        121 * columns, 68.1 * rows, round(high * 16 / 9) * columns, high * rows, distance, columns, rows
    ),
    st.sampled_from([1080, 1440, 2160]),
    st.integers(1, 4),
    st.integers(1, 3),
    st.floats(1.5, 9),
)


def overlap(one: Cell, other: Cell) -> bool:
    apart = one.x + one.w <= other.x or other.x + other.w <= one.x
    return not (apart or one.y + one.h <= other.y or other.y + other.h <= one.y)


def check(scene: Scene, wall: Geometry) -> None:
    cells = layout(scene, wall)
    em, (across, down) = wall.text_px, wall.cuts
    needed = {one.panel.id for one in scene.placed if not one.spare}
    assert needed <= {cell.panel for cell in cells} <= {panel.id for panel in scene.panels}
    assert not [pair for pair in combinations(cells, 2) if overlap(*pair)]
    for cell in cells:
        assert cell.x >= 0 and cell.x + cell.w <= wall.width_px
        assert cell.y >= HEAD_EM * em - 1 and cell.y + cell.h <= wall.height_px
        panel = scene.panel(cell.panel)
        assert panel
        if panel.kind != "map":
            assert not [cut for cut in across if cell.x < cut < cell.x + cell.w]
            assert not [cut for cut in down if cell.y < cut < cell.y + cell.h]
        least = TILE_EM if panel.kind == "tile" else (min(n.width for n in NEEDS.values()), 8.5)
        assert cell.w >= least[0] * em - 1 and cell.h >= min(least[1], 8.5) * em - 1


@pytest.mark.parametrize("slug", SCENES)
@pytest.mark.parametrize("size", PRESETS)
def test_on_usual_walls(size: str, slug: str) -> None:
    check(SCENES[slug], PRESETS[size][1])


@settings(max_examples=25, deadline=None)
@given(walls, st.sampled_from(sorted(SCENES)))
def test_on_any_wall_it_stands_well_or_is_refused_with_the_reason(wall: Geometry, slug: str) -> None:
    try:
        checked(wall)
    except BadGeometry:
        return
    try:
        check(SCENES[slug], wall)
    except DoesNotFit as refusal:
        reason = refusal.says
    else:
        return
    assert SCENES[slug].title.id in reason.id and SCENES[slug].title.en in reason.en


def test_a_smaller_wall_shows_fewer_spare_panels() -> None:
    near, far = (Geometry(121, 68.1, 1920, 1080, distance) for distance in (2, 4))
    assert len(layout(SCENES["kota"], near)) > len(layout(SCENES["kota"], far))
