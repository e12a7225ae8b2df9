"""Tak biasa: what is unlike what is usual, by how much, since when, and what moved with it?"""

from dashboard.access.roles import FIGURES
from dashboard.page import Page, register_page
from dashboard.panels.unusual import Beyond, Events, Now, Subjects, Watched, Where
from dashboard.panels.unusual_course import Course
from etl.text import Text

PAGE = Page(
    slug="tak-biasa",
    path="/tak-biasa",
    order=2,
    icon="tak-biasa",
    audience=FIGURES,
    period="hari-ini",
    title=Text("Tak biasa", "Unusual"),
    question=Text(
        "Apa yang di luar kebiasaan, di mana, dan sejak kapan?", "What is out of the ordinary, where, since?"
    ),
    panels=(
        Now(name="now", title=Text("Tak biasa sekarang", "Unusual now")),
        Now(name="bad", title=Text("Di antaranya buruk", "Bad among them"), bad=True),
        Watched(name="watched", title=Text("Yang diawasi", "Watched")),
        Beyond(name="beyond", span=7),
        Where(name="where", span=5),
        Events(name="events"),
        Course(name="course"),
        Subjects(name="subjects", span=4),
    ),
)
register_page(PAGE, __name__)
