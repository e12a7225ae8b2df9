"""A table on the map: the areas of a city as GeoJSON, with what the newest period says of each."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from dashboard.public import described
from dashboard.public.columns import Beside, Field, Sheet
from etl.boundary_files import LEVELS, attribution, boundary_file, is_approximate
from etl.bundle import Kind, Value
from etl.cities import City
from etl.errors import CityError

NOWHERE = msgspec.Raw(b"null")  # an area without an outline, as the city as a whole: its values are there all the same


class _Feature(msgspec.Struct, frozen=True):
    properties: dict[str, Any]
    geometry: msgspec.Raw


class _Collection(msgspec.Struct, frozen=True):
    features: tuple[_Feature, ...]


class Shapes(msgspec.Struct, frozen=True):
    """The outlines of a city's areas by code, who drew them, and whether they are only approximate."""

    outlines: dict[str, msgspec.Raw]
    attribution: tuple[str, ...]
    approximate: bool


def shapes_of(city: City) -> Shapes | None:
    """The outlines in force; None for a city that has none."""
    outlines: dict[str, msgspec.Raw] = {}
    named: list[str] = []
    for level in LEVELS:
        with suppress(CityError):
            there = msgspec.json.decode(boundary_file(city, level).read_bytes(), type=_Collection)
            outlines |= {feature.properties["code"]: feature.geometry.copy() for feature in there.features}
            named.append(attribution(city, level))
    return Shapes(outlines, tuple(dict.fromkeys(filter(None, named))), is_approximate(city)) if outlines else None


def geojson(sheet: Sheet, shapes: Shapes) -> bytes:
    """The areas that have a row in the newest period, each once.

    Where a table has several rows of an area in a period, a value is named by its column and what the row is of:
    ``recipients.PKH``.
    """
    manifest, about = sheet.bundle.manifest, sheet.about
    newest = _newest(sheet)
    told = {
        "type": "FeatureCollection",
        "name": about.name,
        "city": manifest.city,
        "release": manifest.number,
        "period": newest,
        "licence": manifest.licence,
        "citation": described.words(described.citation(manifest, about)),
        "attribution": shapes.attribution,
        "approximate": shapes.approximate,
        "features": [
            {"type": "Feature", "id": code, "properties": said, "geometry": shapes.outlines.get(code, NOWHERE)}
            for code, said in _by_area(sheet, newest).items()
        ],
    }
    return msgspec.json.encode(told)


def _newest(sheet: Sheet) -> str | None:
    at = _position(sheet, Kind.PERIOD)
    return None if at is None else max((str(line[at]) for line in sheet.lines), default=None)


def _position(sheet: Sheet, kind: Kind) -> int | None:
    """Where the first field of a kind stands."""
    return next((at for at, field in enumerate(sheet.fields) if field.column.kind is kind), None)


def _by_area(sheet: Sheet, newest: str | None) -> Mapping[str, dict[str, Value]]:
    area, period = _position(sheet, Kind.AREA), _position(sheet, Kind.PERIOD)
    found: dict[str, dict[str, Value]] = defaultdict(dict)
    for line in sheet.lines:
        code = line[area] if area is not None else None
        if isinstance(code, str) and (period is None or line[period] == newest):
            found[code] |= dict(_said(sheet, line))
    return found


def _said(sheet: Sheet, line: tuple[Value, ...]) -> Iterator[tuple[str, Value]]:
    """The properties that one row gives to its area."""
    split = [field.name for field in sheet.fields if _splits(sheet, field)]
    of = "".join(f".{value}" for field, value in zip(sheet.fields, line, strict=True) if field.name in split)
    for field, value in zip(sheet.fields, line, strict=True):
        if field.column.kind in (Kind.AREA, Kind.PERIOD):
            yield field.name, value
        elif field.name not in split:
            yield f"{field.column.key}{of}{_ending(field)}", value


def _splits(sheet: Sheet, field: Field) -> bool:
    """Whether an area has several rows because of this field."""
    return field.column.key in sheet.about.key and field.column.kind not in (Kind.AREA, Kind.PERIOD)


def _ending(field: Field) -> str:
    return f"_{Beside.FLAG}" if field.beside is Beside.FLAG else ""
