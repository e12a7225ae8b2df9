"""The boundaries of a city that are in force.

A city folder ships approximate boundaries. What ``boundaries import`` accepts lies in the state folder,
so that the checkout stays clean, and wins over what was shipped.
"""

import json
from functools import lru_cache
from pathlib import Path

from etl.cities import City
from etl.errors import CityError
from runner.state import state_dir

LEVELS = ("kecamatan", "kelurahan")
BASEMAP = ("water", "roads", "names")  # what a map may show besides, from below upwards


def imported_folder(city: City) -> Path:
    """Where imported boundaries of a city lie."""
    return state_dir() / "boundaries" / city.slug


def boundary_file(city: City, level: str) -> Path:
    """The GeoJSON in force (WGS84, properties code, name, parent) of ``kecamatan`` or ``kelurahan`` (with desa).

    Raises CityError when the city has none at this level.
    """
    for folder in (imported_folder(city), city.folder / "boundaries"):
        if level in LEVELS and (path := folder / f"{level}.geojson").is_file():
            return path
    raise CityError(f"{city.folder / 'boundaries'}: {level}.geojson tidak ada | does not exist")


def basemap(city: City) -> dict[str, Path]:
    """The layers that a city has besides its boundaries: imported ones win over those of its folder; often none."""
    folders = (city.folder / "basemap", imported_folder(city) / "basemap")
    there = {layer: folder / f"{layer}.geojson" for layer in BASEMAP for folder in folders if _has(folder, layer)}
    return {layer: there[layer] for layer in BASEMAP if layer in there}


def _has(folder: Path, layer: str) -> bool:
    return (folder / f"{layer}.geojson").is_file()


def attribution(city: City, level: str) -> str:
    """Whom to name under a map of this level."""
    return str(_said(city, level).get("attribution", ""))


def is_approximate(city: City, level: str | None = None) -> bool:
    """True while a boundary in force (at one level, or at any) is not an official line and must be named so."""
    return any(_said(city, one).get("approximate", True) for one in ([level] if level else LEVELS))


def _said(city: City, level: str) -> dict[str, object]:
    """What a boundary file says of itself."""
    path = boundary_file(city, level)
    return _said_by(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _said_by(path: Path, changed: int) -> dict[str, object]:
    """Read once for each change: every map asks, and the file is long."""
    collection: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return {name: value for name, value in collection.items() if name != "features"}
