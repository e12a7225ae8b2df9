"""Two web nodes and two workers on one database: workers are killed while they hold a source, and nobody notices.

Each is a process of its own that knows the others only by the database. A source that is being loaded is held up by
the lock of its dataset, so that the worker that has its lease is found, killed, and must be followed by the other one.
"""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import sqlalchemy as sa

from etl.warehouse import RUNS, TABLES, VERSIONS
from runner import web
from runner.state import CHECKOUT
from tests.faults.lab import Lab
from tests.faults.town import EVENTS, SALES, Kind, Row, Town
from tests.world import alive, free_port, until, wait_for_health

CODE, SLUG, LOGIN = "97.01", "simpul", "operator"
WORKERS, WEBS = ("worker-1", "worker-2"), ("web-1", "web-2")
KINDS = (SALES, EVENTS)
CADENCE_S = 0.2
PANEL = f"/panel/mutu/sources.csv?kota={SLUG}"
BALANCED = "✓"


class Told(NamedTuple):
    """What one web node says: the versions of the datasets; of each source the rows received, loaded, and the law."""

    versions: dict[str, int]
    rows: dict[str, tuple[int, int, str]]


@dataclass
class Nodes:
    """The processes by name, and what was delivered."""

    lab: Lab
    home: Path
    town: Town
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=lambda: {kind.name: 0 for kind in KINDS})
    kills: int = 0
    _cookie: str = ""

    # Processes

    def begin(self) -> None:
        """Accounts, then everybody."""
        self._say("dashboard", "user", "demo")
        self._cookie = self._say("tests.signed_in", LOGIN).strip()
        for name in WEBS:
            self.ports[name] = free_port()
            self.start(name, web.command("dashboard.command:server", self.ports[name]))
        for name in WORKERS:
            self.start_worker(name)
        for name in WEBS:
            wait_for_health(self._url(name), self.home, name)

    def start_worker(self, name: str) -> None:
        self.start(name, (sys.executable, "-m", "etl", "work"))

    def start(self, name: str, line: tuple[str, ...]) -> None:
        """A process that the database knows by this name."""
        with (self.home / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                line, cwd=CHECKOUT, env=self._environment(name), stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """Without a goodbye, and all that it started."""
        group = self.running.pop(name).pid
        os.killpg(group, signal.SIGKILL)
        until(lambda: not alive(group), lambda: True, self.home / f"{name}.log")

    def end(self) -> None:
        for name in list(self.running):
            self.kill(name)

    def _environment(self, name: str) -> dict[str, str]:
        own = {"PANTAU_STATE": str(self.lab.state), "PANTAU_CITIES": str(self.home / "cities"), "PGAPPNAME": name}
        return {**os.environ, **own, "DATABASE_URL": self.lab.url(), "PANTAU_KEY_VAULT": self.lab.vault}

    def _say(self, *command: str) -> str:
        line = [sys.executable, "-m", *command]
        done = subprocess.run(
            line, cwd=CHECKOUT, env=self._environment("say"), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    # Deliveries

    def deliver(self, kind: Kind, rows: int) -> None:
        """A file of rows that nobody has seen before."""
        first = self.rows[kind.name]
        self.rows[kind.name] += rows
        made = [Row(f"{kind.name}-{number}", 4, 1) for number in range(first, first + rows)]
        self.town.drop(kind, f"{first:06}.csv", made, 1_000 + first)

    def kill_the_holder(self, kind: Kind, rows: int) -> str:
        """Deliver, wait until a worker holds the source and can go no further, kill that one; who it was."""
        with self.lab.connect() as connection, connection.begin():
            key = sa.func.hashtextextended(f"load {CODE}/{kind.dataset}", 0)
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
            self.deliver(kind, rows)
            self._until(lambda: bool(waiting(connection)))
            holder = waiting(connection)[0]
            assert waiting(connection) == [holder]  # the lease keeps the other one away
            self.kill(holder)
            self.kills += 1
        return holder

    # What is there then

    def settle(self) -> None:
        """Wait until every row that was delivered is stored and both web nodes have heard of it."""
        with self.lab.connect() as connection:
            self._until(lambda: self._stored(connection) == self.rows)
            now = self._versions(connection)
            self._until(lambda: all(self.told(name) == Told(now, self.must) for name in WEBS))

    def told(self, name: str) -> Told:
        """What a web node says now."""
        pulse = json.loads(self._get(name, "/pulse"))[SLUG]
        versions = {dataset: one["version"] for dataset, one in pulse.items()}
        lines = csv.DictReader(io.StringIO(self._get(name, PANEL).decode("utf-8-sig")))
        rows = {one["Sumber"]: (int(one["Diterima"]), int(one["Dimuat"]), one["Seimbang"]) for one in lines}
        return Told(versions, rows)

    @property
    def must(self) -> dict[str, tuple[int, int, str]]:
        """What both nodes have to tell of the sources."""
        return {name: (rows, rows, BALANCED) for name, rows in self.rows.items()}

    def ledger(self) -> list[Any]:
        """Every delivery of the ledger."""
        with self.lab.connect() as connection:
            return list(connection.execute(sa.select(RUNS).where(RUNS.c.city_code == CODE).order_by(RUNS.c.run_id)))

    def _stored(self, connection: sa.Connection) -> dict[str, int]:
        tables = {kind.name: TABLES[kind.dataset] for kind in KINDS}
        counted = {
            name: connection.scalar(sa.select(sa.func.count()).where(table.c.city_code == CODE))
            for name, table in tables.items()
        }
        return {name: rows or 0 for name, rows in counted.items()}

    def _versions(self, connection: sa.Connection) -> dict[str, int]:
        query = sa.select(VERSIONS.c.dataset, VERSIONS.c.version).where(VERSIONS.c.city_code == CODE)
        return {row.dataset: row.version for row in connection.execute(query)}

    def _until(self, done: Callable[[], bool]) -> None:
        until(done, lambda: True, self.home / f"{WORKERS[0]}.log")

    def _url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def _get(self, name: str, path: str) -> bytes:
        headers = {"Cookie": f"pantau={self._cookie}", "Sec-Fetch-Site": "same-origin"}
        with urllib.request.urlopen(urllib.request.Request(self._url(name) + path, headers=headers)) as reply:
            return bytes(reply.read())


def waiting(connection: sa.Connection) -> list[str]:
    """Workers whose session waits for a lock: they hold a lease and can go no further."""
    seen = sa.table("pg_stat_activity", *map(sa.column, ("application_name", "wait_event_type", "wait_event")))
    query = (
        sa.select(seen.c.application_name)
        .distinct()
        .where(seen.c.application_name.in_(WORKERS), seen.c.wait_event_type == "Lock", seen.c.wait_event == "advisory")
    )
    # Within a transaction it shows the sessions of the first look, and a worker may have come since.
    connection.execute(sa.select(sa.func.pg_stat_clear_snapshot()))
    return list(connection.scalars(query))


def rounds(nodes: Nodes, count: int, dice: Random) -> None:
    """So many times: a delivery, the worker that holds it killed, the other one goes on, a new one is started."""
    for _ in range(count):
        killed = nodes.kill_the_holder(dice.choice(KINDS), dice.randint(1, 40))
        for kind in KINDS:
            nodes.deliver(kind, dice.randint(1, 20))
        nodes.settle()
        nodes.start_worker(killed)


def differences(nodes: Nodes) -> list[str]:
    """What is not as it must be; nothing when every row is there once and both web nodes say the same."""
    found, runs = [], nodes.ledger()
    for kind in KINDS:
        mine = [run for run in runs if run.source == kind.name]
        sums = {name: sum(getattr(run, name) for run in mine) for name in ("received", "loaded", "quarantined")}
        must = {"received": nodes.rows[kind.name], "loaded": nodes.rows[kind.name], "quarantined": 0}
        if sums != must:
            found.append(f"{kind.name}: {sums}, not {must}")
        names = [run.delivery for run in mine if run.received]
        if len(names) != len(set(names)):
            found.append(f"{kind.name}: a delivery stands in the ledger twice")
    first, second = (nodes.told(name) for name in WEBS)
    if first != second or first.rows != nodes.must:
        found.append(f"{first} beside {second}, and not {nodes.must}")
    return found


@contextmanager
def nodes(lab: Lab) -> Iterator[Nodes]:
    """Two web nodes and two workers of a city of their own; gone afterwards."""
    home = lab.state / "nodes"
    town = Town(home, SLUG, CODE)
    for path in (town.folder / "sources").iterdir():
        if path.stem in {kind.name for kind in KINDS}:
            path.write_text(path.read_text().replace("cadence_s = 60", f"cadence_s = {CADENCE_S}"))
        else:
            path.unlink()
    with ExitStack() as stack:
        made = Nodes(lab, home, town)
        stack.callback(made.end)
        made.begin()
        yield made
