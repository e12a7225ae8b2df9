"""Tak biasa: what the detector found, as a list, against what is usual, on the map, and day by day."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.analyses.unusual import KEY, is_good
from dashboard.analysis import Says as Said
from dashboard.areas import Places
from dashboard.indicator import Better, Indicator
from dashboard.indicators import indicators
from dashboard.models.unusual import INTERVAL, QUARTER_DAYS
from dashboard.morning.sentences import amount
from dashboard.morning.watched import called
from dashboard.panels.base import Answer, Height, Kind, Says, bare_tile, empty, twin, with_unit
from dashboard.panels.said import Event, SaidPanel, chosen, label, short
from dashboard.queries import Asked
from etl.text import Text

MOST_DRAWN, LEAST_RATIO, MOST_RATIO = 7, 0.1, 50.0
FILTERS = {"indicator": Text("Angka", "Figure"), "subject": Text("Subjek", "Subject")}
CALM = Text("Tidak ada yang tak biasa di sini sekarang.", "Nothing is unusual here now.")
PROMISE = Text(
    f"Paling banyak satu alarm palsu per wilayah dalam {QUARTER_DAYS} hari, atas semua yang diawasi di sana",
    f"At most one false alarm for an area in {QUARTER_DAYS} days, over all that is watched there",
)
METHOD = Text(
    "Tingkat beberapa minggu terakhir (tanpa tiga hari terakhir) × efek kalender: hari, libur, cuti bersama, Ramadan, "
    "Lebaran, gajian; hari tak biasa yang lalu berbobot kecil (Farrington dkk. 1996, doi:10.2307/2983331; Noufal dkk. "
    "2013, doi:10.1002/sim.5595). Satu hari atau tiga hari bersama dinilai; ambangnya dari anggaran alarm palsu",
    "The level of recent weeks (without the last three days) × effects of the calendar: weekday, holidays, joint "
    "leave, Ramadan, Lebaran, salaries; past unusual days weigh little (Farrington et al. 1996, doi:10.2307/2983331; "
    "Noufal et al. 2013, doi:10.1002/sim.5595). A day, or three days together, are judged; the limit follows from the "
    "budget of false alarms",
)


@dataclass(frozen=True, kw_only=True)
class UnusualPanel(SaidPanel):
    """A panel of the detector's events within the area, the figure and the subject that the address asks for."""

    analysis: ClassVar[str] = KEY
    promise_s: ClassVar[int] = 2 * 3600

    @property
    def filters(self) -> dict[str, Text]:
        return FILTERS

    @property
    def says(self) -> Says:
        return Says(
            Text("Yang tak biasa", "What is unusual"),
            Text(
                "Hari-hari yang nilainya jauh di luar yang biasa untuk hari seperti itu: perlu dilihat, bukan putusan. "
                + PROMISE.id,
                "Days whose value lies far outside what is usual for such a day: to be looked at, no verdict. "
                + PROMISE.en,
            ),
            METHOD,
            Text("", ""),
        )


def events_of(said: Said, asked: Asked) -> list[Event]:
    """The events of what is asked, those that go on first, then the strongest; of indicators that are known."""
    every, scope = indicators(), asked.scope
    wanted, subject = chosen(asked, "indicator"), chosen(asked, "subject")
    found = [
        event
        for event in said["events"]
        if (about := every.get(event["indicator"]))
        and event["area"].startswith(scope.area)
        and wanted in ("", about.key)
        and subject in ("", about.subject)
    ]
    return sorted(found, key=lambda event: event["over"])


def side_of(event: Event) -> str:
    """Whether it is bad, good or neither that a value lies on this side of what is usual."""
    about = indicators()[event["indicator"]]
    if about.better is Better.NEITHER:
        return "none"
    return "good" if is_good(about, event["score"]) else "bad"


def name_of(event: Event, asked: Asked, places: Places) -> str:
    """What is unusual, and where."""
    what = called(indicators()[event["indicator"]]).say(asked.scope.language)
    return what if event["area"] == asked.city.code else f"{what} · {places.name(event['area'])}"


def patch_of(event: Event, asked: Asked) -> str:
    """What a click on an event changes in the address: its figure, and its area."""
    area = "" if event["area"] == asked.city.code else event["area"]
    return f"saring=indicator:{event['indicator']}&wilayah={area}"


