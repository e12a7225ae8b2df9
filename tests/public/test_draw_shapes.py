"""Shapes of the three cities: every area, borders that neighbours share, and few bytes."""

import math
import random
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import brotli
import msgspec
import pytest
import shapely

from dashboard.public.draw.shapes import Shapes, drawn, load, made
from etl.areas import area_book
from etl.boundary_files import LEVELS
from etl.cities import City, all_cities
from tests.public.gallery import shapes

CITIES = all_cities()
EACH = [(city, level) for city in CITIES for level in LEVELS]
Spot = tuple[int, int]


def rings(path: str) -> Iterator[list[Spot]]:
    """The corners of a path of ours, ring by ring."""
    for ring in path.split("M")[1:]:
        start, _, steps = ring.removesuffix("z").partition("l")
        x, y = map(int, start.split())
        numbers = [int(number) for number in steps.replace("-", " -").split()]
        corners = [(x, y)]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            corners.append((x, y))
        yield corners


def area(path: str) -> Any:
    """A path as a polygon; holes run the other way round."""
    parts = [shapely.Polygon(ring) for ring in rings(path)]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.symmetric_difference(part)
    return whole


def edges(path: str) -> Iterator[tuple[Spot, ...]]:
    """Every step of an outline, whichever way it is walked."""
    for ring in rings(path):
        for corner, after in pairwise([*ring, ring[0]] if "z" in path else ring):
            yield tuple(sorted((corner, after)))


@pytest.mark.parametrize(("city", "level"), EACH, ids=lambda one: getattr(one, "slug", one))
def test_every_area_is_there_inside_the_sheet_and_holds_its_point(city: City, level: str) -> None:
    sheet = shapes(city.slug, level)
    book = {one.code: one.name for one in area_book(city).at(level)}
    assert {one.code: one.name for one in sheet.areas} == book
    for one in sheet.areas:
        assert shapely.box(-1, -1, sheet.width + 1, sheet.height + 1).covers(area(one.path)), one
        assert area(one.path).buffer(1).covers(shapely.Point(one.x, one.y)), one
    assert sheet.approximate and sheet.attribution


@pytest.mark.parametrize(("city", "level"), EACH, ids=lambda one: getattr(one, "slug", one))
def test_neighbours_share_their_borders(city: City, level: str) -> None:
    sheet = shapes(city.slug, level)
    assert shapely.coverage_is_valid([area(one.path).buffer(0) for one in sheet.areas])
    used = Counter(edge for one in sheet.areas for edge in edges(one.path))
    assert set(used.values()) == {1, 2}
    assert sum(count == 2 for count in used.values()) > len(sheet.areas)
    assert set(edges(sheet.outlines)) <= used.keys()


def test_few_bytes() -> None:
    limits = {"samarinda": 30_000, "surabaya": 30_000, "banyumas": 40_000}
    assert {city.slug for city in CITIES} == limits.keys()
    for city in CITIES:
        assert len(brotli.compress(made(city))) < limits[city.slug]


def wavy(count: int, points: int) -> list[dict[str, Any]]:
    """A city of ``count`` × ``count`` areas whose borders wind like official ones, the same from both sides."""
    dice = random.Random(3)

    def border(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
        line = [start, end]
        rough = math.dist(start, end) / 12
        while len(line) < points:
            bent: list[tuple[float, float]] = []
            for one, two in pairwise(line):
                bent += [
                    one,
                    ((one[0] + two[0]) / 2 + dice.gauss(0, rough), (one[1] + two[1]) / 2 + dice.gauss(0, rough)),
                ]
            line, rough = [*bent, line[-1]], rough / 2.2
        return line

    size = 0.3 / count
    corner = [[(112 + x * size, -7 - y * size) for x in range(count + 1)] for y in range(count + 1)]
    level = [[border(corner[y][x], corner[y][x + 1]) for x in range(count)] for y in range(count + 1)]
    upright = [[border(corner[y][x], corner[y + 1][x]) for x in range(count + 1)] for y in range(count)]

    def feature(x: int, y: int) -> dict[str, Any]:
        ring = level[y][x][:-1] + upright[y][x + 1][:-1] + level[y + 1][x][:0:-1] + upright[y][x][::-1]
        names = {"code": f"35.78.{y:02}.{x:04}", "name": f"Kelurahan {x} {y}", "parent": f"35.78.{y:02}"}
        return {"properties": names, "geometry": {"type": "Polygon", "coordinates": [ring]}}

    return [feature(x, y) for y in range(count) for x in range(count)]


@pytest.mark.parametrize(("count", "limit"), [(12, 16_000), (18, 24_000)])
def test_official_borders_become_few_bytes_and_stay_shared(count: int, limit: int) -> None:
    areas, outlines, height = drawn(wavy(count, 500))
    told = {"level": "kelurahan", "width": 1000, "approximate": False, "attribution": "Badan Informasi Geospasial"}
    assert (
        len(brotli.compress(msgspec.json.encode(Shapes(height=height, areas=areas, outlines=outlines, **told)))) < limit
    )
    used = Counter(edge for one in areas for edge in edges(one.path))
    assert sum(count > 2 for count in used.values()) <= len(used) / 100
    assert len(areas) == count**2


def test_an_area_smaller_than_a_point_is_still_there() -> None:
    large = {"type": "Polygon", "coordinates": [[[112, -7], [113, -7], [113, -8], [112, -8], [112, -7]]]}
    speck = {"type": "Polygon", "coordinates": [[[113.2, -7], [113.2001, -7], [113.2, -7.0001], [113.2, -7]]]}
    places = [{"code": code, "name": code, "parent": "1"} for code in ("1.1", "1.2")]
    features = [{"properties": place, "geometry": shape} for place, shape in zip(places, (large, speck), strict=True)]
    areas, _, _ = drawn(features)
    assert all(area(one.path).area > 0 for one in areas)


def test_shapes_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "shapes.json"
    path.write_bytes(made(CITIES[0]))
    assert load(path)["kelurahan"] == shapes(CITIES[0].slug)
