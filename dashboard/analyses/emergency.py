"""What the models say of 112 and PSC 119: calls of the next day and the desk that they need, places where incidents
come together, calls about one incident.
"""

import datetime as dt
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from dashboard.analysis import Analysis, Says
from dashboard.indicator import Unit
from dashboard.indicators.emergency import DATASET, TO_AGENT, is_emergency, is_real
from dashboard.models import calls_forecast, clusters, incidents
from dashboard.models.calls_forecast import Calls
from dashboard.models.erlang import Load, needed
from dashboard.models.model import Judged, Model
from dashboard.queries import KELURAHAN
from etl.boundary_files import boundary_file
from etl.cities import City
from etl.text import Text
from etl.warehouse import SOURCES, read

Floats = npt.NDArray[np.float64]
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
HISTORY_DAYS = 800  # two years and a little: a feast that comes eleven days earlier each year is in it twice
DESK_DAYS = 28  # from which talks and patience are taken
SCAN_DAYS = 63  # eight weeks that are usual, and the week in which something may be
JUDGED_DAYS = 28
FEWEST_TALKS = 30
FEAST_DAYS = 7  # from the first day of Lebaran


@dataclass(frozen=True)
class Hourly:
    """The calls of a city by the hour, and where in them the present lies."""

    calls: Calls
    first: dt.datetime  # local midnight, aware
    at: int  # the hour that runs now

    def moment(self, hour: int) -> dt.datetime:
        """When an hour begins; zones of Indonesia have no summer time."""
        return self.first + hour * HOUR


