"""Who stands beside Pantau in ``bench.pages``: how each is started, what it must show, how its filter is used."""

import os
import secrets
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from bench.common import rolled
from bench.common.one_page import PATH
from bench.common.peers import BENCH, NoPeer, environment
from bench.common.web import HOST, ROOT, Served
from etl.cities import load_city
from etl.warehouse import admin_url
from runner import web
from tests.world import free_port

CITY = "surabaya"
OURS, DASH, ROLLED = "Pantau", "Dash", "Dash on rollups"
SUPERSET, PERIOD = "Superset", "NATIVE_FILTER-period"  # and the name of its filter
READY_WITHIN_S = 300  # on a busy machine Superset alone imports for minutes
HERE = BENCH / "peers"
# What a page shows, one text a visual: nothing until five numbers and four charts with data are there.
VISIBLE = """(() => {
  const deep = (selector, root) => [...root.querySelectorAll(selector),
    ...[...root.querySelectorAll('*')].filter(one => one.shadowRoot).flatMap(one => deep(selector, one.shadowRoot))];
  const flat = (selector, root) => [...root.querySelectorAll(selector)];
  const numbers = said => Array.from(said && said._inputArray || said || []).flat().join();
  const plotly = find => find('.js-plotly-plot', document).filter(one => one.querySelector('.main-svg'))
    .map(one => (one.data || []).map(({ x, y, z }) => [x, y, z].map(numbers).join(';')).join('|'))
    .filter(said => /[0-9]/.test(said));
  const vega = find => find('.vega-embed svg, .vega-embed canvas', document).map((_, at) => `${location.search} ${at}`);
  const superset = find => find('[data-test=chart-container]', document)
    .filter(one => one.querySelector('canvas') && !one.querySelector('[data-test=loading-indicator]'))
    .map((_, at) => `${location.search} ${at}`);
  const looks = { plotly: [flat, plotly], deep: [deep, plotly], vega: [flat, vega], superset: [flat, superset] };
  const [find, charts] = looks['%s'];
  window.visuals = () => {
    const tiles = find('%s', document).map(one => one.textContent).filter(said => /[0-9]/.test(said));
    const drawn = charts(find);
    return tiles.length >= 5 && drawn.length >= 4 ? [tiles[0], ...drawn] : null;
  };
})()"""


@dataclass(frozen=True)
class Peer:
    """One application. ``line`` starts it at a port; Raises NoPeer when its environment cannot be had."""

    name: str
    line: Callable[[int], list[str]]
    look: str = "plotly"
    tile: str = ".tile"
    path: str = "/"
    filter_click: str = "label:has-text('7 hari')"
    filter_address: str = ""  # where a filter is another address
    environment: dict[str, str] = field(default_factory=dict)
    signed_in: bool = False
    replays: bool = True  # a view is its requests, all answered with 200, and nothing comes through a web socket
    hears: bool = True  # of a load: what was computed before it is not shown after it


def every(state: Path, with_superset: bool = False) -> list[Peer]:
    """All of them, over the warehouse of this state folder; Superset, whose making takes minutes, if it is wanted."""
    city = load_city(CITY)
    rolled.make(city)
    rolled.to_sqlite(city, state / "market.db")
    address = admin_url().render_as_string(hide_password=False)
    market = {"MARKET_DATABASE": address, "MARKET_CITY": city.code, "MARKET_ZONE": city.zone}
    market |= {"PYTHONPATH": str(HERE)}
    rollups = market | {"MARKET_ROLLUPS": "1"}
    period, tile = "button[data-patch='periode=7h']", "section.panel--tile .words"
    return [
        Peer(OURS, _ours, tile=tile, path=f"{PATH}?kota={CITY}", filter_click=period, signed_in=True),
        Peer(DASH, _dash, environment=market),
        Peer(ROLLED, _dash, environment=rollups),
        Peer("Streamlit", _streamlit, tile="[data-testid=stMetricValue]", environment=rollups, replays=False),
        Peer(
            "Panel", _panel, look="deep", filter_click="button:has-text('7 hari')", environment=rollups, replays=False
        ),
        Peer("Vizro", _vizro, environment=rollups),
        Peer("NiceGUI", _nicegui, filter_click="text=7 hari", environment=rollups, replays=False),
        Peer(
            "Datasette",
            lambda port: _datasette(port, state / "market.db"),
            look="vega",
            tile=".dashboard-card-chart",
            path="/-/dashboards/market?period=30",
            filter_address="&period=7",
        ),
        *([_of_superset(state, market)] if with_superset else []),
    ]


