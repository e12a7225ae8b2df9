"""The market page as its usual makers would compute it: five numbers and four charts of the last days, with pandas.

Run in the environment of each peer, so that nothing of Pantau is imported here. ``MARKET_DATABASE`` is an SQLAlchemy
address, ``MARKET_CITY`` the code of a city, ``MARKET_ZONE`` its time zone; with ``MARKET_ROLLUPS`` the tables of
``bench.common.rolled`` are read, otherwise the order lines themselves.
"""

import datetime as dt
import os
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd
import plotly.express as px
import plotly.graph_objects as go
import sqlalchemy as sa

PERIODS = {"30 hari": 30, "7 hari": 7}
CITY = os.environ.get("MARKET_CITY", "")
ZONE = ZoneInfo(os.environ.get("MARKET_ZONE", "Asia/Jakarta"))
ROLLED = bool(os.environ.get("MARKET_ROLLUPS"))
LINES = ("order_id", "ordered_at", "category", "area_code", "buyer_type", "status", "amount")
ROLLUPS = {
    "buyers": ("day", "buyer_type", "amount", "bought", "orders"),
    "categories": ("day", "category", "amount"),
    "areas": ("day", "area_code", "amount"),
    "hours": ("day", "weekday", "hour", "orders"),
}
WEEK = ["Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min"]
Frames = dict[str, pd.DataFrame]


class Tile(NamedTuple):
    """A number and how it changed since the days before, per cent."""

    title: str
    value: str
    change: str


class Shown(NamedTuple):
    """All that the page shows."""

    tiles: list[Tile]
    figures: list[go.Figure]


def shown(days: int) -> Shown:
    """The page of the last days, computed now."""
    today = dt.datetime.now(ZONE).date()
    since, before = today - dt.timedelta(days=days - 1), today - dt.timedelta(days=2 * days - 1)
    found = rolled(before) if ROLLED else summed(before)
    now = {name: frame[frame["day"] >= since] for name, frame in found.items()}
    earlier = found["buyers"][found["buyers"]["day"] < since]
    return Shown(tiles(now["buyers"], earlier), figures(now))


def rolled(since: dt.date) -> Frames:
    """The rollups as they are."""
    frames = {name: read("bench", f"market_{name}", columns, "day", since) for name, columns in ROLLUPS.items()}
    return {name: frame.assign(day=pd.to_datetime(frame["day"]).dt.date) for name, frame in frames.items()}


def summed(since: dt.date) -> Frames:
    """The same from the lines."""
    begin = dt.datetime.combine(since, dt.time(), ZONE)
    lines = read("warehouse", "marketplace_orders", LINES, "ordered_at", begin)
    local = lines["ordered_at"].dt.tz_convert(str(ZONE))
    lines = lines.assign(day=local.dt.date, weekday=local.dt.weekday + 1, hour=local.dt.hour)
    paid, bought = lines[lines["status"].isin(["paid", "refunded"])], lines[lines["status"] == "paid"]
    kinds = paid.groupby(["day", "buyer_type"], as_index=False)["amount"].sum()
    parts = bought.groupby(["day", "buyer_type"]).agg(bought=("amount", "sum"), orders=("order_id", "nunique"))
    return {
        "buyers": kinds.merge(parts.reset_index(), how="left").fillna({"bought": 0, "orders": 0}),
        "categories": paid.groupby(["day", "category"], as_index=False)["amount"].sum(),
        "areas": paid.groupby(["day", "area_code"], as_index=False)["amount"].sum(),
        "hours": bought.groupby(["day", "weekday", "hour"], as_index=False)["order_id"]
        .nunique()
        .rename(columns={"order_id": "orders"}),
    }


def read(schema: str, name: str, columns: tuple[str, ...], time: str, since: Any) -> pd.DataFrame:
    """Rows of the city since then."""
    table = sa.table(name, sa.column("city_code"), *map(sa.column, columns), schema=schema)
    query = sa.select(*(table.c[one] for one in columns)).where(table.c.city_code == CITY, table.c[time] >= since)
    with engine().connect() as connection:
        frame = pd.read_sql(query, connection)
    numbers = [one for one in ("amount", "bought", "orders") if one in frame]
    return frame.assign(**{one: pd.to_numeric(frame[one]) for one in numbers})


@cache
def engine() -> sa.Engine:
    """Connections that are kept."""
    return sa.create_engine(os.environ["MARKET_DATABASE"])


def tiles(now: pd.DataFrame, earlier: pd.DataFrame) -> list[Tile]:
    """Five numbers beside those of the days before."""
    there, before = numbers(now), numbers(earlier)
    shown = {"Nilai belanja": "Rp {:,.0f}", "Pesanan": "{:,.0f}", "Rata-rata": "Rp {:,.0f}"}
    shown |= {"Porsi ASN": "{:.1f} %", "Porsi OPD": "{:.1f} %"}
    return [
        Tile(title, pattern.format(there[title]), f"{100 * (there[title] / (before[title] or 1) - 1):+.0f} %")
        for title, pattern in shown.items()
    ]


def numbers(rows: pd.DataFrame) -> dict[str, float]:
    """Value, orders, average order, and who bought which part."""
    total, orders = float(rows["amount"].sum()), float(rows["orders"].sum())
    part = rows.groupby("buyer_type")["amount"].sum()
    return {
        "Nilai belanja": total,
        "Pesanan": orders,
        "Rata-rata": float(rows["bought"].sum()) / (orders or 1),
        "Porsi ASN": 100 * float(part.get("asn", 0)) / (total or 1),
        "Porsi OPD": 100 * float(part.get("opd", 0)) / (total or 1),
    }


def figures(now: Frames) -> list[go.Figure]:
    """Trend by buyer, kinds of goods, places, and the rhythm of a week."""
    kinds = now["categories"].groupby("category", as_index=False)["amount"].sum().sort_values("amount")
    places = now["areas"].groupby("area_code", as_index=False)["amount"].sum().nlargest(12, "amount")
    rhythm = now["hours"].pivot_table(index="weekday", columns="hour", values="orders", aggfunc="sum", fill_value=0)
    days = [WEEK[int(number) - 1] for number in rhythm.index]
    return [
        px.bar(now["buyers"], x="day", y="amount", color="buyer_type", title="Nilai belanja menurut pembeli"),
        px.bar(kinds, x="amount", y="category", orientation="h", title="Menurut jenis dagangan"),
        px.bar(places, x="amount", y="area_code", orientation="h", title="Menurut tempat"),
        px.imshow(rhythm.to_numpy(), x=list(rhythm.columns), y=days, aspect="auto", title="Kapan orang memesan"),
    ]
