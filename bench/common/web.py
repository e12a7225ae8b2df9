"""A web application served as it is deployed, and clients that keep asking it."""

import http.client
import itertools
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bench.common.meter import cpu_of, database_cpu, percentile
from dashboard.access import accounts, sessions, user_cli

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
READY_WITHIN_S = 60


@dataclass(frozen=True)
class Served:
    """A running application."""

    port: int
    pid: int


@dataclass(frozen=True)
class Ask:
    """One request."""

    path: str
    method: str = "GET"
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Heard:
    """What came of many requests: seconds each took, their states, and what they cost server and database."""

    seconds: list[float]
    states: list[int]
    lasted_s: float
    cost_s: float

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.lasted_s

    @property
    def cpu_ms(self) -> float:
        """Processor milliseconds of the server and the database for one request."""
        return 1000 * self.cost_s / len(self.seconds)

    def ms(self, share: float) -> float:
        """Milliseconds within which this share of the requests was answered."""
        return 1000 * percentile(self.seconds, share)


@contextmanager
def served(application: str, log: Path, killed: bool = False) -> Iterator[Served]:
    """As it is deployed; stopped at the end, if nobody was to kill it before."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        port = int(found.getsockname()[1])
    line = [sys.executable, "-m", "runner.web", application, str(port), HOST]
    with log.open("ab") as out:
        server = subprocess.Popen(line, cwd=ROOT, stdout=out, stderr=out, process_group=0)
    try:
        _wait(port, log)
        yield Served(port, server.pid)
    finally:
        ended = server.poll()
        server.terminate()
        server.wait()
        if ended is not None and not killed:
            raise RuntimeError(f"the server ended by itself, with {ended}: {log.read_text()[-2000:]}")


def _wait(port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection((HOST, port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(log.read_text()[-2000:])


@cache
def signed_in() -> dict[str, str]:
    """The cookie of an operator of the trial; the peers do not look at it."""
    user_cli.demo()
    operator = accounts.named("operator")
    assert operator
    return {"Cookie": f"pantau={sessions.open_session(operator.id)}"}


class Client:
    """One connection that is kept. The standard library's, because it costs a fifth of httpx: the client must
    not be what is measured."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)

    def send(self, ask: Ask) -> tuple[int, http.client.HTTPMessage, bytes]:
        """State, headers and body of the answer, as it came over the wire."""
        self._connection.request(ask.method, ask.path, ask.body, signed_in() | dict(ask.headers))
        reply = self._connection.getresponse()
        return reply.status, reply.headers, reply.read()

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()


def fetch(server: Served, ask: Ask) -> tuple[int, http.client.HTTPMessage, bytes]:
    """One answer over a connection of its own."""
    client = Client(server.port)
    try:
        return client.send(ask)
    finally:
        client.close()


def hammer(server: Served, asks: Sequence[Ask], clients: int = 8, seconds: float = 5) -> Heard:
    """Ask in turn, from so many threads at once, each with a connection of its own, for so many seconds.

    Raises RuntimeError when an answer is neither 200 nor 304: what fails fast is not fast.
    """
    before, started = _cost(server), time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        work = [pool.submit(_ask_on, server, asks, first, started + seconds) for first in range(clients)]
        answers = list(itertools.chain.from_iterable(one.result() for one in work))
    lasted = time.perf_counter() - started
    heard = Heard([took for took, _ in answers], [state for _, state in answers], lasted, _cost(server) - before)
    if wrong := set(heard.states) - {200, 304}:
        raise RuntimeError(f"answers with states {sorted(wrong)}")
    return heard


def _cost(server: Served) -> float:
    return cpu_of(server.pid) + database_cpu()


def _ask_on(server: Served, asks: Sequence[Ask], first: int, until: float) -> list[tuple[float, int]]:
    client, answers = Client(server.port), []
    for number in itertools.count(first):
        began = time.perf_counter()
        if began > until:
            break
        state, _, _ = client.send(asks[number % len(asks)])
        answers.append((time.perf_counter() - began, state))
    client.close()
    return answers
