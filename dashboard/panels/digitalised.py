"""What digital service changed in the wards that got it, against the others: what the analysis of the day says."""

import datetime as dt
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.analyses.services import BUDGETS_DATA, DIGITALISATION, REQUESTS_DATA
from dashboard.analysis import latest
from dashboard.areas import Places
from dashboard.models.differences import FEWEST_BEGUN, FEWEST_DAYS, FEWEST_OTHERS, FEWEST_ROWS, REACH
from dashboard.panels.base import Answer, Height, IndicatorPanel, Kind, Says, bare_tile, empty, twin
from dashboard.queries import Asked
from etl.analyses import ANALYSES
from etl.text import Text

PARALLEL = 0.1  # a chance below: the wards were on another way before
SURE = 0.05
POINTS = Text("poin", "points")
EFFECT = Says(
    Text("Dampak digitalisasi", "Effect of digitalisation"),
    Text(
        "Berapa poin lebih banyak bagian layanan digital naik di kelurahan percontohan daripada di kelurahan lain, "
        f"sampai {REACH} hari sebelum dan sesudah masing-masing mulai; tiap kelurahan sama beratnya. Selang 80 %. "
        "Anggapan: tanpa digitalisasi, percontohan berubah seperti yang lain. Sejajar sebelumnya mendukung, tidak "
        "membuktikan",
        "By how many points more the digital share of services rose in the pilot wards than in the others, up to "
        f"{REACH} days before and after each began; every ward weighs the same. 80 % interval. Assumed: without it the "
        "pilots would have changed like the others. That they went side by side before supports this, and proves "
        "nothing",
    ),
    Text(
        "selisih dari selisih: rata-rata (sesudah − sebelum) percontohan − yang lain; selang Welch (Bertrand, Duflo, "
        "Mullainathan 2004, QJE 119: 249–275; Imbens, Kolesár 2016, doi:10.1162/REST_a_00552); p: uji "
        "permutasi (MacKinnon, Webb 2020, doi:10.1016/j.jeconom.2020.04.024)",
        "difference in differences: mean (after − before) of the pilots − the others; Welch's interval (Bertrand, "
        "Duflo, Mullainathan 2004, QJE 119: 249–275; Imbens, Kolesár 2016, doi:10.1162/REST_a_00552); "
        "p: permutation test (MacKinnon, Webb 2020, doi:10.1016/j.jeconom.2020.04.024)",
    ),
    POINTS,
)
NO_PILOTS = Text("Belum ada kelurahan percontohan dalam anggaran digitalisasi.", "The budget names no pilot wards.")
NOT_MADE = Text("Analisis belum dibuat.", "The analysis was not made yet.")
NO_DAY = Text(
    "Hari mulai melayani tidak tercatat pada laporan anggaran, jadi sebelum dan sesudah tidak dapat dibedakan.",
    "The budget report does not tell when the sites began, so that before and after cannot be told apart.",
)
TOO_FEW = Text(
    f"Belum cukup data: perlu {FEWEST_DAYS} hari sebelum dan sesudah, {FEWEST_ROWS} permohonan di tiap sisi, pada "
    f"{FEWEST_BEGUN} percontohan dan {FEWEST_OTHERS} kelurahan lain.",
    f"Not enough data: {FEWEST_DAYS} days before and after are needed, {FEWEST_ROWS} requests on each side, in "
    f"{FEWEST_BEGUN} pilots and {FEWEST_OTHERS} other wards.",
)
WHY = {"no_day": NO_DAY, "too_few": TOO_FEW}


@dataclass(frozen=True, kw_only=True)
class Digitalised(IndicatorPanel):
    """What the latest analysis says; the indicator is the share that it is about."""

    @property
    def datasets(self) -> tuple[str, ...]:
        return (BUDGETS_DATA, REQUESTS_DATA)

    @property
    def renewed_by(self) -> tuple[str, ...]:
        return (*super().renewed_by, ANALYSES)

    @property
    def says(self) -> Says:
        return EFFECT

    def days(self, asked: Asked) -> str:
        return Text("menurut analisis terakhir", "by the latest analysis").say(asked.scope.language)

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        told = latest(connection, asked.city, DIGITALISATION, asked.scope.as_of)
        if told is None:
            return empty(language, NOT_MADE)
        if not told.says:
            return empty(language, NO_PILOTS)
        return self.drawn(told.says, places, language)

    @abstractmethod
    def drawn(self, says: dict[str, Any], places: Places, language: str) -> Answer:
        """The answer, from what was said."""


