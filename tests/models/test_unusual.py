"""The detector: what is planted is found, nothing rings by itself, and bad input makes no noise."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, nbinom, norm

from bench import unusual as bench
from dashboard.holidays import DAY, is_lebaran
from dashboard.models import unusual
from dashboard.models.calendar_effects import EFFECTS, effects
from dashboard.models.unusual import Floats, Judged, Kind, Series, judge, limit

FIRST = dt.date(2025, 6, 2)  # a Monday; no Lebaran within two hundred days
ONE = limit(1)


def days(size: int, first: dt.date = FIRST) -> list[dt.date]:
    return [first + DAY * n for n in range(size)]


def one(values: Floats, kind: Kind = Kind.COUNT, sizes: Floats | None = None) -> Series:
    """A single series of a whole city."""
    there = np.ones_like(values) if sizes is None else sizes
    return Series(values[None, :], there[None, :], np.array([kind]), np.array([0]))


def judged(values: Floats, kind: Kind = Kind.COUNT, sizes: Floats | None = None, first: dt.date = FIRST) -> Judged:
    return judge(one(values, kind, sizes), effects(days(len(values), first)))


def counts(mean: float, size: int = 200, seed: int = 3) -> Floats:
    return np.random.default_rng(seed).poisson(mean, size).astype(np.float64)


@pytest.fixture(scope="module")
def measured() -> dict[str, object]:
    """The short form of ``make bench-unusual``: two quiet cities, and two in which something is planted."""
    return bench.measure(2, days=bench.HISTORY + 5 * unusual.OUT)


def test_what_is_planted_is_found_and_little_rings_by_itself(measured: dict[str, object]) -> None:
    missed = [goal for goal in bench.goals(measured) if not goal.met]
    assert not missed, measured


@pytest.mark.parametrize(("mean", "value"), [(40.0, 90.0), (4.0, 18.0), (0.3, 6.0), (40.0, 3.0)])
def test_a_spike_and_a_drop_ring_on_their_day(mean: float, value: float) -> None:
    values = counts(mean)
    values[-1] = value
    told = judged(values)
    assert abs(told.score[0, -1]) > ONE and (told.score[0, -1] > 0) == (value > mean)
    assert not told.low[0, -1] <= value <= told.high[0, -1]
    assert told.expected[0, -1] == pytest.approx(mean, rel=0.5)


def test_a_slow_rise_rings_by_three_days_together() -> None:
    values = np.full(120, 25.0) + np.tile([-3.0, 2.0, 4.0, -2.0, -1.0], 24)
    values[-3:] = 25 * 1.55
    told = judged(values)
    alone = [norm.sf((value - 25) / 5) for value in values[-3:]]
    assert min(alone) > norm.sf(ONE)  # no day of them would ring by itself
    assert told.score[0, -1] > ONE


def test_a_new_level_is_usual_after_some_weeks() -> None:
    values = np.concatenate([counts(20), counts(45, 75, seed=4)])
    told = judged(values)
    assert (told.score[0, 200:203] > ONE).any()
    assert (np.abs(told.score[0, -14:]) < ONE).all() and told.expected[0, -1] == pytest.approx(45, rel=0.2)


def test_an_outbreak_that_is_over_leaves_no_trace_in_what_is_usual() -> None:
    calm, struck = counts(20), counts(20)
    struck[150:155] += 60
    before, after = judged(calm), judged(struck)
    assert after.expected[0, 165] == pytest.approx(before.expected[0, 165], rel=0.1)
    assert np.abs(after.score[0, 165:]).max() < ONE


def test_too_few_days_or_rows_say_nothing() -> None:
    assert np.isnan(judged(counts(9, unusual.LEAST_DAYS)).score).all()
    assert np.isnan(judged(np.zeros(200)).score).all()
    few = np.zeros(200)
    few[[20, 90, 150]] = 1
    told = judged(few)
    assert np.isnan(told.score).all() and np.isnan(told.expected).all()


def test_an_amount_that_mostly_is_not_there_is_not_judged() -> None:
    values = np.where(np.arange(200) % 3 == 0, 1e6, 0.0)
    assert np.isnan(judged(values, Kind.AMOUNT).score).all()


def test_gaps_are_neither_zero_nor_news() -> None:
    values = counts(30)
    values[[60, 61, 62, 63, 120, 198]] = np.nan
    told = judged(values)
    assert np.isnan(told.score[0, 198]) and not np.isnan(told.score[0, 199])
    assert np.nanmax(np.abs(told.score[0, [*range(64, 70), *range(121, 125), 199]])) < ONE
    values[199] = 0
    assert judged(values).score[0, 199] < -ONE


def test_a_negative_correction_teaches_and_rings_nothing() -> None:
    values = counts(30)
    same = judged(np.where(np.arange(200) == 150, np.nan, values))
    values[150] = -400
    told = judged(values)
    assert np.isnan(told.score[0, 150])
    np.testing.assert_allclose(told.expected[0, 151:], same.expected[0, 151:])


def test_amounts_may_be_sent_back() -> None:
    rng = np.random.default_rng(5)
    values = rng.gamma(20, 50_000, 200)
    values[-1] = -250_000
    told = judged(values, Kind.AMOUNT)
    assert told.score[0, -1] < -ONE and told.low[0, -1] > 0


@pytest.mark.parametrize("part", [0.08, 0.92])
def test_shares_are_judged_by_their_rows(part: float) -> None:
    rng = np.random.default_rng(6)
    sizes = rng.poisson(200, 200).astype(np.float64)
    shares = 100 * rng.binomial(sizes.astype(np.int64), part) / sizes
    shares[-1], sizes[-1] = 50, 4  # half of four calls is no news, half of two hundred is
    assert abs(judged(shares, Kind.SHARE, sizes).score[0, -1]) < ONE
    sizes[-1] = 200
    told = judged(shares, Kind.SHARE, sizes)
    assert abs(told.score[0, -1]) > ONE and (told.score[0, -1] > 0) == (part < 0.5)
    assert 0 <= told.low[0, -1] <= told.expected[0, -1] <= told.high[0, -1] <= 100


def test_a_feast_that_was_never_seen_widens_the_interval_and_rings_nothing() -> None:
    first = dt.date(2025, 9, 1)
    when = days(210, first)
    values = np.where([is_lebaran(day) for day in when], 0.4, 1.0) * counts(50, 210)
    assert is_lebaran(when[-3]) and not is_lebaran(when[100])
    told = judged(np.round(values), first=first)
    assert np.abs(told.score[0, -8:]).max() < ONE
    values[100:107] *= 0.4
    assert judged(np.round(values), first=first).score[0, 100:103].min() < -ONE


def test_weekdays_and_salaries_are_learnt() -> None:
    when = days(230)
    season = np.array([(0.2 if day.weekday() >= 5 else 1.0) * (2.4 if day.day >= 25 else 1.0) for day in when])
    told = judged(np.random.default_rng(8).poisson(40 * season).astype(np.float64))
    recent = slice(-unusual.OUT, None)
    np.testing.assert_allclose(told.expected[0, recent], 40 * season[recent], rtol=0.35)
    assert np.abs(told.score[0, recent]).max() < ONE


def test_the_last_days_do_not_belong_to_their_own_level() -> None:
    values = counts(20)
    more = values.copy()
    more[-unusual.GUARD :] += 500
    assert judged(more).expected[0, -1] == judged(values).expected[0, -1]


def test_what_is_foretold_knows_nothing_of_later_days() -> None:
    series = one(counts(20))
    calendar = effects(days(200))
    whole = unusual.foretold(series, calendar, 100, 400)
    other = one(np.concatenate([series.values[0, :150], np.full(50, 1000.0)]))
    changed = unusual.foretold(other, calendar, 100, 400)
    for name in Judged._fields:
        np.testing.assert_array_equal(getattr(whole, name)[:, :150], getattr(changed, name)[:, :150])


def test_districts_borrow_the_calendar_of_their_city() -> None:
    when = days(120)
    season = np.array([0.1 if day.weekday() == 6 else 1.0 for day in when])
    rng = np.random.default_rng(9)
    parts = rng.poisson(np.outer([30, 1.0], season)).astype(np.float64)
    series = Series(parts, np.ones_like(parts), np.array([Kind.COUNT] * 2), np.array([0, 0]))
    expected = judge(series, effects(when)).expected[1, -14:]
    assert expected[season[-14:] < 1].max() < 0.3 < expected[season[-14:] == 1].min()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(1e-3, 1e6))
def test_amounts_have_no_unit(seed: int, unit: float) -> None:
    values = np.random.default_rng(seed).gamma(9, 1.0, 90)
    plain, scaled = judged(values, Kind.AMOUNT), judged(values * unit, Kind.AMOUNT)
    np.testing.assert_allclose(scaled.score, plain.score, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(scaled.high, plain.high * unit, rtol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(-5, 400)), min_size=40, max_size=90))
def test_whatever_comes_the_interval_is_one(values: list[int | None]) -> None:
    told = judged(np.array([np.nan if value is None else value for value in values], np.float64))
    known = ~np.isnan(told.expected)
    assert (told.low[known] <= told.high[known]).all() and (told.low[known] >= 0).all()
    assert np.isfinite(told.expected[known]).all()
    assert not np.isinf(told.score).any()


@pytest.mark.parametrize(("mean", "variance"), [(0.4, 0.9), (6.0, 6.5), (80.0, 400.0)])
def test_chances_of_counts_are_negative_binomial(mean: float, variance: float) -> None:
    size = mean**2 / (variance - mean)
    at = np.arange(0, int(4 * mean) + 6, dtype=np.float64)
    got = [unusual._chance_of_count(at, *(np.full_like(at, x) for x in (mean, variance)), np.full(len(at), up))
           for up in (True, False)]  # fmt: skip
    np.testing.assert_allclose(got[0], nbinom.sf(at - 1, size, size / (size + mean)), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(got[1], nbinom.cdf(at, size, size / (size + mean)), rtol=1e-6, atol=1e-12)


def test_chances_of_parts_are_binomial() -> None:
    at, mean, variance = np.arange(0.0, 31.0), np.full(31, 30 * 0.4), np.full(31, 30 * 0.4 * 0.6)
    up = unusual._chance_of_count(at, mean, variance, np.full(31, True))
    np.testing.assert_allclose(up, binom.sf(at - 1, 30, 0.4), rtol=1e-6, atol=1e-12)


def test_the_limit_follows_from_the_budget() -> None:
    for figures in (1, 12, 30):
        rings = 2 * norm.sf(limit(figures)) * figures * unusual.QUARTER_DAYS
        assert rings == pytest.approx(unusual.BUDGET, rel=1e-6)  # both sides, each day of a quarter
    assert limit(30) > limit(12) > limit(1)


def test_every_effect_has_its_column() -> None:
    table = effects(days(400))
    assert table.shape == (400, len(EFFECTS)) and set(np.unique(table)) == {0.0, 1.0}
    assert (table.sum(0) > 0).all()
