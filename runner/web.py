"""How a web application is served, said once: for ``make run``, the Procfile, the tests and the benchmarks.

``python -m runner.web dashboard.command:server 8050 [host]`` serves one.
"""

import os
import resource
import sys
from pathlib import Path

from etl import logs

MOST_CONNECTIONS = 4096  # that are open at a time, those that say nothing among them
# A head that is not there within these milliseconds will not come; an idle connection is closed after as long.
COMMON = ("--no-ws", "--http", "1", "--workers", "1", "--http1-header-read-timeout", "10000")
# Whoever stops it does not wait for those that wait for news.
STOP = ("--workers-kill-timeout", "5")
SIZE = ("--backlog", str(MOST_CONNECTIONS), "--backpressure", str(MOST_CONNECTIONS))
# Ours wait for bodies themselves and have threads of their own (dashboard/front.py, dashboard/public/front.py).
INTERFACES = {
    "dashboard.command:server": ("--interface", "asginl"),
    "dashboard.public:server": ("--interface", "rsgi", "--runtime-mode", "mt"),
}
AS_JSON = ("--log-config", str(Path(__file__).with_name("logs.json")))
PLAIN = ("--interface", "wsgi", "--blocking-threads", "4")


def command(application: str, port: int, host: str = "127.0.0.1") -> tuple[str, ...]:
    """The command line that serves an application."""
    listen = ("--host", host, "--port", str(port))
    told = AS_JSON if logs.as_json() else ()
    options = (*listen, *COMMON, *STOP, *SIZE, *told, *INTERFACES.get(application, PLAIN))
    return (sys.executable, "-m", "granian", *options, application)


def main(application: str, port: str, host: str = "0.0.0.0") -> None:
    """Become the server."""
    allow_connections()
    os.environ.setdefault("MALLOC_ARENA_MAX", "1")  # each thread would else keep pools of its own: 10 MB at 20 sessions
    line = command(application, int(port), host)
    os.execv(line[0], line)


def allow_connections() -> None:
    """A connection is an open file, of which a process may often have no more than a thousand by default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST_CONNECTIONS if hard == resource.RLIM_INFINITY else min(2 * MOST_CONNECTIONS, hard)
    if 0 <= soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    main(*sys.argv[1:])
