"""What a release says, as an attacker reads it: of each count, between which numbers it must be."""

from collections.abc import Iterator
from typing import NamedTuple

from etl.bundle import Bundle, Column, Flag, Kind, Row, Table

SMALL = 9  # what ``<10`` may be at most
REST = "/rest"  # ends the name of what a whole leaves beside its part
OFF = 2  # how far a number may be from the multiple of five that is told for it
ALL = "all"  # the category that is all of them
# What is counted where no count is told. Its flag alone tells whether there were ten.
UNTOLD = {"darurat_arrival_month": "emergencies_reached", "layanan_hours_month": "requests_served"}


class Place(NamedTuple):
    """One count of one table: of what, where, when, and of which kind (empty: of all kinds)."""

    table: str
    what: str
    area: str
    step: str
    start: str
    kind: str = ""


class Look(NamedTuple):
    """What is said of a count: at least, at most (None: nothing), and by which sign."""

    low: int
    high: int | None
    flag: Flag

    @property
    def told(self) -> bool:
        """Whether it is a number."""
        return self.flag is Flag.SHOWN and self.high is not None

    @property
    def hidden(self) -> bool:
        return self.flag in (Flag.BELOW, Flag.HIDDEN)


Looks = dict[Place, Look]
BELOW = Look(0, SMALL, Flag.BELOW)
HIDDEN = Look(0, None, Flag.HIDDEN)
TEN_OR_MORE = Look(SMALL + 1, None, Flag.SHOWN)


def looks(bundle: Bundle) -> Looks:
    """Everything that a release says of counts of people."""
    return {
        place: look
        for about in bundle.manifest.tables
        if about.people
        for place, look in _Reader(bundle.table(about.name), bundle.manifest.city_code)
    }


class _Reader:
    """One table, row by row."""

    def __init__(self, table: Table, city: str) -> None:
        about = table.about
        self.table, self.city = table, city
        self.at = {column.key: index for index, column in enumerate(about.columns)}
        self.flag_at = {column.key: index for index, column in enumerate(c for c in about.columns if c.flagged)}
        self.keys = {about[key].kind: self.at[key] for key in about.key}
        self.counts = [column for column in about.columns if column.kind is Kind.COUNT]
        first = next(column for column in about.columns if column.flagged)
        self.base = self.counts[0] if self.counts else first
        self.what = self.base.indicator if self.counts else UNTOLD.get(about.name, about.name)

    def __iter__(self) -> Iterator[tuple[Place, Look]]:
        for row in self.table.rows:
            base = self._flag(row, self.base)
            if base is Flag.MISSING:
                continue
            yield self._place(row, self.what), self._base(row)
            for part in self.counts[1:]:
                yield from self._part(row, part, base)

    def _place(self, row: Row, what: str) -> Place:
        about = self.table.about
        area, start, kind = (self._key(row, kind) for kind in (Kind.AREA, Kind.PERIOD, Kind.CATEGORY))
        return Place(about.name, what, area or self.city, about.step, start, "" if kind == ALL else kind)

    def _key(self, row: Row, kind: Kind) -> str:
        return str(row.values[self.keys[kind]]) if kind in self.keys else ""

    def _flag(self, row: Row, column: Column) -> Flag:
        return row.flags[self.flag_at[column.key]]

    def _base(self, row: Row) -> Look:
        """The count itself. Any figure beside it that is told says that there were ten."""
        look = _look(self._flag(row, self.base), row.values[self.at[self.base.key]] if self.counts else None)
        if look.low <= SMALL and Flag.SHOWN in row.flags:
            return look._replace(low=SMALL + 1)
        return look

    def _part(self, row: Row, part: Column, base: Flag) -> Iterator[tuple[Place, Look]]:
        """A part of the count, and, where it is hidden, the rest that it would tell."""
        what, flag = f"{self.what}/{part.key}", self._flag(row, part)
        yield self._place(row, what), _look(flag, row.values[self.at[part.key]])
        if flag is Flag.HIDDEN and base is Flag.SHOWN:
            yield self._place(row, what + REST), HIDDEN


def _look(flag: Flag, value: object) -> Look:
    if flag is Flag.BELOW:
        return BELOW
    if flag is Flag.HIDDEN:
        return HIDDEN
    return (
        Look(max(SMALL + 1, int(value) - OFF), int(value) + OFF, flag)
        if isinstance(value, int | float)
        else TEN_OR_MORE
    )
