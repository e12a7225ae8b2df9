"""The hand-over note of a shift at the emergency desk: what happened, what is open, what to watch, what is stale.

The facts are made of the data; the operator adds words, and what is kept is only added to: undoing brings the note
before it back.
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.analyses.emergency import CALLS_FORECAST, HOT_SPOTS
from dashboard.analysis import latest
from dashboard.areas import Places
from dashboard.indicator import Indicator
from dashboard.indicators import emergency, response
from dashboard.panels.base import with_unit
from dashboard.queries import Asked, listed, value
from dashboard.scope import Scope
from dashboard.words import word
from dashboard.wrong import Wrong
from etl.cities import City
from etl.office import HANDOVERS
from etl.text import Text
from etl.warehouse import SOURCES, Role, engine

SHIFT_HOURS = 8
SHIFTS = {
    0: Text("Regu malam", "Night shift"),
    8: Text("Regu pagi", "Morning shift"),
    16: Text("Regu sore", "Evening shift"),
}
SHOWN_SHIFTS = 9  # three days
LONGEST = 4_000  # letters of an operator's words
MOST_OPEN = 12
LONG_NUMBER = re.compile(r"\d(?:[ .-]?\d){8,}")  # nine digits or more: a phone number or a NIK, however it is written
DAY_OR_TIME = re.compile(r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d{1,2}[.:]\d{2}\b")
HAPPENED = (
    *(emergency.CALLS, emergency.EMERGENCIES, response.FURTHER_CALLS, emergency.ANSWERED_SOONEST),
    *(emergency.ABANDONED, emergency.PRANK, response.DISPATCH_P90, emergency.ARRIVAL_P90, emergency.UNPLACED),
    response.DRILLS,
)
STANDS = HANDOVERS.c.undone_at.is_(None)
Facts = dict[str, Any]


@dataclass(frozen=True)
class Shift:
    """Eight hours of a city."""

    begins: dt.datetime  # local, aware

    @property
    def key(self) -> str:
        return f"{self.begins:%Y-%m-%dT%H}"

    @property
    def ends(self) -> dt.datetime:
        return self.begins + dt.timedelta(hours=SHIFT_HOURS)

    def title(self, language: str) -> str:
        """``Regu pagi, 27 Nov 2026 08.00–16.00``."""
        hours = f"{self.begins:%H}.00–{self.ends:%H}.00"
        return f"{SHIFTS[self.begins.hour].say(language)}, {fmt.day(self.begins.date(), language)} {hours}"


@dataclass(frozen=True)
class Note:
    """What was kept of a shift, and by whom."""

    shift: str
    words: str
    facts: Facts
    by: str
    at: dt.datetime
    undone_at: dt.datetime | None
    undone_by: str | None


_NAMES = tuple(Note.__dataclass_fields__)


def shift_at(city: City, moment: dt.datetime) -> Shift:
    """The shift that a moment lies in."""
    local = moment.astimezone(city.tz)
    hour = local.hour // SHIFT_HOURS * SHIFT_HOURS
    return Shift(local.replace(hour=hour, minute=0, second=0, microsecond=0))


def shift_of(city: City, key: str, now: dt.datetime) -> Shift:
    """The shift of a key, or the present one without a key. Raises Wrong for one that there is not, or not yet."""
    if not key:
        return shift_at(city, now)
    try:
        begins = dt.datetime.strptime(key, "%Y-%m-%dT%H").replace(tzinfo=city.tz)
    except ValueError as error:
        raise Wrong("shift", Text(f"Tidak ada regu {key!r}.", f"There is no shift {key!r}.")) from error
    if begins.hour not in SHIFTS or begins > now:
        raise Wrong("shift", Text(f"Tidak ada regu {key!r}.", f"There is no shift {key!r}."))
    return Shift(begins)


def recent(city: City, now: dt.datetime) -> list[Shift]:
    """The present shift and those before it."""
    step = dt.timedelta(hours=SHIFT_HOURS)
    return [shift_at(city, now - step * back) for back in range(SHOWN_SHIFTS)]


def facts(
    connection: sa.Connection, city: City, shift: Shift, places: Places, now: dt.datetime, language: str
) -> Facts:
    """What the data say of a shift as of now, in words: aggregates and open incidents, nobody's name or number."""
    end = min(shift.ends, now)
    day = end.astimezone(city.tz).date()
    asked = Asked(Scope(city.slug, city.code, day, day, language=language), city, end)
    return {
        "made_at": now.isoformat(),
        "happened": [_line(connection, one, asked, shift, end) for one in HAPPENED],
        "open": _open(connection, asked, places),
        "watch": _watch(connection, city, places, end, language),
        "stale": _stale(connection, city, now, language),
    }


def within(
    connection: sa.Connection, about: Indicator, city: City, since: dt.datetime, until: dt.datetime, asked: Asked
) -> float | None:
    """An indicator over hours instead of days."""
    rows = about.rows(city, asked.moment, None)
    when = sa.and_(rows.c[about.time] >= since, rows.c[about.time] < until, rows.c.city_code == city.code)
    kept = about.where(rows.c) if about.where else sa.true()
    found = connection.scalar(sa.select(about.value(rows.c)).where(when, kept))
    return None if found is None else float(found)


