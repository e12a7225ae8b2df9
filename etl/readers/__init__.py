"""Readers: one module per access shape. They know no city and no dataset."""

from collections.abc import Iterator
from typing import Protocol

import polars as pl

from etl.readers import csv, folder, rest, sql, xlsx
from etl.readers.delivery import Cursor, Delivery
from etl.source import Csv, Folder, Rest, Source, Sql, Xlsx

PROBE_ROWS = 50


class Access(Protocol):
    """What each module offers for its access shape."""

    def extract(self, source: Source, cursor: Cursor | None) -> Iterator[Delivery]:
        """What is new since the cursor."""

    def probe(self, source: Source, limit: int) -> pl.DataFrame:
        """The first rows, without a cursor."""


READERS: dict[type, Access] = {Csv: csv, Xlsx: xlsx, Rest: rest, Sql: sql}


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
    return folder.settled(source)[-1].name if isinstance(source.reader, Folder) else source.name
