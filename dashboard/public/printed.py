"""What the releases on the shelf mean for an address: which are current, and which pages were printed with them."""

import os
import re
from collections.abc import Hashable
from pathlib import Path

from dashboard.public.answer import BR, GZIP, PLAIN, Answer, answer
from dashboard.static import FOREVER
from etl.bundle import CURRENT, Bundle, NoRelease, Shelf

NEWEST = "public, max-age=60, stale-while-revalidate=600"
CITY = re.compile(r"(?:/en)?/([a-z][a-z-]*)(?:/rilis/([1-9]\d{0,5}))?(?:/|$)")
PERMANENT = re.compile(r"/rilis/\d|^/static/")  # what has this in its address never changes
TWINS = {BR: ".br", GZIP: ".gz", PLAIN: ""}
HTML = "text/html; charset=utf-8"


class Printed:
    """The releases of a shelf, as far as they need no computing."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def state(self, path: str) -> Hashable:
        """What the answer at a path depends on: nothing, or which releases are the current ones."""
        if PERMANENT.search(path):
            return None
        root, city = self.shelf.root, CITY.match(path)
        own = _current(f"{root}/{city[1]}") if city else ""
        return own or tuple(_current(f"{root}/{one}") for one in _listed(root))

    def page(self, path: str, coding: str) -> Answer | None:
        """The page that was printed for a path, compressed as it lies there."""
        said = CITY.match(path)
        bundle = self._bundle(said[1], said[2]) if said else None
        if said is None or bundle is None:
            return None
        name, files = f"pages{path}.html", bundle.manifest.files
        if name not in files:
            return None
        there = coding if name + TWINS[coding] in files else PLAIN
        told = {"content-type": HTML, "cache-control": FOREVER if said[2] else NEWEST, "etag": f'"{files[name][:20]}"'}
        if there:
            told |= {"content-encoding": there, "etag": f'"{files[name][:20]}-{there}"'}
        return answer(200, told, (bundle.folder / (name + TWINS[there])).read_bytes(), coding)

    def _bundle(self, city: str, number: str | None) -> Bundle | None:
        try:
            return self.shelf.bundle(city, int(number) if number else None)
        except NoRelease:
            return None


# At every request: what pathlib does for these takes several times as long.


def _listed(root: Path) -> list[str]:
    try:
        return os.listdir(root)  # noqa: PTH208
    except FileNotFoundError:
        return []


def _current(folder: str) -> str:
    try:
        return os.readlink(f"{folder}/{CURRENT}")  # noqa: PTH115
    except OSError:
        return ""
