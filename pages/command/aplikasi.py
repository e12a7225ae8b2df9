"""Aplikasi & sumber: which of the city's systems are alive, and which have fallen silent?"""

from dashboard.access.roles import FIGURES
from dashboard.page import Page, register_page
from dashboard.panels import Listing, StateTile
from dashboard.systems import SYSTEMS_VIEW, State
from etl.text import Text

PAGE = Page(
    slug="aplikasi",
    path="/aplikasi",
    order=10,
    icon="aplikasi",
    audience=FIGURES,
    period="hari-ini",
    title=Text("Aplikasi", "Apps"),
    question=Text("Aplikasi dan sumber mana yang hidup, dan mana yang diam?", "Which apps and sources are alive?"),
    panels=(*(StateTile(state) for state in State), Listing(SYSTEMS_VIEW)),
)
register_page(PAGE, __name__)
