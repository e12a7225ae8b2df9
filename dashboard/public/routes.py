"""The addresses of the public pages, and what is answered where nothing is.

The newest release is cached for a minute; what carries the number of a release never changes.
"""

import datetime as dt
import difflib
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from zoneinfo import ZoneInfo

from flask import Flask, Response, abort, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response as Answer

from dashboard.headers import PUBLIC_POLICY, content_security
from dashboard.identifiers import REFUSED, holds_identifier
from dashboard.public.address import AREA, LANGUAGES, Address, language_of
from dashboard.public.page import figure_named, pages
from dashboard.public.printing import PLAIN, Plain, Printer
from dashboard.public.search import find, nearest
from dashboard.public.sight import Sight
from dashboard.public.view import View
from dashboard.static import FOREVER
from etl.bundle import NoRelease
from etl.text import Text

NEWEST = "public, max-age=60, stale-while-revalidate=600"
ASKED = "kelurahan"  # what the search box sends
NO_PAGE = Text("Halaman tidak ada", "No such page")
MISSES = {
    "city": Text("Kota ini belum punya rilis di sini.", "This city has no release here."),
    "release": Text("Rilis ini tidak ada.", "There is no such release."),
    "area": Text("Wilayah ini tidak ada di kota ini.", "There is no such area in this city."),
    "figure": Text("Gambar ini tidak ada di rilis ini.", "This release has no such figure."),
    "": Text(
        "Alamat ini tidak mengarah ke halaman apa pun. Mungkin salah ketik, atau halamannya sudah pindah.",
        "This address leads to no page. It may be misspelt, or the page has moved.",
    ),
    "number": REFUSED,
    "day": Text("Tulis tanggalnya seperti 2026-11-20.", "Write the day like 2026-11-20."),
}
CALM = Text("Permintaan ini tidak dapat dilayani.", "This request cannot be answered.")


class AreaCode(BaseConverter):
    """A Kemendagri code in an address; it is tried before anything that is a name."""

    regex = AREA
    weight = 10


@dataclass(frozen=True)
class Site:
    """The public pages, for one application."""

    printer: Printer

    def page(self, language: str, city: str, page: str = "", release: int | None = None, area: str = "") -> Answer:
        """One page of a city."""
        view = self._view(Address(language, city, release, page, area))
        if "as_of" in request.args:
            return self._at(view, request.args["as_of"])
        return _public(self.printer.page(pages()[page], view), release)

    def search(self, language: str, city: str, release: int | None = None) -> Answer:
        """From what was typed to the page of one area, or to those that it may mean."""
        slug = request.args.get("halaman", "")
        page = pages().get(slug, pages()[""])
        view = self._view(Address(language, city, release, page.slug))
        said = request.args.get(ASKED, "")
        found = find(view.bundle, said)
        if found.sure or not said.strip():
            code = found.places[0].code if found.sure else ""
            return redirect(view.address.within(code).path)
        answer = _public(self.printer.found(page, view, said, found), None)
        answer.headers["X-Robots-Tag"] = "noindex"
        return answer

    def embedded(self, language: str, city: str, figure: str, release: int | None = None, area: str = "") -> Answer:
        """One figure for somebody else's page; it alone may be framed."""
        known = figure_named(figure)
        page, declared = known or abort(404, "figure")
        view = self._view(Address(language, city, release, page.slug, area))
        sight = Sight(view.bundle, declared, view.place)
        if not sight.there:
            abort(404, "figure")
        answer = _public(self.printer.embedded(page, sight, view), release)
        answer.headers["Content-Security-Policy"] = content_security(PUBLIC_POLICY | {"frame-ancestors": "*"})
        return answer

    def cities(self, language: str) -> Answer:
        """The cities to choose from."""
        return _public(self.printer.cities(language), None)

    def plain(self, one: Plain, language: str) -> Answer:
        """A page of no city."""
        return _public(self.printer.described(one, language), None)

    def nothing(self, error: HTTPException) -> Response:
        """Calmly, in the reader's language: what is missing and what may have been meant; never what was sent."""
        language, status = language_of(request.path), error.code or 500
        why = error.description if status == 404 and error.description in MISSES else ""
        says = CALM if status not in (400, 404) else MISSES[why or (str(error.description) if status == 400 else "")]
        view = self._nearest_view(language)
        title = NO_PAGE if status == 404 else CALM
        body = self.printer.missing(language, title, says, _meant(view) if status == 404 else (), view)
        response = Response(body, status, mimetype="text/html")
        response.headers["Cache-Control"] = "no-store"
        return response

    def _view(self, address: Address) -> View:
        try:
            return self.printer.view(address)
        except NoRelease:
            return abort(404, "release" if address.city in self.printer.shelf.cities() else "city")
        except KeyError:
            return abort(404, "area")

    def _nearest_view(self, language: str) -> View | None:
        """The newest release of the city that the path names, if there is one."""
        parts = request.path.strip("/").split("/")
        city = next((part for part in parts[:2] if part in self.printer.shelf.cities()), "")
        return self.printer.view(Address(language, city)) if city else None

    def _at(self, view: View, said: str) -> Answer:
        """To the release that was in force at the end of a day."""
        try:
            day = dt.date.fromisoformat(said)
        except ValueError:
            return abort(400, "day")
        zone = ZoneInfo(view.manifest.zone)
        then = (one for one in view.former() if one.manifest.made_at.astimezone(zone).date() <= day)
        found = next(then, None)
        if found is None:
            return abort(404, "release")
        answer = redirect(replace(view.address, release=found.manifest.number).path)
        answer.headers["Cache-Control"] = NEWEST
        return answer


