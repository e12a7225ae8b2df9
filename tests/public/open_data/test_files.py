"""Files of releases: every format tells the same, hidden is no zero, missing is neither, and bytes stay the same."""

import csv
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import brotli
import openpyxl
import polars
import pyarrow.parquet as pq
import pytest

from dashboard.public import files, packed
from dashboard.public.columns import Sheet
from dashboard.public.shapes import geojson, shapes_of
from etl.boundary_files import boundary_file
from etl.bundle import Bundle, Flag, Kind, Shelf, Table
from etl.cities import load_city
from tests.public.bundles import ABOUTS, CITIES, HOSTILE, Town, write
from tests.public.open_data.readers import READERS, check_schema, plain

TABLES = [about.name for about in ABOUTS]
WITH_AREAS = [about.name for about in ABOUTS if about.levels]


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("ending", READERS)
def test_every_format_tells_what_the_release_holds(shelf: Shelf, city: str, name: str, ending: str) -> None:
    bundle = shelf.bundle(city)
    read = READERS[ending](bundle.folder / files.DATA / f"{name}.{ending}")
    wanted = bundle.table(name).records
    assert len(read) == len(wanted) > 0
    for got, record in zip(read, wanted, strict=True):
        assert plain(got).items() >= plain(record).items()


@pytest.mark.parametrize("ending", READERS)
def test_hidden_zero_and_missing_are_three_things(shelf: Shelf, ending: str) -> None:
    seen: dict[tuple[str, bool], set[Any]] = {}
    for bundle in (shelf.bundle(city) for city in CITIES):
        for about in bundle.manifest.tables:
            read = READERS[ending](bundle.folder / files.DATA / f"{about.name}.{ending}")
            for column in about.measures:
                for row in read:
                    flag = row[f"{column.key}_flag"] if column.flagged else "unflagged"
                    seen.setdefault((flag, column.flagged), set()).add(row[column.key])
    assert all(seen.pop((flag, True)) == {None} for flag in ("below_10", "hidden", "missing"))
    assert 0 in seen[("shown", True)] and None not in seen[("shown", True)]
    assert {0, None} <= seen.pop(("unflagged", False)) and seen.keys() == {("shown", True)}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("ending", READERS)
def test_a_flag_stands_beside_every_number_of_people_and_a_name_beside_every_code(
    shelf: Shelf, name: str, ending: str
) -> None:
    bundle = shelf.bundle("samarinda")
    keys = list(READERS[ending](bundle.folder / files.DATA / f"{name}.{ending}")[0])
    for column in bundle.tables[name].columns:
        beside = keys[keys.index(column.key) + 1 :]
        if column.flagged:
            assert beside[0] == f"{column.key}_flag"
        if column.kind is Kind.AREA:
            assert beside[:2] == ["area_name", "area_level"]


@pytest.mark.parametrize("name", WITH_AREAS)
def test_the_map_has_every_area_of_the_newest_period_once(shelf: Shelf, name: str) -> None:
    bundle = shelf.bundle("samarinda")
    told = json.loads((bundle.folder / files.DATA / f"{name}.geojson").read_bytes())
    records = [one for one in bundle.table(name).records if one["period"] == told["period"]]
    assert told["period"] == max(one["period"] for one in bundle.table(name).records)
    features = {feature["id"]: feature for feature in told["features"]}
    assert len(features) == len(told["features"]) and features.keys() == {one["area"] for one in records}
    category = bundle.tables[name].category
    for record in records:
        said = features[record["area"]]["properties"]
        of = f".{record[category.key]}" if category else ""
        for column in bundle.tables[name].measures:
            assert said[f"{column.key}{of}"] == record[column.key]
            assert said[f"{column.key}{of}_flag"] == record[f"{column.key}_flag"]


def test_the_map_tells_the_newest_period_whatever_stands_last(shelf: Shelf) -> None:
    bundle, shapes = shelf.bundle("samarinda"), shapes_of(load_city("samarinda"))
    table = bundle.table("bansos_area_month")
    assert shapes
    usual, turned = (
        json.loads(geojson(Sheet(bundle, Table(table.about, rows)), shapes)) for rows in (table.rows, table.rows[::-1])
    )
    assert {one["id"]: one for one in turned["features"]} == {one["id"]: one for one in usual["features"]}


def test_the_map_has_the_outlines_of_the_city(shelf: Shelf) -> None:
    bundle, city = shelf.bundle("surabaya"), load_city("surabaya")
    told = json.loads((bundle.folder / files.DATA / "corona_area_week.geojson").read_bytes())
    drawn: dict[str, Any] = {city.code: None}
    for level in ("kecamatan", "kelurahan"):
        for feature in json.loads(boundary_file(city, level).read_bytes())["features"]:
            drawn[feature["properties"]["code"]] = feature["geometry"]
    assert {feature["id"]: feature["geometry"] for feature in told["features"]} == drawn
    assert told["approximate"] is True and told["attribution"]


def test_a_text_is_no_formula(shelf: Shelf) -> None:
    data = shelf.bundle("samarinda").folder / files.DATA
    cells = [row["title"] for row in csv.DictReader((data / "rencana_actions.csv").read_text("utf-8-sig").splitlines())]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    sheet = openpyxl.load_workbook(data / "rencana_actions.xlsx").worksheets[0]
    told = [sheet.cell(line, 2) for line in range(2, 2 + len(HOSTILE))]
    assert [(cell.value, cell.data_type) for cell in told] == [(text, "s") for text in HOSTILE]


