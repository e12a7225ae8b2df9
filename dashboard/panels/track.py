"""Rekam jejak: how every model fared on days that have come since, and how the detector's alarms did."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.analyses import models
from dashboard.analyses.track import KEY
from dashboard.analysis import Says as Said
from dashboard.areas import Places
from dashboard.models.model import Model
from dashboard.models.track import LEAST_DAYS
from dashboard.models.unusual import QUARTER_DAYS
from dashboard.panels.base import Answer, Height, Kind, Says, bare_tile, empty, twin
from dashboard.panels.said import SaidPanel, chosen, label, short
from dashboard.panels.unusual import subject_name
from dashboard.panels.unusual_course import stretches
from dashboard.queries import Asked
from etl.text import Text

FILTERS = {"model": Text("Model", "Model"), "subject": Text("Subjek", "Subject")}
NONE = Text("Belum ada model yang dapat dinilai di sini.", "No model can be judged here yet.")
MOST_DRAWN = 24
PER_CENT = (0, 20, 40, 60, 80, 100)
Known = tuple[Model, dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class TrackPanel(SaidPanel):
    """A panel of the track record."""

    analysis: ClassVar[str] = KEY
    promise_s: ClassVar[int] = 2 * 86_400

    @property
    def filters(self) -> dict[str, Text]:
        return FILTERS

    @property
    def says(self) -> Says:
        return Says(
            Text("Rekam jejak model", "Track record of the models"),
            Text(
                "Apa yang dikatakan tiap model hanya dengan yang diketahui saat itu, di samping apa yang datang: "
                "berapa sering selangnya memuat kenyataan, dan seberapa jauh melesetnya dibanding ramalan tanpa model",
                "What each model said with nothing but what was known then, beside what came: how often its interval "
                "held what came, and how far it was out beside a forecast without a model",
            ),
            Text(
                "cakupan = hari dalam selang ÷ hari × 100, dengan selang 95 % Clopper–Pearson 1934 "
                "(doi:10.1093/biomet/26.4.404); galat = rata-rata |kata model − kenyataan|; "
                "untung = (1 − galat ÷ galat ramalan naif) × 100",
                "coverage = days within the interval ÷ days × 100, with a 95 % interval by Clopper and Pearson 1934 "
                "(doi:10.1093/biomet/26.4.404); error = mean |said − came|; gain = (1 − error ÷ naive error) × 100",
            ),
            Text("", ""),
        )


def known(said: Said, asked: Asked) -> Iterator[Known]:
    """The models of what is asked, with their record; one that is no longer declared is left out."""
    subject, wanted = chosen(asked, "subject"), chosen(asked, "model")
    for key, model in models().items():
        record = said["models"].get(key)
        if record is not None and subject in ("", model.subject) and wanted in ("", key):
            yield model, record


def judged(said: Said, asked: Asked) -> list[Known]:
    """Those of which there are days enough."""
    return [(model, record) for model, record in known(said, asked) if "held" in record]


def is_honest(model: Model, record: dict[str, Any]) -> bool:
    """Whether what its intervals hold may be what they are meant to."""
    return bool(record["low"] <= 100 * model.coverage <= record["high"])


@dataclass(frozen=True, kw_only=True)
class Honest(TrackPanel):
    """Of how many models the intervals hold what they are meant to."""

    kind: Kind = field(default="tile", init=False)
    span: int = 4
    height: Height = "s"

    def shown(self, said: Said, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        found = judged(said, asked)
        good = [one for one in found if is_honest(*one)]
        bad = [model.title.say(language) for model, record in found if not is_honest(model, record)]
        tile = bare_tile() | {
            "value": fmt.number(len(good), language),
            "unit": Text(f"dari {len(found)} model", f"of {len(found)} models").say(language),
            "compared": _few(bad, Text("meleset: ", "off: ").say(language)),
        }
        return {"tile": tile} if found else empty(language, NONE)


@dataclass(frozen=True, kw_only=True)
class Better(TrackPanel):
    """How many models beat the forecast without a model."""

    kind: Kind = field(default="tile", init=False)
    span: int = 4
    height: Height = "s"

    def shown(self, said: Said, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        found = [(model, record) for model, record in judged(said, asked) if record["gain"] is not None]
        good = [model for model, record in found if record["gain"] > 0]
        worse = [model.title.say(language) for model, record in found if record["gain"] <= 0]
        tile = bare_tile() | {
            "value": fmt.number(len(good), language),
            "unit": Text(f"dari {len(found)} model", f"of {len(found)} models").say(language),
            "compared": _few(worse, Text("kalah: ", "beaten: ").say(language)),
        }
        return {"tile": tile} if found else empty(language, NONE)


def _few(names: Sequence[str], before: str) -> str:
    more = f" +{len(names) - 2}" if len(names) > 2 else ""
    return before + ", ".join(names[:2]) + more if names else ""


@dataclass(frozen=True, kw_only=True)
class Alarms(TrackPanel):
    """The detector's alarms: told, right and wrong by what is known now; and how often a past year would have rung."""

    kind: Kind = field(default="tile", init=False)
    span: int = 4
    height: Height = "s"

    @property
    def says(self) -> Says:
        return Says(
            Text("Alarm yang benar", "Alarms that were right"),
            Text(
                "Benar: nilainya masih di luar selang yang disebut saat itu, menurut data sekarang. Salah: kembali ke "
                "dalam selang setelah koreksi. Laju ulangan memuat kejadian nyata: tak seorang pun mencatat yang mana",
                "Right: by what is known now its value still lies outside the interval told with it. Wrong: it fell "
                "back into it after corrections. The replayed rate has real events in it: nobody recorded which",
            ),
            Text(
                f"alarm benar ÷ (benar + salah); laju = alarm ulangan ÷ (wilayah × {QUARTER_DAYS} hari)",
                f"alarms right ÷ (right + wrong); rate = replayed alarms ÷ (areas × {QUARTER_DAYS} days)",
            ),
            Text("", ""),
        )

    def shown(self, said: Said, asked: Asked, places: Places) -> Answer:
        language, alarms = asked.scope.language, said["alarms"]
        right, wrong, rate = alarms["right"], alarms["wrong"], alarms.get("rate")
        tile = bare_tile() | {
            "value": fmt.number(right, language),
            "unit": Text(f"dari {right + wrong} alarm", f"of {right + wrong} alarms").say(language),
        }
        if rate is not None:
            shown = short(rate, language, 2)
            tile["compared"] = Text(
                f"ulangan: {shown} per wilayah dan triwulan, kejadian nyata termasuk",
                f"replayed: {shown} for an area and quarter, real events among them",
            ).say(language)
        names = {"told": ("Disebut", "Told"), "right": ("Benar", "Right"), "wrong": ("Salah", "Wrong")}
        more = {"replayed": ("Ulangan", "Replayed"), "rate": ("Laju", "Rate"), "quarters": ("Triwulan", "Quarters")}
        rows = [(Text(*both).say(language), alarms.get(name)) for name, both in (names | more).items()]
        heads = [(Text("Alarm", "Alarms").say(language), ""), (Text("Banyaknya", "How many").say(language), "")]
        return {"tile": tile, "table": twin(heads, [[name, short(number, language)] for name, number in rows], rows)}


