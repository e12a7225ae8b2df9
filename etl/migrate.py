"""Brings the database to the contracts: forward only, keeping every row.

Alembic compares the database with the tables that the contracts project and this module
applies what cannot lose data (new tables, columns, indexes, wider nullability, comments).
A change that could lose data is refused by name: it needs a migration written by a person.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import Operations, ops

from etl import declared, grants, keys, rollups, rotation
from etl.alone import alone
from etl.analyses import ANALYSES
from etl.audit import AUDIT
from etl.errors import UnsafeMigration
from etl.identity import IDENTITY
from etl.office import OFFICE
from etl.walls import WALLS
from etl.warehouse import HISTORY, LEDGER, METADATA, MIGRATIONS, NOW, Role, admin_url, engine

SCHEMAS = (NOW, HISTORY, LEDGER, IDENTITY, AUDIT, WALLS, OFFICE, ANALYSES)
SAFE = (
    ops.CreateTableOp,
    ops.AddColumnOp,
    ops.CreateIndexOp,
    ops.DropIndexOp,
    ops.CreateTableCommentOp,
    ops.DropTableCommentOp,
)
OUR_INDEXES = {index.name for table in METADATA.tables.values() for index in table.indexes}
_LOCK = 7_216_401  # one migration at a time, whoever starts first


def bring_up() -> list[str]:
    """Create or upgrade database, roles, schemas, tables and grants; says what changed.

    Raises UnsafeMigration when a contract changed in a way that would lose data.
    """
    with alone_on_the_server(), engine(Role.OWNER).begin() as connection:
        _create_roles(connection)
        for schema in SCHEMAS:
            connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
        rotation.make_room(connection)
        changes = _upgrade(connection)
        _bring_up_rollups(connection)
        grants.apply(connection)
        rotation.adopt(connection)
        declared.note(connection)
    return changes


def _bring_up_rollups(connection: sa.Connection) -> None:
    """New rollups are filled from the rows that are there; loads of those wait until this has been done."""
    for one in rollups.bring_up(connection):
        for city_code in rollups.cities_of(connection, one.of.name):
            alone(connection, one.of, city_code)
            rollups.fill(connection, one, city_code)
        connection.execute(sa.DDL("ANALYZE %(table)s", context={"table": one.table.fullname}))


def pending(connection: sa.Connection) -> list[str]:
    """What ``bring_up`` would change; an index is no reason to wait. Changes nothing.

    Raises UnsafeMigration when a contract changed in a way that would lose data.
    """
    return _said(_wanted(connection)[1])


def make_roles() -> bool:
    """Make the database and the roles where they are missing, for what is restored into it.

    False when one of our schemas is there already.
    """
    with alone_on_the_server(), engine(Role.OWNER).begin() as connection:
        if set(SCHEMAS) & set(sa.inspect(connection).get_schema_names()):
            return False
        _create_roles(connection)
    return True


@contextmanager
def alone_on_the_server() -> Iterator[None]:
    """One migration at a time on the whole server, because databases and roles belong to the server."""
    server = sa.create_engine(admin_url().set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_lock(_LOCK)))
        _create_database(connection, str(admin_url().database))
        yield


def _create_database(connection: sa.Connection, name: str) -> None:
    known = sa.table("pg_database", sa.column("datname"))
    if connection.scalar(sa.select(known.c.datname).where(known.c.datname == name)) is None:
        connection.execute(sa.DDL("CREATE DATABASE %(name)s", context={"name": _quoted(name)}))


def _quoted(name: str) -> str:
    return sa.dialects.postgresql.dialect().identifier_preparer.quote_identifier(name)


def _create_roles(connection: sa.Connection) -> None:
    known = sa.table("pg_roles", sa.column("rolname"))
    for role in (one for one in Role if one is not Role.OWNER):
        exists = connection.scalar(sa.select(known.c.rolname).where(known.c.rolname == role.value))
        verb = "ALTER" if exists else "CREATE"
        # keys.secret() is hexadecimal: nothing in it needs quoting.
        words = {"verb": verb, "role": role.value, "secret": keys.secret(role.value)}
        connection.execute(sa.DDL("%(verb)s ROLE %(role)s LOGIN PASSWORD '%(secret)s'", context=words))


def _wanted(connection: sa.Connection) -> tuple[MigrationContext, list[ops.MigrateOperation]]:
    context = MigrationContext.configure(
        connection, opts={"include_schemas": True, "include_name": _ours, "compare_type": True}
    )
    wanted = [step for step in _flat(produce_migrations(context, METADATA).upgrade_ops) if not _harmless(step)]
    if unsafe := [_say(step) for step in wanted if not _safe(step)] + _other_keys(connection):
        raise UnsafeMigration(_refusal(unsafe))
    return context, wanted


def _upgrade(connection: sa.Connection) -> list[str]:
    context, wanted = _wanted(connection)
    operations = Operations(context)
    for step in wanted:
        operations.invoke(step)
    if changes := _said(wanted):
        connection.execute(sa.insert(MIGRATIONS), [{"change": change} for change in changes])
    return changes


def _said(steps: list[ops.MigrateOperation]) -> list[str]:
    return [_say(step) for step in steps if not isinstance(step, ops.CreateIndexOp | ops.DropIndexOp)]


def _other_keys(connection: sa.Connection) -> list[str]:
    """Tables whose primary key is not the contract's: Alembic does not compare keys."""
    inspector = sa.inspect(connection)
    there = [table for table in METADATA.tables.values() if inspector.has_table(table.name, table.schema)]
    keys_there = [inspector.get_pk_constraint(table.name, table.schema)["constrained_columns"] for table in there]
    return [
        f"key of {table.fullname} ({', '.join(key)})"
        for table, key in zip(there, keys_there, strict=True)
        if key != [column.name for column in table.primary_key]
    ]


def _ours(name: str | None, kind: str, parents: object) -> bool:
    return kind != "schema" or name in SCHEMAS


def _flat(container: ops.OpContainer | None) -> list[ops.MigrateOperation]:
    steps: list[ops.MigrateOperation] = []
    for step in container.ops if container else ():
        steps += _flat(step) if isinstance(step, ops.OpContainer) else [step]
    return steps


def _safe(step: ops.MigrateOperation) -> bool:
    if isinstance(step, ops.AddColumnOp):
        return bool(step.column.nullable or step.column.server_default)
    if isinstance(step, ops.AlterColumnOp):
        return step.modify_type is None and step.modify_nullable is not False
    return isinstance(step, SAFE)


def _harmless(step: ops.MigrateOperation) -> bool:
    """An index that a city's own administrator added is left alone."""
    return isinstance(step, ops.DropIndexOp) and step.index_name not in OUR_INDEXES


def _say(step: ops.MigrateOperation) -> str:
    return (
        " ".join(str(part) for part in step.to_diff_tuple()[:4])
        if not isinstance(step, ops.CreateTableOp)
        else f"table {step.schema}.{step.table_name}"
    )


def _refusal(steps: list[str]) -> str:
    listed = "; ".join(steps)
    return (
        f"perubahan kontrak ini dapat menghilangkan data dan tidak dijalankan sendiri: {listed}"
        " → tulis migrasi dengan tangan"
        f" | this contract change could lose data and is not applied by itself: {listed} → write a migration by hand"
    )
