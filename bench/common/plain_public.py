"""The Corona page as a usual Dash application makes it: at every visit a callback reads the tables, and builds the same
seven figures with plotly.express and a table. Nothing is kept. It reads the same release; boundaries are the same ones.
"""

import json
from functools import cache
from typing import Any

import pandas as pd
import plotly.express as px
from dash import Dash, Input, Output, dash_table, dcc, html

from dashboard.indicators.covid import INCIDENCE
from etl.boundary_files import boundary_file
from etl.bundle import Bundle, shelf
from etl.cities import load_city

CITY, DEATHS = "samarinda", "corona_deaths_week"

app = Dash(__name__, title="Corona")
server = app.server


def layout() -> html.Div:
    """The page before its callback."""
    wards = [{"label": place.name, "value": place.code} for place in _release().manifest.places]
    area = dcc.Dropdown(wards, wards[0]["value"], id="area", clearable=False)
    return html.Div([html.H1("Corona"), area, html.Div(id="figures")])


@app.callback(Output("figures", "children"), Input("area", "value"))
def draw(area: str) -> list[Any]:
    """Everything that the page shows of an area."""
    weeks, rate = _rows("corona_area_week"), INCIDENCE.key
    here, now = weeks[weeks["area"] == area], weeks[weeks["period"] == weeks["period"].max()]
    ages, sexes = (_rows(f"corona_{by}_week") for by in ("age", "sex"))
    figures = [
        px.bar(here, x="period", y="cases_new", title="Kasus baru"),
        px.choropleth(now, geojson=_outlines(), locations="area", featureidkey="properties.code", color=rate),
        px.line(here, x="period", y=rate, title="Kasus baru per 100 ribu penduduk"),
        px.bar(_rows("corona_day").tail(56), x="period", y="cases_new", title="Kasus harian"),
        px.bar(_newest(ages), x="cases_new", y="age_band", orientation="h", title="Menurut umur"),
        px.bar(_newest(sexes), x="cases_new", y="sex", orientation="h", title="Menurut jenis kelamin"),
    ]
    if DEATHS in _release().tables:
        figures.append(px.bar(_rows(DEATHS), x="period", y="cases_died", title="Kasus yang meninggal"))
    columns = [{"name": name, "id": name} for name in here.columns]
    table = dash_table.DataTable(here.to_dict("records"), columns)  # type: ignore[attr-defined]  # it is there
    return [*(dcc.Graph(figure=figure) for figure in figures), table]


def _release() -> Bundle:
    return shelf().bundle(CITY)


def _rows(table: str) -> pd.DataFrame:
    """A table as it stands in the release, read anew."""
    said = json.loads((_release().folder / "tables" / f"{table}.json").read_bytes())
    names = [column.key for column in _release().tables[table].columns]
    return pd.DataFrame([row["values"] for row in said["rows"]], columns=names)


def _newest(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["period"] == rows["period"].max()]


@cache
def _outlines() -> Any:
    return json.loads(boundary_file(load_city(CITY), "kelurahan").read_bytes())


app.layout = layout  # a function: a new page for every visit
