"""The figures in a browser, under the policy of the site: read without a script, walked by keyboard, moved in time."""

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.axe import barriers
from tests.public.gallery import ROOMY, page

pytestmark = pytest.mark.browser
SITE = "http://figures.test"
ASSETS = Path(__file__).parents[2] / "assets"
POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self'"
LANGUAGES = ("id", "en")
WIDTHS = (360, 768, 1440)
# Words of figures that are seen, with where they are and how large.
SEEN = """() => [...document.querySelectorAll('.f-box svg text')].filter((text) => text.getClientRects().length).map(
  (text) => {
    const { x, y, right, bottom } = text.getBoundingClientRect();
    const map = text.closest('.f-map');
    const scale = map ? map.getBoundingClientRect().width / map.viewBox.baseVal.width : 1;
    const figure = [...document.querySelectorAll('.f-box')].indexOf(text.closest('.f-box'));
    const size = parseFloat(getComputedStyle(text).fontSize) * scale;
    return { words: text.textContent, size, x, y, right, bottom, figure, map: !!map };
  })"""


def answer(route: Route, language: str) -> None:
    """The site: one page, and the files of the folder."""
    name = route.request.url.removeprefix(f"{SITE}/")
    headers = {"Content-Security-Policy": POLICY}
    if name == language:
        route.fulfill(body=page(language, ""), content_type="text/html; charset=utf-8", headers=headers)
    elif name == "gallery.css":
        route.fulfill(body=ROOMY, content_type="text/css", headers=headers)
    elif (path := ASSETS / name).is_file():
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        route.fulfill(body=path.read_bytes(), content_type=kind, headers=headers)
    else:
        route.fulfill(status=204)


@contextmanager
def opened(browser: Browser, language: str = "id", **wishes: Any) -> Iterator[Page]:
    """The gallery in a tab that hears every complaint."""
    complaints: list[str] = []
    with browser.new_context(**wishes) as context:
        context.route("**/*", lambda route: answer(route, language))
        tab = context.new_page()
        tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.goto(f"{SITE}/{language}")
        yield tab
    assert [one for one in complaints if "favicon" not in one] == []


def box(tab: Page, number: int) -> Locator:
    """A figure of the gallery."""
    return tab.locator(".f-box").nth(number)


FIRST_MAP = 8


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("script", [True, False])
def test_nothing_keeps_anybody_out(browser: Browser, language: str, script: bool) -> None:
    with opened(browser, language) as tab:
        if not script:
            tab.route("**/*.js", lambda route: route.fulfill(body=""))
            tab.reload()
        assert barriers(tab) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_large_enough_apart_and_on_the_page(browser: Browser, width: int, language: str) -> None:
    with opened(browser, language, viewport={"width": width, "height": 900}) as tab:
        tab.evaluate("document.fonts.ready")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        seen = tab.evaluate(SEEN)
        assert len(seen) > 110
        for word in seen:
            assert word["size"] >= 12, word
            assert word["x"] >= -1 and word["right"] <= width + 1, word
        for at, word in enumerate(seen):
            for other in seen[at + 1 :]:
                if word["figure"] == other["figure"] and not word["map"] and not other["map"]:
                    across = min(word["right"], other["right"]) - max(word["x"], other["x"])
                    down = min(word["bottom"], other["bottom"]) - max(word["y"], other["y"])
                    assert across <= 1 or down <= 3, (word, other)


def test_zoomed_to_200_percent_nothing_is_lost(browser: Browser) -> None:
    with opened(browser, viewport={"width": 720, "height": 450}, device_scale_factor=2) as tab:
        tab.add_style_tag(url=f"{SITE}/public-figures.css")
        tab.evaluate("document.documentElement.style.fontSize = '32px'")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 720


def test_without_a_script_everything_is_said(browser: Browser) -> None:
    with opened(browser, java_script_enabled=False) as tab:
        assert box(tab, FIRST_MAP).locator(".f-areas > a").count() == 59
        expect(box(tab, FIRST_MAP).locator(".f-slider")).to_be_hidden()
        expect(tab.locator(".f-hits title").first).to_have_text("30 Nov 2024: 40 kasus")


def test_arrow_keys_walk_through_a_chart(browser: Browser) -> None:
    with opened(browser) as tab:
        chart, tip = box(tab, 2).locator(".f-plot"), box(tab, 2).locator(".f-tip")
        chart.focus()
        expect(tip).to_be_hidden()
        for key, words in (
            ("ArrowRight", "29 Nov 2025: <10"),
            ("End", "21 Nov 2026: <10"),
            ("ArrowRight", "21 Nov 2026: <10"),
            ("ArrowLeft", "14 Nov 2026: <10"),
            ("Home", "29 Nov 2025: <10"),
        ):
            tab.keyboard.press(key)
            expect(tip).to_have_text(words)
        for _ in range(3):
            tab.keyboard.press("ArrowRight")
        expect(tip).to_have_text("20 Des 2025: tidak ada data")
        expect(box(tab, 2).locator(".f-on")).to_have_count(1)
        tab.keyboard.press("Escape")
        expect(tip).to_be_hidden()
        tab.keyboard.press("End")
        tab.keyboard.press("Tab")
        expect(tip).to_be_hidden()


