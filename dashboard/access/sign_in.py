"""Signing in and out, and what people do with their own account. Plain forms: they work without any script.

``/masuk`` name and password → ``/masuk/kode`` the one-time code (``/masuk/ponsel`` sets it up at the first time) →
``/masuk/sandi`` a password of one's own → the page that was asked for. Each step has a session of its own.
Who comes from the city's identity provider (``provider``) joins at the second step, or is done.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, g, request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from dashboard.access import accounts, codes, cookies, passwords, sessions
from dashboard.access.accounts import Account
from dashboard.access.guard import SIGN_IN, Guard
from dashboard.access.pages import Pages
from dashboard.access.roles import ANYONE, PEOPLE, TITLES, Viewer, needs_code
from etl.text import Text

log = logging.getLogger("access")
FLOOD = tuple(map(parse, ("20/minute", "200/hour")))  # tries of one address, whoever it tries to be

WRONG = Text(
    "Nama atau kata sandi salah, atau akun sedang ditutup sementara. Periksa, lalu coba lagi beberapa menit lagi.",
    "The name or the password is wrong, or the account is closed for a while. Try again in some minutes.",
)
WRONG_CODE = Text(
    "Kode salah atau sudah dipakai. Tunggu kode berikutnya di ponsel, lalu coba lagi.",
    "The code is wrong or was used before. Wait for the next one on your phone and try again.",
)
TOO_MANY = Text(
    "Terlalu banyak percobaan dari alamat ini. Tunggu satu menit, lalu coba lagi.",
    "Too many tries from this address. Wait a minute and try again.",
)
UNSAFE = Text(
    "Alamat ini tidak terenkripsi: kata sandi dapat dibaca orang lain. Buka lewat https, atau dari komputer server.",
    "This address is not encrypted: others could read the password. Open it over https, or on the server itself.",
)
DIFFERENT = Text("Kedua kata sandi tidak sama.", "The two passwords differ.")
CHANGED = Text("Kata sandi sudah diganti; semua sesi lain berakhir.", "Password changed; all other sessions are over.")

OUT_THERE = f"{SIGN_IN}/luar/keluar"  # where the provider's own sign-out is offered
STEPS = {"code": "/masuk/kode", "enrol": "/masuk/ponsel", "password": "/masuk/sandi"}


@dataclass
class SignIn:
    """The forms and what they do, for one application."""

    guard: Guard
    pages: Pages
    limiter: MovingWindowRateLimiter
    provider: str = ""  # what the city's identity provider is called, where there is one

    def start(self) -> Response:
        """Name and password."""
        if g.viewer and not g.viewer.needs:
            return away(wanted_page())
        if request.method == "GET":
            return self.start_form()
        if refused := self.refused():
            return refused
        account = accounts.named(_said("login"))
        if not accounts.knows_password(account, _said("password")) or account is None:
            log.warning("gagal masuk | failed sign-in: %s", account.id if account else "-")
            return self.start_form(WRONG, 401)
        return self.begin(account, first_need(account), wanted_page())

    def refused(self) -> Response | None:
        """Why nobody may sign in from here just now, whoever it is."""
        if not self.guard.site.secure(request):
            return self.start_form(UNSAFE, 400)
        return None if self._in_time() else self.start_form(TOO_MANY, 429)

    def start_form(self, message: Text | None = None, status: int = 200, wanted: str | None = None) -> Response:
        """The page on which everyone begins, with what is to be said."""
        told = {"provider": self.provider, "wanted": wanted or wanted_page()}
        return self.pages.answer("sign_in.html", status, message=message, **told)

    def begin(self, account: Account, need: str, wanted: str) -> Response:
        """Somebody was recognised: the first session of this sign-in, and where it leads."""
        return self._step(account, sessions.open_session(account.id, need, _agent()), need, wanted)

    def code(self) -> Response:
        """The one-time code."""
        viewer, account = self._at("code")
        if request.method == "GET":
            return self._form("code.html")
        if not self._in_time() or not accounts.knows_code(account, _said("code")):
            return self._form("code.html", WRONG_CODE, 401)
        need = "password" if account.must_change else ""
        return self._step(account, sessions.renewed(viewer, need, _agent()), need)

    def phone(self) -> Response:
        """The first time: an app on the phone learns the secret."""
        viewer, account = self._at("enrol")
        sealed = _said("secret") or codes.fresh_secret()
        try:
            key = codes.plain(sealed)
        except ValueError:
            abort(400)
        shown: dict[str, Any] = {
            "picture": codes.picture(sealed, account.login),
            "key": key,
            "secret": sealed,
        }
        if request.method == "GET":
            return self._form("phone.html", **shown)
        if not self._in_time() or not accounts.knows_code(account, _said("code"), sealed):
            return self._form("phone.html", WRONG_CODE, 401, **shown)
        accounts.set_code_secret(account.id, sealed)
        need = "password" if account.must_change else ""
        return self._step(account, sessions.renewed(viewer, need, _agent()), need)

    def first_password(self) -> Response:
        """A password of one's own instead of the one that somebody else gave."""
        viewer, account = self._at("password")
        if request.method == "GET":
            return self._form("password.html")
        if wrong := self._objection(account):
            return self._form("password.html", wrong, 400)
        accounts.set_password(account.id, _said("new"))
        return self._step(account, sessions.renewed(viewer, "", _agent()), "")

    def out(self) -> Response:
        """This session is over."""
        place = SIGN_IN
        if g.viewer:
            sessions.end(g.viewer, "sign-out")
            known = accounts.of(g.viewer.id) if self.provider else None  # a screen has no account
            place = OUT_THERE if known and known.issuer else SIGN_IN
        response = away(place)
        cookies.take(response, request, self.guard.site)
        return response

    def account(self) -> Response:
        """Who I am here, and my password."""
        account = self._own()
        if request.method == "GET":
            return self._account(account)
        wrong = WRONG if not accounts.knows_password(account, _said("password")) else self._objection(account)
        if wrong:
            return self._account(account, wrong, 400)
        accounts.set_password(account.id, _said("new"))
        sessions.end_all(account.id, "password")
        response = self._account(account, CHANGED)
        token = sessions.open_session(account.id, "", _agent())
        cookies.give(response, request, self.guard.site, token)
        return response

    def out_everywhere(self) -> Response:
        """All my sessions are over, this one too."""
        sessions.end_all(self._own().id, "sign-out everywhere")
        return self.out()

    def _account(self, account: Account, message: Text | None = None, status: int = 200) -> Response:
        slugs = {city.code: city.name for city in self.guard.cities.values()}
        held = sorted((slugs.get(one.city_code, one.city_code), one.role, one.agency_code) for one in account.grants)
        return self._form("account.html", message, status, account=account, held=held, titles=TITLES)

    def _own(self) -> Account:
        return accounts.of(g.viewer.id) or abort(404)

    def _at(self, need: str) -> tuple[Viewer, Account]:
        """The viewer in the middle of a sign-in; anybody else begins at the beginning."""
        viewer: Viewer | None = g.viewer
        if viewer is None or viewer.needs != need:
            abort(away(SIGN_IN))
        return viewer, self._own()

    def _objection(self, account: Account) -> Text | None:
        if _said("new") != _said("again"):
            return DIFFERENT
        return passwords.objection(_said("new"), account.login)

    def _in_time(self) -> bool:
        return all(self.limiter.hit(rate, "sign-in", request.remote_addr or "") for rate in FLOOD)

    def _form(self, template: str, message: Text | None = None, status: int = 200, **more: Any) -> Response:
        return self.pages.answer(template, status, message=message, wanted=wanted_page(), **more)

    def _step(self, account: Account, token: str, need: str, wanted: str | None = None) -> Response:
        wanted = wanted or wanted_page()
        step = STEPS.get(need)
        response = away(f"{step}?{urlencode({'ke': wanted})}" if step else wanted)
        cookies.give(response, request, self.guard.site, token)
        cookies.unmark_screen(response, request, self.guard.site)
        if not need:
            log.info("masuk | signed in: %s", account.id)
        return response


