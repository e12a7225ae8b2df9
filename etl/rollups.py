"""Counts and sums of rows by day and a few columns, kept by whoever changes the rows, in the same transaction.

A changed row is taken out of its old cell and put into its new one; a day is one of the city's own. What was counted
down to nothing stays as a cell of no rows, which nobody reads. Nothing here is more than the rows say: all of it can be
made again (``rebuild``) and compared with them (``differing``). Cells are aggregates of this city for pages inside the
house; what is published goes through disclosure control, from the rows.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from etl.catalogue import contracts
from etl.cities import cities_root, load_city
from etl.contract import Contract, Cut, District, Known, Rollup, Within
from etl.errors import CityError
from etl.warehouse import TABLES

ROLLUPS = sa.MetaData()
SCHEMA = "rollups"
DISTRICT = 8  # characters of a Kemendagri code of a kecamatan
WORKS_IN = "256MB"  # while all of a dataset's cells are made
IN, OUT = 1, -1
DIFFERENT, SHARED, MONTHS, SIGN = "different", "shared", "months", "_sign"
ERA_YEARS = 5  # sixty months are as many bits as a bigint has room for
ONCE = sa.literal(IN, sa.Integer())
Changes = Sequence[tuple[sa.FromClause, int]]  # what parts of a statement return, going IN or OUT
Sign = sa.ColumnElement[int]
Cells = sa.ColumnCollection[str, sa.ColumnElement[Any]]


@dataclass(frozen=True)
class Kept:
    """One rollup of one dataset, and its table."""

    of: Contract
    rollup: Rollup
    table: sa.Table

    @property
    def facts(self) -> sa.Table:
        return TABLES[self.of.name]

    @property
    def by_month(self) -> bool:
        """Whether no cell is of a day."""
        return self.rollup.monthly or self.rollup.who is not None

    @property
    def grouped_by(self) -> str | None:
        """The column whose rows are looked at together when one of them changes."""
        return self.rollup.different or self.rollup.who

    @property
    def key(self) -> list[str]:
        """The columns that tell its cells apart, of each city."""
        return [column.name for column in self.table.columns if column.name not in ("city_code", *self.counts)]

    @property
    def counts(self) -> list[str]:
        """What a cell holds: rows, sums, and of different ones how many, and how many of these other cells have too; of
        one person in which months there are rows, a bit each."""
        told = [DIFFERENT, SHARED] if self.rollup.different else []
        return ["n", *(summed(name) for name in self.rollup.sums), *told, *([MONTHS] if self.rollup.who else [])]

    def row(self, c: Cells, zone: str) -> dict[str, sa.ColumnElement[Any]]:
        """What a row is in this rollup: its cell, and what it adds to it."""
        moment = c[str(self.of.time)]
        local = moment if isinstance(moment.type, sa.Date) else sa.func.timezone(zone, moment)
        if self.rollup.monthly:
            local = sa.func.date_trunc("month", sa.cast(local, sa.DateTime()))
        day: sa.ColumnElement[Any] = sa.cast(local, sa.Date())
        row = {"day": _era(day) if self.rollup.who else day}
        if self.rollup.hourly:
            row["hour"] = sa.cast(sa.extract("hour", local), sa.SmallInteger())
        row |= {name_of(one): expression(one, c) for one in self.rollup.by}
        row |= {self.rollup.who: c[self.rollup.who]} if self.rollup.who else {}
        return row | {"n": sa.literal(1, sa.BigInteger())} | {summed(name): c[name] for name in self.rollup.sums}


def era_of(day: dt.date) -> dt.date:
    """The first day of the five years that a cell of one person is of."""
    return dt.date(day.year // ERA_YEARS * ERA_YEARS, 1, 1)


def bit_of(day: dt.date) -> int:
    """The bit of a month within its five years."""
    return 1 << (day.year % ERA_YEARS * 12 + day.month - 1)


def _era(day: sa.ColumnElement[dt.date]) -> sa.ColumnElement[dt.date]:
    year = sa.cast(sa.extract("year", day), sa.Integer())
    return sa.func.make_date(year - year % ERA_YEARS, 1, 1, type_=sa.Date())


def _bit(day: sa.ColumnElement[dt.date]) -> sa.ColumnElement[int]:
    year, month = (sa.cast(sa.extract(part, day), sa.Integer()) for part in ("year", "month"))
    one: sa.ColumnElement[int] = sa.literal(1, sa.BigInteger())
    return one.op("<<")(year % ERA_YEARS * 12 + month - 1)


def name_of(one: str | Cut) -> str:
    """The name of a dimension."""
    return one if isinstance(one, str) else one.name


def summed(name: str) -> str:
    """The column that holds the sum of a column."""
    return f"sum_{name}"


def expression(one: str | Cut, c: Cells) -> sa.ColumnElement[Any]:
    """A dimension as it is made of a row."""
    match one:
        case Within(_, since, until, seconds):
            return c[until] - c[since] <= dt.timedelta(seconds=seconds)
        case Known(_, column):
            return c[column].is_not(None)
        case District(_, column):
            return sa.func.left(c[column], DISTRICT, type_=sa.Text())
        case _:
            return c[one]


def _table(of: Contract, rollup: Rollup) -> sa.Table:
    by = [sa.Column(name_of(one), expression(one, TABLES[of.name].c).type) for one in rollup.by]
    hour = [sa.Column("hour", sa.SmallInteger())] if rollup.hourly else []
    by += [sa.Column(rollup.who, sa.Text())] if rollup.who else []
    named = [*([DIFFERENT, SHARED] if rollup.different else []), *([MONTHS] if rollup.who else [])]
    told = [sa.Column(name, sa.BigInteger(), nullable=False) for name in named]
    table = sa.Table(
        f"{of.name}_{rollup.name}",
        ROLLUPS,
        sa.Column("city_code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date()),
        *hour,
        *by,
        sa.Column("n", sa.BigInteger(), nullable=False),
        *(sa.Column(summed(name), sa.Numeric(), nullable=False) for name in rollup.sums),
        *told,
        schema=SCHEMA,
        comment=_digest(of, rollup),
    )
    cell = ["city_code", "day", *(column.name for column in (*hour, *by))]
    sa.Index(f"ux_{table.name}", *(table.c[name] for name in cell), unique=True, postgresql_nulls_not_distinct=True)
    if of.area in rollup.by and not rollup.who:
        sa.Index(f"ix_{table.name}_area", table.c.city_code, table.c[of.area], table.c.day)  # a ward's years
    return table


def _digest(of: Contract, rollup: Rollup) -> str:
    """Changes with everything that changes what its cells are."""
    return sha256(repr((of.name, of.time, of.area, rollup)).encode()).hexdigest()[:12]


KEPT = {name: tuple(Kept(of, rollup, _table(of, rollup)) for rollup in of.rollups) for name, of in contracts().items()}


def tables(dataset: str) -> list[str]:
    """The names of a dataset's rollups."""
    return [one.table.fullname for one in KEPT[dataset]]


