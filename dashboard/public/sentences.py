"""Findings in words, made of published cells and never more certain than they are.

A change within the rounding is "about the same"; ``<10`` is not taken for zero; "highest" is said of one area only
where no other can be as high, hidden ones included. Every sentence is made in both languages at once.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from dashboard.public.numbers import percent
from dashboard.public.reading import Cell
from etl.bundle import Flag
from etl.text import Text

CERTAIN = 4.0  # percentage points within which all truths lie that the cells allow; else no percentage is said
FEW = 2  # areas that are named as the highest
Say = Callable[[float], Text]  # a number in words


class Way(IntEnum):
    """Where a number went."""

    DOWN = -1
    SAME = 0
    UP = 1


@dataclass(frozen=True)
class Change:
    """What can be said of two cells: the way, and the percentage where it is certain enough."""

    way: Way | None
    percent: int | None = None


@dataclass(frozen=True)
class Span:
    """How a step of time is spoken of."""

    within: Text
    before: Text
    last: Text
    both: Text


@dataclass(frozen=True)
class Words:
    """How the numbers of a measure are said: with their unit, in the middle of a sentence, and what they are."""

    number: Say
    bare: Say
    said: Say  # with its unit, unless the name of what is told holds it
    counted: bool = True  # a count: "fewer than ten" can be said of it
    relative: bool = True  # a change is told in per cent; that of a share or of minutes is not


WEEK = Span(
    Text("dalam sepekan", "in a week"),
    Text("pekan sebelumnya", "the week before"),
    Text("pekan terakhir", "the last week"),
    Text("dua pekan terakhir", "the last two weeks"),
)
SPANS = {
    "day": Span(
        Text("dalam sehari", "in a day"),
        Text("hari sebelumnya", "the day before"),
        Text("hari terakhir", "the last day"),
        Text("dua hari terakhir", "the last two days"),
    ),
    "week": WEEK,
    "epidemic_week": WEEK,
    "month": Span(
        Text("dalam sebulan", "in a month"),
        Text("bulan sebelumnya", "the month before"),
        Text("bulan terakhir", "the last month"),
        Text("dua bulan terakhir", "the last two months"),
    ),
}
WENT = {Way.UP: Text("naik", "rose"), Way.DOWN: Text("turun", "fell")}
FEWER = Text("kurang dari 10", "fewer than 10")
UNCOUNTED = Text("terlalu sedikit", "too few")
UNTOLD = {Flag.HIDDEN: Text("disembunyikan", "hidden"), Flag.MISSING: Text("tidak ada data", "no data")}
WHY = {
    Flag.BELOW: Text(
        "Kurang dari 10, mungkin juga nol: tidak ditulis persis supaya tidak seorang pun dapat dikenali.",
        "Fewer than 10, perhaps none: not written exactly, so that nobody can be recognised.",
    ),
    Flag.HIDDEN: Text(
        "Disembunyikan, karena darinya angka kecil di dekatnya dapat dihitung balik; besarnya bisa berapa saja.",
        "Hidden, because a small number beside it could be worked out from it; it may be of any size.",
    ),
    Flag.MISSING: Text("Tidak ada data: sumber tidak melaporkannya.", "No data: the source did not report it."),
}
WHY_UNCOUNTED = Text(
    "Terlalu sedikit: dari kurang dari 10 tidak ada yang dihitung, supaya tidak seorang pun dapat dikenali.",
    "Too few: nothing is computed of fewer than 10, so that nobody can be recognised.",
)


def both(pattern: Text, **parts: Text) -> Text:
    """A pattern filled in, in both languages."""
    indonesian = {name: text.id for name, text in parts.items()}
    return Text(pattern.id.format(**indonesian), pattern.en.format(**{name: text.en for name, text in parts.items()}))


def change(before: Cell, after: Cell) -> Change:
    """What two cells allow to say. Two small ones cannot be compared, one with what is hidden neither."""
    if not (before.shown or after.shown) or math.inf in (before.high, after.high):
        return Change(None)
    if after.low <= before.high and before.low <= after.high:
        return Change(Way.SAME)
    way = Way.UP if after.low > before.high else Way.DOWN
    if before.value is None or after.value is None or before.low <= 0:
        return Change(way)
    about = round(100 * after.value / before.value - 100)
    if about == 0:
        return Change(Way.SAME)
    least, most = 100 * after.low / before.high, 100 * after.high / before.low
    return Change(way, abs(about) if most - least <= CERTAIN else None)


def course(name: Text, before: Cell, after: Cell, step: str, words: Words) -> Text:
    """How a number went from one period to the next: the first half of a title."""
    span = SPANS[step]
    if after.flag in UNTOLD or (after.flag is Flag.BELOW and not words.counted):
        return _untold(name, after.flag, span)
    if before.flag is Flag.BELOW and after.flag is Flag.BELOW:
        pattern = Text("{name} kurang dari 10 dalam {span}", "{name}: fewer than 10 in each of {span}")
        return both(pattern, name=name, span=span.both)
    found = change(before, after)
    if found.way is None or (before.flag is Flag.BELOW and not words.counted):
        pattern = Text("{name} {span}: {now}", "{name} in {span}: {now}")
        return both(pattern, name=name, span=span.last, now=told(after, words.said, words.counted))
    if found.way is Way.SAME:
        pattern = Text("{name} kurang lebih sama dengan {span}", "{name}: about the same as {span}")
        return both(pattern, name=name, span=span.before)
    return _moved(name, found, (before, after), span, words)


def _moved(name: Text, found: Change, cells: tuple[Cell, Cell], span: Span, words: Words) -> Text:
    said = {"name": name, "went": WENT[found.way or Way.SAME], "span": span.within}
    if found.percent is not None and words.relative:
        pattern = Text("{name} {went} sekitar {percent} {span}", "{name} {went} by about {percent} {span}")
        return both(pattern, **said, percent=percent(found.percent))
    before, after = (told(cell, words.bare, words.counted) for cell in cells)
    if not words.relative:
        after = told(cells[1], words.said, words.counted)
    pattern = Text(
        "{name} {went} dari {before} menjadi {after} {span}", "{name} {went} from {before} to {after} {span}"
    )
    return both(pattern, **said, before=before, after=after)


def _untold(name: Text, flag: Flag, span: Span) -> Text:
    patterns = {
        Flag.BELOW: Text("{name} {span}: terlalu sedikit", "{name} in {span}: too few"),
        Flag.HIDDEN: Text("{name} {span} disembunyikan", "{name} in {span}: hidden"),
        Flag.MISSING: Text("{name}: belum ada data untuk {span}", "{name}: no data for {span} yet"),
    }
    return both(patterns[flag], name=name, span=span.last)


@dataclass(frozen=True)
class Top:
    """The highest of many; ``sure`` where nothing that is not shown can be as high."""

    names: tuple[str, ...]
    sure: bool


def top(cells: Mapping[str, Cell]) -> Top | None:
    """Who is highest: those that cannot be told apart, with whether all others are known to be lower."""
    shown = {name: cell for name, cell in cells.items() if cell.value is not None}
    if not shown:
        return None
    highest = max(shown.values(), key=lambda cell: cell.low)
    names = [name for name, cell in shown.items() if cell.high >= highest.low]
    others = (cell for name, cell in cells.items() if name not in shown)
    ordered = sorted(names, key=lambda name: -(shown[name].value or 0))
    return Top(tuple(ordered), all(cell.high < highest.low for cell in others))


def highest(cells: Mapping[str, Cell], most: Text) -> Text | None:
    """Where it is highest, as the second half of a title; nothing where too many are as high."""
    found = top(cells)
    if found is None or len(found.names) > FEW or len(cells) < 2:
        return None
    names = listed([Text(name, name) for name in found.names])
    if found.sure:
        return both(Text("{most} di {names}", "{most} in {names}"), most=most, names=names)
    pattern = Text("di antara yang tampil, {most} di {names}", "of those shown, {most} in {names}")
    return both(pattern, most=most, names=names)


def beside(own: Cell, whole: Cell, of: Text) -> Text | None:
    """Whether an area lies above or below the whole; nothing where it cannot be said."""
    if whole.value is None or own.high == math.inf:
        return None
    if own.low > whole.high:
        return both(Text("di atas {of}", "above {of}"), of=of)
    if own.high < whole.low:
        return both(Text("di bawah {of}", "below {of}"), of=of)
    same = both(Text("kurang lebih sama dengan {of}", "about the same as {of}"), of=of)
    return same if own.shown else None


def told(cell: Cell, number: Say, counted: bool = True) -> Text:
    """A cell as it stands in a sentence or a table; what is no count is not computed of fewer than ten."""
    words = UNTOLD | {Flag.BELOW: FEWER if counted else UNCOUNTED}
    return number(cell.value) if cell.value is not None else words[cell.flag]


def why(cells: Iterable[Cell], counted: bool = True) -> list[Text]:
    """Why cells have no number, each reason once."""
    words = WHY if counted else WHY | {Flag.BELOW: WHY_UNCOUNTED}
    return [words[flag] for flag in dict.fromkeys(cell.flag for cell in cells if not cell.shown)]


def joined(*parts: Text | None) -> Text:
    """Halves of a title as one."""
    there = [part for part in parts if part]
    return Text("; ".join(part.id for part in there), "; ".join(part.en for part in there))


def listed(parts: Sequence[Text]) -> Text:
    """Several things in a row: "a, b dan c"."""
    return Text(_row([part.id for part in parts], "dan"), _row([part.en for part in parts], "and"))


def _row(words: Sequence[str], last: str) -> str:
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)
