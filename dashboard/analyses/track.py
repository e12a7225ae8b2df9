"""The track record: every model of every subject judged once a day by the days that have come, and kept for its page.

Of the detector's alarms: right is one whose day still lies outside the interval that was told with it, by what is known
now; wrong one whose day fell back into it when corrections came. How often it would have rung in the past year, day by
day with what was known before, is told beside what is promised; what was a real event among those nobody has recorded.
"""

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from dashboard.analyses import models
from dashboard.analyses import unusual as detector
from dashboard.analysis import Analysis, Says, latest
from dashboard.models import unusual
from dashboard.models.calendar_effects import effects
from dashboard.models.model import Judged, Model
from dashboard.models.track import standing
from dashboard.scope import DAY
from etl.cities import City
from etl.cities import datasets as datasets_of
from etl.errors import PantauError

log = logging.getLogger("analyse")
KEY = "track_record"
SHOWN = 90  # latest moments of a chart
REPLAYED_DAYS = 8 * unusual.OUT


def made(connection: sa.Connection, city: City, now: dt.datetime) -> Says | None:
    """Judge every model that the city has data for, and the detector's alarms."""
    has, day = datasets_of(city) | {"areas"}, now.astimezone(city.tz).date() - DAY
    found = {
        key: _record(_judged(model, connection, city, day))
        for key, model in models().items()
        if set(model.datasets) <= has
    }
    return {"day": day.isoformat(), "models": found, "alarms": _alarms(connection, city, now)}


def _judged(model: Model, connection: sa.Connection, city: City, day: dt.date) -> Sequence[Judged]:
    """What one model said and what came; one that cannot be judged keeps no other from it."""
    try:
        return model.judged(connection, city, day)
    except (PantauError, ArithmeticError, ValueError, IndexError, KeyError) as error:
        log.error("%s/%s: tidak dapat dinilai | cannot be judged: %s", city.slug, model.key, error)
        return ()


def _record(judged: Sequence[Judged]) -> dict[str, Any]:
    stands = standing(judged)
    said = {"days": len(judged)} | (stands._asdict() if stands else {})
    return said | {"course": [[one.moment.isoformat(), *map(_short, one[1:])] for one in judged[-SHOWN:]]}


def _short(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.5g}")


def _alarms(connection: sa.Connection, city: City, now: dt.datetime) -> dict[str, Any]:
    """How many alarms were told, how many are right, and how many a year of days would have given."""
    told = latest(connection, city, detector.KEY)
    rung = told.says.get("log", []) if told else []
    seen = detector.watch(connection, city, now)
    if seen is None:
        return {"told": len(rung), "right": 0, "wrong": 0}
    right = [outside for one in rung if (outside := _still_outside(one, seen)) is not None]
    return {"told": len(rung), "right": sum(right), "wrong": len(right) - sum(right)} | _replayed(seen)


def _still_outside(alarm: dict[str, Any], seen: detector.Watch) -> bool | None:
    """Whether the day of an alarm lies outside the interval that was told with it; None when it is no longer known."""
    row, day = detector.Row(alarm["indicator"], alarm["area"]), dt.date.fromisoformat(alarm["peak"])
    if row not in seen.rows or not seen.days[0] <= day <= seen.days[-1]:
        return None
    value = seen.series.values[seen.rows.index(row), (day - seen.days[0]).days]
    return None if np.isnan(value) else bool(not alarm["low"] <= value <= alarm["high"])


def _replayed(seen: detector.Watch) -> dict[str, Any]:
    """Alarms of the last months, each four weeks with what was known before, for an area and quarter."""
    first = max(0, len(seen.days) - REPLAYED_DAYS)
    told = unusual.foretold(seen.series, effects(seen.days), first, detector.HISTORY)
    score = told.score[:, first:]
    there = ~np.asarray(np.isnan(score).all(1))
    limits = np.array([unusual.limit(int(count)) for count in seen.figures(there)])
    began = detector.alarms(score, limits)
    onsets = int((began == np.arange(score.shape[1])).sum())
    days: dict[str, int] = {}
    for row, known in zip(seen.rows, (~np.isnan(score)).sum(1), strict=True):
        days[row.area] = max(days.get(row.area, 0), int(known))
    quarters = sum(days.values()) / unusual.QUARTER_DAYS
    rate = {"rate": round(onsets / quarters, 2)} if quarters >= 1 else {}
    return {
        "replayed": onsets,
        "areas": sum(known > 0 for known in days.values()),
        "quarters": round(quarters, 1),
    } | rate


ANALYSES = (Analysis(KEY, (), "day", made),)
MODELS: tuple[Model, ...] = ()
