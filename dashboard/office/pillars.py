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
    "belanja": "economy",
    "layanan": "governance",
    "kesehatan": "living",
    "rencana": "governance",
}
OTHERWISE = {"waste_kg": "environment", "merchants_active": "branding"}  # indicators that are not of their subject's


def pillar(about: Indicator) -> str:
    """The pillar of an indicator. Raises KeyError for a subject without one: somebody decides where it belongs."""
    return OTHERWISE.get(about.key) or OF_SUBJECT[about.subject]


def title(name: str) -> Text:
    """What a pillar is called."""
    return WORDS[name]
