"""Every figure on every page equals the truth, computed a second time from the simulator's own store."""

import csv
import datetime as dt
import math
from dataclasses import replace
from functools import lru_cache, partial
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from dashboard.analyses.services import DIGITALISATION
from dashboard.analysis import latest
from dashboard.areas import places
from dashboard.command import load_pages
from dashboard.indicators import indicators, plan
from dashboard.page import PAGES
from dashboard.panels import (
    Across,
    Bars,
    Beside,
    Heat,
    IndicatorPanel,
    Level,
    Lorenz,
    Map,
    MonthEnd,
    Months,
    NearCap,
    Nowcast,
    Ranking,
    Reproduction,
    Rows,
    Series,
    SmoothedMap,
    Ticker,
    Tile,
    Units,
)
from dashboard.panels.digitalised import Digitalised
from dashboard.queries import Asked as Question
from dashboard.queries import compared, step_for, value
from dashboard.scope import DAY, PRESETS, Scope
from etl.cities import City, all_cities, load_city
from etl.warehouse import reading
from tests import desk, epidemic, purchases, services, truth
from tests.truths import aid_market
from tests.world import World

load_pages()
CITIES = [city.slug for city in all_cities()]
# Ways of asking: as the page opens; a past stretch without today; one kecamatan; a stretch of weeks.
WAYS = ("opened", "past", "kecamatan", "day")
PANELS = [(page.slug, panel) for page in PAGES.values() for panel in page.panels if isinstance(panel, IndicatorPanel)]
# What several cities come to is made of figures that are compared here: tests/test_across.py.
PANELS = [(page, panel) for page, panel in PANELS if not isinstance(panel, Across)]


def test_every_indicator_has_a_second_computation() -> None:
    assert set(truth.figures(10)) == set(indicators())


@pytest.mark.parametrize(("slug", "way"), list(product(CITIES, WAYS)))
def test_pages_show_the_truth(world: World, slug: str, way: str) -> None:
    city = load_city(slug)
    wrong, compared = [], 0
    now = dt.datetime.now(dt.UTC)
    with reading(city.code) as connection:
        there = places(connection, city)
        for page, panel in PANELS:
            question = ask(city, PAGES[page].period, way, now)
            answer = panel.answer(connection, question, there)
            expected = expect(panel, city, when_made(panel, connection, question), world.truth)
            shown = raw(panel, answer)
            if answer["state"] == "empty":  # said only where there is truly nothing, and then beside nothing earlier
                expected = {key: number for key, number in expected.items() if number and key[0] != "before"}
            compared += len(shown)
            wrong += [f"{page}/{panel.id}: {text}" for text in differences(expected, shown)]
    assert not wrong, "\n".join(wrong[:40])
    assert compared > 200


def test_what_is_known_is_compared_with_what_was_known(world: World) -> None:
    """A world that was loaded just now knew nothing a week ago; next week it will have known this."""
    question = ask(load_city("samarinda"), "30h", "opened", dt.datetime.now(dt.UTC))
    next_week = replace(question, now=question.now + DAY * 8)
    with reading(question.city.code) as connection:
        for indicator in (plan.CLAIMED, plan.NO_EVIDENCE):
            assert compared(connection, indicator, question) is None
            assert compared(connection, indicator, next_week) == value(connection, indicator, next_week) is not None


def test_a_wrong_warehouse_would_be_noticed() -> None:
    assert differences({"a": 1.0}, {"a": 1.0000001}) == []
    assert differences({"a": 1.0}, {"a": 2.0}) and differences({"a": 1.0}, {}) and differences({}, {"a": 1.0})


def when_made(panel: IndicatorPanel, connection: sa.Connection, question: Question) -> Question:
    """What an analysis says is of the day when it was made: the same question, asked then."""
    told = latest(connection, question.city, DIGITALISATION) if isinstance(panel, Digitalised) else None
    return replace(question, now=told.made_at) if told else question


def ask(city: City, period: str, way: str, now: dt.datetime) -> Question:
    today = now.astimezone(city.tz).date()
    days = PRESETS[period][1]
    whole = Scope(city.slug, city.code, today - DAY * (days - 1), today)
    ways = {
        "opened": whole,
        "past": replace(whole, since=today - DAY * 20, until=today - DAY * 8),
        "kecamatan": replace(whole, since=today - DAY * 35, until=today - DAY, area=f"{city.code}.03"),
        "day": replace(whole, since=today - DAY * 3, until=today - DAY * 3),
    }
    return Question(ways[way], city, now)


