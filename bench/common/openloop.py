"""``python -m bench.common.openloop PORT RATE SECONDS FILE``: readers who come whether or not others were answered.

Every view is due at its moment, however busy the server or we ourselves are, and its time counts from there: a server
that stands still for a second has kept a second's readers waiting, not one (no coordinated omission). A view asks for
everything of a page in turn over one connection; one whose page is refused with 503 ends there. A view is a list of
requests, or two: these, and by name what is asked for after them unless the last answer, an object, has that name.
Says as one line of JSON how the views ended and how long those took that were served.
"""

import asyncio
import gzip
import json
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench.common.meter import percentile

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
MOST_CONNECTIONS = 1000
View = tuple[list[bytes], dict[str, bytes]]


class Wire(asyncio.Protocol):
    """One connection that is kept: a request at a time."""

    def __init__(self) -> None:
        self.heard, self.wanted = bytearray(), -1
        self.answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def ask(self, request: bytes) -> "asyncio.Future[int]":
        """The state of the answer, when it is whole."""
        self.heard.clear()
        self.wanted = -1
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.answer

    def body(self) -> bytes:
        """The last answer without its head."""
        head, _, body = bytes(self.heard).partition(b"\r\n\r\n")
        return gzip.decompress(body) if b"content-encoding: gzip" in head.lower() else body

    def data_received(self, data: bytes) -> None:
        self.heard += data
        if self.wanted < 0 and (end := self.heard.find(b"\r\n\r\n")) > 0:
            length = LENGTH.search(self.heard, 0, end)
            self.wanted = end + 4 + (int(length[1]) if length else 0)
        if self.answer and not self.answer.done() and 0 <= self.wanted <= len(self.heard):
            self.answer.set_result(int(self.heard[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        if self.answer and not self.answer.done():
            self.answer.set_exception(error or ConnectionResetError())


class Readers:
    """Everybody who comes."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.free: list[Wire] = []
        self.room = asyncio.Semaphore(MOST_CONNECTIONS)
        self.served: list[float] = []
        self.ended: Counter[str] = Counter()

    async def come(self, views: list[View], rate: float, seconds: float) -> None:
        """So many a second, for so long."""
        began, coming = time.perf_counter(), set()
        for number in range(round(rate * seconds)):
            due = began + number / rate
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            task = asyncio.ensure_future(self._view(due, *views[number % len(views)]))
            coming.add(task)
            task.add_done_callback(coming.discard)
        await asyncio.gather(*coming)

    async def _view(self, due: float, asks: list[bytes], alone: dict[str, bytes]) -> None:
        async with self.room:
            try:
                wire = self.free.pop() if self.free else await self._connect()
                state = await _all(wire, asks)
                if alone and state == 200:
                    ready = json.loads(wire.body())
                    state = (
                        await _all(wire, [ask for name, ask in alone.items() if "old" in ready.get(name, ("old",))])
                        or state
                    )
                self.free.append(wire)
            except OSError as error:
                self.ended[type(error).__name__] += 1
                return
        self.ended[str(state)] += 1
        if state == 200:
            self.served.append(time.perf_counter() - due)

    async def _connect(self) -> Wire:
        _, wire = await asyncio.get_running_loop().create_connection(Wire, "127.0.0.1", self.port)
        return wire


def _view(asks: list[str], alone: dict[str, str]) -> View:
    return [ask.encode() for ask in asks], {name: ask.encode() for name, ask in alone.items()}


async def _all(wire: Wire, asks: list[bytes]) -> int:
    """The state of the last of them, or of the first that was refused; 0 of none."""
    state = 0
    for ask in asks:
        state = await wire.ask(ask)
        if state != 200:
            break
    return state


def main(port: str, rate: str, seconds: str, file: str) -> None:
    """Measure and say."""
    said = json.loads(Path(file).read_text())
    views = [_view(*(view if isinstance(view[0], list) else (view, {}))) for view in said]

    async def measure() -> Readers:
        readers = Readers(int(port))
        await readers.come(views, float(rate), float(seconds))
        return readers

    readers = asyncio.run(measure())
    shares = {f"p{share}_ms": 1000 * percentile(readers.served, share / 100) for share in (50, 99) if readers.served}
    print(json.dumps({"ended": readers.ended, "served": len(readers.served), **shares}))


if __name__ == "__main__":
    main(*sys.argv[1:])
