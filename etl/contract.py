"""A dataset described once: columns with meaning, unit, rule and privacy class.

From a ``Contract`` come the warehouse table (``etl.warehouse``), the checks and the
quarantine (``etl.sift``), the data dictionary and what each SQL role may read.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from etl.rules import Rule
from etl.text import Text


class Kind(StrEnum):
    """What the cells of a column are, after reading."""

    TEXT = "text"
    CATEGORY = "category"
    IDENTIFIER = "identifier"  # digits that are a name: text end to end, never a number
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"  # rupiah, two decimals, negative = refund
    DATE = "date"  # a day of the city; never shifted by a zone
    TIMESTAMP = "timestamp"  # a moment, stored in UTC
    BOOLEAN = "boolean"
    AREA = "area"  # a Kemendagri code, matched from names within the city


class Privacy(IntEnum):
    """security.md's classes. The web's SQL role reads P0 and P1 only."""

    P0 = 0  # public aggregate
    P1 = 1  # internal
    P2 = 2  # personal
    P3 = 3  # personal-specific: health, children, personal finance


@dataclass(frozen=True)
class Pseudonym:
    """A keyed HMAC of another column: tells people apart without naming them."""

    of: str
    domain: str  # a key of its own per domain, so that domains cannot be joined

    @property
    def purpose(self) -> str:
        """The name of that key."""
        return f"pseudonym_{self.domain}"


@dataclass(frozen=True)
class Grid:
    """A coordinate moved to the centre of a cell of about 500 m."""

    of: str


@dataclass(frozen=True)
class AgeBand:
    """An age in years as a ten-year band, ``0-9`` … ``80+``."""

    of: str


@dataclass(frozen=True)
class Band:
    """A word of a vocabulary as the wider word that it falls under; what is named nowhere stays unknown."""

    of: str
    words: tuple[tuple[str, str], ...]


Derivation = Pseudonym | Grid | AgeBand | Band


@dataclass(frozen=True)
class Column:
    """One column: everything that anyone needs to know of it."""

    name: str
    kind: Kind
    meaning: Text
    unit: str = ""
    required: bool = False
    rules: tuple[Rule, ...] = ()
    privacy: Privacy = Privacy.P1
    derived: Derivation | None = None  # computed by us from another column
    dimension: bool = False  # people filter and group by it

    @property
    def readable_by_web(self) -> bool:
        return self.privacy <= Privacy.P1

    @property
    def sealed(self) -> bool:
        """Whether its cells are stored under a seal: whatever is personal, but for pseudonyms, which are none of
        anybody's words, and for days and moments, which rules compare with one another."""
        return not self.readable_by_web and self.derived is None and self.kind not in (Kind.DATE, Kind.TIMESTAMP)


class Semantics(StrEnum):
    """How a delivery changes what is stored."""

    UPSERT = "upsert"  # a row replaces the row of the same key
    APPEND = "append"  # an event: it never changes, and what contradicts it is refused
    SNAPSHOT = "snapshot"  # the whole list: what this source brought before and is not in it is gone


@dataclass(frozen=True)
class Retention:
    """How long something is kept. A city may set another number of days under ``name`` in its ``[retention]``.

    ``columns`` are emptied, so that the row still counts; None: the whole row goes; none at all ``()``:
    what no column holds and only the cells as delivered do (quarantine, raw files).
    """

    name: str
    says: Text
    days: int
    after: str  # the column from whose moment the days are counted
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Within:
    """Whether one moment follows another within so many seconds; unknown where either is."""

    name: str
    since: str
    until: str
    seconds: int

    @property
    def of(self) -> tuple[str, ...]:
        return (self.since, self.until)


@dataclass(frozen=True)
class Known:
    """Whether a cell says anything."""

    name: str
    column: str

    @property
    def of(self) -> tuple[str, ...]:
        return (self.column,)


@dataclass(frozen=True)
class District:
    """The kecamatan of a code of any level below it."""

    name: str
    column: str

    @property
    def of(self) -> tuple[str, ...]:
        return (self.column,)


Cut = Within | Known | District


