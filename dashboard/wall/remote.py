"""The operator's phone: every screen of the city and what it shows, its remote control, playlists, alerts.

Whatever is set here is checked before it is kept; what cannot be is refused with its field named, and nothing changes.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from flask import Flask, Response, abort, g, request

from dashboard.access import screens
from dashboard.access.guard import Guard
from dashboard.access.pages import Pages, language
from dashboard.access.pairing import WATCHES
from dashboard.indicators import indicators
from dashboard.wall import alerts, store
from dashboard.wall.board import plan
from dashboard.wall.geometry import PRESETS, BadGeometry, Geometry, checked
from dashboard.wall.rules import KINDS, RULE, Rule, check_rule, declared, rules
from dashboard.wall.scene import repertoire
from dashboard.wall.spoken import playlist_of, playlist_words, schedule_of, schedule_words
from dashboard.wall.store import Wall, fresh_wall
from dashboard.wall.turns import (
    EVERYTHING,
    NAME,
    Entry,
    Night,
    check_clock,
    check_playlist,
    check_schedule,
    playlist_now,
    stepped,
)
from dashboard.words import Words
from dashboard.wrong import Wrong
from etl.cities import City
from etl.text import Text

PAIRED = Text(
    "Layar terpasang. Dalam beberapa detik ia menampilkan kota ini.", "Paired. It shows this city in seconds."
)
REVOKED = Text("Layar dicabut. Ia kembali ke kode pemasangan.", "Revoked. The screen goes back to its pairing code.")
GONE = Text("Layar itu sudah tidak terpasang; muat ulang halaman ini.", "That screen is not paired; reload this page.")
KEPT = Text("Tersimpan; layar mengikuti dalam sedetik.", "Kept; screens follow within a second.")
TAKEN = Text("Peringatan Anda terima. Layar kembali bergiliran.", "The alert is yours. Screens take turns again.")
TOO_LATE = Text("Peringatan itu sudah selesai atau diterima orang lain.", "It is over, or another took it.")
SENT = Text("Pesan tampil di layar.", "The message is on the screen.")
NO_NAME = Text("Isi nama layar.", "Write the screen's name.")
BAD_NAME = Text("Nama: huruf kecil, angka, garis; bukan “semua”.", "Lower-case letters, digits, dashes; not “semua”.")
MOST_MESSAGE = 120


@dataclass
class Remote:
    """The pages, for one application."""

    pages: Pages

    def screens(self) -> Response:
        """Every screen of the city: what it shows, since when it is silent, how to steer it."""
        return self._screens(PAIRED if request.args.get("terpasang") else None)

    def steer(self) -> Response:
        """Do one thing to one screen."""
        doing = STEERING.get(request.form.get("todo", ""))
        device = request.form.get("device", "")
        if doing is None:
            abort(400)
        if device not in _in_force(g.city):
            return self._screens(GONE, 404)
        try:
            return self._screens(doing(g.city, device))
        except (Wrong, BadGeometry) as error:
            return self._screens(_refusal(error), 400)

    def playlists(self) -> Response:
        """Every playlist, and the scenes that there are."""
        return self._playlists()

    def keep_playlist(self) -> Response:
        """Keep or take away a playlist."""
        city, name = g.city, request.form.get("name", "").strip().lower()
        try:
            if request.form.get("todo") == "remove":
                store.set_(city.code, "playlist", name, None, g.viewer.name)
            else:
                _check_name(name)
                playlist = check_playlist(playlist_of(request.form.get("entries", "")), repertoire(city).scenes)
                store.set_(city.code, "playlist", name, playlist, g.viewer.name)
        except Wrong as error:
            return self._playlists(_refusal(error), 400)
        return self._playlists(KEPT)

    def alerts(self) -> Response:
        """Alerts that stand, those of the past with how long an answer took, and the rules."""
        return self._alerts()

    def acknowledge(self) -> Response:
        """Take an alert: it leaves every screen."""
        said = request.form.get("alert", "")
        taken = said.isdecimal() and alerts.acknowledge(g.city.code, int(said), g.viewer.name)
        back = self._screens if request.form.get("back") == "screens" else self._alerts
        return back(TAKEN) if taken else back(TOO_LATE, 409)

    def keep_rule(self) -> Response:
        """Keep a rule, or take it away, or go back to what the files say."""
        city, name = g.city, request.form.get("name", "").strip().lower()
        try:
            if request.form.get("todo") == "remove":
                store.set_(city.code, RULE, name, None, g.viewer.name)
            elif request.form.get("todo") == "restore" and name in declared(city):
                store.set_(city.code, RULE, name, declared(city)[name], g.viewer.name)
            else:
                known = {one["name"]: one for one in screens.of(city.code) if not one["revoked_at"]}
                store.set_(city.code, RULE, name, check_rule(name, _rule(), known), g.viewer.name)
        except Wrong as error:
            return self._alerts(_refusal(error), 400)
        return self._alerts(KEPT)

    def _screens(self, message: Text | None = None, status: int = 200) -> Response:
        city: City = g.city
        now = dt.datetime.now(dt.UTC)
        known = store.walls(city.code)
        there = [
            (one, known.get(str(one["device_id"])) or fresh_wall(str(one["device_id"])))
            for one in screens.of(city.code)
        ]
        waiting = [one for one in alerts.of(city.code) if not one.cleared_at and not one.acknowledged_at]
        return self.pages.answer(
            "screens.html", status, message=message, city=city, screens=there, quiet=screens.QUIET, presets=PRESETS,
            scenes=repertoire(city).scenes, waiting=waiting, words=alerts.words,
            schedule=lambda wall: schedule_words(wall.schedule, language()),
            playlist=lambda wall: playlist_now(wall.schedule, now.astimezone(city.tz)),
            unfit=lambda wall: plan(city, wall.geometry, language()).content["unfit"],
            preset=_preset,
        )  # fmt: skip

    def _playlists(self, message: Text | None = None, status: int = 200) -> Response:
        city: City = g.city
        there = repertoire(city)
        kept = {name: playlist_words(one) for name, one in store.playlists(city.code, there.scenes).items()}
        return self.pages.answer(
            "playlists.html", status, message=message, city=city, playlists=kept, scenes=there.scenes,
            left_out=there.left_out, everything=EVERYTHING,
        )  # fmt: skip

    def _alerts(self, message: Text | None = None, status: int = 200) -> Response:
        city: City = g.city
        removed = [name for name, one in store.settings(city.code, RULE, Rule).items() if one is None]
        return self.pages.answer(
            "alerts.html", status, message=message, city=city, alerts=alerts.of(city.code), words=alerts.words,
            rules=rules(city), removed=removed, kinds=KINDS, indicators=indicators(),
        )  # fmt: skip


def _preset(geometry: Geometry) -> str:
    return next((name for name, (_, one) in PRESETS.items() if one == geometry), "")


def _refusal(error: Wrong | BadGeometry) -> Text:
    return Text(f"{error.field}: {error.says.id}", f"{error.field}: {error.says.en}")


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name) or name == EVERYTHING:
        raise Wrong("name", BAD_NAME)


def _in_force(city: City) -> set[str]:
    return {str(one["device_id"]) for one in screens.of(city.code) if not one["revoked_at"]}


def _said(name: str, longest: int = 200) -> str:
    return request.form.get(name, "").strip()[:longest]


def _number(name: str, least: float, most: float) -> float:
    said = _said(name).replace(",", ".")
    try:
        number = float(said)
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        raise Wrong(name, Text(f"Isi angka {least:g}–{most:g}.", f"Write a number from {least:g} to {most:g}."))
    return number


def _change(city: City, device: str, **values: Any) -> Text:
    store.change(city.code, device, g.viewer.name, **values)
    return KEPT


def _rename(city: City, device: str) -> Text:
    if not _said("name"):
        raise Wrong("name", NO_NAME)
    screens.rename(city.code, device, _said("name", 80), _said("place", 120))
    return KEPT


def _revoke(city: City, device: str) -> Text:
    screens.revoke(city.code, device, g.viewer.name)
    return REVOKED


def _step(by: int) -> Callable[[City, str], Text]:
    def step(city: City, device: str) -> Text:
        wall, now = store.wall(city.code, device), dt.datetime.now(dt.UTC)
        entries = _entries(city, wall, now)
        return _change(city, device, shift_s=stepped(entries, wall.shift_s, now, by), pinned="")

    return step


def _entries(city: City, wall: Wall, now: dt.datetime) -> list[Entry]:
    """What takes turns on a wall now; a scene that does not fit there has no turn."""
    lists = store.playlists(city.code, repertoire(city).scenes)
    name = playlist_now(wall.schedule, now.astimezone(city.tz))
    fitting = plan(city, wall.geometry, "id").fitting
    entries = [entry for entry in (lists.get(name) or lists[EVERYTHING]).entries if entry.scene in fitting]
    if not entries:
        raise Wrong("playlist", Text("Tidak ada adegan yang muat di layar ini.", "No scene fits this screen."))
    return entries


def _pin(city: City, device: str) -> Text:
    scene = _said("scene")
    fitting = plan(city, store.wall(city.code, device).geometry, "id").fitting
    if scene and scene not in fitting:
        raise Wrong("scene", Text(f"Adegan {scene!r} tidak muat di layar ini.", f"{scene!r} does not fit this screen."))
    return _change(city, device, pinned=scene)


def _light(city: City, device: str) -> Text:
    brightness = round(_number("brightness", 10, 100))
    if not request.form.get("dims"):
        return _change(city, device, brightness=brightness, night=None)
    night = Night(_said("since"), _said("until"), round(_number("night", 5, 100)))
    check_clock("since", night.since)
    check_clock("until", night.until)
    return _change(city, device, brightness=brightness, night=night)


def _message(city: City, device: str) -> Text:
    minutes = _number("minutes", 0, 1440)
    until = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes) if minutes else None
    _change(city, device, message=_said("message", MOST_MESSAGE), message_until=until)
    return SENT


def _set_up(city: City, device: str) -> Text:
    """Size, schedule and sound at once: one form."""
    geometry = _geometry()
    slots = check_schedule(
        schedule_of(request.form.get("schedule", "")), store.playlists(city.code, repertoire(city).scenes)
    )
    return _change(city, device, geometry=geometry, schedule=slots, sound=bool(request.form.get("sound")), pinned="")


def _geometry() -> Geometry:
    preset = _said("preset")
    if preset in PRESETS:
        return PRESETS[preset][1]
    sizes = {name: _number(name, 0, 100_000) for name in ("width_cm", "height_cm", "distance_m")}
    whole = {name: int(_number(name, 0, 100_000)) for name in ("width_px", "height_px", "columns", "rows")}
    return checked(msgspec.convert(sizes | whole, Geometry))


def _listed(name: str) -> tuple[str, ...]:
    return tuple(filter(None, (one.strip() for one in _said(name).split(","))))


def _rule() -> Rule:
    kind = _said("kind")
    if kind not in KINDS:
        raise Wrong("kind", Text("Pilih jenis aturan.", "Choose a kind of rule."))
    if not _said("title_id"):
        raise Wrong("title_id", Text("Tulis judul yang tampil di layar.", "Write the title that screens show."))
    listed = {
        name: tuple(filter(None, (one.strip() for one in _said(name).split(",")))) for name in ("categories", "walls")
    }
    numbers = {name: _number(name, 0, 1e12) for name in ("limit", "least") if _said(name)}
    clear = _number("clear", 0, 1e12) if _said("clear") else None
    title = Words(_said("title_id"), _said("title_en") or _said("title_id"))
    ticked = {name: bool(request.form.get(name)) for name in ("sound", "takes_over")}
    return Rule(kind, title, _said("indicator"), clear=clear, owner=_said("owner"), **numbers, **listed, **ticked)  # type: ignore[arg-type]  # the kind is one of KINDS


STEERING: dict[str, Callable[[City, str], Text]] = {
    "rename": _rename,
    "revoke": _revoke,
    "next": _step(1),
    "previous": _step(-1),
    "pin": _pin,
    "light": _light,
    "message": _message,
    "set_up": _set_up,
}


def register(server: Flask, guard: Guard, pages: Pages) -> None:
    """Put the pages on an application; operators and administrators use them."""
    remote = server.extensions["remote"] = Remote(pages)
    routes: tuple[tuple[str, Callable[[], Response], str], ...] = (
        ("/layar", remote.screens, "GET"),
        ("/layar/ubah", remote.steer, "POST"),
        ("/layar/daftar", remote.playlists, "GET"),
        ("/layar/daftar/simpan", remote.keep_playlist, "POST"),
        ("/peringatan", remote.alerts, "GET"),
        ("/peringatan/terima", remote.acknowledge, "POST"),
        ("/peringatan/simpan", remote.keep_rule, "POST"),
    )
    for path, view, method in routes:
        server.add_url_rule(path, f"remote:{path}", view, methods=[method])
        guard.open_to(WATCHES, path)
