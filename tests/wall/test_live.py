"""A wall in a room: it follows what is loaded, is taken over by what matters, and comes back from every outage."""

import datetime as dt
import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.wall.geometry import PRESETS
from dashboard.wall.routes import OPEN_FOR_S
from tests.wall.town import CITY, Town, call_now
from tests.wall.watched import BACK_WITHIN_S, Watched

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

FIRE = "Kebakaran"
ATTENTION_WITHIN_S = 2
# Notes the moment (ms since 1970) at which an element becomes visible.
SEEN = """(id) => {
  const node = document.getElementById(id);
  window.seenAt = 0;
  new MutationObserver(() => {
    if (!node.hidden) requestAnimationFrame(() => requestAnimationFrame(() => { window.seenAt ||= Date.now(); }));
  }).observe(node, { attributes: true, attributeFilter: ['hidden'] });
}"""

# As if every scene were about to go on, for ever.
LAST_SECONDS = """() => {
  const { turn } = pantau;
  pantau.turn = (...said) => ({ ...turn(...said), left: 2 });
}"""
DRAWN = """() => [...document.querySelectorAll('.scene')]
  .filter((scene) => !scene.querySelector('.panel:not([data-state])')).map(({ dataset }) => dataset.scene)"""


def row_of(wall: Watched, phone: Page) -> Locator:
    """The wall's own line on the operator's phone, opened."""
    phone.goto("/layar")
    row = phone.locator("details.row", has_text=wall.name)
    row.locator("summary").first.click()
    return row


def pin(wall: Watched, phone: Page, scene: str) -> None:
    """Let the wall show one scene, as the operator does it."""
    row = row_of(wall, phone)
    row.get_by_label("Sematkan satu adegan").select_option(scene)
    row.get_by_role("button", name="Sematkan", exact=True).click()
    wall.until(lambda: wall.scene() == scene, f"not at {scene}")
    wall.drawn()


def test_a_call_is_on_the_wall_without_a_reload(wall: Watched, town: Town) -> None:
    before = int(wall.value("emergencies"))
    wall.page.evaluate("document.querySelectorAll('.is-shown .panel').forEach((panel) => { panel.mine = true; })")
    town.call(call_now())
    wall.until(lambda: int(wall.value("emergencies")) == before + 1, "the call did not come")
    wall.equals_the_server()
    assert wall.page.evaluate("[...document.querySelectorAll('.is-shown .panel')].every(({ mine }) => mine)")
    assert (wall.loads, wall.complaints, wall.foreign) == (1, [], [])


def accept(phone: Page) -> None:
    """Everything that waits for an answer: what other tests called in may be more than is usual."""
    phone.goto("/layar")
    waiting = phone.get_by_role("button", name="Terima")
    while waiting.count():
        waiting.first.click()
        expect(phone.get_by_role("status")).to_contain_text("Anda terima")


def test_a_fire_takes_the_wall_over_until_somebody_answers(wall: Watched, phone: Page, town: Town) -> None:
    accept(phone)
    attention = wall.page.locator("#attention")
    expect(attention).to_be_hidden()
    wall.page.add_init_script(f"addEventListener('DOMContentLoaded', () => ({SEEN})('attention'))")  # if it loads anew
    wall.page.evaluate(SEEN, "attention")
    before, _ = town.changed_at()
    town.call(call_now(FIRE))
    expect(attention).to_be_visible()
    wall.until(lambda: wall.page.evaluate("window.seenAt"), "never painted")
    version, loaded_at = town.changed_at()
    assert version > before and wall.page.evaluate("window.seenAt") / 1000 - loaded_at < ATTENTION_WITHIN_S
    expect(attention).to_contain_text("tiba ≤ 6 menit")
    expect(attention).to_contain_text("Damkar")
    expect(attention.locator(".point")).to_be_visible()
    wall.until(lambda: wall.page.evaluate("pantau.rings > 0"), "no sound")
    accept(phone)
    expect(attention).to_be_hidden()
    phone.goto("/peringatan")
    expect(phone.locator(".line", has_text=FIRE).first).to_contain_text("diterima Operator")
    rung = wall.page.evaluate("pantau.rings")
    wall.drawn()
    assert wall.page.evaluate("pantau.rings") == rung
    assert wall.complaints == []


def test_scenes_take_turns_and_are_steered_from_a_phone(turning: Watched, phone: Page) -> None:
    wall = turning
    first = wall.scene()
    row_of(wall, phone).get_by_role("button", name="Berikutnya").click()
    wall.until(lambda: wall.scene() != first, "it did not go on")
    row_of(wall, phone).get_by_role("button", name="Sebelumnya").click()
    wall.until(lambda: wall.scene() == first, "it did not go back")
    pin(wall, phone, "112")
    row = row_of(wall, phone)
    row.get_by_label("Pesan ke layar").fill("Rapat pukul 10")
    row.get_by_role("button", name="Tampilkan").click()
    expect(wall.page.locator("#message")).to_have_text("Rapat pukul 10")
    told = phone.locator("details.row", has_text=wall.name).locator(".live")
    expect(told).to_contain_text(wall.page.locator("#title").inner_text())
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_next_scene_is_there_before_its_turn(turning: Watched) -> None:
    """Shortly before a scene goes on the next one is fetched and drawn: nobody sees how it fills."""
    wall, shown = turning, turning.scene()
    wall.page.evaluate(f"({LAST_SECONDS})()")
    wall.until(lambda: wall.page.evaluate(f"({DRAWN})()") != [shown], "no other scene was drawn")
    assert wall.scene() == shown
    assert shown in wall.page.evaluate(f"({DRAWN})()")


