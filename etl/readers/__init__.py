"""Readers: one module per access shape. They know no city and no dataset."""

from collections.abc import Iterator
from typing import Protocol

import polars as pl

from etl.access import Csv, Fixed, Folder, Json, JsonLines, Ods, Push, Rest, Sql, Xls, Xlsx, Xml
from etl.readers import csv, fixed, folder, json_files, push, rest, sql, workbook, xml
from etl.readers.delivery import Cursor, Delivery
from etl.source import Source

PROBE_ROWS = 50


class Access(Protocol):
    """What each module offers for its access shape."""

    def extract(self, source: Source, cursor: Cursor | None) -> Iterator[Delivery]:
        """What is new since the cursor."""

    def probe(self, source: Source, limit: int) -> pl.DataFrame:
        """The first rows, without a cursor."""


READERS: dict[type, Access] = {
    Csv: csv,
    Fixed: fixed,
    Xlsx: workbook,
    Xls: workbook,
    Ods: workbook,
    Json: json_files,
    JsonLines: json_files,
    Xml: xml,
    Rest: rest,
    Sql: sql,
    Push: push,
}


def extract(source: Source, cursor: Cursor | None) -> Iterator[Delivery]:
    """What is new since ``cursor`` (everything without one), as the source wrote it.

    A folder yields nothing when no file is new; REST and SQL then yield one delivery without
    rows, because to have asked is to know. Raises a SourceError; what was yielded before it is good.
    """
    yield from READERS[type(source.reader)].extract(source, cursor)


def probe(source: Source) -> pl.DataFrame:
    """The first rows (at most 50) as they are delivered, without a cursor; for ``etl check``."""
    return READERS[type(source.reader)].probe(source, PROBE_ROWS)


def probe_name(source: Source) -> str:
    """The name of what ``probe`` looks at: the newest file of a folder, else the source's own name."""
    return folder.newest_name(source) if isinstance(source.reader, Folder) else source.name
