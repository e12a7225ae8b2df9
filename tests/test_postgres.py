"""The embedded PostgreSQL: starts, keeps its data through crashes, and goes with its last user."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from etl.errors import WarehouseDown
from runner import binaries, postgres
from runner.postmaster import wait_until
from runner.state import CHECKOUT

USER_OF_THE_SERVER = """
import sys
from runner import postgres
print(postgres.ensure(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A place outside pytest's own folders, which another user may not pass through."""
    path = Path(tempfile.mkdtemp(prefix="pantau-cluster-"))
    path.chmod(0o711)
    yield path
    postgres.Cluster(path / "postgres").stop()
    shutil.rmtree(path)


@pytest.fixture
def cluster(folder: Path) -> postgres.Cluster:
    return postgres.Cluster(folder / "postgres")


class User:
    """Another process that uses the embedded server of a state folder."""

    def __init__(self, state: Path) -> None:
        environment = {**os.environ, "PANTAU_STATE": str(state), "PYTHONPATH": str(CHECKOUT)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER_OF_THE_SERVER],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate("")

    def die(self) -> None:
        self.process.kill()
        self.process.communicate()


def _engine(url: str) -> sa.Engine:
    return sa.create_engine(url, poolclass=sa.NullPool)


def _write(url: str, value: int) -> None:
    table = sa.Table("kept", sa.MetaData(), sa.Column("value", sa.Integer))
    with _engine(url).begin() as connection:
        table.create(connection)
        connection.execute(table.insert().values(value=value))


def _read(url: str) -> int | None:
    kept = sa.table("kept", sa.column("value"))
    with _engine(url).connect() as connection:
        return connection.scalar(sa.select(kept.c.value))


def _setting(url: str, name: str) -> str:
    with _engine(url).connect() as connection:
        return str(connection.scalar(sa.select(sa.func.current_setting(name))))


def test_starts_once_and_keeps_its_data_and_address(cluster: postgres.Cluster) -> None:
    url = cluster.start()
    _write(url, 7)
    assert cluster.start() == url
    cluster.stop()
    assert not cluster.running()
    assert cluster.start() == url
    assert _read(url) == 7


def test_settings_of_a_server_that_must_not_lose_anything(cluster: postgres.Cluster) -> None:
    url = cluster.start()
    assert {name: _setting(url, name) for name in ("fsync", "full_page_writes", "synchronous_commit")} == {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
    }
    assert (_setting(url, "server_encoding"), _setting(url, "data_checksums")) == ("UTF8", "on")


def test_wants_a_password_and_hides_it(cluster: postgres.Cluster) -> None:
    cluster.start()
    assert (cluster.directory / "password").stat().st_mode & 0o077 == 0
    with pytest.raises(sa.exc.OperationalError, match="password"):
        _engine(cluster.url("postgres", "postgres", "salah")).connect()


def test_serves_again_after_the_server_was_killed(cluster: postgres.Cluster) -> None:
    _write(cluster.start(), 11)
    pid = cluster.postmaster.pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not cluster.running(), 10)
    assert _read(cluster.start()) == 11
    assert cluster.postmaster.pid() != pid


def test_a_pid_file_that_names_a_stranger_does_not_stop_it(cluster: postgres.Cluster) -> None:
    cluster.start()
    written = cluster.postmaster.pid_file.read_text()
    cluster.stop()
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        cluster.postmaster.pid_file.write_text(written.replace(written.split()[0], str(stranger.pid), 1))
        assert not cluster.running()
        assert cluster.start()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_damaged_data_folder_is_named_and_left_alone(cluster: postgres.Cluster) -> None:
    cluster.start()
    cluster.stop()
    (cluster.data / "global" / "pg_control").rename(cluster.data / "global" / "pg_control.away")
    with pytest.raises(WarehouseDown, match=r"(?s)rusak.*damaged") as refused:
        cluster.start()
    assert str(cluster.data) in str(refused.value)
    assert (cluster.data / "PG_VERSION").exists()


def test_data_of_another_version_is_refused(cluster: postgres.Cluster) -> None:
    cluster.start()
    cluster.stop()
    (cluster.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(WarehouseDown, match="PostgreSQL 9"):
        cluster.start()


def test_binaries_that_do_not_run_are_named(cluster: postgres.Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_PG_BIN", "/nowhere/bin")
    with pytest.raises(WarehouseDown, match="/nowhere/bin"):
        cluster.start()


def test_a_half_made_data_folder_is_made_again(cluster: postgres.Cluster) -> None:
    unfinished = cluster.directory / "data-unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    if os.geteuid() == 0:
        cluster.directory.chmod(0o711)
    assert cluster.start()
    assert not unfinished.exists()


def test_two_processes_share_it_and_the_last_one_stops_it(folder: Path) -> None:
    cluster = postgres.Cluster(folder / "postgres")
    first, second = User(folder), User(folder)
    assert first.url == second.url
    first.leave()
    _write(second.url, 3)
    assert cluster.running()
    second.leave()
    assert not cluster.running()


def test_it_goes_also_when_its_last_user_was_killed(folder: Path) -> None:
    cluster = postgres.Cluster(folder / "postgres")
    user = User(folder)
    assert user.url and cluster.running()
    user.die()
    assert wait_until(lambda: not cluster.running(), 20)


def test_ensure_starts_a_killed_server_again(folder: Path) -> None:
    user = User(folder)
    cluster = postgres.Cluster(folder / "postgres")
    pid = cluster.postmaster.pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not cluster.running(), 10)
    other = User(folder)
    assert other.url == user.url and cluster.running()
    user.leave()
    other.leave()


@pytest.mark.parametrize("kind", ["postgres", "postgresql", "postgresql+psycopg2", "postgresql+psycopg"])
def test_a_given_address_is_used_as_it_is(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{kind}://ani:rahasia@db:5432/pantau?sslmode=require")
    assert postgres.ensure() == "postgresql+psycopg://ani:rahasia@db:5432/pantau?sslmode=require"


@pytest.mark.parametrize("address", ["mysql://ani@db/pantau", "pantau", ""])
def test_an_address_of_something_else_is_refused(address: str) -> None:
    with pytest.raises(WarehouseDown, match="DATABASE_URL"):
        postgres.normalised(address)


def test_an_ordinary_user_can_run_it(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("as an ordinary user every other test here shows it")
    python = _python_for_others()
    if python is None:
        pytest.skip("no Python that another user may run")
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    environment = {"PANTAU_STATE": str(folder), "PYTHONPATH": f"{CHECKOUT}:{_libraries()}", "HOME": "/nonexistent"}
    answer = subprocess.run(
        [python, "-c", USER_OF_THE_SERVER],
        env=environment,
        cwd="/",
        input="",
        capture_output=True,
        check=False,
        text=True,
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
    )
    assert answer.stdout.startswith("postgresql+psycopg://"), answer.stderr
    assert (folder / "postgres" / "data").stat().st_uid == nobody.pw_uid
    assert not postgres.Cluster(folder / "postgres").running()


def _libraries() -> Path:
    return Path(sa.__file__).parent.parent


def _python_for_others() -> str | None:
    """A Python of our version that sees our libraries as the user ``nobody``."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    tries = [sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"]
    return next((python for python in tries if _runs_for_nobody(python)), None)


def _runs_for_nobody(python: str) -> bool:
    nobody = pwd.getpwnam("nobody")
    environment = {"PYTHONPATH": f"{CHECKOUT}:{_libraries()}"}
    command = [python, "-c", "import psycopg, runner.postgres"]
    try:
        done = subprocess.run(
            command,
            env=environment,
            cwd="/",
            capture_output=True,
            check=False,
            user=nobody.pw_uid,
            group=nobody.pw_gid,
        )
    except OSError:
        return False
    return done.returncode == 0


def test_as_root_the_server_is_not_root(cluster: postgres.Cluster) -> None:
    cluster.start()
    pid = cluster.postmaster.pid()
    owner = Path(f"/proc/{pid}").stat().st_uid
    assert owner != 0
    assert owner == binaries.account(cluster.data).uid
