"""A warehouse of its own for a measurement: never somebody's real one."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from etl.warehouse import _engine
from runner import postgres


@contextmanager
def temporary_state() -> Iterator[Path]:
    """A state folder with an embedded PostgreSQL in it, both gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pantau-bench-"))
    # Not mkdtemp's 0700: as root the server runs as another user, who passes through here.
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    os.environ["PANTAU_STATE"] = str(folder)
    os.environ.pop("DATABASE_URL", None)
    try:
        yield folder
    finally:
        _engine.cache_clear()
        postgres.release()
        postgres.Cluster(folder / "postgres").stop()
        shutil.rmtree(folder)


@contextmanager
def fresh_database() -> Iterator[str]:
    """The superuser's URL of an empty database, to which ``DATABASE_URL`` points meanwhile."""
    server = sa.create_engine(postgres.ensure(), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    name = f"bench_{secrets.token_hex(6)}"
    with server.connect() as connection:
        connection.execute(sa.DDL("CREATE DATABASE %(name)s", context={"name": name}))
    os.environ["DATABASE_URL"] = server.url.set(database=name).render_as_string(hide_password=False)
    try:
        yield os.environ["DATABASE_URL"]
    finally:
        del os.environ["DATABASE_URL"]
        _engine.cache_clear()
        with server.connect() as connection:
            connection.execute(sa.DDL("DROP DATABASE %(name)s WITH (FORCE)", context={"name": name}))
