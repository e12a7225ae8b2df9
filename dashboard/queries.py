"""One query for every indicator: its value over a scope, whole or split by something.

``by`` is None, ``"area"`` (the next level below the scope's area), ``"place"`` (each row's own area, whatever its
level), a time step (``hour``, ``day``, ``week``, ``month``), ``"weekday_hour"``, ``"hour_of_day"``, or a dimension of
the dataset.
"""

import datetime as dt
import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from dashboard import rolled
from dashboard.indicator import Cells, Expression, Indicator, Moment, Window
from dashboard.scope import DAY, EARLIEST, WEEK, Scope
from etl.catalogue import contract
from etl.cities import City
from etl.contract import Kind
from etl.rollups import Kept
from etl.text import Text
from etl.warehouse import TABLES, read

STEPS = ("hour", "day", "week", "month")
TIMED = rolled.HOURLY | {*STEPS}
NAMED = TIMED | {"area", "place"}  # what ``by`` may be besides a dimension
KECAMATAN, KELURAHAN = 8, 13  # characters of a Kemendagri code at each level
MOST = 500  # rows of a list
HOUR_STEP_DAYS, DAY_STEP_DAYS, WEEK_STEP_DAYS = 2, 120, 500


@dataclass(frozen=True)
class Asked:
    """A scope made concrete: the city, and the instant that counts as now."""

    scope: Scope
    city: City
    now: dt.datetime
    agency: str | None = None  # the only agency whose rows are there for who asks

    @property
    def moment(self) -> Moment:
        """The end of the scope, never later than now."""
        midnight = dt.datetime.combine(self.scope.until + DAY, dt.time(), self.city.tz)
        return Moment(self.scope.until, min(midnight, self.now))

    def earlier(self, by: dt.timedelta) -> "Asked":
        return replace(self, scope=self.scope.earlier(by), now=self.now - by)


class AreaDay(NamedTuple):
    """What an indicator was on one day, in one area or the whole city, and the rows that it stands on."""

    day: dt.date
    area: str | None  # none: the whole city
    value: float
    rows: int


@dataclass(frozen=True)
class Said:
    """What a query says: a value of what meets the conditions, split by keys, and the rows that it stands on."""

    keys: Sequence[sa.ColumnElement[Any]]
    value: sa.ColumnElement[Any]
    conditions: Sequence[sa.ColumnElement[bool]]
    rows: sa.ColumnElement[int]
    twice: sa.ColumnElement[int] | None = None  # what it may count twice: where there is any, the rows are asked


@dataclass(frozen=True)
class Point:
    """One value of a split; ``key`` is what it is split by, None where that is unknown."""

    key: Any
    value: float | None
    split: str | None = None


def step_for(days: int, finest: str = "hour") -> str:
    """A time step that gives a readable number of points, and none that the data cannot tell apart."""
    longest = {"hour": HOUR_STEP_DAYS, "day": DAY_STEP_DAYS, "week": WEEK_STEP_DAYS, "month": days}
    possible = STEPS[STEPS.index(finest) :]
    return next(step for step in possible if days <= longest[step])


def value(connection: sa.Connection, indicator: Indicator, asked: Asked) -> float | None:
    """The one value of an indicator over a scope; None when there is nothing to say."""
    points = measure(connection, indicator, asked)
    return points[0].value if points else None


def measure(
    connection: sa.Connection, indicator: Indicator, asked: Asked, by: str | None = None, split: str | None = None
) -> list[Point]:
    """Values of an indicator, one per ``by`` (and ``split``), in the order of the key."""

    def query(said: Said) -> sa.Select[Any]:
        keys = [key.label(f"k{n}") for n, key in enumerate(said.keys)]
        wanted = sa.select(*keys, *_twice(said), said.value.label("value")).where(*said.conditions)
        return wanted.group_by(*keys).order_by(*keys) if keys else wanted

    found = _answered(connection, query, indicator, asked, by, split)
    points = [_point(row, by, split) for row in found]
    return _per_people(connection, indicator, asked, points, by) if indicator.unit.per_people else points


