"""A figure with everything that stands around it: finding, drawing, table twin, sources, links, how to cite it."""

from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from dashboard import format as fmt
from dashboard.indicator import Unit
from dashboard.public.address import whole
from dashboard.public.described import citation, fresh_at, producers, sources_of
from dashboard.public.graphics import SMALL, Drawn
from dashboard.public.periods import name_of_period
from dashboard.public.reading import Cell
from dashboard.public.sentences import WHY, WHY_UNCOUNTED, told
from dashboard.public.sight import ALL, Figure, Finding, Sight
from dashboard.public.view import View
from etl.bundle import Column, Flag, Kind, Source
from etl.text import Text

FORMATS = ("csv", "xlsx", "json", "parquet", "geojson")
WITH_UNIT = (Unit.MINUTES, Unit.HOURS)
FRAME = '<iframe src="{address}" title="{title}" width="100%" height="520" loading="lazy" style="border:0"></iframe>'
ONLY_CITY = Text(
    "Angka ini hanya terbit untuk seluruh {place}, tidak per wilayah.",
    "This figure is published for the whole of {place} only, not by area.",
)
ONLY_ABOVE = Text(
    "Angka ini tidak terbit per kelurahan; yang tampil {place}.",
    "This figure is not published by ward; shown is {place}.",
)


@dataclass(frozen=True)
class Exhibit:
    """One figure on one page."""

    view: View
    sight: Sight

    @property
    def figure(self) -> Figure:
        return self.sight.figure

    @cached_property
    def finding(self) -> Finding:
        return self.figure.find(self.sight)

    @cached_property
    def title(self) -> str:
        return self.view.say(self.finding.title)

    @property
    def says(self) -> list[str]:
        return [self.view.say(text) for text in self.finding.says]

    @cached_property
    def drawn(self) -> Drawn:
        return self.view.pen.draw(self.sight, self.title, " ".join([self.caption, *self.says]))

    @property
    def column(self) -> Column:
        return self.sight.reading.column

    @property
    def caption(self) -> str:
        """What is drawn: of what, where, from when to when."""
        named = self.view.say(self.sight.about.title)
        periods = self.sight.periods
        if not periods[-1]:
            return f"{named} · {self.sight.city.name}"
        ends = [name_of_period(period, self.sight.about.step, self.view.address.language)
                for period in dict.fromkeys((periods[0], periods[-1]))]  # fmt: skip
        return f"{named} · {self.sight.place.name} · {' – '.join(ends)}"

    @property
    def note(self) -> str:
        """That another place is shown than the one asked for."""
        sight = self.sight
        if sight.place.code == sight.asked.code or not sight.about.levels:
            return ""
        said = self.view.say(ONLY_CITY if sight.in_city else ONLY_ABOVE)
        return said.format(place=sight.place.name)

    @property
    def left_out(self) -> str:
        """How many rows of a list stand in the files only."""
        count = len(self.sight.reading.table.rows) - len(self.drawn.twin.rows)
        return fmt.number(count, self.view.address.language) if self.figure.kind == "list" and count else ""

    @property
    def legend(self) -> list[str]:
        """What the signs in the table mean."""
        words = WHY if self.column.kind is Kind.COUNT else WHY | {Flag.BELOW: WHY_UNCOUNTED}
        return [self.view.say(words[flag]) for flag in self.drawn.twin.flags]

    # Around it

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        return sources_of(self.view.manifest, self.sight.about)

    @property
    def producers(self) -> str:
        return ", ".join(producers(self.sources))

    @property
    def updated(self) -> str:
        """When the oldest of its sources was last heard of; empty when that is not known."""
        moment = fresh_at(self.sources)
        return fmt.moment(moment, self.view.manifest.zone, self.view.address.language) if moment else ""

    @property
    def age(self) -> str:
        """How old it was when the release was made."""
        moment = fresh_at(self.sources)
        seconds = (self.view.manifest.made_at - moment).total_seconds() if moment else 0
        return fmt.age(max(0.0, seconds), self.view.address.language)

    @property
    def permalink(self) -> str:
        return f"{whole(self.view.permanent.path)}#{self.figure.id}"

    @property
    def definition(self) -> str:
        """Where the page about the figures tells of it."""
        return f"{self.view.address.of('angka')}#{anchor(self.sight.about.name, self.column)}"

    @property
    def embed(self) -> str:
        """What is copied into another page."""
        address = self.view.permanent.of("sematan", self.figure.id, self.view.address.area)
        return FRAME.format(address=whole(address), title=self.title.replace('"', "'"))

    @property
    def citation(self) -> str:
        cited = citation(self.view.manifest, self.sight.about, self.permalink)
        return self.view.say(cited)

    @property
    def files(self) -> list[tuple[str, str]]:
        """The formats in which its table can be taken home, with their addresses in this release."""
        return files(self.view, self.sight.about.name)

    # In brief, as it stands on the first page and on top of its own

    @property
    def number(self) -> str:
        """The newest number alone."""
        return self._short(self.sight.cell())

    @property
    def sums_up(self) -> bool:
        """Whether one number says something of it: not of a map, nor of categories that have a sum."""
        shown = self.figure.kind in ("columns", "lines", "bars") and self.figure.split != "areas"
        by_area = self.figure.kind == "lines" and self.figure.split == "areas"
        return by_area or (shown and (self.figure.split != "categories" or self.sight.category != ALL))

    @property
    def label(self) -> str:
        """What the number counts."""
        sight, name = self.sight, self.view.say(self.figure.name)
        one = sight.category not in ("", ALL) and self.figure.kind != "list"
        return f"{name} ({self.view.say(sight.word(sight.category))})" if one else name

    @property
    def spark(self) -> Markup:
        return self.view.pen.spark(self.sight, self.label)

    @property
    def around(self) -> list[tuple[str, str]]:
        """The same of the areas around the place that is shown."""
        sight = self.sight
        return [(place.name, self._short(sight.cell(place.code))) for place in sight.shown_around[1:]]

    def _short(self, cell: Cell) -> str:
        """A cell where there is little room; its figure's name says what it counts."""
        words = self.sight.words
        if cell.flag is Flag.BELOW and words.counted:
            return SMALL
        number = words.number if self.sight.unit in WITH_UNIT else words.bare
        return self.view.say(told(cell, number, words.counted))

    @property
    def has_number(self) -> bool:
        """Whether there is a newest number."""
        return self.sight.cell().shown


def exhibits(view: View, figures: tuple[Figure, ...]) -> list[Exhibit]:
    """The figures of a page that the release has, each with what stands around it."""
    return [Exhibit(view, sight) for sight in view.sights(figures)]


def anchor(table: str, column: Column) -> str:
    """The name under which a measure is explained."""
    return column.indicator or f"{table}-{column.key}"


def files(view: View, table: str) -> list[tuple[str, str]]:
    """The files of a table, by format; those of the release that is looked at."""
    there = [name for name in FORMATS if (view.bundle.folder / "data" / f"{table}.{name}").is_file()]
    return [(name, view.permanent.spoken("id").of("data", f"{table}.{name}")) for name in there]
