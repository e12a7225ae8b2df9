"""What the figures mean: every measure of a release once, with the tables that it stands in, and its sources."""

from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from dashboard import format as fmt
from dashboard.dictionary import DIRECTIONS
from dashboard.indicator import Better, Unit
from dashboard.public.address import whole
from dashboard.public.described import sources_of
from dashboard.public.exhibit import anchor, files
from dashboard.public.metadata import markup
from dashboard.public.reading import unit_of
from dashboard.public.view import View
from etl.bundle import About, Column, Source
from etl.text import Text


@dataclass(frozen=True)
class Definition:
    """One measure: what it is, and every table that holds it."""

    id: str
    column: Column
    tables: tuple[About, ...]

    @property
    def unit(self) -> Unit:
        return unit_of(self.column)

    @property
    def direction(self) -> Text:
        return DIRECTIONS[Better(self.column.better)]


@dataclass(frozen=True)
class Entry:
    """A table in the catalogue."""

    about: About
    rows: int
    files: tuple[tuple[str, str, str], ...]  # format, address, size
    sources: tuple[Source, ...]
    markup: Markup  # what search engines read of it


def definitions(view: View) -> list[tuple[str, list[Definition]]]:
    """The measures of a release by subject."""
    found: dict[str, tuple[Column, list[About]]] = {}
    for about in view.manifest.tables:
        for column in about.measures:
            found.setdefault(anchor(about.name, column), (column, []))[1].append(about)
    made = [Definition(key, column, tuple(tables)) for key, (column, tables) in found.items()]
    return [(subject, list(group)) for subject, group in groupby(made, key=lambda one: one.tables[0].subject)]


def catalogue(view: View) -> list[Entry]:
    """Every table of a release, with its files."""
    return [
        Entry(
            about,
            len(view.bundle.table(about.name).rows),
            tuple((kind, address, _size(view, about.name, kind)) for kind, address in files(view, about.name)),
            sources_of(view.manifest, about),
            markup(whole(""), view.bundle, about, view.address.language),
        )
        for about in view.manifest.tables
    ]


def _size(view: View, table: str, kind: str) -> str:
    size = (view.bundle.folder / "data" / f"{table}.{kind}").stat().st_size
    return f"{fmt.number(max(1, size / 1000), view.address.language)} kB"
