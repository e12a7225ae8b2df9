"""Every page of every city at every width, as the catalogue says: nothing empty, cut off or from elsewhere."""

import csv
import datetime as dt
import io
import json
import re
from itertools import product

import pytest
from playwright.sync_api import Browser, Route, expect

from dashboard.command import load_pages
from dashboard.page import pages
from dashboard.panels import Across, Panel
from etl.cities import all_cities
from tests.browser.screen import Screen
from tests.signed_in import COOKIE, token
from tests.world import World

load_pages()
PATHS = [page.path for page in pages()]
CITIES = [city.slug for city in all_cities()]
WIDTHS = {390: 844, 1440: 900, 1920: 1080, 3840: 2160}
OF_CITY = dict(zip(CITIES, [tuple(WIDTHS), (390, 1920), (390, 1440)], strict=True))  # the first city at every width
# NIK and NIP, also as SIMPEG spaces them; a long fraction of a number is neither.
PERSONAL = re.compile(r"(?<![\w.])\d{16,18}(?!\w)|\b\d{8} \d{6} \d \d{3}\b")
CELLS = "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("path", "city"), list(product(PATHS, CITIES)))
def test_every_page_is_whole_at_every_width(screen: Screen, path: str, city: str) -> None:
    faults = []
    screen.page.set_viewport_size({"width": 390, "height": 844})
    screen.open(f"{path}?kota={city}&tema={('gelap', 'terang')[CITIES.index(city) % 2]}")
    faults += [*unfaithful(screen), *indiscreet(screen)]
    for width in OF_CITY[city]:
        screen.page.set_viewport_size({"width": width, "height": WIDTHS[width]})
        faults += [f"{width}: {fault}" for fault in screen.faults()]
        if (city, width) == (CITIES[0], 1440):  # what the panels mean is the same in every city
            faults += unexplained(screen, path)
    assert not faults, "\n".join(faults)


def unfaithful(screen: Screen) -> list[str]:
    """Panels that are empty though the server has something to show, or the other way round."""
    shown = screen.page.locator("[data-panel]").evaluate_all(
        "all => all.map(({dataset}) => [dataset.panel, dataset.state])"
    )
    answers = screen.answers
    return [f"{name} is {state}" for name, state in shown if answers[name]["state"] != state]


def indiscreet(screen: Screen) -> list[str]:
    """Numbers of persons on the page or in what it was told."""
    told = [screen.page.content(), *(json.dumps(answer, ensure_ascii=False) for answer in screen.answers.values())]
    return [f"a number of a person: {found[0][:6]}…" for text in told for found in PERSONAL.finditer(text)]


def unexplained(screen: Screen, path: str) -> list[str]:
    """Panels whose definition does not open by keyboard, say all that it should, and close again."""
    page, faults = screen.page, []
    for panel in next(page.panels for page in pages() if page.path == path):
        definition, meaning = screen.answer(panel.id)["definition"], page.locator(f"#meaning-{panel.id}")
        page.locator(f"#panel-{panel.id} .panel-foot > .tools [popovertarget=meaning-{panel.id}]").press("Enter")
        expect(meaning).to_be_visible()
        said = meaning.text_content() or ""
        words = ("title", "meaning", "formula", "source", "owner")
        faults += [f"{panel.id}: no {word}" for word in words if not (definition[word] and definition[word] in said)]
        page.keyboard.press("Escape")
        expect(meaning).to_be_hidden()
    return faults


def test_an_indiscreet_page_would_be_noticed() -> None:
    assert PERSONAL.search('"6472050101900001"') and PERSONAL.search("<td>19850317 201001 1 004</td>")
    assert not PERSONAL.search("-0.5021234567890123") and not PERSONAL.search("1764000000000")


@pytest.mark.parametrize("path", PATHS)
def test_tables_hold_what_the_server_said_and_csv_the_same_rows(screen: Screen, path: str) -> None:
    screen.open(f"{path}?kota=samarinda&sejak=2000-01-01&sampai={yesterday()}")
    page = next(page for page in pages() if page.path == path)
    for panel in page.panels:
        table = screen.answer(panel.id).get("table")
        if not table:
            continue
        assert opened_table(screen, panel) == table["rows"], panel.id
        address = screen.page.locator(f"#panel-{panel.id} a[download]").first.get_attribute("href")
        rows = list(csv.reader(io.StringIO(screen.page.request.get(address or "").text().removeprefix("\ufeff"))))
        assert [row[0] for row in rows[1:]] == [row[0] for row in table["rows"]], panel.id
        assert {len(row) for row in rows} == {len(table["columns"])}, panel.id
        numbers = [row[1:-1] if isinstance(panel, Across) else row[1:] for row in rows[1:]]  # which ends with a reason
        assert panel.kind in ("ticker", "table") or all(is_number(cell) for row in numbers for cell in row), panel.id


