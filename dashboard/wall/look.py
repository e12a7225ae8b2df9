"""Looking: which rules hold now, and of what. Read with the same role and columns as a page."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

import scipy
import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.analyses import unusual
from dashboard.analysis import latest
from dashboard.areas import Places
from dashboard.indicator import Better, Indicator
from dashboard.indicators import indicators
from dashboard.indicators.emergency import arrival_target
from dashboard.morning.watched import called
from dashboard.panels.base import with_unit
from dashboard.queries import Asked, compared, measure, value
from dashboard.scope import WEEK
from dashboard.wall.rules import Rule
from dashboard.words import word
from etl.cities import City
from etl.text import Text
from etl.warehouse import SOURCES, read

WEEKS_BEFORE = 4  # what is usual for this weekday and hour
MILLION = 1_000_000
NONE = Text("", "")
UNUSUAL_LASTS = dt.timedelta(days=4)  # after the last day that was judged: what is older is no news
INCIDENT_LASTS = dt.timedelta(hours=12)  # a call that nobody closed is no news for ever


@dataclass(frozen=True)
class Holds:
    """Something of which a rule holds: what screens show of it."""

    what: Text
    since: dt.datetime
    area: str = ""
    target: Text = NONE
    point: tuple[float, float] | None = None  # degrees: latitude, longitude of the 500 m cell


@dataclass(frozen=True)
class Question:
    """What a rule is asked with; ``standing`` are the subjects of its alerts that are open."""

    connection: sa.Connection
    asked: Asked
    places: Places
    standing: Set[str]


Found = Iterator[tuple[str, Holds]]


def holding(rule: Rule, question: Question) -> dict[str, Holds]:
    """Subjects of which the rule holds now."""
    return dict(LOOKS[rule.kind](rule, question))


def is_simulated(connection: sa.Connection, city: City, rule: Rule) -> bool:
    """Whether what the rule looks at, or any source where it looks at all of them, is simulated."""
    mine = sa.select(sa.func.bool_or(SOURCES.c.simulated)).where(SOURCES.c.city_code == city.code)
    named = rule.about.datasets if rule.about else ()
    return bool(connection.scalar(mine.where(SOURCES.c.dataset.in_(named)) if named else mine))


def _limit(rule: Rule, question: Question) -> Found:
    about = _about(rule)
    now = value(question.connection, about, question.asked)
    if now is not None and rule.passed(now, "" in question.standing):
        says = Text(*(with_unit(now, about.unit, language) for language in ("id", "en")))
        yield "", Holds(says, question.asked.now, target=_limit_words(rule, about))


def _limit_words(rule: Rule, about: Indicator) -> Text:
    sign = "≥" if about.better is Better.MORE else "<"
    return Text(*(f"{sign} {with_unit(rule.limit, about.unit, language)}" for language in ("id", "en")))


def _trend(rule: Rule, question: Question) -> Found:
    about = _about(rule)
    now, before = (
        value(question.connection, about, question.asked),
        compared(question.connection, about, question.asked),
    )
    if now is None or not before or max(now, before) < rule.least:
        return
    worse = 100 * (now - before) / abs(before) * (-1 if about.better is Better.MORE else 1)
    limit = rule.clear if "" in question.standing and rule.clear is not None else rule.limit
    if worse >= limit:
        says = Text(*(_changed(about, now, before, language) for language in ("id", "en")))
        yield "", Holds(says, question.asked.now)


def _changed(about: Indicator, now: float, before: float, language: str) -> str:
    than = Text("minggu lalu", "last week").say(language)
    return f"{with_unit(now, about.unit, language)}, {than} {with_unit(before, about.unit, language)}"


def _rise(rule: Rule, question: Question) -> Found:
    about = _about(rule)
    now = _by_area(about, question, question.asked)
    earlier = [_by_area(about, question, question.asked.earlier(WEEK * n)) for n in range(1, WEEKS_BEFORE + 1)]
    for area, count in now.items():
        usual = max(sum(week.get(area, 0) for week in earlier) / WEEKS_BEFORE, 0.5)
        limit = rule.clear if area in question.standing and rule.clear is not None else rule.limit
        if count >= rule.least and count > usual and MILLION * chance(int(count), usual) < limit:
            yield area, Holds(_risen(count, usual), question.asked.now, area)


def _risen(count: float, usual: float) -> Text:
    return Text(
        f"{fmt.number(count, 'id')} hari ini, biasanya {fmt.number(usual, 'id', 1)}",
        f"{fmt.number(count, 'en')} today, usually {fmt.number(usual, 'en', 1)}",
    )


def _by_area(about: Indicator, question: Question, asked: Asked) -> dict[str, float]:
    points = measure(question.connection, about, asked, by="area")
    return {point.key: point.value for point in points if point.key and point.value}


def chance(count: int, usual: float) -> float:
    """The chance of so many or more where so many are usual, when nothing is going on (Poisson)."""
    return float(scipy.special.gammainc(count, usual))


def _silence(rule: Rule, question: Question) -> Found:
    now = question.asked.now
    mine = sa.select(SOURCES.c.source, SOURCES.c.app, SOURCES.c.fresh_at, SOURCES.c.promise_s, SOURCES.c.owner).where(
        SOURCES.c.city_code == question.asked.city.code, SOURCES.c.fresh_at.is_not(None)
    )
    for row in question.connection.execute(mine):
        limit = rule.clear if row.source in question.standing and rule.clear is not None else rule.limit
        age = (now - row.fresh_at).total_seconds()
        if age > limit * row.promise_s:
            yield row.source, Holds(_silent(row.app, age), row.fresh_at, target=_promised(row.promise_s))


def _silent(app: str, age_s: float) -> Text:
    return Text(f"{app}: diam {fmt.age(age_s, 'id')}", f"{app}: silent for {fmt.age(age_s, 'en')}")


def _promised(promise_s: float) -> Text:
    return Text(f"paling lama {fmt.age(promise_s, 'id')}", f"at most {fmt.age(promise_s, 'en')}")


def _unusual(rule: Rule, question: Question) -> Found:
    """What the detector found and is not over; what is good news rings nothing."""
    city, now = question.asked.city, question.asked.now
    told = latest(question.connection, city, unusual.KEY)
    for event in told.says.get("events", ()) if told else ():
        about, subject = indicators().get(event["indicator"]), f"{event['indicator']} {event['area']}"
        day = dt.datetime.fromisoformat(event["until"]).replace(tzinfo=city.tz)
        if about is None or event["over"] or now - day > UNUSUAL_LASTS or rule.indicator not in ("", about.key):
            continue
        strong = abs(event["score"]) >= rule.limit or subject in question.standing
        if strong and not unusual.is_good(about, event["score"]):
            since = dt.datetime.fromisoformat(event["since"]).replace(tzinfo=city.tz)
            yield subject, Holds(_unlike(about, event), since, "" if event["area"] == city.code else event["area"])


def _unlike(about: Indicator, event: Mapping[str, Any]) -> Text:
    """What it is, how much, and how much is usual."""
    words = []
    for language in ("id", "en"):
        now, low, high = (fmt.figure(event[name], about.unit, language) for name in ("value", "low", "high"))
        usual = Text("biasanya", "usually").say(language)
        words.append(f"{called(about).say(language)}: {now}, {usual} {low}–{high}")
    return Text(*words)


def _incident(rule: Rule, question: Question) -> Found:
    about, asked = _about(rule), question.asked
    calls = read(about.dataset)
    recent = sa.and_(calls.c.called_at > asked.now - INCIDENT_LASTS, calls.c.called_at <= asked.now)
    unattended = sa.and_(calls.c.arrived_at.is_(None), calls.c.closed_at.is_(None))
    names = ("call_id", "category", "called_at", "area_code", "grid_lat", "grid_lon")
    query = sa.select(*(calls.c[name] for name in names)).where(
        calls.c.city_code == asked.city.code, recent, unattended, calls.c.category.in_(rule.categories)
    )
    for row in question.connection.execute(query.where(about.where(calls.c)) if about.where else query):
        yield row.call_id, _of_call(row, question)


def _of_call(row: Any, question: Question) -> Holds:
    point = None if row.grid_lat is None else (row.grid_lat, row.grid_lon)
    what = Text(word(row.category, "id"), word(row.category, "en"))
    return Holds(what, row.called_at, row.area_code or "", _arrival(question.asked), point)


def _arrival(asked: Asked) -> Text:
    minutes = arrival_target(asked.city)
    if minutes is None:
        return NONE
    return Text(f"tiba ≤ {fmt.number(minutes, 'id')} menit", f"arrival ≤ {fmt.number(minutes, 'en')} minutes")


def _about(rule: Rule) -> Indicator:
    assert rule.about  # ``check_rule`` let nothing else pass
    return rule.about


LOOKS: Mapping[str, Callable[[Rule, Question], Found]] = {
    "limit": _limit,
    "trend": _trend,
    "rise": _rise,
    "silence": _silence,
    "incident": _incident,
    "unusual": _unusual,
}
