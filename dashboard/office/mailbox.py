"""Langganan and Ringkasan pekan: what somebody wants to be told of, and the weekly briefs."""

import datetime as dt
import uuid
from dataclasses import dataclass

from flask import Flask, Response, abort, g, request, send_file

from dashboard.access.guard import Guard
from dashboard.access.pages import Pages, language
from dashboard.access.roles import Audience, Role
from dashboard.indicators import indicators
from dashboard.office import brief, briefs, notices, sending, subscriptions
from dashboard.office.subscriptions import HOWS, READERS, WHATS
from dashboard.scope import WEEK
from dashboard.wall.rules import rules
from dashboard.wrong import Wrong
from etl.cities import City
from etl.text import Text

MAYOR: Audience = frozenset({Role.MAYOR})
OFFERED_WEEKS = 12
ADDED = Text("Tersimpan.", "Kept.")
REMOVED = Text("Langganan dihentikan.", "The subscription ended.")
TESTED = Text("Pesan uji dikirim dalam beberapa detik.", "A test message is sent within seconds.")
ASKED = Text("Ringkasan sedang dibuat.", "The brief is being made.")
GONE = Text("Langganan itu sudah tidak ada.", "That subscription is not there any more.")
TEST = Text("Pesan uji dari Pantau: kabar akan sampai di sini.", "A test message of Pantau: notices will arrive here.")
FIELDS = {
    "what": Text("Kabar", "What"),
    "about": Text("Tentang", "About"),
    "how": Text("Cara", "How"),
    "address": Text("Alamat", "Address"),
    "quiet_from": Text("Jam tenang mulai", "Quiet from"),
    "quiet_until": Text("Jam tenang sampai", "Quiet until"),
    "week": Text("Pekan", "Week"),
}


@dataclass
class Mailbox:
    """The pages, for one application."""

    pages: Pages

    def subscriptions(self) -> Response:
        """The own subscriptions, what became of the last notice of each, and a form for another."""
        return self._subscriptions()

    def change(self) -> Response:
        """Add, try or end one of the own subscriptions."""
        city, viewer, todo = g.city, g.viewer, request.form.get("todo", "")
        if todo == "add":
            try:
                subscriptions.add(city, viewer, dict(request.form) | {"language": language()})
            except Wrong as error:
                return self._subscriptions(_refusal(error), 400)
            return self._subscriptions(ADDED)
        said = request.form.get("subscription", "")
        number = int(said) if said.isdecimal() and len(said) < 16 else 0
        if todo == "remove":
            gone = subscriptions.remove(city.code, viewer.id, number)
            return self._subscriptions(REMOVED) if gone else self._subscriptions(GONE, 404)
        if todo != "test" or number not in {one.subscription_id for one in subscriptions.of(city.code, viewer.id)}:
            return self._subscriptions(GONE, 404)
        told = {"says": TEST.say(language()), "link": f"{request.host_url}langganan?kota={city.slug}"}
        notices.queue(city.code, number, f"test:{uuid.uuid4().hex}", told, urgent=True)
        return self._subscriptions(TESTED)

    def _subscriptions(self, message: Text | None = None, status: int = 200) -> Response:
        city, viewer = g.city, g.viewer
        mine = subscriptions.of(city.code, viewer.id)
        open_whats = {name: text for name, (text, audience) in WHATS.items() if viewer.may(audience, city.code)}
        return self.pages.answer(
            "subscriptions.html", status, message=message, city=city, mine=mine, whats=WHATS, open_whats=open_whats,
            hows={name: text for name, text in HOWS.items() if name != "email" or sending.mail_server()},
            all_hows=HOWS, has_mail=sending.mail_server() is not None, rules=rules(city), indicators=indicators(),
            last=notices.latest(city.code, [one.subscription_id for one in mine]), secret_of=sending.secret_of,
        )  # fmt: skip

    def briefs(self) -> Response:
        """Every brief with how far it is, and a form for another."""
        return self._briefs()

    def ask(self) -> Response:
        """Ask for the brief of a week."""
        city, said = g.city, request.form.get("week", "")
        try:
            brief.monday(said, city, _now())
        except Wrong as error:
            return self._briefs(_refusal(error), 400)
        briefs.ask(city.code, said, language(), g.viewer.name)
        return self._briefs(ASKED)

    def file(self, number: int) -> Response:
        """The PDF of a brief of this city."""
        path = briefs.file_of(g.city, number)
        if path is None:
            abort(404)
        response = send_file(path, mimetype="application/pdf", download_name=path.name, max_age=0)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _briefs(self, message: Text | None = None, status: int = 200) -> Response:
        city: City = g.city
        return self.pages.answer(
            "briefs.html", status, message=message, city=city, briefs=briefs.of(city.code), steps=brief.STEPS,
            weeks=[brief.last_week(city, _now() - WEEK * n) for n in range(OFFERED_WEEKS)],
        )  # fmt: skip


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _refusal(error: Wrong) -> Text:
    field = FIELDS.get(error.field, Text(error.field, error.field))
    return Text(f"{field.id}: {error.says.id}", f"{field.en}: {error.says.en}")


def register(server: Flask, guard: Guard, pages: Pages) -> None:
    """Put the pages on an application and declare who may open them."""
    box = Mailbox(pages)
    routes = (
        ("/langganan", box.subscriptions, "GET", READERS),
        ("/langganan/ubah", box.change, "POST", READERS),
        ("/ringkasan", box.briefs, "GET", MAYOR),
        ("/ringkasan/buat", box.ask, "POST", MAYOR),
        ("/ringkasan/berkas/<int:number>", box.file, "GET", MAYOR),
    )
    for path, view, method, audience in routes:
        server.add_url_rule(path, f"mailbox:{path}", view, methods=[method])
        guard.open_to(audience, path)
