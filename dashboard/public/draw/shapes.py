"""The areas of a city as shapes for a map: simplified together, projected, and written as paths."""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from dashboard.public.draw.sheet import Shape, Shapes, load
from etl.boundary_files import LEVELS, attribution, boundary_file, is_approximate
from etl.cities import City

__all__ = ["Shape", "Shapes", "load", "made", "shapes"]

WIDTH = 1000
Spot = tuple[int, int]
TOLERANCE = 1.0  # of the sheet: the side of a triangle that nobody misses


def made(city: City) -> bytes:
    """``shapes.json`` of a city, from the boundaries in force."""
    return msgspec.json.encode({level: shapes(city, level) for level in LEVELS})


def shapes(city: City, level: str) -> Shapes:
    """The areas of one level. Raises CityError when the city has no boundaries at this level."""
    features = json.loads(boundary_file(city, level).read_text(encoding="utf-8"))["features"]
    areas, outlines, height = drawn(features)
    return Shapes(
        level=level,
        width=WIDTH,
        height=height,
        areas=areas,
        outlines=outlines,
        approximate=is_approximate(city, level),
        attribution=attribution(city, level),
    )


def drawn(features: Sequence[dict[str, Any]]) -> tuple[tuple[Shape, ...], str, int]:
    """Features of a GeoJSON as shapes, the borders of their parents, and the height of the sheet.

    Neighbours are simplified together, and corners that they share fall on the same place of the sheet.
    """
    places = [feature["properties"] for feature in features]
    sheet, height = _sheet(np.array([shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]))
    simple = shapely.coverage_simplify(sheet, TOLERANCE)
    areas = [_shape(place, area) for place, area in zip(places, simple, strict=True)]
    parents = [place["parent"] for place in places]
    return tuple(sorted(areas, key=lambda area: area.code)), _outlines(parents, simple), height


def _sheet(areas: Any) -> tuple[Any, int]:
    """Longitude and latitude on a sheet of a fixed width, north above, and the height of it."""
    west, south, east, north = shapely.total_bounds(areas)
    narrower = math.cos(math.radians((south + north) / 2))
    size = WIDTH / ((east - west) * narrower)

    def place(corners: Any) -> Any:
        return np.column_stack(((corners[:, 0] - west) * narrower * size, (north - corners[:, 1]) * size))

    return shapely.transform(areas, place), math.ceil((north - south) * size)


def _shape(place: dict[str, str], area: BaseGeometry) -> Shape:
    inside = shapely.maximum_inscribed_circle(area).coords[0]
    return Shape(place["code"], place["name"], path(area), round(inside[0]), round(inside[1]))


def path(area: BaseGeometry) -> str:
    """The outline of an area with whole numbers, each step from where the last one ended."""
    return "".join(f"{_walk(ring)}z" for ring in _rings(area)) or _speck(area)


def _rings(area: BaseGeometry) -> Iterator[list[Spot]]:
    """The corners of an area on the sheet; a ring that has shrunk to a stroke is left out."""
    for part in shapely.get_parts(area):
        if part.geom_type == "Polygon":
            polygon = orient(part)
            rings = (_corners(ring.coords) for ring in (polygon.exterior, *polygon.interiors))
            yield from (ring for ring in rings if len(set(ring)) > 2)


def _corners(coordinates: Iterable[tuple[float, ...]]) -> list[Spot]:
    """Whole numbers, each corner once."""
    spots = [(round(x), round(y)) for x, y in coordinates]
    return [spot for spot, after in pairwise(spots) if spot != after]


def _walk(corners: Sequence[Spot]) -> str:
    steps = (number for (x0, y0), (x, y) in pairwise(corners) for number in (x - x0, y - y0))
    return f"M{corners[0][0]} {corners[0][1]}l{_numbers(steps)}"


def _numbers(numbers: Iterable[int]) -> str:
    """Numbers with a space only where no sign divides them."""
    return "".join(f" {number}" if number >= 0 else str(number) for number in numbers).lstrip()


def _speck(area: BaseGeometry) -> str:
    """An area that is smaller than a point of the sheet is a point of the sheet."""
    x, y = area.centroid.coords[0]
    return f"M{round(x)} {round(y)}l1 0 0 1-1 0z"


def _outlines(parents: Sequence[str], areas: Sequence[BaseGeometry]) -> str:
    """The borders between the areas of one parent and those of another, or none."""
    owners: dict[frozenset[Spot], set[tuple[str, int]]] = defaultdict(set)
    for number, (parent, area) in enumerate(zip(parents, areas, strict=True)):
        for ring in _rings(area):
            for edge in pairwise([*ring, ring[0]]):
                owners[frozenset(edge)].add((parent, number))
    between = [tuple(edge) for edge, by in owners.items() if len(by) == 1 or len({parent for parent, _ in by}) > 1]
    lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(sorted(map(sorted, between)))))
    return "".join(_walk([(round(x), round(y)) for x, y in line.coords]) for line in lines)
