"""Provinsi: how do the cities stand beside one another?"""

from dashboard.access.roles import SEVERAL
from dashboard.indicators import apps, bansos, covid, emergency, marketplace, plan, purchases, services
from dashboard.page import Page, register_page
from dashboard.panels import Across
from etl.text import Text

PAGE = Page(
    slug="provinsi",
    path="/provinsi",
    order=17,
    icon="provinsi",
    audience=SEVERAL,
    several=True,
    title=Text("Provinsi", "Province"),
    question=Text(
        "Bagaimana kota-kota ini bila disandingkan, dan berapa semuanya?",
        "How do these cities stand side by side, and what do they come to?",
    ),
    panels=(
        Across(emergency.EMERGENCIES),
        Across(emergency.CALLS),
        Across(emergency.ABANDONED),
        Across(emergency.ARRIVAL_P90),
        Across(covid.CASES_NEW),
        Across(covid.INCIDENCE),
        Across(covid.POSITIVITY),
        Across(bansos.RECIPIENTS),
        Across(bansos.AMOUNT),
        Across(marketplace.GMV),
        Across(marketplace.ORDERS),
        Across(purchases.ASN_MET),
        Across(services.REQUESTS),
        Across(services.COMPLAINTS),
        Across(services.COMPLAINTS_DONE),
        Across(plan.ABSORPTION),
        Across(plan.CLAIMED),
        Across(apps.UPTIME),
    ),
)
register_page(PAGE, __name__)
