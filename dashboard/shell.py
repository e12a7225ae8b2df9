"""The frame around every page: index, security headers, skeletons of panels, and what the browser is told to run.

The browser's side is in ``assets/``: ``state.js`` (the URL is the state), ``shell.js`` (navigation and filters),
``panel.js`` (fetches and draws panels), ``figure.js`` (plotly templates), ``bell.js`` (the doorbell).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import dash
from dash import MATCH, ClientsideFunction, Dash, Input, Output, dcc, html
from flask import Response, request
from markupsafe import escape

from dashboard.headers import COMMAND_POLICY, HEADERS, content_security
from dashboard.static import ROOT, Assets
from etl.text import Text

NONE = Text(
    "Kota ini belum mengirim data apa pun untuk halaman ini. Yang akan tampil begitu sumbernya ada:",
    "This city sends no data for this page yet. What will be shown as soon as there is a source:",
)
GRAPH_CONFIG: dict[str, Any] = {
    "displayModeBar": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "responsive": True,
}


# What Dash adds for tables of its own, of which no page has one, and for browsers of before 2017: all that it needs
# itself of the latter, the runtime of generators, is served by ourselves.
UNUSED = re.compile(r'<script src="[^"]*/(?:deps/polyfill|dash_table/bundle)[^"]*"></script>\n?')
Kind = Literal["tile", "map", "chart", "ticker", "table"]


@dataclass(frozen=True)
class Slot:
    """A place on a page for one panel.

    ``span`` counts columns of 12 at desk width (tiles share rows evenly whatever their span); ``height`` is the
    body's least height; the panel renews itself when one of ``datasets`` changes.
    """

    name: str
    kind: Kind = "chart"
    span: int = 6
    height: Literal["s", "m", "l"] = "m"
    datasets: tuple[str, ...] = ()


def dash_options() -> dict[str, Any]:
    """Keyword arguments for ``Dash``: the index names the files of ``assets/`` itself, hashed and in order.

    The folder is still given: without one Dash would publish the working directory.
    """
    return {
        "suppress_callback_exceptions": True,
        "assets_folder": str(ROOT),
        "include_assets_files": False,
        "title": "Pantau",
        "update_title": None,
    }


def layout() -> html.Div:
    """The application's layout; the header and the filters are plain HTML of the index, outside of it."""
    return html.Div([dcc.Store(id="scope"), dash.page_container])


def page(
    title: Text,
    question: Text,
    slots: Sequence[Slot],
    language: str = "id",
    name: str = "",
    further: Sequence[tuple[str, Text]] = (),
) -> html.Div:
    """The skeleton of one page. ``name`` is the ``<page>`` of ``/panel/<page>/…``; ``further`` are plain pages.

    Without a name the page's path is used, and ``kota`` for ``/``.
    """
    links = [html.A(_both(words), href=path, className="further") for path, words in further]
    beside = [html.Nav(links, className="furthers")] if links else []
    heading = html.Header(
        [html.H1(_both(title)), html.P(_both(question)), *beside, html.P(_both(NONE), className="page-none")],
        className="page-head",
    )
    rows = [_row(kind == "tile", list(group), language) for kind, group in groupby(slots, key=_tile_or_not)]
    return html.Div([heading, *rows, dcc.Store(id="asked")], className="page", **_data(page_name=name))


def register(app: Dash, ahead: Callable[[str], str] = lambda path: "") -> Assets:
    """Give ``app`` the index, the static files, the security headers and the panels' clientside callbacks.

    ``ahead`` says for a path what its page will ask for: its name and those of its panels, a space between them.
    """
    assets = Assets()
    app.index_string = index_string(assets)
    app.interpolate_index = _interpolating(app.interpolate_index, ahead)  # type: ignore[method-assign]  # made for it
    assets.serve(app.server)
    app.server.after_request(headers(app))
    # One call for a whole page, when it comes and when its question changes: the script asks for all panels together,
    # writes words and hands each graph its figure (``set_props``).
    app.clientside_callback(ClientsideFunction("pantau", "page"), Output("asked", "data"), Input("scope", "data"))
    app.clientside_callback(
        ClientsideFunction("pantau", "click"),
        Output(_part("graph", MATCH), "clickData"),
        Input(_part("graph", MATCH), "clickData"),
        prevent_initial_call=True,
    )
    return assets


def index_string(assets: Assets) -> str:
    """``index.html`` with the hashed addresses of its scripts, styles and font."""
    template = Path(__file__).with_name("index.html").read_text(encoding="utf-8")
    return re.sub(r'"static:([\w./-]+)"', lambda match: f'"{assets.url(match[1])}"', template)


def _interpolating(usual: Callable[..., str], ahead: Callable[[str], str]) -> Callable[..., str]:
    """The index as Dash fills it, without what no page uses, and with what this page will ask for."""

    def interpolated(scripts: str = "", **parts: Any) -> str:
        index = usual(scripts=UNUSED.sub("", scripts), **parts)
        return index.replace("<html ", f'<html data-ahead="{escape(ahead(request.path))}" ', 1)

    return interpolated


def headers(app: Dash) -> Callable[[Response], Response]:
    """An ``after_request`` function that adds the security headers.

    The hashes of inline scripts are complete only once the index was made, so they are read with each page.
    """

    def secure(response: Response) -> Response:
        response.headers.update(HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")  # what is for one role is for no cache
        if response.mimetype == "text/html":
            scripts = " ".join([COMMAND_POLICY["script-src"], *dict.fromkeys(app.csp_hashes())])
            response.headers["Content-Security-Policy"] = content_security(COMMAND_POLICY | {"script-src": scripts})
        return response

    return secure


def _tile_or_not(slot: Slot) -> str:
    return "tile" if slot.kind == "tile" else ""


def _row(tiles: bool, slots: list[Slot], language: str) -> html.Div:
    return html.Div([_panel(slot, language) for slot in slots], className="tiles" if tiles else "grid")


def _panel(slot: Slot, language: str) -> html.Section:
    body = _graph(slot, language) if slot.kind in ("map", "chart") else _words(slot)
    return html.Section(
        [
            html.Div(className="panel-head"),
            html.Div([body, html.Div(className="note")], className="panel-body"),
            html.Div(className="panel-foot"),
        ],
        id=f"panel-{slot.name}",
        className=f"panel panel--{slot.kind} span-{slot.span} h-{slot.height}",
        **_data(panel=slot.name, kind=slot.kind, datasets=" ".join(slot.datasets)),
    )


def _words(slot: Slot) -> html.Div:
    scrolls: dict[str, Any] = {"tabIndex": "0", "role": "group"} | _title_of(slot) if slot.kind == "ticker" else {}
    return html.Div(className="words", **scrolls)


def _title_of(slot: Slot) -> dict[str, Any]:
    return {"aria-labelledby": f"title-{slot.name}"}


def _graph(slot: Slot, language: str) -> html.Div:
    config: Any = GRAPH_CONFIG | {"locale": language}
    graph = dcc.Graph(id=_part("graph", slot.name), className="graph", config=config)
    return html.Div(graph, className="frame", role="img", **_title_of(slot))


def _data(**values: str) -> dict[str, Any]:
    """``data-`` attributes, which Dash takes as keywords that Python cannot write."""
    return {f"data-{name.replace('_', '-')}": value for name, value in values.items()}


def _part(part: str, panel: object) -> dict[str, object]:
    return {"type": part, "panel": panel}


def _both(text: Text) -> list[html.Span]:
    """Both languages; the style sheet shows the one of ``<html lang>``, so a switch redraws nothing."""
    return [html.Span(text.id, lang="id"), html.Span(text.en, lang="en")]
