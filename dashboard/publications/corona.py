"""Corona: confirmed cases and deaths by the weeks of KMK 4805/2021.

Everything is told by weeks and days of weeks, never by months beside them: a month less its weeks would be a few days.
"""

from dashboard.calendar import Step
from dashboard.indicators import covid
from dashboard.publication import CITY_ONLY, DISTRICTS, Publication, Tree
from etl.text import Text

WEEKS = 53
LATE = Text(
    "Kasus dihitung menurut tanggal lapor; koreksi yang datang kemudian mengubah pekan yang sudah lewat.",
    "Cases count by the day of the report; later corrections change weeks that have passed.",
)

PUBLICATIONS = (
    Publication(
        name="corona_area_week",
        subject="corona",
        title=Text("Kasus konfirmasi per wilayah dan pekan", "Confirmed cases by area and week"),
        meaning=Text(
            "Kasus konfirmasi baru menurut kelurahan domisili, per pekan Sabtu–Jumat",
            "New confirmed cases by ward of residence, by weeks from Saturday to Friday",
        ),
        count=covid.CASES_NEW,
        rates=(covid.INCIDENCE,),
        step=Step.EPIDEMIC_WEEK,
        periods=WEEKS,
        limits=LATE,
    ),
    Publication(
        name="corona_day",
        subject="corona",
        title=Text("Kasus konfirmasi per hari", "Confirmed cases by day"),
        meaning=Text(
            "Kasus konfirmasi baru di seluruh kota, per hari", "New confirmed cases in the whole city, by day"
        ),
        count=covid.CASES_NEW,
        step=Step.DAY,
        periods=7 * WEEKS,
        tree=Tree.DAYS,
        week=Step.EPIDEMIC_WEEK,
        levels=CITY_ONLY,
        limits=LATE,
    ),
    Publication(
        name="corona_age_week",
        subject="corona",
        title=Text("Kasus konfirmasi menurut umur", "Confirmed cases by age"),
        meaning=Text("Kasus konfirmasi baru menurut kelompok umur, per pekan", "New confirmed cases by age, by week"),
        count=covid.CASES_NEW,
        by="age_band",
        step=Step.EPIDEMIC_WEEK,
        periods=WEEKS,
        tree=Tree.CATEGORIES,
        levels=CITY_ONLY,
        limits=LATE,
    ),
    Publication(
        name="corona_sex_week",
        subject="corona",
        title=Text("Kasus konfirmasi menurut jenis kelamin", "Confirmed cases by sex"),
        meaning=Text("Kasus konfirmasi baru menurut jenis kelamin, per pekan", "New confirmed cases by sex, by week"),
        count=covid.CASES_NEW,
        by="sex",
        step=Step.EPIDEMIC_WEEK,
        periods=WEEKS,
        tree=Tree.CATEGORIES,
        levels=CITY_ONLY,
        limits=LATE,
    ),
    Publication(
        name="corona_deaths_week",
        subject="corona",
        title=Text("Meninggal per pekan", "Deaths by week"),
        meaning=Text(
            "Kasus konfirmasi yang meninggal, menurut tanggal meninggal dan wilayah, per pekan",
            "Confirmed cases that died, by day of death and area, by week",
        ),
        count=covid.DEATHS,
        rates=(covid.DEATHS_WEEK,),
        step=Step.EPIDEMIC_WEEK,
        periods=WEEKS,
        levels=DISTRICTS,
        limits=LATE,
    ),
)
