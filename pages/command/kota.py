"""Kota hari ini: what is going on in the city now, in eight numbers, a map and the latest incidents."""

from dashboard.access.roles import FIGURES
from dashboard.indicators import bansos, covid, emergency, marketplace
from dashboard.page import Page, register_page
from dashboard.panels import Map, Ticker, Tile
from etl.text import Text

PAGE = Page(
    slug="kota",
    path="/",
    order=1,
    icon="kota",
    audience=FIGURES,
    period="hari-ini",
    title=Text("Kota hari ini", "The city today"),
    question=Text("Apa yang sedang terjadi, dan di mana?", "What is going on, and where?"),
    panels=(
        Tile(emergency.EMERGENCIES),
        Tile(emergency.OPEN_LATE),
        Tile(emergency.ANSWERED),
        Tile(emergency.ARRIVAL_P90),
        Tile(marketplace.GMV),
        Tile(marketplace.ASN_BUYING),
        Tile(covid.INCIDENCE),
        Tile(bansos.PAID_SHARE),
        Map(emergency.EMERGENCIES, name="map", span=8, points=emergency.OPEN_LATE),
        Ticker(emergency.EMERGENCIES, name="ticker", span=4, title=Text("Kejadian terbaru", "Latest incidents")),
    ),
)
register_page(PAGE, __name__)
