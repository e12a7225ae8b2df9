"""112: does help arrive in time, everywhere, and what keeps the line busy?"""

from dashboard.access.roles import FIGURES
from dashboard.indicators import emergency, response
from dashboard.page import Page, register_page
from dashboard.panels import Bars, CallFunnel, Clock, Heat, HotSpots, Map, Series, Tile, Urgency
from etl.text import Text

ARRIVAL = Text("Waktu tiba 9 dari 10 kejadian (garis: separuh)", "Arrival, 9 of 10 (line: median)")
DISPATCH = Text("Waktu berangkat 9 dari 10 (garis: separuh)", "Dispatch, 9 of 10 (line: median)")

PAGE = Page(
    slug="112",
    path="/112",
    order=9,
    icon="darurat",
    audience=FIGURES,
    period="7h",
    title=Text("112", "112"),
    question=Text("Apakah pertolongan tiba tepat waktu di semua tempat?", "Does help arrive in time everywhere?"),
    panels=(
        Tile(emergency.CALLS),
        Tile(emergency.EMERGENCIES),
        Tile(emergency.ANSWERED_SOONEST),
        Tile(emergency.ANSWERED),
        Tile(emergency.ABANDONED),
        Tile(emergency.PRANK),
        Tile(response.DISPATCH_P90),
        Tile(emergency.ARRIVAL_P90),
        Tile(emergency.OPEN_LATE),
        Tile(emergency.UNPLACED),
        Tile(response.FURTHER_CALLS),
        Tile(response.DRILLS),
        Map(emergency.EMERGENCIES, name="map", span=7, points=emergency.OPEN_LATE),
        Bars(
            emergency.ARRIVAL_P90,
            name="arrival",
            by="area",
            span=5,
            height="l",
            top=12,
            second=emergency.ARRIVAL_P50,
            title=ARRIVAL,
        ),
        CallFunnel(
            emergency.CALLS,
            name="funnel",
            span=6,
            title=Text("Corong panggilan", "Funnel of calls"),
        ),
        HotSpots(emergency.EMERGENCIES, name="hot_spots", span=6, height="m"),
        Bars(
            emergency.EMERGENCIES,
            name="category",
            by="category",
            span=4,
            title=Text("Jenis kejadian", "Kinds of incident"),
        ),
        Bars(
            emergency.ARRIVAL_P90,
            name="arrival_category",
            by="category",
            span=4,
            second=emergency.ARRIVAL_P50,
            title=Text("Waktu tiba menurut jenis", "Arrival by kind"),
        ),
        Clock(
            emergency.ARRIVAL_P90,
            name="arrival_clock",
            span=4,
            second=emergency.ARRIVAL_P50,
            of=emergency.REACHED,
            title=Text("Waktu tiba menurut jam", "Arrival by the hour"),
        ),
        Bars(response.DISPATCH_P90, name="dispatch", by="area", span=4, second=response.DISPATCH_P50, title=DISPATCH),
        Bars(
            response.DISPATCH_P90,
            name="dispatch_category",
            by="category",
            span=4,
            second=response.DISPATCH_P50,
            title=Text("Waktu berangkat menurut jenis", "Dispatch by kind"),
        ),
        Clock(
            response.DISPATCH_P90,
            name="dispatch_clock",
            span=4,
            second=response.DISPATCH_P50,
            of=emergency.EMERGENCIES,
            title=Text("Waktu berangkat menurut jam", "Dispatch by the hour"),
        ),
        Heat(emergency.CALLS, name="rhythm", span=4, title=Text("Jam sibuk", "Busy hours")),
        Series(
            emergency.CALLS,
            name="trend",
            split="outcome",
            span=8,
            title=Text("Panggilan menurut hasil", "Calls by outcome"),
        ),
        Urgency(response.TRIAGED, name="urgency", span=12, height="s", title=Text("Triase", "Triage")),
    ),
)
register_page(PAGE, __name__)
