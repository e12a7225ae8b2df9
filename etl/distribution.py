"""The warehouse on a Citus cluster: where each table belongs, why, and bringing it there.

Of one city everything that was loaded lies on one node, whatever the table: ``city_code`` is the first column of every
key. A load, a page and a check ask for one city, and so one node. What is written by people or with every load, and
what row-level rules decide by looking at another table, stays on the coordinator (docs/scaling-out.md).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import psycopg
import sqlalchemy as sa

from etl import citus, declared, grants
from etl.analyses import ANALYSES
from etl.audit import AUDIT
from etl.citus import Place
from etl.errors import PantauError
from etl.identity import IDENTITY
from etl.migrate import alone_on_the_server
from etl.office import OFFICE
from etl.rollups import ROLLUPS
from etl.text import Text
from etl.walls import WALLS
from etl.warehouse import HISTORY, LEDGER, METADATA, NOT_COUNTED, NOW, Role, admin_url, engine

CITY = "city_code"
DECLARING = declared.DECLARING  # modules whose tables are among METADATA
# Small, and asked for beside every row of every city.
COPIED = {"areas", "agencies"}
COPIED_WHY = Text("kecil, ditanya bersama setiap baris", "small, and asked for beside every row")
SHARDED_WHY = Text("fakta, menurut kota", "facts, by city")
NOT_OF_A_CITY = Text("bukan milik satu kota", "of no one city")
LOOKS_ELSEWHERE = Text(
    "aturan barisnya bertanya kepada tabel lain, dan itu tidak ada di antarsimpul",
    "its rules on rows ask another table, which cannot be done between nodes",
)
KEPT_SCHEMAS = {
    LEDGER: Text(
        "kecil di samping fakta; ditulis dalam transaksi setiap muatan",
        "small beside the facts; written in the transaction of every load",
    ),
    IDENTITY: Text("akun dan sesi: ditanya setiap permintaan, bukan menurut kota", "accounts: asked at every request"),
    AUDIT: Text("rantai sidik per kota, ditulis satu demi satu", "a chain of hashes, written one after the other"),
    WALLS: Text("diatur orang, sedikit", "set by people, few"),
    OFFICE: Text("ditulis orang, sedikit", "written by people, few"),
    ANALYSES: Text("hasil model, sedikit", "what models said, few"),
}
SETTING = "citus.propagate_set_commands"  # so that the nodes hear for which city somebody reads
INSTALL = Text(
    "pasang Citus di server (setiap simpul), tambahkan shared_preload_libraries = 'citus', mulai ulang, lalu "
    "CREATE EXTENSION citus di basis data ini pada setiap simpul; lihat docs/scaling-out.md",
    "install Citus on the server (every node), add shared_preload_libraries = 'citus', restart, then "
    "CREATE EXTENSION citus in this database on every node; see docs/scaling-out.md",
)


class NotACluster(PantauError):
    """The database cannot hold distributed tables as it is; the text says what to do."""


@dataclass(frozen=True)
class Placing:
    """A table, where it belongs and why, and where it lies."""

    table: sa.Table
    place: Place
    why: Text
    lies: Place

    @property
    def waits(self) -> bool:
        """Whether it is to be moved."""
        return self.place is not self.lies


def every_table() -> list[sa.Table]:
    """All tables of the warehouse, and those of the cells that are kept of them."""
    return [*METADATA.tables.values(), *ROLLUPS.tables.values()]


def place_of(table: sa.Table) -> tuple[Place, Text]:
    """Where a table belongs on a cluster, and why."""
    if table is NOT_COUNTED:
        return Place.SHARDED, SHARDED_WHY
    if table.schema in KEPT_SCHEMAS:
        return Place.KEPT, KEPT_SCHEMAS[table.schema]
    if table.name in _looking_elsewhere():
        return Place.KEPT, LOOKS_ELSEWHERE
    if CITY not in table.columns:
        return Place.KEPT, NOT_OF_A_CITY
    return (Place.COPIED, COPIED_WHY) if table.name in COPIED else (Place.SHARDED, SHARDED_WHY)


@cache
def _looking_elsewhere() -> set[str]:
    """Datasets with such a rule: rows and history stay together."""
    facts = (policy for policy in grants.policies() if policy.table.partition(".")[0] in (NOW, HISTORY))
    return {policy.table.partition(".")[2] for policy in facts if grants.looks_elsewhere(policy)}


def placings(connection: sa.Connection) -> list[Placing]:
    """Every table there is, in the order in which they are brought. Raises NotACluster where one is missing."""
    lie, inspector = citus.places(connection), sa.inspect(connection)
    there = {f"{schema}.{name}" for schema in _schemas() for name in inspector.get_table_names(schema)}
    if missing := sorted({table.fullname for table in every_table()} - there):
        raise NotACluster(
            f"{len(missing)} tabel belum ada, misalnya {missing[0]} → jalankan: python -m etl migrate"
            f" | {len(missing)} tables are missing, like {missing[0]} → run: python -m etl migrate"
        )
    tables = sorted(every_table(), key=lambda table: (list(Place).index(place_of(table)[0]), table.fullname))
    return [Placing(table, *place_of(table), lie.get(table.fullname, Place.KEPT)) for table in tables]


def _schemas() -> Iterable[str]:
    return {str(table.schema) for table in every_table()}


def waiting() -> list[Placing]:
    """Tables of a cluster that are still to be moved; none where there is no cluster."""
    with engine(Role.OWNER).connect() as connection:
        return [one for one in placings(connection) if one.waits] if citus.is_made(connection) else []


def check(connection: sa.Connection) -> int:
    """How many nodes take rows. Raises NotACluster, saying what to do, where the extension is missing."""
    if not citus.is_made(connection):
        offered = sa.table("pg_available_extensions", sa.column("name"))
        found = connection.scalar(sa.select(offered.c.name).where(offered.c.name == citus.EXTENSION))
        there = Text("ada di server tetapi belum dibuat", "on the server but not made") if found else None
        there = there or Text("tidak terpasang di server", "not installed on the server")
        raise NotACluster(
            f"ekstensi citus {there.id} → {INSTALL.id} | the extension citus is {there.en} → {INSTALL.en}"
        )
    nodes = sa.table("pg_dist_node", sa.column("isactive"), sa.column("shouldhaveshards"))
    taking = sa.select(sa.func.count()).select_from(nodes).where(nodes.c.isactive, nodes.c.shouldhaveshards)
    return connection.scalar(taking) or 0


def distribute(moved: Callable[[Placing, int], None]) -> int:
    """Bring every table to its place, each in a transaction of its own: after a stop the same command goes on.

    ``moved`` hears of each table that was moved, with its rows. Returns how many nodes hold rows.
    Raises NotACluster, or what ``refused`` makes of it.
    """
    with alone_on_the_server():
        with engine(Role.OWNER).begin() as connection:
            nodes = check(connection)
            wanted = placings(connection)
            _let_nodes_hear(connection)
            grants.keep_rows_apart(connection)
        for one in wanted:
            if one.waits and one.place is not Place.KEPT:
                moved(one, _move(one))
    return nodes


def _let_nodes_hear(connection: sa.Connection) -> None:
    name = connection.dialect.identifier_preparer.quote_identifier(str(admin_url().database))
    words = {"name": name, "setting": SETTING}
    connection.execute(sa.DDL("ALTER DATABASE %(name)s SET %(setting)s = 'local'", context=words))


def _move(one: Placing) -> int:
    """Move one table, all of its rows or nothing; then what is left of it on the coordinator goes."""
    table, named = one.table, sa.cast(one.table.fullname, sa.dialects.postgresql.REGCLASS)
    with engine(Role.OWNER).begin() as connection:
        connection.execute(sa.DDL("LOCK TABLE %(table)s IN EXCLUSIVE MODE", context={"table": table.fullname}))
        before = counted(connection, table)
        connection.execute(sa.select(_placed(one.place, named)))
        after = counted(connection, table)
        if after != before:
            raise PantauError(f"{table.fullname}: {before} ≠ {after} baris; tidak dipindah | rows; it was not moved")
    if before:
        with engine(Role.OWNER).begin() as connection:
            connection.execute(sa.select(sa.func.truncate_local_data_after_distributing_table(named)))
    return before


def _placed(place: Place, named: sa.ColumnElement[str]) -> sa.ColumnElement[None]:
    """Citus's own function; tables that are sharded by a column of one type lie side by side."""
    if place is Place.COPIED:
        return sa.func.create_reference_table(named)
    return sa.func.create_distributed_table(named, CITY)


def refused(error: sa.exc.DBAPIError) -> PantauError:
    """What the database did not allow, and what to do."""
    said = str(error.orig).strip().splitlines()[0]
    if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
        return NotACluster(
            f"peran {admin_url().username} tidak boleh: {said} → jalankan dengan DATABASE_URL milik pemilik basis data"
            f" | the role {admin_url().username} may not: {said} → run it with the DATABASE_URL of the database's owner"
        )
    return NotACluster(
        f"cluster menolak: {said} → periksa semua simpul (SELECT * FROM citus_check_cluster_node_health()), lalu ulangi"
        f" | the cluster refuses: {said} → look at all nodes (SELECT * FROM citus_check_cluster_node_health()), "
        "then again: what was moved stays moved"
    )


def counted(connection: sa.Connection, table: sa.Table) -> int:
    """The rows of a table, wherever they lie."""
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
