"""Counts put in order: gaps, corrections, and real files that have both."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.models.counts import mended
from dashboard.models.transmission import course

COUNTS = st.lists(st.one_of(st.none(), st.integers(-30, 60)), max_size=60)


@given(COUNTS)
@settings(deadline=None)
def test_nothing_is_negative_and_nothing_is_lost(counts: list[int | None]) -> None:
    days = mended(counts)
    assert len(days) == len(counts)
    assert (days >= 0).all()
    known = [number for number in counts if number is not None]
    reached, lowest = 0, 0
    for number in known:
        reached += number
        lowest = min(lowest, reached)
    assert math.isclose(days.sum(), reached - lowest, abs_tol=1e-6)  # taking back more than was said counts as nothing


def test_a_correction_is_taken_from_the_days_before() -> None:
    assert mended([5, 4, 3, -5, 6]).tolist() == [5, 2, 0, 0, 6]
    assert mended([2, -5, 4]).tolist() == [0, 0, 4]


def test_a_gap_shares_what_ends_it() -> None:
    assert mended([6, None, None, 9, 1]).tolist() == [6, 3, 3, 3, 1]
    assert mended([6, None]).tolist() == [6, 0]
    assert mended([1, 2, 3]).tolist() == [1, 2, 3]


def test_rt_outlives_gaps_and_corrections() -> None:
    steady: list[float | None] = [20.0] * 60
    broken = [*steady]
    broken[30:33] = [None, None, 60.0]
    broken[40:42] = [50.0, -10.0]
    told = course(broken).days[-1]
    whole = course([20.0] * 60).days[-1]
    assert told and whole and abs(told.mean - whole.mean) < 0.1
