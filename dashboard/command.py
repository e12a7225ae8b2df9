"""The command center: a Dash application whose data all come through ``/panel``.

Routes: ``/healthz`` is the process alive, ``/readyz`` can it serve, ``/metrics`` counts · ``/pulse`` versions and ages
of everything · ``/bell`` the doorbell that pages poll · ``/meta`` cities, areas, pages · ``/panel/<page>/<panel>`` an
answer, ``.csv`` its table; ``/panels/<page>`` what is ready of a page's · ``/boundaries/…`` maps · ``POST
/ingest/<city>/<source>`` the push door · ``/masuk``, ``/akun`` signing in. Every one has a declared audience
(``_declare``), every request passes the guard, and answers are read with the SQL role of whoever asks: P0 and P1
columns, rows of one city.
"""

import datetime as dt
import json
import logging
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from dash import Dash
from flask import Flask, Response, abort, g, jsonify, request
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard import cases, exemptions, ingest, objections, purchases, repair, roster, shell, trail
from dashboard.access import admin, bodies, openid, pairing, production, provider, sessions, sign_in, site
from dashboard.access import pages as plain_pages
from dashboard.access.bodies import DELIVERY, FORM
from dashboard.access.guard import Guard
from dashboard.access.pages import Pages
from dashboard.access.roles import ANYONE, SIGNED_IN, Audience, Viewer
from dashboard.analyses import models
from dashboard.answering import Answering, bad_scope, sent
from dashboard.answers import Cache, ready
from dashboard.areas import boundary_address
from dashboard.callbacks import path_asked, well_formed
from dashboard.front import Front
from dashboard.gauges import Gauges
from dashboard.indicators import indicators
from dashboard.live import EVERY_CITY, Live
from dashboard.metrics import Metrics
from dashboard.office import desk, mailbox, shifts
from dashboard.page import PAGES, Page, pages
from dashboard.panels import Panel
from dashboard.readiness import Readiness
from dashboard.scope import BadScope
from dashboard.wall import remote
from dashboard.wall import routes as walls
from dashboard.words import WORDS
from etl import health, logs
from etl.areas import area_book
from etl.boundary_files import basemap, boundary_file
from etl.cities import City, all_cities
from etl.text import Text

log = logging.getLogger(__name__)
ROOT = Path(__file__).parent.parent
LEVELS = ("kecamatan", "kelurahan")
FOREVER = "public, max-age=31536000, immutable"


@cache
def cities() -> Mapping[str, City]:
    """The cities by slug; a new city needs a restart."""
    return {city.slug: city for city in all_cities()}


def build() -> str:
    """A fingerprint of the code on disk: pages reload when, and only when, it changed."""
    digest = sha256()
    for folder in ("dashboard", "pages", "assets"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".js", ".css", ".html"}:
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def load_pages() -> None:
    """Import every page, so that ``PAGES`` is filled; for tests and command lines that need no server."""
    if not PAGES:
        create()


def create() -> Flask:
    """Build the application, warm, ready for parallel requests."""
    logs.set_up()
    app = Dash(
        __name__,
        use_pages=True,
        pages_folder=str(ROOT / "pages" / "command"),
        **shell.dash_options(),
    )
    app.layout = shell.layout
    assets = shell.register(app, _first)
    server: Flask = app.server
    here = site.here()
    production.require(here)
    guard, counted = Guard(here, cities(), _home), Metrics()
    counted.follow(server)
    plain = Pages(assets)
    plain_pages.register(server, plain)
    for part in (sign_in, pairing, admin, repair, cases, purchases, exemptions, objections, trail):
        part.register(server, guard, plain)
    provider.register(server, guard, openid.here())
    answering, made = Answering(Live(), Cache(ready), cities()), build()
    _routes(server, guard, answering, made)
    counted.registry.register(Gauges(answering.live, answering.answers, cities()))
    server.add_url_rule("/metrics", "metrics", counted.answer)
    walls.register(server, guard, plain, answering, made)
    remote.register(server, guard, plain)
    roster.register(server, guard, plain, answering.live)
    desk.register(server, guard, plain, answering)
    mailbox.register(server, guard, plain)
    shifts.register(server, guard, plain)
    _declare(guard)
    bodies.register(server)
    guard.stand(server)
    skeleton = _skeletons(server.view_functions[CALLBACKS])
    server.before_request(lambda: _known(app, skeleton))
    if (
        here.production
    ):  # behind the proxy that speaks https: tries are counted by the browser's address, not by its own
        server.wsgi_app = ProxyFix(server.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]  # how Flask says it
    # A cold worker answers its first parallel requests with 500: one request warms it before any other comes.
    server.test_client().get("/healthz")
    with server.test_request_context("/"):
        app.index()
    return server


