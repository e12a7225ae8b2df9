"""The truth, beside everything that is sent: final, clean rows of all cities in one SQLite file.

One table per dataset with contract names, plus ``city_code`` and ``refused`` (1 = planted as
bad: the product must quarantine it). Moments are UTC text ``2026-08-25T06:05:09Z``, days are
``2026-08-25``. The table ``planted`` counts what was sent, ``planted_cases`` names what cross-checks
have to find, ``planted_effects`` what models have to.
"""

import datetime as dt
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from simulator.bulk import insert_many, open_file

KINDS = ("delivered", "refused", "duplicate", "superseded")


@dataclass(frozen=True)
class Event:
    """Rows of a dataset as they are from ``due`` (UTC) on."""

    dataset: str
    due: dt.datetime
    rows: pl.DataFrame


class Truth:
    """The truth store of one simulation; ``keys`` are those of each dataset."""

    def __init__(self, path: Path, keys: Mapping[str, tuple[str, ...]], durable: bool = True) -> None:
        self.engine = open_file(path, durable)
        self._keys = keys
        self._tables = sa.MetaData()
        self.planted = sa.Table(
            "planted",
            self._tables,
            sa.Column("city", sa.Text, primary_key=True),
            sa.Column("source", sa.Text, primary_key=True),  # the dataset
            *(sa.Column(f"{kind}_rows", sa.Integer, nullable=False) for kind in KINDS),
        )
        self.cases = sa.Table(
            "planted_cases",
            self._tables,
            sa.Column("city", sa.Text, nullable=False),
            sa.Column("rule", sa.Text, nullable=False),
            sa.Column("key", sa.Text, nullable=False),  # whom or what it is about, see simulator.fraud
        )
        self.effects = sa.Table(
            "planted_effects",
            self._tables,
            sa.Column("city", sa.Text, primary_key=True),
            sa.Column("dataset", sa.Text, primary_key=True),
            sa.Column("name", sa.Text, primary_key=True),
            sa.Column("size", sa.Float, nullable=False),  # see the dataset's module
        )
        self.surges = sa.Table(
            "planted_surges",
            self._tables,
            sa.Column("city", sa.Text, nullable=False),
            sa.Column("dataset", sa.Text, nullable=False),
            sa.Column("area", sa.Text, nullable=False),  # a kecamatan
            sa.Column("day", sa.Text, nullable=False),  # on which far more happened there than is usual
        )
        self.agenda = sa.Table(
            "agenda",
            self._tables,
            sa.Column("number", sa.Integer, primary_key=True),
            sa.Column("due", sa.Text, nullable=False, index=True),  # UTC
            sa.Column("city", sa.Text, nullable=False),
            sa.Column("dataset", sa.Text, nullable=False),
            sa.Column("rows", sa.LargeBinary, nullable=False),  # packed, contract columns
        )
        self._tables.create_all(self.engine)

    def close(self) -> None:
        self.engine.dispose()

    def write(self, dataset: str, code: str, rows: pl.DataFrame) -> None:
        """Add rows that are not there yet; ``_kind`` tells the refused ones."""
        plain = _plain(dataset, code, rows)
        insert_many(self.engine, self._table(dataset, plain), plain)

    def revise(self, dataset: str, code: str, rows: pl.DataFrame) -> int:
        """Put rows in the place of those with the same keys; returns how many were new."""
        plain = _plain(dataset, code, rows)
        table = self._table(dataset, plain)
        keys = ("city_code", *self._keys[dataset])
        new = 0
        with self.engine.begin() as connection:
            for row in plain.iter_rows(named=True):
                old = connection.execute(table.delete().where(*(table.c[key] == row[key] for key in keys)))
                connection.execute(table.insert().values(row))
                new += not old.rowcount
        return new

    def index(self) -> None:
        """Make keys quick to find, once the history is in."""
        known = sa.MetaData()
        known.reflect(self.engine)
        for dataset, keys in self._keys.items():
            table = known.tables[dataset]
            sa.Index(f"{dataset}_key", table.c.city_code, *(table.c[key] for key in keys)).create(
                self.engine, checkfirst=True
            )

    def count(self, city: str, source: str, kinds: Iterable[int]) -> None:
        """Add to what was sent: delivered, refused, duplicate, superseded rows."""
        table = self.planted
        same = (table.c.city == city, table.c.source == source)
        more = dict(zip([f"{kind}_rows" for kind in KINDS], kinds, strict=True))
        with self.engine.begin() as connection:
            changed = connection.execute(
                table.update().where(*same).values({name: table.c[name] + n for name, n in more.items()})
            )
            if not changed.rowcount:
                connection.execute(table.insert().values(city=city, source=source, **more))

    def plant(self, city: str, cases: pl.DataFrame) -> None:
        """Put down what was planted for cross-checks: rule and key."""
        insert_many(self.engine, self.cases, cases.select(pl.lit(city).alias("city"), "rule", "key"))

    def affect(self, city: str, dataset: str, effects: Mapping[str, float]) -> None:
        """Put down what models have to find in a dataset."""
        rows = [{"city": city, "dataset": dataset, "name": name, "size": size} for name, size in effects.items()]
        if rows:
            with self.engine.begin() as connection:
                connection.execute(self.effects.insert(), rows)

    def surge(self, city: str, surges: list[dict[str, str]]) -> None:
        """Put down on which days far more happens in a district than is usual."""
        if surges:
            with self.engine.begin() as connection:
                connection.execute(self.surges.insert(), [{"city": city, **one} for one in surges])

    def expect(self, city: str, events: Iterable[Event]) -> None:
        """Put down what will still happen."""
        entries = [
            {"due": moment_text(each.due), "city": city, "dataset": each.dataset, "rows": packed(each.rows)}
            for each in events
        ]
        if entries:
            with self.engine.begin() as connection:
                connection.execute(self.agenda.insert(), entries)

    def due(self, now: dt.datetime) -> list[tuple[str, str, pl.DataFrame]]:
        """Take what was expected and has come: (city, dataset, rows), in the order of time."""
        agenda = self.agenda
        come = sa.select(agenda).where(agenda.c.due <= moment_text(now)).order_by(agenda.c.due, agenda.c.number)
        with self.engine.begin() as connection:
            rows = connection.execute(come).all()
            connection.execute(agenda.delete().where(agenda.c.number.in_([row.number for row in rows])))
        return [(row.city, row.dataset, unpacked(row.rows)) for row in rows]

    def newest(self, dataset: str, code: str, time: str, size: int) -> pl.DataFrame:
        """The last ``size`` sound rows by ``time``."""
        table = self._known(dataset)
        return self._read(sa.select(table).where(*_sound(table, code)).order_by(table.c[time].desc()).limit(size))

    def latest(self, dataset: str, code: str, time: str, unit: str) -> pl.DataFrame:
        """The last row of each unit, by ``time``."""
        table = self._known(dataset)
        last = (
            sa.select(table.c[unit], sa.func.max(table.c[time]).label("last"))
            .where(*_sound(table, code))
            .group_by(table.c[unit])
        )
        ends = last.subquery()
        both = (table.c[unit] == ends.c[unit]) & (table.c[time] == ends.c.last)
        return self._read(sa.select(table).join(ends, both).where(*_sound(table, code)))

    def some(self, dataset: str, code: str, values: Mapping[str, str], size: int) -> pl.DataFrame:
        """At most ``size`` sound rows with these values."""
        table = self._known(dataset)
        chosen = (table.c[name] == value for name, value in values.items())
        return self._read(sa.select(table).where(*_sound(table, code), *chosen).limit(size))

    def _known(self, dataset: str) -> sa.Table:
        return sa.Table(dataset, sa.MetaData(), autoload_with=self.engine)

    def _read(self, query: sa.Select[tuple[object, ...]]) -> pl.DataFrame:
        with self.engine.connect() as connection:
            answer = connection.execute(query)
            frame = pl.DataFrame(answer.all(), schema=list(answer.keys()), orient="row", infer_schema_length=None)
        return frame.drop("city_code", "refused").with_columns(
            _typed(name) for name in frame.columns if _typed(name) is not None
        )

    def _table(self, dataset: str, rows: pl.DataFrame) -> sa.Table:
        if dataset not in self._tables.tables:
            columns = (sa.Column(name, _sql_type(kind)) for name, kind in rows.schema.items())
            sa.Table(dataset, self._tables, *columns).create(self.engine, checkfirst=True)
        return self._tables.tables[dataset]