def zone_of(city_code: str) -> str:
    """The zone of a city's days. UTC where there is no folder of it, so that nobody asks for it either."""
    root = cities_root()
    known = _zones(root)
    if city_code not in known:
        _zones.cache_clear()
        known = _zones(root)
    return known.get(city_code, "UTC")


@cache
def _zones(root: Path) -> dict[str, str]:
    found = {}
    for path in root.glob("*/city.toml"):
        with suppress(CityError):  # told by who loads it
            city = load_city(path.parent.name, root)
            found[city.code] = city.zone
    return found


def watched(dataset: str) -> list[sa.Column[Any]]:
    """The columns of a dataset that its rollups are made of; the city alone where there are none.

    What returns nothing a cluster would send to its nodes by COPY, which no table with rules on rows takes.
    """
    kept = KEPT[dataset]
    names = dict.fromkeys(["city_code"])
    for one in kept:
        names |= dict.fromkeys((str(one.of.time), *one.rollup.reads, *(one.of.key if one.grouped_by else ())))
    return [TABLES[dataset].c[name] for name in names]


@contextmanager
def following(connection: sa.Connection, dataset: str, city_code: str) -> Iterator[None]:
    """Whatever changes rows of a dataset meanwhile, by statements that are ``followed``, its rollups follow.

    Where rows are counted in groups, these are asked for when all has changed, in a statement of its own: what another
    part of the same one has changed a single server does not show, and a cluster may.
    """
    if not grouped(dataset):
        yield
        return
    changed = _changed(dataset)
    changed.create(connection)
    yield
    rows = sa.select(changed).cte("changed_rows")
    groups = _groups(KEPT[dataset], rows, city_code).cte("changed_groups")
    folds = _folds(dataset, city_code, rows, groups)
    connection.execute(sa.select(sa.func.count()).select_from(rows).add_cte(*folds))
    changed.drop(connection)


