"""A stand-in command center: canned answers in the shape of the real ones, to test the browser's side alone.

It runs as a process of its own (``python -m tests.standin_app``), because Dash keeps its pages in one registry per
process. A test changes what it answers through ``POST /stand-in``, with any fields of ``State``.
"""

import hashlib
import json
import logging
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dash
from dash import Dash
from flask import Flask, Response, jsonify, request
from markupsafe import Markup
from werkzeug.serving import make_server

from dashboard import shell, theme
from dashboard.shell import Slot
from etl.text import Text

BOUNDARIES = Path(__file__).parent.parent / "cities" / "samarinda" / "boundaries"
KECAMATAN = {
    "64.72.01": "Palaran",
    "64.72.02": "Samarinda Seberang",
    "64.72.03": "Samarinda Ulu",
    "64.72.04": "Samarinda Ilir",
    "64.72.05": "Samarinda Utara",
    "64.72.06": "Sungai Kunjang",
    "64.72.07": "Sambutan",
    "64.72.08": "Sungai Pinang",
    "64.72.09": "Samarinda Kota",
    "64.72.10": "Loa Janan Ilir",
}
TILES = [
    ("calls", "Panggilan 112 hari ini", "1.284", "panggilan", "+6,2 %", "none", "", None),
    ("response", "Waktu tanggap 112 (P90)", "14,2", "menit", "−1,1", "good", "target 15 menit", True),
    ("prank", "Panggilan iseng", "71,4", "%", "+0,8", "bad", "", None),
    ("gmv", "Belanja ASN bulan ini", "Rp 1,25 M", "", "+12,4 %", "good", "target Rp 1,1 M", True),
    ("obligation", "Wajib belanja terpenuhi", "63,1", "% ASN", "−4,0", "bad", "target 80 %", False),
    ("covid", "Kasus baru 7 hari", "12.480", "kasus", "+31 %", "bad", "", None),
    ("grants", "Bansos tersalur", "87,4", "%", "+2,2", "good", "target 90 %", False),
    ("merchants", "Pedagang aktif", "842", "usaha", "0", "flat", "", None),
]


@dataclass
class State:
    """What the stand-in answers just now."""

    build: str = "1"
    versions: dict[str, int] = field(default_factory=lambda: {"emergency_calls": 1, "marketplace_orders": 1})
    well: bool = True
    asked: list[str] = field(default_factory=list)
    panels: dict[str, dict[str, object]] = field(default_factory=dict)


STATE = State()
HOME = ("map", "events", "river", *(name for name, *_ in TILES))  # what is ready of the first page: all but one
MARKET = ("river", "bars", "none", "agencies")  # panels of marketplace orders; all others are of calls


def make_app() -> Dash:
    app = Dash("standin", use_pages=True, pages_folder="", **shell.dash_options())
    home, market = _pages()
    app.layout = shell.layout()
    first = {"/": (home, " ".join(("kota", *HOME))), "/bansos": (market, '"><script>')}
    shell.register(app, lambda path: shell.First(*first[path]) if path in first else None)
    _answers(app.server)
    return app


def _pages() -> tuple[Markup, Markup]:
    tiles = [Slot(name, "tile", 3, "s", ("emergency_calls",)) for name, *_ in TILES]
    home = [
        *tiles,
        Slot("map", "map", 8, "l", ("emergency_calls",)),
        Slot("events", "ticker", 4, "l", ("emergency_calls",)),
        Slot("river", "chart", 6, "m", ("marketplace_orders",)),
        Slot("heat", "chart", 6, "m", ("emergency_calls",)),
    ]
    market = [
        Slot("bars", "chart", 6, "m", ("marketplace_orders",)),
        Slot("none", "chart", 6, "m", ("marketplace_orders",)),
        Slot("agencies", "table", 12, "m", ("marketplace_orders",)),
    ]
    city = shell.page(
        Text("Kota hari ini", "The city today"), Text("Apa yang perlu perhatian?", "What next?"), home, "kota"
    )
    dash.register_page("home", path="/", layout=city, title="Kota")
    shop = shell.page(
        Text("Pasar", "Marketplace"), Text("Siapa belanja, di mana?", "Who buys, where?"), market, "pasar"
    )
    dash.register_page("shop", path="/pasar", layout=shop, title="Pasar")
    return shell.markup(city), shell.markup(shop)


def _answers(server: Flask) -> None:
    server.add_url_rule("/stand-in", view_func=_change, methods=["POST"])
    server.add_url_rule("/meta", view_func=_meta)
    server.add_url_rule("/bell", view_func=_bell)
    server.add_url_rule("/panel/<page>/<name>", view_func=_panel)
    server.add_url_rule("/panels/<page>", view_func=_ready)
    server.add_url_rule("/panel/<page>/<name>.csv", endpoint="csv", view_func=lambda page, name: "a,b\n")
    server.add_url_rule("/boundaries/samarinda/kecamatan.json", view_func=_boundaries)


