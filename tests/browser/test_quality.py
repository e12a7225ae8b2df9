"""Mutu data: what the ledger holds is what the page says, and every figure leads there."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from dashboard.command import load_pages
from dashboard.page import PAGES
from dashboard.panels import IndicatorPanel
from etl.cities import all_cities, load_city
from etl.status import SUMMED, status
from etl.warehouse import QUARANTINE, Role, engine
from tests.browser.screen import Screen

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


def told(city: str) -> dict[str, dict[str, Any]]:
    """What the ledger says of every source of a city, by source."""
    with engine(Role.ETL).connect() as connection:
        return {one["source"]: one for one in status(connection, [load_city(city)])}


@pytest.mark.parametrize("city", CITIES)
def test_the_page_says_what_the_ledger_holds(screen: Screen, city: str) -> None:
    screen.open(f"/mutu?kota={city}")
    shown, held = {line["Sumber"]: line for line in rows(screen, "sources")}, told(city)
    assert shown.keys() == held.keys()
    labels = ("Diterima", "Dimuat", "Tetap", "Tersusul", "Dikarantina", "Dihapus")
    for source, line in shown.items():
        assert [line[label] for label in labels] == [written(held[source][name]) for name in SUMMED], source
        assert line["Seimbang"] == "✓" and held[source]["balanced"]
    waiting = sa.and_(QUARANTINE.c.city_code == load_city(city).code, QUARANTINE.c.state == "open")
    with engine(Role.ETL).connect() as connection:
        refused = connection.scalar(sa.select(sa.func.count()).where(waiting)) or 0
    assert refused and sum(int(line["Baris"].replace(".", "")) for line in rows(screen, "quarantine")) == refused


def test_a_source_opens_its_own_deliveries(screen: Screen) -> None:
    screen.open("/mutu?kota=surabaya&periode=semua")
    screen.renew(screen.page.locator('#panel-sources [data-patch="saring=source:112"]').click)
    assert {line["Sumber"] for line in rows(screen, "runs")} == {"112"}


def test_a_figure_leads_to_the_deliveries_that_it_stands_on(screen: Screen) -> None:
    panel = next(one for one in PAGES["112"].panels if isinstance(one, IndicatorPanel))
    screen.open("/112?kota=samarinda")
    screen.page.locator(f"#panel-{panel.id} .panel-foot > .tools [popovertarget=meaning-{panel.id}]").press("Enter")
    links = screen.page.locator(f"#meaning-{panel.id} .lineage")
    expect(links).to_have_count(len(panel.datasets))
    screen.open(str(links.first.get_attribute("href")))
    assert parse_qs(urlsplit(screen.page.url).query)["saring"] == [f"dataset:{panel.datasets[0]}"]
    of = {source for source, one in told("samarinda").items() if one["dataset"] == panel.datasets[0]}
    assert {line["Sumber"] for line in rows(screen, "sources")} == of
