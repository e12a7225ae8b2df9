"""The API of open data, ``/api/v1``: published rows picked by filters, of any release, as JSON or CSV.

It reads releases only, adds nothing up, and says what is wrong with a question without repeating it.
"""

import ipaddress
import time
from collections.abc import Callable

import msgspec
from flask import Flask, Response, g, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.routing import RequestRedirect

from dashboard.identifiers import REFUSED, holds_identifier
from dashboard.public.api import answers, told
from dashboard.public.api import parameters as asked
from dashboard.public.api.asking import Ask, categories
from dashboard.public.api.endpoint import Endpoint
from dashboard.public.api.openapi import Writer
from dashboard.public.api.parameters import Anything, Parameter, read
from dashboard.public.api.problems import Problem, spoken
from dashboard.public.origin import base
from dashboard.public.wire import FOR_A_WHILE, FOREVER, TO_ALL, wired
from etl.bundle import About, Shelf
from etl.text import Text

HOME, OPENAPI = "/api/v1", "/api/v1/openapi.json"
RATE = parse("300/minute")  # of one address: programs read large parts at a time
MOST_ASKED = 2000  # letters of a query: Link repeats it, and a proxy takes only so much of a head
SAFE = ("GET", "HEAD")
JSON, CSV = "application/json", "text/csv"
ALLOW = {"Allow": "GET, HEAD, OPTIONS"}
PREFLIGHT = {
    **ALLOW,
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Accept-Language, If-None-Match",
    "Access-Control-Max-Age": "86400",
}
OF_A_RELEASE = (asked.RELEASE, asked.AS_OF)
ENDPOINTS = (
    Endpoint(
        "cities",
        "/cities",
        Text("Kota yang menerbitkan data", "Cities that publish data"),
        (asked.LANGUAGE,),
        answers.cities,
        told.Cities,
    ),
    Endpoint(
        "releases",
        "/{city}/releases",
        Text("Rilis sebuah kota, yang terbaru lebih dulu", "Releases of a city, the newest first"),
        (asked.CITY, *asked.page(), asked.LANGUAGE),
        answers.releases,
        told.Releases,
        has_pages=True,
    ),
    Endpoint(
        "release",
        "/{city}/releases/{number}",
        Text("Satu rilis: wilayah dan berkasnya", "One release: its areas and files"),
        (asked.CITY, asked.NUMBER, asked.LANGUAGE),
        answers.release,
        told.Release,
    ),
    Endpoint(
        "tables",
        "/{city}/tables",
        Text("Tabel sebuah rilis dan artinya", "The tables of a release and what they mean"),
        (asked.CITY, *OF_A_RELEASE, asked.LANGUAGE),
        answers.tables,
        told.Tables,
    ),
    Endpoint(
        "rows",
        "/{city}/tables/{table}",
        Text("Baris sebuah tabel", "Rows of a table"),
        (
            *(asked.CITY, asked.TABLE, asked.AREA, asked.LEVEL, asked.SINCE, asked.UNTIL, asked.COLUMNS),
            *(*OF_A_RELEASE, *asked.page(), asked.FORMAT, asked.LANGUAGE),
        ),
        answers.rows,
        told.Rows,
        has_csv=True,
        has_pages=True,
        by_category=True,
    ),
    Endpoint(
        "indicators",
        "/{city}/indicators",
        Text("Arti, rumus dan satuan setiap angka", "Meaning, formula and unit of every figure"),
        (asked.CITY, *OF_A_RELEASE, asked.LANGUAGE),
        answers.indicators,
        told.Indicators,
    ),
    Endpoint(
        "corrections",
        "/{city}/corrections",
        Text("Angka terbit yang kemudian berubah", "Published numbers that changed later"),
        (asked.CITY, asked.OF_TABLE, *OF_A_RELEASE, *asked.page(), asked.LANGUAGE),
        answers.corrections,
        told.Corrections,
        has_pages=True,
    ),
)


def register(app: Flask, shelf: Shelf) -> None:
    """Answer ``/api/v1`` on ``app``."""
    app.before_request(_refuse_identifiers)
    app.before_request(_gate(RATE))
    app.after_request(_tell_rate)
    app.register_error_handler(Problem, Problem.response)
    app.add_url_rule(OPENAPI, "api.openapi", lambda: _openapi(shelf))
    for endpoint in ENDPOINTS:
        rule = HOME + endpoint.path.replace("{", "<").replace("}", ">")
        app.add_url_rule(rule, f"api.{endpoint.name}", _answering(endpoint, shelf))


# Before anything is answered


def _refuse_identifiers() -> Response | None:
    """An address that holds a number of a person is answered nowhere on this site, and not repeated."""
    if not holds_identifier(request.full_path):
        return None
    if request.path.startswith(HOME):
        raise Problem(400, REFUSED)
    return Response(REFUSED.say(spoken()), 400, mimetype="text/plain", headers={"Cache-Control": "no-store"})


