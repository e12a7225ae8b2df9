"""The public pages in Chromium: open to everybody, complete without a script, light, and quiet in the console."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from dashboard.public import create
from dashboard.public.address import LANGUAGES, Address
from dashboard.public.page import pages
from dashboard.static import Assets
from etl.bundle import Shelf
from tests.browser.axe import barriers
from tests.public.test_pages import MANY
from tests.world import free_port

pytestmark = pytest.mark.browser

OPEN_ALL = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
SIDEWAYS = "document.documentElement.scrollWidth > innerWidth"
SIZES = ((360, 740), (1440, 900))
HTML_BYTES, ALL_BYTES = 20_000, 150_000  # compressed: one page, and everything that its first paint needs
NEEDED = ("tokens.css", "public.css", "public-figures.css", "public-figures.js", "icon.svg")
FONT = "fonts/inter-latin-wght-normal.woff2"


@pytest.fixture(scope="module")
def site(releases: Shelf) -> Iterator[str]:
    """The site on a port of its own."""
    server = make_server("127.0.0.1", free_port(), create(releases), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """One tab for all who come with a script: it is opened once, not for every page."""
    with browser.new_context() as context:
        yield context.new_page()


@contextmanager
def quiet(page: Page, site: str, width: int = 1440, height: int = 900) -> Iterator[Page]:
    """A visit in a window of this size; it complains about nothing and asks nobody else for anything."""
    heard: list[str] = []
    foreign: list[str] = []
    notices = {
        "console": lambda said: heard.append(said.text),
        "pageerror": lambda error: heard.append(str(error)),
        "request": lambda asked: foreign.append(asked.url) if not asked.url.startswith(site) else None,
    }
    for event, notice in notices.items():
        page.on(event, notice)
    page.set_viewport_size({"width": width, "height": height})
    yield page
    for event, notice in notices.items():
        page.remove_listener(event, notice)
    assert heard == []
    assert [url for url in foreign if urlsplit(url).scheme != "data"] == []


@contextmanager
def without_scripts(browser: Browser, site: str) -> Iterator[Page]:
    """The same on a phone, in a browser that runs none."""
    with browser.new_context(java_script_enabled=False) as context, quiet(context.new_page(), site, 360, 740) as page:
        yield page


@pytest.mark.parametrize(("slug", "language"), list(product(pages(), LANGUAGES)))
def test_nobody_is_kept_out(tab: Page, site: str, slug: str, language: str) -> None:
    for (width, height), area in zip(SIZES, (MANY, ""), strict=True):
        with quiet(tab, site, width, height) as page:
            page.goto(site + Address(language, "samarinda", None, slug, area).path)
            page.evaluate(OPEN_ALL)
            found = barriers(page)
            assert not found, "\n".join(found)
            assert not page.evaluate(SIDEWAYS), (width, page.url)


@pytest.mark.parametrize(
    "path", ["/", "/en/kamus", "/angka", "/samarinda/cari?kelurahan=sempaja", "/samarinda/sematan/peta-kasus"]
)
def test_nobody_is_kept_out_of_the_others(tab: Page, site: str, path: str) -> None:
    with quiet(tab, site, 360, 740) as page:
        page.goto(site + path)
        assert not barriers(page)
        assert not page.evaluate(SIDEWAYS)


@pytest.mark.parametrize("slug", pages())
def test_narrow_and_enlarged_nothing_is_lost(tab: Page, site: str, slug: str) -> None:
    """A screen of 320 pixels, and a desk at 200 %: no scrolling in two directions, nothing cut off."""
    for width, height in ((320, 640), (720, 450)):
        with quiet(tab, site, width, height) as page:
            page.goto(site + Address("en", "samarinda", None, slug, MANY).path)
            page.evaluate(OPEN_ALL)
            assert not page.evaluate(SIDEWAYS), width


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_script_every_number_can_be_read(browser: Browser, site: str, language: str) -> None:
    with without_scripts(browser, site) as page:
        page.goto(site + Address(language, "samarinda", None, "corona", MANY).path)
        figures = page.locator("section.figure")
        assert figures.count() == len(pages()["corona"].figures)
        for figure in figures.all():
            assert figure.locator("svg").first.is_visible()
            assert not figure.locator("tbody").first.is_visible()
            figure.locator("details.twin > summary").click()
            assert figure.locator("tbody td").first.is_visible()
        page.locator("#kelurahan").fill("Loa Bakung")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert "Loa Bakung" in page.locator("h1").inner_text()


def test_a_table_is_opened_and_read_with_the_keyboard(tab: Page, site: str) -> None:
    with quiet(tab, site) as page:
        page.goto(f"{site}/samarinda/corona")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        figure = page.locator("#kasus-per-pekan")
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.matches('#kasus-per-pekan .twin > summary')"):
                break
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(outline) == "solid"
        page.keyboard.press("Enter")
        assert figure.locator("tbody").is_visible()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('role')") == "region"
        assert page.evaluate("document.activeElement.querySelector('tbody td') !== null")


def test_the_menu_of_a_phone_opens_without_a_script(browser: Browser, site: str) -> None:
    with without_scripts(browser, site) as page:
        page.goto(f"{site}/en/samarinda/bansos")
        link = page.locator("#menu a", has_text="Marketplace")
        assert not link.is_visible()
        page.get_by_role("button", name="Menu").click()
        link.click()
        page.wait_for_url("**/en/samarinda/pasar")


def test_the_language_is_switched_on_the_spot(tab: Page, site: str) -> None:
    with quiet(tab, site) as page:
        page.goto(f"{site}/samarinda/rilis/1/bansos/{MANY}")
        page.get_by_role("link", name="English").click()
        page.wait_for_url(f"**/en/samarinda/rilis/1/bansos/{MANY}")
        assert page.locator("html").get_attribute("lang") == "en"


def test_paper_has_what_is_read_and_where_it_stands(browser: Browser, site: str) -> None:
    with browser.new_context() as context, quiet(context.new_page(), site) as page:
        page.goto(f"{site}/samarinda/corona")
        page.emulate_media(media="print")
        for hidden in ("#menu", ".mine", ".take", ".language"):
            assert not page.locator(hidden).first.is_visible(), hidden
        assert page.locator(".only-print").inner_text().endswith("/samarinda/rilis/2/corona")
        assert page.locator("#kasus-per-pekan svg").first.is_visible()


@pytest.mark.parametrize(("slug", "language"), list(product(pages(), LANGUAGES)))
def test_a_page_is_light(client: FlaskClient, slug: str, language: str) -> None:
    assets = Assets()
    around = sum(len(gzip.compress(assets.bodies[assets.url(name)], 9)) for name in NEEDED)
    around += len(assets.bodies[assets.url(FONT)])
    for area in ("", MANY):
        page = len(gzip.compress(client.get(Address(language, "samarinda", None, slug, area).path).data, 9))
        assert page <= HTML_BYTES, (slug, area, page)
        assert page + around <= ALL_BYTES