def _answered(
    connection: sa.Connection,
    query: Callable[[Said], sa.Select[Any]],
    indicator: Indicator,
    asked: Asked,
    *names: str | None,
) -> Sequence[sa.Row[Any]]:
    """What a rollup says where one can, else what the rows say."""
    if said := _over_cells(indicator, asked, *names):
        found = connection.execute(query(said)).all()
        if said.twice is None or not any(row.twice for row in found):
            return found
    return connection.execute(query(_over_rows(indicator, asked, *names))).all()


def _twice(said: Said) -> list[sa.Label[int]]:
    return [] if said.twice is None else [said.twice.label("twice")]


def _over_rows(indicator: Indicator, asked: Asked, *names: str | None) -> Said:
    rows = indicator.rows(asked.city, asked.moment, asked.scope.as_of)
    keys = [_key(rows, indicator, asked, name) for name in names if name]
    return Said(keys, indicator.value(rows.c), _conditions(rows, indicator, asked), sa.func.count())


def _over_cells(indicator: Indicator, asked: Asked, *names: str | None) -> Said | None:
    """The same from a rollup, where one tells apart all that is asked."""
    scope, area = asked.scope, str(indicator.area)
    if scope.as_of or asked.agency:
        return None
    wanted = [name for name in names if name]
    filters = [name for name, _ in scope.where if name in TABLES[indicator.dataset].columns]
    split = (column for name in wanted if name not in NAMED for column in indicator.columns_of(name))
    columns = [*split, *filters]
    kept = rolled.serving(indicator, columns, _code(indicator, asked, wanted), TIMED & set(wanted))
    said = kept and rolled.whole(indicator, kept)
    span = kept and _span(kept, indicator, asked)
    if not kept or not said or not span:
        return None
    day = isinstance(kept.facts.c[indicator.time].type, sa.Date)
    place = rolled.area_column(kept, indicator.area, _code(indicator, asked, wanted))

    def only(c: Cells) -> list[sa.ColumnElement[bool]]:
        here = [within_area(c[place or area], scope.area)] if _is_part(indicator, asked) else []
        return [
            *rolled.over(said, c)[1],
            *here,
            *(_is(c[name], sought) for name, sought in scope.where if name in filters),
        ]

    cells = rolled.rows_of(kept, said, span, asked.city.code, asked.city.zone, only)
    value, conditions = rolled.over(said, cells.c)[0], only(cells.c)
    keys = [
        made.says(cells.c, cells.c.day)
        if (made := indicator.makes(name))
        else _cell_key(cells, name, place, asked, day)
        for name in wanted
    ]
    return Said(keys, value, conditions, sa.cast(sa.func.sum(cells.c.n), sa.BigInteger()), rolled.several(said, cells))


def _is_part(indicator: Indicator, asked: Asked) -> bool:
    """Whether a part of the city is asked about, of a figure that tells parts apart."""
    return asked.scope.area != asked.city.code and indicator.area is not None


def _span(kept: Kept, indicator: Indicator, asked: Asked) -> rolled.Span | None:
    day, instant, tz = isinstance(kept.facts.c[indicator.time].type, sa.Date), asked.moment.instant, asked.city.tz
    days = rolled.days_of(*window(indicator, asked.scope), instant, tz, day)
    return rolled.months_of(days, instant, tz, day) if kept.by_month else days


def _code(indicator: Indicator, asked: Asked, names: Sequence[str]) -> int:
    """How long the codes of areas must be to answer; 0 where none is asked about."""
    lengths = {"area": below(asked), "place": KELURAHAN}
    within = len(asked.scope.area) if _is_part(indicator, asked) else 0
    return max([within, *(lengths.get(name, 0) for name in names)])