def _gate(rate: RateLimitItem) -> Callable[[], Response | None]:
    limiter = FixedWindowRateLimiter(MemoryStorage())

    def gate() -> Response | None:
        if not f"{request.path}/".startswith("/api/"):
            return None
        if request.method == "OPTIONS":
            return Response(status=204, headers={**TO_ALL, **PREFLIGHT})
        if request.method not in SAFE:
            raise Problem(405, Text("API ini hanya untuk dibaca", "This API is read only"), headers=ALLOW)
        _count(limiter, rate)
        if len(request.query_string) > MOST_ASKED:
            raise Problem(414, Text(f"paling panjang {MOST_ASKED} huruf", f"{MOST_ASKED} characters at most"))
        if request.routing_exception and not isinstance(request.routing_exception, RequestRedirect):
            raise Problem(404, Text(f"alamat yang ada: {OPENAPI}", f"for the addresses that there are see {OPENAPI}"))
        return None

    return gate


def _count(limiter: FixedWindowRateLimiter, rate: RateLimitItem) -> None:
    """Count a request of this address. Raises Problem for one too many."""
    address = _whose(request.remote_addr or "")
    allowed = limiter.hit(rate, address)
    stats = limiter.get_window_stats(rate, address)
    wait = max(1, round(stats.reset_time - time.time()))
    g.rate = {
        "RateLimit-Policy": f'"ip";q={rate.amount};w={rate.get_expiry()}',
        "RateLimit": f'"ip";r={stats.remaining};t={wait}',
    }
    if not allowed:
        says = Text(f"coba lagi setelah {wait} detik", f"try again after {wait} seconds")
        raise Problem(429, says, headers={"Retry-After": str(wait)})


def _whose(address: str) -> str:
    """Who asks: an address, or the network of one of IPv6, of which a household has many."""
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        return ""
    return address if version == 4 else str(ipaddress.ip_network(f"{address}/64", strict=False))


def _tell_rate(response: Response) -> Response:
    response.headers.update(g.get("rate", {}))
    return response


# Answers


def _answering(endpoint: Endpoint, shelf: Shelf) -> Callable[..., Response]:
    def answer(**path: str) -> Response:
        ask = _ask(endpoint, shelf, path)
        form = _form(endpoint, ask)
        answer = endpoint.answer(ask)
        cache = FOREVER if ask.pinned else FOR_A_WHILE
        if form == CSV and answer.csv:
            response = wired(answer.csv().encode(), f"{CSV}; charset=utf-8", cache, "Accept, Accept-Encoding")
            name = f"{ask.city}-{answer.release}-{ask.said['table']}.csv"
            response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        else:
            response = wired(msgspec.json.encode(answer.body), JSON, cache, "Accept, Accept-Encoding")
        response.headers.update(_linked(ask, answer))
        return response

    return answer


def _ask(endpoint: Endpoint, shelf: Shelf, path: dict[str, str]) -> Ask:
    """The question, every part of it read. Raises Problem."""
    said = {one.name: one.read([path[one.name]]) for one in endpoint.parameters if one.name in path}
    query = tuple(one for one in endpoint.parameters if one.name not in path)
    if endpoint.by_category:
        said |= {one.name: one.read(request.args.getlist(one.name)) for one in OF_A_RELEASE}
        first = Ask(shelf, base(), request.path, said, request.args)
        query += filters(first.about(first.bundle()))
    return Ask(shelf, base(), request.path, said | read(query, request.args), request.args)


def filters(*abouts: About) -> tuple[Parameter, ...]:
    """Every column of categories of these tables as a parameter."""
    found: dict[str, list[str]] = {}
    for about in abouts:
        for key in categories(about):
            found.setdefault(key, []).append(about.name)
    return tuple(
        Parameter(
            key, Text(f"Nilai {key}: {', '.join(names)}", f"Values of {key}: {', '.join(names)}"), Anything(), True
        )
        for key, names in found.items()
    )


def _form(endpoint: Endpoint, ask: Ask) -> str:
    """JSON or CSV, as ``format`` says, else as the reader accepts. Raises Problem."""
    there = (JSON, CSV) if endpoint.has_csv else (JSON,)
    if said := ask.said.get("format"):
        return CSV if said == "csv" else JSON
    accepted = request.accept_mimetypes.best_match(there) if request.accept_mimetypes else JSON
    if accepted is None:
        raise Problem(406, Text("bentuk yang ada", "there are these forms"), "Accept", there)
    return accepted


def _linked(ask: Ask, answer: answers.Answer) -> dict[str, str]:
    """Where the other parts are, and where this answer is for ever."""
    page, links = answer.page, {}
    if answer.release is not None:
        links["canonical"] = ask.address(answer.release, page, page.offset if page else 0)
    if page:
        links |= {name: ask.address(answer.release, page, offset) for name, offset in page.offsets.items()}
    told = {"Link": ", ".join(f'<{address}>; rel="{name}"' for name, address in links.items())} if links else {}
    return told | ({"X-Total-Count": str(page.total)} if page else {})


def _openapi(shelf: Shelf) -> Response:
    read((asked.LANGUAGE,), request.args)
    manifests = [shelf.bundle(city).manifest for city in shelf.cities()]
    abouts = [about for manifest in manifests for about in manifest.tables]
    examples = {
        "city": [manifest.city for manifest in manifests],
        "table": list(dict.fromkeys(about.name for about in abouts)),
        "area": [manifest.city_code for manifest in manifests],
    }
    endpoints = [one.with_filters(filters(*abouts)) if one.by_category else one for one in ENDPOINTS]
    document = Writer(spoken(), examples).document(endpoints, base() + HOME)
    response = wired(msgspec.json.encode(document), JSON, FOR_A_WHILE, "Accept-Encoding, Accept-Language")
    response.headers["Content-Language"] = spoken()
    return response
