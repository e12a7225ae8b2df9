"""Rt day by day: what must always hold, and whether its interval holds the truth."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.common.epidemics import COURSES, SUPERSPREADING, held_back, renewal
from bench.epidemic import DAYS, rt_covered
from dashboard.models.reproduction import FEWEST, SETTLING, WINDOW
from dashboard.models.transmission import Expected, course, middle, weekdays

DAY = np.arange(DAYS, dtype=float)


@pytest.mark.parametrize("name", sorted(COURSES))
def test_the_interval_holds_the_truth(name: str) -> None:
    """On 90 of 100 days outside the first week, steady or changing, with reports that wait at the week's end."""
    covered = [rt_covered(COURSES[name](DAY), 30, held_back, None, seed) for seed in range(3)]
    days = np.concatenate([one.walk for one in covered])
    assert len(days) > 250
    assert days.mean() >= 0.90


def test_the_mean_of_seven_days_is_what_cori_tells() -> None:
    covered = [rt_covered(COURSES["waves"](DAY), 40, None, None, seed) for seed in range(4)]
    assert np.concatenate([one.week for one in covered]).mean() >= 0.90


def test_a_few_who_infect_many_widen_the_interval() -> None:
    rng = np.random.default_rng(5)
    rt = COURSES["steady"](DAY)
    plain, spread = (
        np.mean([one.high - one.low for one in course(renewal(rt, 30, rng, how)).days if one])
        for how in (None, SUPERSPREADING)
    )
    assert spread > 1.2 * plain


def test_growth_and_decline_are_told_on_the_last_day() -> None:
    grown, shrunk = ([300 * 1.05 ** (sign * day) for day in range(50)] for sign in (1, -1))
    growing, waning = course(grown).days[-1], course(shrunk).days[-1]
    assert growing and growing.low > 1
    assert waning and waning.high < 1


def test_a_habit_of_sundays_is_no_change_of_rt() -> None:
    """The same weekly pattern for ten weeks: Rt stays at 1 on each of the last days."""
    pattern = [20, 24, 24, 22, 21, 18, 11]
    told = course(pattern * 10).days[-14:]
    assert all(one and one.low < 1 < one.high and abs(one.mean - 1) < 0.12 for one in told)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=45))
@settings(max_examples=40, deadline=None)
def test_whatever_the_cases(cases: list[int]) -> None:
    told = course(cases)
    assert len(told.days) == len(cases)
    for day, one in enumerate(told.days):
        if one is None:
            continue
        assert sum(cases[max(0, day - WINDOW + 1) : day + 1]) >= FEWEST
        assert 0 < one.low <= one.mean <= one.high and math.isfinite(one.high)
    if told.tomorrow:
        assert 0 <= told.tomorrow.low <= told.tomorrow.high


def test_too_few_cases_say_nothing() -> None:
    assert course([]) == ([], None)
    assert course([0.0] * 50) == ([None] * 50, None)
    told = course([FEWEST * 1.0] * 40).days
    assert next(number for number, one in enumerate(told) if one) == SETTLING + WINDOW - 1


def test_weekdays_are_one_on_average_and_none_without_cases() -> None:
    assert np.allclose(weekdays(np.zeros(70)), 1)
    assert math.isclose(weekdays(np.array([10, 20, 20, 20, 20, 20, 30] * 10, dtype=float)).mean(), 1)


@given(st.floats(0, 500), st.floats(1, 20))
@settings(deadline=None)
def test_the_interval_of_counts_holds_its_mean(mean: float, dispersion: float) -> None:
    low, high = middle(mean, mean * dispersion, 0.8)
    assert 0 <= low <= high
    assert mean < 1 or dispersion > mean or (low <= math.ceil(mean) and math.floor(mean) <= high + 1)


def test_a_poisson_interval_by_hand() -> None:
    """Mean 10: P(X ≤ 5) = 0.067, and half of P(X = 6) = 0.063 is less than 0.1; P(X ≤ 13) = 0.864, P(X = 14) 0.052."""
    assert middle(10, 10, 0.8) == (7, 14)
    assert middle(0, 0, 0.8) == (0, 0)


def test_tomorrow_holds_eight_of_ten_days() -> None:
    rng = np.random.default_rng(8)
    cases = held_back(renewal(COURSES["slow"](DAY), 30, rng), rng)
    told = [(course(cases[:day]).tomorrow, cases[day]) for day in range(40, len(cases))]
    held = [one.low <= came <= one.high for one, came in told if isinstance(one, Expected)]
    assert len(held) > 60
    assert 0.65 <= np.mean(held) <= 0.95  # the bench measures it on many series