CALLBACKS = "/_dash-update-component"
SKELETONS = 128  # pages as they were asked for, with their addresses
ANY_PATH = "/<path:path>"  # Dash answers every path with its index; we do not


def _declare(guard: Guard) -> None:
    """Who may ask for what. A route that is missing here keeps the application from starting."""
    # Code, fonts, outlines of wards; versions and ages for who watches the server: no row of anybody.
    guard.for_machines("/healthz", "/readyz", "/metrics")
    guard.open_to(ANYONE, "/pulse", "/boundaries/<slug>/<name>", "/_favicon.ico")
    guard.open_to(ANYONE, "/static/<path:filename>", "/static/files/<path:name>", "/assets/<path:filename>")
    guard.open_to(ANYONE, "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>")
    guard.with_own_key("/ingest/<city>/<name>")
    guard.open_to(SIGNED_IN, "/bell", "/meta", "/_dash-layout", "/_dash-dependencies", "/_reload-hash")
    guard.open_to(lambda: _of_page(request.path), "/", ANY_PATH)
    # Dash adds a random ``endId`` to it.
    guard.with_random_address(lambda: _of_page(path_asked(request.get_data())), CALLBACKS)
    guard.open_to(_of_panel, "/panels/<page>", "/panel/<page>/<name>", "/panel/<page>/<name>.csv")


def _of_page(path: str) -> Audience:
    """The audience of the page at a path; of what is no page whoever is signed in may know that."""
    return next((page.audience for page in pages() if page.path == path), SIGNED_IN)


def _first(path: str) -> shell.First | None:
    """The page that is opened at a path."""
    return next((page.first for page in pages() if page.path == path), None)


def _home(viewer: Viewer) -> str | None:
    """The first page that is open to somebody."""
    open_ones = (page for page in pages() if any(viewer.may(page.audience, code) for code in viewer.cities))
    return next((page.path for page in open_ones), None)


def _of_panel() -> Audience:
    page = PAGES.get((request.view_args or {})["page"])
    return page.audience if page else SIGNED_IN


def _skeletons(dash: Callable[[], Any]) -> Callable[[bytes], bytes]:
    """Pages as Dash lays them out, by the digest of what was asked: they depend on nobody; the guard asked before."""

    @lru_cache(SKELETONS)
    def skeleton(asked: bytes) -> bytes:
        return bytes(dash().get_data())  # which reads the request by itself

    return skeleton


def _known(app: Dash, skeleton: Callable[[bytes], bytes]) -> Response | None:
    """A path that is no declared route must be a declared page, a callback one that there is: its answer."""
    rule = request.url_rule.rule if request.url_rule else ANY_PATH
    if rule == ANY_PATH and request.path not in {page.path for page in pages()}:
        abort(404)
    if rule != CALLBACKS or request.method != "POST":
        return None
    if not well_formed(app, body := request.get_data()):
        log.warning("callback tak terbaca | unreadable: %s of %s bytes", len(body), request.content_length)
        abort(400)
    return sent(skeleton(sha256(body).digest()))


def _routes(server: Flask, guard: Guard, answering: Answering, made: str) -> None:
    live = answering.live
    server.add_url_rule("/healthz", "healthz", lambda: jsonify(status="ok", build=made))
    server.add_url_rule("/readyz", "readyz", Readiness().answer)
    server.add_url_rule("/pulse", "pulse", lambda: _pulse(live))
    server.add_url_rule("/bell", "bell", lambda: _bell(live, made))
    server.add_url_rule("/meta", "meta", _meta)
    server.add_url_rule("/boundaries/<slug>/<name>", "boundaries", _boundaries)
    server.add_url_rule(
        "/panel/<page>/<name>.csv", "panel_csv", lambda page, name: answering.csv("page", *_found(page, name))
    )
    server.add_url_rule(
        "/panel/<page>/<name>", "panel", lambda page, name: answering.panel("page", *_found(page, name))
    )
    server.add_url_rule("/panels/<page>", "panels", lambda page: answering.ready(*_found_page(page)))
    server.add_url_rule("/ingest/<city>/<name>", "ingest", ingest.accept, methods=["POST"])
    server.register_error_handler(BadScope, bad_scope)


def _pulse(live: Live) -> Response:
    """Per city and dataset: version, age_s, promise_s."""
    return jsonify({slug: live.pulse(city.code) for slug, city in cities().items()})


