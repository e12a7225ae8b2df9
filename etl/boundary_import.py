"""Official boundaries brought by a user: read, matched to the city's areas, checked, simplified, written.

Codes are Kemendagri's, or BPS's by a crosswalk: the two look alike and collide, so one is never shortened
into the other. A row without a known code is matched by its name within its kecamatan, and the report says so.
"""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from rich.console import Console
from rich.table import Table
from shapely.geometry.base import BaseGeometry

from etl.areas import AreaBook, area_book, normal
from etl.boundary_files import LEVELS, imported_folder
from etl.cities import City
from etl.errors import UnreadableFile, Where
from etl.text import Text

WGS84 = "EPSG:4326"
GLOBE = shapely.box(-180, -90, 180, 90)
TOPOJSON = (".topojson", ".json")  # names no coordinate system: longitude and latitude by custom
EQUAL_AREA = "EPSG:6933"
SIZE_LIMIT = 200_000  # bytes: what a phone is asked to load for one map
TOLERANCES = (0.0, *(1e-4 * 2 ** (step / 2) for step in range(12)))  # degrees; as the side of a triangle left out
NOTICEABLE = 0.01  # overlap as a share of the smaller area


class Kind(StrEnum):
    """What an import can find; ``BLOCKING`` ones are written only when they are accepted."""

    UNMATCHED = "unmatched"
    MISSING = "missing"
    EMPTY = "empty"
    MISNAMED = "misnamed"
    ELSEWHERE = "elsewhere"
    OVERLAP = "overlap"
    GAP = "gap"
    RENAMED = "renamed"
    BY_NAME = "by_name"
    MERGED = "merged"
    REPAIRED = "repaired"
    OUTSIDE = "outside"


BLOCKING = {Kind.UNMATCHED, Kind.MISSING, Kind.EMPTY, Kind.MISNAMED, Kind.ELSEWHERE, Kind.OVERLAP}
TITLES = {
    Kind.UNMATCHED: Text("tidak cocok", "not matched"),
    Kind.MISSING: Text("tidak ada di berkas", "missing in the file"),
    Kind.EMPTY: Text("tanpa bidang", "without a polygon"),
    Kind.MISNAMED: Text("kode diragukan", "codes in doubt"),
    Kind.ELSEWHERE: Text("bukan di kota ini", "not in this city"),
    Kind.OVERLAP: Text("tumpang tindih", "overlap"),
    Kind.GAP: Text("celah", "gap"),
    Kind.RENAMED: Text("nama berbeda", "another name"),
    Kind.BY_NAME: Text("cocok lewat nama", "matched by name"),
    Kind.MERGED: Text("digabung", "merged"),
    Kind.REPAIRED: Text("diperbaiki", "repaired"),
    Kind.OUTSIDE: Text("di luar kota", "outside the city"),
}


@dataclass(frozen=True)
class Finding:
    """One thing that a person should look at; ``about`` is a code, or a row of the file (from 1)."""

    kind: Kind
    about: str
    said: Text

    @property
    def blocks(self) -> bool:
        return self.kind in BLOCKING


@dataclass(frozen=True)
class Report:
    """What an import found. Shares are of the area of all polygons together; the tolerance is in degrees."""

    city: City
    path: Path
    level: str
    rows: int
    matched: int  # areas of the city that have a polygon
    findings: tuple[Finding, ...]
    overlap_share: float
    gap_share: float
    tolerance: float = 0.0
    written: tuple[Path, ...] = ()

    @property
    def blocked(self) -> bool:
        return any(finding.blocks for finding in self.findings)

    def of(self, kind: Kind) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.kind is kind)


@dataclass(frozen=True)
class Labels:
    """The code of each row (None: none), and what was found on the way."""

    level: str
    codes: tuple[str | None, ...]
    findings: tuple[Finding, ...]

    @property
    def reach(self) -> int:
        return len(set(self.codes) - {None})


