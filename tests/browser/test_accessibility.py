"""No page of either site keeps anybody out: axe-core on all of them, on a phone and at a desk, in every look.

The pages are found: those of the command center in the catalogue, the plain ones by their templates, the public ones
among the routes of their application.
"""

import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, TimeoutError, expect

from dashboard.access import accounts, codes, sessions
from dashboard.access.pages import TEMPLATES
from dashboard.access.roles import Grant, Role
from dashboard.command import ROOT, load_pages
from dashboard.objections import take_in
from dashboard.page import pages
from etl.cities import load_city
from etl.objection_box import Said, drop
from tests.browser.axe import barriers
from tests.browser.screen import Screen
from tests.signed_in import COOKIE, token_with
from tests.world import World, run

load_pages()
pytestmark = pytest.mark.browser

HERE = load_city("samarinda")
SIZES = {390: 844, 1440: 900}
LOOKS = ({"tema": "gelap", "bahasa": "id"}, {"tema": "terang", "bahasa": "en"})
LOOKED_AT = dict(zip(SIZES, LOOKS, strict=True))  # each theme and language in every size, with axe in one of them
FIRST_WITH = {panel.kind: page.path for page in reversed(pages()) for panel in page.panels}  # cards of a kind are alike
STAFF = [Grant(role, HERE.code) for role in (Role.OPERATOR, Role.STEWARD, Role.ADMIN)]
WITHIN = "document.documentElement.scrollWidth <= innerWidth"
OPEN_FOLDED = "document.querySelectorAll('details').forEach((one, index) => { one.open = index < 40; })"
# Of each of these kinds of panel a card of each sort, and the help.
CARDS = """(kinds) => ['help', ...new Map([...document.querySelectorAll('[data-panel] .card')]
  .map((card) => [card.closest('[data-panel]').dataset.kind, card])
  .filter(([kind]) => kinds.includes(kind))
  .map(([kind, card]) => [`${kind} ${card.dataset.what}`, card.id])).values()]"""
SUBMIT = """(address) => {
  document.body.innerHTML = `<form method="post" action="${address}">`;
  document.forms[0].submit();
}"""

Way = Callable[[Page, str], object]


def after_a_reason(page: Page, address: str) -> None:
    """To the rows behind the first cause of a list."""
    page.goto(address)
    cause = page.locator("details:has(form)").first
    cause.locator("summary").click()
    cause.get_by_label("Alasan").or_(cause.get_by_label("Reason")).fill("memeriksa kiriman kemarin")
    cause.get_by_role("button").click()
    page.wait_for_url("**buka=*")
    page.goto(f"{page.url}&{urlsplit(address).query}")


def to_the_list(page: Page, address: str) -> None:
    """To the people of Belanja ASN, after a reason."""
    page.goto(address)
    page.get_by_label("Alasan").or_(page.get_by_label("Reason")).fill("memeriksa bulan berjalan")
    page.get_by_role("button").click()
    page.wait_for_url("**buka=*")
    page.goto(f"{page.url}&{urlsplit(address).query}")


def to_a_person(page: Page, address: str) -> None:
    """To the first of them; what a form opens has the theme of the machine, so that the wanted one is set."""
    to_the_list(page, address)
    with page.expect_navigation():
        page.locator(".who").first.click()
    theme = dict(parse_qsl(urlsplit(address).query))["tema"]
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)


def by_a_form(page: Page, address: str) -> None:
    """By sending a form, from a page of ours: whoever opens a page without a session is led to the sign-in."""
    parts = urlsplit(address)
    page.goto(f"{parts.scheme}://{parts.netloc}/masuk")
    with page.expect_navigation():
        page.evaluate(SUBMIT, address)


@dataclass(frozen=True)
class Place:
    """A plain page: its template, where it is, to whom it is shown, and how one gets there."""

    template: str
    path: str
    who: str = "staff"
    way: Way = Page.goto


