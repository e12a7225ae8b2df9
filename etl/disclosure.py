"""What of a table about people may be shown: the one module that decides it (security.md §2).

A count under ten, zero included, is shown as ``<10``; every other is rounded to five. What is hidden could be worked
out from the total above it and the counts beside it, so that further counts are hidden (complementary suppression),
until every small one can still be any number from 0 to 9 for who knows the total, and all that is shown, exactly. What
was hidden in one release stays hidden in those that follow: a later, larger number would tell the earlier one.

Counts stand in trees: a city, its kecamatan, their kelurahan; a total and its categories; a week and its days. Trees
that share their root are safe together, because each of them is safe for who knows the root.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from etl.bundle import Flag

LEAST = 10  # people: fewer are not told apart from nobody
MOST_SMALL = LEAST - 1
STEP = 5  # a shown count may be off by two


@dataclass(frozen=True)
class Node:
    """One count in its tree. ``parent`` is the key of the count that it is a part of; None for the root."""

    key: Hashable
    parent: Hashable | None
    count: int
    before: Flag | None = None  # in the release before


Flags = dict[Hashable, Flag]


def rounded(count: int) -> int:
    """The nearest multiple of five."""
    return STEP * ((count + STEP // 2) // STEP)


def protect(nodes: Iterable[Node], complementary: bool = True) -> Flags:
    """Whether each count is shown, ``<10`` or hidden. ``complementary`` is switched off by the attacker's test only."""
    groups: Mapping[Hashable | None, list[Node]] = defaultdict(list)
    for node in nodes:
        groups[node.parent].append(node)
    flags: Flags = {root.key: _alone(root) for root in groups[None]}
    waiting = [root.key for root in groups[None]]
    while waiting:
        parent = waiting.pop()
        children = groups.get(parent, ())
        flags |= _below(flags[parent], children, complementary)
        waiting += [child.key for child in children]
    return flags


def _alone(node: Node) -> Flag:
    """What a count is of itself. One that was hidden says no longer whether it is small."""
    if node.before is Flag.HIDDEN:
        return Flag.HIDDEN
    if node.count < LEAST:
        return Flag.BELOW
    return Flag.HIDDEN if node.before is Flag.BELOW else Flag.SHOWN


def _below(parent: Flag, children: Sequence[Node], complementary: bool) -> Flags:
    if parent is not Flag.SHOWN:
        return {child.key: parent for child in children}
    flags = {child.key: _alone(child) for child in children}
    return _complemented(flags, children) if complementary else flags


def _complemented(flags: Flags, children: Sequence[Node]) -> Flags:
    """Hide further counts until nothing is told of the small ones; all of them, with one sign, where that fails."""
    while not _safe(flags, children):
        shown = sorted((child for child in children if flags[child.key] is Flag.SHOWN), key=lambda child: child.count)
        if not shown:
            return dict.fromkeys(flags, Flag.HIDDEN)
        enough = (child for child in shown if _safe(flags | {child.key: Flag.HIDDEN}, children))
        flags = flags | {next(enough, shown[-1]).key: Flag.HIDDEN}
    return flags


def _safe(flags: Flags, children: Sequence[Node]) -> bool:
    """Whether every small count can be 0 and 9, and all between, while the total and all that is shown stay."""
    hidden = [child for child in children if flags[child.key] is not Flag.SHOWN]
    if len(hidden) == 1:
        return False  # it is the total less the others
    return all(_reaches(child, [(one.count, flags[one.key]) for one in hidden if one is not child]) for child in hidden)


def _reaches(small: Node, others: Sequence[tuple[int, Flag]]) -> bool:
    """Whether the others can make room for 0 and for 9 in place of a small count."""
    if small.count >= LEAST:
        return True
    slack = [_slack(count, flag) for count, flag in others]
    less, more = sum(less for less, _ in slack), sum(more for _, more in slack)
    return less >= MOST_SMALL - small.count and more >= small.count


def _slack(count: int, flag: Flag) -> tuple[float, float]:
    """By how much a hidden count could be less, or more, for who sees its flag; hidden ones are taken for large."""
    if flag is Flag.BELOW:
        return count, MOST_SMALL - count
    return max(0, count - LEAST), math.inf
