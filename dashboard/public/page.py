"""A public page declared once: one question, several figures. A page is a file of ``pages/public``, and no more."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dashboard.public.sight import Figure
from dashboard.public.view import View
from etl.text import Text

FOLDER = Path(__file__).parents[2] / "pages" / "public"


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page. ``tells`` adds what its template wants besides figures."""

    slug: str  # its last part of the address; empty for the start
    order: int
    title: Text
    question: Text
    figures: tuple[Figure, ...] = ()
    template: str = "page.html"
    form: str = ""  # of ``dashboard.public.aid``: what readers ask next, in the cities that have it
    tells: Callable[[View], Mapping[str, Any]] | None = None

    def figure(self, name: str) -> Figure | None:
        """The figure of that name, if this page has it."""
        return next((figure for figure in self.figures if figure.id == name), None)


@cache
def pages() -> dict[str, Page]:
    """Every page by its slug, in the order of the navigation. Raises ValueError where two share a slug or a figure."""
    found = [importlib.import_module(f"pages.public.{path.stem}").PAGE for path in sorted(FOLDER.glob("*.py"))]
    ordered = {page.slug: page for page in sorted(found, key=lambda page: page.order)}
    figures = [figure.id for page in found for figure in page.figures]
    if len(ordered) < len(found) or len(set(figures)) < len(figures):
        raise ValueError("two public pages share a slug, or two figures a name")
    return ordered


def figure_named(name: str) -> tuple[Page, Figure] | None:
    """A figure, and the page that it stands on."""
    return next(((page, found) for page in pages().values() if (found := page.figure(name))), None)
