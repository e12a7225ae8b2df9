"""Notices: one row for each cause and subscription, so that nobody is told twice of one thing.

A message is written down before it is sent and again after: whoever is killed in between sends it once more under the
same name (at least once; ``batch`` is the Message-ID and the Idempotency-Key).
"""

import datetime as dt
import secrets
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from etl.office import NOTICES
from etl.warehouse import Role, engine

FIRST_PAUSE, LONGEST_PAUSE = dt.timedelta(seconds=30), dt.timedelta(hours=6)
MOST_TRIES = 9
MOST_AT_ONCE = 30


@dataclass(frozen=True)
class Notice:
    """Something to be told to one subscription."""

    notice_id: int
    cause: str
    urgent: bool
    told: dict[str, Any]
    state: str
    batch: str | None
    tries: int


_NAMES = tuple(Notice.__dataclass_fields__)


def queue(city_code: str, subscription_id: int, cause: str, told: dict[str, Any], urgent: bool = False) -> bool:
    """Tell a subscription of a cause, unless it was told of it before; True when it is new."""
    row = {"city_code": city_code, "subscription_id": subscription_id, "cause": cause, "told": told, "urgent": urgent}
    new = insert(NOTICES).values(row).on_conflict_do_nothing(constraint="ux_notices_cause")
    with engine(Role.OFFICE).begin() as connection:
        return connection.scalar(new.returning(NOTICES.c.notice_id)) is not None


def told_causes(city_code: str, subscription_id: int) -> set[str]:
    """The causes of which a subscription was told, or is about to be."""
    mine = sa.and_(NOTICES.c.city_code == city_code, NOTICES.c.subscription_id == subscription_id)
    with engine(Role.OFFICE).connect() as connection:
        return set(connection.scalars(sa.select(NOTICES.c.cause).where(mine)))


def take(city_code: str, subscription_id: int, quiet: bool) -> list[Notice]:
    """The notices of the next message: one that was begun before, or all that wait; in quiet hours the urgent ones."""
    mine = sa.and_(
        NOTICES.c.city_code == city_code,
        NOTICES.c.subscription_id == subscription_id,
        NOTICES.c.next_at <= sa.func.clock_timestamp(),
        NOTICES.c.state.in_(("queued", "sending")),
    )
    query = sa.select(*(NOTICES.c[name] for name in _NAMES)).where(mine).order_by(NOTICES.c.notice_id)
    with engine(Role.OFFICE).begin() as connection:
        due = [Notice(*row) for row in connection.execute(query)]
        if begun := _begun(due, quiet):
            return begun
        waiting = [one for one in due if one.state == "queued" and (one.urgent or not quiet)][:MOST_AT_ONCE]
        batch = secrets.token_hex(12)
        _set(connection, city_code, waiting, state="sending", batch=batch)
    return [replace(one, batch=batch) for one in waiting]


def _begun(due: list[Notice], quiet: bool) -> list[Notice]:
    """A message that was begun, whole as it was: under the same name the same is said."""
    batches: dict[str | None, list[Notice]] = {}
    for one in due:
        if one.state == "sending":
            batches.setdefault(one.batch, []).append(one)
    may_go = (batch for batch in batches.values() if not quiet or any(one.urgent for one in batch))
    return next(may_go, [])


def sent(city_code: str, told: list[Notice]) -> None:
    """They reached their receiver."""
    with engine(Role.OFFICE).begin() as connection:
        _set(connection, city_code, told, state="sent", sent_at=sa.func.clock_timestamp(), trouble=None)


def not_sent(city_code: str, told: list[Notice], trouble: str) -> None:
    """They did not: try again after a pause that grows, and give up at last."""
    tries = max(one.tries for one in told) + 1
    state = "failed" if tries >= MOST_TRIES else "sending"
    again = dt.datetime.now(dt.UTC) + min(LONGEST_PAUSE, FIRST_PAUSE * 3 ** (tries - 1))
    with engine(Role.OFFICE).begin() as connection:
        _set(connection, city_code, told, state=state, tries=tries, next_at=again, trouble=trouble[:200])


def _set(connection: sa.Connection, city_code: str, which: list[Notice], **values: Any) -> None:
    these = sa.and_(NOTICES.c.city_code == city_code, NOTICES.c.notice_id.in_([one.notice_id for one in which]))
    connection.execute(sa.update(NOTICES).where(these).values(values))


def latest(city_code: str, subscription_ids: list[int]) -> dict[int, sa.Row[Any]]:
    """By subscription the latest notice: what became of it."""
    mine = sa.and_(NOTICES.c.city_code == city_code, NOTICES.c.subscription_id.in_(subscription_ids))
    query = sa.select(NOTICES).where(mine).distinct(NOTICES.c.subscription_id)
    order = (NOTICES.c.subscription_id, NOTICES.c.notice_id.desc())
    with engine(Role.OFFICE).connect() as connection:
        return {row.subscription_id: row for row in connection.execute(query.order_by(*order))}
