"""Admin: who may sign in to this city and as what, which sessions are open, which keys let rows in.

Everything can be undone or is asked for twice, and stands under "Perubahan" with who did it. An administrator changes
roles of the own city only; an account that is somebody in another city, too, is closed or given a password only by who
is administrator there as well. Nobody changes the own account here: a city is never left without its last
administrator by a slip of the hand.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, abort, g, request

from dashboard.access import accounts, sessions
from dashboard.access.accounts import Account
from dashboard.access.guard import Guard
from dashboard.access.pages import Pages
from dashboard.access.roles import TITLES, Audience, Grant, Role
from etl import push_keys
from etl.access import Push
from etl.cities import City, readable_sources
from etl.errors import PantauError
from etl.identity import CHANGES
from etl.source import Source
from etl.text import Text
from etl.warehouse import TABLES, engine, reading
from etl.warehouse import Role as SqlRole

ADMINS: Audience = frozenset({Role.ADMIN})
ROLES = [role for role in Role if role is not Role.WALL]
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{2,79}")
SHOWN = 50  # of the newest changes


class Refused(Exception):
    """What cannot be done, and what to do instead."""

    def __init__(self, says: Text) -> None:
        super().__init__(says.en)
        self.says = says


@dataclass(frozen=True)
class Done:
    """What was done to whom; how to undo it; what is shown this once."""

    says: Text
    whom: str
    detail: str = ""
    undo: dict[str, str] = field(default_factory=dict)
    secret: str = ""


TAKEN = Text("Nama masuk ini sudah ada; beri peran kepadanya.", "This login exists already; give it a role.")
BAD_LOGIN = Text(
    "Nama masuk: 3–80 huruf kecil, angka, titik, garis, atau alamat surel.",
    "A login has 3 to 80 lower-case letters, digits, dots, dashes, or is an e-mail address.",
)
NO_NAME = Text("Isi nama lengkap orangnya.", "Write the person's full name.")
OWN = Text(
    "Akun sendiri tidak diubah di sini. Kata sandi: halaman Akun; peran: minta admin lain.",
    "One's own account is not changed here. The password: on the page Account; a role: ask another administrator.",
)
ELSEWHERE = Text(
    "Akun ini juga punya peran di kota lain. Cabut perannya di sini, atau minta admin kota itu juga.",
    "This account is somebody in another city, too. Take its roles here away, or ask that city's administrator.",
)
OUT_THERE = Text(
    "Akun ini masuk lewat penyedia identitas kota; kata sandinya diganti di sana.",
    "This account signs in through the city's identity provider; its password is changed there.",
)
NO_AGENCY = Text(
    "Kepala OPD perlu kode OPD yang ada; peran lain tidak punya OPD.",
    "The head of an agency needs an agency's code that exists; other roles have none.",
)
NOBODY = Text("Tidak ada akun dengan nama masuk itu. Periksa ejaannya.", "There is no account of that login.")
GONE = Text("Sudah tidak ada; muat ulang halaman ini.", "It is not there any more; reload this page.")


@dataclass
class Admin:
    """The page and what it does, for one application."""

    pages: Pages

    def show(self) -> Response:
        """Accounts, sessions, keys and the latest changes of the city."""
        return self._page()

    def change(self) -> Response:
        """Do one thing, write down that it was done, and show how it is undone."""
        doing = DOING.get(_said("todo"))
        if doing is None:
            abort(400)
        try:
            done = doing(self, g.city)
        except Refused as refusal:
            return self._page(refusal.says, 400)
        _write_down(g.city, _said("todo"), done)
        return self._page(done=done)

    def _page(self, message: Text | None = None, status: int = 200, done: Done | None = None) -> Response:
        city: City = g.city
        here = accounts_of(city)
        named = {one.id: one for one in here}
        return self.pages.answer(
            "admin.html", status, message=message, done=done, city=city, accounts=here, named=named, titles=TITLES,
            roles=ROLES, open_sessions=sessions.open_ones(named), keys=_keys(city), agencies=_agencies(city),
            changes=changes(city), me=g.viewer.id,
        )  # fmt: skip

    def add(self, city: City) -> Done:
        """An account with its first role, and a password that is shown this once."""
        login, name, given = _said("login").strip().lower(), _said("name").strip(), _grant(city)
        if not LOGIN.fullmatch(login):
            raise Refused(BAD_LOGIN)
        if not name:
            raise Refused(NO_NAME)
        if accounts.named(login):
            raise Refused(TAKEN)
        password = secrets.token_urlsafe(12)
        made = accounts.add(login, name, password, _me())
        accounts.grant(made, given, _me())
        says = Text("Akun dibuat. Sampaikan kata sandi ini:", "The account is made. Hand over this password:")
        return Done(says, login, str(given.role), {"todo": "disable", "account": str(made)}, password)

    def grant(self, city: City) -> Done:
        """A role for somebody who has an account."""
        account, given = accounts.named(_said("login")), _grant(city)
        if account is None:
            raise Refused(NOBODY)
        self._others(account)
        accounts.grant(account.id, given, _me())
        return Done(
            Text("Peran diberikan.", "The role is given."),
            account.login,
            _worded(given),
            _undo("revoke", account, given),
        )

    def revoke(self, city: City) -> Done:
        """Take a role of this city away; the sessions learn of it with their next look."""
        account, taken = self._account(city), _grant(city)
        accounts.revoke(account.id, taken)
        return Done(
            Text("Peran dicabut.", "The role is taken away."),
            account.login,
            _worded(taken),
            _undo("grant", account, taken),
        )

    def password(self, city: City) -> Done:
        """A temporary password instead of a forgotten one."""
        account = self._wholly_ours(city)
        if account.issuer is not None:
            raise Refused(OUT_THERE)
        password = secrets.token_urlsafe(12)
        accounts.set_password(account.id, password, must_change=True)
        sessions.end_all(account.id, _me())
        says = Text("Kata sandi sementara, tampil sekali ini:", "A temporary password, shown this once:")
        return Done(says, account.login, secret=password)

    def reset_code(self, city: City) -> Done:
        """Another phone: the next sign-in sets the codes up anew."""
        account = self._wholly_ours(city)
        accounts.set_code_secret(account.id, None)
        sessions.end_all(account.id, _me())
        says = Text("Kode sekali pakai dipasang lagi saat masuk berikutnya.", "The next sign-in sets the codes up.")
        return Done(says, account.login)

    def disable(self, city: City) -> Done:
        """Close an account; every session of it ends."""
        account = self._wholly_ours(city)
        accounts.disable(account.id, _me())
        undo = {"todo": "enable", "account": str(account.id)}
        return Done(Text("Akun ditutup.", "The account is closed."), account.login, undo=undo)

    def enable(self, city: City) -> Done:
        """Open a closed or locked account again."""
        account = self._wholly_ours(city)
        accounts.enable(account.id)
        undo = {"todo": "disable", "account": str(account.id)}
        return Done(Text("Akun dibuka lagi.", "The account is open again."), account.login, undo=undo)

    def end_sessions(self, city: City) -> Done:
        """Every session of an account is over."""
        account = self._account(city)
        count = sessions.end_all(account.id, _me())
        return Done(Text(f"{count} sesi diakhiri.", f"{count} sessions are over."), account.login, str(count))

    def end_session(self, city: City) -> Done:
        """One session is over."""
        named = {one.id: one for one in accounts_of(city)}
        found = [one for one in sessions.open_ones(named) if one["token_hash"] == _said("session")]
        if not found:
            raise Refused(GONE)
        sessions.end_one(found[0]["token_hash"], _me())
        return Done(Text("Sesi diakhiri.", "The session is over."), named[found[0]["account_id"]].login)

    def make_key(self, city: City) -> Done:
        """A key for who sends rows to a source, shown this once."""
        source = _pushed(city)
        says = Text("Kunci kiriman, tampil sekali ini:", "A key for deliveries, shown this once:")
        return Done(says, source.name, secret=push_keys.make(source))

    def revoke_key(self, city: City) -> Done:
        """A key opens nothing from now on."""
        source = _pushed(city)
        try:
            push_keys.revoke(source, _said("key"))
        except PantauError as error:
            raise Refused(GONE) from error
        return Done(Text("Kunci dicabut.", "The key is revoked."), source.name, _said("key"))

    def _account(self, city: City) -> Account:
        """Somebody else of this city."""
        account = next((one for one in accounts_of(city) if str(one.id) == _said("account")), None)
        if account is None:
            raise Refused(GONE)
        return self._others(account)

    def _others(self, account: Account) -> Account:
        if str(account.id) == g.viewer.id:
            raise Refused(OWN)
        return account

    def _wholly_ours(self, city: City) -> Account:
        """Somebody who is nobody in a city of which the viewer is no administrator."""
        account = self._account(city)
        if any(not g.viewer.may(ADMINS, held.city_code) for held in account.grants):
            raise Refused(ELSEWHERE)
        return account


DOING: dict[str, Callable[[Admin, City], Done]] = {
    "add": Admin.add,
    "grant": Admin.grant,
    "revoke": Admin.revoke,
    "password": Admin.password,
    "reset-code": Admin.reset_code,
    "disable": Admin.disable,
    "enable": Admin.enable,
    "end-sessions": Admin.end_sessions,
    "end-session": Admin.end_session,
    "make-key": Admin.make_key,
    "revoke-key": Admin.revoke_key,
}


def accounts_of(city: City) -> list[Account]:
    """Everybody who is anything in a city, or was closed while being so; by login."""
    return [one for one in accounts.every() if any(held.city_code == city.code for held in one.grants)]


def changes(city: City) -> list[dict[str, Any]]:
    """What administrators changed, the newest first."""
    mine = sa.select(CHANGES).where(CHANGES.c.city_code == city.code).order_by(CHANGES.c.change_id.desc()).limit(SHOWN)
    with engine(SqlRole.ACCESS).connect() as connection:
        return [dict(row) for row in connection.execute(mine).mappings()]


def _write_down(city: City, what: str, done: Done) -> None:
    row = {"city_code": city.code, "who": g.viewer.id, "name": g.viewer.name, "what": what}
    with engine(SqlRole.ACCESS).begin() as connection:
        connection.execute(sa.insert(CHANGES).values(row | {"whom": done.whom, "detail": done.detail}))


def _grant(city: City) -> Grant:
    """The role that the form names, in this city."""
    role, agency = _said("role"), _said("agency").strip()
    if role not in ROLES:
        abort(400)
    known = {code for code, _ in _agencies(city)}
    if agency not in known if role == Role.OPD_HEAD else agency:
        raise Refused(NO_AGENCY)
    return Grant(Role(role), city.code, agency)


def _worded(held: Grant) -> str:
    return f"{held.role} {held.agency_code}".strip()


def _undo(todo: str, account: Account, held: Grant) -> dict[str, str]:
    named = {"account": str(account.id), "login": account.login}
    return {"todo": todo, "role": held.role.value, "agency": held.agency_code} | named


def _agencies(city: City) -> list[tuple[str, str]]:
    table = TABLES["agencies"].c
    mine = sa.select(table.agency_code, table.name).where(table.city_code == city.code).order_by(table.agency_code)
    with reading(city.code) as connection:
        return [(code, name) for code, name in connection.execute(mine)]


def _keys(city: City) -> list[tuple[Source, list[push_keys.Key]]]:
    """The sources that are pushed, each with its keys."""
    pushed = [source for source in readable_sources(city)[0] if isinstance(source.reader, Push)]
    return [(source, push_keys.listed(source)) for source in pushed]


def _pushed(city: City) -> Source:
    source = push_keys.push_source(city.slug, _said("source"))
    if source is None:
        abort(404)
    return source


def _said(name: str) -> str:
    return request.form.get(name, "")


def _me() -> str:
    return str(g.viewer.name)


def register(server: Flask, guard: Guard, pages: Pages) -> None:
    """Put the page on an application; it is the administrator's."""
    admin = Admin(pages)
    for path, view, method in (("/admin", admin.show, "GET"), ("/admin/ubah", admin.change, "POST")):
        server.add_url_rule(path, f"admin:{path}", view, methods=[method])
        guard.open_to(ADMINS, path)
