"""Panels that show what an analysis said last: made once an hour or a day, and told with the moment of it."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.analysis import Says as Said
from dashboard.analysis import latest
from dashboard.areas import Places
from dashboard.panels.base import Answer, Panel, Says, empty
from dashboard.queries import Asked
from etl.analyses import ANALYSES
from etl.text import Text
from etl.warehouse import SOURCES

NOT_YET = Text("Belum dihitung; dihitung sendiri setelah data masuk.", "Not made yet; it is made once data are in.")
TOO_FEW = Text("Belum cukup data.", "Not enough data yet.")
SOURCE = Text("Analisis Pantau", "Pantau's analyses")
OWNER = Text("Walidata kota", "The city's data steward")
LICENCE = Text("Internal pemerintah kota", "Internal to the city")


@dataclass(frozen=True, kw_only=True)
class SaidPanel(Panel):
    """A panel of one analysis. ``analysis`` is its key, ``promise_s`` how old it may be, ``says`` its definition."""

    analysis: ClassVar[str]
    promise_s: ClassVar[int]

    @property
    @abstractmethod
    def says(self) -> Says:
        """What it shows, means, and how it is made."""

    @property
    def id(self) -> str:
        return self.name

    @property
    def datasets(self) -> tuple[str, ...]:
        return (ANALYSES,)

    @property
    def renewed_by(self) -> tuple[str, ...]:
        return (ANALYSES,)

    @property
    def filters(self) -> dict[str, Text]:
        return {}

    def answer(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        told = latest(connection, asked.city, self.analysis, asked.scope.as_of)
        simulated = sa.select(sa.func.bool_or(SOURCES.c.simulated)).where(SOURCES.c.city_code == asked.city.code)
        plain = {
            "kind": self.kind,
            "title": (self.title or self.says.title).say(language),
            "subtitle": "",
            "unit": self.says.unit.say(language),
            "state": "ok",
            "message": "",
            "fresh_at": told.made_at.isoformat() if told else None,
            "fresh_dataset": ANALYSES,
            "promise_s": self.promise_s,
            "simulated": bool(connection.scalar(simulated)),
            "definition": {
                **{name: text.say(language) for name, text in self.says._asdict().items()},
                "source": SOURCE.say(language),
                "owner": OWNER.say(language),
                "licence": LICENCE.say(language),
            },
        }
        if told is None or not told.says:
            return plain | empty(language, TOO_FEW if told else NOT_YET)
        return plain | self.shown(told.says, asked, places)

    @abstractmethod
    def shown(self, said: Said, asked: Asked, places: Places) -> Answer:
        """What is particular to this panel; it wins over what ``answer`` says in general."""


def chosen(asked: Asked, dimension: str) -> str:
    """What the address filters a dimension by; empty when it does not."""
    return dict(asked.scope.where).get(dimension, "")


def short(number: float | None, language: str, decimals: int = 1) -> str:
    """A plain number of a table."""
    return fmt.NOTHING if number is None else fmt.number(number, language, decimals)


def label(name: str, most: int = 26) -> str:
    """A name beside a bar: cut where it would leave no room for the bar on a phone."""
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


Event = dict[str, Any]
