"""The usual way: a Dash callback that asks the database and builds a plotly.express figure at every request.

The question is that of the chart of the marketplace page, with the same SQL.
"""

import datetime as dt

import pandas as pd
import plotly.express as px
import plotly.graph_objects as go
from dash import Dash, Input, Output, dcc, html
from werkzeug.datastructures import MultiDict

from dashboard.indicators.marketplace import GMV
from dashboard.queries import Asked, measure
from dashboard.scope import from_address
from etl.cities import all_cities
from etl.warehouse import reading

CITIES = {city.slug: city for city in all_cities()}

app = Dash(__name__)
app.layout = html.Div([dcc.Input(id="city", value="surabaya"), dcc.Graph(id="graph")])
server = app.server


@app.callback(Output("graph", "figure"), Input("city", "value"))
def draw(slug: str) -> go.Figure:
    """Sales a day by kind of buyer, in the last thirty days."""
    now = dt.datetime.now(dt.UTC)
    asked = Asked(from_address(MultiDict({"kota": slug}), CITIES, "30h", now), CITIES[slug], now)
    with reading(CITIES[slug].code) as connection:
        points = measure(connection, GMV, asked, by="day", split="buyer_type")
    rows = pd.DataFrame([(point.key, point.split, point.value) for point in points], columns=["day", "buyer", "Rp"])
    return px.bar(rows, x="day", y="Rp", color="buyer", title=GMV.title.id)
