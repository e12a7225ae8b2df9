"""A kind that a source does not name any more keeps its rows while their periods are told."""

import datetime as dt
from typing import Any, cast

import sqlalchemy as sa

from dashboard.areas import Places
from dashboard.calendar import DAY
from dashboard.publication import Told, _Counting
from dashboard.publications import publications
from etl.areas import area_book
from etl.bundle import Flag, Table
from etl.cities import load_city
from etl.release import published

CITY = load_city("samarinda")
MONDAY = dt.date(2026, 11, 2)
WEEKS = [MONDAY + 7 * DAY * n for n in range(3)]
TOLD = Told(
    cast(sa.Connection, None),
    Places(CITY, area_book(CITY), ()),
    dt.datetime(2026, 11, 27, tzinfo=dt.UTC),
    {CITY.code: 1},
)
ABOUT = publications()["darurat_category_week"]


class Made(_Counting):
    """The table with as many of each kind every week."""

    kinds: dict[str, int]

    def _measured(self, indicator: Any, part: Any = None) -> dict[tuple[Any, ...], float]:
        return {(CITY.code, week, kind): count for week in self.periods for kind, count in self.kinds.items()}


def told(kinds: dict[str, int], weeks: list[dt.date], before: Table | None) -> Table:
    made = Made(ABOUT, TOLD, weeks, before=before)
    object.__setattr__(made, "kinds", kinds)
    return published(made.draft(()), before)


def flags(table: Table, kind: str) -> dict[str, Flag]:
    return {row["period"]: row["emergencies_flag"] for row in table.records if row["category"] == kind}


def test_a_kind_that_goes_and_comes_back_is_still_hidden():
    whole = {"Banjir": 4, "Medis": 60, "Kebakaran": 40}
    first = told(whole, WEEKS[:2], None)
    hidden = flags(first, "Banjir")
    assert set(hidden.values()) == {Flag.BELOW}
    gone = told({kind: whole[kind] for kind in ("Medis", "Kebakaran")}, WEEKS[:2], first)
    assert flags(gone, "Banjir") == hidden  # no row would say that it was a zero
    back = told(whole | {"Banjir": 55}, WEEKS[:2], gone)
    assert Flag.SHOWN not in flags(back, "Banjir").values()


def test_a_kind_that_went_is_in_no_later_period():
    first = told({"Banjir": 40, "Medis": 60}, WEEKS[:2], None)
    later = told({"Medis": 60, "Kebakaran": 44}, WEEKS[1:], first)
    assert list(flags(later, "Banjir")) == [WEEKS[1].isoformat()]
    assert later.about.category and "Banjir" in later.about.category.words
