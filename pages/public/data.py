"""Data: every table that is published, in every format."""

from dashboard.public.definitions import catalogue
from dashboard.public.page import Page
from etl.text import Text

PAGE = Page(
    slug="data",
    order=10,
    title=Text("Data", "Data"),
    question=Text("Semua tabel yang diterbitkan, untuk dibawa pulang.", "Every table that is published, to take home."),
    template="data.html",
    tells=lambda view: {"catalogue": catalogue(view), "archive": (view.bundle.folder / "data" / "all.zip").is_file()},
)
