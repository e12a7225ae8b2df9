"""Rencana kota: what the master plan promised, what is claimed, and what is proved."""

from dashboard.public.lists import overdue
from dashboard.public.page import Page
from dashboard.public.sight import Figure
from etl.text import Text

PAGE = Page(
    slug="rencana",
    order=6,
    title=Text("Rencana kota", "City plan"),
    question=Text("Apa yang dijanjikan, dan apa yang terbukti?", "What was promised, and what is proved?"),
    figures=(
        Figure(
            id="rencana-aksi",
            table="rencana_actions",
            measure="evidenced",
            further=("action", "pillar", "target", "evidence", "claimed", "evidenced", "due_on", "done_on"),
            kind="list",
            name=Text("Rencana aksi smart city", "Actions of the smart-city plan"),
            find=overdue,
        ),
    ),
)
