"""Rollups in questions: the same figures as from the rows, always; and no page counts rows that were counted before."""

import datetime as dt
import importlib
import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import dash
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard import rolled
from dashboard.areas import Places
from dashboard.indicator import Indicator
from dashboard.indicators import indicators
from dashboard.page import Page
from dashboard.panels.aid import by_round
from dashboard.queries import Asked, Point, by_day, filters, measure
from dashboard.scope import PRESETS, Scope
from etl import rollups
from etl.areas import area_book
from etl.cities import load_city
from etl.rollups import KEPT
from etl.warehouse import TABLES, Role, _engine, engine, reading
from tests.recorder import NOW, Recorder, compiled
from tests.source_tree import ROOT

CITY = load_city("samarinda")
DAY = dt.timedelta(days=1)
DAYS, ROWS = 45, 400
ROLLED = sorted(name for name, kept in KEPT.items() if kept)
ABOUT = {key: one for key, one in indicators().items() if one.dataset in ROLLED}
ADDITIVE = {key for key, one in ABOUT.items() if rolled.is_additive(one)}
DISTINCT = "different ones are counted, and those of two days are often the same"
PERCENTILE = "a percentile of parts is none of the whole"
MOMENT = "the state at a moment: of the last day alone, by the index of its time"
PAIRS = "rows beside other rows"
# Indicators of these datasets that no rollup can say, and why.
BY_ROWS = {
    "repeating_numbers": DISTINCT,
    **dict.fromkeys(("aid_days_p50", "aid_days_p90", "arrival_p50", "arrival_p90"), PERCENTILE),
    **dict.fromkeys(("dispatch_p50", "dispatch_p90", "urgent_arrival_p90"), PERCENTILE),
    **dict.fromkeys(("open_past_target", "open_incidents", "callers_waiting", "takers_on_duty"), MOMENT),
    **dict.fromkeys(("units_busy", "units_free"), MOMENT),
    **dict.fromkeys(("aid_double", "further_calls", "repeated_pranks"), PAIRS),
}


@pytest.fixture(scope="module")
def warehouse(module_warehouse_url: str) -> Iterator[None]:
    """Rows of every rolled dataset, and their rollups."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", module_warehouse_url)
        chance = random.Random(7)
        with engine(Role.OWNER).begin() as connection:
            for dataset in ROLLED:
                rows = [row(dataset, n, chance) for n in range(ROWS)]
                if dataset == "marketplace_orders":  # both lines of an order are paid by the same
                    for first, second in zip(rows[: ROWS // 4 : 2], rows[1 : ROWS // 4 : 2], strict=True):
                        second |= {name: first[name] for name in ("status", "buyer_type")}
                if dataset == "emergency_calls":
                    for first, second in itertools.pairwise(rows[: ROWS // 2]):
                        follow(first, second, chance)
                connection.execute(sa.insert(TABLES[dataset]), rows)
                for kept in KEPT[dataset]:
                    rollups.fill(connection, kept, CITY.code)
        yield
        _engine.cache_clear()


WARDS = ["64.72.05.1004", "64.72.05.1001", "64.72.01.1001", "64.72.01", None]
WORDS: dict[str, list[Any]] = {
    "area_code": WARDS,
    "status": ["paid", "pending", "refunded", "cancelled", "verified", "rejected"],
    "buyer_type": ["asn", "opd", "public"],
    "category": ["Medis", "Kebakaran", None],
    "agency_code": ["D01", "D02", None],
    "payment": ["QRIS", None],
    "outcome": ["emergency", "emergency", "prank", "ghost", "abandoned", "ivr_lost"],
    "urgency": ["urgent", "not_urgent", None],
    "is_drill": [False, False, False, True],
    "programme": ["PKH", "BST"],
    "stage": [1, 2],
    "reason": ["Data ganda", None],
    "amount": [Decimal("1000.50"), Decimal("2500.00"), Decimal("-3.00")],
    "line": [1],
    "quantity": [1.0],
    "merchant_id": [f"M{number}" for number in range(40)],
}


def row(dataset: str, number: int, chance: random.Random) -> dict[str, Any]:
    """A row of the last weeks, a few of them later than now."""
    at = NOW - dt.timedelta(seconds=chance.randrange(-7200, DAYS * 86_400))
    made: dict[str, Any] = {"city_code": CITY.code, "source": "uji", "known_from": NOW}
    for column in TABLES[dataset].columns:
        if column.name in WORDS:
            words = WORDS[column.name]
            known = [word for word in words if word is not None] if not column.nullable else words
            made[column.name] = chance.choice(known)
        elif column.name not in made:
            made[column.name] = str(number) if not column.nullable and isinstance(column.type, sa.Text) else None
    if dataset == "emergency_calls":
        made |= {"called_at": at, "answered_at": chance.choice([None, at + dt.timedelta(seconds=chance.randrange(40))])}
        made["arrived_at"] = chance.choice([None, at + dt.timedelta(minutes=chance.randrange(30))])
    elif dataset == "marketplace_orders":
        two = number < ROWS // 4  # lines of one order that are of several cells, and orders of one line
        made |= {"ordered_at": at, "order_id": str(number // 2 if two else number), "line": number % 2 + 1}
    else:
        day = NOW.date() - DAY * chance.randrange(-20, 90)  # a list may name another day than the first
        made |= {"period": day if number % 9 == 0 else day.replace(day=1), "recipient": str(number % 50)}
        made["stage"] = number + 1
        made["nik"] = f"{number:016}"
    return made


def follow(first: dict[str, Any], second: dict[str, Any], chance: random.Random) -> None:
    """A second call that may be about the first one's incident: about as late and as near as counts."""
    second["called_at"] = first["called_at"] + dt.timedelta(minutes=chance.choice([0, 10, 29, 30, 31]))
    second |= {"outcome": "emergency", "is_drill": False, "category": chance.choice(["Medis", "Medis", "Kebakaran"])}
    second |= {name: -0.5 + 0.0045 * chance.choice([0, 1, 2]) for name in ("grid_lat", "grid_lon")}
    if chance.random() < 0.1:
        second |= {"grid_lat": None, "grid_lon": None}


