"""``python -m dashboard user …``: accounts from the command line, for the first one and for when nobody can sign in."""

import argparse
import getpass
import os
import secrets
import sys

from rich.console import Console
from rich.table import Table

from dashboard.access import accounts, openid, passwords, sessions
from dashboard.access.accounts import Account
from dashboard.access.roles import Grant, Role
from etl import keys
from etl.cities import City, all_cities
from etl.errors import PantauError

BY = "command line"
PEOPLE = [role.value for role in Role if role is not Role.WALL]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``user`` takes."""
    todo = parser.add_subparsers(dest="todo", required=True)
    todo.add_parser("list", help="semua akun | all accounts")
    todo.add_parser("demo", help="akun contoh (make run) | the accounts of a trial")
    new = todo.add_parser("add", help="akun baru | a new account")
    new.add_argument("login")
    new.add_argument("--name", required=True, help="nama yang dibaca rekan kerja")
    new.add_argument("--provider", action="store_true", help="tanpa kata sandi | without a password")
    new.add_argument("--subject", help="nomornya di sana, bila diketahui | its number there, where it is known")
    for name, says in (("grant", "beri peran | give a role"), ("revoke", "cabut peran | take a role away")):
        role = todo.add_parser(name, help=says)
        role.add_argument("login")
        role.add_argument("--role", required=True, choices=PEOPLE)
        role.add_argument("--city", required=True, choices=[city.slug for city in all_cities()])
        role.add_argument("--agency", default="", help="kode OPD, untuk opd_head")
    for name, says in (
        ("password", "kata sandi sementara yang baru | a new temporary password"),
        ("reset-code", "ponsel lain untuk kode sekali pakai | another phone for one-time codes"),
        ("untie", "orang atau penyedia lain | another person at the provider, or another provider"),
        ("disable", "tutup akun | close the account"),
        ("enable", "buka lagi | open it again"),
    ):
        todo.add_parser(name, help=says).add_argument("login")


def run(said: argparse.Namespace) -> int:
    """Do it. Raises PantauError with what to do instead."""
    if said.todo == "list":
        _list()
    elif said.todo == "demo":
        demo()
    elif said.todo == "add":
        _add(said)
    else:
        _change(said, _account(said.login))
    return 0


def _account(login: str) -> Account:
    if account := accounts.named(login):
        return account
    known = ", ".join(one.login for one in accounts.every()) or "–"
    raise PantauError(f"tidak ada akun {login}; yang ada: {known} | no account {login}; there are: {known}")


def _add(said: argparse.Namespace) -> None:
    login = said.login
    if accounts.named(login):
        raise PantauError(f"akun {login} sudah ada | account {login} exists already")
    if said.provider or said.subject:
        accounts.add_for_provider(login, said.name, _issuer(), said.subject, BY)
    else:
        password = _asked(login) if sys.stdin.isatty() else _random()
        accounts.add(login, said.name, password, BY)
        if not sys.stdin.isatty():
            print(f"kata sandi sementara | temporary password: {password}")
    print(f"lanjut | next: python -m dashboard user grant {login} --role … --city …")


def _issuer() -> str:
    if settings := openid.here():
        return settings.issuer
    raise PantauError(
        f"penyedia identitas belum diatur → isi {', '.join(openid.REQUIRED)} | no identity provider is set up"
    )


def _asked(login: str) -> str:
    """A password typed twice; never an argument, which everyone on the machine could read."""
    password = getpass.getpass("Kata sandi sementara | temporary password: ")
    if wrong := passwords.objection(password, login):
        raise PantauError(f"{wrong.id} | {wrong.en}")
    if password != getpass.getpass("Sekali lagi | once more: "):
        raise PantauError("kedua kata sandi tidak sama | the two passwords differ")
    return password


def _change(said: argparse.Namespace, account: Account) -> None:
    if said.todo in ("grant", "revoke"):
        _set_role(said, account)
    elif said.todo == "untie":
        _untie(account)
    elif said.todo == "password":
        if account.issuer:
            raise PantauError(f"{account.login} masuk lewat {account.issuer} | signs in through {account.issuer}")
        password = _random()
        accounts.set_password(account.id, password, must_change=True)
        sessions.end_all(account.id, BY)
        print(f"kata sandi sementara | temporary password: {password}")
    elif said.todo == "reset-code":
        accounts.set_code_secret(account.id, None)
        sessions.end_all(account.id, BY)
    elif said.todo == "disable":
        accounts.disable(account.id, BY)
    else:
        accounts.enable(account.id)
    _list()


def _untie(account: Account) -> None:
    if account.issuer is None:
        raise PantauError(f"{account.login} masuk dengan kata sandi | signs in with a password")
    accounts.untie(account.id, _issuer(), BY)


def _set_role(said: argparse.Namespace, account: Account) -> None:
    role = Role(said.role)
    if (role is Role.OPD_HEAD) != bool(said.agency):
        raise PantauError("opd_head perlu --agency, peran lain tidak | opd_head needs --agency, other roles do not")
    city = next(city for city in all_cities() if city.slug == said.city)
    given = Grant(role, city.code, said.agency)
    if said.todo == "grant":
        accounts.grant(account.id, given, BY)
    else:
        accounts.revoke(account.id, given)


def _list() -> None:
    names = {city.code: city.slug for city in all_cities()}
    table = Table("akun | account", "nama | name", "peran | roles", "masuk | by", "kode | code", "keadaan | state")
    for one in accounts.every():
        roles = sorted(
            f"{grant.role} {names.get(grant.city_code, grant.city_code)} {grant.agency_code}".strip()
            for grant in one.grants
        )
        state = "ditutup | closed" if one.disabled else "terkunci | locked" if one.locked else ""
        by = "kata sandi | password" if one.issuer is None else one.issuer if one.subject else f"{one.issuer} …"
        table.add_row(one.login, one.name, "\n".join(roles), by, "✓" if one.code_secret else "", state)
    Console().print(table)


def _random() -> str:
    return secrets.token_urlsafe(12)


# login, name, role
DEMO = (
    ("walikota", "Wali Kota (contoh)", Role.MAYOR),
    ("walidata", "Walidata (contoh)", Role.STEWARD),
    ("operator", "Operator (contoh)", Role.OPERATOR),
    ("kepala-opd", "Kepala OPD (contoh)", Role.OPD_HEAD),
    ("admin", "Admin (contoh)", Role.ADMIN),
)
DEMO_AGENCY = "D01"  # the first agency of every simulated city


def demo() -> None:
    """The accounts of a trial, one a role, in every city; their password is printed at each start."""
    password = os.environ.get("DEMO_PASSWORD") or keys.secret("demo")[:16]
    for login, name, role in DEMO:
        _demo_account(login, name, role, password, all_cities())
    print("Akun contoh (SIMULASI) | accounts of the trial:")
    for login, name, _ in DEMO:
        print(f"  {login:<12} {name}")
    print(f"  kata sandi | password: {password}")


def _demo_account(login: str, name: str, role: Role, password: str, cities: tuple[City, ...]) -> None:
    account = accounts.named(login)
    account_id = account.id if account else accounts.add(login, name, password, BY, demo=True, must_change=False)
    if account and not passwords.fits(password, account.password):
        accounts.set_password(account_id, password)
    for city in cities:
        accounts.grant(account_id, Grant(role, city.code, DEMO_AGENCY if role is Role.OPD_HEAD else ""), BY)
