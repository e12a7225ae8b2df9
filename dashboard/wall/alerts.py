"""Alerts in the database: one for one cause, from when it held until it no longer does, and who answered it when."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dashboard.areas import Places
from dashboard.wall.look import Holds
from dashboard.wall.rules import Rule
from etl.announce import announce
from etl.text import Text
from etl.walls import ALERTS, WALLS
from etl.warehouse import Role, engine

OPEN = ALERTS.c.cleared_at.is_(None)
KEPT = 100  # of the latest, on the page


@dataclass(frozen=True)
class Alert:
    """One alert as it is kept; ``told`` is what screens show."""

    alert_id: int
    rule: str
    subject: str
    told: dict[str, Any]
    since: dt.datetime
    cleared_at: dt.datetime | None
    acknowledged_at: dt.datetime | None
    acknowledged_by: str | None

    def takes_over(self, screen: str) -> bool:
        """Whether it stands before everything else on the screen of this name."""
        waits = self.cleared_at is None and self.acknowledged_at is None
        return waits and self.told["takes_over"] and self.concerns(screen)

    def concerns(self, screen: str) -> bool:
        return not self.told["walls"] or screen in self.told["walls"]


def told(rule: Rule, holds: Holds, places: Places, simulated: bool) -> dict[str, Any]:
    """What screens show of something that holds."""
    return {
        "title": rule.title.text()._asdict(),
        "what": holds.what._asdict(),
        "area": holds.area,
        "where": places.name(holds.area) if holds.area else "",
        "point": holds.point,
        "target": holds.target._asdict(),
        "owner": rule.owner,
        "sound": rule.sound,
        "walls": list(rule.walls),
        "takes_over": rule.takes_over,
        "urgent": rule.kind == "incident",
        "simulated": simulated,
    }


def standing(connection: sa.Connection, city_code: str, rule: str) -> set[str]:
    """Subjects of the open alerts of a rule."""
    mine = sa.select(ALERTS.c.subject).where(ALERTS.c.city_code == city_code, ALERTS.c.rule == rule, OPEN)
    return set(connection.scalars(mine))


def settle(city_code: str, rule: str, found: Mapping[str, tuple[Holds, dict[str, Any]]]) -> bool:
    """Open what is new, renew what goes on, clear what is over; True when screens have to hear of it."""
    with engine(Role.WALLS).begin() as connection:
        mine = sa.and_(ALERTS.c.city_code == city_code, ALERTS.c.rule == rule, OPEN)
        there = {row.subject: row for row in connection.execute(sa.select(ALERTS).where(mine).with_for_update())}
        changed = [_open(connection, city_code, rule, subject, *found[subject]) for subject in found.keys() - there]
        for subject, row in there.items():
            changed.append(_go_on(connection, row, found[subject][1]) if subject in found else _clear(connection, row))
        if any(changed):
            announce(connection, WALLS, city_code)
    return any(changed)


def _open(
    connection: sa.Connection, city_code: str, rule: str, subject: str, holds: Holds, says: dict[str, Any]
) -> bool:
    row = {"city_code": city_code, "rule": rule, "subject": subject, "told": says, "since": holds.since}
    connection.execute(sa.insert(ALERTS).values(row | {"last_seen": sa.func.clock_timestamp()}))
    return True


def _go_on(connection: sa.Connection, row: Any, says: dict[str, Any]) -> bool:
    """Still so; the words may be others now. Only those of an alert nobody answered are worth a word to screens."""
    values = {"last_seen": sa.func.clock_timestamp(), "told": says}
    connection.execute(sa.update(ALERTS).where(_this(row.city_code, row.alert_id)).values(values))
    return bool(row.told != says and row.acknowledged_at is None)


def _clear(connection: sa.Connection, row: Any) -> bool:
    over = {"cleared_at": sa.func.clock_timestamp()}
    connection.execute(sa.update(ALERTS).where(_this(row.city_code, row.alert_id)).values(over))
    return True


def _this(city_code: str, alert_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(ALERTS.c.city_code == city_code, ALERTS.c.alert_id == alert_id)


def acknowledge(city_code: str, alert_id: int, by: str) -> bool:
    """Somebody has it now, and rotation resumes; False when it is over or another answered before."""
    waits = sa.and_(_this(city_code, alert_id), OPEN, ALERTS.c.acknowledged_at.is_(None))
    now = {"acknowledged_at": sa.func.clock_timestamp(), "acknowledged_by": by}
    with engine(Role.WALLS).begin() as connection:
        done = connection.execute(sa.update(ALERTS).where(waits).values(now)).rowcount == 1
        if done:
            announce(connection, WALLS, city_code)
    return done


def of(city_code: str) -> list[Alert]:
    """The open alerts of a city and the latest of those that are over, newest first."""
    names = list(Alert.__dataclass_fields__)
    order = (ALERTS.c.cleared_at.is_not(None), ALERTS.c.since.desc())
    query = sa.select(*(ALERTS.c[name] for name in names)).where(ALERTS.c.city_code == city_code).order_by(*order)
    with engine(Role.WALLS).connect() as connection:
        return [Alert(*row) for row in connection.execute(query.limit(KEPT))]


def words(of_text: Mapping[str, str]) -> Text:
    """A text as it was kept."""
    return Text(of_text["id"], of_text["en"])
