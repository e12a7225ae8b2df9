"""The public site: an application of its own, in which private pages, routes and data do not exist.

It has no connection to the warehouse: everything that it shows stands in the releases on its shelf. Its pages are
declared in ``pages/public``. No script is needed and no cookie is set.
"""

from flask import Flask, Response

from dashboard.headers import HEADERS, PUBLIC_POLICY, content_security
from dashboard.public import aid, api, downloads, feeds, metadata, origin, pictures, routes, watched
from dashboard.public.front import Front
from dashboard.public.printing import TEMPLATES, Printer
from dashboard.static import Assets
from etl import logs
from etl.bundle import Shelf, shelf


def create(on: Shelf | None = None) -> Flask:
    """Build the application on the releases of this installation, or on others."""
    logs.set_up()
    app = Flask(__name__, static_folder=None, template_folder=str(TEMPLATES))
    assets = Assets()
    assets.serve(app)
    releases = on or shelf()
    watched.register(app, releases)
    printer = Printer(releases, assets)
    routes.register(app, printer)
    aid.register(app, printer.plain)
    for part in (origin, api, downloads, metadata, feeds, pictures):
        part.register(app, releases)
    app.after_request(_secure)
    return app


def _secure(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", content_security(PUBLIC_POLICY))
    return response


def __getattr__(name: str) -> Front:
    """``dashboard.public:server`` for an RSGI server, made when it is asked for: importing starts nothing."""
    if name == "server":
        return Front(create(), Assets(), shelf())
    raise AttributeError(name)
