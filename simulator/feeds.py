"""What the web services offer: rows as JSON text in one SQLite file, in the order of change."""

from pathlib import Path

import polars as pl
import sqlalchemy as sa

from simulator.bulk import insert_many, open_file

_TABLES = sa.MetaData()
ROWS = sa.Table(
    "rows",
    _TABLES,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("changed", sa.Text, nullable=False),  # UTC, ISO with milliseconds
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("rows_in_order", "feed", "changed", "number"),
)


class Feeds:
    """The rows behind the web services; a feed is named ``city/name``."""

    def __init__(self, path: Path, durable: bool = True) -> None:
        self.engine = open_file(path, durable)
        _TABLES.create_all(self.engine)

    def close(self) -> None:
        self.engine.dispose()

    def append(self, feed: str, dressed: pl.DataFrame) -> None:
        """Offer the rows of ``dressed``; a later version of a row is one row more."""
        cells = [name for name in dressed.columns if not name.startswith("_")]
        changed = pl.col("_sent").dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        rows = dressed.select(feed=pl.lit(feed), changed=changed, body=pl.struct(cells).struct.json_encode())
        insert_many(self.engine, ROWS, rows)

    def page(self, feed: str, since: str, after: tuple[str, int], skip: int, size: int) -> list[tuple[str, int, str]]:
        """Rows (changed, number, JSON) in order, changed at ``since`` or later and behind ``after``."""
        place = sa.tuple_(ROWS.c.changed, ROWS.c.number)
        query = (
            sa.select(ROWS.c.changed, ROWS.c.number, ROWS.c.body)
            .where(ROWS.c.feed == feed, ROWS.c.changed >= since, place > sa.tuple_(*map(sa.literal, after)))
            .order_by(ROWS.c.changed, ROWS.c.number)
            .offset(skip)
            .limit(size)
        )
        with self.engine.connect() as connection:
            return [(changed, number, body) for changed, number, body in connection.execute(query)]
