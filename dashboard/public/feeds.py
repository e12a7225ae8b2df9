"""News of the site: Atom feeds of releases and of corrections, a map for search engines, and what robots may read.

``/<city>/rilis.atom``, ``/<city>/koreksi.atom``, the same under ``/en``; ``/sitemap.xml``; ``/robots.txt``. An entry
has the same id for ever, wherever the site is reached.
"""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from xml.etree import ElementTree as xml

from flask import Flask, Response, abort

from dashboard.format import day, number
from dashboard.public.origin import base
from dashboard.public.wire import FOR_A_WHILE, wired
from etl.bundle import Bundle, Correction, Flag, Kind, Manifest, NoRelease, Shelf
from etl.text import Text

ATOM = "http://www.w3.org/2005/Atom"
SITEMAP, XHTML = "http://www.sitemaps.org/schemas/sitemap/0.9", "http://www.w3.org/1999/xhtml"
LANGUAGES = {"id": "", "en": "/en"}
IDS = uuid.UUID("6c1f3f0e-2f5b-4b0e-9f1c-5a1d3f7b8c64")  # of all entries; it never changes
NEWEST = 50  # releases in a feed
MOST_TOLD = 30  # corrections of one table in one entry
CELLS = {
    Flag.BELOW: Text("<10", "<10"),
    Flag.HIDDEN: Text("tersembunyi", "hidden"),
    Flag.MISSING: Text("tidak ada data", "no data"),
}
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
SUBJECTS = ("corona", "bansos", "112", "pasar", "layanan")  # have a page for every area
OTHERS = ("rencana", "data", "angka", "koreksi")
ROBOTS = """User-agent: *
Disallow: /api/
Disallow: /*/rilis/
Disallow: /*/cek-bantuan
Sitemap: {base}/sitemap.xml
"""


@dataclass(frozen=True)
class Entry:
    """One piece of news."""

    name: str  # what makes its id
    title: str
    address: str
    at: dt.datetime
    says: str


def register(app: Flask, shelf: Shelf) -> None:
    """Answer the feeds, the map and the robots on ``app``."""
    for language, prefix in LANGUAGES.items():
        app.add_url_rule(f"{prefix}/<city>/rilis.atom", f"feeds.releases.{language}", _feed(shelf, language, RELEASES))
        app.add_url_rule(
            f"{prefix}/<city>/koreksi.atom", f"feeds.corrections.{language}", _feed(shelf, language, CORRECTIONS)
        )
    app.add_url_rule("/sitemap.xml", "feeds.sitemap", lambda: _sitemap(shelf))
    app.add_url_rule("/robots.txt", "feeds.robots", _robots)


def _sitemap(shelf: Shelf) -> Response:
    newest = tuple(shelf.newest(city) for city in shelf.cities())
    return wired(sitemap(base(), shelf, newest), "application/xml; charset=utf-8", FOR_A_WHILE)


def _robots() -> Response:
    return wired(ROBOTS.format(base=base()).encode(), "text/plain; charset=utf-8", FOR_A_WHILE)


@dataclass(frozen=True)
class Feed:
    """A feed declared once."""

    name: str
    title: Text
    entries: Callable[[str, Bundle, str], Iterable[Entry]]


def _feed(shelf: Shelf, language: str, feed: Feed) -> Callable[[str], Response]:
    def answer(city: str) -> Response:
        try:
            numbers = shelf.numbers(city)[-NEWEST:][::-1]
        except NoRelease:
            abort(404)
        bundles = [shelf.bundle(city, number) for number in numbers]
        body = _printed(atom(base(), bundles, feed, language))
        return wired(body, "application/atom+xml; charset=utf-8", FOR_A_WHILE)

    return answer


def _printed(root: xml.Element) -> bytes:
    printed: bytes = xml.tostring(root, "utf-8", xml_declaration=True)
    return printed


# Atom


def atom(home: str, bundles: Sequence[Bundle], feed: Feed, language: str) -> xml.Element:
    """A feed of a city, of its newest releases, the newest first."""
    manifest = bundles[0].manifest
    place = f"{home}{LANGUAGES[language]}/{manifest.city}"
    root = xml.Element("feed", {"xmlns": ATOM, "xml:lang": language})
    _add(root, "id", _id(manifest.city, feed.name, language))
    _add(root, "title", f"{feed.title.say(language)} {manifest.city_name}")
    _add(root, "updated", manifest.made_at.isoformat())
    _add(root, "rights", manifest.licence)
    _add(_add(root, "author"), "name", manifest.custodian)
    _add(root, "link", rel="self", type="application/atom+xml", href=f"{place}/{feed.name}.atom")
    _add(root, "link", rel="alternate", type="text/html", href=f"{place}/{feed.name}" if feed is CORRECTIONS else place)
    for bundle in bundles:
        for entry in feed.entries(place, bundle, language):
            _entry(root, entry, language)
    return root


