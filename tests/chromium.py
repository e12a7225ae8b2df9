"""One Chromium per test process: a second ``sync_playwright`` beside a first one is refused."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

CHROMES = ("chromium", "chromium-browser", "google-chrome")
CHROME = next(filter(None, map(shutil.which, CHROMES)), None)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine, headless; ``tools/packages.sh`` installs it where it can."""
    if CHROME is None:
        pytest.fail("no Chromium on this machine: sh tools/packages.sh")
    expect.set_options(timeout=30_000)  # software drawing on a busy machine takes its time
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROME, args=ARGUMENTS)
        yield opened
        opened.close()
