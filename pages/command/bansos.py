"""Bansos: was the aid paid as planned, where, and did anyone get it twice?"""

from dashboard.access.roles import FIGURES
from dashboard.indicators import aid_reach, bansos
from dashboard.page import Page, register_page
from dashboard.panels import Bars, Checks, Deciles, Map, NeedBesideAid, Rounds, Series, Stages, Tile
from etl.text import Text

PAGE = Page(
    slug="bansos",
    path="/bansos",
    order=8,
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
        Tile(aid_reach.COVERED),
        Tile(aid_reach.DAYS_P90),
        Map(bansos.COVERAGE, name="map", span=6),
        Stages(
            bansos.PAID_SHARE,
            name="programme",
            others=(bansos.AMOUNT, bansos.PLANNED, bansos.VERIFIED),
            span=6,
            title=Text("Tersalur menurut program dan tahap", "Paid by programme and stage"),
        ),
        Rounds(
            bansos.PAID_SHARE,
            name="rounds",
            amounts=(bansos.PLANNED, bansos.VERIFIED, bansos.AMOUNT),
            title=Text("Tersalur dari rencana, %", "Paid of plan, %"),
        ),
        Checks(bansos.DOUBLE, name="checks", span=7),
        Bars(
            bansos.REJECTED, name="reasons", by="reason", span=5, title=Text("Alasan penolakan", "Reasons of rejection")
        ),
        Deciles(
            aid_reach.COVERED,
            name="deciles",
            size=aid_reach.REGISTERED,
            span=6,
            title=Text("Keluarga terjangkau menurut desil", "Households reached by decile"),
        ),
        Bars(
            aid_reach.DAYS_P90,
            name="days",
            by="programme",
            second=aid_reach.DAYS_P50,
            nothing=Text(
                "Daftar bantuan kota ini tidak memuat tanggal usul.",
                "The lists of this city do not tell the day of proposal.",
            ),
            span=6,
            title=Text("Hari dari usul sampai tersalur (P90)", "Days from proposal to payment (P90)"),
        ),
        NeedBesideAid(aid_reach.POOR, name="poverty", aid=bansos.AMOUNT, span=6),
        NeedBesideAid(aid_reach.JOBS_LOST, name="jobs", aid=bansos.AMOUNT, span=6),
        Series(
            bansos.PLANNED,
            name="stages",
            split="status",
            span=12,
            title=Text("Rencana menurut keadaan", "Plan by state"),
        ),
    ),
)
register_page(PAGE, __name__)
