"""Whatever a title says of published cells is true of every number that they may stand for.

Numbers are made up, go through the rounding of the releases, are read back from a table as pages do, and what is said
of them is held against the numbers themselves.
"""

import re

from hypothesis import given
from hypothesis import strategies as st

from dashboard.indicator import Unit
from dashboard.public.numbers import amount, plain
from dashboard.public.reading import NOTHING, Cell, Reading
from dashboard.public.sentences import SPANS, Way, Words, beside, change, course, highest, listed, told, top
from etl.bundle import About, Column, Flag, Kind, Place, Row, Table
from etl.disclosure import LEAST, rounded
from etl.release import _significant
from etl.text import Text

PEOPLE = 84_000
CITY = Place(code="64.72", name="Kota", level="city", parent="", population=PEOPLE)
NAME = Text("Kasus baru", "New cases")
COUNTS = st.one_of(st.integers(0, 40), st.integers(0, 6_000))
WORDS = Words(
    lambda value: amount(value, Unit.CASES),
    lambda value: plain(value, Unit.CASES),
    lambda value: amount(value, Unit.CASES),
)
ROSE, FELL = re.compile(r"\b(naik|rose)\b"), re.compile(r"\b(turun|fell)\b")


def column(key: str, kind: Kind, unit: str) -> Column:
    """A measure of people."""
    said = Text(key, key)
    return Column(key=key, title=said, meaning=said, kind=kind, unit=unit, flagged=True)


MEASURES = (
    column("count", Kind.COUNT, "CASES"),
    column("rate", Kind.RATE, "PER_100K"),
    column("sum", Kind.RUPIAH, "RUPIAH"),
    column("share", Kind.PERCENT, "PERCENT"),
)
ABOUT = About(
    name="t", subject="corona", title=NAME, meaning=NAME, grain=NAME, columns=MEASURES, key=(), datasets=(), sources=(),
)  # fmt: skip


def read(key: str, count: int, each: float = 1.0, part: int = 0) -> Cell:
    """A cell as a release tells it: of ``count`` people with so much each, ``part`` of whom are of one kind."""
    if count < LEAST:
        values, flag = (None,) * len(MEASURES), Flag.BELOW
    else:
        sure = rounded(count)
        share = min(100, round(100 * rounded(part) / sure))
        flag = Flag.SHOWN
        values = (sure, _significant(100_000 * sure / PEOPLE), _significant(sure * (count * each) / count), share)
    table = Table(ABOUT, (Row(values, (flag,) * len(MEASURES)),))
    return Reading(table, ABOUT[key], {CITY.code: CITY}, CITY.code).at(CITY.code)


def test_a_share_is_off_by_both_of_its_counts() -> None:
    cell = read("share", count=28, each=1, part=17)  # told as 15 of 30
    assert cell.low <= 100 * 17 / 28 <= cell.high


@given(count=COUNTS, each=st.floats(1, 2_000_000), data=st.data())
def test_the_truth_lies_within_what_a_cell_allows(count: int, each: float, data: st.DataObject) -> None:
    part = data.draw(st.integers(min(count, LEAST), count))
    truths = {
        "count": count,
        "rate": 100_000 * count / PEOPLE,
        "sum": count * each,
        "share": 100 * part / max(count, 1),
    }
    for key, truth in truths.items():
        cell = read(key, count, each, part)
        assert cell.low <= truth * (1 + 1e-9) and truth <= cell.high * (1 + 1e-9), (key, cell)


@given(before=COUNTS, after=COUNTS)
def test_a_change_is_said_only_where_it_is_certain(before: int, after: int) -> None:
    found = change(read("count", before), read("count", after))
    assert found.way is not Way.UP or after > before
    assert found.way is not Way.DOWN or after < before
    if found.percent is not None:
        assert abs(abs(100 * after / before - 100) - found.percent) <= 4.5
    if before < LEAST and after < LEAST:
        assert found.way is None


