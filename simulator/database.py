"""The cities' database: a real PostgreSQL with a schema and a reading account per city."""

import datetime as dt
from collections.abc import Mapping

import polars as pl
import psycopg
import sqlalchemy as sa
from psycopg import sql

from runner.postgres import Cluster
from simulator.exports.shape import Table

DATABASE = "kota"


class Database:
    """Tables of the cities' apps, written as the superuser and read by one account per city."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._maintenance = cluster.start().replace("+psycopg", "", 1)
        self._create_database()
        self.engine = sa.create_engine(cluster.url(DATABASE))

    def close(self) -> None:
        self.engine.dispose()
        self._cluster.stop()

    def _create_database(self) -> None:
        with psycopg.connect(self._maintenance, autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if not known:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def reader_url(self, schema: str, password: str) -> str:
        """The address for the city's ETL: its account may read its own schema and nothing else."""
        role, own = sql.Identifier(f"pembaca_{schema}"), sql.Identifier(schema)
        made = () if self._has_role(schema) else (sql.SQL("CREATE ROLE {role}"),)
        statements = (
            *made,
            sql.SQL("ALTER ROLE {role} LOGIN PASSWORD {password}"),
            sql.SQL("GRANT USAGE ON SCHEMA {own} TO {role}"),
            sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {own} TO {role}"),
        )
        with self._connect() as connection:
            for statement in statements:
                connection.execute(statement.format(role=role, own=own, password=sql.Literal(password)))
        return self._cluster.url(DATABASE, f"pembaca_{schema}", password)

    def fill(self, table: Table, rows: pl.DataFrame) -> None:
        """Make the table anew and copy the history into it."""
        plain = _plain(rows)
        made = _declared(table, plain)
        with self.engine.begin() as connection:
            connection.execute(sa.schema.CreateSchema(table.schema, if_not_exists=True))
            made.drop(connection, checkfirst=True)
            made.create(connection)
        copy = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
            sql.Identifier(table.schema, table.name), sql.SQL(", ").join(map(sql.Identifier, plain.columns))
        )
        with self._connect() as raw, raw.cursor().copy(copy) as stream:
            stream.write(plain.write_csv(include_header=False).encode())

    def put(self, table: Table, rows: pl.DataFrame) -> None:
        """Insert rows, in the place of those with the same first column."""
        plain = _plain(rows)
        target = _declared(table, plain)
        key = target.c[plain.columns[0]]
        with self.engine.begin() as connection:
            connection.execute(target.delete().where(key.in_(plain[key.name].to_list())))
            connection.execute(target.insert(), plain.to_dicts())

    def _has_role(self, schema: str) -> bool:
        with self._connect() as connection:
            found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (f"pembaca_{schema}",))
            return found.fetchone() is not None

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self._cluster.url(DATABASE).replace("+psycopg", "", 1))


def _plain(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(pl.exclude("^_.*$"))


_TYPES: Mapping[type, type[sa.types.TypeEngine]] = {dt.datetime: sa.DateTime, float: sa.Float, int: sa.Integer}


def _declared(table: Table, rows: pl.DataFrame) -> sa.Table:
    columns = [sa.Column(name, _TYPES.get(kind.to_python(), sa.Text)()) for name, kind in rows.schema.items()]
    extra = [sa.Index(f"{table.name}_{name}", name) for name in (rows.columns[0], "updated_at")]
    return sa.Table(table.name, sa.MetaData(), *columns, *extra, schema=table.schema)
