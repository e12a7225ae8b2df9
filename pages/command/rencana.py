"""Rencana kota: which actions are late or unproven, and is the money for digital service spent?"""

from dashboard.access.roles import FIGURES
from dashboard.indicators import plan
from dashboard.page import Page, register_page
from dashboard.panels import Beside, Changes, Grid, Rows, Tile
from dashboard.theme import ACT, GOOD
from etl.text import Text

PAGE = Page(
    slug="rencana",
    path="/rencana",
    order=13,
    icon="rencana",
    audience=FIGURES,
    title=Text("Rencana kota", "City plan"),
    question=Text(
        "Rencana mana yang terlambat atau tanpa bukti, dan sudahkah anggarannya terserap?",
        "Which actions are late or unproven, and is the budget spent?",
    ),
    panels=(
        Tile(plan.CLAIMED),
        Tile(plan.EVIDENCED),
        Tile(plan.ACTIONS_OPEN),
        Tile(plan.ACTIONS_LATE),
        Tile(plan.NO_EVIDENCE),
        Tile(plan.ACTIONS_ON_TIME),
        Beside(
            plan.ACTIONS_DONE,
            name="pillars",
            others=(plan.ACTIONS_RUNNING, plan.ACTIONS_LATE),
            by="pillar",
            stacked=True,
            colours=(GOOD, "token:series-1", ACT),
            span=6,
            title=Text("Rencana aksi menurut pilar", "Actions by pillar"),
        ),
        Beside(
            plan.CLAIMED,
            name="claims",
            others=(plan.EVIDENCED,),
            by="pillar",
            colours=("token:series-5", "token:series-1"),
            span=6,
            title=Text("Klaim di samping bukti", "Claim beside evidence"),
        ),
        Rows(
            plan.ACTIONS_OPEN,
            name="unfinished",
            columns=("action", "pillar", "agency_code", "due_on", "claimed", "evidenced", "evidence"),
            due="due_on",
            nothing=Text("Semua rencana aksi selesai.", "Every action is done."),
        ),
        Changes(
            plan.CLAIMED,
            name="moved",
            columns=("claimed", "evidenced", "evidence", "due_on", "done_on"),
            names=("action",),
            title=Text("Rencana aksi sejak sebulan", "Actions within a month"),
        ),
        Tile(plan.ABSORPTION),
        Tile(plan.REALISED),
        Tile(plan.BUDGET),
        Tile(plan.SITES_READY),
        Tile(plan.SITES),
        Beside(
            plan.ABSORPTION,
            name="places",
            others=(plan.PROGRESS,),
            by="place",
            worst_first=True,
            colours=("token:series-1", "token:series-3"),
            span=7,
            height="l",
            title=Text("Penyerapan dan fisik, terendah di atas", "Absorbed and built, the least on top"),
        ),
        Beside(
            plan.BUDGET,
            name="items",
            others=(plan.REALISED,),
            by="item",
            colours=("token:series-5", "token:series-1"),
            span=5,
            height="l",
            title=Text("Pagu dan realisasi", "Budget and spending"),
        ),
        Grid(
            plan.ABSORPTION,
            name="grid",
            columns=("interior", "furniture", "computers", "applications"),
            dimension="item",
            whole=plan.BUDGET,
            part=plan.REALISED,
            amounts=("budget", "realised"),
            title=Text("Penyerapan menurut tempat dan jenis", "Absorbed by site and kind"),
        ),
    ),
)
register_page(PAGE, __name__)
