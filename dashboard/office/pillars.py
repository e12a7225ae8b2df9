"""The six pillars of the smart-city master plan, and the one to which each indicator belongs: declared once, here."""

from dashboard.indicator import Indicator
from dashboard.words import WORDS
from etl.text import Text

PILLARS = ("governance", "branding", "economy", "living", "society", "environment")
OF_SUBJECT = {
    "112": "living",
    "corona": "living",
    "bansos": "society",
    "pasar": "economy",
    "layanan": "governance",
    "rencana": "governance",
}
OTHERWISE = {"waste_kg": "environment", "merchants_active": "branding"}  # indicators that are not of their subject's


def pillar(about: Indicator) -> str:
    """The pillar of an indicator; of a subject that is not listed yet: governance."""
    return OTHERWISE.get(about.key) or OF_SUBJECT.get(about.subject, "governance")


def title(name: str) -> Text:
    """What a pillar is called."""
    return WORDS[name]
