"""Which schema this code declares, and to which ones the warehouse was brought: cheap to ask at every ``/readyz``.

``python -m etl migrate`` notes the fingerprint of what it brought the warehouse to. Migrations go forward and keep
what is there, so code finds its way in every warehouse that was ever brought to what it declares, also in a newer one.
"""

from enum import StrEnum
from functools import cache
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from etl import analyses, audit, identity, office, walls
from etl.rollups import ROLLUPS
from etl.warehouse import LEDGER, METADATA, stamp, text

# Modules that declare tables: without them METADATA would not be whole.
DECLARING = (analyses, audit, identity, office, walls)

SCHEMAS = sa.Table(
    "schemas",
    METADATA,
    text("fingerprint", primary_key=True),
    stamp("since", nullable=False, server_default=sa.func.clock_timestamp()),
    schema=LEDGER,
    comment="Skema yang pernah berlaku, menurut sidiknya | the schemas that were ever in force, by their fingerprint",
)


class Standing(StrEnum):
    """How the warehouse stands to this code."""

    CURRENT = "current"
    NEWER = "newer"  # brought further by newer code; this one still finds everything
    OLD = "old"  # tables or columns are missing


@cache
def fingerprint() -> str:
    """The fingerprint of all tables and columns that this code declares."""
    dialect = postgresql.dialect()
    told = sorted(
        f"{table.fullname}.{column.name} {column.type.compile(dialect=dialect)} {column.nullable} {column.primary_key}"
        for table in (*METADATA.tables.values(), *ROLLUPS.tables.values())
        for column in table.columns
    )
    return sha256("\n".join(told).encode()).hexdigest()[:12]


def note(connection: sa.Connection) -> None:
    """Write down that the warehouse is brought to what is declared here."""
    if _known(connection)[:1] != [fingerprint()]:
        said = postgresql.insert(SCHEMAS).values(fingerprint=fingerprint())
        again = {"since": sa.func.clock_timestamp()}
        connection.execute(said.on_conflict_do_update(index_elements=["fingerprint"], set_=again))


def standing(connection: sa.Connection) -> Standing:
    """How the warehouse stands to what is declared here."""
    try:
        known = _known(connection)
    except sa.exc.ProgrammingError:  # it is older than this table
        return Standing.OLD
    if fingerprint() not in known:
        return Standing.OLD
    return Standing.CURRENT if known[0] == fingerprint() else Standing.NEWER


def _known(connection: sa.Connection) -> list[str]:
    """Every fingerprint, the newest first."""
    return list(connection.scalars(sa.select(SCHEMAS.c.fingerprint).order_by(SCHEMAS.c.since.desc())))