def raw(panel: IndicatorPanel, answer: dict[str, Any]) -> dict[Any, float]:
    """What a panel shows, flat: (row, column) → number; nothing where it says that nothing is known."""
    if answer["state"] == "empty" or "table" not in answer:
        return {}
    cells: dict[Any, float] = {}
    for row in answer["table"]["raw"]:
        names = answer["table"].get("series", range(len(row) - 1))
        for name, number in zip(names, row[1:], strict=True):
            cells[str(row[0]), str(name)] = number
    if isinstance(panel, Ticker):
        return {
            (row[0], name): value
            for row in answer["table"]["raw"]
            for name, value in zip(("category", "area_code"), row[1:3], strict=True)
            if value
        }
    if isinstance(panel, Level):  # where the levels begin is said in words
        return {key: number for key, number in cells.items() if key[1] != "2" and number is not None}
    if isinstance(panel, Tile):
        return {("now", "0"): answer["table"]["raw"][0][1], ("before", "0"): answer["table"]["raw"][1][1]}
    return {key: number for key, number in cells.items() if number is not None}


def expect(panel: IndicatorPanel, city: City, question: Question, path: Path) -> dict[Any, float]:
    targets = city.targets
    minutes, days = targets.get("emergency_arrival_min", 10.0), targets.get("complaint_days", 14.0)
    owed, cap = purchases.obligation(city.folder), targets.get("merchant_monthly_cap_idr")
    figures = truth.figures(minutes, days, owed, cap)
    figure = figures[panel.indicator.key]
    book = book_of(path, city.code, city.zone)
    scope = question.scope
    asked = truth.Asked(scope.since, scope.until, question.now.astimezone(city.tz).replace(tzinfo=None), scope.area)
    whole = scope.area == city.code
    rows = truth.counted(figure, book, asked, whole)
    per = panel.indicator.unit.per_people
    made = per_people(figure, per, city, scope.area if figure.placed else city.code)
    match panel:
        case Tile():
            return tile(figure, book, asked, panel, scope, whole, made)
        case Ticker():
            return ticker(panel, book, asked, whole)
        case Map():
            below = {code: rows[rows.area_code.fillna("").str.startswith(code)] for code in children(city, scope.area)}
            told = {code: of for code, of in below.items() if not per or populations(city.slug).get(code)}
            return known({(code, "0"): made(of, code) for code, of in told.items()}, figure)
        case Series():
            return series(panel, rows, figure, scope)
        case Bars():
            return bars(panel, rows, made, city, scope)
        case Heat():
            return heat(rows, figure)
        case Beside():
            parts = {one.key: figures[one.key] for one in panel.indicators}
            return beside(panel, {key: (truth.counted(one, book, asked, whole), one) for key, one in parts.items()})
        case Rows():
            return listing(panel, rows)
    if isinstance(panel, services.PANELS):
        return services.shown(panel, book, asked, figures, days_back(figure, scope))
    return particular(panel, book, asked, city, figures)


def particular(
    panel: IndicatorPanel, book: truth.Book, asked: truth.Asked, city: City, figures: dict[str, truth.Figure]
) -> dict[Any, Any]:
    """What panels show that make a figure of their own."""
    match panel:
        case Level():
            per_100k = partial(_per_100k, city, asked.area)
            titles = {key: one.title.id for key, one in indicators().items()}
            return epidemic.level(book, asked, figures, titles, per_100k, asked.area == city.code)
        case Reproduction():
            return epidemic.reproduction(book, asked)
        case Nowcast():
            return epidemic.expected(book, asked)
        case SmoothedMap():
            rows = truth.counted(figures[panel.indicator.key], book, asked, asked.area == city.code)
            people = populations(city.slug)
            wards = [code for code in people if len(code) > 8 and code.startswith(asked.area)]
            return epidemic.small_areas(rows, people, wards or children(city, asked.area))
    if isinstance(panel, aid_market.PANELS):
        return aid_market.told(panel, book, asked, city, figures)
    if (told := desk.expected(panel, book, asked, city, figures)) is not None:
        return told
    owed, cap = purchases.obligation(city.folder), city.targets.get("merchant_monthly_cap_idr")
    return bought(panel, book, asked, owed, cap)