def _public(body: str, release: int | None) -> Response:
    """A page that anybody may keep: for ever where it carries the number of its release."""
    response = Response(body, mimetype="text/html")
    response.headers["Cache-Control"] = FOREVER if release else NEWEST
    response.set_etag(sha256(body.encode()).hexdigest()[:20])
    response.make_conditional(request)
    return response


def _meant(view: View | None) -> list[tuple[str, str]]:
    """Pages and areas whose names are most like the last part of the path."""
    if view is None:
        return []
    last = request.path.rstrip("/").rpartition("/")[2].replace("-", " ")[:80]
    named = {page.title.say(view.address.language): page for page in pages().values()}
    slugs = {slug: page for slug, page in pages().items() if slug}
    close = difflib.get_close_matches(last.lower(), slugs, n=2, cutoff=0.6)
    places = nearest((place for place in view.bundle.places.values() if place.level != "city"), last)
    found = [(slugs[slug].title.say(view.address.language), view.address.of(slug)) for slug in close]
    page = next((page for page in named.values() if f"/{page.slug}/" in request.path and page.slug), None)
    return found + [(place.name, view.address.of(page.slug if page else "", place.code)) for place in places]


def register(app: Flask, printer: Printer) -> None:
    """Put the pages on an application."""
    site = Site(printer)
    app.url_map.converters["area"] = AreaCode
    for language in LANGUAGES:
        _of_no_city(app, site, language)
        for release in ("", "/rilis/<int:release>"):
            _of_a_city(app, site, language, release)
    app.before_request(_no_numbers)
    app.register_error_handler(HTTPException, site.nothing)


def _of_no_city(app: Flask, site: Site, language: str) -> None:
    begin = "/en" if language == "en" else ""
    app.add_url_rule(begin or "/", f"cities-{language}", lambda: site.cities(language))
    for one in PLAIN[1:]:
        app.add_url_rule(f"{begin}/{one.path}", f"{one.path}-{language}", _plain(site, one, language))


def _plain(site: Site, one: Plain, language: str) -> Callable[[], Answer]:
    return lambda: site.plain(one, language)


def _of_a_city(app: Flask, site: Site, language: str, release: str) -> None:
    begin = f"{'/en' if language == 'en' else ''}/<city>{release}"
    said = {"language": language}
    for slug in pages():
        _rule(app, f"{begin}/{slug}".rstrip("/"), site.page, said | {"page": slug})
    _rule(app, f"{begin}/sematan/<figure>", site.embedded, said)
    app.add_url_rule(f"{begin}/cari", f"{begin}/cari", site.search, defaults=said)


def _rule(app: Flask, path: str, view: Callable[..., Answer], said: dict[str, str]) -> None:
    """A path of the whole city, and of each of its areas."""
    for one in (path, f"{path}/<area:area>"):
        app.add_url_rule(one, one, view, defaults=said)


def _no_numbers() -> None:
    """A person's number in an address would end in logs and histories."""
    if not request.path.startswith("/api/") and holds_identifier(request.full_path):
        abort(400, "number")
