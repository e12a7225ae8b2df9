"""What was corrected: which published number became which, why, release by release. Nothing is left out or smoothed."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from dashboard.public.numbers import number
from dashboard.public.periods import name_of_period
from dashboard.public.reading import Cell, unit_of
from dashboard.public.sentences import FEWER
from dashboard.public.sentences import told as words_for
from dashboard.public.view import View
from etl.bundle import Bundle, Column, Correction, Flag, Kind

AT_ONCE = 300  # lines of one page, unless its own release has more; those of other releases stand on their pages


@dataclass(frozen=True)
class Line:
    """One corrected number, as it is read."""

    figure: str
    area: str
    period: str
    category: str
    before: str
    after: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class Corrected:
    """What one release corrected; ``tables`` is empty where there was no room for the lines."""

    bundle: Bundle
    count: int
    tables: tuple[tuple[str, tuple[Line, ...]], ...]

    @property
    def left_out(self) -> int:
        """How many lines stand elsewhere."""
        return self.count - sum(len(lines) for _, lines in self.tables)


def corrected(view: View) -> Iterator[Corrected]:
    """The corrections of this release and of those before it, newest first, of the place that is looked at."""
    room = AT_ONCE
    for bundle in view.former():
        found = [one for one in bundle.corrections if _of(view, one)]
        shown = found if bundle is view.bundle else found[: max(0, room)]
        room -= len(shown)
        tables = groupby(shown, key=lambda one: one.table)
        yield Corrected(bundle, len(found), tuple(
            (view.say(bundle.tables[name].title), tuple(_line(view, bundle, one) for one in ones))
            for name, ones in tables
        ))  # fmt: skip


def _of(view: View, one: Correction) -> bool:
    """Whether it is of the place that is looked at, or of a part of it."""
    return not view.address.area or str(one.row.get("area", "")).startswith(view.address.area)


def _line(view: View, bundle: Bundle, one: Correction) -> Line:
    about, language = bundle.tables[one.table], view.address.language
    column, area = about[one.column], str(one.row.get("area", bundle.manifest.city_code))
    named = about.category
    category = str(one.row.get(named.key, "")) if named else ""
    period = str(one.row.get("period", ""))
    return Line(
        figure=view.say(column.title),
        area=bundle.places[area].name if area in bundle.places else area,
        period=name_of_period(period, about.step, language) if period else "",
        category=view.say(named.words[category]) if named and category in named.words else category,
        before=_number(view, column, one.before, one.before_flag),
        after=_number(view, column, one.after, one.after_flag),
        why=tuple(view.say(text) for text in one.why),
    )


def _number(view: View, column: Column, value: float | None, flag: Flag) -> str:
    counted = column.kind is Kind.COUNT
    if value is not None:
        return number(value, unit_of(column), view.address.language)
    if flag is Flag.BELOW and counted:
        return "<10"
    return view.say(words_for(Cell(None, flag), lambda _: FEWER, counted))