def followed(dataset: str, city_code: str, changes: Changes) -> list[sa.CTE]:
    """How the rollups of a dataset follow a statement that changes its rows: to be part of that statement.

    ``changes``: what that statement's parts return of the ``watched`` columns, going ``IN`` or ``OUT``.
    """
    if not KEPT[dataset]:
        return []
    names = [column.name for column in watched(dataset)]
    rows = sa.union_all(*(_signed(rows, names, sign) for rows, sign in changes)).cte("changed_rows")
    if not grouped(dataset):
        return _folds(dataset, city_code, rows, groups=rows)
    changed = _changed(dataset)
    return [sa.insert(changed).from_select([*names, SIGN], sa.select(rows)).returning(changed.c[SIGN]).cte("noted")]


def grouped(dataset: str) -> bool:
    """Whether one row that changes may change what others of its group (of an order, of a person) count for."""
    return any(one.grouped_by for one in KEPT[dataset])


@cache
def _changed(dataset: str) -> sa.Table:
    columns = [sa.Column(column.name, column.type) for column in watched(dataset)]
    sign = sa.Column(SIGN, sa.Integer())
    return sa.Table(f"changed_{dataset}", sa.MetaData(), *columns, sign, prefixes=["TEMPORARY"])


def _signed(rows: sa.FromClause, names: Sequence[str], sign: int) -> sa.Select[Any]:
    return sa.select(*(rows.c[name] for name in names), sa.literal(sign, sa.Integer()).label(SIGN))


def _folds(dataset: str, city_code: str, rows: sa.CTE, groups: sa.CTE) -> list[sa.CTE]:
    zone = zone_of(city_code)
    return [_fold(one, zone, rows, groups).cte(f"fold_{one.rollup.name}") for one in KEPT[dataset]]


def _fold(kept: Kept, zone: str, rows: sa.CTE, groups: sa.CTE) -> Any:
    each = [rows_as_cells(kept, rows, zone, rows.c[SIGN])]
    if kept.rollup.different:
        each.append(groups_as_cells(kept, groups, zone, groups.c[SIGN]))
    if kept.rollup.who:
        each.append(_months_as_cells(kept, groups, zone, groups.c[SIGN]))
    cells = added_up(kept, each)
    statement = insert(kept.table).from_select(list(cells.selected_columns.keys()), cells)
    added = {name: kept.table.c[name] + statement.excluded[name] for name in kept.counts}
    return statement.on_conflict_do_update(index_elements=["city_code", *kept.key], set_=added)


def added_up(kept: Kept, each: Sequence[sa.Select[Any]]) -> sa.Select[Any]:
    """One row a cell, of those in which something is left."""
    moved = (each[0] if len(each) == 1 else sa.union_all(*each)).subquery("moved")
    totals = [sa.func.sum(moved.c[name]).label(name) for name in kept.counts]
    cell = [moved.c[name] for name in ("city_code", *kept.key)]
    some = sa.or_(*(sa.func.sum(moved.c[name]) != 0 for name in kept.counts))
    return sa.select(*cell, *totals).group_by(*cell).having(some)


def rows_as_cells(kept: Kept, rows: sa.FromClause, zone: str, sign: Sign = ONCE) -> sa.Select[Any]:
    """What rows add to their cells, or take from them, but for what is counted of different ones."""
    row = kept.row(rows.c, zone)
    counts = {name: sign * row[name] if name in row else sa.literal(0, sa.BigInteger()) for name in kept.counts}
    return sa.select(rows.c.city_code, *(v.label(name) for name, v in (*_cell(kept, row).items(), *counts.items())))


