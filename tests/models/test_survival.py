"""Times until something is done: the textbook's figures, another library's, and what always holds."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dashboard.models.survival import FEWEST, Middle, ahead, coming, curve, median, within

# Weeks in remission, Freireich et al., Blood 21 (1963) 699–716: the example of Kalbfleisch and Prentice, of Kleinbaum
# and Klein, "Survival Analysis", table 2.1; + is still in remission.
TREATED = "6 6 6 7 10 13 16 22 23 6+ 9+ 10+ 11+ 17+ 19+ 20+ 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"
PRINTED = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
ERRORS = {6: 0.0764, 7: 0.0869, 10: 0.0963, 13: 0.1068, 16: 0.1141, 22: 0.1282, 23: 0.1346}


def read(line: str) -> tuple[np.ndarray, np.ndarray]:
    words = line.split()
    return np.array([float(w.rstrip("+")) for w in words]), np.array([not w.endswith("+") for w in words])


def test_the_textbook_to_the_printed_digits():
    told = curve(*read(TREATED))
    assert {int(t): round(s, 4) for t, s in zip(told.times, told.left, strict=True)} == PRINTED
    errors = told.left * np.sqrt(told.sums)
    assert {int(t): round(e, 4) for t, e in zip(told.times, errors, strict=True)} == ERRORS
    assert median(*read(PLACEBO)).mean == 8
    assert within(*read(PLACEBO), 8).mean == pytest.approx(1 - 0.3810, abs=5e-5)


rows = st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=12, max_size=80)


@given(rows)
@settings(max_examples=80, deadline=None)
def test_another_library_says_the_same(told: list[tuple[int, bool]]):
    durations, done = np.array([float(d) for d, _ in told]), np.array([d for _, d in told])
    if done.sum() < FEWEST:
        assert median(durations, done) is None
        return
    theirs = stats.ecdf(stats.CensoredData(uncensored=durations[done], right=durations[~done])).sf
    ours = curve(durations, done)
    assert ours.left == pytest.approx(theirs.evaluate(ours.times))
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):  # it says nothing at the ends
        interval = theirs.confidence_interval(0.8, method="log-log")
    for limit in ours.times:
        said = within(durations, done, limit)
        assert said is not None
        assert 0 <= said.low <= said.mean <= said.high <= 1
        if 0 < said.mean < 1:
            expected = 1 - interval.high.evaluate(limit), 1 - interval.low.evaluate(limit)
            assert (said.low, said.high) == pytest.approx(expected)


@given(rows)
@settings(max_examples=80, deadline=None)
def test_the_middle_lies_within_its_interval_and_waiting_moves_it_later(told: list[tuple[int, bool]]):
    durations, done = np.array([float(d) for d, _ in told]), np.array([d for _, d in told])
    middle = median(durations, done)
    if middle is None:
        return
    assert middle.low <= (middle.mean if middle.mean is not None else np.inf)
    assert middle.high is None or (middle.mean is not None and middle.mean <= middle.high)
    if done.all():
        assert middle.mean == np.sort(durations)[(len(durations) - 1) // 2]  # the lower middle, when all are done
    waiting = median(np.append(durations, [100.0] * 5), np.append(done, [False] * 5))
    assert waiting is not None and (waiting.mean is None or middle.mean is None or waiting.mean >= middle.mean)


def test_the_middle_of_a_known_law_is_held_in_four_of_five_draws():
    """Log-normal, median 5; a part still waits."""
    rng, held = np.random.default_rng(1), []
    for _ in range(300):
        took, seen = rng.lognormal(np.log(5), 0.9, 120), rng.uniform(0, 30, 120)
        middle = median(np.minimum(took, seen), took <= seen)
        assert middle is not None and middle.high is not None
        held.append(middle.low <= 5 <= middle.high)
    assert 0.73 <= np.mean(held) <= 0.87


def test_too_little_says_nothing():
    nobody = np.zeros(0), np.zeros(0, bool)
    assert median(*nobody) is None and within(*nobody, 3) is None
    assert median(np.full(40, 3.0), np.zeros(40, bool)) is None
    never = median(np.arange(40.0), np.arange(40) < FEWEST)
    assert never is not None and never.mean is None and never.high is None
    seen = np.arange(12.0), np.arange(12) < 11
    assert within(*seen, 40) is None  # nobody was seen for so long
    assert within(seen[0], np.ones(12, bool), 40).mean == 1  # all were done before


def test_the_interval_ahead_holds_the_middle_of_those_to_come():
    rng, held = np.random.default_rng(2), []
    for _ in range(300):
        took, seen = rng.lognormal(np.log(5), 0.9, 150), rng.uniform(0, 90, 150)
        middle = median(np.minimum(took, seen), took <= seen)
        assert middle is not None
        told = ahead(middle, 1 / 3)
        assert told.high is not None and told.low < middle.low
        held.append(told.low <= np.median(rng.lognormal(np.log(5), 0.9, 50)) <= told.high)
    assert 0.73 <= np.mean(held) <= 0.88
    assert ahead(Middle(None, 3.0, None), 1) == Middle(None, 3.0, None)


def test_the_share_of_a_coming_week_is_held_in_four_of_five_draws():
    rng, held = np.random.default_rng(3), []
    for _ in range(300):
        took, seen = rng.lognormal(np.log(5), 0.9, 300), rng.uniform(0, 90, 300)
        share = within(np.minimum(took, seen), took <= seen, 8.0)
        assert share is not None
        told = coming(share, 25)
        held.append(told.low <= (rng.lognormal(np.log(5), 0.9, 25) <= 8).mean() <= told.high)
    assert 0.73 <= np.mean(held) <= 0.9
