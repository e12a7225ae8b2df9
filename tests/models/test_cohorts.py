"""Cohorts and concentration: nothing lost, nothing counted twice; gaps, returns and refunds as they are."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dashboard.models.cohorts import active, cohorts, flow
from dashboard.models.concentration import concentration

SOLD = arrays.arrays(bool, st.tuples(st.integers(0, 30), st.integers(1, 12)))
RETAIL = sorted((Path(__file__).parents[3] / "shared" / "data" / "real_samples" / "online_retail_by_day").glob("*.csv"))


@given(sold=SOLD)
def test_everybody_who_sells_is_new_back_or_kept_and_everybody_who_sold_is_kept_or_lost(sold: np.ndarray) -> None:
    told = flow(sold)
    assert (told.alive == told.new + told.back + told.kept).all()
    assert (told.alive[:-1] == told.kept[1:] + told.lost[1:]).all()
    assert told.new.sum() == sold.any(axis=1).sum()


@given(sold=SOLD)
def test_the_cohorts_of_a_month_are_together_who_sells_in_it(sold: np.ndarray) -> None:
    told, months = cohorts(sold), sold.shape[1]
    assert (told.size == told.selling[:, 0]).all()  # everybody sells in the month of the first sale
    for month in range(months):
        together = sum(int(told.selling[first, month - first]) for first in range(month + 1))
        assert together == sold[:, month].sum()
    assert all((told.selling[first, months - first :] == -1).all() for first in range(months))


def test_a_merchant_who_comes_back_after_months_without_sales() -> None:
    sold = active(["a", "a", "b", "b", "a"], [0, 4, 1, 1, 0], 5)
    assert sold.tolist() == [[True, False, False, False, True], [False, True, False, False, False]]
    told = flow(sold)
    assert told.back.tolist() == [0, 0, 0, 0, 1] and told.new.tolist() == [1, 1, 0, 0, 0]
    assert told.lost.tolist() == [0, 1, 1, 0, 0] and told.alive.tolist() == [1, 1, 0, 0, 1]
    assert cohorts(sold).selling[0].tolist() == [1, 0, 0, 0, 1]


def test_nobody_at_all() -> None:
    nobody = active([], [], 3)
    assert flow(nobody).alive.tolist() == [0, 0, 0] and cohorts(nobody).size.tolist() == [0, 0, 0]


@pytest.mark.skipif(not RETAIL, reason="the real samples are not beside the project")
def test_customers_of_a_real_shop_by_day_as_sets_count_them() -> None:
    """Ten days of the UCI Online Retail sample (CC BY 4.0), with cancellations and orders of nobody."""
    bought: list[tuple[str, int]] = []
    for number, path in enumerate(RETAIL):
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = csv.DictReader(file)
            bought += [(row["CustomerID"], number) for row in lines if row["CustomerID"] and float(row["Quantity"]) > 0]
    by_day = [{who for who, day in bought if day == number} for number in range(len(RETAIL))]
    told = flow(active(*zip(*bought, strict=True), len(RETAIL)))
    seen: set[str] = set()
    for number, here in enumerate(by_day):
        before = by_day[number - 1] if number else set()
        assert told.alive[number] == len(here) > 0
        assert told.new[number] == len(here - seen)
        assert told.lost[number] == len(before - here)
        seen |= here


# Concentration


AMOUNTS = st.lists(st.floats(-1e9, 1e9), max_size=60)


@given(amounts=AMOUNTS)
def test_a_spread_lies_between_all_equal_and_all_with_one(amounts: list[float]) -> None:
    told = concentration(amounts)
    if told is None:
        assert not any(amount > 0 for amount in amounts)
        return
    size = len(amounts)
    assert -1e-9 <= told.gini <= 1 - 1 / size + 1e-9
    assert 10_000 / size - 1e-6 <= told.hhi <= 10_000 + 1e-6
    assert min(1, 10 / size) - 1e-9 <= told.top <= 1 + 1e-9
    assert told.sellers == sum(amount > 0 for amount in amounts)


@given(amounts=st.lists(st.integers(1, 1_000), min_size=1, max_size=40), factor=st.integers(2, 1_000))
def test_a_spread_does_not_know_the_currency(amounts: list[int], factor: int) -> None:
    one, other = concentration(amounts), concentration([factor * amount for amount in amounts])
    assert one is not None and other == pytest.approx(one)


def test_worked_examples() -> None:
    """Gini by its definition: half the mean difference over the mean; HHI of four equal firms is 2,500."""
    amounts = [1.0, 2.0, 3.0, 4.0, 10.0]
    differences = np.abs(np.subtract.outer(amounts, amounts)).mean()
    told, four = concentration(amounts), concentration([5, 5, 5, 5])
    assert told is not None and told.gini == pytest.approx(differences / (2 * np.mean(amounts)))
    assert four is not None and four.hhi == pytest.approx(2_500) and four.gini == pytest.approx(0)


def test_a_refund_above_sales_counts_as_nothing() -> None:
    told, plain = concentration([-500.0, 100.0, 300.0]), concentration([0.0, 100.0, 300.0])
    assert told == plain and concentration([-5.0, 0.0]) is None and concentration([]) is None
