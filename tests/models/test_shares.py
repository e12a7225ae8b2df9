"""Which shares changed by more than chance: another library's figures, and what always holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dashboard.models.shares import FEWEST, beyond_chance, chances, shortfalls

pairs = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60)), max_size=30)


def test_the_published_example_of_benjamini_and_hochberg():
    """Fifteen p-values of 1995, section 4.1: at 0.05 the first four are told."""
    printed = "0.0001 0.0004 0.0019 0.0095 0.0201 0.0278 0.0298 0.0344 0.0459 0.3240 0.4262 0.5719 0.6528 0.7590 1"
    told = beyond_chance(np.array([float(word) for word in printed.split()]), 0.05)
    assert told.tolist() == [True] * 4 + [False] * 11


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_another_library_tells_the_same(values: list[float]):
    theirs = stats.false_discovery_control(np.array(values)) <= 0.1
    ours = beyond_chance(np.array(values))
    close = np.isclose(stats.false_discovery_control(np.array(values)), 0.1)  # on the line, rounding decides
    assert (ours == theirs)[~close].all()


@given(pairs)
def test_what_always_holds(rows: list[tuple[int, int, int, int]]):
    part, more, before, more_before = (np.array([row[n] for row in rows], dtype=float) for n in range(4))
    whole, whole_before = part + more, before + more_before
    told = chances(part, whole, before, whole_before)
    enough = (whole >= FEWEST) & (whole_before >= FEWEST)
    assert (np.isfinite(told) == enough).all() and ((told >= 0) & (told <= 1))[enough].all()
    assert told == pytest.approx(chances(before, whole_before, part, whole), nan_ok=True)
    assert not beyond_chance(told)[~enough].any()
    same = chances(part, whole, part, whole)
    assert not beyond_chance(same).any()


def test_a_shortfall_is_the_binomial_tail():
    told = shortfalls(np.array([3.0, 0.0]), np.array([10.0, 40.0]), 60)
    assert told == pytest.approx([stats.binom.cdf(3, 10, 0.6), stats.binom.cdf(0, 40, 0.6)])
