"""A city that lives, watched in a browser: what is logged upstream appears by itself; what breaks is said and heals."""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dashboard.command import load_pages
from dashboard.page import PAGES
from etl.cities import load_city
from tests.browser.screen import Screen
from tests.living import Living
from tests.signed_in import COOKIE

load_pages()
WATCHED = {slug: load_city(slug).code for slug in ("samarinda", "surabaya")}
WANTED = 6  # changes to watch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

# Notes the moment (ms since 1970) at which the panel ``name`` shows a newer answer than before.
WATCH = """(name) => {
  const panel = document.getElementById(`panel-${name}`);
  const answered = () => panel.querySelector('.panel-foot .age')?.dataset.at;
  let last = answered();
  window.renewals = [];
  new MutationObserver(() => {
    if (answered() === last) return;
    last = answered();
    window.renewals.push(Date.now());
  }).observe(panel, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-at'] });
}"""


@pytest.fixture
def context(living: Living, browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(base_url=living.url, viewport={"width": 1440, "height": 900}) as opened:
        opened.add_cookies([{"name": COOKIE, "value": living.token("operator"), "url": living.url}])
        yield opened


def opened(context: BrowserContext, living: Living, address: str) -> Screen:
    screen = Screen(context.new_page(), living.url)
    screen.open(address)
    return screen


def test_calls_appear_by_themselves_and_only_their_panels_renew(context: BrowserContext, living: Living) -> None:
    home = opened(context, living, "/?kota=samarinda")
    screens = {city: opened(context, living, f"/112?kota={city}&periode=hari-ini") for city in WATCHED}
    for screen in screens.values():
        screen.page.evaluate(WATCH, "calls")
    tiles = {city: screen.tiles() for city, screen in screens.items()}
    home.asked.clear()
    home.versions.clear()
    moments = watched_changes(home.page, living)
    for city, screen in screens.items():
        until_followed(screen, moments[city][-1])
    waits = sorted(wait for city in WATCHED for wait in delays(moments[city], renewals(screens[city])))
    print(f"from the ledger to the screen, seconds: {', '.join(f'{wait:.2f}' for wait in waits)}")
    assert len(waits) >= WANTED
    assert any(screen.tiles()["calls"] != tiles[city]["calls"] for city, screen in screens.items())
    assert [screen.complaints + screen.foreign for screen in (home, *screens.values())] == [[], [], []]
    assert [told for told, times in Counter(home.versions).items() if times > 1] == []
    for panel in PAGES["kota"].panels:
        assert panel.indicator.dataset != "emergency_calls" or panel.id in home.asked


def watched_changes(page: Page, living: Living) -> dict[str, list[float]]:
    """The moments of the next changes of the calls, as the ledger has them."""

    def changed_at(city: str) -> float:
        return living.versions(WATCHED[city])["emergency_calls"][1]

    first = {city: changed_at(city) for city in WATCHED}
    seen: dict[str, set[float]] = {city: set() for city in WATCHED}
    deadline = time.monotonic() + 240
    while min(map(len, seen.values())) == 0 or sum(map(len, seen.values())) < WANTED:
        assert time.monotonic() < deadline, f"only {seen} changed upstream"
        page.wait_for_timeout(100)
        for city in WATCHED:
            seen[city] |= {changed_at(city)} - {first[city]}
    return {city: sorted(moments) for city, moments in seen.items()}


def until_followed(screen: Screen, changed: float) -> None:
    """Every change reaches the screen; how soon is printed here and measured in ``bench``."""
    deadline = time.monotonic() + 60
    while max(renewals(screen), default=0.0) < changed:
        assert time.monotonic() < deadline, "a change in the ledger never reached the screen"
        screen.page.wait_for_timeout(100)


def renewals(screen: Screen) -> list[float]:
    """When the watched panel showed a newer answer, seconds since 1970."""
    return [at / 1000 for at in screen.page.evaluate("window.renewals")]


def delays(moments: list[float], renewed: list[float]) -> list[float]:
    """Seconds from each change to the next renewal of the screen."""
    return [min(at - moment for at in renewed if at >= moment) for moment in moments]


@pytest.mark.parametrize("how", ["hangs", "is gone"])
def test_a_lost_server_is_said_and_the_page_heals_by_itself(context: BrowserContext, living: Living, how: str) -> None:
    screen = opened(context, living, "/112?kota=samarinda")
    screen.page.evaluate("window.same = true")
    tiles = screen.tiles()
    living.signal("command", signal.SIGSTOP) if how == "hangs" else living.stop("command")
    strip = screen.page.locator("#strip")
    try:
        expect(strip).to_contain_text("Sambungan terputus sejak", timeout=40_000)
        assert set(screen.tiles()) == set(tiles)
        expect(screen.page.locator("#panel-map .choroplethlayer path").first).to_be_visible()
    finally:
        living.signal("command", signal.SIGCONT) if how == "hangs" else living.start_command()
    expect(strip).to_be_hidden(timeout=60_000)
    screen.settled()
    screen.page.evaluate(WATCH, "calls")
    until_true(screen.page, "window.renewals.length > 0", "no new answer after the outage")
    assert screen.page.evaluate("window.same") is True


def until_true(page: Page, condition: str, otherwise: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, otherwise
        page.wait_for_timeout(100)


def test_an_upstream_that_is_gone_ages_in_sight_and_the_others_go_on(context: BrowserContext, living: Living) -> None:
    screen = opened(context, living, "/112?kota=samarinda")
    assert broken_of(living.status()) == {}
    living.stop("outside")
    try:
        stale = screen.page.locator("#panel-calls .panel-foot .age[data-stale]")
        expect(stale).to_be_visible(timeout=120_000)
        assert screen.tiles()["calls"] != "0"
        screen.open("/pasar?kota=surabaya")
        first = until_broken(screen.page, living)
        until_files_were_read_again(screen.page, living, first)
    finally:
        living.start_outside()
    for (city, source), error in broken_of(first).items():
        assert city in error["id"] and source in error["id"] and city in error["en"] and "→" in error["en"]
    files = [one for one in first if one["dataset"].startswith("covid")]
    assert all(one["error"] is None for one in files) and len(files) >= 4
    until_healed(screen.page, living)


def until_broken(page: Page, living: Living) -> list[dict[str, Any]]:
    """What every source did, once all that are asked often say that nobody answers: each at its own cadence."""
    deadline = time.monotonic() + 120
    told = living.status()
    while silent := ASKED_OFTEN - broken_of(told).keys():
        assert time.monotonic() < deadline, silent
        page.wait_for_timeout(500)
        told = living.status()
    return told


def broken_of(told: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, str]]:
    """Of each city's sources that cannot be read, why."""
    return {(one["city"], one["source"]): one["error"] for one in told if one["error"]}


def until_files_were_read_again(page: Page, living: Living, before: list[dict[str, Any]]) -> None:
    """The other sources go on: folders are looked into while the interfaces are gone."""
    deadline = time.monotonic() + 120
    read_at = {
        (one["city"], one["source"]): one["last_success"] for one in before if one["dataset"].startswith("covid")
    }
    while not any(one["last_success"] > read_at.get((one["city"], one["source"]), "~") for one in living.status()):
        assert time.monotonic() < deadline
        page.wait_for_timeout(500)


# The others heal alike, at their own cadence of a minute and more.
ASKED_OFTEN = {("samarinda", "112"), ("surabaya", "112"), ("banyumas", "psc119")}


def until_healed(page: Page, living: Living) -> None:
    deadline = time.monotonic() + 120
    while broken := ASKED_OFTEN & broken_of(living.status()).keys():
        assert time.monotonic() < deadline, broken
        page.wait_for_timeout(500)
