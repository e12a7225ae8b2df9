"""Kesehatan: are there beds, vaccines and oxygen where they are needed, and is everybody looked after?"""

from dashboard.access.roles import FIGURES
from dashboard.indicators import covid, health
from dashboard.page import Page, register_page
from dashboard.panels import Bars, Series, Tile
from etl.text import Text

PAGE = Page(
    slug="kesehatan",
    path="/kesehatan",
    order=11,
    icon="kesehatan",
    audience=FIGURES,
    title=Text("Kesehatan", "Health"),
    question=Text(
        "Cukupkah tempat tidur, vaksin dan oksigen, dan apakah semua pasien terpantau?",
        "Are there enough beds, vaccines and oxygen, and is every patient looked after?",
    ),
    panels=(
        Tile(covid.BOR_WEEK, name="beds"),
        Tile(covid.ADMISSIONS),
        Tile(covid.ADMISSIONS_WEEK),
        Tile(health.OXYGEN_HOURS),
        Series(
            covid.BOR, name="occupancy", span=7, title=Text("Tempat tidur isolasi terisi", "Isolation beds occupied")
        ),
        Bars(
            covid.BOR,
            name="hospitals",
            by="hospital",
            span=5,
            title=Text("Terisi menurut rumah sakit", "Occupied by hospital"),
        ),
        Tile(health.CHECKS_OVERDUE),
        Tile(health.CHECKS_MADE),
        Tile(health.GUARDED),
        Tile(health.LOANS_OVERDUE),
        Bars(
            health.CHECKS_OVERDUE,
            name="overdue_area",
            by="area",
            span=6,
            title=Text("Terlewat diperiksa menurut wilayah", "Left unchecked by area"),
        ),
        Bars(
            health.GUARDED,
            name="guarded_area",
            by="area",
            worst_first=True,
            span=6,
            title=Text(
                "Warga komorbid ditengok pekan ini, terendah", "People with a comorbidity seen this week, lowest"
            ),
        ),
        Bars(
            health.OXYGEN_HOURS,
            name="posts",
            by="area",
            worst_first=True,
            span=6,
            title=Text("Jam oksigen tersisa, posko paling sedikit", "Hours of oxygen left, posts with the least"),
        ),
        Bars(
            health.LOANS_OVERDUE,
            name="loans_area",
            by="area",
            span=6,
            title=Text("Peminjaman lewat tenggat menurut wilayah", "Loans overdue by area"),
        ),
        Tile(health.DOSES),
        Tile(health.NO_SHOWS),
        Tile(health.VACCINATED),
        Tile(health.LOANS_OUT),
        Series(
            health.DOSES,
            name="doses",
            span=8,
            title=Text("Dosis per hari terhadap target 2.000", "Doses a day against the target of 2,000"),
        ),
        Series(health.NO_SHOWS, name="no_shows", span=4),
    ),
)
register_page(PAGE, __name__)
