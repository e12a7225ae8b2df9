"""Keberatan: what the public objects to, from the box where the public site drops it to the steward who answers.

The list tells when and about what; an objection opens for a quarter of an hour to the steward who said why
(``etl.audit``), and is closed with a note on what became of it.
"""

import datetime as dt
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Flask, Response, abort, g, request
from sqlalchemy.dialects.postgresql import insert

from dashboard import format as fmt
from dashboard.access import reasons
from dashboard.access.guard import Guard
from dashboard.access.pages import Pages, language
from dashboard.access.roles import Audience, Role
from etl import audit, keys, objection_box
from etl.announce import announce
from etl.audit import PURPOSES, Look
from etl.cities import City
from etl.errors import PantauError
from etl.grants import READ_OF_OBJECTIONS
from etl.objection_box import ABOUT, Unreadable, shown
from etl.office import OBJECTIONS, OFFICE
from etl.pseudonyms import declared, pseudonym
from etl.text import Text
from etl.warehouse import Role as SqlRole
from etl.warehouse import engine, opening, reading

log = logging.getLogger("objections")
MAY: Audience = frozenset({Role.STEWARD})
ENTRY = ("/keberatan", Text("Keberatan", "Objections"), "keberatan", MAY)
FOR = {name: PURPOSES[name] for name in ("complaint", "subject", "inspection")}
SHORTEST, LONGEST = 8, 1000  # letters of a note
HANDLED_SHOWN = 100  # the newest
HANDLED = Text("Tersimpan: keberatan ini selesai.", "Kept: this objection is handled.")
NO_NOTE = Text(
    f"Tulis apa yang dilakukan, {SHORTEST} sampai {LONGEST} huruf.",
    f"Write what was done, in {SHORTEST} to {LONGEST} letters.",
)
TOO_LATE = Text("Keberatan ini sudah selesai; muat ulang.", "This objection was handled before; reload.")


def take_in(city: City) -> int:
    """Bring what waits in the box into the database, each once however often we are cut short; how many came."""
    try:
        objection_box.publish_key()
        count = sum(_take(city, path) for path in objection_box.waiting(city.slug))
    except OSError as error:
        raise PantauError(f"kotak keberatan tertutup | the box of objections is closed: {error}") from error
    if count:
        log.info("%s: %d keberatan diterima | objections came", city, count)
    return count


def _take(city: City, path: Path) -> bool:
    """Whether it is new here. A file that has gone was taken by somebody who takes in the same box just now."""
    try:
        said = objection_box.opened(city.slug, path)
    except FileNotFoundError:
        return False
    except Unreadable:
        objection_box.set_aside(path)
        return False
    new = _store(city, said)
    path.unlink(missing_ok=True)  # only now: who is killed before finds it again, and the database knows it
    return new


def _store(city: City, said: objection_box.Objection) -> bool:
    row = {name: getattr(said, name) for name in said.__struct_fields__}
    new = insert(OBJECTIONS).values(row | {"city_code": city.code})
    once = new.on_conflict_do_nothing(index_elements=["city_code", "reference"]).returning(OBJECTIONS.c.reference)
    with engine(SqlRole.OFFICE).begin() as connection:
        done = connection.scalar(once)
        if done:
            announce(connection, OFFICE, city.code)
    return done is not None


def listed(city: City) -> list[dict[str, Any]]:
    """The open ones, the oldest first, then the handled ones, the newest first; no word of anybody."""
    told = sa.select(*(OBJECTIONS.c[name] for name in READ_OF_OBJECTIONS)).where(OBJECTIONS.c.city_code == city.code)
    waits, done = OBJECTIONS.c.state == "open", OBJECTIONS.c.state == "handled"
    open_ones = told.where(waits).order_by(OBJECTIONS.c.received_at)
    handled = told.where(done).order_by(OBJECTIONS.c.handled_at.desc()).limit(HANDLED_SHOWN)
    with reading(city.code) as connection:
        return [dict(row) for query in (open_ones, handled) for row in connection.execute(query).mappings()]


