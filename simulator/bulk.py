"""SQLite, quickly: whole frames at once."""

from pathlib import Path

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

SLICE = 100_000  # rows that are Python objects at the same time


def open_file(path: Path, durable: bool) -> sa.Engine:
    """An engine for one file; without ``durable`` it is fast and may be lost with the machine."""
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": 30})

    @sa.event.listens_for(engine, "connect")
    def tune(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # Write-ahead: the servers read while a live row is written.
        connection.execute("PRAGMA journal_mode = WAL" if durable else "PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = NORMAL" if durable else "PRAGMA synchronous = OFF")

    return engine


def insert_many(engine: sa.Engine, table: sa.Table, rows: pl.DataFrame) -> None:
    """Insert a frame whose columns are columns of ``table``, without a dictionary per row."""
    statement = table.insert().compile(dialect=sqlite.dialect(paramstyle="qmark"), column_keys=rows.columns)
    chosen = rows.select(statement.positiontup)
    raw = engine.raw_connection()
    for part in chosen.iter_slices(SLICE):
        raw.cursor().executemany(str(statement), part.rows())
    raw.commit()
    raw.close()
