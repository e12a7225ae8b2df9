"""How long do the files of a big table take? 331 areas × 53 weeks × 4 categories, each format by itself and read back.

``python -m bench.open_data``
"""

import datetime as dt
import random
import tempfile
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

from bench.common import results
from dashboard.public.columns import Sheet
from dashboard.public.files import ARCHIVE, DATA, WRITERS, make
from dashboard.public.shapes import geojson, shapes_of
from etl.bundle import TABLES, Bundle, Flag, Row, Table, written
from etl.cities import load_city
from tests.public.bundles import ABOUTS, FIRST_DAY, Town, write

CITY, WEEKS = "banyumas", 53
AREAS = 331
HEADS = ("", "seconds", "bytes")


def main() -> None:
    """Measure, print, keep."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = _big(Path(folder) / "0001")
        sheet = Sheet(bundle, bundle.table(bundle.manifest.tables[0].name))
        shapes = shapes_of(load_city(CITY))
        assert shapes is not None
        rows = [_timed("rows", lambda: str(len(sheet.lines)).encode())]
        rows += [_timed(ending, lambda write=write: write(sheet)) for ending, write in WRITERS.items()]  # type: ignore[misc]
        rows.append(_timed(".geojson", lambda: geojson(sheet, shapes)))
        whole = _timed("make(), all files", lambda: _made(bundle))
    results.show(f"{len(sheet.lines):,} rows", HEADS, [*rows, whole])
    figure = f"open_data: {len(sheet.lines):,} rows in every format in {whole[1]} s"
    results.keep("open_data", figure, {"files": {row[0]: row[1:] for row in [*rows, whole]}})


def _big(folder: Path) -> Bundle:
    """A release with one table, made up."""
    write(Town(load_city(CITY)), 1, folder)
    about = msgspec.structs.replace(ABOUTS[3], step="week")
    dice = random.Random(7)
    manifest = Bundle(folder).manifest
    places = [place.code for place in manifest.places if place.level in ("kelurahan", "desa")][:AREAS]
    weeks = [(FIRST_DAY + dt.timedelta(7 * week)).isoformat() for week in range(WEEKS)]
    programmes = [*about.columns[2].words, "all"]
    rows = tuple(
        Row((place, week, programme, *_cells(dice)), (Flag.SHOWN, Flag.SHOWN))
        for place, week, programme in product(places, weeks, programmes)
    )
    (folder / TABLES / f"{about.name}.json").write_bytes(written(Table(about, rows)))
    (folder / "release.json").write_bytes(
        msgspec.json.encode(msgspec.structs.replace(manifest, tables=(about,), number=1))
    )
    return Bundle(folder)


def _cells(dice: random.Random) -> tuple[int, float]:
    people = 5 * dice.randint(2, 80)
    return people, 300_000.0 * people


def _made(bundle: Bundle) -> bytes:
    make(bundle)
    return (bundle.folder / DATA / ARCHIVE).read_bytes()


def _timed(name: str, do: Callable[[], bytes]) -> tuple[Any, ...]:
    begun = time.perf_counter()
    body = do()
    return name, f"{time.perf_counter() - begun:.2f}", f"{len(body):,}"


if __name__ == "__main__":
    main()
