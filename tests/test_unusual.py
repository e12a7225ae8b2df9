"""What is unusual in the loaded city: what the simulator planted is found, told on every page, and rings."""

import datetime as dt
import importlib
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import dash
import numpy as np
import pytest
from msgspec import structs

from dashboard import format as fmt
from dashboard.analyses import models, track, unusual
from dashboard.analysis import Told, latest
from dashboard.areas import Places, places
from dashboard.indicator import Better, Window
from dashboard.indicators import indicators
from dashboard.indicators.emergency import ANSWERED, EMERGENCIES
from dashboard.indicators.marketplace import BASKET, GMV
from dashboard.models.unusual import Kind
from dashboard.morning.judge import chance_of_score, is_same
from dashboard.page import Page
from dashboard.queries import AreaDay, Asked, by_day
from dashboard.scope import Scope
from dashboard.wall import look
from dashboard.wall.look import Question, holding
from dashboard.wall.rules import Rule, check_rule, declared
from dashboard.words import Words
from etl.cities import City, all_cities, load_city
from etl.warehouse import reading
from tests.truth import Book
from tests.world import World

CITY = load_city("samarinda")
DAY = dt.timedelta(days=1)
DAYS = [dt.date(2026, 9, 1) + DAY * n for n in range(60)]
OF = {
    "emergency_calls": {"emergencies", "calls", "emergencies_reached"},
    "service_requests": {"requests", "requests_served"},
}


def surges(world: World) -> list[tuple[str, str, str, str]]:
    with sqlite3.connect(world.truth) as connection:
        return connection.execute("select city, dataset, area, day from planted_surges").fetchall()


def said(city: City, key: str = unusual.KEY) -> dict[str, Any]:
    with reading(city.code) as connection:
        told = latest(connection, city, key)
    assert told
    return told.says


def asked(city: City, where: tuple[tuple[str, str], ...] = (), area: str = "", language: str = "id") -> Asked:
    now = dt.datetime.now(dt.UTC)
    today = now.astimezone(city.tz).date()
    return Asked(Scope(city.slug, area or city.code, today, today, where, None, language), city, now)


def test_what_was_planted_is_found_within_three_days(world: World) -> None:
    """Of a hundred such surges 97 are found (``bench.unusual``), and every day draws this small world anew."""
    planted, missed = surges(world), []
    assert {dataset for _, dataset, _, _ in planted} == set(OF)
    for slug, dataset, area, day in planted:
        events = said(load_city(slug))["events"]
        here = [one for one in events if one["area"] == area and one["indicator"] in OF[dataset]]
        found = [one for one in here if one["since"] <= day <= one["until"]]
        missed += [] if found else [(slug, dataset, area, day)]
        assert all(one["score"] > 0 and one["value"] > one["high"] for one in found)
    assert len(missed) <= 1 < len(planted), missed


def test_a_day_of_a_district_is_what_the_truth_counts(world: World) -> None:
    calls = Book(world.truth, CITY.code, CITY.zone).calls
    true = calls[calls.outcome == "emergency"]
    today = asked(CITY).scope.until
    of = Asked(Scope(CITY.slug, CITY.code, today - 30 * DAY, today - DAY), CITY, asked(CITY).now)
    with reading(CITY.code) as connection:
        points = by_day(connection, EMERGENCIES, of)
    whole = {point.day: point.value for point in points if point.area is None}
    days = true.called_at.dt.date
    within = (days >= today - 30 * DAY) & (days < today)
    assert whole == days[within].value_counts().to_dict()
    areas = true.area_code.str[:8][within].dropna()
    assert {(p.area, p.day): p.value for p in points if p.area} == areas.groupby([areas, days]).size().to_dict()


@pytest.mark.parametrize("slug", [city.slug for city in all_cities()])
def test_every_panel_says_something_whole_in_both_languages(world: World, slug: str) -> None:
    city = load_city(slug)
    with reading(city.code) as connection:
        there = places(connection, city)
        for slug_of_page in ("tak-biasa", "rekam-jejak"):
            for panel in page(slug_of_page).panels:
                for language in ("id", "en"):
                    answer = panel.answer(connection, asked(city, language=language), there)
                    assert answer["state"] == "ok" or answer["message"], panel.id
                    assert answer["fresh_at"] and answer["simulated"] and answer["definition"]["formula"]
                    table = answer.get("table") or {"columns": [], "raw": [], "rows": []}
                    assert {len(row) for row in [*table["raw"], *table["rows"]]} <= {len(table["columns"])}
                    assert panel.kind == "table" or all(
                        cell is None or isinstance(cell, float | int) for row in table["raw"] for cell in row[1:]
                    )
                    assert "None" not in str(answer["title"]) and not re.search(r"\bnan\b", str(answer))


