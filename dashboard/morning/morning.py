"""Pagi ini: everything that is watched is looked at; at most five sentences come of it, the worst first."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.analyses import unusual
from dashboard.analysis import latest
from dashboard.indicator import Indicator, Unit, Window
from dashboard.morning import judge
from dashboard.morning.course import Course, course, yesterday
from dashboard.morning.sentences import MARKS, Facts, Kind, sentence, since_words, stale
from dashboard.morning.watched import Watched, watched
from dashboard.office.evidence import evidence
from dashboard.office.targets import Setting, owner_of
from dashboard.queries import Asked
from dashboard.scope import DAY, Scope
from etl.cities import City
from etl.grants import OF_AGENCIES
from etl.text import Text
from etl.warehouse import SOURCES

MOST = 5
LONG_KNOWN_DAYS, MOST_LONG_KNOWN = 14, 2  # of what has been past its target for weeks only two are told again
ORDER = list(Kind)
TOLD_OF_SOURCES = ("dataset", "app", "owner", "fresh_at", "promise_s")


@dataclass(frozen=True)
class Look:
    """One indicator that was looked at, with the chances that it is nothing; None: nothing can be said.

    ``usual``: what the detector expected of the day, or where it says nothing the mean of earlier days.
    """

    of: Watched
    seen: Course
    usual: float | None
    aim: float | None
    change: float | None
    miss: float | None

    @property
    def is_counted(self) -> bool:
        """Its target is missed or not, without any chance in it."""
        return self.of.about.window is not Window.PERIOD


@dataclass(frozen=True)
class Told:
    """One thing to be told of, and how bad it is."""

    kind: Kind
    look: Look
    chance: float
    since: list[dt.date]

    @property
    def rank(self) -> tuple[int, bool, float]:
        return ORDER.index(self.kind), self.is_long_known, self.chance

    @property
    def is_long_known(self) -> bool:
        return self.kind is Kind.MISSED and (self.look.seen.day - self.since[-1]).days >= LONG_KNOWN_DAYS


def morning(
    connection: sa.Connection,
    city: City,
    now: dt.datetime,
    said: Mapping[str, Setting],
    language: str,
    agency: str | None = None,
    dated: bool = False,
) -> dict[str, Any]:
    """The sentences of a city's morning, or of one agency's, with how much was looked at.

    ``city`` knows its targets (``informed``), ``said`` names the owners; the connection sees one agency only when one
    is named. ``dated`` names the day instead of "yesterday".
    """
    day = yesterday(city, now)
    sources = _sources(connection, city)
    datasets = frozenset(row.dataset for row in sources) | {"areas"}
    asked_for = list(watched(datasets if agency is None else datasets & OF_AGENCIES))
    ready, waiting = _sorted(asked_for, sources, city, day)
    detected = {} if agency else _detected(connection, city, day, now)
    looks = [_look(connection, one, _asked(city, day, now, agency), detected) for one in ready]
    told = _worst(_findings(looks))
    late = _late(waiting, sources, now)
    lines = [
        _line(one, city, said, sources, language) | {"says": sentence(_facts(one), language, dated)} for one in told
    ]
    lines += [_stale_line(row, ones, city, language) for row, ones in late][: MOST - len(lines)]
    return {
        "sentences": lines,
        "watched": len(asked_for),
        "judged": sum(one.change is not None or one.aim is not None for one in looks),
        "day": fmt.day(day, language),
        "at": fmt.moment(now, city.zone, language),
    }


def _asked(city: City, day: dt.date, now: dt.datetime, agency: str | None) -> Asked:
    return Asked(Scope(city.slug, city.code, day, day), city, now, agency)


def _sources(connection: sa.Connection, city: City) -> Sequence[sa.Row[Any]]:
    mine = sa.select(*(SOURCES.c[name] for name in TOLD_OF_SOURCES)).where(SOURCES.c.city_code == city.code)
    return connection.execute(mine.where(SOURCES.c.fresh_at.is_not(None)).order_by(SOURCES.c.source)).all()


def _sorted(
    asked_for: list[Watched], sources: Sequence[sa.Row[Any]], city: City, day: dt.date
) -> tuple[list[Watched], list[Watched]]:
    """Those of which yesterday is known to its end, and those of which it is not."""
    midnight = dt.datetime.combine(day + DAY, dt.time(), city.tz)
    short = {row.dataset for row in sources if row.fresh_at < midnight and row.dataset != "areas"}

    def complete(one: Watched) -> bool:
        return one.about.window is Window.KNOWN or not short & set(one.about.datasets)

    return [one for one in asked_for if complete(one)], [one for one in asked_for if not complete(one)]


def _detected(connection: sa.Connection, city: City, day: dt.date, now: dt.datetime) -> Mapping[str, Mapping[str, Any]]:
    """What the detector said of this day of each figure of the whole city."""
    told = latest(connection, city, unusual.KEY, now)
    said = told.says.get("city", {}) if told else {}
    return {key: one for key, one in said.items() if one["day"] == day.isoformat()}


def _look(connection: sa.Connection, one: Watched, asked: Asked, detected: Mapping[str, Mapping[str, Any]]) -> Look:
    about, aim = one.about, one.about.aim(asked.city)
    seen = course(connection, about, asked, one.of_rows)
    miss = None if aim is None else judge.chance_of_miss(about, seen, aim)
    said = detected.get(about.key)
    if said and about.window is Window.PERIOD and seen.now is not None and judge.is_same(seen.now, said["value"]):
        return Look(one, seen, said["expected"], aim, judge.chance_of_score(about, said), miss)
    return Look(one, seen, seen.usual, aim, _chance_of_change(connection, one, seen, asked), miss)


def _chance_of_change(connection: sa.Connection, one: Watched, seen: Course, asked: Asked) -> float | None:
    """Of a rate the counts are judged that it is made of: a rate of three cases is surer than it looks, or less."""
    if not one.about.unit.per_people:
        return judge.chance_of_change(one.about, seen)
    counts = replace(one.about, unit=Unit.CASES)
    return judge.chance_of_change(counts, course(connection, counts, asked, of_rows=False))


def _findings(looks: list[Look]) -> list[Told]:
    """What may be told, after looking at so many at once."""
    chances = [one.change for one in looks if one.change is not None]
    chances += [one.miss for one in looks if one.miss is not None and not one.is_counted]
    limit = judge.held(chances)
    return [found for one in looks if (found := _finding(one, limit))]


def _finding(one: Look, limit: float) -> Told | None:
    about, usual, now = one.of.about, one.usual, one.seen.now
    if now is None:
        return None
    worse = one.change is not None and one.change <= limit and usual is not None and judge.matters(about, now, usual)
    missed = one.miss is not None and (one.is_counted or one.miss <= limit)
    if not worse and not missed:
        return None
    kind = (Kind.MISSED_WORSE if worse else Kind.MISSED) if missed else Kind.WORSE
    chances = [p for p, holds in ((one.change, worse), (one.miss, missed)) if holds and p is not None]
    return Told(kind, one, min(chances), _since(one, about, missed))


def _since(one: Look, about: Indicator, missed: bool) -> list[dt.date]:
    """The days on which it has been so: past the target, or else past what is usual."""
    line = one.aim if missed else one.usual
    return one.seen.streak(lambda number: line is not None and judge.is_worse(about, number, line))


def _worst(found: list[Told]) -> list[Told]:
    """The worst of each family, at most five, and of what is known for weeks at most two."""
    kept: dict[str, Told] = {}
    for one in sorted(found, key=lambda one: one.rank):
        kept.setdefault(one.look.of.family, one)
    old = [one for one in kept.values() if one.is_long_known][MOST_LONG_KNOWN:]
    return [one for one in kept.values() if one not in old][:MOST]


def _late(
    waiting: list[Watched], sources: Sequence[sa.Row[Any]], now: dt.datetime
) -> list[tuple[sa.Row[Any], list[Watched]]]:
    """Sources past their promise that keep something from being judged, the oldest first; one sentence an app."""
    oldest: dict[str, tuple[sa.Row[Any], list[Watched]]] = {}
    for row in sorted(sources, key=lambda row: row.fresh_at):
        kept_back = [one for one in waiting if row.dataset in one.about.datasets]
        if kept_back and (now - row.fresh_at).total_seconds() > row.promise_s:
            oldest.setdefault(row.app, (row, kept_back))
    return list(oldest.values())


def _facts(told: Told) -> Facts:
    one, now = told.look, told.look.seen.now
    assert now is not None  # ``_finding`` let nothing else pass
    return Facts(told.kind, one.of.about, one.of.says, now, one.usual, one.aim, one.seen.day, len(told.since) > 1)


def _line(
    told: Told, city: City, said: Mapping[str, Setting], sources: Sequence[sa.Row[Any]], language: str
) -> dict[str, Any]:
    one, about = told.look, told.look.of.about
    first = told.since[-1]
    return {
        "kind": told.kind.value,
        "key": about.key,
        "mark": MARKS[told.kind].say(language),
        "since": since_words(first, len(told.since), first == min(one.seen.values), language),
        "owner": owner_of(about, said, sources),
        "page": evidence(about, city, one.seen.day, language),
    }


def _stale_line(row: sa.Row[Any], ones: list[Watched], city: City, language: str) -> dict[str, Any]:
    moment = fmt.moment(row.fresh_at, city.zone, language)
    about = ones[0].about
    return {
        "kind": Kind.STALE.value,
        "key": about.key,
        "mark": MARKS[Kind.STALE].say(language),
        "says": stale(row.app, moment, [one.says for one in ones], language),
        "since": "",
        "owner": row.owner,
        "page": evidence(about, city, row.fresh_at.astimezone(city.tz).date(), language),
    }


CALM = Text("Tidak ada yang menonjol pagi ini", "Nothing stands out this morning")