def import_boundaries(
    city: City,
    path: Path,
    into: Path | None = None,
    level: str | None = None,
    crosswalk: Path | None = None,
    accept: bool = False,
    *,
    layer: str | None = None,
    attribution: str = "",
) -> Report:
    """Check the boundaries in a file, and write them as the ones in force when nothing blocks or all is accepted.

    A complete kelurahan file also gives the kecamatan, so that both levels agree. Raises UnreadableFile when the
    file or the crosswalk cannot be read, CityError when the city folder is wrong.
    """
    book = area_book(city)
    frame = read_map(path, layer, city)
    table = _read_crosswalk(crosswalk, city) if crosswalk else None
    labels = max((_label(frame, book, one, table) for one in ([level] if level else LEVELS)), key=lambda it: it.reach)
    shapes, shape_findings = _shapes(frame, labels.codes)
    overlap, overlap_findings = _overlaps(shapes)
    gaps, gap_findings = _gaps(shapes)
    findings = (
        *labels.findings,
        *_missing(book, labels.level, shapes),
        *shape_findings,
        *_elsewhere(city, shapes),
        *overlap_findings,
        *gap_findings,
    )
    report = Report(city, path, labels.level, len(frame), len(shapes), findings, overlap, gaps)
    if not shapes or (report.blocked and not accept):
        return report
    return _write(report, book, shapes, into or imported_folder(city), attribution or path.name)


# --- reading -------------------------------------------------------------------------------------


def _unreadable(city: City, path: Path, what: Text, action: Text) -> UnreadableFile:
    return UnreadableFile(what, action, Where(city=city.slug, file=str(path)))


def read_map(path: Path, layer: str | None, city: City) -> gpd.GeoDataFrame:
    """A map file (GeoJSON, GPKG, SHP, TopoJSON) in WGS84. Raises UnreadableFile saying what to do."""
    try:
        layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        if layer is None and len(layers) > 1:
            listed = ", ".join(layers)
            raise _unreadable(city, path, Text(f"ada beberapa lapisan: {listed}", f"several layers: {listed}"), _LAYER)
        frame = gpd.read_file(path, layer=layer or layers[0])
    except (DataSourceError, DataLayerError) as error:
        raise _unreadable(city, path, Text(f"tidak terbaca: {error}", f"unreadable: {error}"), _FORMATS) from error
    if "geometry" not in frame or frame.empty:
        raise _unreadable(city, path, Text("tidak berisi bidang", "holds no polygons"), _FORMATS)
    if frame.crs is None and path.suffix in TOPOJSON:
        frame = frame.set_crs(WGS84)
    if frame.crs is None:
        raise _unreadable(city, path, Text("sistem koordinat tidak diketahui", "unknown coordinate system"), _CRS)
    frame = frame.to_crs(WGS84)
    if not GLOBE.covers(shapely.box(*frame.total_bounds)):
        raise _unreadable(city, path, Text("koordinat bukan bujur, lintang", "not longitude, latitude"), _CRS)
    return frame


_LAYER = Text("pilih dengan --layer", "choose one with --layer")
_FORMATS = Text("beri GeoJSON, GPKG, SHP atau TopoJSON yang utuh", "give a whole GeoJSON, GPKG, SHP or TopoJSON")
_CRS = Text(
    "sertakan sistem koordinatnya (.prj); urutan: bujur, lintang",
    "bring its coordinate system (.prj); order: longitude, latitude",
)


def _read_crosswalk(path: Path, city: City) -> dict[str, str]:
    """BPS code → Kemendagri code, for villages, and for the kecamatan that follow from them.

    The first seven digits of a BPS village code are its BPS kecamatan; it is known as the Kemendagri
    kecamatan of its villages where they all agree.
    """
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
        pairs = {row["code_bps"]: row["kode_kemendagri"] for row in rows if row["kode_kemendagri"]}
    except (OSError, UnicodeDecodeError, KeyError) as error:
        action = Text("beri CSV dengan kolom code_bps,kode_kemendagri", "give a CSV with code_bps,kode_kemendagri")
        raise _unreadable(city, path, Text(f"tidak terbaca: {error}", f"unreadable: {error}"), action) from error
    districts = defaultdict(set)
    for bps, kemendagri in pairs.items():
        districts[bps[:7]].add(kemendagri[:8])
    return pairs | {bps: codes.pop() for bps, codes in districts.items() if len(codes) == 1}


# --- matching ------------------------------------------------------------------------------------


