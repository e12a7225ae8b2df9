"""From values to plotly figures: plain dicts, no colours of their own.

A colour is written ``token:<name>`` and filled in by the browser from the theme on screen;
``customdata`` holds what a click changes in the address (``wilayah=64.72.05``).
"""

import re
from collections.abc import Sequence
from typing import Any

from dashboard import format as fmt
from dashboard.indicator import Unit

Figure = dict[str, Any]
SERIES = ("token:series-1", "token:series-2", "token:series-3", "token:series-4", "token:series-5")


def choropleth(
    boundaries: str,
    codes: Sequence[str],
    values: Sequence[float | None],
    names: Sequence[str],
    shown: Sequence[str],
    clickable: bool,
) -> Figure:
    """Areas coloured by amount; ``boundaries`` is the address of a GeoJSON whose features have ``code``."""
    return {
        "type": "choropleth",
        "geojson": boundaries,
        "featureidkey": "properties.code",
        "locations": list(codes),
        "z": [0 if value is None else value for value in values],
        "text": [f"<b>{_safe(name)}</b><br>{words}" for name, words in zip(names, shown, strict=True)],
        "hovertemplate": "%{text}<extra></extra>",
        "customdata": [f"wilayah={code}" for code in codes] if clickable else [],
        "coloraxis": "coloraxis",
    }


def unknown_areas(boundaries: str, codes: Sequence[str], names: Sequence[str], says: str) -> Figure:
    """Areas of which nothing is known: drawn apart, so that they are never read as zero."""
    return {
        "type": "choropleth",
        "geojson": boundaries,
        "featureidkey": "properties.code",
        "locations": list(codes),
        "z": [0] * len(codes),
        "text": [f"<b>{_safe(name)}</b><br>{says}" for name in names],
        "hovertemplate": "%{text}<extra></extra>",
        "customdata": [f"wilayah={code}" for code in codes],
        "colorscale": [[0, "token:raised"], [1, "token:raised"]],
        "showscale": False,
    }


def map_points(lats: Sequence[float], lons: Sequence[float], texts: Sequence[str]) -> Figure:
    """Incidents on the map, each at the centre of its 500 m cell."""
    return {
        "type": "scattergeo",
        "lat": list(lats),
        "lon": list(lons),
        "text": [_safe(text) for text in texts],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"color": "token:act", "size": 11, "opacity": 0.9, "line": {"color": "token:text", "width": 1}},
        "showlegend": False,
    }


def map_layout(unit: Unit, values: Sequence[float | None], language: str) -> Figure:
    """A colour bar with ticks in the reader's own notation."""
    ticks, words = axis_ticks([value for value in values if value is not None], unit, language)
    colorbar = {"title": {"text": ""}, "tickvals": ticks, "ticktext": words}
    top = max(ticks[-1:] or [1]) or 1
    return {
        "coloraxis": {"colorscale": "token:amount", "cmin": 0, "cmax": top, "colorbar": colorbar},
        "geo": {"fitbounds": "locations", "visible": False},
    }


def line(
    name: str, x: Sequence[Any], y: Sequence[float | None], hover: Sequence[str], number: int, **more: Any
) -> Figure:
    """One line over time in the colour of its ``number``; a missing value leaves a gap."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": _safe(name),
        "x": list(x),
        "y": list(y),
        "text": list(hover),
        "hovertemplate": "%{text}<extra></extra>",
        "line": {"color": SERIES[number % len(SERIES)], "shape": "linear"},
        **more,
    }


def band(name: str, x: Sequence[Any], y: Sequence[float | None], number: int) -> Figure:
    """Closed shapes in a breath of the colour of ``number``, parted by gaps: an interval around a line."""
    plain = {"type": "scatter", "mode": "lines", "name": _safe(name), "x": list(x), "y": list(y)}
    colour = {"color": SERIES[number % len(SERIES)], "width": 0}
    return plain | {"fill": "toself", "line": colour, "hoverinfo": "skip", "showlegend": False}


def outlines(boundaries: str, codes: Sequence[str], texts: Sequence[str]) -> Figure:
    """Areas that stand out: only their border is drawn, over the colours of the map."""
    return {
        "type": "choropleth",
        "geojson": boundaries,
        "featureidkey": "properties.code",
        "locations": list(codes),
        "z": [0] * len(codes),
        "text": [_safe(text) for text in texts],
        "hoverinfo": "skip",
        "colorscale": [[0, "rgba(0,0,0,0)"], [1, "rgba(0,0,0,0)"]],
        "marker": {"line": {"color": "token:text", "width": 3}},
        "showscale": False,
    }


def dots(
    name: str, x: Sequence[float], y: Sequence[float], hover: Sequence[str], patches: Sequence[str], colour: str
) -> Figure:
    """Points of a scatter, each with its words."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _safe(name),
        "x": list(x),
        "y": list(y),
        "text": list(hover),
        "hovertemplate": "%{text}<extra></extra>",
        "customdata": list(patches),
        "marker": {"color": colour, "size": 9},
    }


