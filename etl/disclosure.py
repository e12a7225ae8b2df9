"""What of a table about people may be shown: the one module that decides it (security.md §2).

A count under ten, zero included, is shown as ``<10``; every other is rounded to five. What is hidden could be worked
out from the total above it and the counts beside it, so that one more is hidden (complementary suppression), and every
small one can still be any number from 0 to 9 for who knows the total, and all that is shown, exactly, and has read this
module. What was hidden in one release stays hidden in those that follow: a later, larger number would tell the earlier.

Counts stand in trees: a city, its kecamatan, their kelurahan; a total and its categories; a week and its days. Trees
that share their root are safe together, because each of them is safe for who knows the root.
"""

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
    told: bool = False  # another table tells it too, so that hiding it here hides nothing


Flags = dict[Hashable, Flag]


def rounded(count: int) -> int:
    """The nearest multiple of five."""
    return STEP * ((count + STEP // 2) // STEP)


def protect(nodes: Iterable[Node], complementary: bool = True) -> Flags:
    """Whether each count is shown, ``<10`` or hidden.

    Of those beside a small one the first in the order given is hidden: an order that everybody knows, by no count.
    ``complementary`` is switched off by the attacker's test only.
    """
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
    """Hide one count more where that is needed; all that can be, with one sign, where that is not enough.

    Which one is known beforehand, and what is enough depends on the sum of what is hidden alone: who knows this rule,
    the total and all that is shown knows that sum anyway, so that the choice says nothing of the small ones.
    """
    said = set(flags.values())
    if said <= {Flag.SHOWN} or (Flag.HIDDEN in said and _safe(flags, children)):
        return flags
    free = [child for child in children if not child.told]
    for child in free:
        if flags[child.key] is Flag.SHOWN:
            flags = flags | {child.key: Flag.HIDDEN}
            break
    return flags if _safe(flags, children) else _withheld(flags, free)


def _withheld(flags: Flags, free: Sequence[Node]) -> Flags:
    """Hide everything, small and large alike; where that leaves too little in the dark also what is told elsewhere."""
    enough = len(free) > 1 and sum(child.count for child in free) >= LEAST
    return flags | dict.fromkeys([child.key for child in free] if enough else flags, Flag.HIDDEN)


def _safe(flags: Flags, children: Sequence[Node]) -> bool:
    """Whether every small count can be 0 and 9, and all between, while the total and all that is shown stay."""
    hidden = [child for child in children if flags[child.key] is not Flag.SHOWN]
    if not hidden:
        return True
    small = sum(flags[child.key] is Flag.BELOW for child in hidden)
    large, dark = len(hidden) - small, sum(child.count for child in hidden)
    if large:  # each of them is ten or more, as far as anybody knows
        return len(hidden) > 1 and dark >= LEAST * large + MOST_SMALL
    return MOST_SMALL <= dark <= MOST_SMALL * (small - 1)