def names(indicator: Indicator) -> list[str | None]:
    steps = ["day", "week", "month"] if indicator.finest == "month" else ["hour", "day", "week", "month"]
    hours = [] if indicator.finest == "month" else ["hour_of_day", "weekday_hour"]
    areas = ["area", "place"] if indicator.area else []
    made = [one.name for one in indicator.made]
    return [None, *steps, *hours, *areas, *made, *filters(indicator.dataset)]


@st.composite
def questions(draw: st.DrawFn) -> tuple[Indicator, Asked, str | None, str | None]:
    """Any additive indicator of any period, place and filters, split by anything."""
    indicator = ABOUT[draw(st.sampled_from(sorted(ADDITIVE)))]
    if indicator.dataset == "bansos_grants":
        indicator = by_round(indicator)
    until = NOW.astimezone(CITY.tz).date() - DAY * draw(st.integers(-2, 40))
    since = until - DAY * draw(st.integers(0, 60))
    area = draw(st.sampled_from([CITY.code, CITY.code, "64.72.05", "64.72.05.1004"]))
    chosen = draw(st.lists(st.sampled_from(sorted(filters(indicator.dataset))), unique=True, max_size=2))
    where = tuple((name, str(draw(st.sampled_from(WORDS[name]))).lower()) for name in chosen if name in WORDS)
    now = NOW - dt.timedelta(hours=draw(st.sampled_from([0, 0, 7, 31, 24 * 7])))
    by, split = draw(st.sampled_from(names(indicator))), draw(st.sampled_from([None, *filters(indicator.dataset)]))
    return indicator, Asked(Scope(CITY.slug, area, since, until, where), CITY, now), by, split if by else None


def told(points: list[Point]) -> list[tuple[Any, Any, Any]]:
    """Points in an order of their own: the database orders nothing by nothing."""
    return sorted(((point.key, point.split, point.value) for point in points), key=lambda one: str(one[:2]))


@pytest.mark.usefixtures("warehouse")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=questions())
def test_a_rollup_says_what_the_rows_say(question: tuple[Indicator, Asked, str | None, str | None]):
    indicator, asked, by, split = question
    with reading(CITY.code) as connection:
        found = measure(connection, indicator, asked, by, split)
        days = by_day(connection, indicator, asked, (8, 13))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rolled, "serving", lambda *_: None)
            assert told(found) == told(measure(connection, indicator, asked, by, split))
            assert sorted(days, key=str) == sorted(by_day(connection, indicator, asked, (8, 13)), key=str)


