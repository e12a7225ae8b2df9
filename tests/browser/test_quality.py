"""Mutu data: what the ledger holds is what the page says, and every figure leads there."""

import json
from itertools import product
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from dashboard.command import load_pages
from dashboard.page import PAGES
from dashboard.panels import IndicatorPanel
from etl.cities import all_cities, load_city
from etl.status import SUMMED
from etl.warehouse import QUARANTINE, Role, engine
from tests.browser.screen import Screen
from tests.world import World, run

load_pages()
CITIES = [city.slug for city in all_cities()]
pytestmark = pytest.mark.browser


def rows(screen: Screen, panel: str) -> list[dict[str, str]]:
    """The lines of a view as they stand on the screen, by column."""
    table = screen.answer(panel).get("table") or {"columns": [], "rows": []}
    labels = [column["label"] for column in table["columns"]]
    return [dict(zip(labels, row, strict=True)) for row in table["rows"]]


def written(number: int) -> str:
    return f"{number:,}".replace(",", ".")


@pytest.mark.parametrize("city", CITIES)
def test_the_page_says_what_the_ledger_holds(screen: Screen, city: str) -> None:
    screen.open(f"/mutu?kota={city}")
    shown = {line["Sumber"]: line for line in rows(screen, "sources")}
    told = {one["source"]: one for one in json.loads(run("etl", "status", "--json")) if one["city"] == city}
    assert shown.keys() == told.keys()
    labels = ("Diterima", "Dimuat", "Tetap", "Tersusul", "Dikarantina", "Dihapus")
    for source, line in shown.items():
        assert [line[label] for label in labels] == [written(told[source][name]) for name in SUMMED], source
        assert line["Seimbang"] == "✓" and told[source]["balanced"]


@pytest.mark.parametrize("city", CITIES)
def test_every_open_refused_row_is_counted_under_its_cause(screen: Screen, city: str) -> None:
    screen.open(f"/mutu?kota={city}")
    waiting = sa.and_(QUARANTINE.c.city_code == load_city(city).code, QUARANTINE.c.state == "open")
    with engine(Role.ETL).connect() as connection:
        held = connection.scalar(sa.select(sa.func.count()).where(waiting)) or 0
    assert held and sum(int(line["Baris"].replace(".", "")) for line in rows(screen, "quarantine")) == held


def test_a_source_opens_its_own_deliveries(screen: Screen) -> None:
    screen.open("/mutu?kota=surabaya&periode=semua")
    screen.renew(screen.page.locator('#panel-sources [data-patch="saring=source:112"]').click)
    assert {line["Sumber"] for line in rows(screen, "runs")} == {"112"}


@pytest.mark.parametrize(("slug", "city"), list(product(("kota", "112"), CITIES[:1])))
def test_a_figure_leads_to_the_deliveries_that_it_stands_on(world: World, screen: Screen, slug: str, city: str) -> None:
    page = PAGES[slug]
    panel = next(one for one in page.panels if isinstance(one, IndicatorPanel))
    screen.open(f"{page.path}?kota={city}")
    screen.page.locator(f"#panel-{panel.id} .panel-foot > .tools [popovertarget=meaning-{panel.id}]").press("Enter")
    links = screen.page.locator(f"#meaning-{panel.id} .lineage")
    expect(links).to_have_count(len(panel.datasets))
    screen.open(str(links.first.get_attribute("href")))
    assert parse_qs(urlsplit(screen.page.url).query)["saring"] == [f"dataset:{panel.datasets[0]}"]
    told = [one for one in json.loads(run("etl", "status", "--json")) if one["city"] == city]
    of = {one["source"] for one in told if one["dataset"] == panel.datasets[0]}
    assert {line["Sumber"] for line in rows(screen, "sources")} == of
