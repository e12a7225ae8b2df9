"""The plain pages around the command center: forms, and calm words when something cannot be shown."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from dash.exceptions import DependencyException
from flask import Flask, Response, g, jsonify, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.exceptions import HTTPException, NotFound

from dashboard.access import cookies
from dashboard.access.cookies import NEW_SCREEN
from dashboard.access.roles import Viewer
from dashboard.static import Assets
from etl.cities import City
from etl.text import Text
from etl.warehouse import SOURCES, reading

TEMPLATES = "dashboard/templates/command"

SAYS = {
    400: Text(
        "Permintaan ini tidak dapat dibaca. Muat ulang halaman.", "This request cannot be read. Reload the page."
    ),
    401: Text("Sesi sudah berakhir. Masuk lagi.", "The session is over. Sign in again."),
    403: Text(
        "Halaman ini tidak untuk peran Anda. Bila memang perlu, minta admin kota menambah peran.",
        "This page is not for your role. If you need it, ask the city's administrator for the role.",
    ),
    404: Text("Halaman ini tidak ada.", "This page does not exist."),
    405: Text("Cara meminta ini tidak ada di sini.", "It cannot be asked for in this way."),
    408: Text("Kiriman terlalu lama. Coba lagi.", "It took too long to arrive. Try again."),
    413: Text("Kiriman terlalu besar.", "Too much was sent."),
    429: Text("Terlalu banyak permintaan. Tunggu satu menit.", "Too many requests. Wait a minute."),
    500: Text(
        "Ada yang salah di server ini; sudah tercatat. Coba lagi.",
        "Something is wrong on this server; it is logged. Try again.",
    ),
    503: Text(
        "Gudang data sedang tidak menjawab. Coba lagi sebentar lagi.",
        "The warehouse does not answer just now. Try again in a moment.",
    ),
}


def language() -> str:
    """The language that the address asks for."""
    return "en" if request.args.get("bahasa") == "en" else "id"


@dataclass
class Pages:
    """Prints the templates of ``templates/command``."""

    assets: Assets
    templates: Environment = field(init=False)

    def __post_init__(self) -> None:
        self.templates = Environment(
            loader=FileSystemLoader(str(self.assets.root.parent / TEMPLATES)),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def answer(self, template: str, status: int = 200, **told: Any) -> Response:
        """A page in the asked language, never kept by anybody."""
        spoken = language()

        def say(text: Text) -> str:
            return text.say(spoken)

        viewer: Viewer | None = g.get("viewer")
        page = self.templates.get_template(template)
        always = {"say": say, "language": spoken, "asset": self.assets.url, "viewer": viewer, "now": _now}
        always |= {"fine": status < 400, "simulated": "city" in told and _simulated(told["city"])}
        body = page.render(told | always)
        return Response(body, status, mimetype="text/html", headers={"Cache-Control": "no-store"})

    def refuse(self, error: HTTPException) -> Response:
        """Calm words instead of an error: a page for people, JSON for scripts; no detail for an attacker."""
        status = error.code or 500
        if error.response is not None:
            return error.response  # type: ignore[return-value]
        says = getattr(error, "says", None) or SAYS.get(status, SAYS[400] if status < 500 else SAYS[500])
        if "text/html" in request.headers.get("Accept", ""):
            response = self.answer("calm.html", status, says=says, code=status, retries=_retries(status))
        else:
            response = jsonify(state="error", message=says.say(language()))
            response.status_code = status
            response.headers["Cache-Control"] = "no-store"
        if status == 503:
            response.headers["Retry-After"] = "5"
        return response


def _simulated(city: City) -> bool:
    """Whether anything of this city comes from the simulator: the page then says so."""
    query = sa.select(sa.func.bool_or(SOURCES.c.simulated)).where(SOURCES.c.city_code == city.code)
    with reading(city.code) as connection:
        return bool(connection.scalar(query))


def _retries(status: int) -> bool:
    """Whether the page asks again by itself: nobody stands at a wall to do it, and what is wrong may pass."""
    at_a_wall = request.path == NEW_SCREEN or cookies.is_screen(request)
    return at_a_wall and (status == 429 or status >= 500)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def register(server: Flask, pages: Pages) -> None:
    """Every refusal of the application is answered by ``pages``."""
    server.register_error_handler(HTTPException, pages.refuse)
    # Dash raises it for a bundle that there is not.
    server.register_error_handler(DependencyException, lambda error: pages.refuse(NotFound()))
