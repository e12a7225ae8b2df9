"""Whether the figures of several cities make one, as the expression of an indicator itself says.

``count()`` and ``sum(x)`` add up; a quotient of two such is computed again from its parts; an average is one of a sum
and a count. A percentile, the largest, or a count of different people does not follow from the cities' figures, and
says why. What is counted apart by a number of the city's own (an order's) adds up; people may be in several cities.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import FunctionFilter, UnaryExpression

from dashboard.indicator import Indicator, Moment, Unit
from etl.catalogue import contract
from etl.cities import City
from etl.contract import Pseudonym
from etl.text import Text

PERCENTILE = Text(
    "persentil semua kota tidak dapat dihitung dari persentil tiap kota",
    "a percentile of all does not follow from those of each",
)
DISTINCT = Text(
    "yang sama dapat terhitung di lebih dari satu kota",
    "the same one may count in more than one city",
)
OTHER = Text(
    "tidak dapat dihitung dari angka tiap kota",
    "does not follow from the figures of each",
)
# What is ranked within a city before it is counted.
RANKED = {
    "merchants_top10": Text(
        "sepuluh teratas tiap kota bukan sepuluh teratas semuanya", "the top ten of each are not the top ten of all"
    )
}
WITHIN = ("cast", "grouping", "label", "type_coerce")  # what an expression may be wrapped in


@dataclass(frozen=True)
class Parts:
    """What of an indicator adds up. ``below``: what the sum is divided by, where it is a quotient, times ``factor``."""

    above: Indicator | None = None
    below: Indicator | None = None
    factor: float = 1.0
    per_people: int | None = None
    why_not: Text | None = None


@dataclass(frozen=True)
class _Quotient:
    above: Any
    below: Any
    factor: float


_KNOWN: dict[Indicator, Parts] = {}


def parts(indicator: Indicator, city: City, moment: Moment) -> Parts:
    """The parts of an indicator; ``city`` and ``moment`` are those of any question about it."""
    if indicator not in _KNOWN:
        _KNOWN[indicator] = _made(indicator, city, moment)
    return _KNOWN[indicator]


def _made(indicator: Indicator, city: City, moment: Moment) -> Parts:
    if indicator.key in RANKED:
        return Parts(why_not=RANKED[indicator.key])
    key = _own(indicator.dataset)
    value = indicator.value(indicator.rows(city, moment, None).c)
    if _adds_up(value, key):
        plain = replace(indicator, unit=Unit.UNITS) if indicator.unit.per_people else indicator
        return Parts(plain, per_people=indicator.unit.per_people)
    said = _quotient(value)
    if said and _adds_up(said.above, key) and _adds_up(said.below, key):
        above, below = (_part(indicator, name) for name in ("above", "below"))
        return Parts(above, below, said.factor)
    return Parts(why_not=_why(value))


def _own(dataset: str) -> frozenset[str]:
    """Columns whose values are a city's own: of its key, and no pseudonym of somebody who may be in several."""
    of = contract(dataset)
    return frozenset(name for name in of.key if not isinstance(of[name].derived, Pseudonym))


def _part(indicator: Indicator, name: str) -> Indicator:
    def value(c: Any) -> sa.ColumnElement[Any]:
        part: sa.ColumnElement[Any] = getattr(_quotient(indicator.value(c)), name)
        return part

    return replace(indicator, value=value, unit=Unit.UNITS)


def _bare(expression: Any) -> Any:
    while getattr(expression, "__visit_name__", "") in WITHIN:
        expression = expression.element if hasattr(expression, "element") else expression.clause
    return expression


def _adds_up(expression: Any, key: frozenset[str]) -> bool:
    one = _bare(expression)
    if isinstance(one, FunctionFilter):
        return _adds_up(one.func, key)
    if isinstance(one, sa.BinaryExpression):
        return _binary_adds_up(one, key)
    return isinstance(one, sa.Function) and _function_adds_up(one, key)


def _binary_adds_up(one: sa.BinaryExpression[Any], key: frozenset[str]) -> bool:
    if one.operator in (operators.add, operators.sub):
        return _adds_up(one.left, key) and _adds_up(one.right, key)
    return one.operator is operators.mul and _number(one.left) is not None and _adds_up(one.right, key)


def _function_adds_up(one: Any, key: frozenset[str]) -> bool:
    arguments = list(one.clauses)
    if one.name == "coalesce":
        return _adds_up(arguments[0], key) and _number(arguments[1]) == 0
    if one.name == "count" and arguments and (of := _distinct(arguments[0])) is not None:
        return getattr(of, "key", "") in key
    return one.name in ("count", "sum")


def _distinct(expression: Any) -> Any:
    one = _bare(expression)
    is_one = isinstance(one, UnaryExpression) and one.operator is operators.distinct_op
    return one.element if is_one else None


def _quotient(expression: Any) -> _Quotient | None:
    """What is divided by what, and what the quotient is multiplied with."""
    one = _bare(expression)
    if isinstance(one, sa.Function) and one.name == "avg":
        of = next(iter(one.clauses))
        return _Quotient(sa.func.sum(of), sa.func.count(of), 1.0)
    if not (isinstance(one, sa.BinaryExpression) and one.operator is operators.truediv):
        return None
    above, factor = _bare(one.left), 1.0
    if isinstance(above, sa.BinaryExpression) and above.operator is operators.mul and _number(above.left) is not None:
        above, factor = above.right, _number(above.left) or 0.0
    below = _bare(one.right)
    if isinstance(below, sa.Function) and below.name == "nullif":
        below = next(iter(below.clauses))
    return _Quotient(above, below, factor)


def _number(expression: Any) -> float | None:
    one = _bare(expression)
    value = getattr(one, "value", None)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _why(expression: Any) -> Text:
    """The reason that stands beside a figure that does not add up."""
    if _holds(expression, lambda one: getattr(one, "name", "") == "percentile_cont"):
        return PERCENTILE
    return DISTINCT if _holds(expression, lambda one: _distinct(one) is not None) else OTHER


def _holds(expression: Any, is_it: Callable[[Any], bool]) -> bool:
    return any(is_it(one) for one in sa.sql.visitors.iterate(expression))