PLAIN = (
    Place("sign_in", "/masuk", ""),
    Place("code", "/masuk/kode", "code"),
    Place("phone", "/masuk/ponsel", "enrol"),
    Place("password", "/masuk/sandi", "password"),
    Place("account", "/akun"),
    Place("admin", "/admin"),
    Place("screen_new", "/layar/baru", "screen"),
    Place("screen_approve", "/layar/setuju?kode=ABC-DEF"),
    Place("screens", "/layar"),
    Place("playlists", "/layar/daftar"),
    Place("alerts", "/peringatan"),
    Place("handover", "/meja-112/serah-terima", "operator"),
    Place("morning", "/pagi", "mayor"),
    Place("whole_city", "/seluruh-kota", "mayor"),
    Place("targets", "/target", "mayor"),
    Place("subscriptions", "/langganan", "mayor"),
    Place("briefs", "/ringkasan", "mayor"),
    Place("trail", "/jejak"),
    Place("quarantine", "/karantina"),
    Place("quarantine_rows", "/karantina", way=after_a_reason),
    Place("quarantine_fixes", "/karantina/perbaikan"),
    Place("objections", "/keberatan"),
    Place("objection", "/keberatan", way=after_a_reason),
    Place("findings", "/temuan"),
    Place("finding_cases", "/temuan", way=after_a_reason),
    Place("purchases", "/belanja/temuan", "mayor"),
    Place("purchase_cases", "/belanja/temuan", "mayor", way=after_a_reason),
    Place("roster_reason", "/belanja/orang", "mayor"),
    Place("roster", "/belanja/orang", "mayor", way=to_the_list),
    Place("roster_person", "/belanja/orang", "mayor", way=to_a_person),
    Place("roster_person", "/belanja/orang", "head", way=to_a_person),
    Place("exemptions", "/belanja/pengecualian", "mayor"),
    Place("calm", "/akun/keluar-semua", "", way=by_a_form),  # 401
    Place("calm", "/admin", "operator"),  # 403
    Place("calm", "/tidak-ada"),  # 404
)
ELSEWHERE = {
    "frame": "what the others stand in",
    "wall": "tests/wall/test_legible.py: read from across a room, touched by nobody",
    "provider_out": "tests/access/test_oidc.py, where there is an identity provider",
}


@dataclass
class Visitor:
    """A browser of one size; a tab for everybody who sits at it."""

    url: str
    width: int
    look: dict[str, str]
    new_context: Callable[[], BrowserContext]
    tabs: dict[str, Page] = field(default_factory=dict)

    def tab(self, who: str) -> Page:
        """The tab of somebody, or of nobody."""
        if who not in self.tabs:
            context = self.new_context()
            if who in TOKENS:
                context.add_cookies([{"name": COOKIE, "value": TOKENS[who](), "url": self.url}])
            self.tabs[who] = context.new_page()
        self.sized(self.tabs[who], self.width)
        return self.tabs[who]

    @property
    def own_last(self) -> list[int]:
        """All widths, and that of this browser last."""
        return sorted(SIZES, key=lambda width: width == self.width)

    def sized(self, tab: Page, width: int) -> None:
        """Give a tab the size of that width."""
        tab.set_viewport_size({"width": width, "height": SIZES[width]})


def halfway(need: str) -> str:
    """A session in the middle of a sign-in."""
    login = f"uji-{secrets.token_hex(4)}"
    made = accounts.add(login, "Uji Coba", "sungai mahakam pagi", "tests")
    accounts.grant(made, Grant(Role.STEWARD, HERE.code), "tests")
    accounts.set_code_secret(made, codes.fresh_secret() if need == "code" else None)
    return sessions.open_session(made, need)


TOKENS: dict[str, Callable[[], str]] = {
    "staff": lambda: token_with(*STAFF),
    "operator": lambda: token_with(STAFF[0]),
    "mayor": lambda: token_with(Grant(Role.MAYOR, HERE.code)),
    "head": lambda: token_with(Grant(Role.OPD_HEAD, HERE.code, "D01")),
    "code": lambda: halfway("code"),
    "enrol": lambda: halfway("enrol"),
    "password": lambda: halfway("password"),
}


@pytest.fixture(scope="module")
def checked(world: World) -> World:
    """The world with its cross-checks made and an objection taken in: there is something to look at."""
    run("etl", "findings", "--city", HERE.slug)
    said = Said("not_received", "Tertulis disalurkan, tetapi belum saya terima.", "0812-0000-0000", "")
    drop(HERE.slug, said, "uji", dt.datetime.now(dt.UTC))
    take_in(HERE)
    return world


@pytest.fixture(scope="module", params=SIZES)
def visitor(request: pytest.FixtureRequest, checked: World, browser: Browser) -> Iterator[Visitor]:
    made = Visitor(checked.command_url, request.param, LOOKED_AT[request.param], browser.new_context)
    yield made
    for tab in made.tabs.values():
        tab.context.close()


def assert_open_to_all(page: Page, place: str | None = None) -> None:
    """Nothing serious or critical, and nothing beside the screen."""
    found = barriers(page, place)
    assert not found, "\n".join(found)
    assert_within(page)