def _cell(value: object) -> str:
    """A cell as text; a whole number that a format keeps as real loses its ``.0``."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else ""
    return str(value).strip() if value is not None else ""


def _columns(frame: gpd.GeoDataFrame) -> list[list[str]]:
    return [[_cell(value) for value in frame[name]] for name in frame.columns if name != frame.geometry.name]


def _best(columns: list[list[str]], known: Callable[[str], object], least: int) -> list[str] | None:
    """The column with the most different values that are known; None when there are fewer than ``least``."""
    counts = [len({found for found in map(known, column) if found}) for column in columns]
    best = int(np.argmax(counts)) if counts else 0
    return columns[best] if counts and counts[best] >= max(1, least) else None


def _label(frame: gpd.GeoDataFrame, book: AreaBook, level: str, crosswalk: dict[str, str] | None) -> Labels:
    """The code of every row at one level: by code where the file has them, else by name within the kecamatan."""
    wanted = {area.code for area in book.at(level)}
    columns = _columns(frame)

    def translate(cell: str) -> str | None:
        code = crosswalk.get(cell) if crosswalk is not None else book.match_code(cell)
        return code if code in wanted else None

    raw = _best(columns, translate, least=len(wanted) // 2)
    codes: list[str | None] = [translate(cell) for cell in raw] if raw else [None] * len(frame)
    names, districts = _name_columns(columns, book, level, len(frame))
    outside = _outside(raw, codes) if raw else set()
    findings = list(_renamed(book, codes, names))
    if outside:
        count = len(outside)
        findings.append(Finding(Kind.OUTSIDE, "", Text(f"{count} baris kota lain", f"{count} rows of other cities")))
    for row in sorted(set(range(len(frame))) - outside):
        if codes[row] is None:
            cells = (names[row] if level != "kecamatan" else "", districts[row])
            codes[row], finding = _by_name(book, row, *cells, raw[row] if raw else "")
            findings.append(finding)
    return Labels(level, tuple(codes), tuple(findings))


def _name_columns(columns: list[list[str]], book: AreaBook, level: str, rows: int) -> tuple[list[str], list[str]]:
    """The columns with the names of the areas and of their kecamatan; empty cells where there is none."""
    known = {normal(area.name) for area in book.at(level)}
    empty = [""] * rows
    names = _best(columns, lambda cell: normal(cell) in known and normal(cell), least=2) or empty
    districts = _best(columns, lambda cell: book.match(None, cell), least=2) or empty
    return names, districts


def _by_name(book: AreaBook, row: int, name: str, district: str, code: str) -> tuple[str | None, Finding]:
    """Match one row without a known code; the name of a kelurahan counts only within its kecamatan."""
    about, had = f"#{row + 1}", f"{code} " if code else ""
    if not district:
        unknown = Text(f"{had}{name}: kode tidak dikenal", f"{had}{name}: unknown code")
        return None, Finding(Kind.UNMATCHED, about, unknown)
    found, reason = book.look(name, district)
    kind = Kind.BY_NAME if found else Kind.UNMATCHED
    wrote = f"{had}{name or district}"
    return found, Finding(kind, about, Text(f"{wrote}: {reason.id}", f"{wrote}: {reason.en}"))


def _outside(raw: list[str], codes: Sequence[str | None]) -> set[int]:
    """The rows whose code begins like none of this city's: other cities in the same file."""
    starts = [cell.replace(".", "")[:4] for cell in raw]
    home = {start for start, code in zip(starts, codes, strict=True) if code}
    return {row for row, start in enumerate(starts) if len(start) == 4 and start.isdigit() and start not in home}


def _renamed(book: AreaBook, codes: Sequence[str | None], names: list[str]) -> Iterable[Finding]:
    """Rows whose name is not that of their code; when most are, the codes are of another register."""
    pairs = [(code, name) for code, name in zip(codes, names, strict=True) if code and name]
    odd = [(code, name) for code, name in pairs if not _is_name_of(book, code, name)]
    for code, name in odd:
        official = book[code].name
        yield Finding(Kind.RENAMED, code, Text(f"{name} → {official}", f"{name} → {official}"))
    if len(odd) > len(pairs) / 2:
        said = Text("sebagian besar nama tidak sesuai kodenya", "most names do not fit their codes")
        yield Finding(Kind.MISNAMED, "", said)


def _is_name_of(book: AreaBook, code: str, name: str) -> bool:
    area = book[code]
    if area.parent == book.city.code:
        return book.match(None, name) == code
    return book.match(name, book[area.parent].name) == code