def test_it_darkens_at_night_and_moves_against_burn_in(wall: Watched, phone: Page) -> None:
    row = row_of(wall, phone)
    row.get_by_text("Kecerahan, malam").click()
    row.get_by_label("Redup malam").check()
    row.get_by_label("Dari").fill("00:00")
    row.get_by_label("Sampai", exact=True).fill("23:59")
    row.get_by_label("Kecerahan malam").fill("40")
    row.get_by_role("button", name="Simpan kecerahan").click()
    expect(wall.page.locator("#night")).to_have_attribute("style", re.compile("opacity: 0.6"))
    places = {wall.page.evaluate("(pantau.move(), document.getElementById('wall').style.translate)") for _ in range(9)}
    assert len(places) > 3
    far = PRESETS["tv55"][1].text_px * 0.1 + 1
    assert all(abs(float(part.removesuffix("px"))) <= far for place in places for part in place.split())


def test_the_clock_of_the_screen_does_not_count(wall: Watched) -> None:
    wall.page.evaluate("Date.now = () => 0")
    now = dt.datetime.now(CITY.tz)
    minutes = [f"{now + dt.timedelta(minutes=more):%H.%M}" for more in (0, 1)]
    expect(wall.page.locator("#clock")).to_contain_text(re.compile("|".join(map(re.escape, minutes))))
    expect(wall.page.locator(".is-shown .age").first).to_contain_text(re.compile("dtk|mnt"))


def comes_back(wall: Watched, since: float) -> None:
    """Within half a minute of the end of an outage everything shown is the server's again, without a hand."""
    wall.until(lambda: wall.page.locator("#strip").is_hidden(), "still lost")
    wall.equals_the_server()
    assert time.monotonic() - since < BACK_WITHIN_S
    assert wall.complaints == []


def is_lost_with_its_picture(wall: Watched) -> None:
    expect(wall.page.locator("#strip")).to_be_visible(timeout=60_000)
    expect(wall.page.locator("#strip")).to_contain_text("gambar terakhir")
    expect(wall.page.locator(".is-shown .value b").first).not_to_be_empty()
    expect(wall.page.locator(".is-shown .age").first).to_contain_text(re.compile("dtk|mnt"))


def test_a_killed_server(wall: Watched, town: Town) -> None:
    with town.without("command"):
        is_lost_with_its_picture(wall)
        town.call(call_now())
    comes_back(wall, time.monotonic())
    assert wall.loads == 1


def test_a_network_that_is_gone(wall: Watched, town: Town) -> None:
    wall.page.context.set_offline(True)
    is_lost_with_its_picture(wall)
    town.call(call_now())
    wall.page.context.set_offline(False)
    comes_back(wall, time.monotonic())
    assert wall.loads == 1


def impatient(wall: Watched) -> None:
    """Let it wait for four seconds where it waits for fourteen: for longer than this town keeps a question open."""
    assert wall.page.evaluate("pantau.patience") > 1000 * (OPEN_FOR_S + 2), "it gives up what is only kept open"
    with wall.page.expect_request("**/dinding/keadaan*"):
        wall.page.evaluate("pantau.patience = 4000")


def test_a_frozen_server(wall: Watched, town: Town) -> None:
    """It takes the connection and says nothing: the hardest to notice."""
    impatient(wall)
    with town.frozen("command"):
        is_lost_with_its_picture(wall)
    comes_back(wall, time.monotonic())


def test_a_database_that_is_restarted(wall: Watched, town: Town) -> None:
    before, since = int(wall.value("emergencies")), time.monotonic()
    town.cluster.stop()
    town.call(call_now())
    wall.until(lambda: int(wall.value("emergencies")) == before + 1, "the call did not come")
    comes_back(wall, since)
    assert wall.loads == 1 and wall.scene() == "kota"


def test_a_database_that_does_not_answer(wall: Watched, town: Town) -> None:
    impatient(wall)
    before = wall.value("emergencies")
    with town.frozen_database():
        is_lost_with_its_picture(wall)
        assert wall.value("emergencies") == before
    comes_back(wall, time.monotonic())
    assert wall.loads == 1 and wall.scene() == "kota"


def test_a_new_release_is_loaded_by_itself(wall: Watched, town: Town) -> None:
    town.upgrade()
    wall.until(lambda: wall.loads == 2, "it does not load the new release")
    wall.drawn()
    comes_back(wall, time.monotonic())


def test_a_broken_scene_is_left_out_and_told(turning: Watched, phone: Page) -> None:
    wall = turning
    wall.page.route("**/adegan/112?*", lambda route: route.fulfill(status=500, body="{}"))
    wall.page.reload()
    wall.drawn()
    for _ in range(2):
        row_of(wall, phone).get_by_role("button", name="Berikutnya").click()
        wall.drawn()
        assert wall.scene() != "112"
    row = phone.locator("details.row", has_text=wall.name)
    expect(row).to_contain_text("Tidak dapat menampilkan", timeout=60_000)
    wall.page.unroute("**/adegan/112?*")
    wall.until(lambda: wall.page.evaluate("pantau.trouble()") == "", "not tried again", within_s=90)
    assert "500" not in wall.page.locator("body").inner_text()
