"""Numbers of the public site in words: never with more digits than were published."""

from dashboard import format as fmt
from dashboard.indicator import Unit
from etl.text import Text

WHOLE = (Unit.RUPIAH, Unit.PERCENT, Unit.INDEX)  # what says its unit itself
MOST_DECIMALS = 4


def number(value: float, unit: Unit, language: str) -> str:
    """A number as a table shows it: ``12.480``, ``7,5``, ``Rp 1.250.000``, ``61 %``."""
    if unit is Unit.RUPIAH:
        return fmt.exact(value, unit, language)
    digits = fmt.number(value, language, _decimals(value))
    return _percent(digits, language) if unit is Unit.PERCENT else digits


def brief(value: float, unit: Unit, language: str) -> str:
    """The same where there is little room: ``Rp 1,25 M``."""
    return fmt.figure(value, unit, language) if unit is Unit.RUPIAH else number(value, unit, language)


def amount(value: float, unit: Unit) -> Text:
    """A number with its unit, as a sentence says it: ``340 kasus``, ``Rp 1,25 M``."""
    return Text(*(_amount(value, unit, language) for language in ("id", "en")))


def _amount(value: float, unit: Unit, language: str) -> str:
    if unit is Unit.RUPIAH:
        return fmt.figure(value, unit, language)
    bare = number(value, unit, language)
    return bare if unit in WHOLE else f"{bare} {unit.value.say(language)}"


def plain(value: float, unit: Unit) -> Text:
    """A number without its unit, in both languages."""
    return Text(number(value, unit, "id"), number(value, unit, "en"))


def percent(value: int) -> Text:
    """A percentage in a sentence."""
    return Text(*(_percent(str(value), language) for language in ("id", "en")))


def _percent(digits: str, language: str) -> str:
    return f"{digits}%" if language == "en" else f"{digits} %"


def _decimals(value: float) -> int:
    """How many decimals it was published with."""
    return next((count for count in range(MOST_DECIMALS) if round(value, count) == round(value, 6)), MOST_DECIMALS)
