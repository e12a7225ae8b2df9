"""The areas of a city as shapes for a map: simplified together, projected, and written as paths."""

from pathlib import Path

import msgspec

from etl.cities import City


class Shape(msgspec.Struct, frozen=True):
    """An area: its path, and a point well inside it."""

    code: str
    name: str
    path: str
    x: int
    y: int


class Shapes(msgspec.Struct, frozen=True, kw_only=True):
    """The areas of one level, drawn on one sheet."""

    level: str  # kecamatan, kelurahan (with desa)
    width: int
    height: int
    areas: tuple[Shape, ...]
    outlines: str  # the borders of the level above
    approximate: bool
    attribution: str


def made(city: City) -> bytes:
    """``shapes.json`` of a city, from the boundaries in force."""
    raise NotImplementedError


def load(path: Path) -> dict[str, Shapes]:
    """The shapes of a ``shapes.json`` by level: ``kecamatan``, ``kelurahan``."""
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Shapes])
