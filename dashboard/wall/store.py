"""What people set for walls, in the database; every change is heard by every screen within its transaction."""

import datetime as dt
import logging
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from dashboard.wall.geometry import PRESETS, USUAL, Geometry
from dashboard.wall.scene import Scene
from dashboard.wall.turns import EVERYTHING, Night, Playlist, Slot, everything
from etl.announce import announce
from etl.walls import DISPLAYS, SETTINGS, WALLS
from etl.warehouse import Role, engine

log = logging.getLogger(__name__)
Made = TypeVar("Made")


@dataclass(frozen=True)
class Wall:
    """One wall as it is set: what it is, what it shows when, how bright."""

    device_id: str
    geometry: Geometry
    schedule: tuple[Slot, ...] = ()
    night: Night | None = None
    sound: bool = False
    brightness: int = 100
    shift_s: float = 0.0
    pinned: str = ""
    message: str = ""
    message_until: dt.datetime | None = None
    showing: str = ""
    trouble: str = ""
    told_at: dt.datetime | None = None

    def message_at(self, now: dt.datetime) -> str:
        """The message to the wall, while it lasts."""
        over = self.message_until is not None and self.message_until <= now
        return "" if over else self.message


def fresh_wall(device_id: str) -> Wall:
    """A wall about which nobody said anything yet."""
    return Wall(device_id, PRESETS[USUAL][1])


def _wall(row: sa.RowMapping) -> Wall:
    plain = ("sound", "brightness", "shift_s", "pinned", "message", "message_until", "showing", "trouble", "told_at")
    return Wall(
        str(row["device_id"]),
        msgspec.convert(row["geometry"], Geometry),
        msgspec.convert(row["schedule"], tuple[Slot, ...]),
        msgspec.convert(row["night"], Night) if row["night"] else None,
        **{name: row[name] for name in plain},
    )


def walls(city_code: str) -> dict[str, Wall]:
    """Every wall of a city that was ever set, by device."""
    with engine(Role.WALLS).connect() as connection:
        rows = connection.execute(sa.select(DISPLAYS).where(DISPLAYS.c.city_code == city_code)).mappings().all()
    return {str(row["device_id"]): _readable(row) for row in rows}


def _readable(row: sa.RowMapping) -> Wall:
    """A wall as it is set; what another release wrote and this one cannot read keeps no wall from showing something."""
    try:
        return _wall(row)
    except msgspec.ValidationError as error:
        log.warning("dinding %s tidak terbaca | cannot be read: %s", row["device_id"], error)
        return fresh_wall(str(row["device_id"]))


def wall(city_code: str, device_id: str) -> Wall:
    """One wall of a city, as set or as usual."""
    return walls(city_code).get(device_id) or fresh_wall(device_id)


@contextmanager
def _changing(city_code: str) -> Iterator[sa.Connection]:
    """A transaction after which every screen of the city looks again."""
    with engine(Role.WALLS).begin() as connection:
        yield connection
        announce(connection, WALLS, city_code)


def change(city_code: str, device_id: str, by: str, **values: Any) -> None:
    """Set something of a wall; what is not named stays."""
    usual = {"geometry": msgspec.to_builtins(PRESETS[USUAL][1]), "schedule": []}
    plain = {name: msgspec.to_builtins(value, builtin_types=(dt.datetime,)) for name, value in values.items()}
    said = plain | {"changed_by": by, "changed_at": sa.func.clock_timestamp()}
    row = {"device_id": uuid.UUID(device_id), "city_code": city_code} | usual | said
    with _changing(city_code) as connection:
        statement = insert(DISPLAYS).values(row)
        connection.execute(statement.on_conflict_do_update(index_elements=["device_id"], set_=said))


def heard(city_code: str, device_id: str, showing: str, trouble: str) -> None:
    """Keep what a screen says that it shows; nothing that other screens would have to hear of."""
    told = {"showing": showing[:80], "trouble": trouble[:300], "told_at": sa.func.clock_timestamp()}
    usual = {"geometry": msgspec.to_builtins(PRESETS[USUAL][1]), "schedule": [], "changed_by": "layar"}
    row = {"device_id": uuid.UUID(device_id), "city_code": city_code} | usual | told
    with engine(Role.WALLS).begin() as connection:
        statement = insert(DISPLAYS).values(row)
        connection.execute(statement.on_conflict_do_update(index_elements=["device_id"], set_=told))


def settings(city_code: str, kind: str, shape: type[Made]) -> dict[str, Made | None]:
    """What people set of a kind, by name; None for what they took away."""
    mine = sa.and_(SETTINGS.c.city_code == city_code, SETTINGS.c.kind == kind)
    with engine(Role.WALLS).connect() as connection:
        rows = connection.execute(sa.select(SETTINGS).where(mine).order_by(SETTINGS.c.name)).all()
    found: dict[str, Made | None] = {}
    for row in rows:
        try:
            found[row.name] = None if row.content is None else msgspec.convert(row.content, shape)
        except msgspec.ValidationError as error:  # one of them stops no wall
            log.warning("%s %s tidak terbaca | cannot be read: %s", kind, row.name, error)
    return found


def set_(city_code: str, kind: str, name: str, content: msgspec.Struct | None, by: str) -> None:
    """Set one thing of a kind; None takes it away."""
    row = {"city_code": city_code, "kind": kind, "name": name}
    said = {
        "content": None if content is None else msgspec.to_builtins(content),
        "changed_by": by,
        "changed_at": sa.func.clock_timestamp(),
    }
    with _changing(city_code) as connection:
        statement = insert(SETTINGS).values(row | said)
        connection.execute(statement.on_conflict_do_update(index_elements=["city_code", "kind", "name"], set_=said))


def playlists(city_code: str, scenes: Mapping[str, Scene]) -> dict[str, Playlist]:
    """Every playlist of a city; ``semua`` is always there."""
    own = {name: one for name, one in settings(city_code, "playlist", Playlist).items() if one}
    return {EVERYTHING: everything(scenes)} | own
