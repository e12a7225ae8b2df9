"""A number, its change, its target, its recent course."""

from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Better, Indicator, Window
from dashboard.panels.base import Answer, Height, IndicatorPanel, Kind, empty, twin
from dashboard.queries import Asked, compared, measure, step_for, value
from dashboard.scope import DAY, WEEK
from etl.text import Text


@dataclass(frozen=True, kw_only=True)
class Tile(IndicatorPanel):
    """A number, its change against the same moment a week before, its target, its recent course."""

    kind: Kind = field(default="tile", init=False)
    span: int = 3
    height: Height = "s"

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        indicator, language = self.indicator, asked.scope.language
        now = value(connection, indicator, asked)
        before = compared(connection, indicator, asked)
        if now is None:
            return empty(language)
        tile = {
            "value": fmt.figure(now, indicator.unit, language),
            "unit": indicator.unit.beside.say(language),
            "change": fmt.change(now, before, indicator.unit, language) if now != before else "",
            "direction": _direction(indicator, now, before),
            "compared": _compared_words(indicator, asked, now, before),
            **_target(indicator, asked, now),
            "spark": self._spark(connection, asked),
        }
        heads = [("", ""), (indicator.title.say(language), indicator.unit.value.say(language))]
        labels = (Text("Sekarang", "Now").say(language), Text("Pembanding", "Before").say(language))
        numbers = (now, before)
        rows = [
            [label, fmt.exact(number, indicator.unit, language)] for label, number in zip(labels, numbers, strict=True)
        ]
        return {"tile": tile, "table": twin(heads, rows, list(zip(labels, numbers, strict=True)))}

    def _spark(self, connection: sa.Connection, asked: Asked) -> list[float]:
        """The last days of an indicator that counts over a period; a state has no course of its own."""
        if self.indicator.window is not Window.PERIOD or asked.scope.as_of:
            return []
        days = max(asked.scope.days, 14)
        wider = replace(asked, scope=replace(asked.scope, since=asked.scope.until - DAY * (days - 1)))
        points = measure(connection, self.indicator, wider, by=step_for(days, self.indicator.finest))
        return [round(point.value, 3) for point in points if point.value is not None][-60:]


def _direction(indicator: Indicator, now: float, before: float | None) -> str:
    if before is None or indicator.better is Better.NEITHER:
        return "none"
    if now == before:
        return "flat"
    return "good" if (now > before) == (indicator.better is Better.MORE) else "bad"


def _compared_words(indicator: Indicator, asked: Asked, now: float, before: float | None) -> str:
    language = asked.scope.language
    if before is None:
        return Text("tanpa pembanding", "nothing to compare").say(language)
    when = _when(indicator, asked).say(language)
    if now == before:
        return Text("sama dengan ", "the same as ").say(language) + when
    if not before:
        return f"{fmt.figure(before, indicator.unit, language)} {Text('pada', 'at').say(language)} {when}"
    return Text("dari ", "on ").say(language) + when


def _when(indicator: Indicator, asked: Asked) -> Text:
    """What a value is compared with, in words."""
    if indicator.window is Window.MONTH:
        return Text("tanggal sama bulan lalu", "the same day last month")
    if indicator.window is Window.PERIOD and (asked.scope.days > WEEK.days or indicator.finest == "month"):
        return Text("periode sebelumnya", "the period before")
    return Text("saat sama minggu lalu", "the same moment last week")


def _target(indicator: Indicator, asked: Asked, now: float) -> Answer:
    aim = indicator.aim(asked.city)
    if aim is None:
        return {"target": "", "met": None}
    language, more = asked.scope.language, indicator.better is Better.MORE
    sign = "≥" if more else "≤"
    shown = fmt.figure(aim, indicator.unit, language)
    unit = indicator.unit.beside.say(language)
    return {"target": f"target {sign} {shown} {unit}".rstrip(), "met": now >= aim if more else now <= aim}