def test_the_list_says_what_the_detector_said(world: World) -> None:
    events = said(CITY)["events"]
    with reading(CITY.code) as connection:
        there = places(connection, CITY)
        table = panel("tak-biasa", "events").answer(connection, asked(CITY), there)["table"]
        raw = {(row[0], row[1]): row for row in table["raw"]}
        assert raw.keys() == {(one["indicator"], one["area"]) for one in events}
        one = events[0]
        assert raw[one["indicator"], one["area"]][2:] == [
            *(one[name] for name in ("value", "expected", "peak", "since", "score")),
            "; ".join(f"{other['indicator']} {other['area']}" for other in one["together"]),
        ]
        chosen = (("indicator", one["indicator"]),)
        course = panel("tak-biasa", "course").answer(connection, asked(CITY, chosen, one["area"]), there)
        assert [row[1] for row in course["table"]["raw"]] == one["course"]["value"]
        assert fmt.day(dt.date.fromisoformat(one["since"]), "id") in course["title"]
        nothing = panel("tak-biasa", "events").answer(connection, asked(CITY, (("subject", "x"),)), there)
        assert nothing["state"] == "empty" and nothing["message"]


def page(slug: str) -> Page:
    """A page as it is declared; Dash itself is kept out of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dash, "register_page", lambda *said, **more: None)
        declared_page: Page = importlib.import_module(f"pages.command.{slug.replace('-', '_')}").PAGE
    return declared_page


def panel(slug: str, name: str) -> Any:
    found = page(slug).panel(name)
    assert found
    return found


def test_the_track_record_has_every_model_of_the_city(world: World) -> None:
    records = said(CITY, track.KEY)["models"]
    assert {key for key, model in models().items() if "calls" in key} <= records.keys()
    enough = [record for record in records.values() if "held" in record]
    for record in enough:
        assert record["low"] <= record["held"] <= record["high"] and len(record["course"]) <= track.SHOWN
    alarms = said(CITY, track.KEY)["alarms"]
    assert alarms["told"] >= alarms["right"] and alarms["wrong"] == 0  # nothing was corrected


def test_an_alarm_is_right_while_its_day_lies_outside_what_was_told_then() -> None:
    values = np.array([[3.0, np.nan, 9.0]])
    series = unusual.Series(values, np.ones_like(values), np.array([Kind.COUNT]), np.array([0]))
    seen = unusual.Watch([unusual.Row("calls", CITY.code)], DAYS[:3], series)
    alarm = {"indicator": "calls", "area": CITY.code, "peak": DAYS[2].isoformat(), "low": 1.0, "high": 5.0}
    right, corrected = track._still_outside(alarm, seen), track._still_outside(alarm | {"high": 9.5}, seen)
    assert (right, corrected) == (True, False)
    assert track._still_outside(alarm | {"peak": DAYS[1].isoformat()}, seen) is None
    assert track._still_outside(alarm | {"area": "64.72.01"}, seen) is None


@pytest.fixture
def question(world: World) -> Iterator[Question]:
    with reading(CITY.code) as connection:
        yield Question(connection, asked(CITY), places(connection, CITY), frozenset())


@pytest.fixture
def events(question: Question, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the detector found in the simulated city, where on some days nothing bad goes on, and one that does."""
    days = {"since": question.asked.scope.until.isoformat(), "until": question.asked.scope.until.isoformat()}
    figures = {"value": 40.0, "low": 2.0, "high": 9.0, "score": 6.5, "over": False}
    found = [*said(CITY)["events"], {"indicator": EMERGENCIES.key, "area": "64.72.09", **days, **figures}]
    monkeypatch.setattr(look, "latest", lambda *asked: Told({"events": found}, question.asked.now))
    return found