def _change() -> dict[str, object]:
    """Sets fields of ``STATE``; answers the state before, with what was asked until now."""
    before = asdict(STATE)
    for name, value in request.get_json().items():
        setattr(STATE, name, value)
    return before


def _meta() -> dict[str, object]:
    areas = [{"code": code, "name": name, "parent": "64.72", "level": "kecamatan"} for code, name in KECAMATAN.items()]
    areas += [{"code": "64.72.05.1003", "name": "Sempaja Utara", "parent": "64.72.05", "level": "kelurahan"}]
    zones = {"samarinda": "Asia/Makassar", "surabaya": "Asia/Jakarta", "banyumas": "Asia/Jakarta"}
    cities = [{"slug": slug, "name": slug.title(), "zone": zone, "areas": areas} for slug, zone in zones.items()]
    names = [("/", "Kota", "kota"), ("/pasar", "Pasar", "pasar"), ("/corona", "Corona", "corona")]
    names += [("/bansos", "Bansos", "bansos"), ("/112", "112", "darurat")]
    same = {"period": "30h", "cities": list(zones), "dimensions": {"kategori": "Jenis dagangan"}}
    pages = [{"path": path, "title": title, "icon": icon, **same} for path, title, icon in names]
    return {"cities": cities, "pages": pages}


def _tagged(answer: object) -> Response:
    body = json.dumps(answer, sort_keys=True)
    response = Response(body, mimetype="application/json")
    response.set_etag(_etag(body))
    return response.make_conditional(request)


