"""Pasar: how concentrated sales are, how orders arrive, and the other places where small merchants sell."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from dashboard.indicator import Better, Cells, Expression, Indicator, Moment, Unit, Window
from dashboard.indicators.marketplace import DATASET as ORDERS
from dashboard.indicators.marketplace import PAID
from dashboard.indicators.purchases import OF_SHOPS, always
from etl.cities import City
from etl.text import Text
from etl.warehouse import read

DELIVERIES, TILLS, CATALOGUE, SPENDING = "deliveries", "pos_transactions", "catalogue_purchases", "agency_spending"
SUBJECT = "pasar"
TOP = 10
MONTHS = 12  # of accounts that the share of small firms is taken over: a year of the budget
UMK_AIM = 40.0  # per cent of goods and services, at least (Inpres 2/2022)


def _top_share(c: Cells) -> sa.ColumnElement[Any]:
    top = sa.func.sum(c.amount).filter(c.size - c.rank < TOP)
    return 100 * sa.func.coalesce(top, 0) / sa.func.nullif(sa.func.sum(c.amount), 0)


def _hhi(c: Cells) -> sa.ColumnElement[Any]:
    whole = sa.func.sum(c.amount)
    return 10_000 * sa.func.sum(c.amount * c.amount) / sa.func.nullif(whole * whole, 0)


TOP_SHARE = Indicator(
    key="merchants_top10",
    title=Text("Porsi 10 pedagang terbesar", "Share of the 10 largest"),
    meaning=Text(
        "Bagian penjualan bulan ini yang ada pada sepuluh pedagang terbesar. Penjualan bersih negatif dihitung nol",
        "Part of this month's sales that the ten largest merchants have. Net sales below zero count as zero",
    ),
    formula=Text("Σ penjualan 10 terbesar ÷ Σ penjualan × 100", "Σ sales of the 10 largest ÷ Σ sales × 100"),
    unit=Unit.PERCENT,
    value=_top_share,
    better=Better.LESS,
    subject=SUBJECT,
    **OF_SHOPS,
)
HHI = Indicator(
    key="merchants_hhi",
    title=Text("Pemusatan (HHI)", "Concentration (HHI)"),
    meaning=Text(
        "0: banyak pedagang kecil; 10.000: satu pedagang menjual semuanya. Di atas 1.800: sangat terpusat "
        "(Merger Guidelines AS 2023)",
        "0: many small merchants; 10,000: one sells everything. Above 1,800: highly concentrated "
        "(US Merger Guidelines 2023)",
    ),
    formula=Text(
        "10.000 × Σ (porsi penjualan pedagang)², bulan ini (Herfindahl–Hirschman)",
        "10,000 × Σ (merchant's share of sales)², this month (Herfindahl–Hirschman)",
    ),
    unit=Unit.POINTS,
    value=_hhi,
    better=Better.LESS,
    subject=SUBJECT,
    **OF_SHOPS,
)


def _minutes(part: float) -> Expression:
    def value(c: Cells) -> sa.ColumnElement[Any]:
        taken = sa.extract("epoch", c.dropped_at - c.assigned_at) / 60
        return sa.func.percentile_cont(part).within_group(taken)

    return value


def _brought(c: Cells) -> sa.ColumnElement[bool]:
    return sa.and_(c.status == "delivered", c.dropped_at >= c.assigned_at)


def _cancelled(c: Cells) -> sa.ColumnElement[Any]:
    return 100.0 * sa.func.count().filter(c.status == "cancelled") / sa.func.nullif(sa.func.count(), 0)


_OF_TRIPS: dict[str, Any] = {
    "subject": SUBJECT,
    "dataset": DELIVERIES,
    "time": "assigned_at",
    "area": None,
    "better": Better.LESS,
}
DELIVERY_P50 = Indicator(
    key="delivery_p50",
    title=Text("Waktu antar, median", "Delivery, median"),
    meaning=Text(
        "Separuh pesanan diterima dalam menit sebanyak ini sejak kurir ditugaskan",
        "Half of the orders were received within these minutes from the courier's assignment",
    ),
    formula=Text("median (diterima − ditugaskan), pengantaran selesai", "median (received − assigned), delivered"),
    unit=Unit.MINUTES,
    where=_brought,
    value=_minutes(0.5),
    **_OF_TRIPS,
)
DELIVERY_P90 = Indicator(
    key="delivery_p90",
    title=Text("Waktu antar, P90", "Delivery, P90"),
    meaning=Text(
        "Sembilan dari sepuluh pesanan diterima dalam menit sebanyak ini sejak kurir ditugaskan",
        "Nine orders in ten were received within these minutes from the courier's assignment",
    ),
    formula=Text("P90 (diterima − ditugaskan), pengantaran selesai", "P90 (received − assigned), delivered"),
    unit=Unit.MINUTES,
    where=_brought,
    value=_minutes(0.9),
    **_OF_TRIPS,
)
DELIVERY_CANCELLED = Indicator(
    key="delivery_cancelled",
    title=Text("Pengantaran dibatalkan", "Deliveries cancelled"),
    meaning=Text("Bagian pengantaran yang dibatalkan", "Part of the deliveries that were cancelled"),
    formula=Text("dibatalkan ÷ semua pengantaran × 100", "cancelled ÷ all deliveries × 100"),
    unit=Unit.PERCENT,
    value=_cancelled,
    **_OF_TRIPS,
)
TILL_SALES = Indicator(
    key="pos_sales",
    subject=SUBJECT,
    title=Text("Penjualan di kasir", "Sales at tills"),
    meaning=Text(
        "Nilai transaksi kasir pedagang UMKM, dikurangi pengembalian", "Sales at the tills of merchants, less refunds"
    ),
    formula=Text("Σ nilai transaksi", "Σ amount of transactions"),
    unit=Unit.RUPIAH,
    dataset=TILLS,
    time="sold_at",
    value=lambda c: sa.func.coalesce(sa.func.sum(c.amount), 0),
    better=Better.MORE,
    area=None,
)
CATALOGUE_VALUE = Indicator(
    key="catalogue_value",
    subject=SUBJECT,
    title=Text("Belanja e-katalog lokal", "Local catalogue purchases"),
    meaning=Text("Nilai paket yang dibeli OPD", "Value of the packages that agencies bought"),
    formula=Text("Σ nilai paket", "Σ value of packages"),
    unit=Unit.RUPIAH,
    dataset=CATALOGUE,
    time="purchased_on",
    finest="day",
    value=lambda c: sa.func.coalesce(sa.func.sum(c.value), 0),
    better=Better.MORE,
    area=None,
)


def _part_of_catalogue(name: str) -> Expression:
    def value(c: Cells) -> sa.ColumnElement[Any]:
        part = sa.func.coalesce(sa.func.sum(c.value).filter(c[name]), 0)
        return 100 * part / sa.func.nullif(sa.func.sum(c.value), 0)

    return value


DOMESTIC = Indicator(
    key="domestic_share",
    subject=SUBJECT,
    title=Text("Produk dalam negeri", "Domestic products"),
    meaning=Text(
        "Bagian belanja e-katalog lokal untuk produk dalam negeri (PDN), menurut nilai",
        "Part of the local catalogue's purchases that are domestic products, by value",
    ),
    formula=Text("nilai paket PDN ÷ nilai semua paket × 100", "value of PDN packages ÷ value of all × 100"),
    unit=Unit.PERCENT,
    dataset=CATALOGUE,
    time="purchased_on",
    finest="day",
    value=_part_of_catalogue("is_domestic"),
    better=Better.MORE,
    area=None,
)
CATALOGUE_UMK = Indicator(
    key="catalogue_umk_share",
    subject=SUBJECT,
    title=Text("UMK di e-katalog lokal", "Small firms in the catalogue"),
    meaning=Text(
        "Bagian belanja e-katalog lokal pada usaha mikro, kecil dan koperasi; bukan ukuran 40 % Inpres 2/2022",
        "Part of the local catalogue's purchases from small firms; not the 40 % of Inpres 2/2022",
    ),
    formula=Text("nilai paket UMK ÷ nilai semua paket × 100", "value of UMK packages ÷ value of all × 100"),
    unit=Unit.PERCENT,
    dataset=CATALOGUE,
    time="purchased_on",
    finest="day",
    value=_part_of_catalogue("is_umk"),
    better=Better.MORE,
    area=None,
)


def _accounts(city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
    """One row per agency and month of its accounts, the last ``MONTHS`` of them: what it spent on goods and services,
    and what of it went to small firms through the catalogue and the marketplace. Of other months nothing is taken."""
    spent = read(SPENDING, as_of)
    last = (
        sa.select(spent.c.period)
        .where(spent.c.city_code == city.code, spent.c.period <= moment.day)
        .distinct()
        .order_by(spent.c.period.desc())
        .limit(MONTHS)
    )
    small = _small(city, as_of)
    same = sa.and_(small.c.period == spent.c.period, small.c.agency_code == spent.c.agency_code)
    return (
        sa.select(
            spent.c.city_code,
            spent.c.agency_code,
            spent.c.goods_services,
            sa.func.coalesce(small.c.amount, 0).label("small"),
        )
        .select_from(spent.outerjoin(small, same))
        .where(spent.c.city_code == city.code, spent.c.period.in_(last))
        .subquery("accounts")
    )


def _small(city: City, as_of: dt.datetime | None) -> sa.Subquery:
    """What agencies bought from small firms, by agency and month; every merchant of the marketplace is one."""
    packages, lines = read(CATALOGUE, as_of), read(ORDERS, as_of)
    bought = sa.select(
        packages.c.agency_code, _month(packages.c.purchased_on).label("period"), packages.c.value.label("amount")
    ).where(packages.c.city_code == city.code, packages.c.is_umk)
    ordered = sa.select(
        lines.c.agency_code, _month(sa.func.timezone(city.zone, lines.c.ordered_at)).label("period"), lines.c.amount
    ).where(lines.c.city_code == city.code, lines.c.buyer_type == "opd", lines.c.status.in_(PAID))
    both = sa.union_all(bought, ordered).subquery("both")
    return (
        sa.select(both.c.agency_code, both.c.period, sa.func.sum(both.c.amount).label("amount"))
        .group_by(both.c.agency_code, both.c.period)
        .subquery("small")
    )


def _month(moment: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(sa.func.date_trunc("month", sa.cast(moment, sa.DateTime())), sa.Date())


def _umk_share(c: Cells) -> sa.ColumnElement[Any]:
    return 100.0 * sa.func.sum(c.small) / sa.func.nullif(sa.func.sum(c.goods_services), 0)


_OF_ACCOUNTS: dict[str, Any] = {
    "subject": SUBJECT,
    "dataset": SPENDING,
    "also": (CATALOGUE, ORDERS),
    "time": "",
    "window": Window.KNOWN,
    "at": always,
    "base": _accounts,
    "area": None,
}
UMK_SHARE = Indicator(
    key="umk_share",
    title=Text("Belanja barang/jasa ke UMK", "Goods and services from small firms"),
    meaning=Text(
        f"Bagian belanja barang dan jasa OPD pada usaha mikro, kecil dan koperasi, {MONTHS} bulan terakhir yang sudah "
        "dibukukan. Paling sedikit: hanya yang lewat e-katalog lokal dan pasar daring yang diketahui",
        f"Part of the agencies' spending on goods and services that went to small firms, last {MONTHS} months that are "
        "in the accounts. At least: only what went through the local catalogue and the marketplace is known",
    ),
    formula=Text(
        "(paket UMK e-katalog + pesanan OPD di pasar daring) ÷ belanja barang dan jasa × 100; Inpres 2/2022: ≥ 40 %",
        "(UMK packages + agencies' orders at the marketplace) ÷ goods and services × 100; Inpres 2/2022: ≥ 40 %",
    ),
    unit=Unit.PERCENT,
    value=_umk_share,
    better=Better.MORE,
    target=lambda city: UMK_AIM,
    **_OF_ACCOUNTS,
)
GOODS_SERVICES = Indicator(
    key="goods_services",
    title=Text("Belanja barang dan jasa", "Spent on goods and services"),
    meaning=Text(
        f"Realisasi belanja barang dan jasa OPD, {MONTHS} bulan terakhir yang sudah dibukukan",
        f"What agencies spent on goods and services, last {MONTHS} months that are in the accounts",
    ),
    formula=Text("Σ realisasi belanja barang dan jasa", "Σ spent on goods and services"),
    unit=Unit.RUPIAH,
    value=lambda c: sa.func.sum(c.goods_services),
    **_OF_ACCOUNTS,
)

INDICATORS = (
    TOP_SHARE,
    HHI,
    DELIVERY_P50,
    DELIVERY_P90,
    DELIVERY_CANCELLED,
    TILL_SALES,
    CATALOGUE_VALUE,
    DOMESTIC,
    CATALOGUE_UMK,
    UMK_SHARE,
    GOODS_SERVICES,
)