def _cell(kept: Kept, row: dict[str, sa.ColumnElement[Any]]) -> dict[str, sa.ColumnElement[Any]]:
    return {name: row[name] for name in kept.key}


def groups_as_cells(kept: Kept, rows: sa.FromClause, zone: str, sign: Sign = ONCE) -> sa.Select[Any]:
    """What groups of rows (orders, of order lines) add to each cell that they have a row in.

    One in several cells is marked in each of them: a sum over such cells would count it twice.
    """
    group = rows.c[str(kept.rollup.different)].label("one")
    cell = [value.label(name) for name, value in _cell(kept, kept.row(rows.c, zone)).items()]
    once = sa.select(rows.c.city_code, group, sign.label(SIGN), *cell).distinct().subquery("once")
    several = sa.func.count().over(partition_by=(sa.func.hashtext(once.c.one), once.c.one, once.c[SIGN])) > 1
    counts: dict[str, Any] = dict.fromkeys(kept.counts, sa.literal(0, sa.BigInteger()))
    counts |= {DIFFERENT: once.c[SIGN], SHARED: once.c[SIGN] * sa.cast(several, sa.Integer())}
    return sa.select(
        once.c.city_code,
        *(once.c[name] for name in kept.key),
        *(value.label(name) for name, value in counts.items()),
    )


def _months_as_cells(kept: Kept, rows: sa.FromClause, zone: str, sign: Sign = ONCE) -> sa.Select[Any]:
    """The months in which persons have rows: each month once, however many rows there are in it."""
    cell = [value.label(name) for name, value in _cell(kept, kept.row(rows.c, zone)).items()]
    bit = _bit(rows.c[str(kept.of.time)]).label(MONTHS)
    once = sa.select(rows.c.city_code, *cell, bit, sign.label(SIGN)).distinct().subquery("once")
    none = sa.literal(0, sa.BigInteger()).label("n")
    return sa.select(once.c.city_code, *(once.c[name] for name in kept.key), none, (once.c[SIGN] * once.c[MONTHS]))


def _groups(each: Sequence[Kept], changed: sa.CTE, city_code: str) -> sa.CompoundSelect[Any]:
    """All rows of the groups that changed (of a person: of the month): as they were (OUT), and as they are now (IN)."""
    kept = next(one for one in each if one.grouped_by)
    facts, of, names = kept.facts, str(kept.grouped_by), [column.name for column in watched(kept.of.name)]
    if kept.rollup.who:
        touched, within = _months_of(kept, changed)
        order = [facts.c[name] for name in kept.of.found_by(of) if name != of]
    else:
        touched, within = sa.select(changed.c[of]).distinct().subquery("touched"), []
        order = [facts.c[name] for name in kept.of.key if name != of]
    mine = sa.and_(facts.c.city_code == city_code, facts.c[of] == touched.c[of], *within)
    # Not to be joined with the whole table: each group is asked for by the key's own index, or that of persons. The
    # order is nothing but a reason for the planner to take it: of a table that it believes to be empty any would do.
    stored = sa.select(*(facts.c[name] for name in names)).where(mine).order_by(*order).offset(0).lateral("stored")
    now = sa.select(*(stored.c[name] for name in names)).select_from(touched).join(stored, sa.true()).cte("groups_now")
    # A difference of sets and no anti-join: of how many rows change the planner knows nothing, and might try each pair.
    came = sa.select(*(changed.c[name] for name in names)).where(changed.c[SIGN] == IN)
    stayed = sa.except_all(sa.select(*(now.c[name] for name in names)), came).subquery("stayed")
    gone = sa.select(changed).where(changed.c[SIGN] == OUT)
    return sa.union_all(_signed(now, names, IN), _signed(stayed, names, OUT), gone)


def _months_of(kept: Kept, changed: sa.CTE) -> tuple[sa.Subquery, list[sa.ColumnElement[bool]]]:
    """Of whom rows of which months changed, and where their rows of these months are."""
    who, time = str(kept.rollup.who), str(kept.of.time)
    month = sa.func.date_trunc("month", sa.cast(changed.c[time], sa.DateTime()))
    since, until = (sa.cast(one, sa.Date()) for one in (month, month + sa.func.make_interval(0, 1)))
    touched = sa.select(changed.c[who], since.label("since"), until.label("until")).distinct().subquery("touched")
    return touched, [kept.facts.c[time] >= touched.c.since, kept.facts.c[time] < touched.c.until]


