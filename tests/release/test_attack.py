"""Nobody can be found in what is published: the attacker of ``make attack`` in short, and that it is not blind."""

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench import attack
from bench.attacker.formats import differences
from bench.attacker.published import BELOW, HIDDEN, Look, Place
from bench.attacker.system import Contradiction, Sum, System
from bench.attacker.verdict import Report, ranges
from bench.attacker.verdict import attack as attacked
from bench.attacker.world import Size, World
from etl.bundle import Flag, Shelf
from etl.disclosure import Node, protect

CITY, SEED = "samarinda", 11
SHORT = Size(releases=5, days=42)
DIGITS = set(range(10))


@cache
def outcome(rule: str) -> attack.Outcome:
    return attack.attacked(rule, CITY, SEED, SHORT)


# The product as it is


@pytest.mark.parametrize("rule", attack.HOLDS)
def test_no_hidden_count_is_narrowed(rule: str) -> None:
    found = outcome(rule)
    assert found.hidden > 1000 and found.hopeless == 0
    assert (found.narrowed, found.absent, found.formats) == (0, 0, 0)


@example([0, 2, 2, 16])  # that the last is hidden would tell that no other is 9
@example([0, 18, 35])  # told as <10, 20 and hidden of 55: nothing else, where the smallest that is enough is hidden
@given(st.lists(st.integers(0, 24), min_size=2, max_size=4).filter(lambda counts: 10 <= sum(counts) <= 60))
@settings(max_examples=20, deadline=None)
def test_who_knows_the_rule_rules_no_small_count_out(counts: list[int]) -> None:
    assert not attack.gives_away(tuple(counts))


COUNTS = st.lists(st.integers(0, 40), min_size=1, max_size=6)


@given(COUNTS, st.lists(st.sampled_from([None, Flag.BELOW, Flag.HIDDEN]), min_size=6, max_size=6))
@settings(max_examples=400, deadline=None)
def test_a_small_count_can_be_every_number_for_who_knows_the_total_and_all_that_is_told(
    counts: list[int], before: list[Flag | None]
) -> None:
    nodes = [Node(key, "all", count, was) for key, (count, was) in enumerate(zip(counts, before, strict=False))]
    flags = protect([Node("all", None, sum(counts)), *nodes])
    if flags["all"] is not Flag.SHOWN:
        assert {flags[key] for key in range(len(counts))} == {flags["all"]}
        return
    hidden = {key: count for key, count in enumerate(counts) if flags[key] is not Flag.SHOWN}
    # An individual sign of a first hiding tells that there are ten.
    large = {
        key for key in hidden if flags[key] is Flag.HIDDEN and before[key] is None and Flag.BELOW in flags.values()
    }
    domains = {
        key: DIGITS if flags[key] is Flag.BELOW else set(range(10 if key in large else 0, sum(counts) + 1))
        for key in hidden
    }
    for key in hidden:
        others = sums(domains[other] for other in hidden if other != key)
        could = {value for value in domains[key] if sum(hidden.values()) - value in others}
        assert counts[key] in could
        assert min(could) > 9 or stays_open(could, flags[key])


def stays_open(could: set[int], flag: Flag) -> bool:
    """Of one that is told as <10 all of 0 to 9; of one that may be of any size ten numbers do, where all are hidden."""
    return could >= DIGITS or (flag is Flag.HIDDEN and max(could) - min(could) >= 9)


def sums(domains: Iterable[set[int]]) -> set[int]:
    """All sums of one number of each."""
    found = {0}
    for domain in domains:
        found = {one + value for one in found for value in domain}
    return found


# Builds that are broken on purpose


def test_the_attacker_breaks_a_build_without_complementary_hiding() -> None:
    found = outcome(attack.UNCOMPLEMENTED)
    assert found.narrowed > 20
    assert found.right > 0.8 * found.narrowed  # where it guessed that a number stayed, it may be wrong


def test_who_knows_told_numbers_exactly_solves_it() -> None:
    found = outcome(attack.UNCOMPLEMENTED_EXACT)
    assert found.solved > 20
    assert found.right == found.narrowed


def test_the_attacker_breaks_a_build_that_tells_later_what_it_hid() -> None:
    assert outcome(attack.FORGETFUL).narrowed > outcome(attack.REAL).narrowed


def test_free_ranges_of_days_tell_every_day() -> None:
    assert attack.ranges(12, SEED, step=1) == (12, 12)
    small, solved = attack.ranges(14, SEED, step=5)
    assert solved > small / 2


# What the attacker sees


PARENTS = {"64.72.01": "64.72", "64.72.02": "64.72", "64.72.03": "64.72"}


def cell(area: str, table: str = "t", kind: str = "", what: str = "cases") -> Place:
    return Place(table, what, area, "week", "2026-11-16", kind)


def told(number: int) -> Look:
    return Look(max(10, number - 2), number + 2, Flag.SHOWN)


def found_in(*releases: Mapping[Place, Look], still: bool = False) -> list[tuple[str, int, float]]:
    report: Report = attacked(map(dict, releases), PARENTS, still=still)
    assert report.hopeless == 0
    return sorted((found.cell.place.area, found.low, found.high) for found in report.narrowed)


CITY_CELL, ONE, TWO, THREE = (cell(area) for area in ("64.72", *PARENTS))


