"""The nowcast: shares of delays by hand, what must always hold, and whether its interval holds what came."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.common.epidemics import COURSES, renewal, reports
from bench.epidemic import nowcast_held
from dashboard.models.nowcast import FEWEST, LONGEST, Delay, delays, nowcast, triangle
from dashboard.models.reproduction import Floats

DAYS = 120


def steady(a_day: int, shares: dict[int, float], days: int = DAYS) -> Floats:
    """The same onsets every day, a fixed share after each delay, as far as known on the last day."""
    cases = np.zeros((days, LONGEST + 1))
    for delay, share in shares.items():
        cases[: days - delay, delay] = a_day * share
    return cases


def test_a_triangle_counts_each_case_once() -> None:
    onset, reported = np.array([0, 0, 3, 5, 5]), np.array([2, 2, 3, 4, 5 + LONGEST + 1])
    cases = triangle(onset, reported, 40)
    assert cases.sum() == 3  # one was reported before it began, one far too late
    assert cases[0, 2] == 2 and cases[3, 0] == 1


def test_known_shares_are_filled_up_by_hand() -> None:
    """Half is reported after 1 day, the other half after 4: a day that is 2 days old and has 10 cases will have 20."""
    told = nowcast(steady(20, {1: 0.5, 4: 0.5}))
    assert told is not None and len(told) == LONGEST + 1
    youngest = told[::-1]
    assert youngest[0].seen == 0 and youngest[0].mean is None  # nothing is known of today
    for age in (1, 2, 3):
        one = youngest[age]
        assert one.seen == 10 and one.mean is not None
        assert abs(one.mean - 20) < 0.5
    assert youngest[4].mean == youngest[4].seen == 20


def test_delays_by_hand() -> None:
    assert delays(steady(20, {1: 0.5, 4: 0.4, 9: 0.1})) == Delay(
        1, 4, int(steady(20, {1: 0.5, 4: 0.4, 9: 0.1})[-70:].sum())
    )


def test_reports_that_are_still_to_come_do_not_shorten_delays() -> None:
    """In a growing epidemic most reports are quick ones, simply because the slow ones have not come yet."""
    onsets = np.array([20 * 1.06**day for day in range(DAYS)])
    cases = np.zeros((DAYS, LONGEST + 1))
    for delay in range(10):
        cases[: DAYS - delay, delay] = onsets[: DAYS - delay] / 10
    told = delays(cases)
    assert told is not None and (told.half, told.most) == (4, 8)
    naive = np.cumsum(cases[-14:].sum(0)) / cases[-14:].sum()
    assert int(np.searchsorted(naive, 0.5)) < 4


def test_too_few_cases_say_nothing() -> None:
    assert nowcast(np.zeros((DAYS, LONGEST + 1))) is None
    assert nowcast(steady(20, {1: 1.0}, days=LONGEST * 2)) is None  # too short a past
    few = np.zeros((DAYS, LONGEST + 1))
    few[-40, 2] = FEWEST - 1
    assert nowcast(few) is None and delays(few) is None
    assert delays(np.zeros((3, LONGEST + 1))) is None


@given(st.integers(0, 2**32 - 1), st.floats(0.2, 40))
@settings(max_examples=15, deadline=None)
def test_whatever_the_cases(seed: int, a_day: float) -> None:
    """Never fewer than are known, the interval about the mean, and nothing told of a day that is not begun."""
    rng = np.random.default_rng(seed)
    onset, reported = reports(rng.poisson(a_day, DAYS).astype(float), rng)
    now = reported < DAYS
    told = nowcast(triangle(onset[now], reported[now], DAYS))
    for one in told or []:
        if one.mean is None or one.low is None or one.high is None:
            assert (one.low, one.high) == (None, None)
            continue
        assert one.seen <= one.low <= one.high
        assert one.seen <= one.mean <= one.high + 1


def test_a_gap_of_onsets_is_kept() -> None:
    """A week of which no onset is known stays empty once it is old."""
    cases = steady(30, {2: 0.6, 5: 0.4})
    cases[-25:-18] = 0
    told = nowcast(cases)
    assert told is not None
    assert [one.mean for one in told[LONGEST + 1 - 25 : LONGEST + 1 - 18]] == [0.0] * 7


@pytest.mark.parametrize("name", ["steady", "waves"])
def test_the_interval_holds_eight_of_ten(name: str) -> None:
    """With a margin for one short series: ``bench.epidemic`` measures 75-85 % on many."""
    rng = np.random.default_rng(3)
    onsets = renewal(COURSES[name](np.arange(190.0) % 120), 25, rng)
    held = nowcast_held(*reports(np.minimum(onsets, 400), rng), days=190, every=4)
    assert held.size > 100
    assert 0.70 <= held.mean() <= 0.92