@dataclass
class Objections:
    """The pages, for one application."""

    pages: Pages

    def list(self, message: Text | None = None, status: int = 200) -> Response:
        """All of them, and the form that asks why before it opens one."""
        city: City = g.city
        now = dt.datetime.now(dt.UTC)
        return self.pages.answer(
            "objections.html", status, message=message, city=city, found=listed(city), about=ABOUT, purposes=FOR,
            shown=shown, age=lambda one: fmt.age((now - one["received_at"]).total_seconds(), language()),
        )  # fmt: skip

    def open(self) -> Response:
        """Write down who reads which objection and why; only then is it there."""
        said = request.form.get("number", "")
        number = int(said) if said.isdecimal() and len(said) < 16 else 0
        if request.form.get("purpose") not in FOR:
            return self.list(reasons.NONE, 400)
        if number not in {one["objection_id"] for one in listed(g.city)}:
            abort(404)
        entry = reasons.opened(f"objection {number}", Role.STEWARD)
        if entry is None:
            return self.list(reasons.NONE, 400)
        asked = {"kota": g.city.slug, "buka": entry, "bahasa": language()}
        place = f"/keberatan/isi?{urlencode(asked)}"
        return Response(status=303, headers={"Location": place, "Cache-Control": "no-store"})

    def read(self, message: Text | None = None, status: int = 200) -> Response:
        """The objection that was opened."""
        city, entry, look = _look()
        if look is None:
            return self.list(reasons.OVER, 403)
        with opening(city.code, entry, look.who) as connection:
            one = connection.execute(sa.select(OBJECTIONS)).mappings().one_or_none()
        if one is None:  # its time was over just now
            abort(404)
        audit.shown(look, 1, _subjects(one))
        return self.pages.answer(
            "objection.html", status, message=message, city=city, entry=entry, look=look, one=one, about=ABOUT,
            purposes=PURPOSES, shown=shown, shortest=SHORTEST, longest=LONGEST,
        )  # fmt: skip

    def handle(self) -> Response:
        """It is done, and what was done."""
        city, entry, look = _look()
        if look is None:
            return self.list(reasons.OVER, 403)
        note = request.form.get("note", "").strip()
        if not SHORTEST <= len(note) <= LONGEST:
            return self.read(NO_NOTE, 400)
        done = {"state": "handled", "note": note, "handled_by": look.name, "handled_at": sa.func.clock_timestamp()}
        with opening(city.code, entry, look.who) as connection:
            closed = connection.execute(sa.update(OBJECTIONS).where(OBJECTIONS.c.state == "open").values(done)).rowcount
        return self.read(HANDLED) if closed else self.read(TOO_LATE, 409)


def _look() -> tuple[City, int, Look | None]:
    """What ``reasons.look`` says, when it is about an objection: the row-level rule leaves that one only."""
    city, entry, look = reasons.look()
    return city, entry, look if look and look.what.startswith("objection ") else None


def _subjects(one: sa.RowMapping) -> list[str]:
    """Whom it is about, as Jejak akses names people: so that the person can be told who read it."""
    how = declared("bansos_grants", "recipient")
    of_person = [pseudonym(one["nik"], how, keys.newest(how.purpose))] if one["nik"] else []
    return [f"objection:{one['objection_id']}", *of_person]


def register(server: Flask, guard: Guard, pages: Pages) -> None:
    """Put the pages on an application; they are the steward's."""
    made = Objections(pages)
    routes = (
        ("/keberatan", made.list, "GET"),
        ("/keberatan/buka", made.open, "POST"),
        ("/keberatan/isi", made.read, "GET"),
        ("/keberatan/selesai", made.handle, "POST"),
    )
    for path, view, method in routes:
        server.add_url_rule(path, f"objections:{path}", view, methods=[method])
        guard.open_to(MAY, path)