def _of_superset(state: Path, market: dict[str, str]) -> Peer:
    """Its filter is asked for by the address that it gives to people who pass a dashboard on."""
    between = "DATEADD(DATETIME(!'today!'), -6, day) : DATEADD(DATETIME(!'today!'), 2, day)"
    mask = f"(id:{PERIOD},extraFormData:(time_range:'{between}'),filterState:(value:'{between}'))"
    folder = state / "superset"
    around = market | {"MARKET_SUPERSET": str(folder), "MARKET_SUPERSET_KEY": secrets.token_urlsafe(42)}
    return Peer(
        SUPERSET,
        lambda port: _superset(port, folder, around),
        look="superset",
        tile=".header-line",
        path="/superset/dashboard/market/?show_filters=1",
        filter_address=f"&native_filters={quote(f'({PERIOD}:{mask})')}",
        environment=around,
        replays=False,
        hears=False,
    )


def _ours(port: int) -> list[str]:
    return list(web.command("bench.common.one_page:server", port, like="dashboard.command:server"))


def _dash(port: int) -> list[str]:
    return list(web.command("dash_page:server", port))


def _streamlit(port: int) -> list[str]:
    options = [f"--server.port={port}", f"--server.address={HOST}", "--server.headless=true"]
    quiet = ["--browser.gatherUsageStats=false", "--server.fileWatcherType=none"]
    return [str(environment("streamlit")), "-m", "streamlit", "run", str(HERE / "streamlit_page.py"), *options, *quiet]


def _panel(port: int) -> list[str]:
    line = ["-m", "panel", "serve", str(HERE / "panel_page.py"), "--index", "panel_page"]
    return [str(environment("panel")), *line, f"--port={port}", f"--address={HOST}", "--num-threads=4"]


def _vizro(port: int) -> list[str]:
    line = web.command("vizro_page:server", port)
    return [str(environment("vizro")), *line[1:]]


def _nicegui(port: int) -> list[str]:
    return [str(environment("nicegui")), str(HERE / "nicegui_page.py"), str(port)]


def _datasette(port: int, file: Path) -> list[str]:
    line = ["-m", "datasette", "serve", str(file), "--host", HOST, "--port", str(port)]
    return [str(environment("datasette")), *line, "--metadata", str(HERE / "datasette.json")]


def _superset(port: int, folder: Path, around: dict[str, str]) -> list[str]:
    """As its container serves it; its own tables and the dashboard are made before."""
    python = environment("superset")
    folder.mkdir()
    line = [str(python), str(HERE / "superset_page.py")]
    said = os.environ | {"HOME": str(folder)} | around
    made = subprocess.run(line, env=said, cwd=folder, capture_output=True, text=True, check=False)
    if made.returncode:
        raise NoPeer(f"no dashboard: {made.stderr[-300:]}")
    threads = ["--workers", "1", "--worker-class", "gthread", "--threads", "20", "--timeout", "60"]
    return [str(python), "-m", "gunicorn", "--bind", f"{HOST}:{port}", *threads, "superset.app:create_app()"]


@contextmanager
def running(peer: Peer, state: Path) -> Iterator[Served]:
    """One of them, until it is not wanted any more. Raises NoPeer when it does not start."""
    port, log = free_port(), state / f"{peer.name.replace(' ', '-')}.log"
    line = peer.line(port)
    with log.open("ab") as out:
        around = os.environ | {"HOME": str(state)} | peer.environment
        program = subprocess.Popen(line, cwd=ROOT, env=around, stdout=out, stderr=out, process_group=0)
    try:
        _wait(program, port, peer, log)
        yield Served(port, program.pid)
    finally:
        program.terminate()
        try:
            program.wait(10)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def _wait(program: "subprocess.Popen[bytes]", port: int, peer: Peer, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    address = f"http://{HOST}:{port}{'/healthz' if peer.signed_in else peer.path}"
    while time.monotonic() < deadline and program.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=30):
                return
        except OSError:
            time.sleep(0.1)
    raise NoPeer(f"did not start: {log.read_text(errors='replace')[-300:]}")
