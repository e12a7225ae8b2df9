"""Cases by day of onset: those that are known, and how many there will be once all are reported."""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.analyses.corona import HISTORY, Cases, cases_of, cells
from dashboard.areas import Places
from dashboard.models.nowcast import FEWEST, LONGEST, Delay, delays, nowcast
from dashboard.panels.base import Answer, IndicatorPanel, Says, twin
from dashboard.queries import Asked
from dashboard.scope import DAY
from etl.text import Text

NOWCAST = Says(
    Text("Kasus menurut tanggal gejala", "Cases by first symptoms"),
    Text(
        "Kasus konfirmasi menurut hari gejala pertama, dan perkiraan (nowcast) sesudah semua dilaporkan. Pita: selang "
        "80 %. Kasus tanpa tanggal gejala tidak dihitung; hari-hari yang hampir belum dilaporkan tidak diperkirakan",
        "Confirmed cases by the day of first symptoms, and how many there will be once all are reported (nowcast). "
        "Band: 80 % interval. Cases without a day of onset are not counted; days of which hardly anything is reported "
        "yet are not told",
    ),
    Text(
        "rantai kelambatan gejala → lapor (Lawless 1994, doi:10.2307/3315820) dengan tingkat hari-hari sebelumnya "
        "(McGough dkk. 2020, doi:10.1371/journal.pcbi.1007735); lebar selang dari melesetnya pada hari-hari lalu",
        "chain of delays from onset to report (Lawless 1994, doi:10.2307/3315820) with the level of the days before "
        "(McGough et al. 2020, doi:10.1371/journal.pcbi.1007735); width from how the same missed on days past",
    ),
    Text("kasus", "cases"),
)
TOO_FEW = Text(f"belum cukup data untuk perkiraan (perlu {FEWEST})", f"not enough data for a nowcast ({FEWEST} needed)")


class Day(NamedTuple):
    """One day of onset."""

    name: str
    seen: float
    mean: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Nowcast(IndicatorPanel):
    """Bars of what is known, a line and its band of what is expected."""

    @property
    def says(self) -> Says:
        return NOWCAST

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        today = asked.now.astimezone(asked.city.tz).date()
        until = min(asked.scope.until, today - DAY)
        since = until - DAY * (HISTORY - 1)
        cases = cases_of(connection, asked.city, since, until, asked.scope.area, asked.scope.as_of)
        days, delay = _days(cases, min(asked.scope.days, HISTORY))
        return {
            "title": self._finding(days, language),
            "subtitle": f"{self.days(asked)} · {_delay(delay, cases, language)}",
            "figure": _figure(days, language),
            "table": _table(days, language),
        }

    def _finding(self, days: list[Day], language: str) -> str:
        title = (self.title or NOWCAST.title).say(language)
        told = [day for day in days if day.mean is not None]
        if not told:
            return f"{title}: {TOO_FEW.say(language)}"
        last = told[-1]
        mean, low, high = (fmt.number(float(number or 0), language) for number in last[2:])
        words = Text("terlapor, diperkirakan", "reported, expected").say(language)
        seen = fmt.number(last.seen, language)
        return f"{title}, {_day(last.name, language)}: {seen} {words} {mean} ({low}–{high})"


def _days(cases: Cases, shown: int) -> tuple[list[Day], Delay | None]:
    """The latest days of onset; those before the longest delay are whole."""
    known = cells(cases, HISTORY)
    told = nowcast(known)
    seen = known.sum(1)
    days = []
    for number in range(HISTORY - shown, HISTORY):
        name = (cases.first + DAY * number).isoformat()
        age = HISTORY - 1 - number
        one = told[LONGEST - age] if told and age <= LONGEST else None
        expected = (one.mean, one.low, one.high) if one else (None, None, None)
        days.append(Day(name, float(seen[number]), *expected))
    return days, delays(known)


def _delay(delay: Delay | None, cases: Cases, language: str) -> str:
    """How long reports take, and how many cases have no day of onset."""
    dated = int(cases.number.sum())
    share = fmt.number(100 * cases.undated / max(1, dated + cases.undated), language)
    without = Text(f"{share} % kasus tanpa tanggal gejala", f"{share} % of cases without a day of onset").say(language)
    if delay is None:
        return without
    half, most = fmt.number(delay.half, language), fmt.number(delay.most, language)
    takes = Text(
        f"separuh dilaporkan dalam {half} hari, 90 % dalam {most}",
        f"half are reported within {half} days, 90 % in {most}",
    )
    return f"{takes.say(language)} · {without}"


def _day(name: str, language: str) -> str:
    return fmt.day(dt.date.fromisoformat(name), language)


def _figure(days: list[Day], language: str) -> fig.Figure:
    x = [day.name for day in days]
    known, expected = (text.say(language) for text in (Text("terlapor", "reported"), Text("perkiraan", "expected")))
    hover = [_hover(day, language) for day in days]
    told = [day for day in days if day.mean is not None]
    shape = [day.name for day in told] + [day.name for day in reversed(told)]
    bounds = [day.high for day in told] + [day.low for day in reversed(told)]
    traces = [
        fig.columns(known, x, [day.seen for day in days], hover, 0, []),
        fig.band("80 %", shape, bounds, 1),
        fig.line(expected, x, [day.mean for day in days], hover, 1),
    ]
    return {"data": traces, "layout": {"xaxis": {"type": "date"}, "yaxis": {"rangemode": "tozero"}, "showlegend": True}}


def _hover(day: Day, language: str) -> str:
    seen = f"{_day(day.name, language)} · {fmt.number(day.seen, language)} {Text('terlapor', 'reported').say(language)}"
    if day.mean is None or day.low is None or day.high is None:
        return seen
    mean, low, high = (fmt.number(number, language) for number in (day.mean, day.low, day.high))
    return f"{seen} · {Text('perkiraan', 'expected').say(language)} {mean} ({low}–{high})"


def _table(days: list[Day], language: str) -> Answer:
    names = (
        Text("Hari gejala", "Day of onset"),
        Text("Terlapor", "Reported"),
        Text("Perkiraan", "Expected"),
        Text("Batas bawah 80 %", "Low 80 %"),
        Text("Batas atas 80 %", "High 80 %"),
    )
    rows = [[_day(day.name, language), *(_cell(number, language) for number in day[1:])] for day in days]
    return twin([(name.say(language), "") for name in names], rows, days) | {"series": list(Day._fields[1:])}


def _cell(number: float | None, language: str) -> str:
    return fmt.NOTHING if number is None else fmt.number(number, language)
