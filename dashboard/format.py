"""Numbers, moments and changes as Indonesians (or the English) write them. The only formatter."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from dashboard.indicator import Unit
from etl.text import Text

STEPS = {
    "id": ((10**12, "T"), (10**9, "M"), (10**6, "jt"), (10**3, "rb")),
    "en": ((10**12, "T"), (10**9, "bn"), (10**6, "m"), (10**3, "k")),
}
ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
AGES = (
    (86_400, Text("hr", "d")),
    (3_600, Text("j", "h")),
    (60, Text("mnt", "min")),
    (1, Text("dtk", "s")),
)
NOTHING = "–"


@lru_cache(maxsize=8192)  # a page writes hundreds, most of them small
def number(value: float, language: str, decimals: int = 0) -> str:
    """``12.480`` or ``87,4``; rounded half up, as people do."""
    rounded = Decimal(repr(value or 0)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(rounded, format=pattern, locale=language))


def compact(value: float, language: str) -> str:
    """Three significant digits and a word: ``1,25 M`` is 1.25 × 10⁹ (miliar)."""
    for size, word in STEPS[language]:
        if abs(value) >= size:
            shown = value / size
            decimals = 2 if abs(shown) < 10 else 1 if abs(shown) < 100 else 0
            return f"{number(shown, language, decimals)} {word}"
    return number(value, language)


def figure(value: float | None, unit: Unit, language: str) -> str:
    """A value as a tile shows it, without its unit's word except ``Rp`` and ``%``."""
    if value is None:
        return NOTHING
    if unit is Unit.RUPIAH:
        sign = "-" if value < 0 else ""
        return f"{sign}Rp {compact(abs(value), language)}"
    if unit is Unit.PERCENT:
        return f"{number(value, language, 1)} %"
    if unit is Unit.INDEX:
        return number(value, language, 2)
    decimals = 1 if unit in (Unit.MINUTES, Unit.HOURS, Unit.PER_100K, Unit.PER_1000, Unit.CONTACTS) else 0
    return number(value, language, decimals)


def exact(value: float | None, unit: Unit, language: str) -> str:
    """A value as a table shows it: nothing left out."""
    if value is None:
        return NOTHING
    if unit is Unit.RUPIAH:
        return f"{'-' if value < 0 else ''}Rp {number(abs(value), language)}"
    return figure(value, unit, language)


def change(now: float | None, before: float | None, unit: Unit, language: str) -> str:
    """``+12 %``; for a percentage the difference in points: ``+1,5 poin``. Empty when it cannot be said."""
    if now is None or before is None:
        return ""
    if unit is Unit.PERCENT:
        return f"{_signed(now - before, language, 1)} {'poin' if language == 'id' else 'points'}"
    if not before:
        return ""
    return f"{_signed(100 * (now - before) / abs(before), language, 0)} %"


def _signed(value: float, language: str, decimals: int) -> str:
    shown = number(abs(value), language, decimals)
    if float(Decimal(repr(abs(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)) == 0:
        return f"±{shown}"
    return f"{'+' if value > 0 else '−'}{shown}"


def age(seconds: float, language: str) -> str:
    """``3 dtk``, ``12 mnt``, ``2 j``, ``5 hr``: the same words as the browser's."""
    size, words = next((size, words) for size, words in AGES if seconds >= size or size == 1)
    return f"{number(max(0, seconds // size), language)} {words.say(language)}"


def day(value: dt.date, language: str) -> str:
    """``22 Nov 2026``."""
    return str(format_date(value, "d MMM yyyy", locale=language))


def moment(value: dt.datetime, zone: str, language: str) -> str:
    """``22 Nov 2026 14.05 WITA``."""
    local = value.astimezone(ZoneInfo(zone))
    clock = "d MMM yyyy HH.mm" if language == "id" else "d MMM yyyy HH:mm"
    return f"{format_datetime(local, clock, locale=language)} {ZONES.get(zone, zone)}"


def step(value: dt.date | dt.datetime, name: str, language: str) -> str:
    """The name of a time step on an axis or in a table."""
    if name == "hour" and isinstance(value, dt.datetime):
        return str(format_datetime(value, "d MMM HH.00" if language == "id" else "d MMM HH:00", locale=language))
    pattern = "MMM yyyy" if name == "month" else "d MMM yyyy"
    return str(format_date(value, pattern, locale=language))


def harmless(cell: object) -> object:
    """A cell of a file: a text that a spreadsheet would run as a formula is made a plain text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
