"""Secrets that Pantau makes for itself: kept in the state folder, outside database and repository."""

import json
import os
import secrets
from functools import cache
from pathlib import Path

from runner.state import private, state_dir


def _file(name: str) -> Path:
    return private(state_dir() / "keys") / name


def there(name: str) -> bool:
    """Whether a secret was given or made already."""
    return bool(os.environ.get(f"PANTAU_KEY_{name.upper()}")) or _file(f"{name}.json").exists()


def versioned(name: str, version: int) -> str:
    """The name under which a version of a secret is kept."""
    return name if version == 1 else f"{name}_{version}"


def newest(name: str) -> int:
    """The highest version of a secret that there is; the first is made when it is asked for."""
    version = 1
    while there(versioned(name, version + 1)):
        version += 1
    return version


@cache
def secret(name: str) -> str:
    """A lasting random secret (64 hex digits), made at first use; ``PANTAU_KEY_<NAME>`` wins.

    Two processes that ask at the same time get the same one: only the first can create the file.
    """
    if given := os.environ.get(f"PANTAU_KEY_{name.upper()}"):
        return given
    path = _file(f"{name}.json")
    fresh = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(secrets.token_hex(32)))
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass  # another process was first: its secret is the one
    finally:
        fresh.unlink()
    return str(json.loads(path.read_text()))
