"""How much does a picture cost? Every panel computed and served, beside a usual Dash callback of the same chart.

A small simulated world: 60 days, three tenths of the volume, frozen. The city asked about is the largest.
"""

import datetime as dt
import gzip
import json
import statistics
import time
from typing import Any

from werkzeug.datastructures import MultiDict

from bench.common import results
from bench.common.state import temporary_state
from bench.common.web import Ask, Heard, Served, fetch, hammer, served
from bench.common.world import loaded
from dashboard.answers import ready
from dashboard.areas import places
from dashboard.command import cities, load_pages
from dashboard.page import Page, pages
from dashboard.panels import Panel
from dashboard.queries import Asked
from dashboard.scope import from_address
from etl.warehouse import reading

CITY = "surabaya"
TIMES = 5
CHART = "/panel/pasar/trend"
GZIP = {"Accept-Encoding": "gzip"}
HEADS = ("", "requests/s", "p50 ms", "p95 ms", "CPU-ms a request", "bytes")
Row = tuple[str, ...]


def main() -> None:
    """Measure, print, keep."""
    with temporary_state() as state:
        loaded(state)
        load_pages()
        panels = [_panel(page, panel) for page in pages() for panel in page.panels]
        asks = [Ask(f"/panel/{one['page']}/{one['panel']}?kota={CITY}", headers=GZIP) for one in panels]
        with served("dashboard.command:server", state / "command.log") as server:
            ours = _ours(server, asks)
        with served("bench.common.plain_dash:server", state / "dash.log") as server:
            usual = _usual(server)
    _tell(panels, ours | usual)


def _panel(page: Page, panel: Panel) -> dict[str, Any]:
    """Milliseconds to compute and encode one panel with nothing kept, and its size on the wire."""
    times, packed = [], b""
    for _ in range(TIMES):
        began = time.perf_counter()
        packed = ready(_computed(page, panel)).packed
        times.append(time.perf_counter() - began)
    return {"page": page.slug, "panel": panel.id, "ms": 1000 * statistics.median(times), "bytes": len(packed)}


def _computed(page: Page, panel: Panel) -> dict[str, Any]:
    now, city = dt.datetime.now(dt.UTC), cities()[CITY]
    asked = Asked(from_address(MultiDict({"kota": CITY}), cities(), page.period, now), city, now)
    with reading(city.code) as connection:
        return panel.answer(connection, asked, places(connection, city))


def _ours(server: Served, asks: list[Ask]) -> dict[str, tuple[Heard, int]]:
    """Warm: every panel was asked for once before."""
    sizes = {ask.path: _size(server, ask) for ask in asks}
    chart = next(ask for ask in asks if ask.path.startswith(CHART))
    _, headers, _ = fetch(server, Ask(f"/bell?kota={CITY}"))
    bell = Ask(f"/bell?kota={CITY}", headers={"If-None-Match": headers["ETag"]})
    return {
        "all": (hammer(server, asks), round(statistics.mean(sizes.values()))),
        "chart": (hammer(server, [chart]), sizes[chart.path]),
        "bell": (hammer(server, [bell]), 0),
    }


def _usual(server: Served) -> dict[str, tuple[Heard, int]]:
    asked = {
        "output": "graph.figure",
        "outputs": {"id": "graph", "property": "figure"},
        "inputs": [{"id": "city", "property": "value", "value": CITY}],
        "changedPropIds": ["city.value"],
    }
    headers = GZIP | {"Content-Type": "application/json"}
    callback = Ask("/_dash-update-component", "POST", json.dumps(asked).encode(), headers)
    return {"usual": (hammer(server, [callback]), _size(server, callback))}


def _size(server: Served, ask: Ask) -> int:
    """Bytes of the answer, packed; raises when it is not a good one."""
    state, headers, body = fetch(server, ask)
    if state != 200:
        raise RuntimeError(f"{ask.path}: {state} {body[:500]!r}")
    return len(body if headers.get("Content-Encoding") else gzip.compress(body, 6))


def _tell(panels: list[dict[str, Any]], measured: dict[str, tuple[Heard, int]]) -> None:
    rows = [(f"{one['page']}/{one['panel']}", f"{one['ms']:.1f}", str(one["bytes"])) for one in panels]
    results.show(f"Computed, nothing kept, median of {TIMES}", ("panel", "ms", "bytes gzip"), rows)
    titles = {
        "all": f"all {len(panels)} panels in turn, kept",
        "chart": "the chart of /pasar, kept",
        "usual": "the same chart by a usual Dash callback",
        "bell": f"/bell, {_unchanged(measured['bell'][0]):.1%} of it 304",
    }
    served_rows = [_row(title, *measured[name]) for name, title in titles.items()]
    results.show("Served by one worker to 8 clients for 5 s each", HEADS, served_rows)
    shares = {name: _facts(heard, size) for name, (heard, size) in measured.items()}
    results.keep("panels", _figure(panels, measured), {"panels": panels, "served": shares})


def _unchanged(heard: Heard) -> float:
    return heard.states.count(304) / len(heard.states)


def _facts(heard: Heard, size: int) -> dict[str, float]:
    return {
        "per_second": heard.per_second,
        "p50_ms": heard.ms(0.5),
        "p95_ms": heard.ms(0.95),
        "cpu_ms": heard.cpu_ms,
        "bytes": size,
        "share_304": _unchanged(heard),
    }


def _row(title: str, heard: Heard, size: int) -> Row:
    rate, cost = f"{heard.per_second:,.0f}", f"{heard.cpu_ms:.2f}"
    return (title, rate, f"{heard.ms(0.5):.1f}", f"{heard.ms(0.95):.1f}", cost, str(size))


def _figure(panels: list[dict[str, Any]], measured: dict[str, tuple[Heard, int]]) -> str:
    (chart, small), (usual, large) = measured["chart"], measured["usual"]
    slowest = max(panels, key=lambda one: float(one["ms"]))
    anew = next(one["ms"] for one in panels if f"/panel/{one['page']}/{one['panel']}" == CHART)
    return (
        f"panels: a kept chart {chart.per_second:,.0f} requests/s, {chart.per_second / usual.per_second:.0f}× a usual "
        f"Dash callback ({usual.cpu_ms / chart.cpu_ms:.0f}× less CPU, {small / large:.2f}× the bytes); computed anew: "
        f"that chart {anew:.0f} ms (the callback {usual.cpu_ms:.0f} CPU-ms), "
        f"median {statistics.median(one['ms'] for one in panels):.0f} ms, slowest {slowest['ms']:.0f} ms "
        f"({slowest['page']}/{slowest['panel']})"
    )


if __name__ == "__main__":
    main()
