"""Mutu data: what arrived, what is late, what was refused, and does it all add up?"""

from dashboard import ledger
from dashboard.access.roles import FIGURES, Role
from dashboard.page import Page, register_page
from dashboard.panels import Listing
from etl.text import Text

PAGE = Page(
    slug="mutu",
    path="/mutu",
    order=16,
    icon="mutu",
    audience=FIGURES - {Role.WALL} | {Role.ADMIN},
    period="7h",
    title=Text("Mutu data", "Data quality"),
    question=Text("Apakah semua tiba, tepat waktu, dan tidak ada yang hilang?", "Did all arrive, in time, none lost?"),
    panels=(
        Listing(ledger.SOURCES_VIEW),
        Listing(ledger.QUARANTINE_VIEW),
        Listing(ledger.UNMATCHED_VIEW, span=6),
        Listing(ledger.FINDINGS_VIEW, span=6),
        Listing(ledger.DRIFT_VIEW),
        Listing(ledger.REVISIONS_VIEW, span=6),
        Listing(ledger.LIMITS_VIEW, span=6),
        Listing(ledger.RUNS_VIEW),
    ),
)
register_page(PAGE, __name__)
