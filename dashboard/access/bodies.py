"""Bodies of requests come whole, within seconds and up to a size, or the request is refused.

An event loop waits for them (``dashboard.front``): a sender who trickles holds a socket for a while, and nobody up.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge, RequestTimeout, ServiceUnavailable

from etl.text import Text

MOST_BYTES = 1024 * 1024  # a callback or a form has a few kilobytes
MOST_HELD = 128 * 1024 * 1024  # of all bodies that are being waited for
REFUSED = "pantau.refused"  # in the environment of a request: why its body is not there

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


@dataclass(frozen=True)
class Limit:
    """How large a body may be and how long it may take."""

    most_bytes: int
    patience_s: float


FORM = Limit(MOST_BYTES, 5.0)
DELIVERY = Limit(64 * MOST_BYTES, 60.0)  # to the push door, where each source has a limit of its own as well


class Busy(ServiceUnavailable):
    """Too much is being waited for."""

    says = Text("Server sedang sibuk. Coba lagi.", "The server is busy. Try again.")


@dataclass
class Bodies:
    """Reads them, for one server; ``held`` are the bytes of those that are not whole yet."""

    held: int = 0

    async def read(self, receive: Receive, length: int | None, limit: Limit) -> bytes:
        """The whole body. Raises an HTTPException for one that is too large or too slow."""
        if length is not None and length > limit.most_bytes:
            raise RequestEntityTooLarge
        chunks: list[bytes] = []
        try:
            async with asyncio.timeout(limit.patience_s):
                await self._collect(receive, chunks, limit.most_bytes)
        except TimeoutError:
            raise RequestTimeout from None
        finally:
            self.held -= sum(map(len, chunks))
        return b"".join(chunks)

    async def _collect(self, receive: Receive, chunks: list[bytes], most_bytes: int) -> None:
        left, more = most_bytes, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnected
            chunk, more = message.get("body", b""), message.get("more_body", False)
            chunks.append(chunk)
            self.held += len(chunk)
            left -= len(chunk)
            if left < 0:
                raise RequestEntityTooLarge
            if self.held > MOST_HELD:
                raise Busy(retry_after=5)


def register(server: Flask) -> None:
    """Refuse what has no whole body before anything else looks at it."""
    server.config["MAX_CONTENT_LENGTH"] = MOST_BYTES

    def check() -> None:
        if refused := request.environ.get(REFUSED):
            raise refused

    server.before_request(check)
