"""What the emergency desk looks at: the funnel of calls, times by the clock, who is still waiting, what came twice."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.analyses.emergency import emergencies, same_incident
from dashboard.areas import Places
from dashboard.indicator import Indicator
from dashboard.indicators.emergency import DEFAULT_ARRIVAL_MIN, arrival_target
from dashboard.indicators.response import URGENT_ARRIVAL
from dashboard.panels.bars import Bars
from dashboard.panels.base import Answer, Height, IndicatorPanel, Kind, empty, twin, with_unit
from dashboard.queries import Asked, Point, listed, measure
from dashboard.words import word
from etl.text import Text

NOBODY = Text("Tidak ada yang menunggu.", "Nobody is waiting.")
ONCE = Text("Setiap kejadian dilaporkan satu kali saja.", "Every incident was reported once only.")
NO_AGAIN = Text("Tidak ada nomor yang mengulang.", "No number did it again.")
NO_TRIAGE = Text("Nomor darurat kota ini tidak mencatat triase.", "This city's emergency number records no triage.")
TOO_FEW = Text(
    "Belum cukup data: perlu 5 kejadian dalam tiap jam, sedikitnya 8 jam. Pilih masa yang lebih panjang.",
    "Not enough data: 5 incidents in each of at least 8 hours are needed. Choose a longer period.",
)
FEWEST, FEWEST_HOURS = 5, 8
ROWS = 12
TAG = 4  # letters of a pseudonym: enough to tell a handful apart, and to recognise none
LOST = ("ivr_lost", "abandoned")
ANSWERED = ("emergency", "information", "prank", "ghost")


@dataclass(frozen=True, kw_only=True)
class CallFunnel(IndicatorPanel):
    """Calls from the first ring to what they were: incoming → desk → answered → emergency."""

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        found = {point.key: point.value or 0.0 for point in measure(connection, self.indicator, asked, by="outcome")}
        stages = stages_of(found)
        whole = stages["incoming"]
        if not whole:
            return empty(language)
        names = [STAGES[key].say(language) for key in stages]
        shares = [f"{fmt.number(100 * number / whole, language)} %" for number in stages.values()]
        shown = [
            f"{fmt.number(number, language)} · {share}" for number, share in zip(stages.values(), shares, strict=True)
        ]
        colours = ["token:series-3" if key in LOST else "token:series-1" for key in stages]
        patches = [f"saring=outcome:{key}" if key in found else "" for key in stages]
        values = list(stages.values())
        heads = [
            (Text("Tahap", "Stage").say(language), ""),
            (self.says.title.say(language), self.says.unit.say(language)),
        ]
        rows = [[name, fmt.number(number, language)] for name, number in zip(names, values, strict=True)]
        real = f"{fmt.number(stages['emergency'], language)} ({shares[list(stages).index('emergency')]})"
        title = (self.title or self.says.title).say(language)
        return {
            "title": f"{title}: {real} {Text('darurat', 'emergencies').say(language)}",
            "figure": {
                "data": [fig.bars(names, list(values), shown, patches, colours)],
                "layout": fig.bars_layout(names, [value * 1.6 for value in values]),
            },
            "table": twin(heads, rows, list(stages.items())),
        }


STAGES = {
    "incoming": Text("Masuk", "Incoming"),
    "ivr_lost": Text("− hilang di IVR", "− lost in the IVR"),
    "desk": Text("Sampai ke meja", "Reached the desk"),
    "abandoned": Text("− ditutup sebelum dijawab", "− abandoned"),
    "answered": Text("Dijawab", "Answered"),
    "emergency": Text("Darurat", "Emergency"),
    "information": Text("Informasi", "Information"),
    "prank": Text("Iseng", "Prank"),
    "ghost": Text("Hantu", "Ghost"),
}


def stages_of(outcomes: dict[Any, float]) -> dict[str, float]:
    """Calls at each stage, from calls by outcome."""
    answered = sum(outcomes.get(name, 0.0) for name in ANSWERED)
    desk = answered + outcomes.get("abandoned", 0.0)
    sums = {"incoming": desk + outcomes.get("ivr_lost", 0.0), "desk": desk, "answered": answered}
    return {key: sums.get(key, outcomes.get(key, 0.0)) for key in STAGES}


@dataclass(frozen=True, kw_only=True)
class Clock(IndicatorPanel):
    """An indicator by the hour of the day, in the order of the clock, with a companion as a line.

    Hours with fewer than ``FEWEST`` of ``of`` are left empty: a percentile of two incidents says nothing; and where
    few hours are left, it says so.
    """

    of: Indicator
    second: Indicator | None = None

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        return tuple(filter(None, (self.indicator, self.second, self.of)))

    @property
    def drawn(self) -> tuple[Indicator, ...]:
        return self.indicators[:-1]

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language, unit = asked.scope.language, self.indicator.unit
        *found, counts = (_by_hour(measure(connection, one, asked, by="hour_of_day")) for one in self.indicators)
        found = [{hour: of[hour] for hour in of if counts.get(hour, 0) >= FEWEST} for of in found]
        if len(found[0]) < FEWEST_HOURS:
            return empty(language, TOO_FEW)
        hours = range(24)
        columns = [[of.get(hour) for hour in hours] for of in found]
        longest = max(found[0], key=lambda hour: found[0][hour])
        title, most = (
            (self.title or self.indicator.title).say(language),
            Text("terlama pukul", "longest at").say(language),
        )
        told = f"{title}: {most} {longest:02d}.00, {with_unit(found[0][longest], unit, language)}"
        heads = [(Text("Jam", "Hour").say(language), "")]
        heads += [(one.title.say(language), one.unit.value.say(language)) for one in self.drawn]
        lines = list(zip(*columns, strict=True))
        rows = [[f"{hour:02d}.00", *(fmt.exact(v, unit, language) for v in line)] for hour, line in enumerate(lines)]
        raw = [(hour, *line) for hour, line in enumerate(lines)]
        table = twin(heads, rows, raw) | {"series": [one.key for one in self.drawn]}
        return {"title": told, "figure": self._figure(columns, asked), "table": table}

    def _figure(self, columns: list[list[float | None]], asked: Asked) -> fig.Figure:
        language = asked.scope.language
        x = [f"{hour:02d}" for hour in range(24)]
        traces = []
        for number, (one, values) in enumerate(zip(self.drawn, columns, strict=True)):
            name = one.title.say(language)
            hover = [
                f"{hour}.00 · {name}: {with_unit(v, one.unit, language)}" for hour, v in zip(x, values, strict=True)
            ]
            plain = [""] * len(x)
            traces.append(
                fig.line(name, x, values, hover, 1) if number else fig.columns(name, x, values, hover, 0, plain)
            )
        aim = self.indicator.aim(asked.city)
        axis = {"type": "category", "dtick": 3}
        layout: fig.Figure = {"showlegend": False, "xaxis": axis, "yaxis": {"rangemode": "tozero"}}
        return {"data": traces, "layout": layout | (fig.target_line(aim, "", "y") if aim else {})}


def _by_hour(points: list[Point]) -> dict[int, float]:
    return {int(point.key): point.value for point in points if point.value is not None}


@dataclass(frozen=True, kw_only=True)
class Urgency(Bars):
    """Incidents by urgency, where triage is recorded; what a city does not record is said, and stands last."""

    by: str = "urgency"

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        return (self.indicator, URGENT_ARRIVAL)

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        answer = super().shown(connection, asked, places)
        if answer.get("state") == "empty":
            return empty(language, NO_TRIAGE) | {"fresh_at": None}
        found = measure(connection, URGENT_ARRIVAL, asked)
        number = found[0].value if found else None
        if number is None:
            return answer
        arrival = with_unit(number, URGENT_ARRIVAL.unit, language)
        said = Text("gawat didatangi dalam", "urgent reached within").say(language)
        return answer | {"title": f"{answer['title']}; {said} {arrival} (9/10)"}


@dataclass(frozen=True, kw_only=True)
class Lines(IndicatorPanel):
    """A table of incidents or numbers: no person, no phone number, places by name."""

    kind: Kind = field(default="table", init=False)
    height: Height = "m"

    def told(
        self, heads: tuple[Text, ...], rows: list[list[str]], raw: list[list[Any]], tones: list[str], language: str
    ) -> Answer:
        """The answer of such a table; its title says how many lines there are."""
        table = twin([(head.say(language), "") for head in heads], rows, raw) | {"tones": tones}
        for column in table["columns"]:
            column["align"] = "left"
        title = f"{(self.title or self.says.title).say(language)}: {fmt.number(len(rows), language)}"
        return {"title": title, "table": table}


@dataclass(frozen=True, kw_only=True)
class OpenNow(Lines):
    """Open incidents, the oldest on top; past the city's target they are to be acted on."""

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language, now = asked.scope.language, asked.moment.instant
        names = ("call_id", "called_at", "category", "area_code", "dispatched_at", "arrived_at")
        found = listed(connection, self.indicator, asked, names, "called_at")
        if not found:
            return empty(language, NOBODY)
        aim = arrival_target(asked.city) or DEFAULT_ARRIVAL_MIN
        rows, raw, tones = [], [], []
        for row in found:
            waited = (now - row.called_at).total_seconds() / 60
            there = row.arrived_at is not None and row.arrived_at <= now
            state = _state(row, there, now)
            tones.append("" if there or waited <= aim else "act")
            minutes = fmt.number(waited, language)
            rows.append(
                [
                    _at(row.called_at, asked),
                    word(row.category, language),
                    _where(row, places),
                    minutes,
                    state.say(language),
                ]
            )
            raw.append([row.call_id, row.category, row.area_code, round(waited, 3), state.id])
        heads = (
            Text("Masuk", "Came in"),
            Text("Kejadian", "Incident"),
            Text("Tempat", "Place"),
            Text("Menit", "Minutes"),
            Text("Keadaan", "State"),
        )
        return self.told(heads, rows, raw, tones, language)


