"""A second, tiny world that lives: things happen upstream, the worker loads them, the command center shows them."""

import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
import sqlalchemy as sa

from etl.cities import all_cities
from etl.status import status
from etl.warehouse import DATABASE, VERSIONS
from runner.postgres import Cluster
from tests.world import ROOT, alive, free_port, run, serve, start, until, wait_for_health, wait_for_line

DAYS, SCALE, SEED = 8, 0.02, 11
IMPATIENT = ("promise_s = 60\n", "promise_s = 15\n")
PORTS = 3  # the simulator's web services stand on ports that follow each other


@dataclass
class Living:
    """The living world: its programs by name, each of which a test may stop and start."""

    state: Path
    port: int = field(default_factory=free_port)
    programs: dict[str, Popen[bytes]] = field(default_factory=dict)
    _services: int = field(default_factory=lambda: free_ports(PORTS))
    _starts: Iterator[int] = field(default_factory=count)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def cities(self) -> Path:
        """The cities as they are, but impatient: what is asked every few seconds is called late after some more."""
        return self.state / "cities"

    def begin(self) -> None:
        """Make the world, load it, and let it live."""
        shutil.copytree(ROOT / "cities", self.cities)
        for source in self.cities.glob("*/sources/*.toml"):
            source.write_text(source.read_text("utf-8").replace(*IMPATIENT), "utf-8")
        self.start_outside()
        run("etl", "migrate", state=self.state)
        run("dashboard", "user", "demo", state=self.state)
        self.start_command()
        run("etl", "run", state=self.state)
        self.programs["worker"] = start([sys.executable, "-m", "etl", "work"], self.state / "worker.log")

    def start_outside(self) -> None:
        """The simulator, always on the same ports: an upstream that comes back is where it was."""
        log = self.state / f"simulator-{next(self._starts)}.log"
        options = ["--days", str(DAYS), "--scale", str(SCALE), "--seed", str(SEED), "--port-base", str(self._services)]
        line = [sys.executable, "-m", "simulator", "serve", "--state", str(self.state), *options]
        self.programs["outside"] = start(line, log)
        wait_for_line(log, "ready", self.programs["outside"])

    def start_command(self) -> None:
        self.programs["command"] = serve("dashboard.command:server", self.port, self.state)
        wait_for_health(self.url, self.state)

    def token(self, login: str) -> str:
        """A session of one of the trial's accounts."""
        return run("tests.signed_in", login, state=self.state).strip()

    def stop(self, name: str) -> None:
        """End a program and all that it started."""
        group = self.programs.pop(name).pid
        os.killpg(group, signal.SIGTERM)
        until(lambda: not alive(group), lambda: True, self.state / "worker.log")

    def signal(self, name: str, number: signal.Signals) -> None:
        os.killpg(self.programs[name].pid, number)

    def versions(self, city_code: str) -> dict[str, tuple[int, float]]:
        """Version and moment of change (seconds since 1970) of each dataset of a city."""
        query = sa.select(VERSIONS).where(VERSIONS.c.city_code == city_code)
        with self._warehouse.connect() as connection:
            return {row.dataset: (row.version, row.changed_at.timestamp()) for row in connection.execute(query)}

    def status(self) -> list[dict[str, Any]]:
        """What every source did, as ``etl status`` says it, without a process each time."""
        with pytest.MonkeyPatch.context() as patch, self._warehouse.connect() as connection:
            patch.setenv("PANTAU_STATE", str(self.state))  # its sources stand where its own settings say
            return status(connection, all_cities())

    @property
    def _warehouse(self) -> sa.Engine:
        return sa.create_engine(Cluster(self.state / "postgres").url(DATABASE), poolclass=sa.NullPool)


@pytest.fixture(scope="module")
def living(worker_id: str) -> Iterator[Living]:
    """The living world of one test process; its tests stay in one process, so there is one."""
    state = Path(os.environ["PANTAU_STATE"]) / f"living-{worker_id}"
    state.mkdir(mode=0o711)
    state.chmod(0o711)
    made = Living(state)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_CITIES", str(made.cities))
        yield from _lived(made)


def _lived(made: Living) -> Iterator[Living]:
    try:
        made.begin()
        yield made
    finally:
        for name in list(made.programs):
            made.stop(name)
        Cluster(made.state / "postgres").stop()


def free_ports(size: int) -> int:
    """The first of some ports in a row that are free now."""
    return next(base for base in iter(free_port, None) if all(is_free(base + number) for number in range(size)))


def is_free(port: int) -> bool:
    with socket.socket() as tried:
        return port < 65_536 and tried.connect_ex(("127.0.0.1", port)) != 0
