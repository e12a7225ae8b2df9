"""What is expected at the emergency desk: calls of the next day, the call takers that they need, hot spots."""

import datetime as dt
import math
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.analyses.emergency import CALLS_FORECAST, HOT_SPOTS, SCAN_DAYS
from dashboard.analysis import Told, latest
from dashboard.areas import Places, boundary_address
from dashboard.indicator import Indicator, Unit
from dashboard.indicators.response import ON_DUTY_NOW
from dashboard.models.clusters import CHANCE, WINDOWS
from dashboard.panels.base import Answer, Height, IndicatorPanel, Kind, Says, empty, twin
from dashboard.queries import Asked, value
from etl.analyses import ANALYSES
from etl.areas import Level
from etl.boundary_files import boundary_file
from etl.text import Text

NOT_YET = Text("Analisis belum dibuat; tunggu beberapa menit.", "The analysis was not made yet; wait some minutes.")
TOO_FEW = Text(
    "Belum cukup data: perlu tiga pekan panggilan per jam.", "Not enough data: three weeks of calls by hour are needed."
)
TOO_FEW_TALKS = Text("Belum cukup data: perlu 30 percakapan.", "Not enough data: 30 talks are needed.")
TOO_FEW_PLACED = Text(
    "Belum cukup data: perlu 30 kejadian yang kelurahannya tercatat dalam 63 hari.",
    "Not enough data: 30 incidents with a known ward within 63 days are needed.",
)
WHOLE_CITY = Text("Ini hanya dihitung untuk seluruh kota.", "This is computed for the whole city only.")

EXPECTED = Says(
    Text("Panggilan 24 jam ke depan", "Calls of the next 24 hours"),
    Text(
        "Perkiraan panggilan masuk tiap jam; pita: selang 80 %. Batang: 24 jam terakhir. Dibuat tiap jam",
        "Expected calls of each hour; band: 80 % interval. Bars: the last 24 hours. Made every hour",
    ),
    Text(
        "pekan biasa (8 pekan) × tingkat terbaru (Harvey & Fernandes 1989, doi:10.1080/07350015.1989.10509750) × hari "
        "raya; selang binomial negatif dari galat 28 hari",
        "a usual week (8 weeks) × the latest level (Harvey & Fernandes 1989, doi:10.1080/07350015.1989.10509750) × "
        "feasts; negative binomial interval from the errors of 28 days",
    ),
    Text("panggilan", "calls"),
)
STAFFING = Says(
    Text("Petugas yang dibutuhkan", "Call takers needed"),
    Text(
        "Paling sedikit petugas agar 90 % dijawab ≤ 15 detik dan 95 % ≤ 20 detik, untuk panggilan yang diperkirakan "
        "(batang) dan batas atas selang 80 % (garis); titik-titik: yang kini di meja",
        "The fewest call takers who answer 90 % within 15 s and 95 % within 20 s, for the expected calls (bars) and "
        "the upper end of the 80 % interval (line); dotted: those on duty now",
    ),
    Text(
        "Erlang A (Garnett, Mandelbaum & Reiman 2002, doi:10.1287/msom.4.3.208.7753) dengan lama bicara dan kesabaran "
        "28 hari terakhir",
        "Erlang A (Garnett, Mandelbaum & Reiman 2002, doi:10.1287/msom.4.3.208.7753) with talks and patience of the "
        "last 28 days",
    ),
    Text("petugas", "call takers"),
)
SPOTS = Says(
    Text("Klaster kejadian", "Clusters of incidents"),
    Text(
        f"Kelurahan yang berdekatan dengan kejadian jauh lebih banyak daripada biasanya dalam 1–{max(WINDOWS)} hari "
        "terakhir; panggilan susulan dihitung sekali. Untuk dilihat, bukan kepastian",
        f"Neighbouring wards with far more incidents than usual in the last 1–{max(WINDOWS)} days; further calls about "
        "one incident count once. To look at, no verdict",
    ),
    Text(
        f"statistik pindai ruang-waktu permutasi (Kulldorff dkk. 2005, doi:10.1371/journal.pmed.0020059), {SCAN_DAYS} "
        f"hari, 999 pengacakan; alarm palsu paling banyak {CHANCE * 100:.0f} % hari",
        f"space-time permutation scan statistic (Kulldorff et al. 2005, doi:10.1371/journal.pmed.0020059), {SCAN_DAYS} "
        f"days, 999 shuffles; false alarms on at most {CHANCE * 100:.0f} % of days",
    ),
    Text("kali biasanya", "times the usual"),
)