def _cell_key(cells: sa.Subquery, name: str, place: str | None, asked: Asked, day: bool) -> sa.ColumnElement[Any]:
    midnight = sa.cast(cells.c.day, sa.DateTime())
    if name == "area":
        return sa.func.left(cells.c[str(place)], below(asked))
    if name == "place":
        return cells.c[str(place)]
    if name == "hour":
        return midnight + sa.func.make_interval(0, 0, 0, 0, cells.c.hour)
    if name in STEPS:
        return step_of(cells.c.day if day else midnight, name)
    if name == "hour_of_day":
        return cells.c.hour
    if name == "weekday_hour":
        return sa.extract("isodow", midnight) * 100 + cells.c.hour
    return cells.c[name]


def by_day(
    connection: sa.Connection, indicator: Indicator, asked: Asked, levels: Sequence[int] = (KECAMATAN,)
) -> list[AreaDay]:
    """Each day of the scope, of the whole city and of every area of these lengths of code, in one query.

    What is defined over a week or a month is taken of each day; rows without an area count in the city alone.
    """
    indicator = replace(indicator, window=Window.PERIOD)
    levels = levels if indicator.area else ()
    names = ["day", *(["place" if KELURAHAN in levels else "area"] if levels else [])]

    def query(said: Said) -> sa.Select[Any]:
        day = sa.cast(said.keys[0], sa.Date()).label("of_day")
        # Within grouping sets nothing means all of them: a row without an area is told from it by an empty text.
        keys = [sa.func.coalesce(sa.func.left(said.keys[1], length), "").label(f"area_{length}") for length in levels]
        each = [sa.tuple_(sa.column(day.name)), *(sa.tuple_(sa.column(day.name), sa.column(key.name)) for key in keys)]
        columns: list[Any] = [day, *keys, *_twice(said), said.value.label("value"), said.rows.label("rows")]
        return sa.select(*columns).where(*said.conditions).group_by(sa.func.grouping_sets(*each))

    found = _answered(connection, query, indicator, asked, *names)
    return [point for row in found if (point := _area_day(row, levels))]


def _area_day(row: Any, levels: Sequence[int]) -> AreaDay | None:
    """A row of the grouping sets; nothing for rows whose area is not known, or lies a level higher."""
    if row.value is None or row.of_day is None:
        return None
    length, area = next(((n, name) for n in levels if (name := getattr(row, f"area_{n}")) is not None), (0, None))
    if area is not None and len(area) != length:
        return None
    return AreaDay(row.of_day, area, float(row.value), row.rows)


def _point(row: Sequence[Any], by: str | None, split: str | None) -> Point:
    number = None if row[-1] is None else float(row[-1])
    return Point(row[0] if by else None, number, str(row[1]) if split and row[1] is not None else None)


def _conditions(rows: sa.FromClause, indicator: Indicator, asked: Asked) -> list[sa.ColumnElement[bool]]:
    conditions = [rows.c.city_code == asked.city.code]
    if indicator.where:
        conditions.append(indicator.where(rows.c))
    if indicator.at:
        conditions.append(indicator.at(rows.c, asked.moment, asked.city))
    elif indicator.window is not Window.KNOWN:
        conditions += _within(rows, indicator, asked)
    if _is_part(indicator, asked):
        conditions.append(within_area(rows.c[str(indicator.area)], asked.scope.area))
    return conditions + [_is(rows.c[name], wanted) for name, wanted in asked.scope.where if name in rows.c]


def within_area(column: sa.ColumnElement[Any], code: str) -> sa.ColumnElement[bool]:
    """Rows of an area and of all that lies in it.

    Said by a function that cannot tell others' rows by failing: ``LIKE`` is asked only after the rule on rows, so that
    the index of areas would never be used.
    """
    return sa.func.starts_with(column, code, type_=sa.Boolean())


def _is(column: sa.ColumnElement[Any], wanted: str) -> sa.ColumnElement[bool]:
    """A filter of the address is a text, whatever the column is."""
    return (column if isinstance(column.type, sa.Text) else sa.cast(column, sa.Text())) == wanted


