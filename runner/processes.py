"""Programs started together: output under their names, restarted when they die, stopped with us.

Every program runs in a process group of its own, so that a Ctrl-C in the terminal reaches only us and
we stop them in order; Linux ends them when we are killed without a chance to do so.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from etl import logs
from runner.postmaster import wait_until

PATIENCE_S = 10.0
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
WELL_AFTER_S = 60.0
PR_SET_PDEATHSIG = 1
PATIENT = 10  # steps of niceness
_libc = ctypes.CDLL(None)

Tell = Callable[[str, str], None]


@dataclass(frozen=True)
class Program:
    """A command to run under a name; ``ready`` is the line by which it says that it can be used."""

    name: str
    command: tuple[str, ...]
    ready: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    waits: bool = False  # works when nobody else wants the processor: it must not keep a page waiting


def say(name: str, line: str) -> None:
    """One line of output under the name of the program that said it; as JSON where logs are."""
    try:
        # One write a line: print() makes two, between which another program's thread may speak.
        sys.stdout.write(_written(name, line) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone; the programs go on.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _written(name: str, line: str) -> str:
    if not logs.as_json():
        return f"{name:>10} │ {line}"
    return line if line.startswith("{") else logs.line(name, line)


class Job:
    """A program, and the process that runs it now."""

    def __init__(self, program: Program, folder: Path, tell: Tell) -> None:
        self.program, self._folder, self._tell = program, folder, tell
        self.ready = threading.Event()
        self.deaths = 0
        self.code = 0
        self._stopping = threading.Event()
        self._changing = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def run_once(self) -> None:
        """Run it to its end, or until it is asked to stop; ``code`` is what it returned."""
        process = self._spawn()
        if process is None:
            return
        reader = threading.Thread(target=self._read, args=(process,), daemon=True)
        reader.start()
        self.code = process.wait()
        # A program ends its own children; what a killed one left behind would hold its port.
        _signal_group(process.pid, signal.SIGKILL)
        reader.join(PATIENCE_S)

    def keep_running(self) -> None:
        """Run it again and again until it is asked to stop; the pause grows while it does not live long."""
        pause = FIRST_PAUSE_S
        while not self._stopping.is_set():
            started = time.monotonic()
            self.run_once()
            pause = FIRST_PAUSE_S if time.monotonic() - started > WELL_AFTER_S else pause
            self._wait_to_restart(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    def ask_to_stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Signal its whole process group; it is not started again."""
        with self._changing:
            self._stopping.set()
            if self.pid:
                _signal_group(self.pid, how)

    def _spawn(self) -> "subprocess.Popen[str] | None":
        with self._changing:
            if not self._stopping.is_set():
                self._process = self._popen()
                return self._process
        return None

    def _popen(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.program.command,
            cwd=self._folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.program.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            process_group=0,
            # Safe beside threads: it is one system call, whose function is loaded already.
            preexec_fn=_begin_waiting if self.program.waits else _begin,  # noqa: PLW1509
        )

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout
        with process.stdout as lines:
            for line in lines:
                self._hear(line.rstrip())

    def _hear(self, line: str) -> None:
        if self.program.ready and line.strip() == self.program.ready:
            self.ready.set()
        self._tell(self.program.name, line)

    def _wait_to_restart(self, pause_s: float) -> None:
        if self._stopping.is_set():
            return
        self.deaths += 1
        ended = f"berhenti (kode {self.code}), dimulai lagi dalam {pause_s:.0f} detik"
        self._tell(self.program.name, f"{ended} | ended (code {self.code}), starts again in {pause_s:.0f} s")
        self._stopping.wait(pause_s)


class Supervisor:
    """Runs programs side by side in ``folder``; whoever makes one calls ``stop`` in the end."""

    def __init__(self, folder: Path, tell: Tell = say) -> None:
        self._folder, self._tell = folder, tell
        self._jobs: list[Job] = []
        self._threads: list[threading.Thread] = []

    def keep(self, program: Program) -> Job:
        """Start a program that should always run."""
        job = Job(program, self._folder, self._tell)
        self._begin(job, job.keep_running)
        return job

    def run(self, program: Program) -> int:
        """Run a program to its end and return its exit code."""
        job = Job(program, self._folder, self._tell)
        self._begin(job, job.run_once).join()
        return job.code

    def stop(self, patience_s: float = PATIENCE_S) -> None:
        """Stop every program: SIGTERM, and SIGKILL for what still lives after ``patience_s``."""
        for job in self._jobs:
            job.ask_to_stop()
        wait_until(lambda: not any(job.pid for job in self._jobs), patience_s)
        for job in self._jobs:
            job.ask_to_stop(signal.SIGKILL)
        for thread in self._threads:
            thread.join()

    def _begin(self, job: Job, work: Callable[[], None]) -> threading.Thread:
        # The thread lives as long as its process: Linux sends the death signal when the *thread* ends.
        thread = threading.Thread(target=work, name=job.program.name, daemon=True)
        self._jobs.append(job)
        self._threads.append(thread)
        thread.start()
        return thread


def _begin() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # it ends with us


def _begin_waiting() -> None:
    _begin()
    _libc.nice(PATIENT)


def _signal_group(leader: int, how: signal.Signals) -> None:
    try:
        os.killpg(leader, how)
    except ProcessLookupError:
        return
