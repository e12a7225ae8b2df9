"""Every format read back as rows, by other programs than those that wrote it; a CSV held against its schema."""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq

from dashboard.public import files
from etl.bundle import Bundle

Records = list[dict[str, Any]]


def from_csv(path: Path) -> Records:
    """The rows of a CSV, an empty cell as None, numbers as numbers."""
    text = path.read_bytes().decode("utf-8-sig")
    return [{key: number(cell) for key, cell in row.items()} for row in csv.DictReader(io.StringIO(text, newline=""))]


def number(cell: str) -> Any:
    """A cell as what it says."""
    try:
        return float(cell) if cell else None
    except ValueError:
        return cell.removeprefix("'")


def from_json(path: Path) -> Records:
    records: Records = json.loads(path.read_bytes())["records"]
    return records


def from_xlsx(path: Path) -> Records:
    """The rows of the first sheet; days as they are written elsewhere."""
    book = openpyxl.load_workbook(path, read_only=True)
    heads, *lines = book.worksheets[0].iter_rows(values_only=True)
    return [dict(zip(map(str, heads), map(as_day, line), strict=True)) for line in lines]


def from_parquet(path: Path) -> Records:
    return [{key: as_day(cell) for key, cell in row.items()} for row in pq.read_table(path).to_pylist()]


def as_day(cell: Any) -> Any:
    return cell.isoformat()[:10] if isinstance(cell, dt.date) else cell


READERS: Mapping[str, Callable[[Path], Records]] = {
    "csv": from_csv,
    "json": from_json,
    "xlsx": from_xlsx,
    "parquet": from_parquet,
}


def plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """A row in which a code and a number that look the same are the same."""
    return {key: number(value) if isinstance(value, str) else value for key, value in record.items()}


CHECKS: Mapping[str, Callable[[str], Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "date": dt.date.fromisoformat,
}


def check_schema(bundle: Bundle, name: str) -> None:
    """Hold the CSV of a table against its Table Schema: heads, types, what is required, few values, keys."""
    data = bundle.folder / files.DATA
    schema = json.loads((data / f"{name}.schema.json").read_bytes())
    rows = list(csv.DictReader(io.StringIO((data / f"{name}.csv").read_text("utf-8-sig"), newline="")))
    assert list(rows[0]) == [field["name"] for field in schema["fields"]]
    for field in schema["fields"]:
        cells = [row[field["name"]] for row in rows]
        there = [cell for cell in cells if cell not in schema["missingValues"]]
        assert len(there) == len(cells) or not field["constraints"]["required"], (name, field["name"])
        assert set(there) <= set(field["constraints"].get("enum", there)), (name, field["name"])
        for cell in there:
            CHECKS[field["type"]](cell)
    keys = [tuple(row[key] for key in schema["primaryKey"]) for row in rows]
    assert len(set(keys)) == len(keys), name
