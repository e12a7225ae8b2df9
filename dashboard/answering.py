"""The answer of one panel over HTTP: ready bytes with an ETag, or its table as CSV; calm words when there is none."""

import datetime as dt
import gzip
import json
import logging
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Protocol

from flask import Response, abort, g, jsonify, request

from dashboard.access.roles import Audience
from dashboard.answers import Cache, Ready
from dashboard.areas import places
from dashboard.live import EVERY_CITY, Live
from dashboard.office.targets import informed
from dashboard.panels import Across, Panel
from dashboard.queries import Asked
from dashboard.scope import BadScope, Scope, from_address
from etl.areas import area_book
from etl.cities import City
from etl.office import OFFICE
from etl.text import Text
from etl.warehouse import AWAY, reading

log = logging.getLogger(__name__)
UNANSWERED = Text(
    "Gudang data sedang tidak menjawab. Gambar terakhir tetap tampil; dicoba lagi sendiri.",
    "The warehouse does not answer just now. The last picture stays; trying again by itself.",
)

OLD_MIN = 10  # what was said so many minutes ago is better than nothing while it is asked for again
Stamp = tuple[tuple[int, ...], int]  # versions of the datasets, and the minute


class Declared(Protocol):
    """What has panels: a page, or a scene of a wall."""

    @property
    def slug(self) -> str: ...
    @property
    def period(self) -> str: ...
    @property
    def audience(self) -> Audience: ...
    @property
    def dimensions(self) -> Mapping[str, Text]: ...


@dataclass
class Answering:
    """Answers panels, each computed once for everybody who may see the same."""

    live: Live
    answers: Cache[Ready]
    cities: Mapping[str, City]  # all of them, by slug

    def panel(self, kind: str, declared: Declared, panel: Panel) -> Response:
        """The panel as JSON, compressed once; 503 while the warehouse is away."""
        try:
            answer, versions = self._answer(self._asking(kind, declared), panel)
        except AWAY as error:
            log.warning("panel %s/%s: %s", declared.slug, panel.id, type(error).__name__)
            return _refuse({"state": "error", "message": UNANSWERED.say(_language())}, 503)
        packed = "gzip" in request.headers.get("Accept-Encoding", "")
        response = Response(answer.packed if packed else answer.plain, mimetype="application/json")
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = "private, no-store"  # the page remembers the ETag itself
        response.headers["Versions"] = ",".join(map(str, versions))
        response.set_etag(answer.etag)
        response.make_conditional(request)
        return response

    def scene(self, declared: Declared, asked: Mapping[Panel, str]) -> Response:
        """Several panels of a scene in one answer; what a screen knows already, by its ETag, is not sent again.

        ``{name: {etag, versions, answer}}``: without an answer where it is known, an ``error`` where there is none.
        """
        asking = self._asking("scene", declared)
        return _together({panel.id: self._part(asking, panel, tag) for panel, tag in asked.items()})

    def _part(self, asking: "Asking", panel: Panel, known: str) -> bytes:
        try:
            answer, versions = self._answer(asking, panel)
        except AWAY as error:
            log.warning("panel %s/%s: %s", asking.declared.slug, panel.id, type(error).__name__)
            return json.dumps({"error": UNANSWERED.say(_language())}).encode()
        return _about(answer, versions, known)

    def ready(self, declared: Declared, panels: Sequence[Panel]) -> Response:
        """What is kept of the panels of a page, in one answer of the same form: asking once costs less than ten times.

        A panel that would have to be computed is not in it: nobody waits for it who wants to see the others. What was
        said some minutes ago of the same rows is, as ``old``: who shows it asks for it again.
        """
        asking = self._asking("page", declared)
        parts = {}
        for panel in panels:
            question, stamp, versions = self._question(asking, panel)
            if answer := self.answers.known(question, stamp):
                parts[panel.id] = _about(answer, versions)
            elif answer := self.said_before(question, stamp):
                parts[panel.id] = _about(answer, versions, old=True)
        return _together(parts)

    def said_before(self, question: Hashable, stamp: "Stamp") -> Ready | None:
        """What was answered at most ``OLD_MIN`` minutes ago, of the same rows."""
        last: Any = self.answers.last(question)
        if last is None:
            return None
        (versions, minute), answer = last
        return answer if versions == stamp[0] and 0 <= stamp[1] - minute <= OLD_MIN else None

    def csv(self, kind: str, declared: Declared, panel: Panel) -> Response:
        """The table twin with plain numbers."""
        sheet = self._answer(self._asking(kind, declared), panel)[0].sheet
        if not sheet:
            abort(404)
        name = f"pantau-{declared.slug}-{panel.id}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
        return Response("\ufeff".encode() + gzip.decompress(sheet), mimetype="text/csv", headers=headers)

    def _asking(self, kind: str, declared: Declared) -> "Asking":
        """Who asks for what part of the city, told once for all panels of a request. Raises BadScope."""
        now = dt.datetime.now(dt.UTC)
        viewer, city = g.viewer, g.city
        scope = from_address(request.args, {city.slug: city}, declared.period, now)
        _check_filters(declared, scope)
        _check_area(city, scope)
        there = self.live.of(city.code)
        agency = viewer.agency(declared.audience, city.code)
        return Asking(kind, declared, Asked(scope, informed(city, there.get(OFFICE, 0)), now, agency), there)

    def _question(self, asking: "Asking", panel: Panel) -> tuple[Hashable, "Stamp", tuple[int, ...]]:
        """Under what the answer of a panel is kept, as of what, and the versions of its datasets."""
        asked, there = asking.asked, asking.versions
        question: tuple[Hashable, ...] = (asking.kind, asking.declared.slug, panel.id, asked.agency, asked.scope)
        if isinstance(panel, Across):
            there = {**there, EVERY_CITY: self.live.of_all(g.viewer.cities)}
            question = (*question, tuple(city.code for city in self._own(asking)))
        versions = tuple(there.get(name, 0) for name in panel.renewed_by)
        return question, (versions, _minute(asked.scope, asked.city, asked.now)), versions

    def _answer(self, asking: "Asking", panel: Panel) -> tuple[Ready, tuple[int, ...]]:
        """The answer of a panel, and the versions of its datasets that it is of."""
        question, stamp, versions = self._question(asking, panel)
        if isinstance(panel, Across):
            asked, own = replace(asking.asked, agency=None), self._own(asking)
            return self.answers.get(question, stamp, lambda: _across(panel, asked, own)), versions
        return self.answers.get(question, stamp, lambda: _compute(panel, asking.asked)), versions

    def _own(self, asking: "Asking") -> tuple[City, ...]:
        """The cities of who asks in which the page is open to them."""
        return tuple(one for one in self.cities.values() if g.viewer.may(asking.declared.audience, one.code))


