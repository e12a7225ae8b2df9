"""The libraries of the loaders that stand beside ours: in a folder of their own, made once and kept."""

import hashlib
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
