"""Quantiles of counts are those of scipy.stats, which the product does without."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dashboard.models.laws import negative_binomial, poisson, poisson_quantiles, quantile

SHARES = st.floats(0.001, 0.999)
MEANS = st.floats(1e-4, 5e4)


@given(SHARES, MEANS)
def test_poisson(share: float, mean: float) -> None:
    assert quantile(poisson(mean), share) == stats.poisson.ppf(share, mean)
    assert poisson_quantiles(share, np.array([mean, 0.0])).tolist() == [stats.poisson.ppf(share, mean), 0.0]


@given(SHARES, MEANS, st.floats(0.05, 500))
def test_negative_binomial(share: float, mean: float, size: float) -> None:
    part = size / (size + mean)
    law, theirs = negative_binomial(size, part), stats.nbinom(size, part)
    found = quantile(law, share)
    assert law(found) >= share > law(found - 1)
    assert law(found) == pytest.approx(theirs.cdf(found), abs=1e-9)
    assert abs(found - theirs.ppf(share)) <= 1  # on the edge of a step the two round apart


def test_nothing_is_below_zero() -> None:
    assert poisson(3.0)(-1) == negative_binomial(2.0, 0.5)(-1) == 0.0
