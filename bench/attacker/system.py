"""Unknown whole numbers and their sums: how far each can go while all sums hold.

Bounds are handed through the sums until nothing moves. Where the sums of a component form a tree that is exact. Where
they do not, integer programs (HiGHS) look for solutions in which the unknowns reach what they are asked for; one
solution serves many of them.
"""

import math
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack

FAR = 1_000  # beyond everything that is told: as good as no bound
TOLERANCE = 1e-6
INFEASIBLE = 2  # scipy's word for it
SMALL = 9


class Contradiction(Exception):
    """No numbers can be as these sums say. ``at``: the unknowns of the sum where it shows, or all."""

    def __init__(self, at: Sequence[int]) -> None:
        super().__init__()
        self.at = at


@dataclass(frozen=True)
class Sum:
    """``whole`` is the sum of the parts, or at least so much."""

    whole: int
    parts: tuple[int, ...]
    exact: bool = True


@dataclass
class System:
    """Unknowns by number, with their bounds, and the sums between them."""

    low: list[int] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    sums: dict[Sum, None] = field(default_factory=dict)

    def unknown(self, low: int, high: float) -> int:
        """A new one."""
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1

    def add(self, one: Sum) -> None:
        """What is added twice is there once."""
        self.sums[one] = None

    def components(self) -> Iterator["Component"]:
        """The sums that hang together, each with its unknowns."""
        over: dict[int, list[Sum]] = defaultdict(list)
        for one in self.sums:
            for unknown in (one.whole, *one.parts):
                over[unknown].append(one)
        seen: set[Sum] = set()
        for first in self.sums:
            if first not in seen:
                yield Component(self, _reached(first, over, seen))

    def alone(self) -> set[int]:
        """Unknowns that are in no sum."""
        return set(range(len(self.low))) - {unknown for one in self.sums for unknown in (one.whole, *one.parts)}


def _reached(first: Sum, over: Mapping[int, list[Sum]], seen: set[Sum]) -> list[Sum]:
    seen.add(first)
    found = [first]
    for one in found:  # grows meanwhile
        for unknown in (one.whole, *one.parts):
            new = [other for other in over[unknown] if other not in seen]
            seen.update(new)
            found += new
    return found


class Component:
    """Sums that hang together."""

    def __init__(self, system: System, sums: Sequence[Sum]) -> None:
        self.system, self.sums = system, sums
        self.unknowns = sorted({unknown for one in sums for unknown in (one.whole, *one.parts)})

    @property
    def tree(self) -> bool:
        """Whether two unknowns are never joined by two ways."""
        return sum(len(one.parts) + 1 for one in self.sums) == len(self.unknowns) + len(self.sums) - 1

    def narrow(self) -> None:
        """Hand bounds through the sums until nothing moves. Raises Contradiction."""
        over: dict[int, list[int]] = defaultdict(list)
        for number, one in enumerate(self.sums):
            for unknown in (one.whole, *one.parts):
                over[unknown].append(number)
        waiting, queued = deque(range(len(self.sums))), set(range(len(self.sums)))
        for _ in range(50 * len(self.sums)):  # round a circle bounds may creep for long; the programs do the rest
            if not waiting:
                return
            number = waiting.popleft()
            queued.discard(number)
            for unknown in self._narrowed(self.sums[number]):
                new = [other for other in over[unknown] if other not in queued]
                queued.update(new)
                waiting += new

    def _narrowed(self, one: Sum) -> list[int]:
        """The unknowns of a sum whose bounds it moved."""
        moved = self._moved(one)
        low, high = self.system.low, self.system.high
        if any(low[unknown] > high[unknown] for unknown in moved):
            raise Contradiction((one.whole, *one.parts))
        return moved

    def _moved(self, one: Sum) -> list[int]:
        low, high = self.system.low, self.system.high
        least = sum(low[part] for part in one.parts)
        most = sum(high[part] for part in one.parts)
        moved = self._set(one.whole, least, most if one.exact else math.inf)
        whole_low, whole_high = low[one.whole], high[one.whole]
        for part in one.parts:
            others = most - high[part] if most < math.inf else self._others(one, part)
            up = whole_low - others if one.exact else -math.inf
            moved += self._set(part, up, whole_high - (least - low[part]))
        return moved

    def _others(self, one: Sum, part: int) -> float:
        return sum(self.system.high[other] for other in one.parts if other != part)

    def _set(self, unknown: int, low: float, high: float) -> list[int]:
        bounds = self.system
        if low <= bounds.low[unknown] and high >= bounds.high[unknown]:
            return []
        bounds.low[unknown] = int(max(low, bounds.low[unknown]))
        bounds.high[unknown] = min(high, bounds.high[unknown])
        return [unknown]

    def bounds(self, unknown: int) -> tuple[int, float]:
        """Between which numbers an unknown is."""
        return self.system.low[unknown], self.system.high[unknown]

    def program(self) -> "Program":
        """The same for the solver."""
        return Program(self)


class Program:
    """One component as an integer program."""

    def __init__(self, component: Component) -> None:
        system, self.unknowns = component.system, component.unknowns
        self.at = {unknown: column for column, unknown in enumerate(self.unknowns)}
        told = max((system.high[u] for u in self.unknowns if system.high[u] < math.inf), default=0)
        low = [system.low[u] for u in self.unknowns]
        self.bounds = Bounds(low, [min(system.high[u], told + FAR) for u in self.unknowns])
        self.rows = LinearConstraint(
            self._matrix(component.sums), 0, [0 if s.exact else np.inf for s in component.sums]
        )

    def _matrix(self, sums: Sequence[Sum]) -> csr_array:
        entries = [(row, self.at[one.whole], 1) for row, one in enumerate(sums)]
        entries += [(row, self.at[part], -1) for row, one in enumerate(sums) for part in one.parts]
        rows, columns, values = zip(*entries, strict=True)
        return csr_array((values, (rows, columns)), shape=(len(sums), len(self.unknowns)), dtype=float)

    def solution(self, least: Iterable[int] = (), most: Iterable[int] = ()) -> dict[int, int]:
        """Numbers as the sums say, with these as small and those as large as they can be. Raises Contradiction."""
        cost = np.zeros(len(self.unknowns))
        cost[[self.at[unknown] for unknown in least]] = 1
        cost[[self.at[unknown] for unknown in most]] = -1
        found = milp(
            cost, integrality=np.ones_like(cost), bounds=self.bounds, constraints=self.rows, options={"mip_rel_gap": 0}
        )
        if found.x is None:
            if found.status == INFEASIBLE:
                raise Contradiction(self._strained())
            raise RuntimeError(found.message)
        return dict(zip(self.unknowns, np.rint(found.x).astype(int).tolist(), strict=True))

    def _strained(self) -> Sequence[int]:
        """The unknowns of the sums that would have to give way, as few as can be; all where no few are found."""
        count, width = self.rows.A.shape
        give = eye_array(count, format="csr")
        rows = LinearConstraint(hstack([self.rows.A, give, -give]), self.rows.lb, self.rows.ub)
        slack = np.zeros(2 * count)
        bounds = Bounds(np.append(self.bounds.lb, slack), np.append(self.bounds.ub, slack + np.inf))
        found = milp(np.append(np.zeros(width), np.ones(2 * count)), bounds=bounds, constraints=rows)
        gives = found.x[width : width + count] + found.x[width + count :] > TOLERANCE
        columns = np.unique(self.rows.A[gives].indices)
        return [self.unknowns[column] for column in columns] or self.unknowns
