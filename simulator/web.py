"""A city's web service: OAuth2 client credentials (RFC 6749 §4.4) and three ways of paging.

``/api/<feed>`` takes ``updated_since`` (inclusive) and sorts by the time of change:
``/page/`` by number, ``/cursor/`` by an opaque cursor, ``/link/`` by the Link header (RFC 8288).
"""

import base64
import binascii
import datetime as dt
import secrets
import threading
import time
from dataclasses import dataclass, field

from flask import Flask, Response, abort, jsonify, request, url_for
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from simulator.feeds import Feeds

TOKEN_LIFE_S = 3_600
LARGEST_PAGE = 5_000
BEGINNING = ("", 0)


@dataclass
class Tokens:
    """Who may come in, and the tokens given out since the start."""

    client_id: str
    client_secret: str
    given: dict[str, float] = field(default_factory=dict)  # token → when it ends, monotonic seconds

    def give(self) -> str:
        self.given = {token: end for token, end in self.given.items() if end > time.monotonic()}
        token = secrets.token_urlsafe(24)
        self.given[token] = time.monotonic() + TOKEN_LIFE_S
        return token

    def knows(self, client_id: str, client_secret: str) -> bool:
        named = secrets.compare_digest(client_id.encode(), self.client_id.encode())
        return secrets.compare_digest(client_secret.encode(), self.client_secret.encode()) and named

    def good(self, token: str) -> bool:
        return self.given.get(token, 0) > time.monotonic()


class Quiet(WSGIRequestHandler):
    """No line per request: thousands of pages are fetched."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        del code, size


@dataclass(frozen=True)
class Service:
    """A running web service."""

    server: BaseWSGIServer
    thread: threading.Thread

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def serve(city: str, feeds: Feeds, tokens: Tokens, port: int) -> Service:
    """Answer on the loopback interface; port 0 takes a free one."""
    server = make_server("127.0.0.1", port, application(city, feeds, tokens), threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, name=f"web-{city}")
    thread.start()
    return Service(server, thread)


def application(city: str, feeds: Feeds, tokens: Tokens) -> Flask:
    """The web service of one city, over the feeds named ``city/…``."""
    app = Flask(__name__)

    @app.post("/oauth/token")
    def token() -> Response:
        given = request.authorization
        client_id = (given.username if given else request.form.get("client_id")) or ""
        client_secret = (given.password if given else request.form.get("client_secret")) or ""
        if request.form.get("grant_type") != "client_credentials" or not tokens.knows(client_id, client_secret):
            abort(401)
        return jsonify(access_token=tokens.give(), token_type="Bearer", expires_in=TOKEN_LIFE_S)

    @app.before_request
    def guard() -> None:
        if request.path.startswith("/api/") and not tokens.good(
            request.headers.get("Authorization", "").removeprefix("Bearer ")
        ):
            abort(401)

    @app.get("/api/page/<feed>")
    def by_page(feed: str) -> Response:
        size, number = _number("per_page"), _number("page", 1)
        rows = feeds.page(f"{city}/{feed}", _since(), BEGINNING, (max(number, 1) - 1) * size, size)
        return _answer(rows, f'"page":{number}')

    @app.get("/api/cursor/<feed>")
    def by_cursor(feed: str) -> Response:
        size = _number("limit")
        rows = feeds.page(f"{city}/{feed}", _since(), _place(request.args.get("cursor", "")), 0, size)
        following = f'"{_cursor(rows)}"' if len(rows) == size else "null"
        return _answer(rows, f'"meta":{{"next_cursor":{following}}}')

    @app.get("/api/link/<feed>", endpoint="by_link")
    def by_link(feed: str) -> Response:
        size = _number("per_page")
        rows = feeds.page(f"{city}/{feed}", _since(), _place(request.args.get("after", "")), 0, size)
        answer = _answer(rows, f'"count":{len(rows)}')
        if len(rows) == size:
            more = request.args.to_dict() | {"feed": feed, "after": _cursor(rows)}
            answer.headers["Link"] = f'<{url_for("by_link", _external=True, **more)}>; rel="next"'
        return answer

    return app


def _answer(rows: list[tuple[str, int, str]], beside: str) -> Response:
    """The rows are JSON already: put together, never parsed again."""
    bodies = ",".join(body for _, _, body in rows)
    return Response(f'{{"data":[{bodies}],{beside}}}', mimetype="application/json")


def _number(name: str, default: int = 1_000) -> int:
    given = request.args.get(name, default, type=int)
    return max(1, given if name == "page" else min(given, LARGEST_PAGE))


def _since() -> str:
    """The boundary as the feeds write moments; 400 when it is no moment with a zone."""
    said = request.args.get("updated_since", "")
    if not said:
        return ""
    try:
        moment = dt.datetime.fromisoformat(said)
    except ValueError:
        abort(400)
    if moment.tzinfo is None:
        abort(400)
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _cursor(rows: list[tuple[str, int, str]]) -> str:
    changed, number, _ = rows[-1]
    return base64.urlsafe_b64encode(f"{changed}|{number}".encode()).decode()


def _place(cursor: str) -> tuple[str, int]:
    if not cursor:
        return BEGINNING
    try:
        changed, number = base64.urlsafe_b64decode(cursor).decode().split("|")
        return changed, int(number)
    except (ValueError, binascii.Error):
        abort(400)
