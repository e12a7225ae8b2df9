"""Results of analyses: when they are due, what is kept, who reads them."""

import datetime as dt

import pytest
import sqlalchemy as sa

from dashboard import analyse
from dashboard.analysis import Analysis, Says, begun, latest
from etl.analyses import ANALYSES, KEPT_DAYS, RESULTS
from etl.cities import City, load_city
from etl.warehouse import SOURCES, Role, engine, reading, versions

pytestmark = pytest.mark.usefixtures("warehouse")
CITY, OTHER = load_city("samarinda"), load_city("surabaya")
NOON = dt.datetime(2026, 11, 27, 4, tzinfo=dt.UTC)  # in Samarinda
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def counted(connection: sa.Connection, city: City, now: dt.datetime) -> Says | None:
    return {"hour": now.hour}


def nothing(connection: sa.Connection, city: City, now: dt.datetime) -> Says | None:
    return None


HOURLY = Analysis("hourly", ("emergency_calls",), "hour", counted)
DAILY = Analysis("daily", ("emergency_calls",), "day", nothing)
ABSENT = Analysis("absent", ("oxygen_stock",), "day", counted)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three analyses, no result, and one source that has not come yet."""
    monkeypatch.setattr(analyse, "analyses", lambda: {one.key: one for one in (HOURLY, DAILY, ABSENT)})
    texts = dict.fromkeys(("app", "title_id", "title_en", "owner", "licence"), "-")
    row = {"city_code": CITY.code, "source": "calls", "dataset": "emergency_calls", "promise_s": 60, "simulated": True}
    with engine(Role.OWNER).begin() as connection:
        connection.execute(RESULTS.delete())
        connection.execute(SOURCES.delete())
        connection.execute(SOURCES.insert().values(texts | row))


def arrived(**how: dt.datetime) -> None:
    with engine(Role.OWNER).begin() as connection:
        connection.execute(SOURCES.update().values(how))


def due(now: dt.datetime) -> list[str]:
    return [about.key for about in analyse.due(CITY, now)]


@pytest.mark.parametrize("how", ["last_success", "error_at"])
def test_nothing_is_analysed_before_its_sources_have_come_or_failed(how: str):
    assert due(NOON) == []
    arrived(**{how: NOON})
    assert due(NOON) == ["hourly", "daily"]


def test_each_is_made_once_an_hour_or_a_day_of_the_city():
    arrived(last_success=NOON)
    for about in (HOURLY, DAILY):
        analyse.make(CITY, about, NOON)
    assert due(NOON + HOUR - DAY / 86_400) == []
    assert due(NOON + HOUR) == ["hourly"]
    assert begun("day", NOON, CITY).isoformat() == "2026-11-27T00:00:00+08:00"
    assert due(NOON + 12 * HOUR) == ["hourly", "daily"]


def test_a_page_reads_the_latest_or_what_was_said_by_then_and_only_of_its_city():
    analyse.make(CITY, HOURLY, NOON)
    analyse.make(CITY, HOURLY, NOON + HOUR)
    analyse.make(OTHER, HOURLY, NOON + 2 * HOUR)
    with reading(CITY.code) as connection:
        told = [latest(connection, CITY, "hourly", at) for at in (None, NOON, NOON - HOUR)]
        assert [one and one.says["hour"] for one in told] == [5, 4, None]
        assert latest(connection, OTHER, "hourly") is None
        assert versions(connection, CITY.code)[CITY.code, ANALYSES] >= 2


def test_nothing_to_say_is_kept_as_such():
    analyse.make(CITY, DAILY, NOON)
    with reading(CITY.code) as connection:
        found = latest(connection, CITY, "daily")
    assert found and found.says == {}


def test_a_result_goes_when_its_time_is_over():
    for later in (0, 1, KEPT_DAYS + 1):
        analyse.make(CITY, HOURLY, NOON + DAY * later)
    with reading(CITY.code) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(RESULTS)) == 2


def test_one_that_names_no_dataset_waits_for_every_source_of_the_city(monkeypatch: pytest.MonkeyPatch):
    whole = Analysis("whole", (), "hour", counted)
    monkeypatch.setattr(analyse, "analyses", lambda: {"whole": whole})
    assert due(NOON) == []
    arrived(last_success=NOON)
    assert due(NOON) == ["whole"]
    assert [about.key for about in analyse.due(OTHER, NOON)] == []  # a city without any source
