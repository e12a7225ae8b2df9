"""A place of its own for faults: a state folder, a server that may be killed, a process that forks workers."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from etl import keys
from runner.state import CHECKOUT
from tests.faults.points import Point
from tests.faults.worker import DATABASE

LEASE_TRIES = 200  # of the session of a process that was killed, the server learns a moment later
Steps = list[tuple[str, ...]]


class Broken(AssertionError):
    """A worker ended in a way that nobody meant."""


class Lab:
    """Asks for jobs; reads what is then in the warehouse."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.names = count(1)
        environment = {**os.environ, "PANTAU_STATE": str(state), "PANTAU_CITIES": str(state / "cities")}
        # The same seals as ours: who compares reads what is under them.
        self.vault = keys.secret("vault")
        environment |= {"PYTHONHASHSEED": "0", "PANTAU_KEY_VAULT": self.vault}
        environment.pop("DATABASE_URL", None)
        with (state / "worker.log").open("ab") as log:
            self._worker = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.worker"],
                env=environment, cwd=CHECKOUT, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        self.work("migrate")

    def end(self) -> None:
        """The worker leaves, and its server with it."""
        self._worker.communicate()

    def url(self) -> str:
        """The owner's address; the server is started when it was killed."""
        server = sa.make_url(self._ask({"do": "server"})["url"])
        return server.set(database=DATABASE).render_as_string(hide_password=False)

    def connect(self) -> sa.Connection:
        """As the owner."""
        return sa.create_engine(self.url(), poolclass=sa.NullPool).connect()

    def work(self, do: str, city: str = "", steps: Steps = (), **how: Any) -> dict[str, Any]:
        """One job in a process of its own; ``at`` a point it is killed, or its server is."""
        answer = self._ask({"do": do, "city": city, "steps": steps, **how})
        if answer["signal"] != (9 if "killed" in answer else 0) or answer["exit"]:
            raise Broken(f"{answer}\n{(self.state / 'worker.log').read_text()[-3000:]}")
        return answer

    def finish(self, city: str, steps: Steps, **how: Any) -> dict[str, Any]:
        """A job to its end, undisturbed: after a kill the lease is free as soon as the server has noticed."""
        for _ in range(LEASE_TRIES):
            answer = self.work("steps", city, steps, **how)
            told = [result for result in answer["results"] if isinstance(result, dict)]
            if any(result["error"] and result["kind"] != "LeaseTaken" for result in told):
                raise Broken(f"{steps}: {told}")
            if not any(result["error"] for result in told):
                return answer
        raise Broken(f"{steps}: the lease stays taken")

    def _ask(self, said: dict[str, Any]) -> dict[str, Any]:
        if not self._worker.stdin or not self._worker.stdout:
            raise Broken("no worker")
        self._worker.stdin.write(json.dumps(said) + "\n")
        self._worker.stdin.flush()
        line = self._worker.stdout.readline()
        if not line:
            raise Broken((self.state / "worker.log").read_text()[-3000:])
        answer: dict[str, Any] = json.loads(line)
        return answer


def point(answer: dict[str, Any]) -> Point | None:
    """Where a job, or its server, was killed."""
    found = answer.get("killed") or answer.get("server_killed")
    return Point(*found) if found else None


@contextmanager
def lab() -> Iterator[Lab]:
    """A lab in a temporary folder, gone afterwards."""
    state = Path(tempfile.mkdtemp(prefix="pantau-faults-"))
    # Not mkdtemp's 0700: as root the server runs as another user, who passes through here.
    state.chmod(0o711 if os.geteuid() == 0 else 0o700)
    made = None
    try:
        made = Lab(state)
        yield made
    finally:
        if made:
            made.end()
        shutil.rmtree(state)