def columns(
    name: str, x: Sequence[Any], y: Sequence[float | None], hover: Sequence[str], number: int, patches: Sequence[str]
) -> Figure:
    """Vertical bars over time."""
    return {
        "type": "bar",
        "name": _safe(name),
        "x": list(x),
        "y": list(y),
        "text": list(hover),
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
        "customdata": list(patches),
        "marker": {"color": SERIES[number % len(SERIES)]},
    }


def bars(
    names: Sequence[str],
    values: Sequence[float | None],
    shown: Sequence[str],
    patches: Sequence[str],
    colours: Sequence[str],
) -> Figure:
    """Horizontal bars, the first on top, each with its value written beside it."""
    return {
        "type": "bar",
        "orientation": "h",
        "y": [_safe(name) for name in names],
        "x": [value or 0 for value in values],
        "text": list(shown),
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{y}: %{text}<extra></extra>",
        "customdata": list(patches),
        "marker": {"color": list(colours)},
        "width": min(0.72, 0.18 * len(names)),  # a single bar does not fill the chart
    }


def part(bar: Figure, name: str, stacked: bool) -> Figure:
    """Bars as one of several: named, and as wide as there is room; of a whole, with the number inside."""
    plain = {key: value for key, value in bar.items() if key != "width"}
    inside = {"textposition": "inside", "insidetextanchor": "middle", "textangle": 0} if stacked else {}
    hover = f"%{{y}} · {_safe(name)}: %{{text}}<extra></extra>"
    return plain | {"name": _safe(name), "hovertemplate": hover} | inside


def bars_layout(names: Sequence[str], values: Sequence[float | None]) -> Figure:
    """Bars from the top down, with room for the number at the end of the longest."""
    longest = max([value or 0 for value in values], default=0)
    return {
        "xaxis": {"visible": False, "range": [0, longest * 1.42 or 1]},
        "yaxis": downwards(names) | {"ticklabelstandoff": 8, "showgrid": False},
    }


def downwards(names: Sequence[str]) -> Figure:
    """An axis of names, the first on top.

    Its ends are told: plotly, which would find them by itself, was seen to forget that they stand the other way round.
    """
    return {"type": "category", "range": [len(set(names)) - 0.5, -0.5]}


def heat(x: Sequence[str], y: Sequence[str], rows: Sequence[Sequence[float]], hover: Sequence[Sequence[str]]) -> Figure:
    """Cells coloured by amount: ``rows`` has one list per ``y``, one number per ``x``."""
    return {
        "type": "heatmap",
        "x": list(x),
        "y": list(y),
        "z": [list(row) for row in rows],
        "text": [list(row) for row in hover],
        "hovertemplate": "%{text}<extra></extra>",
        "colorscale": "token:amount",
        "showscale": False,
    }


def shares(
    sides: Sequence[Sequence[str]],
    rows: Sequence[Sequence[float | None]],
    hover: Sequence[Sequence[str]],
    language: str,
) -> Figure:
    """Cells of per cent from 0 to 100, each with its number; ``sides``: names across and down. None stays empty."""
    written = [["" if value is None else fmt.number(value, language) for value in row] for row in rows]
    return {
        "type": "heatmap",
        "x": list(sides[0]),
        "y": [_safe(name) for name in sides[1]],
        "z": [list(row) for row in rows],
        "text": written,
        "texttemplate": "%{text}",
        "customdata": [list(row) for row in hover],
        "hovertemplate": "%{customdata}<extra></extra>",
        "hoverongaps": False,
        "colorscale": "token:amount",
        "zmin": 0,
        "zmax": 100,
        "showscale": False,
    }


