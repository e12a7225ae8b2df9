"""The whole city on one page: every indicator with a target, by pillar; and the plan's claim beside its evidence."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Better, Indicator, Window
from dashboard.indicators import indicators, plan
from dashboard.morning.watched import called
from dashboard.office.drawing import drawn
from dashboard.office.evidence import evidence
from dashboard.office.pillars import PILLARS, pillar, title
from dashboard.office.targets import Setting, owner_of
from dashboard.panels import Tile
from dashboard.panels.base import with_unit
from dashboard.queries import Asked, measure, value
from dashboard.scope import DAY, WEEK, Scope
from dashboard.words import word
from etl.cities import City
from etl.text import Text
from etl.warehouse import SOURCES

DAYS = 7  # over which a value is taken, as on the pages with ``periode=7h``
TREND_DAYS, TREND_WEEKS = 30, 8
MET = Text("● tercapai", "● met")
NOT_MET = Text("▲ belum tercapai", "▲ not met")
UNKNOWN = Text("– belum dapat dinilai", "– cannot be judged")


def week(city: City, now: dt.datetime, language: str) -> Asked:
    """Asked of the last seven days."""
    today = now.astimezone(city.tz).date()
    scope = Scope(city.slug, city.code, today - DAY * (DAYS - 1), today, language=language)
    return Asked(scope, city, now)


def sources(connection: sa.Connection, city: City) -> Sequence[Any]:
    """Dataset and owner of every source of a city that was ever loaded."""
    mine = sa.select(SOURCES.c.dataset, SOURCES.c.owner, SOURCES.c.app, SOURCES.c.fresh_at, SOURCES.c.simulated)
    return connection.execute(mine.where(SOURCES.c.city_code == city.code, SOURCES.c.fresh_at.is_not(None))).all()


def there(connection: sa.Connection, city: City) -> list[Indicator]:
    """The indicators of which the city has data."""
    has = {row.dataset for row in sources(connection, city)}
    return [one for one in indicators().values() if one.dataset in has]


def overview(connection: sa.Connection, asked: Asked, places: Places, said: Mapping[str, Setting]) -> dict[str, Any]:
    """Every indicator with a target of which the city has data, by pillar, and the plan; in the scope's language."""
    language = asked.scope.language
    owners = sources(connection, asked.city)
    aimed = [one for one in there(connection, asked.city) if one.aim(asked.city) is not None]
    lines = {one.key: _line(connection, one, asked, places, owner_of(one, said, owners)) for one in aimed}
    groups = [
        {"name": name, "title": title(name).say(language), "lines": [lines[a.key] for a in aimed if pillar(a) == name]}
        for name in PILLARS
    ]
    return {
        "groups": groups,
        "size": len(aimed),
        "met": sum(line["met"] is True for line in lines.values()),
        "missed": sum(line["met"] is False for line in lines.values()),
        "plan": claims(connection, asked),
        "at": fmt.moment(asked.now, asked.city.zone, language),
    }


def _line(connection: sa.Connection, about: Indicator, asked: Asked, places: Places, owner: str) -> dict[str, Any]:
    language = asked.scope.language
    answer = Tile(about).answer(connection, asked, places)
    tile, aim = answer["tile"], about.aim(asked.city)
    fresh = dt.datetime.fromisoformat(answer["fresh_at"]) if answer["fresh_at"] else None
    age_s = (asked.now - fresh).total_seconds() if fresh else None
    met = tile["met"]
    return {
        "key": about.key,
        "title": called(about).say(language),
        "days": answer["subtitle"],
        "value": f"{tile['value']} {tile['unit']}".rstrip(),
        "target": f"{'≥' if about.better is Better.MORE else '≤'} {fmt.figure(aim, about.unit, language)}",
        "met": met,
        "verdict": (UNKNOWN if met is None else MET if met else NOT_MET).say(language),
        "change": " ".join(filter(None, (tile["change"], tile["compared"]))),
        "direction": tile["direction"],
        "trend": trend(connection, about, asked),
        "age": fmt.age(age_s, language) if age_s is not None else fmt.NOTHING,
        "stale": age_s is not None and age_s > (answer["promise_s"] or 0),
        "owner": owner,
        "page": evidence(about, asked.city, None, language),
    }


def trend(connection: sa.Connection, about: Indicator, asked: Asked) -> dict[str, Any] | None:
    """The recent course as a small drawing: thirty days, or eight weeks of what is said of a moment or a week."""
    points = course(connection, about, asked)
    return drawn(points, about.aim(asked.city)) if len(points) > 1 else None


def course(connection: sa.Connection, about: Indicator, asked: Asked) -> list[tuple[dt.date, float]]:
    """Days and values; nothing where a figure has no course of its own."""
    if about.window is Window.PERIOD:
        return _by_day(connection, about, asked)
    if about.window in (Window.WEEK, Window.MOMENT):
        return _by_week(connection, about, asked)
    return []


def _by_day(connection: sa.Connection, about: Indicator, asked: Asked) -> list[tuple[dt.date, float]]:
    """Complete days only: a day that has just begun would look like a fall."""
    until = asked.scope.until - DAY
    scope = replace(asked.scope, since=until - DAY * (TREND_DAYS - 1), until=until)
    step = "month" if about.finest == "month" else "day"
    points = measure(connection, about, replace(asked, scope=scope), by=step)
    return [(_date(point.key), point.value) for point in points if point.key and point.value is not None]


def _date(key: dt.date) -> dt.date:
    return key.date() if isinstance(key, dt.datetime) else key


def _by_week(connection: sa.Connection, about: Indicator, asked: Asked) -> list[tuple[dt.date, float]]:
    each = [asked.earlier(WEEK * n) for n in reversed(range(TREND_WEEKS))]
    found = [(one.scope.until, value(connection, about, one)) for one in each]
    return [(day, number) for day, number in found if number is not None]


def claims(connection: sa.Connection, asked: Asked) -> dict[str, Any] | None:
    """What the master plan claims beside what its evidence shows, as a whole and by pillar; none without a plan."""
    claimed, shown = (value(connection, one, asked) for one in (plan.CLAIMED, plan.EVIDENCED))
    if claimed is None or shown is None:
        return None
    language = asked.scope.language
    proven = {point.key: point.value for point in measure(connection, plan.EVIDENCED, asked, by="pillar")}
    rows = [
        (word(point.key, language), point.value, proven.get(point.key))
        for point in measure(connection, plan.CLAIMED, asked, by="pillar")
    ]
    whole = (Text("Seluruh rencana", "The whole plan").say(language), claimed, shown)
    return {
        "rows": [_claim(name, said, true, language) for name, said, true in [whole, *rows] if said is not None],
        "page": evidence(plan.CLAIMED, asked.city, None, language),
    }


def _claim(name: str, claimed: float, shown: float | None, language: str) -> dict[str, Any]:
    unit = plan.CLAIMED.unit
    return {
        "name": name,
        "claimed": fmt.figure(claimed, unit, language),
        "shown": fmt.figure(shown, unit, language),
        "gap": fmt.change(shown, claimed, unit, language),
        "parts": [round(claimed, 2), round(shown or 0, 2)],
    }


def present(connection: sa.Connection, asked: Asked) -> dict[str, str]:
    """What every indicator of the city is now, in words, by key."""
    language = asked.scope.language
    return {
        one.key: with_unit(value(connection, one, asked), one.unit, language) for one in there(connection, asked.city)
    }
