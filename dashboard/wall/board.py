"""What all screens of a city show now: read once after every change, whatever the number of screens."""

import datetime as dt
import logging
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from dashboard.areas import boundary_address
from dashboard.live import Live
from dashboard.wall import alerts, store
from dashboard.wall.alerts import Alert
from dashboard.wall.geometry import Geometry
from dashboard.wall.layout import DoesNotFit, layout
from dashboard.wall.scene import Scene, repertoire
from dashboard.wall.store import Wall, fresh_wall
from dashboard.wall.turns import EVERYTHING, Playlist, everything, playlist_now
from etl.boundary_files import basemap, boundary_file
from etl.cities import City, load_city
from etl.walls import WALLS
from etl.warehouse import AWAY

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Board:
    """Everything that people set, and the alerts, as of one version."""

    version: int
    walls: dict[str, Wall]
    playlists: dict[str, Playlist]
    alerts: list[Alert]

    def wall(self, device_id: str) -> Wall:
        return self.walls.get(device_id) or fresh_wall(device_id)


@dataclass
class Boards:
    """The last board of each city; while the warehouse is away it stays."""

    live: Live
    kept: dict[str, Board] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, city: City) -> Board:
        """The board of a city as of its last change."""
        version = self.live.of(city.code).get(WALLS, 0)
        known = self.kept.get(city.code)
        if known and known.version == version:
            return known
        with self._lock:
            known = self.kept.get(city.code)
            if known is None or known.version != version:
                self.kept[city.code] = self._read(city, version, known)
            return self.kept[city.code]

    def _read(self, city: City, version: int, known: Board | None) -> Board:
        scenes = repertoire(city).scenes
        try:
            return Board(version, store.walls(city.code), store.playlists(city.code, scenes), alerts.of(city.code))
        except AWAY as error:
            log.warning("dinding tidak terbaca | walls cannot be read: %s", type(error).__name__)
            return known or Board(-1, {}, {EVERYTHING: everything(scenes)}, [])


@dataclass(frozen=True)
class Plan:
    """How the scenes of a city stand on one geometry, as JSON; and the name of that answer."""

    content: dict[str, Any]
    etag: str

    @property
    def fitting(self) -> tuple[str, ...]:
        """The scenes that can be read there."""
        return tuple(self.content["scenes"])


def plan(city: City, geometry: Geometry, language: str) -> Plan:
    """Where every panel of every scene stands; scenes that do not fit stand under ``unfit`` with the reason."""
    return _plan(city.slug, city.root, geometry, language)


@lru_cache(maxsize=256)
def _plan(slug: str, root: str, geometry: Geometry, language: str) -> Plan:
    city = load_city(slug, Path(root))
    scenes, unfit = {}, {}
    for scene in repertoire(city).scenes.values():
        try:
            scenes[scene.slug] = _scene(scene, geometry, language)
        except DoesNotFit as error:
            unfit[scene.slug] = error.says.say(language)
    content = {
        "city": city.short_name,
        "zone": city.zone,
        "text_px": geometry.text_px,
        "width_px": geometry.width_px,
        "height_px": geometry.height_px,
        "cuts": dict(zip(("across", "down"), geometry.cuts, strict=True)),
        "boundaries": {
            level: boundary_address(city.slug, level, boundary_file(city, level))
            for level in ("kecamatan", "kelurahan")
        },
        "basemap": {layer: boundary_address(city.slug, layer, path) for layer, path in basemap(city).items()},
        "scenes": scenes,
        "unfit": unfit,
    }
    return Plan(content, sha256(msgspec.json.encode(content)).hexdigest()[:16])


def _scene(scene: Scene, geometry: Geometry, language: str) -> dict[str, Any]:
    cells = []
    for cell in layout(scene, geometry):
        panel = scene.panel(cell.panel)
        assert panel  # a cell is of a panel of its scene
        placed = {"x": cell.x, "y": cell.y, "w": cell.w, "h": cell.h, "lines": cell.lines}
        cells.append({"panel": cell.panel, "kind": panel.kind, "datasets": panel.renewed_by, **placed})
    return {"title": scene.title.say(language), "question": scene.question.say(language), "cells": cells}


def state(board: Board, wall: Wall, screen: str, city: City, shown: Plan, now: dt.datetime) -> dict[str, Any]:
    """What one screen shows now, apart from figures: whose turn, how bright, which message, which alerts."""
    name = playlist_now(wall.schedule, now.astimezone(city.tz))
    playlist = board.playlists.get(name) or board.playlists[EVERYTHING]
    entries = [entry for entry in playlist.entries if entry.scene in shown.fitting]
    concerned = [one for one in board.alerts if one.cleared_at is None and one.concerns(screen)]
    return {
        "plan": shown.etag,
        "entries": [msgspec.to_builtins(entry) for entry in entries],
        "shift_s": wall.shift_s,
        "pinned": wall.pinned if wall.pinned in shown.fitting else "",
        "brightness": wall.brightness,
        "night": msgspec.to_builtins(wall.night),
        "sound": wall.sound,
        "message": wall.message_at(now),
        "alerts": [_shown(one) for one in sorted(concerned, key=_rank) if one.takes_over(screen)],
        "others": sum(1 for one in concerned if not one.told["takes_over"]),
    }


def _rank(alert: Alert) -> tuple[bool, float]:
    """An incident before what only counts, the newest before the older."""
    return not alert.told.get("urgent"), -alert.since.timestamp()


def _shown(alert: Alert) -> dict[str, Any]:
    return {"id": alert.alert_id, "since": alert.since.isoformat(), **alert.told}
