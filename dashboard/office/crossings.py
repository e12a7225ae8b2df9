"""Targets that are passed: noted once when it happens, over when the value is well on the good side again."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from dashboard.indicator import Better, Indicator
from dashboard.morning.sentences import amount
from dashboard.office.overview import there
from dashboard.queries import Asked, value
from etl.office import CROSSINGS
from etl.warehouse import Role, engine

MARGIN = 0.02  # of the target: a value that trembles around it does not ring again and again
OPEN = CROSSINGS.c.cleared_at.is_(None)


def is_past(about: Indicator, number: float, aim: float, stands: bool) -> bool:
    """Whether a value lies past its target, or, where it did before, is not yet well on the good side."""
    margin = MARGIN * abs(aim) if stands else 0.0
    return number < aim + margin if about.better is Better.MORE else number > aim - margin


def look(connection: sa.Connection, asked: Asked) -> None:
    """Note every target of a city that is passed now, and those that no longer are."""
    city = asked.city
    standing = {row.indicator for row in open_ones(city.code)}
    for about in there(connection, city):
        aim, stands = about.aim(city), about.key in standing
        number = None if aim is None else value(connection, about, asked)
        past = aim is not None and (stands if number is None else is_past(about, number, aim, stands))
        if past and not stands and aim is not None and number is not None:
            _begin(city.code, about, number, aim)
        elif stands and not past:
            _end(city.code, about.key)


def _begin(city_code: str, about: Indicator, number: float, aim: float) -> None:
    told = {
        language: [amount(number, about.unit, language), amount(aim, about.unit, language)] for language in ("id", "en")
    }
    row = {"city_code": city_code, "indicator": about.key, "told": told}
    with engine(Role.OFFICE).begin() as connection:
        connection.execute(insert(CROSSINGS).values(row).on_conflict_do_nothing())


def _end(city_code: str, key: str) -> None:
    mine = sa.and_(CROSSINGS.c.city_code == city_code, CROSSINGS.c.indicator == key, OPEN)
    with engine(Role.OFFICE).begin() as connection:
        connection.execute(sa.update(CROSSINGS).where(mine).values(cleared_at=sa.func.clock_timestamp()))


def open_ones(city_code: str) -> list[sa.Row[Any]]:
    """The targets that are passed now."""
    query = sa.select(CROSSINGS).where(CROSSINGS.c.city_code == city_code, OPEN).order_by(CROSSINGS.c.crossing_id)
    with engine(Role.OFFICE).connect() as connection:
        return list(connection.execute(query).all())
