"""What ``shapes.json`` of a release holds; who only draws maps needs no geometry."""

from pathlib import Path

import msgspec


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


def load(path: Path) -> dict[str, Shapes]:
    """The shapes of a ``shapes.json`` by level: ``kecamatan``, ``kelurahan``."""
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Shapes])
