"""What the panels of the emergency desk must show, computed a second time; ``tests.test_truth`` compares."""

from typing import Any

import pandas as pd
import sqlalchemy as sa

from dashboard.panels import (
    CallFunnel,
    Clock,
    Expected,
    HotSpots,
    IndicatorPanel,
    OpenNow,
    RepeatCallers,
    SameIncident,
    Staffing,
)
from etl import keys
from etl.analyses import RESULTS
from etl.cities import City
from etl.contract import Pseudonym
from etl.pseudonyms import pseudonym
from etl.warehouse import Role, engine
from tests import truth
from tests.truths import emergency

Cells = dict[Any, Any]
CALLER = Pseudonym("phone", "emergency")


def expected(
    panel: IndicatorPanel, book: truth.Book, asked: truth.Asked, city: City, figures: dict[str, truth.Figure]
) -> Cells | None:
    """The cells of a panel; None when it is none of the desk's."""
    whole = asked.area == city.code
    rows = truth.counted(figures[panel.indicator.key], book, asked, whole)
    match panel:
        case CallFunnel():
            return funnel(rows)
        case Clock():
            return clock(panel, book, asked, figures, whole)
        case OpenNow():
            return open_now(rows, asked)
        case SameIncident():
            return same_incident(book, asked)
        case RepeatCallers():
            return repeat_callers(rows, book)
        case Expected() | Staffing() | HotSpots():
            return said(panel, city) if whole else {}
    return None


def funnel(rows: pd.DataFrame) -> Cells:
    of = rows.outcome.value_counts()
    count = {
        name: float(of.get(name, 0)) for name in ("ivr_lost", "abandoned", "emergency", "information", "prank", "ghost")
    }
    answered = sum(count[name] for name in ("emergency", "information", "prank", "ghost"))
    count |= {"answered": answered, "desk": answered + count["abandoned"], "incoming": float(len(rows))}
    return {(name, "0"): number for name, number in count.items()} if len(rows) else {}


def clock(panel: Clock, book: truth.Book, asked: truth.Asked, figures: dict[str, truth.Figure], whole: bool) -> Cells:
    counts = truth.counted(figures[panel.of.key], book, asked, whole).called_at.dt.hour.value_counts()
    cells = {}
    for one in filter(None, (panel.indicator, panel.second)):
        rows = truth.counted(figures[one.key], book, asked, whole)
        for hour, part in rows.groupby(rows.called_at.dt.hour):
            if counts.get(hour, 0) >= 5:
                cells[str(hour), one.key] = figures[one.key].made(part)
    return cells if len({hour for hour, key in cells if key == panel.indicator.key}) >= 8 else {}


def open_now(rows: pd.DataFrame, asked: truth.Asked) -> Cells:
    cells: Cells = {}
    for row in rows.itertuples():
        there, left = row.arrived_at <= asked.end, row.dispatched_at <= asked.end
        state = "unit di tempat" if there else "unit di jalan" if left else "menunggu unit"
        waited = round((asked.end - row.called_at).total_seconds() / 60, 3)
        told = (row.category, row.area_code, waited, state)
        cells |= {(row.call_id, str(n)): cell for n, cell in enumerate(told) if not pd.isna(cell)}
    return cells


def same_incident(book: truth.Book, asked: truth.Asked) -> Cells:
    rows = truth.emergencies(book, asked)
    rows = rows[(rows.called_at >= pd.Timestamp(asked.since)) & (rows.called_at < asked.end)]
    cells: Cells = {}
    for _, of in emergency.incidents(rows).groupby("first"):
        first = of.iloc[0]
        if len(of) > 1 and str(first.area_code).startswith(asked.area):
            told = (first.category, first.area_code, len(of))
            cells |= {(first.call_id, str(n)): cell for n, cell in enumerate(told)}
    return cells


def repeat_callers(rows: pd.DataFrame, book: truth.Book) -> Cells:
    """Tags are the beginning of pseudonyms, whose keys this world has."""
    by = rows.groupby("phone").called_at.agg(["size", "max"]).sort_values("size", ascending=False)
    version = keys.newest(CALLER.purpose)
    cells: Cells = {}
    for phone, row in by.head(12).iterrows():
        last = row["max"].tz_localize(book.zone).tz_convert("UTC").isoformat()
        tag = pseudonym(str(phone), CALLER, version)[:4]
        cells |= {(tag, "0"): row["size"], (tag, "1"): last}
    return cells


def said(panel: IndicatorPanel, city: City) -> Cells:
    """What the analysis said last; its own tests hold that it is right."""
    key = "hot_spots" if isinstance(panel, HotSpots) else "calls_forecast"
    mine = sa.select(RESULTS.c.says).where(RESULTS.c.city_code == city.code, RESULTS.c.analysis == key)
    with engine(Role.ANALYST).connect() as connection:
        says = connection.scalar(mine.order_by(RESULTS.c.made_at.desc()).limit(1)) or {}
    if isinstance(panel, HotSpots):
        names = ("days", "came", "expected", "chance")
        told = {
            one["areas"][0]: (len(one["areas"]), *(one[name] for name in names)) for one in says.get("clusters", [])
        }
        return {(area, str(n)): cell for area, line in told.items() for n, cell in enumerate(line)}
    series = ("takers", "takers_high") if isinstance(panel, Staffing) else ("mean", "low", "high")
    return {
        (one["hour"], name): one[name] for one in says.get("hours", []) for name in series if one.get(name) is not None
    }
