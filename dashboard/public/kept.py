"""Answers kept ready: bounded in bytes, and what many want at once is made once."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable

from dashboard.public.answer import Answer

OVERHEAD = 2048  # bytes of a key, its headers and their places, about
Make = Callable[[], Awaitable[Answer]]


class Kept:
    """The answers that were asked for last, as many as fit. For one event loop."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.held = 0
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()
        self._coming: dict[Hashable, asyncio.Task[Answer]] = {}

    def get(self, key: Hashable) -> Answer | None:
        """What is there."""
        found = self._answers.get(key)
        if found is not None:
            self._answers.move_to_end(key)
        return found

    async def once(self, key: Hashable, make: Make) -> Answer:
        """Make it, or wait for who makes it already; what is not for everybody each makes for himself."""
        coming = self._coming.get(key)
        if coming is None:
            coming = self._coming[key] = asyncio.ensure_future(self._make(key, make))
            return await asyncio.shield(coming)
        answer = await asyncio.shield(coming)
        return answer if answer.for_everybody else await make()

    async def _make(self, key: Hashable, make: Make) -> Answer:
        try:
            answer = await make()
        finally:
            del self._coming[key]
        if answer.for_everybody and not answer.file:
            self._keep(key, answer)
        return answer

    def _keep(self, key: Hashable, answer: Answer) -> None:
        self._answers[key] = answer
        self.held += _size(answer)
        while self.held > self.most_bytes:
            self.held -= _size(self._answers.popitem(last=False)[1])


def _size(answer: Answer) -> int:
    return len(answer.body) + OVERHEAD