def _missing(book: AreaBook, level: str, shapes: dict[str, BaseGeometry]) -> Iterable[Finding]:
    for area in book.at(level):
        if area.code not in shapes:
            yield Finding(Kind.MISSING, area.code, Text(area.name, area.name))


# --- geometry ------------------------------------------------------------------------------------


def _polygons(geometry: BaseGeometry) -> BaseGeometry:
    """The polygons of a geometry alone: a repair may leave lines and points."""
    parts = [part for part in shapely.get_parts(geometry, return_index=False) if part.geom_type.endswith("Polygon")]
    return shapely.union_all(parts) if len(parts) > 1 else (parts[0] if parts else shapely.Polygon())


def _shapes(frame: gpd.GeoDataFrame, codes: Sequence[str | None]) -> tuple[dict[str, BaseGeometry], list[Finding]]:
    """Valid polygons by code, in the order of the codes; several rows of one code become one."""
    findings = []
    parts: dict[str, list[BaseGeometry]] = defaultdict(list)
    for row, (code, drawn) in enumerate(zip(codes, frame.geometry, strict=True)):
        if code is None:
            continue
        shape = _polygons(shapely.make_valid(shapely.force_2d(drawn))) if drawn is not None else shapely.Polygon()
        if shape.is_empty:
            findings.append(Finding(Kind.EMPTY, code, Text(f"baris {row + 1}", f"row {row + 1}")))
            continue
        if not drawn.is_valid:
            why = shapely.is_valid_reason(drawn)
            findings.append(Finding(Kind.REPAIRED, code, Text(why, why)))
        parts[code].append(shape)
    for code, count in sorted(Counter(code for code in codes if code).items()):
        if count > 1:
            findings.append(Finding(Kind.MERGED, code, Text(f"{count} baris menjadi satu", f"{count} rows into one")))
    return {code: shapely.union_all(parts[code]) for code in sorted(parts)}, findings


def _metric(shapes: dict[str, BaseGeometry]) -> gpd.GeoSeries:
    """The same polygons on an equal-area plane (m²)."""
    return gpd.GeoSeries(shapes, crs=WGS84).to_crs(EQUAL_AREA).make_valid()


def _overlaps(shapes: dict[str, BaseGeometry]) -> tuple[float, list[Finding]]:
    """The share of the whole area that two polygons claim, and the pairs where it is noticeable."""
    plane = _metric(shapes)
    left, right = plane.sindex.query(plane, predicate="intersects")
    left, right = left[left < right], right[left < right]
    shared = shapely.area(shapely.intersection(plane.values[left], plane.values[right]))
    smaller = np.minimum(plane.area.values[left], plane.area.values[right])
    codes = list(shapes)
    findings = []
    for a, b, share in zip(left, right, shared / smaller, strict=True):
        if share > NOTICEABLE:
            said = Text(f"{share:.1%} dengan {codes[b]}", f"{share:.1%} with {codes[b]}")
            findings.append(Finding(Kind.OVERLAP, codes[a], said))
    total = float(plane.area.sum())
    return (float(shared.sum()) / total if total else 0.0), findings


def _gaps(shapes: dict[str, BaseGeometry]) -> tuple[float, list[Finding]]:
    """Holes between the polygons, as a share of their whole area; a lake or a hole left by a row not matched."""
    if not shapes:
        return 0.0, []
    whole = shapely.union_all(_metric(shapes).values)
    holes = [shapely.Polygon(ring) for part in shapely.get_parts(whole) for ring in part.interiors]
    area = sum(hole.area for hole in holes)
    if not holes:
        return 0.0, []
    ha = f"{area / 10_000:,.1f} ha"
    said = Text(f"{len(holes)} lubang, {ha}", f"{len(holes)} holes, {ha}")
    return area / whole.area, [Finding(Kind.GAP, "", said)]


def _elsewhere(city: City, shapes: dict[str, BaseGeometry]) -> list[Finding]:
    """Polygons that do not lie around the centre of the city: another place."""
    around = shapely.convex_hull(shapely.union_all(list(shapes.values())))
    if not shapes or around.contains(shapely.Point(city.centre.lon, city.centre.lat)):
        return []
    place = "{:.2f}, {:.2f} … {:.2f}, {:.2f}".format(*around.bounds)
    said = Text(f"pusat kota di luar {place}", f"the centre of the city is outside {place}")
    return [Finding(Kind.ELSEWHERE, "", said)]


