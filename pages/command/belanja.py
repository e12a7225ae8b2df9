"""Belanja ASN: is this month's purchase obligation met, by which agency and unit?"""

from dashboard.access.roles import Role
from dashboard.indicators import purchases
from dashboard.page import Page, register_page
from dashboard.panels import Bars, Heat, MonthEnd, Months, Ranking, Tile, Units
from etl.text import Text

PAGE = Page(
    slug="belanja",
    path="/belanja",
    order=4,
    icon="belanja",
    audience=frozenset({Role.MAYOR, Role.OPD_HEAD}),
    title=Text("Belanja ASN", "Civil servants' purchases"),
    question=Text(
        "Apakah kewajiban belanja bulan ini terpenuhi, dan OPD mana yang tertinggal?",
        "Is this month's purchase obligation met, and which agency lags behind?",
    ),
    further=(
        ("/belanja/orang", Text("Per orang", "Person by person")),
        ("/belanja/temuan", Text("Temuan", "Findings")),
        ("/belanja/pengecualian", Text("Pengecualian", "Exemptions")),
    ),
    panels=(
        Tile(purchases.ASN_MET),
        MonthEnd(purchases.ASN_MET, name="forecast"),
        Tile(purchases.ASN_AMOUNT),
        Tile(purchases.ASN_WAITING),
        Tile(purchases.ASN_UNKNOWN),
        Tile(purchases.ASN_EXEMPT),
        Tile(purchases.ASN_SPENT),
        Tile(purchases.ASN_ORDERS),
        Ranking(purchases.ASN_MET, name="ranking", title=Text("Peringkat OPD", "Ranking of agencies")),
        Units(purchases.ASN_MET, name="units", title=Text("Unit kerja", "Units")),
        Months(
            purchases.ASN_MET,
            name="months",
            title=Text("Bulan dan OPD berdampingan, % terpenuhi", "Months and agencies side by side, % met"),
        ),
        Bars(purchases.ASN_SPENT, name="category", by="category", span=6, title=Text("Yang dibeli", "What is bought")),
        Heat(purchases.ASN_ORDERS, name="rhythm", span=6, title=Text("Kapan ASN memesan", "When they order")),
    ),
)
register_page(PAGE, __name__)
