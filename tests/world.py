"""The running outside world for tests: the simulator serving, everything loaded once, shared by all workers.

Small (45 days, a tenth of the volume), frozen (nothing new happens), from one seed.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner.locks import alone

DAYS, SCALE, SEED = 45, 0.1, 7
ROOT = Path(__file__).parent.parent
READY_WITHIN_S = 240
AFTER_LOADING = (("etl", "findings"), ("dashboard", "release"), ("etl", "aid"))
BELOW_EPHEMERAL = 15_000


@dataclass(frozen=True)
class World:
    """Where the simulated world and the loaded warehouse lie; ``truth`` is the simulator's own store."""

    state: Path
    truth: Path
    command_url: str
    public_url: str


def _marker() -> Path:
    return Path(os.environ["PANTAU_STATE"]) / "world.json"


@pytest.fixture(scope="session")
def world() -> World:
    """The shared world; made by the first worker that asks."""
    state = Path(os.environ["PANTAU_STATE"])
    with alone(state / "world.lock"):
        if not _marker().exists():
            _marker().write_text(json.dumps(_begin(state)))
    made = json.loads(_marker().read_text())
    return World(state, state / "simulator" / "truth.sqlite", made["command"], made["public"])


def end_world() -> None:
    """Stop what the fixture started; called once, when the whole run is over."""
    if not _marker().exists():
        return
    groups = json.loads(_marker().read_text())["groups"]
    for group in groups:
        os.killpg(group, signal.SIGTERM)
    until(lambda: not any(alive(group) for group in groups), lambda: True, _marker())
    _marker().unlink()


def alive(group: int) -> bool:
    """Whether any process of a group is left; one that is ours and has ended is taken off the list."""
    with suppress(ChildProcessError):  # another worker's child
        os.waitpid(-group, os.WNOHANG)
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _begin(state: Path) -> dict[str, object]:
    options = ["--days", str(DAYS), "--scale", str(SCALE), "--seed", str(SEED)]
    outside = start(
        [sys.executable, "-m", "simulator", "serve", "--state", str(state), "--frozen", *options],
        state / "simulator.log",
    )
    wait_for_line(state / "simulator.log", "ready", outside)
    run("etl", "migrate")
    run("dashboard", "user", "demo")
    loading = start([sys.executable, "-m", "etl", "run"], state / "etl.log")  # what it says is searched for people
    assert loading.wait(READY_WITHIN_S) == 0, (state / "etl.log").read_text()
    with ThreadPoolExecutor() as beside:  # what follows from the loaded rows, each for itself
        for done in [beside.submit(run, *command) for command in AFTER_LOADING]:
            done.result()
    run("dashboard", "analyse", "--once")
    command, public = free_port(), free_port()
    groups = [
        outside.pid,
        serve("dashboard.command:server", command, state).pid,
        serve("dashboard.public:server", public, state).pid,
    ]
    urls = {"command": f"http://127.0.0.1:{command}", "public": f"http://127.0.0.1:{public}"}
    for url in urls.values():
        wait_for_health(url, state)
    return {"groups": groups, **urls}


def run(*command: str, state: Path | None = None) -> str:
    """Run one of our command lines to its end; its output. A failure shows what it printed."""
    line = [sys.executable, "-m", *command]
    done = subprocess.run(
        line, cwd=ROOT, env=_env(state), capture_output=True, text=True, timeout=READY_WITHIN_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def start(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a program of the world whose state folder holds ``log``."""
    with log.open("ab") as out:
        return subprocess.Popen(
            command, cwd=ROOT, env=_env(log.parent), stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )


def _env(state: Path | None) -> dict[str, str]:
    return os.environ | ({"PANTAU_STATE": str(state)} if state else {})


def serve(application: str, port: int, state: Path) -> subprocess.Popen[bytes]:
    """One of our web applications as it is deployed."""
    line = [sys.executable, "-m", "runner.web", application, str(port), "127.0.0.1"]
    return start(line, state / f"web-{port}.log")


def free_port() -> int:
    """A port that nobody has, below those that the system hands out to connections: who comes back finds it free."""
    while True:
        port = BELOW_EPHEMERAL + secrets.randbelow(15_000)
        with suppress(OSError), socket.socket() as found:
            found.bind(("127.0.0.1", port))
            return port


def wait_for_line(log: Path, line: str, process: subprocess.Popen[bytes]) -> None:
    until(lambda: line in log.read_text().splitlines(), lambda: process.poll() is None, log)


def wait_for_health(url: str, state: Path, name: str = "") -> None:
    until(lambda: healthy(url), lambda: True, state / f"{name or 'web-' + url.rsplit(':', 1)[1]}.log")


def healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def until(done: Callable[[], bool], running: Callable[[], bool], log: Path) -> None:
    """Wait for a condition, and say what the log says when it does not come."""
    deadline = time.monotonic() + READY_WITHIN_S
    while not done():
        assert running() and time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.05)
