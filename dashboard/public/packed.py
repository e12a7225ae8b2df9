"""Every text of a release also as Brotli and gzip beside it, made once: whoever serves it compresses nothing."""

import gzip
from pathlib import Path

import brotli

from etl.bundle import TABLES, Bundle

TEXTS = {".csv", ".json", ".geojson", ".html", ".svg", ".xml", ".txt"}
CODINGS = {"br": ".br", "gzip": ".gz"}  # in the order of preference
LEAST = 1000  # bytes; less does not get smaller


def make(bundle: Bundle) -> None:
    """Compress what the other makers have written into the folders of a staged release."""
    for path in sorted(bundle.folder.glob("*/**/*")):
        if path.suffix in TEXTS and path.stat().st_size >= LEAST and TABLES not in path.parts:
            body = path.read_bytes()
            _beside(path, ".br").write_bytes(brotli.compress(body, quality=9))
            _beside(path, ".gz").write_bytes(gzip.compress(body, 9, mtime=0))


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
