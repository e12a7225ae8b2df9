"""A release for programs that read Frictionless: a Table Schema for each table, a Data Package for all of them."""

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from dashboard.public import described
from dashboard.public.columns import Field, fields, words_of
from etl.bundle import About, Bundle, Kind, Manifest
from etl.text import Text

AREA_CODE = r"[0-9]{2}\.[0-9]{2}(?:\.[0-9]{2}(?:\.[12][0-9]{3})?)?"
MEDIA_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".parquet": "application/vnd.apache.parquet",
    ".geojson": "application/geo+json",
    ".zip": "application/zip",
}
Told = dict[str, Any]


def table_schema(about: About) -> Told:
    """The columns of a table's CSV, with their flags, and the standard of Satu Data beside each."""
    return {
        "fields": [_field(about, field) for field in fields(about)],
        "primaryKey": list(about.key),
        "missingValues": [""],
    }


def _field(about: About, field: Field) -> Told:
    told = described.field_told(about, field)
    return {
        "name": field.name,
        "type": told.type,
        **both("title", field.title),
        **both("description", field.meaning),
        "constraints": dict(_constraints(about, field)),
        "satuData": told.standard,
    }


def _constraints(about: About, field: Field) -> Iterator[tuple[str, Any]]:
    yield "required", described.is_required(about, field)
    if values := list(words_of(field)):
        yield "enum", values
    if field.column.kind is Kind.AREA and not field.beside:
        yield "pattern", AREA_CODE


def both(name: str, text: Text) -> Told:
    """A text in Indonesian, and in English beside it."""
    return {name: text.id, f"{name}_en": text.en}


def data_package(bundle: Bundle, data: Path) -> Told:
    """What lies in the folder ``data`` of a release."""
    manifest = bundle.manifest
    return {
        "profile": "tabular-data-package",
        "name": f"{manifest.city}-{manifest.number}".replace("_", "-"),
        "id": f"{manifest.city}/{manifest.number}",
        **both("title", Text(f"Data terbuka {manifest.city_name}", f"Open data of {manifest.city_name}")),
        "version": str(manifest.number),
        "created": manifest.made_at,
        "licenses": [licence(manifest)],
        "contributors": [{"title": manifest.custodian, "role": "publisher"}],
        "simulated": manifest.simulated,
        "resources": [_resource(bundle, about, data) for about in manifest.tables],
    }


def _resource(bundle: Bundle, about: About, data: Path) -> Told:
    manifest = bundle.manifest
    sources = described.sources_of(manifest, about)
    rows = bundle.table(about.name).rows
    return {
        "profile": "tabular-data-resource",
        "name": about.name,
        **_file(data / f"{about.name}.csv"),
        "encoding": "utf-8",
        **both("title", about.title),
        **both("description", described.description(about)),
        **both("citation", described.citation(manifest, about)),
        "licenses": [licence(manifest)],
        "sources": [{"title": source.owner, "name": source.name} for source in sources],
        "fresh_at": described.fresh_at(sources),
        "rows": len(rows),
        "periods": _periods(bundle, about),
        "others": [_file(path) for path in _others(data, about.name)],
        "schema": f"{about.name}.schema.json",
    }


def _file(path: Path) -> Told:
    body = path.read_bytes()
    return {
        "path": path.name,
        "format": path.suffix[1:],
        "mediatype": MEDIA_TYPES[path.suffix],
        "bytes": len(body),
        "hash": f"sha256:{sha256(body).hexdigest()}",
    }


def _others(data: Path, name: str) -> Iterator[Path]:
    """The files of a table besides its CSV and its schema."""
    return (path for ending in MEDIA_TYPES if ending != ".csv" and (path := data / f"{name}{ending}").is_file())


def _periods(bundle: Bundle, about: About) -> list[str]:
    """The first and the last period of a table; empty for one that tells a state."""
    at = next((number for number, column in enumerate(about.columns) if column.kind is Kind.PERIOD), None)
    told = sorted({str(row.values[at]) for row in bundle.table(about.name).rows}) if at is not None else []
    return [told[0], told[-1]] if told else []


def licence(manifest: Manifest) -> Told:
    """The licence of a release, with an address where it is a known one."""
    name = re.sub(r"\s+", "-", manifest.licence)
    known = described.LICENCES.get(manifest.licence)
    return {"name": name, "title": manifest.licence} | ({"path": known} if known else {})
