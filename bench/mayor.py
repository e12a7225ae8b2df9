"""How long does the mayor wait? 13,000 civil servants, two million orders: page, agency, person, list, workbook.

A market of its own is made, sent through the real pipeline and served; every answer is asked for over HTTP as the
mayor's browser does it. "Cold" is the first answer after orders were loaded, which nobody has asked for yet.
"""

import argparse
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from bench.common import results
from bench.common.meter import percentile
from bench.common.results import Goal
from bench.common.state import fresh_database, temporary_state
from dashboard.access.roles import Grant, Role
from etl.announce import announce
from etl.warehouse import Role as SqlRole
from etl.warehouse import engine
from tests.market import Market, market
from tests.signed_in import COOKIE, OURS, token_with
from tests.world import free_port, serve

SERVANTS, ORDERS, DAYS = 13_000, 2_000_000, 365
LINES_EACH = 1.45
TRIES = 20
AT_ONCE = 6  # connections of a browser
PANELS = ("asn_met", "forecast", "asn_amount", "asn_waiting", "asn_unknown", "asn_exempt", "asn_spent", "ranking")
REST = ("units", "months", "category", "rhythm")
WHY = {"purpose": "inspection", "reason": "mengukur lamanya"}
Waits = dict[str, list[float]]


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m bench.mayor")
    parser.add_argument("--orders", type=int, default=ORDERS)
    parser.add_argument("--tries", type=int, default=TRIES)
    said = parser.parse_args()
    with temporary_state() as state, fresh_database() as url:
        began = time.monotonic()
        lines = round(said.orders * LINES_EACH / DAYS)
        size = {"servants": SERVANTS, "days": DAYS, "order_lines": lines}
        with market(state / "market", "surabaya", 23, url, **size) as made:
            print(
                f"{len(made.books.frames['marketplace_orders']):,} lines in {time.monotonic() - began:.0f} s",
                flush=True,
            )
            waits = measured(made, state, said.tries)
    tell(waits, said.orders)


def measured(made: Market, state: Path, tries: int) -> Waits:
    """Seconds of each kind of answer."""
    port = free_port()
    program = serve("dashboard.command:server", port, state)
    mayor = Mayor(made, f"http://127.0.0.1:{port}")
    try:
        mayor.until_well()
        return {name: [ask(number) for number in range(tries)] for name, ask in mayor.asks()}
    finally:
        program.terminate()
        program.wait()


class Mayor:
    """The mayor's browser."""

    def __init__(self, made: Market, url: str) -> None:
        cookies = {COOKIE: token_with(Grant(Role.MAYOR, made.city.code))}
        self.made = made
        self.client = httpx.Client(base_url=url, timeout=120, cookies=cookies, headers=OURS)
        self.entry = ""

    def until_well(self) -> None:
        """Wait for the server."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if self.client.get("/healthz").status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.2)
        raise RuntimeError("the server does not answer")

    def asks(self) -> Iterator[tuple[str, Callable[[int], float]]]:
        """What is measured, in the order of a visit."""
        yield "page to first number, cold", lambda n: self._cold(lambda: self._panels(PANELS[:1]))
        yield "all tiles and the ranking, cold", lambda n: self._cold(lambda: self._panels(PANELS))
        yield "the rest of the page, cold", lambda n: self._cold(lambda: self._panels(REST))
        yield "the whole page, known", lambda n: timed(lambda: self._panels((*PANELS, *REST)))
        yield "an agency and its units, cold", lambda n: self._cold(lambda: self._panels(PANELS, n))
        yield "the list opens (13,000 names)", lambda n: timed(self._open)
        yield "list: sort", lambda n: timed(lambda: self._list(by=("nama", "nilai-turun", "opd", "pesanan")[n % 4]))
        yield "list: search", lambda n: timed(lambda: self._list(search=("Siti", "Agus Wi", "1985", "rahayu")[n % 4]))
        yield "list: filter and group", lambda n: timed(lambda: self._list(state="open", group="unit"))
        yield "a person", lambda n: timed(lambda: self._person(n))
        yield "XLSX of everybody", lambda n: timed(lambda: self._file("xlsx"))
        yield "CSV of everybody", lambda n: timed(lambda: self._file("csv"))

    def _cold(self, ask: Callable[[], object]) -> float:
        """After orders were loaded."""
        with engine(SqlRole.ETL).begin() as connection:
            announce(connection, "marketplace_orders", self.made.city.code)
        time.sleep(0.3)  # until the server has heard of it
        return timed(ask)

    def _panels(self, names: tuple[str, ...], agency: int | None = None) -> None:
        said: dict[str, str] = {"kota": self.made.city.slug}
        if agency is not None:
            said["saring"] = f"agency_code:D{agency % 14 + 1:02d}"
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for reply in pool.map(lambda name: self.client.get(f"/panel/belanja/{name}", params=said), names):
                reply.raise_for_status()

    def _open(self) -> None:
        reply = self._post("/belanja/orang/buka", **WHY)
        found = re.search(r"buka=(\d+)", reply.headers["Location"])
        assert found
        self.entry = found[1]
        self._list()

    def _list(self, **said: str) -> str:
        reply = self._post("/belanja/daftar", buka=self.entry, **said)
        assert 'class="who"' in reply.text, reply.text[:500]
        return reply.text

    def _person(self, number: int) -> None:
        who = re.findall(r'name="who" value="(\w+)"', self._listed)[number]
        reply = self._post("/belanja/daftar/orang", buka=self.entry, who=who)
        assert reply.status_code == 200

    @property
    def _listed(self) -> str:
        if not hasattr(self, "_kept"):
            self._kept = self._list(by="pesanan-turun")
        return self._kept

    def _file(self, kind: str) -> None:
        reply = self._post(f"/belanja/daftar/{kind}", buka=self.entry)
        assert len(reply.content) > 100_000, reply.status_code

    def _post(self, path: str, **said: Any) -> httpx.Response:
        return self.client.post(path, params={"kota": self.made.city.slug}, data=said)


def timed(ask: Callable[[], object]) -> float:
    """Seconds that it takes."""
    began = time.monotonic()
    ask()
    return time.monotonic() - began


def tell(waits: Waits, orders: int) -> None:
    """Print the table, keep the figures."""
    shares = {name: [1000 * percentile(times, share) for share in (0.5, 0.95)] for name, times in waits.items()}
    rows = [(name, f"{half:,.0f} ms", f"{most:,.0f} ms") for name, (half, most) in shares.items()]
    results.show(f"{SERVANTS:,} civil servants, {orders:,} orders", ("", "p50", "p95"), rows)
    grid = max(most for name, (_, most) in shares.items() if name.startswith("list:"))
    goals = [
        Goal("first number, cold, p95 ms", 1000, shares["page to first number, cold"][1], at_most=True),
        Goal("list: sort, search, filter, p95 ms", 300, grid, at_most=True),
    ]
    figure = f"mayor: {SERVANTS:,} civil servants, {orders:,} orders; " + "; ".join(
        f"{name} {half:.0f} ms (p95 {most:.0f})" for name, (half, most) in shares.items()
    )
    results.keep("mayor", figure, {"waits": shares}, goals)


if __name__ == "__main__":
    main()
