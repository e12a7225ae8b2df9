"""One embedded PostgreSQL for the whole test run, shared by its workers; a fresh database for who asks."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from xdist.scheduler import LoadScopeScheduling

from etl import grants
from etl.migrate import bring_up
from etl.warehouse import Role, engine
from runner import postgres
from runner.locks import alone
from tests.chromium import browser
from tests.living import living
from tests.mariadb import mariadb, mysql_url
from tests.world import end_world, world

__all__ = ["browser", "living", "mariadb", "mysql_url", "world"]  # fixtures for every test


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a state folder of its own; xdist's workers inherit it."""
    if hasattr(config, "workerinput"):
        return
    folder = Path(tempfile.mkdtemp(prefix="pantau-test-"))
    # Not mkdtemp's 0700: as root the server runs as another user, who passes through here.
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    os.environ["PANTAU_STATE"] = str(folder)
    # A test never writes into somebody's real warehouse.
    os.environ.pop("DATABASE_URL", None)
    _compile_once()


def _compile_once() -> None:
    """Where nothing may be compiled beside the sources, the hundreds of programs of a run do it in the environment."""
    if sys.prefix != sys.base_prefix and os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        sys.dont_write_bytecode = False
        sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(Path(sys.prefix) / "compiled")


def pytest_unconfigure(config: pytest.Config) -> None:
    """After the last worker: no server and no folder stays behind."""
    if hasattr(config, "workerinput"):
        return
    end_world()
    folder = Path(os.environ["PANTAU_STATE"])
    os.environ["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"  # listeners of this process start none anew
    postgres.release()
    postgres.Cluster(folder / "postgres").stop()
    shutil.rmtree(folder)


LIVING = "test_live.py"
TOGETHER = (LIVING, "test_tutorial.py", "test_ingest.py", "test_repair.py", "test_faults.py", "test_sending.py")
TOGETHER += ("test_compliance.py", "test_roster.py", "test_targets.py")
OF_ONE_WAREHOUSE = ("tests/etl/", "tests/models/test_market_analyses.py", "tests/test_watched.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The world is begun at once by one process, and the others do meanwhile what needs none; worlds of their own
    take long, so that they do not stay for the end. Modules stay whole.
    """
    in_world = {item.path for item in items if "world" in getattr(item, "fixturenames", ())}
    first = next((item for item in items if item.path in in_world), None)
    items.sort(key=lambda item: (item is not first, item.path in in_world, item.path.name not in TOGETHER))


class OneLivingWorld(LoadScopeScheduling):
    """Every test by itself to whichever worker is free, but those of one costly world, or of one inbox, together.

    Worlds that live wait most of their time: one after the other, so that the other worker has both processors
    meanwhile. Tests that load into one warehouse stay with it, or it is made in each worker.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::", maxsplit=1)[0]
        if path.endswith(LIVING):
            return LIVING
        return path if path.endswith(TOGETHER) or path.startswith(OF_ONE_WAREHOUSE) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneLivingWorld:
    """How xdist deals out the tests."""
    return OneLivingWorld(config, log)


@contextmanager
def fresh_database(like: str = "template1") -> Iterator[str]:
    """The superuser's URL of an empty database, or of a copy of another one, dropped afterwards."""
    server = sa.create_engine(postgres.ensure(), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    name = f"test_{secrets.token_hex(6)}"
    _execute(server, f"CREATE DATABASE %(name)s TEMPLATE {like}", name)
    try:
        yield server.url.set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(server, "DROP DATABASE %(name)s WITH (FORCE)", name)


def _execute(server: sa.Engine, statement: str, name: str) -> None:
    with server.connect() as connection:
        connection.execute(sa.DDL(statement, context={"name": name}))


@contextmanager
def fresh_warehouse() -> Iterator[str]:
    """The superuser's URL of a database brought to the contracts: a copy, which is made faster, dropped afterwards."""
    with fresh_database(_brought_up()) as url:
        with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
            grants.apply(connection)  # rights on a database itself are not copied
        yield url


def _brought_up() -> str:
    """The name of a database that was brought to the contracts, once for the whole run."""
    name, made = "brought_up", Path(os.environ["PANTAU_STATE"]) / "brought_up"
    with alone(made.with_suffix(".lock")):
        if not made.exists():
            with pytest.MonkeyPatch.context() as patch:
                address = sa.make_url(postgres.ensure()).set(database=name)
                patch.setenv("DATABASE_URL", address.render_as_string(hide_password=False))
                bring_up()
                engine(Role.OWNER).dispose()  # what somebody is connected to cannot be copied
            made.touch()
    return name


@pytest.fixture
def database_url() -> Iterator[str]:
    """A fresh database for one test."""
    with fresh_database() as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url() -> Iterator[str]:
    """A fresh database for the tests of one module."""
    with fresh_database() as url:
        yield url


@pytest.fixture(scope="module")
def module_warehouse_url() -> Iterator[str]:
    """A database brought to the contracts for the tests of one module."""
    with fresh_warehouse() as url:
        yield url


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB, where we may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
