"""Pasar: what is bought from the city's small merchants, and by whom."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from dashboard.indicator import Better, Cells, Expression, Indicator, Moment, Unit, Window
from etl.cities import City
from etl.text import Text
from etl.warehouse import read

PAID = ("paid", "refunded")  # a refund is a line of its own with a negative amount
DATASET = "marketplace_orders"


def _paid(c: Cells) -> sa.ColumnElement[bool]:
    return c.status.in_(PAID)


def _bought(c: Cells) -> sa.ColumnElement[bool]:
    return c.status == "paid"


def _share_of(kind: str) -> Expression:
    def value(c: Cells) -> sa.ColumnElement[Any]:
        part = sa.func.sum(c.amount).filter(c.buyer_type == kind)
        return 100 * sa.func.coalesce(part, 0) / sa.func.nullif(sa.func.sum(c.amount), 0)

    return value


def _this_months_buyers(city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
    """One row per active civil servant: how many paid orders this month, up to the moment."""
    people, orders = read("civil_servants", as_of), read(DATASET, as_of)
    first = dt.datetime.combine(moment.day.replace(day=1), dt.time(), city.tz)
    within = sa.and_(orders.c.ordered_at >= first, orders.c.ordered_at < moment.instant)
    bought = (
        sa.select(orders.c.buyer, sa.func.count(orders.c.order_id.distinct()).label("orders"))
        .where(orders.c.city_code == city.code, _bought(orders.c), orders.c.buyer.is_not(None), within)
        .group_by(orders.c.buyer)
        .subquery()
    )
    return (
        sa.select(
            people.c.city_code,
            people.c.agency_code,
            people.c.known_from,
            sa.func.coalesce(bought.c.orders, 0).label("orders"),
        )
        .select_from(people.outerjoin(bought, people.c.buyer == bought.c.buyer))
        .where(people.c.city_code == city.code, people.c.status == "active")
        .subquery("buyers")
    )


def _always(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    return sa.true()


def _compliant(c: Cells) -> sa.ColumnElement[Any]:
    return 100.0 * sa.func.count().filter(c.orders >= 1) / sa.func.nullif(sa.func.count(), 0)


GMV = Indicator(
    key="gmv",
    subject="pasar",
    title=Text("Nilai belanja", "Sales"),
    meaning=Text(
        "Nilai semua baris pesanan yang lunas, dikurangi pengembalian", "Value of all paid order lines, less refunds"
    ),
    formula=Text("Σ nilai baris berstatus lunas atau dikembalikan", "Σ amount of lines that are paid or refunded"),
    unit=Unit.RUPIAH,
    dataset=DATASET,
    time="ordered_at",
    where=_paid,
    value=lambda c: sa.func.coalesce(sa.func.sum(c.amount), 0),
    better=Better.MORE,
)
ORDERS = Indicator(
    key="orders",
    subject="pasar",
    title=Text("Pesanan lunas", "Paid orders"),
    meaning=Text("Banyaknya pesanan yang dibayar", "How many orders were paid"),
    formula=Text("cacah nomor pesanan yang berbeda, lunas", "count of distinct paid order numbers"),
    unit=Unit.ORDERS,
    dataset=DATASET,
    time="ordered_at",
    where=_bought,
    value=lambda c: sa.func.count(c.order_id.distinct()),
    better=Better.MORE,
)
MERCHANTS = Indicator(
    key="merchants_active",
    subject="pasar",
    title=Text("Pedagang berjualan", "Merchants selling"),
    meaning=Text(
        "Pedagang yang menjual sedikitnya satu kali dalam periode ini",
        "Merchants with at least one paid order in the period",
    ),
    formula=Text("cacah pedagang yang berbeda pada pesanan lunas", "count of distinct merchants among paid orders"),
    unit=Unit.MERCHANTS,
    dataset=DATASET,
    time="ordered_at",
    where=_bought,
    value=lambda c: sa.func.count(c.merchant_id.distinct()),
    better=Better.MORE,
)
BASKET = Indicator(
    key="basket",
    subject="pasar",
    title=Text("Rata-rata per pesanan", "Average order"),
    meaning=Text("Nilai lunas dibagi banyaknya pesanan lunas", "Paid value over the number of paid orders"),
    formula=Text("Σ nilai lunas ÷ cacah pesanan lunas", "Σ paid amount ÷ count of paid orders"),
    unit=Unit.RUPIAH,
    dataset=DATASET,
    time="ordered_at",
    where=_bought,
    value=lambda c: sa.func.sum(c.amount) / sa.func.nullif(sa.func.count(c.order_id.distinct()), 0),
)
ASN_SHARE = Indicator(
    key="asn_share",
    subject="pasar",
    title=Text("Porsi belanja ASN", "Share bought by civil servants"),
    meaning=Text("Bagian nilai belanja yang dibeli ASN", "Part of the sales that civil servants bought"),
    formula=Text("nilai belanja ASN ÷ nilai belanja × 100", "sales to ASN ÷ sales × 100"),
    unit=Unit.PERCENT,
    dataset=DATASET,
    time="ordered_at",
    where=_paid,
    value=_share_of("asn"),
)
OPD_SHARE = Indicator(
    key="opd_share",
    subject="pasar",
    title=Text("Porsi belanja OPD", "Share bought by agencies"),
    meaning=Text("Bagian nilai belanja yang dibeli OPD", "Part of the sales that agencies bought"),
    formula=Text("nilai belanja OPD ÷ nilai belanja × 100", "sales to OPD ÷ sales × 100"),
    unit=Unit.PERCENT,
    dataset=DATASET,
    time="ordered_at",
    where=_paid,
    value=_share_of("opd"),
)
ASN_BUYING = Indicator(
    key="asn_buying",
    subject="pasar",
    title=Text("ASN sudah berbelanja", "Civil servants who bought"),
    meaning=Text(
        "Bagian ASN aktif yang bulan ini sudah membayar sedikitnya satu pesanan",
        "Part of the active civil servants who paid at least one order this month",
    ),
    formula=Text(
        "ASN aktif dengan ≥ 1 pesanan lunas bulan ini ÷ ASN aktif × 100",
        "active ASN with ≥ 1 paid order this month ÷ active ASN × 100",
    ),
    unit=Unit.PERCENT,
    dataset="civil_servants",
    also=(DATASET,),
    time="",
    window=Window.MONTH,
    at=_always,
    base=_this_months_buyers,
    value=_compliant,
    better=Better.MORE,
    area=None,
)

INDICATORS = (GMV, ORDERS, MERCHANTS, BASKET, ASN_SHARE, OPD_SHARE, ASN_BUYING)
