"""Corona: Rt and the nowcast over a city's line list, and how each fared on days that have come since.

Nothing here is slow: pages compute it themselves. Whoever replays the past (the track record) asks the same functions
with the rows that had been reported by then.
"""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import sqlalchemy as sa

from dashboard.analysis import Analysis
from dashboard.indicator import Unit
from dashboard.indicators.covid import CASES
from dashboard.models.model import Judged, Model
from dashboard.models.nowcast import LONGEST, Ints, nowcast, triangle
from dashboard.models.reproduction import LEAD, Floats
from dashboard.models.transmission import course
from dashboard.queries import within_area
from dashboard.scope import DAY, WEEK
from etl.cities import City
from etl.text import Text
from etl.warehouse import read

JUDGED_DAYS = 90  # how far back the track record replays
BACK = LEAD + 60  # days that Rt is followed over before the day in question
HISTORY = 140  # days of onset that a nowcast learns from
SPOKEN_OF = 5  # the nowcast is judged by what it said of a day when that day was so many days past


class Cases(NamedTuple):
    """Confirmed cases grouped by both of their days, as numbers of days since ``first``."""

    first: dt.date
    onset: Ints
    reported: Ints
    number: Ints
    undated: int  # reported without a day of onset

    def upto(self, day: int) -> "Cases":
        """What had been reported by the end of that day."""
        known = self.reported <= day
        return self._replace(onset=self.onset[known], reported=self.reported[known], number=self.number[known])


def cases_of(
    connection: sa.Connection,
    city: City,
    since: dt.date,
    until: dt.date,
    area: str = "",
    as_of: dt.datetime | None = None,
) -> Cases:
    """Confirmed cases reported within these days, with their day of onset where there is one."""
    rows = read(CASES, as_of)
    query = sa.select(rows.c.onset_date, rows.c.report_date, sa.func.count().label("number")).where(
        rows.c.city_code == city.code,
        rows.c.status == "konfirmasi",
        rows.c.report_date.between(since, until),
        within_area(rows.c.area_code, area or city.code),
    )
    found = connection.execute(query.group_by(rows.c.onset_date, rows.c.report_date)).all()
    dated = [row for row in found if row.onset_date and row.onset_date >= since]
    onset = np.array([(row.onset_date - since).days for row in dated], dtype=np.int64)
    reported = np.array([(row.report_date - since).days for row in dated], dtype=np.int64)
    number = np.array([row.number for row in dated], dtype=np.int64)
    undated = sum(row.number for row in found if not row.onset_date)
    return Cases(since, onset, reported, number, undated)


def cells(cases: Cases, days: int) -> Floats:
    """The reporting triangle of so many days."""
    return triangle(np.repeat(cases.onset, cases.number), np.repeat(cases.reported, cases.number), days)


def by_report(
    connection: sa.Connection, city: City, since: dt.date, until: dt.date, as_of: dt.datetime | None = None
) -> list[float]:
    """Confirmed cases of each day of report."""
    rows = read(CASES, as_of)
    query = sa.select(rows.c.report_date, sa.func.count()).where(
        rows.c.city_code == city.code,
        rows.c.status == "konfirmasi",
        rows.c.report_date.between(since, until),
    )
    found: dict[dt.date, int] = {row[0]: row[1] for row in connection.execute(query.group_by(rows.c.report_date))}
    return [float(found.get(since + DAY * number, 0)) for number in range((until - since).days + 1)]


def tomorrows(connection: sa.Connection, city: City, day: dt.date) -> Sequence[Judged]:
    """What Rt made of each next day, with the cases that had been reported before it."""
    since = day - DAY * (JUDGED_DAYS + BACK)
    counts = by_report(connection, city, since, day)
    told = []
    for number in range(BACK, len(counts)):
        expected = course(counts[number - BACK : number]).tomorrow
        if expected is not None:
            moment = since + DAY * number
            told.append(Judged(moment, *expected, naive=counts[number - WEEK.days], came=counts[number]))
    return told


def nowcasts(connection: sa.Connection, city: City, day: dt.date) -> Sequence[Judged]:
    """What the nowcast said of a day, some days after it, beside what has been reported of it since."""
    since = day - DAY * (JUDGED_DAYS + HISTORY + LONGEST)
    cases = cases_of(connection, city, since, day)
    days = (day - since).days + 1
    whole = cells(cases, days).sum(1)
    told = []
    for today in range(HISTORY, days - LONGEST + SPOKEN_OF):
        said = nowcast(cells(cases.upto(today), today + 1)[-HISTORY:])
        spoken = said[-1 - SPOKEN_OF] if said else None
        if spoken is None or spoken.mean is None or spoken.low is None or spoken.high is None:
            continue
        about = today - SPOKEN_OF
        told.append(
            Judged(since + DAY * about, spoken.mean, spoken.low, spoken.high, naive=spoken.seen, came=whole[about])
        )
    return told


ANALYSES: tuple[Analysis, ...] = ()
MODELS = (
    Model(
        key="corona_rt",
        subject="corona",
        title=Text("Kasus besok menurut Rt", "Tomorrow's cases by Rt"),
        method=Text(
            "Rt sebagai jalan acak (Parag 2021, doi:10.1371/journal.pcbi.1009347), satu hari ke depan",
            "Rt as a random walk (Parag 2021, doi:10.1371/journal.pcbi.1009347), one day ahead",
        ),
        naive=Text("kasus hari yang sama pekan lalu", "cases of the same weekday a week before"),
        unit=Unit.CASES,
        datasets=(CASES,),
        judged=tomorrows,
    ),
    Model(
        key="corona_nowcast",
        subject="corona",
        title=Text(
            f"Kasus menurut tanggal gejala, {SPOKEN_OF} hari setelahnya",
            f"Cases by first symptoms, {SPOKEN_OF} days later",
        ),
        method=Text(
            "rantai kelambatan laporan (Lawless 1994, doi:10.2307/3315820) dengan tingkat hari-hari sebelumnya "
            "(McGough dkk. 2020, doi:10.1371/journal.pcbi.1007735)",
            "chain of reporting delays (Lawless 1994, doi:10.2307/3315820) with the level of the days before "
            "(McGough et al. 2020, doi:10.1371/journal.pcbi.1007735)",
        ),
        naive=Text("yang sudah dilaporkan saat itu", "what had been reported by then"),
        unit=Unit.CASES,
        datasets=(CASES,),
        judged=nowcasts,
    ),
)
