"""Periods by name: a day, a week from its first day to its last, a month."""

import datetime as dt

from babel.dates import format_date

from dashboard import format as fmt
from etl.text import Text

WEEK = ("week", "epidemic_week")
SIX_DAYS = dt.timedelta(days=6)


def name_of_period(period: str, step: str, language: str) -> str:
    """``20 Nov 2026``, ``14–20 Nov 2026``, ``Nov 2026``."""
    first = dt.date.fromisoformat(period)
    if step in WEEK:
        return _span(first, first + SIX_DAYS, language)
    return fmt.step(first, step, language)


def _span(first: dt.date, last: dt.date, language: str) -> str:
    pattern = "d" if first.month == last.month else "d MMM" if first.year == last.year else "d MMM yyyy"
    return f"{format_date(first, pattern, locale=language)}–{fmt.day(last, language)}"


def long_name(period: str, step: str) -> Text:
    """A period as a sentence begins with it: ``Pekan 14–20 Nov 2026``, ``November 2026``."""
    if step == "month":
        first = dt.date.fromisoformat(period)
        return Text(*(str(format_date(first, "MMMM yyyy", locale=said)) for said in ("id", "en")))
    kind = Text("Pekan ", "Week of ") if step in WEEK else Text("", "")
    return Text(*(f"{kind.say(said)}{name_of_period(period, step, said)}" for said in ("id", "en")))


def on(period: str, step: str) -> Text:
    """A period in the middle of a sentence: ``pada 20 Nov 2026``."""
    words = {"day": Text("pada", "on"), "month": Text("pada", "in")}
    word = words.get(step, Text("pada pekan", "in the week of"))
    return Text(*(f"{word.say(said)} {name_of_period(period, step, said)}" for said in ("id", "en")))
