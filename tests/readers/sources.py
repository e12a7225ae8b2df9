"""Sources for the readers' tests, and files as they lie in a folder that nobody writes to any more."""

import io
import os
from pathlib import Path

import msgspec

from etl.access import Reader
from etl.errors import Where
from etl.readers.delivery import Table
from etl.readers.folder import SLICE, Parse
from etl.readers.spool import Spool
from etl.source import Source
from etl.text import Text


def source(reader: Reader, *headers: str, **more: object) -> Source:
    """A source that maps each of ``headers`` to a column of the same name."""
    plain = Source(
        dataset="things",
        app="App",
        title=Text("Benda", "Things"),
        owner="Dinas",
        licence="CC BY 4.0",
        cadence_s=60,
        promise_s=600,
        reader=reader,
        columns={header: header for header in headers},
        city="kota",
        name="sumber",
    )
    return msgspec.structs.replace(plain, **more)


def whole(parse: Parse, data: bytes, of: Source, where: Where) -> Table:
    """What a parser makes of a file, all of it."""
    with Spool(SLICE) as parts:
        for table in parse(io.BytesIO(data), of, where):
            parts.keep(table)
        return parts.whole()


def drop(path: Path, content: bytes | str, age_s: float = 3600) -> Path:
    """Write a file that was last changed ``age_s`` ago."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return aged(path, age_s)


def aged(path: Path, age_s: float) -> Path:
    changed = path.stat().st_ctime_ns - int(age_s * 10**9)
    os.utime(path, ns=(changed, changed))
    return path
