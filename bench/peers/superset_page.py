"""The market page in Superset: its metadata database, and in it a dashboard of five numbers and four charts.

Run once in the environment of Superset before it is served (``superset_config``). It reads the rollups only.
"""

import json
import os
from typing import Any

import sqlalchemy as sa
from flask_migrate import upgrade
from superset.app import create_app

BETWEEN = "DATEADD(DATETIME('today'), {}, day) : DATEADD(DATETIME('today'), 2, day)"  # as far east as days begin
PERIOD = {"type": "NATIVE_FILTER", "id": "NATIVE_FILTER-period", "name": "Hari", "filterType": "filter_time"}
AMOUNT, PART = "SUM(amount)", "100.0 * SUM(amount) FILTER (WHERE buyer_type = '{}') / SUM(amount)"
NUMBERS = {
    "Nilai belanja": (AMOUNT, ",.0f"),
    "Pesanan": ("SUM(orders)", ",.0f"),
    "Rata-rata": ("SUM(bought) / SUM(orders)", ",.0f"),
    "Porsi ASN": (PART.format("asn"), ".1f"),
    "Porsi OPD": (PART.format("opd"), ".1f"),
}
Asked = dict[str, Any]


def metric(expression: str) -> Asked:
    """A number that is asked of the database."""
    return {"expressionType": "SQL", "sqlExpression": expression, "label": expression}


def bars(axis: str, **more: Any) -> Asked:
    """Amounts along an axis."""
    return {"viz_type": "echarts_timeseries_bar", "x_axis": axis, "metrics": [metric(AMOUNT)], **more}


def asked() -> dict[str, tuple[str, Asked]]:
    """Each visual: over which rollup, and what is asked of Superset."""
    lying = {"orientation": "horizontal", "x_axis_sort": AMOUNT, "x_axis_sort_asc": True}
    rhythm = {"viz_type": "heatmap_v2", "x_axis": "hour", "groupby": "weekday", "metric": metric("SUM(orders)")}
    sorts = {"sort_x_axis": "alpha_asc", "sort_y_axis": "alpha_asc", "normalize_across": "heatmap"}
    numbers: dict[str, tuple[str, Asked]] = {
        title: ("buyers", {"viz_type": "big_number_total", "metric": metric(what), "y_axis_format": shape})
        for title, (what, shape) in NUMBERS.items()
    }
    by_day = {"time_grain_sqla": "P1D", "groupby": ["buyer_type"], "stack": "Stack"}
    return numbers | {
        "Nilai belanja menurut pembeli": ("buyers", bars("day", **by_day)),
        "Menurut jenis dagangan": ("categories", bars("category", **lying)),
        "Menurut tempat": ("areas", bars("area_code", row_limit=12, order_desc=True, **lying)),
        "Kapan orang memesan": ("hours", rhythm | sorts),
    }


def layout(charts: list[Any]) -> Asked:
    """Numbers in a row, charts two by two: all nine within a screen or just below, as Superset draws no others."""
    rows = [(charts[:5], 2, 14), (charts[5:7], 6, 34), (charts[7:], 6, 34)]
    found: Asked = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
    }
    found["GRID_ID"] = {"type": "GRID", "id": "GRID_ID", "children": [f"ROW-{at}" for at in range(3)]}
    for at, (shown, width, height) in enumerate(rows):
        names = [f"CHART-{chart.id}" for chart in shown]
        background = {"background": "BACKGROUND_TRANSPARENT"}
        found[f"ROW-{at}"] = {"type": "ROW", "id": f"ROW-{at}", "children": names, "meta": background}
        for name, chart in zip(names, shown, strict=True):
            meta = {"chartId": chart.id, "width": width, "height": height, "sliceName": chart.slice_name}
            found[name] = {"type": "CHART", "id": name, "children": [], "meta": meta}
    return found


def prepare() -> None:
    """What its documents have done first: ``superset db upgrade``, ``superset init``; everybody may see the rollups."""
    from superset import appbuilder, security_manager  # there within an application only

    upgrade()
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    everything = security_manager.add_permission_view_menu("all_datasource_access", "all_datasource_access")
    security_manager.add_permission_role(security_manager.find_role("Public"), everything)


def datasets() -> dict[str, Any]:
    """The rollups in PostgreSQL, as Superset knows them."""
    from superset import db
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.core import Database

    market = Database(database_name="market")
    address = sa.engine.make_url(os.environ["MARKET_DATABASE"]).set(drivername="postgresql+psycopg2")
    market.set_sqlalchemy_uri(address.render_as_string(hide_password=False))
    tables = {name: SqlaTable(table_name=f"market_{name}", schema="bench", database=market) for name in ROLLUPS}
    db.session.add_all([market, *tables.values()])
    db.session.flush()
    for table in tables.values():
        table.fetch_metadata()
    db.session.flush()
    return tables


def make() -> None:
    """The dashboard and its charts."""
    from superset import db
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    tables, charts = datasets(), []
    for title, (name, said) in asked().items():
        chart = Slice(slice_name=title, viz_type=said["viz_type"], datasource_type="table")
        chart.datasource_id = tables[name].id
        chart.params = json.dumps(said | {"adhoc_filters": [WITHIN], "datasource": f"{tables[name].id}__table"})
        charts.append(chart)
    db.session.add_all(charts)
    db.session.flush()
    page = Dashboard(dashboard_title="Pasar", slug="market", published=True, slices=charts)
    page.position_json = json.dumps(layout(charts))
    page.json_metadata = json.dumps({"native_filter_configuration": [period(30)]})
    db.session.add(page)
    db.session.commit()


ROLLUPS = ("buyers", "categories", "areas", "hours")
WITHIN = {
    "clause": "WHERE",
    "expressionType": "SIMPLE",
    "subject": "day",
    "operator": "TEMPORAL_RANGE",
    "comparator": "No filter",
}


def period(days: int) -> Asked:
    """The filter of the dashboard, as it is until somebody touches it."""
    between = BETWEEN.format(1 - days)
    mask = {"extraFormData": {"time_range": between}, "filterState": {"value": between}}
    scope = {"rootPath": ["ROOT_ID"], "excluded": []}
    return PERIOD | {"targets": [{}], "scope": scope, "controlValues": {}, "defaultDataMask": mask}


if __name__ == "__main__":
    with create_app().app_context():
        prepare()
        make()
