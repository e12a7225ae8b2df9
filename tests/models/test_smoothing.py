"""Smoothed rates and funnel limits: by hand, what must always hold, and on areas of which the truth is known."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from dashboard.models.smoothing import FAR, FEWEST_AREAS, limits, smoothed

AREAS = st.lists(st.tuples(st.integers(0, 200), st.integers(500, 40_000)), min_size=FEWEST_AREAS, max_size=30)


def test_marshall_by_hand() -> None:
    """Five areas of 1,000 people with 0, 2, 4, 6, 8 cases: mean 0.004, variance 8e-6, of which 4e-6 is chance."""
    told = smoothed(np.array([0.0, 2, 4, 6, 8]), np.full(5, 1_000.0))
    assert told is not None
    assert math.isclose(told.common, 0.004)
    assert np.allclose(told.rates, [0.002, 0.003, 0.004, 0.005, 0.006])  # half of the way to the mean


def test_areas_that_differ_by_chance_alone_share_one_rate() -> None:
    told = smoothed(np.array([4.0, 4, 4, 4, 4]), np.full(5, 1_000.0))
    assert told is not None
    assert np.allclose(told.rates, 0.004) and (told.low < 0.004).all() and (told.high > 0.004).all()


def test_few_people_are_drawn_further() -> None:
    """The same raw rate, in a hamlet and in a town: the hamlet's is the less certain."""
    told = smoothed(np.array([5.0, 50, 5, 300, 10]), np.array([500.0, 5_000, 4_000, 40_000, 9_000]))
    assert told is not None
    assert told.common < told.rates[0] < told.rates[1] < 0.01
    assert told.high[0] - told.low[0] > told.high[1] - told.low[1]


@given(AREAS)
@settings(deadline=None)
def test_smoothing_stays_between_the_raw_rate_and_the_mean(areas: list[tuple[int, int]]) -> None:
    cases, people = (np.array(column, dtype=float) for column in zip(*areas, strict=True))
    told = smoothed(cases, people)
    if not cases.sum():
        assert told is None
        return
    assert told is not None
    low, high = np.minimum(cases / people, told.common), np.maximum(cases / people, told.common)
    assert ((told.rates >= low * (1 - 1e-9)) & (told.rates <= high * (1 + 1e-9))).all()
    assert (told.low <= told.high).all() and (told.low >= 0).all()


def test_too_few_areas_say_nothing() -> None:
    assert smoothed(np.ones(FEWEST_AREAS - 1), np.full(FEWEST_AREAS - 1, 1_000.0)) is None
    assert smoothed(np.zeros(20), np.full(20, 1_000.0)) is None


def test_smoothed_rates_are_nearer_to_the_truth_and_their_interval_holds_it() -> None:
    rng = np.random.default_rng(11)
    people = rng.integers(800, 30_000, 60).astype(float)
    raw_miss, miss, held = [], [], []
    for _ in range(40):
        truth = rng.gamma(4, 0.0004, 60)
        cases = rng.poisson(truth * people).astype(float)
        told = smoothed(cases, people)
        assert told is not None
        raw_miss.append(((cases / people - truth) ** 2).mean())
        miss.append(((told.rates - truth) ** 2).mean())
        held.append(((told.low <= truth) & (truth <= told.high)).mean())
    assert np.mean(miss) < 0.8 * np.mean(raw_miss)
    assert 0.90 <= np.mean(held) <= 0.98


@given(st.floats(1e-5, 0.01), st.lists(st.integers(200, 100_000), min_size=1, max_size=20))
@settings(deadline=None)
def test_outside_the_funnel_is_rarer_than_told(common: float, people: list[int]) -> None:
    number = np.array(people, dtype=float)
    low, high = limits(common, number)
    assert (poisson.sf(high, common * number) <= FAR * (1 + 1e-9)).all()  # more than ``high``
    assert (poisson.cdf(low - 1, common * number) <= FAR * (1 + 1e-9)).all()  # fewer than ``low``


@pytest.mark.parametrize(("expected", "low", "high"), [(5, 0, 13), (20, 8, 35)])
def test_funnel_by_hand(expected: float, low: int, high: int) -> None:
    """From tables of Poisson: P(X > 13 | 5) = 0.0007, P(X > 12 | 5) = 0.0020; P(X < 8 | 20) = 0.0008."""
    told = limits(expected / 1_000, np.array([1_000.0]))
    assert (told.low[0], told.high[0]) == (low, high)
