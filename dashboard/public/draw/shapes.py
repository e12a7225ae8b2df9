"""The areas of a city as shapes for a map: simplified together, projected, and written as paths."""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
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
    """Features of a GeoJSON as shapes, the outlines of their parents, and the height of the sheet.

    Neighbours are simplified together, and corners that they share fall on the same place of the sheet.
    """
    places = [feature["properties"] for feature in features]
    sheet, height = _sheet(np.array([shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]))
    simple = shapely.coverage_simplify(sheet, TOLERANCE)
    by_parent = defaultdict(list)
    for place, area in zip(places, simple, strict=True):
        by_parent[place["parent"]].append(area)
    outlines = "".join(path(shapely.union_all(areas)) for _, areas in sorted(by_parent.items()))
    made = (_shape(place, area) for place, area in zip(places, simple, strict=True))
    return tuple(sorted(made, key=lambda shape: shape.code)), outlines, height


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
    parts = [orient(part) for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    written = [_ring(ring.coords) for ring in rings]
    return "".join(filter(None, written)) or _speck(area)


def _ring(corners: Iterable[tuple[float, ...]]) -> str:
    """A closed line; nothing when it has shrunk to a stroke."""
    spots: list[tuple[int, int]] = []
    for corner in corners:
        spot = round(corner[0]), round(corner[1])
        if not spots or spots[-1] != spot:
            spots.append(spot)
    if len(set(spots)) < 3:
        return ""
    steps = zip(spots[1:-1], spots, strict=False)
    numbers = (number for (x, y), (x0, y0) in steps for number in (x - x0, y - y0))
    return f"M{spots[0][0]} {spots[0][1]}l{_numbers(numbers)}z"


def _numbers(numbers: Iterable[int]) -> str:
    """Numbers with a space only where no sign divides them."""
    return "".join(f" {number}" if number >= 0 else str(number) for number in numbers).lstrip()


def _speck(area: BaseGeometry) -> str:
    """An area that is smaller than a point of the sheet is a point of the sheet."""
    x, y = area.centroid.coords[0]
    return f"M{round(x)} {round(y)}l1 0 0 1-1 0z"
