"""An indicator in several cities side by side: of each its own figure, of all together what can be said of it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Better, Indicator, Unit
from dashboard.live import EVERY_CITY
from dashboard.panels.base import Answer, IndicatorPanel, days_of, empty, provenance, twin, unknown_why, with_unit
from dashboard.parts import Parts, parts
from dashboard.queries import Asked, populations, value
from etl.cities import City
from etl.text import Text

PEOPLE = 100_000
ALL = Text("Semua kota", "All cities")
CITY = Text("Kota", "City")
STATE = Text("Keadaan", "State")
SUM = Text("jumlah", "sum")
AGAIN = Text("dihitung ulang dari bagiannya", "computed again from its parts")
NO_SOURCE = Text("tidak ada sumber di kota ini", "this city has no source")
NOTHING = Text("tidak ada data pada hari-hari ini", "no data of these days")
LATE = Text("terlambat", "late")
FRESH = Text("terkini", "up to date")
NOBODY = Text(
    "Tidak satu pun dari kota-kota ini punya sumber untuk angka ini.",
    "None of these cities has a source of this figure.",
)


@dataclass(frozen=True)
class Part:
    """What one city says: its figure, and what the figure of all is made of."""

    city: City
    known: Answer  # its age, promise and definition
    state: Text
    is_there: bool = False
    value: float | None = None
    above: float | None = None
    below: float | None = None
    people: int | None = None

    @property
    def rate(self) -> float | None:
        """Its figure per 100,000 people."""
        return PEOPLE * self.value / self.people if self.people and self.value is not None else None


@dataclass(frozen=True, kw_only=True)
class Across(IndicatorPanel):
    """A bar and a row for each city, and a row of all of them.

    ``part`` is asked of one city after another, each by a connection that sees that city alone.
    """

    span: int = 4

    @property
    def renewed_by(self) -> tuple[str, ...]:
        return (*super().renewed_by, EVERY_CITY)

    def answer(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        return self.together([self.part(connection, asked)], asked)

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        return self.answer(connection, asked, places)

    def part(self, connection: sa.Connection, asked: Asked) -> Part:
        """What the city that is asked about says."""
        known = provenance(connection, self, asked)
        if known["fresh_at"] is None:
            return Part(asked.city, known, NO_SOURCE)
        if why := unknown_why(self.indicator, asked, known):
            return Part(asked.city, known, Text(why.id.rstrip("."), why.en.rstrip(".")))
        found = value(connection, self.indicator, asked)
        of = parts(self.indicator, asked.city, asked.moment)
        above, below = (value(connection, one, asked) if one else None for one in (of.above, of.below))
        people = populations(connection, asked.city).get(asked.city.code)
        state = NOTHING if found is None else LATE if _is_late(known, asked.now) else FRESH
        return Part(asked.city, known, state, found is not None, found, above, below, people)

    def together(self, told: Sequence[Part], asked: Asked) -> Answer:
        """The panel, of what each city said."""
        language, there = asked.scope.language, [one for one in told if one.is_there]
        best = there or [one for one in told if one.known["fresh_at"]] or list(told)
        oldest = min(best, key=lambda one: one.known["fresh_at"] or "")
        of = parts(self.indicator, told[0].city, asked.moment)
        common = {
            "kind": self.kind,
            "title": (self.title or self.says.title).say(language),
            "subtitle": days_of(self.indicator, asked),
            "unit": self.says.unit.say(language),
            "state": "ok",
            "message": "",
            **oldest.known,
            "simulated": any(one.known["simulated"] for one in told),
        }
        if not there:
            return common | empty(language, NOBODY) | {"table": self._table(told, None, of, language)}
        ranked = _ranked(told, self.indicator)
        whole = combined(there, of)
        return common | {
            "title": self._finding(ranked, whole, len(told), len(there), language),
            "subtitle": self._subtitle(of, asked),
            "figure": self._figure(ranked, language),
            "table": self._table(ranked, whole, of, language),
        }

    def _subtitle(self, of: Parts, asked: Asked) -> str:
        language = asked.scope.language
        how = of.why_not or (SUM if of.below is None and not of.per_people else AGAIN)
        word = Text("semua kota: ", "all cities: ").say(language)
        return f"{days_of(self.indicator, asked)} · {word}{how.say(language)}"

    def _finding(self, ranked: list[Part], whole: float | None, asked_of: int, there: int, language: str) -> str:
        unit, title = self.indicator.unit, (self.title or self.indicator.title).say(language)
        first = f"{ranked[0].city.short_name} {with_unit(ranked[0].value, unit, language)}"
        if whole is None or there < 2:
            return f"{title}: {first}"
        some = (
            "" if there == asked_of else Text(f" ({there} dari {asked_of})", f" ({there} of {asked_of})").say(language)
        )
        return f"{title}: {with_unit(whole, unit, language)}{some}; {first}"

    def _figure(self, ranked: list[Part], language: str) -> fig.Figure:
        unit, values = self.indicator.unit, [one.value for one in ranked]
        names = [one.city.short_name for one in ranked]
        shown = [fmt.figure(one.value, unit, language) if one.is_there else one.state.say(language) for one in ranked]
        bars = fig.bars(names, values, shown, [""] * len(names), ["token:series-1"] * len(names))
        return {"data": [bars], "layout": fig.bars_layout(names, values)}

    def _table(self, ranked: Sequence[Part], whole: float | None, of: Parts, language: str) -> Answer:
        unit, counts = self.indicator.unit, self.indicator.unit.adds_up and of.above is not None
        heads = [(CITY.say(language), ""), (self.indicator.title.say(language), unit.value.say(language))]
        if counts:
            heads.append((Unit.PER_100K.value.say(language), ""))
        heads.append((STATE.say(language), ""))
        lines = [(one.city.name, one.value, one.rate, one.state) for one in ranked]
        how = of.why_not or (AGAIN if of.below is not None or of.per_people else SUM)
        lines.append((_all_of(ranked, language), whole, _rate_of(ranked, whole), how))
        rows, raw = [], []
        for name, number, rate, state in lines:
            rates = [fmt.exact(rate, Unit.PER_100K, language)] if counts else []
            rows.append([name, fmt.exact(number, unit, language), *rates, state.say(language)])
            raw.append([name, number, *([rate] if counts else []), state.say(language)])
        return twin(heads, rows, raw)


def combined(there: Sequence[Part], of: Parts) -> float | None:
    """The figure of several cities together; None where it does not follow from theirs."""
    above = [one.above for one in there]
    if of.above is None or any(number is None for number in above):
        return None
    total = sum(number or 0.0 for number in above)
    if of.per_people:
        people = [one.people for one in there]
        return of.per_people * total / sum(n or 0 for n in people) if all(people) else None
    if of.below is None:
        return total
    below = sum(one.below or 0.0 for one in there)
    return of.factor * total / below if below else None


def _all_of(told: Sequence[Part], language: str) -> str:
    there = sum(one.is_there for one in told)
    some = Text(f" ({there} dari {len(told)})", f" ({there} of {len(told)})") if there < len(told) else Text("", "")
    return ALL.say(language) + some.say(language)


def _rate_of(ranked: Sequence[Part], whole: float | None) -> float | None:
    people = [one.people for one in ranked if one.is_there]
    return PEOPLE * whole / sum(n or 0 for n in people) if whole is not None and people and all(people) else None


def _ranked(told: Sequence[Part], indicator: Indicator) -> list[Part]:
    """The worst on top, of amounts the greatest: a small city is not worse for it. What says nothing stands last."""
    sign = 1 if indicator.better is Better.MORE and not indicator.unit.adds_up else -1

    def place(one: Part) -> tuple[Any, ...]:
        return (not one.is_there, sign * (one.value or 0.0), one.city.short_name)

    return sorted(told, key=place)


def _is_late(known: Answer, now: dt.datetime) -> bool:
    age = now - dt.datetime.fromisoformat(known["fresh_at"])
    return age > dt.timedelta(seconds=known["promise_s"])
