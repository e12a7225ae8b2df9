"""The pages of the mayor's office: this morning, the whole city, targets and owners. Plain HTML, no script needed."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, g, request

from dashboard.access.guard import Guard
from dashboard.access.pages import Pages, language
from dashboard.access.roles import Audience, Role
from dashboard.answering import Answering
from dashboard.answers import Cache
from dashboard.areas import places
from dashboard.indicator import Better
from dashboard.indicators import indicators
from dashboard.morning.morning import morning
from dashboard.office import targets
from dashboard.office.overview import overview, present, week
from dashboard.office.pillars import PILLARS, pillar, title
from dashboard.page import PAGES
from dashboard.panels.base import with_unit
from dashboard.wrong import Wrong
from etl.cities import City
from etl.office import OFFICE
from etl.text import Text
from etl.warehouse import reading

MAYOR: Audience = frozenset({Role.MAYOR})
LEADERS: Audience = frozenset({Role.MAYOR, Role.OPD_HEAD})
QUARTER_S, MINUTE_S = 900, 60  # for so long a computed morning, a computed city is shown
KEPT = Text("Tersimpan; halaman dan layar mengikuti dalam sedetik.", "Kept; pages and walls follow within a second.")
UNDONE = Text("Dibatalkan; yang sebelumnya berlaku lagi.", "Undone; what was before counts again.")
NOTHING_TO_UNDO = Text("Tidak ada yang dapat dibatalkan.", "There is nothing to undo.")
# What stands in the navigation of the command center, and leads to the rest: path, title, icon, audience.
ENTRIES = (("/pagi", Text("Pagi ini", "This morning"), "pagi", LEADERS),)
FIELDS = {
    "indicator": Text("Indikator", "Indicator"),
    "target": Text("Target", "Target"),
    "owner": Text("Penanggung jawab", "Owner"),
}


@dataclass
class Desk:
    """The pages, for one application."""

    pages: Pages
    answering: Answering
    known: Cache[dict[str, Any]] = field(default_factory=lambda: Cache(dict))

    def morning(self) -> Response:
        """At most five sentences, of the city or of the own agency."""
        viewer, city, now = g.viewer, g.city, _now()
        agency = viewer.agency(LEADERS, city.code)
        known = self._cached("morning", agency, QUARTER_S, lambda informed, said: _morning(informed, now, said, agency))
        may_open = [page.slug for page in PAGES.values() if viewer.may(page.audience, city.code)]
        return self.pages.answer("morning.html", city=city, known=known, agency=agency, may_open=may_open)

    def city(self) -> Response:
        """Every indicator with a target, by pillar."""
        now = _now()
        known = self._cached("city", None, MINUTE_S, lambda informed, said: _overview(informed, now, said))
        return self.pages.answer("whole_city.html", city=g.city, known=known)

    def targets(self) -> Response:
        """Every indicator with its target and owner."""
        return self._targets()

    def keep(self) -> Response:
        """Set a target and an owner, or take the last setting back."""
        city, key = g.city, request.form.get("indicator", "")
        try:
            if request.form.get("todo") == "undo":
                done = targets.undo(city.code, key, g.viewer.name)
                return self._targets(UNDONE) if done else self._targets(NOTHING_TO_UNDO, 409)
            about, number, owner = targets.check(key, request.form.get("target", ""), request.form.get("owner", ""))
            targets.set_(city.code, about, number, owner, g.viewer.name)
        except Wrong as error:
            return self._targets(refusal(error), 400)
        return self._targets(KEPT)

    def _targets(self, message: Text | None = None, status: int = 200) -> Response:
        city, now = g.city, _now()
        version = -1 if message else self._version(city)  # who has just changed something sees it before all others
        said = targets.in_force(city.code) if message else targets.known(city.code, version)
        values = self._cached("present", None, MINUTE_S, lambda informed, _: _present(informed, now))
        groups = [
            (title(name), [one for one in indicators().values() if pillar(one) == name and one.key in values])
            for name in PILLARS
        ]
        return self.pages.answer(
            "targets.html", status, message=message, city=city, groups=groups, values=values, said=said,
            published=city, history=targets.history(city.code)[:30], indicators=indicators(), neither=Better.NEITHER,
            more=Better.MORE, show=lambda number, unit: with_unit(number, unit, language()),
        )  # fmt: skip

    def _version(self, city: City) -> int:
        return self.answering.live.of(city.code).get(OFFICE, 0)

    def _cached(self, what: str, agency: str | None, for_s: int, make: Callable[..., dict[str, Any]]) -> dict[str, Any]:
        """What was computed of this city within the last so many seconds, with the targets that hold now."""
        city: City = g.city
        version = self._version(city)
        question = (what, city.slug, agency, language())
        stamp = (version, int(_now().timestamp() // for_s))

        def made() -> dict[str, Any]:
            return make(targets.informed(city, version), targets.known(city.code, version))

        return self.known.get(question, stamp, made)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _morning(city: City, now: dt.datetime, said: dict[str, targets.Setting], agency: str | None) -> dict[str, Any]:
    with reading(city.code, agency) as connection:
        name = places(connection, city).agency(agency) if agency else ""
        return morning(connection, city, now, said, language(), agency) | {"agency": name}


def _overview(city: City, now: dt.datetime, said: dict[str, targets.Setting]) -> dict[str, Any]:
    with reading(city.code) as connection:
        return overview(connection, week(city, now, language()), places(connection, city), said)


def _present(city: City, now: dt.datetime) -> dict[str, Any]:
    with reading(city.code) as connection:
        return present(connection, week(city, now, language()))


def refusal(error: Wrong) -> Text:
    """What is wrong, with the field named as the page names it."""
    field = FIELDS.get(error.field, Text(error.field, error.field))
    return Text(f"{field.id}: {error.says.id}", f"{field.en}: {error.says.en}")


def register(server: Flask, guard: Guard, pages: Pages, answering: Answering) -> None:
    """Put the pages on an application and declare who may open them."""
    desk = Desk(pages, answering)
    routes = (
        ("/pagi", desk.morning, "GET", LEADERS),
        ("/seluruh-kota", desk.city, "GET", MAYOR),
        ("/target", desk.targets, "GET", MAYOR),
        ("/target/simpan", desk.keep, "POST", MAYOR),
    )
    for path, view, method, audience in routes:
        server.add_url_rule(path, f"office:{path}", view, methods=[method])
        guard.open_to(audience, path)
