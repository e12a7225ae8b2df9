"""The public site: an application of its own, in which private pages, routes and data do not exist.

It has no connection to the warehouse: what is public is published in releases after disclosure control, and there is
none yet, which is what it says. Its pages are described by the indicators and the contracts themselves, rendered once
per language when the process starts, and served from ready bytes; its forms (``aid``) keep nothing. No script, no
cookie.
"""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import groupby
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard import dictionary
from dashboard.access import bodies, site
from dashboard.front import Front
from dashboard.headers import HEADERS, PUBLIC_POLICY, content_security
from dashboard.indicators import indicators
from dashboard.open_data import catalogue
from dashboard.public import aid
from dashboard.static import Assets
from etl.catalogue import contracts
from etl.cities import all_cities
from etl.text import Text

LANGUAGES = ("id", "en")
FOR_A_WHILE = "public, max-age=300"


@dataclass(frozen=True)
class Place:
    """A page: where it is, what it is called, and its template."""

    path: str
    title: Text
    template: str


@dataclass(frozen=True)
class Printed:
    """A page as it goes over the wire."""

    plain: bytes
    packed: bytes
    etag: str


PLACES = (
    Place("/", Text("Beranda", "Home"), "home.html"),
    Place("/angka", Text("Tentang angka ini", "About the figures"), "figures.html"),
    Place("/data", Text("Data terbuka", "Open data"), "open_data.html"),
    Place("/kamus", Text("Kamus data", "Data dictionary"), "dictionary.html"),
)
NOT_FOUND = Place("", Text("Halaman tidak ada", "No such page"), "missing.html")


def create() -> Flask:
    """Build the application with every page already printed."""
    app = Flask(__name__, static_folder=None, template_folder="../templates/public")
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    assets = Assets()
    assets.serve(app)
    draw = _drawer(app, assets)
    for place in PLACES:
        app.add_url_rule(place.path, place.template, _serving(place, draw))
    aid.register(app, partial(_page, app, assets))
    app.add_url_rule("/healthz", "healthz", lambda: jsonify(status="ok"))
    app.register_error_handler(HTTPException, _refusing(draw))
    app.after_request(_secure)
    bodies.register(app)
    if site.here().production:  # behind the proxy that speaks https: tries are counted by the browser's address
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]  # how Flask says it
    return app


def _page(app: Flask, assets: Assets, template: str, language: str, title: Text, path: str, **told: object) -> str:
    """A page that is printed when it is asked for."""
    place, say = Place(path, title, template), lambda text: text.say(language)
    always = {"place": place, "places": PLACES, "language": language, "say": say, "asset": assets.url}
    return app.jinja_env.get_template(template).render(told | always)


Drawer = Callable[[Place, str], Printed]


def _drawer(app: Flask, assets: Assets) -> Drawer:
    """A function that prints a page in one language."""
    told = _told()

    def draw(place: Place, language: str) -> Printed:
        def say(text: Text) -> str:
            return text.say(language)

        template = app.jinja_env.get_template(place.template)
        page = template.render(told, place=place, places=PLACES, language=language, say=say, asset=assets.url)
        return _print(page)

    return draw


def _told() -> Mapping[str, Any]:
    """Everything that the templates may speak of; nothing in it comes from the warehouse."""
    cities = all_cities()
    ordered = sorted(indicators().values(), key=lambda indicator: indicator.subject)
    subjects = [(name, list(group)) for name, group in groupby(ordered, key=lambda indicator: indicator.subject)]
    told = {"cities": cities, "subjects": subjects, "contracts": contracts(), "words": dictionary}
    return told | {"catalogue": catalogue(cities)}


def _print(page: str) -> Printed:
    plain = page.encode()
    return Printed(plain, gzip.compress(plain, 9, mtime=0), sha256(plain).hexdigest()[:20])


def _serving(place: Place, draw: Drawer) -> Callable[[], Response]:
    ready = {language: draw(place, language) for language in LANGUAGES}

    def serve() -> Response:
        response = _wire(ready[_language()])
        response.headers["Cache-Control"] = FOR_A_WHILE
        response.make_conditional(request)
        return response

    return serve


def _refusing(draw: Drawer) -> Callable[[HTTPException], Response]:
    """Deny by default: whatever is not a page is answered calmly, and never with what was asked."""
    ready = {language: draw(NOT_FOUND, language) for language in LANGUAGES}

    def refuse(error: HTTPException) -> Response:
        response = _wire(ready[_language()])
        response.status_code = error.code or 404
        response.headers["Cache-Control"] = "no-store"
        return response

    return refuse


def _language() -> str:
    return "en" if request.args.get("bahasa") == "en" else "id"


def _wire(page: Printed) -> Response:
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(page.packed if packed else page.plain, mimetype="text/html")
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    # Packed and plain bytes are different answers, so they carry different tags.
    response.set_etag(f"{page.etag}-gz" if packed else page.etag)
    return response


def _secure(response: Response) -> Response:
    for name, value in (HEADERS | {"Content-Security-Policy": content_security(PUBLIC_POLICY)}).items():
        response.headers.setdefault(name, value)  # a form has a policy of its own
    return response


def __getattr__(name: str) -> Front:
    """``dashboard.public:server`` for an ASGI server, made when it is asked for: importing starts nothing."""
    if name == "server":
        return Front(create(), lambda path: aid.FORM_LIMIT)
    raise AttributeError(name)
