"""A visit as the mayor makes it, on a phone: sign in, this morning, the worst agency, a person, a file, the trail."""

import re
import secrets
import time

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.access import accounts, codes
from dashboard.access.roles import Grant, Role
from etl import audit
from etl.cities import load_city
from tests.browser.axe import barriers
from tests.world import World

pytestmark = pytest.mark.browser

HERE = load_city("samarinda")
PASSWORD, WHY = "perahu kecil di hulu", "memeriksa bulan berjalan"


def mayor(login: str) -> str:
    """An account that signs in with a code; its sealed key."""
    key = codes.fresh_secret()
    made = accounts.add(login, f"Wali {login}", PASSWORD, "tests", must_change=False)
    accounts.grant(made, Grant(Role.MAYOR, HERE.code), "tests")
    accounts.set_code_secret(made, key)
    return key


def sign_in(page: Page, login: str, key: str) -> None:
    page.get_by_label("Nama akun").fill(login)
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    page.get_by_label("Kode").fill(pyotp.TOTP(codes.plain(key)).at(int(time.time())))
    page.get_by_role("button", name="Lanjut").click()


def assert_whole(page: Page) -> None:
    """Nothing lies beside the screen, nobody is kept out."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} scrolls sideways"
    assert barriers(page) == []


def test_from_the_morning_to_one_civil_servant(world: World, browser: Browser) -> None:
    login = f"uji-{secrets.token_hex(4)}"
    key = mayor(login)
    with browser.new_context(base_url=world.command_url, viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto("/pagi?kota=samarinda")
        sign_in(page, login, key)
        expect(page.get_by_role("heading", level=1)).to_have_text("Pagi ini")
        assert_whole(page)
        page.goto("/belanja?kota=samarinda")
        title = page.locator("#title-ranking")
        expect(title).to_contain_text("terendah")
        assert_whole(page)
        found = re.search(r"terendah (.+) [\d,]+ %", title.inner_text())
        assert found
        page.locator("#panel-ranking tbody tr", has_text=found[1]).locator(".choice").first.click()
        expect(page.locator("#title-units")).to_have_text(f"Unit kerja: {found[1]}")
        page.get_by_role("link", name="Per orang").click()
        page.get_by_label("Alasan").fill(WHY)
        page.get_by_role("button", name="Buka daftar").click()
        page.get_by_text("Saring, kelompokkan, unduh").click()
        page.locator("select[name=agency]").select_option(label=found[1])
        expect(page.locator(".people tbody td").first).to_have_text(found[1])
        assert_whole(page)
        with page.expect_download() as caught:
            page.get_by_role("button", name="Unduh XLSX").click()
        assert caught.value.suggested_filename.endswith(".xlsx")
        file = audit.entries(HERE.code)[0]
        name = page.locator(".who").first.inner_text()
        page.locator(".who").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        assert_whole(page)
    mine = [entry for entry in audit.entries(HERE.code) if entry["name"] == f"Wali {login}"]
    assert file in mine and mine[0]["row_count"] == 1 and mine[-1]["kind"] == "opened"
    assert {entry["reason"] for entry in mine} == {WHY} and audit.broken(HERE.code) is None
