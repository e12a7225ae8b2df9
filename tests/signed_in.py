"""Signed in without a form: real sessions. ``python -m tests.signed_in LOGIN`` prints one of a trial's account."""

import secrets
import sys

import sqlalchemy as sa

from dashboard.access import accounts, sessions
from dashboard.access.roles import Grant, Role
from etl.cities import all_cities
from etl.identity import DEVICES
from etl.warehouse import Role as SqlRole
from etl.warehouse import engine

COOKIE = "pantau"
OURS = {"Sec-Fetch-Site": "same-origin"}  # what a browser adds to the requests of our own pages


def token(login: str) -> str:
    """A session's token of an account that there is."""
    account = accounts.named(login)
    assert account is not None, login
    return sessions.open_session(account.id)


def token_with(*grants: Grant) -> str:
    """A session of somebody new who holds just these roles; a screen's where the role is that of a screen."""
    if [grant.role for grant in grants] == [Role.WALL]:
        return screen_token(grants[0].city_code)
    name = f"uji-{secrets.token_hex(4)}"
    account_id = accounts.add(name, name, f"{name} di kota", "tests", must_change=False)
    for grant in grants:
        accounts.grant(account_id, grant, "tests")
    return sessions.open_session(account_id)


def every_page() -> str:
    """A session that opens every page of every city: the operator's and the mayor's in one."""
    both = (Role.OPERATOR, Role.MAYOR)
    return token_with(*(Grant(role, city.code) for role in both for city in all_cities()))


def screen_token(city_code: str) -> str:
    """The token of a screen that somebody approved."""
    made = secrets.token_urlsafe(32)
    row = {"city_code": city_code, "name": "Layar uji", "token_hash": sessions.hash_of(made), "made_by": "tests"}
    with engine(SqlRole.ACCESS).begin() as connection:
        connection.execute(sa.insert(DEVICES).values(row))
    return made


if __name__ == "__main__":
    print(token(sys.argv[1]))
