"""A file that is there whole or not at all, and stays when the power goes."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path


def put(path: Path, parts: Iterable[bytes], mode: int = 0o600) -> None:
    """Write a file under another name, then let it take this one's place."""
    half = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """So that the name of a new file is as safe as its content."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