@given(before=COUNTS, after=COUNTS, step=st.sampled_from(sorted(SPANS)))
def test_a_title_says_what_is_true(before: int, after: int, step: str) -> None:
    said = course(NAME, read("count", before), read("count", after), step, WORDS)
    for text in said:
        assert not ROSE.search(text) or after > before, text
        assert not FELL.search(text) or after < before, text
        assert "{" not in text and "None" not in text
        if after < LEAST:
            assert not re.search(rf"\b{after}\b(?! %|%)", text.replace("10", "")), text
    assert bool(ROSE.search(said.id)) == bool(ROSE.search(said.en))
    assert bool(FELL.search(said.id)) == bool(FELL.search(said.en))


@given(flags=st.tuples(st.sampled_from(list(Flag)), st.sampled_from(list(Flag))), count=st.integers(LEAST, 900))
def test_what_is_hidden_or_missing_is_compared_with_nothing(flags: tuple[Flag, Flag], count: int) -> None:
    before, after = (read("count", count) if flag is Flag.SHOWN else Cell(None, flag) for flag in flags)
    if {Flag.HIDDEN, Flag.MISSING} & set(flags):
        assert change(before, after).way is None
        assert not any(ROSE.search(text) or FELL.search(text) for text in course(NAME, before, after, "week", WORDS))


@given(st.lists(COUNTS, min_size=2, max_size=9), st.integers(0, 2))
def test_the_highest_is_named_only_where_nothing_else_can_be(counts: list[int], hidden: int) -> None:
    cells = {f"W{index}": read("count", count) for index, count in enumerate(counts)}
    cells |= {f"H{index}": Cell(None, Flag.HIDDEN) for index in range(hidden)}
    found = top(cells)
    if found is None:
        assert max(counts) < LEAST
        return
    assert found.sure == (hidden == 0)
    best = {f"W{index}" for index, count in enumerate(counts) if count == max(counts)}
    assert best <= set(found.names)
    said = highest(cells, Text("terbanyak", "most"))
    if said:
        assert ("di antara yang tampil" in said.id) == bool(hidden)
        assert ("of those shown" in said.en) == bool(hidden)


def test_a_rate_that_is_not_told_may_be_the_highest() -> None:
    """Nine cases in a hamlet are more for its people than a hundred in the city."""
    hamlet = Cell(None, Flag.BELOW, 0, 9 * 100_000 / 900)
    found = top({"Kota": Cell(119.0, Flag.SHOWN, 116, 122), "Dusun": hamlet})
    assert found is not None and not found.sure


@given(own=COUNTS, whole=st.integers(200, 9_000))
def test_a_part_lies_above_or_below_the_whole_only_where_it_does(own: int, whole: int) -> None:
    said = beside(read("rate", own), read("rate", whole), Text("angka kota", "the city's figure"))
    if said:
        assert "above" not in said.en or own > whole
        assert "below" not in said.en or own < whole
        assert ("di atas" in said.id) == ("above" in said.en)


def test_a_share_that_lost_points_is_not_told_in_per_cent() -> None:
    words = Words(
        lambda value: amount(value, Unit.PERCENT),
        lambda value: plain(value, Unit.PERCENT),
        lambda value: plain(value, Unit.PERCENT),
        False,
        False,
    )
    said = course(
        Text("Lewat aplikasi", "By app"), Cell(60, Flag.SHOWN, 58, 62), Cell(50, Flag.SHOWN, 48, 52), "month", words
    )
    assert said == Text(
        "Lewat aplikasi turun dari 60 % menjadi 50 % dalam sebulan", "By app fell from 60% to 50% in a month"
    )


def test_the_three_signs_are_three_words() -> None:
    cells = [Cell(None, Flag.BELOW, 0, 9), Cell(None, Flag.HIDDEN), NOTHING]
    said = [told(cell, WORDS.number) for cell in cells]
    assert len({text.id for text in said}) == len({text.en for text in said}) == 3


def test_things_in_a_row() -> None:
    assert listed([NAME]).id == "Kasus baru"
    assert listed([Text("a", "a"), Text("b", "b"), Text("c", "c")]) == Text("a, b dan c", "a, b and c")
