"""The page of the hand-over note: facts of the chosen shift, the operator's words, versions, a form, ready to print."""

import datetime as dt
from dataclasses import dataclass

from flask import Flask, Response, g, request

from dashboard.access.guard import Guard
from dashboard.access.pages import Pages, language
from dashboard.access.roles import Audience, Role
from dashboard.areas import places
from dashboard.office import handover
from dashboard.office.handover import Facts, Shift
from dashboard.wrong import Wrong
from etl.cities import City
from etl.text import Text
from etl.warehouse import reading

DESK: Audience = frozenset({Role.OPERATOR, Role.STEWARD})
ADDRESS = "/meja-112/serah-terima"
KEPT = Text("Tersimpan.", "Kept.")
UNDONE = Text("Dibatalkan; catatan sebelumnya berlaku lagi.", "Undone; the note before counts again.")
NOTHING_TO_UNDO = Text("Tidak ada yang dapat dibatalkan.", "There is nothing to undo.")


@dataclass
class Shifts:
    """The page, for one application."""

    pages: Pages

    def show(self) -> Response:
        """The note of the shift that the address names, or of the present one."""
        try:
            return self._shown(handover.shift_of(g.city, request.args.get("regu", ""), _now()))
        except Wrong as error:
            return self._shown(handover.shift_at(g.city, _now()), error.says, 400)

    def change(self) -> Response:
        """Keep words with the facts as they are now, or take the last note back."""
        city: City = g.city
        try:
            shift = handover.shift_of(city, request.form.get("regu", ""), _now())
        except Wrong as error:
            return self._shown(handover.shift_at(city, _now()), error.says, 400)
        if request.form.get("todo") == "undo":
            done = handover.undo(city.code, shift, g.viewer.name)
            return self._shown(shift, UNDONE) if done else self._shown(shift, NOTHING_TO_UNDO, 409)
        written = request.form.get("words", "")
        try:
            words = handover.check(written)
        except Wrong as error:
            return self._shown(shift, error.says, 400, written)
        handover.keep(city.code, shift, words, _facts(city, shift), g.viewer.name)
        return self._shown(shift, KEPT)

    def _shown(
        self, shift: Shift, message: Text | None = None, status: int = 200, written: str | None = None
    ) -> Response:
        city: City = g.city
        notes = handover.kept(city.code, shift)
        last = next((one for one in notes if not one.undone_at), None)
        told = last.facts if last else _facts(city, shift)
        return self.pages.answer(
            "handover.html", status, message=message, city=city, shift=shift, shifts=handover.recent(city, _now()),
            facts=told, note=last, notes=notes, words=written if written is not None else (last.words if last else ""),
            address=ADDRESS, made_at=dt.datetime.fromisoformat(told["made_at"]), longest=handover.LONGEST,
        )  # fmt: skip


def _facts(city: City, shift: Shift) -> Facts:
    with reading(city.code) as connection:
        return handover.facts(connection, city, shift, places(connection, city), _now(), language())


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def register(server: Flask, guard: Guard, pages: Pages) -> None:
    """Put the page on an application and declare who may open it."""
    shifts = Shifts(pages)
    for path, view, method in ((ADDRESS, shifts.show, "GET"), (f"{ADDRESS}/simpan", shifts.change, "POST")):
        server.add_url_rule(path, f"office:{path}", view, methods=[method])
        guard.open_to(DESK, path)
