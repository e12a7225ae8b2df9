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
Say = Callable[[float], Text]  # a number with its unit


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

    within: Text  # "dalam sepekan"
    before: Text
    last: Text
    both: Text


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
UNCOUNTED = Text("tidak dihitung", "not computed")
UNTOLD = {Flag.HIDDEN: Text("disembunyikan", "hidden"), Flag.MISSING: Text("tidak ada data", "no data")}
WHY = {
    Flag.BELOW: Text(
        "Kurang dari 10 (<10) bisa juga nol: tidak ditulis persis, dan tidak dipakai menghitung, supaya tidak seorang "
        "pun dapat dikenali.",
        "Fewer than 10 (<10) may be none: it is not written exactly, and nothing is computed of it, so that nobody can "
        "be recognised.",
    ),
    Flag.HIDDEN: Text(
        "Disembunyikan: dari angka ini, angka kecil di dekatnya dapat dihitung balik. Besarnya bisa berapa saja.",
        "Hidden: a small number beside it could be worked out from it. It may be of any size.",
    ),
    Flag.MISSING: Text("Tidak ada data: sumber tidak melaporkannya.", "No data: the source did not report it."),
}


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
    least, most = 100 * after.low / before.high - 100, 100 * after.high / before.low - 100
    about = round(100 * after.value / before.value - 100)
    if about == 0:
        return Change(Way.SAME)
    return Change(way, abs(about) if most - least <= CERTAIN else None)


def course(name: Text, before: Cell, after: Cell, step: str, number: Say, relative: bool = True) -> Text:
    """How a number went from one period to the next: the first half of a title. Shares and minutes are not relative."""
    span = SPANS[step]
    if after.flag in (Flag.HIDDEN, Flag.MISSING):
        return _untold(name, after.flag, span)
    if before.flag is Flag.BELOW and after.flag is Flag.BELOW:
        return both(
            Text("{name} kurang dari 10 dalam {span}", "{name}: fewer than 10 in each of {span}"),
            name=name, span=span.both,
        )  # fmt: skip
    found = change(before, after) if relative else Change(change(before, after).way)
    if found.way is None:
        return both(
            Text("{name} {span}: {now}", "{name} in {span}: {now}"),
            name=name, span=span.last, now=told(after, number),
        )  # fmt: skip
    if found.way is Way.SAME:
        return both(
            Text("{name} kurang lebih sama dengan {span}", "{name}: about the same as {span}"),
            name=name, span=span.before,
        )  # fmt: skip
    return _moved(name, found, (told(before, number), told(after, number)), span)


def _moved(name: Text, found: Change, amounts: tuple[Text, Text], span: Span) -> Text:
    went = WENT[found.way or Way.SAME]
    if found.percent is not None:
        return both(
            Text("{name} {went} sekitar {percent} {span}", "{name} {went} by about {percent} {span}"),
            name=name, went=went, percent=percent(found.percent), span=span.within,
        )  # fmt: skip
    return both(
        Text("{name} {went} dari {before} menjadi {after} {span}", "{name} {went} from {before} to {after} {span}"),
        name=name, went=went, before=amounts[0], after=amounts[1], span=span.within,
    )  # fmt: skip


def _untold(name: Text, flag: Flag, span: Span) -> Text:
    if flag is Flag.HIDDEN:
        pattern = Text("{name} {span} disembunyikan", "{name} in {span}: hidden")
    else:
        pattern = Text("{name}: belum ada data untuk {span}", "{name}: no data for {span} yet")
    return both(pattern, name=name, span=span.last)


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
    names = tuple(name for name, cell in shown.items() if cell.high >= highest.low)
    others = (cell for name, cell in cells.items() if name not in shown)
    return Top(names, all(cell.high < highest.low for cell in others))


def highest(cells: Mapping[str, Cell], most: Text) -> Text | None:
    """Where it is highest, as the second half of a title; nothing where too many are as high."""
    found = top(cells)
    if found is None or len(found.names) > FEW or len(cells) < 2:
        return None
    names = Text(" dan ".join(found.names), " and ".join(found.names))
    if found.sure:
        return both(Text("{most} di {names}", "{most} in {names}"), most=most, names=names)
    return both(
        Text("di antara yang tampil, {most} di {names}", "of those shown, {most} in {names}"), most=most, names=names
    )


def beside(own: Cell, whole: Cell, of: Text) -> Text | None:
    """Whether an area lies above or below the whole; nothing where it cannot be said."""
    if whole.value is None or own.high == math.inf:
        return None
    if own.low > whole.high:
        pattern = Text("di atas {of}", "above {of}")
    elif own.high < whole.low:
        pattern = Text("di bawah {of}", "below {of}")
    else:
        pattern = Text("kurang lebih sama dengan {of}", "about the same as {of}")
        return both(pattern, of=of) if own.shown else None
    return both(pattern, of=of)


def joined(*parts: Text | None) -> Text:
    """Halves of a title as one."""
    there = [part for part in parts if part]
    return Text("; ".join(part.id for part in there), "; ".join(part.en for part in there))


def told(cell: Cell, number: Say, counted: bool = True) -> Text:
    """A cell as it stands in a sentence or a table; what is no count is not computed of fewer than ten."""
    words = UNTOLD | {Flag.BELOW: FEWER if counted else UNCOUNTED}
    return number(cell.value) if cell.value is not None else words[cell.flag]


def why(cells: Iterable[Cell]) -> list[Text]:
    """Why cells have no number, each reason once."""
    flags = dict.fromkeys(cell.flag for cell in cells if not cell.shown)
    return [WHY[flag] for flag in flags]


def listed(parts: Sequence[Text]) -> Text:
    """Several things in a row: "a, b dan c"."""
    return Text(_row([part.id for part in parts], "dan"), _row([part.en for part in parts], "and"))


def _row(words: Sequence[str], last: str) -> str:
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)
