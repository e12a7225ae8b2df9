"""Trials: a city, three rounds of deliveries, workers or the server killed in each, and then everything compared.

A trial is made from the seed and its number alone, so that a finding can be had again.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from random import Random

from tests.faults.compare import DOUBLED, LOST, UNBALANCED, Difference
from tests.faults.lab import Lab
from tests.faults.points import Point, kind
from tests.faults.town import EVENTS, KINDS, PUSHED, SALES
from tests.faults.world import World

ROUNDS = 3
CRITICAL = ("commit", "file", "statement")  # where a wrong order would show; half of all kills
MANNERS = ("new", "new", "late", "again", "rewritten")
VICTIMS = ("server", "postmaster")
COMMITS, NEVER = "commit: begins", 10**9
Places = dict[str, Counter[str]]  # by what is done: how often an undisturbed process comes by each place


class Failed(AssertionError):
    """A trial found a difference."""


@cache
def places(lab: Lab) -> Places:
    """What an undisturbed worker passes: the points that there are, found once for each lab."""
    world, dice = World(lab), Random("places")
    for of in KINDS.values():
        world.deliver(of, dice)
    slug = world.town.slug
    jobs = {
        "run": [("run", name) for name in KINDS],
        "replay": [("replay", SALES.name), ("replay", EVENTS.name)],
        "push": [("push", PUSHED.name, "{}\n", "places")],
    }
    return {name: Counter(lab.finish(slug, steps, count=True)["passed"]) for name, steps in jobs.items()}


@dataclass
class Choice:
    """Points in turn: every other one critical, each kind of those as often; of a kind, each name before any again."""

    places: Counter[str]
    dice: Random
    turn: int

    def __next__(self) -> Point:
        self.turn += 1
        round_, odd = divmod(self.turn, 2)
        names = sorted(self.places)
        if odd:
            critical = [of for of in CRITICAL if any(kind(name) == of for name in names)]
            round_, of = divmod(round_, len(critical))
            names = [name for name in names if kind(name) == critical[of]]
        Random("order").shuffle(names)
        name = names[round_ % len(names)]
        return Point(name, self.dice.randint(1, self.places[name]))


@dataclass
class Tally:
    """What the trials did and found."""

    trials: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    points: set[Point] = field(default_factory=set)
    found: list[Difference] = field(default_factory=list)

    def add(self, world: World, found: list[Difference]) -> None:
        self.trials += 1
        self.kills += Counter(kind(point.name) for point in world.killed)
        self.points |= set(world.killed)
        self.found += found

    def count(self, what: str) -> int:
        return sum(one.kind == what for one in self.found)

    def __str__(self) -> str:
        by = ", ".join(f"{number} {name}" for name, number in self.kills.most_common())
        names = len({point.name for point in self.points})
        figures = ", ".join(f"{self.count(what)} {what}" for what in (LOST, DOUBLED, UNBALANCED))
        return f"{self.kills.total():,} kills ({by}) at {len(self.points):,} points of {names:,} names: {figures}"


def trial(lab: Lab, there: Places, seed: str, number: int, victim: str) -> tuple[World, list[Difference]]:
    """One of them, with what it found."""
    dice, world = Random(f"{seed}/{number}"), World(lab)
    choice = Choice(there["run"], dice, number * ROUNDS * 2)
    for turn in range(ROUNDS):
        for of in KINDS.values():
            kill = next(Choice(there["push"], dice, number * ROUNDS + turn)) if victim == "worker" else None
            world.deliver(of, dice, dice.choice(MANNERS), kill)
        if victim == "worker":
            world.run(KINDS, [next(choice), next(choice)])
        else:
            world.run(KINDS, [next(choice)], dice.choice(VICTIMS))
    world.teach()
    world.replay(SALES, next(Choice(there["replay"], dice, number)), victim)
    world.replay(EVENTS)
    return world, world.differences()


def trials(lab: Lab, seed: str, kills: int, victim: str) -> Iterator[Tally]:
    """As many as it takes for so many kills. Raises Failed at the first difference, saying how to have it again."""
    there, tally, number = places(lab), Tally(), 0
    while tally.kills.total() < kills:
        world, found = trial(lab, there, seed, number, victim)
        tally.add(world, found)
        if found:
            raise Failed(explained(world, found, f"--seed {seed} --victim {victim} --only {number}"))
        number += 1
        yield tally


def explained(world: World, found: list[Difference], again: str) -> str:
    """A finding for the person who looks for its cause."""
    lines = [f"{one.kind}: {one.what}" for one in found]
    lines += ["killed at:", *(f"  {point.name} ({point.number})" for point in world.killed)]
    lines += ["done:", *(f"  {step}" for step in world.history), f"again: make faults ARGS='{again}'"]
    return "\n".join(lines)


def control(lab: Lab, weak: str, seed: str, most: int = 30) -> tuple[int, list[Difference]]:
    """How many kills it takes until a wrong loader is caught. Raises Failed when it is not, or without any kill."""
    if found := _weakened(lab, weak, seed, Point(COMMITS, NEVER))[1]:
        raise Failed(f"control {weak}: a difference without a kill: {found}")
    kills = 0
    for number in range(1, most):
        world, found = _weakened(lab, weak, seed, Point(COMMITS, number))
        kills += len(world.killed)
        if found:
            return kills, found
    raise Failed(f"control {weak}: {kills} kills, and nothing was noticed")


def _weakened(lab: Lab, weak: str, seed: str, kill: Point) -> tuple[World, list[Difference]]:
    """Of the wrong loader only the killed process: what it has done shows when a right one goes on."""
    world = World(lab, weak)
    world.deliver(EVENTS, Random(seed))
    world.run([EVENTS.name], [kill])
    return world, world.differences()