def first_need(account: Account, proven: bool = False) -> str:
    """What is to be done before anything is shown; ``proven``: more than a password was asked for already."""
    if not proven and (needs_code(account.grants) or account.code_secret):
        return "code" if account.code_secret else "enrol"
    return "password" if account.must_change else ""


def _said(field: str) -> str:
    return request.form.get(field, "")


def _agent() -> str:
    return request.headers.get("User-Agent", "")


def wanted_page() -> str:
    """The page to go to afterwards: one of ours, never another site's."""
    path = request.values.get("ke", "")
    ours = path.startswith("/") and not path.startswith(("//", "/\\", SIGN_IN)) and path.isprintable()
    return path if ours else "/"


def away(path: str) -> Response:
    """Lead the browser on."""
    return Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})


def register(server: Flask, guard: Guard, pages: Pages) -> None:
    """Put the forms on an application and declare who may use them."""
    forms = server.extensions["sign-in"] = SignIn(guard, pages, MovingWindowRateLimiter(MemoryStorage()))
    both = ["GET", "POST"]
    routes: tuple[tuple[str, Callable[[], Response], list[str], Any], ...] = (
        (SIGN_IN, forms.start, both, ANYONE),
        (STEPS["code"], forms.code, both, ANYONE),
        (STEPS["enrol"], forms.phone, both, ANYONE),
        (STEPS["password"], forms.first_password, both, ANYONE),
        ("/keluar", forms.out, ["POST"], ANYONE),
        ("/akun", forms.account, both, PEOPLE),
        ("/akun/keluar-semua", forms.out_everywhere, ["POST"], PEOPLE),
    )
    for path, view, methods, audience in routes:
        server.add_url_rule(path, f"access:{path}", view, methods=methods)
        guard.open_to(audience, path)
