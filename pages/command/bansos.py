"""Bansos: was the aid paid as planned, where, and did anyone get it twice?"""

from dashboard.access.roles import FIGURES
from dashboard.indicators import bansos
from dashboard.page import Page, register_page
from dashboard.panels import Bars, Map, Series, Tile
from etl.text import Text

PAGE = Page(
    slug="bansos",
    path="/bansos",
    order=6,
    icon="bansos",
    audience=FIGURES,
    period="90h",
    title=Text("Bansos", "Social aid"),
    question=Text("Sudahkah bantuan tersalur sesuai rencana, dan di mana?", "Was the aid paid as planned, and where?"),
    panels=(
        Tile(bansos.PAID_SHARE),
        Tile(bansos.AMOUNT),
        Tile(bansos.PLANNED),
        Tile(bansos.RECIPIENTS),
        Tile(bansos.REJECTED),
        Tile(bansos.DOUBLE),
        Map(bansos.COVERAGE, name="map", span=7),
        Bars(
            bansos.AMOUNT,
            name="programme",
            by="programme",
            span=5,
            height="l",
            title=Text("Tersalur menurut program", "Paid by programme"),
        ),
        Series(
            bansos.PLANNED,
            name="stages",
            split="status",
            span=7,
            title=Text("Rencana menurut keadaan", "Plan by state"),
        ),
        Bars(
            bansos.REJECTED, name="reasons", by="reason", span=5, title=Text("Alasan penolakan", "Reasons of rejection")
        ),
    ),
)
register_page(PAGE, __name__)
