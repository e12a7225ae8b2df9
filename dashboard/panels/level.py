"""The level of transmission, and what drives it."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Indicator, Unit
from dashboard.levels import CAPACITIES, LADDERS, Capacity, Step, capacity, driver, last_week, steps, unknown
from dashboard.panels.base import Answer, Height, IndicatorPanel, Kind, Says, bare_tile, empty, twin
from dashboard.panels.map import NO_POPULATION
from dashboard.queries import Asked
from etl.text import Text

LEVEL = Says(
    Text("Level transmisi", "Level of transmission"),
    Text(
        "Level 1–4 menurut KMK HK.01.07/MENKES/4805/2021, pekan Sabtu–Jumat terakhir. Bila rawat inap tidak diketahui, "
        "ini level yang paling rendah",
        "Level 1–4 by KMK HK.01.07/MENKES/4805/2021, last week from Saturday to Friday. Where hospital admissions are "
        "not known, this is the least that it can be",
    ),
    Text(
        "yang terburuk dari: kasus per 100 ribu (20 · 50 · 150), rawat inap per 100 ribu (5 · 10 · 30), meninggal per "
        "100 ribu (1 · 2 · 5)",
        "the worst of: cases per 100,000 (20 · 50 · 150), admissions per 100,000 (5 · 10 · 30), deaths per 100,000 "
        "(1 · 2 · 5)",
    ),
    Text("", ""),
)
Row = tuple[list[str], list[object]]


@dataclass(frozen=True, kw_only=True)
class Level(IndicatorPanel):
    """The level as a number, and the indicator that drives it."""

    kind: Kind = field(default="tile", init=False)
    span: int = 3
    height: Height = "s"

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        held = (one.indicator for one in (*LADDERS, *CAPACITIES))
        return tuple(dict.fromkeys((self.indicator, *held)))

    @property
    def says(self) -> Says:
        return LEVEL

    def days(self, asked: Asked) -> str:
        week, language = last_week(asked).scope, asked.scope.language
        return f"{fmt.day(week.since, language)} – {fmt.day(week.until, language)}"

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language, week = asked.scope.language, last_week(asked)
        found = steps(connection, week)
        worst = driver(found)
        if worst is None:
            return empty(language, NO_POPULATION)
        lines = [_step_row(step, week, language) for step in found]
        lines += [_capacity_row(one, number, week, language) for one, number in capacity(connection, week)]
        return self._drawn(worst, found, language) | {"table": self._table(lines, language)}

    def _drawn(self, worst: Step, found: list[Step], language: str) -> Answer:
        drives = f"{worst.ladder.indicator.title.say(language)}: {fmt.figure(worst.number, Unit.PER_100K, language)}"
        without = Text("tanpa data rawat inap", "without hospital admissions").say(language)
        whole = all(step.level for step in found)
        tile = {"value": f"Level {worst.level}", "compared": drives, "target": "" if whole else without}
        return {"tile": bare_tile() | tile}

    def _table(self, lines: list[Row], language: str) -> Answer:
        names = (Text("Indikator", "Indicator"), Text("Nilai", "Value"), Text("Level", "Level"))
        heads = [(name.say(language), "") for name in names]
        return twin(heads, [shown[:3] for shown, _ in lines], [raw[:3] for _, raw in lines])


def _step_row(step: Step, week: Asked, language: str) -> Row:
    indicator = step.ladder.indicator
    title, bounds = indicator.title.say(language), _bounds(step.ladder.bounds, language)
    level = str(step.level) if step.level else unknown(indicator, week).say(language)
    shown = [title, fmt.figure(step.number, indicator.unit, language), level, bounds]
    return shown, [title, step.number, step.level, bounds]


def _capacity_row(one: Capacity, number: float | None, week: Asked, language: str) -> Row:
    indicator = one.indicator
    title, bounds = indicator.title.say(language), _bounds(one.bounds, language)
    says = unknown(indicator, week) if number is None else one.adequacy(number)
    return [title, fmt.exact(number, indicator.unit, language), says.say(language), bounds], [
        title,
        number,
        None,
        bounds,
    ]


def _bounds(bounds: tuple[float, ...], language: str) -> str:
    return " · ".join(fmt.number(bound, language) for bound in bounds)


@dataclass(frozen=True, kw_only=True)
class LevelTable(Level):
    """Every indicator of the level, with its value and where the levels begin."""

    kind: Kind = field(default="table", init=False)
    span: int = 6

    def _drawn(self, worst: Step, found: list[Step], language: str) -> Answer:
        drives = worst.ladder.indicator.title.say(language).lower()
        by = Text("ditentukan oleh", "driven by").say(language)
        return {"title": f"{(self.title or LEVEL.title).say(language)} {worst.level}, {by} {drives}"}

    def _table(self, lines: list[Row], language: str) -> Answer:
        table = super()._table(lines, language)
        head = {
            "label": Text("Batas", "Bounds").say(language),
            "unit": "",
            "align": "right",
        }
        rows, raw = [shown for shown, _ in lines], [list(one) for _, one in lines]
        return {"columns": [*table["columns"], head], "rows": rows, "raw": raw}