def _sound(table: sa.Table, code: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.city_code == code, table.c.refused == 0)


def _typed(name: str) -> pl.Expr | None:
    """Back from SQLite's text: days and moments by the names of their columns."""
    if name.endswith("_at"):
        return pl.col(name).cast(pl.String).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us")
    if name.endswith(("_date", "_on")) or name == "period":
        return pl.col(name).cast(pl.String).str.to_date("%Y-%m-%d")
    return pl.col(name).cast(pl.String) if name in ("reason", "outcome") else None


def moment_text(moment: dt.datetime) -> str:
    """A moment (UTC) as the agenda sorts it."""
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds")


def packed(rows: pl.DataFrame) -> bytes:
    """A frame with its types."""
    buffer = io.BytesIO()
    rows.write_ipc(buffer)
    return buffer.getvalue()


def unpacked(content: bytes) -> pl.DataFrame:
    return pl.read_ipc(io.BytesIO(content))


def _sql_type(kind: pl.DataType) -> sa.types.TypeEngine:
    if kind.is_integer():
        return sa.Integer()
    return sa.Float() if kind.is_float() else sa.Text()


def _plain(dataset: str, code: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The kinds that SQLite knows; only contract columns, in one order for every city."""
    refused = (pl.col("_kind") == "refused") if "_kind" in rows.columns else pl.lit(False)
    marked = rows.with_columns(city_code=pl.lit(code), refused=refused)
    columns = sorted(name for name in marked.columns if not name.startswith("_"))
    return marked.select(_cell(name, marked.schema[name]) for name in columns)


def _cell(name: str, kind: pl.DataType) -> pl.Expr:
    if kind == pl.Datetime:
        return pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    if kind == pl.Date:
        return pl.col(name).dt.strftime("%Y-%m-%d")
    return pl.col(name).cast(pl.Int64) if kind == pl.Boolean else pl.col(name)