def window(indicator: Indicator, scope: Scope) -> tuple[dt.date, dt.date]:
    """First and last day over which the value is taken."""
    match indicator.window:
        case Window.WEEK:
            return scope.until - WEEK + DAY, scope.until
        case Window.MONTH:
            return scope.until.replace(day=1), scope.until
        case _:
            # what is said once a month carries the month's first day: the month counts when it is touched
            return scope.since.replace(day=1) if indicator.finest == "month" else scope.since, scope.until


def _within(rows: sa.FromClause, indicator: Indicator, asked: Asked) -> list[sa.ColumnElement[bool]]:
    since, until = window(indicator, asked.scope)
    column = rows.c[indicator.time]
    if isinstance(column.type, sa.Date):
        return [column >= since, column <= until]
    start = dt.datetime.combine(since, dt.time(), asked.city.tz)
    return [column >= start, column < asked.moment.instant]


def _key(rows: sa.FromClause, indicator: Indicator, asked: Asked, by: str) -> sa.ColumnElement[Any]:
    if by == "area":
        return sa.func.left(rows.c[str(indicator.area)], below(asked))
    if by == "place":
        return rows.c[str(indicator.area)]
    if by in STEPS:
        return _step(rows.c[indicator.time], by, asked.city)
    if by == "hour_of_day":
        return sa.extract("hour", local(rows.c[indicator.time], asked.city))
    if by == "weekday_hour":
        moment = local(rows.c[indicator.time], asked.city)
        return sa.extract("isodow", moment) * 100 + sa.extract("hour", moment)
    if made := indicator.makes(by):
        return made.says(rows.c, sa.cast(local(rows.c[indicator.time], asked.city), sa.Date()))
    return rows.c[by]


def below(asked: Asked) -> int:
    """Length of the codes of the level that a map of this scope shows."""
    return KECAMATAN if len(asked.scope.area) < KECAMATAN else KELURAHAN


def local(column: sa.ColumnElement[Any], city: City) -> sa.ColumnElement[Any]:
    """A moment by the clocks of the city; a day as it is."""
    return column if isinstance(column.type, sa.Date) else sa.func.timezone(city.zone, column)


def _step(column: sa.ColumnElement[Any], step: str, city: City) -> sa.ColumnElement[Any]:
    return step_of(column if isinstance(column.type, sa.Date) else local(column, city), step)


def step_of(column: sa.ColumnElement[Any], step: str) -> sa.ColumnElement[Any]:
    """The beginning of the step that a day, or a moment by the clocks of the city, lies in."""
    if isinstance(column.type, sa.Date):
        return sa.cast(sa.func.date_trunc(step, sa.cast(column, sa.DateTime())), sa.Date())
    return sa.func.date_trunc(step, column)


def _per_people(
    connection: sa.Connection, indicator: Indicator, asked: Asked, points: list[Point], by: str | None
) -> list[Point]:
    """Values per so many people; unknown where the population is."""
    people = populations(connection, asked.city)
    per = indicator.unit.per_people or 1

    def rate(point: Point) -> float | None:
        there = people.get(point.key if by == "area" else asked.scope.area if indicator.area else asked.city.code)
        return per * point.value / there if there and point.value is not None else None

    return [Point(point.key, rate(point), point.split) for point in points]


def populations(connection: sa.Connection, city: City) -> dict[str, int]:
    """People per area code, where they are known."""
    areas = read("areas")
    query = sa.select(areas.c.area_code, areas.c.population).where(
        areas.c.city_code == city.code, areas.c.population.is_not(None)
    )
    return {row.area_code: row.population for row in connection.execute(query)}


