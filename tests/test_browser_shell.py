"""The browser's side against a stand-in server: the address is the state, the doorbell rings only whom it must."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect

ROOT = Path(__file__).parent.parent
WELL = {
    "well": True,
    "build": "1",
    "asked": [],
    "panels": {},
    "versions": {"emergency_calls": 1, "marketplace_orders": 1},
}
WIDTHS = [(390, 844), (1440, 900), (1920, 1080), (3840, 2160)]
# The next ring is not heard.
DEAF_ONCE = """() => {
  const { ring } = pantau;
  pantau.ring = () => { pantau.ring = ring; document.documentElement.dataset.missed = ''; };
}"""

pytestmark = pytest.mark.browser


class StandIn:
    """The stand-in server as a test sees it."""

    def __init__(self, port: str) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def become(self, **state: object) -> dict[str, list[str]]:
        """Change the state; returns the state before."""
        body = json.dumps(state).encode()
        request = Request(f"{self.address}/stand-in", body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=10) as reply:
            return json.load(reply)


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    command = [sys.executable, "-m", "tests.standin_app"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield StandIn(process.stdout.readline().strip())
        process.terminate()


@pytest.fixture(scope="module")
def context(server: StandIn, browser: Browser) -> Iterator[BrowserContext]:
    """One context for all tests: its cache keeps the immutable files."""
    with browser.new_context(base_url=server.address) as opened:
        yield opened


@pytest.fixture(scope="module")
def tab(context: BrowserContext) -> Page:
    """One tab for all tests: it reads and compiles the scripts once."""
    return context.new_page()


@pytest.fixture
def page(tab: Page, server: StandIn) -> Iterator[Page]:
    server.become(**WELL)
    tab.set_viewport_size({"width": 1440, "height": 900})
    yield tab
    tab.unroute_all(behavior="ignoreErrors")  # a test that failed holds nothing back from the next one
    tab.goto("/meta")  # of the same site, so that its process stays; asks nothing more


def open_page(page: Page, address: str) -> None:
    """Go there and wait until every panel has drawn its answer, and Dash is there."""
    draw_page(page, address)
    expect(page.locator("#_pages_content .page")).to_be_attached()


def draw_page(page: Page, address: str) -> None:
    """Go there and wait until every panel has drawn its answer."""
    page.goto(address)
    expect(page.locator("[data-panel]").first).to_be_visible()
    expect(page.locator("[data-panel]:not([data-state])")).to_have_count(0)


def until(page: Page, holds: str) -> None:
    """Wait for something that the page itself can tell."""
    page.wait_for_function(holds, timeout=30_000)


def troubles(page: Page) -> list[str]:
    """A list that fills with the page's console errors and exceptions."""
    seen: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            seen.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: seen.append(str(error)))
    return seen


def test_everything_comes_from_this_server(page: Page, server: StandIn) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    seen = troubles(page)
    open_page(page, "/")
    expect(page.locator("#panel-map .choroplethlayer path")).to_have_count(10)
    scripts = [url for url in asked if "plotly" in url]
    assert len(scripts) == 1 and "plotly-pantau" in scripts[0]
    assert [url for url in asked if not url.startswith((server.address, "data:"))] == []
    assert seen == []


def test_what_a_page_asks_for_is_on_its_way_before_the_page_is(page: Page, server: StandIn) -> None:
    """Panels are asked for together while scripts are read; what is not ready, alone; and Dash when all is drawn."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(server.address).split("?")[0]))
    server.become(asked=[])
    open_page(page, "/")
    expect(page.locator("#panel-map .choroplethlayer path")).to_have_count(10)
    expect(page.locator("#_pages_content")).to_be_attached()
    early = ["/meta", "/panels/kota"]
    dash = next(at for at, path in enumerate(asked) if "dash_renderer" in path)
    assert all(asked.index(path) < asked.index("/bell") for path in early)
    assert [asked.count(path) for path in early] == [1] * len(early)
    assert asked.index("/panel/kota/heat") < dash < asked.index("/_dash-layout")
    assert [path for path in asked if path.startswith("/panel/")] == ["/panel/kota/heat"]  # what nobody named comes too
    server.become(asked=[])
    with page.expect_response("**/panel/kota/heat?periode=7h"):
        page.click("[data-patch='periode=7h']")
    expect(page.locator("[data-patch='periode=7h']")).to_have_attribute("aria-pressed", "true")
    assert server.become()["asked"] == ["kota?periode=7h", "kota/heat?periode=7h"]


@contextmanager
def without_dash(page: Page) -> Iterator[None]:
    """Meanwhile Dash waits for the page that it is to bring."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/_dash-update-component*", hold)
    yield
    for route in held:
        route.continue_()
    page.unroute("**/_dash-update-component*")