@dataclass(frozen=True)
class Rollup:
    """Counts and sums of rows by the day of their time and some columns: kept by the load, read by pages.

    Narrow: what few columns tell apart is a small table. Indicators need not name it: what they count and sum decides
    which one serves them (``dashboard.rolled``). Nothing of persons goes in, and only sums that are exact.
    """

    name: str
    by: tuple[str | Cut, ...]
    sums: tuple[str, ...] = ()
    hourly: bool = False  # by the hour of the day too
    monthly: bool = False  # by the month only: where days would tell apart nearly as much as the rows do
    different: str | None = None  # the first column of the key: how many different ones of it, exact or not at all
    who: str | None = None  # a pseudonym: of each one in which months it has rows; a cell is one and five years

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of the dataset that it is made of, without its time."""
        each = ((one,) if isinstance(one, str) else one.of for one in self.by)
        told = filter(None, (self.different, self.who))
        return tuple(dict.fromkeys((*(name for names in each for name in names), *self.sums, *told)))


@dataclass(frozen=True)
class Contract:
    """A table described once. ``city_code`` is added to every key by the warehouse."""

    name: str
    title: Text
    meaning: Text
    grain: Text
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    privacy: Privacy
    time: str | None = None  # the column that says when it happened
    area: str | None = None  # the column that says where
    revision: str | None = None  # newer wins; without it the later delivery wins
    sparse: tuple[str, ...] = ()  # columns that few rows have; those that do are asked for by time, and found at once
    moments: tuple[str, ...] = ()  # further moments than its time that pages ask by: each has an index of its own
    semantics: Semantics = Semantics.UPSERT
    retention: tuple[Retention, ...] = ()
    rollups: tuple[Rollup, ...] = ()  # the smallest first

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        wanted = {*self.key, *self.sparse, *self.moments, *filter(None, (self.time, self.area, self.revision))}
        wanted |= {column.derived.of for column in self.columns if column.derived}
        wanted |= {name for limit in self.retention for name in (limit.after, *(limit.columns or ()))}
        if unknown := sorted(wanted - set(names)):
            raise ValueError(f"{self.name}: no such column: {', '.join(unknown)}")
        if needed := sorted({name for limit in self.retention for name in limit.columns or () if self._needs(name)}):
            raise ValueError(f"{self.name}: retention cannot empty what every row needs: {', '.join(needed)}")
        seen = {self.time, self.area, self.revision, *(limit.after for limit in self.retention)}
        seen |= {column.name for column in self.columns if column.dimension}
        if sealed := sorted(column.name for column in self.columns if column.sealed and column.name in seen):
            raise ValueError(f"{self.name}: what is sealed cannot be filtered or ordered by: {', '.join(sealed)}")
        if self.sparse and not self.time:
            raise ValueError(f"{self.name}: what few rows have is found by time, and it has none")
        if len(set(names)) != len(names):
            raise ValueError(f"{self.name}: a column is declared twice")
        for rollup in self.rollups:
            self._check_rollup(rollup)

    def _check_rollup(self, rollup: Rollup) -> None:
        """Nobody is told apart in a rollup but ``who`` by the pseudonym that the rows have, what is emptied in time is
        not in it, and its sums are exact."""
        if self.time is None:
            raise ValueError(f"{self.name}: a rollup is by day, and there is no time")
        emptied = {name for limit in self.retention for name in limit.columns or ()}
        personal = [
            name
            for name in rollup.reads
            if name in emptied
            or not self[name].readable_by_web
            or (isinstance(self[name].derived, Pseudonym) and name != rollup.who)
        ]
        if personal:
            raise ValueError(f"{self.name}: no rollup of {', '.join(personal)}: it is of persons, or not kept")
        exact = (Kind.MONEY, Kind.INTEGER)
        if loose := [name for name in rollup.sums if self[name].kind not in exact or not self._needs(name)]:
            raise ValueError(f"{self.name}: no exact sum of {', '.join(loose)}")
        more = rollup.sums or rollup.hourly or rollup.monthly or any(one.different for one in self.rollups)
        if rollup.who and (more or self[self.time].kind is not Kind.DATE):
            raise ValueError(f"{self.name}: of {rollup.who} only months are kept, and of days alone")
        if rollup.different not in (None, self.key[0]):
            raise ValueError(f"{self.name}: no index finds the rows of one {rollup.different}")

    def found_by(self, who: str) -> tuple[str, ...]:
        """The order in which an index has the rows of each person: by time, and so that no other index has it too."""
        return (who, str(self.time), *[name for name in self.key if name not in (who, self.time)][:1])

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}")

    def _needs(self, name: str) -> bool:
        return name in self.key or self[name].required

    @property
    def delivered(self) -> tuple[Column, ...]:
        """The columns that a source brings (the others are derived by us)."""
        return tuple(column for column in self.columns if column.derived is None)
