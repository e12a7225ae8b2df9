"""Many readers at once: everything once, or at a rate that does not wait for anybody; and an operator meanwhile."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.common.meter import cpu_of, percentile
from bench.common.released import CITY
from bench.common.web import HOST, ROOT, Ask, Client, Served

CLIENTS = 4
EVERY_S = 0.05
OPERATOR = (f"/panel/pasar/trend?kota={CITY}", f"/panel/kota/gmv?kota={CITY}", f"/bell?kota={CITY}", "/")


def once(port: int, asks: Sequence[Ask]) -> tuple[list[float], list[int]]:
    """Ask for everything once, a few at a time; the seconds and the state of each."""

    def some(first: int) -> list[tuple[float, int]]:
        connection = http.client.HTTPConnection(HOST, port, timeout=60)
        return [_timed(connection, ask) for ask in asks[first::CLIENTS]]

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [one for part in pool.map(some, range(CLIENTS)) for one in part]
    return [took for took, _ in answers], [state for _, state in answers]


def _timed(connection: http.client.HTTPConnection, ask: Ask) -> tuple[float, int]:
    began = time.perf_counter()
    connection.request(ask.method, ask.path, ask.body, ask.headers)
    reply = connection.getresponse()
    reply.read()
    return time.perf_counter() - began, reply.status


def come(
    folder: Path, server: Served, command: Served, views: list[list[Ask]], rate: float, seconds: float
) -> dict[str, Any]:
    """Readers come; an operator asks the command center something twenty times a second: how long did each take?"""
    file, done = folder / "views.json", threading.Event()
    file.write_text(json.dumps([[_wire(server, ask) for ask in view] for view in views]))
    line = [sys.executable, "-m", "bench.common.openloop", str(server.port), str(rate), str(seconds), str(file)]
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(_operate, command, done)
        before = cpu_of(server.pid)
        if rate:
            said = json.loads(subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
        else:
            said = {}
            time.sleep(seconds)
        cost = cpu_of(server.pid) - before
        done.set()
    took = waits.result()
    operator = {"operator_p50_ms": percentile(took, 0.5), "operator_p99_ms": percentile(took, 0.99)}
    return {**said, **operator, "operator_most_ms": max(took), "server_cpu_s": cost}


def _operate(command: Served, done: threading.Event) -> list[float]:
    client = Client(command.port)
    took: list[float] = []
    while not done.wait(EVERY_S):
        began = time.perf_counter()
        state, _, _ = client.send(Ask(OPERATOR[len(took) % len(OPERATOR)]))
        took.append(1000 * (time.perf_counter() - began))
        if state != 200:
            raise RuntimeError(f"the command center answers {state}")
    client.close()
    return took


def _wire(server: Served, ask: Ask) -> str:
    """A request as it is written."""
    heads = {"Host": f"{HOST}:{server.port}", **ask.headers}
    return "\r\n".join(
        [f"{ask.method} {ask.path} HTTP/1.1", *(f"{name}: {said}" for name, said in heads.items()), "", ""]
    )


def killed(server: Served) -> None:
    """End a server and its workers at once, and wait until they are gone."""
    os.killpg(server.pid, signal.SIGKILL)
    os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)
