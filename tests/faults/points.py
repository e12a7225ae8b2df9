"""Where a process may be killed: every step of our code, of the driver and of the file system, counted by name.

A point is a name and a number: the n-th time that this process comes by. It needs nothing of the code
that is killed: the interpreter says which function begins and ends.
"""

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import psycopg
import sqlalchemy as sa

import etl
from etl.warehouse import Role

SENT = "commit: sent, unanswered"
FILE_CALLS = {"open", "rename", "replace", "link", "unlink", "fsync", "utime", "mkdir", "write"}
PLACES = {str(Path(str(psycopg.__file__)).parent): "driver", str(Path(etl.__path__[0])): "etl"}
DIALECT = {"do_commit": "commit", "do_rollback": "rollback", "do_execute": "statement", "do_executemany": "statement"}


class Point(NamedTuple):
    """The n-th time (from 1) that a process comes by a named place."""

    name: str
    number: int


class Watch:
    """Counts the points that this process passes; at the chosen one, something happens once."""

    def __init__(self, chosen: Point | None, happens: Callable[[Point], None]) -> None:
        self.passed: Counter[str] = Counter()
        self.chosen = chosen
        self._happens = happens
        self._known: dict[Any, str] = {}

    def begin(self) -> None:
        """From now on."""
        sa.event.listen(sa.Engine, "commit", self._commits)
        sys.setprofile(self._step)

    def end(self) -> None:
        """No further."""
        sys.setprofile(None)
        sa.event.remove(sa.Engine, "commit", self._commits)

    def _step(self, frame: FrameType, event: str, called: Any) -> None:
        if event.startswith("c_"):
            if getattr(called, "__module__", "") == "posix" and called.__name__ in FILE_CALLS:
                self._pass(f"file: {called.__name__} {'begins' if event == 'c_call' else 'ends'}")
            return
        code = frame.f_code
        name = self._known.get(code)
        if name is None:
            name = self._known[code] = _named(code.co_filename, code.co_qualname)
        if name:
            self._pass(f"{name} {'begins' if event == 'call' else 'ends'}")

    def _commits(self, connection: sa.Connection) -> None:
        """The moment nobody can see from inside: the server has the COMMIT, its answer is never read."""
        self.passed[SENT] += 1
        if self.chosen == (SENT, self.passed[SENT]) and connection.engine.url.username == Role.ETL:
            server = connection.connection.driver_connection.pgconn  # type: ignore[union-attr]
            server.send_query(b"COMMIT")
            server.flush()
            self._reached()

    def _pass(self, name: str) -> None:
        self.passed[name] += 1
        if self.chosen and self.chosen.name == name and self.chosen.number == self.passed[name]:
            self._reached()

    def _reached(self) -> None:
        point, self.chosen = self.chosen, None
        if point:
            self._happens(point)


def _named(file: str, function: str) -> str:
    """What a function is called as a point; empty when it is none."""
    if file.endswith("sqlalchemy/engine/default.py"):
        kind = DIALECT.get(function.rpartition(".")[2])
        return f"{kind}:" if kind else ""
    place, module = file.rpartition("/")[::2]
    kind = next((kind for of, kind in PLACES.items() if place.startswith(of)), None)
    return f"{kind}: {module.removesuffix('.py')}.{function}" if kind else ""


def kind(name: str) -> str:
    """commit, statement, file, driver, etl …"""
    return name.partition(":")[0]


def kill_myself(say: int) -> Callable[[Point], None]:
    """No clean-up, no goodbye; who waits at the other end of ``say`` learns where it was."""

    def happens(point: Point) -> None:
        os.write(say, json.dumps({"killed": point}).encode() + b"\n")
        os.kill(os.getpid(), signal.SIGKILL)

    return happens


def kill_the_server(say: int, pid_file: Path, with_children: bool) -> Callable[[Point], None]:
    """The postmaster alone, whose sessions then go on for a moment, or all of its processes at once."""

    def happens(point: Point) -> None:
        os.write(say, json.dumps({"server_killed": point}).encode() + b"\n")
        master = int(pid_file.read_text().split()[0])
        for pid in [master, *(_children(master) if with_children else ())]:
            os.kill(pid, signal.SIGKILL)

    return happens


def _children(parent: int) -> list[int]:
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(pid) for pid in listed.split()]
