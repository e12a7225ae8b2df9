"""Accounts and their roles, as the schema ``identity`` holds them."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dashboard.access import codes, passwords, sessions
from dashboard.access.roles import Grant, Role
from etl.identity import ACCOUNTS, GRANTS
from etl.warehouse import Role as SqlRole
from etl.warehouse import engine

FREE_TRIES = 5
FIRST_LOCK, LONGEST_LOCK = dt.timedelta(seconds=30), dt.timedelta(hours=1)


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in."""

    id: uuid.UUID
    login: str
    name: str
    grants: frozenset[Grant]
    password: str | None
    issuer: str | None  # the identity provider through which, and only through which, this person signs in
    subject: str | None
    code_secret: str | None
    code_step: int | None
    must_change: bool
    disabled: bool
    demo: bool
    locked_until: dt.datetime | None

    @property
    def locked(self) -> bool:
        """True while wrong answers have closed it for a time."""
        return self.locked_until is not None and self.locked_until > dt.datetime.now(dt.UTC)

    def awaits(self, issuer: str) -> bool:
        """Whether it was made for this identity provider and nobody signed in to it yet."""
        return self.issuer == issuer and self.subject is None and self.password is None and not self.disabled


def every() -> list[Account]:
    """All accounts by login."""
    return _read(sa.true())


def named(login: str) -> Account | None:
    """The account of that login."""
    return next(iter(_read(ACCOUNTS.c.login == login.strip().lower())), None)


def of(account_id: uuid.UUID | str) -> Account | None:
    """The account of that number."""
    return next(iter(_read(ACCOUNTS.c.account_id == uuid.UUID(str(account_id)))), None)


def of_provider(issuer: str, subject: str, logins: Iterable[str]) -> Account | None:
    """The account of somebody whom an identity provider knows.

    The first sign-in ties the account of one of these logins, if it was made for this provider and still waits, to the
    provider's own number for the person. From then on that number alone counts, whatever the names become.
    """
    tied = sa.and_(ACCOUNTS.c.issuer == issuer, ACCOUNTS.c.subject == subject)
    if found := _read(tied):
        return found[0]
    waiting = next((one for login in logins if (one := named(login)) and one.awaits(issuer)), None)
    if waiting:
        still = sa.and_(ACCOUNTS.c.account_id == waiting.id, ACCOUNTS.c.subject.is_(None))
        with engine(SqlRole.ACCESS).begin() as connection:
            connection.execute(sa.update(ACCOUNTS).where(still).values(subject=subject))
    return next(iter(_read(tied)), None)  # read again: of two first sign-ins at once, one wins


def _read(which: sa.ColumnElement[bool]) -> list[Account]:
    with engine(SqlRole.ACCESS).connect() as connection:
        rows = connection.execute(sa.select(ACCOUNTS).where(which).order_by(ACCOUNTS.c.login)).mappings().all()
        held = sa.select(GRANTS).where(GRANTS.c.account_id.in_([row["account_id"] for row in rows]))
        grants = connection.execute(held).mappings().all()
    return [_account(row, grants) for row in rows]


def _account(row: Any, grants: Iterable[Any]) -> Account:
    mine = [one for one in grants if one["account_id"] == row["account_id"]]
    held = frozenset(Grant(Role(one["role"]), one["city_code"], one["agency_code"]) for one in mine)
    same = set(Account.__dataclass_fields__) - {"id", "grants", "disabled"}
    return Account(
        id=row["account_id"], grants=held, disabled=row["disabled_at"] is not None, **{name: row[name] for name in same}
    )


def add(login: str, name: str, password: str, by: str, demo: bool = False, must_change: bool = True) -> uuid.UUID:
    """A new account without any role. Raises sqlalchemy's IntegrityError when the login is taken."""
    return _add(login, name, by, password=passwords.hashed(password), demo=demo, must_change=must_change)


def add_for_provider(login: str, name: str, issuer: str, subject: str | None, by: str) -> uuid.UUID:
    """The same without a password, for who signs in through an identity provider; as a rule it waits to be tied."""
    return _add(login, name, by, issuer=issuer, subject=subject)


def untie(account_id: uuid.UUID, issuer: str, by: str) -> None:
    """Somebody else there is this person now, or another provider is: the next sign-in ties the account anew."""
    _write(account_id, issuer=issuer, subject=None)
    sessions.end_all(account_id, by)


