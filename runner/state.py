"""The state folder: everything that a running Pantau writes, outside the checkout."""

import hashlib
import os
from pathlib import Path

from etl.errors import PantauError

CHECKOUT = Path(__file__).resolve().parent.parent


def state_dir() -> Path:
    """The state folder, made when it is missing.

    As root it may be traversed by others (0711), because PostgreSQL in it runs as an
    unprivileged user; otherwise it is its owner's alone (0700).

    Raises:
        PantauError: the folder cannot be made or written.
    """
    folder = Path(os.environ.get("PANTAU_STATE") or _default()).absolute()
    if not folder.is_dir():
        _make(folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unusable(folder)
    return folder


def private(folder: Path) -> Path:
    """The folder, made when it is missing: it and what had to be made above it are their owner's alone (0700).

    ``mkdir(mode=…, parents=True)`` gives its mode to the last folder only: the others could be read by everybody.
    """
    if not folder.is_dir():
        private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _default() -> Path:
    digest = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]
    name = f"{CHECKOUT.name}-{digest}"
    root = Path("/var/lib/pantau") if os.geteuid() == 0 else Path.home() / ".local" / "state" / "pantau"
    return root / name


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Not by mkdir's mode: the umask would narrow it.
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise _unusable(folder) from error


def _unusable(folder: Path) -> PantauError:
    return PantauError(
        f"Folder keadaan {folder} tidak dapat dibuat atau ditulisi; setel PANTAU_STATE ke folder lain. | "
        f"The state folder {folder} cannot be made or written; set PANTAU_STATE to another folder."
    )
