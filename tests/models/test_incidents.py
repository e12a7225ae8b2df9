"""Calls about one incident: near, soon, of one kind."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.models.incidents import WITHIN_S, grouped

CELL = 0.0045


def first(*calls: tuple[float, float, float, int]) -> list[int]:
    at, lat, lon, kind = (np.array(column, dtype=float) for column in zip(*calls, strict=True))
    return grouped(at, lat, lon, kind.astype(int)).tolist()


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ((60, 0, 0, 1), True),
        ((WITHIN_S, CELL, CELL, 1), True),  # the cell beside it, half an hour later
        ((WITHIN_S + 1, 0, 0, 1), False),
        ((60, 2 * CELL, 0, 1), False),
        ((60, 0, 0, 2), False),
        ((60, np.nan, np.nan, 1), False),
    ],
)
def test_what_is_one_incident(other: tuple[float, float, float, int], same: bool) -> None:
    assert first((0, 0, 0, 1), other) == ([0, 0] if same else [0, 1])


def test_chains_count_and_join_what_was_apart() -> None:
    assert first((0, 0, 0, 1), (10, 2 * CELL, 0, 1), (20, CELL, 0, 1)) == [0, 0, 0]


call = st.tuples(st.integers(0, 20_000), st.integers(0, 4), st.integers(0, 4), st.integers(0, 2))


@given(st.lists(call, max_size=40))
@settings(max_examples=60, deadline=None)
def test_groups_are_those_of_a_graph(calls: list[tuple[int, int, int, int]]) -> None:
    calls = sorted(calls)
    told = first(*((t, x * CELL, y * CELL, k) for t, x, y, k in calls)) if calls else []
    parent = list(range(len(calls)))

    def root(one: int) -> int:
        return one if parent[one] == one else root(parent[one])

    for b, (t, x, y, k) in enumerate(calls):
        for a, (s, u, v, j) in enumerate(calls[:b]):
            if j == k and t - s <= WITHIN_S and abs(x - u) <= 1 and abs(y - v) <= 1:
                low, high = sorted((root(a), root(b)))
                parent[high] = low
    assert told == [root(one) for one in range(len(calls))]
