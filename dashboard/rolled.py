"""An indicator's query over a rollup instead of over the rows, where that says the same: as known now, of the whole
city, counts, exact sums and different values of what the columns of a rollup tell apart.

Nothing declares which rollup serves which indicator: its expressions do. ``count()`` becomes the sum of the cells'
counts, ``sum(x)`` that of their sums, columns and cuts become the cells' own, and so what is counted of different ones
of a column; what else there is (percentiles, columns that no rollup has) stays with the rows. Whole days (or months)
come from the rollup, the hours of a last day that has not ended (or the days of months that are not whole) from the
rows, so that both begin and end at the same instants.
"""

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ColumnClause, FunctionFilter
from sqlalchemy.sql.functions import FunctionElement

from dashboard.indicator import Cells, Indicator, Window
from dashboard.scope import DAY
from etl.contract import District, Known
from etl.rollups import (
    DIFFERENT,
    KEPT,
    MONTHS,
    SHARED,
    Kept,
    added_up,
    bit_of,
    era_of,
    expression,
    groups_as_cells,
    name_of,
    rows_as_cells,
    summed,
)

HOURLY = frozenset({"hour", "hour_of_day", "weekday_hour"})  # steps that no day tells
PLAIN = frozenset({"coalesce", "nullif"})  # functions of a cell that say the same of a row
LONGEST = dt.timedelta(days=31)  # a month
DISTRICT = 8  # characters of a Kemendagri code of a kecamatan


class _NotAdditive(Exception):
    """Something that a rollup cannot say."""


@dataclass(frozen=True)
class Whole:
    """An indicator as a rollup says it, over ``CELLS`` columns of ``cells``."""

    cells: sa.TableClause
    value: sa.ColumnElement[Any]
    where: sa.ColumnElement[bool] | None
    different: bool  # it counts different ones: right only where none of them is in several of the cells


Point = dt.date | dt.datetime
Range = tuple[Point, Point]
Month = tuple[Point, Point, Point]  # its beginning, an instant in it, its end


@dataclass(frozen=True)
class Span:
    """Whole days from a rollup (or whole months, by their first days), and what there is around them (ranges of
    moments) from the rows."""

    since: dt.date
    until: dt.date
    edges: tuple[Range, ...] = ()
    running: Month | None = None  # the one after ``until``, which has not ended


def serving(
    indicator: Indicator, columns: Sequence[str] = (), code: int = 0, steps: Collection[str] = ()
) -> Kept | None:
    """The smallest rollup that says an indicator by these columns, by codes of areas of this length (none: 0) and by
    these steps of time, if there is one."""
    if indicator.base or indicator.at or indicator.window in (Window.KNOWN, Window.MOMENT):
        return None
    for kept in KEPT[indicator.dataset]:
        told = set(columns) <= set(kept.rollup.by) and (not code or area_column(kept, indicator.area, code))
        timed = kept.of.time == indicator.time and _tells(kept, steps)
        if told and timed and whole(indicator, kept):
            return kept
    return None


def _tells(kept: Kept, steps: Collection[str]) -> bool:
    """Whether cells are of no longer time than these steps."""
    if kept.rollup.who:
        return not steps
    if kept.rollup.monthly:
        return set(steps) <= {"month"}
    return kept.rollup.hourly or not HOURLY & set(steps)


def is_additive(indicator: Indicator) -> bool:
    """Whether a rollup says it at all, of the whole city."""
    return serving(indicator) is not None


@cache
def whole(indicator: Indicator, kept: Kept) -> Whole | None:
    """An indicator's own expressions over the cells of a rollup; none where they are of something else."""
    cells = sa.table("cells", *(sa.column(name, column.type) for name, column in kept.table.columns.items()))
    says = _Translation(kept, cells)
    try:
        where = says(indicator.where(kept.facts.c)) if indicator.where else None
        value = says(indicator.value(kept.facts.c))
        return Whole(cells, value, where, DIFFERENT in {column.name for column in _columns(value)})
    except _NotAdditive:
        return None


