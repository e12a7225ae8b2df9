"""The Indonesian calendar: public holidays, joint leave (cuti bersama), Ramadan, Lebaran, the days of salaries.

Names and days are those of the decrees of three ministers, from the library ``holidays``. Islamic days of later years
are foreseen and not yet fixed by the Ministry of Religious Affairs, and joint leave is known only as far as it has
been decreed (``decreed``).
"""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from etl.text import Text

DAY = dt.timedelta(days=1)
FEAST, JOINT_LEAVE = "Hari Raya Idul Fitri", "Cuti Bersama"
LEBARAN_DAYS = 7  # the first day of the feast and six more, when most people are with their families
RAMADAN_DAYS = 30
# Ramadan had 29 days before these feasts (sidang isbat of the Ministry of Religious Affairs).
SHORT_RAMADAN = (dt.date(2022, 5, 2), dt.date(2024, 4, 10))
SALARIES_FROM, SALARIES_UNTIL = 25, 5  # private employers pay from the 25th, the state on the first working day


class Kind(StrEnum):
    """What sort of day it is; the first that applies."""

    LEBARAN = "lebaran"  # joint leave before the feast, the feast, and the rest of its week
    HOLIDAY = "holiday"
    JOINT_LEAVE = "joint_leave"
    WEEKEND = "weekend"
    RAMADAN = "ramadan"  # a working day of the fasting month
    WORKDAY = "workday"


def holiday(day: dt.date) -> Text | None:
    """The holiday or joint leave that a day is."""
    return _named(day.year).get(day)


def kind(day: dt.date) -> Kind:
    """What sort of day it is."""
    if is_lebaran(day):
        return Kind.LEBARAN
    if named := holiday(day):
        return Kind.JOINT_LEAVE if JOINT_LEAVE in named.id else Kind.HOLIDAY
    if day.weekday() >= 5:
        return Kind.WEEKEND
    return Kind.RAMADAN if is_ramadan(day) else Kind.WORKDAY


def is_off(day: dt.date) -> bool:
    """Whether offices are closed: Saturday, Sunday, a holiday or joint leave."""
    return day.weekday() >= 5 or holiday(day) is not None


def is_lebaran(day: dt.date) -> bool:
    """The joint leave around Idul Fitri, the feast, and the rest of its week."""
    since = days_since_feast(day)
    named = holiday(day)
    leave = named is not None and named.id == f"{JOINT_LEAVE} {FEAST}"  # one moved to another season has another name
    return 0 <= since < LEBARAN_DAYS or leave


def is_ramadan(day: dt.date) -> bool:
    """Whether a day lies in the fasting month."""
    ahead = -days_since_feast(day)
    long = RAMADAN_DAYS - (day + ahead * DAY in SHORT_RAMADAN)
    return 0 < ahead <= long


def days_since_feast(day: dt.date) -> int:
    """Days since the nearest first day of Idul Fitri; negative before it."""
    return min(((day - feast).days for feast in _feasts(day.year)), key=abs)


def is_salary_time(day: dt.date) -> bool:
    """From the 25th to the 5th, when salaries have just been paid."""
    return day.day >= SALARIES_FROM or day.day <= SALARIES_UNTIL


def decreed(year: int) -> bool:
    """Whether the joint leave of a year is known."""
    return any(JOINT_LEAVE in named.id for named in _named(year).values())


@lru_cache(maxsize=64)
def _named(year: int) -> Mapping[dt.date, Text]:
    """Holidays and joint leave of a year."""
    import holidays  # only who asks for a holiday waits for it

    both = ("public", "government")
    ours, theirs = (
        holidays.country_holidays("ID", years=year, categories=both, language=language) for language in ("id", "en_US")
    )
    return {day: Text(name, theirs[day]) for day, name in ours.items() if day.year == year}


@lru_cache(maxsize=64)
def _feasts(year: int) -> tuple[dt.date, ...]:
    """First days of Idul Fitri around a year."""
    return tuple(
        day for near in (year - 1, year, year + 1) for day, name in _named(near).items() if name.id.startswith(FEAST)
    )
