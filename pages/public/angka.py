"""Tentang angka ini: what every published figure means, and how it is made."""

from dashboard.public.definitions import definitions
from dashboard.public.page import Page
from etl.text import Text

PAGE = Page(
    slug="angka",
    order=11,
    title=Text("Tentang angka ini", "About the figures"),
    question=Text("Apa artinya, dari mana, dan bagaimana dibuat?", "What do they mean, and how are they made?"),
    template="definitions.html",
    tells=lambda view: {"subjects": definitions(view)},
)
