"""Deliveries as they came, kept before they are loaded: by their content, sealed, for the ETL's own user alone.

``<state>/raw/<city>/<source>/<sha256>.sealed`` holds, as Parquet under a seal, the text cells with their row numbers;
what the reader refused and noted stands in its metadata. The ledger's runs name the sha256 of what is under the seal.
"""

import datetime as dt
import hashlib
import io
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from etl.disk import FULL, MAKE_ROOM, full
from etl.errors import DiskFull, SourceError, Where
from etl.readers.delivery import REFUSED, Delivery
from etl.sealing import seal_file, unseal_file
from etl.source import Source
from etl.text import Text
from etl.warehouse import RUNS
from runner.state import private, state_dir

ASIDE = "pantau"  # the metadata's key
SUFFIX = ".sealed"


@dataclass(frozen=True)
class Kept:
    """A delivery in its file."""

    digest: str
    path: Path
    is_new: bool  # the same content was not there before


def folder(city: str, source: str = "") -> Path:
    """Where the deliveries of a city, or of one of its sources, are kept."""
    return state_dir() / "raw" / city / source


def keep(source: Source, delivery: Delivery) -> Kept | None:
    """Write a delivery to the disk, safe against a loss of power; None when there is nothing in it.

    Raises DiskFull, or SourceError when the folder cannot be written.
    """
    if not delivery.rows.height + delivery.refused.height:
        return None
    content = _packed(delivery)
    digest = hashlib.sha256(content).hexdigest()
    path = folder(source.city, source.name) / f"{digest}{SUFFIX}"
    try:
        return Kept(digest, path, _written(path, content))
    except OSError as error:
        raise _unkept(error, source, delivery) from error


def read(source: Source, digest: str, fresh_at: dt.datetime) -> Delivery | None:
    """A kept delivery; None when its time is over and it is gone."""
    path = folder(source.city, source.name) / f"{digest}{SUFFIX}"
    if not path.is_file():
        return None
    packed = _opened(path)
    aside = json.loads(pl.read_parquet_metadata(packed)[ASIDE])
    packed.seek(0)
    return Delivery(
        name=aside["name"],
        rows=pl.read_parquet(packed),
        cursor={},
        fresh_at=fresh_at,
        refused=pl.DataFrame(aside["refused"], schema=REFUSED, orient="row"),
        notes=tuple(Text(*note) for note in aside["notes"]),
    )


def every(of: Path) -> Iterator[pl.DataFrame]:
    """The rows of every kept delivery of a folder."""
    for path in of.glob(f"[!.]*{SUFFIX}"):
        with suppress(FileNotFoundError):  # its time was over just now
            yield pl.read_parquet(_opened(path))


def _opened(path: Path) -> io.BytesIO:
    return io.BytesIO(unseal_file(path.read_bytes()))


def drop_unnamed(connection: sa.Connection, kept: Kept, source: Source, city_code: str) -> None:
    """What no run names brought nothing that was not there: polls do not pile up files."""
    mine = sa.and_(RUNS.c.city_code == city_code, RUNS.c.source == source.name, RUNS.c.raw == kept.digest)
    with connection.begin():
        named = connection.scalar(sa.select(RUNS.c.run_id).where(mine).limit(1))
    if named is None:
        kept.path.unlink(missing_ok=True)


def expire(of: Path, before: dt.datetime) -> int:
    """Remove the files of a folder that were last delivered before a moment; how many they were."""
    old = [path for path in of.glob("*") if path.stat().st_mtime < before.timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _packed(delivery: Delivery) -> bytes:
    aside = {"name": delivery.name, "refused": delivery.refused.rows(), "notes": delivery.notes}
    packed = io.BytesIO()
    metadata = {ASIDE: json.dumps(aside, ensure_ascii=False)}
    delivery.rows.write_parquet(packed, compression="zstd", statistics=False, metadata=metadata)
    return packed.getvalue()


def _written(path: Path, content: bytes) -> bool:
    """Whether the content is new. The file is there with all of it or not at all."""
    private(path.parent)
    if path.exists():
        os.utime(path)
        return False
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(seal_file(content))
            file.flush()
            os.fsync(file.fileno())
        half.rename(path)
    finally:
        half.unlink(missing_ok=True)
    _sync(path.parent)
    return True


def _sync(of: Path) -> None:
    """So that the name of a new file is as safe as its content."""
    descriptor = os.open(of, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unkept(error: OSError, source: Source, delivery: Delivery) -> SourceError:
    where = Where(source.city, source.name, delivery.name)
    if error.errno in FULL:
        return DiskFull(full(state_dir()), MAKE_ROOM, where)
    at = folder(source.city, source.name)
    return SourceError(
        Text(f"tidak dapat disimpan di {at}: {error.strerror}", f"cannot be kept in {at}: {error.strerror}"),
        Text(
            "beri izin tulis kepada pengguna yang menjalankan ETL", "give the user that runs the ETL the right to write"
        ),
        where,
    )
