"""A town of one call centre: a city folder with one live source, and everything that serves its walls.

Calls are files dropped into a folder, which the worker loads within a second: upstream-side of the loader, as it is.
"""

import datetime as dt
import hashlib
import os
import secrets
import shutil
import signal
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from subprocess import Popen
from typing import Any

import msgspec
import polars as pl
import sqlalchemy as sa

from dashboard.wall.geometry import PRESETS
from etl.announce import announce
from etl.cities import load_city
from etl.identity import DEVICES
from etl.walls import DISPLAYS, SETTINGS, WALLS
from etl.warehouse import DATABASE, VERSIONS
from runner import web
from runner.postgres import Cluster
from tests.world import ROOT, alive, free_port, run, start, until, wait_for_health

SLUG = "samarinda"
CITY = load_city(SLUG)
COOKIE = "pantau"
KINDS = ("Medis", "Kecelakaan lalu lintas", "Pohon tumbang", "Banjir")  # none takes a screen over by itself


@dataclass
class Town:
    """The programs of one town by name, each of which a test may stop and start."""

    state: Path
    application: str = "dashboard.command:server"
    port: int = field(default_factory=free_port)
    programs: dict[str, Popen[bytes]] = field(default_factory=dict)
    _files: Iterator[int] = field(default_factory=count)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.state / "postgres")

    def begin(self) -> None:
        """Lay the city out, load some days of calls, serve it."""
        folder = self.state / "cities" / SLUG
        shutil.copytree(ROOT / "cities" / SLUG, folder, ignore=shutil.ignore_patterns("sources"))
        (folder / "sources").mkdir()
        (self.state / "calls").mkdir()
        shutil.copy(ROOT / "cities" / SLUG / "sources" / "areas.toml", folder / "sources")
        shutil.copy(Path(__file__).with_name("calls.toml"), folder / "sources" / "112.toml")
        os.environ |= self.settings  # for the programs; a test process holds one town
        run("etl", "migrate", state=self.state)
        self.call(past_calls(400))
        run("etl", "run", state=self.state)
        self.start("watch", "worker", "command")
        watched = self.state / "watch.log"  # the first program that needs the database starts it
        until(lambda: "watching" in watched.read_text(), lambda: "watch" in self.programs, watched)
        until(self._answers, lambda: "watch" in self.programs, watched)

    def _answers(self) -> bool:
        """Whether the database takes connections: it may have been started anew by another program."""
        try:
            return bool(self.changed_at()[0])
        except sa.exc.OperationalError:
            return False

    @property
    def settings(self) -> dict[str, str]:
        return {"PANTAU_CITIES": str(self.state / "cities"), "CALLS": str(self.state / "calls")}

    def start(self, *names: str) -> None:
        """Start these programs."""
        lines = {"watch": ("dashboard", "watch"), "worker": ("etl", "work")}
        for name in names:
            if name == "command":
                self.programs[name] = self.served(self.application)
            else:
                self.programs[name] = start([sys.executable, "-m", *lines[name]], self.state / f"{name}.log")

    def stop(self, name: str, how: signal.Signals = signal.SIGTERM) -> None:
        """End a program and all that it started."""
        group = self.programs.pop(name).pid
        os.killpg(group, how)
        until(lambda: not alive(group), lambda: True, self.state / "worker.log")

    def end(self) -> None:
        """End everything."""
        for name in list(self.programs):
            self.stop(name)
        self.cluster.stop()

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """A program killed, and started again at the end."""
        self.stop(name, signal.SIGKILL)
        try:
            yield
        finally:
            self.start(name)

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """A program that takes connections and says nothing."""
        group = self.programs[name].pid
        os.killpg(group, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(group, signal.SIGCONT)

    @contextmanager
    def frozen_database(self) -> Iterator[None]:
        """The database with all its sessions stopped in the midst of everything."""
        first = self.cluster.postmaster.pid()
        assert first
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        everything = [first, *map(int, children)]
        for pid in everything:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in everything:
                os.kill(pid, signal.SIGCONT)

    def served(self, application: str) -> Popen[bytes]:
        """A command center as it is deployed, be it another one than ours."""
        line = web.command(application, self.port, like="dashboard.command:server")
        served = start(line, self.state / f"web-{self.port}.log")
        wait_for_health(self.url, self.state)
        return served

    def upgrade(self) -> None:
        """The command center of a later release instead: the same code, a build that is named otherwise."""
        self.stop("command")
        self.programs["command"] = self.served("tests.wall.upgraded:server")

    def call(self, calls: pl.DataFrame) -> None:
        """Drop a file of calls, whole at once."""
        path = self.state / "calls" / f"{next(self._files):06}.csv"
        calls.write_csv(path.with_suffix(".part"))
        settled = time.time() - 30  # nobody writes it any more
        os.utime(path.with_suffix(".part"), (settled, settled))
        path.with_suffix(".part").rename(path)

    def screen(self, name: str, size: str = "tv55", **values: Any) -> Any:
        """A paired screen of this size; its cookie."""
        until(self._answers, lambda: True, self.state / "watch.log")
        token, device = secrets.token_urlsafe(16), uuid.uuid4()
        hashed = hashlib.sha256(token.encode()).hexdigest()
        known = {"device_id": device, "city_code": CITY.code}
        geometry = msgspec.to_builtins(PRESETS[size][1])
        with self.warehouse.begin() as connection:
            row = known | {"name": name, "token_hash": hashed, "made_by": "tests"}
            connection.execute(sa.insert(DEVICES).values(row))
            display = known | {"geometry": geometry, "schedule": [], "changed_by": "tests"} | values
            connection.execute(sa.insert(DISPLAYS).values(display))
            announce(connection, WALLS, CITY.code)
        return {"name": COOKIE, "value": token, "url": self.url}

    def playlist(self, name: str, entries: Sequence[tuple[str, float]]) -> None:
        """A playlist as nobody could set it on a page: also for fractions of a second."""
        content = {"entries": [{"scene": scene, "seconds": seconds} for scene, seconds in entries]}
        row = {"city_code": CITY.code, "kind": "playlist", "name": name, "content": content, "changed_by": "tests"}
        with self.warehouse.begin() as connection:
            connection.execute(sa.insert(SETTINGS).values(row))

    @cached_property
    def operator(self) -> Any:
        """The cookie of the trial's operator."""
        run("dashboard", "user", "demo", state=self.state)
        return {"name": COOKIE, "value": run("tests.signed_in", "operator", state=self.state).strip(), "url": self.url}

    def changed_at(self, dataset: str = "emergency_calls") -> tuple[int, float]:
        """Version of a dataset, and when it was made (seconds since 1970): the moment of the loading transaction."""
        query = sa.select(VERSIONS).where(VERSIONS.c.city_code == CITY.code, VERSIONS.c.dataset == dataset)
        with self.warehouse.connect() as connection:
            row = connection.execute(query).one_or_none()
        return (row.version, row.changed_at.timestamp()) if row else (0, 0.0)

    @property
    def warehouse(self) -> sa.Engine:
        return sa.create_engine(self.cluster.url(DATABASE), poolclass=sa.NullPool)


def places() -> pl.DataFrame:
    """Names of every kelurahan with its kecamatan."""
    areas = pl.read_csv(ROOT / "cities" / SLUG / "areas.csv", infer_schema=False)
    above = areas.select(parent_code="area_code", kecamatan="name")
    below = areas.filter(pl.col("level") == "kelurahan").select("area_code", "parent_code", kelurahan="name")
    return below.join(above, on="parent_code").select("area_code", "kelurahan", "kecamatan")


def calls(moments: Sequence[dt.datetime], kinds: Sequence[str], done: bool = False, first: int = 0) -> pl.DataFrame:
    """One call each; those that are done were reached in five minutes and closed in thirty."""
    where = places()
    rows = [
        {
            "call_id": f"uji-{uuid.uuid4().hex[:12]}",
            "called_at": _local(at),
            "answered_at": _local(at + dt.timedelta(seconds=8)),
            "outcome": "emergency",
            "category": kind,
            "kelurahan": where["kelurahan"][number * 17 % len(where)],
            "kecamatan": where["kecamatan"][number * 17 % len(where)],
            "lat": CITY.centre.lat,
            "lon": CITY.centre.lon,
            "dispatched_at": _local(at + dt.timedelta(minutes=1)) if done else None,
            "arrived_at": _local(at + dt.timedelta(minutes=5)) if done else None,
            "closed_at": _local(at + dt.timedelta(minutes=30)) if done else None,
            "is_drill": "false",
            "updated_at": _local(at),
        }
        for number, (at, kind) in enumerate(zip(moments, kinds, strict=True), first)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def past_calls(size: int) -> pl.DataFrame:
    """Calls of the last weeks, all done, evenly spread: no district has more today than is usual."""
    now = dt.datetime.now(dt.UTC)
    moments = [now - dt.timedelta(minutes=45 + 150 * number) for number in range(size)]
    return calls(moments, [KINDS[number % len(KINDS)] for number in range(size)], done=True)


def call_now(kind: str = KINDS[0]) -> pl.DataFrame:
    """One call that comes in now, somewhere."""
    return calls([dt.datetime.now(dt.UTC)], [kind], first=secrets.randbelow(1000))


def closed(calls: pl.DataFrame) -> pl.DataFrame:
    """The same calls once somebody has been there."""
    now = _local(dt.datetime.now(dt.UTC))
    stages = ("dispatched_at", "arrived_at", "closed_at", "updated_at")
    return calls.with_columns(pl.lit(now).alias(name) for name in stages)


def _local(moment: dt.datetime) -> str:
    return f"{moment.astimezone(CITY.tz):%Y-%m-%d %H:%M:%S.%f}"
