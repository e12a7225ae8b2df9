"""How a web application is served, said once: for ``make run``, the Procfile, the tests and the benchmarks.

``python -m runner.web dashboard.command:server 8050 [host]`` serves one; a last word names another that it is served
like (the stand-ins of tests). The server is called and not its command line, whose parser each of its processes would
keep in memory.
"""

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

from etl import logs

MOST_CONNECTIONS = 4096  # that are open at a time, those that say nothing among them
PATIENCE_MS = 10_000  # a head that is not there by then will not come; an idle connection is closed after as long
STOP_S = 5  # whoever stops it does not wait for those that wait for news
# Ours wait for bodies themselves and have threads of their own (dashboard/front.py, dashboard/public/front.py).
INTERFACES: dict[str, dict[str, Any]] = {
    "dashboard.command:server": {"interface": "asginl"},
    "dashboard.public:server": {"interface": "rsgi", "runtime_mode": "mt"},
}
PLAIN = {"interface": "wsgi", "blocking_threads": 4}
POOLS = "MALLOC_ARENA_MAX"  # each thread would else keep pools of its own: 10 MB at 20 sessions
AS_JSON = Path(__file__).with_name("logs.json")


def command(application: str, port: int, host: str = "127.0.0.1", like: str = "") -> tuple[str, ...]:
    """The command line that serves an application, as it is deployed or like another one."""
    return (sys.executable, "-m", "runner.web", application, str(port), host, *([like] if like else []))


def main(application: str, port: str, host: str = "0.0.0.0", like: str = "") -> None:
    """Serve until somebody stops it."""
    allow_connections()
    if POOLS not in os.environ:  # heard only by a program that begins
        os.environ[POOLS] = "1"
        os.execv(sys.executable, command(application, int(port), host, like))
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces, RuntimeModes
    from granian.errors import FatalError
    from granian.http import HTTP1Settings

    said = INTERFACES.get(like or application, PLAIN)
    kinds = {"interface": Interfaces(said["interface"]), "runtime_mode": RuntimeModes(said.get("runtime_mode", "auto"))}
    told = json.loads(AS_JSON.read_text("utf-8")) if logs.as_json() else None
    server = Granian(
        application, host, int(port), workers=1, websockets=False, http=HTTPModes.http1, backlog=MOST_CONNECTIONS,
        backpressure=MOST_CONNECTIONS, http1_settings=HTTP1Settings(header_read_timeout=PATIENCE_MS),
        workers_kill_timeout=STOP_S, log_dictconfig=told, **(said | kinds),
    )  # fmt: skip
    try:
        server.serve()
    except FatalError:  # it has said why
        sys.exit(1)


def allow_connections() -> None:
    """A connection is an open file, of which a process may often have no more than a thousand by default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST_CONNECTIONS if hard == resource.RLIM_INFINITY else min(2 * MOST_CONNECTIONS, hard)
    if 0 <= soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    main(*sys.argv[1:])