def test_one_hidden_count_is_the_total_less_the_others() -> None:
    looks = {CITY_CELL: told(100), ONE: BELOW, TWO: told(50), THREE: told(45)}
    assert found_in(looks) == []  # 98 to 102 less 91 to 99 is 0 to 11
    assert found_in(looks | {THREE: told(50)}) == [("64.72.01", 0, 6)]
    assert found_in(looks | {THREE: told(40)}) == [("64.72.01", 4, 9)]


def test_two_hidden_counts_cover_each_other() -> None:
    looks = {CITY_CELL: told(100), ONE: BELOW, TWO: HIDDEN, THREE: told(45)}
    assert found_in(looks) == []
    assert found_in(looks | {THREE: told(90)}) == [("64.72.01", 0, 4)]  # the other is ten or more


def test_rows_without_a_place_leave_more_open() -> None:
    looks = {CITY_CELL: told(100), ONE: BELOW, TWO: told(50), THREE: told(40)}
    assert attacked([looks], PARENTS, unplaced=True).narrowed == []


def test_a_total_that_another_table_tells_is_known() -> None:
    looks = {CITY_CELL: HIDDEN, ONE: BELOW, TWO: told(50), THREE: told(40)}
    assert found_in(looks) == []
    assert found_in(looks | {cell("64.72", table="u"): told(100)}) == [("64.72.01", 4, 9)]


def test_a_count_without_change_is_one_count_in_two_releases() -> None:
    """Each release leaves everything open; the second tells the hidden one of the first, and the first that of it."""
    first = {CITY_CELL: told(100), ONE: BELOW, TWO: HIDDEN, THREE: told(50)}
    second = {CITY_CELL: told(100), ONE: BELOW, TWO: told(40), THREE: HIDDEN}
    assert found_in(first) == found_in(second) == []
    assert found_in(first, second) == [("64.72.01", 4, 9)]
    assert found_in(first, second, still=True) == [("64.72.01", 4, 9)] * 2


def test_a_number_that_changed_is_not_taken_for_the_same() -> None:
    first = {CITY_CELL: told(100), ONE: told(10), TWO: told(40), THREE: told(50)}
    second = {CITY_CELL: told(70), ONE: BELOW, TWO: HIDDEN, THREE: told(50)}
    assert found_in(first, second) == []
    assert found_in(first, second, still=True) == []  # it cannot be: 70 are not 40 and 50


def test_a_rest_that_is_small_is_seen() -> None:
    part, rest = (cell("64.72.01", what=f"cases/{name}") for name in ("online", "online/rest"))
    looks = {ONE: told(50), part: HIDDEN, rest: HIDDEN, cell("64.72.01", "u", what="cases/online"): told(45)}
    assert found_in(looks) == [("64.72.01", 1, 9)]


def test_a_kind_without_a_row_is_none() -> None:
    this, other = cell("64.72", kind="fire"), cell("64.72", kind="flood")
    earlier = {place._replace(start="2026-11-09"): BELOW for place in (this, other)}
    assert attacked([earlier | {this: BELOW}], PARENTS).absent == 1


def test_a_file_that_tells_more_than_its_table_is_seen(tmp_path: Path) -> None:
    bundle = next(World(CITY, SEED, Size(releases=1, days=14)).publish(Shelf(tmp_path)))
    assert differences(bundle) == 0
    table = bundle.table("corona_day")
    lines = ["area,period,cases_new", *(f"{r['area']},{r['period']},{r['cases_new'] or ''}" for r in table.records)]
    file = bundle.folder / "data" / "corona_day.csv"
    file.parent.mkdir()
    file.write_text("\n".join(lines))
    assert differences(bundle) == 0
    hidden = next(n for n, line in enumerate(lines) if line.endswith(","))
    file.write_text("\n".join([*lines[:hidden], f"{lines[hidden]}3", *lines[hidden + 1 :]]))
    assert differences(bundle) == 1


# The solver


@st.composite
def systems(draw: st.DrawFn) -> System:
    """A few unknowns and sums, which may contradict each other."""
    system = System()
    for _ in range(draw(st.integers(2, 5))):
        low = draw(st.integers(0, 4))
        system.unknown(low, draw(st.integers(low, 10)))
    unknowns = range(len(system.low))
    for _ in range(draw(st.integers(1, 3))):
        whole, *parts = draw(st.permutations(unknowns))
        system.add(Sum(whole, tuple(parts[: draw(st.integers(1, 3))]), draw(st.booleans())))
    return system


@given(systems())
@settings(max_examples=150, deadline=None)
def test_ranges_are_those_of_all_solutions(system: System) -> None:
    """Whatever is found narrowed is, within the bounds that all solutions together have; and nothing else."""
    bounds = [range(low, int(high) + 1) for low, high in zip(system.low, system.high, strict=True)]
    solutions = [values for values in product(*bounds) if all(holds(one, values) for one in system.sums)]
    for component in system.components():
        try:
            narrowed = ranges(component, dict.fromkeys(component.unknowns, Flag.BELOW))
        except Contradiction:
            assert not solutions
            return
        for unknown in component.unknowns if solutions else ():
            could = {values[unknown] for values in solutions}
            assert (unknown in narrowed) == bool(DIGITS - could)
            low, high = narrowed.get(unknown, (min(could), max(could)))
            assert low <= min(could) and max(could) <= high


def holds(one: Sum, values: tuple[int, ...]) -> bool:
    rest = values[one.whole] - sum(values[part] for part in one.parts)
    return rest == 0 if one.exact else rest >= 0
