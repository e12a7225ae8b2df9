"""Rollups of the market by day, as a careful maker of a plain dashboard keeps them; in SQLite too, for Datasette."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from etl.cities import City
from etl.warehouse import Role, engine, read

SCHEMA, TABLE = "bench", "market_{}"
PAID = ("paid", "refunded")


def make(city: City) -> None:
    """The tables ``bench.market_…`` of one city."""
    with engine(Role.OWNER).begin() as connection:
        connection.execute(sa.schema.CreateSchema(SCHEMA))
        for name, query in queries(city).items():
            connection.execute(query.into(TABLE.format(name), schema=SCHEMA))


def queries(city: City) -> dict[str, Any]:
    """What each of them holds."""
    orders = read("marketplace_orders").c
    at = sa.func.timezone(city.zone, orders.ordered_at)
    day, paid, bought = sa.cast(at, sa.Date).label("day"), orders.status.in_(PAID), orders.status == "paid"
    amount = sa.func.sum(orders.amount).label("amount")
    value, number = sa.func.sum(orders.amount).filter(bought), sa.func.count(orders.order_id.distinct()).filter(bought)
    hours = [sa.cast(sa.extract(part, at), sa.Integer).label(name) for part, name in PARTS.items()]
    said: dict[str, tuple[Any, list[Any], list[Any]]] = {
        "buyers": (paid, [orders.buyer_type], [amount, value.label("bought"), number.label("orders")]),
        "categories": (paid, [orders.category], [amount]),
        "areas": (paid, [orders.area_code], [amount]),
        "hours": (bought, hours, [sa.func.count(orders.order_id.distinct()).label("orders")]),
    }
    return {
        name: sa.select(orders.city_code, day, *by, *values)
        .where(orders.city_code == city.code, where)
        .group_by(orders.city_code, day, *by)
        for name, (where, by, values) in said.items()
    }


PARTS = {"isodow": "weekday", "hour": "hour"}


def to_sqlite(city: City, file: Path) -> None:
    """The same rows for a program that reads SQLite."""
    there = sa.create_engine(f"sqlite:///{file}")
    with engine(Role.OWNER).connect() as source, there.begin() as target:
        for name, query in queries(city).items():
            rows = [{key: _plain(value) for key, value in row.items()} for row in source.execute(query).mappings()]
            kinds = {str: sa.Text, int: sa.Integer, float: sa.Float, type(None): sa.Text}
            table = sa.Table(name, sa.MetaData(), *(sa.Column(key, kinds[type(said)]) for key, said in rows[0].items()))
            table.create(target)
            target.execute(sa.insert(table), rows)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, int | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else float(value)
