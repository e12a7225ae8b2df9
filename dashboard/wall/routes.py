"""The addresses of a screen: the page, how its scenes stand, what it shows now, and each panel's answer.

``/dinding/keadaan`` keeps a screen's question open until something changes: from the loading transaction to the
screen no clock ticks in between. Whoever else looks at a wall, as a preview, is answered at once.
"""

import datetime as dt
import threading
import time
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

import msgspec
from flask import Flask, Response, abort, g, jsonify, request
from werkzeug.exceptions import Unauthorized

from dashboard.access import cookies, sessions
from dashboard.access.guard import Guard
from dashboard.access.pages import Pages
from dashboard.access.roles import FIGURES, Viewer
from dashboard.answering import Answering
from dashboard.front import THREADS
from dashboard.live import Live
from dashboard.wall import store
from dashboard.wall.board import Board, Boards, plan, state
from dashboard.wall.geometry import PRESETS, USUAL
from dashboard.wall.scene import repertoire
from dashboard.wall.store import Wall
from dashboard.wall.turns import Entry
from etl.warehouse import AWAY

OPEN_FOR_S = 10.0  # how long a question is kept open: a screen notices within seconds that nobody answers
LOOK_EVERY_S = 2.0  # whether the screen is still one of ours, and what only time changes
MOST_OPEN = THREADS * 3 // 4  # questions kept open at once; more are answered at once
TOLD_EVERY_S = 20.0  # what a screen says that it shows is written down so often, or when it is another


@dataclass
class Walls:
    """The screens' side, for one application."""

    guard: Guard
    pages: Pages
    answering: Answering
    build: str
    boards: Boards = field(init=False)
    open: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(MOST_OPEN))
    told: dict[str, tuple[float, str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.boards = Boards(self.live)

    @property
    def live(self) -> Live:
        return self.answering.live

    def page(self) -> Response:
        """The page of a wall: empty until its script has asked."""
        return self.pages.answer("wall.html", city=g.city)

    def plan(self) -> Response:
        """Where every panel of every scene stands on this wall."""
        shown = plan(g.city, self._wall().geometry, _language())
        response = jsonify(shown.content)
        response.headers["Cache-Control"] = "private, no-store"
        response.set_etag(shown.etag)
        return response

    def state(self) -> Response:
        """What this wall shows now. A screen that knows it already hears of the next change."""
        self._hear()
        ends = time.monotonic() + (OPEN_FOR_S if _is_screen(g.viewer) else 0)
        kept_open = time.monotonic() < ends and self.open.acquire(blocking=False)
        try:
            while True:
                heard = self.live.rings
                told = self._told()
                tag = sha256(msgspec.json.encode(told)).hexdigest()[:20]
                left = ends - time.monotonic() if kept_open else 0
                if not request.if_none_match.contains(tag) or left <= 0:
                    return _answer(told, tag)
                self.live.wait(heard, min(LOOK_EVERY_S, left))
                self._still_ours()
        finally:
            if kept_open:
                self.open.release()

    def scene(self, scene: str) -> Response:
        """The answers of the panels that ``panel=<name>:<known ETag>`` asks for, or of all."""
        declared = repertoire(g.city).scenes.get(scene)
        if declared is None:
            abort(404)
        said = request.args.getlist("panel") or [panel.id for panel in declared.panels]
        asked = {declared.panel(word.partition(":")[0]): word.partition(":")[2] for word in said}
        if None in asked:
            abort(404)
        return self.answering.scene(declared, {panel: tag for panel, tag in asked.items() if panel})

    def _told(self) -> dict[str, Any]:
        city, board = g.city, self.boards.of(g.city)
        wall = self._wall(board)
        shown = plan(city, wall.geometry, _language())
        now = state(board, wall, g.viewer.name, city, shown, dt.datetime.now(dt.UTC))
        if not _is_screen(g.viewer):
            now |= _previewed(shown.fitting)
        return now | {"build": self.build, "versions": self.live.of(city.code), "fresh": self.live.fresh(city.code)}

    def _wall(self, board: Board | None = None) -> Wall:
        """This screen's wall, or for a person one of a usual size."""
        if _is_screen(g.viewer):
            return (board or self.boards.of(g.city)).wall(g.viewer.id)
        size = request.args.get("ukuran", USUAL)
        if size not in PRESETS:
            abort(404)
        return Wall("", PRESETS[size][1])

    def _hear(self) -> None:
        """Keep what a screen says of itself, for the page Layar."""
        if not _is_screen(g.viewer):
            return
        showing, trouble = (unquote(request.headers.get(name, ""))[:300] for name in ("Showing", "Trouble"))
        at, *known = self.told.get(g.viewer.id, (0.0, "", ""))
        if known == [showing, trouble] and time.monotonic() - at < TOLD_EVERY_S:
            return
        self.told[g.viewer.id] = (time.monotonic(), showing, trouble)
        try:
            store.heard(g.city.code, g.viewer.id, showing, trouble)
        except AWAY:
            self.told.pop(g.viewer.id)  # told again with the next question

    def _still_ours(self) -> None:
        """A screen that was revoked meanwhile hears of nothing more."""
        if sessions.viewer_of(cookies.token(request, self.guard.site)) is None:
            raise Unauthorized


def _is_screen(viewer: Viewer) -> bool:
    return not viewer.is_person


def _previewed(fitting: tuple[str, ...]) -> dict[str, Any]:
    """A person looks at one scene, or at all of them in turn; no alert stands before it."""
    wanted = request.args.get("adegan", "")
    if wanted and wanted not in fitting:
        abort(404)
    entries = [msgspec.to_builtins(Entry(slug, 15)) for slug in fitting]
    return {"entries": entries, "pinned": wanted, "alerts": []}


def _answer(told: dict[str, Any], tag: str) -> Response:
    response = jsonify(told | {"now": dt.datetime.now(dt.UTC).isoformat()})
    response.set_etag(tag)
    response.headers["Cache-Control"] = "no-store"
    response.make_conditional(request)
    return response


def _language() -> str:
    return "en" if request.args.get("bahasa") == "en" else "id"


def register(server: Flask, guard: Guard, pages: Pages, answering: Answering, build: str) -> None:
    """Put the walls on an application; their audience is that of figures of the whole city."""
    walls = server.extensions["walls"] = Walls(guard, pages, answering, build)
    for path, view in (
        (cookies.WALL, walls.page),
        ("/dinding/rencana", walls.plan),
        ("/dinding/keadaan", walls.state),
        ("/adegan/<scene>", walls.scene),
    ):
        server.add_url_rule(path, f"wall:{path}", view)
        guard.open_to(FIGURES, path)
