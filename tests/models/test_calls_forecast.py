"""Calls of the next day: better than last week, right four times in five, and silent where there is too little."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.models.calls_forecast import (
    DAY,
    WEEK,
    Calls,
    Hour,
    best_discount,
    feast_effects,
    forecast,
    interval,
    naive,
    without_gaps,
)
from tests.models.calls import drawn, rates


def backtest(
    counts: np.ndarray, first: int, last: int, step: int = 1, feasts: list[str | None] | None = None
) -> tuple[float, float, float]:
    """Mean absolute error, that of last week, and the share inside the interval."""
    calls = Calls(counts, feasts or [None] * (len(counts) // DAY + 2))
    own, old, inside = [], [], []
    for day in range(first, last, step):
        at = day * DAY
        hours = forecast(calls, at)
        assert hours
        came, before = counts[at : at + DAY], naive(calls, at)
        own += [abs(hour.mean - one) for hour, one in zip(hours, came, strict=True)]
        old += list(np.abs(before - came))
        inside += [hour.low <= one <= hour.high for hour, one in zip(hours, came, strict=True)]
    return float(np.mean(own)), float(np.nanmean(old)), float(np.mean(inside))


@pytest.mark.parametrize(("a_day", "spread"), [(300, 0.0), (877, 0.08)])
def test_it_beats_last_week_and_its_interval_holds(a_day: float, spread: float) -> None:
    counts = drawn(200, a_day, np.random.default_rng(4), spread)
    own, old, inside = backtest(counts, 100, 196, step=3)
    assert own <= 0.9 * old
    assert 0.75 <= inside <= 0.85


def test_nothing_later_than_the_moment_is_used() -> None:
    counts = drawn(100, 300, np.random.default_rng(1))
    later = counts.copy()
    later[80 * DAY :] = 1e6
    feasts: list[str | None] = [None] * 102
    assert forecast(Calls(counts, feasts), 80 * DAY) == forecast(Calls(later, feasts), 80 * DAY)


@pytest.mark.parametrize("at", [0, 1, DAY, WEEK, 2 * WEEK, 3 * WEEK - 1])
def test_too_little_is_said_by_nothing(at: int) -> None:
    counts = drawn(60, 300, np.random.default_rng(1))
    assert forecast(Calls(counts, [None] * 62), at) is None


def test_a_line_that_hardly_rings_says_nothing() -> None:
    counts = drawn(80, 2, np.random.default_rng(1))
    assert forecast(Calls(counts, [None] * 82), 70 * DAY) is None


def test_a_day_without_data_is_unknown_and_harms_nothing() -> None:
    counts = drawn(120, 300, np.random.default_rng(2))
    silent = counts.copy()
    silent[110 * DAY : 111 * DAY + 7] = 0  # nothing was delivered
    known = without_gaps(silent)
    assert np.isnan(known[110 * DAY : 111 * DAY]).all()
    whole, holed = (forecast(Calls(one, [None] * 122), 113 * DAY) for one in (counts, known))
    assert whole and holed
    assert sum(one.mean for one in holed) == pytest.approx(sum(one.mean for one in whole), rel=0.06)
    # taken for days on which nobody called, it would say much less
    fooled = forecast(Calls(silent, [None] * 122), 113 * DAY)
    assert fooled and sum(one.mean for one in fooled) < 0.94 * sum(one.mean for one in whole)


def test_quiet_hours_are_no_gap() -> None:
    counts = drawn(60, 24, np.random.default_rng(3))
    assert not np.isnan(without_gaps(counts)).any()


def test_a_feast_does_what_it_did_before() -> None:
    rng = np.random.default_rng(5)
    feasts: list[str | None] = [None] * 202
    for day in (*range(90, 97), *range(190, 197)):
        feasts[day] = "lebaran"
    busy = np.repeat([1.4 if feast else 1.0 for feast in feasts[:200]], DAY)
    counts = rng.poisson(rates(200, 800) * busy).astype(float)
    calls = Calls(counts, feasts)
    assert feast_effects(calls, 190 * DAY)["lebaran"] == pytest.approx(1.4, rel=0.04)
    known, unknown = forecast(calls, 190 * DAY), forecast(Calls(counts, [None] * 202), 190 * DAY)
    assert known and unknown
    came = counts[190 * DAY : 191 * DAY].sum()
    assert abs(sum(one.mean for one in known) - came) < abs(sum(one.mean for one in unknown) - came) / 2
    assert "lebaran" not in feast_effects(calls, 90 * DAY)  # the first time nothing is known of it


def test_the_feast_of_which_little_came_is_hardly_believed() -> None:
    counts = np.ones(60 * DAY) / 24
    feasts: list[str | None] = [None] * 62
    feasts[40] = "holiday"
    counts[40 * DAY : 41 * DAY] *= 5
    assert feast_effects(Calls(counts, feasts), 60 * DAY)["holiday"] < 1.1


@given(st.floats(0.3, 3_000), st.floats(1, 30))
@settings(max_examples=60, deadline=None)
def test_an_interval_holds_about_four_in_five(mean: float, times: float) -> None:
    low, high = interval(np.array([mean]), np.array([mean * times]))
    assert 0 <= low[0] <= high[0]
    rng = np.random.default_rng(1)
    size = mean / max(times - 1, 1e-9)
    drawn_ = rng.negative_binomial(size, 1 / times, 40_000) if times > 1.001 else rng.poisson(mean, 40_000)
    inside = float(((low[0] <= drawn_) & (drawn_ <= high[0])).mean())
    most = max(np.bincount(drawn_.astype(int)) / len(drawn_))  # whole numbers come in lumps: no nearer than one of them
    assert abs(inside - 0.8) <= most + 0.02


def test_a_discount_is_chosen_by_what_it_missed() -> None:
    rng = np.random.default_rng(6)
    jumps = np.repeat(np.exp(np.cumsum(rng.normal(0, 0.15, 150))), DAY)
    jumping = rng.poisson(np.minimum(rates(150, 600) * jumps, 5_000)).astype(float)
    steady = rng.poisson(rates(150, 600)).astype(float)
    feasts: list[str | None] = [None] * 152
    assert best_discount(Calls(jumping, feasts), 149 * DAY) < best_discount(Calls(steady, feasts), 149 * DAY)


def test_what_is_told_of_an_hour() -> None:
    hours = forecast(Calls(drawn(60, 300, np.random.default_rng(1)), [None] * 62), 59 * DAY + 13)
    assert hours and len(hours) == DAY
    for hour in hours:
        assert isinstance(hour, Hour) and hour.low <= hour.mean <= hour.high + 1
        assert hour.low == int(hour.low) and hour.high == int(hour.high)