def test_an_alert_rings_for_what_is_unusual_and_not_good(question: Question, events: list[dict[str, Any]]) -> None:
    rule = Rule("unusual", Words("Uji", "Test"), limit=0.1)
    going_on = [one for one in events if not one["over"]]
    bad = {f"{one['indicator']} {one['area']}" for one in going_on if not good(one)}
    found = holding(rule, question)
    assert found.keys() == bad and f"{EMERGENCIES.key} 64.72.09" in bad
    strongest = max(abs(one["score"]) for one in going_on)
    assert holding(structs.replace(rule, limit=strongest + 1), question) == {}
    stands = Question(question.connection, question.asked, question.places, set(bad))
    assert (
        holding(structs.replace(rule, limit=strongest + 1), stands).keys() == bad
    )  # until the detector says it is over
    later = Asked(question.asked.scope, CITY, question.asked.now + 9 * DAY)
    assert holding(rule, Question(question.connection, later, question.places, frozenset())) == {}
    assert holding(structs.replace(rule, indicator="waste_kg"), question) == {}


def good(event: dict[str, Any]) -> bool:
    return unusual.is_good(indicators()[event["indicator"]], event["score"])


def test_the_declared_rules_leave_the_screens_alone_unless_it_is_severe() -> None:
    rules = {name: rule for name, rule in declared(CITY).items() if rule.kind == "unusual"}
    over = {rule.limit for rule in rules.values() if rule.takes_over}
    assert over and min(over) > max(rule.limit for rule in rules.values() if not rule.takes_over)
    more = Rule("unusual", Words("Uji", "Test"), "answered_20s", limit=4, clear=2)
    assert check_rule("uji", more) and "analyses" in more.datasets and "emergency_calls" in more.datasets


# What is watched, and how points become series


def test_what_is_watched_says_something_of_each_day() -> None:
    watched = unusual.watched()
    assert {"calls", "gmv", "answered_20s", "cases_new", "positivity_week"} <= watched.keys()
    assert (
        not {
            "asn_buying",
            "aid_amount",
            "cases_active",
            "orders_rate",
            "incidence_week",
            "complaints_done",
            "asn_share",
            "cases_died",
        }
        & watched.keys()
    )
    of_days = [unusual._rows(one) for one in watched.values() if one.window is Window.PERIOD]
    assert not {unusual._rows(one) for one in watched.values() if one.window is Window.WEEK} & set(of_days)
    week = replace(indicators()["calls"], key="calls_week", window=Window.WEEK)
    assert unusual.watchable(week) and unusual._rows(week) in of_days  # told once, as a figure of a day
    for about in watched.values():
        assert about.window in (Window.PERIOD, Window.WEEK)
        assert about.better is not Better.NEITHER or about.unit.adds_up


def test_cases_of_a_ward_are_not_told_by_day() -> None:
    assert unusual.levels_of(EMERGENCIES) == (8, 13) and unusual.levels_of(GMV) == (8,)
    assert {unusual.levels_of(about) for about in unusual.watched().values() if about.subject == "corona"} == {(8,)}


def points(values: dict[int, tuple[float, int]], area: str | None = None) -> list[AreaDay]:
    return [AreaDay(DAYS[day], area, value, rows) for day, (value, rows) in values.items()]


def arranged(*of: Any) -> tuple[list[unusual.Row], unusual.Series]:
    found = unusual.arranged(*of)
    assert found is not None
    return found


def test_days_without_rows_are_zero_and_those_of_a_silent_source_are_gaps() -> None:
    many = points({day: (40.0, 40) for day in range(5, 60) if day != 30})
    few = points(dict.fromkeys((5, 20, 55), (1.0, 1)))
    for given, at_30 in ((many, np.nan), (few, 0.0)):
        rows, series = arranged(EMERGENCIES, given, DAYS, DAYS[57], CITY.code)
        assert rows == [unusual.Row("emergencies", CITY.code)] and series.kinds[0] == Kind.COUNT
        np.testing.assert_equal(series.values[0, [4, 30, 58]], [np.nan, at_30, np.nan])


def test_a_district_is_zero_where_the_city_has_rows() -> None:
    given = points(dict.fromkeys(range(60), (40.0, 40))) + points({3: (2.0, 2)}, "64.72.01")
    rows, series = arranged(EMERGENCIES, given, DAYS, DAYS[-1], CITY.code)
    assert [row.area for row in rows] == [CITY.code, "64.72.01"]
    assert series.values[1].sum() == 2 and not np.isnan(series.values[1]).any()