def test_a_workbook_is_typed_frozen_filtered_and_explains_itself(shelf: Shelf) -> None:
    book = openpyxl.load_workbook(shelf.bundle("samarinda").folder / files.DATA / "bansos_area_month.xlsx")
    sheet, notes = book.worksheets
    assert sheet.freeze_panes == "B2" and sheet.auto_filter.ref == f"A1:I{sheet.max_row}"
    assert sheet["D2"].is_date and isinstance(sheet["F2"].value, int) and sheet["A2"].data_type == "s"
    said = {str(row[0]): str(row[1]) for row in notes.iter_rows(values_only=True)}
    for head in ("Arti", "Definition", "Lisensi", "Licence", "Cara mengutip", "Citation", "SIMULASI", *Flag):
        assert said[head]
    assert "PKH = PKH" in said["programme"] and "; Rp; " in said["aid_amount"]


def test_parquet_is_typed_and_its_columns_are_explained(shelf: Shelf) -> None:
    path = shelf.bundle("samarinda").folder / files.DATA / "corona_area_week.parquet"
    assert polars.read_parquet(path).schema == {
        **dict.fromkeys(("area", "area_name", "area_level"), polars.String),
        "period": polars.Date, "cases_new": polars.Int64, "cases_new_flag": polars.String,
        "incidence_week": polars.Float64, "incidence_week_flag": polars.String,
    }  # fmt: skip
    schema = pq.read_schema(path)
    cases = schema.field("cases_new").metadata
    assert (cases[b"title"], cases[b"unit"], cases[b"unit_en"]) == (b"Banyaknya cases_new", b"kasus", b"cases")
    assert schema.metadata[b"release"] == b"3" and b"Rilis 3" in schema.metadata[b"citation"]


@pytest.mark.parametrize("name", TABLES)
def test_a_csv_is_as_its_schema_says(shelf: Shelf, name: str) -> None:
    check_schema(shelf.bundle("samarinda"), name)


@pytest.mark.parametrize("name", TABLES)
def test_a_schema_has_flags_and_the_terms_of_satu_data(shelf: Shelf, name: str) -> None:
    bundle = shelf.bundle("samarinda")
    schema = json.loads((bundle.folder / files.DATA / f"{name}.schema.json").read_bytes())
    terms = {"concept", "definition", "classification", "measure", "unit", "reference_code"}
    said = {field["name"]: field for field in schema["fields"]}
    for field in said.values():
        assert field["satuData"].keys() == terms
        assert all(both["id"] and both["en"] for both in field["satuData"].values()), field["name"]
    for column in bundle.tables[name].columns:
        if column.flagged:
            assert said[f"{column.key}_flag"]["constraints"]["enum"] == [flag.value for flag in Flag]
        if column.words:
            assert said[column.key]["constraints"]["enum"] == list(column.words)


def test_the_package_knows_every_file_by_its_digest(shelf: Shelf) -> None:
    bundle = shelf.bundle("samarinda")
    package = json.loads((bundle.folder / files.DATA / files.PACKAGE).read_bytes())
    assert [resource["name"] for resource in package["resources"]] == TABLES
    listed = [one for resource in package["resources"] for one in (resource, *resource["others"])]
    for one in listed:
        digest = bundle.manifest.files[f"{files.DATA}/{one['path']}"]
        assert one["hash"] == f"sha256:{digest}"
        assert one["bytes"] == (bundle.folder / files.DATA / one["path"]).stat().st_size
    made = {path.name for path in (bundle.folder / files.DATA).iterdir() if path.suffix not in (".br", ".gz")}
    schemas = {f"{name}.schema.json" for name in TABLES}
    assert made == {one["path"] for one in listed} | schemas | {files.PACKAGE, files.ARCHIVE}


def test_the_archive_holds_all_tables(shelf: Shelf) -> None:
    bundle = shelf.bundle("samarinda")
    data = bundle.folder / files.DATA
    with zipfile.ZipFile(data / files.ARCHIVE) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        assert {archive.getinfo(name).date_time for name in names} == {(2026, 9, 26, 2, 5, 0)}
        assert archive.read("corona_day.csv") == (data / "corona_day.csv").read_bytes()
    assert {f"{name}{ending}" for name in TABLES for ending in (".csv", ".schema.json")} <= names
    assert {f"{name}.geojson" for name in WITH_AREAS} | {"datapackage.json", "corrections.json"} <= names


def test_the_same_release_makes_the_same_bytes(shelf: Shelf, tmp_path: Path) -> None:
    first = shelf.bundle("samarinda", 2)
    write(Town(load_city("samarinda")), 2, tmp_path / "again", [files.make, packed.make])
    assert Bundle(tmp_path / "again").manifest.files == first.manifest.files


def test_what_is_packed_is_the_same(shelf: Shelf, tmp_path: Path) -> None:
    data = shelf.bundle("surabaya").folder / files.DATA
    plain = (data / "corona_area_week.csv").read_bytes()
    assert brotli.decompress((data / "corona_area_week.csv.br").read_bytes()) == plain
    shutil.copy(data / "corona_area_week.csv.gz", tmp_path)
    assert polars.read_csv(tmp_path / "corona_area_week.csv.gz").height == plain.count(b"\n") - 1
    assert not (data / "corona_day.csv.br").exists()  # it is small


def test_a_release_of_a_table_without_rows_has_files(shelf: Shelf) -> None:
    bundle = shelf.bundle("samarinda")
    table = bundle.table("corona_area_week")
    empty = Sheet(bundle, Table(table.about, ()))
    for ending, made in files.WRITERS.items():
        assert made(empty), ending
