"""Clusters in space and time: planted ones are found, chance seldom, and many people are none."""

import numpy as np
import pytest

from dashboard.models.clusters import CHANCE, Cluster, clusters, kilometres
from tests.models.town import Town, town

SHUFFLES = 199


def found(town: Town, area: np.ndarray, day: np.ndarray, last: int, seed: int = 0) -> list[Cluster] | None:
    return clusters(area, day, town.x, town.y, last, np.random.default_rng(seed), shuffles=SHUFFLES)


def test_planted_clusters_are_found() -> None:
    rng = np.random.default_rng(11)
    hits = 0
    for number in range(12):
        here = town(59, rng)
        area, day = here.incidents(48, 63, rng)
        planted, (more_area, more_day) = here.cluster(4, 3.0, 48, 58, 63, rng)
        told = found(here, np.r_[area, more_area], np.r_[day, more_day], 62, number)
        hits += any(planted & set(one.areas) for one in told or [])
    assert hits >= 11  # the whole measure: python -m bench.calls


def test_a_calm_city_seldom_has_one() -> None:
    rng = np.random.default_rng(12)
    alarms = 0
    for number in range(20):
        here = town(40, rng)
        alarms += bool(found(here, *here.incidents(30, 63, rng), 62, number))
    assert alarms <= 20 * CHANCE + 3


def test_many_people_or_a_busy_week_make_no_cluster() -> None:
    rng = np.random.default_rng(13)
    here = town(40, rng)
    here.weights[7] = 1.0  # half of everything happens there, always
    area, day = here.incidents(30, 56, rng)
    busy_area, busy_day = here.incidents(90, 7, rng)  # three times as much, everywhere alike
    assert found(here, np.r_[area, busy_area], np.r_[day, busy_day + 56], 62) == []


def test_what_is_told_of_a_cluster() -> None:
    rng = np.random.default_rng(14)
    here = town(40, rng)
    area, day = here.incidents(20, 63, rng)
    planted, (more_area, more_day) = here.cluster(3, 6.0, 20, 60, 63, rng)
    told = found(here, np.r_[area, more_area], np.r_[day, more_day], 62)
    assert told
    first = told[0]
    assert first.came > first.expected and first.times == first.came / first.expected
    assert first.days == 3 and first.chance == pytest.approx(1 / (SHUFFLES + 1))
    taken = [number for one in told for number in one.areas]
    assert len(taken) == len(set(taken))  # no area is in two
    assert planted & set(first.areas)


def test_nothing_later_than_the_last_day_is_used() -> None:
    rng = np.random.default_rng(15)
    here = town(30, rng)
    area, day = here.incidents(20, 70, rng)
    kept = day <= 62
    assert found(here, area, day, 62) == found(here, area[kept], day[kept], 62)


@pytest.mark.parametrize(("incidents", "last"), [(0, 62), (29, 62), (500, 13)])
def test_too_few_say_nothing(incidents: int, last: int) -> None:
    here = town(30, np.random.default_rng(1))
    area, day = np.zeros(incidents, dtype=np.int64), np.arange(incidents) % (last + 1)
    assert found(here, area, day, last) is None


def test_a_degree_of_longitude_is_shorter_away_from_the_equator() -> None:
    x, y = kilometres(np.array([-7.0, -7.0]), np.array([112.0, 113.0]))
    assert x[0] == x[1] and y[1] - y[0] == pytest.approx(110.4, abs=0.1)
