"""Pairing: a new screen shows a code (``/layar/baru``), somebody approves it (``/layar/setuju``)."""

import logging
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, g, jsonify, request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from dashboard.access import cookies, screens
from dashboard.access.cookies import NEW_SCREEN, WALL
from dashboard.access.guard import Guard
from dashboard.access.pages import Pages, language
from dashboard.access.roles import ANYONE, Audience, Role
from etl.text import Text

log = logging.getLogger("access")
WATCHES: Audience = frozenset({Role.OPERATOR, Role.ADMIN})
NEW_ONES = tuple(map(parse, ("60/minute", "600/hour")))  # of one address: a room of screens starts together
WRONG_CODES = parse("10/minute")  # of one person

OVER = Text(
    "Tidak ada layar yang menunggu dengan kode ini. Lihat kode yang tampil di layar sekarang, lalu ketik lagi.",
    "No screen waits with this code. Look at the code that the screen shows now and type it again.",
)
TOO_MANY = Text("Terlalu banyak kode yang salah. Tunggu satu menit.", "Too many wrong codes. Wait a minute.")
NO_NAME = Text("Beri layar ini nama, misalnya “Ruang rapat kiri”.", "Give it a name, “Meeting room, left” say.")


@dataclass
class Pairing:
    """The pages, for one application."""

    guard: Guard
    pages: Pages
    limiter: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))

    def new(self) -> Response:
        """The new screen: a code, or, once it is approved, the city."""
        if g.viewer and not g.viewer.is_person:
            return _away(WALL)
        secret = cookies.screen(request, self.guard.site)
        if taken := screens.take_token(secret):
            return self._welcome(secret, *taken)
        pairing = screens.waiting(secret)
        if pairing is None:
            if not all(self.limiter.hit(rate, "new", request.remote_addr or "") for rate in NEW_ONES):
                abort(429)
            secret, pairing = screens.begin()
        response = self._code(pairing)
        # As long as the code waits: who opened this by mistake is a person again soon.
        cookies.mark_screen(response, request, self.guard.site, secret, screens.WAITS.total_seconds())
        return response

    def _welcome(self, secret: str, token: str, city_code: str) -> Response:
        slug = next((slug for slug, city in self.guard.cities.items() if city.code == city_code), "")
        response = _away(f"{WALL}?{urlencode({'kota': slug})}")
        cookies.give(response, request, self.guard.site, token, cookies.SCREEN_LASTS_S)
        cookies.mark_screen(response, request, self.guard.site, secret, cookies.SCREEN_LASTS_S)
        return response

    def _code(self, pairing: screens.Pairing) -> Response:
        import segno

        code = screens.shown(pairing.code)
        origin = self.guard.site.origin or request.host_url.rstrip("/")
        address = f"{origin}/layar/setuju?{urlencode({'kode': code})}"
        picture = segno.make(address, error="m").svg_inline(scale=8, border=2, light="white", omitsize=True)
        return self.pages.answer("screen_new.html", code=code, picture=picture, place=f"{origin}/layar/setuju")

    def state(self) -> Response:
        """What the new screen asks every two seconds: whether it has to ask for its page again."""
        pairing = screens.waiting(cookies.screen(request, self.guard.site))
        still = pairing is not None and pairing.device_id is None
        response = jsonify(waits=still)
        response.headers["Cache-Control"] = "no-store"
        return response

    def approval(self) -> Response:
        """The operator's phone: compare the code, name the screen."""
        code = request.args.get("kode", "")
        message = OVER if code and not self._known(code) else None
        return self._approval(code, message, 404 if message else 200)

    def approve(self) -> Response:
        """This screen is one of ours."""
        code, name = request.form.get("kode", ""), request.form.get("name", "").strip()[:80]
        if not name:
            return self._approval(code, NO_NAME, 400)
        if not self.limiter.test(WRONG_CODES, "code", g.viewer.id):
            return self._approval(code, TOO_MANY, 429)
        place = request.form.get("place", "").strip()[:120]
        if not screens.approve(code, g.city.code, name, place, g.viewer.name):
            self.limiter.hit(WRONG_CODES, "code", g.viewer.id)
            log.warning("kode layar salah | wrong code of a screen: %s", g.viewer.id)
            return self._approval(code, OVER, 404)
        log.info("layar terpasang | screen paired: %s", g.city.slug)
        return _away(f"/layar?{urlencode({'kota': g.city.slug, 'bahasa': language(), 'terpasang': name})}")

    def _known(self, code: str) -> bool:
        if not self.limiter.test(WRONG_CODES, "code", g.viewer.id):
            return False
        found = screens.asked_by(code) is not None
        return found or not self.limiter.hit(WRONG_CODES, "code", g.viewer.id)

    def _approval(self, code: str, message: Text | None, status: int) -> Response:
        own = self.guard.own_cities(g.viewer).values()
        others = [city for city in own if g.viewer.may(WATCHES, city.code) and city.slug != g.city.slug]
        code = screens.shown(screens.plain(code)) if code else ""
        return self.pages.answer("screen_approve.html", status, message=message, city=g.city, others=others, code=code)


def _away(path: str) -> Response:
    return Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})


def register(server: Flask, guard: Guard, pages: Pages) -> None:
    """Put the pages on an application and declare who may use them."""
    pairing = server.extensions["pairing"] = Pairing(guard, pages)
    routes: tuple[tuple[str, Any, str, Audience | None], ...] = (
        (NEW_SCREEN, pairing.new, "GET", ANYONE),
        ("/layar/tunggu", pairing.state, "GET", ANYONE),
        ("/layar/setuju", pairing.approval, "GET", WATCHES),
        ("/layar/pasang", pairing.approve, "POST", WATCHES),
    )
    for path, view, method, audience in routes:
        server.add_url_rule(path, f"pairing:{path}", view, methods=[method])
        guard.open_to(audience, path)
