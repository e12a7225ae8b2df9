"""Corona: cases by the definitions of KMK 413/2020, per day, week and area."""

import datetime as dt
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from dashboard.indicator import Better, Break, Cells, Indicator, Moment, Unit, Window
from etl.cities import City
from etl.text import Text
from etl.warehouse import read

CASES = "covid_cases"
BEDS = "hospital_beds"
# KMK 413/2020 took effect: ODP, PDP and OTG gave way to suspek, probable and kontak erat, and isolation came to end by
# days without symptoms instead of two negative tests. What was counted before is another thing.
REDEFINED = Break(dt.date(2020, 7, 14), Text("definisi KMK 413/2020", "defined by KMK 413/2020"))


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
CASES_WEEK = replace(
    INCIDENCE,
    key="cases_week",
    title=Text("Kasus baru 7 hari", "New cases in 7 days"),
    meaning=Text("Kasus konfirmasi tujuh hari terakhir", "Confirmed cases of the last seven days"),
    formula=Text("cacah kasus konfirmasi 7 hari", "count of confirmed cases in 7 days"),
    unit=Unit.CASES,
    target=lambda city: None,
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
    breaks=(REDEFINED,),
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
    breaks=(REDEFINED,),
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

SUSPECTED = Indicator(
    key="suspected_new",
    subject="corona",
    title=Text("Suspek baru", "New suspected cases"),
    meaning=Text(
        "Suspek menurut KMK 413/2020 yang dilaporkan dalam periode ini; ODP dan PDP (sebelum 14 Juli 2020) tidak "
        "disambung ke deret ini",
        "Suspected cases by KMK 413/2020 reported in the period; ODP and PDP (before 14 July 2020) are not joined",
    ),
    formula=Text("cacah kasus berstatus suspek menurut tanggal lapor", "count of suspected cases by report date"),
    unit=Unit.CASES,
    dataset=CASES,
    time="report_date",
    finest="day",
    where=lambda c: c.status == "suspek",
    value=lambda c: sa.func.count(),
    better=Better.LESS,
    breaks=(REDEFINED,),
)
CONTACTS = Indicator(
    key="contacts_per_case",
    subject="corona",
    title=Text("Kontak erat tercatat per kasus", "Recorded close contacts per case"),
    meaning=Text(
        "Kontak erat yang tercatat dalam daftar kasus per kasus konfirmasi, tujuh hari terakhir. Kontak yang dilacak "
        "tanpa dicatat di sini tidak terhitung, jadi ini yang paling rendah",
        "Close contacts in the line list per confirmed case, last seven days. Contacts traced without a row here are "
        "not counted, so this is the least that it can be",
    ),
    formula=Text(
        "cacah kontak erat 7 hari ÷ cacah konfirmasi 7 hari", "close contacts in 7 days ÷ confirmed in 7 days"
    ),
    unit=Unit.CONTACTS,
    dataset=CASES,
    time="report_date",
    finest="day",
    window=Window.WEEK,
    value=lambda c: _per_case(c, "kontak_erat"),
    better=Better.MORE,
    target=lambda city: 14.0,  # above 14 is called adequate tracing; general knowledge, not read in KMK 4805/2021
    breaks=(REDEFINED,),
)
ONSETS = Indicator(
    key="cases_onset",
    subject="corona",
    title=Text("Kasus menurut tanggal gejala", "Cases by first symptoms"),
    meaning=Text(
        "Kasus konfirmasi menurut hari gejala pertama; yang tanpa tanggal gejala tidak terhitung",
        "Confirmed cases by the day of first symptoms; those without such a day are not counted",
    ),
    formula=Text("cacah kasus konfirmasi menurut tanggal gejala", "count of confirmed cases by day of first symptoms"),
    unit=Unit.CASES,
    dataset=CASES,
    time="onset_date",
    finest="day",
    where=_confirmed,
    value=lambda c: sa.func.count(),
    better=Better.LESS,
)
REPORT_DELAY = Indicator(
    key="report_delay",
    subject="corona",
    title=Text("Lama dari gejala sampai dilaporkan", "Time from symptoms to the report"),
    meaning=Text(
        "Hari dari gejala pertama sampai kasus dilaporkan, separuh kasus lebih cepat",
        "Days from the first symptoms until a case is reported, half of the cases are faster",
    ),
    formula=Text(
        "median (tanggal lapor − tanggal gejala) kasus konfirmasi yang dilaporkan dalam periode ini",
        "median (report date − onset date) of confirmed cases reported in the period",
    ),
    unit=Unit.DAYS,
    dataset=CASES,
    time="report_date",
    finest="day",
    where=lambda c: sa.and_(_confirmed(c), c.onset_date <= c.report_date),
    value=lambda c: sa.func.percentile_cont(0.5).within_group(c.report_date - c.onset_date),
    better=Better.LESS,
)


def _per_case(c: Cells, status: str) -> sa.ColumnElement[Any]:
    """Rows of a status for each confirmed case; nothing without one."""
    confirmed = sa.func.count().filter(_confirmed(c))
    return 1.0 * sa.func.count().filter(c.status == status) / sa.func.nullif(confirmed, 0)


def _occupancy(c: Cells) -> sa.ColumnElement[Any]:
    return 100.0 * sa.func.sum(c.occupied) / sa.func.nullif(sa.func.sum(c.beds), 0)


BOR = Indicator(
    key="bor",
    subject="corona",
    title=Text("BOR tempat tidur isolasi", "Isolation beds occupied (BOR)"),
    meaning=Text(
        "Bagian tempat tidur isolasi COVID-19 yang terisi, rata-rata periode ini, menurut laporan rumah sakit",
        "Part of the COVID-19 isolation beds that is occupied, mean of the days of the period, as hospitals report",
    ),
    formula=Text("tempat tidur terisi ÷ tempat tidur × 100", "beds occupied ÷ beds × 100"),
    unit=Unit.PERCENT,
    dataset=BEDS,
    time="report_date",
    finest="day",
    area=None,  # a hospital is there for the whole city
    value=_occupancy,
    better=Better.LESS,
    target=lambda city: 60.0,  # below 60 % is called adequate; general knowledge, not read in KMK 4805/2021
)
BOR_WEEK = replace(
    BOR,
    key="bor_week",
    title=Text("BOR isolasi 7 hari", "BOR, 7 days"),
    meaning=Text(
        "Bagian tempat tidur isolasi COVID-19 yang terisi, rata-rata tujuh hari terakhir",
        "Part of the COVID-19 isolation beds that is occupied, mean of the last seven days",
    ),
    window=Window.WEEK,
)
ADMISSIONS = Indicator(
    key="admissions",
    subject="corona",
    title=Text("Pasien COVID-19 masuk rumah sakit", "COVID-19 hospital admissions"),
    meaning=Text(
        "Pasien COVID-19 yang mulai dirawat di rumah sakit kota ini, termasuk warga luar kota",
        "COVID-19 patients admitted to hospitals of this city, people from elsewhere included",
    ),
    formula=Text("jumlah pasien masuk menurut hari laporan", "sum of admissions by day of the report"),
    unit=Unit.PEOPLE,
    dataset=BEDS,
    time="report_date",
    finest="day",
    area=None,
    value=lambda c: sa.func.sum(c.admissions),
    better=Better.LESS,
)
ADMISSIONS_WEEK = replace(
    ADMISSIONS,
    key="admissions_week",
    title=Text("Rawat inap baru 7 hari per 100 ribu", "Hospital admissions in 7 days per 100,000"),
    meaning=Text(
        "Pasien COVID-19 yang mulai dirawat dalam tujuh hari terakhir per 100 ribu penduduk kota",
        "COVID-19 patients admitted in the last seven days per 100,000 people of the city",
    ),
    formula=Text("pasien masuk 7 hari ÷ penduduk × 100.000", "admissions in 7 days ÷ population × 100,000"),
    unit=Unit.PER_100K,
    window=Window.WEEK,
    target=lambda city: 5.0,  # below 5 is transmission level 1 (KMK 4805/2021)
)

INDICATORS = (
    *(CASES_NEW, INCIDENCE, CASES_WEEK, CASES_ACTIVE, RECOVERED, DEATHS, DEATHS_WEEK, POSITIVITY),
    *(SUSPECTED, CONTACTS, ONSETS, REPORT_DELAY, BOR, BOR_WEEK, ADMISSIONS, ADMISSIONS_WEEK),
)
