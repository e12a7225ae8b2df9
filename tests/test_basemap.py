"""Water, roads and names that a city brings: cut at its boundary, light, and named apart from what is refused."""

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from etl.basemap import SIZE_LIMIT, import_basemap
from etl.boundary_files import BASEMAP, basemap, boundary_file
from etl.cities import load_city
from etl.errors import UnreadableFile

CITY = load_city("samarinda")
HERE = shapely.Point(CITY.centre.lon, CITY.centre.lat)
FAR = shapely.Point(106.8, -6.2)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_STATE", str(tmp_path))


def brought(path: Path, shapes: list[shapely.Geometry], names: list[str | None] | None = None) -> Path:
    """A map file as somebody has it, in a system of metres."""
    frame = gpd.GeoDataFrame({"NAMOBJ": names or [""] * len(shapes)}, geometry=shapes, crs="EPSG:4326")
    frame.to_crs("EPSG:32750").to_file(path, driver="GPKG")
    return path


def test_there_is_none_unless_a_city_brings_it() -> None:
    assert basemap(CITY) == {}


def test_what_is_brought_is_cut_at_the_boundary(tmp_path: Path) -> None:
    road = shapely.LineString([(HERE.x - 3, HERE.y), (HERE.x + 3, HERE.y)])
    path, count = import_basemap(CITY, "roads", brought(tmp_path / "jalan.gpkg", [road, FAR.buffer(0.1)]))
    city = gpd.read_file(boundary_file(CITY, "kecamatan")).union_all()
    drawn = gpd.read_file(path)
    assert count == len(drawn) >= 1 and basemap(CITY) == {"roads": path}
    assert set(drawn.geom_type) == {"LineString"} and city.buffer(1e-4).covers(drawn.union_all())


def test_names_are_those_of_the_column_that_has_them(tmp_path: Path) -> None:
    source = brought(tmp_path / "nama.gpkg", [HERE, FAR, HERE], ["Citra Niaga", "Monas", None])
    path, _ = import_basemap(CITY, "names", source, attribution="BIG, CC BY 4.0")
    told = json.loads(path.read_text(encoding="utf-8"))
    assert [one["properties"]["name"] for one in told["features"]] == ["Citra Niaga", ""]
    assert told["attribution"] == "BIG, CC BY 4.0"


def test_a_heavy_file_is_made_light(tmp_path: Path) -> None:
    wiggles = [HERE.buffer(0.02 + n / 5000, quad_segs=4000) for n in range(12)]
    path, count = import_basemap(CITY, "water", brought(tmp_path / "air.gpkg", wiggles))
    assert count == 12 and path.stat().st_size <= SIZE_LIMIT


@pytest.mark.parametrize("kind", BASEMAP)
def test_a_file_without_it_is_refused_and_nothing_is_written(tmp_path: Path, kind: str) -> None:
    with pytest.raises(UnreadableFile, match="samarinda"):
        import_basemap(CITY, kind, brought(tmp_path / "jauh.gpkg", [FAR.buffer(0.1)]))
    (tmp_path / "rusak.gpkg").write_bytes(b"x")
    with pytest.raises(UnreadableFile):
        import_basemap(CITY, kind, tmp_path / "rusak.gpkg")
    assert basemap(CITY) == {}
