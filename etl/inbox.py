"""Where pushed rows wait: one file a delivery, on disk before anybody is told that we have it."""

import hashlib
import os
import secrets
import time
from pathlib import Path

from etl.errors import OtherContent
from etl.source import Source
from runner.state import private, state_dir

SUFFIX = ".jsonl"


def folder(source: Source) -> Path:
    """The folder of one source, made when it is missing."""
    path = state_dir() / "inbox" / source.city / source.name
    if not path.is_dir():
        private(path)
        for parent in (path.parent, path.parent.parent, path.parent.parent.parent):
            _sync(parent)
    return path


def keep(source: Source, lines: bytes, key: str) -> str:
    """Store one delivery and return its name; when this returns, it outlives a power cut.

    The name comes from the idempotency key, if there is one: the same key again stores nothing.
    Raises OtherContent when it came with other rows.
    """
    there = folder(source)
    name = hashlib.sha256(key.encode()).hexdigest()[:32] if key else f"{time.time_ns()}-{secrets.token_hex(4)}"
    final, part = there / f"{name}{SUFFIX}", there / f".{secrets.token_hex(8)}.part"
    try:
        _write(part, lines)
        os.link(part, final)  # never over a file that is there
    except FileExistsError as error:
        if final.read_bytes() != lines:
            raise OtherContent(name) from error
    finally:
        part.unlink(missing_ok=True)
    _sync(there)
    return name


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    """A new name in a folder is on disk only when the folder is."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
