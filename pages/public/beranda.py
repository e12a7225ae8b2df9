"""Beranda: the findings of every page in brief."""

from dashboard.public.home import in_brief
from dashboard.public.page import Page
from etl.text import Text

PAGE = Page(
    slug="",
    order=0,
    title=Text("Beranda", "Home"),
    question=Text("Apa kabar kota?", "How is the city?"),
    template="home.html",
    tells=in_brief,
)
