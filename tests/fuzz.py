"""Damaged files over all file readers: ``python -m tests.fuzz [--count N] [--seed N]``; a short run is a test.

Every file is made from its number, so that a finding can be had again: ``--only NUMBER``. It must be
loaded or refused with a message that names it. Anything else ends the run, naming the number.
"""

import argparse
import faulthandler
import io
import os
import random
import resource
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from etl.access import Folder
from etl.errors import SourceError
from etl.readers import extract
from tests.readers import examples
from tests.readers.sources import drop, source

LONGEST_S, MOST_MB = 30, 1024
FORMATS = list(examples.FILES)
Make = Callable[[bytes, random.Random], bytes]


def _truncated(content: bytes, dice: random.Random) -> bytes:
    return content[: dice.randrange(len(content))]


def _flipped(content: bytes, dice: random.Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(dice.randint(1, 12)):
        damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
    return bytes(damaged)


def _spliced(content: bytes, dice: random.Random) -> bytes:
    """A piece of another file, or of this one, in the middle of it."""
    other = examples.FILES[dice.choice(FORMATS)][1]()
    start, at = dice.randrange(len(other)), dice.randrange(len(content))
    return content[:at] + other[start : start + dice.randint(1, 400)] + content[at + dice.choice((0, 0, 40)) :]


def _repeated(content: bytes, dice: random.Random) -> bytes:
    """A piece again and again: deep nesting, endless lines."""
    start = dice.randrange(len(content))
    end = min(start + dice.randint(1, 30), len(content))
    return content[:start] + content[start:end] * dice.choice((10, 1_000, 50_000)) + content[end:]


def _recoded(content: bytes, dice: random.Random) -> bytes:
    text = content.decode("latin-1").replace("Siti", "Siti Nur’aini é\0"[: dice.randint(4, 16)])
    return text.encode(dice.choice(("utf-16", "utf-16-be", "utf-32", "utf-8-sig", "cp1252", "cp037")), errors="replace")


def _noise(content: bytes, dice: random.Random) -> bytes:
    return content[: dice.randrange(40)] + dice.randbytes(dice.choice((0, 1, 100, 5_000)))


BOMBS: list[Callable[[], bytes]] = [
    lambda: b"[" * 200_000,
    lambda: b'{"a":' * 100_000,
    lambda: b"<laporan>" * 100_000,
    lambda: b"<!DOCTYPE a [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><laporan><baris>&b;</baris></laporan>",
    lambda: b'NO,NAMA,NIK,NILAI\n1,"' + b"\n" * 3_000_000,
    lambda: b"NO,NAMA,NIK,NILAI\n" + b"," * 2_000_000,
    lambda: b"NO,NAMA,NIK,NILAI\n" + b"1\n" * 65_535,
    lambda: b"NO,NAMA,NIK,NILAI" + b",a" * 400_000,
    lambda: b"".join(b'{"a%d":1}\n' % number for number in range(20_000)),
    lambda: b"<laporan>" + b"".join(b"<baris a%d='1'/>" % number for number in range(20_000)) + b"</laporan>",
    lambda: examples.zipped(b"0" * 30_000_000, "xl/worksheets/sheet1.xml"),
    examples.xlsx_far_apart,
    lambda: examples.ods_bytes(examples.ODS_ENDLESS),
]


def _bomb(_: bytes, dice: random.Random) -> bytes:
    return dice.choice(BOMBS)()


MUTATIONS: dict[str, tuple[Make, int]] = {
    "truncated": (_truncated, 20),
    "bits flipped": (_flipped, 30),
    "spliced": (_spliced, 20),
    "repeated": (_repeated, 10),
    "other encoding": (_recoded, 8),
    "noise": (_noise, 8),
    "bomb": (_bomb, 4),
}
PACKERS = {"gz": examples.gzipped, "zip": examples.zipped}


@dataclass
class Seen:
    """What became of the files, by format; the slowest one."""

    loaded: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    slowest: int = -1


def one(number: int, seed: int, folder: Path, seen: Seen) -> None:
    """Make one file, read it, and count what became of it."""
    dice = random.Random(f"{seed}/{number}")
    kind = FORMATS[number % len(FORMATS)]
    said, content = examples.FILES[kind]
    mutation = dice.choices(list(MUTATIONS), [weight for _, weight in MUTATIONS.values()])[0]
    damaged = _damaged(content(), MUTATIONS[mutation][0], dice)
    compression = dice.choice(("", "", "", "", "gz", "zip"))
    packed = PACKERS[compression](damaged) if compression else damaged
    if compression and packed and dice.random() < 0.5:
        packed = _flipped(packed, dice)
    name = f"{kind.__name__}-{mutation.replace(' ', '-')}"
    drop(folder / name, packed)
    started = time.monotonic()
    with _no_longer(f"{number} ({name})"):
        outcome = _read(kind(path=str(folder), compression=compression, **said), name)
    took = time.monotonic() - started
    if took > seen.slowest_s:
        seen.slowest_s, seen.slowest = took, number
    (seen.loaded if outcome else seen.refused)[kind.__name__] += 1
    (folder / name).unlink()


def _damaged(content: bytes, mutate: Make, dice: random.Random) -> bytes:
    """A packed workbook is damaged from outside, or within one of its parts and packed again."""
    if not content.startswith(b"PK") or dice.random() < 0.4:
        return mutate(content, dice)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = dice.choice([name for name, part in parts.items() if part])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, plain in parts.items():
            archive.writestr(part, mutate(plain, dice) if part == name else plain)
    return packed.getvalue()


@contextmanager
def _no_longer(what: str) -> Iterator[None]:
    """A hang ends the run with where it hangs; a crash says in which file."""
    faulthandler.dump_traceback_later(LONGEST_S, exit=True)
    well = False
    try:
        yield
        well = True
    finally:
        faulthandler.cancel_dump_traceback_later()
        if not well:
            print(f"✗ {what}", file=sys.stderr)


def _read(reader: Folder, name: str) -> bool:
    error = _refusal(reader)
    if error:
        assert error.where.file == name and name in str(error)
        assert error.action.id and error.action.en
    return error is None


def _refusal(reader: Folder) -> SourceError | None:
    try:
        list(extract(source(reader, *examples.NAMES), None))
    except SourceError as error:
        return error
    return None


def peak_mb() -> int:
    """The most memory that this process or one that it started has used."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024


def run(numbers: range, seed: int) -> Seen:
    """Read all these files."""
    seen = Seen()
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            one(number, seed, Path(folder), seen)
    return seen


def main() -> int:
    """The long run: a table, and one line that sums it up."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    said = parser.parse_args()
    numbers = range(said.count) if said.only is None else range(said.only, said.only + 1)
    with tempfile.TemporaryDirectory() as state:
        os.environ["PANTAU_STATE"] = state
        seen = run(numbers, said.seed)
    table = Table("format", "loaded", "refused")
    for kind in FORMATS:
        table.add_row(kind.__name__, str(seen.loaded[kind.__name__]), str(seen.refused[kind.__name__]))
    Console().print(table)
    good = peak_mb() < MOST_MB
    print(
        f"fuzz: {len(numbers):,} files, {seen.loaded.total():,} loaded, {seen.refused.total():,} refused by name, "
        f"0 crashes, slowest {seen.slowest_s:.1f} s (file {seen.slowest}), peak {peak_mb()} MB {'✓' if good else '✗'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
