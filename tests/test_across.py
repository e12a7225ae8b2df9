"""What several cities come to: every indicator adds up, is computed again from its parts, or says why not."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.indicator import Indicator, Moment, Unit
from dashboard.indicators import bansos, emergency, indicators, marketplace, rates
from dashboard.panels.across import NO_SOURCE, Part, combined
from dashboard.parts import DISTINCT, PERCENTILE, RANKED, Parts, parts
from dashboard.queries import Asked
from dashboard.scope import Scope
from etl.cities import load_city
from etl.text import Text
from tests.recorder import NOW
from tests.test_catalogue import page

CITY = load_city("samarinda")
MOMENT = Moment(dt.date(2026, 11, 22), NOW)
ASKED = Asked(Scope("samarinda", CITY.code, dt.date(2026, 11, 1), dt.date(2026, 11, 22)), CITY, NOW)
KNOWN = {"fresh_at": NOW.isoformat(), "promise_s": 60.0, "simulated": True, "fresh_dataset": "-", "definition": {}}
PANELS: Any = page("provinsi").panels
NUMBER = st.floats(0, 1e9)


def of(indicator: Indicator) -> Parts:
    return parts(indicator, CITY, MOMENT)


@pytest.mark.parametrize("key", sorted(indicators()))
def test_an_indicator_adds_up_or_says_why_not(key: str):
    told = of(indicators()[key])
    assert (told.above is None) == (told.why_not is not None)
    if told.above and told.below is None and not told.per_people:
        assert indicators()[key].unit not in (
            Unit.PERCENT,
            Unit.INDEX,
            Unit.POINTS,
            Unit.MINUTES,
            Unit.HOURS,
            Unit.DAYS,
        )


def test_each_kind_is_known_by_its_expression():
    assert of(emergency.CALLS).above is emergency.CALLS and of(marketplace.ORDERS).below is None
    assert of(emergency.ABANDONED).factor == 100 and of(emergency.ABANDONED).below is not None
    assert of(marketplace.BASKET).factor == 1 and of(rates.EMERGENCIES_RATE).per_people == 100_000
    assert of(emergency.ARRIVAL_P90).why_not is PERCENTILE and of(bansos.RECIPIENTS).why_not is DISTINCT
    assert of(indicators()["merchants_top10"]).why_not is RANKED["merchants_top10"]


def part(
    value: float | None, above: float | None = None, below: float | None = None, people: int | None = None
) -> Part:
    return Part(CITY, KNOWN, Text("-", "-"), value is not None, value, above, below, people)


@given(st.lists(NUMBER, min_size=1, max_size=5))
def test_counts_of_cities_add_up(counts: list[float]):
    assert combined([part(n, n) for n in counts], of(emergency.CALLS)) == sum(counts)


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 1000)), min_size=1, max_size=5))
def test_a_share_of_all_is_that_of_their_rows_and_no_mean_of_shares(rows: list[tuple[int, int]]):
    cities = [(min(some, every), every) for some, every in rows]
    told = [part(100 * some / every, some, every) for some, every in cities]
    whole = combined(told, of(emergency.ABANDONED))
    every_row = [1] * sum(some for some, _ in cities) + [0] * sum(every - some for some, every in cities)
    assert whole == pytest.approx(100 * sum(every_row) / len(every_row))
    assert min(one.value or 0 for one in told) - 1e-9 <= whole <= max(one.value or 0 for one in told) + 1e-9


def test_a_rate_of_all_is_of_all_their_people_and_unknown_where_those_of_one_are():
    rate = of(rates.EMERGENCIES_RATE)
    assert combined([part(10, 10, people=100_000), part(30, 30, people=300_000)], rate) == 10
    assert combined([part(10, 10, people=100_000), part(30, 30)], rate) is None


def test_what_does_not_add_up_has_no_number_and_a_reason():
    panel = next(one for one in PANELS if one.id == "arrival_p90")
    answer = panel.together([part(7.0), part(9.0)], ASKED)
    *cities, all_of_them = answer["table"]["rows"]
    assert [row[1] for row in cities] == ["9,0", "7,0"] and all_of_them[1:] == ["–", PERCENTILE.id]
    assert PERCENTILE.id in answer["subtitle"]


def test_a_city_without_a_source_says_so_and_the_sum_says_of_how_many():
    panel = next(one for one in PANELS if one.id == "calls")
    nothing = Part(CITY, KNOWN | {"fresh_at": None}, NO_SOURCE)
    answer = panel.together([nothing, part(20.0, 20.0, people=1_000)], ASKED)
    there, missing, all_of_them = answer["table"]["rows"]
    assert there[1:3] == ["20", "2.000,0"] and missing[1:] == ["–", "–", NO_SOURCE.id]
    assert all_of_them[:2] == ["Semua kota (1 dari 2)", "20"]
    assert answer["figure"]["data"][0]["text"] == ["20", NO_SOURCE.id]
    assert panel.together([nothing, nothing], ASKED)["state"] == "empty"


def test_the_greatest_amount_stands_on_top_and_of_shares_the_worst():
    panels = {one.id: one for one in PANELS}
    amounts = panels["orders"].together([part(1.0, 1.0), part(2.0, 2.0)], ASKED)["table"]["raw"]
    shares = panels["uptime"].together([part(99.0, 99.0, 1.0), part(98.0, 98.0, 1.0)], ASKED)["table"]["raw"]
    assert [row[1] for row in amounts][:2] == [2.0, 1.0] and [row[1] for row in shares][:2] == [98.0, 99.0]