# --- writing -------------------------------------------------------------------------------------


def _write(report: Report, book: AreaBook, shapes: dict[str, BaseGeometry], into: Path, attribution: str) -> Report:
    """Write the level, and the kecamatan that follow from complete kelurahan."""
    layers = {report.level: shapes}
    if report.level == "kelurahan" and not report.of(Kind.MISSING):
        layers["kecamatan"] = _dissolved(shapes)
    into.mkdir(parents=True, exist_ok=True)
    written, tolerance = [], 0.0
    for level, polygons in layers.items():
        content, used = _light(polygons, book, attribution)
        path = into / f"{level}.geojson"
        fresh = path.with_suffix(".part")
        fresh.write_bytes(content)
        fresh.replace(path)
        written.append(path)
        tolerance = max(tolerance, used)
    return replace(report, written=tuple(written), tolerance=tolerance)


def _dissolved(shapes: dict[str, BaseGeometry]) -> dict[str, BaseGeometry]:
    parents = defaultdict(list)
    for code, shape in shapes.items():
        parents[code[:8]].append(shape)
    return {code: shapely.union_all(parts) for code, parts in parents.items()}


def _light(shapes: dict[str, BaseGeometry], book: AreaBook, attribution: str) -> tuple[bytes, float]:
    """The collection as GeoJSON, simplified just enough to be light; neighbours keep their common line."""
    polygons = list(shapes.values())
    for tolerance in TOLERANCES:
        drawn = shapely.coverage_simplify(polygons, tolerance) if tolerance else polygons
        content = collection(dict(zip(shapes, drawn, strict=True)), book, attribution)
        if len(content) <= SIZE_LIMIT:
            break
    return content, tolerance


def collection(shapes: dict[str, BaseGeometry], book: AreaBook, attribution: str) -> bytes:
    """GeoJSON of official boundaries, one feature a line, coordinates of 5 decimals (1 m)."""
    head = {"type": "FeatureCollection", "approximate": False, "attribution": attribution}
    lines = ",\n".join(_compact(_feature(book, code, shape)) for code, shape in shapes.items())
    return f'{_compact(head)[:-1]},"features":[\n{lines}\n]}}\n'.encode()


def _feature(book: AreaBook, code: str, shape: BaseGeometry) -> dict[str, object]:
    area = book[code]
    # Clockwise exterior rings: what the map draws on a sphere is to the right of a ring, else it fills the globe.
    rounded = shapely.transform(shape, lambda points: points.round(5))
    clean = shapely.orient_polygons(_polygons(shapely.make_valid(rounded)), exterior_cw=True)
    properties = {"code": code, "name": area.name, "parent": area.parent}
    return {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(clean))}


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# --- showing -------------------------------------------------------------------------------------


def show(report: Report, language: str = "id", console: Console | None = None) -> None:
    """Print the findings as a table, and what was written or what to do."""
    console = console or Console()
    table = Table("", *(text.say(language) for text in _HEADINGS), title=f"{report.path.name} → {report.city.name}")
    for finding in sorted(report.findings, key=lambda one: list(Kind).index(one.kind)):
        mark = "!" if finding.blocks else ""
        table.add_row(mark, TITLES[finding.kind].say(language), finding.about, finding.said.say(language))
    if report.findings:
        console.print(table)
    console.print(_summary(report).say(language), soft_wrap=True)
    for path in report.written:
        console.print(str(path), soft_wrap=True)


_HEADINGS = (Text("Temuan", "Finding"), Text("Kode/baris", "Code/row"), Text("Keterangan", "Detail"))


def _summary(report: Report) -> Text:
    shares = (f"{report.overlap_share:.2%}", f"{report.gap_share:.2%}")
    found = Text(
        f"{report.rows} baris, {report.matched} {report.level} cocok; tumpang tindih {shares[0]}, celah {shares[1]}. ",
        f"{report.rows} rows, {report.matched} {report.level} matched; overlap {shares[0]}, gaps {shares[1]}. ",
    )
    if report.written:
        done = Text("Batas resmi kini dipakai.", "The official boundaries are now in force.")
    else:
        done = Text(
            "Belum ditulis: perbaiki yang bertanda !, atau ulangi dengan --accept.",
            "Not written: correct what is marked !, or repeat with --accept.",
        )
    return Text(found.id + done.id, found.en + done.en)