def test_the_first_page_is_drawn_and_listens_before_dash_and_moves_into_its_place(page: Page) -> None:
    with without_dash(page):
        draw_page(page, "/")
        expect(page.locator("#first #panel-map .choroplethlayer path")).to_have_count(10)
        expect(page.locator("#first #panel-calls .tile-value")).to_contain_text("1.284")
        page.locator("#panel-heat [popovertarget=table-heat]").first.click()
        page.evaluate("window.graph = document.querySelector('#panel-map .js-plotly-plot')")
    expect(page.locator("#_pages_content #panel-map .choroplethlayer path")).to_have_count(10)
    expect(page.locator("#first")).to_have_count(0)
    assert page.evaluate("window.graph === document.querySelector('#panel-map .js-plotly-plot')")
    expect(page.locator("#table-heat")).to_be_visible()  # an open card stays open
    page.keyboard.press("Escape")
    page.locator("#panel-map .choroplethlayer path").first.click(force=True)
    page.wait_for_url("**wilayah=64.72.01*")


def test_another_page_that_is_wanted_before_dash_is_there_comes_instead(page: Page) -> None:
    seen = troubles(page)
    with without_dash(page):
        draw_page(page, "/")
        expect(page.locator("#_pages_content")).to_be_attached()
        page.click("#pages a[data-page='/pasar']")
    expect(page.locator("#panel-bars .bars")).to_be_visible()
    expect(page.locator("#first, #panel-map")).to_have_count(0)
    assert seen == []


@pytest.mark.parametrize("lost", ["dash_renderer", "react-dom", "regenerator"])
def test_without_dash_a_page_is_drawn_renewed_filtered_and_left_by_links(page: Page, lost: str) -> None:
    page.route(re.compile(lost), lambda route: route.abort())
    with page.expect_event("requestfailed", lambda request: lost in request.url):
        draw_page(page, "/")
    expect(page.locator("#panel-map .choroplethlayer path")).to_have_count(10)
    page.click("[data-patch='periode=7h']")
    expect(page.locator("#panel-calls .tile-value")).to_contain_text("1.284")
    page.unroute_all()
    page.click("#pages a[data-page='/pasar']")  # as a document of its own, which tries again
    expect(page.locator("#panel-bars .bars")).to_be_visible()
    assert "periode=7h" in page.url


PLACES = """root => [...root.querySelectorAll('.page-head, .page > *, .panel, .panel > *, .panel-body > *, .frame > *')]
  .map(({ tagName, id, className, dataset: { panel, kind, datasets }, role, tabIndex }) =>
    [tagName, id, className.replace(/ ?js-plotly-plot/, ''), panel, kind, datasets, role, tabIndex].join('|'))"""


def test_the_page_in_the_index_is_the_one_that_dash_lays_out(page: Page) -> None:
    written = page.request.get("/bansos").text()  # the index of the stand-in that has the market in it
    open_page(page, "/")
    parsed = f"text => ({PLACES})(new DOMParser().parseFromString(text, 'text/html').getElementById('first'))"
    expected = page.evaluate(parsed, written)
    with unanswered(page):
        page.click("#pages a[data-page='/pasar']")
        expect(page.locator("#panel-bars")).to_be_visible()
        assert page.evaluate(f"({PLACES})(document.getElementById('_pages_content'))") == expected
    assert len(expected) > 15


def test_what_was_said_before_is_shown_and_asked_for_again(page: Page) -> None:
    def older(route: Route) -> None:
        reply = route.fetch()
        told = reply.json()
        told["calls"]["old"] = True
        route.fulfill(response=reply, json=told)

    page.route("**/panels/kota*", older)
    with page.expect_response("**/panel/kota/calls*"):
        open_page(page, "/")
        expect(page.locator("#panel-calls .tile-value")).to_contain_text("1.284")
    page.unroute("**/panels/kota*")


