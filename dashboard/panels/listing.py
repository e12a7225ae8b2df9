"""What the ledger says, as a table: no indicator, but the proof beneath all of them."""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from dashboard.areas import Places
from dashboard.ledger import Line, View
from dashboard.live import LEDGER
from dashboard.overlaps import NO_REGISTRY, compared, listed
from dashboard.panels.base import Answer, Height, Kind, Panel, empty, twin
from dashboard.queries import Asked
from etl.text import Text
from etl.warehouse import RUNS, SOURCES

FILTERS = {"source": Text("Sumber", "Source"), "dataset": Text("Data", "Dataset")}
OWNER = Text("Walidata kota", "The city's data steward")


@dataclass(frozen=True)
class Listing(Panel):
    """One view of the ledger; the title says what it amounts to."""

    view: View
    kind: Kind = field(default="table", init=False)
    span: int = field(default=12, kw_only=True)
    height: Height = field(default="s", kw_only=True)

    @property
    def id(self) -> str:
        return self.name or self.view.key

    @property
    def datasets(self) -> tuple[str, ...]:
        return (LEDGER, *self.view.datasets)

    @property
    def filters(self) -> dict[str, Text]:
        return FILTERS

    def answer(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        lines = self.view.lines(connection, asked)
        return {
            "kind": self.kind,
            "title": (self.view.finding(lines) if lines else self.view.title).say(language),
            "subtitle": self.view.meaning.say(language),
            "unit": "",
            "state": "ok",
            "message": "",
            **known(connection, asked, self.view),
            **(self._table(lines, asked) if lines else empty(language, self.view.nothing)),
        }

    def _table(self, lines: list[Line], asked: Asked) -> Answer:
        language, heads = asked.scope.language, self.view.heads
        rows = [[head.shown(cell, asked) for head, cell in zip(heads, line.cells, strict=True)] for line in lines]
        raw = [[_raw(cell, language) for cell in line.cells] for line in lines]
        table = twin([(head.title.say(language), "") for head in heads], rows, raw)
        for column, head in zip(table["columns"], heads, strict=True):
            column["align"] = "right" if head.is_number else "left"
        return {"table": table | {"tones": [line.tone for line in lines], "patches": [line.patch for line in lines]}}


@dataclass(frozen=True)
class OverlapListing(Listing):
    """Apps that overlap; says how much of the registry could be compared, and when a city has none."""

    def answer(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language, rows = asked.scope.language, listed(connection, asked)
        told = super().answer(connection, asked, places)
        if not rows:
            return told | empty(language, NO_REGISTRY)
        return told | {"subtitle": compared(rows, asked).say(language)}


def known(connection: sa.Connection, asked: Asked, view: View) -> Answer:
    """Age, simulation and definition of what the ledger says."""
    language = asked.scope.language
    written = sa.select(sa.func.max(RUNS.c.finished_at)).where(RUNS.c.city_code == asked.city.code)
    simulated = sa.select(sa.func.bool_or(SOURCES.c.simulated)).where(SOURCES.c.city_code == asked.city.code)
    at = connection.scalar(written)
    return {
        "fresh_at": at.isoformat() if at else None,
        "fresh_dataset": LEDGER,
        "promise_s": None,
        "simulated": bool(connection.scalar(simulated)),
        "definition": {
            "title": view.title.say(language),
            "meaning": view.meaning.say(language),
            "formula": view.formula.say(language),
            "unit": "",
            "source": Text("Buku besar Pantau", "Pantau's ledger").say(language),
            "owner": OWNER.say(language),
            "licence": Text("Internal pemerintah kota", "Internal to the city").say(language),
        },
    }


def _raw(cell: Any, language: str) -> Any:
    return cell.say(language) if isinstance(cell, Text) else cell
