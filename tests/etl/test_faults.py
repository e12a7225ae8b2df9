"""A short ``make faults``: its own server is killed, never the one of the other tests."""

from collections.abc import Iterator
from random import Random

import pytest

from tests.faults.lab import Lab, lab
from tests.faults.machine import run_machine
from tests.faults.nodes import differences, nodes, rounds
from tests.faults.trials import Tally, control, places, trials


@pytest.fixture(scope="module")
def at() -> Iterator[Lab]:
    with lab() as made:
        yield made


def test_workers_are_killed_and_nothing_is_lost_or_doubled(at: Lab) -> None:
    *_, tally = trials(at, "test", 8, "worker")
    assert not tally.found and len(tally.points) >= 8


def test_the_database_is_killed_and_nothing_is_lost_or_doubled(at: Lab) -> None:
    *_, tally = trials(at, "test", 2, "server")
    assert tally.kills.total() >= 2 and not tally.found


def test_any_order_of_steps_agrees_with_the_model(at: Lab) -> None:
    tally = Tally()
    assert run_machine(at, places(at), tally, examples=2, steps=30, number=None) >= 60
    assert not tally.found


def test_a_checkpoint_before_the_rows_is_caught(at: Lab) -> None:
    assert {one.kind for one in control(at, "early", "1")[1]} >= {"lost"}


def test_a_checkpoint_after_the_rows_is_caught(at: Lab) -> None:
    assert {one.kind for one in control(at, "late", "1")[1]} == {"doubled"}


def test_two_workers_share_the_sources_and_two_web_nodes_tell_the_same(at: Lab) -> None:
    with nodes(at) as made:
        rounds(made, 1, Random("test"))
        assert made.kills == 1 and differences(made) == []
        made.rows["kasir"] += 1
        assert len(differences(made)) == 2  # a row that is not there would be missed