def test_what_is_pressed_is_asked_for_before_it_is_chosen(page: Page, server: StandIn) -> None:
    open_page(page, "/")
    choice = page.locator("[data-patch='periode=7h']")
    server.become(asked=[])
    with page.expect_response("**/panels/kota?periode=7h"):
        choice.dispatch_event("pointerdown")
    assert "periode" not in page.url
    with page.expect_response("**/panel/kota/heat?periode=7h"):
        choice.evaluate("button => button.click()")
    expect(choice).to_have_attribute("aria-pressed", "true")
    assert server.become()["asked"] == ["kota?periode=7h", "kota/heat?periode=7h"]


def test_a_name_in_a_legend_takes_its_line_out_until_it_is_pressed_again(page: Page) -> None:
    open_page(page, "/")
    lines, last = page.locator("#panel-river .scatterlayer .trace"), page.locator("#panel-river .key").last
    expect(page.locator("#panel-river .key")).to_have_text(["Tahun ini", "Tahun lalu"])
    expect(lines).to_have_count(2)
    last.click()
    expect(lines).to_have_count(1)
    page.keyboard.press("t")  # dressed anew
    expect(page.locator("html")).to_have_attribute("data-theme", "gelap")
    expect(last).to_have_attribute("aria-pressed", "false")
    expect(lines).to_have_count(1)
    last.press("Enter")
    expect(lines).to_have_count(2)


def test_what_has_no_name_to_press_is_never_out_of_the_picture(page: Page) -> None:
    """A line that was pressed away and is the only one in another period: nobody could bring it back."""

    def alone(route: Route) -> None:
        answer = route.fetch().json()
        answer["figure"]["data"] = answer["figure"]["data"][1:]
        route.fulfill(json=answer)

    open_page(page, "/")
    page.locator("#panel-river .key").last.click()
    expect(page.locator("#panel-river .scatterlayer .trace")).to_have_count(1)
    page.route("**/panels/kota*", lambda route: route.fulfill(json={}))
    page.route("**/panel/kota/river*", alone)
    page.click("[data-patch='periode=7h']")
    expect(page.locator("#panel-river .key")).to_have_count(0)
    expect(page.locator("#panel-river .scatterlayer .trace")).to_have_count(1)


def test_who_waits_long_sees_it(page: Page) -> None:
    open_page(page, "/")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile("/panel/kota/heat.*periode=7h"), hold)
    page.click("[data-patch='periode=7h']")
    expect(page.locator("#panel-heat[data-busy]")).to_be_visible()
    held[0].continue_()
    expect(page.locator("[data-busy]")).to_have_count(0)


def test_graphs_fit_their_places_and_are_forgotten_with_their_page(page: Page) -> None:
    width = "document.querySelector('#panel-map .graph').clientWidth"
    open_page(page, "/")
    page.evaluate("window.graph = document.querySelector('#panel-map .js-plotly-plot')")
    for wide in (900, 1300):
        page.set_viewport_size({"width": wide, "height": 900})
        until(page, f"() => Math.abs(graph._fullLayout.width - {width}) < 1 && {width} < {wide}")
    page.click("#pages a[data-page='/pasar']")
    expect(page.locator("#panel-bars .bars")).to_be_visible()
    assert page.evaluate("[graph.isConnected, graph._fullLayout === undefined]") == [False, True]


def test_what_a_page_will_ask_for_cannot_break_out_of_its_place(page: Page) -> None:
    page.goto("/bansos")
    assert page.evaluate("document.documentElement.dataset.ahead") == '"><script>'


@pytest.mark.parametrize(("width", "height"), WIDTHS)
@pytest.mark.parametrize("theme", ["gelap", "terang"])
def test_no_width_scrolls_sideways(page: Page, width: int, height: int, theme: str) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_page(page, f"/?tema={theme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.dataset.theme") == theme


def test_a_wall_is_written_at_least_twice_as_large_as_a_desk(page: Page) -> None:
    size = "parseFloat(getComputedStyle(document.body).fontSize)"
    open_page(page, "/")
    desk = page.evaluate(size)
    page.set_viewport_size({"width": 3840, "height": 2160})
    assert page.evaluate(size) >= 2 * desk


