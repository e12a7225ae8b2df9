"""The processes of one PostgreSQL server, known by its data folder and by its name in the process list."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PAUSE_S = 0.02


@dataclass(frozen=True)
class Postmaster:
    """The server over ``data``, whose processes are called ``name`` in the process list."""

    data: Path
    name: str

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def pid(self) -> int | None:
        """The process that serves now; None when there is none, whatever the pid file says."""
        written = self._written_pid()
        return written if written and self._is_ours(_command(written)) else None

    def port(self) -> int:
        """The port it listens on, from the pid file of a running server."""
        return int(self.pid_file.read_text().splitlines()[3])

    def stop(self, patience_s: float = 60) -> None:
        """Shut down in order; a server that does not is killed (its log repairs the data at the next start)."""
        for how, seconds in ((signal.SIGINT, patience_s), (signal.SIGQUIT, 10), (signal.SIGKILL, 5)):
            pid = self.pid()
            if pid is None:
                return
            _signal(pid, how)
            wait_until(lambda: self.pid() is None, seconds)

    def clear_remains(self) -> None:
        """After a crash: end the orphans of the dead server, drop a pid file that names a stranger.

        PostgreSQL looks after a stale pid file itself, except when the number belongs to
        another process meanwhile, or to the dead server whom its parent has not collected.
        """
        for how in (signal.SIGQUIT, signal.SIGKILL):
            for pid in self._orphans():
                _signal(pid, how)
            if wait_until(lambda: not self._orphans(), 5):
                break
        written = self._written_pid()
        if written and Path(f"/proc/{written}").exists():
            self.pid_file.unlink()

    def _written_pid(self) -> int | None:
        try:
            return int(self.pid_file.read_text().split()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None

    def _orphans(self) -> list[int]:
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return [pid for pid in pids if self._is_ours(_command(pid))]

    def _is_ours(self, command: str) -> bool:
        """The server is known by the folder it was started with, its children by the title they take."""
        return f"/postgres -D {self.data} " in command or command.startswith(f"postgres: {self.name}: ")


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    """Look again and again until it is true (then True) or the time is over (then False)."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_S)
    return True


def _command(pid: int) -> str:
    """The command line of a process; empty for one that is gone or only waits to be collected."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _signal(pid: int, how: signal.Signals) -> None:
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return
