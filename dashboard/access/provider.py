"""Signing in through the city's identity provider, where one is set up (``openid``); without one its routes are 404.

``/masuk/luar`` leads there, ``/masuk/luar/kembali`` is where it leads back to, ``/masuk/luar/keluar`` offers its own
sign-out. An account has to be there already: the provider says who somebody is, never what they may.

Between the two requests the browser holds a random handle in a cookie for ten minutes, and the database the handle's
hash with the wanted page. Not a sealed cookie alone: that could be used twice. A row can be taken out only once, by
whichever process, and whoever reads the table has nothing: state, nonce and verifier come from the handle
(``openid.Trip``).
"""

import datetime as dt
import hmac
import logging
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import Flask, Response, abort, g, request

from dashboard.access import accounts, cookies, openid, sessions
from dashboard.access.guard import SIGN_IN, Guard
from dashboard.access.openid import NotBelieved, Person, ProviderAway
from dashboard.access.roles import ANYONE
from dashboard.access.sign_in import OUT_THERE, SignIn, away, first_need, wanted_page
from etl.identity import SIGN_INS
from etl.text import Text
from etl.warehouse import Role as SqlRole
from etl.warehouse import engine

if TYPE_CHECKING:
    from dashboard.access.conversation import Provider

log = logging.getLogger("access")
GO, BACK = f"{SIGN_IN}/luar", f"{SIGN_IN}/luar/kembali"
LASTS = dt.timedelta(minutes=10)  # to type a password, and a code, at the provider

PROVIDER_AWAY = Text(
    "Penyedia identitas kota sedang tidak menjawab. Coba lagi sebentar lagi; akun Pantau biasa tetap dapat masuk.",
    "The city's identity provider does not answer. Try again in a moment; accounts of Pantau itself can still sign in.",
)
TOO_LATE = Text(
    "Permintaan masuk ini sudah lewat waktunya atau sudah dipakai. Mulai sekali lagi.",
    "This sign-in has expired or was used before. Begin once more.",
)
NOT_GIVEN = Text(
    "Penyedia identitas kota tidak mengizinkan masuk, atau Anda membatalkannya. Mulai sekali lagi bila perlu.",
    "The city's identity provider did not let you in, or you cancelled. Begin once more if you need to.",
)
NOT_OURS = Text(
    "Jawaban penyedia identitas kota tidak dapat dipercaya; sudah tercatat. Coba lagi, atau hubungi admin kota.",
    "The answer of the city's identity provider cannot be trusted; it is logged. Try again, or ask the administrator.",
)
UNKNOWN = Text(
    "Akun Anda belum didaftarkan di Pantau. Minta admin kota mendaftarkannya.",
    "Your account is not registered in Pantau. Ask the city's administrator to register it.",
)
CLOSED = Text(
    "Akun Anda di Pantau ditutup. Tanyakan kepada admin kota, atau coba lagi beberapa menit lagi.",
    "Your account in Pantau is closed. Ask the city's administrator, or try again in some minutes.",
)


