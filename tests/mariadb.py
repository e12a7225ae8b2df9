"""A real MariaDB for the test run: started by whoever asks first, in the run's folder, stopped at its end."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from runner.postmaster import wait_until
from tests.world import free_port

PROGRAM = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
INSTALL = shutil.which("mariadb-install-db") or ""
READY_WITHIN_S = 60


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.URL]:
    """The administrator's URL of a server of this worker's own; ``tools/packages.sh`` installs it where it can."""
    if PROGRAM is None or not INSTALL:
        pytest.skip("no MariaDB here: sh tools/packages.sh, as root on Debian, or mariadbd on the PATH")
    folder = tmp_path_factory.mktemp("mariadb")
    port, user = free_port(), ["--user=root"] if os.geteuid() == 0 else []
    made = [INSTALL, "--no-defaults", f"--datadir={folder / 'data'}", "--auth-root-authentication-method=normal"]
    subprocess.run([*made, "--skip-test-db", *user], check=True, stdout=subprocess.DEVNULL, timeout=READY_WITHIN_S)
    line = [PROGRAM, "--no-defaults", f"--datadir={folder / 'data'}", f"--socket={_socket(folder)}", f"--port={port}"]
    quick = ["--bind-address=127.0.0.1", "--innodb-buffer-pool-size=8M", "--innodb-flush-log-at-trx-commit=0"]
    with (folder / "log").open("wb") as log, subprocess.Popen([*line, *quick, *user], stdout=log, stderr=log) as server:
        try:
            wait_until(lambda: _answers(port), READY_WITHIN_S)
            yield sa.URL.create("mysql+pymysql", "root", host="127.0.0.1", port=port)
        finally:
            server.terminate()


def _socket(folder: Path) -> Path:
    """The name of a socket has little room."""
    return Path(os.path.relpath(folder / "s", folder / "data"))


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def mysql_url(mariadb: sa.URL, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh database for one test."""
    server = sa.create_engine(mariadb, poolclass=sa.NullPool)
    name = f"uji_{abs(hash(request.node.name)) % 10**9}"
    with server.begin() as connection:
        connection.execute(sa.schema.CreateSchema(name))
    yield mariadb.set(database=name).render_as_string(hide_password=False)
    with server.begin() as connection:
        connection.execute(sa.schema.DropSchema(name))
