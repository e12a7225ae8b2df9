"""Another system's database: one table or view, SELECT only, every column as the server's own text."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
import sqlalchemy as sa

from etl import headers
from etl.access import Sql
from etl.errors import AccessRefused, SchemaChanged, SourceError, UpstreamDown, Where
from etl.readers import rights
from etl.readers.delivery import ROW, Cursor, Delivery, no_rows, now, refused_frame
from etl.source import Source
from etl.text import Text

POSTGRESQL = "postgresql"
MYSQL_READ_ONLY = "SET SESSION TRANSACTION READ ONLY"
MYSQL_UTC = "SET SESSION time_zone = '+00:00'"
CLOCK_SLACK = dt.timedelta(days=1)  # of a naive moment, whatever its zone
REFUSED_STATES = ("28000", "28P01", "42501")  # PostgreSQL: unknown role, wrong password, no right
REFUSED_WORDS = (
    "password authentication failed",
    "access denied",
    "no pg_hba.conf entry",
    'role "',
    "permission denied",
    "command denied",
)


@dataclass(frozen=True)
class _Wanted:
    """The reflected columns by the name that the column map gives them."""

    table: sa.Table
    columns: dict[str, sa.Column[Any]]
    since: str | None
    strict: bool  # PostgreSQL compares like with like; the others read a text as what it is compared with

    def query(self, cursor: str | None) -> sa.Select[*tuple[Any, ...]]:
        """Every wanted column as text, oldest change first, from the cursor on (inclusive)."""
        texts = [sa.cast(column, sa.Text).label(name) for name, column in self.columns.items()]
        if self.since is None:
            return sa.select(*texts)
        changed = self.columns[self.since]
        query = sa.select(*texts).order_by(changed)
        if cursor is None:
            return query
        # a row without a moment cannot be told to be old: it is asked for each time
        later = changed >= self.boundary(cursor, changed)
        return query.where(sa.or_(later, changed.is_(None)) if changed.nullable else later)

    def boundary(self, cursor: str, changed: sa.Column[Any]) -> sa.ColumnElement[Any]:
        text = sa.literal(cursor, sa.String)
        return sa.cast(text, changed.type) if self.strict else text


def extract(source: Source, cursor: Cursor | None) -> Iterator[Delivery]:
    """Batches of ``chunk`` rows; each moves the cursor, because rows come in the order of change.

    Raises AccessRefused, UpstreamDown, or SchemaChanged naming the table or column and what exists.
    """
    reader, asked_at = _reader(source), now()
    place = (cursor or {}).get("since")
    row = 0
    with _connected(source) as connection:
        wanted = _wanted(connection, source)
        remarks = rights.notes(connection, wanted.table)
        result = connection.execute(wanted.query(place), execution_options={"yield_per": reader.chunk})
        ready = no_rows(wanted.columns)
        for part in result.partitions():
            if row:
                yield replace(_delivery(source, ready, place, asked_at, remarks), last=False)
            ready = _frame(part, list(wanted.columns), row)
            row += ready.height
            place = _furthest(ready, wanted, place, asked_at)
        yield _delivery(source, ready, place, asked_at, remarks)


def probe(source: Source, limit: int) -> pl.DataFrame:
    """The first rows of the table."""
    with _connected(source) as connection:
        wanted = _wanted(connection, source)
        return _frame(connection.execute(wanted.query(None).limit(limit)).all(), list(wanted.columns), 0)


def columns_of(source: Source) -> list[str]:
    """Every column of the table, for who has no column map yet. Raises what ``extract`` raises."""
    with _connected(source) as connection:
        return [column.name for column in _reflected(connection, source).columns]


def _delivery(
    source: Source, rows: pl.DataFrame, place: str | None, asked_at: dt.datetime, remarks: tuple[Text, ...]
) -> Delivery:
    after: Cursor = {} if place is None else {"since": place}
    return Delivery(_reader(source).table, rows, after, asked_at, refused_frame(), remarks)


def _frame(part: Sequence[sa.Row[Any]], names: list[str], before: int) -> pl.DataFrame:
    cells = list(zip(*part, strict=True)) or [()] * len(names)
    columns = {name: pl.Series(name, column, pl.String) for name, column in zip(names, cells, strict=True)}
    numbers = pl.int_range(before + 1, before + len(part) + 1, dtype=pl.Int64, eager=True)
    return pl.DataFrame(columns).with_columns(numbers.alias(ROW))


def _furthest(rows: pl.DataFrame, wanted: _Wanted, place: str | None, asked_at: dt.datetime) -> str | None:
    """The last moment of the batch. One in the future (a wrong clock) would hide all that comes after it."""
    if wanted.since is None:
        return None
    seen = rows[wanted.since].drop_nulls()
    if isinstance(wanted.columns[wanted.since].type, sa.DateTime):
        limit = (asked_at + CLOCK_SLACK).replace(tzinfo=None).isoformat(" ", "seconds")
        seen = seen.filter(seen.str.slice(0, 19).str.replace("T", " ", literal=True) <= limit)
    return seen[-1] if len(seen) else place


def _reader(source: Source) -> Sql:
    if not isinstance(source.reader, Sql):
        raise TypeError(source.reader)
    return source.reader


@contextmanager
def _connected(source: Source) -> Iterator[sa.Connection]:
    """A connection in a read-only transaction of one snapshot, as far as the server knows such a thing."""
    engine = _engine(sa.make_url(_reader(source).url))
    try:
        with engine.connect() as connection:
            yield connection
    except sa.exc.DBAPIError as error:
        raise _failure(error, source) from error
    finally:
        engine.dispose()


def _engine(url: sa.URL) -> sa.Engine:
    """Texts as we expect them (ISO, UTC), and nothing that writes."""
    match url.get_backend_name():
        case "postgresql":
            arguments = {"connect_timeout": 10, "options": "-c datestyle=ISO -c timezone=UTC"}
            return _made(url, arguments, isolation_level="REPEATABLE READ", postgresql_readonly=True)
        case "mysql" | "mariadb":
            arguments = {"connect_timeout": 10, "read_timeout": 300, "init_command": MYSQL_READ_ONLY}
            engine = _made(url, arguments, isolation_level="REPEATABLE READ")
            sa.event.listen(engine, "engine_connect", lambda connection: connection.execute(sa.DDL(MYSQL_UTC)))
            return engine
        case "sqlite":
            # it would make a missing file; opened read-only it says that the file is missing
            read_only = url.set(database=f"file:{url.database}").update_query_dict({"mode": "ro", "uri": "true"})
            return _made(read_only, {})
        case _:
            return _made(url, {})


def _made(url: sa.URL, arguments: dict[str, Any], **options: Any) -> sa.Engine:
    return sa.create_engine(url, poolclass=sa.NullPool, connect_args=arguments, execution_options=options)


def _failure(error: sa.exc.DBAPIError, source: Source) -> SourceError:
    said = str(error.orig).strip().splitlines()[0]
    where = Where(source.city, source.name, _reader(source).table)
    if getattr(error.orig, "sqlstate", None) in REFUSED_STATES or any(word in said.lower() for word in REFUSED_WORDS):
        return AccessRefused(
            Text(f"basis data menolak akun kita: {said}", f"the database refuses our account: {said}"),
            Text(
                "periksa nama pengguna, kata sandi dan hak SELECT",
                "check the user name, the password and the right to SELECT",
            ),
            where,
        )
    if not isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError):
        return SourceError(
            Text(f"basis data menolak kueri: {said}", f"the database refuses the query: {said}"),
            Text("periksa tabel dan kolom pada sumber ini", "check the table and the columns of this source"),
            where,
        )
    return UpstreamDown(
        Text(f"basis data tidak menjawab: {said}", f"the database does not answer: {said}"),
        Text(
            "periksa apakah server menyala dan alamatnya benar; dicoba lagi pada putaran berikut",
            "check that the server is up and its address right; the next run tries again",
        ),
        where,
    )


def _wanted(connection: sa.Connection, source: Source) -> _Wanted:
    reader = _reader(source)
    table, named = _reflected(connection, source), headers.wanted_headers(source)
    spelled = dict(zip(headers.as_spelled(table.columns.keys(), named), table.columns, strict=True))
    for group in headers.wanted_groups(source):
        if not spelled.keys() & set(group):
            raise _missing(Text("kolom", "column"), " / ".join(group), list(table.columns.keys()), source)
    columns = {name: column for name, column in spelled.items() if name in named}
    return _Wanted(table, columns, reader.since.field if reader.since else None, connection.dialect.name == POSTGRESQL)


def _reflected(connection: sa.Connection, source: Source) -> sa.Table:
    reader = _reader(source)
    try:
        return sa.Table(reader.table, sa.MetaData(), schema=reader.schema, autoload_with=connection, resolve_fks=False)
    except sa.exc.NoSuchTableError as error:
        inspector = sa.inspect(connection)
        there = [*inspector.get_table_names(reader.schema), *inspector.get_view_names(reader.schema)]
        raise _missing(Text("tabel", "table"), reader.table, there, source) from error


def _missing(kind: Text, name: str, there: list[str], source: Source) -> SchemaChanged:
    listed = ", ".join(sorted(there)) or "–"
    return SchemaChanged(
        Text(f"{kind.id} {name} tidak ada; yang ada: {listed}", f"{kind.en} {name} is missing; there are: {listed}"),
        Text(
            "tanyakan apakah namanya berganti, lalu sesuaikan sumber ini",
            "ask whether it was renamed, then correct this source",
        ),
        Where(source.city, source.name, _reader(source).table, column=name),
    )