def compared(connection: sa.Connection, indicator: Indicator, asked: Asked) -> float | None:
    """The same value an equal stretch earlier, up to the same moment of the day."""
    earlier = asked.earlier(shift(indicator, asked.scope))
    if indicator.broken(window(indicator, earlier.scope)[0], asked.scope.until):
        return None  # it meant something else then
    if indicator.window is not Window.KNOWN:
        return value(connection, indicator, earlier)
    told = asked.scope.as_of or asked.now
    if told.date() <= EARLIEST:  # a week before the beginning of time
        return None
    earlier = replace(earlier, scope=replace(earlier.scope, as_of=told - WEEK))
    return value(connection, indicator, earlier) if knew(connection, indicator, earlier) else None


def knew(connection: sa.Connection, indicator: Indicator, asked: Asked) -> bool:
    """Whether anything at all was known at that moment: not knowing is no zero."""
    rows = read(indicator.dataset, asked.scope.as_of)
    return bool(connection.scalar(sa.select(sa.func.count()).where(rows.c.city_code == asked.city.code)))


def listed(
    connection: sa.Connection, indicator: Indicator, asked: Asked, names: Sequence[str], order: str
) -> Sequence[sa.Row[Any]]:
    """The rows that an indicator is made of: some of their columns, in the order of one."""
    rows = indicator.rows(asked.city, asked.moment, asked.scope.as_of)
    query = sa.select(*(rows.c[name] for name in names)).where(*_conditions(rows, indicator, asked))
    return connection.execute(query.order_by(rows.c[order], rows.c[names[0]]).limit(MOST)).all()


def shift(indicator: Indicator, scope: Scope) -> dt.timedelta:
    """How far back the comparison lies: whole weeks, so that weekdays match; whole months for monthly figures."""
    if indicator.window is Window.MONTH:
        return scope.until - _months_back(scope.until, 1)
    if indicator.finest == "month":
        months = (scope.until.year - scope.since.year) * 12 + scope.until.month - scope.since.month + 1
        return scope.until - _months_back(scope.until, months)
    return WEEK * (max(1, -(-scope.days // 7)) if indicator.window is Window.PERIOD else 1)


def _months_back(day: dt.date, months: int) -> dt.date:
    """The same day so many months earlier, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def filters(dataset: str) -> dict[str, Text]:
    """The dimensions that people may filter a dataset by, with their names."""
    return {
        column.name: named(column.meaning)
        for column in contract(dataset).columns
        if column.dimension and column.kind is not Kind.AREA
    }


def named(meaning: Text) -> Text:
    """A meaning's first words, as the name of a filter or a column: ``Pembeli`` of ``Pembeli: ASN, OPD atau umum``."""
    return Text(*(re.split("[:;]", words)[0] for words in meaning))


def banded(
    connection: sa.Connection, indicator: Indicator, asked: Asked, by: str, band: Callable[[Cells, Moment], Any]
) -> list[Point]:
    """Values of an indicator by ``by``, split into bands: ``band`` gives the number of a row's own."""
    rows = indicator.rows(asked.city, asked.moment, asked.scope.as_of)
    keys = _key(rows, indicator, asked, by).label("k0"), band(rows.c, asked.moment).label("k1")
    query = sa.select(*keys, indicator.value(rows.c).label("value")).where(*_conditions(rows, indicator, asked))
    return [_point(row, by, "band") for row in connection.execute(query.group_by(*keys).order_by(*keys))]


def spans(
    connection: sa.Connection, indicator: Indicator, asked: Asked, by: str, ended: Expression
) -> Sequence[tuple[Any, float, bool]]:
    """Of each row: its ``by``, the seconds from its time until it ended (or until now), and whether it has ended."""
    rows, until = indicator.rows(asked.city, asked.moment, asked.scope.as_of), asked.moment.instant
    end = ended(rows.c)
    closed = sa.func.coalesce(end <= until, sa.false())
    last = sa.case((closed, end), else_=until)
    took = sa.func.greatest(sa.extract("epoch", last - rows.c[indicator.time]), 0)
    query = sa.select(_key(rows, indicator, asked, by), took, closed).where(*_conditions(rows, indicator, asked))
    return [(key, float(seconds), bool(done)) for key, seconds, done in connection.execute(query)]
