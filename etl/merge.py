"""What staged rows do to stored ones: which stays, what differs, what a list left out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from etl import rollups
from etl.contract import Column, Contract
from etl.sealing import FIRST, Ring
from etl.text import Text
from etl.warehouse import HISTORIES, TABLES

Contradiction = tuple[int, Column, str, Text]  # the row, the first column that differs, what came, why it is refused


class Precedence(StrEnum):
    """Which version stays, besides "an older revision never overwrites a newer one"."""

    LATER = "later"  # a run: what comes later
    OWN = "own"  # a replay: it corrects only what this source itself brought
    STORED = "stored"  # a back-fill: only what is missing, or a newer revision, gets in


class Fate(StrEnum):
    """What becomes of a row that its delivery has chosen for its key."""

    NEW = "new"
    REPLACES = "replaces"
    SAME = "same"
    OUTRANKED = "outranked"


@dataclass(frozen=True)
class Merged:
    """What became of the staged rows, and of stored rows that a whole list left out."""

    loaded: int = 0
    unchanged: int = 0
    superseded: int = 0
    deleted: int = 0
    spared: int = 0  # left out, but a refused row may be this one
    contradicted: list[Contradiction] = field(default_factory=list)  # events that would change


@dataclass(frozen=True)
class Meeting:
    """Staged rows of one source, meeting what is stored of their dataset and city."""

    contract: Contract
    source: str
    city_code: str
    stage: sa.Table
    precedence: Precedence = Precedence.LATER
    one_a_key: bool = False  # no two staged rows have the same key: ``newest`` of each was staged alone
    ring: Ring = field(default=FIRST, compare=False)  # the keys in force, with which rows are sealed for the stage

    @property
    def table(self) -> sa.Table:
        return TABLES[self.contract.name]

    @property
    def history(self) -> sa.Table:
        return HISTORIES[self.contract.name]

    @property
    def key(self) -> tuple[str, ...]:
        return ("city_code", *self.contract.key)

    @property
    def own(self) -> sa.ColumnElement[bool]:
        """What is stored of this source."""
        return sa.and_(self.here, self.table.c.source == self.source)

    def newest(self) -> sa.Subquery:
        """Of staged rows with the same key the newest revision, else the last one."""
        if self.one_a_key:
            return sa.select(self.stage).subquery("chosen")
        revision = self.contract.revision
        newer = [self.stage.c[revision].desc().nulls_last()] if revision else []
        return self._one_a_key(*newer, self.stage.c._row.desc())

    def first(self) -> sa.Subquery:
        """Of staged rows with the same key the first: an event is what was said of it first."""
        return self._one_a_key(self.stage.c._row)

    def _one_a_key(self, *order: sa.ColumnElement[Any]) -> sa.Subquery:
        keys = [self.stage.c[name] for name in self.key]
        return sa.select(self.stage).order_by(*keys, *order).ext(distinct_on(*keys)).subquery("chosen")

    @property
    def here(self) -> sa.ColumnElement[bool]:
        """What is stored of this city; said in so many words, so that a cluster asks the one node that has it."""
        return self.table.c.city_code == self.city_code

    def same(self, new: Any) -> sa.ColumnElement[bool]:
        """Where a row of another table has the key of the stored one."""
        return sa.and_(self.here, *(of(new, name) == self.table.c[name] for name in self.key))

    def outranked(self, new: Any) -> sa.ColumnElement[bool]:
        """True where the stored row stays although the new one differs."""
        older, table = self._older(new), self.table
        match self.precedence:
            case Precedence.LATER:
                return older
            case Precedence.OWN:
                return sa.or_(older, table.c.source != self.source)
            case Precedence.STORED:
                return ~self._newer(new)

    def _older(self, new: Any) -> sa.ColumnElement[bool]:
        """An older revision, or none at all, never overwrites a newer one."""
        if self.contract.revision is None:
            return sa.false()
        mine, stored = of(new, self.contract.revision), self.table.c[self.contract.revision]
        return sa.and_(stored.is_not(None), sa.or_(mine.is_(None), mine < stored))

    def _newer(self, new: Any) -> sa.ColumnElement[bool]:
        if self.contract.revision is None:
            return sa.false()
        mine, stored = of(new, self.contract.revision), self.table.c[self.contract.revision]
        return sa.and_(mine.is_not(None), sa.or_(stored.is_(None), mine > stored))

    def differs(self, new: Any) -> sa.ColumnElement[bool]:
        names = [column.name for column in self._content]
        mine = sa.tuple_(*(of(new, name) for name in names))
        return mine.is_distinct_from(sa.tuple_(*(self.table.c[name] for name in names)))

    @property
    def _content(self) -> list[Column]:
        return [column for column in self.contract.columns if column.name not in self.contract.key]

    def fates(self, chosen: sa.Subquery) -> sa.CTE:
        """What becomes of each chosen row.

        Each asks the key's own index for the stored row, in the order of the key: the cost of a batch does not
        grow with what is stored, as that of a join with the whole table would.
        """
        beside = sa.select(self.outranked(chosen).label("outranked"), self.differs(chosen).label("differs"))
        stored = beside.where(self.same(chosen)).limit(1).lateral("stored")
        fate = sa.case(
            (stored.c.outranked.is_(None), Fate.NEW.value),
            (stored.c.outranked, Fate.OUTRANKED.value),
            (stored.c.differs, Fate.REPLACES.value),
            else_=Fate.SAME.value,
        )
        return sa.select(chosen, fate.label("fate")).outerjoin(stored, sa.true()).cte("fates")

    def contradicted(self) -> sa.Select[Any]:
        """Staged events whose key is stored with another content, both versions side by side."""
        stored = [self.table.c[column.name].label(f"stored_{column.name}") for column in self._content]
        return (
            sa.select(self.stage, *stored)
            .join(self.table, self.same(self.stage))
            .where(self.differs(self.stage))
            .order_by(self.stage.c._row)
        )

    def contradictions(self, connection: sa.Connection) -> Iterator[Contradiction]:
        """Why each such event is refused."""
        for row in connection.execute(self.contradicted()).mappings():
            different = (column for column in self._content if row[column.name] != row[f"stored_{column.name}"])
            column = next(different)
            came, stored = str(row[column.name]), str(row[f"stored_{column.name}"])
            yield row["_row"], column, came, _contradiction(column, stored, came)

    def left_out(self) -> sa.ColumnElement[bool]:
        """What is stored of this source and not on its list now."""
        listed = sa.select(*(self.stage.c[name] for name in self.key)).subquery("listed")  # so a cluster can send it
        return sa.and_(self.own, ~sa.exists().where(self.same(listed)))

    def perhaps_refused(self, refused: sa.Table) -> sa.ColumnElement[bool]:
        """True for a stored row that one of the refused may be: what cannot be read may be anything."""
        keys = sa.select(refused).subquery("refused")
        alike = (sa.or_(keys.c[name].is_(None), keys.c[name] == self.table.c[name]) for name in self.contract.key)
        return sa.exists().where(*alike)

    def bury(self, connection: sa.Connection, refused: sa.Table, moment: Any) -> tuple[int, int]:
        """Tombstones for what the list left out: rows (deleted, spared)."""
        gone = sa.and_(self.left_out(), ~self.perhaps_refused(refused))
        names = [column.name for column in self.table.columns]
        buried = sa.select(*(self.table.c[name] for name in names), sa.literal(moment)).where(gone)
        tombs = sa.insert(self.history).from_select([*names, "known_to"], buried)
        dataset = self.contract.name
        with rollups.following(connection, dataset, self.city_code):
            deleted = rollups.counted(connection, dataset, self.city_code, tombs, rollups.OUT)
            if deleted:
                connection.execute(sa.delete(self.table).where(gone))
        return deleted, count(connection, sa.select(self.table.c.city_code).where(self.left_out()))


def newest_of(rows: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """What ``Meeting.newest`` would choose of these rows, in the order of their key."""
    newer = [contract.revision] if contract.revision else []
    key, last = list(contract.key), [*newer, "_row"]
    ordered = rows.sort(*key, *last, descending=[False] * len(key) + [True] * len(last), nulls_last=True)
    return ordered.unique(key, keep="first", maintain_order=True)


def of(new: Any, name: str) -> Any:
    """A column of a table, a subquery or ``excluded``."""
    return new.c[name] if hasattr(new, "c") else new[name]


def count(connection: sa.Connection, query: sa.Select[Any]) -> int:
    """How many rows a query finds."""
    return connection.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0


def _contradiction(column: Column, stored: str, came: str) -> Text:
    """Says what is stored and what came; of a personal column only that they differ."""
    if not column.readable_by_web:
        return Text(
            f"peristiwa ini sudah tercatat dengan {column.name} yang lain; sebuah peristiwa tidak berubah",
            f"this event is stored with another {column.name}; an event does not change",
        )
    return Text(
        f"peristiwa ini sudah tercatat: {column.name} {stored!r}, kini datang {came!r}; sebuah peristiwa tidak berubah",
        f"this event is stored: {column.name} {stored!r}, now {came!r} came; an event does not change",
    )
