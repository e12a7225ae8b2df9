"""The rows that a figure counts, one line each."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Unit
from dashboard.panels.base import NO_DATA, Answer, Height, IndicatorPanel, Kind, empty, twin
from dashboard.queries import Asked, knew, listed, named
from dashboard.words import word
from etl.catalogue import contract
from etl.contract import Column, Privacy
from etl.contract import Kind as Holds
from etl.text import Text

NUMBERS = (Holds.INTEGER, Holds.DECIMAL, Holds.MONEY)


@dataclass(frozen=True, kw_only=True)
class Rows(IndicatorPanel):
    """The rows that an indicator counts, the earliest due on top; only of datasets that are public (P0)."""

    columns: tuple[str, ...]  # the first names the row
    due: str  # a day: what is past it is to be acted on
    nothing: Text  # what stands when there are none
    kind: Kind = field(default="table", init=False)
    span: int = 12
    height: Height = "s"

    def __post_init__(self) -> None:
        if contract(self.indicator.dataset).privacy is not Privacy.P0:
            raise ValueError(f"{self.id}: single rows are shown of public datasets only")

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        rows = listed(connection, self.indicator, asked, self.columns, self.due)
        if not rows:
            return empty(language, self.nothing if knew(connection, self.indicator, asked) else NO_DATA)
        columns = [contract(self.indicator.dataset)[name] for name in self.columns]
        heads = [(named(column.meaning).say(language), column.unit) for column in columns]
        cells = [[said(c, cell, places, language) for c, cell in zip(columns, row, strict=True)] for row in rows]
        table = twin(heads, cells, [[_plain(cell) for cell in row] for row in rows])
        for head, column in zip(table["columns"], columns, strict=True):
            head["align"] = "right" if column.kind in NUMBERS else "left"
        late = [row._mapping[self.due] for row in rows]
        tones = ["act" if day and day < asked.moment.day else "" for day in late]
        title = f"{(self.title or self.indicator.title).say(language)}: {fmt.number(len(rows), language)}"
        return {"title": title, "table": table | {"tones": tones}}


def said(column: Column, cell: Any, places: Places, language: str) -> str:
    """A cell as people read it."""
    if cell is None:
        return fmt.NOTHING
    if column.name == "agency_code":
        return places.agency(cell)
    match column.kind:
        case Holds.DATE:
            return fmt.day(cell, language)
        case Holds.AREA:
            return places.name(cell)
        case Holds.MONEY:
            return fmt.exact(float(cell), Unit.RUPIAH, language)
        case Holds.DECIMAL | Holds.INTEGER:
            return fmt.number(cell, language)
        case Holds.CATEGORY:
            return word(cell, language)
        case _:
            return str(cell)


def _plain(cell: Any) -> Any:
    return cell.isoformat() if isinstance(cell, dt.date) else cell
