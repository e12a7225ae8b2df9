"""Everything that the public and a wall screen can ask of both sites, and asking it fast."""

import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection, HTTPException
from itertools import cycle, product
from urllib.parse import urlencode, urlsplit

from flask import Flask

from dashboard.access.bodies import MOST_BYTES
from dashboard.command import ANY_PATH, CALLBACKS, LEVELS, create
from dashboard.page import pages
from dashboard.public.address import LANGUAGES, Address
from dashboard.public.page import pages as public_pages
from dashboard.public.printing import PLAIN
from dashboard.scope import PRESETS
from dashboard.static import Assets
from dashboard.wall.scene import repertoire
from etl.areas import area_book
from etl.boundary_files import boundary_file
from etl.bundle import Bundle, Shelf
from etl.cities import City, all_cities
from tests.access.canaries import Person
from tests.browser.test_http import page_call
from tests.signed_in import COOKIE, OURS, screen_token
from tests.world import World

THREADS = 6
OF_ITS_OWN = "127.0.5.1"  # an address whose tries are counted apart from those of other tests
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT")
JSON = {"Content-Type": "application/json"}
MALFORMED = (b"", b"{", b"null", b"[]", b"\xff\xfe", b"[" * 5000, b'{"output":"a","x":' + b"[" * 5000, b'{"output":5}')
WORDS = ("paid", "konfirmasi", "'; --<b>", "-")  # of filters: some that there are, and some that there are not
WRONG = ("wilayah=1", "periode=x", "sejak=2026-02-30", "saring=x", "saring=x:y", "as_of=x")


@dataclass(frozen=True)
class Ask:
    """One request."""

    site: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: bytes | None = None


@dataclass(frozen=True)
class Told:
    """One answer: all of it that reaches a visitor."""

    ask: Ask
    status: int
    headers: str
    body: bytes


def ask_all(asks: list[Ask]) -> Iterator[Told]:
    """Every answer, in order; several threads, each with connections that it keeps."""
    with ThreadPoolExecutor(THREADS) as pool:
        yield from pool.map(_ask, asks)


_mine = threading.local()


def _ask(ask: Ask) -> Told:
    kept: dict[str, HTTPConnection] = _mine.__dict__.setdefault("kept", {})
    if ask.site not in kept:
        address = urlsplit(ask.site)
        kept[ask.site] = HTTPConnection(
            address.hostname or "", address.port or 0, timeout=60, source_address=(OF_ITS_OWN, 0)
        )
    with suppress(ConnectionError, HTTPException):  # a server may close a connection that was kept: once more, then
        return _once(kept[ask.site], ask)
    kept[ask.site].close()
    return _once(kept[ask.site], ask)


def _once(connection: HTTPConnection, ask: Ask) -> Told:
    connection.request(ask.method, ask.path, ask.body, dict(ask.headers))
    reply = connection.getresponse()
    told = Told(ask, reply.status, str(reply.headers), reply.read())
    if reply.status == 413:  # refused unread: whatever comes next on this connection would be taken for the body
        connection.close()
    return told


def everything(world: World, people: list[Person]) -> list[Ask]:
    """What is asked of both sites, as nobody and as a screen of each city."""
    asks = [
        *_public(world.public_url, Shelf(world.state / "releases")),
        *_nobody(world.command_url),
        *_identifiers(world, people),
    ]
    for city in all_cities():
        asks += _screen(world.command_url, city)
    return asks


# The public site


def _public(site: str, shelf: Shelf) -> Iterator[Ask]:
    paths = [*(f"/{place.path}" for place in PLAIN), "/en", "/healthz", "/nope", *Assets().bodies]
    paths += _forms()
    paths += [path for slug in shelf.cities() for path in _released(shelf.bundle(slug))]
    for path, method in product(paths, METHODS):
        yield Ask(site, path, {}, method)
    for path in (*paths, *rules()):  # what the command center has does not exist here
        yield Ask(site, path, {"Accept-Encoding": "gzip"})


def _released(bundle: Bundle) -> Iterator[str]:
    """Every page of a release, of the city and of three areas, its files as they can be read, the API, the feeds."""
    manifest = bundle.manifest
    areas = ["", *sorted(bundle.places)[1::20][:3]]
    for language, number, page, area in product(LANGUAGES, (None, manifest.number), public_pages().values(), areas):
        yield Address(language, manifest.city, number, page.slug, area).path
    here = Address("id", manifest.city, manifest.number)
    for figure in (figure for page in public_pages().values() for figure in page.figures):
        yield here.of("sematan", figure.id)
        yield here.of("gambar", f"{figure.id}.svg")
    yield from (here.of(file) for file in manifest.files if file.endswith((".csv", ".json", ".geojson")))
    home = f"/api/v1/{manifest.city}"
    yield from (f"{home}/tables/{name}?limit=5000" for name in bundle.tables)
    yield from (f"{home}/{what}" for what in ("releases", "tables", "indicators", "corrections"))
    yield from (f"/{manifest.city}/{what}" for what in ("rilis.atom", "koreksi.atom"))


def _forms() -> list[str]:
    """The pages with a form."""
    names = product(("", "/en"), all_cities(), ("cek-bantuan", "keberatan"))
    return [f"{language}/{city.slug}/{name}" for language, city, name in names]


# The command center without a cookie


