"""Screens of a command center: how a new one becomes known, and how it stops being so. All of it in the database.

A new screen holds a secret and shows a code. Somebody of the city compares the code and approves it: a device is made.
The screen, and only who holds its secret, then takes the device's token, once; until then nobody knows that token.
"""

import datetime as dt
import secrets
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dashboard.access import sessions
from etl.identity import DEVICES, PAIRINGS
from etl.warehouse import Role as SqlRole
from etl.warehouse import engine

WAITS = dt.timedelta(minutes=10)
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none is taken for another from across a room
LENGTH = 6
QUIET = dt.timedelta(minutes=2)  # without a word a screen is called silent


@dataclass(frozen=True)
class Pairing:
    """A screen that waits; ``device_id`` once it was approved."""

    code: str
    ends_at: dt.datetime
    device_id: uuid.UUID | None


def begin() -> tuple[str, Pairing]:
    """A new screen's secret, which is nowhere else, and its code. What waited too long goes."""
    secret = secrets.token_urlsafe(32)
    row = {"secret_hash": sessions.hash_of(secret), "ends_at": sa.func.clock_timestamp() + WAITS}
    with engine(SqlRole.ACCESS).begin() as connection:
        connection.execute(sa.delete(PAIRINGS).where(PAIRINGS.c.ends_at < sa.func.clock_timestamp()))
        while True:
            code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
            added = sa.dialects.postgresql.insert(PAIRINGS).values(row | {"code": code}).on_conflict_do_nothing()
            if made := connection.execute(added.returning(PAIRINGS.c.ends_at)).scalar():
                return secret, Pairing(code, made, None)


def waiting(secret: str) -> Pairing | None:
    """What became of the screen with this secret; None when its time is over or it was never known."""
    return _pairing(PAIRINGS.c.secret_hash == sessions.hash_of(secret)) if secret else None


def asked_by(code: str) -> Pairing | None:
    """The screen that shows this code and is not approved yet."""
    found = _pairing(PAIRINGS.c.code == plain(code))
    return found if found and found.device_id is None else None


def plain(code: str) -> str:
    """A code as it is kept, however it was typed."""
    return "".join(letter for letter in code.upper() if letter in LETTERS)


def shown(code: str) -> str:
    """A code as people read it."""
    return f"{code[:3]}-{code[3:]}"


def _pairing(which: sa.ColumnElement[bool]) -> Pairing | None:
    timely = sa.and_(which, PAIRINGS.c.ends_at > sa.func.clock_timestamp())
    with engine(SqlRole.ACCESS).connect() as connection:
        row = connection.execute(sa.select(PAIRINGS).where(timely)).mappings().one_or_none()
    return Pairing(row["code"], row["ends_at"], row["device_id"]) if row else None


def approve(code: str, city_code: str, name: str, place: str, by: str) -> bool:
    """Make the screen that shows this code one of the city's; False when none waits with it any more."""
    nobodys = sessions.hash_of(secrets.token_urlsafe(32))  # until the screen takes a token there is none
    row = {"city_code": city_code, "name": name, "place": place, "token_hash": nobodys, "made_by": by}
    open_one = sa.and_(
        PAIRINGS.c.code == plain(code), PAIRINGS.c.device_id.is_(None), PAIRINGS.c.ends_at > sa.func.clock_timestamp()
    )
    with engine(SqlRole.ACCESS).begin() as connection:
        device: uuid.UUID = connection.execute(
            sa.insert(DEVICES).values(row).returning(DEVICES.c.device_id)
        ).scalar_one()
        # Its time begins anew: a screen approved in the last second still gets its token.
        taken_by = {"device_id": device, "ends_at": sa.func.clock_timestamp() + WAITS}
        bound = connection.execute(sa.update(PAIRINGS).where(open_one).values(taken_by)).rowcount == 1
        if not bound:
            connection.rollback()
    return bound


def take_token(secret: str) -> tuple[str, str] | None:
    """The token of the approved screen that holds this secret, and its city; once."""
    mine = sa.and_(PAIRINGS.c.secret_hash == sessions.hash_of(secret), PAIRINGS.c.device_id.is_not(None))
    token = secrets.token_urlsafe(32)
    with engine(SqlRole.ACCESS).begin() as connection:
        gone = sa.delete(PAIRINGS).where(mine, PAIRINGS.c.ends_at > sa.func.clock_timestamp())
        device = connection.execute(gone.returning(PAIRINGS.c.device_id)).scalar()
        if device is None:
            return None
        this = sa.and_(DEVICES.c.device_id == device, DEVICES.c.revoked_at.is_(None))
        given = sa.update(DEVICES).where(this).values(token_hash=sessions.hash_of(token))
        city: str | None = connection.execute(given.returning(DEVICES.c.city_code)).scalar()
    return (token, city) if city else None


def of(city_code: str) -> list[dict[str, Any]]:
    """Every screen that a city ever had: those in force first, by name."""
    order = (DEVICES.c.revoked_at.desc().nulls_first(), DEVICES.c.name)
    with engine(SqlRole.ACCESS).connect() as connection:
        mine = sa.select(DEVICES).where(DEVICES.c.city_code == city_code).order_by(*order)
        return [dict(row) for row in connection.execute(mine).mappings()]


def rename(city_code: str, device_id: str, name: str, place: str) -> bool:
    """Another name or place for a screen; False when the city has no such screen in force."""
    return _change(city_code, device_id, name=name, place=place)


def revoke(city_code: str, device_id: str, by: str) -> bool:
    """From its next look on the screen is nobody; False when the city has no such screen in force."""
    done = _change(city_code, device_id, revoked_at=sa.func.clock_timestamp(), revoked_by=by)
    sessions.forget()
    return done


def _change(city_code: str, device_id: str, **values: Any) -> bool:
    try:
        this = DEVICES.c.device_id == uuid.UUID(device_id)
    except ValueError:
        return False
    mine = sa.and_(this, DEVICES.c.city_code == city_code, DEVICES.c.revoked_at.is_(None))
    with engine(SqlRole.ACCESS).begin() as connection:
        return connection.execute(sa.update(DEVICES).where(mine).values(values)).rowcount == 1