class _Translation:
    def __init__(self, kept: Kept, cells: sa.TableClause) -> None:
        self._kept, self._cells = kept, cells
        self._cuts = {said: cells.c[name] for name, said in _cuts(kept)}
        self._cuts |= {said: ~cells.c[name] for name, said in _unknown(kept)}

    def __call__(self, said: Any) -> Any:
        return _replaced(said, self._instead)

    def _instead(self, one: Any, **_: Any) -> Any:
        match one:
            case FunctionFilter():
                return self._total(one.func, self(one.criterion))
            case sa.Column():
                return self._column(one)
            case FunctionElement() if one.name in PLAIN:
                return None
            case FunctionElement():
                return self._total(one)
            case sa.BinaryExpression() if (cut := self._cuts.get(_said(one))) is not None:
                return cut
        return None

    def _column(self, column: sa.Column[Any]) -> Any:
        if column.table is not self._kept.facts:
            return None
        if column.name not in self._kept.rollup.by:
            raise _NotAdditive
        return self._cells.c[column.name]

    def _total(self, function: Any, where: Any = None) -> Any:
        """A count of rows or of different ones, or a sum of a column, of all of them or of some."""
        said, one, who = _said(function), self._kept.rollup.different, self._kept.rollup.who
        if who:  # of a person nothing but the months is known
            return self._different((who,), said, where)
        if said == _said(sa.func.count()):
            return _count(self._cells.c.n, where)
        if one and said == _said(sa.func.count(self._kept.facts.c[one].distinct())):
            return _count(self._cells.c[DIFFERENT], where)
        for name in self._kept.rollup.sums:
            if said == _said(sa.func.sum(self._kept.facts.c[name])):
                total = sa.func.sum(self._cells.c[summed(name)])
                return total if where is None else total.filter(where)
        return self._different([one for one in self._kept.rollup.by if isinstance(one, str)], said, where)

    def _different(self, names: Sequence[str], said: Any, where: Any) -> Any:
        """How many different values there are of a column that tells cells apart."""
        for name in names:
            if said == _said(sa.func.count(self._kept.facts.c[name].distinct())):
                values = sa.func.count(self._cells.c[name].distinct())
                return values if where is None else values.filter(where)
        raise _NotAdditive


def _count(cells: sa.ColumnElement[int], where: Any) -> Any:
    total = sa.func.sum(cells)
    return sa.cast(sa.func.coalesce(total if where is None else total.filter(where), 0), sa.BigInteger())


def _columns(said: Any) -> list[ColumnClause[Any]]:
    return [one for one in visitors.iterate(said) if isinstance(one, ColumnClause)]


def _said(expression_: Any) -> tuple[str, tuple[Any, ...]]:
    """An expression as text with its values, to be compared with another."""
    compiled = expression_.compile(dialect=postgresql.dialect())
    return str(compiled), tuple(map(str, compiled.params.values()))


def _cuts(kept: Kept) -> list[tuple[str, Any]]:
    cuts = (one for one in kept.rollup.by if not isinstance(one, str))
    return [(name_of(one), _said(expression(one, kept.facts.c))) for one in cuts]


def _unknown(kept: Kept) -> list[tuple[str, Any]]:
    known = (one for one in kept.rollup.by if isinstance(one, Known))
    return [(one.name, _said(kept.facts.c[one.column].is_(None))) for one in known]


def rows_of(
    kept: Kept, found: Whole, span: Span, city_code: str, zone: str, only: Callable[[Cells], list[Any]]
) -> sa.Subquery:
    """The cells of these days that meet conditions; of what is at their edges each row is a cell.

    The conditions are said of the stored cells themselves: beside rows that are grouped, the database would ask for
    them only of all cells that were read.
    """
    mine = only(kept.table.c)
    told, more = [_within(kept, span.since, span.until)], []
    if span.running:
        late, begun = _late(kept, span.running, city_code), span.until + DAY
        told.append(sa.and_(_within(kept, begun, begun), ~late))
        more = _rows_between(kept, found, span.running[:2], city_code, zone, [late])
    if kept.rollup.who:  # a cell is of many months: read once
        told = [sa.or_(*told)]
    each = [_cells(kept, city_code, one, *mine) for one in told] + more
    each += [one for edge in span.edges for one in _rows_between(kept, found, edge, city_code, zone)]
    return (sa.union_all(*each) if len(each) > 1 else each[0]).subquery("cells")


def _within(kept: Kept, since: dt.date, until: dt.date) -> sa.ColumnElement[bool]:
    """The cells of these days or months; of persons those that have rows in one of the months."""
    day = kept.table.c.day
    if not kept.rollup.who:
        return sa.and_(day >= since, day <= until)
    masks: dict[dt.date, int] = {}
    month = since
    while month <= until:
        masks[era_of(month)] = masks.get(era_of(month), 0) | bit_of(month)
        month = _next(month)
    bits = kept.table.c[MONTHS].op("&")
    some = [sa.and_(day == era, bits(sa.literal(mask, sa.BigInteger())) != 0) for era, mask in masks.items()]
    return sa.or_(sa.false(), *some)


