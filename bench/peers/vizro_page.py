"""The market page with Vizro, whose figures are functions of a parameter."""

from typing import Any

import plotly.graph_objects as go
import vizro.models as vm
from dash import html
from market import PERIODS, Shown, shown
from vizro import Vizro
from vizro.models.types import capture

FIRST = next(iter(PERIODS))
FRAME: Any = __import__("pandas").DataFrame({"nothing": [0]})  # Vizro wants one; the page reads its own


def page(period: str) -> Shown:
    """Everything that the page shows, computed for each figure by itself, as Vizro asks for each by itself."""
    return shown(PERIODS[period])


@capture("graph")
def chart(data_frame: Any, number: int = 0, period: str = FIRST) -> go.Figure:
    """One of the charts."""
    return page(period).figures[number]


@capture("figure")
def tiles(data_frame: Any, period: str = FIRST) -> html.Div:
    """The numbers."""
    return html.Div(
        [html.Div([html.H3(one.title), html.B(one.value, className="tile"), one.change]) for one in page(period).tiles]
    )


ids = ["tiles", *(f"graph-{number}" for number in range(4))]
components = [
    vm.Figure(id="tiles", figure=tiles(FRAME)),
    *(vm.Graph(id=f"graph-{number}", figure=chart(FRAME, number=number)) for number in range(4)),
]
choice = vm.Parameter(
    targets=[f"{name}.period" for name in ids], selector=vm.RadioItems(options=list(PERIODS), value=FIRST)
)
board = vm.Dashboard(pages=[vm.Page(title="Pasar", components=components, controls=[choice])])
server = Vizro().build(board).dash.server
