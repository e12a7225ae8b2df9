"""What may be told: exact tests beside scipy's own, few data without any claim, many looks without false alarms."""

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, fisher_exact, t

from dashboard.indicators import covid, emergency, marketplace
from dashboard.morning import judge
from dashboard.morning.course import Course
from dashboard.morning.watched import WATCHED
from dashboard.scope import DAY, WEEK

TODAY = dt.date(2026, 11, 25)


def weekly(now: float, *earlier: float, size: float = 0) -> Course:
    """A course of same weekdays."""
    days = [TODAY - WEEK * n for n in range(len(earlier) + 1)]
    values = dict(zip(days, (now, *earlier), strict=True))
    return Course(TODAY, values, dict.fromkeys(days, size) if size else {})


@given(st.integers(0, 60), st.integers(0, 200), st.integers(4, 8))
def test_two_counts_are_the_exact_test_of_scipy(count: int, earlier: int, days: int) -> None:
    for upwards, side in ((True, "greater"), (False, "less")):
        ours = judge.two_counts(count, earlier, days, upwards)
        theirs = binomtest(count, count + earlier, 1 / (days + 1), side).pvalue if count + earlier else 1.0
        assert ours == pytest.approx(theirs, abs=1e-9)


@given(st.integers(1, 80), st.integers(1, 300), st.data())
def test_two_shares_are_fishers_exact_test_of_scipy(size: int, other: int, data: st.DataObject) -> None:
    hits, other_hits = data.draw(st.integers(0, size)), data.draw(st.integers(0, other))
    theirs = fisher_exact([[hits, size - hits], [other_hits, other - other_hits]], "greater").pvalue
    assert judge.two_shares(hits, size, other_hits, other) == pytest.approx(theirs, abs=1e-7)


def test_the_spread_is_students_t_of_one_further_value() -> None:
    earlier = [10.0, 12, 11, 9, 13, 10]
    seen = weekly(20, *earlier)
    mean, spread = 65 / 6, (sum((one - 65 / 6) ** 2 for one in earlier) / 5) ** 0.5
    expected = t.sf((20 - mean) / (spread * (1 + 1 / 6) ** 0.5), 5)
    assert judge.chance_of_change(emergency.ARRIVAL_P90, seen) == pytest.approx(expected)


def test_fewer_than_four_earlier_weekdays_are_no_ground() -> None:
    assert judge.chance_of_change(covid.CASES_NEW, weekly(500, 1, 1, 1)) is None
    assert judge.chance_of_change(covid.CASES_NEW, weekly(500, 1, 1, 1, 1)) is not None


def test_a_count_is_judged_by_chance_and_by_how_its_weekdays_differ() -> None:
    """Days that always differ wildly do not make a large count news, however unlikely it is for one rate."""
    wild = judge.chance_of_change(covid.CASES_NEW, weekly(90, 10, 95, 5, 80, 20, 99))
    calm = judge.chance_of_change(covid.CASES_NEW, weekly(90, 50, 51, 49, 50, 52, 48))
    assert wild and calm and wild > 0.05 > 0.001 > calm


def test_what_got_better_is_never_worse() -> None:
    assert judge.chance_of_change(covid.CASES_NEW, weekly(10, 50, 51, 49, 50)) == 1.0
    assert judge.chance_of_change(marketplace.ORDERS, weekly(90, 50, 51, 49, 50)) == 1.0


def test_equal_days_before_are_judged_by_their_number_only() -> None:
    assert judge.chance_of_change(marketplace.MERCHANTS, weekly(1, 5, 5, 5, 5)) == pytest.approx(0.2)


def test_a_share_of_few_rows_is_no_claim() -> None:
    few = judge.chance_of_change(emergency.ANSWERED, weekly(50, 75, 100, 75, 100, size=4))
    many = judge.chance_of_change(emergency.ANSWERED, weekly(50, 90, 91, 89, 90, size=400))
    assert few and many is not None and few > 0.05 and many < 1e-3


def test_a_daily_figure_is_past_its_target_when_the_week_is() -> None:
    def course(*values: float) -> Course:
        return Course(TODAY, {TODAY - DAY * n: number for n, number in enumerate(values)}, {})

    about = emergency.ANSWERED
    assert judge.chance_of_miss(about, course(90, 97, 98, 97, 96, 97, 98), 95) == 1.0  # one bad day
    missed = judge.chance_of_miss(about, course(80, 81, 79, 82, 80, 81, 80), 95)
    assert missed is not None and missed < 1e-6
    assert judge.chance_of_miss(about, course(96, 80, 80, 80, 80, 80, 80), 95) is None  # yesterday it was met
    assert judge.chance_of_miss(about, course(80, 81), 95) is None


def test_of_many_looks_at_nothing_almost_none_is_told() -> None:
    """A thousand mornings of thirty figures without any change: false alarms on at most one morning in twenty."""
    random.seed(5)
    told = sum(judge.held([random.random() for _ in range(30)]) > 0 for _ in range(1000))
    assert told < 75


def test_what_is_really_there_is_told_also_among_many() -> None:
    assert judge.held([1e-6, 0.001, 0.03, *(0.2 + n / 50 for n in range(27))]) == 0.001
    assert judge.held([0.04] + [0.5] * 20) < 0
    assert judge.held([]) < 0


def test_everything_watched_has_a_good_direction() -> None:
    assert all(one.about.better != "neither" for one in WATCHED)
    assert len({one.key for one in WATCHED}) == len(WATCHED)
