"""Rows that other systems send us: files of JSON lines in the inbox of their source."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import polars as pl

from etl import inbox
from etl.access import JsonLines
from etl.readers import json_files
from etl.readers.delivery import Cursor, Delivery
from etl.source import Source

KEPT_S = 24 * 3600  # so long an idempotency key is remembered


def extract(source: Source, cursor: Cursor | None) -> Iterator[Delivery]:
    """A delivery for each push that has not been loaded yet."""
    there = inbox.folder(source)
    _clear(there, set((cursor or {}).get("files", {})))
    yield from json_files.extract(_in(there, source), cursor)


def probe(source: Source, limit: int) -> pl.DataFrame:
    """The rows of the latest push."""
    return json_files.probe(_in(inbox.folder(source), source), limit)


def _in(there: Path, source: Source) -> Source:
    return msgspec.structs.replace(source, reader=JsonLines(path=str(there), pattern=f"*{inbox.SUFFIX}"))


def _clear(there: Path, loaded: set[str]) -> None:
    """What the warehouse has said that it holds may go, and what a crash left half-written."""
    before = time.time() - KEPT_S
    for path in there.iterdir():
        if (path.name in loaded or path.name.startswith(".")) and path.stat().st_mtime < before:
            path.unlink()