@dataclass(frozen=True, kw_only=True)
class Analysed(IndicatorPanel):
    """A panel that shows what an analysis said last (or had said by ``as_of``), of the whole city."""

    analysis: str = ""
    few: Text = TOO_FEW

    @property
    def renewed_by(self) -> tuple[str, ...]:
        return (*super().renewed_by, ANALYSES)

    @property
    def filters(self) -> dict[str, Text]:
        return {}

    def days(self, asked: Asked) -> str:
        return ""

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        if asked.scope.area != asked.city.code:
            return empty(language, WHOLE_CITY)
        told = latest(connection, asked.city, self.analysis, asked.scope.as_of)
        if told is None:
            return empty(language, NOT_YET)
        if not told.says:
            return empty(language, self.few)
        return {"subtitle": _made(told, asked)} | self.drawn(connection, asked, places, told)

    @abstractmethod
    def drawn(self, connection: sa.Connection, asked: Asked, places: Places, told: Told) -> Answer:
        """Figure, title and table of what was said."""


def _made(told: Told, asked: Asked) -> str:
    made = Text("dibuat", "made").say(asked.scope.language)
    return f"{made} {fmt.moment(told.made_at, asked.city.zone, asked.scope.language)}"


@dataclass(frozen=True, kw_only=True)
class Expected(Analysed):
    """Calls of the next 24 hours with their interval, after those of the last 24."""

    analysis: str = CALLS_FORECAST

    @property
    def says(self) -> Says:
        return EXPECTED

    def drawn(self, connection: sa.Connection, asked: Asked, places: Places, told: Told) -> Answer:
        language, hours = asked.scope.language, told.says["hours"]
        busiest = max(hours, key=lambda one: one["mean"])
        whole = fmt.number(sum(one["mean"] for one in hours), language)
        about, peak = Text("sekitar", "about").say(language), Text("teramai", "busiest at").say(language)
        title = f"{(self.title or EXPECTED.title).say(language)}: {about} {whole}, {peak} {_clock(busiest, language)}"
        return {"title": title, "figure": _course(told, language), "table": _hours_table(hours, language)}


def _clock(hour: dict[str, Any], language: str) -> str:
    return dt.datetime.fromisoformat(hour["hour"]).strftime("%H.00" if language == "id" else "%H:00")


def _plain(hour: dict[str, Any]) -> str:
    """The local hour for an axis, which knows no zone."""
    return dt.datetime.fromisoformat(hour["hour"]).replace(tzinfo=None).isoformat()


def _course(told: Told, language: str) -> fig.Figure:
    hours = told.says["hours"]
    x = [_plain(one) for one in hours]
    calls = Text("panggilan", "calls").say(language)
    hover = [
        f"{_clock(one, language)} · {fmt.number(one['mean'], language, 1)} {calls} "
        f"({fmt.number(one['low'], language)}–{fmt.number(one['high'], language)})"
        for one in hours
    ]
    first = dt.datetime.fromisoformat(hours[0]["hour"]).replace(tzinfo=None)
    came = told.says["past"]
    before = [(first - dt.timedelta(hours=len(came) - number)).isoformat() for number in range(len(came))]
    seen = [
        f"{when[11:13]} · {fmt.NOTHING if one is None else one} {calls}" for when, one in zip(before, came, strict=True)
    ]
    band = fig.band("80 %", [*x, *reversed(x)], [*(o["high"] for o in hours), *(o["low"] for o in reversed(hours))], 0)
    words = [Text("24 jam terakhir", "last 24 hours"), Text("perkiraan", "expected")]
    bars = fig.columns(words[0].say(language), before, came, seen, 1, [])
    line = fig.line(words[1].say(language), x, [one["mean"] for one in hours], hover, 0)
    layout = {"showlegend": True, "xaxis": {"type": "date"}, "yaxis": {"rangemode": "tozero"}}
    return {"data": [bars, band, line], "layout": layout}


