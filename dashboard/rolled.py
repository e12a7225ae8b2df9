"""An indicator's query over a rollup instead of over the rows, where that says the same: as known now, of the whole
city, counts and exact sums that the columns of a rollup tell apart.

Nothing declares which rollup serves which indicator: its expressions do. ``count()`` becomes the sum of the cells'
counts, ``sum(x)`` that of their sums, columns and cuts become the cells' own; what else there is (distinct counts,
percentiles, columns that no rollup has) stays with the rows. Whole days come from the rollup, the hours of a last day
that has not ended from the rows, so that both end at the same instant.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ColumnClause, FunctionFilter
from sqlalchemy.sql.functions import FunctionElement

from dashboard.indicator import Indicator, Window
from dashboard.scope import DAY
from etl.contract import District, Known
from etl.rollups import (
    DIFFERENT,
    KEPT,
    SHARED,
    Kept,
    expression,
    groups_as_cells,
    name_of,
    rows_as_cells,
    summed,
)

PLAIN = frozenset({"coalesce", "nullif"})  # functions of a cell that say the same of a row
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


@dataclass(frozen=True)
class Span:
    """Whole days from a rollup, then what there is of a last day (a range of moments) from the rows."""

    since: dt.date
    until: dt.date
    tail: tuple[dt.datetime, dt.datetime] | None = None


def serving(indicator: Indicator, columns: Sequence[str] = (), code: int = 0, hourly: bool = False) -> Kept | None:
    """The smallest rollup that says an indicator by these columns, by codes of areas of this length (none: 0) and by
    the hour, if there is one."""
    if indicator.base or indicator.at or indicator.window in (Window.KNOWN, Window.MOMENT):
        return None
    for kept in KEPT[indicator.dataset]:
        told = set(columns) <= set(kept.rollup.by) and (not code or area_column(kept, indicator.area, code))
        timed = kept.of.time == indicator.time and (kept.rollup.hourly or not hourly)
        if told and timed and whole(indicator, kept):
            return kept
    return None


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
        said, one = _said(function), self._kept.rollup.different
        if said == _said(sa.func.count()):
            return _count(self._cells.c.n, where)
        if one and said == _said(sa.func.count(self._kept.facts.c[one].distinct())):
            return _count(self._cells.c[DIFFERENT], where)
        for name in self._kept.rollup.sums:
            if said == _said(sa.func.sum(self._kept.facts.c[name])):
                total = sa.func.sum(self._cells.c[summed(name)])
                return total if where is None else total.filter(where)
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


def rows_of(kept: Kept, found: Whole, span: Span, city_code: str, zone: str) -> sa.Subquery:
    """The cells of these days; of a last day that has not ended each row is a cell."""
    table = kept.table
    days = sa.select(*(table.c[name] for name in (*kept.key, *kept.counts))).where(
        table.c.city_code == city_code, table.c.day >= span.since, table.c.day <= span.until, table.c.n != 0
    )
    if span.tail is None:
        return days.subquery("cells")
    facts, moment = kept.facts, kept.facts.c[str(kept.of.time)]
    names = dict.fromkeys(("city_code", moment.name, *kept.rollup.reads))
    last = (
        sa.select(*(facts.c[name] for name in names))
        .where(facts.c.city_code == city_code, moment >= span.tail[0], moment < span.tail[1])
        .subquery("last")
    )
    each = [rows_as_cells(kept, last, zone)] + ([groups_as_cells(kept, last, zone)] if found.different else [])
    wanted = (*kept.key, *kept.counts)
    of_city = [one.with_only_columns(*(one.selected_columns[name] for name in wanted)) for one in each]
    return sa.union_all(days, *of_city).subquery("cells")


def several(found: Whole, cells: sa.Subquery) -> sa.ColumnElement[int] | None:
    """How many of the different ones are counted in several of these cells; nothing where none is counted."""
    return sa.func.coalesce(sa.func.sum(cells.c[SHARED]), 0) if found.different else None


def over(found: Whole, cells: sa.Subquery) -> tuple[sa.ColumnElement[Any], list[sa.ColumnElement[bool]]]:
    """Value and condition of an indicator over these cells."""

    def here(one: Any, **_: Any) -> Any:
        return cells.c[one.name] if isinstance(one, ColumnClause) and one.table is found.cells else None

    value = _replaced(found.value, here)
    return value, [] if found.where is None else [_replaced(found.where, here)]


def _replaced(said: Any, instead: Callable[..., Any]) -> Any:
    return visitors.replacement_traverse(said, {}, instead)


def days_of(since: dt.date, until: dt.date, instant: dt.datetime, tz: dt.tzinfo, is_day: bool) -> Span:
    """What to read of days since … until, up to an instant; ``is_day``: rows have no time of the day."""
    if is_day:
        return Span(since, until)
    last = min(until, instant.astimezone(tz).date())
    midnight = dt.datetime.combine(last + DAY, dt.time(), tz)
    if instant >= midnight:
        return Span(since, last)
    start = dt.datetime.combine(last, dt.time(), tz)
    return Span(since, last - DAY, (start, instant) if last >= since else None)


def area_column(kept: Kept, area: str | None, length: int) -> str | None:
    """The dimension of a rollup that holds codes of areas down to this length."""
    for one in kept.rollup.by:
        if isinstance(one, District) and one.column == area and length <= DISTRICT:
            return one.name
    return area if area in kept.rollup.by else None