def _bell(live: Live, made: str) -> Response:
    """Versions and ages of one city; unchanged answers are a 304 of no bytes."""
    slug, code = g.city.slug, g.city.code
    if request.headers.get("Active"):
        sessions.touch(g.viewer)
    versions, fresh = live.of(code) | {EVERY_CITY: live.of_all(g.viewer.cities)}, live.fresh(code)
    tag = sha256(f"{made}{slug}{versions}{fresh}".encode()).hexdigest()[:20]
    response = jsonify(build=made, now=dt.datetime.now(dt.UTC).isoformat(), versions=versions, fresh=fresh)
    response.set_etag(tag)
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def _meta() -> Response:
    """What the shell needs to draw navigation and filters: the viewer's cities, and the pages open to them there."""
    own = [city for city in cities().values() if city.code in g.viewer.cities]
    stamp = tuple((area_book(city), *_maps(city).values()) for city in own)  # others once a city's files changed
    return sent(_meta_of(g.viewer, "en" if request.args.get("bahasa") == "en" else "id", stamp))


@lru_cache(maxsize=64)
def _meta_of(viewer: Viewer, language: str, stamp: Hashable) -> bytes:
    own = {slug: city for slug, city in cities().items() if city.code in viewer.cities}
    open_in = {page: [slug for slug, city in own.items() if viewer.may(page.audience, city.code)] for page in pages()}
    open_in = {page: slugs for page, slugs in open_in.items() if not page.several or len(slugs) > 1}
    told = {
        "name": viewer.name if viewer.is_person else "",
        "agencies": {slug: only for slug, city in own.items() if (only := viewer.agency(SIGNED_IN, city.code))},
        "cities": [_city_meta(city) for city in own.values()],
        "plain": [
            {"path": path, "title": title.say(language), "icon": icon, "cities": slugs}
            for path, title, icon, audience in (*desk.ENTRIES, objections.ENTRY)
            if (slugs := [slug for slug, city in own.items() if viewer.may(audience, city.code)])
        ],
        "pages": [_page_meta(page, language) | {"cities": slugs} for page, slugs in open_in.items() if slugs],
        "words": {name: text.say(language) for name, text in (_titles() | WORDS).items()},
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _titles() -> dict[str, Text]:
    """What pages may be filtered by besides the words of vocabularies: subjects, figures and models by their names."""
    titles = {page.slug: page.title for page in pages()}
    titles |= {key: about.title for key, about in indicators().items()}
    return titles | {key: model.title for key, model in models().items()}


def _page_meta(page: Page, language: str) -> dict[str, Any]:
    named = {name: title.say(language) for name, title in page.dimensions.items()}
    plain = {"path": page.path, "title": page.title.say(language), "icon": page.icon, "period": page.period}
    return plain | {"dimensions": named}


def _city_meta(city: City) -> dict[str, Any]:
    book = area_book(city)
    below = [
        {"code": area.code, "name": area.name, "parent": area.parent, "level": area.level}
        for area in book
        if area.code != city.code
    ]
    return {
        "slug": city.slug,
        "code": city.code,
        "name": city.short_name,
        "zone": city.zone,
        "areas": below,
        "maps": _maps(city),
    }


def _maps(city: City) -> dict[str, str]:
    """The addresses of a city's boundaries, by level."""
    return {level: boundary_address(city.slug, level, boundary_file(city, level)) for level in LEVELS}


def _boundaries(slug: str, name: str) -> Response:
    """A boundary file by its hashed, immutable address."""
    level = name.partition(".")[0]
    if slug not in cities() or level not in (*LEVELS, *basemap(cities()[slug])):
        abort(404)
    city = cities()[slug]
    path = boundary_file(city, level) if level in LEVELS else basemap(city)[level]
    if boundary_address(slug, level, path).rpartition("/")[2] != name:
        abort(404)
    return Response(path.read_bytes(), mimetype="application/geo+json", headers={"Cache-Control": FOREVER})


def _found_page(page: str) -> tuple[Page, Sequence[Panel]]:
    declared = PAGES.get(page)
    if declared is None:
        abort(404)
    return declared, declared.panels


def _found(page: str, name: str) -> tuple[Page, Panel]:
    declared = PAGES.get(page)
    panel = declared.panel(name) if declared else None
    if declared is None or panel is None:
        abort(404)
    return declared, panel


def __getattr__(name: str) -> Front:
    """``dashboard.command:server`` for an ASGI server, made when it is asked for: importing starts nothing."""
    if name == "server":
        threading.Thread(target=health.tell, name="health", daemon=True).start()  # nobody waits for what it finds
        return Front(create(), lambda path: DELIVERY if path.startswith("/ingest/") else FORM)
    raise AttributeError(name)
