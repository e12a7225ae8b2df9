"""Rt over time, with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.models.reproduction import LEAD, SERIAL_MEAN, SERIAL_SD, WINDOW, Estimate, estimates
from dashboard.models.transmission import STEP, course
from dashboard.panels.base import Answer, IndicatorPanel, Says, empty, twin
from dashboard.queries import Asked, measure
from dashboard.scope import DAY
from etl.text import Text


def _comma(number: float) -> str:
    return fmt.number(number, "id", 1)


RT = Says(
    Text("Angka reproduksi (Rt)", "Reproduction number (Rt)"),
    Text(
        "Berapa orang yang ditulari satu kasus; di atas 1 wabah tumbuh. Dari kasus menurut tanggal lapor, jadi tentang "
        "penularan satu dua pekan sebelumnya. Pita: selang 95 %. Hari ini belum dihitung",
        "How many people one case infects; above 1 it grows. From cases by day of report, so about infections a week "
        "or two before. Band: 95 % interval. Today is not counted yet",
    ),
    Text(
        f"Rt berjalan acak antarhari (Parag 2021, doi:10.1371/journal.pcbi.1009347; langkah {_comma(STEP)}·√Rt) "
        f"dengan kebiasaan hari dan sebaran laporan; selang serial {_comma(SERIAL_MEAN)} ± {_comma(SERIAL_SD)} "
        "hari (Nishiura dkk. 2020, doi:10.1016/j.ijid.2020.02.060). Di tabel juga rata-rata "
        f"{WINDOW} hari menurut Cori dkk. 2013 (doi:10.1093/aje/kwt133), prior gamma(1; 5)",
        f"Rt wanders from day to day (Parag 2021, doi:10.1371/journal.pcbi.1009347; step {STEP}·√Rt), with habits of "
        f"weekdays and the dispersion of reports; serial interval {SERIAL_MEAN} ± {SERIAL_SD} days (Nishiura et al. "
        f"2020, doi:10.1016/j.ijid.2020.02.060). The table also has the mean of {WINDOW} days by Cori et al. 2013 "
        "(doi:10.1093/aje/kwt133), prior gamma(1, 5)",
    ),
    Text("", ""),
)
TOO_FEW = Text(
    "Kasus terlalu sedikit untuk memperkirakan Rt (perlu 11 dalam 7 hari).",
    "Too few cases to estimate Rt (11 in 7 days are needed).",
)
NONE = (None, None, None)
GROWS, WANES, UNSURE = Text("tumbuh", "growing"), Text("surut", "waning"), Text("belum pasti", "not certain")
Known = list[tuple[str, Estimate]]


class Day(NamedTuple):
    """A day with both estimates of it."""

    name: str
    walk: Estimate | None
    week: Estimate | None  # the mean of the seven days that end with it


@dataclass(frozen=True, kw_only=True)
class Reproduction(IndicatorPanel):
    """Rt from the indicator's cases of each day (``dashboard.models.transmission``): a line, its band, a line at 1."""

    @property
    def says(self) -> Says:
        return RT

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language, days = asked.scope.language, self._days(connection, asked)
        known = [(day.name, day.walk) for day in days if day.walk]
        if not known:
            return empty(language, TOO_FEW)
        return {
            "title": _finding((self.title or RT.title).say(language), known[-1][1], language),
            "figure": _figure([(day.name, day.walk) for day in days], language),
            "table": _table([day for day in days if day.walk], language),
        }

    def _days(self, connection: sa.Connection, asked: Asked) -> list[Day]:
        """Both estimates for each day of the scope that is over."""
        today = asked.now.astimezone(asked.city.tz).date()
        scope = replace(asked.scope, since=asked.scope.since - DAY * LEAD, until=min(asked.scope.until, today - DAY))
        points = measure(connection, self.indicator, replace(asked, scope=scope), by="day")
        found = {point.key: point.value or 0.0 for point in points}
        days = [scope.since + DAY * number for number in range(scope.days)]
        counts = [found.get(day, 0.0) for day in days]
        told = zip(days, course(counts).days, estimates(counts), strict=True)
        return [Day(day.isoformat(), walk, week) for day, walk, week in told][LEAD:]


def _finding(title: str, last: Estimate, language: str) -> str:
    says = GROWS if last.low > 1 else WANES if last.high < 1 else UNSURE
    mean, low, high = (fmt.number(number, language, 2) for number in last)
    return f"{title} {mean} ({low}–{high}): {says.say(language)}"


def _figure(days: Sequence[tuple[str, Estimate | None]], language: str) -> fig.Figure:
    x = [day for day, _ in days]
    hover = [_hover(day, estimate, language) for day, estimate in days]
    line = fig.line("Rt", x, [estimate and estimate.mean for _, estimate in days], hover, 0)
    highest = max(estimate.high for _, estimate in days if estimate)
    layout = {
        "showlegend": False,
        "xaxis": {"type": "date"},
        "yaxis": {"rangemode": "tozero", "range": [0, min(highest * 1.05, 5)]},
    }
    return {"data": [_band(days), line], "layout": layout | fig.target_line(1, "Rt = 1", "y")}


def _band(days: Sequence[tuple[str, Estimate | None]]) -> fig.Figure:
    """The interval as closed shapes: one for each stretch of days without a gap."""
    x: list[str | None] = []
    y: list[float | None] = []
    for stretch in _stretches(days):
        x += [day for day, _ in stretch] + [day for day, _ in reversed(stretch)] + [None]
        y += [one.high for _, one in stretch] + [one.low for _, one in reversed(stretch)] + [None]
    return fig.band("95 %", x[:-1], y[:-1], 0)


def _stretches(days: Sequence[tuple[str, Estimate | None]]) -> list[Known]:
    found: list[Known] = [[]]
    for day, estimate in days:
        if estimate:
            found[-1].append((day, estimate))
        elif found[-1]:
            found.append([])
    return [stretch for stretch in found if stretch]


def _hover(day: str, estimate: Estimate | None, language: str) -> str:
    if estimate is None:
        return day
    mean, low, high = (fmt.number(number, language, 2) for number in estimate)
    return f"{day} · Rt {mean} ({low}–{high})"


def _table(days: Sequence[Day], language: str) -> Answer:
    low, high = Text("Batas bawah 95 %", "Low 95 %"), Text("Batas atas 95 %", "High 95 %")
    names = (
        Text("Hari", "Day"),
        Text("Rt", "Rt"),
        low,
        high,
        Text(f"Cori {WINDOW} hari", f"Cori, {WINDOW} days"),
        low,
        high,
    )
    raw = [(day.name, *(day.walk or NONE), *(day.week or NONE)) for day in days]
    rows = [[name, *(_cell(number, language) for number in numbers)] for name, *numbers in raw]
    table = twin([(name.say(language), "") for name in names], rows, raw)
    return table | {"series": [*Estimate._fields, *(f"week_{name}" for name in Estimate._fields)]}


def _cell(number: float | None, language: str) -> str:
    return fmt.NOTHING if number is None else fmt.number(number, language, 2)
