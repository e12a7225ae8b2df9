"""Corona: is it getting worse, where, and who is affected?"""

from dashboard.public.findings import most_in, over_time, peak, where
from dashboard.public.page import Page
from dashboard.public.sight import Figure
from etl.text import Text

MOST = Text("terbanyak", "most")

PAGE = Page(
    slug="corona",
    order=1,
    title=Text("Corona", "Corona"),
    question=Text(
        "Apakah memburuk, di mana, dan siapa yang terkena?", "Is it getting worse, where, and who is affected?"
    ),
    figures=(
        Figure(
            id="kasus-per-pekan",
            table="corona_area_week",
            measure="cases_new",
            rate="incidence_week",
            kind="columns",
            name=Text("Kasus baru", "New cases"),
            find=over_time,
            most=MOST,
        ),
        Figure(
            id="peta-kasus",
            table="corona_area_week",
            measure="incidence_week",
            kind="map",
            periods=8,
            name=Text("Kasus baru per 100 ribu penduduk", "New cases per 100,000 people"),
            find=where,
        ),
        Figure(
            id="kasus-per-100-ribu",
            table="corona_area_week",
            measure="incidence_week",
            kind="lines",
            split="areas",
            name=Text("Kasus baru per 100 ribu penduduk", "New cases per 100,000 people"),
            find=over_time,
        ),
        Figure(
            id="kasus-per-hari",
            table="corona_day",
            measure="cases_new",
            kind="columns",
            periods=56,
            name=Text("Kasus harian", "Daily cases"),
            find=peak,
        ),
        Figure(
            id="kasus-menurut-umur",
            table="corona_age_week",
            measure="cases_new",
            kind="bars",
            split="categories",
            name=Text("Kasus baru menurut umur", "New cases by age"),
            find=most_in(Text("Kasus baru terbanyak pada umur {names} tahun", "Most new cases are aged {names}")),
            most=MOST,
        ),
        Figure(
            id="kasus-menurut-jenis-kelamin",
            table="corona_sex_week",
            measure="cases_new",
            kind="bars",
            split="categories",
            name=Text("Kasus baru menurut jenis kelamin", "New cases by sex"),
            find=most_in(Text("Kasus baru lebih banyak pada {lower}", "More of the new cases are {lower}")),
            most=MOST,
        ),
        Figure(
            id="meninggal-per-pekan",
            table="corona_deaths_week",
            measure="cases_died",
            rate="deaths_week",
            kind="columns",
            name=Text("Kasus yang meninggal", "Deaths"),
            find=over_time,
            most=MOST,
        ),
    ),
)
