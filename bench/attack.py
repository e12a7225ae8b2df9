"""Can a hidden count be worked out? A solver over everything that three cities published in twenty releases.

Made truths of the real areas, with late, deleted and moved rows, are published as the product does it, and attacked
with nothing but the releases. Then others try: who knows every told number exactly; who guesses that what is hidden did
not change; who has read our code. The same attacker also goes at builds that are broken on purpose: it must break them.
"""

import argparse
import math
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from bench.attacker.aware import possible, shown
from bench.attacker.formats import differences
from bench.attacker.published import SMALL, Look, Looks, Place, looks
from bench.attacker.system import Component, Sum, System
from bench.attacker.verdict import Report, attack
from bench.attacker.world import Size, World
from bench.common import results
from bench.common.results import Goal
from etl import release
from etl.bundle import Bundle, Flag, Shelf

CITIES = ("samarinda", "surabaya", "banyumas")
RELEASES, SEED, FEW = 20, 7, 6
RANGE_DAYS = 30
GROUPS, MOST = 300, 90  # for who has read our code: how many, and their largest total


@dataclass(frozen=True)
class Rule:
    """A way to publish, and what the attacker takes for granted."""

    build: Callable[[], AbstractContextManager[object]] = nullcontext
    cities: int = 1  # how many of them, and how many releases
    releases: int = FEW
    unplaced: bool = False
    still: bool = False
    exact: bool = False


@dataclass(frozen=True)
class Outcome:
    """What was found of one city under one rule. Cells count in every release that tells them."""

    rule: str
    city: str
    releases: int
    cells: int
    hidden: int
    narrowed: int
    solved: int  # of these
    right: int  # of those narrowed, as the truth says
    absent: int
    hopeless: int
    formats: int
    changed: int  # files of the first release that are not what they were, after the last
    published_s: float
    attacked_s: float


def files_of(bundle: Bundle) -> dict[str, str]:
    """Every file of a release, with the hash of what is in it."""
    files = (path for path in bundle.folder.rglob("*") if path.is_file())
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in files}


@contextmanager
def uncomplemented() -> Iterator[None]:
    """A build that hides small counts and no others."""
    with patch.object(release, "published", partial(release.published, complementary=False)):
        yield


@contextmanager
def forgetful() -> Iterator[None]:
    """A build in which a release knows nothing of the one before, and nobody checks it."""
    whole = release.published
    with (
        patch.object(release, "published", lambda draft, before: whole(draft, None)),
        patch.object(release, "check", lambda bundle, before: None),
    ):
        yield


REAL, UNPLACED, EXACT = "as it is", "rows without a place", "told numbers known exactly"
UNCOMPLEMENTED, FORGETFUL = "no complementary hiding", "hidden is told later"
UNCOMPLEMENTED_EXACT = f"{UNCOMPLEMENTED}, exactly"
RULES = {
    REAL: Rule(cities=len(CITIES), releases=RELEASES),
    UNPLACED: Rule(cities=len(CITIES), unplaced=True),
    EXACT: Rule(exact=True),
    "guess: the hidden is unchanged": Rule(still=True),
    UNCOMPLEMENTED: Rule(uncomplemented),
    UNCOMPLEMENTED_EXACT: Rule(uncomplemented, exact=True),
    FORGETFUL: Rule(forgetful),
}
HOLDS = (REAL, UNPLACED, EXACT)
BROKEN = (UNCOMPLEMENTED, UNCOMPLEMENTED_EXACT, FORGETFUL)