def shares_layout(names: Sequence[str], upright: bool = False) -> Figure:
    """``names`` of the rows; those of columns stand on top, so that a phone shows them first, ``upright`` if long."""
    return {
        "xaxis": {"type": "category", "side": "top", "showgrid": False, "tickangle": -90 if upright else 0},
        "yaxis": downwards(names) | {"dtick": 1, "showgrid": False},
    }


def months_axis(names: Sequence[str]) -> Figure:
    """Months by name, some of them written: the last one always."""
    every = max(1, -(-len(names) // 5))
    return {"type": "category", "tickvals": list(names[::-1][::every]), "tickangle": 0}


def beside_line(
    points: Sequence[tuple[float, float]],
    hover: Sequence[str],
    names: Sequence[str],
    titles: tuple[str, str],
    language: str,
) -> Figure:
    """Marks by two shares (per cent), some of them named, beside the line on which both are equal."""
    most = max(max(point) for point in points) * 1.12
    ticks, words = axis_ticks([most], Unit.PERCENT, language)
    axis = {"range": [0, most], "tickvals": ticks, "ticktext": words}
    equal = line("", [0, most], [0, most], ["", ""], 4) | {"hoverinfo": "skip", "hovertemplate": None}
    equal["line"] = {"color": "token:faint", "dash": "dot", "width": 2}
    marks = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "text": [_safe(name) for name in names],
        "textposition": ["bottom left" if x > 0.65 * most else "bottom right" for x, _ in points],
        "cliponaxis": False,
        "hovertext": [_safe(words) for words in hover],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": SERIES[0], "size": 9, "opacity": 0.85},
    }
    layout = {
        "showlegend": False,
        "xaxis": axis | {"title": {"text": titles[0]}},
        "yaxis": axis | {"title": {"text": titles[1]}},
    }
    return {"data": [equal, marks], "layout": layout}


def target_line(value: float, words: str, across: str) -> Figure:
    """A dotted line at the target, with its value; ``across`` is the axis that it stands on."""
    other = "y" if across == "x" else "x"
    shape = {
        "type": "line",
        f"{across}0": value,
        f"{across}1": value,
        f"{other}ref": f"{other} domain",
        f"{other}0": 0,
        f"{other}1": 1,
        "line": {"color": "token:watch", "dash": "dot", "width": 2},
        "label": {"text": words, "textposition": "start", "font": {"color": "token:watch"}},
    }
    return {"shapes": [shape]}


def event_line(moment: str, words: str) -> Figure:
    """A line at a moment of the axis of time, with what happened then."""
    return {"shapes": [day_line(moment, words)]}


def day_line(day: str, words: str) -> Figure:
    """A shape: an upright line at a day on which something changed, with its words."""
    return {
        "type": "line",
        "x0": day,
        "x1": day,
        "yref": "y domain",
        "y0": 0,
        "y1": 1,
        "line": {"color": "token:text", "dash": "dash", "width": 1},
        "label": {"text": _safe(words), "textposition": "end", "textangle": 0, "font": {"color": "token:text"}},
    }


def axis_ticks(values: Sequence[float], unit: Unit, language: str) -> tuple[list[float], list[str]]:
    """Four or five round ticks from zero, written by our own formatter (never d3's SI letters)."""
    top = max(values, default=0)
    if top <= 0:
        return [0.0], [fmt.figure(0, unit, language)]
    rough = top / 4
    size = 10 ** (len(str(int(rough))) - 1) if rough >= 1 else 0.1
    size = next(size * factor for factor in (1, 2, 2.5, 5, 10, 20) if size * factor * 4 >= top)
    if unit.adds_up and unit is not Unit.RUPIAH:
        size = max(1, round(size))
    ticks = [size * step for step in range(6) if size * (step - 1) < top]
    return ticks, [_tick(value, unit, language) for value in ticks]


def _tick(value: float, unit: Unit, language: str) -> str:
    """Short, and without decimals that say nothing: ``75 jt``, ``1.000``, ``2,5 M``."""
    if unit is Unit.PERCENT:
        return f"{fmt.number(value, language, 0 if value == int(value) else 1)} %"
    if value < 10_000:
        return fmt.number(value, language, 0 if value == int(value) else 1)
    return re.sub(r"([.,]\d*?)0+(?= )", r"\1", fmt.compact(value, language)).replace(", ", " ").replace(". ", " ")


def _safe(text: str) -> str:
    """plotly reads a little HTML in texts: what people typed must not be read so."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
