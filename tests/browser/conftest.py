"""The running command center in a browser that remembers every complaint and every foreign request."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.screen import Screen
from tests.signed_in import COOKIE, every_page
from tests.world import World

DESK = ViewportSize(width=1440, height=900)


@pytest.fixture(scope="module")
def tab(world: World, browser: Browser) -> Iterator[Page]:
    """One tab for all tests of a module: the scripts of the pages are read and compiled once, not for every visit."""
    with browser.new_context(base_url=world.command_url) as context:
        context.add_cookies([{"name": COOKIE, "value": every_page(), "url": world.command_url}])
        yield context.new_page()


@pytest.fixture
def screen(world: World, tab: Page) -> Iterator[Screen]:
    """A visit of the shared world at a desk; the console stays silent and nothing comes from elsewhere."""
    tab.set_viewport_size(DESK)
    opened = Screen(tab, world.command_url)
    yield opened
    opened.leave()
    assert opened.complaints == [], opened.told()
    assert opened.foreign == []