def opened_table(screen: Screen, panel: Panel) -> list[list[str]]:
    """The cells of a table twin, opened by keyboard; on a tile its button stands in the definition."""
    place, card = screen.page.locator(f"#panel-{panel.id}"), screen.page.locator(f"#table-{panel.id}")
    if panel.kind == "table":
        return place.locator(".words tbody tr").evaluate_all(CELLS)
    if panel.kind == "tile":
        place.locator(f".panel-foot > .tools [popovertarget=meaning-{panel.id}]").press("Enter")
    place.locator(f".icon--table[popovertarget=table-{panel.id}]").press("Enter")
    expect(card.locator("tbody tr, .no-rows").first).to_be_visible()
    cells: list[list[str]] = card.locator("tbody tr").evaluate_all(CELLS)
    screen.page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    return cells


# How far the last panel of each row ends before its grid does, pixels.
GAPS = """() => [...document.querySelectorAll('.grid')].flatMap((grid) => {
  const rows = new Map();
  for (const panel of grid.querySelectorAll(':scope > .panel:not([data-absent])')) rows.set(panel.offsetTop, panel);
  const end = grid.getBoundingClientRect().right;
  return [...rows.values()].map((panel) => Math.round(end - panel.getBoundingClientRect().right));
})"""


def test_what_a_city_lacks_leaves_no_hole(screen: Screen) -> None:
    screen.page.set_viewport_size({"width": 1440, "height": 900})
    screen.open("/pasar?kota=surabaya")
    assert screen.page.locator(".grid > .panel[data-absent]").count() > 0
    gaps = screen.page.evaluate(GAPS)
    assert len(gaps) > 4 and set(gaps) == {0}
    expect(screen.page.locator(".page-none")).to_be_hidden()
    screen.open("/kesehatan?kota=surabaya")
    expect(screen.page.locator(".page-none")).to_be_visible()


def test_a_bar_is_a_day_wide_however_far_the_next_one_is(screen: Screen) -> None:
    screen.open("/corona?kota=samarinda")
    bars = [trace for trace in screen.answer("deaths")["figure"]["data"] if trace["type"] == "bar"]
    assert [trace["width"] / dt.timedelta(days=1).total_seconds() / 1000 for trace in bars] == [0.8]


def test_a_csv_is_saved_by_a_click(screen: Screen) -> None:
    screen.open("/112?kota=surabaya")
    with screen.page.expect_download() as saving:
        screen.page.locator("#panel-category a[download]").click()
    assert saving.value.suggested_filename == "pantau-112-category.csv"
    assert saving.value.path().read_text("utf-8-sig").startswith("Menurut,")


def is_number(cell: str) -> bool:
    """Plain, as a spreadsheet of any language reads it: no thousands' separators, no words."""
    return cell == "" or re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell) is not None


def yesterday() -> str:
    """A period that is over, so that no answer changes between two questions."""
    return (dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)).isoformat()


def test_a_page_whose_only_request_failed_is_asked_for_again(world: World, browser: Browser) -> None:
    """What it shows is there all the same; and nobody stands at a wall to reload it."""
    with browser.new_context(base_url=world.command_url) as context:
        context.add_cookies([{"name": COOKIE, "value": token("operator"), "url": world.command_url}])
        page, lost = context.new_page(), []

        def lose_the_first(route: Route) -> None:
            lost.append(route.request.url)
            route.abort() if len(lost) == 1 else route.continue_()

        page.route("**/_dash-update-component*", lose_the_first)
        page.goto("/112?kota=samarinda")
        expect(page.locator("#panel-calls[data-state=ok]")).to_be_visible(timeout=60_000)
        assert len(lost) <= 1
        expect(page.locator("#_pages_content #panel-calls[data-state=ok]")).to_be_visible(timeout=60_000)
        assert len(lost) == 2
