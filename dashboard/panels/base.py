"""Panels: what a page is made of. Most name an indicator and say how to show it.

``Panel.answer`` gives the JSON that the browser draws: a sentence, a figure, its table twin,
its definition. It is pure: a database connection and a question in, a dict out.
"""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Indicator, Unit, Window
from dashboard.queries import Asked, filters, window
from etl.analyses import ANALYSES
from etl.catalogue import contract
from etl.grants import OF_AGENCIES
from etl.office import OFFICE
from etl.text import Text
from etl.warehouse import SOURCES

Answer = dict[str, Any]
Kind = Literal["tile", "map", "chart", "ticker", "table"]
Height = Literal["s", "m", "l"]
NO_DATA = Text("Belum ada data untuk pilihan ini.", "There is no data for this choice.")
WHOLE_CITY = Text("Hanya untuk seluruh kota, bukan satu OPD.", "Of the whole city only, not of one agency.")
NO_SOURCE = Text("belum ada di kota ini", "none in this city yet")


@dataclass(frozen=True, kw_only=True)
class Panel(ABC):
    """One place on a page."""

    name: str = ""
    span: int = 6
    height: Height = "m"
    title: Text | None = None
    kind: Kind = field(default="chart", init=False)

    @property
    @abstractmethod
    def id(self) -> str:
        """Its name in addresses, unique on its page."""

    @property
    @abstractmethod
    def datasets(self) -> tuple[str, ...]:
        """Every dataset that it stands on."""

    @property
    def renewed_by(self) -> tuple[str, ...]:
        """Everything whose change renews this panel: its datasets, and the targets that people set."""
        return (*self.datasets, OFFICE)

    @property
    @abstractmethod
    def filters(self) -> dict[str, Text]:
        """What it can be filtered by, with the names that people read."""

    @abstractmethod
    def answer(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        """The panel's content in the shape that ``assets/panel.js`` draws."""


class Says(NamedTuple):
    """What a figure is called and means."""

    title: Text
    meaning: Text
    formula: Text
    unit: Text


@dataclass(frozen=True)
class IndicatorPanel(Panel):
    """An indicator, shown. Subclasses say how."""

    indicator: Indicator

    @property
    def id(self) -> str:
        return self.name or self.indicator.key

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """All that it shows; the first is what it is about."""
        return (self.indicator,)

    @property
    def says(self) -> Says:
        """The definition that it shows; a panel that makes another figure of the indicator has its own."""
        indicator = self.indicator
        return Says(indicator.title, indicator.meaning, indicator.formula, indicator.unit.value)

    def days(self, asked: Asked) -> str:
        """The days that it covers, in words."""
        return days_of(self.indicator, asked)

    @property
    def datasets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for indicator in self.indicators for name in indicator.datasets))

    @property
    def of_agencies(self) -> bool:
        """Whether it can be said of one agency: its rows say whose they are, and no model of the whole city speaks."""
        return set(self.datasets) <= OF_AGENCIES and ANALYSES not in self.renewed_by

    @property
    def filters(self) -> dict[str, Text]:
        return {name: title for dataset in self.datasets for name, title in filters(dataset).items()}

    def answer(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        known = provenance(connection, self, asked)
        unknown = unknown_why(self.indicator, asked, known)
        if asked.agency is not None and not self.of_agencies:
            known |= {"fresh_at": None, "fresh_dataset": None}
            unknown = WHOLE_CITY
        return {
            "kind": self.kind,
            "title": (self.title or self.says.title).say(language),
            "subtitle": self.days(asked),
            "unit": self.says.unit.say(language),
            "state": "ok",
            "message": "",
            **known,
            **(empty(language, unknown) if unknown else self.shown(connection, asked, places)),
        }

    @abstractmethod
    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        """What is particular to this way of showing; it wins over what ``answer`` says in general."""


def days_of(indicator: Indicator, asked: Asked) -> str:
    """The days that a figure covers, in words."""
    language = asked.scope.language
    if indicator.window is Window.KNOWN:
        return Text("menurut laporan terakhir", "by the latest report").say(language)
    if indicator.window is Window.MOMENT:
        return Text("keadaan ", "as of ").say(language) + fmt.day(asked.scope.until, language)
    since, until = window(indicator, asked.scope)
    return fmt.day(since, language) if since == until else f"{fmt.day(since, language)} – {fmt.day(until, language)}"


def provenance(connection: sa.Connection, panel: IndicatorPanel, asked: Asked) -> Answer:
    """Age, promise, simulation and definition: a derived number is as old as its oldest part."""
    language = asked.scope.language
    wanted = [name for name in panel.datasets if name != "areas"]
    query = sa.select(SOURCES).with_only_columns(
        SOURCES.c.fresh_at,
        SOURCES.c.promise_s,
        SOURCES.c.simulated,
        SOURCES.c.app,
        SOURCES.c.owner,
        SOURCES.c.licence,
        SOURCES.c.dataset,
    )
    rows = connection.execute(query.where(SOURCES.c.city_code == asked.city.code, SOURCES.c.dataset.in_(wanted))).all()
    main = [row for row in rows if row.dataset == panel.indicator.dataset]
    oldest = max(  # of what a city does not have, what stands beside it says nothing
        (row for row in rows if row.fresh_at and main),
        key=lambda row: asked.now - row.fresh_at - dt.timedelta(seconds=row.promise_s),
        default=None,
    )
    return {
        "fresh_at": oldest.fresh_at.isoformat() if oldest else None,
        "fresh_dataset": oldest.dataset if oldest else None,
        "promise_s": oldest.promise_s if oldest else None,
        "simulated": any(row.simulated for row in rows),
        "definition": {
            **{name: text.say(language) for name, text in panel.says._asdict().items()},
            "source": ", ".join(dict.fromkeys(row.app for row in main)) or NO_SOURCE.say(language),
            "owner": ", ".join(dict.fromkeys(row.owner for row in main)) or NO_SOURCE.say(language),
            "licence": ", ".join(dict.fromkeys(row.licence for row in main)),
            "datasets": {name: contract(name).title.say(language) for name in panel.datasets},
        },
    }


def unknown_why(indicator: Indicator, asked: Asked, known: Answer) -> Text | None:
    """Why nothing can be said of these days, so that not knowing is never shown as zero."""
    if known["fresh_at"] is None:
        return Text("Sumber data ini belum pernah dimuat.", "This source was never loaded.")
    fresh = dt.datetime.fromisoformat(known["fresh_at"]).astimezone(asked.city.tz).date()
    if indicator.window is Window.KNOWN or window(indicator, asked.scope)[0] <= fresh:
        return None
    return Text(f"Data baru sampai {fmt.day(fresh, 'id')}.", f"Data reach only to {fmt.day(fresh, 'en')}.")


def empty(language: str, why: Text = NO_DATA) -> Answer:
    """Nothing to show, and why; ``figure`` and ``tile`` say nothing rather than something old."""
    return {"state": "empty", "message": why.say(language), "tile": bare_tile(), "figure": {"data": [], "layout": {}}}


def twin(heads: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]], raw: Sequence[Sequence[Any]]) -> Answer:
    """The table twin: first column words, the others numbers; ``raw`` is what the CSV and the tests read."""
    columns = [
        {"label": label, "unit": unit, "align": "left" if n == 0 else "right"} for n, (label, unit) in enumerate(heads)
    ]
    return {"columns": columns, "rows": [list(row) for row in rows], "raw": [list(row) for row in raw]}


def bare_tile() -> Answer:
    """A tile that has nothing to say."""
    return {
        "value": fmt.NOTHING,
        "unit": "",
        "change": "",
        "direction": "none",
        "compared": "",
        "target": "",
        "met": None,
        "spark": [],
    }


def with_unit(number: float | None, unit: Unit, language: str) -> str:
    """A value as a table shows it, with its unit's word where the value does not carry one."""
    shown = fmt.exact(number, unit, language)
    bare = number is None or unit in (Unit.RUPIAH, Unit.PERCENT)
    return shown if bare else f"{shown} {unit.value.say(language)}"
