"""Belanja ASN person by person: after a recorded reason, of the agency that the reason was written for.

Names are read once a look and kept in this process until it is over: seals are opened in seconds, people sort and
search in milliseconds. Whoever is shown is written into Jejak akses before.
"""

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from dashboard.compliance import SERVANTS, State, person_months
from etl.audit import OPEN_FOR_MIN, Look
from etl.cities import City
from etl.finding import last_digits
from etl.text import Text
from etl.warehouse import TABLES, opening, reading

WHAT = "people"  # the first word of an entry that opens civil servants
EVERY_AGENCY = "*"
NOT_OBLIGED = "not_obliged"  # no obligation is theirs: retired, or of a post that has none
MOST_SHEETS = 8  # kept at once
STATES: dict[str, Text] = {
    State.MET: Text("Terpenuhi", "Met"),
    State.OPEN: Text("Belum", "Not yet"),
    State.MISSED: Text("Tidak terpenuhi", "Missed"),
    State.UNKNOWN: Text("Belum dapat dinilai", "Cannot be judged"),
    State.EXEMPT: Text("Dikecualikan", "Exempt"),
    NOT_OBLIGED: Text("Tidak wajib", "Not obliged"),
}
WORST_FIRST = {
    name: place
    for place, name in enumerate((State.MISSED, State.OPEN, State.UNKNOWN, State.EXEMPT, State.MET, NOT_OBLIGED))
}


@dataclass(frozen=True)
class Person:
    """One civil servant in one month; ``amount`` in Rp."""

    buyer: str
    name: str
    nip: str
    agency: str
    unit: str
    grade: str
    post: str
    state: str
    exempt: str | None = None
    orders: int = 0
    amount: float = 0.0
    merchants: int = 0
    waiting: int = 0

    @property
    def digits(self) -> str:
        """The last digits of the NIP: the others tell birth and sex."""
        return last_digits(self.nip)


SORTS: Mapping[str, Callable[[Person], Any]] = {
    "nama": lambda one: one.name.casefold(),
    "opd": lambda one: (one.agency, one.unit),
    "unit": lambda one: one.unit,
    "golongan": lambda one: one.grade,
    "keadaan": lambda one: WORST_FIRST[one.state],
    "pesanan": lambda one: one.orders,
    "nilai": lambda one: one.amount,
    "pedagang": lambda one: one.merchants,
}
GROUPS: Mapping[str, Callable[[Person], str]] = {
    "opd": lambda one: one.agency,
    "unit": lambda one: f"{one.agency} · {one.unit}",
    "keadaan": lambda one: one.state,
    "golongan": lambda one: one.grade,
}


@dataclass(frozen=True)
class Wish:
    """Which people, in which order; empty words keep everybody."""

    search: str = ""
    state: str = ""
    agency: str = ""
    unit: str = ""
    sort: str = "keadaan"
    down: bool = False
    group: str = ""

    def keeps(self, one: Person) -> bool:
        """Whether somebody is among the wanted."""
        exact = (("state", self.state), ("agency", self.agency), ("unit", self.unit))
        return all(not wanted or getattr(one, name) == wanted for name, wanted in exact) and self._named(one)

    def _named(self, one: Person) -> bool:
        digits = self.search.replace(" ", "")
        if digits.isdecimal():
            return digits in one.nip
        return self.search.casefold() in one.name.casefold()

    def of(self, people: list[Person]) -> list[Person]:
        """The wanted, in order; groups stand together, equals by name."""
        found = sorted((one for one in people if self.keeps(one)), key=SORTS["nama"])
        found.sort(key=SORTS[self.sort], reverse=self.down)
        if self.group:
            found.sort(key=GROUPS[self.group])
        return found


@dataclass(frozen=True)
class Group:
    """People that stand together, and what they come to."""

    key: str
    people: int
    met: int
    judged: int
    amount: float


def grouped(found: list[Person], by: str) -> dict[str, Group]:
    """The groups of a list by their key."""
    parts: dict[str, list[Person]] = {}
    for one in found:
        parts.setdefault(GROUPS[by](one), []).append(one)
    return {key: _group(key, part) for key, part in parts.items()}


def _group(key: str, part: list[Person]) -> Group:
    met = sum(one.state == State.MET for one in part)
    judged = sum(one.state in (State.MET, State.OPEN, State.MISSED) for one in part)
    return Group(key, len(part), met, judged, sum(one.amount for one in part))


@dataclass
class Sheets:
    """The lists that are open now, each as long as the look that opened it."""

    kept: dict[tuple[int, dt.date], tuple[float, tuple[int, ...], list[Person]]] = field(default_factory=dict)

    def of(self, city: City, entry: int, look: Look, month: dt.date, versions: tuple[int, ...]) -> list[Person]:
        """Everybody of the look in a month; read again when data changed."""
        self._forget()
        key = (entry, month)
        if key not in self.kept or self.kept[key][1] != versions:
            ends = self.kept[key][0] if key in self.kept else time.monotonic() + 60 * OPEN_FOR_MIN
            self.kept[key] = (ends, versions, people(city, entry, look, month))
        return self.kept[key][2]

    def _forget(self) -> None:
        over = [key for key, (ends, _, _) in self.kept.items() if ends < time.monotonic()]
        for key in [*over, *list(self.kept)[: max(0, len(self.kept) - MOST_SHEETS)]]:
            self.kept.pop(key, None)


def agency_of(look: Look) -> str | None:
    """The agency that a look was opened for; None for all of them."""
    name = look.what.partition(" ")[2]
    return None if name == EVERY_AGENCY else name


def people(city: City, entry: int, look: Look, month: dt.date) -> list[Person]:
    """Everybody that the look opens, by name. The database gives no row that its entry does not name."""
    bought = _standing(city, agency_of(look), month)
    table = TABLES[SERVANTS]
    names = ("buyer", "name", "nip", "agency_code", "unit", "grade", "post")
    with opening(city.code, entry, look.who) as connection:
        rows = connection.execute(sa.select(*(table.c[name] for name in names))).all()
    return [_person(row, bought.get(row.buyer)) for row in rows]


def course(city: City, agency: str | None, months: Sequence[dt.date], buyer: str) -> list[tuple[dt.date, Any]]:
    """How somebody stood in each of these months; None where nothing was owed."""
    now, told = dt.datetime.now(dt.UTC), []
    with reading(city.code, agency) as connection:
        for month in months:
            found = person_months(city, month, now)
            told.append((month, connection.execute(sa.select(found).where(found.c.buyer == buyer)).one_or_none()))
    return told


def _standing(city: City, agency: str | None, month: dt.date) -> dict[str, Any]:
    found = person_months(city, month, dt.datetime.now(dt.UTC))
    with reading(city.code, agency) as connection:
        return {row.buyer: row for row in connection.execute(sa.select(found))}


def _person(row: Any, standing: Any) -> Person:
    plain = (row.buyer, row.name, row.nip, row.agency_code, row.unit or "", row.grade or "", row.post or "")
    if standing is None:
        return Person(*plain, NOT_OBLIGED)
    counts = (standing.orders, float(standing.amount), standing.merchants, standing.waiting)
    return Person(*plain, standing.state, standing.exempt, *counts)
