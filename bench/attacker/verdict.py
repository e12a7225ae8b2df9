"""What an attacker learns of hidden counts: which cannot be every number from 0 to 9 any more."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count

from bench.attacker.knowledge import relations
from bench.attacker.past import Hidden, Past, changes
from bench.attacker.published import REST, SMALL, Looks, Place
from bench.attacker.system import Component, Contradiction
from etl.bundle import Flag

PATIENCE = 8  # how often less is assumed where it contradicts itself, before nothing is


@dataclass(frozen=True)
class Found:
    """A hidden cell that is narrowed: between which numbers it must be, and in how many releases."""

    cell: Hidden
    low: int
    high: float
    releases: int


@dataclass
class Report:
    """What was tried and what was found. Cells count in every release that tells them."""

    cells: int = 0
    hidden: int = 0
    narrowed: list[Found] = field(default_factory=list)
    absent: int = 0  # cells without a row, of kinds that other periods have: they are zero
    hopeless: int = 0  # hidden cells around which even what is certain contradicts itself

    @staticmethod
    def cells_of(found: Iterable[Found]) -> int:
        """How many cells these are."""
        return sum(one.releases for one in found)


def attack(
    releases: Iterable[Looks], parents: Mapping[str, str], unplaced: bool = False, still: bool = False
) -> Report:
    """Everything that one city published, oldest first.

    Args:
        parents: The area that each area lies in.
        unplaced: An area may have rows that are in none of its parts.
        still: Guess that a hidden count is what it was told to be before it was hidden.
    """
    report = Report()
    changed = changes(_counted(releases, report))
    known = list(relations(chain.from_iterable(changed), parents, unplaced))
    apart: set[Place] = set()
    for patience in count(PATIENCE, -1):
        past = Past(known, apart, still).read(changed)
        doubtful, reasons = _attacked(past, report)
        if not doubtful or (doubtful <= apart and all(one.tree for one in known)):
            report.hopeless = sum(past.releases.values()) if doubtful else 0
            break
        changed = [{place: look for place, look in one.items() if place in doubtful} for one in changed]
        # Less and less is assumed: first where it shows, then nowhere that a number stayed, at last that tables agree.
        known = [one for one in known if one.whole in doubtful and (one.tree or not doubtful <= apart)]
        apart |= reasons if patience and not reasons <= apart else doubtful
    return report


def _counted(releases: Iterable[Looks], report: Report) -> Iterator[Looks]:
    for told in releases:
        report.cells += len(told)
        report.hidden += sum(look.hidden for look in told.values())
        report.absent += _absent(told)
        yield told


def _attacked(past: Past, report: Report) -> tuple[set[Place], set[Place]]:
    """Add what is found to the report.

    Returns the places of which no numbers can be as was assumed, and those where that shows.
    """
    doubtful: set[Place] = set()
    reasons: set[Place] = set()
    for component in past.system.components():
        hidden = [unknown for unknown in component.unknowns if unknown in past.hidden]
        try:
            found = ranges(component, {unknown: past.hidden[unknown].flag for unknown in hidden}) if hidden else {}
        except Contradiction as contradiction:
            doubtful |= {past.places[unknown] for unknown in component.unknowns}
            reasons |= {past.places[unknown] for unknown in contradiction.at}
            continue
        for unknown, (low, high) in found.items():
            report.narrowed.append(Found(past.hidden[unknown], low, high, past.releases[unknown]))
    return doubtful, reasons


Range = tuple[int, float]


def ranges(component: Component, flags: Mapping[int, Flag]) -> dict[int, Range]:
    """The hidden unknowns that are narrowed, each with what it can still be. Raises Contradiction."""
    component.narrow()
    bounds = {unknown: component.bounds(unknown) for unknown in flags}
    narrowed = {unknown: bound for unknown, bound in bounds.items() if _narrow(flags[unknown], *bound)}
    if component.tree:
        return narrowed
    open_ones = {unknown: flags[unknown] for unknown in flags if unknown not in narrowed}
    return narrowed | _Search(component, open_ones).narrowed()


def _narrow(flag: Flag, low: float, high: float) -> bool:
    """Whether less is open than must be: 0 to 9. Of one that may be of any size: ten numbers, or only large ones."""
    if low <= 0 and high >= SMALL:
        return False
    return flag is Flag.BELOW or (low <= SMALL and high - low < SMALL)


class _Search:
    """Solutions that show how far unknowns can go; one after the other alone only where no common one is found."""

    def __init__(self, component: Component, flags: Mapping[int, Flag]) -> None:
        self.program, self.flags = component.program(), flags
        self.low = dict.fromkeys(flags, math.inf)
        self.high = dict.fromkeys(flags, -math.inf)

    def narrowed(self) -> dict[int, Range]:
        """The unknowns that cannot reach what they should, with what they can. Raises Contradiction."""
        self._look()
        self._together(least=True)
        self._together(least=False)
        for unknown in self._open():
            self._look(least=[unknown])
            self._look(most=[unknown])
        return {unknown: (int(self.low[unknown]), self.high[unknown]) for unknown in self._open()}

    def _together(self, least: bool) -> None:
        """Until a solution brings none of those that are left to where it should be."""
        left = self._open()
        while left:
            self._look(least=left if least else (), most=() if least else left)
            before, reached = len(left), self.low if least else self.high
            still = set(self._open())
            left = [u for u in left if u in still and (reached[u] > 0 if least else reached[u] < SMALL)]
            if len(left) == before:
                return

    def _open(self) -> list[int]:
        return [u for u, flag in self.flags.items() if _narrow(flag, self.low[u], self.high[u])]

    def _look(self, least: Sequence[int] = (), most: Sequence[int] = ()) -> None:
        found = self.program.solution(least, most)
        for unknown in self.flags:
            self.low[unknown] = min(self.low[unknown], found[unknown])
            self.high[unknown] = max(self.high[unknown], found[unknown])


def _absent(told: Looks) -> int:
    """Cells of kinds that a table has in other periods, in periods and areas of which it has others.

    What is left of a whole beside its part is no row of the table: the attacker reckons it where it can.
    """
    kinds: dict[tuple[str, ...], set[str]] = {}
    rows_of = [place for place in told if place.kind and not place.what.endswith(REST)]
    for place in rows_of:
        kinds.setdefault((place.table, place.what), set()).add(place.kind)
    rows = Counter(place._replace(kind="") for place in rows_of)
    return sum(len(kinds[whole.table, whole.what]) - there for whole, there in rows.items())