def _hours_table(hours: list[dict[str, Any]], language: str) -> Answer:
    names = (
        Text("Jam", "Hour"),
        Text("Perkiraan", "Expected"),
        Text("Batas bawah 80 %", "Low 80 %"),
        Text("Batas atas 80 %", "High 80 %"),
    )
    rows = [
        [_clock(one, language), *(fmt.number(one[name], language, 1 if name == "mean" else 0) for name in NUMBERS)]
        for one in hours
    ]
    raw = [[one["hour"], *(one[name] for name in NUMBERS)] for one in hours]
    return twin([(name.say(language), "") for name in names], rows, raw) | {"series": list(NUMBERS)}


NUMBERS = ("mean", "low", "high")


@dataclass(frozen=True, kw_only=True)
class Staffing(Analysed):
    """The call takers that the expected calls need, beside those on duty."""

    analysis: str = CALLS_FORECAST

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        return (self.indicator, ON_DUTY_NOW)

    @property
    def says(self) -> Says:
        return STAFFING

    def drawn(self, connection: sa.Connection, asked: Asked, places: Places, told: Told) -> Answer:
        language, hours = asked.scope.language, told.says["hours"]
        if not told.says["desk"]:
            return empty(language, TOO_FEW_TALKS)
        there = value(connection, ON_DUTY_NOW, asked) or 0.0
        most = max(hours, key=lambda one: one["takers"] or 0)
        need = Text("paling banyak", "at most").say(language)
        now = Text("kini di meja", "on duty now").say(language)
        title = f"{(self.title or STAFFING.title).say(language)}: {need} {most['takers']} ({_clock(most, language)}), "
        return {
            "title": f"{title}{now} {fmt.number(there, language)}",
            "figure": _desk(hours, there, language),
            "table": _desk_table(hours, told.says["desk"], language),
        }


def _desk(hours: list[dict[str, Any]], there: float, language: str) -> fig.Figure:
    x = [_plain(one) for one in hours]
    word = STAFFING.unit.say(language)
    hover = [f"{_clock(one, language)} · {one['takers']} {word}" for one in hours]
    top = [f"{_clock(one, language)} · {one['takers_high']} {word}" for one in hours]
    names = Text("untuk yang diperkirakan", "for what is expected"), Text("untuk batas atas", "for the upper end")
    bars = fig.columns(names[0].say(language), x, [one["takers"] for one in hours], hover, 0, [])
    line = fig.line(names[1].say(language), x, [one["takers_high"] for one in hours], top, 1)
    line["line"]["shape"] = "hvh"
    most = max(there, *(one[name] or 0 for one in hours for name in ("takers", "takers_high")))
    ticks, numbers = fig.axis_ticks([most], Unit.PEOPLE, language)
    layout: fig.Figure = {
        "showlegend": True,
        "xaxis": {"type": "date"},
        "yaxis": {"range": [0, ticks[-1] * 1.15], "tickvals": ticks, "ticktext": numbers},
    }
    words = Text("di meja", "on duty").say(language)
    return {"data": [bars, line], "layout": layout | (fig.target_line(there, words, "y") if there else {})}


def _people(number: int | None, language: str) -> str:
    """A number of call takers; nothing where no number would be enough."""
    return fmt.NOTHING if number is None else fmt.number(number, language)


def _desk_table(hours: list[dict[str, Any]], desk: dict[str, float], language: str) -> Answer:
    talk = f"{Text('bicara', 'talk').say(language)} {fmt.number(desk['handling_s'], language)} s"
    waits = f"{Text('sabar', 'patience').say(language)} {fmt.number(desk['patience_s'], language)} s"
    names = (Text("Jam", "Hour"), Text("Petugas", "Call takers"), Text("Batas atas", "Upper end"))
    heads = [(names[0].say(language), ""), (names[1].say(language), talk), (names[2].say(language), waits)]
    raw = [[one["hour"], one["takers"], one["takers_high"]] for one in hours]
    rows = [
        [_clock(one, language), *(_people(one[name], language) for name in ("takers", "takers_high"))] for one in hours
    ]
    return twin(heads, rows, raw) | {"series": ["takers", "takers_high"]}