def _state(row: Any, there: bool, now: dt.datetime) -> Text:
    if there:
        return Text("unit di tempat", "unit there")
    left = row.dispatched_at is not None and row.dispatched_at <= now
    return Text("unit di jalan", "unit on its way") if left else Text("menunggu unit", "waiting for a unit")


def _at(moment: dt.datetime, asked: Asked) -> str:
    return fmt.moment(moment, asked.city.zone, asked.scope.language)


def _where(row: Any, places: Places) -> str:
    unknown = Text("lokasi belum diketahui", "place not known yet")
    return places.name(row.area_code) if row.area_code else unknown.say("id")


@dataclass(frozen=True, kw_only=True)
class SameIncident(Lines):
    """Incidents about which several people called, the latest on top."""

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language, scope = asked.scope.language, asked.scope
        since = dt.datetime.combine(scope.since, dt.time(), asked.city.tz)
        found = emergencies(connection, asked.city, since, asked.moment.instant, scope.as_of)
        groups: dict[int, list[Any]] = defaultdict(list)
        for row, first in zip(found, same_incident(found), strict=True):
            groups[first].append(row)
        here = [of for of in groups.values() if len(of) > 1 and (of[0].area_code or "").startswith(scope.area)]
        latest = sorted(here, key=lambda of: of[0].called_at, reverse=True)
        if not latest:
            return empty(language, ONCE)
        rows = [_group(of, asked, places) for of in latest[:ROWS]]
        raw = [[of[0].call_id, of[0].category, of[0].area_code, len(of)] for of in latest]
        heads = (
            Text("Pertama", "First"),
            Text("Kejadian", "Incident"),
            Text("Tempat", "Place"),
            Text("Panggilan", "Calls"),
        )
        answer = self.told(heads, rows, raw, [""] * len(rows), language)
        calls = fmt.number(sum(len(of) for of in latest), language)
        title = (self.title or self.says.title).say(language)
        said = Text(f"{calls} panggilan tentang {len(latest)} kejadian", f"{calls} calls about {len(latest)} incidents")
        return answer | {"title": f"{title}: {said.say(language)}"}


