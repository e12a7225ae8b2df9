"""Jejak akses: who looked at rows of people, for the steward: search, whether the chain holds, a file of all of it."""

import csv
import datetime as dt
import io

from flask import Flask, Response, g, request

from dashboard.access.guard import Guard
from dashboard.access.pages import Pages
from dashboard.access.roles import Role
from dashboard.format import harmless
from etl import audit
from etl.audit import PURPOSES
from etl.cities import City

SHOWN = 500  # of the newest; all of them are in the file


def register(server: Flask, guard: Guard, pages: Pages) -> None:
    """Put the page on an application; it is the steward's."""

    def look() -> Response:
        city: City = g.city
        words = request.args.get("cari", "")
        return pages.answer(
            "trail.html", city=city, words=words, entries=audit.entries(city.code, words)[:SHOWN],
            broken=audit.broken(city.code), curious=list(audit.curious(city.code, dt.datetime.now(dt.UTC))),
            purposes=PURPOSES, begins=audit.begins_after(city.code),
        )  # fmt: skip

    for path, view, method in (("/jejak", look, "GET"), ("/jejak/unduh", _file, "POST")):
        server.add_url_rule(path, f"trail:{path}", view, methods=[method])
        guard.open_to(frozenset({Role.STEWARD}), path)


def _file() -> Response:
    text = io.StringIO()
    writer = csv.writer(text)
    names = ("at", "kind", "who", "name", "role", "purpose", "reason", "what", "row_count", "subjects", "hash")
    writer.writerow(names)
    for one in audit.entries(g.city.code):
        told = one | {"at": one["at"].isoformat(), "subjects": " ".join(one["subjects"])}
        writer.writerow([harmless(told[name]) for name in names])
    headers = {"Content-Disposition": 'attachment; filename="jejak-akses.csv"', "Cache-Control": "no-store"}
    return Response("\ufeff" + text.getvalue(), mimetype="text/csv", headers=headers)
