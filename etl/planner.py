"""What the planner of the database knows of a table, and telling it anew."""

import logging
import math
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import REGCLASS

from etl.citus import places
from etl.warehouse import NOW, Role, engine

log = logging.getLogger("etl")
FEW = 100  # rows: whatever is believed of them, they are soon looked through
SEEN = 3_000  # a part of so much of a table is ten of the 30,000 rows that ANALYZE looks at


def known_rows(dataset: str) -> float:
    """How many rows the planner believes a table to have; -1 where it has never looked.

    Infinity for a table of a cluster: its parts are counted on their nodes, and the coordinator knows of none.
    """
    known = sa.table("pg_class", sa.column("oid"), sa.column("reltuples"))
    whole = sa.select(known.c.reltuples).where(known.c.oid == sa.cast(f"{NOW}.{dataset}", REGCLASS))
    with engine(Role.ETL).connect() as connection:
        there = float(connection.scalar(whole) or 0)
        return math.inf if there <= 0 and f"{NOW}.{dataset}" in places(connection) else there


def believed_rows(connection: sa.Connection, dataset: str, city_code: str) -> float:
    """How many rows of a city the planner believes a table to hold, at least one."""
    question = sa.text(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {NOW}.{dataset} WHERE city_code = :city")
    (plan,) = connection.scalars(question, {"city": city_code}).one()
    return float(plan["Plan"]["Plan Rows"])


class Growth:
    """A table that a run fills with rows of a city: the planner is told while it goes on, or it would plan for none.

    Of a city that it has not seen it believes in one row, and looks for each key among all rows of the city. Asked
    after the first, second, fourth … delivery; what it knows is advice: a load goes on without it.
    """

    def __init__(self, dataset: str, city_code: str, beside: Iterable[str] = ()) -> None:
        self._dataset, self._city_code, self._beside = dataset, city_code, tuple(beside)
        self._loaded = self._asked = 0

    def by(self, connection: sa.Connection, loaded: int) -> None:
        """So many rows more, which are committed; ``connection`` is between two transactions."""
        self._loaded += loaded
        if self._loaded < max(FEW, 2 * self._asked):
            return
        self._asked = self._loaded
        try:
            if self._is_news(connection):
                analyze(self._dataset, self._beside)
        except sa.exc.SQLAlchemyError as error:
            log.warning("the planner was not told of %s: %s", self._dataset, type(error).__name__)

    def _is_news(self, connection: sa.Connection) -> bool:
        """Whether it believes in less than half of them, and would see them in the rows that it looks at."""
        if self._loaded < known_rows(self._dataset) / SEEN:
            return False
        with connection.begin():
            return 2 * believed_rows(connection, self._dataset, self._city_code) < self._loaded


def analyze(dataset: str, beside: Iterable[str] = ()) -> None:
    """Tell the planner what a table holds now, and those beside it: after a first load it would plan for empty ones.

    Only the owner may do this on every PostgreSQL from 15 on.
    """
    with engine(Role.OWNER).begin() as connection:
        for table in (f"{NOW}.{dataset}", *beside):
            connection.execute(sa.DDL("ANALYZE %(table)s", context={"table": table}))
