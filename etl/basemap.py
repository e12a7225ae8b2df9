"""``python -m etl basemap``: water, roads and names of places under a city's maps, from a file that somebody brings.

Maps are complete without them. What is brought is cut at the city's boundary and made light enough for any screen.
"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from etl.boundary_files import BASEMAP, boundary_file, imported_folder
from etl.cities import City, load_city
from etl.errors import UnreadableFile, Where
from etl.text import Text

if TYPE_CHECKING:
    import geopandas as gpd

SIZE_LIMIT = 300_000  # bytes of one layer
TOLERANCES = (0.0, *(1e-5 * 2**step for step in range(10)))  # degrees
SHAPES = {"water": ("Polygon", "LineString"), "roads": ("LineString",), "names": ("Point",)}
NAMES = ("name", "nama", "NAMOBJ", "namobj", "NAME")  # of columns, as OSM, cities and BIG call them


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``basemap``."""
    parser.add_argument("city", help="slug kota | slug of the city")
    parser.add_argument("kind", choices=BASEMAP, help="air, jalan, nama tempat | water, roads, names of places")
    parser.add_argument("file", type=Path, help="GeoJSON, GPKG, SHP (juga | also .zip)")
    parser.add_argument("--layer", help="lapisan bila ada beberapa | layer when there are several")
    parser.add_argument("--attribution", default="", help="sumber dan lisensi | source and licence")


def run(args: argparse.Namespace) -> int:
    """Import as the arguments say, and tell how much there is."""
    written, count = import_basemap(load_city(args.city), args.kind, args.file, args.layer, args.attribution)
    print(f"{written}: {count} bentuk, {written.stat().st_size:,} bita | shapes, bytes")
    return 0


def import_basemap(
    city: City, kind: str, path: Path, layer: str | None = None, attribution: str = ""
) -> tuple[Path, int]:
    """Write one layer of a city; where it lies, and how many shapes it has.

    Raises UnreadableFile when the file cannot be read or holds nothing of the kind within the city.
    """
    import geopandas as gpd  # no web worker needs it

    from etl.boundary_import import read_map

    city_shape = gpd.read_file(boundary_file(city, "kecamatan")).union_all()
    # ``explode``: of a collection only the parts of this kind are wanted.
    frame = gpd.clip(read_map(path, layer, city), city_shape).explode()
    kept = frame[frame.geom_type.isin(SHAPES[kind])]
    if kept.empty:
        raise UnreadableFile(
            Text(f"tidak berisi {kind} di dalam {city.name}", f"holds no {kind} within {city.name}"),
            Text("periksa berkas, lapisan dan jenisnya", "look at the file, its layer and the kind"),
            Where(city.slug, path.name),
        )
    into = imported_folder(city) / "basemap" / f"{kind}.geojson"
    into.parent.mkdir(parents=True, exist_ok=True)
    into.write_bytes(_light(kept, attribution))
    return into, len(kept)


def _light(frame: "gpd.GeoDataFrame", attribution: str) -> bytes:
    """GeoJSON of 5 decimals (1 m), simplified just enough to be light."""
    for tolerance in TOLERANCES:
        shapes = frame.geometry.simplify(tolerance) if tolerance else frame.geometry
        content = _collection(frame, shapes, attribution)
        if len(content) <= SIZE_LIMIT:
            break
    return content


def _collection(frame: "gpd.GeoDataFrame", shapes: "gpd.GeoSeries", attribution: str) -> bytes:
    import shapely

    names = next((frame[column] for column in NAMES if column in frame), [""] * len(frame))
    features = [
        {
            "type": "Feature",
            "properties": {"name": name if isinstance(name, str) else ""},
            "geometry": json.loads(shapely.to_geojson(shapely.set_precision(shape, 1e-5))),
        }
        for name, shape in zip(names, shapes, strict=True)
    ]
    told = {"type": "FeatureCollection", "attribution": attribution, "features": features}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
