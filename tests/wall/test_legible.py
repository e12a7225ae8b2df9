"""Every text of every scene can be read from where people stand, on every usual wall."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from dashboard.access.roles import Grant, Role
from dashboard.wall.board import plan
from dashboard.wall.geometry import PRESETS, READ_FROM
from dashboard.wall.scene import repertoire
from etl.cities import all_cities
from tests.signed_in import COOKIE, token_with
from tests.world import World

LEGIBLE = Path(__file__).with_name("legible.js").read_text(encoding="utf-8")
CITIES = {city.slug: city for city in all_cities()}
CAPITAL_EM = 0.71

# The longest words that may stand there besides: a message of a hundred and twenty letters, and that the line is lost.
NOTES = """() => {
  const words = { message: 'Rapat koordinasi '.repeat(7), strip: 'Sambungan terputus sejak 02.46 – gambar terakhir' };
  for (const [id, textContent] of Object.entries(words)) {
    Object.assign(document.getElementById(id), { textContent, hidden: false });
  }
}"""

# An event with the longest words that the data and the panel have for it, on every line.
LONGEST_EVENT = {
    "title": "Kecelakaan lalu lintas",
    "text": "menunggu unit, melewati target",
    "place": "Kejawan Putih Tambak",
    "tone": "act",
}

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def context(world: World, browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(base_url=world.command_url) as opened:
        grants = (Grant(Role.OPERATOR, city.code) for city in CITIES.values())
        opened.add_cookies([{"name": COOKIE, "value": token_with(*grants), "url": world.command_url}])
        yield opened


@pytest.mark.parametrize("size", PRESETS)
def test_the_smallest_text_follows_from_the_distance(size: str) -> None:
    geometry = PRESETS[size][1]
    capital_mm = geometry.text_px * CAPITAL_EM * geometry.height_cm * 10 / geometry.height_px
    assert capital_mm >= geometry.distance_m * 1000 / READ_FROM


@pytest.mark.parametrize("slug", CITIES)
@pytest.mark.parametrize("size", PRESETS)
def test_every_scene_finds_its_place(size: str, slug: str) -> None:
    assert plan(CITIES[slug], PRESETS[size][1], "id").content["unfit"] == {}


@pytest.mark.parametrize("size", PRESETS)
def test_every_text_can_be_read(context: BrowserContext, size: str) -> None:
    geometry = PRESETS[size][1]
    page = context.new_page()
    page.set_viewport_size({"width": geometry.width_px, "height": geometry.height_px})
    page.route("**/adegan/*", on_its_worst_day)
    shown = {scene: slug for slug in reversed(CITIES) for scene in repertoire(CITIES[slug]).scenes}
    found = {scene: faults(page, size, slug, scene, geometry.text_px) for scene, slug in shown.items()}
    page.close()
    assert {scene: told for scene, told in found.items() if told} == {}


def on_its_worst_day(route: Route) -> None:
    """The answer of the server, but every event has the longest words."""
    reply = route.fetch()
    panels = reply.json()
    for told in panels.values():
        for row in told.get("answer", {}).get("ticker", {}).get("rows", ()):
            row.update(LONGEST_EVENT)
    route.fulfill(response=reply, json=panels)


def faults(page: Page, size: str, slug: str, scene: str, text_px: int) -> list[str]:
    page.goto(f"/dinding?kota={slug}&ukuran={size}&adegan={scene}")
    expect(page.locator(".scene.is-shown")).to_be_visible()
    expect(page.locator(".is-shown .panel:not([data-state])")).to_have_count(0)
    page.evaluate("document.fonts.ready")
    page.evaluate(NOTES)
    return list(page.evaluate(LEGIBLE, text_px))
