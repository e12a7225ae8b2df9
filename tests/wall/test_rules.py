"""Alert rules: what cannot be watched is refused by its field; one alert for one cause, until it is really over."""

import datetime as dt
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from scipy.stats import poisson

from dashboard.areas import places
from dashboard.live import Live
from dashboard.queries import Asked, measure, value
from dashboard.scope import Scope
from dashboard.wall import alerts, watch
from dashboard.wall.look import Holds, Question, chance, holding, is_simulated
from dashboard.wall.rules import Rule, check_rule, declared
from dashboard.words import Words
from dashboard.wrong import Wrong
from etl.cities import City, all_cities, load_city
from etl.text import Text
from etl.walls import ALERTS
from etl.warehouse import Role, engine, reading
from tests.world import World

CITY = load_city("samarinda")
NAMED = Words("Uji", "Test")
LIMIT = Rule("limit", NAMED, "emergencies", limit=5, clear=2)


@pytest.mark.parametrize("slug", [city.slug for city in all_cities()])
def test_every_declared_rule_can_be_watched(slug: str) -> None:
    assert declared(load_city(slug))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"indicator": "tidak_ada"}, "indicator"),
        ({"indicator": ""}, "indicator"),
        ({"limit": 0}, "limit"),
        ({"clear": 9}, "clear"),
        ({"kind": "incident"}, "categories"),
        ({"kind": "incident", "categories": ("Kebakaran",), "indicator": "asn_buying"}, "indicator"),
        ({"kind": "rise", "indicator": "answered_20s"}, "indicator"),
        ({"kind": "rise", "clear": 1}, "clear"),
        ({"walls": ("Tidak ada",)}, "walls"),
    ],
)
def test_what_cannot_be_watched_is_refused_by_its_field(changed: dict[str, Any], field: str) -> None:
    assert check_rule("uji", LIMIT, {})
    with pytest.raises(Wrong) as refused:
        check_rule("uji", structs.replace(LIMIT, **changed), {"Ruang": None})
    assert refused.value.field == field


def test_a_name_that_is_none() -> None:
    with pytest.raises(Wrong) as refused:
        check_rule("Uji Coba", LIMIT)
    assert refused.value.field == "name"


@given(st.floats(0, 20), st.floats(0, 20))
def test_between_its_limits_nothing_changes(number: float, other: float) -> None:
    """Hysteresis: what stands goes on where what does not stand does not begin."""
    for standing in (True, False):
        passed = LIMIT.passed(number, standing)
        assert passed == (number > 2 if standing else number >= 5)
    assert not (LIMIT.passed(other, False) and not LIMIT.passed(other, True))
    more = Rule("limit", NAMED, "answered_20s", limit=90, clear=95)
    assert more.passed(89, False) and more.passed(92, True) and not more.passed(92, False) and not more.passed(96, True)


@given(st.integers(0, 60), st.floats(0.5, 30))
def test_the_chance_of_so_many_is_that_of_poisson(count: int, usual: float) -> None:
    assert chance(count, usual) == pytest.approx(poisson.sf(count - 1, usual), rel=1e-9)


@pytest.fixture
def question(world: World) -> Iterator[Question]:
    """Asked now of the frozen city."""
    with reading(CITY.code) as connection:
        yield Question(connection, week_until(dt.datetime.now(dt.UTC)), places(connection, CITY), frozenset())


def week_until(now: dt.datetime) -> Asked:
    """The week until then."""
    today = now.astimezone(CITY.tz).date()
    return Asked(Scope(CITY.slug, CITY.code, today - dt.timedelta(days=6), today), CITY, now)


def test_a_limit_is_passed_at_the_value_of_the_tile(question: Question) -> None:
    about = LIMIT.about
    assert about
    there = value(question.connection, about, question.asked)
    assert there and there > 3
    at, over = (structs.replace(LIMIT, limit=there + more, clear=there - 1) for more in (0, 1))
    assert holding(at, question).keys() == {""} and holding(over, question) == {}
    stands = Question(question.connection, question.asked, question.places, {""})
    assert holding(over, stands)[""].what.id.startswith(f"{there:.0f} ")


def test_a_rise_names_the_district_and_what_is_usual(question: Question) -> None:
    rule = Rule("rise", NAMED, "emergencies", limit=999_999, least=1)
    assert rule.about
    yesterday = question.asked.now.astimezone(CITY.tz) - dt.timedelta(days=1)
    question = replace(question, asked=week_until(yesterday.replace(hour=20)))
    found = holding(rule, question)
    counted = {point.key: point.value for point in measure(question.connection, rule.about, question.asked, by="area")}
    assert found and all(area in counted and one.area == area for area, one in found.items())
    assert all("biasanya" in one.what.id for one in found.values())
    assert holding(structs.replace(rule, limit=1e-100), question) == {}