def _nobody(site: str) -> Iterator[Ask]:
    figures = [path for city in all_cities() for path in _figures(city)]
    paths = [*rules(), *Assets().bodies, *_boundaries(), *_bundles(), *(page.path for page in pages()), "/nope"]
    for path, accept in product(paths, ("text/html", "*/*")):
        yield Ask(site, path, {"Accept": accept})
    for path in figures[::3]:
        yield Ask(site, path)
    for path, method, headers in product(rules(), METHODS[1:], (OURS, {})):
        yield Ask(site, path, headers, method, b"x=y" if method == "POST" else None)
    yield from _calls(site, OURS, "samarinda")
    yield Ask(site, CALLBACKS, OURS | JSON | {"Content-Length": str(MOST_BYTES + 1)}, "POST", b"x")


@cache
def _application() -> Flask:
    return create()


@cache
def rules() -> tuple[str, ...]:
    """A path for every route of the command center."""
    filled = {"<slug>": "samarinda", "<city>": "samarinda", "<page>": "112", "<string:package_name>": "dash"}
    found = set()
    for rule in _application().url_map.iter_rules():
        parts = [filled.get(part, part) for part in rule.rule.split("/") if rule.rule != ANY_PATH]
        found.add("/".join("x" if part.startswith("<") else part for part in parts))
    return tuple(sorted(found - {""}))


def _boundaries() -> Iterator[str]:
    for city, level in product(all_cities(), LEVELS):
        yield f"/boundaries/{city.slug}/{boundary_file(city, level).name}"


def _bundles() -> list[str]:
    """Dash's own scripts, as the index names them."""
    page = _application().view_functions["/"]
    with _application().test_request_context("/"):
        return [part.split('"')[0] for part in str(page()).split('src="')[1:]]


def _calls(site: str, headers: Mapping[str, str], slug: str) -> Iterator[Ask]:
    """Callbacks of every page, whole and cut, and what is none."""
    whole = [
        json.dumps(page_call(page.path, f"?kota={slug}&bahasa={language}")).encode()
        for page, language in product(pages(), LANGUAGES)
    ]
    cut = [body[:end] for body in whole for end in (10, len(body) // 2, len(body) - 1)]
    for body in (*whole, *cut, *MALFORMED):
        yield Ask(site, CALLBACKS, {**headers, **JSON}, "POST", body)


# A screen


def _screen(site: str, city: City) -> Iterator[Ask]:
    signed_in = OURS | {"Cookie": f"{COOKIE}={screen_token(city.code)}"}
    for path in _figures(city):
        yield Ask(site, path, signed_in)
        yield Ask(site, path, signed_in | {"Accept-Encoding": "gzip"})  # ready bytes: the other half of the answer
        yield Ask(site, path, signed_in, "HEAD")
    for path in _places(city):
        yield Ask(site, path, signed_in)
    for path, method in product(rules(), METHODS):
        yield Ask(site, path, signed_in, method, b"x=y" if method == "POST" and path != "/keluar" else None)
    yield from _calls(site, signed_in, city.slug)


def _figures(city: City) -> Iterator[str]:
    """Every panel and its table as it opens; then with languages, periods, areas and filters in turn."""
    periods, languages, words = cycle(PRESETS), cycle(LANGUAGES), cycle(WORDS)
    areas = cycle(area.code for area in area_book(city) if area.code != city.code)
    for page in pages():
        dimensions = cycle(page.dimensions)
        for panel in page.panels:
            views = (
                {"periode": next(periods), "bahasa": next(languages)},
                {"wilayah": next(areas), "bahasa": next(languages)},
                {"saring": f"{next(dimensions)}:{next(words)}", "periode": next(periods)},
            )
            for view, ending in product(views, ("", ".csv")):
                yield f"/panel/{page.slug}/{panel.id}{ending}?" + urlencode({"kota": city.slug, **view})

    for scene in repertoire(city).scenes.values():
        for panel, language in product(scene.panels, LANGUAGES):
            asked = {"kota": city.slug, "bahasa": language, "panel": f"{panel.id}:"}
            yield f"/adegan/{scene.slug}?" + urlencode(asked)


def _places(city: City) -> Iterator[str]:
    """The rest that a screen can open, and what it cannot."""
    other = next(one.slug for one in all_cities() if one != city)
    own = [*(page.path for page in pages()), *rules()]
    for path, language, slug in product(own, LANGUAGES, (city.slug, other, "jakarta")):
        yield f"{path}?" + urlencode({"kota": slug, "bahasa": language})
    for wrong, ending in product(WRONG, ("", ".csv")):
        yield f"/panel/112/calls{ending}?{wrong}&kota={city.slug}"


# Somebody's numbers in what is asked: nobody learns whether we know them, and no log keeps them


def _identifiers(world: World, people: list[Person]) -> Iterator[Ask]:
    for one in people:
        number = min(one.numbers)
        asked = urlencode({"nik": number, "nama": one.name})
        yield Ask(world.public_url, f"/?{asked}")
        yield Ask(world.public_url, f"/penerima/{number}")
        yield Ask(world.command_url, f"/112?{asked}", {"Referer": f"{world.command_url}/?nik={number}"})
        yield Ask(world.command_url, f"/{number}", {"Accept": "text/html"})
        for path in _forms()[:2]:
            form = urlencode({"nik": number, "kode": "AAAAAAAA", "nama": one.name, "kontak": number}).encode()
            yield Ask(world.public_url, path, {"Content-Type": "application/x-www-form-urlencoded"}, "POST", form)
            yield Ask(world.public_url, f"{path}?{asked}")
    for one in people[::10]:
        body = json.dumps(page_call(f"/{min(one.numbers)}", one.name)).encode()
        yield Ask(world.command_url, CALLBACKS, OURS | JSON, "POST", body)
        yield Ask(world.command_url, f"/ingest/samarinda/{min(one.numbers)}", JSON, "POST", body)
