"""Signed in without a form: real sessions. ``python -m tests.signed_in LOGIN`` prints one of an account of the trial."""

import sys

from dashboard.access import accounts, sessions
from dashboard.access.roles import Grant

COOKIE = "pantau"


def token(login: str) -> str:
    """A session's token of an account that there is."""
    account = accounts.named(login)
    assert account is not None, login
    return sessions.open_session(account.id)


def token_with(*grants: Grant) -> str:
    """A session of somebody new who holds just these roles."""
    name = f"uji-{abs(hash(grants)):x}"[:24]
    account = accounts.named(name)
    account_id = account.id if account else accounts.add(name, name, f"{name} di kota", "tests", must_change=False)
    for grant in grants:
        accounts.grant(account_id, grant, "tests")
    return sessions.open_session(account_id)


if __name__ == "__main__":
    print(token(sys.argv[1]))
