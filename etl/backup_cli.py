"""The commands ``backup`` and ``restore``."""

import argparse
import sys
from pathlib import Path

from etl import backup as backups


def add_arguments(makes: argparse.ArgumentParser, brings: argparse.ArgumentParser) -> None:
    """What can be said to both."""
    for parser in (makes, brings):
        parser.add_argument("folder", type=Path, help="folder cadangan | folder of back-ups")
        parser.add_argument("--keys", type=Path, help="folder lain untuk kunci | another folder, for the keys")
    makes.add_argument("--keep", type=int, default=0, help="sebanyak ini yang disimpan, 0 semua | so many stay; 0: all")


def backup(said: argparse.Namespace) -> int:
    """Make one."""
    made = backups.backup(said.folder, said.keys, said.keep)
    size = sum(path.stat().st_size for path in made.iterdir()) / 1024**2
    print(f"cadangan | back-up: {made} ({size:.0f} MB)")
    if not said.keys:
        print("kunci tidak ikut: cadangkan terpisah | keys are not in it: keep them apart (--keys)", file=sys.stderr)
    return 0


def restore(said: argparse.Namespace) -> int:
    """Bring one back."""
    told = backups.restore(said.folder, said.keys)
    print(f"dipulihkan | restored: {told.made_at:%F %T} UTC, {told.runs} baris buku besar | lines of the ledger")
    return 0
