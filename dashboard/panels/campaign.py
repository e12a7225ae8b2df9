"""What changed after an instruction or a campaign, with its interval, its assumptions and its placebo check."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.analyses.marketplace import CAMPAIGNS, FEWEST_PLACEBOS
from dashboard.analysis import latest
from dashboard.areas import Places
from dashboard.indicator import Unit
from dashboard.indicators import indicators
from dashboard.models.interrupted import FEWEST_AFTER, FEWEST_BEFORE
from dashboard.panels.base import Answer, Height, IndicatorPanel, Says, empty, twin
from dashboard.panels.merchants import NOT_MADE
from dashboard.queries import Asked
from etl.analyses import ANALYSES
from etl.text import Text

ABOUT = Says(
    Text("Perubahan setelah kampanye", "Change after a campaign"),
    Text(
        "Rata-rata perubahan sehari sejak peristiwa, dibanding yang diharapkan tanpanya (garis putus-putus), dengan "
        "selang 95 %. Anggapan: tren dan irama pekan dan bulan sebelumnya berlanjut, dan tidak ada hal lain yang "
        "berubah pada hari yang sama. Ini perubahan sesudah, bukan bukti sebab",
        "Mean change a day since the event, beside what one would have expected without it (dotted), with its 95 % "
        "interval. It assumes that the trend and the rhythm of weeks and months would have gone on, and that nothing "
        "else changed on the same day. It is a change afterwards, no proof of a cause",
    ),
    Text(
        "regresi bersegmen (Bernal dkk. 2017, doi:10.1093/ije/dyw098), galat Newey–West; uji plasebo: pertanyaan yang "
        "sama pada hari tanpa peristiwa",
        "segmented regression (Bernal et al. 2017, doi:10.1093/ije/dyw098), errors of Newey and West; placebo check: "
        "the same question of days without an event",
    ),
    Text("%", "%"),
)
NONE_DECLARED = Text(
    "Kota ini belum mencatat instruksi atau kampanye pada city.toml.",
    "The city has declared no instruction or campaign in its city.toml.",
)
WHY = {
    "outside": Text("di luar hari yang ada datanya", "outside of the days that there are data of"),
    "few": Text(
        f"belum cukup data (perlu {FEWEST_BEFORE} hari sebelum dan {FEWEST_AFTER} sesudahnya)",
        f"not enough data ({FEWEST_BEFORE} days before and {FEWEST_AFTER} after it are needed)",
    ),
    "indicator": Text("indikatornya tidak dikenal atau bulanan", "its indicator is unknown or monthly"),
}
WEEK = 7


@dataclass(frozen=True, kw_only=True)
class Campaign(IndicatorPanel):
    """The latest event of which something can be said: weeks as they were, and as they would have been."""

    height: Height = "l"

    @property
    def says(self) -> Says:
        return ABOUT

    @property
    def renewed_by(self) -> tuple[str, ...]:
        return (*super().renewed_by, ANALYSES)

    def days(self, asked: Asked) -> str:
        return Text(
            "seluruh kota; perubahan sesudah, bukan bukti sebab",
            "the whole city; a change afterwards, no proof of a cause",
        ).say(asked.scope.language)

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        if not asked.city.events:
            return empty(language, NONE_DECLARED) | {"fresh_at": None}
        told = latest(connection, asked.city, CAMPAIGNS, asked.scope.as_of)
        if told is None or not told.says:
            return empty(language, NOT_MADE)
        events = sorted(told.says["events"], key=lambda event: str(event["date"]))
        known = [event for event in events if "effect" in event]
        if not known:
            return empty(language) | {"message": _unknown(events[-1], language)}
        return _drawn(known[-1], events, language)


def _title(event: dict[str, Any], language: str) -> str:
    return Text(*event["title"]).say(language)


def _unknown(event: dict[str, Any], language: str) -> str:
    day = fmt.day(dt.date.fromisoformat(event["date"]), language)
    said = f"{_title(event, language)}, {day}: {WHY[event['why']].say(language)}."
    if event["why"] != "few":
        return said
    before, after = (fmt.number(event[name], language) for name in ("before", "after"))
    return f"{said} {Text(f'Ada {before} dan {after}.', f'There are {before} and {after}.').say(language)}"


def _drawn(event: dict[str, Any], events: Sequence[dict[str, Any]], language: str) -> Answer:
    return {
        "title": _finding(event, language),
        "subtitle": _placebo(event, language),
        "figure": _figure(event, language),
        "table": _table(events, language),
    }


def _finding(event: dict[str, Any], language: str) -> str:
    change, low, high = event["effect"]["percent"]
    what = indicators()[event["indicator"]].title.say(language)
    interval = f"{_signed(change, language)} % ({_signed(low, language)} … {_signed(high, language)} %)"
    sure = (
        Text("berubah", "changed") if event["certain"] else Text("belum pasti berubah", "not certain to have changed")
    )
    return f"{_title(event, language)}: {what.lower()} {sure.say(language)} {interval}"


def _signed(number: float, language: str) -> str:
    return ("+" if number > 0 else "−" if number < 0 else "") + fmt.number(abs(number), language)


def _placebo(event: dict[str, Any], language: str) -> str:
    """What the same question found where nothing had happened, and what is taken for granted."""
    assumed = Text(
        "Anggapan: tren dan irama sebelumnya berlanjut, tidak ada hal lain pada hari yang sama; bukan bukti sebab.",
        "Assumes: trend and rhythm would have gone on, nothing else on the same day; no proof of a cause.",
    ).say(language)
    placebo = event["placebo"]
    if placebo is None:
        few = Text(
            f"Uji plasebo belum bisa: perlu {FEWEST_PLACEBOS} pekan tanpa peristiwa.",
            f"No placebo check yet: {FEWEST_PLACEBOS} weeks without an event are needed.",
        )
        return f"{assumed} {few.say(language)}"
    looks, larger = (fmt.number(placebo[name], language) for name in ("looks", "larger"))
    check = Text(
        f"Uji plasebo: {larger} dari {looks} pekan tanpa peristiwa berubah sebesar ini.",
        f"Placebo check: {larger} of {looks} weeks without an event changed as much.",
    )
    return f"{assumed} {check.say(language)}"


def _weeks(days: Sequence[str], values: Sequence[float | None], at: int) -> tuple[list[str], list[float | None]]:
    """Means of whole weeks that begin or end with the event, so that its own week is not mixed."""
    first = at % WEEK
    starts = range(first, len(days) - WEEK + 1, WEEK)
    means = []
    for start in starts:
        known = [value for value in values[start : start + WEEK] if value is not None]
        means.append(sum(known) / len(known) if known else None)
    return [days[start] for start in starts], means


def _figure(event: dict[str, Any], language: str) -> fig.Figure:
    told, unit = event["series"], indicators()[event["indicator"]].unit
    at = told["days"].index(event["date"])
    x, real = _weeks(told["days"], told["values"], at)
    _, without = _weeks(told["days"], told["without"], at)
    names = (Text("Terjadi", "As it was"), Text("Tanpa peristiwa", "Without the event"))
    traces = []
    for number, (name, column) in enumerate(zip(names, (real, without), strict=True)):
        said = name.say(language)
        hover = [
            f"{fmt.day(dt.date.fromisoformat(day), language)} · {said}: {fmt.figure(value, unit, language)}"
            for day, value in zip(x, column, strict=True)
        ]
        traces.append(fig.line(said, x, column, hover, number))
    traces[1]["line"] |= {"dash": "dot"}
    ticks, words = fig.axis_ticks([value for value in (*real, *without) if value is not None], unit, language)
    day = fmt.day(dt.date.fromisoformat(event["date"]), language)
    layout = {
        "showlegend": True,
        "xaxis": {"type": "date"},
        "yaxis": {"rangemode": "tozero", "tickvals": ticks, "ticktext": words},
    }
    return {"data": traces, "layout": layout | fig.event_line(event["date"], day)}


def _table(events: Sequence[dict[str, Any]], language: str) -> Answer:
    names = (
        Text("Peristiwa", "Event"),
        Text("Tanggal", "Day"),
        Text("Perubahan", "Change"),
        Text("Batas bawah 95 %", "Low 95 %"),
        Text("Batas atas 95 %", "High 95 %"),
        Text("Keterangan", "Note"),
    )
    rows, raw = [], []
    for event in events:
        parts = event["effect"]["percent"] if "effect" in event else (None, None, None)
        cells = [fmt.figure(part, Unit.PERCENT, language) for part in parts]
        note = _placebo(event, language) if "effect" in event else _unknown(event, language)
        rows.append([_title(event, language), event["date"], *cells, note])
        raw.append((event["date"], *parts))
    table = twin([(name.say(language), "") for name in names], rows, raw)
    return table | {"series": ["change", "low", "high"]}
