"""The files of releases: ``/<city>/rilis/12/data/<file>`` for ever, ``/<city>/data/<file>`` of the newest.

Only what a manifest lists is served, from its folder, with its digest as ETag; parts of it too, so that a download goes
on where it broke off.
"""

import datetime as dt
from collections.abc import Mapping

from flask import Flask, Response, abort, redirect, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from dashboard.public.api.asking import release_at
from dashboard.public.api.parameters import AS_OF
from dashboard.public.files import DATA
from dashboard.public.origin import base
from dashboard.public.package import MEDIA_TYPES
from dashboard.public.packed import CODINGS
from dashboard.public.wire import FOR_A_WHILE, FOREVER, open_to_all
from etl.bundle import Bundle, NoRelease, Shelf

SHOWN = (".json", ".geojson")  # in the browser; the others are saved


def register(app: Flask, shelf: Shelf) -> None:
    """Serve the files of releases on ``app``."""

    def newest(city: str, file: str) -> AnyResponse:
        if said := AS_OF.read(request.args.getlist("as_of")):
            return _redirect(shelf, city, file, said)
        return _file(_bundle(shelf, city), file, FOR_A_WHILE)

    def of_release(city: str, number: int, file: str) -> Response:
        return _file(_bundle(shelf, city, number), file, FOREVER)

    app.add_url_rule("/<city>/data/<file>", "downloads.newest", newest)
    app.add_url_rule("/<city>/rilis/<int:number>/data/<file>", "downloads.of_release", of_release)


def _bundle(shelf: Shelf, city: str, number: int | None = None) -> Bundle:
    try:
        return shelf.bundle(city, number)
    except NoRelease:
        abort(404)


def _redirect(shelf: Shelf, city: str, file: str, as_of: dt.date | dt.datetime) -> AnyResponse:
    _bundle(shelf, city)
    response = redirect(address(release_at(shelf, city, as_of), file), 302)
    response.headers["Cache-Control"] = FOR_A_WHILE  # of today's day there may be a newer one in an hour
    return response


def address(bundle: Bundle, file: str) -> str:
    """Where a file of a release is for ever."""
    return f"{base()}/{bundle.manifest.city}/rilis/{bundle.manifest.number}/{DATA}/{file}"


def _file(bundle: Bundle, file: str, cache: str) -> Response:
    files = bundle.manifest.files
    path = f"{DATA}/{file}"
    ending = "." + file.rpartition(".")[2]
    if path not in files or ending not in MEDIA_TYPES:
        abort(404)
    coding = _coding(files, path)
    sent = path + CODINGS.get(coding, "")
    response = send_file(
        bundle.folder / sent,
        MEDIA_TYPES[ending],
        as_attachment=ending not in SHOWN,
        download_name=f"{bundle.manifest.city}-{bundle.manifest.number}-{file}",
        etag=files[sent],
        last_modified=bundle.manifest.made_at,
    )
    if coding:
        response.headers["Content-Encoding"] = coding
    response.headers["Cache-Control"] = cache
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Link"] = f'<{address(bundle, file)}>; rel="canonical"'
    return open_to_all(response)


def _coding(files: Mapping[str, str], path: str) -> str:
    """The first coding that the reader can undo and in which the file lies there; empty for the plain file."""
    accepted = request.headers.get("Accept-Encoding", "")
    return next((name for name, ending in CODINGS.items() if name in accepted and path + ending in files), "")