@dataclass(frozen=True, kw_only=True)
class Coverage(TrackPanel):
    """What the intervals of each model held, with the interval of that, beside what they are meant to hold."""

    height: Height = "l"

    def shown(self, said: Said, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        found = sorted(judged(said, asked), key=lambda one: one[1]["held"])
        if not found:
            return empty(language, NONE)
        off = sum(not is_honest(*one) for one in found)
        title = Text(
            f"Selang {len(found) - off} dari {len(found)} model memuat sebanyak yang dijanjikan",
            f"The intervals of {len(found) - off} of {len(found)} models hold what they promise",
        )
        few = _drawn(found)
        return {
            "title": title.say(language),
            "subtitle": Text(
                "titik: cakupan; garis: selang 95 %; tegak: janji",
                "dot: coverage; line: 95 % interval; upright: meant",
            ).say(language),
            "figure": {"data": _coverage(few, language), "layout": _coverage_layout(few, _names(few, language))},
            "table": _measured(found, language),
        }


def _drawn(found: list[Known]) -> list[Known]:
    """Those furthest from what is meant, at either end; the table has all."""
    ranked = sorted(found, key=lambda one: -abs(one[1]["held"] - 100 * one[0].coverage))[:MOST_DRAWN]
    return sorted(ranked, key=lambda one: one[1]["held"])


def _names(found: Sequence[Known], language: str) -> list[str]:
    return [label(model.title.say(language), 30) for model, _ in found]


def _coverage(found: Sequence[Known], language: str) -> list[fig.Figure]:
    names = _names(found, language)
    lines = {
        "type": "scatter",
        "mode": "lines",
        "x": [x for _, record in found for x in (round(record["low"], 1), round(record["high"], 1), None)],
        "y": [y for name in names for y in (name, name, None)],
        "line": {"color": fig.SERIES[0], "width": 5},
        "opacity": 0.45,
        "hoverinfo": "skip",
    }
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": [round(record["held"], 1) for _, record in found],
        "y": names,
        "text": [_held(model, record, language) for model, record in found],
        "hovertemplate": "%{text}<extra></extra>",
        "customdata": [f"saring=model:{model.key}" for model, _ in found],
        "marker": {
            "size": 11,
            "color": [fig.SERIES[0] if is_honest(*one) else "token:act" for one in found],
        },
    }
    meant = {
        "type": "scatter",
        "mode": "markers",
        "x": [100 * model.coverage for model, _ in found],
        "y": names,
        "marker": {"symbol": "line-ns", "size": 15, "line": {"width": 3, "color": "token:watch"}},
        "hoverinfo": "skip",
    }
    return [lines, meant, dots]


