"""Rt against a published worked example, to the printed digits.

EpiEstim's demonstration (Cori, 2025, https://mrc-ide.github.io/EpiEstim/articles/demo.html; package 2.2-5): pandemic
influenza in a school in Pennsylvania, 2009 (Cauchemez et al., PNAS 108 (2011) 2825-2830, doi:10.1073/pnas.1008895108),
serial interval of 2.6 ± 1.5 days (Ferguson et al., Nature 437 (2005) 209-214, doi:10.1038/nature04017). The printed
table has six windows; the last three are from the same package's own reference results (Example3), to their digits.
"""

import numpy as np
import pytest
from scipy.stats import gamma

from dashboard.models.reproduction import Floats, posterior, pressure

ONSETS = np.array(
    [1, 1, 0, 2, 5, 3, 3, 3, 6, 2, 5, 9, 13, 12, 13, 11, 12, 6, 6, 6, 3, 1, 0, 2, 0, 0, 0, 0, 2, 0, 2, 0], dtype=float
)
MEAN, SD = 2.6, 1.5
# discr_si(0:20, mu = 2.6, sigma = 1.5), as printed.
PRINTED_SERIAL = (
    *("0.000000e+00", "2.331721e-01", "3.585794e-01", "1.981108e-01", "1.033427e-01", "5.290518e-02", "2.682146e-02"),
    *("1.351620e-02", "6.783438e-03", "3.394351e-03", "1.694674e-03", "8.445945e-04", "4.203313e-04", "2.089422e-04"),
    *("1.037609e-04", "5.148480e-05", "2.552773e-05", "1.264952e-05", "6.264667e-06", "3.101068e-06", "1.534394e-06"),
)
# first and last day of the window (the first day is 1), mean, bounds of the 95 % interval
PRINTED = (
    (2, 8, "1.735798", "1.0287437", "2.624781"),
    (3, 9, "1.749168", "1.1088223", "2.533119"),
    (4, 10, "1.537058", "0.9947030", "2.195540"),
    (5, 11, "1.431839", "0.9514466", "2.008849"),
    (6, 12, "1.422725", "0.9731426", "1.956336"),
    (7, 13, "1.635373", "1.1786332", "2.165745"),
    (11, 17, "1.408722", "1.109912", "1.742610"),
    (18, 24, "0.499221", "0.323069", "0.713089"),
    (26, 32, "0.997535", "0.323897", "2.043269"),
)


def shifted_gamma(longest: int) -> Floats:
    """The discretisation of the paper's web appendix 11: a gamma shifted by a day, censored on both days."""
    shape, scale = ((MEAN - 1) / SD) ** 2, SD**2 / (MEAN - 1)
    day = np.arange(longest + 1)
    one, more = gamma(shape, scale=scale).cdf, gamma(shape + 1, scale=scale).cdf
    parts = day * one(day) + (day - 2) * one(day - 2) - 2 * (day - 1) * one(day - 1)
    parts += shape * scale * (2 * more(day - 1) - more(day - 2) - more(day))
    serial: Floats = np.maximum(parts, 0)
    return serial


def test_the_serial_interval_is_the_printed_one() -> None:
    assert [f"{share:.6e}" for share in shifted_gamma(20)] == list(PRINTED_SERIAL)


@pytest.mark.parametrize(("first", "last", "mean", "low", "high"), PRINTED)
def test_rt_is_the_printed_one(first: int, last: int, mean: str, low: str, high: str) -> None:
    passed = pressure(ONSETS, shifted_gamma(len(ONSETS) - 1))
    days = slice(first - 1, last)
    told = posterior(ONSETS[days], passed[days])
    decimals = [len(printed.partition(".")[2]) for printed in (mean, low, high)]
    assert [f"{number:.{digits}f}" for number, digits in zip(told, decimals, strict=True)] == [mean, low, high]


def test_another_serial_interval_would_be_noticed() -> None:
    passed = pressure(ONSETS, np.roll(shifted_gamma(len(ONSETS) - 1), 1))
    assert f"{posterior(ONSETS[1:8], passed[1:8]).mean:.6f}" != "1.735798"
