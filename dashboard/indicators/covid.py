"""Corona: cases by the definitions of KMK 413/2020, per day, week and area."""

import datetime as dt

import sqlalchemy as sa

from dashboard.indicator import Better, Cells, Indicator, Moment, Unit, Window
from etl.cities import City
from etl.text import Text
from etl.warehouse import read

CASES = "covid_cases"


def _confirmed(c: Cells) -> sa.ColumnElement[bool]:
    return c.status == "konfirmasi"


def _still_active(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    ended_later = sa.or_(c.outcome_date.is_(None), c.outcome_date > moment.day)
    return sa.and_(c.report_date <= moment.day, ended_later)


def _recovered(c: Cells) -> sa.ColumnElement[bool]:
    return sa.and_(_confirmed(c), c.outcome == "recovered")


def _died(c: Cells) -> sa.ColumnElement[bool]:
    return sa.and_(_confirmed(c), c.outcome == "died")


def _daily_steps(city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
    """Published totals are cumulative: what a day added is its total less the one before, per place."""
    daily = read("covid_daily", as_of)

    def added(name: str) -> sa.ColumnElement[int]:
        before = sa.func.lag(daily.c[name]).over(partition_by=daily.c.place, order_by=daily.c.report_date)
        return (daily.c[name] - before).label(name)

    return (
        sa.select(daily.c.city_code, daily.c.report_date, daily.c.area_code, added("tested"), added("tested_positive"))
        .where(daily.c.city_code == city.code)
        .subquery("steps")
    )


CASES_NEW = Indicator(
    key="cases_new",
    subject="corona",
    title=Text("Kasus konfirmasi baru", "New confirmed cases"),
    meaning=Text("Kasus konfirmasi yang dilaporkan dalam periode ini", "Confirmed cases reported in the period"),
    formula=Text("cacah kasus berstatus konfirmasi menurut tanggal lapor", "count of confirmed cases by report date"),
    unit=Unit.CASES,
    dataset=CASES,
    time="report_date",
    finest="day",
    where=_confirmed,
    value=lambda c: sa.func.count(),
    better=Better.LESS,
)
INCIDENCE = Indicator(
    key="incidence_week",
    subject="corona",
    title=Text("Kasus baru 7 hari per 100 ribu", "New cases in 7 days per 100,000"),
    meaning=Text(
        "Kasus konfirmasi tujuh hari terakhir per 100 ribu penduduk",
        "Confirmed cases of the last seven days per 100,000 people",
    ),
    formula=Text("kasus konfirmasi 7 hari ÷ penduduk × 100.000", "confirmed cases in 7 days ÷ population × 100,000"),
    unit=Unit.PER_100K,
    dataset=CASES,
    time="report_date",
    finest="day",
    where=_confirmed,
    window=Window.WEEK,
    value=lambda c: sa.func.count(),
    better=Better.LESS,
    target=lambda city: 20.0,  # below 20 is transmission level 1 (KMK 4805/2021)
)
CASES_ACTIVE = Indicator(
    key="cases_active",
    subject="corona",
    title=Text("Kasus aktif", "Active cases"),
    meaning=Text(
        "Kasus konfirmasi yang belum sembuh atau meninggal pada hari terakhir",
        "Confirmed cases neither recovered nor died on the last day",
    ),
    formula=Text(
        "dilaporkan ≤ hari itu dan hasil akhirnya belum ada atau sesudahnya",
        "reported by that day with no outcome yet, or a later one",
    ),
    unit=Unit.CASES,
    dataset=CASES,
    time="report_date",
    finest="day",
    where=_confirmed,
    window=Window.MOMENT,
    at=_still_active,
    value=lambda c: sa.func.count(),
    better=Better.LESS,
)
RECOVERED = Indicator(
    key="cases_recovered",
    subject="corona",
    title=Text("Sembuh", "Recovered"),
    meaning=Text("Kasus konfirmasi yang sembuh dalam periode ini", "Confirmed cases that recovered in the period"),
    formula=Text("cacah kasus sembuh menurut tanggal sembuh", "count of recovered cases by day of recovery"),
    unit=Unit.CASES,
    dataset=CASES,
    time="outcome_date",
    finest="day",
    where=_recovered,
    value=lambda c: sa.func.count(),
)
DEATHS = Indicator(
    key="cases_died",
    subject="corona",
    title=Text("Meninggal", "Deaths"),
    meaning=Text("Kasus konfirmasi yang meninggal dalam periode ini", "Confirmed cases that died in the period"),
    formula=Text("cacah kasus meninggal menurut tanggal meninggal", "count of deaths by day of death"),
    unit=Unit.PEOPLE,
    dataset=CASES,
    time="outcome_date",
    finest="day",
    where=_died,
    value=lambda c: sa.func.count(),
    better=Better.LESS,
)
DEATHS_WEEK = Indicator(
    key="deaths_week",
    subject="corona",
    title=Text("Meninggal 7 hari per 100 ribu", "Deaths in 7 days per 100,000"),
    meaning=Text(
        "Kasus konfirmasi yang meninggal dalam tujuh hari terakhir per 100 ribu penduduk",
        "Confirmed cases that died in the last seven days per 100,000 people",
    ),
    formula=Text("kasus meninggal 7 hari ÷ penduduk × 100.000", "deaths in 7 days ÷ population × 100,000"),
    unit=Unit.PER_100K,
    dataset=CASES,
    time="outcome_date",
    finest="day",
    where=_died,
    window=Window.WEEK,
    value=lambda c: sa.func.count(),
    better=Better.LESS,
    target=lambda city: 1.0,  # below 1 is transmission level 1 (KMK 4805/2021)
)
POSITIVITY = Indicator(
    key="positivity_week",
    subject="corona",
    title=Text("Angka positif 7 hari", "Positivity, 7 days"),
    meaning=Text(
        "Bagian orang diperiksa yang hasilnya positif, tujuh hari terakhir",
        "Part of those tested who were positive, last seven days",
    ),
    formula=Text("tambahan hasil positif ÷ tambahan orang diperiksa × 100", "added positives ÷ added tests × 100"),
    unit=Unit.PERCENT,
    dataset="covid_daily",
    time="report_date",
    finest="day",
    window=Window.WEEK,
    base=_daily_steps,
    value=lambda c: 100.0 * sa.func.sum(c.tested_positive) / sa.func.nullif(sa.func.sum(c.tested), 0),
    better=Better.LESS,
    target=lambda city: 5.0,  # below 5 % is called adequate testing; general knowledge, not read in KMK 4805/2021
)

INDICATORS = (CASES_NEW, INCIDENCE, CASES_ACTIVE, RECOVERED, DEATHS, DEATHS_WEEK, POSITIVITY)