MONTHLY = sorted(key for key in ADDITIVE if (kept := rolled.serving(ABOUT[key])) and kept.by_month)


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("key", MONTHLY)
def test_of_a_month_that_ends_later_nothing_later_is_told(key: str):
    days = [NOW.date() - DAY * ago for ago in range(40)]
    asked = [Asked(Scope(CITY.slug, CITY.code, day - DAY * 36, day), CITY, NOW) for day in days]
    with reading(CITY.code) as connection, pytest.MonkeyPatch.context() as patch:
        found = [told(measure(connection, ABOUT[key], one)) for one in asked]
        patch.setattr(rolled, "serving", lambda *_: None)
        expected = [told(measure(connection, ABOUT[key], one)) for one in asked]
    assert found == expected


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("area", [CITY.code, "64.72.05", "64.72.05.1004"])
def test_further_calls_are_those_that_follow_another(area: str):
    """Each emergency beside each other one, as the definition says it."""
    calls = TABLES["emergency_calls"]
    wanted = ("call_id", "called_at", "category", "area_code", "grid_lat", "grid_lon")
    with engine(Role.OWNER).connect() as connection:
        real = sa.and_(calls.c.outcome == "emergency", calls.c.is_drill.is_(False), calls.c.grid_lat.is_not(None))
        found = connection.execute(sa.select(*(calls.c[name] for name in wanted)).where(real)).all()

    def follows(call: Any, before: Any) -> bool:
        soon = dt.timedelta() <= call.called_at - before.called_at <= dt.timedelta(minutes=30)
        near = all(abs(getattr(call, name) - getattr(before, name)) <= 0.0046 for name in ("grid_lat", "grid_lon"))
        later = (before.called_at, before.call_id) < (call.called_at, call.call_id)
        return soon and near and later and call.category is not None and call.category == before.category

    asked = Asked(Scope(CITY.slug, area, NOW.date() - DAY * 2 * DAYS, NOW.date()), CITY, NOW)
    here = [call for call in found if (call.area_code or "").startswith(area) or area == CITY.code]
    expected = sum(call.called_at < NOW and any(follows(call, before) for before in found) for call in here)
    with reading(CITY.code) as connection:
        (point,) = measure(connection, indicators()["further_calls"], asked)
    assert point.value == expected > 0


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("by", [None, "day", "buyer_type", "agency_code", "weekday_hour", "category"])
@pytest.mark.parametrize("key", ["orders", "basket", "orders_rate"])
def test_an_order_of_several_days_is_counted_once(key: str, by: str | None):
    asked = Asked(Scope(CITY.slug, CITY.code, NOW.date() - DAY * DAYS, NOW.date()), CITY, NOW)
    with reading(CITY.code) as connection, pytest.MonkeyPatch.context() as patch:
        found = measure(connection, ABOUT[key], asked, by)
        patch.setattr(rolled, "serving", lambda *_: None)
        assert told(found) == told(measure(connection, ABOUT[key], asked, by))


@pytest.mark.usefixtures("warehouse")
def test_only_what_would_be_counted_twice_is_asked_of_the_rows():
    table = next(kept.table for kept in KEPT["marketplace_orders"] if kept.rollup.name == "buyers")
    statements: list[str] = []
    with reading(CITY.code) as connection:
        several = connection.execute(
            sa.select(table.c.day, sa.func.sum(table.c.shared).label("shared"))
            .where(table.c.status == "paid", table.c.day < NOW.date())
            .group_by(table.c.day)
        ).all()
        sa.event.listen(connection, "before_cursor_execute", lambda *said: statements.append(said[2]))
        for shared in (True, False):
            day = next(row.day for row in several if bool(row.shared) is shared)
            statements.clear()
            measure(connection, ABOUT["orders"], Asked(Scope(CITY.slug, CITY.code, day, day), CITY, NOW))
            assert ["rollups." in said for said in statements] == ([True, False] if shared else [True])


def test_what_no_rollup_can_say_is_named_with_its_reason():
    assert ABOUT.keys() - ADDITIVE == BY_ROWS.keys()