def _add(login: str, name: str, by: str, **more: Any) -> uuid.UUID:
    row = {"login": login.strip().lower(), "name": name, "made_by": by} | more
    with engine(SqlRole.ACCESS).begin() as connection:
        made: uuid.UUID = connection.execute(
            sa.insert(ACCOUNTS).values(row).returning(ACCOUNTS.c.account_id)
        ).scalar_one()
    return made


def grant(account_id: uuid.UUID, given: Grant, by: str) -> None:
    """Give a role; giving it twice changes nothing. Sessions learn of it with their next look."""
    row = {
        "account_id": account_id,
        "city_code": given.city_code,
        "role": given.role.value,
        "agency_code": given.agency_code,
        "made_by": by,
    }
    statement = sa.dialects.postgresql.insert(GRANTS).values(row).on_conflict_do_nothing()
    with engine(SqlRole.ACCESS).begin() as connection:
        connection.execute(statement)
    sessions.forget()


def revoke(account_id: uuid.UUID, taken: Grant) -> None:
    """Take a role away."""
    same = sa.and_(
        GRANTS.c.account_id == account_id,
        GRANTS.c.city_code == taken.city_code,
        GRANTS.c.role == taken.role.value,
        GRANTS.c.agency_code == taken.agency_code,
    )
    with engine(SqlRole.ACCESS).begin() as connection:
        connection.execute(sa.delete(GRANTS).where(same))
    sessions.forget()


def set_password(account_id: uuid.UUID, password: str, must_change: bool = False) -> None:
    """A new password; the caller ends the sessions that the old one opened."""
    _write(account_id, password=passwords.hashed(password), must_change=must_change, failures=0, locked_until=None)


def set_code_secret(account_id: uuid.UUID, sealed: str | None) -> None:
    """Another phone, or none: then the next sign-in asks to set one up."""
    _write(account_id, code_secret=sealed, code_step=None)


def disable(account_id: uuid.UUID, by: str) -> None:
    """No more sign-in, and every session ends. ``enable`` undoes it."""
    _write(account_id, disabled_at=sa.func.clock_timestamp(), disabled_by=by)
    sessions.end_all(account_id, by)


def enable(account_id: uuid.UUID) -> None:
    """Sign-in works again."""
    _write(account_id, disabled_at=None, disabled_by=None, failures=0, locked_until=None)


def knows_password(account: Account | None, password: str) -> bool:
    """Whether this opens the account; a wrong answer is counted, and too many close it for a growing time."""
    fitting = passwords.fits(password, account.password if account else None)
    if account is None or account.disabled or account.locked:
        return False
    if account.issuer is not None:  # no password opens it, and a stranger's tries must not close it for its owner
        return False
    return _counted(account, fitting)


def knows_code(account: Account, code: str, secret: str | None = None) -> bool:
    """Whether this is a code of now, never taken before; counted like a password."""
    sealed = secret or account.code_secret
    step = codes.step_of(sealed, code, account.code_step) if sealed and not account.locked else None
    if step is None:
        return _counted(account, False)
    newer = sa.or_(ACCOUNTS.c.code_step.is_(None), ACCOUNTS.c.code_step < step)
    taken = sa.update(ACCOUNTS).where(ACCOUNTS.c.account_id == account.id, newer).values(code_step=step)
    with engine(SqlRole.ACCESS).begin() as connection:
        first = connection.execute(taken).rowcount == 1  # two requests with the same code: one of them wins
    return _counted(account, first)


def _counted(account: Account, fitting: bool) -> bool:
    if fitting:
        _write(account.id, failures=0, locked_until=None)
        return True
    with engine(SqlRole.ACCESS).begin() as connection:
        more = sa.update(ACCOUNTS).where(ACCOUNTS.c.account_id == account.id).values(failures=ACCOUNTS.c.failures + 1)
        failures = connection.execute(more.returning(ACCOUNTS.c.failures)).scalar_one()
        if failures >= FREE_TRIES:
            until = sa.func.clock_timestamp() + min(FIRST_LOCK * 2 ** min(failures - FREE_TRIES, 10), LONGEST_LOCK)
            closed = sa.update(ACCOUNTS).where(ACCOUNTS.c.account_id == account.id).values(locked_until=until)
            connection.execute(closed)
    return False


def _write(account_id: uuid.UUID, **values: Any) -> None:
    with engine(SqlRole.ACCESS).begin() as connection:
        connection.execute(sa.update(ACCOUNTS).where(ACCOUNTS.c.account_id == account_id).values(values))
