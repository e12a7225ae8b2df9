"""112 as the models see it: hours as they were, forecasts that keep to what was known, clusters that were planted."""

import datetime as dt
import sqlite3
from statistics import mean

import numpy as np
import pandas as pd
import pytest

from dashboard.analyses import analyses, models
from dashboard.analyses.emergency import feasts, hot_spots, hourly, judged_calls
from dashboard.scope import DAY
from etl.cities import City, all_cities, load_city
from etl.warehouse import reading
from tests import truth
from tests.world import World

CITIES = pytest.mark.parametrize("city", all_cities(), ids=str)


def test_lebaran_lasts_a_week_and_other_holidays_a_day() -> None:
    days = [dt.date(2026, 3, 20) + DAY * number for number in range(10)]
    assert feasts(days) == [None, *["lebaran"] * 7, None, None]
    assert feasts([dt.date(2026, 8, 17), dt.date(2026, 8, 18)]) == ["holiday", None]


@CITIES
def test_hours_are_those_of_the_truth_and_drills_are_in_none(world: World, city: City) -> None:
    now = dt.datetime.now(dt.UTC)
    with reading(city.code) as connection:
        known = hourly(connection, city, now)
    assert known
    calls = truth.Book(world.truth, city.code, city.zone).calls
    first = pd.Timestamp(known.first.replace(tzinfo=None))
    hours = ((calls.called_at - first) / pd.Timedelta(hours=1)).astype(int)
    counts = np.bincount(hours, minlength=known.at)[: known.at]
    there = np.isfinite(known.calls.counts)
    assert there.sum() > 24 * 40
    assert (known.calls.counts[there] == counts[there]).all()


def test_a_forecast_of_the_past_knows_nothing_later(world: World) -> None:
    city = load_city("surabaya")
    today = dt.datetime.now(city.tz).date()
    with reading(city.code) as connection:
        late = {one.moment: one for one in judged_calls(connection, city, today - DAY)}
        early = {one.moment: one for one in judged_calls(connection, city, today - DAY * 4)}
    both = sorted(late.keys() & early.keys())
    assert len(both) > 200
    assert all(late[moment] == early[moment] for moment in both)


@CITIES
def test_the_track_record_of_the_forecast(world: World, city: City) -> None:
    yesterday = dt.datetime.now(city.tz).date() - DAY
    with reading(city.code) as connection:
        told = models()["calls_forecast"].judged(connection, city, yesterday)
    assert len(told) > 300
    error, naive = (
        mean(abs(one.said - one.came) for one in told),
        mean(abs(one.naive - one.came) for one in told if one.naive is not None),
    )
    assert error <= 0.9 * naive
    assert 0.74 <= mean(one.held for one in told) <= 0.9  # few calls an hour: whole numbers come in lumps


@CITIES
def test_the_planted_cluster_is_found(world: World, city: City) -> None:
    with sqlite3.connect(world.truth) as books:
        asked = "select distinct key from planted_cases where city = ? and rule = '112:cluster'"
        planted = {key for (key,) in books.execute(asked, (city.slug,))}
    with reading(city.code) as connection:
        told = hot_spots(connection, city, dt.datetime.now(dt.UTC))
    if city.slug == "banyumas" and told is None:  # two emergencies a day: hardly anything could be moved there
        return
    assert told
    wards = {ward for one in told["clusters"] for ward in one["areas"]}
    assert city.slug == "banyumas" or planted & wards


def test_before_anything_came_nothing_is_said(world: World) -> None:
    city, long_ago = load_city("samarinda"), dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    with reading(city.code) as connection:
        for about in analyses().values():
            if about.datasets == ("emergency_calls",):
                assert about.made(connection, city, long_ago) is None
        assert judged_calls(connection, city, long_ago.date()) == []
