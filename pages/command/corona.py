"""Corona: is it getting worse, where, and who is affected?"""

from dashboard.access.roles import FIGURES
from dashboard.indicators import covid
from dashboard.page import Page, register_page
from dashboard.panels import (
    Bars,
    Deaths,
    Funnel,
    Level,
    LevelTable,
    Nowcast,
    Reproduction,
    Series,
    SmoothedMap,
    Tile,
)
from etl.text import Text

PAGE = Page(
    slug="corona",
    path="/corona",
    order=5,
    icon="corona",
    audience=FIGURES,
    period="90h",
    title=Text("Corona", "Corona"),
    question=Text(
        "Apakah memburuk, di mana, dan siapa yang terkena?", "Is it getting worse, where, and who is affected?"
    ),
    panels=(
        Level(covid.INCIDENCE, name="level"),
        Tile(covid.INCIDENCE),
        Tile(covid.CASES_ACTIVE),
        Tile(covid.BOR_WEEK),
        Reproduction(covid.CASES_NEW, name="rt", span=6),
        Nowcast(covid.ONSETS, name="nowcast", span=6),
        SmoothedMap(covid.CASES_WEEK, name="map", span=7),
        LevelTable(covid.INCIDENCE, name="levels", span=5),
        Series(
            covid.CASES_NEW, name="curve", smooth=True, span=12, title=Text("Kasus baru per hari", "New cases a day")
        ),
        Tile(covid.CASES_NEW),
        Tile(covid.DEATHS),
        Tile(covid.POSITIVITY),
        Tile(covid.CONTACTS),
        Deaths(
            covid.DEATHS,
            name="deaths",
            span=6,
            title=Text("Meninggal menurut hari meninggal", "Deaths by day of death"),
        ),
        Funnel(
            covid.CASES_WEEK,
            name="funnel",
            span=6,
            title=Text("Kasus 7 hari per 100 ribu menurut penduduk", "Cases in 7 days per 100,000 by population"),
        ),
        Tile(covid.REPORT_DELAY),
        Tile(covid.CASES_WEEK),
        Tile(covid.ADMISSIONS_WEEK),
        Tile(covid.DEATHS_WEEK),
        Bars(
            covid.CASES_NEW,
            name="age",
            by="age_band",
            span=4,
            title=Text("Menurut kelompok umur", "By age band"),
        ),
        Bars(covid.CASES_NEW, name="sex", by="sex", span=4, title=Text("Menurut jenis kelamin", "By sex")),
        Bars(
            covid.CASES_ACTIVE,
            name="active_area",
            by="area",
            span=4,
            title=Text("Kasus aktif menurut wilayah", "Active cases by area"),
        ),
        Bars(
            covid.RECOVERED,
            name="recovered_area",
            by="area",
            span=6,
            title=Text("Sembuh menurut wilayah", "Recovered by area"),
        ),
        Series(covid.SUSPECTED, name="suspected", span=6),
    ),
)
register_page(PAGE, __name__)