def _per_100k(city: City, area: str, figure: truth.Figure, rows: pd.DataFrame) -> float | None:
    return per_people(figure, 100_000, city, area)(rows)  # type: ignore[no-any-return]


def bought(
    panel: IndicatorPanel, book: truth.Book, asked: truth.Asked, owed: int | None, cap: float | None
) -> dict[Any, Any]:
    """What the panels of Belanja ASN show."""
    now = pd.Timestamp(asked.now)
    match panel:
        case Ranking():
            return purchases.ranking(truth.standing(book, asked.until, asked.end, owed))
        case MonthEnd():
            return purchases.ends(book, asked.until, asked.end, now, owed)
        case Months():
            return side_by_side(book, asked, owed)
        case Lorenz():
            return purchases.lorenz(purchases.shops(book, asked.until, asked.end))
        case NearCap() if cap:
            near = purchases.shops(book, asked.until, asked.end)[lambda rows: rows.amount >= 0.8 * cap].nlargest(
                50, "amount"
            )
            rows = ((row.merchant_id, (row.area_code, row.amount, 100 * row.amount / cap)) for row in near.itertuples())
            return {(shop, str(n)): cell for shop, cells in rows for n, cell in enumerate(cells)}
        case NearCap() | Units():  # without a cap; of no agency that was chosen
            return {}
    raise TypeError(panel)


def side_by_side(book: truth.Book, asked: truth.Asked, owed: int | None) -> dict[Any, float]:
    """Percent met of each agency that can be judged now, in each of the last six months."""
    cells: dict[Any, float | None] = {}
    for back in range(6):
        month = purchases.months_back(asked.until, back)
        whole = pd.Timestamp(month) + pd.offsets.MonthBegin(1)
        rows = truth.standing(book, month, min(whole, asked.end), owed)
        cells |= {(key, month.isoformat()): purchases.share(part) for key, part in rows.groupby("agency_code")}
    there = {
        key
        for (key, month), share in cells.items()
        if month == asked.until.replace(day=1).isoformat() and share is not None
    }
    return {key: share for key, share in cells.items() if key[0] in there and share is not None}


def per_people(figure: truth.Figure, per: int | None, city: City, here: str) -> Any:
    """What is made of rows; of so many people where the unit says so, and nothing where these are not known."""

    def made(of: pd.DataFrame, area: str = here) -> float | None:
        number = figure.made(of)
        if per and number is not None:
            people = populations(city.slug).get(area)
            return per * number / people if people else None
        return number

    return made


def ticker(panel: Ticker, book: truth.Book, asked: truth.Asked, whole: bool) -> dict[Any, Any]:
    """The latest emergencies before the end, whatever the first day is."""
    rows = truth.emergencies(book, asked)
    here = rows if whole else rows[rows.area_code.fillna("").str.startswith(asked.area)]
    latest = here[here.called_at < asked.end].sort_values("called_at").tail(panel.rows_shown)
    moments = latest.called_at.dt.tz_localize(book.zone).dt.tz_convert("UTC")
    cells = {
        (moment.isoformat(), name): value
        for name in ("category", "area_code")
        for moment, value in zip(moments, latest[name], strict=True)
    }
    return {key: value for key, value in cells.items() if isinstance(value, str)}


def heat(rows: pd.DataFrame, figure: truth.Figure) -> dict[Any, float]:
    if rows.empty:
        return {}
    day, hour = rows[figure.time].dt.isocalendar().day, rows[figure.time].dt.hour
    cells = {(str(d), str(h)): figure.made(rows[(day == d) & (hour == h)]) for d in range(1, 8) for h in range(24)}
    return known(cells, figure)


def tile(
    figure: truth.Figure,
    book: truth.Book,
    asked: truth.Asked,
    panel: IndicatorPanel,
    scope: Scope,
    whole: bool,
    made: Any,
) -> dict[Any, float]:
    earlier = asked.back(days_back(figure, scope))
    # What is known by the latest report is compared with what was known before: this world was loaded just now.
    before = None if figure.window == "known" else made(truth.counted(figure, book, earlier, whole))
    now = made(truth.counted(figure, book, asked, whole))
    return {("now", "0"): now, ("before", "0"): before} if now is not None else {}


