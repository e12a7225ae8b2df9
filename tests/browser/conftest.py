"""The running command center in a browser that remembers every complaint and every foreign request."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.screen import Screen
from tests.signed_in import COOKIE, every_page
from tests.world import World


@pytest.fixture
def screen(world: World, browser: Browser) -> Iterator[Screen]:
    """A fresh context on the shared world; the console stays silent and nothing comes from elsewhere."""
    with browser.new_context(base_url=world.command_url, viewport={"width": 1440, "height": 900}) as context:
        context.add_cookies([{"name": COOKIE, "value": every_page(), "url": world.command_url}])
        opened = Screen(context.new_page(), world.command_url)
        yield opened
        assert opened.complaints == [], opened.told()
        assert opened.foreign == []
