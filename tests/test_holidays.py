"""The Indonesian calendar, against days as they were decreed."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import holidays
from dashboard.holidays import DAY, Kind

# Joint decrees of three ministers (SKB 3 Menteri) for 2025 and 2026; feasts and fasts by the sidang isbat.
DECREED = {
    "2025-03-01": Kind.WEEKEND,  # the first day of Ramadan, a Saturday
    "2025-03-03": Kind.RAMADAN,
    "2025-03-28": Kind.JOINT_LEAVE,  # Nyepi
    "2025-03-31": Kind.LEBARAN,
    "2025-04-07": Kind.LEBARAN,  # joint leave after its week
    "2025-04-08": Kind.WORKDAY,
    "2025-08-18": Kind.JOINT_LEAVE,
    "2026-02-18": Kind.WORKDAY,
    "2026-02-19": Kind.RAMADAN,
    "2026-03-20": Kind.LEBARAN,  # joint leave before it
    "2026-03-21": Kind.LEBARAN,
    "2026-03-27": Kind.LEBARAN,
    "2026-03-30": Kind.WORKDAY,
    "2026-08-17": Kind.HOLIDAY,
    "2026-12-24": Kind.JOINT_LEAVE,
    "2024-03-12": Kind.JOINT_LEAVE,  # of Nyepi, and the first day of a Ramadan of 29 days
    "2020-12-31": Kind.JOINT_LEAVE,  # of Idul Fitri, moved by the pandemic: nobody travelled home
}


@pytest.mark.parametrize(("day", "kind"), DECREED.items())
def test_decreed_days(day: str, kind: Kind) -> None:
    assert holidays.kind(dt.date.fromisoformat(day)) is kind


def test_ramadan_ends_where_the_feast_begins() -> None:
    for feast, length in ((dt.date(2024, 4, 10), 29), (dt.date(2025, 3, 31), 30), (dt.date(2026, 3, 21), 30)):
        first = feast - length * DAY
        assert [holidays.is_ramadan(first + n * DAY) for n in (-1, 0, length - 1, length)] == [False, True, True, False]


def test_names_in_both_languages() -> None:
    assert holidays.holiday(dt.date(2026, 8, 17)) == ("Hari Kemerdekaan Republik Indonesia", "Independence Day")
    assert holidays.holiday(dt.date(2026, 8, 18)) is None


def test_joint_leave_is_known_as_far_as_decreed() -> None:
    assert holidays.decreed(2026)
    assert not holidays.decreed(2090)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2070, 1, 1)))
def test_every_day_is_of_one_kind(day: dt.date) -> None:
    kind = holidays.kind(day)
    assert holidays.is_off(day) or kind in (Kind.WORKDAY, Kind.RAMADAN, Kind.LEBARAN)
    assert not (kind is Kind.LEBARAN and holidays.is_salary_time(day) and abs(holidays.days_since_feast(day)) > 14)
