"""The files of a release, made once when it is staged: every table in every format, and all of it in one archive.

``data/<table>.csv|.json|.xlsx|.parquet|.geojson|.schema.json``, ``data/datapackage.json``, ``data/all.zip``. The same
release makes the same bytes: whatever carries a time carries that of the release.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from dashboard.format import moment
from dashboard.public import described
from dashboard.public.columns import FLAGS, Beside, Field, Sheet, comma_separated
from dashboard.public.package import data_package, table_schema
from dashboard.public.shapes import geojson, shapes_of
from dashboard.sheets import Column as SheetColumn
from dashboard.sheets import xlsx
from etl.bundle import CORRECTIONS, Bundle, Kind
from etl.cities import load_city
from etl.text import Text

DATA, PACKAGE, ARCHIVE = "data", "datapackage.json", "all.zip"
IN_ARCHIVE = (".csv", ".geojson", ".schema.json", PACKAGE)  # the others say the same once more
SHEET = {
    Kind.COUNT: "count",
    Kind.RUPIAH: "rupiah",
    Kind.PERCENT: "percent",
    **dict.fromkeys((Kind.RATE, Kind.MINUTES, Kind.HOURS), "number"),
    **dict.fromkeys((Kind.PERIOD, Kind.DATE), "date"),
}


def make(bundle: Bundle) -> None:
    """Write the files of every table into the folder of a staged release."""
    data = bundle.folder / DATA
    data.mkdir()
    shapes = shapes_of(load_city(bundle.manifest.city))
    for name in bundle.tables:
        sheet = Sheet(bundle, bundle.table(name))
        for ending, write in WRITERS.items():
            (data / f"{name}{ending}").write_bytes(write(sheet))
        if shapes and sheet.has_areas:
            (data / f"{name}.geojson").write_bytes(geojson(sheet, shapes))
    (data / PACKAGE).write_bytes(_formatted(data_package(bundle, data)))
    (data / ARCHIVE).write_bytes(_archive(bundle, data))


def _csv(sheet: Sheet) -> bytes:
    return comma_separated(sheet.fields, sheet.lines).encode()


def _json(sheet: Sheet) -> bytes:
    manifest = sheet.bundle.manifest
    told = {
        "city": manifest.city,
        "release": manifest.number,
        "made_at": manifest.made_at,
        "as_of": manifest.as_of,
        "simulated": manifest.simulated,
        "table": described.table_told(manifest, sheet.about),
        "records": list(sheet.records),
    }
    return msgspec.json.encode(told)


def _schema(sheet: Sheet) -> bytes:
    return _formatted(table_schema(sheet.about))


def _formatted(told: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(told)) + b"\n"


# XLSX


def _xlsx(sheet: Sheet) -> bytes:
    columns = [SheetColumn(field.name, _kind(field)) for field in sheet.fields]
    return xlsx(sheet.about.name, columns, sheet.lines, list(_notes(sheet)), sheet.bundle.manifest.made_at)


def _kind(field: Field) -> str:
    return "text" if field.beside else SHEET.get(field.column.kind, "text")


def _notes(sheet: Sheet) -> Iterator[tuple[str, str]]:
    """What a reader of the workbook has to know, in one language after the other."""
    for language in ("id", "en"):
        for head, says in _noted(sheet):
            yield head.say(language), says.say(language)
        yield "", ""


def _noted(sheet: Sheet) -> Iterator[tuple[Text, Text]]:
    manifest, about = sheet.bundle.manifest, sheet.about
    told = described.table_told(manifest, about)
    if manifest.simulated:
        yield described.SIMULATED, Text("Angka dari sistem tiruan", "Figures of simulated systems")
    yield Text("Tabel", "Table"), about.title
    yield Text("Arti", "Definition"), described.description(about)
    yield Text("Satu baris", "One row"), about.grain
    yield Text("Batasan", "Limits"), about.limits
    yield Text("Diketahui sampai", "Known up to"), _when(sheet, manifest.as_of)
    yield Text("Produsen data", "Producer"), _same("; ".join(told.producers))
    yield Text("Walidata", "Custodian"), _same(manifest.custodian)
    yield Text("Lisensi", "Licence"), _same(manifest.licence)
    yield Text("Cara mengutip", "Citation"), described.citation(manifest, about)
    for field in sheet.fields:
        yield _same(field.name), _explained(field)
    if any(field.beside is Beside.FLAG for field in sheet.fields):
        for flag, says in FLAGS.items():
            yield _same(flag), says


def _same(word: str) -> Text:
    return Text(word, word)


def _when(sheet: Sheet, at: Any) -> Text:
    return Text(*(moment(at, sheet.bundle.manifest.zone, language) for language in ("id", "en")))


def _explained(field: Field) -> Text:
    """Title, meaning, unit, formula, and what the values of a category are called."""
    called = [Text(f"{value} = {title.id}", f"{value} = {title.en}") for value, title in field.column.words.items()]
    formula = Text("", "") if field.beside else field.column.formula
    parts = [field.title, field.meaning, field.unit, formula, *([] if field.beside else called)]
    return Text(*("; ".join(part.say(language) for part in parts if any(part)) for language in ("id", "en")))


# The archive


def _archive(bundle: Bundle, data: Path) -> bytes:
    """What a reader needs to have all of a release: the tables as CSV, their outlines, what they mean, corrections."""
    out = io.BytesIO()
    inside = [path for path in sorted(data.iterdir()) if path.name.endswith(IN_ARCHIVE)]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in [*inside, bundle.folder / CORRECTIONS]:
            about = zipfile.ZipInfo(path.name, bundle.manifest.made_at.timetuple()[:6])
            about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(about, path.read_bytes())
    return out.getvalue()


def _parquet(sheet: Sheet) -> bytes:
    from dashboard.public.parquet import parquet  # the site answers with files that were made before

    return parquet(sheet)


WRITERS: dict[str, Callable[[Sheet], bytes]] = {
    ".csv": _csv,
    ".json": _json,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
    ".schema.json": _schema,
}