def test_a_silent_source_is_told_by_its_app(question: Question) -> None:
    rule = Rule("silence", NAMED, limit=1e-9)
    found = holding(rule, question)
    assert {"112", "behambinan"} <= found.keys() and "Behambinan" in found["behambinan"].what.id
    assert holding(structs.replace(rule, limit=1e9), question) == {}


def test_an_incident_is_there_until_somebody_arrives(question: Question) -> None:
    every = ("Medis", "Kebakaran", "Kecelakaan lalu lintas", "Pohon tumbang", "Banjir", "Hewan liar", "Keamanan")
    rule = Rule("incident", NAMED, "emergencies", categories=every)
    late = Question(
        question.connection,
        Asked(question.asked.scope, CITY, question.asked.now + dt.timedelta(days=2)),
        question.places,
        frozenset(),
    )
    assert holding(rule, late) == {}
    for one in holding(rule, question).values():
        assert one.since > question.asked.now - dt.timedelta(hours=12)


def test_what_is_simulated_says_so_also_where_it_takes_a_screen_over(world: World) -> None:
    assert holds("1")[1]["simulated"] is True


def holds(what: str) -> tuple[Holds, dict[str, Any]]:
    one = Holds(Text(what, what), dt.datetime.now(dt.UTC))
    with reading(CITY.code) as connection:
        return one, alerts.told(LIMIT, one, places(connection, CITY), is_simulated(connection, CITY, LIMIT))


def kept(rule: str) -> list[alerts.Alert]:
    with engine(Role.WALLS).connect() as connection:
        names = list(alerts.Alert.__dataclass_fields__)
        query = sa.select(*(ALERTS.c[name] for name in names)).where(ALERTS.c.rule == rule)
        return [alerts.Alert(*row) for row in connection.execute(query.order_by(ALERTS.c.alert_id))]


def test_one_alert_for_one_cause_until_it_is_over(world: World) -> None:
    rule = f"uji-{uuid.uuid4().hex[:8]}"
    assert alerts.settle(CITY.code, rule, {"a": holds("1")})
    assert not alerts.settle(CITY.code, rule, {"a": holds("1")})  # nothing that a screen would show otherwise
    assert alerts.settle(CITY.code, rule, {"a": holds("2"), "b": holds("1")})
    first, second = kept(rule)
    assert (first.subject, first.told["what"]["id"], second.subject) == ("a", "2", "b")
    assert alerts.acknowledge(CITY.code, first.alert_id, "Operator")
    assert not alerts.acknowledge(CITY.code, first.alert_id, "Orang lain")
    assert not alerts.acknowledge("00.00", second.alert_id, "Orang kota lain")
    assert not alerts.settle(CITY.code, rule, {"a": holds("3"), "b": holds("1")})  # somebody has it
    assert [one.takes_over("Ruang") for one in kept(rule)] == [False, True]
    assert alerts.settle(CITY.code, rule, {})
    assert all(one.cleared_at for one in kept(rule)) and not alerts.acknowledge(CITY.code, second.alert_id, "x")
    assert alerts.settle(CITY.code, rule, {"a": holds("1")})  # again: another alert
    assert [one.cleared_at is None for one in kept(rule)] == [False, False, True]
    assert kept(rule)[0].acknowledged_by == "Operator"
    alerts.settle(CITY.code, rule, {})


def test_an_alert_stands_on_the_screens_that_it_concerns(world: World) -> None:
    rule = f"uji-{uuid.uuid4().hex[:8]}"
    one, said = holds("1")
    alerts.settle(CITY.code, rule, {"": (one, said | {"walls": ["Lobi"]})})
    (alert,) = kept(rule)
    assert alert.takes_over("Lobi") and not alert.takes_over("Ruang")
    alerts.settle(CITY.code, rule, {})


def test_a_rule_or_a_city_that_cannot_be_looked_at_stops_no_other(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(CITY.folder, tmp_path / "banyumas")
    (tmp_path / "banyumas" / "rules.toml").write_text('[salah]\nkind = "limit"\n')
    first, *others = declared(CITY)
    seen = []

    def looked(city: City, name: str, rule: Rule) -> None:
        if name == first:
            raise sa.exc.ProgrammingError("select", {}, Exception("no such column"))
        seen.append(name)

    monkeypatch.setattr(watch, "look", looked)
    broken = structs.replace(load_city("banyumas"), root=str(tmp_path))
    watching = watch.Watch(Live(), {"banyumas": broken, "samarinda": CITY})
    for _ in range(2):
        watching.looked.clear()
        watching.look()
    assert set(others) <= set(seen)
    told = [record.getMessage() for record in caplog.records if record.name == "watch"]
    assert len(told) == 2 and "rules.toml" in told[0] and f"samarinda/{first}" in told[1]
