"""Rilis: every release of the city; each stays as it was."""

from dashboard.public.page import Page
from etl.text import Text

PAGE = Page(
    slug="rilis",
    order=13,
    title=Text("Rilis", "Releases"),
    question=Text("Setiap rilis tetap seperti saat terbit.", "Every release stays as it was published."),
    template="releases.html",
    tells=lambda view: {"releases": list(view.former())},
)