def days_back(figure: truth.Figure, scope: Scope) -> int:
    """Whole weeks for days; whole months for what is said once a month."""
    if figure.time == "period" or figure.window in ("city", "month"):
        months = 1 if figure.window in ("city", "month") else len(pd.period_range(scope.since, scope.until, freq="M"))
        return (scope.until - (pd.Timestamp(scope.until) - pd.DateOffset(months=months)).date()).days
    return 7 * max(1, math.ceil(scope.days / 7)) if figure.window in ("period", "unplaced") else 7


def known(cells: dict[Any, float | None], figure: truth.Figure) -> dict[Any, float]:
    return {
        key: (number if number is not None else 0.0)
        for key, number in cells.items()
        if number is not None or figure.adds
    }


def series(panel: Series, rows: pd.DataFrame, figure: truth.Figure, scope: Scope) -> dict[Any, float]:
    step = step_for(scope.days, panel.indicator.finest)
    floor = {
        "hour": lambda t: t.dt.floor("h"),
        "day": lambda t: t.dt.normalize(),
        "week": lambda t: t.dt.to_period("W").dt.start_time,
        "month": lambda t: t.dt.to_period("M").dt.start_time,
    }
    moments = floor[step](rows[figure.time])
    shown = moments.dt.date if figure.time not in truth.MOMENTS else moments
    labels = rows[panel.split].astype(str) if panel.split else pd.Series("None", rows.index)
    cells = {
        (when.isoformat(), label): figure.made(rows[(shown == when) & (labels == label)])
        for when in sorted(set(shown))
        for label in sorted(set(labels))
    }
    return known(cells, figure)


def bars(panel: Bars, rows: pd.DataFrame, made: Any, city: City, scope: Scope) -> dict[Any, float]:
    if panel.by == "area":
        keys = rows.area_code.str.slice(0, 8 if scope.area == city.code else 13)
    else:
        keys = rows["area_code" if panel.by == "place" else panel.by]
        keys = keys[keys.notna()] if panel.known_only else keys
        rows = rows.loc[keys.index]
    keys = keys.astype(object).where(keys.notna(), None)
    cells = {
        (str(key), "0"): made(rows[keys.map(lambda one, key=key: one == key)] if key is not None else rows[keys.isna()])
        for key in set(keys)
    }
    return {key: number for key, number in cells.items() if number is not None}


def beside(panel: Beside, parts: dict[str, tuple[pd.DataFrame, truth.Figure]]) -> dict[Any, float]:
    """Each part by the same keys; of what is counted, a key that only another part has is zero."""
    by = "area_code" if panel.by == "place" else panel.by
    keys = {str(key) if isinstance(key, str) else "None" for rows, _ in parts.values() for key in rows[by]}
    cells = {
        (key, name): figure.made(rows[rows[by].isna() if key == "None" else rows[by] == key])
        for name, (rows, figure) in parts.items()
        for key in keys
    }
    return {key: number for key, number in cells.items() if number is not None}


def listing(panel: Rows, rows: pd.DataFrame) -> dict[Any, Any]:
    """Every cell of the rows that are counted; days as they are written in files."""
    cells = {
        (row[panel.columns[0]], str(n)): row[name]
        for _, row in rows.iterrows()
        for n, name in enumerate(panel.columns[1:])
    }
    told = {key: cell for key, cell in cells.items() if not pd.isna(cell)}
    return {key: cell.date().isoformat() if isinstance(cell, pd.Timestamp) else cell for key, cell in told.items()}


def differences(expected: dict[Any, float | None], shown: dict[Any, float | None]) -> list[str]:
    """Every cell that differs, one line each."""
    told = []
    for key in sorted(set(expected) | set(shown), key=str):
        one, other = expected.get(key, "missing"), shown.get(key, "missing")
        same = one == other or (
            isinstance(one, int | float)
            and isinstance(other, int | float)
            and math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-6)
        )
        if not same:
            told.append(f"{key}: the truth is {one}, shown is {other}")
    return told


@lru_cache
def book_of(path: Path, code: str, zone: str) -> truth.Book:
    return truth.Book(path, code, zone)


@lru_cache
def populations(slug: str) -> dict[str, int]:
    return {row["area_code"]: int(row["population"]) for row in _areas(slug) if row["population"]}


def _areas(slug: str) -> list[dict[str, str]]:
    with (load_city(slug).folder / "areas.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def children(city: City, area: str) -> list[str]:
    return [row["area_code"] for row in _areas(city.slug) if row["parent_code"] == area]