@dataclass(frozen=True)
class Asking:
    """One request: of a page or of a scene, with its scope, and the versions of the city's datasets."""

    kind: str
    declared: Declared
    asked: Asked
    versions: Mapping[str, int]


def _about(answer: Ready, versions: Sequence[int], known: str = "", old: bool = False) -> bytes:
    """An answer beside others: not sent again to who knows it already, by its ETag."""
    told = {"etag": answer.etag, "versions": ",".join(map(str, versions))} | ({"old": True} if old else {})
    about = json.dumps(told).encode()
    return about if answer.etag == known else about[:-1] + b',"answer":' + answer.plain + b"}"


def _together(parts: Mapping[str, bytes]) -> Response:
    told = (json.dumps(name).encode() + b":" + part for name, part in parts.items())
    return sent(b"{" + b",".join(told) + b"}", "private, no-store")


def sent(body: bytes, keep: str = "no-store") -> Response:
    """JSON, compressed for who takes it so, once for all who get the same; ``keep``: what caches may do with it."""
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(_packed(body) if packed else body, mimetype="application/json")
    response.headers |= {"Cache-Control": keep, "Vary": "Accept-Encoding"}
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response


@lru_cache(maxsize=64)
def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)


def _check_area(city: City, scope: Scope) -> None:
    if scope.area not in area_book(city).areas:
        raise BadScope(
            Text(
                f"Tidak ada wilayah {scope.area} di {city.name}; pilih dari kotak Cari wilayah.",
                f"There is no area {scope.area} in {city.name}; choose one from the box Find an area.",
            )
        )


def _check_filters(declared: Declared, scope: Scope) -> None:
    """A filter that this page does not know is refused by name, never silently left out."""
    known = declared.dimensions
    if unknown := [name for name, _ in scope.where if name not in known]:
        listed = ", ".join(known)
        raise BadScope(
            Text(
                f"Tidak ada saringan {unknown[0]!r}. Yang ada: {listed}.",
                f"There is no filter {unknown[0]!r}. There are: {listed}.",
            )
        )


def _minute(scope: Scope, city: City, now: dt.datetime) -> int:
    """A scope that reaches today is compared with a moment that moves on, minute by minute."""
    today = now.astimezone(city.tz).date()
    return int(now.timestamp() // 60) if scope.until >= today else 0


def _compute(panel: Panel, asked: Asked) -> dict[str, Any]:
    with reading(asked.city.code, asked.agency) as connection:
        return panel.answer(connection, asked, places(connection, asked.city))


def _across(panel: Across, asked: Asked, own: Sequence[City]) -> dict[str, Any]:
    """Of each city by a connection that sees that city alone; who asks may see each of them."""
    told = []
    for city in own:
        with reading(city.code) as connection:
            scope = replace(asked.scope, city=city.slug, area=city.code)
            told.append(panel.part(connection, replace(asked, city=city, scope=scope)))
    return panel.together(told, asked)


def _language() -> str:
    return "en" if request.args.get("bahasa") == "en" else "id"


def _refuse(told: dict[str, Any], status: int) -> Response:
    response = jsonify(told)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def bad_scope(error: BadScope) -> Response:
    """What is wrong with the question, and what would be right."""
    return _refuse({"state": "error", "message": error.says.say(_language())}, 400)
