"""The embedded PostgreSQL: one server for a state folder, shared by the processes that use it.

Who needs a database calls ``ensure()``. The server is started by the first process that asks and
stopped when the last one has gone, however it went. With ``DATABASE_URL`` nothing of this happens.
"""

import atexit
import hashlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg

from etl.errors import WarehouseDown
from runner import binaries
from runner.locks import FileLock, alone
from runner.postmaster import Postmaster, wait_until
from runner.state import CHECKOUT, state_dir

DRIVER = "postgresql+psycopg"
SUPERUSER = "postgres"
HOST = "127.0.0.1"
READY_WITHIN_S = 120
LONGEST_LOG = 5_000_000
# What a small server needs; durability stays as PostgreSQL has it.
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "synchronous_commit": "on",
    "wal_compression": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # No values in the log: a row of ours may hold personal data.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
INITDB = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", f"--username={SUPERUSER}", "--data-checksums")


class Cluster:
    """One PostgreSQL server and its data, in a folder of ours; reached on the loopback interface."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self.data = self.directory / "data"
        self._password = self.directory / "password"
        self._port = self.directory / "port"
        self._log = self.directory / "log"
        name = f"pantau-{hashlib.sha256(str(self.directory).encode()).hexdigest()[:8]}"
        self.postmaster = Postmaster(self.data, name)
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start the server unless it runs, and wait until it answers.

        Returns:
            The superuser's SQLAlchemy URL of the database ``postgres``.

        Raises:
            WarehouseDown: no binaries, a data folder that cannot be used, or a server that does not start.
        """
        _make(self.directory)
        self._log.touch(mode=0o600)
        with alone(self.directory / "start.lock"):
            if not self.running():
                self._start_anew()
            self._wait_until_ready()
        return self.url("postgres")

    def running(self) -> bool:
        """True while the server's process lives."""
        return self.postmaster.pid() is not None

    def stop(self) -> None:
        """Stop the server in order; nothing happens when it does not run."""
        self.postmaster.stop()
        if self._child:
            self._child.wait()

    def url(self, database: str, user: str | None = None, password: str | None = None) -> str:
        """The SQLAlchemy URL of ``database``, for the superuser unless ``user`` is named."""
        secret = self._password.read_text() if user is None else password
        proof = "" if secret is None else f":{quote(secret, safe='')}"
        return f"{DRIVER}://{quote(user or SUPERUSER, safe='')}{proof}@{HOST}:{int(self._port.read_text())}/{database}"

    def _start_anew(self) -> None:
        programs = binaries.find(self.directory)
        version = binaries.major(programs)
        if not self.data.exists():
            self._create(programs)
        self._check_data(version)
        self.postmaster.clear_remains()
        self._launch(programs)

    def _create(self, programs: Path) -> None:
        """Make the data folder under another name first: a half-made one is never mistaken for data."""
        unfinished = self.directory / "data-unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        owner = binaries.account(self.data)
        self._write_secret(owner)
        os.chown(unfinished, owner.uid, owner.gid)
        with self._log.open("ab") as log:
            made = self._run([programs / "initdb", *INITDB, f"--pwfile={self._password}", "-D", unfinished], owner, log)
            failed = made.wait() != 0
        if failed:
            raise self._broken("PostgreSQL tidak dapat disiapkan", "PostgreSQL could not be set up")
        unfinished.rename(self.data)

    def _write_secret(self, owner: binaries.Account) -> None:
        self._password.unlink(missing_ok=True)
        self._password.touch(mode=0o600)
        self._password.write_text(secrets.token_urlsafe(24))
        os.chown(self._password, owner.uid, owner.gid)

    def _check_data(self, program: int) -> None:
        written = self.data / "PG_VERSION"
        if not written.exists() or not (self.data / "global" / "pg_control").exists():
            raise self._broken(
                f"Folder data {self.data} rusak; pulihkan dari cadangan, atau pindahkan untuk mulai dari kosong",
                f"The data folder {self.data} is damaged; restore a backup, or move it away to start from nothing",
            )
        if int(written.read_text()) != program:
            raise self._broken(
                f"Folder data {self.data} ditulis PostgreSQL {written.read_text().strip()}, sedangkan program yang "
                f"ada versi {program}; setel PANTAU_PG_BIN ke versi yang sama, atau pindahkan data dengan pg_dump",
                f"The data folder {self.data} was written by PostgreSQL {written.read_text().strip()}, but the "
                f"programs are version {program}; set PANTAU_PG_BIN to the same version, or move the data with pg_dump",
            )

    def _launch(self, programs: Path) -> None:
        self._port.write_text(str(_free_port(self._port)))
        if self._log.exists() and self._log.stat().st_size > LONGEST_LOG:
            self._log.replace(self._log.with_name("log.1"))
            self._log.touch(mode=0o600)
        settings = {**SETTINGS, "cluster_name": self.postmaster.name, "port": self._port.read_text()}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            owner = binaries.account(self.data)
            self._child = self._run([programs / "postgres", "-D", self.data, *options], owner, log)

    def _run(self, command: Sequence[str | Path], owner: binaries.Account, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Run a program as ``owner``, in a session of its own: a Ctrl-C in our terminal is not for it."""
        change = os.geteuid() == 0
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        try:
            return subprocess.Popen(
                command,
                env={**clean, "LC_ALL": "C"},
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=owner.uid if change else None,
                group=owner.gid if change else None,
                extra_groups=[] if change else None,
            )
        except PermissionError as error:
            raise self._broken(
                f"Pengguna nomor {owner.uid} tidak dapat menjalankan {command[0]}: pilih PANTAU_STATE yang dapat "
                "dilalui semua pengguna",
                f"User number {owner.uid} cannot run {command[0]}: choose a PANTAU_STATE that every user may traverse",
            ) from error

    def _wait_until_ready(self) -> None:
        ended = wait_until(lambda: self._answers() or self._died(), READY_WITHIN_S)
        if not ended or self._died():
            raise self._broken("PostgreSQL tidak mau mulai", "PostgreSQL does not start")

    def _died(self) -> bool:
        return self._child is not None and self._child.poll() is not None

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._conninfo(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _conninfo(self) -> str:
        return self.url("postgres").replace(DRIVER, "postgresql", 1)

    def _broken(self, indonesian: str, english: str) -> WarehouseDown:
        tail = self._log.read_text(errors="replace").splitlines()[-5:] if self._log.exists() else []
        return WarehouseDown("\n".join([f"{indonesian}. | {english}.", f"{self._log}:", *tail]))


def _free_port(kept: Path) -> int:
    """The port of last time if it is still free, so that addresses stay the same; else any."""
    last = int(kept.read_text()) if kept.exists() else 0
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, last))
        except OSError:
            probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _make(directory: Path) -> None:
    if not directory.is_dir():
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o711 if os.geteuid() == 0 else 0o700)


class _Share:
    """This process's share of the embedded server; the server lives as long as somebody holds one."""

    def __init__(self, directory: Path) -> None:
        _make(directory)
        self.cluster = Cluster(directory)
        self._users = FileLock(directory / "users.lock")
        self._users.share()
        self._keeper: subprocess.Popen[bytes] | None = None
        self._seen = False

    def url(self) -> str:
        """The URL of a server that runs: asked for the first time, it is also seen to answer."""
        if self._seen and self.cluster.running():
            return self.cluster.url("postgres")
        address = self.cluster.start()
        if not keep_running() and _has_no_keeper(self.cluster.directory):
            self._keeper = _spawn_keeper(self.cluster)
        self._seen = True
        return address

    def release(self) -> None:
        """Give the share back; the last one stops the server."""
        if not keep_running() and self._users.try_own():
            self.cluster.stop()
            self._dismiss_keeper()
        self._users.close()

    def _dismiss_keeper(self) -> None:
        if self._keeper:
            self._keeper.terminate()
            self._keeper.wait()

    def forget(self) -> None:
        """In a forked child: the share is the parent's."""
        self._users.close()


_shares: dict[Path, _Share] = {}
_one_thread = threading.RLock()


def ensure() -> str:
    """The SQLAlchemy URL of the warehouse's server, started when needed; call it as often as you like.

    ``DATABASE_URL`` wins. Otherwise it is the superuser's URL of the database ``postgres`` in the
    embedded cluster of the state folder, which this process then keeps alive until it ends.

    Raises:
        WarehouseDown: ``DATABASE_URL`` is no PostgreSQL address, or the server does not start.
    """
    given = os.environ.get("DATABASE_URL")
    if given:
        return normalised(given)
    with _one_thread:
        return _share(state_dir() / "postgres").url()


def release() -> None:
    """Give the shared server back before the process ends; the last process stops it."""
    with _one_thread:
        while _shares:
            _shares.popitem()[1].release()


def normalised(address: str) -> str:
    """A PostgreSQL address as other tools write it, for SQLAlchemy with psycopg 3."""
    kind, separator, rest = address.partition("://")
    if not separator or kind.partition("+")[0] not in ("postgres", "postgresql"):
        raise WarehouseDown(
            "DATABASE_URL harus alamat PostgreSQL: postgresql://pengguna:sandi@host:5432/basisdata. | "
            "DATABASE_URL must be a PostgreSQL address: postgresql://user:password@host:5432/database."
        )
    return f"{DRIVER}://{rest}"


def keep_running() -> bool:
    """``PANTAU_PG_KEEP=1``: the server outlives the processes that use it."""
    return os.environ.get("PANTAU_PG_KEEP") == "1"


def _share(directory: Path) -> _Share:
    if not _shares:
        atexit.register(release)
    if directory not in _shares:
        _shares[directory] = _Share(directory)
    return _shares[directory]


def _forget() -> None:
    while _shares:
        _shares.popitem()[1].forget()


os.register_at_fork(after_in_child=_forget)


def _has_no_keeper(directory: Path) -> bool:
    lock = FileLock(directory / "keeper.lock")
    free = lock.try_own()
    lock.close()
    return free


def _spawn_keeper(cluster: Cluster) -> subprocess.Popen[bytes]:
    """Start the process that stops the server when its users died without saying goodbye."""
    with (cluster.directory / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "runner.keeper", str(cluster.directory), cluster.postmaster.name],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
