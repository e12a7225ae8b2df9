"""Services, papers, the plan and apps when data are few, old, missing or odd: what is said, and what is not."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from dashboard import analyse
from dashboard.analyses import services
from dashboard.areas import Places
from dashboard.indicators import plan
from dashboard.indicators import services as indicators
from dashboard.overlaps import OVERLAP_VIEW, UNUSED_VIEW
from dashboard.panels import (
    Ages,
    Changes,
    Durations,
    EffectCourse,
    EffectPlaces,
    EffectTile,
    Grid,
    InTime,
    Lagging,
    Movers,
    OverlapListing,
)
from dashboard.panels.digitalised import NO_DAY, NO_PILOTS, NOT_MADE, TOO_FEW, parallel
from dashboard.queries import Asked
from dashboard.scope import Scope
from etl.analyses import RESULTS
from etl.areas import area_book
from etl.cities import load_city
from etl.office import NOTICES
from etl.pipeline import retained
from etl.warehouse import HISTORIES, RUNS, SOURCES, Role, engine, reading
from tests.etl.test_crosschecks import clean, put

__all__ = ["clean"]

pytestmark = pytest.mark.usefixtures("warehouse", "clean", "forgotten")
CITY = load_city("samarinda")
NOW = dt.datetime(2026, 11, 22, 4, tzinfo=dt.UTC)  # noon in Samarinda
TODAY, DAY = dt.date(2026, 11, 22), dt.timedelta(days=1)
WARDS = [code for code, area in sorted(area_book(CITY).areas.items()) if len(code) == 13]
ALL = Scope(CITY.slug, CITY.code, TODAY - DAY * 29, TODAY)
PLACES = Places(CITY, area_book(CITY))


@pytest.fixture
def forgotten() -> None:
    with engine(Role.OWNER).begin() as connection:
        for table in (RESULTS, RUNS, SOURCES, *HISTORIES.values()):
            connection.execute(table.delete())


def shown(panel: Any, scope: Scope = ALL) -> dict[str, Any]:
    with reading(CITY.code) as connection:
        return dict(panel.shown(connection, Asked(scope, CITY, NOW), PLACES))


def lines(view: Any) -> list[tuple[Any, ...]]:
    with reading(CITY.code) as connection:
        return [line.cells for line in view.lines(connection, Asked(ALL, CITY, NOW))]


def site(ward: str, live_on: dt.date | None, **other: Any) -> dict[str, Any]:
    plain = {"city_code": CITY.code, "budget_year": 2023, "item": "computers", "budget": 100, "realised": 40}
    return plain | {"area_code": ward, "progress": 50, "reported_on": TODAY, "live_on": live_on} | other


def requests(ward: str, day: dt.date, digital: int, counter: int) -> list[dict[str, Any]]:
    at = dt.datetime.combine(day, dt.time(10), CITY.tz)
    kinds = ["digital"] * digital + ["counter"] * counter
    plain = {"city_code": CITY.code, "service": "Surat", "area_code": ward, "opened_at": at}
    return [plain | {"request_id": f"{ward}/{day}/{n}", "channel": kind} for n, kind in enumerate(kinds)]


def analysed() -> dict[str, Any]:
    """The analysis, made and kept as its process does."""
    with engine(Role.OWNER).begin() as connection:
        connection.execute(RESULTS.delete())
    analyse.make(CITY, services.ANALYSES[0], NOW)
    with reading(CITY.code) as connection:
        return dict(services.digitalised(connection, CITY, NOW) or {})


TILE, COURSE, PILOTS = (kind(indicators.DIGITAL_SHARE, name="x") for kind in (EffectTile, EffectCourse, EffectPlaces))


def messages() -> list[str]:
    return [shown(panel).get("message", "") for panel in (TILE, COURSE, PILOTS)]


# Before and after digitalisation


def test_before_the_analysis_was_made_and_without_pilots():
    assert messages() == [NOT_MADE.id] * 3
    assert analysed() == {}
    assert messages() == [NO_PILOTS.id] * 3
    put("site_budgets", site("64.72.02", TODAY - DAY * 40))  # a district's own office serves no ward
    assert analysed() == {}


def test_pilots_of_which_nobody_told_when_they_began():
    put("site_budgets", *(site(ward, None) for ward in WARDS[:3]))
    assert (analysed()["why"], analysed()["pilots"], analysed()["days_known"]) == ("no_day", 3, 0)
    assert messages() == [NO_DAY.id] * 3


def test_too_few_show_raw_counts_and_a_pilot_without_requests_is_there():
    began = TODAY - DAY * 30
    put("site_budgets", *(site(ward, began) for ward in WARDS[:3]))
    put("service_requests", *requests(WARDS[0], began - DAY, 1, 3), *requests(WARDS[0], began, 2, 0))
    told = analysed()
    assert (told["why"], told["effect"], told["course"]) == ("too_few", None, None)
    assert told["places"] == [
        [WARDS[0], began.isoformat(), 1, 4, 2, 2],
        *([w, began.isoformat(), 0, 0, 0, 0] for w in WARDS[1:3]),
    ]
    assert messages()[:2] == [TOO_FEW.id] * 2
    table = shown(PILOTS)["table"]
    assert [row[1] for row in table["rows"]] == ["–", "–", "25"] and TOO_FEW.id in shown(PILOTS)["subtitle"]


def many(lift: int, pilots: int = 4, others: int = 6, began: dt.date = TODAY - DAY * 31) -> None:
    """Twenty requests a ward, three weeks before and after; digital: 10, everywhere 2 more later, pilots yet more."""
    rows = []
    for number, ward in enumerate(WARDS[: pilots + others]):
        for back in (7, 14, 21):
            rows += requests(ward, began - DAY * back, 10 + number % 2, 10 - number % 2)
            more = 2 + (lift if number < pilots else 0)
            rows += requests(ward, began + DAY * (back - 7), 10 + more, 10 - more)
    put("site_budgets", *(site(ward, began) for ward in WARDS[:pilots]))
    put("service_requests", *rows)


def test_what_everybody_gained_is_not_the_effect():
    many(lift=4)
    told = analysed()["effect"]
    assert told["elsewhere"] == pytest.approx(7.5) and told["plain"] == pytest.approx(27.5)
    assert told["mean"] == pytest.approx(20) and (told["begun"], told["others"]) == (4, 6)
    assert shown(TILE)["tile"]["value"] == "+20,0"
    told = shown(COURSE)
    assert "+20,0 poin" in told["title"] and [row[0] for row in told["table"]["raw"]][:3] == [-3, -2, -1]


def test_a_ward_without_requests_is_no_yardstick_and_one_pilot_of_unknown_day_neither():
    many(lift=4)
    put("site_budgets", site(WARDS[9], None))
    told = analysed()
    assert (told["pilots"], told["days_known"]) == (5, 4)
    assert (told["effect"]["begun"], told["effect"]["others"]) == (4, 5)


def test_other_ways_before_are_warned_of():
    assert "TIDAK sejajar" in parallel({"chance": 0.02}).id
    assert "tidak tampak berbeda" in parallel({"chance": 0.6}).id
    assert parallel(None) == parallel({"chance": None}) and "belum cukup data" in parallel(None).id


def test_what_was_said_then_is_said_again():
    analysed()
    many(lift=4)
    with reading(CITY.code) as connection:
        says = services.digitalised(connection, CITY, NOW)
    assert says
    with engine(Role.ANALYST).begin() as connection:
        later = NOW + DAY
        connection.execute(
            RESULTS.insert().values(city_code=CITY.code, analysis=services.DIGITALISATION, made_at=later, says=says)
        )
    then = Scope(CITY.slug, CITY.code, TODAY - DAY, TODAY, (), NOW + DAY / 2)
    assert shown(TILE, then)["message"] == NO_PILOTS.id and shown(TILE)["tile"]["value"] == "+20,0"


# Who lags, who moves

LAGGING = Lagging(indicators.DIGITAL_SHARE, whole=indicators.REQUESTS)
MOVERS = Movers(indicators.DIGITAL_SHARE, whole=indicators.REQUESTS)


def test_a_ward_lags_when_it_is_more_than_chance_and_few_requests_say_nothing():
    put("service_requests", *requests(WARDS[0], TODAY - DAY, 8, 72), *requests(WARDS[1], TODAY - DAY, 5, 5))
    put("service_requests", *requests(WARDS[2], TODAY - DAY, 0, 9))
    told = shown(LAGGING)
    assert [row[0] for row in told["table"]["raw"]] == WARDS[:2] and told["table"]["tones"] == ["act", ""]
    assert "1 jelas di bawah 60 %" in told["title"] and "1 kelurahan < 10" in told["subtitle"]
    put("service_requests", *requests(WARDS[3], TODAY - DAY * 40, 30, 0))
    assert len(shown(LAGGING)["table"]["raw"]) == 2


def test_nobody_asked_for_anything():
    assert "Belum cukup data" in shown(LAGGING)["message"] and "Belum cukup data" in shown(MOVERS)["message"]


def test_a_ward_moves_when_it_is_more_than_chance():
    before, now = TODAY - DAY * 40, TODAY - DAY
    put("service_requests", *requests(WARDS[0], before, 10, 40), *requests(WARDS[0], now, 40, 10))
    put("service_requests", *requests(WARDS[1], before, 6, 6), *requests(WARDS[1], now, 7, 5))
    put("service_requests", *requests(WARDS[2], before, 9, 0), *requests(WARDS[2], now, 0, 90))
    told = shown(MOVERS)
    assert [row[0] for row in told["table"]["raw"]] == WARDS[:2]
    assert told["table"]["rows"][0][0].startswith("● ") and "+60,0 poin" in told["title"]


# Complaints


def complaint(number: int, agency: str | None, opened: dt.datetime, closed: dt.datetime | None) -> dict[str, Any]:
    state = {"status": "done" if closed else "received", "channel": "Loket", "category": "Sampah"}
    plain = {"city_code": CITY.code, "ticket_id": str(number), "agency_code": agency}
    return plain | state | {"opened_at": opened, "closed_at": closed}


COMPLAINTS = Durations(
    indicators.COMPLAINTS, by="agency_code", ended=lambda c: c.closed_at, late=indicators.COMPLAINTS_LATE
)
OPEN = Ages(indicators.COMPLAINTS_OPEN, by="agency_code")
IN_TIME = InTime(indicators.COMPLAINTS)


def test_an_agency_with_few_complaints_shows_its_counts_and_one_with_only_old_ones_is_there():
    put("complaints", *(complaint(n, "D01", NOW - DAY * 20, NOW - DAY * (20 - n % 5 - 1)) for n in range(20)))
    put("complaints", complaint(30, "D02", NOW - DAY * 3, NOW - DAY), complaint(31, None, NOW - DAY * 200, None))
    raw = {row[0]: row[1:] for row in shown(COMPLAINTS)["table"]["raw"]}
    assert list(raw["D01"]) == [0, pytest.approx(3), 100, 20]
    assert list(raw["D02"]) == [0, None, 100, 1] and list(raw[None]) == [1, None, None, 0]
    rows = {row[0]: row for row in shown(COMPLAINTS)["table"]["rows"]}
    assert rows["D02"][2] == "belum cukup data" and rows["Tidak tercatat"][1:] == ["1", "belum cukup data", "–", "0"]
    assert "lebih dari 14 hari" in shown(OPEN)["title"]


def test_nothing_is_said_of_complaints_that_are_not_there():
    assert shown(COMPLAINTS)["state"] == "empty" and shown(OPEN)["message"] == "Tidak ada yang menunggu."
    assert "0 aduan, 0 ditutup" in shown(IN_TIME)["message"]
    with reading(CITY.code) as connection:
        assert [model.judged(connection, CITY, TODAY) for model in services.MODELS] == [[], [], []]


def test_what_waits_counts_as_long_as_it_has_waited():
    """Ten were closed after a day, thirty still wait after ten: half of all take longer than was seen."""
    put("complaints", *(complaint(n, "D01", NOW - DAY * 10, NOW - DAY * 9) for n in range(10)))
    put("complaints", *(complaint(n, "D01", NOW - DAY * 10, None) for n in range(10, 40)))
    (whole, _) = shown(COMPLAINTS)["table"]["rows"]
    assert whole[2] == "lebih lama dari yang teramati"
    assert shown(IN_TIME)["state"] == "empty"  # nobody was seen for fourteen days


def test_a_model_is_judged_with_what_was_known_then():
    """One complaint an hour, closed after two days; and of those of the last weeks nothing could be known before."""
    opened = [NOW - dt.timedelta(hours=6 * n) for n in range(4 * 300)]
    put("complaints", *(complaint(n, "D01", at, min(at + DAY * 2, NOW)) for n, at in enumerate(opened)))
    with reading(CITY.code) as connection:
        closing, middle = (model.judged(connection, CITY, TODAY) for model in services.MODELS[1:])
    assert len(closing) > 20 and all(one.held and one.said == one.came == 100 for one in closing)
    assert middle and all(one.said == pytest.approx(2, abs=1e-6) and one.came == pytest.approx(2) for one in middle)
    assert max(one.moment for one in closing) <= TODAY - DAY * 21


# The plan


def test_what_a_report_says_now_beside_what_it_said_before():
    put("site_budgets", site(WARDS[0], None), site(WARDS[1], None, realised=90))
    old = site(WARDS[0], None, realised=10) | {"source": "uji", "known_from": NOW - DAY * 50, "known_to": NOW - DAY}
    older = old | {"realised": 0, "known_from": NOW - DAY * 99, "known_to": NOW - DAY * 50}
    with engine(Role.OWNER).begin() as connection:
        connection.execute(HISTORIES["site_budgets"].insert(), [old, older])
        connection.execute(sa.update(services.read("site_budgets")).values(known_from=NOW - DAY))
    told = shown(
        Grid(
            plan.ABSORPTION,
            columns=("computers",),
            dimension="item",
            whole=plan.BUDGET,
            part=plan.REALISED,
            amounts=("budget", "realised"),
        )
    )
    more = {row[0]: row[told["table"]["series"].index("more") + 1] for row in told["table"]["raw"]}
    assert more == {WARDS[0]: pytest.approx(30), WARDS[1]: 0}
    changes = Changes(plan.REALISED, columns=("realised", "progress"), names=("area_code", "item"))
    assert [list(row[1:]) for row in shown(changes)["table"]["raw"]] == [["computers", "realised", "10.00", "40.00"]]


# Apps


def app(name: str, **other: Any) -> dict[str, Any]:
    plain = {"city_code": CITY.code, "app": name, "users": 10, "last_seen_at": NOW, "updated_at": NOW}
    return plain | {"sector": None, "purpose": None} | other


def test_apps_overlap_only_where_both_functions_are_published():
    same = {"sector": "Kesehatan", "purpose": "Panggilan darurat"}
    put(
        "app_registry",
        app("A", **same),
        app("B", sector="kesehatan ", purpose=" panggilan  Darurat"),
        app("C"),
        app("D"),
    )
    put("app_registry", app("E", sector="Ekonomi", purpose="Panggilan darurat"))
    assert [cells[0] for cells in lines(OVERLAP_VIEW)] == ["A, B"]
    with reading(CITY.code) as connection:
        told = OverlapListing(OVERLAP_VIEW).answer(connection, Asked(ALL, CITY, NOW), PLACES)
    assert "2 dari 5 aplikasi tanpa fungsi" in told["subtitle"]


def test_a_city_without_a_registry_says_so():
    with reading(CITY.code) as connection:
        told = OverlapListing(OVERLAP_VIEW).answer(connection, Asked(ALL, CITY, NOW), PLACES)
    assert told["state"] == "empty" and "belum mengirim daftar" in told["message"]
    assert lines(UNUSED_VIEW) == []


def test_an_old_registry_speaks_of_its_own_day():
    old = NOW - DAY * 400
    put(
        "app_registry",
        app("hidup", last_seen_at=old - DAY * 2, updated_at=old),
        app("diam", last_seen_at=old - DAY * 31, updated_at=old),
    )
    put(
        "app_registry",
        app("tak pernah", last_seen_at=None, updated_at=old),
        app("kosong", users=0, updated_at=old, last_seen_at=old),
    )
    put("app_registry", app("tanpa angka", users=None, updated_at=old, last_seen_at=old))
    found = {cells[0]: cells for cells in lines(UNUSED_VIEW)}
    assert set(found) == {"diam", "tak pernah", "kosong"}
    assert found["diam"][1].id == "tidak terlihat aktif 31 hari" and found["diam"][4] == old


def test_a_source_that_brings_nothing_new_seems_not_to_be_used():
    texts = dict.fromkeys(("title_id", "title_en", "owner", "licence"), "-")
    plain = {"city_code": CITY.code, "dataset": "complaints", "promise_s": 60, "simulated": True} | texts
    run = {"city_code": CITY.code, "dataset": "complaints", "delivery": "x", "started_at": NOW}
    with engine(Role.OWNER).begin() as connection:
        connection.execute(
            SOURCES.insert(), [plain | {"source": name, "app": name} for name in ("mati", "hidup", "baru")]
        )
        for name, days, rows in (("mati", 40, 3), ("mati", 1, 0), ("hidup", 29, 1), ("hidup", 0, 0)):
            counts = {"received": rows, "loaded": rows, "finished_at": NOW - DAY * days, "source": name}
            connection.execute(RUNS.insert().values(run | counts))
    assert [cells[0] for cells in lines(UNUSED_VIEW)] == ["mati"]
    put("app_registry", app("hidup", last_seen_at=NOW - DAY * 90), app("mati", last_seen_at=NOW - DAY * 90))
    put("app_registry", app("baru", users=0))
    assert [cells[0] for cells in lines(UNUSED_VIEW)] == ["mati", "mati", "baru"]


# What was told is kept no longer than its time


def test_old_notices_go_and_what_still_waits_stays():
    old, young = NOW - DAY * 366, NOW - DAY * 364
    cases = {
        "a": ("sent", old),
        "b": ("failed", old),
        "c": ("queued", old),
        "d": ("sending", old),
        "e": ("sent", young),
    }
    with engine(Role.OWNER).begin() as connection:
        for cause, (state, at) in cases.items():
            row = {"city_code": CITY.code, "subscription_id": 1, "cause": cause, "told": {}, "state": state}
            connection.execute(NOTICES.insert().values(row | {"queued_at": at}))
        connection.execute(
            NOTICES.insert().values(
                city_code="35.78", subscription_id=1, cause="a", told={}, state="sent", queued_at=old
            )
        )
    assert [(one.name, one.removed) for one in retained(CITY, NOW)] == [("notices", 2)]
    with engine(Role.OWNER).begin() as connection:
        kept = connection.execute(sa.select(NOTICES.c.city_code, NOTICES.c.cause).order_by(NOTICES.c.cause)).all()
        connection.execute(NOTICES.delete())
    assert [tuple(row) for row in kept] == [("35.78", "a"), *((CITY.code, cause) for cause in "cde")]