def counted(connection: sa.Connection, dataset: str, city_code: str, statement: Any, sign: int) -> int:
    """Run a statement that adds rows to a dataset (``IN``) or takes some away (``OUT``); how many there were.

    They are counted, because a cluster tells of the rows that it was given.
    """
    changed = statement.returning(*watched_in(statement)).cte("changed")
    follow = followed(dataset, city_code, [(changed, sign)])
    return int(connection.scalar(sa.select(sa.func.count()).select_from(changed).add_cte(*follow)) or 0)


def watched_in(statement: Any) -> list[sa.Column[Any]]:
    """The watched columns of the table that a statement changes, which may be that of the history."""
    table = statement.table
    return [table.c[column.name] for column in watched(table.name)]


def bring_up(connection: sa.Connection) -> list[Kept]:
    """Create what is missing, make anew what is declared differently by now; says which are to be filled."""
    connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
    inspector = sa.inspect(connection)
    there = {name: inspector.get_table_comment(name, SCHEMA)["text"] for name in inspector.get_table_names(SCHEMA)}
    declared = {table.name: table for table in ROLLUPS.tables.values()}
    for name, digest in there.items():
        if name not in declared or declared[name].comment != digest:
            connection.execute(sa.schema.DropTable(sa.Table(name, sa.MetaData(), schema=SCHEMA)))
    missing = [one for kept in KEPT.values() for one in kept if there.get(one.table.name) != one.table.comment]
    for one in missing:
        one.table.create(connection)
    return missing


def fill(connection: sa.Connection, kept: Kept, city_code: str) -> None:
    """Make the cells of one city from its rows; nobody may be loading them meanwhile."""
    connection.execute(sa.select(sa.func.set_config("work_mem", WORKS_IN, True)))
    connection.execute(sa.delete(kept.table).where(kept.table.c.city_code == city_code))
    made = _from_rows(kept, city_code)
    filled = sa.insert(kept.table).from_select(list(made.selected_columns.keys()), made)
    cells = filled.returning(kept.table.c.city_code).cte("cells")  # with a word to return: see ``watched``
    connection.execute(sa.select(sa.func.count()).select_from(cells))


def cities_of(connection: sa.Connection, dataset: str) -> Iterable[str]:
    """The cities that have rows of a dataset."""
    return connection.scalars(sa.select(TABLES[dataset].c.city_code).distinct()).all()


def _from_rows(kept: Kept, city_code: str) -> sa.Select[Any]:
    """The cells as the rows say, the oldest day first."""
    names = [column.name for column in watched(kept.of.name)]
    mine = (
        sa.select(*(kept.facts.c[name] for name in names)).where(kept.facts.c.city_code == city_code).subquery("mine")
    )
    zone = zone_of(city_code)
    each = [rows_as_cells(kept, mine, zone)]
    if kept.rollup.different:
        each.append(groups_as_cells(kept, mine, zone))
    if kept.rollup.who:
        each.append(_months_as_cells(kept, mine, zone))
    return added_up(kept, each).order_by(sa.column("day"))


def differing(connection: sa.Connection, kept: Kept, city_code: str) -> int:
    """How many cells of a city are not what its rows say; none, unless somebody changed rows by hand."""
    names = ["city_code", *kept.key, *kept.counts]
    of_rows = _from_rows(kept, city_code).order_by(None)
    table = kept.table
    stored = sa.select(*(table.c[name] for name in names)).where(table.c.city_code == city_code, table.c.n != 0)
    wrong = sa.union_all(
        sa.select(sa.except_all(of_rows, stored).subquery("missing")),
        sa.select(sa.except_all(stored, of_rows).subquery("surplus")),
    ).subquery("wrong")
    cells = sa.select(*(wrong.c[name] for name in ("city_code", *kept.key))).distinct().subquery("cells")
    return int(connection.scalar(sa.select(sa.func.count()).select_from(cells)) or 0)
