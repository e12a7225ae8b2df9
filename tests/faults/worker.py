"""``python -m tests.faults.worker``: holds the embedded server, and forks the processes that do the jobs.

One JSON object a line comes in and one goes out. A job that is to be killed, counted or weakened has a process
of its own, with everything imported and nothing opened: no connection, no thread (polars has not been asked
anything before the fork). What is undisturbed is done by one process that lives on, as the real worker does.
"""

import datetime as dt
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from etl import inbox
from etl.catalogue import contracts
from etl.cities import City, load_city, sources
from etl.migrate import bring_up
from etl.pipeline import Outcome, run
from etl.readers import folder
from etl.replay import replay
from etl.source import Source
from etl.span import Span
from runner import postgres
from runner.state import state_dir
from tests.faults import weak
from tests.faults.points import Point, Watch, kill_myself, kill_the_server
from tests.faults.town import SLICE

DATABASE = "faults"
ALL_TIME = Span(dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC))
Said = dict[str, Any]


def main() -> int:
    """Serve until nobody asks any more."""
    contracts()
    steady = Steady()
    for line in sys.stdin:
        said = json.loads(line)
        said["url"] = postgres.ensure()  # started again when it was killed
        print(json.dumps(_answer(said, steady)), flush=True)
    return 0


def _answer(said: Said, steady: "Steady") -> Said:
    if said["do"] == "server":
        return said
    disturbed = said.get("at") or said.get("count") or said.get("weak")
    return _in_a_process(said) if disturbed else steady.ask(said)


class Steady:
    """The process that does what is undisturbed, one job after another."""

    def __init__(self) -> None:
        self._jobs, self._answers = os.pipe(), os.pipe()
        if not os.fork():
            os.close(self._jobs[1])
            self._serve()
        self._ask, self._hear = os.fdopen(self._jobs[1], "w"), os.fdopen(self._answers[0])

    def ask(self, said: Said) -> Said:
        """Have a job done."""
        print(json.dumps(said), file=self._ask, flush=True)
        answer: Said = {"signal": 0, "exit": 1} | json.loads(self._hear.readline() or "{}")
        return answer

    def _serve(self) -> None:
        with _leaving():
            for line in os.fdopen(self._jobs[0]):
                said = json.loads(line)
                _point_to(said["url"])
                _say(self._answers[1], {"results": _steps(said), "exit": 0})


@contextmanager
def _leaving() -> Iterator[None]:
    """A forked process ends here, without a goodbye; an error that nobody expects is told by the exit code."""
    code = 1
    try:
        yield
        code = 0
    finally:
        if code:
            sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
            sys.stderr.flush()
        os._exit(code)


def _say(to: int, what: Said) -> None:
    os.write(to, json.dumps(what).encode() + b"\n")


def _point_to(url: str) -> None:
    address = sa.make_url(url).set(database=DATABASE)
    os.environ["DATABASE_URL"] = address.render_as_string(hide_password=False)
    folder.SLICE = SLICE


def _in_a_process(said: Said) -> Said:
    """What the job's process said before it ended, and the signal that ended it."""
    hears, say = os.pipe()
    pid = os.fork()
    if not pid:
        with _leaving():
            _job(said, say)
    os.close(say)
    with os.fdopen(hears) as lines:
        heard = [json.loads(line) for line in lines]
    ended = os.waitpid(pid, 0)[1]
    answer: Said = {"signal": os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else 0, "exit": ended >> 8}
    for part in heard:
        answer |= part
    return answer


def _job(said: Said, say: int) -> None:
    _point_to(said["url"])
    if said.get("weak"):
        weak.LOADERS[said["weak"]]()
    if not (said.get("at") or said.get("count")):
        _say(say, {"results": _steps(said)})
        return
    watch = Watch(Point(*said["at"]) if said.get("at") else None, _happening(said, say))
    watch.begin()
    results = _steps(said)
    watch.end()
    _say(say, {"results": results} | ({"passed": watch.passed} if said.get("count") else {}))


def _happening(said: Said, say: int) -> Callable[[Point], None]:
    """A kill of this process, or of the server's."""
    victim = said.get("victim", "worker")
    if victim == "worker":
        return kill_myself(say)
    return kill_the_server(say, state_dir() / "postgres" / "data" / "postmaster.pid", victim == "server")


def _steps(said: Said) -> list[Any]:
    if said["do"] == "migrate":
        bring_up()
        return []
    city = load_city(said["city"])
    known = {source.name: source for source in sources(city, {})}
    return [STEPS[step](known[name], city, *rest) for step, name, *rest in said["steps"]]


def _run(source: Source, city: City) -> Any:
    return _told(run(source, city, accept_shrink=True))


def _replay(source: Source, city: City) -> Any:
    return _told(replay(source, city, ALL_TIME, lambda *_: None))


def _push(source: Source, city: City, lines: str, key: str) -> Any:
    return inbox.keep(source, lines.encode(), key)


def _told(outcome: Outcome) -> Said:
    error = outcome.error
    return {"error": str(error) if error else "", "kind": type(error).__name__ if error else ""}


STEPS: dict[str, Callable[..., Any]] = {"run": _run, "replay": _replay, "push": _push}


if __name__ == "__main__":
    sys.exit(main())
