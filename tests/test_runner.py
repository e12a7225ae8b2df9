"""The supervisor of one machine's processes, with small stand-in programs."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.errors import PantauError
from runner import __main__ as runner
from runner.postmaster import wait_until
from runner.processes import Program, Supervisor
from runner.state import CHECKOUT, state_dir

SECONDS = 20
SAYS_READY_AND_WAITS = "import signal; print('ready', flush=True); signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); signal.pause()"
HAS_A_CHILD = """
import signal, subprocess
print(subprocess.Popen(['sleep', '600']).pid, flush=True)
print('ready', flush=True)
signal.pause()
"""
A_RUNNER = """
import sys, signal
from pathlib import Path
from runner.processes import Program, Supervisor, say
job = Supervisor(Path.cwd()).keep(Program("child", (sys.executable, "-c", sys.argv[1]), ready="ready"))
job.ready.wait()
say("PID", str(job.pid))
signal.pause()
"""


def _program(code: str, name: str = "stand-in") -> Program:
    return Program(name, (sys.executable, "-c", code), ready="ready")


def _lives(pid: int) -> bool:
    """A process that was killed but not collected yet does not live."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.fixture
def heard() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, heard: list[tuple[str, str]]) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path, lambda name, line: heard.append((name, line)))
    yield made
    made.stop()


def test_output_comes_under_the_name_and_the_code_is_returned(
    supervisor: Supervisor, heard: list[tuple[str, str]]
) -> None:
    assert supervisor.run(_program("import sys; print('halo'); sys.exit(3)", "etl")) == 3
    assert heard == [("etl", "halo")]


def test_a_program_that_dies_is_started_again(supervisor: Supervisor, heard: list[tuple[str, str]]) -> None:
    job = supervisor.keep(_program(SAYS_READY_AND_WAITS))
    assert job.ready.wait(SECONDS)
    first = job.pid
    assert first
    os.kill(first, signal.SIGKILL)
    assert wait_until(lambda: job.pid not in (None, first), SECONDS)
    assert job.deaths == 1
    assert any("kode -9" in line for _, line in heard)


def test_what_a_killed_program_left_behind_goes_too(supervisor: Supervisor, heard: list[tuple[str, str]]) -> None:
    job = supervisor.keep(_program(HAS_A_CHILD))
    assert job.ready.wait(SECONDS) and job.pid
    grandchild = int(heard[0][1])
    os.kill(job.pid, signal.SIGKILL)
    assert wait_until(lambda: not _lives(grandchild), SECONDS)


def test_stop_ends_everything_and_starts_nothing_again(supervisor: Supervisor, heard: list[tuple[str, str]]) -> None:
    jobs = [supervisor.keep(_program(HAS_A_CHILD)), supervisor.keep(_program(SAYS_READY_AND_WAITS))]
    assert all(job.ready.wait(SECONDS) for job in jobs)
    pids = [int(line) for _, line in heard if line.isdigit()] + [job.pid or 0 for job in jobs]
    supervisor.stop()
    assert [pid for pid in pids if _lives(pid)] == []
    assert [job.deaths for job in jobs] == [0, 0]


def test_a_program_deaf_to_sigterm_is_killed(supervisor: Supervisor) -> None:
    job = supervisor.keep(_program(DEAF))
    assert job.ready.wait(SECONDS)
    pid = job.pid
    supervisor.stop(patience_s=0.2)
    assert pid and not _lives(pid)


def test_stop_during_the_pause_before_a_restart(supervisor: Supervisor) -> None:
    job = supervisor.keep(_program("raise SystemExit(1)"))
    assert wait_until(lambda: job.deaths == 1, SECONDS)
    supervisor.stop()
    assert job.pid is None


def test_programs_end_when_their_runner_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", A_RUNNER, SAYS_READY_AND_WAITS]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    pid = next(int(line.split()[-1]) for line in process.stdout if line.startswith(f"{'PID':>10} │ "))
    assert _lives(pid)
    process.kill()
    process.communicate()
    assert wait_until(lambda: not _lives(pid), SECONDS)


@pytest.mark.parametrize("said", ["abc", "0", "70000", "-1"])
def test_a_port_that_is_none_is_refused(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", said)
    with pytest.raises(PantauError, match=f"PORT={said}"):
        runner.sites()


def test_ports_and_host_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PORT", "9050"), ("PUBLIC_PORT", "9051"), ("HOST", "0.0.0.0")):
        monkeypatch.setenv(name, value)
    command, public = runner.sites()
    assert (command.port, public.port, command.host) == (9050, 9051, "0.0.0.0")
    assert command.address == "http://127.0.0.1:9050/"
    assert "9050" in runner.program(command).command


def test_a_port_in_use_is_named_with_the_variable_that_moves_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        site = runner.Site("public", "none:none", "127.0.0.1", port, "PUBLIC_PORT")
        with pytest.raises(PantauError, match=rf"{port}.*PUBLIC_PORT="):
            runner.require_free(site)
    runner.require_free(site)


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_wish_to_stop_ends_the_command(wish: signal.Signals) -> None:
    # not signal.pause(): a signal that comes just before it would not end it
    work = "lambda: [print(1, flush=True), *iter(lambda: signal.sigtimedwait([], 0.05), 0)]"
    code = f"import signal, sys; from runner.__main__ import _told; sys.exit(_told({work}))"
    process = subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, stdout=subprocess.PIPE
    )
    assert process.stdout
    process.stdout.readline()
    process.send_signal(wish)
    process.communicate()
    assert process.returncode == 0


def test_the_state_folder_is_made_for_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_STATE", str(tmp_path / "a b" / "state"))
    folder = state_dir()
    assert folder == tmp_path / "a b" / "state"
    assert folder.stat().st_mode & 0o777 == (0o711 if os.geteuid() == 0 else 0o700)


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PANTAU_STATE", str(tmp_path / "file" / "state"))
    with pytest.raises(PantauError, match="PANTAU_STATE"):
        state_dir()


def test_threads_may_ask_for_the_server_together() -> None:
    from runner import postgres

    urls: list[str] = []
    threads = [threading.Thread(target=lambda: urls.append(postgres.ensure())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(urls) == 4 and len(set(urls)) == 1


def test_how_long_a_step_took_leaves_its_address_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with runner._step("http://127.0.0.1:8050/"):
        pass
    assert re.search(r"✓ http://127\.0\.0\.1:8050/: \d+,\d s$", capsys.readouterr().out.strip())