def _held(model: Model, record: dict[str, Any], language: str) -> str:
    held, low, high = (short(record[name], language) for name in ("held", "low", "high"))
    days = Text("hari", "days").say(language)
    return f"<b>{model.title.say(language)}</b><br>{held} % ({low}–{high} %), {record['days']} {days}"


def _coverage_layout(found: Sequence[Known], names: Sequence[str]) -> fig.Figure:
    least = min(record["low"] for _, record in found)
    return {
        "showlegend": False,
        "xaxis": {"range": [max(0, least - 3), 102], "tickvals": PER_CENT, "ticktext": [f"{n} %" for n in PER_CENT]},
        "yaxis": fig.downwards(names) | {"automargin": True, "ticklabelstandoff": 8},
    }


@dataclass(frozen=True, kw_only=True)
class Gains(TrackPanel):
    """By how much each model is nearer to what came than a forecast without one."""

    height: Height = "l"

    def shown(self, said: Said, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        found = [one for one in judged(said, asked) if one[1]["gain"] is not None]
        if not found:
            return empty(language, NONE)
        ranked = sorted(found, key=lambda one: -one[1]["gain"])
        drawn = ranked if len(ranked) <= MOST_DRAWN else ranked[: MOST_DRAWN // 2] + ranked[-MOST_DRAWN // 2 :]
        names = [label(model.title.say(language), 30) for model, _ in drawn]
        gains = [record["gain"] for _, record in drawn]
        shown = [f"{short(gain, language, 0)} %" for gain in gains]
        colours = ["token:series-1" if gain > 0 else "token:act" for gain in gains]
        bars = fig.bars(names, gains, shown, [f"saring=model:{model.key}" for model, _ in drawn], colours)
        better = sum(record["gain"] > 0 for _, record in found)
        title = Text(
            f"{better} dari {len(found)} model lebih dekat daripada ramalan tanpa model",
            f"{better} of {len(found)} models are nearer than a forecast without one",
        )
        low, high = min(0.0, *gains), max(1.0, *gains)
        room = 0.25 * (high - low)
        layout = fig.bars_layout(names, gains)
        layout["xaxis"] = {"visible": False, "range": [low - room if low < 0 else 0, high + room]}
        layout["yaxis"] |= {"automargin": True}
        subtitle = Text("galat lebih kecil sekian persen", "error smaller by so many per cent")
        figure = {"data": [bars], "layout": layout}
        return {
            "title": title.say(language),
            "subtitle": subtitle.say(language),
            "figure": figure,
            "table": _measured(ranked, language),
        }


@dataclass(frozen=True, kw_only=True)
class Records(TrackPanel):
    """Every model: what it is, what it is compared with, and how it fared; those without days enough last."""

    kind: Kind = field(default="table", init=False)
    span: int = 12
    height: Height = "s"

    def shown(self, said: Said, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        found = list(known(said, asked))
        if not found:
            return empty(language, NONE)
        ranked = sorted(found, key=lambda one: ("held" not in one[1], one[0].subject, one[0].title.id))
        few = sum("held" not in record for _, record in found)
        title = Text(
            f"{len(found)} model, {few} belum punya cukup hari", f"{len(found)} models, {few} without days enough yet"
        )
        return {"title": title.say(language), "table": _records(ranked, language)}


def _measured(found: Sequence[Known], language: str) -> Answer:
    """Models in numbers."""
    names = ("Hari", "Days"), ("Cakupan (%)", "Coverage (%)"), ("Batas bawah (%)", "Low (%)")
    more = ("Batas atas (%)", "High (%)"), ("Galat", "Error"), ("Galat naif", "Naive error"), ("Untung (%)", "Gain (%)")
    heads = [(Text(*both).say(language), "") for both in (("Model", "Model"), *names, *more)]
    columns = ("days", "held", "low", "high", "error", "naive", "gain")
    rows = [
        [
            model.title.say(language),
            fmt.number(record["days"], language),
            *(short(record[name], language) for name in columns[1:4]),
            *(_amount(record[name], model, language) for name in columns[4:6]),
            short(record["gain"], language),
        ]
        for model, record in found
    ]
    raw = [[model.key, *(record[name] for name in columns)] for model, record in found]
    return twin(heads, rows, raw) | {"series": list(columns)}


def _records(found: Sequence[Known], language: str) -> Answer:
    names = ("Model", "Model"), ("Subjek", "Subject"), ("Hari", "Days"), ("Cakupan", "Coverage"), ("Janji", "Meant")
    more = ("Galat", "Error"), ("Galat naif", "Naive error"), ("Untung", "Gain")
    heads = [(Text(*both).say(language), "") for both in (*names, *more)]
    rows = [_record(model, record, language) for model, record in found]
    columns = ("error", "naive", "gain")
    raw = [
        (model.key, model.subject, record["days"], record.get("held"), model.coverage, *map(record.get, columns))
        for model, record in found
    ]
    table = twin(heads, rows, raw)
    for column, (name, _) in zip(table["columns"], (*names, *more), strict=True):
        column["align"] = "left" if name in ("Model", "Subjek") else "right"
    tones = ["watch" if "held" in record and not is_honest(model, record) else "" for model, record in found]
    patches = [f"saring=model:{model.key}" for model, _ in found]
    return table | {"tones": tones, "patches": patches, "series": ["subject", "days", "held", "meant", *columns]}


def _record(model: Model, record: dict[str, Any], language: str) -> list[str]:
    title, subject = model.title.say(language), subject_name(model.subject, language)
    days = fmt.number(record["days"], language)
    meant = f"{100 * model.coverage:.0f} %"
    if "held" not in record:
        few = Text(f"belum cukup hari (perlu {LEAST_DAYS})", f"not enough days yet ({LEAST_DAYS} needed)")
        return [title, subject, days, few.say(language), meant, *[fmt.NOTHING] * 3]
    held, low, high = (short(record[name], language, 0) for name in ("held", "low", "high"))
    error, naive = (_amount(record[name], model, language) for name in ("error", "naive"))
    gain = fmt.NOTHING if record["gain"] is None else f"{short(record['gain'], language, 0)} %"
    return [title, subject, days, f"{held} % ({low}–{high})", meant, error, naive, gain]


def _amount(number: float | None, model: Model, language: str) -> str:
    """An error with enough digits to be compared."""
    if number is None or not model.unit.adds_up or number >= 100:
        return fmt.figure(number, model.unit, language)
    return fmt.number(number, language, 1)


@dataclass(frozen=True, kw_only=True)
class Compared(TrackPanel):
    """What the chosen model, or the one furthest from its promise, said with its interval, beside what came."""

    span: int = 12

    def shown(self, said: Said, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        found = judged(said, asked)
        if not found:
            return empty(language, NONE)
        model, record = max(found, key=lambda one: abs(one[1]["held"] - 100 * one[0].coverage))
        days, said_, low, high, naive, came = (list(column) for column in zip(*record["course"], strict=True))
        held = short(record["held"], language, 0)
        title = Text(
            f"{model.title.id}: selang memuat {held} % dari {record['days']} hari",
            f"{model.title.en}: its interval held {held} % of {record['days']} days",
        )
        names = (Text("Saat", "Moment"), Text("Kata model", "Said"), Text("Bawah", "Low"), Text("Atas", "High"))
        more = (Text("Naif", "Naive"), Text("Yang datang", "What came"))
        rows = [[row[0], *(_amount(number, model, language) for number in row[1:])] for row in record["course"]]
        heads = [(name.say(language), "") for name in (*names, *more)]
        return {
            "title": title.say(language),
            "subtitle": model.method.say(language),
            "unit": model.unit.value.say(language),
            "figure": _compared(days, (said_, low, high, naive, came), model, language),
            "table": twin(heads, rows, record["course"]) | {"series": ["said", "low", "high", "naive", "came"]},
        }


def _compared(days: Sequence[str], of: Sequence[list[Any]], model: Model, language: str) -> fig.Figure:
    said, low, high, naive, came = of
    hover = [
        f"{day} · {_amount(b, model, language)}; {_amount(a, model, language)}"
        for day, a, b in zip(days, said, came, strict=True)
    ]
    named = Text("kata model", "said"), Text("yang datang", "what came"), Text("tanpa model", "without a model")
    lines = zip(named, (said, came, naive), (1, 0, 4), strict=True)
    drawn = [fig.line(name.say(language), days, values, hover, number) for name, values, number in lines]
    drawn[2]["line"] |= {"dash": "dot", "width": 1}
    ticks, words = fig.axis_ticks([x for x in (*high, *came) if x is not None], model.unit, language)
    layout = {
        "showlegend": True,
        "xaxis": {"type": "date"},
        "yaxis": {"rangemode": "tozero", "tickvals": ticks, "ticktext": words},
    }
    return {"data": [stretches(days, low, high, 1), *drawn], "layout": layout}
