"""One question: which city, which release of it, and which table, looked for among what there is."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from dashboard.format import day
from dashboard.public.api.problems import Problem
from etl.bundle import About, Bundle, Kind, Shelf
from etl.text import Text

T = TypeVar("T")
OF_A_MOMENT = ("limit", "offset", "release", "as_of", "bahasa")  # what a permanent address says itself, or not at all


@dataclass(frozen=True)
class Page:
    """A part of a list."""

    total: int
    limit: int
    offset: int

    @property
    def offsets(self) -> dict[str, int]:
        """Where the other parts begin."""
        last = max(0, (self.total - 1) // self.limit * self.limit)
        found = {"first": 0, "last": last}
        if self.offset:
            found["prev"] = max(0, self.offset - self.limit)
        if self.offset + self.limit < self.total:
            found["next"] = self.offset + self.limit
        return found


@dataclass(frozen=True)
class Ask:
    """What was asked, every parameter read; ``base`` is the address of the site."""

    shelf: Shelf
    base: str
    path: str
    said: dict[str, Any]
    args: MultiDict[str, str]

    @property
    def city(self) -> str:
        """The slug of a city that has a release."""
        there = self.shelf.cities()
        return one_of(there, self.said["city"], "city")

    @property
    def pinned(self) -> bool:
        """Whether the answer is of one release for ever."""
        return self.said.get("release") is not None or self.said.get("number") is not None

    def bundle(self) -> Bundle:
        """The release that is asked about: the newest when nothing else is said."""
        city, number, as_of = self.city, self.said.get("release") or self.said.get("number"), self.said.get("as_of")
        if number is None:
            return self.shelf.bundle(city) if as_of is None else release_at(self.shelf, city, as_of)
        if as_of is not None:
            says = Text("sebut release atau as_of, jangan keduanya", "say release or as_of, not both")
            raise Problem(400, says, "as_of")
        if number not in (there := self.shelf.numbers(city)):
            says = Text(f"rilis yang ada: 1 sampai {there[-1]}", f"there are releases 1 to {there[-1]}")
            raise Problem(404, says, "release" if "release" in self.said else "number")
        return self.shelf.bundle(city, number)

    def about(self, bundle: Bundle) -> About:
        """The table that is asked about."""
        return bundle.tables[one_of(tuple(bundle.tables), self.said["table"], "table")]

    def part(self, items: Sequence[T]) -> tuple[Sequence[T], Page]:
        """The part of a list that is asked for."""
        page = Page(len(items), self.said["limit"], self.said["offset"])
        if page.offset and page.offset >= page.total:
            says = Text(f"hanya ada {page.total} baris", f"there are only {page.total} rows")
            raise Problem(404, says, "offset")
        return items[page.offset : page.offset + page.limit], page

    def address(self, release: int | None, page: Page | None = None, offset: int = 0) -> str:
        """This question again: of one release, and of one part of the answer."""
        asked = [(name, value) for name, value in self.args.items(multi=True) if name not in OF_A_MOMENT]
        if release is not None and "number" not in self.said:
            asked.append(("release", str(release)))
        if page:
            asked += [("limit", str(page.limit)), ("offset", str(offset))]
        return f"{self.base}{self.path}" + (f"?{urlencode(asked)}" if asked else "")


def one_of(there: tuple[str, ...], said: str, parameter: str) -> str:
    """What was said, when it is there. Raises Problem with what is."""
    if said in there:
        return said
    meant = get_close_matches(said, there, 1)
    says = Text("tidak ada di sini", "is not here")
    if meant:
        says = Text(f"tidak ada di sini; mungkin maksudnya {meant[0]}", f"is not here; perhaps you meant {meant[0]}")
    raise Problem(404, says, parameter, there)


def release_at(shelf: Shelf, city: str, as_of: dt.date | dt.datetime) -> Bundle:
    """The release that was in force at a moment, or at the end of a day of the city. Raises Problem."""
    numbers = shelf.numbers(city)
    zone = ZoneInfo(shelf.bundle(city).manifest.zone)
    moment, now = _moment(as_of, zone), dt.datetime.now(dt.UTC)
    if moment > now and not (type(as_of) is dt.date and as_of == now.astimezone(zone).date()):
        raise Problem(400, Text("belum terjadi", "has not come yet"), "as_of")
    before = bisect_right(numbers, moment, key=lambda number: shelf.bundle(city, number).manifest.made_at)
    if before == 0:
        made = shelf.bundle(city, numbers[0]).manifest.made_at.astimezone(zone)
        says = Text(
            f"belum ada rilis waktu itu; yang pertama pada {day(made, 'id')}",
            f"there was no release then; the first is of {day(made, 'en')}",
        )
        raise Problem(404, says, "as_of")
    return shelf.bundle(city, numbers[before - 1])


def _moment(as_of: dt.date | dt.datetime, zone: ZoneInfo) -> dt.datetime:
    if not isinstance(as_of, dt.datetime):
        return dt.datetime.combine(as_of + dt.timedelta(1), dt.time(), zone) - dt.timedelta(microseconds=1)
    return as_of if as_of.tzinfo else as_of.replace(tzinfo=zone)


def categories(about: About) -> tuple[str, ...]:
    """The columns of a table that can be filtered by their values."""
    return tuple(column.key for column in about.columns if column.kind is Kind.CATEGORY)
