"""Bansos: how far aid reaches: eligible households by decile, days until it is paid, need beside it."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from dashboard.indicator import Better, Cells, Expression, Indicator, Moment, Unit, Window
from dashboard.indicators.bansos import DATASET
from etl.cities import City
from etl.text import Text
from etl.warehouse import read

REGISTER, NEED = "eligible_households", "household_need"
MONTHS = 3  # within which a household counts as reached: PKH is paid once a quarter


def _always(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    return sa.true()


def months_back(day: dt.date, months: int) -> dt.date:
    """The first day of the month so many months earlier."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, 1)


def _reached(city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
    """One row per ward and decile: households of the register, and those of them to whom aid was paid lately.

    A household counts once, in the lowest decile and the first ward that its lists name. Where no list names deciles
    there is no row at all: nobody would be told apart from nobody reached.
    """
    extracts, grants = read(REGISTER, as_of), read(DATASET, as_of)
    mine = sa.and_(extracts.c.city_code == city.code, extracts.c.counted_on <= moment.day)
    newest = sa.select(sa.func.max(extracts.c.counted_on)).where(mine).scalar_subquery()
    lately = sa.and_(
        *(grants.c.city_code == city.code, grants.c.status == "paid", grants.c.decile.is_not(None)),
        *(grants.c.period >= months_back(moment.day, MONTHS - 1), grants.c.period <= moment.day),
    )
    homes = (
        sa.select(sa.func.min(grants.c.area_code).label("area_code"), sa.func.min(grants.c.decile).label("decile"))
        .where(lately)
        .group_by(sa.func.coalesce(grants.c.household, grants.c.recipient))
        .subquery("homes")
    )
    paid = (
        sa.select(homes.c.area_code, homes.c.decile, sa.func.count().label("paid"))
        .group_by(homes.c.area_code, homes.c.decile)
        .subquery("paid")
    )
    same = sa.and_(paid.c.area_code == extracts.c.area_code, paid.c.decile == extracts.c.decile)
    told = sa.select(sa.literal(1)).select_from(grants).where(lately).exists()
    return (
        sa.select(
            *(extracts.c[name] for name in ("city_code", "area_code", "decile", "households")),
            sa.func.coalesce(paid.c.paid, 0).label("paid"),
        )
        .select_from(extracts.outerjoin(paid, same))
        .where(mine, extracts.c.counted_on == newest, told)
        .subquery("reached")
    )


def _covered(c: Cells) -> sa.ColumnElement[Any]:
    return 100.0 * sa.func.sum(c.paid) / sa.func.nullif(sa.func.sum(c.households), 0)


def _total(name: str) -> Expression:
    return lambda c: sa.func.sum(c[name])


def _latest_need(city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
    """What each ward reported last."""
    rows = read(NEED, as_of)
    mine = sa.and_(rows.c.city_code == city.code, rows.c.period <= moment.day)
    newest = sa.select(sa.func.max(rows.c.period)).where(mine).scalar_subquery()
    return sa.select(*rows.c).where(mine, rows.c.period == newest).subquery("need")


def _days(part: float) -> Expression:
    def value(c: Cells) -> sa.ColumnElement[Any]:
        waited: sa.ColumnElement[float] = sa.cast(sa.type_coerce(c.paid_on - c.proposed_on, sa.Integer()), sa.Double())
        return sa.func.percentile_cont(part).within_group(waited)

    return value


def _timed(c: Cells) -> sa.ColumnElement[bool]:
    return sa.and_(c.status == "paid", c.paid_on >= c.proposed_on)


_OF_REGISTER: dict[str, Any] = {
    "subject": "bansos",
    "dataset": REGISTER,
    "also": (DATASET,),
    "time": "",
    "window": Window.KNOWN,
    "at": _always,
    "base": _reached,
}
_OF_NEED: dict[str, Any] = {
    "subject": "bansos",
    "dataset": NEED,
    "time": "",
    "window": Window.KNOWN,
    "at": _always,
    "base": _latest_need,
}

COVERED = Indicator(
    key="aid_covered",
    title=Text("Keluarga DTSEN terjangkau", "Households of DTSEN reached"),
    meaning=Text(
        f"Bagian keluarga dalam DTSEN yang bantuannya tersalur dalam {MONTHS} bulan terakhir. Desil keluarga menurut "
        "daftar bantuan; yang tanpa desil tidak ikut",
        f"Part of the households of DTSEN to whom aid was paid in the last {MONTHS} months. The decile is that of the "
        "lists of aid; households without one are left out",
    ),
    formula=Text(
        "keluarga tersalur ÷ keluarga DTSEN × 100, data DTSEN terbaru (Inpres 4/2025)",
        "households paid ÷ households of DTSEN × 100, newest extract of DTSEN (Inpres 4/2025)",
    ),
    unit=Unit.PERCENT,
    value=_covered,
    better=Better.MORE,
    **_OF_REGISTER,
)
REGISTERED = Indicator(
    key="eligible_households",
    title=Text("Keluarga dalam DTSEN", "Households in DTSEN"),
    meaning=Text("Keluarga dalam data DTSEN terbaru", "Households in the newest extract of DTSEN"),
    formula=Text("Σ keluarga menurut kelurahan dan desil", "Σ households by ward and decile"),
    unit=Unit.HOUSEHOLDS,
    value=_total("households"),
    **_OF_REGISTER,
)
DAYS_P50, DAYS_P90 = (
    Indicator(
        key=key,
        subject="bansos",
        title=title,
        meaning=meaning,
        formula=Text(
            f"{part} persentil dari tanggal tersalur − tanggal diusulkan; daftar tanpa tanggal usul tidak ikut",
            f"{part}th percentile of day of payment − day of proposal; lists without the latter are left out",
        ),
        unit=Unit.DAYS,
        dataset=DATASET,
        time="period",
        finest="month",
        where=_timed,
        value=_days(part / 100),
        better=Better.LESS,
    )
    for key, part, title, meaning in (
        (
            "aid_days_p50",
            50,
            Text("Usul sampai tersalur, median", "Proposal to payment, median"),
            Text("Separuh bantuan tersalur dalam hari sebanyak ini", "Half of the grants were paid within these days"),
        ),
        (
            "aid_days_p90",
            90,
            Text("Usul sampai tersalur, P90", "Proposal to payment, P90"),
            Text(
                "Sembilan dari sepuluh bantuan tersalur dalam hari sebanyak ini", "Nine grants in ten were paid within"
            ),
        ),
    )
)
POOR = Indicator(
    key="poor_households",
    title=Text("Keluarga miskin", "Poor households"),
    meaning=Text("Keluarga miskin menurut laporan bulan terakhir", "Poor households by the latest month's report"),
    formula=Text("Σ keluarga miskin per kelurahan", "Σ poor households by ward"),
    unit=Unit.HOUSEHOLDS,
    value=_total("poor_households"),
    better=Better.LESS,
    **_OF_NEED,
)
JOBS_LOST = Indicator(
    key="jobs_lost",
    title=Text("Kehilangan pekerjaan", "Jobs lost"),
    meaning=Text(
        "Pekerja di-PHK atau dirumahkan menurut laporan bulan terakhir",
        "Workers laid off or sent home by the latest month's report",
    ),
    formula=Text("Σ pekerja di-PHK atau dirumahkan per kelurahan", "Σ workers laid off or sent home by ward"),
    unit=Unit.PEOPLE,
    value=_total("jobs_lost"),
    better=Better.LESS,
    **_OF_NEED,
)

INDICATORS = (COVERED, REGISTERED, DAYS_P50, DAYS_P90, POOR, JOBS_LOST)