def main() -> None:
    """Publish, attack, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m bench.attack")
    parser.add_argument("--cities", nargs="+", default=CITIES)
    parser.add_argument("--releases", type=int, default=RELEASES)
    parser.add_argument("--seed", type=int, default=SEED)
    said = parser.parse_args()
    with ProcessPoolExecutor() as pool:
        asked = [
            pool.submit(attacked, name, city, said.seed, Size(min(said.releases, rule.releases)))
            for name, rule in RULES.items()
            for city in reversed(said.cities[: rule.cities])  # the largest first
        ]
        outcomes = [one.result() for one in asked]
    tell(outcomes, said.seed)


def attacked(name: str, city: str, seed: int, size: Size) -> Outcome:
    """Publish a city under a rule and attack it."""
    rule = RULES[name]
    world = World(city, seed, size, rule.unplaced)
    with tempfile.TemporaryDirectory(prefix="pantau-attack-") as folder:
        began = time.perf_counter()
        with rule.build():
            releases = world.publish(Shelf(Path(folder)))
            first = next(releases)
            was = files_of(first)
            bundles = [first, *releases]
        published = time.perf_counter()
        told = known_exactly(world, bundles) if rule.exact else map(looks, bundles)
        report = attack(told, world.parents, rule.unplaced, rule.still)
        done = time.perf_counter()
        return Outcome(
            rule=name,
            city=city,
            releases=len(bundles),
            cells=report.cells,
            hidden=report.hidden,
            narrowed=report.cells_of(report.narrowed),
            solved=report.cells_of(found for found in report.narrowed if found.low == found.high),
            right=right(world, report),
            absent=report.absent,
            hopeless=report.hopeless,
            changed=len(was.items() ^ files_of(first).items()),
            formats=sum(map(differences, bundles)),
            published_s=published - began,
            attacked_s=done - published,
        )


def known_exactly(world: World, bundles: Iterable[Bundle]) -> Iterator[Looks]:
    """The releases for somebody who knows of every told number the exact one."""
    for number, bundle in enumerate(bundles):
        truth = world.truth(number)
        yield {place: exactly(look, truth, place) for place, look in looks(bundle).items()}


def exactly(look: Look, truth: Mapping[Place, int], place: Place) -> Look:
    return Look(truth[place], truth[place], look.flag) if look.told else look


def right(world: World, report: Report) -> int:
    """How many of the narrowed cells are what the attacker says."""
    truths = {number: world.truth(number) for number in {found.cell.since for found in report.narrowed}}
    return report.cells_of(
        found
        for found in report.narrowed
        if found.low <= truths[found.cell.since].get(found.cell.place, 0) <= found.high
    )


# Two more


def ranges(days: int, seed: int, step: int) -> tuple[int, int]:
    """Small days of a ward; how many are solved where every range of days is told to a step, unless it is under ten."""
    truth = np.random.default_rng(seed).poisson(4, days)
    system = System()
    each = [system.unknown(0, math.inf) for _ in range(days)]
    for first in range(days):
        for last in range(first, days):
            count = int(truth[first : last + 1].sum())
            told, off = step * ((count + step // 2) // step), step // 2
            bounds = (max(SMALL + 1, told - off), told + off) if count > SMALL else (0, SMALL)
            system.add(Sum(system.unknown(*bounds), tuple(each[first : last + 1])))
    (component,) = system.components()
    component.narrow()
    small = [day for day in each if truth[day] <= SMALL]
    return len(small), sum(is_solved(component, day) for day in small)


def is_solved(component: Component, unknown: int) -> bool:
    """Whether an unknown can be one number only."""
    program = component.program()
    return program.solution(least=[unknown])[unknown] == program.solution(most=[unknown])[unknown]


def small_groups(seed: int) -> Iterator[tuple[int, ...]]:
    """Areas of a district, some of them small, as they may be."""
    rng, made = np.random.default_rng(seed), 0
    while made < GROUPS:
        counts = tuple(rng.lognormal(2.7, 0.9, rng.integers(2, 5)).astype(int).tolist())
        if min(counts) <= SMALL < sum(counts) <= MOST:
            made += 1
            yield counts


def gives_away(counts: tuple[int, ...]) -> bool:
    """Whether who knows the rule can rule a small number out."""
    flags = [flag for flag, _ in shown(counts)[1]]
    return any(flag is Flag.BELOW and len(could) <= SMALL for flag, could in zip(flags, possible(counts), strict=True))


# What is told


def tell(outcomes: list[Outcome], seed: int) -> None:
    """Print the tables, keep the figures."""
    heads = ("", "city", "releases", "cells", "hidden", "narrowed", "solved", "right", "no row", "s")
    results.show("what the attacker finds", heads, list(map(_row, outcomes)))
    free = {step: ranges(RANGE_DAYS, seed, step) for step in (1, 5)}
    given_away = sum(map(gives_away, small_groups(seed)))
    goals = list(_goals(outcomes, free, given_away))
    real = [one for one in outcomes if one.rule == REAL]

    def counted(rule: str, name: str) -> str:
        return f"{_sum(outcomes, rule, name):,}"

    figure = (
        f"attack: {counted(REAL, 'narrowed')} of {counted(REAL, 'hidden')} hidden cells narrowed below 0–9 in "
        f"{real[0].releases} releases of {len(real)} cities ({counted(REAL, 'cells')} cells, "
        f"{sum(one.attacked_s for one in real):.0f} s); {counted(EXACT, 'narrowed')} by who knows every told number "
        f"exactly; {given_away} of {GROUPS} small groups by who has read the code; the same attacker narrows "
        f"{counted(UNCOMPLEMENTED, 'narrowed')} without complementary hiding, solves "
        f"{counted(UNCOMPLEMENTED_EXACT, 'solved')} exactly, narrows {counted(FORGETFUL, 'narrowed')} where hidden "
        f"cells are told later, solves {free[1][1]} of {free[1][0]} days where every range of days is told"
    )
    results.keep("attack", figure, {"runs": [asdict(one) for one in outcomes]}, goals)


def _row(one: Outcome) -> tuple[Any, ...]:
    counts = (one.releases, one.cells, one.hidden, one.narrowed, one.solved, one.right, one.absent)
    return (one.rule, one.city, *(f"{count:,}" for count in counts), f"{one.published_s:.0f} + {one.attacked_s:.0f}")


def _goals(outcomes: list[Outcome], free: Mapping[int, tuple[int, int]], given_away: int) -> Iterator[Goal]:
    for rule in HOLDS:
        yield Goal(f"narrowed: {rule}", 0, _sum(outcomes, rule, "narrowed"), at_most=True)
    yield Goal("files of release 1 changed by later ones", 0, sum(one.changed for one in outcomes), at_most=True)
    yield Goal("told by the absence of a row", 0, sum(_sum(outcomes, rule, "absent") for rule in HOLDS), at_most=True)
    yield Goal(
        "told by a file, not by its table", 0, sum(_sum(outcomes, rule, "formats") for rule in HOLDS), at_most=True
    )
    yield Goal(f"given away by the rule, of {GROUPS}", 0, given_away, at_most=True)
    for rule in BROKEN:
        yield Goal(f"narrowed: {rule}", 1, _sum(outcomes, rule, "narrowed"))
    for step, (small, solved) in free.items():
        yield Goal(f"days solved where every range is told to {step}, of {small}", 1, solved)


def _sum(outcomes: Iterable[Outcome], rule: str, name: str) -> int:
    return sum(getattr(one, name) for one in outcomes if one.rule == rule)


if __name__ == "__main__":
    main()
