"""A figure described once: question, unit, value, target and direction.

From an ``Indicator`` come its tile, chart, map, table, download and row in the dictionary.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Literal

import sqlalchemy as sa

from etl.cities import City
from etl.text import Text
from etl.warehouse import read

Cells = sa.ColumnCollection[str, sa.ColumnElement[Any]]
Expression = Callable[[Cells], sa.ColumnElement[Any]]


class Unit(Enum):
    """What a value counts."""

    PEOPLE = Text("orang", "people")
    CASES = Text("kasus", "cases")
    CALLS = Text("panggilan", "calls")
    INCIDENTS = Text("kejadian", "incidents")
    ORDERS = Text("pesanan", "orders")
    MERCHANTS = Text("pedagang", "merchants")
    RUPIAH = Text("Rp", "Rp")
    PERCENT = Text("%", "%")
    UNITS = Text("unit", "units")
    NUMBERS = Text("nomor", "numbers")
    MINUTES = Text("menit", "minutes")
    HOURS = Text("jam", "hours")
    DAYS = Text("hari", "days")
    MILLISECONDS = Text("milidetik", "milliseconds")
    REQUESTS = Text("permohonan", "requests")
    DOCUMENTS = Text("dokumen", "documents")
    COMPLAINTS = Text("aduan", "complaints")
    HOUSEHOLDS = Text("keluarga", "households")
    KG = Text("kg", "kg")
    ACTIONS = Text("rencana aksi", "actions")
    SITES = Text("tempat", "sites")
    WARDS = Text("kelurahan", "wards")
    POINTS = Text("dari 10.000", "of 10,000")
    DOSES = Text("dosis", "doses")
    LOANS = Text("peminjaman", "loans")
    CONTACTS = Text("kontak per kasus", "contacts per case")
    INDEX = Text("dari 0 sampai 1", "from 0 to 1")
    PER_100K = Text("per 100 ribu penduduk", "per 100,000 people")
    PER_1000 = Text("per 1.000 penduduk", "per 1,000 people")

    @property
    def per_people(self) -> int | None:
        return {"PER_100K": 100_000, "PER_1000": 1_000}.get(self.name)

    @property
    def beside(self) -> Text:
        """What stands beside a number in little room; nothing where the number says it itself."""
        short = {"PER_100K": Text("per 100 ribu", "per 100,000"), "PER_1000": Text("per 1.000", "per 1,000")}
        return (
            Text("", "")
            if self in (Unit.RUPIAH, Unit.PERCENT, Unit.INDEX, Unit.POINTS)
            else short.get(self.name, self.value)
        )

    @property
    def adds_up(self) -> bool:
        """Whether parts make the whole, so that a share of it can be said."""
        return self in COUNTED


COUNTED = frozenset(
    {
        *(Unit.PEOPLE, Unit.CASES, Unit.CALLS, Unit.INCIDENTS, Unit.ORDERS, Unit.RUPIAH),
        *(Unit.HOUSEHOLDS, Unit.REQUESTS, Unit.DOCUMENTS, Unit.COMPLAINTS, Unit.KG, Unit.ACTIONS, Unit.SITES),
        Unit.LOANS,
    }
)


@dataclass(frozen=True)
class Break:
    """A day from which a figure means something else: what was before is not compared with what is after."""

    day: dt.date
    says: Text  # short: it stands in the chart


class Better(StrEnum):
    """Which way is good."""

    MORE = "more"
    LESS = "less"
    NEITHER = "neither"


class Window(StrEnum):
    """Over which days a value is taken, ending with the last day of the scope."""

    PERIOD = "period"  # all days of the scope
    WEEK = "week"  # the last seven days
    MONTH = "month"  # the calendar month so far
    MOMENT = "moment"  # the state at the end
    KNOWN = "known"  # what the latest report says, of whatever day it is; earlier is what was known earlier


@dataclass(frozen=True)
class Moment:
    """The end of a window: the last day, and the instant up to which it counts."""

    day: dt.date
    instant: dt.datetime


@dataclass(frozen=True)
class Made:
    """What a figure can be split by that is no column: ``says`` makes it of columns and of the row's day there."""

    name: str
    of: tuple[str, ...]  # the columns
    says: Callable[[Cells, sa.ColumnElement[dt.date]], sa.ColumnElement[Any]]


@dataclass(frozen=True)
class Indicator:
    """One figure. ``value`` aggregates the rows that ``where`` keeps; ``time`` says when a row counts."""

    key: str
    subject: str
    title: Text
    meaning: Text
    formula: Text
    unit: Unit
    dataset: str
    value: Expression
    time: str
    where: Expression | None = None
    window: Window = Window.PERIOD
    at: Callable[[Cells, Moment, City], sa.ColumnElement[bool]] | None = None  # for MOMENT, KNOWN
    base: Callable[[City, Moment, dt.datetime | None], sa.FromClause] | None = (
        None  # when rows are not simply a dataset
    )
    also: tuple[str, ...] = ()  # further datasets that it reads
    better: Better = Better.NEITHER
    target: Callable[[City], float | None] = lambda city: None  # as the city or the law published it
    area: str | None = "area_code"  # None: it cannot be said of a part of the city
    finest: Literal["hour", "day", "month"] = "hour"  # the shortest step of time that says anything
    breaks: tuple[Break, ...] = ()
    made: tuple[Made, ...] = ()  # further ways of splitting it

    @property
    def datasets(self) -> tuple[str, ...]:
        """Everything it stands on; populations come from ``areas``."""
        people = ("areas",) if self.unit.per_people else ()
        return (self.dataset, *self.also, *people)

    def broken(self, since: dt.date, until: dt.date) -> tuple[Break, ...]:
        """The changes of definition that lie within these days: what was before them is another figure."""
        return tuple(one for one in self.breaks if since < one.day <= until)

    def makes(self, name: str) -> Made | None:
        """The way of splitting of this name, where it is no column."""
        return next((one for one in self.made if one.name == name), None)

    def columns_of(self, name: str) -> tuple[str, ...]:
        """The columns that a split by this name needs."""
        made = self.makes(name)
        return made.of if made else (name,)

    def aim(self, city: City) -> float | None:
        """The target in force: what the mayor's office set wins over what was published."""
        return city.targets.get(self.key, self.target(city))

    def rows(self, city: City, moment: Moment, as_of: dt.datetime | None) -> sa.FromClause:
        """The rows that are aggregated: a dataset, or what ``base`` makes of datasets."""
        return self.base(city, moment, as_of) if self.base else read(self.dataset, as_of)
