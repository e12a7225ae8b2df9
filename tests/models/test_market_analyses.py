"""What the pages of Pasar and Bansos say of odd data: merchants who come back, months without sales, refunds above
sales, events outside of the data, programmes without a plan, lists without deciles."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from dashboard.analyse import make
from dashboard.analyses import analyses, models
from dashboard.analyses.marketplace import CAMPAIGNS, MERCHANTS
from dashboard.areas import places
from dashboard.indicators import aid_reach, bansos, indicators, marketplace
from dashboard.panels import (
    Campaign,
    Coming,
    Concentrated,
    Deciles,
    IndicatorPanel,
    NeedBesideAid,
    Rounds,
    Stages,
    Staying,
)
from dashboard.queries import Asked
from dashboard.scope import DAY, Scope
from etl.analyses import RESULTS
from etl.cities import City, Event, all_cities, load_city
from etl.rollups import KEPT, ROLLUPS, fill
from etl.warehouse import SOURCES, TABLES, Role, _engine, engine, reading

SURABAYA = load_city("surabaya")
WARD = "35.78.01.1001"
NOW = dt.datetime(2026, 7, 20, 5, tzinfo=dt.UTC)
TODAY = dt.date(2026, 7, 20)


@pytest.fixture(scope="module")
def _warehouse(module_warehouse_url: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", module_warehouse_url)
        yield
        _engine.cache_clear()


@pytest.fixture(autouse=True)
def _clean(_warehouse: None) -> Iterator[None]:
    yield
    with engine(Role.OWNER).begin() as connection:
        for table in (RESULTS, SOURCES, *TABLES.values(), *ROLLUPS.tables.values()):
            connection.execute(sa.delete(table))


def put(dataset: str, rows: list[dict[str, Any]]) -> None:
    """Rows as they stand in the warehouse, from a source that was loaded just now."""
    ours = {"city_code": SURABAYA.code, "source": "uji", "known_from": NOW}
    source = dict.fromkeys(("owner", "licence", "title_id", "title_en"), "") | {"app": "Uji", "simulated": True}
    source |= {"city_code": SURABAYA.code, "source": dataset, "dataset": dataset, "promise_s": 60}
    source |= {"fresh_at": NOW, "last_success": NOW}
    with engine(Role.OWNER).begin() as connection:
        names = dict.fromkeys(name for row in rows for name in row)
        connection.execute(sa.insert(TABLES[dataset]), [ours | names | row for row in rows])
        for kept in KEPT[dataset]:
            fill(connection, kept, SURABAYA.code)
        connection.execute(sa.insert(SOURCES), source)


def order(number: int, day: dt.date, merchant: str, amount: int, **more: Any) -> dict[str, Any]:
    at = dt.datetime.combine(day, dt.time(5), dt.UTC)
    plain = {"line": 1, "merchant": merchant, "area_code": WARD, "quantity": 1, "order_total": amount}
    plain |= {"buyer_type": "public", "status": "paid", "category": "Sembako"}
    return plain | {"order_id": f"U{number}", "ordered_at": at, "merchant_id": merchant, "amount": amount} | more


def says(panel: IndicatorPanel, city: City = SURABAYA, days: int = 30) -> dict[str, Any]:
    """The answer of a panel in Indonesian."""
    scope = Scope(city.slug, city.code, TODAY - DAY * (days - 1), TODAY)
    with reading(city.code) as connection:
        return panel.answer(connection, Asked(scope, city, NOW), places(connection, city))


def months_of_orders() -> list[dict[str, Any]]:
    """January to July: A sells always but in May (when nobody does), B in January and April, C only sends back."""
    rows, number = [], 0
    for month in (1, 2, 3, 4, 6, 7):
        rows.append(order(number := number + 1, dt.date(2026, month, 10), "A", 100))
    rows += [order(80 + month, dt.date(2026, month, 12), "B", 300) for month in (1, 4)]
    rows.append(order(90, dt.date(2026, 3, 3), "C", -50, status="refunded"))
    rows += [order(100 + n, dt.date(2026, 2, 5), f"N{n}", 10) for n in range(6)]
    rows += [order(120 + n, dt.date(2026, 3, 6), f"N{n}", 10) for n in range(3)]
    return rows


def test_merchants_who_come_back_and_months_without_sales() -> None:
    put("marketplace_orders", months_of_orders())
    make(SURABAYA, analyses()[MERCHANTS], NOW)
    coming = says(Coming(marketplace.MERCHANTS, name="coming"))
    cells = {row[0][:7]: dict(zip(coming["table"]["series"], row[1:], strict=True)) for row in coming["table"]["raw"]}
    assert list(cells) == [
        "2026-02",
        "2026-03",
        "2026-04",
        "2026-05",
        "2026-06",
    ]  # not the first, nor the running one
    assert cells["2026-02"] == {"alive": 7, "kept": 1, "back": 0, "new": 6, "lost": 1}
    assert cells["2026-04"] == {"alive": 2, "kept": 1, "back": 1, "new": 0, "lost": 3}
    assert cells["2026-05"] == {"alive": 0, "kept": 0, "back": 0, "new": 0, "lost": 2}
    assert cells["2026-06"] == {"alive": 1, "kept": 0, "back": 1, "new": 0, "lost": 0}
    assert coming["title"] == "Jun 2026: 1 pedagang datang, 0 berhenti"


def test_who_stays_and_how_concentrated_sales_are() -> None:
    put("marketplace_orders", months_of_orders())
    make(SURABAYA, analyses()[MERCHANTS], NOW)
    staying = says(Staying(marketplace.MERCHANTS, name="staying"))
    assert [row[:3] for row in staying["table"]["raw"]] == [["2026-02-01", 6, 50.0]]  # one cohort is large enough
    assert staying["title"] == "50 % pedagang baru berjualan lagi pada bulan berikutnya"
    spread = says(Concentrated(marketplace.GMV, name="concentration"))
    told = {row[0][:7]: row[1:] for row in spread["table"]["raw"]}
    assert "2026-05" not in told  # nobody sold: nothing is said
    assert told["2026-03"][0] == 4  # C, who only sent back, did not sell
    assert told["2026-01"][3] == pytest.approx(10_000 * (0.25**2 + 0.75**2))


def test_two_months_are_too_few_and_the_count_is_shown() -> None:
    put("marketplace_orders", [order(1, dt.date(2026, 6, 3), "A", 5), order(2, dt.date(2026, 7, 3), "B", 5)])
    panel = Coming(marketplace.MERCHANTS, name="coming")
    assert says(panel)["message"] == "Belum dianalisis: dibuat sekali sehari."
    make(SURABAYA, analyses()[MERCHANTS], NOW)
    told = says(panel)
    assert told["state"] == "empty" and "Pernah berjualan: 2 pedagang" in told["message"]


def test_no_orders_are_no_result() -> None:
    make(SURABAYA, analyses()[MERCHANTS], NOW)
    with reading(SURABAYA.code) as connection:
        assert connection.scalar(sa.select(RESULTS.c.says)) == {}
        assert models()["interrupted_sales"].judged(connection, SURABAYA, TODAY) == ()


def with_events(*days: dt.date, indicator: str = "gmv") -> City:
    events = tuple(Event(day, (f"Kampanye {day}", f"Campaign {day}"), indicator) for day in days)
    return msgspec.structs.replace(SURABAYA, events=events)


def daily_orders(first: dt.date, event: dt.date) -> list[dict[str, Any]]:
    """Seven to twelve thousand a day, and five thousand more from a day on; now and then refunds above sales."""
    days = [first + DAY * number for number in range((TODAY - first).days + 1)]
    rows = [order(n, day, "A", 7_000 + 1_000 * (n * n % 6) + 5_000 * (day >= event)) for n, day in enumerate(days)]
    back = [order(10_000 + n, day, "A", -9_000, status="refunded") for n, day in enumerate(days) if n % 45 == 7]
    return rows + back


def test_a_campaign_is_found_with_its_interval_its_assumptions_and_its_placebo_check() -> None:
    event = dt.date(2026, 6, 1)
    put("marketplace_orders", daily_orders(dt.date(2025, 12, 1), event))
    city = with_events(dt.date(2020, 1, 1), event)
    make(city, analyses()[CAMPAIGNS], NOW)
    told = says(Campaign(marketplace.GMV, name="campaign"), city)
    assert told["state"] == "ok" and "nilai belanja berubah +" in told["title"]
    low, high = next(row[2:] for row in told["table"]["raw"] if row[0] == "2026-06-01")
    assert low < 100 * 5_000 / 9_300 < high and low > 0
    assert "Anggapan" in told["subtitle"] and "Uji plasebo" in told["subtitle"]
    assert told["table"]["raw"][0] == ["2020-01-01", None, None, None]
    assert "di luar hari yang ada datanya" in told["table"]["rows"][0][-1]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (dt.date(2020, 1, 1), "di luar hari yang ada datanya"),
        (dt.date(2027, 1, 1), "di luar hari yang ada datanya"),
        (dt.date(2026, 7, 15), "Ada 105 dan 5."),
    ],
)
def test_an_event_of_which_nothing_can_be_said(day: dt.date, words: str) -> None:
    put("marketplace_orders", daily_orders(dt.date(2026, 4, 1), day))
    city = with_events(day)
    make(city, analyses()[CAMPAIGNS], NOW)
    told = says(Campaign(marketplace.GMV, name="campaign"), city)
    assert told["state"] == "empty" and words in told["message"]


@pytest.mark.parametrize("indicator", ["aid_amount", "nothing", "asn_buying"])
def test_an_event_about_an_indicator_without_days(indicator: str) -> None:
    put("marketplace_orders", [order(1, TODAY, "A", 5)])
    city = with_events(dt.date(2026, 6, 1), indicator=indicator)
    make(city, analyses()[CAMPAIGNS], NOW)
    assert "indikatornya tidak dikenal" in says(Campaign(marketplace.GMV, name="campaign"), city)["message"]


def test_a_city_without_events_says_so() -> None:
    put("marketplace_orders", [order(1, TODAY, "A", 5)])
    told = says(Campaign(marketplace.GMV, name="campaign"), with_events())
    assert told["state"] == "empty" and "city.toml" in told["message"] and told["fresh_at"] is None


def test_every_event_of_a_city_is_about_an_indicator_that_can_be_followed() -> None:
    for city in all_cities():
        for event in city.events:
            about = indicators()[event.indicator]
            assert about.time and about.finest != "month", (city.slug, event.title)
            assert all(words.strip() for words in event.title)


# Bansos


def grant(number: int, programme: str, **more: Any) -> dict[str, Any]:
    plain = {"stage": 1, "period": dt.date(2026, 6, 1), "amount": 100, "status": "paid", "area_code": WARD}
    who = {"nik": f"35780101018{number:05d}", "recipient": f"r{number}", "household": f"h{number}"}
    return plain | who | {"programme": programme} | more


STAGES = Stages(bansos.PAID_SHARE, name="programme", others=(bansos.AMOUNT, bansos.PLANNED, bansos.VERIFIED))
ROUNDS = Rounds(bansos.PAID_SHARE, name="rounds", amounts=(bansos.PLANNED, bansos.VERIFIED, bansos.AMOUNT))


def test_a_programme_without_a_plan_has_no_share() -> None:
    """Everything was rejected: nothing was planned, so that no part of it was paid, nor zero per cent."""
    rows = [grant(1, "PKH"), grant(2, "PKH", status="verified"), grant(3, "BST", status="rejected", reason="Ganda")]
    put("bansos_grants", rows)
    told = says(STAGES, days=90)
    assert [row[0] for row in told["table"]["raw"]] == ["PKH\t2026\t001"]
    assert told["table"]["raw"][0][1:] == [50.0, 100.0, 200.0, 200.0]
    matrix = says(ROUNDS, days=90)
    assert [row[0] for row in matrix["table"]["raw"]] == ["35.78.01 PKH\t2026\t001"]


def test_only_rejected_grants_leave_nothing_to_show() -> None:
    put("bansos_grants", [grant(1, "BST", status="rejected")])
    assert says(STAGES, days=90)["state"] == says(ROUNDS, days=90)["state"] == "empty"


def test_a_plan_of_nothing_is_said_to_be_none() -> None:
    put("bansos_grants", [grant(1, "PKH", amount=0)])
    told = says(STAGES, days=90)
    assert told["table"]["raw"][0][1] is None and told["table"]["rows"][0][1] == "tidak direncanakan"


def register(decile: int, households: int, day: dt.date = dt.date(2026, 7, 1)) -> dict[str, Any]:
    return {"counted_on": day, "area_code": WARD, "decile": decile, "households": households}


DECILES = Deciles(aid_reach.COVERED, name="deciles", size=aid_reach.REGISTERED)


def test_households_are_counted_once_and_in_the_newest_extract() -> None:
    put("eligible_households", [register(1, 4), register(2, 2), register(1, 99, dt.date(2026, 4, 1))])
    rows = [grant(1, "PKH", decile=1), grant(1, "BST", decile=1), grant(2, "PKH", decile=2)]
    put("bansos_grants", [*rows, grant(3, "PKH", decile=1, period=dt.date(2026, 1, 1)), grant(4, "PKH")])
    told = says(DECILES)
    assert told["table"]["raw"] == [(1, 25.0, 4.0), (2, 50.0, 2.0)] or told["table"]["raw"] == [
        [1, 25.0, 4.0],
        [2, 50.0, 2.0],
    ]
    assert told["title"].endswith("desil 1 25,0 %")


def test_lists_without_deciles_are_no_coverage_of_nought() -> None:
    put("eligible_households", [register(1, 4)])
    put("bansos_grants", [grant(1, "PKH")])
    assert says(DECILES)["state"] == "empty"


def test_without_a_source_of_need_the_panel_says_so() -> None:
    put("bansos_grants", [grant(1, "PKH")])
    told = says(NeedBesideAid(aid_reach.POOR, name="poverty", aid=bansos.AMOUNT))
    assert told["state"] == "empty" and told["fresh_at"] is None and "belum pernah dimuat" in told["message"]
