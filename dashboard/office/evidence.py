"""Where a figure can be looked at: the page that shows it, with the days of the question in its address."""

import datetime as dt
from functools import cache
from urllib.parse import urlencode

from dashboard.access.roles import Role
from dashboard.indicator import Indicator
from dashboard.page import Page, pages
from dashboard.panels import Panel, Tile
from dashboard.panels.base import IndicatorPanel
from etl.cities import City


def _shows(panel: Panel, about: Indicator) -> int:
    """How well a panel shows an indicator: its tile best, beside others less, not at all."""
    if not isinstance(panel, IndicatorPanel) or about.key not in {one.key for one in panel.indicators}:
        return 0
    return 3 if isinstance(panel, Tile) else 2 if panel.indicator.key == about.key else 1


@cache
def page_of(about: Indicator) -> Page | None:
    """The page on which a mayor sees an indicator best; of equal ones the later, which says more of its subject."""
    open_ones = [page for page in pages() if Role.MAYOR in page.audience]
    best = [(max((_shows(panel, about) for panel in page.panels), default=0), page.order, page) for page in open_ones]
    how_well, _, page = max(best, key=lambda one: one[:2], default=(0, 0, None))
    return page if how_well else None


def evidence(about: Indicator, city: City, day: dt.date | None, language: str) -> dict[str, str] | None:
    """The name of the page that shows an indicator and its address, of one day or of the last seven."""
    page = page_of(about)
    if page is None:
        return None
    days = {"sejak": day.isoformat(), "sampai": day.isoformat()} if day else {"periode": "7h"}
    asked = {"kota": city.slug, **days, "bahasa": language}
    return {"slug": page.slug, "title": page.title.say(language), "address": f"{page.path}?{urlencode(asked)}"}
