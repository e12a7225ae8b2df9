"""112: does help arrive in time, everywhere, and what keeps the line busy?"""

from dashboard.access.roles import FIGURES
from dashboard.indicators import emergency
from dashboard.page import Page, register_page
from dashboard.panels import Bars, Heat, Map, Series, Tile
from etl.text import Text

PAGE = Page(
    slug="112",
    path="/112",
    order=7,
    icon="darurat",
    audience=FIGURES,
    period="7h",
    title=Text("112", "112"),
    question=Text("Apakah pertolongan tiba tepat waktu di semua tempat?", "Does help arrive in time everywhere?"),
    panels=(
        Tile(emergency.CALLS),
        Tile(emergency.EMERGENCIES),
        Tile(emergency.ANSWERED),
        Tile(emergency.ABANDONED),
        Tile(emergency.PRANK),
        Tile(emergency.ARRIVAL_P90),
        Tile(emergency.OPEN_LATE),
        Tile(emergency.UNPLACED),
        Map(emergency.EMERGENCIES, name="map", span=7, points=emergency.OPEN_LATE),
        Bars(
            emergency.ARRIVAL_P90,
            name="arrival",
            by="area",
            span=5,
            height="l",
            top=12,
            second=emergency.ARRIVAL_P50,
            title=Text("Waktu tiba 9 dari 10 kejadian (garis: separuh)", "Arrival, 9 of 10 (line: median)"),
        ),
        Bars(
            emergency.CALLS,
            name="funnel",
            by="outcome",
            span=4,
            title=Text("Apa jadinya panggilan", "What calls became"),
        ),
        Bars(
            emergency.EMERGENCIES,
            name="category",
            by="category",
            span=4,
            title=Text("Jenis kejadian", "Kinds of incident"),
        ),
        Heat(emergency.CALLS, name="rhythm", span=4, title=Text("Jam sibuk", "Busy hours")),
        Series(
            emergency.CALLS,
            name="trend",
            split="outcome",
            span=12,
            title=Text("Panggilan menurut hasil", "Calls by outcome"),
        ),
    ),
)
register_page(PAGE, __name__)
