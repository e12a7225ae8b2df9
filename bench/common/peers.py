"""What stands beside ours: libraries in a folder of their own, programs in environments, made once and kept."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from runner.state import state_dir

BENCH = Path(__file__).resolve().parent.parent
WANTED, LOCKED = BENCH / "requirements.txt", BENCH.parent / "requirements.txt"


def installed() -> Path:
    """The folder for ``PYTHONPATH``; another one when a version changes."""
    wanted = hashlib.sha256(WANTED.read_bytes() + LOCKED.read_bytes()).hexdigest()[:12]
    folder = state_dir() / "bench-peers" / wanted
    ready = folder / ".ready"
    if not ready.exists():
        print(f"▶ {WANTED.relative_to(BENCH.parent)} → {folder}", flush=True)
        said = ["--quiet", "--target", str(folder), "--requirements", str(WANTED), "--constraints", str(LOCKED)]
        subprocess.run([sys.executable, "-m", "uv", "pip", "install", *said], check=True)
        ready.touch()
    return folder


class NoPeer(Exception):
    """A peer that cannot be had here, with the reason."""


def environment(name: str) -> Path:
    """The Python of the environment of ``bench/peers/<name>.txt``, outside the checkout. Raises NoPeer."""
    wanted = BENCH / "peers" / f"{name}.txt"
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()[:12]
    folder = _cache() / f"{name}-{digest}"
    if not (folder / ".ready").exists():
        print(f"▶ {wanted.relative_to(BENCH.parent)} → {folder}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        _uv("venv", "--quiet", "--python", sys.executable, str(folder))
        _uv("pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), "--requirements", str(wanted))
        (folder / ".ready").touch()
    return folder / "bin" / "python"


def _cache() -> Path:
    folder = os.environ.get("PANTAU_BENCH_PEERS") or Path.home() / ".cache" / "pantau-bench-peers"
    return Path(folder)


def _uv(*arguments: str) -> None:
    said = subprocess.run([sys.executable, "-m", "uv", *arguments], capture_output=True, text=True, check=False)
    if said.returncode:
        raise NoPeer(" ".join(said.stderr.split())[-300:])