@dataclass(frozen=True, kw_only=True)
class HotSpots(Analysed):
    """Wards in which incidents come together, coloured by how many times the usual."""

    analysis: str = HOT_SPOTS
    few: Text = TOO_FEW_PLACED
    kind: Kind = field(default="map", init=False)
    height: Height = "l"

    @property
    def says(self) -> Says:
        return SPOTS

    def drawn(self, connection: sa.Connection, asked: Asked, places: Places, told: Told) -> Answer:
        language, found = asked.scope.language, told.says["clusters"]
        return {
            "title": self._finding(found, places, language),
            "figure": _spots(found, places, language),
            "table": _spots_table(found, places, language),
            "approximate": places.approximate,
            "subtitle": f"{_made(told, asked)}{_left_out(told, language)}",
        }

    def _finding(self, found: list[dict[str, Any]], places: Places, language: str) -> str:
        title = (self.title or SPOTS.title).say(language)
        if not found:
            return f"{title}: {Text('tidak ada saat ini', 'none at present').say(language)}"
        one = found[0]
        where, times = places.name(one["areas"][0]), fmt.number(one["came"] / one["expected"], language, 1)
        around = Text("sekitar", "around").say(language)
        said = Text(
            f"{one['came']} kejadian dalam {one['days']} hari, {times} kali biasanya",
            f"{one['came']} incidents in {one['days']} days, {times} times the usual",
        )
        return f"{title}: {around} {where}, {said.say(language)}"


def _left_out(told: Told, language: str) -> str:
    """How many incidents could not be placed: a cluster may hide among them."""
    if not told.says["unplaced"]:
        return ""
    number = fmt.number(told.says["unplaced"], language)
    return Text(f" · {number} tanpa kelurahan tidak ikut", f" · {number} without a ward left out").say(language)


def _spots(found: list[dict[str, Any]], places: Places, language: str) -> fig.Figure:
    address = boundary_address(places.city.slug, "kelurahan", boundary_file(places.city, "kelurahan"))
    told = {code: one for one in found for code in one["areas"]}
    wards = [area for area in places.book.areas.values() if area.level is Level.KELURAHAN or area.level is Level.DESA]
    others = [area for area in wards if area.code not in told]
    calm = Text("seperti biasa", "as usual").say(language)
    traces = [fig.unknown_areas(address, [a.code for a in others], [a.name for a in others], calm)]
    values = [one["came"] / one["expected"] for one in told.values()]
    if told:
        shown = [f"{fmt.number(number, language, 1)} {SPOTS.unit.say(language)}" for number in values]
        names = [places.name(code) for code in told]
        traces.append(fig.choropleth(address, list(told), values, names, shown, clickable=False))
    top = math.ceil(max([2.0, *values]))
    ticks = sorted({1, *(round(1 + (top - 1) * part / 3) for part in (1, 2, 3))})
    bar = {"title": {"text": ""}, "tickvals": ticks, "ticktext": [f"{tick}×" for tick in ticks]}
    scale = {"colorscale": "token:amount", "cmin": 1, "cmax": top, "colorbar": bar}
    return {"data": traces, "layout": {"coloraxis": scale, "geo": {"fitbounds": "locations", "visible": False}}}


def _spots_table(found: list[dict[str, Any]], places: Places, language: str) -> Answer:
    names = (
        Text("Sekitar", "Around"),
        Text("Kelurahan", "Wards"),
        Text("Hari", "Days"),
        Text("Kejadian", "Incidents"),
        Text("Biasanya", "Usual"),
        Text("Peluang kebetulan", "Chance"),
    )
    rows = [
        [
            places.name(one["areas"][0]),
            ", ".join(places.name(code) for code in one["areas"]),
            *(fmt.number(one[name], language) for name in ("days", "came")),
            fmt.number(one["expected"], language, 1),
            fmt.number(one["chance"], language, 3),
        ]
        for one in found
    ]
    raw = [
        [one["areas"][0], len(one["areas"]), *(one[n] for n in ("days", "came", "expected", "chance"))] for one in found
    ]
    return twin([(name.say(language), "") for name in names], rows, raw)