@dataclass
class ProviderSignIn:
    """The ways to the provider and back, for one application."""

    forms: SignIn
    provider: "Provider | None"

    def go(self) -> Response:
        """Lead to the provider."""
        provider = self._there()
        if g.viewer and not g.viewer.needs:
            return away(wanted_page())
        if refused := self.forms.refused():
            return refused
        handle = secrets.token_urlsafe(32)
        try:
            response = away(provider.way(self._address(BACK), openid.trip_of(handle)))
        except ProviderAway as error:
            return self._not_in(PROVIDER_AWAY, 503, str(error))
        _keep(handle, wanted_page())
        site = self.forms.guard.site
        cookies.give(response, request, site, handle, lasts_s=LASTS.total_seconds(), name=cookies.TRIP)
        return response

    def back(self) -> Response:
        """Somebody comes from the provider, with a code or an error."""
        provider = self._there()
        handle = cookies.token(request, self.forms.guard.site, cookies.TRIP)
        trip = openid.trip_of(handle)
        said = request.args.get("state", "").encode()
        wanted = _taken(handle) if hmac.compare_digest(said, trip.state.encode()) else None
        response = self._arrive(provider, trip, wanted) if wanted else self._not_in(TOO_LATE, 400, "state")
        cookies.take(response, request, self.forms.guard.site, cookies.TRIP)
        return response

    def out(self) -> Response:
        """This session is over here; the provider's own may go on. A page, as no form of ours leads to other sites."""
        provider = self._there()
        try:
            place = provider.goodbye(self._address(SIGN_IN))
        except ProviderAway as error:
            log.warning("penyedia identitas | identity provider: %s", error)
            place = None
        if place is None:
            return away(SIGN_IN)
        return self.forms.pages.answer("provider_out.html", place=place, provider=provider.settings.name)

    def _arrive(self, provider: "Provider", trip: openid.Trip, wanted: str) -> Response:
        code = request.args.get("code", "")
        if not code:
            return self._not_in(NOT_GIVEN, 401, f"error: {_word(request.args.get('error', ''))}", wanted)
        if request.args.get("iss", provider.settings.issuer) != provider.settings.issuer:  # RFC 9207
            return self._not_in(NOT_OURS, 401, "iss", wanted)
        try:
            person = provider.person(self._address(BACK), trip, code)
        except ProviderAway as error:
            return self._not_in(PROVIDER_AWAY, 503, str(error), wanted)
        except NotBelieved as error:
            return self._not_in(NOT_OURS, 401, str(error), wanted)
        return self._admit(provider.settings.issuer, person, wanted)

    def _admit(self, issuer: str, person: Person, wanted: str) -> Response:
        account = accounts.of_provider(issuer, person.subject, person.logins)
        if account is None:
            # Not by name: at some providers that is a NIP. The mark tells whether it is the same person again.
            return self._not_in(UNKNOWN, 403, f"unknown: {sessions.hash_of(person.subject)[:12]}", wanted)
        if account.disabled or account.locked:
            return self._not_in(CLOSED, 403, f"closed: {account.id}", wanted)
        if g.viewer:  # whoever sat here before: their token is worth nothing from now on
            sessions.end(g.viewer, "renewed")
        return self.forms.begin(account, first_need(account, person.proven), wanted)

    def _there(self) -> "Provider":
        return self.provider or abort(404)

    def _address(self, path: str) -> str:
        return f"{self.forms.guard.site.origin or request.host_url.rstrip('/')}{path}"

    def _not_in(self, says: Text, status: int, why: str, wanted: str | None = None) -> Response:
        """Calm words above the form, so that there is a next step; the reason is for the log."""
        log.warning("gagal masuk lewat penyedia identitas | failed sign-in by the identity provider: %s", why)
        return self.forms.start_form(says, status, wanted)


def _word(said: str) -> str:
    """An error's name as OAuth has them; anything else was made up by somebody, and stays out of the log."""
    return said if re.fullmatch(r"[a-z_]{1,40}", said) else "?"


def _keep(handle: str, wanted: str) -> None:
    ends_at = sa.func.clock_timestamp() + LASTS
    row = {"handle_hash": sessions.hash_of(handle), "wanted": wanted, "ends_at": ends_at}
    with engine(SqlRole.ACCESS).begin() as connection:
        connection.execute(sa.delete(SIGN_INS).where(SIGN_INS.c.ends_at < sa.func.clock_timestamp()))
        connection.execute(sa.insert(SIGN_INS).values(row))


def _taken(handle: str) -> str | None:
    """The page that this trip began for; nothing for one that is over, or was never begun. It is over now."""
    mine = sa.and_(SIGN_INS.c.handle_hash == sessions.hash_of(handle), SIGN_INS.c.ends_at > sa.func.clock_timestamp())
    with engine(SqlRole.ACCESS).begin() as connection:
        found: str | None = connection.scalar(sa.delete(SIGN_INS).where(mine).returning(SIGN_INS.c.wanted))
    return found


def _provider(settings: openid.Settings) -> "Provider":
    from dashboard.access.conversation import Provider  # takes a second to load, and most cities have none

    return Provider(settings)


def register(server: Flask, guard: Guard, settings: openid.Settings | None) -> None:
    """Put the ways on an application whose sign-in is there, and declare who may use them."""
    forms: SignIn = server.extensions["sign-in"]
    forms.provider = settings.name if settings else ""
    ways = server.extensions["provider"] = ProviderSignIn(forms, _provider(settings) if settings else None)
    for path, view in ((GO, ways.go), (BACK, ways.back), (OUT_THERE, ways.out)):
        server.add_url_rule(path, f"access:{path}", view)
    guard.open_to(ANYONE, GO, OUT_THERE)
    guard.with_random_address(ANYONE, BACK)  # codes of Keycloak are UUIDs