def _cells(kept: Kept, city_code: str, *which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    table = kept.table
    wanted = sa.select(*(table.c[name] for name in (*kept.key, *kept.counts)))
    return wanted.where(table.c.city_code == city_code, table.c.n != 0, *which)


def _late(kept: Kept, month: Month, city_code: str) -> sa.ColumnElement[bool]:
    """Whether a month that has not ended has rows later than the instant. Where it has none, its cells are said, else
    its rows till then: the other one of the two is not even read."""
    moment, (_, instant, end) = kept.facts.c[str(kept.of.time)], month
    later = (kept.facts.c.city_code == city_code, moment >= instant, moment < end)
    return sa.select(sa.literal(1)).where(*later).exists()


def _rows_between(
    kept: Kept, found: Whole, edge: Range, city_code: str, zone: str, only: Sequence[Any] = ()
) -> list[sa.Select[Any]]:
    """What rows of these moments are as cells."""
    facts, moment = kept.facts, kept.facts.c[str(kept.of.time)]
    names = dict.fromkeys(("city_code", moment.name, *kept.rollup.reads))
    rest = (
        sa.select(*(facts.c[name] for name in names))
        .where(facts.c.city_code == city_code, moment >= edge[0], moment < edge[1], *only)
        .subquery("rest")
    )
    each = [rows_as_cells(kept, rest, zone)] + ([groups_as_cells(kept, rest, zone)] if found.different else [])
    if kept.by_month:  # days of a month are many rows of few cells
        each = [added_up(kept, each)]
    wanted = (*kept.key, *kept.counts)
    return [one.with_only_columns(*(one.selected_columns[name] for name in wanted)) for one in each]


def several(found: Whole, cells: sa.Subquery) -> sa.ColumnElement[int] | None:
    """How many of the different ones are counted in several of these cells; nothing where none is counted."""
    return sa.func.coalesce(sa.func.sum(cells.c[SHARED]), 0) if found.different else None


def over(found: Whole, c: Cells) -> tuple[sa.ColumnElement[Any], list[sa.ColumnElement[bool]]]:
    """Value and condition of an indicator over the columns of cells."""

    def here(one: Any, **_: Any) -> Any:
        return c[one.name] if isinstance(one, ColumnClause) and one.table is found.cells else None

    value = _replaced(found.value, here)
    return value, [] if found.where is None else [_replaced(found.where, here)]


def _replaced(said: Any, instead: Callable[..., Any]) -> Any:
    return visitors.replacement_traverse(said, {}, instead)


def days_of(since: dt.date, until: dt.date, instant: dt.datetime, tz: dt.tzinfo, is_day: bool) -> Span:
    """What to read of days since … until, up to an instant; ``is_day``: rows have no time of the day."""
    if is_day:
        return Span(since, until)
    last = min(until, instant.astimezone(tz).date())
    if instant >= _midnight(last + DAY, tz):
        return Span(since, last)
    return Span(since, last - DAY, ((_midnight(last, tz), instant),) if last >= since else ())


def months_of(days: Span, instant: dt.datetime, tz: dt.tzinfo, is_day: bool) -> Span | None:
    """The same with months instead of days; nothing where they do not reach the first day of one."""

    def at(day: dt.date) -> Point:
        return day if is_day else dt.datetime.combine(day, dt.time(), tz)

    first = days.since if days.since.day == 1 else _next(days.since)
    last = days.until if days.edges == () else days.until + DAY  # the last day of which there is anything
    month = (last if days.edges else last + DAY).replace(day=1)  # the one that is not whole, where it has begun
    if first > last:
        return None
    edge = ((at(days.since), at(first)),) if days.since < first else ()
    end = instant if days.edges else at(last + DAY)
    begun = (at(month), end, at(_next(month))) if month <= last else None
    return Span(first, month - DAY, edge, begun)


def _next(day: dt.date) -> dt.date:
    """The first day of the next month."""
    return (day.replace(day=1) + LONGEST).replace(day=1)


def _midnight(day: dt.date, tz: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tz)


def area_column(kept: Kept, area: str | None, length: int) -> str | None:
    """The dimension of a rollup that holds codes of areas down to this length."""
    for one in kept.rollup.by:
        if isinstance(one, District) and one.column == area and length <= DISTRICT:
            return one.name
    return area if area in kept.rollup.by else None
