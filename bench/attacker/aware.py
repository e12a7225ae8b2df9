"""The attacker who has read our code: which counts would have been published just as these were?

What is hidden beside a small count is a choice, and a choice tells something: a number that would have led to another
one is ruled out. So all groups of counts that look the same are tried, through the product's own rule.
"""

from collections.abc import Iterable, Iterator, Sequence

from bench.attacker.published import OFF, SMALL
from etl.bundle import Flag
from etl.disclosure import Node, protect, rounded

Shown = tuple[int, tuple[tuple[Flag, int | None], ...]]  # the total, and each count as it is told
MISSED = -1  # the key of the total


def shown(counts: Sequence[int]) -> Shown:
    """How a total and its parts are published; the total is told in any case."""
    total = Node(MISSED, None, sum(counts))
    flags = protect([total, *(Node(key, MISSED, count) for key, count in enumerate(counts))])
    told = [(flags[key], rounded(count)) for key, count in enumerate(counts)]
    return rounded(total.count), tuple((flag, number if flag is Flag.SHOWN else None) for flag, number in told)


def possible(counts: Sequence[int]) -> list[set[int]]:
    """What each count could be for who sees only what is told of them, and knows the rule."""
    seen = shown(counts)
    total, parts = seen
    most = total + OFF
    domains = [_domain(flag, number, most) for flag, number in parts]
    found: list[set[int]] = [set() for _ in counts]
    for others in _sums(domains, max(SMALL + 1, total - OFF), most):
        if shown(others) == seen:
            for values, value in zip(found, others, strict=True):
                values.add(value)
    return found


def _domain(flag: Flag, number: int | None, most: int) -> range:
    if number is not None:
        return range(max(SMALL + 1, number - OFF), number + OFF + 1)
    return range(SMALL + 1) if flag is Flag.BELOW else range(most + 1)


def _sums(domains: Sequence[Iterable[int]], low: int, high: int) -> Iterator[tuple[int, ...]]:
    """One number of each domain, so that their sum is within."""
    if not domains:
        if low <= 0 <= high:
            yield ()
        return
    for value in domains[0]:
        if value > high:
            return
        yield from ((value, *rest) for rest in _sums(domains[1:], low - value, high - value))
