"""A town with walls for the tests that watch them."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from dashboard.wall.scene import scene_files
from tests.wall.town import CITY, Town
from tests.wall.watched import Watched


@pytest.fixture(scope="module")
def town(worker_id: str) -> Iterator[Town]:
    """The town of one test process; its tests stay in one process, so there is one."""
    state = Path(os.environ["PANTAU_STATE"]) / f"town-{worker_id}"
    state.mkdir(mode=0o711)
    state.chmod(0o711)
    made, before = Town(state, "tests.wall.impatient:server"), dict(os.environ)
    try:
        made.begin()
        yield made
    finally:
        made.end()
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def wall(town: Town, browser: Browser) -> Iterator[Watched]:
    """A 55-inch screen that shows the city, until somebody steers it."""
    yield from watched(town, browser, pinned="kota")


@pytest.fixture
def turning(town: Town, browser: Browser) -> Iterator[Watched]:
    """A 55-inch screen whose scenes take turns, each for an hour: none goes on by itself while a test steers it."""
    name = f"lama-{secrets.token_hex(3)}"
    town.playlist(name, [(scene, 3600) for scene in scene_files(CITY)])
    yield from watched(town, browser, schedule=[{"playlist": name}])


def watched(town: Town, browser: Browser, **values: Any) -> Iterator[Watched]:
    name = f"Ruang {secrets.token_hex(3)}"
    with browser.new_context(viewport={"width": 1920, "height": 1080}, base_url=town.url) as context:
        context.add_cookies([town.screen(name, sound=True, **values)])
        yield Watched(context.new_page(), town, name).begin()


@pytest.fixture
def phone(town: Town, browser: Browser) -> Iterator[Page]:
    """The operator's."""
    with browser.new_context(viewport={"width": 390, "height": 844}, base_url=town.url, has_touch=True) as context:
        context.add_cookies([town.operator])
        yield context.new_page()
