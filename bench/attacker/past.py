"""All releases of a city as one system: what did not change from one release to the next is one unknown, not two.

A count that is told with the same number in two releases is taken for the same number in both. Hidden counts are taken
for the same as long as nothing around them changed; then they are new unknowns, as far as hidden ones hang together. A
count that is hidden now and told later is taken for what is told later.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field

from bench.attacker.knowledge import Relation, told_elsewhere
from bench.attacker.published import SMALL, Look, Looks, Place
from bench.attacker.system import Sum, System
from etl.bundle import Flag

Changes = dict[Place, Look | None]  # None: not told any more


def changes(releases: Iterable[Looks]) -> list[Changes]:
    """What each release says differently from the one before it."""
    found: list[Changes] = []
    before: Looks = {}
    for now in releases:
        gone = dict.fromkeys(place for place in before if place not in now)
        new = {place: look for place, look in now.items() if before.get(place) != look}
        found.append({**gone, **new})
        before = {place: look for place, look in before.items() if place in now} | new  # names are kept once
    return found


@dataclass(frozen=True)
class Hidden:
    """A hidden cell of one release, or of several in a row between which nothing around it changed."""

    place: Place
    flag: Flag
    since: int  # the release, counted from 0


@dataclass
class Past:
    """The system, and which unknown stands for which hidden cell."""

    relations: Sequence[Relation]
    apart: Container[Place] = ()  # what is not taken for the same in two releases, though it looks the same
    still: bool = False  # whether a hidden count is taken for what was told before, too
    system: System = field(default_factory=System)
    hidden: dict[int, Hidden] = field(default_factory=dict)
    releases: Counter[int] = field(default_factory=Counter)  # for how many an unknown stands
    places: dict[int, Place] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._now: Looks = {}
        self._former: Looks = {}
        self._unknown: dict[Place, int] = {}
        self._told: dict[tuple[Place, Look], int] = {}
        self._tellings: dict[Place, list[tuple[int, Look]]] = defaultdict(list)
        self._of: dict[Place, list[Relation]] = defaultdict(list)
        for relation in self.relations:
            for place in (relation.whole, *relation.parts):
                self._of[place].append(relation)

    def read(self, releases: Sequence[Changes]) -> "Past":
        """All releases, oldest first."""
        for number, changed in enumerate(releases):
            for place, look in changed.items():
                if look is not None and look.told:
                    self._tellings[place].append((number, look))
        for number, changed in enumerate(releases):
            self._read(number, changed)
        return self

    def _read(self, number: int, changed: Changes) -> None:
        self._former = dict(self._now)
        for place, look in changed.items():
            if look is None:
                del self._now[place], self._unknown[place]
            else:
                self._now[place] = look
        touched = self._renewed(number, changed)
        for relation in touched:
            self._add(relation)
        for place, look in self._now.items():
            if look.hidden:
                self.releases[self._unknown[place]] += 1

    def _renewed(self, number: int, changed: Changes) -> dict[Relation, None]:
        """Give new unknowns to what changed and to all hidden counts that it may have moved."""
        waiting, done = list(changed), set(changed)
        touched: dict[Relation, None] = {}
        for place in waiting:  # grows meanwhile
            if place in self._now:
                self._unknown[place] = self._new(number, place)
            if place in changed or self._spreads(number, place):
                touched |= dict.fromkeys(self._of[place])
            near = (other for relation in self._of[place] for other in (relation.whole, *relation.parts))
            new = [other for other in near if other not in done and other in self._now and self._spreads(number, other)]
            done.update(new)
            waiting += new
        return touched

    def _taken(self, number: int, place: Place) -> Look | None:
        """The number that a count is taken for: what is told, or is told later, or was told before."""
        look = self._now[place]
        if place in self.apart or look.told:
            return look if look.told and place not in self.apart else None
        if look.flag is not Flag.HIDDEN:
            return None
        later = (telling for at, telling in self._tellings[place] if at > number)
        before = [telling for at, telling in self._tellings[place] if at < number and self.still]
        return next(later, before[-1] if before else None)

    def _spreads(self, number: int, place: Place) -> bool:
        return place in self._now and self._taken(number, place) is None

    def _new(self, number: int, place: Place) -> int:
        look = self._now[place]
        if taken := self._taken(number, place):
            if (place, taken) not in self._told:
                self._told[place, taken] = self._unknown_of(place, taken)
            return self._told[place, taken]
        unknown = self._unknown_of(place, look)
        if look.hidden:
            self.hidden[unknown] = Hidden(place, look.flag, number)
        return unknown

    def _unknown_of(self, place: Place, look: Look) -> int:
        low = SMALL + 1 if self._large(place, look) else look.low
        unknown = self.system.unknown(low, math.inf if look.high is None else look.high)
        self.places[unknown] = place
        return unknown

    def _large(self, place: Place, look: Look) -> bool:
        """Whether a count must be ten or more, because a smaller one would have been called so.

        Not where a whole group is hidden by one sign, nor where it had been hidden before, nor of parts of a count.
        """
        was = self._former.get(place)
        if look.flag is not Flag.HIDDEN or "/" in place.what or (was and was.flag is Flag.HIDDEN):
            return False
        groups = [relation for relation in self._of[place] if relation.tree and place in relation.parts]
        return bool(groups) and all(self._open(group) for group in groups)

    def _open(self, group: Relation) -> bool:
        free = [self._now[part].flag for part in group.parts if part in self._now and not told_elsewhere(part)]
        whole = self._now.get(group.whole)
        return whole is not None and whole.flag is Flag.SHOWN and any(flag is not Flag.HIDDEN for flag in free)

    def _add(self, relation: Relation) -> None:
        parts = tuple(self._unknown[part] for part in relation.parts if part in self._now)
        if relation.whole in self._now and parts:
            whole = len(parts) == len(relation.parts) or relation.closed
            self.system.add(Sum(self._unknown[relation.whole], parts, relation.exact and whole))
