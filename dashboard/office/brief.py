"""The weekly brief: what it says, gathered step by step from what the pages show, and set as a PDF by typst.

A brief is of one whole week of the city's own calendar, Monday to Sunday, and says only what was measured in it.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from babel.dates import format_date

from dashboard import format as fmt
from dashboard.areas import Places, places
from dashboard.indicator import Indicator
from dashboard.indicators import indicators
from dashboard.morning.morning import morning
from dashboard.morning.watched import called
from dashboard.office.axes import charted
from dashboard.office.buying import buying
from dashboard.office.overview import overview, sources
from dashboard.office.targets import Setting, owner_of
from dashboard.office.words import BRIEF
from dashboard.queries import Asked
from dashboard.scope import DAY, WEEK, Scope
from dashboard.theme import printed
from dashboard.wrong import Wrong
from etl.cities import City
from etl.office import briefs_folder
from etl.text import Text
from etl.warehouse import reading

TEMPLATE = Path(__file__).with_name("brief.typ")
WEEK_NAME = re.compile(r"(\d{4})-W(\d{2})")
CHARTED = ("arrival_p90", "answered_20s", "digital_share", "gmv", "cases_new", "request_hours", "waste_kg")
MOST_CHARTS = 6


@dataclass(frozen=True)
class Asking:
    """What a brief is made from: a connection and everything that is known of the question."""

    connection: sa.Connection
    asked: Asked  # of the seven days of the week, at its end
    places: Places
    said: dict[str, Setting]

    @property
    def city(self) -> City:
        return self.asked.city

    @property
    def language(self) -> str:
        return self.asked.scope.language


def last_week(city: City, now: dt.datetime) -> str:
    """The name of the last week that is over."""
    return f"{now.astimezone(city.tz).date() - WEEK:%G-W%V}"


def monday(week: str, city: City, now: dt.datetime) -> dt.date:
    """The first day of a week. Raises Wrong for what is no week, and for one that is not over."""
    found = WEEK_NAME.fullmatch(week)
    try:
        first = dt.date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        first = None
    if first is None:
        raise Wrong("week", Text(f"{week!r} bukan pekan (2026-W47).", f"{week!r} is no week (2026-W47)."))
    if first + WEEK > now.astimezone(city.tz).date():
        raise Wrong("week", Text(f"Pekan {week} belum selesai.", f"Week {week} is not over yet."))
    return first


def _of_week(city: City, first: dt.date, language: str) -> Asked:
    last = first + WEEK - DAY
    end = dt.datetime.combine(first + WEEK, dt.time(), city.tz)
    return Asked(Scope(city.slug, city.code, first, last, language=language), city, end)


Part = Callable[[Asking], Any]


def _sentences(of: Asking) -> dict[str, Any]:
    return morning(of.connection, of.city, of.asked.now, of.said, of.language, dated=True)


def _overview(of: Asking) -> dict[str, Any]:
    return overview(of.connection, of.asked, of.places, of.said)


def _charts(of: Asking) -> list[dict[str, Any]]:
    drawn = (charted(of.connection, indicators()[key], of.asked) for key in CHARTED)
    return [one for one in drawn if one][:MOST_CHARTS]


def _buying(of: Asking) -> dict[str, Any] | None:
    return buying(of.connection, of.asked, of.places)


def _definitions(of: Asking) -> list[dict[str, str]]:
    """Every figure that a brief may hold: what it means, how it is made, who owns it, how fresh it was."""
    there = sources(of.connection, of.city)
    known = {row.dataset for row in there}
    wanted = [one for one in indicators().values() if one.aim(of.city) is not None or one.key in CHARTED]
    return [_definition(one, of, there) for one in wanted if one.dataset in known]


def _definition(about: Indicator, of: Asking, there: Any) -> dict[str, str]:
    mine = [row for row in there if row.dataset == about.dataset]
    oldest = min(row.fresh_at for row in mine)
    return {
        "title": called(about).say(of.language),
        "meaning": about.meaning.say(of.language),
        "formula": about.formula.say(of.language),
        "source": ", ".join(dict.fromkeys(row.app for row in mine)),
        "owner": owner_of(about, of.said, there),
        "fresh": fmt.moment(oldest, of.city.zone, of.language),
    }


PARTS: dict[str, Part] = {
    "morning": _sentences,
    "city": _overview,
    "charts": _charts,
    "buying": _buying,
    "definitions": _definitions,
}
STEPS = len(PARTS) + 1  # the last one sets the page


def gathered(city: City, week: str, language: str, said: dict[str, Setting]) -> Iterator[dict[str, Any]]:
    """Everything that a brief says, a part at a time. ``city`` knows its targets."""
    now = dt.datetime.now(dt.UTC)
    asked = _of_week(city, monday(week, city, now), language)
    with reading(city.code) as connection:
        of = Asking(connection, asked, places(connection, city), said)
        for name, part in PARTS.items():
            yield {name: part(of)}
        simulated = any(row.simulated for row in sources(connection, city))
    yield {
        "language": language,
        "name": city.name,
        "week": week,
        "days": _days(asked.scope, language),
        "made": fmt.moment(now, city.zone, language),
        "simulated": simulated,
        "words": {key: text.say(language) for key, text in BRIEF.items()},
        "colours": printed(),
    }


def _days(scope: Scope, language: str) -> str:
    pattern = "d MMMM yyyy"
    return " – ".join(str(format_date(day, pattern, locale=language)) for day in (scope.since, scope.until))


def set_page(content: dict[str, Any]) -> bytes:
    """The PDF of what was gathered."""
    told = json.dumps(content, ensure_ascii=False)
    import typst

    return bytes(typst.compile(str(TEMPLATE), sys_inputs={"brief": told}, ignore_system_fonts=True))


def write(city: City, week: str, language: str, said: dict[str, Setting], step: Callable[[int], None]) -> Path:
    """Make a brief and keep it; ``step`` hears how many steps are done. The file is there whole or not at all."""
    content: dict[str, Any] = {}
    for number, part in enumerate(gathered(city, week, language, said), 1):
        content |= part
        step(min(number, STEPS - 1))
    path = briefs_folder(city.slug) / f"pantau-{city.slug}-{week}-{language}.pdf"
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(set_page(content))
    unfinished.replace(path)
    step(STEPS)
    return path