def hourly(connection: sa.Connection, city: City, now: dt.datetime) -> Hourly | None:
    """Calls of every hour that was over at ``now``; hours of which nothing was delivered are unknown."""
    calls = read(DATASET)
    local = sa.func.date_trunc("hour", sa.func.timezone(city.zone, calls.c.called_at))
    began = calls.c.called_at >= now - HISTORY_DAYS * DAY
    query = sa.select(local.label("hour"), sa.func.count().label("calls")).where(
        calls.c.city_code == city.code, is_real(calls.c), began, calls.c.called_at < now
    )
    rows = connection.execute(query.group_by("hour").order_by("hour")).all()
    if not rows:
        return None
    first = rows[0].hour.replace(hour=0, tzinfo=city.tz)
    at = int((now - first) / HOUR)
    known = min(at, int((_heard(connection, city, now) - first) / HOUR))
    counts = np.zeros(at)
    counts[known:] = np.nan
    for row in rows:
        hour = int((row.hour.replace(tzinfo=city.tz) - first) / HOUR)
        if hour < known:
            counts[hour] = row.calls
    counts[: int((rows[0].hour.replace(tzinfo=city.tz) - first) / HOUR)] = np.nan
    days = [first.date() + DAY * number for number in range(at // 24 + 3)]
    told = Calls(calls_forecast.without_gaps(counts), feasts(days), first.weekday())
    return Hourly(told, first, at)


def _heard(connection: sa.Connection, city: City, now: dt.datetime) -> dt.datetime:
    """Until when calls are known: the moment that the source was last fresh."""
    fresh = sa.select(sa.func.max(SOURCES.c.fresh_at)).where(
        SOURCES.c.city_code == city.code, SOURCES.c.dataset == DATASET
    )
    heard: dt.datetime = connection.scalar(fresh) or now
    return min(heard, now)


def feasts(days: Sequence[dt.date]) -> list[str | None]:
    """The week of Lebaran, other public holidays, or none; Ramadan comes and goes with the level."""
    import holidays  # 20 MB and a third of a second: only for the process that analyses

    years = range(days[0].year, days[-1].year + 1)
    names = holidays.country_holidays("ID", years=years, language="en_US")
    eid = {day for day, name in names.items() if name.startswith("Eid al-Fitr") and "Second" not in name}
    lebaran = {day + DAY * number for day in eid for number in range(FEAST_DAYS)}
    return ["lebaran" if day in lebaran else "holiday" if day in names else None for day in days]


def expected_calls(connection: sa.Connection, city: City, now: dt.datetime) -> Says | None:
    """Calls of the running hour and the 23 after it, and the call takers that they need."""
    known, desk = hourly(connection, city, now), _desk(connection, city, now)
    hours = known and calls_forecast.forecast(known.calls, known.at)
    if not known or not hours:
        return None
    said = [
        {
            "hour": known.moment(known.at + number).isoformat(),
            **{name: round(value, 2) for name, value in hour._asdict().items()},
            **({"takers": _takers(desk, hour.mean), "takers_high": _takers(desk, hour.high)} if desk else {}),
        }
        for number, hour in enumerate(hours)
    ]
    before = known.calls.counts[-24:]
    past = [None if np.isnan(one) else int(one) for one in before]
    return {"hours": said, "past": past, "desk": desk and desk | {"share": round(desk["share"], 4)}}


def _takers(desk: dict[str, float], calls: float) -> int | None:
    return needed(Load(calls * desk["share"], desk["handling_s"], desk["patience_s"] or None))


def _desk(connection: sa.Connection, city: City, now: dt.datetime) -> dict[str, float] | None:
    """How long a talk takes, how long callers wait before they hang up, the share of calls that reaches the desk."""
    c = read(DATASET).c
    waited = sa.extract("epoch", sa.func.coalesce(c.answered_at, c.ended_at) - c.called_at)
    talk = sa.extract("epoch", c.ended_at - c.answered_at)
    right = sa.or_(c.ended_at.is_(None), c.ended_at >= c.called_at)  # an end before the beginning says nothing
    to_desk = c.outcome.in_(TO_AGENT)
    query = sa.select(
        sa.func.avg(talk).filter(talk > 0, talk < 7_200).label("talk"),
        sa.func.count().filter(talk > 0).label("talks"),
        sa.func.sum(waited).filter(to_desk, right, waited < 3_600).label("waited"),
        sa.func.count().filter(c.outcome == "abandoned").label("gone"),
        sa.func.count().filter(to_desk).label("desk"),
        sa.func.count().label("all"),
    ).where(c.city_code == city.code, is_real(c), c.called_at >= now - DESK_DAYS * DAY, c.called_at < now)
    row = connection.execute(query).one_or_none()
    if row is None or (row.talks or 0) < FEWEST_TALKS:
        return None
    # The estimate for exponential patience of which most ends are not seen: all waiting ÷ those who hung up.
    patience = float(row.waited) / row.gone if row.gone and row.waited else 0.0
    return {"handling_s": round(float(row.talk), 1), "patience_s": round(patience, 1), "share": row.desk / row.all}


def hot_spots(connection: sa.Connection, city: City, now: dt.datetime) -> Says | None:
    """Wards where emergencies came together lately, beyond what these wards and days usually have."""
    rows = _placed(connection, city, now, SCAN_DAYS)
    middles = _middles(boundary_file(city, "kelurahan"))
    codes = sorted(middles)
    place = {code: number for number, code in enumerate(codes)}
    known = [row for row in rows if row.area_code in place]
    if not known:
        return None
    today = now.astimezone(city.tz).date()
    first = today - DAY * (SCAN_DAYS - 1)
    day = np.array([(row.called_at.astimezone(city.tz).date() - first).days for row in known])
    lat, lon = (np.array([middles[code][side] for code in codes]) for side in (0, 1))
    x, y = clusters.kilometres(lat, lon)
    rng = np.random.default_rng([zlib.crc32(city.slug.encode()), today.toordinal()])
    area = np.array([place[row.area_code] for row in known])
    found = clusters.clusters(area, day, x, y, SCAN_DAYS - 1, rng)
    if found is None:
        return None
    said = [one._asdict() | {"areas": [codes[number] for number in one.areas]} for one in found]
    return {"clusters": said, "incidents": len(known), "unplaced": len(rows) - len(known), "until": now.isoformat()}


def _placed(connection: sa.Connection, city: City, now: dt.datetime, days: int) -> list[Any]:
    """Emergencies since the midnight so many days ago, one line an incident: further calls about it are left out."""
    since = dt.datetime.combine(now.astimezone(city.tz).date() - DAY * (days - 1), dt.time(), city.tz)
    rows = emergencies(connection, city, since, now)
    return [row for number, (row, first) in enumerate(zip(rows, same_incident(rows), strict=True)) if number == first]


def emergencies(
    connection: sa.Connection, city: City, since: dt.datetime, until: dt.datetime, as_of: dt.datetime | None = None
) -> list[Any]:
    """Emergencies that came in between two moments, in the order of time: what, where, on the grid."""
    c = read(DATASET, as_of).c
    names = (c.call_id, c.called_at, c.category, c.area_code, c.grid_lat, c.grid_lon, c.closed_at)
    when = sa.and_(c.called_at >= since, c.called_at < until)
    query = sa.select(*names).where(c.city_code == city.code, is_emergency(c), when)
    return list(connection.execute(query.order_by(c.called_at, c.call_id)).all())


def same_incident(rows: Sequence[Any]) -> list[int]:
    """For each emergency, in the order of time, the place of the first call about its incident."""
    kinds: dict[str | None, int] = {}
    kind = np.array([kinds.setdefault(row.category, len(kinds)) for row in rows], dtype=np.int64)
    at = np.array([row.called_at.timestamp() for row in rows], dtype=np.float64)
    lat = np.array([np.nan if row.grid_lat is None else row.grid_lat for row in rows], dtype=np.float64)
    lon = np.array([np.nan if row.grid_lon is None else row.grid_lon for row in rows], dtype=np.float64)
    return [int(number) for number in incidents.grouped(at, lat, lon, kind)]


@lru_cache(maxsize=16)
def _middles(path: Path) -> dict[str, tuple[float, float]]:
    """The middle of each ward's box, latitude and longitude."""
    found = {}
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        corners = np.array(list(_points(feature["geometry"]["coordinates"])))
        lon, lat = (corners.min(axis=0) + corners.max(axis=0)) / 2
        found[str(feature["properties"]["code"])] = (float(lat), float(lon))
    return {code: middle for code, middle in found.items() if len(code) == KELURAHAN}


def _points(nested: Any) -> Any:
    if isinstance(nested[0], int | float):
        yield nested[:2]
    else:
        for part in nested:
            yield from _points(part)


def judged_calls(connection: sa.Connection, city: City, day: dt.date) -> list[Judged]:
    """Each hour of the last weeks as it was forecast at midnight, from calls before that midnight."""
    until = dt.datetime.combine(day + DAY, dt.time(), city.tz)
    known = hourly(connection, city, until)
    if known is None:
        return []
    told = []
    for back in range(JUDGED_DAYS, 0, -1):
        at = known.at - 24 * back
        hours = calls_forecast.forecast(known.calls, at) if at > 0 else None
        naive = calls_forecast.naive(known.calls, at) if hours else np.empty(0)
        for number, hour in enumerate(hours or []):
            came, before = float(known.calls.counts[at + number]), float(naive[number])
            if np.isfinite(came):
                moment = known.moment(at + number)
                told.append(Judged(moment, *hour, None if np.isnan(before) else before, came))
    return told


CALLS_FORECAST = "calls_forecast"
HOT_SPOTS = "hot_spots"
ANALYSES = (
    Analysis(CALLS_FORECAST, (DATASET,), "hour", expected_calls),
    Analysis(HOT_SPOTS, (DATASET,), "hour", hot_spots),
)
MODELS = (
    Model(
        key=CALLS_FORECAST,
        subject="112",
        title=Text("Panggilan 24 jam ke depan", "Calls of the next 24 hours"),
        method=Text(
            "pekan biasa × tingkat terbaru (Harvey & Fernandes 1989, doi:10.1080/07350015.1989.10509750) × hari raya; "
            "selang binomial negatif dari galat sendiri",
            "a usual week × the latest level (Harvey & Fernandes 1989, doi:10.1080/07350015.1989.10509750) × feasts; "
            "negative binomial interval from its own errors",
        ),
        naive=Text("jam yang sama pekan lalu", "the same hour of last week"),
        unit=Unit.CALLS,
        datasets=(DATASET,),
        judged=judged_calls,
    ),
)
