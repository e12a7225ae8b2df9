"""Any order of deliver, correct, delete, replay and kill, as Hypothesis thinks of it."""

from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.faults.lab import Lab
from tests.faults.points import Point
from tests.faults.town import KINDS, PUSHED, SYSTEM
from tests.faults.trials import MANNERS, VICTIMS, Choice, Places, Tally, explained
from tests.faults.world import World

NAMES = st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=2, unique=True)
DICE = st.integers(0, 2**32).map(Random)
RARELY = 150  # one in so many kills is one of the server: its recovery takes long


def run_machine(lab: Lab, places: Places, tally: Tally, examples: int, steps: int, number: int | None) -> int:
    """Sequences of steps; how many steps they were in all. Deterministic without a number."""
    done = [0]

    class Faults(RuleBasedStateMachine):
        """A city, and what may happen to it."""

        def __init__(self) -> None:
            super().__init__()
            self.world = World(lab)

        @rule(of=st.sampled_from(list(KINDS.values())), dice=DICE, manner=st.sampled_from(MANNERS), kill=st.booleans())
        def deliver(self, of: Any, dice: Random, manner: str, kill: bool) -> None:
            done[0] += 1
            self.world.deliver(of, dice, manner, _point(places, "push", dice) if kill and of is PUSHED else None)

        @rule(of=st.sampled_from(list(KINDS.values())), dice=DICE)
        def touch(self, of: Any, dice: Random) -> None:
            done[0] += 1
            self.world.touch(of, dice)

        @rule(names=NAMES)
        def run(self, names: list[str]) -> None:
            done[0] += 1
            self.world.run(names)

        @rule(names=NAMES, dice=DICE, finish=st.booleans())
        def kill(self, names: list[str], dice: Random, finish: bool) -> None:
            done[0] += 1
            victim = dice.choice(VICTIMS) if not dice.randrange(RARELY) else "worker"
            self.world.run(names, [_point(places, "run", dice)], victim, finish)

        @rule(of=st.sampled_from([kind for kind in KINDS.values() if kind is not SYSTEM]), dice=DICE)
        def replay(self, of: Any, dice: Random) -> None:
            done[0] += 1
            self.world.replay(of, _point(places, "replay", dice) if dice.random() < 0.5 else None)

        @rule()
        def teach(self) -> None:
            done[0] += 1
            self.world.teach()

        def teardown(self) -> None:
            found = self.world.differences()
            tally.add(self.world, found)
            assert not found, explained(self.world, found, f"--steps-seed {number}")

    said = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
        # a finding is told in full at once: to look for a shorter one would take an hour of processes
        phases=(Phase.generate,),
        derandomize=number is None, print_blob=False, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Faults if number is None else seed(number)(Faults), settings=said)
    return done[0]


def _point(places: Places, of: str, dice: Random) -> Point:
    return next(Choice(places[of], dice, dice.randrange(10**6)))