@pytest.mark.parametrize("key", sorted(ADDITIVE))
def test_what_was_known_then_and_what_an_agency_sees_comes_from_the_rows(key: str):
    indicator, seen = ABOUT[key], Recorder()
    asked = Asked(Scope(CITY.slug, CITY.code, NOW.date().replace(day=1), NOW.date()), CITY, NOW)
    measure(seen, indicator, asked)  # type: ignore[arg-type]
    assert "rollups." in compiled(seen.queries[0])
    measure(seen, indicator, replace(asked, agency="D01"))  # type: ignore[arg-type]
    measure(seen, indicator, replace(asked, scope=replace(asked.scope, as_of=NOW)))  # type: ignore[arg-type]
    unknown = (("unit", "Damkar 1"), ("merchant", "Toko"), ("decile", "1"))
    measure(seen, indicator, replace(asked, scope=replace(asked.scope, where=unknown)))  # type: ignore[arg-type]
    assert not any("rollups." in compiled(query) for query in seen.queries[1:4])


PEOPLE = "each civil servant, from the month's orders"
SHOPS = "each shop, from the month's orders"
# What a page still asks the rows themselves, by panel, and why. The list may become shorter, never longer.
ASKS_ROWS = {
    **dict.fromkeys(("bansos/aid_days_p90", "bansos/days", "112/dispatch_p90", "112/arrival_p90"), PERCENTILE),
    **dict.fromkeys(("112/arrival", "112/arrival_category", "112/arrival_clock", "kota/arrival_p90"), PERCENTILE),
    **dict.fromkeys(("112/dispatch", "112/dispatch_category", "112/dispatch_clock"), PERCENTILE),
    **dict.fromkeys(("112/open_past_target", "112/map", "kota/open_past_target", "kota/map", "kota/ticker"), MOMENT),
    **dict.fromkeys(("meja-112/callers_waiting", "meja-112/open_past_target", "meja-112/open_incidents"), MOMENT),
    **dict.fromkeys(("meja-112/takers_on_duty", "meja-112/units_free", "meja-112/units_busy"), MOMENT),
    **dict.fromkeys(("meja-112/open_now", "meja-112/same_incident"), MOMENT),
    **dict.fromkeys(("bansos/aid_double", "112/further_calls", "meja-112/repeated_pranks"), PAIRS),
    **dict.fromkeys(("meja-112/repeat_callers", "bansos/aid_covered", "bansos/deciles"), PAIRS),
    **dict.fromkeys(("belanja/asn_met", "belanja/forecast", "belanja/asn_amount", "belanja/asn_waiting"), PEOPLE),
    **dict.fromkeys(("belanja/asn_unknown", "belanja/asn_exempt", "belanja/ranking", "belanja/months"), PEOPLE),
    **dict.fromkeys(("kota/asn_buying", "pasar/asn_buying"), PEOPLE),
    **dict.fromkeys(("pasar/merchants_top10", "pasar/merchants_hhi", "pasar/lorenz"), SHOPS),
    **dict.fromkeys(("pemerataan/merchant_gini", "pemerataan/merchants_near_cap", "pemerataan/lorenz"), SHOPS),
    **dict.fromkeys(("pasar/umk_share", "pasar/goods_services", "pasar/umk"), "what agencies ordered, by month"),
    "provinsi/arrival_p90": PERCENTILE,
    "provinsi/asn_met": PEOPLE,
}


def page(file: str) -> Page:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dash, "register_page", lambda *what, **more: None)
        declared = importlib.import_module(f"pages.command.{file}").PAGE
    assert isinstance(declared, Page)
    return declared


def scans(of: Page) -> Iterator[str]:
    """Panels that read rows of a rolled dataset, but for the hours after the last whole day."""
    days = PRESETS[of.period][1]
    scope = Scope(CITY.slug, CITY.code, NOW.date() - DAY * (days - 1), NOW.date())
    places = Places(CITY, area_book(CITY))
    for panel in of.panels:
        seen = Recorder()
        panel.answer(seen, Asked(scope, CITY, NOW), places)  # type: ignore[arg-type]
        asked = [text for query in seen.queries if "rollups." not in (text := compiled(query))]
        if any(f"{word} warehouse.{name}" in text for text in asked for name in ROLLED for word in ("FROM", "JOIN")):
            yield f"{of.slug}/{panel.id}"


def test_no_page_counts_rows_that_a_rollup_has_counted():
    files = sorted(path.stem for path in (ROOT / "pages" / "command").glob("*.py"))
    found = {name for file in files for name in scans(page(file))}
    assert found == ASKS_ROWS.keys()