def test_a_ward_is_watched_where_it_counts_enough() -> None:
    whole = points(dict.fromkeys(range(60), (40.0, 40)))
    wards = points(dict.fromkeys(range(60), (5.0, 5)), "64.72.01.1001") + points({3: (1.0, 1)}, "64.72.01.1002")
    rows, _ = arranged(EMERGENCIES, whole + wards, DAYS, DAYS[-1], CITY.code)
    assert [row.area for row in rows] == [CITY.code, "64.72.01.1001"]


def test_what_sort_of_value_it_is_follows_from_the_values() -> None:
    shares = points({day: (100 * (day % 5) / 8, 8) for day in range(60)})
    means = points(dict.fromkeys(range(60), (33.3, 8)))
    for given, kind in ((shares, Kind.SHARE), (means, Kind.LEVEL)):
        _, series = arranged(ANSWERED, given, DAYS, DAYS[-1], CITY.code)
        assert series.kinds[0] == kind
    both = points(dict.fromkeys(range(60), (900000.0, 9))) + points(dict.fromkeys(range(60), (900000.0, 9)), "64.72.01")
    _, sums = arranged(GMV, both, DAYS, DAYS[-1], CITY.code)
    assert sums.kinds[0] == Kind.AMOUNT
    two = both + points(dict.fromkeys(range(60), (900000.0, 9)), "64.72.02")
    assert unusual.arranged(BASKET, two, DAYS, DAYS[-1], CITY.code) is None  # a mean that is neither good nor bad


def test_an_event_begins_beyond_the_limit_and_lasts_until_it_is_usual_again() -> None:
    score = np.array([[0.0, 2.5, 4.0, 2.5, np.nan, 2.0, 1.0, 2.5, -4.0, -2.5]])
    began = unusual.alarms(score, np.array([3.5]))
    assert began.tolist() == [[-1, -1, 2, 2, -1, 2, -1, -1, 8, 8]]


def test_what_rests_on_the_same_rows_is_told_once() -> None:
    one = {"area": "64.72.01", "since": "2026-11-01", "until": "2026-11-03"}
    events = [one | {"indicator": key} for key in ("emergencies", "calls", "gmv")]
    later = one | {"indicator": "calls", "since": "2026-11-08", "until": "2026-11-09"}
    assert unusual._folded([*events, later]) == [events[0], events[2], later]


def test_an_alarm_is_kept_as_it_was_first_told_for_a_year() -> None:
    event = dict.fromkeys(("score", "value", "low", "high"), 1.0) | {"indicator": "calls", "area": CITY.code}
    event |= {"since": "2026-11-01", "peak": "2026-11-01"}
    now = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
    log = unusual._logged([], [event], now)
    again = unusual._logged(log, [event | {"value": 9.0}], now + DAY)
    assert again == log and log[0]["told"] == "2026-11-02"
    assert unusual._logged(log, [], now + 400 * DAY) == []


def test_the_morning_takes_the_detectors_score_to_the_bad_side() -> None:
    outside = {"value": 9.0, "low": 1.0, "high": 5.0}
    assert (
        chance_of_score(ANSWERED, outside | {"score": -4})
        == chance_of_score(EMERGENCIES, outside | {"score": 4})
        < 1e-4
    )
    assert chance_of_score(ANSWERED, outside | {"score": 4}) == 1.0
    assert chance_of_score(EMERGENCIES, outside | {"score": 4, "value": 3.0}) == 1.0  # only the days before were so
    assert is_same(1234567.0, 1234600.0) and not is_same(12.0, 13.0) and is_same(0.0, 0.0)


def test_nothing_made_yet_is_said_so(world: World) -> None:
    early = Asked(long_ago(asked(CITY).scope), CITY, asked(CITY).now)
    with reading(CITY.code) as connection:
        there = Places(CITY, places(connection, CITY).book)
        for slug_of_page in ("tak-biasa", "rekam-jejak"):
            for one in page(slug_of_page).panels:
                answer = one.answer(connection, early, there)
                assert answer["state"] == "empty" and "Belum dihitung" in answer["message"]


def long_ago(scope: Scope) -> Scope:
    """The same, asked of a time before anything was made."""
    return Scope(scope.city, scope.area, scope.since, scope.until, (), dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
