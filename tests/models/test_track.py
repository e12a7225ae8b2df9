"""The standing of a model over days that have come."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.models.model import Judged
from dashboard.models.track import LEAST_DAYS, is_off, share_interval, standing

DAY = dt.date(2026, 1, 1)

# Clopper and Pearson's intervals as printed by Newcombe, Statistics in Medicine 17 (1998) 857–872, table I.
PRINTED = [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)]


@pytest.mark.parametrize(("inside", "of", "low", "high"), PRINTED)
def test_the_interval_of_a_share_is_the_printed_one(inside: int, of: int, low: float, high: float) -> None:
    assert [round(bound / 100, 4) for bound in share_interval(inside, of)] == [low, high]


def said(came: float, naive: float | None = 12.0) -> Judged:
    return Judged(DAY, 10.0, 8.0, 12.0, naive, came)


def test_errors_and_gain() -> None:
    stands = standing([said(11.0), said(13.0)] * 20)
    assert stands and (stands.days, stands.held) == (40, 50.0)
    assert (stands.error, stands.naive) == (2.0, 1.0) and stands.gain == -100.0
    assert is_off(stands, 0.8) and not is_off(stands, 0.5)


def test_a_model_without_a_naive_forecast_has_no_gain() -> None:
    stands = standing([said(11.0, None)] * LEAST_DAYS)
    assert stands and stands.naive is None and stands.gain is None and stands.held == 100.0


def test_the_gain_is_of_the_same_days() -> None:
    stands = standing([said(11.0, 13.0)] * 20 + [said(60.0, None)] * 5)
    assert stands and stands.gain == pytest.approx(50.0)


def test_too_few_days_say_nothing() -> None:
    assert standing([said(10.0)] * (LEAST_DAYS - 1)) is None


@given(st.integers(1, 400), st.data())
def test_the_interval_holds_the_share(of: int, data: st.DataObject) -> None:
    inside = data.draw(st.integers(0, of))
    low, high = share_interval(inside, of)
    assert 0 <= low <= 100 * inside / of <= high <= 100
