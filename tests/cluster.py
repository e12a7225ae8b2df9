"""A database of its own on a Citus cluster, where ``CITUS_URL`` names the coordinator's; skipped where it does not.

Its nodes take the same user without a password, or with one from the server's ``pg_dist_authinfo``.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

VARIABLE = "CITUS_URL"
WHY = f"{VARIABLE} names no Citus coordinator: see docs/scaling-out.md"
Node = tuple[str, int]


def url() -> str | None:
    """The address of the coordinator's database, as its owner."""
    return os.environ.get(VARIABLE)


@contextmanager
def fresh_cluster() -> Iterator[str]:
    """The owner's URL of an empty database on all nodes of the cluster, gone afterwards."""
    given, name = sa.make_url(str(url())), f"test_{secrets.token_hex(6)}"
    nodes = _nodes(given)
    servers = [given.set(host=host, port=port) for host, port in (*nodes, (str(given.host), given.port or 5432))]
    for server in servers:
        _execute(server, "CREATE DATABASE %(name)s", name)
        _execute(server.set(database=name), "CREATE EXTENSION citus", name)
    try:
        _join(given.set(database=name), nodes)
        yield given.set(database=name).render_as_string(hide_password=False)
    finally:
        for server in reversed(servers):
            _execute(server, "DROP DATABASE %(name)s WITH (FORCE)", name)


def _nodes(given: sa.URL) -> list[Node]:
    nodes = sa.table("pg_dist_node", *map(sa.column, ("nodename", "nodeport", "shouldhaveshards")))
    taking = sa.select(nodes.c.nodename, nodes.c.nodeport).where(nodes.c.shouldhaveshards)
    with _engine(given).connect() as connection:
        return [(host, port) for host, port in connection.execute(taking)]


def _join(database: sa.URL, nodes: list[Node]) -> None:
    with _engine(database).connect() as connection:
        connection.execute(sa.select(sa.func.citus_set_coordinator_host(database.host, database.port or 5432)))
        for node in nodes:
            connection.execute(sa.select(sa.func.citus_add_node(*node)))


def _engine(address: sa.URL) -> sa.Engine:
    return sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)


def _execute(server: sa.URL, statement: str, name: str) -> None:
    with _engine(server).connect() as connection:
        connection.execute(sa.DDL(statement, context={"name": name}))