def _etag(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _bell() -> Response:
    if not STATE.well:
        return Response("", 503)
    return _tagged({"build": STATE.build, "now": _now(), "versions": STATE.versions})


def _panel(page: str, name: str) -> Response:
    STATE.asked.append(f"{page}/{name}?{request.query_string.decode()}")
    if not STATE.well:
        return Response("", 503)
    answer = _tagged(_whole(name))
    answer.headers["Versions"] = _version(name)
    return answer


def _ready(page: str) -> Response:
    STATE.asked.append(f"{page}?{request.query_string.decode()}")
    if not STATE.well:
        return Response("", 503)
    parts = {name: _whole(name) for name in HOME if page == "kota"}
    return jsonify(
        {
            name: {"etag": _etag(json.dumps(answer, sort_keys=True)), "versions": _version(name), "answer": answer}
            for name, answer in parts.items()
        }
    )


def _whole(name: str) -> dict[str, object]:
    return _common(name) | _answer(name) | STATE.panels.get(name, {})


def _version(name: str) -> str:
    return str(STATE.versions["marketplace_orders" if name in MARKET else "emergency_calls"])


def _boundaries() -> Response:
    path = next(BOUNDARIES.glob("kecamatan*.geojson"))
    return Response(path.read_text(), mimetype="application/json")


def _now(ago_s: int = 0) -> str:
    return (datetime.now(UTC) - timedelta(seconds=ago_s)).isoformat(timespec="seconds").replace("+00:00", "Z")


def _common(name: str) -> dict[str, object]:
    definition = {
        "title": f"Arti {name}",
        "meaning": "Berapa panggilan yang masuk ke 112 sejak tengah malam waktu setempat.",
        "formula": "jumlah panggilan",
        "source": "SIAP 112 (basis data)",
        "owner": "Diskominfo",
        "unit": "panggilan",
        "licence": "CC BY 4.0",
    }
    table = {
        "columns": [
            {"label": "Kecamatan", "unit": "", "align": "left"},
            {"label": "Jumlah", "unit": "", "align": "right"},
        ],
        "rows": [[place, str(120 + 7 * index)] for index, place in enumerate(KECAMATAN.values())],
    }
    return {
        "kind": "chart",
        "title": name,
        "subtitle": "",
        "unit": "",
        "fresh_at": _now(3),
        "promise_s": 60,
        "table": table,
        "simulated": True,
        "approximate": False,
        "definition": definition,
        "state": "ok",
        "message": "",
    }


def _answer(name: str) -> dict[str, object]:
    tile = next((tile for tile in TILES if tile[0] == name), None)
    return (
        _tile(*tile)
        if tile
        else {
            "map": _map,
            "events": _events,
            "river": _river,
            "heat": _heat,
            "bars": _bars,
            "none": _none,
            "agencies": _agencies,
        }[name]()
    )


def _tile(
    name: str, title: str, value: str, unit: str, change: str, direction: str, target: str, met: bool | None
) -> dict[str, object]:
    spark = [3 + (index * 7 + len(name)) % 5 + index / 4 for index in range(24)]
    tile = {
        "value": value,
        "unit": unit,
        "change": change,
        "direction": direction,
        "compared": "dari pekan lalu",
        "target": target,
        "met": met,
        "spark": spark,
    }
    fresh = _now(400) if name == "covid" else _now(3)
    return {"kind": "tile", "title": title, "tile": tile, "fresh_at": fresh}


def _map() -> dict[str, object]:
    codes = list(KECAMATAN)
    areas = {
        "type": "choropleth",
        "geojson": "/boundaries/samarinda/kecamatan.json",
        "locations": codes,
        "featureidkey": "properties.code",
        "z": [120, 80, 210, 160, 340, 260, 95, 400, 130, 70],
        "text": list(KECAMATAN.values()),
        "customdata": [f"wilayah={code}" for code in codes],
        "colorscale": theme.AMOUNT,
        "hovertemplate": "%{text}<br><b>%{z}</b> panggilan<extra></extra>",
        "colorbar": {"title": {"text": "panggilan"}},
    }
    points = {
        "type": "scattergeo",
        "lon": [117.15, 117.12, 117.19],
        "lat": [-0.5, -0.47, -0.42],
        "mode": "markers",
        "marker": {"color": theme.ACT, "symbol": "triangle-up", "size": 14},
        "hoverinfo": "skip",
    }
    title = "Sungai Pinang paling banyak menelepon 112: 400 panggilan hari ini"
    return {"kind": "map", "title": title, "approximate": True, "figure": {"data": [areas, points], "layout": {}}}


def _events() -> dict[str, object]:
    tones = ["act", "watch", "calm", "calm", "watch", "calm", "calm", "calm", "calm", "calm"]
    rows = [
        {
            "at": _now(7 + 53 * index**2),
            "title": "Kebakaran rumah",
            "place": "Sempaja Utara",
            "tone": tone,
            "text": "Menunggu penanganan 16 menit, target 15 menit.",
        }
        for index, tone in enumerate(tones)
    ]
    return {"kind": "ticker", "title": "Satu kejadian melewati target", "ticker": {"rows": rows}, "table": None}


def _river() -> dict[str, object]:
    days = [(datetime(2026, 10, 24) + timedelta(days=index)).date().isoformat() for index in range(30)]
    now = {
        "type": "scatter",
        "mode": "lines",
        "x": days,
        "y": [40 + index + index % 7 * 4 for index in range(30)],
        "name": "Tahun ini",
        "line": {"color": theme.SERIES[0]},
        "fill": "tozeroy",
    }
    past = now | {
        "y": [35 + index * 0.6 + index % 7 * 4 for index in range(30)],
        "name": "Tahun lalu",
        "fill": "none",
        "line": {"color": theme.MUTED, "dash": "dot"},
    }
    layout = {"yaxis": {"title": {"text": "juta rupiah"}}, "hovermode": "x unified"}
    return {
        "title": "Belanja naik 12 % dari tahun lalu",
        "subtitle": "juta rupiah per hari",
        "figure": {"data": [now, past], "layout": layout},
    }


def _heat() -> dict[str, object]:
    days = ["Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min"]
    heat = {
        "type": "heatmap",
        "x": list(range(24)),
        "y": days,
        "colorscale": theme.AMOUNT,
        "z": [[(hour * (day + 2)) % 23 + (10 if 7 < hour < 21 else 0) for hour in range(24)] for day in range(7)],
    }
    return {
        "title": "Jam sibuk pukul 16–20",
        "figure": {"data": [heat], "layout": {"xaxis": {"title": {"text": "jam"}}}},
    }


def _bars() -> dict[str, object]:
    kinds = ["Makanan siap saji", "Alat tulis kantor", "Sembako", "Pakaian", "Jasa cetak"]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": kinds,
        "x": [420, 380, 260, 180, 90],
        "customdata": [f"saring=kategori:{kind}" for kind in kinds],
        "marker": {"color": theme.ACCENT},
    }
    return {
        "title": "Makanan memimpin belanja",
        "figure": {"data": [bars], "layout": {"yaxis": {"autorange": "reversed"}}},
    }


def _none() -> dict[str, object]:
    return {
        "title": "Pedagang per kelurahan",
        "state": "empty",
        "message": "Tidak ada pesanan dalam periode ini.",
        "figure": {"data": []},
    }


def _agencies() -> dict[str, object]:
    return {"kind": "table", "title": "Belanja menurut kecamatan"}


def main() -> None:
    """Serve on a free port and say which."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = make_app()
    app.server.test_client().get("/")
    server = make_server("127.0.0.1", 0, app.server, threaded=True)
    print(server.port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
