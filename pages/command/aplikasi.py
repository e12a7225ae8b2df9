"""Aplikasi & sumber: which of the city's systems are alive, silent, doing the same, or not used?"""

from dashboard.access.roles import FIGURES
from dashboard.indicators import apps
from dashboard.overlaps import OVERLAP_VIEW, UNUSED_VIEW
from dashboard.page import Page, register_page
from dashboard.panels import Bars, Listing, OverlapListing, Series, StateTile, Tile
from dashboard.systems import SYSTEMS_VIEW, State
from etl.text import Text

PAGE = Page(
    slug="aplikasi",
    path="/aplikasi",
    order=14,
    icon="aplikasi",
    audience=FIGURES,
    period="7h",
    title=Text("Aplikasi", "Apps"),
    question=Text(
        "Aplikasi dan sumber mana yang hidup, diam, tumpang tindih, atau tidak dipakai?",
        "Which apps and sources are alive, silent, overlapping, or unused?",
    ),
    panels=(
        *(StateTile(state) for state in State),
        Listing(SYSTEMS_VIEW),
        OverlapListing(OVERLAP_VIEW, span=6),
        Listing(UNUSED_VIEW, span=6),
        Tile(apps.UPTIME, span=4),
        Tile(apps.UNANSWERED, span=4),
        Tile(apps.LATENCY, span=4),
        Bars(
            apps.UNANSWERED,
            name="unanswered",
            by="service",
            title=Text("Pemeriksaan tak dijawab, terburuk di atas", "Checks unanswered, the worst on top"),
        ),
        Bars(
            apps.LATENCY,
            name="slow",
            by="service",
            title=Text("Waktu jawab (P95), paling lambat di atas", "Time to answer (P95), the slowest on top"),
        ),
        Series(apps.UNANSWERED, name="course", span=12, height="s"),
    ),
)
register_page(PAGE, __name__)
