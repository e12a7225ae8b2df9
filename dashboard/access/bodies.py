"""Bodies of requests are read within seconds, a few at a time, and never without an end.

The server has few threads, and a body that trickles would hold one for as long as its sender likes. So at most
``AT_ONCE`` bodies are waited for; the other threads go on answering. Machines that push (``/ingest``) show a key first.
"""

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

from flask import Flask, request
from werkzeug.exceptions import ClientDisconnected, LengthRequired, RequestTimeout, ServiceUnavailable

from etl.text import Text

MOST_BYTES = 1024 * 1024  # a callback or a form has a few kilobytes
AT_ONCE = 2  # of the server's four threads
PATIENCE_S = 5.0  # for one body
IN_TURN_S = 0.25  # until one of the others is read: they are there already, as a rule


class Busy(ServiceUnavailable):
    """Too many bodies are being waited for."""

    says = Text("Server sedang sibuk. Coba lagi.", "The server is busy. Try again.")


@dataclass
class Bodies:
    """Reads them, for one application."""

    patience_s: float = PATIENCE_S
    turns: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))

    def read(self) -> None:
        """Put the whole body where Flask looks for it, or refuse the request."""
        if request.headers.get("Transfer-Encoding"):  # no browser sends a form or a callback in chunks
            raise LengthRequired
        length = request.content_length or 0
        if not 0 < length <= MOST_BYTES:  # Flask refuses what is larger without reading it
            return
        if not self.turns.acquire(timeout=IN_TURN_S):
            raise Busy(retry_after=5)
        try:
            body = self._within(request.environ["wsgi.input"], length)
        finally:
            self.turns.release()
        request.environ["wsgi.input"] = io.BytesIO(body)

    def _within(self, stream: IO[bytes], length: int) -> bytes:
        """What comes within the patience. A reader left behind ends with its connection, which the answer closes."""
        read: list[bytes] = []
        reader = threading.Thread(target=lambda: read.append(_whole(stream, length)), daemon=True)
        reader.start()
        reader.join(self.patience_s)
        if not read:
            raise RequestTimeout
        if len(read[0]) < length:
            raise ClientDisconnected
        return read[0]


def _whole(stream: IO[bytes], length: int) -> bytes:
    """All of the body, or what came until its sender went away."""
    try:
        return stream.read(length)
    except OSError:
        return b""


def register(server: Flask, has_own_key: Callable[[], bool]) -> None:
    """Read bodies before anything else does; not those of who shows a key of its own."""
    server.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    bodies = Bodies()
    server.before_request(lambda: None if has_own_key() else bodies.read())
