"""Belanja ASN: is the month's purchase obligation met, and whom does the spending reach?"""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from dashboard.compliance import DATASETS, ORDERS, SERVANTS, State, person_months
from dashboard.indicator import Better, Cells, Expression, Indicator, Moment, Unit, Window
from dashboard.indicators.marketplace import PAID
from etl.cities import City
from etl.text import Text
from etl.warehouse import read

JUDGED = (State.MET, State.OPEN, State.MISSED)  # not those of whom nothing is asked, or nothing known
NEAR_CAP = 0.8  # of the month's most that a merchant may sell


def always(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    """Every row: where an indicator asks for no condition of its own."""
    return sa.true()


def _people(city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
    return person_months(city, moment.day, moment.instant, as_of)


def counted(c: Cells, *states: State) -> sa.ColumnElement[int]:
    """How many are in one of these states."""
    return sa.func.count().filter(c.state.in_([state.value for state in states]))


def met_share(c: Cells) -> sa.ColumnElement[Any]:
    """Percent of those who can be judged; null of nobody, and where most cannot be: the rest would speak for them."""
    judged = counted(c, *JUDGED)
    share = 100.0 * counted(c, State.MET) / sa.func.nullif(judged, 0)
    return sa.case((judged >= counted(c, State.UNKNOWN), share))


def amount_each(c: Cells) -> sa.ColumnElement[Any]:
    """Rupiah per civil servant who is not exempt; null of nobody."""
    obliged = sa.func.nullif(sa.func.count() - counted(c, State.EXEMPT), 0)
    return sa.func.sum(c.amount) / obliged


def _of_state(*states: State) -> Expression:
    return lambda c: counted(c, *states)


def merchant_months(city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
    """One row for each registered merchant with the month's sales so far (Rp), its rank from the least, and how many
    there are; ``cap``: the most that it may sell in a month, where the city has set one."""
    shops, lines = read("merchants", as_of), read(ORDERS, as_of)
    first = dt.datetime.combine(moment.day.replace(day=1), dt.time(), city.tz)
    sold = (
        sa.select(lines.c.merchant_id, sa.func.sum(lines.c.amount).label("amount"))
        .where(lines.c.city_code == city.code, lines.c.status.in_(PAID))
        .where(lines.c.ordered_at >= first, lines.c.ordered_at < moment.instant)
        .group_by(lines.c.merchant_id)
        .subquery("sold")
    )
    amount = sa.func.greatest(sa.func.coalesce(sold.c.amount, 0), 0)
    names = ("city_code", "merchant_id", "name", "area_code", "category", "known_from")
    return (
        sa.select(
            *(shops.c[name] for name in names),
            amount.label("amount"),
            sa.func.row_number().over(order_by=(amount, shops.c.merchant_id)).label("rank"),
            sa.func.count().over().label("size"),
            sa.cast(sa.literal(city.targets.get("merchant_monthly_cap_idr")), sa.Numeric()).label("cap"),
        )
        .select_from(shops.outerjoin(sold, shops.c.merchant_id == sold.c.merchant_id))
        .where(shops.c.city_code == city.code, shops.c.joined_on <= moment.day)
        .subquery("merchant_months")
    )


def _near_cap(c: Cells) -> sa.ColumnElement[Any]:
    """Nobody is near what the city has not set: then there is no figure."""
    near = sa.func.count().filter(c.amount >= NEAR_CAP * c.cap)
    return sa.case((sa.func.count(c.cap) == 0, sa.null()), else_=near)


def _gini(c: Cells) -> sa.ColumnElement[Any]:
    uneven = sa.func.sum((2 * c.rank - c.size - 1) * c.amount)
    return uneven / sa.func.nullif(sa.func.max(c.size) * sa.func.sum(c.amount), 0)


def _of_asn(c: Cells) -> sa.ColumnElement[bool]:
    return sa.and_(c.status == "paid", c.buyer_type == "asn")


def _spent_by_asn(c: Cells) -> sa.ColumnElement[bool]:
    return sa.and_(c.status.in_(PAID), c.buyer_type == "asn")


_OF_PEOPLE: dict[str, Any] = {
    "subject": "belanja",
    "dataset": SERVANTS,
    "also": DATASETS[1:],
    "time": "",
    "window": Window.MONTH,
    "at": always,
    "base": _people,
    "area": None,
}
_OF_MONTH: dict[str, Any] = {"subject": "belanja", "dataset": ORDERS, "time": "ordered_at", "window": Window.MONTH}

ASN_MET = Indicator(
    key="asn_met",
    title=Text("Kewajiban terpenuhi", "Obligation met"),
    meaning=Text(
        "Bagian ASN wajib belanja yang sudah memenuhi kewajiban bulan ini. Yang dikecualikan dan yang pembayarannya "
        "belum jelas tidak dihitung",
        "Part of the obliged civil servants who met this month's obligation. Who is exempt, or whose payment is not "
        "settled, is left out",
    ),
    formula=Text(
        "ASN terpenuhi ÷ (terpenuhi + belum + tidak terpenuhi) × 100; pesanan lunas, tidak dikembalikan seluruhnya",
        "met ÷ (met + not yet + missed) × 100; orders that are paid and not wholly sent back",
    ),
    unit=Unit.PERCENT,
    value=met_share,
    better=Better.MORE,
    **_OF_PEOPLE,
)
ASN_WAITING = Indicator(
    key="asn_waiting",
    title=Text("Belum memenuhi", "Not met yet"),
    meaning=Text(
        "ASN wajib belanja yang belum memenuhi kewajiban bulan ini, atau tidak memenuhinya sampai bulan berakhir",
        "Obliged civil servants who have not met this month's obligation, or missed it when the month ended",
    ),
    formula=Text("cacah ASN belum + tidak terpenuhi", "count of not yet + missed"),
    unit=Unit.PEOPLE,
    value=_of_state(State.OPEN, State.MISSED),
    better=Better.LESS,
    **_OF_PEOPLE,
)
ASN_UNKNOWN = Indicator(
    key="asn_unknown",
    title=Text("Belum dapat dinilai", "Cannot be judged yet"),
    meaning=Text(
        "ASN yang pembayarannya belum selesai, atau yang datanya belum sampai akhir bulan: bukan gagal",
        "Civil servants whose payment is not settled, or whose data do not reach the month's end: no failure",
    ),
    formula=Text("cacah ASN berkeadaan tidak diketahui", "count of the unknown"),
    unit=Unit.PEOPLE,
    value=_of_state(State.UNKNOWN),
    **_OF_PEOPLE,
)
ASN_EXEMPT = Indicator(
    key="asn_exempt",
    title=Text("Dikecualikan", "Exempt"),
    meaning=Text(
        "ASN yang sedikitnya setengah bulan cuti, tugas belajar, tinggal di kota lain atau diperbantukan",
        "Civil servants on leave, studying, living elsewhere or lent to another office for half the month or more",
    ),
    formula=Text(
        "cacah ASN dengan surat atau usulan yang disetujui", "count of those with a letter or an approved proposal"
    ),
    unit=Unit.PEOPLE,
    value=_of_state(State.EXEMPT),
    **_OF_PEOPLE,
)
ASN_AMOUNT = Indicator(
    key="asn_amount",
    title=Text("Belanja per ASN", "Spent per civil servant"),
    meaning=Text(
        "Nilai belanja bulan ini dibagi banyaknya ASN yang tidak dikecualikan, juga yang belum berbelanja",
        "This month's spending over all civil servants who are not exempt, also those who did not buy",
    ),
    formula=Text(
        "Σ nilai pesanan yang dihitung ÷ cacah ASN tidak dikecualikan", "Σ counted orders ÷ count of not exempt"
    ),
    unit=Unit.RUPIAH,
    value=amount_each,
    better=Better.MORE,
    **_OF_PEOPLE,
)
ASN_SPENT = Indicator(
    key="asn_spent",
    title=Text("Belanja ASN", "Spent by civil servants"),
    meaning=Text(
        "Nilai belanja ASN bulan ini, dikurangi pengembalian", "What civil servants spent this month, less refunds"
    ),
    formula=Text("Σ nilai baris lunas atau dikembalikan, pembeli ASN", "Σ amount of paid or refunded lines of ASN"),
    unit=Unit.RUPIAH,
    where=_spent_by_asn,
    value=lambda c: sa.func.coalesce(sa.func.sum(c.amount), 0),
    better=Better.MORE,
    **_OF_MONTH,
)
ASN_ORDERS = Indicator(
    key="asn_orders",
    title=Text("Pesanan ASN", "Orders of civil servants"),
    meaning=Text("Pesanan yang dibayar ASN bulan ini", "Orders that civil servants paid this month"),
    formula=Text("cacah nomor pesanan yang berbeda, lunas, pembeli ASN", "count of distinct paid orders of ASN"),
    unit=Unit.ORDERS,
    where=_of_asn,
    value=lambda c: sa.func.count(c.order_id.distinct()),
    better=Better.MORE,
    **_OF_MONTH,
)
MERCHANTS_REACHED = Indicator(
    key="merchants_reached",
    title=Text("Pedagang terjangkau", "Merchants reached"),
    meaning=Text("Pedagang yang bulan ini menjual kepada ASN", "Merchants who sold to civil servants this month"),
    formula=Text(
        "cacah pedagang yang berbeda, lunas, pembeli ASN", "count of distinct merchants of paid orders of ASN"
    ),
    unit=Unit.MERCHANTS,
    where=_of_asn,
    value=lambda c: sa.func.count(c.merchant_id.distinct()),
    better=Better.MORE,
    **_OF_MONTH,
)
WARDS_REACHED = Indicator(
    key="wards_reached",
    title=Text("Kelurahan terjangkau", "Wards reached"),
    meaning=Text(
        "Kelurahan yang pedagangnya bulan ini menjual kepada ASN",
        "Wards whose merchants sold to civil servants this month",
    ),
    formula=Text(
        "cacah kelurahan toko yang berbeda, lunas, pembeli ASN", "count of distinct wards of paid orders of ASN"
    ),
    unit=Unit.WARDS,
    where=_of_asn,
    value=lambda c: sa.func.count(c.area_code.distinct()),
    better=Better.MORE,
    **_OF_MONTH,
)
OF_SHOPS: dict[str, Any] = {  # every shop with its sales of the month: of no part of the city
    "dataset": "merchants",
    "also": (ORDERS,),
    "time": "",
    "window": Window.MONTH,
    "at": always,
    "base": merchant_months,
    "area": None,
}
GINI = Indicator(
    key="merchant_gini",
    title=Text("Ketimpangan penjualan (Gini)", "Inequality of sales (Gini)"),
    meaning=Text(
        "0: semua pedagang menjual sama banyak; 1: satu pedagang menjual semuanya. Pedagang yang tidak menjual ikut "
        "dihitung",
        "0: all merchants sell the same; 1: one merchant sells everything. Merchants without sales count too",
    ),
    formula=Text(
        "Σ (2·peringkat − n − 1) · penjualan ÷ (n · Σ penjualan), bulan ini",
        "Σ (2·rank − n − 1) · sales ÷ (n · Σ sales), this month",
    ),
    unit=Unit.INDEX,
    value=_gini,
    better=Better.LESS,
    subject="belanja",
    **OF_SHOPS,
)
CAP_NEAR = Indicator(
    key="merchants_near_cap",
    title=Text("Pedagang mendekati batas", "Merchants near the cap"),
    meaning=Text(
        "Pedagang yang bulan ini sudah menjual sedikitnya 80 % dari batas penjualan sebulan yang ditetapkan kota",
        "Merchants who sold at least 80 % of the most that the city lets one sell in a month",
    ),
    formula=Text("cacah pedagang dengan penjualan ≥ 0,8 × batas", "count of merchants with sales ≥ 0.8 × cap"),
    unit=Unit.MERCHANTS,
    value=_near_cap,
    subject="belanja",
    **OF_SHOPS,
)

INDICATORS = (
    ASN_MET,
    ASN_WAITING,
    ASN_UNKNOWN,
    ASN_EXEMPT,
    ASN_AMOUNT,
    ASN_SPENT,
    ASN_ORDERS,
    MERCHANTS_REACHED,
    WARDS_REACHED,
    GINI,
    CAP_NEAR,
)
