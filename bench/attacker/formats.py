"""The same numbers in every file: a format that tells what its table hides would undo all of it."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from python_calamine import CalamineWorkbook

from etl.bundle import Bundle, Table

DATA = "data"
Record = dict[str, Any]


def differences(bundle: Bundle) -> int:
    """Cells of the files of a release that are not what the tables say. A release may have no files."""
    return sum(
        _differences(bundle.table(name), read(path))
        for name in bundle.tables
        for ending, read in READERS.items()
        if (path := bundle.folder / DATA / f"{name}{ending}").exists()
    )


def _differences(table: Table, records: Iterator[Record]) -> int:
    measures = [column.key for column in table.about.measures]
    wanted = {_key(table, record): [_plain(record[name]) for name in measures] for record in table.records}
    found = {_key(table, record): [_plain(record.get(name)) for name in measures] for record in records}
    wrong = sum(
        cell != there
        for key in wanted.keys() & found.keys()
        for cell, there in zip(wanted[key], found[key], strict=True)
    )
    return wrong + len(measures) * len({key for key in wanted.keys() ^ found.keys() if any(key)})


def _key(table: Table, record: Record) -> tuple[str, ...]:
    return tuple(str(record.get(name) or "")[:200] for name in table.about.key)


def _plain(cell: Any) -> float | str | None:
    if cell is None or cell == "":
        return None
    try:
        return float(cell)
    except ValueError:
        return str(cell)


def _csv(path: Path) -> Iterator[Record]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        yield from csv.DictReader(lines)


def _json(path: Path) -> Iterator[Record]:
    told = msgspec.json.decode(path.read_bytes())
    yield from told["records"]


def _parquet(path: Path) -> Iterator[Record]:
    yield from pl.read_parquet(path).iter_rows(named=True)


def _xlsx(path: Path) -> Iterator[Record]:
    head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    return (dict(zip(map(str, head), row, strict=True)) for row in rows)


READERS: dict[str, Callable[[Path], Iterator[Record]]] = {
    ".csv": _csv,
    ".json": _json,
    ".parquet": _parquet,
    ".xlsx": _xlsx,
}