def _group(of: list[Any], asked: Asked, places: Places) -> list[str]:
    language = asked.scope.language
    return [
        _at(of[0].called_at, asked),
        word(of[0].category, language),
        _where(of[0], places),
        fmt.number(len(of), language),
    ]


@dataclass(frozen=True, kw_only=True)
class RepeatCallers(Lines):
    """Numbers that prank again and again: a short tag of their pseudonym, how often, when last."""

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language, indicator = asked.scope.language, self.indicator
        rows = indicator.rows(asked.city, asked.moment, asked.scope.as_of)
        times, last = sa.func.count().label("calls"), sa.func.max(rows.c.called_at).label("last")
        query = sa.select(rows.c.caller, times, last).where(rows.c.city_code == asked.city.code)
        most = query.group_by(rows.c.caller).order_by(times.desc(), rows.c.caller).limit(ROWS)
        found = connection.execute(most).all()
        if not found:
            return empty(language, NO_AGAIN)
        told = [[row.caller[:TAG], fmt.number(row.calls, language), _at(row.last, asked)] for row in found]
        raw = [[row.caller[:TAG], row.calls, row.last.isoformat()] for row in found]
        heads = (Text("Samaran", "Pseudonym"), Text("Panggilan 30 hari", "Calls in 30 days"), Text("Terakhir", "Last"))
        return self.told(heads, told, raw, [""] * len(told), language)
