"""``python -m runner up``: everything of one machine, started in order, until Ctrl-C."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256

from etl.errors import PantauError
from runner import machine, postgres
from runner.diagnosis import Diagnosis, State
from runner.machine import Site, sites
from runner.postmaster import wait_until
from runner.processes import Job, Program, Supervisor, say
from runner.state import CHECKOUT, state_dir

SIMULATOR_READY_WITHIN_S = 900
PAGE_READY_WITHIN_S = 120
LOOK_AT_DATABASE_EVERY_S = 5
DEATHS_BEFORE_READY = 3
UPGRADED = "upgraded"  # in the state folder: with which code the warehouse was last upgraded


def program(site: Site) -> Program:
    """The process that serves a site."""
    return Program(site.name, _python("runner.web", site.application, str(site.port), site.host))


def require(checks: Iterable[Diagnosis]) -> None:
    """Say what is not well, with its remedy; what fails keeps everything from starting.

    Raises:
        PantauError: something that the rest needs is not there.
    """
    for found in checks:
        if found.state is State.FAIL:
            raise PantauError(f"{found.seen.id} → {found.remedy.id} | {found.seen.en} → {found.remedy.en}")
        if found.state is State.WARN:
            for line in found.lines():
                say("pantau", line)


def require_free(site: Site) -> None:
    """Refuse to start what could not listen, with the way out."""
    require([machine.port(site, running_is_fine=False)])


def up() -> None:
    """Start everything in order and look after it; returns only by an exception.

    Raises:
        PantauError: something that the rest needs cannot start.
        KeyboardInterrupt: somebody wants it to stop.
    """
    command, public = sites()
    require_free(command)
    require_free(public)
    require(check() for check in machine.START)
    state = state_dir()
    say("pantau", f"Folder keadaan | state folder: {state}")
    supervisor = Supervisor(CHECKOUT)
    try:
        simulator = _simulate(supervisor, str(state))
        with _step("PostgreSQL"):
            postgres.ensure()
        _serve(supervisor, command, public, trial=simulator is not None)
        with _step(f"Layar | the screens: {command.address}"):
            wait_until(lambda: machine.answers(command), PAGE_READY_WITHIN_S)
        _load(supervisor, simulator)
        _announce(command, public)
        _look_after(supervisor)
    finally:
        _stop(supervisor)


def _simulate(supervisor: Supervisor, state: str) -> Job | None:
    if os.environ.get("PANTAU_SIMULATOR") == "off":
        return None
    return supervisor.keep(
        Program("simulator", _python("simulator", "serve", "--state", state), ready="ready", waits=True)
    )


def _serve(supervisor: Supervisor, command: Site, public: Site, trial: bool) -> None:
    """Show the screens while the outside world still prepares itself: they fill before one's eyes.

    In a warehouse that this very code was at before there is nothing to wait for: the command center starts beside the
    upgrade, and the public site, for which nobody at this machine waits, after it.
    """
    mark = state_dir() / UPGRADED
    there = mark.exists() and mark.read_text() == _code()
    if there:
        supervisor.keep(program(command))
    with _step("Gudang data | the warehouse"):
        if supervisor.run(Program("etl", _python("etl.upgrade"))):
            supervisor.run(Program("doctor", _python("doctor", "--warehouse")))
            raise PantauError("Gudang data tidak dapat disiapkan. | The warehouse could not be prepared.")
        mark.write_text(_code())
        if trial and supervisor.run(Program("accounts", _python("dashboard", "user", "demo"))):
            raise PantauError("Akun contoh tidak dapat dibuat. | The accounts of the trial could not be made.")
    if not there:
        supervisor.keep(program(command))
    supervisor.keep(program(public))


def _code() -> str:
    """What declares the tables, and which warehouse it is: a hint only, as the upgrade itself looks every time."""
    digest = sha256(os.environ.get("DATABASE_URL", "").encode())
    for path in sorted((CHECKOUT / "etl").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _load(supervisor: Supervisor, simulator: Job | None) -> None:
    if simulator:
        with _step("Dunia luar (SIMULASI) | the outside world (simulated)"):
            _wait_for(simulator)
    with _step("Muatan pertama | first load"):
        supervisor.run(Program("etl", _python("etl", "run")))
    supervisor.keep(Program("worker", _python("etl", "work")))
    supervisor.keep(Program("watch", _python("dashboard", "watch")))
    supervisor.keep(Program("post", _python("dashboard", "post")))
    supervisor.keep(Program("publish", _python("dashboard", "publish"), waits=True))
    supervisor.keep(Program("analyse", _python("dashboard", "analyse"), waits=True))


def _wait_for(simulator: Job) -> None:
    """A simulator that does not come must not keep real sources waiting."""
    wait_until(lambda: simulator.ready.is_set() or simulator.deaths >= DEATHS_BEFORE_READY, SIMULATOR_READY_WITHIN_S)
    if not simulator.ready.is_set():
        say("pantau", "Simulator tidak siap; dilanjutkan tanpanya. | The simulator is not ready; going on without it.")


def _look_after(supervisor: Supervisor) -> None:
    """Everything else is restarted by its own thread; the database has no other guardian."""
    while True:
        time.sleep(LOOK_AT_DATABASE_EVERY_S)
        try:
            postgres.ensure()
        except PantauError as error:
            say("postgres", str(error))


def _stop(supervisor: Supervisor) -> None:
    for impatience in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(impatience, signal.SIG_IGN)
    with _step("Menghentikan semuanya | stopping everything"):
        supervisor.stop()
        postgres.release()


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)


@contextmanager
def _step(what: str) -> Iterator[None]:
    started = time.monotonic()
    say("pantau", f"▶ {what} …")
    yield
    took = f"{time.monotonic() - started:.1f}".replace(".", ",")
    say("pantau", f"✓ {what}: {took} s")


def _announce(command: Site, public: Site) -> None:
    line = "═" * 68
    for text in (
        line,
        f"  Ruang kendali  | command center :  {command.address}",
        f"  Halaman publik | public site    :  {public.address}",
        "  Ctrl-C menghentikan semuanya | Ctrl-C stops everything",
        line,
    ):
        say("pantau", text)


def _wish_to_stop_is_an_interrupt() -> None:
    for wish in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup asked us to ignore it; an interrupt that a shell made us ignore is still a wish when it is sent.
        if wish is not signal.SIGHUP or signal.getsignal(wish) is not signal.SIG_IGN:
            signal.signal(wish, signal.default_int_handler)


def main(arguments: list[str]) -> int:
    """The exit code: 0 when it was stopped as somebody wished."""
    if arguments != ["up"]:
        print("python -m runner up", file=sys.stderr)
        return 2
    return _told(up)


def _told(work: Callable[[], None]) -> int:
    _wish_to_stop_is_an_interrupt()
    try:
        work()
    except KeyboardInterrupt:
        return 0
    except PantauError as error:
        say("pantau", f"✗ {error}")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