def _points(number: float, language: str) -> str:
    sign = "+" if number > 0 else "−" if number < 0 else ""
    return f"{sign}{fmt.number(abs(number), language, 1)}"


def _span(low: float, high: float, language: str) -> str:
    until = Text("sampai", "to").say(language)
    return f"{_points(low, language)} {until} {_points(high, language)}"


@dataclass(frozen=True, kw_only=True)
class EffectTile(Digitalised):
    """The effect as a number, with its interval."""

    kind: Kind = field(default="tile", init=False)
    span: int = 3
    height: Height = "s"

    def drawn(self, says: dict[str, Any], places: Places, language: str) -> Answer:
        effect = says.get("effect")
        if not effect:
            return empty(language, WHY.get(says.get("why", ""), TOO_FEW))
        low, high = (_points(effect[name], language) for name in ("low", "high"))
        tile = {
            "value": _points(effect["mean"], language),
            "unit": POINTS.say(language),
            "compared": _told(says, language),
            "target": f"80 %: {low} … {high}",  # short: it stands on walls
        }
        heads = [("", ""), (EFFECT.title.say(language), POINTS.say(language))]
        names = (
            (Text("Dampak", "Effect"), "mean"),
            (Text("Batas bawah 80 %", "Low 80 %"), "low"),
            (Text("Batas atas 80 %", "High 80 %"), "high"),
            (Text("Percontohan: sesudah − sebelum", "Pilots: after − before"), "plain"),
            (Text("Yang lain: sesudah − sebelum", "The others: after − before"), "elsewhere"),
        )
        rows = [[text.say(language), _points(effect[name], language)] for text, name in names]
        return {"tile": bare_tile() | tile, "table": twin(heads, rows, [(name, effect[name]) for _, name in names])}


def _told(says: dict[str, Any], language: str) -> str:
    """Whether it is more than chance, and whether they went side by side before."""
    sure = says["chance"] <= SURE and says["effect"]["mean"] > 0
    told = Text("lebih dari kebetulan", "more than chance") if sure else Text("bisa kebetulan", "may be chance")
    return f"{told.say(language)} (p = {_chance(says['chance'], language)})"


def _chance(chance: float, language: str) -> str:
    return fmt.number(chance, language, 3 if chance < 0.1 else 2)


def parallel(course: dict[str, Any] | None) -> Text:
    """The assumption, and whether the days before are in its favour."""
    if course is None or course["chance"] is None:
        return Text(
            "Apakah sejajar sebelum mulai: belum cukup data.", "Side by side before they began: not enough data."
        )
    p_id, p_en = (_chance(course["chance"], language) for language in ("id", "en"))
    if course["chance"] < PARALLEL:
        return Text(
            f"Sebelum mulai pun TIDAK sejajar (p = {p_id}): dampaknya jangan dipercaya.",
            f"NOT side by side even before (p = {p_en}): do not trust the effect.",
        )
    return Text(
        f"Anggapan: tanpa program, sama seperti yang lain. Sebelum mulai: tidak tampak berbeda (p = {p_id}).",
        f"Assumed: without it, like the others. Before they began: no difference to be seen (p = {p_en}).",
    )


@dataclass(frozen=True, kw_only=True)
class EffectCourse(Digitalised):
    """The difference step by step, before and after they began: an event study."""

    span: int = 6
    height: Height = "m"

    def drawn(self, says: dict[str, Any], places: Places, language: str) -> Answer:
        effect, course = says.get("effect"), says.get("course")
        if not effect or not course:
            return empty(language, WHY.get(says.get("why", ""), TOO_FEW))
        steps = [step for step in course["steps"] if step[0] < -1]
        steps += [[-1, 0.0, 0.0, 0.0], *(step for step in course["steps"] if step[0] >= 0)]
        days = course["days"]
        title = Text("Digital di percontohan", "Digital in the pilots").say(language)
        span = _span(effect["low"], effect["high"], language)
        more = Text("poin daripada di kelurahan lain", "points against the other wards").say(language)
        return {
            "title": f"{title}: {_points(effect['mean'], language)} {more} ({span})",
            "subtitle": parallel(course).say(language),
            "figure": _course_figure(steps, days, language),
            "table": _course_table(steps, days, language),
        }


def _when(number: float, days: int, language: str) -> str:
    """A step in words: the weeks that it covers, counted from the day of beginning."""
    weeks = days // 7
    first = int(number) * weeks
    unit = Text("pekan", "weeks").say(language)
    return f"{_week(first)} … {_week(first + weeks)} {unit}"


def _week(number: int) -> str:
    return f"−{-number}" if number < 0 else f"+{number}" if number else "0"


