"""``python -m bench.common.by_copy FILE``: clean rows straight into the same table, the floor for any loader."""

import os
import sys
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql

from bench.common.meter import report

TABLE = sql.Identifier("warehouse", "marketplace_orders")
CHUNK = 1 << 20


def save(file: Path) -> None:
    """The clean rows of the warehouse as the file that ``load`` takes."""
    # in no order, as rows come: in the order of the key every loader would be faster
    whole = sql.SQL("COPY (SELECT * FROM {} ORDER BY md5(order_id), line) TO STDOUT").format(TABLE)
    with connect() as connection, connection.cursor().copy(whole) as copy, file.open("wb") as out:
        for part in copy:
            out.write(part)


def load(file: Path) -> dict[str, Any]:
    """Copy the file into the table with its key and indexes; how many rows came in."""
    with connect() as connection, file.open("rb") as lines:
        cursor = connection.cursor()
        with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(TABLE)) as copy:
            while part := lines.read(CHUNK):
                copy.write(part)
        return {"loaded": cursor.rowcount}


def connect() -> psycopg.Connection[Any]:
    """A connection of its own to the database of this measurement."""
    address = sa.make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql")
    return psycopg.connect(address.render_as_string(hide_password=False))


if __name__ == "__main__":
    report(lambda: load(Path(sys.argv[1])))