def _line(connection: sa.Connection, about: Indicator, asked: Asked, shift: Shift, end: dt.datetime) -> Facts:
    language, city = asked.scope.language, asked.city
    number = within(connection, about, city, shift.begins, end, asked)
    week = dt.timedelta(days=7)
    before = within(connection, about, city, shift.begins - week, end - week, asked)
    aim = about.aim(city)
    return {
        "key": about.key,
        "title": about.title.say(language),
        "value": number,
        "shown": with_unit(number, about.unit, language),
        "before": with_unit(before, about.unit, language),
        "target": "" if aim is None else with_unit(aim, about.unit, language),
    }


def _open(connection: sa.Connection, asked: Asked, places: Places) -> Facts:
    """Open incidents, those that wait longest first, and how many are past the target."""
    names = ("call_id", "called_at", "category", "area_code", "arrived_at")
    rows = listed(connection, response.OPEN, asked, names, "called_at")
    unknown = Text("lokasi belum diketahui", "place not known yet").say(asked.scope.language)
    lines = [
        {
            "kind": word(row.category, asked.scope.language),
            "place": places.name(row.area_code) if row.area_code else unknown,
            "minutes": round((asked.moment.instant - row.called_at).total_seconds() / 60),
        }
        for row in rows[:MOST_OPEN]
    ]
    return {"count": len(rows), "late": value(connection, emergency.OPEN_LATE, asked) or 0.0, "lines": lines}


def _watch(connection: sa.Connection, city: City, places: Places, end: dt.datetime, language: str) -> list[str]:
    """What models said by the end of the shift: where incidents come together, what is expected."""
    said = []
    spots = latest(connection, city, HOT_SPOTS, end)
    for one in (spots.says.get("clusters", []) if spots else [])[:3]:
        where = places.name(one["areas"][0])
        times = fmt.number(one["came"] / one["expected"], language, 1)
        told = Text(
            f"Klaster di sekitar {where}: {one['came']} kejadian dalam {one['days']} hari, {times} kali biasanya",
            f"Cluster around {where}: {one['came']} incidents in {one['days']} days, {times} times the usual",
        )
        said.append(told.say(language))
    forecast = latest(connection, city, CALLS_FORECAST, end)
    hours = forecast.says.get("hours", [])[:SHIFT_HOURS] if forecast else []
    if hours:
        calls = fmt.number(sum(one["mean"] for one in hours), language)
        most = max((one.get("takers") or 0 for one in hours), default=0)
        told = Text(
            f"Delapan jam berikutnya: sekitar {calls} panggilan; perlu paling banyak {most} petugas",
            f"The next eight hours: about {calls} calls; at most {most} call takers needed",
        )
        said.append(told.say(language))
    return said


def _stale(connection: sa.Connection, city: City, now: dt.datetime, language: str) -> list[str]:
    """Sources that are older than they promise."""
    query = sa.select(SOURCES.c.app, SOURCES.c.fresh_at, SOURCES.c.promise_s).where(SOURCES.c.city_code == city.code)
    old = []
    for row in connection.execute(query.order_by(SOURCES.c.app)):
        if row.fresh_at is None:
            old.append(f"{row.app}: {Text('belum pernah dimuat', 'never loaded').say(language)}")
        elif (age := (now - row.fresh_at).total_seconds()) > row.promise_s:
            old.append(f"{row.app}: {fmt.age(age, language)}")
    return list(dict.fromkeys(old))


def check(words: str) -> str:
    """What may be kept. Raises Wrong for what is too long, or holds what looks like somebody's number."""
    said = words.strip().replace("\r\n", "\n")
    if len(said) > LONGEST:
        raise Wrong("words", Text(f"Paling panjang {LONGEST} huruf.", f"At most {LONGEST} letters."))
    if LONG_NUMBER.search(DAY_OR_TIME.sub("|", said)):
        raise Wrong(
            "words",
            Text("Jangan tulis nomor telepon atau NIK di sini.", "Do not write phone numbers or NIK here."),
        )
    return said


def kept(city_code: str, shift: Shift) -> list[Note]:
    """Everything that was kept of a shift, the newest first."""
    mine = sa.select(*(HANDOVERS.c[name] for name in _NAMES)).where(
        HANDOVERS.c.city_code == city_code, HANDOVERS.c.shift == shift.key
    )
    with engine(Role.OFFICE).connect() as connection:
        return [Note(*row) for row in connection.execute(mine.order_by(HANDOVERS.c.handover_id.desc()))]


def keep(city_code: str, shift: Shift, words: str, told: Facts, by: str) -> None:
    """Keep a note as the newest of its shift."""
    row = {"city_code": city_code, "shift": shift.key, "words": words, "facts": told, "by": by}
    with engine(Role.OFFICE).begin() as connection:
        connection.execute(sa.insert(HANDOVERS).values(row))


def undo(city_code: str, shift: Shift, by: str) -> bool:
    """Take the last note of a shift back: the one before stands again. False: there is none."""
    mine = sa.and_(HANDOVERS.c.city_code == city_code, HANDOVERS.c.shift == shift.key)
    last = sa.select(sa.func.max(HANDOVERS.c.handover_id)).where(mine, STANDS).scalar_subquery()
    gone = {"undone_at": sa.func.clock_timestamp(), "undone_by": by}
    with engine(Role.OFFICE).begin() as connection:
        done = connection.execute(sa.update(HANDOVERS).where(mine, HANDOVERS.c.handover_id == last).values(gone))
        return bool(done.rowcount)
