"""When too many come: few threads compute, nobody waits long, and who would is asked to come back."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Made = TypeVar("Made")
BEAT_S = 0.05
LATE_S = 0.15  # with what is left of 200 ms an answer is made
WEIGHT = 0.2  # of one beat: a hiccup is no crowd


class Busy(Exception):
    """More is wanted than can be made in time."""


class Desk:
    """Work is done by a few threads; ``most_waiting`` wait for one, each no longer than ``patience_s``.

    Who came last is served first: in a crowd some are then answered at once, where in turn everybody would wait until
    it is too late. Without a crowd nobody waits long enough to tell the difference.
    """

    def __init__(self, threads: int, most_waiting: int, patience_s: float) -> None:
        self.most_waiting, self.patience_s = most_waiting, patience_s
        self._free = threads
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._threads = ThreadPoolExecutor(threads, "compute")

    async def do(self, work: Callable[[], Made]) -> Made:
        """Have it done. Raises Busy."""
        if self._free:
            self._free -= 1
        else:
            await self._turn()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._next()

    async def _turn(self) -> None:
        if len(self._waiting) >= self.most_waiting:
            self._waiting.popleft().cancel()
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        await asyncio.wait((turn,), timeout=self.patience_s)
        if turn.done() and not turn.cancelled():
            return
        if turn in self._waiting:
            self._waiting.remove(turn)
        raise Busy

    def _next(self) -> None:
        if self._waiting:
            self._waiting.pop().set_result(None)
        else:
            self._free += 1


class Pulse:
    """How late the event loop comes to its work: the measure of more requests than the machine carries."""

    def __init__(self) -> None:
        self.late_s = 0.0

    @property
    def crowded(self) -> bool:
        return self.late_s > LATE_S

    async def beat(self) -> None:
        """Measure, for as long as the process lives."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + BEAT_S
            await asyncio.sleep(BEAT_S)
            self.feel(loop.time() - due)

    def feel(self, late_s: float) -> None:
        """One beat was so late."""
        self.late_s += WEIGHT * (late_s - self.late_s)
