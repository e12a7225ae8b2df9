"""What a figure is asked about: one frozen value, read from the address of the page."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from etl.cities import City
from etl.text import Text

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)
EARLIEST, LATEST = dt.date(1970, 1, 1), dt.date(2199, 12, 31)

PRESETS: dict[str, tuple[Text, int]] = {
    "hari-ini": (Text("Hari ini", "Today"), 1),
    "7h": (Text("7 hari", "7 days"), 7),
    "30h": (Text("30 hari", "30 days"), 30),
    "90h": (Text("90 hari", "90 days"), 90),
    "1th": (Text("1 tahun", "1 year"), 365),
    "semua": (Text("Semua", "All"), 3 * 365),
}
AREA = re.compile(r"\d{2}\.\d{2}(\.\d{2}(\.\d{4})?)?")


class BadScope(ValueError):
    """The address asks for something that does not exist; the text says what to write instead."""

    def __init__(self, says: Text) -> None:
        self.says = says
        super().__init__(says.id)


class Arguments(Protocol):
    """The part of werkzeug's MultiDict that a scope needs."""

    def get(self, key: str, /) -> str | None: ...
    def getlist(self, key: str, /) -> list[str]: ...


@dataclass(frozen=True)
class Scope:
    """City, area, days (inclusive, of the city's own calendar), filters, moment of knowledge, language."""

    city: str
    area: str  # a Kemendagri code; the city's own for all of it
    since: dt.date
    until: dt.date
    where: tuple[tuple[str, str], ...] = ()
    as_of: dt.datetime | None = None
    language: str = "id"

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    def earlier(self, by: dt.timedelta) -> "Scope":
        """The same question, asked of an earlier period."""
        return replace(self, since=self.since - by, until=self.until - by)


def from_address(said: Arguments, cities: Mapping[str, City], default_period: str, now: dt.datetime) -> Scope:
    """Read a scope from a query string. Raises BadScope saying what is wrong and what would be right."""
    city = _city(said.get("kota"), cities)
    since, until = _days(said, default_period, now.astimezone(city.tz).date())
    return Scope(
        city=city.slug,
        area=_area(said.get("wilayah"), city),
        since=since,
        until=until,
        where=tuple(sorted(_filter(word) for word in said.getlist("saring") if word)),
        as_of=_moment(said.get("as_of")),
        language="en" if said.get("bahasa") == "en" else "id",
    )


def _city(slug: str | None, cities: Mapping[str, City]) -> City:
    if not slug:
        return next(iter(cities.values()))
    if slug not in cities:
        known = ", ".join(cities)
        raise BadScope(
            Text(f"Tidak ada kota {slug!r}. Yang ada: {known}.", f"There is no city {slug!r}. There are: {known}.")
        )
    return cities[slug]


def _area(code: str | None, city: City) -> str:
    if not code:
        return city.code
    if not AREA.fullmatch(code) or not code.startswith(city.code):
        raise BadScope(
            Text(f"{code!r} bukan kode wilayah {city.name}.", f"{code!r} is not an area code of {city.name}.")
        )
    return code


def _days(said: Arguments, default_period: str, today: dt.date) -> tuple[dt.date, dt.date]:
    if said.get("sejak") or said.get("sampai"):
        until = _day(said.get("sampai")) or today
        since = _day(said.get("sejak")) or until
        if since > until:
            raise BadScope(Text("Tanggal awal sesudah tanggal akhir.", "The first day is after the last day."))
        return since, until
    period = said.get("periode") or default_period
    if period not in PRESETS:
        known = ", ".join(PRESETS)
        raise BadScope(
            Text(
                f"Tidak ada periode {period!r}. Yang ada: {known}.",
                f"There is no period {period!r}. There are: {known}.",
            )
        )
    return today - DAY * (PRESETS[period][1] - 1), today


def _day(text: str | None) -> dt.date | None:
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError as error:
        raise BadScope(Text(f"{text!r} bukan tanggal (TTTT-BB-HH).", f"{text!r} is not a day (YYYY-MM-DD).")) from error
    if not EARLIEST <= day <= LATEST:
        raise BadScope(
            Text(f"Tanggal {text} di luar {EARLIEST} – {LATEST}.", f"{text} lies outside {EARLIEST} – {LATEST}.")
        )
    return day


def _moment(text: str | None) -> dt.datetime | None:
    if not text:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise BadScope(Text(f"{text!r} bukan waktu ISO 8601.", f"{text!r} is not an ISO 8601 moment.")) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _filter(word: str) -> tuple[str, str]:
    dimension, separator, value = word.partition(":")
    if not separator or "\0" in value:
        raise BadScope(
            Text(f"Saringan {word!r} harus berbentuk nama:nilai.", f"The filter {word!r} must be name:value.")
        )
    return dimension, value