def assert_within(page: Page) -> None:
    """Nothing beside the screen, once the charts have the size of their places."""
    with suppress(TimeoutError):
        page.wait_for_function(WITHIN, timeout=5000)
    assert page.evaluate(WITHIN), f"{page.url} scrolls sideways at {page.viewport_size}"


def named(place: Place) -> str:
    return f"{place.template} {place.path} {place.who}"


@pytest.mark.parametrize("path", [page.path for page in pages()])
def test_every_page_of_the_command_center(visitor: Visitor, path: str) -> None:
    audience = next(page.audience for page in pages() if page.path == path)
    tab = visitor.tab("staff" if audience & {grant.role for grant in STAFF} else "mayor")
    screen = Screen(tab, visitor.url)
    for width in visitor.own_last:  # the look is seen in both, drawn once
        visitor.sized(tab, width)
        if width != visitor.width:
            screen.open(f"{visitor.url}{path}?{urlencode({'kota': HERE.slug, **visitor.look})}")
        assert_within(tab)
    screen.leave()
    assert_open_to_all(tab)
    tab.add_style_tag(content=".card { z-index: 99; }")  # axe does not know that an open card lies above everything
    for card in tab.evaluate(CARDS, [kind for kind, first in FIRST_WITH.items() if first == path]):
        tab.evaluate("(card) => document.getElementById(card).showPopover()", card)
        assert_open_to_all(tab, f"#{card}")
    filters = tab.locator("#filters-switch")
    if filters.is_visible():
        tab.evaluate("document.querySelector(':popover-open').hidePopover()")
        filters.click()
        assert_open_to_all(tab, "#filters")


@pytest.mark.parametrize("place", PLAIN, ids=named)
def test_every_plain_page(visitor: Visitor, place: Place) -> None:
    tab = visitor.tab(place.who)
    place.way(tab, f"{visitor.url}{place.path}{'&' if '?' in place.path else '?'}{urlencode(visitor.look)}")
    assert tab.evaluate("document.documentElement.dataset.theme") == visitor.look["tema"]
    tab.evaluate(OPEN_FOLDED)
    for width in visitor.own_last:
        visitor.sized(tab, width)
        assert_within(tab)
    assert_open_to_all(tab)


def test_every_template_is_one_of_them() -> None:
    there = {path.stem for path in (ROOT / TEMPLATES).glob("*.html")}
    assert there == {place.template for place in PLAIN} | ELSEWHERE.keys()


PUBLIC = (
    "/",
    "/samarinda",
    "/samarinda/corona",
    "/angka",
    "/kamus",
    "/samarinda/cek-bantuan",
    "/samarinda/keberatan",
    "/tidak-ada",
)


@pytest.mark.parametrize("path", PUBLIC)
def test_the_public_site_as_it_is_served(visitor: Visitor, world: World, path: str) -> None:
    """With its front, on a real release; every page of it is looked at in tests/public/test_in_browser.py."""
    tab = visitor.tab("public")
    for language, begin in (("id", ""), ("en", "/en")):
        tab.goto(f"{world.public_url}{begin}{path if path != '/' or not begin else ''}")
        expect(tab.locator("html")).to_have_attribute("lang", language)
        assert_open_to_all(tab)


def test_what_the_forms_of_the_public_site_answer(visitor: Visitor, world: World) -> None:
    letters = (world.state / "simulator" / "files" / HERE.slug / "surat-bantuan" / "kode.csv").read_text().split()
    nik, code = letters[1].split(",")
    tab = visitor.tab("public")
    for language, typed, heading in (("", code, "Bantuan untuk NIK"), ("/en", "A" * 8, "Check my aid")):
        tab.goto(f"{world.public_url}{language}/{HERE.slug}/cek-bantuan")
        tab.locator("#nik").fill(nik)
        tab.locator("#kode").fill(typed)
        tab.get_by_role("button").first.click()
        expect(tab.get_by_role("heading", name=heading)).to_be_visible()
        expect(tab.locator("summary")).to_be_visible()
        tab.evaluate(OPEN_FOLDED)
        assert_open_to_all(tab)
    tab.get_by_label("What is not right?").select_option("letter")
    tab.get_by_label("Tell us").fill(f"The code was refused, at {visitor.url} and here.")
    tab.get_by_role("button").last.click()
    expect(tab.get_by_text("Your objection was received")).to_be_visible()
    assert_open_to_all(tab)