@dataclass(frozen=True, kw_only=True)
class Now(UnusualPanel):
    """How many things are unusual now, or how many of them are bad."""

    bad: bool = False
    kind: Kind = field(default="tile", init=False)
    span: int = 4
    height: Height = "s"

    def shown(self, said: Said, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        now = [event for event in events_of(said, asked) if not event["over"]]
        here = [event for event in now if side_of(event) == "bad"] if self.bad else now
        names = [name_of(event, asked, places) for event in here]
        more = f" +{len(names) - 2}" if len(names) > 2 else ""
        of = Text(f"dari {said['series']} deret", f"of {said['series']} series").say(language)
        tile = bare_tile() | {"value": fmt.number(len(here), language), "unit": of}
        tile["compared"] = ", ".join(names[:2]) + more
        return {"tile": tile} | ({"table": measured(here, asked, places)} if here else {})


@dataclass(frozen=True, kw_only=True)
class Watched(UnusualPanel):
    """How much is watched, and of what there is not enough."""

    kind: Kind = field(default="tile", init=False)
    span: int = 4
    height: Height = "s"

    def shown(self, said: Said, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        every = indicators()
        few = [called(every[key]).say(language) for key in said["too_few"] if key in every]
        where = Text(f"angka di {said['areas']} wilayah", f"figures in {said['areas']} areas").say(language)
        tile = bare_tile() | {"value": fmt.number(said["figures"], language), "unit": where}
        if few:
            named = ", ".join(few[:2]) + (f" +{len(few) - 2}" if len(few) > 2 else "")
            tile["compared"] = Text("belum cukup data: ", "not enough data: ").say(language) + named
        heads = [(Text("Belum cukup data", "Not enough data").say(language), "")]
        return {"tile": tile} | (
            {"table": twin(heads, [[name] for name in few], [[name] for name in few])} if few else {}
        )


@dataclass(frozen=True, kw_only=True)
class Beyond(UnusualPanel):
    """The strongest events: each value as a multiple of what was expected, beside the interval of that."""

    height: Height = "l"

    def shown(self, said: Said, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        events = [event for event in events_of(said, asked) if event["expected"]][:MOST_DRAWN]
        if not events:
            return empty(language, CALM)
        names = [name_of(event, asked, places) for event in events]
        title = Text("Paling jauh dari biasanya: ", "Furthest from what is usual: ").say(language)
        return {
            "title": title + names[0],
            "subtitle": PROMISE.say(language),
            "figure": _beyond(events, names, asked, places),
            "table": measured(events, asked, places),
        }


def _rows(events: Sequence[Event], asked: Asked, places: Places) -> list[str]:
    """A name of two lines for each event: what, and where."""
    every, language = indicators(), asked.scope.language
    return [
        f"{label(every[event['indicator']].title.say(language))}<br>{label(places.name(event['area']))}"
        for event in events
    ]


def _beyond(events: Sequence[Event], names: Sequence[str], asked: Asked, places: Places) -> fig.Figure:
    language = asked.scope.language
    rows = _rows(events, asked, places)
    usual = {
        "type": "scatter",
        "mode": "lines",
        "x": [x for event in events for x in (_ratio(event, "low"), _ratio(event, "high"), None)],
        "y": [y for row in rows for y in (row, row, None)],
        "line": {"color": fig.SERIES[0], "width": 9},
        "opacity": 0.45,
        "name": Text(f"yang biasa ({INTERVAL:.0%})", f"usual ({INTERVAL:.0%})").say(language),
        "hoverinfo": "skip",
    }
    values = {
        "type": "scatter",
        "mode": "markers",
        "x": [_ratio(event, "value") for event in events],
        "y": rows,
        "text": [_hover(event, name, language) for event, name in zip(events, names, strict=True)],
        "hovertemplate": "%{text}<extra></extra>",
        "customdata": [patch_of(event, asked) for event in events],
        "marker": {"size": 13, "color": [_colour(event) for event in events], "symbol": "diamond"},
        "name": Text("nilai", "value").say(language),
    }
    return {"data": [usual, values], "layout": _beyond_layout(rows, language)}


def _ratio(event: Event, column: str) -> float:
    times = float(event[column]) / float(event["expected"])
    return round(min(max(times, LEAST_RATIO), MOST_RATIO), 3)


def _colour(event: Event) -> str:
    return {"bad": "token:act", "good": "token:good"}.get(side_of(event), "token:series-2")


def _hover(event: Event, name: str, language: str) -> str:
    unit = indicators()[event["indicator"]].unit
    expected, low, high = (fmt.exact(event[column], unit, language) for column in ("expected", "low", "high"))
    usual = Text("biasanya", "usually").say(language)
    return f"<b>{name}</b><br>{with_unit(event['value'], unit, language)}, {usual} {expected} ({low}–{high})"


def _beyond_layout(rows: Sequence[str], language: str) -> fig.Figure:
    ticks = [0.1, 1, 5, 50]
    return {
        "showlegend": True,
        "xaxis": {
            "type": "log",
            "tickvals": ticks,
            "ticktext": [f"{fmt.number(tick, language, 1 if tick < 1 else 0)}×" for tick in ticks],
            "title": {"text": Text("kali yang diperkirakan", "times what was expected").say(language)},
        },
        "yaxis": fig.downwards(rows) | {"automargin": True, "ticklabelstandoff": 8},
        "shapes": [
            {
                "type": "line",
                **{"x0": 1, "x1": 1, "yref": "y domain", "y0": 0, "y1": 1},
                "line": {"color": "token:text", "dash": "dot", "width": 1},
            }
        ],
    }


@dataclass(frozen=True, kw_only=True)
class Where(UnusualPanel):
    """In which districts something is unusual now."""

    kind: Kind = field(default="map", init=False)
    height: Height = "l"

    def shown(self, said: Said, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        areas = places.children(asked.scope.area)
        of = [event["area"] for event in events_of(said, asked)]
        counts = {area.code: sum(code.startswith(area.code) for code in of) for area in areas}
        names = {area.code: area.name for area in areas}
        shown = [Text(f"{n} hal tak biasa", _things(n)).say(language) for n in counts.values()]
        clickable = not places.is_lowest(asked.scope.area)
        values: list[float | None] = [float(n) for n in counts.values()]
        boundaries = places.boundaries(asked.scope.area)
        trace = fig.choropleth(boundaries, [*counts], values, [*names.values()], shown, clickable)
        ranked = sorted(counts, key=lambda code: -counts[code])
        where = _most([names[code] for code in ranked if counts[code] == max(counts.values())], any(counts.values()))
        heads = [(Text("Wilayah", "Area").say(language), ""), (Text("Tak biasa", "Unusual").say(language), "")]
        rows = [[names[code], fmt.number(counts[code], language)] for code in ranked]
        return {
            "title": f"{Text('Tak biasa per wilayah', 'Unusual by area').say(language)}: {where.say(language)}",
            "subtitle": Text("sepekan terakhir", "the last week").say(language),
            "figure": {"data": [trace], "layout": _map_layout(values, language)},
            "table": twin(heads, rows, [(code, counts[code]) for code in ranked]),
            "approximate": places.approximate,
        }


def _things(number: int) -> str:
    return f"{number} unusual thing{'' if number == 1 else 's'}"


def _most(names: Sequence[str], any_at_all: bool) -> Text:
    """Where most is; of several with as much the first, and how many more."""
    if not any_at_all:
        return Text("tidak ada", "none")
    more = len(names) - 1
    others = Text(f" dan {more} lainnya", f" and {more} more") if more else Text("", "")
    return Text(f"terbanyak di {names[0]}{others.id}", f"most in {names[0]}{others.en}")


def _map_layout(values: Sequence[float | None], language: str) -> fig.Figure:
    top = max(1, *(int(value or 0) for value in values))
    ticks = list(range(top + 1))[:: max(1, top // 4)]
    colorbar = {
        "title": {"text": ""},
        "tickvals": ticks,
        "ticktext": [fmt.number(tick, language) for tick in ticks],
    }
    return {
        "coloraxis": {"colorscale": "token:amount", "cmin": 0, "cmax": top, "colorbar": colorbar},
        "geo": {"fitbounds": "locations", "visible": False},
    }


@dataclass(frozen=True, kw_only=True)
class Subjects(UnusualPanel):
    """How many things are unusual in each subject; a click shows one alone."""

    def shown(self, said: Said, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        counts = Counter(indicators()[event["indicator"]].subject for event in events_of(said, asked))
        if not counts:
            return empty(language, CALM)
        ranked = counts.most_common()
        names = [subject_name(subject, language) for subject, _ in ranked]
        values: list[float | None] = [float(n) for _, n in ranked]
        shown = [fmt.number(n, language) for _, n in ranked]
        patches = [f"saring=subject:{subject}" for subject, _ in ranked]
        bars = fig.bars(names, values, shown, patches, ["token:series-1"] * len(ranked))
        heads = [(Text("Subjek", "Subject").say(language), ""), (Text("Tak biasa", "Unusual").say(language), "")]
        return {
            "title": f"{Text('Tak biasa per subjek', 'Unusual by subject').say(language)}: {names[0]} {shown[0]}",
            "figure": {"data": [bars], "layout": fig.bars_layout(names, values)},
            "table": twin(heads, [[n, s] for n, s in zip(names, shown, strict=True)], ranked),
        }


def subject_name(subject: str, language: str) -> str:
    """A subject as its page is called."""
    from dashboard.page import PAGES  # pages are made of panels

    page = PAGES.get(subject)
    return page.title.say(language) if page else subject.capitalize()


@dataclass(frozen=True, kw_only=True)
class Events(UnusualPanel):
    """Every event, the strongest first; a click shows its course below."""

    kind: Kind = field(default="table", init=False)
    span: int = 12
    height: Height = "s"

    def shown(self, said: Said, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        events = events_of(said, asked)
        if not events:
            return empty(language, CALM) | {"subtitle": PROMISE.say(language)}
        now = sum(not event["over"] for event in events)
        title = Text(
            f"{now} hal tak biasa sekarang, {len(events) - now} sudah reda dalam sepekan",
            f"{_things(now)} now, {len(events) - now} over within the week",
        )
        return {
            "title": title.say(language),
            "subtitle": PROMISE.say(language),
            "table": listed(events, asked, places),
        }


def measured(events: Sequence[Event], asked: Asked, places: Places) -> Answer:
    """Events in numbers: the value, what was expected with its interval, the score."""
    language, every = asked.scope.language, indicators()
    names = ("Nilai", "Value"), ("Diperkirakan", "Expected"), ("Batas bawah 80 %", "Low 80 %")
    more = ("Batas atas 80 %", "High 80 %"), ("Kuat (σ)", "Strength (σ)")
    heads = [(Text(*both).say(language), "") for both in (("Apa", "What"), *names, *more)]
    columns = ("value", "expected", "low", "high", "score")
    rows = [
        [
            name_of(event, asked, places),
            *(plain(event[column], every[event["indicator"]], language) for column in columns[:4]),
            short(event["score"], language),
        ]
        for event in events
    ]
    raw = [[event["indicator"], *(event[column] for column in columns)] for event in events]
    return twin(heads, rows, raw) | {"series": list(columns)}


def listed(events: Sequence[Event], asked: Asked, places: Places) -> Answer:
    """Events as a table: what, where, how much and how much is usual, since when, how strongly, what moved with it."""
    language = asked.scope.language
    names = ("Apa", "What"), ("Di mana", "Where"), ("Nilai", "Value"), ("Biasanya (80 %)", "Usually (80 %)")
    more = ("Hari", "Day"), ("Sejak", "Since"), ("Kuat", "Strength"), ("Bergerak bersama", "Moved together")
    heads = [(Text(*both).say(language), "") for both in (*names, *more)]
    rows = [_line(event, asked, places) for event in events]
    columns = ("indicator", "area", "value", "expected", "peak", "since", "score")
    with_it = ["; ".join(f"{one['indicator']} {one['area']}" for one in event["together"]) for event in events]
    raw = [[*(event[name] for name in columns), words] for event, words in zip(events, with_it, strict=True)]
    table = twin(heads, rows, raw)
    for column, (name, _) in zip(table["columns"], (*names, *more), strict=True):
        column["align"] = "right" if name in ("Nilai", "Kuat") else "left"
    tones = ["" if event["over"] else {"bad": "act", "none": "watch"}.get(side_of(event), "") for event in events]
    return table | {
        "tones": tones,
        "patches": [patch_of(event, asked) for event in events],
        "series": [*columns, "together"],
    }


def _line(event: Event, asked: Asked, places: Places) -> list[str]:
    about, language = indicators()[event["indicator"]], asked.scope.language
    expected, low, high = (plain(event[column], about, language) for column in ("expected", "low", "high"))
    where = asked.city.name if event["area"] == asked.city.code else places.name(event["area"])
    arrow = "▲" if event["score"] > 0 else "▼"
    over = Text(" (sudah reda)", " (over)").say(language) if event["over"] else ""
    return [
        called(about).say(language),
        where,
        f"{arrow} {amount(event['value'], about.unit, language)}",
        f"{expected} ({low}–{high})",
        day_of(event["peak"], language),
        day_of(event["since"], language) + over,
        f"{short(min(abs(event['score']), 9.9), language)} σ",
        "; ".join(_with(one, event, asked, places) for one in event["together"][:4]) or fmt.NOTHING,
    ]


def plain(number: float | None, about: Indicator, language: str) -> str:
    """A value with one decimal where it is small: 0.4 is not 0."""
    if number is not None and about.unit.adds_up and abs(number) < 10 and number != round(number):
        return fmt.number(number, language, 1)
    return fmt.figure(number, about.unit, language)


def _with(one: dict[str, Any], event: Event, asked: Asked, places: Places) -> str:
    """What moved with an event: only what differs from it is named."""
    every, arrow = indicators(), "▲" if one["score"] > 0 else "▼"
    if one["indicator"] == event["indicator"]:
        where = asked.city.name if one["area"] == asked.city.code else places.name(one["area"])
        return f"{arrow} {where}"
    about = every.get(one["indicator"])
    return f"{arrow} {called(about).say(asked.scope.language) if about else one['indicator']}"


def day_of(iso: str, language: str) -> str:
    """A day as a reader writes it."""
    return fmt.day(dt.date.fromisoformat(iso), language)