def _course_figure(steps: Sequence[Sequence[float]], days: int, language: str) -> fig.Figure:
    x = [_when(step[0], days, language) for step in steps]
    hover = [
        f"{name} · {_points(mean, language)} ({_span(low, high, language)})"
        for name, (_, mean, low, high) in zip(x, steps, strict=True)
    ]
    trace = fig.line(EFFECT.title.say(language), x, [step[1] for step in steps], hover, 0, mode="lines+markers")
    trace["marker"] = {"size": 9, "color": fig.SERIES[0]}
    trace["error_y"] = {
        "type": "data",
        "symmetric": False,
        "array": [high - mean for _, mean, _, high in steps],
        "arrayminus": [mean - low for _, mean, low, _ in steps],
        "color": fig.SERIES[0],
        "thickness": 2,
        "width": 7,
    }
    numbers = [step[0] for step in steps]
    shapes = fig.target_line(0, "", "y")["shapes"]
    if -1 in numbers and numbers[-1] >= 0:
        began = fig.target_line(numbers.index(-1) + 0.5, Text("mulai", "began").say(language), "x")["shapes"][0]
        shapes = [*shapes, began]
    layout = {"showlegend": False, "xaxis": {"type": "category"}, "yaxis": {"rangemode": "normal"}, "shapes": shapes}
    return {"data": [trace], "layout": layout}


def _course_table(steps: Sequence[Sequence[float]], days: int, language: str) -> Answer:
    names = (
        Text("Dari mulai", "From the beginning"),
        Text("Selisih", "Difference"),
        Text("Batas bawah 80 %", "Low 80 %"),
    )
    heads = [(name.say(language), "") for name in (*names, Text("Batas atas 80 %", "High 80 %"))]
    rows = [[_when(step[0], days, language), *(_points(number, language) for number in step[1:])] for step in steps]
    return twin(heads, rows, [(int(step[0]), *step[1:]) for step in steps])


@dataclass(frozen=True, kw_only=True)
class EffectPlaces(Digitalised):
    """Before and after of each pilot: raw counts, so that it can be seen what the effect is made of."""

    kind: Kind = field(default="table", init=False)
    span: int = 6
    height: Height = "m"

    def drawn(self, says: dict[str, Any], places: Places, language: str) -> Answer:
        if not says.get("places"):
            return empty(language, WHY.get(says.get("why", ""), TOO_FEW))
        lines = sorted(says["places"], key=_gain)
        risen = sum(_gain(line) > 0 for line in lines)
        heads = [
            (Text("Percontohan", "Pilot").say(language), ""),
            (Text("Sebelum", "Before").say(language), "%"),
            (Text("Sesudah", "After").say(language), "%"),
            (Text("Berubah", "Change").say(language), POINTS.say(language)),
            (Text("n sebelum", "n before").say(language), ""),
            (Text("n sesudah", "n after").say(language), ""),
            (Text("Mulai", "Began").say(language), ""),
        ]
        rows = [_place_row(line, places, language) for line in lines]
        raw = [(line[0], *_shares(line), _gain(line), line[3], line[5], line[1]) for line in lines]
        few = "" if says.get("effect") else " " + TOO_FEW.say(language)
        title = Text(
            f"Digital naik di {risen} dari {len(lines)} percontohan", f"Digital rose in {risen} of {len(lines)} pilots"
        )
        about = Text(
            f"Sampai {REACH} hari sebelum dan sesudah masing-masing mulai.",
            f"Up to {REACH} days before and after each began.",
        )
        table = twin(heads, rows, raw) | {"patches": [f"wilayah={line[0]}" for line in lines]}
        return {"title": title.say(language), "subtitle": about.say(language) + few, "table": table}


def _shares(line: Sequence[Any]) -> tuple[float | None, float | None]:
    """Per cent digital before and after; nothing where nothing was asked for."""
    _, _, before, all_before, after, all_after = line
    return (
        100 * before / all_before if all_before else None,
        100 * after / all_after if all_after else None,
    )


def _gain(line: Sequence[Any]) -> float:
    before, after = _shares(line)
    return after - before if before is not None and after is not None else 0.0


def _place_row(line: Sequence[Any], places: Places, language: str) -> list[str]:
    shares = [fmt.NOTHING if share is None else fmt.number(share, language) for share in _shares(line)]
    change = fmt.NOTHING if fmt.NOTHING in shares else _points(_gain(line), language)
    began = fmt.day(dt.date.fromisoformat(line[1]), language)
    requests = (fmt.number(line[3], language), fmt.number(line[5], language))
    return [places.name(line[0]), *shares, change, *requests, began]
