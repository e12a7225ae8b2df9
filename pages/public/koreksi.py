"""Koreksi: what was published and is another number now, and why."""

from dashboard.public.corrections import corrected
from dashboard.public.page import Page
from etl.text import Text

PAGE = Page(
    slug="koreksi",
    order=12,
    title=Text("Koreksi", "Corrections"),
    question=Text(
        "Apa yang dikoreksi, dari berapa menjadi berapa, dan mengapa?",
        "What was corrected, from what to what, and why?",
    ),
    template="corrections.html",
    tells=lambda view: {"releases": list(corrected(view))},
)
