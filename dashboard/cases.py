"""Temuan: what the cross-checks found, case by case, for the steward and after a reason. Never a verdict."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask, Response, abort, g, request

from dashboard.access import reasons
from dashboard.access.guard import Guard
from dashboard.access.pages import Pages, language
from dashboard.access.roles import Role
from etl import audit
from etl.audit import PURPOSES
from etl.cities import City
from etl.crosschecks import counts, findings, rules
from etl.text import Text
from etl.warehouse import opening, reading


@dataclass
class Cases:
    """The pages, for one application."""

    pages: Pages

    def list(self) -> Response:
        """Every check with how much it found; no case."""
        return self._list()

    def _list(self, message: Text | None = None, status: int = 200) -> Response:
        city: City = g.city
        with reading(city.code) as connection:
            made = [one for one in counts(connection, city.code) if one["rule"] in rules()]
        return self.pages.answer(
            "findings.html", status, message=message, city=city, made=made, rules=rules(), purposes=PURPOSES
        )

    def open(self) -> Response:
        """Write down who looks at which cases and why; only then are they there."""
        rule = request.form.get("rule", "")
        if rule not in rules():
            abort(404)
        entry = reasons.opened(f"finding {rule}", Role.STEWARD)
        if entry is None:
            return self._list(reasons.NONE, 400)
        asked = {"kota": g.city.slug, "buka": entry, "bahasa": language()}
        place = f"/temuan/kasus?{urlencode(asked)}"
        return Response(status=303, headers={"Location": place, "Cache-Control": "no-store"})

    def cases(self) -> Response:
        """The cases of the check that was opened, with their evidence."""
        city, entry, look = reasons.look()
        name = look.what.removeprefix("finding ") if look else ""
        if look is None or name not in rules():
            return self._list(reasons.OVER, 403)
        with opening(city.code, entry, look.who) as connection:
            found = findings(connection, city.code, name)
        audit.shown(look, len(found), [one["subject"] for one in found])
        return self.pages.answer(
            "finding_cases.html", city=city, rule=rules()[name], found=found, look=look, purposes=PURPOSES
        )


def register(server: Flask, guard: Guard, pages: Pages) -> None:
    """Put the pages on an application; they are the steward's."""
    cases = Cases(pages)
    routes = (
        ("/temuan", cases.list, "GET"),
        ("/temuan/buka", cases.open, "POST"),
        ("/temuan/kasus", cases.cases, "GET"),
    )
    for path, view, method in routes:
        server.add_url_rule(path, f"cases:{path}", view, methods=[method])
        guard.open_to(frozenset({Role.STEWARD}), path)