def test_a_pointer_is_told_every_line(browser: Browser) -> None:
    with opened(browser) as tab:
        figure = box(tab, 4)
        figure.locator(".f-hits rect").nth(10).hover()
        expect(figure.locator(".f-tip")).to_contain_text("Sungai Pinang Dalam: tidak ada data")
        expect(figure.locator(".f-tip")).to_contain_text("Kota Samarinda: ")
        tab.mouse.move(1, 1)
        expect(figure.locator(".f-tip")).to_be_hidden()


def test_a_browser_says_no_title_twice(browser: Browser) -> None:
    with opened(browser) as tab:
        assert tab.locator(".f-box title").count() == 0
        expect(tab.get_by_role("img", name="Kasus per pekan")).to_have_count(1)
        expect(tab.get_by_role("group", name="Kasus per 100 ribu, samarinda")).to_have_count(1)


def test_arrow_keys_walk_through_a_map_and_enter_opens_an_area(browser: Browser) -> None:
    with opened(browser) as tab:
        areas, tip = box(tab, FIRST_MAP).locator(".f-areas > a"), box(tab, FIRST_MAP).locator(".f-tip")
        reached = box(tab, FIRST_MAP).locator('.f-areas > a:not([tabindex="-1"])')
        reached.focus()
        start = tip.text_content()
        tab.keyboard.press("ArrowRight")
        expect(tip).not_to_have_text(start or "")
        assert reached.count() == 1 and reached.evaluate("link => link === document.activeElement")
        tab.keyboard.press("End")
        assert areas.last.evaluate("link => link === document.activeElement")
        expect(tip).to_have_text(areas.last.get_attribute("aria-label") or "-")
        assert box(tab, FIRST_MAP).locator(".f-ring path").first.get_attribute("d") == areas.last.locator(
            "path"
        ).get_attribute("d")
        with tab.expect_request("**/samarinda/corona/*"):
            tab.keyboard.press("Enter")


def test_the_slider_shows_another_period_and_comes_back(browser: Browser) -> None:
    with opened(browser) as tab:
        figure = box(tab, FIRST_MAP)
        look = "all => all.map((area) => [area.getAttribute('class'), area.getAttribute('aria-label')])"
        when, slider, areas = figure.locator(".f-when"), figure.locator("input"), figure.locator(".f-areas > a")
        void = figure.locator("path.f-void")
        newest, empty = areas.evaluate_all(look), void.get_attribute("d")
        expect(when).to_have_text("21 Nov 2026")
        slider.focus()
        tab.keyboard.press("ArrowLeft")
        expect(when).to_have_text("14 Nov 2026")
        before = areas.evaluate_all(look)
        assert [area for area in before if area not in newest]
        gone = figure.locator(".f-areas > .qm path").evaluate_all("all => all.map((path) => path.getAttribute('d'))")
        assert void.get_attribute("d") == "".join(gone) != empty
        expect(slider).to_have_attribute("aria-valuetext", "14 Nov 2026")
        tab.keyboard.press("End")
        expect(when).to_have_text("21 Nov 2026")
        assert areas.evaluate_all(look) == newest and void.get_attribute("d") == empty


def test_it_plays_to_the_newest_and_stops(browser: Browser) -> None:
    with opened(browser) as tab:
        figure = box(tab, FIRST_MAP)
        button, when = figure.get_by_role("button"), figure.locator(".f-when")
        expect(button).to_have_accessible_name("Putar")
        button.click()
        expect(when).to_have_text("5 Sep 2026")
        expect(button).to_have_accessible_name("Jeda")
        expect(when).to_have_text("12 Sep 2026")
        button.click()
        expect(button).to_have_accessible_name("Putar")
        figure.locator("input").fill("10")
        button.click()
        expect(when).to_have_text("21 Nov 2026")
        expect(button).to_have_accessible_name("Putar")


def test_who_wants_no_motion_has_only_the_slider(browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as tab:
        expect(box(tab, FIRST_MAP).locator("input")).to_be_visible()
        expect(box(tab, FIRST_MAP).locator("button")).to_be_hidden()


def test_on_paper_there_is_no_slider_and_every_figure(browser: Browser) -> None:
    with opened(browser) as tab:
        tab.emulate_media(media="print")
        for figure in tab.locator(".f-box").all():
            expect(figure.locator("svg").first).to_be_visible()
        expect(tab.locator(".f-slider").first).to_be_hidden()
