"""The market page as a usual Dash application makes it: one callback computes everything at every visit."""

from typing import Any

from dash import Dash, Input, Output, dcc, html
from market import PERIODS, shown

app = Dash(__name__, title="Pasar")
server = app.server
app.layout = html.Div(
    [
        html.H1("Pasar"),
        dcc.RadioItems(list(PERIODS), next(iter(PERIODS)), id="period"),
        html.Div(id="tiles", style={"display": "flex", "gap": "1rem"}),
        *(dcc.Graph(id=f"graph-{number}") for number in range(4)),
    ]
)


@app.callback(
    Output("tiles", "children"), *(Output(f"graph-{number}", "figure") for number in range(4)), Input("period", "value")
)
def draw(period: str) -> tuple[Any, ...]:
    """Everything that the page shows."""
    page = shown(PERIODS[period])
    tiles = [html.Div([html.H3(one.title), html.B(one.value, className="tile"), one.change]) for one in page.tiles]
    return (tiles, *page.figures)