def test_a_click_on_the_map_goes_down_and_back_returns_without_a_new_page(page: Page) -> None:
    open_page(page, "/")
    page.evaluate("window.sameDocument = document.querySelector('#panel-map .js-plotly-plot')")
    page.locator("#panel-map .choroplethlayer path").first.click(force=True)
    page.wait_for_url("**wilayah=64.72.01*")
    expect(page.locator("#trail")).to_contain_text("Palaran")
    page.go_back()
    expect(page.locator("#trail")).not_to_contain_text("Palaran")
    assert page.evaluate("window.sameDocument === document.querySelector('#panel-map .js-plotly-plot')")


def test_the_same_bar_filters_and_releases(page: Page) -> None:
    open_page(page, "/pasar")
    bar = page.locator("#panel-bars .bars .point").nth(2)
    bar.click(force=True)
    expect(page.locator("#chips")).to_contain_text("Jenis dagangan: Sembako")
    page.mouse.move(0, 0)  # plotly answers a second move within 50 ms with the first one's bar
    bar.hover(force=True)
    expect(page.locator("#panel-bars .hoverlayer .hovertext")).to_contain_text("Sembako")
    bar.click(force=True)
    expect(page.locator("#chips")).to_be_hidden()
    assert "saring" not in page.url


def test_escape_clears_the_filter_and_then_the_area(page: Page) -> None:
    open_page(page, "/pasar?wilayah=64.72.05&saring=kategori:Sembako")
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "saring" not in url and "wilayah" in url)
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "wilayah" not in url)


def test_the_doorbell_rings_only_the_panels_of_the_changed_dataset(page: Page, server: StandIn) -> None:
    with page.expect_response("**/bell*"):
        open_page(page, "/")
    with page.expect_request("**/panel/kota/river*"):
        server.become(asked=[], versions={"emergency_calls": 1, "marketplace_orders": 2})
    for _ in range(2):  # two more rings of the bell, in which nothing else may be asked
        with page.expect_response("**/bell*"):
            pass
    asked = {line.split("?")[0] for line in server.become()["asked"]}
    assert asked == {"kota/river"}


def test_a_panel_that_missed_its_ring_is_rung_again(page: Page, server: StandIn) -> None:
    with page.expect_response("**/bell*"):
        open_page(page, "/")
    page.evaluate(DEAF_ONCE)
    server.become(asked=[], versions={"emergency_calls": 1, "marketplace_orders": 2})
    expect(page.locator("html[data-missed]")).to_have_count(1)
    with page.expect_request("**/panel/kota/river*"):
        pass


def test_an_outage_is_told_calmly_and_ends_by_itself(page: Page, server: StandIn) -> None:
    open_page(page, "/")
    server.become(well=False)
    expect(page.locator("#strip")).to_contain_text("Sambungan terputus sejak", timeout=30_000)
    expect(page.locator("#panel-calls .tile-value")).to_contain_text("1.284")
    server.become(well=True)
    expect(page.locator("#strip")).to_be_hidden(timeout=30_000)


@contextmanager
def unanswered(page: Page) -> Iterator[None]:
    """Meanwhile no panel hears anything of the server: neither an answer nor a refusal."""
    page.route(re.compile("/panels?/"), lambda route: None)
    yield
    page.unroute_all(behavior="ignoreErrors")


def test_a_page_that_was_seen_before_is_there_at_once(page: Page) -> None:
    open_page(page, "/")
    page.click("#pages a[data-page='/pasar']")
    expect(page.locator("#panel-bars .bars")).to_be_visible()
    with unanswered(page):
        page.click("#pages a[data-page='/']")
        expect(page.locator("#panel-calls .tile-value")).to_contain_text("1.284")
        expect(page.locator("#panel-map .choroplethlayer path")).to_have_count(10)


def test_a_page_that_was_seen_before_says_that_it_is_the_last_picture(page: Page, server: StandIn) -> None:
    open_page(page, "/")
    page.click("#pages a[data-page='/pasar']")
    expect(page.locator("#panel-bars .bars")).to_be_visible()
    server.become(well=False)
    page.click("#pages a[data-page='/']")
    expect(page.locator("#panel-calls .note")).to_contain_text("gambar terakhir", timeout=30_000)
    expect(page.locator("#panel-calls .tile-value")).to_contain_text("1.284")


