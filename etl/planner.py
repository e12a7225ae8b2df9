"""What the planner of the database knows of a table, and telling it anew."""

import math
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import REGCLASS

from etl.citus import places
from etl.warehouse import NOW, Role, engine


def known_rows(dataset: str) -> float:
    """How many rows the planner believes a table to have; -1 where it has never looked.

    Infinity for a table of a cluster: its parts are counted on their nodes, and the coordinator knows of none.
    """
    known = sa.table("pg_class", sa.column("oid"), sa.column("reltuples"))
    whole = sa.select(known.c.reltuples).where(known.c.oid == sa.cast(f"{NOW}.{dataset}", REGCLASS))
    with engine(Role.ETL).connect() as connection:
        there = float(connection.scalar(whole) or 0)
        return math.inf if there <= 0 and f"{NOW}.{dataset}" in places(connection) else there


def is_surprised(dataset: str, city_code: str, loaded: int) -> bool:
    """Whether the planner believes in less than half of the ``loaded`` rows of a city.

    Of a city that it has not seen it believes in one row, and would look for each key among all rows of the city.
    """
    return loaded > 2 and 2 * believed_rows(dataset, city_code) < loaded


def believed_rows(dataset: str, city_code: str) -> float:
    """How many rows of a city the planner believes a table to hold, at least one; infinity for a table of a cluster."""
    question = sa.text(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {NOW}.{dataset} WHERE city_code = :city")
    with engine(Role.ETL).connect() as connection:
        if f"{NOW}.{dataset}" in places(connection):
            return math.inf
        (plan,) = connection.scalars(question, {"city": city_code}).one()
        return float(plan["Plan"]["Plan Rows"])


def analyze(dataset: str, beside: Iterable[str] = ()) -> None:
    """Tell the planner what a table holds now, and those beside it: after a first load it would plan for empty ones.

    Only the owner may do this on every PostgreSQL from 15 on.
    """
    with engine(Role.OWNER).begin() as connection:
        for table in (f"{NOW}.{dataset}", *beside):
            connection.execute(sa.DDL("ANALYZE %(table)s", context={"table": table}))
