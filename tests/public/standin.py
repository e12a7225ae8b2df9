"""An application behind the front whose every answer says how often it was computed, and what it was told."""

import itertools
import os
from pathlib import Path

from flask import Flask, Response, jsonify, request, send_file

from dashboard.public.front import Front
from dashboard.static import Assets
from etl.bundle import NoRelease, Shelf, shelf

SHORT, FOREVER = "public, max-age=60, stale-while-revalidate=600", "public, max-age=31536000, immutable"
LONG = "Angka yang panjang. " * 200  # worth packing


def create(releases: Shelf) -> Flask:
    """The application; ``computed`` in its configuration counts."""
    app = Flask(__name__, static_folder=None)
    count = itertools.count(1)

    def said(cache: str, **more: str) -> Response:
        told = sorted(f"{name}: {value}" for name, value in request.headers.items())
        text = f"<p>{next(count)}</p> {request.full_path} {told} {request.remote_addr} {LONG}"
        return Response(text, mimetype="text/html", headers={"Cache-Control": cache, **more})

    def newest(city: str) -> str:
        return str(releases.newest(city))

    app.add_url_rule("/<city>/page/<name>", "newest", lambda city, name: said(SHORT, Release=newest(city)))
    app.add_url_rule("/en/<city>/page/<name>", "english", lambda city, name: said(SHORT, Release=newest(city)))
    app.add_url_rule("/<city>/rilis/<int:n>/page/<name>", "of_release", lambda city, n, name: said(FOREVER))
    app.add_url_rule("/same", "same", lambda: Response(LONG, headers={"Cache-Control": SHORT}))
    app.add_url_rule("/brief", "brief", lambda: said("public, max-age=1"))
    app.add_url_rule("/private", "private", lambda: said("no-store"))
    app.add_url_rule("/spoken", "spoken", lambda: said(SHORT, Vary="Accept-Language"))
    app.add_url_rule("/cookie", "cookie", lambda: said(SHORT, **{"Set-Cookie": "a=1"}))
    app.add_url_rule("/api/v1/rows", "rows", lambda: said(SHORT))
    app.add_url_rule(
        "/form", "form", lambda: jsonify(form=request.form, headers=dict(request.headers)), methods=["POST"]
    )
    app.add_url_rule("/wait/<name>", "wait", lambda name: _wait(said))
    app.add_url_rule("/<city>/rilis/<int:n>/data/<name>", "data", lambda city, n, name: _data(releases, city, n, name))
    app.register_error_handler(NoRelease, lambda error: ("none", 404))
    return app


def _wait(said) -> Response:  # type: ignore[no-untyped-def]
    """Until the pipe has a writer that closes it."""
    Path(os.environ["PANTAU_TEST_PIPE"]).read_bytes()
    return said(SHORT)  # type: ignore[no-any-return]


def _data(releases: Shelf, city: str, n: int, name: str) -> Response:
    bundle = releases.bundle(city, n)
    if f"data/{name}" not in bundle.manifest.files:
        return Response("none", 404)
    return send_file(bundle.folder / "data" / name, etag=bundle.manifest.files[f"data/{name}"])


def front(releases: Shelf) -> Front:
    """What is tested, before it."""
    return Front(create(releases), Assets(), releases)


def __getattr__(name: str) -> Front:
    if name == "server":
        return front(shelf())
    raise AttributeError(name)
