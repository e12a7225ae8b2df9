"""The emergency desk: what waits now, what comes in the next hours, what is handed over."""

from dashboard.access.roles import Role
from dashboard.indicators import emergency, response
from dashboard.page import Page, register_page
from dashboard.panels import Expected, HotSpots, OpenNow, RepeatCallers, SameIncident, Staffing, Tile
from etl.text import Text

DESK = frozenset({Role.OPERATOR, Role.STEWARD})  # it shows tags of numbers: not for a wall

PAGE = Page(
    slug="meja-112",
    path="/meja-112",
    order=10,
    icon="meja",
    audience=DESK,
    period="7h",
    title=Text("Meja 112", "112 desk"),
    question=Text("Siapa yang masih menunggu, dan apa yang akan datang?", "Who is still waiting, and what is coming?"),
    panels=(
        Tile(response.RINGING),
        Tile(emergency.OPEN_LATE),
        Tile(response.OPEN),
        Tile(response.ON_DUTY_NOW),
        Tile(response.UNITS_FREE),
        Tile(response.UNITS_BUSY),
        Tile(emergency.UNPLACED),
        Tile(response.REPEATED_PRANKS),
        OpenNow(
            response.OPEN,
            name="open_now",
            span=12,
            title=Text("Kejadian terbuka, yang terlama di atas", "Open incidents, the oldest on top"),
        ),
        Expected(emergency.CALLS, name="expected", span=12),
        Staffing(emergency.CALLS, name="staffing", span=7),
        SameIncident(
            response.FURTHER_CALLS,
            name="same_incident",
            span=5,
            title=Text("Satu kejadian, beberapa panggilan", "One incident, several calls"),
        ),
        HotSpots(emergency.EMERGENCIES, name="hot_spots", span=7),
        RepeatCallers(response.REPEATING_NUMBERS, name="repeat_callers", span=5, height="l"),
    ),
    further=(("/meja-112/serah-terima", Text("Serah terima regu", "Shift hand-over")),),
)
register_page(PAGE, __name__)