def test_a_new_theme_waits_for_nobody(page: Page) -> None:
    open_page(page, "/")
    drawn = page.locator("#panel-map").get_attribute("data-drawing")
    with unanswered(page):
        page.keyboard.press("t")
        expect(page.locator("#panel-map")).not_to_have_attribute("data-drawing", drawn or "")


def test_a_new_build_reloads_the_page(page: Page, server: StandIn) -> None:
    with page.expect_response("**/bell*"):
        open_page(page, "/")
    page.evaluate("window.oldPage = true")
    with page.expect_event("load"):
        server.become(build="2")
    assert page.evaluate("window.oldPage") is None


def test_no_data_is_a_sentence_and_not_an_empty_chart(page: Page) -> None:
    open_page(page, "/pasar")
    expect(page.locator("#panel-none .note")).to_have_text("Tidak ada pesanan dalam periode ini.")
    expect(page.locator("#panel-none .frame")).to_be_hidden()


def test_an_age_beyond_its_promise_is_marked(page: Page) -> None:
    open_page(page, "/")
    expect(page.locator("#panel-covid .age[data-stale]")).to_have_text("6 mnt")
    expect(page.locator("#panel-calls .age[data-stale]")).to_have_count(0)


def test_language_and_theme_switch_in_place(page: Page) -> None:
    open_page(page, "/?tema=terang")
    page.keyboard.press("l")
    expect(page.locator(".page-head")).to_contain_text("The city today")
    assert page.evaluate("document.documentElement.lang") == "en"
    before = page.evaluate("pantau.figure({data: [{line: {color: 'token:act'}}]}).data[0].line.color")
    page.keyboard.press("t")
    after = page.evaluate("pantau.figure({data: [{line: {color: 'token:act'}}]}).data[0].line.color")
    assert before != after


def test_definition_and_table_open_by_keyboard_and_close_with_escape(page: Page) -> None:
    open_page(page, "/?wilayah=64.72.05")
    for button, words in (("meaning", "Diskominfo"), ("table", "Samarinda Seberang")):
        page.locator(f"#panel-heat [popovertarget={button}-heat]").first.press("Enter")
        expect(page.locator(f"#{button}-heat")).to_contain_text(words)
        page.keyboard.press("Escape")
        expect(page.locator(f"#{button}-heat")).to_be_hidden()
    assert "wilayah" in page.url  # Escape closed the card and left the area alone


def test_navigation_keeps_what_was_chosen(page: Page) -> None:
    seen = troubles(page)
    open_page(page, "/?kota=surabaya&periode=7h&saring=kategori:Sembako")
    page.locator("nav.pages a", has_text="Pasar").click()
    expect(page.locator(".page-head")).to_contain_text("Siapa belanja")
    assert page.url.endswith("/pasar?kota=surabaya&periode=7h")
    expect(page.locator("#panel-bars[data-state=ok]")).to_be_visible()
    assert seen == []


def test_words_of_a_source_are_never_html(page: Page, server: StandIn) -> None:
    evil = "<img src=x onerror='window.hacked=1'>"
    server.become(panels={"agencies": {"title": evil, "table": {"columns": [{"label": evil}], "rows": [[evil]]}}})
    open_page(page, "/pasar")
    expect(page.locator("#panel-agencies td")).to_have_text(evil)
    expect(page.locator("#panel-agencies .panel-title")).to_have_text(evil)
    assert page.evaluate("window.hacked") is None


def test_security_headers_and_immutable_files(page: Page) -> None:
    reply = page.goto("/")
    assert reply is not None
    policy = reply.headers["content-security-policy"]
    assert "script-src 'self' 'sha256-" in policy and "unsafe-eval" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"
    style = page.request.get(page.locator("link[href*=tokens]").get_attribute("href") or "")
    assert "immutable" in style.headers["cache-control"] and style.headers["content-encoding"] == "br"
    assert page.request.get("/assets/dashboard/shell.py").status == 404  # only that folder, not the checkout
