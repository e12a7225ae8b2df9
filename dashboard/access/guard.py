"""The guard: every request passes it. A route without a declared audience does not start, and nobody passes undeclared.

Who asks is known from the session on the server alone; nothing that a request says about roles is read.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import Flask, Response, g, request
from werkzeug.exceptions import Forbidden, ServiceUnavailable, Unauthorized

from dashboard.access import cookies, sessions
from dashboard.access.cookies import NEW_SCREEN, WALL
from dashboard.access.roles import ANYONE, Audience, Viewer
from dashboard.access.site import Site
from dashboard.identifiers import REFUSED, holds_identifier
from dashboard.metrics import names_loopback
from etl.cities import City
from etl.errors import PantauError
from etl.text import Text
from etl.warehouse import AWAY

log = logging.getLogger("access")
SAFE = ("GET", "HEAD", "OPTIONS")
SIGN_IN = "/masuk"


class ForeignCity(Forbidden):
    """A city in which the viewer is nothing; whether there is one is not told."""

    def __init__(self, asked: str, own: Mapping[str, City]) -> None:
        super().__init__()
        known = ", ".join(own)
        self.says = Text(
            f"Anda tidak punya peran di kota {asked!r}. Yang ada: {known}.",
            f"You have no role in the city {asked!r}. There are: {known}.",
        )


class NotOurs(Forbidden):
    """Sent by another site's page, or to another host's name."""


# Who may ask for a rule: an audience, ANYONE, or a function that finds it in the request.
Declared = Audience | None | Callable[[], Audience | None]


@dataclass
class Guard:
    """The declared audiences of one application, by rule.

    ``own_key`` are rules that check a key of their own, ``random`` those whose addresses another system makes up,
    ``machines`` those that what watches this machine asks by the machine's own name.
    """

    site: Site
    cities: Mapping[str, City]
    home: Callable[[Viewer], str | None] = lambda viewer: None  # where "/" leads who may not see it
    declared: dict[str, Declared] = field(default_factory=dict)
    own_key: set[str] = field(default_factory=set)
    random: set[str] = field(default_factory=set)
    machines: set[str] = field(default_factory=set)

    def open_to(self, audience: Declared, *rules: str) -> None:
        """Declare who may ask for these rules; ANYONE needs no sign-in."""
        self.declared |= dict.fromkeys(rules, audience)

    def with_own_key(self, *rules: str) -> None:
        """Rules whose view checks a key that machines send, no cookie: no sign-in, no origin."""
        self.open_to(ANYONE, *rules)
        self.own_key |= set(rules)

    def for_machines(self, *rules: str) -> None:
        """Rules for what watches this machine, which need not know by which name people reach it."""
        self.open_to(ANYONE, *rules)
        self.machines |= set(rules)

    def with_random_address(self, audience: Declared, *rules: str) -> None:
        """Rules that another system calls with codes of its own: among random digits some look like a NIK."""
        self.open_to(audience, *rules)
        self.random |= set(rules)

    def stand(self, server: Flask) -> None:
        """Guard an application whose routes are all there. Raises PantauError for an undeclared one."""
        rules = {rule.rule for rule in server.url_map.iter_rules()}
        if undeclared := sorted(rules - self.declared.keys()):
            listed = ", ".join(undeclared)
            raise PantauError(f"rute tanpa audiens: {listed} | routes without a declared audience: {listed}")
        server.before_request(self.check)

    def check(self) -> Response | None:
        """Let the request pass, or answer it here."""
        g.viewer, g.city = None, None
        rule = request.url_rule.rule if request.url_rule else ""
        if not self.site.is_ours(request) and not (rule in self.machines and names_loopback(request.host)):
            raise NotOurs
        if rule not in self.random and holds_identifier(request.full_path):
            log.warning("alamat dengan nomor induk ditolak | an address with an identity number was refused: %s", rule)
            return _refuse_identifier()
        if not rule or rule in self.own_key:  # what is no route at all is answered with 404 or 405
            return None
        if request.method not in SAFE and not self.site.same_origin(request):
            log.warning("bukan dari halaman kami | not from our page: %s", rule)
            raise NotOurs
        g.viewer = self._viewer()
        declared = self.declared.get(rule, frozenset())
        audience = declared() if callable(declared) else declared
        return None if audience is None else self._admit(audience)  # None is ANYONE

    def _admit(self, audience: Audience) -> Response | None:
        """Whether the one who asks belongs to this audience in the city of the address, or in any without one."""
        viewer: Viewer | None = g.viewer
        if viewer is None or viewer.needs:
            return _to_sign_in(is_screen=bool(cookies.screen(request, self.site)))
        own = self.own_cities(viewer)
        asked = request.args.get("kota")
        if asked and asked not in own:
            raise ForeignCity(asked, own)
        among = [own[asked]] if asked else list(own.values())
        g.city = next((city for city in among if viewer.may(audience, city.code)), None)
        if g.city is None and request.path == "/" and (home := self.home(viewer)):
            return Response(status=303, headers={"Location": home, "Cache-Control": "no-store"})
        if g.city is None:
            log.warning("tidak berhak | not allowed: %s %s", request.method, request.url_rule)
            raise Forbidden
        return None

    def own_cities(self, viewer: Viewer) -> dict[str, City]:
        """The cities in which this viewer is anything."""
        return {slug: city for slug, city in self.cities.items() if city.code in viewer.cities}

    def _viewer(self) -> Viewer | None:
        token = cookies.token(request, self.site)
        try:
            return sessions.viewer_of(token) if token else None
        except AWAY as error:
            raise ServiceUnavailable(retry_after=5) from error


def _to_sign_in(is_screen: bool) -> Response:
    """People who open a page are led to the sign-in, a screen to its code; scripts are told that it is over."""
    opens_a_page = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
    if not opens_a_page:
        raise Unauthorized
    if is_screen or request.path == WALL:  # who starts there is a new screen: nobody is there to sign in
        return Response(status=303, headers={"Location": NEW_SCREEN, "Cache-Control": "no-store"})
    back = request.full_path.rstrip("?")
    place = SIGN_IN if back == "/" else f"{SIGN_IN}?{urlencode({'ke': back})}"
    return Response(status=303, headers={"Location": place, "Cache-Control": "no-store"})


def _refuse_identifier() -> Response:
    return Response(
        f"{REFUSED.id} | {REFUSED.en}",
        400,
        mimetype="text/plain",
        headers={"Cache-Control": "no-store", "Clear-Site-Data": '"cache"'},
    )