def _entry(root: xml.Element, entry: Entry, language: str) -> None:
    told = _add(root, "entry")
    _add(told, "id", _id(entry.name, language))
    _add(told, "title", entry.title)
    _add(told, "updated", entry.at.isoformat())
    _add(told, "published", entry.at.isoformat())
    _add(told, "link", rel="alternate", type="text/html", href=entry.address)
    _add(told, "content", entry.says, type="text")


def _add(parent: xml.Element, tag: str, text: str = "", **attributes: str) -> xml.Element:
    child = xml.SubElement(parent, tag, attributes)
    child.text = NOT_XML.sub("", text)
    return child


def _id(*name: str) -> str:
    return uuid.uuid5(IDS, "/".join(name)).urn


def _releases(place: str, bundle: Bundle, language: str) -> Iterator[Entry]:
    manifest = bundle.manifest
    tables = ", ".join(about.title.say(language) for about in manifest.tables)
    corrected = Text(
        f"{len(bundle.corrections)} angka dikoreksi.", f"{len(bundle.corrections)} numbers were corrected."
    )
    yield Entry(
        f"{manifest.city}/rilis/{manifest.number}",
        Text(f"Rilis {manifest.number}", f"Release {manifest.number}").say(language),
        f"{place}/rilis/{manifest.number}",
        manifest.made_at,
        f"{tables}. {corrected.say(language)}",
    )


def _corrections(place: str, bundle: Bundle, language: str) -> Iterator[Entry]:
    """One entry for every table that a release corrects."""
    manifest = bundle.manifest
    for name, group in groupby(bundle.corrections, key=lambda one: one.table):
        some = list(group)
        title = bundle.tables[name].title.say(language)
        count = Text(f"{len(some)} angka dikoreksi", f"{len(some)} numbers corrected").say(language)
        further = len(some) - MOST_TOLD
        more = Text(f"… dan {further} lainnya", f"… and {further} more").say(language)
        lines = [_line(bundle, one, language) for one in some[:MOST_TOLD]] + ([more] if further > 0 else [])
        yield Entry(
            f"{manifest.city}/koreksi/{manifest.number}/{name}",
            f"{title}: {count}",
            f"{place}/rilis/{manifest.number}/koreksi",
            manifest.made_at,
            "\n".join(lines),
        )


def _line(bundle: Bundle, one: Correction, language: str) -> str:
    """``Loa Bakung, 12 Sep 2026, Kasus baru: 35 → 40 (why)``."""
    about = bundle.tables[one.table]
    row = ", ".join(_named(bundle, one, key, language) for key in about.key)
    told = [
        _told(value, flag, language) for value, flag in ((one.before, one.before_flag), (one.after, one.after_flag))
    ]
    why = "; ".join(text.say(language) for text in one.why)
    return f"{row}, {about[one.column].title.say(language)}: {' → '.join(told)}" + (f" ({why})" if why else "")


def _named(bundle: Bundle, one: Correction, key: str, language: str) -> str:
    column, value = bundle.tables[one.table][key], str(one.row[key])
    if column.kind is Kind.AREA and value in bundle.places:
        return bundle.places[value].name
    if column.kind in (Kind.PERIOD, Kind.DATE):
        return day(dt.date.fromisoformat(value), language)
    return column.words[value].say(language) if value in column.words else value


def _told(value: float | None, flag: Flag, language: str) -> str:
    """A cell in words, a number with all its decimals."""
    if value is None:
        return CELLS[Flag.MISSING if flag is Flag.SHOWN else flag].say(language)
    return number(value, language, len(f"{value:.10g}".partition(".")[2]))


RELEASES = Feed("rilis", Text("Rilis data", "Data releases of"), _releases)
CORRECTIONS = Feed("koreksi", Text("Koreksi data", "Data corrections of"), _corrections)


# The map


@lru_cache(maxsize=4)
def sitemap(home: str, shelf: Shelf, newest: tuple[int, ...]) -> bytes:
    """Every page of the newest releases in both languages, each naming the other; made once for a release."""
    root = xml.Element("urlset", {"xmlns": SITEMAP, "xmlns:xhtml": XHTML})
    _page(root, home, "/", None)
    for city, release in zip(shelf.cities(), newest, strict=True):
        manifest = shelf.bundle(city, release).manifest
        for path in _paths(manifest):
            _page(root, home, path, manifest.made_at)
    return _printed(root)


def _paths(manifest: Manifest) -> Iterator[str]:
    city = f"/{manifest.city}"
    yield city
    yield from (f"{city}/{page}" for page in (*SUBJECTS, *OTHERS))
    areas = [place.code for place in manifest.places if place.code != manifest.city_code]
    yield from (f"{city}/{subject}/{area}" for subject in SUBJECTS for area in areas)


def _page(root: xml.Element, home: str, path: str, at: dt.datetime | None) -> None:
    both = {language: home + (f"{prefix}{path}".rstrip("/") or "/") for language, prefix in LANGUAGES.items()}
    for address in both.values():
        told = _add(root, "url")
        _add(told, "loc", address)
        if at:
            _add(told, "lastmod", at.isoformat())
        for language, other in both.items():
            _add(told, "xhtml:link", rel="alternate", hreflang=language, href=other)
