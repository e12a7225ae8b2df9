"""``python -m runner up``: everything of one machine, started in order, until Ctrl-C."""

import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from etl.errors import PantauError
from runner import postgres
from runner.postmaster import wait_until
from runner.processes import Job, Program, Supervisor, say
from runner.state import CHECKOUT, state_dir

SIMULATOR_READY_WITHIN_S = 900
PAGE_READY_WITHIN_S = 120
LOOK_AT_DATABASE_EVERY_S = 5
DEATHS_BEFORE_READY = 3


@dataclass(frozen=True)
class Site:
    """A web process: where it listens, and the environment variable that moves it."""

    name: str
    application: str
    host: str
    port: int
    variable: str

    @property
    def address(self) -> str:
        shown = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{shown}:{self.port}/"

    def program(self) -> Program:
        return Program(self.name, _python("runner.web", self.application, str(self.port), self.host))


def sites() -> tuple[Site, Site]:
    """The two web processes, as ``HOST``, ``PORT`` and ``PUBLIC_PORT`` say."""
    host = os.environ.get("HOST") or "127.0.0.1"
    command = Site("command", "dashboard.command:server", host, _port("PORT", 8050), "PORT")
    public = Site("public", "dashboard.public:server", host, _port("PUBLIC_PORT", 8051), "PUBLIC_PORT")
    return command, public


def _port(variable: str, default: int) -> int:
    said = os.environ.get(variable) or str(default)
    if not said.isdigit() or not 0 < int(said) < 65536:
        raise PantauError(
            f"{variable}={said} bukan nomor port (1–65535). | {variable}={said} is no port number (1–65535)."
        )
    return int(said)


def require_free(site: Site) -> None:
    """Refuse to start what could not listen, with the way out."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((site.host, site.port))
        except OSError as error:
            free = f"{site.variable}={site.port + 100} make run"
            raise PantauError(
                f"Tidak dapat mendengarkan di {site.host}:{site.port} ({error.strerror}). Mungkin Pantau sudah "
                f"berjalan; atau pilih port lain: {free} | Cannot listen on {site.host}:{site.port} "
                f"({error.strerror}). Perhaps Pantau runs already; or choose another port: {free}"
            ) from error


def up() -> None:
    """Start everything in order and look after it; returns only by an exception.

    Raises:
        PantauError: something that the rest needs cannot start.
        KeyboardInterrupt: somebody wants it to stop.
    """
    command, public = sites()
    require_free(command)
    require_free(public)
    state = state_dir()
    say("pantau", f"Folder keadaan | state folder: {state}")
    supervisor = Supervisor(CHECKOUT)
    try:
        with _step("PostgreSQL"):
            postgres.ensure()
        simulator = _simulate(supervisor, str(state))
        _serve(supervisor, command, public, trial=simulator is not None)
        _load(supervisor, simulator)
        with _step("Layar | the screens"):
            wait_until(lambda: _healthy(command), PAGE_READY_WITHIN_S)
        _announce(command, public)
        _look_after(supervisor)
    finally:
        _stop(supervisor)


def _simulate(supervisor: Supervisor, state: str) -> Job | None:
    if os.environ.get("PANTAU_SIMULATOR") == "off":
        return None
    return supervisor.keep(Program("simulator", _python("simulator", "serve", "--state", state), ready="ready"))


def _serve(supervisor: Supervisor, command: Site, public: Site, trial: bool) -> None:
    """Show the screens while the outside world still prepares itself: they fill before one's eyes."""
    with _step("Gudang data | the warehouse"):
        if supervisor.run(Program("etl", _python("etl", "migrate"))):
            raise PantauError("Gudang data tidak dapat disiapkan. | The warehouse could not be prepared.")
        if trial and supervisor.run(Program("accounts", _python("dashboard", "user", "demo"))):
            raise PantauError("Akun contoh tidak dapat dibuat. | The accounts of the trial could not be made.")
    supervisor.keep(command.program())
    supervisor.keep(public.program())


def _load(supervisor: Supervisor, simulator: Job | None) -> None:
    if simulator:
        with _step("Dunia luar (SIMULASI) | the outside world (simulated)"):
            _wait_for(simulator)
    with _step("Muatan pertama | first load"):
        supervisor.run(Program("etl", _python("etl", "run")))
    supervisor.keep(Program("worker", _python("etl", "work")))
    supervisor.keep(Program("watch", _python("dashboard", "watch")))
    supervisor.keep(Program("post", _python("dashboard", "post")))
    supervisor.keep(Program("publish", _python("dashboard", "publish")))
    supervisor.keep(Program("analyse", _python("dashboard", "analyse")))


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


def _healthy(site: Site) -> bool:
    try:
        with urllib.request.urlopen(f"{site.address}healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


@contextmanager
def _step(what: str) -> Iterator[None]:
    started = time.monotonic()
    say("pantau", f"▶ {what} …")
    yield
    say("pantau", f"✓ {what}: {time.monotonic() - started:.1f} s".replace(".", ",", 1))


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
