"""Signing in, pairing a screen and giving a reason, as people do it: in a browser, on a phone and at a desk.

The command center of this file is a process of its own, which counts only the tries of this file.
"""

import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.access import accounts, codes, reasons, sign_in
from dashboard.access.roles import Grant, Role
from etl import audit
from etl.cities import load_city
from tests.access.test_screens import CODE
from tests.browser.axe import barriers
from tests.signed_in import COOKIE, token_with
from tests.world import World, alive, free_port, serve, until, wait_for_health

pytestmark = pytest.mark.browser

HERE = load_city("samarinda")
SIZES = {390: 844, 1440: 900}
WALL = {"width": 1920, "height": 1080}
GIVEN, OWN = "sungai mahakam pagi", "perahu kecil di hulu"
REVOKED_WITHIN_MS = 5000

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def site(world: World) -> Iterator[str]:
    """Its address."""
    port = free_port()
    group = serve("dashboard.command:server", port, world.state).pid
    wait_for_health(f"http://127.0.0.1:{port}", world.state)
    yield f"http://127.0.0.1:{port}"
    os.killpg(group, signal.SIGTERM)
    until(lambda: not alive(group), lambda: True, world.state / f"web-{port}.log")


@pytest.fixture(params=SIZES)
def tab(request: pytest.FixtureRequest, site: str, browser: Browser) -> Iterator[Open]:
    """Opens a tab of this size, or of another, for who holds some roles, or for nobody."""
    contexts = []

    def opened(*roles: Role, size: dict[str, int] | None = None) -> Page:
        own = {"width": request.param, "height": SIZES[request.param]}
        contexts.append(browser.new_context(base_url=site, viewport=size or own))  # type: ignore[arg-type]
        if roles:
            token = token_with(*(Grant(role, HERE.code) for role in roles))
            contexts[-1].add_cookies([{"name": COOKIE, "value": token, "url": site}])
        return contexts[-1].new_page()

    yield opened
    for context in contexts:
        context.close()


def assert_whole(page: Page) -> None:
    """Nothing lies beside the screen, nobody is kept out."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} scrolls sideways"
    assert barriers(page) == []


def newcomer() -> str:
    """The login of a steward who was never here."""
    login = f"uji-{secrets.token_hex(4)}"
    made = accounts.add(login, "Siti Aminah", GIVEN, "tests")
    accounts.grant(made, Grant(Role.STEWARD, HERE.code), "tests")
    return login


def enter(page: Page, login: str, password: str) -> None:
    page.get_by_label("Nama akun").fill(login)
    page.get_by_label("Kata sandi").fill(password)
    page.get_by_role("button", name="Masuk").click()


def show_code(page: Page, key: str, later: int = 0) -> None:
    """The code that the phone shows, or will some seconds later: each is taken once."""
    page.get_by_label("Kode").fill(pyotp.TOTP(key).at(int(time.time()) + later))
    page.get_by_role("button", name="Pasang" if "ponsel" in page.url else "Lanjut").click()


def test_the_first_sign_in_and_the_next(tab: Open, site: str) -> None:
    page, login = tab(), newcomer()
    page.goto("/mutu?kota=samarinda")
    expect(page).to_have_url(f"{site}/masuk?ke=%2Fmutu%3Fkota%3Dsamarinda")
    enter(page, login, "salah sekali lagi")
    expect(page.get_by_role("alert")).to_have_text(sign_in.WRONG.id)
    assert_whole(page)
    enter(page, login, GIVEN)
    expect(page.locator(".code-picture svg")).to_be_visible()
    assert_whole(page)
    key = page.locator("#key").inner_text()
    page.get_by_label("Kode").fill("000000")
    page.get_by_role("button", name="Pasang").click()
    expect(page.get_by_role("alert")).to_have_text(sign_in.WRONG_CODE.id)
    show_code(page, key)
    page.get_by_label("Kata sandi baru").fill(OWN)
    page.get_by_label("Sekali lagi").fill(OWN)
    assert_whole(page)
    page.get_by_role("button", name="Simpan").click()
    expect(page).to_have_url(f"{site}/mutu?kota=samarinda")
    expect(page.get_by_role("link", name="Akun: Siti Aminah")).to_be_visible()
    page.get_by_role("link", name="Akun: Siti Aminah").click()
    page.get_by_role("button", name="Keluar di sini").click()
    expect(page).to_have_url(f"{site}/masuk")
    enter(page, login, OWN)
    expect(page).to_have_url(f"{site}/masuk/kode?ke=%2F")
    assert_whole(page)
    show_code(page, key, later=codes.STEP_S)
    expect(page.get_by_role("link", name="Akun: Siti Aminah")).to_be_visible()


def test_a_screen_is_paired_from_here_and_revoked(tab: Open, site: str) -> None:
    screen, hand, name = tab(size=WALL), tab(Role.OPERATOR), f"Layar {secrets.token_hex(3)}"
    screen.goto("/layar/baru")
    code = screen.locator(".pair-code").inner_text()
    assert_whole(screen)
    hand.goto("/layar/setuju")
    hand.get_by_label("Kode di layar").fill(code.lower())
    hand.get_by_label("Nama layar").fill(name)
    assert_whole(hand)
    hand.get_by_role("button", name="Setujui").click()
    expect(hand.get_by_role("status")).to_contain_text("Layar terpasang")
    screen.wait_for_url(f"{site}/dinding?kota={HERE.slug}")
    expect(screen.locator(".is-shown [data-panel]").first).to_be_visible()
    row = hand.locator("details.row", has_text=name)
    row.locator("summary").first.click()
    row.get_by_text("Nama, cabut").click()
    row.get_by_text("Cabut layar").click()
    assert_whole(hand)
    row.get_by_role("button", name="Ya, cabut").click()
    screen.wait_for_url(f"{site}/layar/baru", timeout=REVOKED_WITHIN_MS, wait_until="commit")
    expect(screen.locator(".pair-code")).to_have_text(CODE)
    expect(screen.locator(".pair-code")).not_to_have_text(code)


def test_a_reason_comes_before_the_rows(tab: Open) -> None:
    page, said = tab(Role.STEWARD), f"memeriksa kiriman {secrets.token_hex(4)}"
    page.goto(f"/karantina?kota={HERE.slug}")
    cause = page.locator("details.cause").first
    cause.locator("summary").click()
    assert_whole(page)
    cause.get_by_role("button", name="Buka baris").click()  # the browser itself sends no empty reason
    expect(cause.locator("[name=reason]:invalid")).to_be_focused()
    cause.get_by_label("Alasan").fill(" " * reasons.SHORTEST)
    cause.get_by_role("button", name="Buka baris").click()
    expect(page.get_by_role("alert")).to_have_text(reasons.NONE.id)
    assert_whole(page)
    assert all(entry["reason"].strip() for entry in audit.entries(HERE.code))
    cause.locator("summary").click()
    cause.get_by_label("Alasan").fill(said)
    cause.get_by_role("button", name="Buka baris").click()
    expect(page.locator("details.row").first).to_be_visible()
    expect(page.locator(".lead")).to_contain_text(said)
    assert_whole(page)
    page.goto(f"/jejak?kota={HERE.slug}")
    expect(page.get_by_text("SIMULASI", exact=True)).to_be_visible()
    expect(page.get_by_role("row").filter(has_text=said)).to_have_count(2)  # opened, and shown
    assert_whole(page)
