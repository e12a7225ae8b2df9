"""Small areas with the care that small numbers need: smoothed rates, and who stands out by more than chance."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.areas import KECAMATAN_CODE, Places
from dashboard.indicator import Unit
from dashboard.models.reproduction import Floats
from dashboard.models.smoothing import FEWEST_AREAS, Smoothed, limits, smoothed
from dashboard.panels.base import Answer, Height, IndicatorPanel, Kind, Says, empty, twin
from dashboard.panels.map import NO_POPULATION
from dashboard.queries import Asked, Point, measure, populations
from etl.areas import Area
from etl.text import Text

SMOOTHED = Says(
    Text("Kasus 7 hari per 100 ribu, dihaluskan", "Cases in 7 days per 100,000, smoothed"),
    Text(
        "Angka wilayah kecil ditarik ke rata-rata sejauh penduduknya sedikit, supaya beberapa kasus di kelurahan kecil "
        "tidak tampak seperti wabah. Bergaris tepi: berbeda lebih dari kebetulan (1 dari 1.000 di tiap sisi). Untuk "
        "dilihat, bukan putusan: umur dan banyaknya tes berbeda antarwilayah",
        "Rates of small areas are drawn towards the mean as far as their people are few, so that some cases in a small "
        "ward do not look like an outbreak. Outlined: differs by more than chance (1 in 1,000 on each side). To be "
        "looked at, not a verdict: age and testing differ between areas",
    ),
    Text(
        "Bayes empiris (Marshall 1991, doi:10.2307/2347593; Clayton & Kaldor 1987, doi:10.2307/2532003); batas corong "
        "Poisson (Spiegelhalter 2005, doi:10.1002/sim.1970)",
        "empirical Bayes (Marshall 1991, doi:10.2307/2347593; Clayton & Kaldor 1987, doi:10.2307/2532003); Poisson "
        "funnel limits (Spiegelhalter 2005, doi:10.1002/sim.1970)",
    ),
    Unit.PER_100K.value,
)
TOO_FEW = Text(
    f"Belum cukup data: perlu kasus di paling sedikit {FEWEST_AREAS} wilayah yang penduduknya diketahui.",
    f"Not enough data: cases in at least {FEWEST_AREAS} areas of known population are needed.",
)
ABOVE, BELOW, WITHIN = Text("di atas", "above"), Text("di bawah", "below"), Text("biasa", "usual")
PEOPLE = Text("penduduk", "people")
PER = 100_000.0


class Small(NamedTuple):
    """An area with its cases, and what is made of them; rates per 100,000."""

    area: Area
    cases: float
    people: int
    raw: float
    rate: float
    low: float
    high: float
    stands: int  # 1 above the funnel, -1 below it, 0 within


class Found(NamedTuple):
    """The areas, the highest smoothed rate first, and the common rate per person."""

    areas: list[Small]
    common: float


@dataclass(frozen=True, kw_only=True)
class SmoothedMap(IndicatorPanel):
    """The rate of an indicator per 100,000, smoothed; the wards of a whole city where their population is known."""

    kind: Kind = field(default="map", init=False)
    height: Height = "l"

    @property
    def says(self) -> Says:
        return SMOOTHED

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        found = small_areas(connection, self, asked, places)
        if found is None:
            known = populations(connection, asked.city)
            named = any(area.code in known for area in places.children(asked.scope.area))
            return empty(language, TOO_FEW if named else NO_POPULATION)
        return {
            "title": _finding((self.title or SMOOTHED.title).say(language), found, language),
            "figure": self._drawn(found, places, asked),
            "table": _table(found, language),
            **({"approximate": places.approximate} if self.kind == "map" else {}),
        }

    def _drawn(self, found: Found, places: Places, asked: Asked) -> fig.Figure:
        language, areas = asked.scope.language, found.areas
        address = places.boundaries(areas[0].area.parent or asked.scope.area)
        rates = [one.rate for one in areas]
        names, shown = [one.area.name for one in areas], [_words(one, language) for one in areas]
        codes = [one.area.code for one in areas]
        traces = [fig.choropleth(address, codes, rates, names, shown, not places.is_lowest(asked.scope.area))]
        if outside := [one for one in areas if one.stands]:
            traces.append(fig.outlines(address, [one.area.code for one in outside], [one.area.name for one in outside]))
        return {"data": traces, "layout": fig.map_layout(Unit.PER_100K, rates, language)}


@dataclass(frozen=True, kw_only=True)
class FunnelPlot(SmoothedMap):
    """The same areas by their population: raw rates, the common rate, and the limits of chance about it."""

    kind: Kind = field(default="chart", init=False)
    height: Height = "m"

    def _drawn(self, found: Found, places: Places, asked: Asked) -> fig.Figure:
        language, common = asked.scope.language, found.common
        largest, smallest = (of(one.people for one in found.areas) for of in (max, min))
        people = np.geomspace(max(1, smallest * 0.9), largest * 1.05, 60)
        low, high = (bound / people * PER for bound in limits(common, people))
        x = [float(number) for number in people]
        limit = Text("batas kebetulan", "limit of chance").say(language)
        blank = [limit] * len(x)
        more = {"line": {"color": "token:watch", "dash": "dot", "width": 2}}
        traces = [
            fig.line(limit, x, [float(n) for n in high], blank, 1, showlegend=False) | more,
            fig.line(limit, x, [float(n) for n in low], blank, 1, showlegend=False) | more,
            *_dots(found, language),
        ]
        middle = float(high[len(high) // 2])  # without the limits it would not be seen what lies within them
        ticks, words = fig.axis_ticks([middle, *(one.raw for one in found.areas)], Unit.PER_100K, language)
        layout: fig.Figure = {
            "showlegend": False,
            "xaxis": {"type": "log", "title": {"text": PEOPLE.say(language)}, **_people_ticks(found, language)},
            "yaxis": {"rangemode": "tozero", "tickvals": ticks, "ticktext": words, "range": [0, ticks[-1] * 1.08]},
        }
        return {"data": traces, "layout": layout | fig.target_line(common * PER, "", "y")}


def small_areas(connection: sa.Connection, panel: IndicatorPanel, asked: Asked, places: Places) -> Found | None:
    """The smallest areas of the scope whose population is known; None where nothing can be said of them."""
    people = populations(connection, asked.city)
    wards = [area for area in places.book.at("kelurahan") if area.code.startswith(_within(asked, places))]
    areas = [area for area in wards if people.get(area.code)]
    by = "place" if areas else "area"
    areas = areas or [area for area in places.children(asked.scope.area) if people.get(area.code)]
    counts = _counts(measure(connection, panel.indicator, asked, by=by))
    cases = np.array([counts.get(area.code, 0.0) for area in areas])
    number = np.array([float(people[area.code]) for area in areas])
    told = smoothed(cases, number) if areas else None
    return Found(_ranked(areas, cases, number, told), told.common) if told else None


def _within(asked: Asked, places: Places) -> str:
    """A ward alone is shown among its neighbours."""
    return asked.scope.area[:KECAMATAN_CODE] if places.is_lowest(asked.scope.area) else asked.scope.area


def _counts(points: list[Point]) -> dict[str, float]:
    return {str(point.key): point.value or 0.0 for point in points if point.key}


def _ranked(areas: list[Area], cases: Floats, people: Floats, told: Smoothed) -> list[Small]:
    low, high = limits(told.common, people)
    stands = (cases > high).astype(int) - (cases < low)
    columns = (
        cases,
        people.astype(int),
        cases / people * PER,
        told.rates * PER,
        told.low * PER,
        told.high * PER,
        stands,
    )
    rows = zip(areas, *(column.tolist() for column in columns), strict=True)
    return sorted((Small(*row) for row in rows), key=lambda one: (-one.rate, one.area.code))


def _finding(title: str, found: Found, language: str) -> str:
    above = [one.area.name for one in found.areas if one.stands > 0]
    if not above:
        return f"{title}: {Text('tidak ada yang menonjol', 'none stands out').say(language)}"
    more = (
        f" {Text('dan', 'and').say(language)} {len(above) - 1} {Text('lainnya', 'more').say(language)}"
        if above[1:]
        else ""
    )
    return f"{title}: {above[0]}{more} {Text('di atas batas kebetulan', 'above chance').say(language)}"


def _words(one: Small, language: str) -> str:
    cases = f"{fmt.number(one.cases, language)} {Unit.CASES.value.say(language)}"
    rate, low, high = (fmt.number(number, language, 1) for number in (one.rate, one.low, one.high))
    return f"{rate} ({low}–{high}) {Unit.PER_100K.beside.say(language)} · {cases}"


def _dots(found: Found, language: str) -> list[fig.Figure]:
    colours = {1: "token:act", 0: "token:series-1", -1: "token:series-2"}
    traces = []
    for stands, colour in colours.items():
        part = [one for one in found.areas if one.stands == stands]
        hover = [f"{one.area.name} · {fmt.number(one.raw, language, 1)} · {_words(one, language)}" for one in part]
        patches = [f"wilayah={one.area.code}" for one in part]
        if part:
            traces.append(fig.dots("", [one.people for one in part], [one.raw for one in part], hover, patches, colour))
    return traces


def _people_ticks(found: Found, language: str) -> fig.Figure:
    most = max(one.people for one in found.areas)
    ticks = [n for n in (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000) if n <= most * 1.05]
    return {"tickvals": ticks, "ticktext": [fmt.number(n, language) for n in ticks]}


def _table(found: Found, language: str) -> Answer:
    names = (
        (Text("Wilayah", "Area"), ""),
        (Text("Kasus", "Cases"), ""),
        (Text("Penduduk", "People"), ""),
        (Text("Angka kasar", "Raw rate"), Unit.PER_100K.value.say(language)),
        (Text("Dihaluskan", "Smoothed"), Unit.PER_100K.value.say(language)),
        (Text("Batas bawah 95 %", "Low 95 %"), ""),
        (Text("Batas atas 95 %", "High 95 %"), ""),
        (Text("Terhadap kebetulan", "Against chance"), ""),
    )
    says = {1: ABOVE, 0: WITHIN, -1: BELOW}
    rows = [
        [
            one.area.name,
            *(fmt.number(number, language) for number in (one.cases, one.people)),
            *(fmt.number(number, language, 1) for number in one[3:7]),
            says[one.stands].say(language),
        ]
        for one in found.areas
    ]
    raw = [(one.area.code, *one[1:]) for one in found.areas]
    return twin([(name.say(language), unit) for name, unit in names], rows, raw) | {"series": list(Small._fields[1:])}
