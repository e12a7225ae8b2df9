"""The frame around every page: index, security headers, skeletons of panels, and what the browser is told to run.

The browser's side is in ``assets/``: ``state.js`` (the URL is the state), ``shell.js`` (navigation and filters),
``panel.js`` (fetches and draws panels), ``figure.js`` (plotly templates), ``bell.js`` (the doorbell).

Dash brings the pages and routes between them. The page that is opened first stands in the index already, as Dash would
lay it out: it is drawn while Dash is still read, and moves into Dash's place once that is there.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, NamedTuple

import dash
from dash import Dash, html
from flask import Response, request
from markupsafe import Markup, escape

from dashboard.headers import COMMAND_POLICY, HEADERS, content_security
from dashboard.static import ROOT, Assets
from etl.text import Text

NONE = Text(
    "Kota ini belum mengirim data apa pun untuk halaman ini. Yang akan tampil begitu sumbernya ada:",
    "This city sends no data for this page yet. What will be shown as soon as there is a source:",
)
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
    return html.Div(dash.page_container)


def page(
    title: Text,
    question: Text,
    slots: Sequence[Slot],
    name: str,
    further: Sequence[tuple[str, Text]] = (),
) -> html.Div:
    """The skeleton of one page. ``name`` is the ``<page>`` of ``/panel/<page>/…``; ``further`` are plain pages."""
    links = [html.A(_both(words), href=path, className="further") for path, words in further]
    beside = [html.Nav(links, className="furthers")] if links else []
    heading = html.Header(
        [html.H1(_both(title)), html.P(_both(question)), *beside, html.P(_both(NONE), className="page-none")],
        className="page-head",
    )
    rows = [_row(kind == "tile", list(group)) for kind, group in groupby(slots, key=_tile_or_not)]
    return html.Div([heading, *rows], className="page", **_data(page_name=name))


class First(NamedTuple):
    """What a page is opened with: its skeleton, and what it will ask for, its name and those of its panels."""

    page: Markup
    ahead: str


def register(app: Dash, first: Callable[[str], First | None] = lambda path: None) -> Assets:
    """Give ``app`` the index, the static files and the security headers; ``first`` is the page behind a path."""
    assets = Assets()
    app.index_string = index_string(assets)
    app.interpolate_index = _interpolating(app.interpolate_index, first)  # type: ignore[method-assign]  # made for it
    assets.serve(app.server)
    app.server.after_request(headers(app))
    return assets


def index_string(assets: Assets) -> str:
    """``index.html`` with the hashed addresses of its scripts, styles and font."""
    template = Path(__file__).with_name("index.html").read_text(encoding="utf-8")
    return re.sub(r'"static:([\w./+-]+)"', lambda match: f'"{assets.url(match[1])}"', template)


def _interpolating(usual: Callable[..., str], first: Callable[[str], First | None]) -> Callable[..., str]:
    """The index as Dash fills it, without what no page uses, and with the page that is opened."""

    def interpolated(scripts: str = "", app_entry: str = "", **parts: Any) -> str:
        known = first(request.path)
        before = f'<div id="first">{known.page}</div>' if known else ""
        index = usual(scripts=UNUSED.sub("", scripts), app_entry=before + app_entry, **parts)
        return index.replace("<html ", f'<html data-ahead="{escape(known.ahead if known else "")}" ', 1)

    return interpolated


HTML_NAMES = {"className": "class", "tabIndex": "tabindex"}


def markup(part: Any) -> Markup:
    """Dash's components of HTML, and the texts in them, as the browser will make them."""
    if part is None or isinstance(part, str):
        return escape(part or "")
    if isinstance(part, list):
        return Markup("").join(map(markup, part))
    said = part.to_plotly_json()
    inside = said["props"].pop("children", None)
    properties = ((HTML_NAMES.get(name, name), value) for name, value in said["props"].items())
    attributes = Markup("").join(Markup(' {}="{}"').format(*one) for one in properties)
    return Markup("<{0}{1}>{2}</{0}>").format(said["type"].lower(), attributes, markup(inside))


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


def _row(tiles: bool, slots: list[Slot]) -> html.Div:
    return html.Div([_panel(slot) for slot in slots], className="tiles" if tiles else "grid")


def _panel(slot: Slot) -> html.Section:
    body = _graph(slot) if slot.kind in ("map", "chart") else _words(slot)
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


def _graph(slot: Slot) -> html.Div:
    names = html.P(className="legend", role="group", **_title_of(slot))
    picture = html.Div(className="graph", role="img", **_title_of(slot))
    return html.Div([names, picture], className="frame")


def _data(**values: str) -> dict[str, Any]:
    """``data-`` attributes, which Dash takes as keywords that Python cannot write."""
    return {f"data-{name.replace('_', '-')}": value for name, value in values.items()}


def _both(text: Text) -> list[html.Span]:
    """Both languages; the style sheet shows the one of ``<html lang>``, so a switch redraws nothing."""
    return [html.Span(text.id, lang="id"), html.Span(text.en, lang="en")]
