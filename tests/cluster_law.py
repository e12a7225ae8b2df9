"""What a cluster asks of every statement: each distributed table that it touches is asked for one named city.

A table is pinned when its ``city_code`` equals a given value, or the city of something that is: of another table it is
joined with, of what stands around a subquery. So a statement goes to the one node that has that city, where every join
is a join within the node. Inserts name the city; a conflict is one of a key that has it; nobody's city changes.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import dml
from sqlalchemy.sql import operators

from etl.citus import Place
from etl.distribution import CITY, place_of

DIALECT = postgresql.dialect()
Cell = tuple[int, str]  # a from-object, by its identity, and the name of one of its columns
Wrong = Iterator[str]


def broken(statement: Any) -> list[str]:
    """What of a statement would not be done on one node; nothing where it is as it must be."""
    if isinstance(statement, sa.Insert):
        return list(_insert(statement))
    if isinstance(statement, sa.Update | sa.Delete):
        return list(_change(statement))
    if isinstance(statement, sa.Select | sa.CompoundSelect):
        return list(_select(statement, frozenset(), frozenset()))
    return [f"{type(statement).__name__}: not known here"]


def sharded(thing: Any) -> bool:
    """Whether a from-object is a distributed table, under whatever name."""
    table = thing.element if isinstance(thing, sa.Alias) else thing
    return isinstance(table, sa.Table) and table.schema is not None and place_of(table)[0] is Place.SHARDED


def _select(query: Any, outputs: frozenset[str], outside: frozenset[Cell]) -> Wrong:
    """``outputs``: columns of the query that are pinned from without; ``outside``: cells around it that are."""
    if isinstance(query, sa.CompoundSelect):
        names = list(query.selected_columns.keys())
        places = [names.index(name) for name in outputs if name in names]
        for part in query.selects:
            inner = part.element if hasattr(part, "element") else part
            own = list(inner.selected_columns.keys())
            yield from _select(inner, frozenset(own[place] for place in places), outside)
        return
    froms, conditions = _parts(query)
    given = {cell for name in outputs if (cell := _cell(query.selected_columns.get(name)))}
    yield from _scope(froms, [*conditions, *query._raw_columns], conditions, outside | given, frozenset())
    for cte in _written(query):
        yield from broken(cte.element)


def _scope(
    froms: list[Any], said: list[Any], conditions: list[Any], pins: frozenset[Cell], done: frozenset[Cell]
) -> Wrong:
    pinned = _closed(conditions, pins)
    for source in froms:
        cells = {name for thing, name in pinned if thing == id(source)}
        if sharded(source):
            if CITY not in cells:
                yield f"{source}: its city is not named"
        elif (inner := _inner(source)) is not None and not _is_written(source):
            yield from _select(inner, frozenset(cells), frozenset(pinned))
    for expression in said:
        for inner in _selects_in(expression):
            yield from _select(inner, frozenset(), frozenset(pinned))


def _parts(query: sa.Select[Any]) -> tuple[list[Any], list[Any]]:
    """The from-objects of a select, out of their joins, and everything that is asked of them."""
    froms: list[Any] = []
    conditions = list(_conjuncts(query.whereclause))
    waiting = list(_froms(query))
    while waiting:
        one = waiting.pop()
        if isinstance(one, sa.sql.selectable.Join):
            waiting += [one.left, one.right]
            conditions += _conjuncts(one.onclause)
        else:
            froms.append(one)
    return froms, conditions


def _froms(query: sa.Select[Any]) -> list[Any]:
    """What ``get_final_froms`` says, of expressions too that only PostgreSQL has."""
    return query._compile_state_factory(query, DIALECT.statement_compiler(DIALECT, None))._get_display_froms()


def _conjuncts(condition: Any) -> Iterator[Any]:
    if condition is None:
        return
    if isinstance(condition, sa.sql.elements.Grouping):
        yield from _conjuncts(condition.element)
    elif isinstance(condition, sa.sql.elements.BooleanClauseList) and condition.operator is operators.and_:
        for part in condition.clauses:
            yield from _conjuncts(part)
    else:
        yield condition


def _closed(conditions: list[Any], pins: frozenset[Cell]) -> set[Cell]:
    """Every cell that equals a given value, or one that does."""
    pinned, pairs = set(pins), list[tuple[Cell, Cell]]()
    for one in conditions:
        if not isinstance(one, sa.BinaryExpression) or one.operator is not operators.eq:
            continue
        left, right = _cell(one.left), _cell(one.right)
        if left and right:
            pairs.append((left, right))
        elif cell := left or right:
            other = one.right if left else one.left
            if isinstance(other, sa.BindParameter):
                pinned.add(cell)
    for _ in pairs:
        for left, right in pairs:
            if left in pinned or right in pinned:
                pinned |= {left, right}
    return pinned


def _cell(expression: Any) -> Cell | None:
    expression = expression.element if isinstance(expression, sa.Label) else expression
    table = getattr(expression, "table", None)
    return None if table is None else (id(table), str(expression.key))


def _inner(source: Any) -> Any:
    """The select that a subquery, a lateral or a named expression stands for."""
    while source is not None and not isinstance(source, sa.Select | sa.CompoundSelect | sa.Insert | sa.Update):
        source = getattr(source, "element", None)
    return source


def _is_written(source: Any) -> bool:
    return isinstance(_inner(source), sa.Insert | sa.Update | sa.Delete)


def _written(query: sa.Select[Any]) -> Iterator[Any]:
    """Changes that are made as named expressions: beside the query, or because it is made of what they return."""
    yield from (one for one in (*query._independent_ctes, *_froms(query)) if _is_written(one))


def _selects_in(expression: Any) -> Iterator[Any]:
    """Subqueries within an expression, the outermost ones."""
    if isinstance(expression, sa.Select | sa.CompoundSelect):
        yield expression
        return
    if isinstance(expression, sa.FromClause):
        return
    for part in expression.get_children():
        yield from _selects_in(part)


def _insert(statement: Any) -> Wrong:
    if not sharded(statement.table):
        return
    named = statement._select_names or [getattr(key, "key", key) for key in statement._values or {}]
    if named and CITY not in named:
        yield f"{statement.table}: a row without a city"
    if statement.select is not None:
        yield from _select(statement.select, frozenset(), frozenset())
    conflict = getattr(statement, "_post_values_clause", None)
    if isinstance(conflict, dml.OnConflictDoUpdate):
        yield from _conflict(statement.table, conflict)


def _conflict(table: sa.Table, conflict: Any) -> Wrong:
    target = [getattr(name, "key", name) for name in conflict.inferred_target_elements or ()]
    if target and CITY not in target:
        yield f"{table}: a conflict of a key without a city"
    if CITY in {getattr(name, "key", name) for name in dict(conflict.update_values_to_set)}:
        yield f"{table}: a conflict changes a city"


def _change(statement: Any) -> Wrong:
    conditions = list(_conjuncts(statement.whereclause))
    values = getattr(statement, "_values", None) or {}
    if sharded(statement.table) and CITY in {getattr(name, "key", name) for name in values}:
        yield f"{statement.table}: a city is changed"
    others = [one for one in {id(t): t for t in _named(conditions)}.values() if one is not statement.table]
    yield from _scope([statement.table, *others], [*conditions, *values.values()], conditions, frozenset(), frozenset())


def _named(conditions: list[Any]) -> Iterator[Any]:
    """The from-objects that conditions name, without those of their subqueries."""
    for one in conditions:
        waiting = [one]
        while waiting:
            part = waiting.pop()
            if isinstance(part, sa.Select | sa.CompoundSelect | sa.FromClause):
                continue
            if (table := getattr(part, "table", None)) is not None:
                yield table
            waiting += part.get_children()
