"""Rekam jejak: how did what the models said compare with what came?"""

from dashboard.access.roles import FIGURES
from dashboard.page import Page, register_page
from dashboard.panels.track import Alarms, Better, Compared, Coverage, Gains, Honest, Records
from etl.text import Text

PAGE = Page(
    slug="rekam-jejak",
    path="/rekam-jejak",
    order=15,
    icon="rekam-jejak",
    audience=FIGURES,
    period="hari-ini",
    title=Text("Rekam jejak", "Track record"),
    question=Text("Seberapa sering model benar?", "How often were the models right?"),
    panels=(
        Honest(name="honest", title=Text("Selang yang menepati janji", "Intervals that keep their promise")),
        Better(name="better", title=Text("Lebih dekat daripada tanpa model", "Nearer than without a model")),
        Alarms(name="alarms", title=Text("Alarm yang benar", "Alarms that were right")),
        Coverage(name="coverage", span=6),
        Gains(name="gains", span=6),
        Compared(name="compared"),
        Records(name="records"),
    ),
)
register_page(PAGE, __name__)
