"""When too many come: few are worked for at a time, the newest first, and nobody waits for nothing."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from dashboard.public.crowd import Busy, Desk, Pulse
from tests.public.asked import in_a_loop


class Shop:
    """A desk with one worker, who is held up until he is let go."""

    def __init__(self, most_waiting: int, patience_s: float) -> None:
        self.desk = Desk(1, most_waiting, patience_s)
        self.done: list[str] = []
        self.begun, self.go_on = threading.Event(), threading.Event()

    def hold(self) -> None:
        self.begun.set()
        assert self.go_on.wait(20)

    def work(self, name: str) -> Callable[[], str]:
        def do() -> str:
            self.done.append(name)
            return name

        return do

    async def wait_for(self, *names: str) -> list[Any]:
        """The worker is held up; these come one after the other; then he is let go. What each gets."""
        held = asyncio.ensure_future(self.desk.do(self.hold))
        await asyncio.to_thread(self.begun.wait)
        coming = []
        for name in names:
            coming.append(asyncio.ensure_future(self.desk.do(self.work(name))))
            await asyncio.sleep(0)
        if self.desk.patience_s < 1:
            await asyncio.wait(coming)
        self.go_on.set()
        await held
        return await asyncio.gather(*coming, return_exceptions=True)


def told(got: list[Any]) -> list[Any]:
    """Refusals by their type."""
    return [type(one) if isinstance(one, Exception) else one for one in got]


def test_who_came_last_is_served_first() -> None:
    shop = Shop(most_waiting=5, patience_s=30)
    assert in_a_loop(lambda: shop.wait_for("a", "b", "c")) == ["a", "b", "c"]
    assert shop.done == ["c", "b", "a"]


def test_who_has_waited_longest_makes_room() -> None:
    shop = Shop(most_waiting=2, patience_s=30)
    assert told(in_a_loop(lambda: shop.wait_for("a", "b", "c", "d"))) == [Busy, Busy, "c", "d"]
    assert shop.done == ["d", "c"]


def test_nobody_waits_for_longer_than_he_has_patience() -> None:
    shop = Shop(most_waiting=5, patience_s=0.01)
    assert told(in_a_loop(lambda: shop.wait_for("a", "b"))) == [Busy, Busy] and not shop.done


@pytest.mark.parametrize("patience_s", [0.01, 30])
def test_no_worker_is_lost(patience_s: float) -> None:
    shop = Shop(most_waiting=1, patience_s=patience_s)

    async def afterwards() -> list[str]:
        await shop.wait_for("a", "b", "c")
        return [await shop.desk.do(shop.work(name)) for name in "xyz"]

    assert in_a_loop(afterwards) == ["x", "y", "z"]


def test_what_fails_makes_room_too() -> None:
    desk = Desk(1, 1, 30)

    async def twice() -> str:
        with pytest.raises(ZeroDivisionError):
            await desk.do(lambda: 1 / 0)
        return await desk.do(lambda: "well")

    assert in_a_loop(twice) == "well"


def test_a_hiccup_is_no_crowd_and_a_crowd_passes() -> None:
    pulse = Pulse()
    pulse.feel(0.5)
    assert not pulse.crowded
    for late_s, crowded in ((0.3, True), (0.0, False)):
        for _ in range(10):
            pulse.feel(late_s)
        assert pulse.crowded == crowded
