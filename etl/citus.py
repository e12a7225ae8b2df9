"""What a Citus cluster says of itself: which tables lie where. On any other PostgreSQL: nothing."""

from enum import StrEnum

import sqlalchemy as sa

EXTENSION = "citus"
_PARTITIONS = "pg_dist_partition"  # the catalogue of Citus; not there where the extension is not made


class Place(StrEnum):
    """Where the rows of a table lie."""

    SHARDED = "distributed"  # by city: all rows of one city, of whatever table, are on one node
    COPIED = "reference"  # a whole copy on every node
    KEPT = "local"  # on the coordinator alone


def is_made(connection: sa.Connection) -> bool:
    """Whether the extension is made in this database."""
    found = sa.select(sa.func.to_regclass(f"pg_catalog.{_PARTITIONS}").is_not(None))
    return bool(connection.scalar(found))


def places(connection: sa.Connection) -> dict[str, Place]:
    """Where each table lies that is not on the coordinator alone, by ``schema.name``."""
    if not is_made(connection):
        return {}
    parts = sa.table(_PARTITIONS, sa.column("logicalrelid"), sa.column("partmethod"))
    tables = sa.table("pg_class", *map(sa.column, ("oid", "relname", "relnamespace")))
    schemas = sa.table("pg_namespace", sa.column("oid"), sa.column("nspname"))
    query = (
        sa.select(schemas.c.nspname, tables.c.relname, parts.c.partmethod)
        .join(tables, tables.c.oid == parts.c.logicalrelid)
        .join(schemas, schemas.c.oid == tables.c.relnamespace)
    )
    by_hash = {"h": Place.SHARDED, "n": Place.COPIED}  # other methods are not ours
    return {f"{schema}.{name}": by_hash[how] for schema, name, how in connection.execute(query) if how in by_hash}
