"""The level of transmission, and what drives it."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Indicator, Unit
from dashboard.indicators.covid import POSITIVITY
from dashboard.levels import LADDERS, NOT_HELD, Step, capacity, driver, last_week, steps
from dashboard.panels.base import Answer, Height, IndicatorPanel, Kind, Says, bare_tile, empty, twin
from dashboard.panels.map import NO_POPULATION
from dashboard.queries import Asked
from etl.text import Text

LEVEL = Says(
    Text("Level transmisi", "Level of transmission"),
    Text(
        "Level 1–4 menurut KMK HK.01.07/MENKES/4805/2021, pekan Sabtu–Jumat terakhir. Data rawat inap belum ada, jadi "
        "ini level yang paling rendah",
        "Level 1–4 by KMK HK.01.07/MENKES/4805/2021, last week from Saturday to Friday. There are no data of hospital "
        "admissions, so this is the least that it can be",
    ),
    Text(
        "yang terburuk dari: kasus per 100 ribu (20 · 50 · 150), meninggal per 100 ribu (1 · 2 · 5)",
        "the worst of: cases per 100,000 (20 · 50 · 150), deaths per 100,000 (1 · 2 · 5)",
    ),
    Text("", ""),
)


@dataclass(frozen=True, kw_only=True)
class Level(IndicatorPanel):
    """The level as a number, and the indicator that drives it."""

    kind: Kind = field(default="tile", init=False)
    span: int = 3
    height: Height = "s"

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        held = (ladder.indicator for ladder in LADDERS if ladder.indicator)
        return tuple(dict.fromkeys((self.indicator, *held, POSITIVITY)))

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
        return self._drawn(worst, language) | {"table": self._table(found, *capacity(connection, week), language)}

    def _drawn(self, worst: Step, language: str) -> Answer:
        drives = f"{worst.ladder.title.say(language)}: {fmt.figure(worst.number, Unit.PER_100K, language)}"
        without = Text("tanpa data rawat inap", "without hospital admissions")
        tile = {"value": f"Level {worst.level}", "compared": drives, "target": without.say(language)}
        return {"tile": bare_tile() | tile}

    def _table(self, found: list[Step], positive: float | None, able: Text | None, language: str) -> Answer:
        names = (Text("Indikator", "Indicator"), Text("Nilai", "Value"), Text("Level", "Level"))
        testing = [fmt.exact(positive, Unit.PERCENT, language), able.say(language) if able else fmt.NOTHING]
        titles = [*(step.ladder.title.say(language) for step in found), POSITIVITY.title.say(language)]
        cells = [*(_cells(step, language) for step in found), testing]
        raw = [*((step.number, step.level) for step in found), (positive, None)]
        return twin(
            [(name.say(language), "") for name in names],
            [[title, *row] for title, row in zip(titles, cells, strict=True)],
            [(title, *row) for title, row in zip(titles, raw, strict=True)],
        )


def _cells(step: Step, language: str) -> list[str]:
    if step.level is None:
        return [fmt.NOTHING, NOT_HELD.say(language)]
    return [fmt.figure(step.number, Unit.PER_100K, language), str(step.level)]


@dataclass(frozen=True, kw_only=True)
class LevelTable(Level):
    """Every indicator of the level, with its value and where the levels begin."""

    kind: Kind = field(default="table", init=False)
    span: int = 6

    def _drawn(self, worst: Step, language: str) -> Answer:
        drives = worst.ladder.title.say(language).lower()
        by = Text("ditentukan oleh", "driven by").say(language)
        return {"title": f"{(self.title or LEVEL.title).say(language)} {worst.level}, {by} {drives}"}

    def _table(self, found: list[Step], positive: float | None, able: Text | None, language: str) -> Answer:
        table = super()._table(found, positive, able, language)
        bounds = [" · ".join(fmt.number(bound, language) for bound in step.ladder.bounds) for step in found]
        head = {
            "label": Text("Batas 2 · 3 · 4", "From 2 · 3 · 4").say(language),
            "unit": "",
            "align": "right",
        }
        rows = [[*row, bound] for row, bound in zip(table["rows"], [*bounds, "5 · 15 %"], strict=True)]
        raw = [[*row, bound] for row, bound in zip(table["raw"], [*bounds, ""], strict=True)]
        return {"columns": [*table["columns"], head], "rows": rows, "raw": raw}
