"""wrk, as many requests as a server answers: requests a second, what share takes how long, and what they cost."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.common.meter import cpu_of
from bench.common.web import HOST, Ask, Served

WRK = shutil.which("wrk")
CONNECTIONS = 64
# Asks in turn what a file lists, each thread from a place of its own; says at the end what came as one line of JSON.
SCRIPT = """
local threads = 0
function setup(thread) thread:set("place", threads * 997) threads = threads + 1 end
function init(args)
  asks = dofile(args[1])
  for i, ask in ipairs(asks) do asks[i] = wrk.format(ask[1], ask[2], ask[3], ask[4]) end
end
function request() place = place + 1 return asks[place % #asks + 1] end
function done(summary, latency)
  print(string.format('{"count": %d, "wrong": %d, "lost": %d, "seconds": %f, "p50_ms": %f, "p99_ms": %f}',
    summary.requests, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""


@dataclass(frozen=True)
class Ran:
    """What came of one run; ``cost_s`` are processor seconds of the server."""

    count: int
    wrong: int
    lost: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cost_s: float

    @property
    def per_second(self) -> float:
        return self.count / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Processor milliseconds of the server for one request."""
        return 1000 * self.cost_s / self.count

    def told(self, a_view: int) -> dict[str, float]:
        """As it is kept; so many requests are one view of a page."""
        return {
            "per_second": round(self.per_second),
            "p50_ms": round(self.p50_ms, 2),
            "p99_ms": round(self.p99_ms, 2),
            "cpu_ms": round(self.cpu_ms, 4),
            "not_200": self.wrong + self.lost,
            "views": round(self.per_second / a_view),
            "view_cpu_ms": round(self.cpu_ms * a_view, 3),
        }


def run(folder: Path, server: Served, asks: Sequence[Ask], seconds: float, connections: int = CONNECTIONS) -> Ran:
    """Ask for so long, from so many connections at a time."""
    if WRK is None:
        raise RuntimeError("wrk is not on the PATH (Debian: apt-get install wrk)")
    (folder / "script.lua").write_text(SCRIPT)
    (folder / "asks.lua").write_text(f"return {{{','.join(map(_lua, asks))}}}")
    line = [
        WRK,
        "-t1",
        f"-c{connections}",
        f"-d{max(1, round(seconds))}",
        "--latency",
        "-s",
        str(folder / "script.lua"),
    ]
    line += [f"http://{HOST}:{server.port}/", "--", str(folder / "asks.lua")]
    before = cpu_of(server.pid)
    said = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    return Ran(**json.loads(said.splitlines()[-1]), cost_s=cpu_of(server.pid) - before)


def _lua(ask: Ask) -> str:
    headers = ",".join(f'["{name}"]={_text(value)}' for name, value in ask.headers.items())
    return f"{{{_text(ask.method)},{_text(ask.path)},{{{headers}}},{_text((ask.body or b'').decode()) or 'nil'}}}"


def _text(said: str) -> str:
    return f"[==[{said}]==]" if said else ""
