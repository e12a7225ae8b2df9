"""The latest incidents, as words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Indicator
from dashboard.indicators.emergency import DEFAULT_ARRIVAL_MIN, arrival_target
from dashboard.panels.base import Answer, Height, IndicatorPanel, Kind, empty, twin
from dashboard.queries import Asked, within_area
from dashboard.words import word
from etl.text import Text
from etl.warehouse import read


@dataclass(frozen=True, kw_only=True)
class Ticker(IndicatorPanel):
    """The latest real emergencies, newest first: what, where (by name), how far along. No person, no phone."""

    kind: Kind = field(default="ticker", init=False)
    height: Height = "l"
    rows_shown: int = 14

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        rows = self._latest(connection, asked)
        if not rows:
            return empty(language)
        told = [self._told(row, asked, places) for row in rows]
        heads = [
            (name.say(language), "")
            for name in (
                Text("Waktu", "Time"),
                Text("Kejadian", "Incident"),
                Text("Tempat", "Place"),
                Text("Keadaan", "State"),
            )
        ]
        words = [
            [fmt.moment(row.called_at, asked.city.zone, language), one["title"], one["place"], one["text"]]
            for row, one in zip(rows, told, strict=True)
        ]
        raw = [
            (row.called_at.isoformat(), row.category, row.area_code, one["tone"])
            for row, one in zip(rows, told, strict=True)
        ]
        return {"ticker": {"rows": told}, "table": twin(heads, words, raw)}

    def _latest(self, connection: sa.Connection, asked: Asked) -> Sequence[Any]:
        calls = read(self.indicator.dataset, asked.scope.as_of)
        names = ("call_id", "called_at", "category", "area_code", "dispatched_at", "arrived_at", "closed_at", "outcome")
        conditions = [calls.c.city_code == asked.city.code, calls.c.called_at < asked.moment.instant]
        conditions += [self.indicator.where(calls.c)] if self.indicator.where else []
        if asked.scope.area != asked.city.code:
            conditions.append(within_area(calls.c.area_code, asked.scope.area))
        query = sa.select(*(calls.c[name] for name in names)).where(*conditions)
        return connection.execute(query.order_by(calls.c.called_at.desc()).limit(self.rows_shown)).all()

    def _told(self, row: Any, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        text, tone = _progress(row, asked, self.indicator)
        place = (
            places.name(row.area_code)
            if row.area_code
            else Text("lokasi belum diketahui", "place not known yet").say(language)
        )
        return {
            "at": row.called_at.isoformat(),
            "title": word(row.category, language),
            "place": place,
            "tone": tone,
            "text": text.say(language),
        }


def _progress(row: Any, asked: Asked, indicator: Indicator) -> tuple[Text, str]:
    """How far an incident is: waiting past the target is the only thing that is red."""
    if row.closed_at:
        return Text("selesai", "closed"), "calm"
    if row.arrived_at:
        minutes = (row.arrived_at - row.called_at).total_seconds() / 60
        return Text(
            f"unit tiba dalam {fmt.number(minutes, 'id')} menit", f"unit arrived in {fmt.number(minutes, 'en')} minutes"
        ), "calm"
    aim = arrival_target(asked.city) or DEFAULT_ARRIVAL_MIN
    waited = (asked.moment.instant - row.called_at).total_seconds() / 60
    state = (
        Text("unit di jalan", "unit on its way") if row.dispatched_at else Text("menunggu unit", "waiting for a unit")
    )
    if waited > aim:
        return Text(f"{state.id}, melewati target", f"{state.en}, past the target"), "act"
    return state, "watch"
