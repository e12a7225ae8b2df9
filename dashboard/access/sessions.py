"""Sessions live on the server: the browser holds a random token, the database its hash, a process the last look.

A look is kept for two seconds, so that what was ended elsewhere is ended here within those. While the database is away
the last look holds on: nothing can be read then but pictures that are there already.
"""

import datetime as dt
import hashlib
import secrets
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from dashboard.access.roles import LONGEST, Grant, Role, Viewer, idle
from etl.identity import ACCOUNTS, DEVICES, GRANTS, SESSIONS
from etl.warehouse import AWAY, engine
from etl.warehouse import Role as SqlRole

LOOK_AGAIN_S = 2.0
SEEN_EVERY = dt.timedelta(seconds=30)
MOST_LOOKS = 5_000


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()


@dataclass
class Looks:
    """The last look at each token, shared by the threads of a process."""

    kept: dict[str, tuple[float, dt.datetime, Viewer | None]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, token_hash: str) -> tuple[float, dt.datetime, Viewer | None] | None:
        with self.lock:
            return self.kept.get(token_hash)

    def put(self, token_hash: str, ends_at: dt.datetime, viewer: Viewer | None) -> None:
        with self.lock:
            if len(self.kept) >= MOST_LOOKS:
                self.kept.clear()
            self.kept[token_hash] = (time.monotonic(), ends_at, viewer)

    def clear(self) -> None:
        with self.lock:
            self.kept.clear()


_looks = Looks()
_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


def forget() -> None:
    """The next request of everyone looks at the database again."""
    _looks.clear()


def open_session(account_id: uuid.UUID, needs: str = "", agent: str = "") -> str:
    """A new session; its token, which is nowhere else."""
    token = secrets.token_urlsafe(32)
    row = {
        "token_hash": hash_of(token),
        "account_id": account_id,
        "needs": needs,
        "agent": agent[:200],
        "ends_at": sa.func.clock_timestamp() + LONGEST,
    }
    with engine(SqlRole.ACCESS).begin() as connection:
        connection.execute(sa.insert(SESSIONS).values(row))
    return token


def viewer_of(token: str) -> Viewer | None:
    """Who holds this token: a person's session or a paired screen.

    Raises one of AWAY for a token that was never looked at while the database does not answer.
    """
    hashed = hash_of(token)
    known = _looks.get(hashed)
    if known and time.monotonic() - known[0] < LOOK_AGAIN_S:
        return _still(known)
    try:
        ends_at, viewer = _look(hashed)
    except AWAY:
        if known is None:
            raise
        return _still(known)
    _looks.put(hashed, ends_at, viewer)
    return viewer


def _still(known: tuple[float, dt.datetime, Viewer | None]) -> Viewer | None:
    return known[2] if known[1] > dt.datetime.now(dt.UTC) else None


def _look(hashed: str) -> tuple[dt.datetime, Viewer | None]:
    with engine(SqlRole.ACCESS).connect() as connection:
        query = sa.select(SESSIONS, ACCOUNTS.c.name).join(ACCOUNTS, ACCOUNTS.c.account_id == SESSIONS.c.account_id)
        open_ones = sa.and_(SESSIONS.c.ended_at.is_(None), ACCOUNTS.c.disabled_at.is_(None))
        row = connection.execute(query.where(SESSIONS.c.token_hash == hashed, open_ones)).mappings().one_or_none()
        if row is None:
            return _screen(connection, hashed)
        held = connection.execute(sa.select(GRANTS).where(GRANTS.c.account_id == row["account_id"])).all()
        now = connection.scalar(sa.select(sa.func.clock_timestamp()))
    grants = frozenset(Grant(Role(one.role), one.city_code, one.agency_code) for one in held)
    ends_at: dt.datetime = min(row["ends_at"], row["active_at"] + idle(grants))
    over = now is None or now >= ends_at
    viewer = Viewer(str(row["account_id"]), row["name"], grants, hashed, row["needs"])
    return ends_at, None if over else viewer


def _screen(connection: sa.Connection, hashed: str) -> tuple[dt.datetime, Viewer | None]:
    mine = sa.and_(DEVICES.c.token_hash == hashed, DEVICES.c.revoked_at.is_(None))
    row = connection.execute(sa.select(DEVICES).where(mine)).mappings().one_or_none()
    if row is None:
        return _NEVER, None
    _seen(connection, row["device_id"], row["seen_at"])
    return _NEVER, Viewer(str(row["device_id"]), row["name"], frozenset({Grant(Role.WALL, row["city_code"])}), hashed)


def _seen(connection: sa.Connection, device: uuid.UUID, last: dt.datetime | None) -> None:
    """A screen was here: written down now and then, not with every look."""
    if last is None or dt.datetime.now(dt.UTC) - last > SEEN_EVERY:
        now = sa.func.clock_timestamp()
        connection.execute(sa.update(DEVICES).where(DEVICES.c.device_id == device).values(seen_at=now))
        connection.commit()


def touch(viewer: Viewer) -> None:
    """A hand moved: the idle time starts anew."""
    mine = sa.update(SESSIONS).where(SESSIONS.c.token_hash == viewer.session)
    with engine(SqlRole.ACCESS).begin() as connection:
        connection.execute(mine.values(active_at=sa.func.clock_timestamp()))
    forget()


def renewed(viewer: Viewer, needs: str, agent: str = "") -> str:
    """The same person with another token, as after every step of a sign-in; the old one is worth nothing."""
    end(viewer, "renewed")
    return open_session(uuid.UUID(viewer.id), needs, agent)


def end(viewer: Viewer, by: str) -> None:
    """This session is over."""
    _end(SESSIONS.c.token_hash == viewer.session, by)


def end_all(account_id: uuid.UUID | str, by: str) -> int:
    """Every session of an account is over; how many there were."""
    return _end(SESSIONS.c.account_id == uuid.UUID(str(account_id)), by)


def open_ones(account_ids: Iterable[uuid.UUID]) -> list[dict[str, Any]]:
    """The sessions of these accounts that are not over, the latest hand first."""
    now = sa.func.clock_timestamp()
    going_on = sa.and_(SESSIONS.c.ended_at.is_(None), SESSIONS.c.ends_at > now)
    mine = sa.select(SESSIONS).where(SESSIONS.c.account_id.in_(list(account_ids)), going_on)
    with engine(SqlRole.ACCESS).connect() as connection:
        return [dict(row) for row in connection.execute(mine.order_by(SESSIONS.c.active_at.desc())).mappings()]


def end_one(token_hash: str, by: str) -> int:
    """The session of this token is over; 0 when it was already."""
    return _end(SESSIONS.c.token_hash == token_hash, by)


def _end(which: sa.ColumnElement[bool], by: str) -> int:
    over = sa.update(SESSIONS).where(which, SESSIONS.c.ended_at.is_(None))
    with engine(SqlRole.ACCESS).begin() as connection:
        ended = connection.execute(over.values(ended_at=sa.func.clock_timestamp(), ended_by=by)).rowcount
    forget()
    return int(ended)
