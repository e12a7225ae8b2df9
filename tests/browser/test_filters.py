"""Hands on the page: areas, bars, days, chips, buttons, Back; the address makes the view."""

import datetime as dt
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from etl.areas import area_book
from etl.cities import load_city
from tests.browser.screen import Screen

pytestmark = pytest.mark.browser

NOW = dt.datetime.now(dt.UTC).date()
PAST = f"sejak={NOW - dt.timedelta(days=20)}&sampai={NOW - dt.timedelta(days=4)}"  # its figures stand still


def as_served(screen: Screen) -> dict[str, str]:
    """The tiles that the server tells anyone who asks for this view."""
    query = urlsplit(screen.page.url).query
    page = screen.page.locator("[data-page-name]").get_attribute("data-page-name")
    answers = {name: screen.page.request.get(f"/panel/{page}/{name}?{query}").json() for name in screen.tiles()}
    return {name: answer["tile"]["value"] for name, answer in answers.items()}


def test_clicks_on_the_map_lead_down_and_the_trail_leads_up(screen: Screen) -> None:
    city = load_city("samarinda")
    book = area_book(city)
    screen.open(f"/112?kota=samarinda&{PAST}")
    whole = screen.tiles()
    screen.renew(lambda: screen.click_area(2))
    (kecamatan,) = screen.query()["wilayah"]
    expect(screen.page.locator("#trail")).to_contain_text(book.areas[kecamatan].name)
    assert screen.tiles() == as_served(screen) != whole
    expect(screen.page.locator("#panel-map .choroplethlayer path")).to_have_count(len(book.children(kecamatan)))
    screen.renew(lambda: screen.click_area(1))
    (kelurahan,) = screen.query()["wilayah"]
    assert kelurahan in {area.code for area in book.children(kecamatan)}
    assert screen.tiles() == as_served(screen)
    steps = screen.page.locator("#trail button")
    expect(steps).to_have_text(["Kota", book.areas[kecamatan].name, book.areas[kelurahan].name])
    screen.renew(lambda: steps.nth(1).click())
    assert screen.query()["wilayah"] == [kecamatan]
    screen.renew(lambda: steps.nth(0).click())
    assert "wilayah" not in screen.query() and screen.tiles() == whole


def test_back_and_forward_walk_through_the_views(screen: Screen) -> None:
    screen.open(f"/pasar?kota=samarinda&{PAST}")
    views = [(screen.page.url, screen.tiles())]
    for number in (1, 0):
        screen.renew(lambda number=number: screen.click_area(number))
        views.append((screen.page.url, screen.tiles()))
    assert all(one != other for one, other in pairwise(views))
    for view in views[1::-1]:
        screen.renew(screen.page.go_back)
        assert (screen.page.url, screen.tiles()) == view
    screen.renew(screen.page.go_forward)
    assert (screen.page.url, screen.tiles()) == views[1]


def test_a_bar_filters_the_whole_page_and_its_chip_releases_it(screen: Screen) -> None:
    screen.open(f"/112?kota=surabaya&{PAST}")
    whole, title = screen.tiles(), screen.answer("category")["title"]
    bar = screen.page.locator("#panel-category .bars .point").nth(1)
    screen.renew(lambda: bar.click(force=True))
    ((filter_),) = (screen.query()["saring"],)
    dimension, value = filter_[0].split(":")
    assert dimension == "category"
    expect(screen.page.locator("#chips")).to_contain_text(value)
    assert screen.tiles() == as_served(screen)
    assert screen.tiles()["emergencies"] != whole["emergencies"]
    screen.renew(screen.page.locator("#chips button").click)
    assert "saring" not in screen.query()
    assert screen.tiles() == whole and screen.answer("category")["title"] == title


def test_a_bar_of_time_narrows_the_days(screen: Screen) -> None:
    screen.open(f"/112?kota=banyumas&{PAST}")
    screen.renew(
        lambda: screen.page.locator("#panel-trend .trace.bars").last.locator(".point").nth(3).click(force=True)
    )
    asked = screen.query()
    assert asked["sejak"] == asked["sampai"] == [f"{NOW - dt.timedelta(days=17)}"]
    assert screen.tiles() == as_served(screen)


def test_buttons_for_period_and_city(screen: Screen) -> None:
    screen.open("/corona?kota=samarinda&wilayah=64.72.03")
    screen.renew(screen.page.locator("#periods button", has_text="30 hari").click)
    assert screen.query()["periode"] == ["30h"]
    expect(screen.page.locator("#periods button[aria-pressed=true]")).to_have_text("30 hari")
    screen.renew(screen.page.locator("#cities button", has_text="Banyumas").click)
    assert screen.query() == {"kota": ["banyumas"], "periode": ["30h"]}  # an area of Samarinda means nothing here
    expect(screen.page.locator("#cities button[aria-pressed=true]")).to_have_text("Banyumas")
    expect(screen.page.locator("#panel-map .choroplethlayer path")).to_have_count(
        len(area_book(load_city("banyumas")).children("33.02"))
    )


def test_the_address_makes_the_same_view_in_another_tab(screen: Screen) -> None:
    screen.open(f"/pasar?kota=surabaya&{PAST}")
    screen.renew(lambda: screen.click_area(4))
    screen.renew(lambda: screen.page.locator("#panel-category .bars .point").first.click(force=True))
    other = Screen(screen.page.context.new_page(), screen.origin)
    other.open(screen.page.url)
    assert other.tiles() == screen.tiles()
    words = ".panel-title, #trail, #chips, #periods [aria-pressed=true]"
    assert other.page.locator(words).all_text_contents() == screen.page.locator(words).all_text_contents()
    other.page.close()


def test_a_permalink_shows_the_same_numbers(screen: Screen) -> None:
    screen.open(f"/112?kota=samarinda&{PAST}")
    link = screen.page.locator("#panel-map .panel-foot > .tools .icon--link").get_attribute("href") or ""
    before = screen.tiles()
    assert "as_of=" in link and link.endswith("#panel-map")
    screen.open(link)
    assert screen.tiles() == before
    expect(screen.page.locator("#chips")).to_contain_text("Per ")


def test_before_anything_was_loaded_nothing_was_known(screen: Screen) -> None:
    """The other side of the permalink: the moment of knowledge really reaches the numbers."""
    screen.open(f"/112?kota=samarinda&{PAST}")
    known = screen.tiles()
    screen.open(f"/112?kota=samarinda&{PAST}&as_of=2020-01-01T00:00:00Z")
    assert screen.tiles().get("calls") in (None, "0") and known["calls"] != "0"
