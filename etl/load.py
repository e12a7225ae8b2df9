"""Loading one delivery: stage → compare → history → upsert → quarantine → ledger → version → NOTIFY.

All of it is one transaction, the cursor included: after any crash a delivery is either
wholly there or not at all, and the next run starts from exactly the right place.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import polars as pl
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert

from etl import extracts, rollups
from etl.ahead import ahead
from etl.alone import alone
from etl.announce import announce
from etl.catalogue import contracts
from etl.contract import Column, Contract, Semantics
from etl.extracts import Arrival
from etl.limits import refuse_too_many
from etl.merge import Fate, Meeting, Merged, Precedence, count, newest_of
from etl.readers.delivery import Delivery
from etl.redelivered import close_redelivered
from etl.refusal import Reason
from etl.sealing import Ring, sealed_key, sealed_rows
from etl.sift import BAD, Sifted, shown
from etl.source import Source
from etl.text import Text
from etl.warehouse import QUARANTINE, RUNS, SOURCES, TABLES, ring

PART = 10_000  # rows that are written at once
SORTS_IN = "64MB"  # a batch: beyond it the database sorts on its disk
NULL = "\\N"
MOMENT = "%Y-%m-%dT%H:%M:%S%.6f%:z"
MOMENT_OF_LOAD = sa.bindparam("moment", type_=sa.DateTime(timezone=True))
Remember = Callable[[sa.Connection, Source, str, Delivery], None]


@dataclass(frozen=True)
class Counts:
    """What became of the rows of one delivery, or of many."""

    received: int = 0
    loaded: int = 0
    unchanged: int = 0
    superseded: int = 0
    quarantined: int = 0
    deleted: int = 0  # stored rows that a whole list left out: beside the law, they were not received

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, name) + getattr(other, name) for name in vars(self)))

    @property
    def brought_nothing(self) -> bool:
        """Nothing that was not known before."""
        return self.loaded + self.quarantined + self.deleted == 0

    @property
    def balanced(self) -> bool:
        """The conservation law: every row received is somewhere."""
        return self.received == self.loaded + self.unchanged + self.superseded + self.quarantined


@dataclass(frozen=True)
class Manner:
    """How a delivery is loaded, whatever is in it."""

    raw: str | None = None  # under which name it is kept
    precedence: Precedence = Precedence.LATER
    accept_shrink: bool = False  # a person says that a list has become so much shorter
    remember: Remember | None = None  # what to write of the source; None: where the next run goes on


def load(
    connection: sa.Connection,
    contract: Contract,
    source: Source,
    city_code: str,
    delivery: Delivery,
    sifted: Sifted,
    manner: Manner = Manner(),
) -> Counts:
    """Load one sifted delivery inside the caller's transaction and write its ledger row.

    A row that was refused before in the same way (delivered again) is counted as unchanged.
    Raises TooManyRefused, or Shrunk of a whole list: the caller's transaction must then end.
    """
    in_force = ring(connection)
    started = alone(connection, contract, city_code)
    arrival = extracts.arrival(connection, source, city_code, delivery, manner.raw)
    merged = Merged()
    if sifted.good.height or source.brings is Semantics.SNAPSHOT:  # a poll that finds nothing makes no stage
        one_a_key = source.brings is not Semantics.APPEND
        with staged(connection, contract, source, city_code, manner.precedence, one_a_key) as meeting:
            stage_rows(connection, meeting, sifted.good)
            merged = _merge(connection, meeting, source, delivery, sifted, manner, arrival, started)
    sifted = _with_contradicted(sifted, merged, delivery)
    refused, refused_before = quarantine(connection, source, city_code, delivery, sifted, in_force)
    counts = Counts(
        received=delivery.rows.height + delivery.refused.height,
        loaded=merged.loaded,
        unchanged=merged.unchanged + refused_before,
        superseded=merged.superseded + sifted.duplicates,
        quarantined=refused,
        deleted=merged.deleted,
    )
    refuse_too_many(source, delivery, sifted, counts.received, refused)
    remarks = extracts.remarks(source, delivery, counts.received, merged, arrival, manner.accept_shrink)
    record_run(connection, source, city_code, delivery, counts, started, remarks | {"raw": manner.raw})
    (manner.remember or _remember)(connection, source, city_code, delivery)
    if counts.loaded:
        close_redelivered(connection, contract, source, city_code)
    if counts.loaded or counts.deleted:
        announce(connection, contract.name, city_code)
    return counts


def _merge(
    connection: sa.Connection,
    meeting: Meeting,
    source: Source,
    delivery: Delivery,
    sifted: Sifted,
    manner: Manner,
    arrival: Arrival,
    moment: dt.datetime,
) -> Merged:
    """What the staged rows do, by the semantics of their source."""
    staged_rows = sifted.good.height
    if source.brings is not Semantics.SNAPSHOT:
        return merge_staged(connection, meeting, source, staged_rows, moment)
    if arrival.older:
        return _ignore(connection, meeting, staged_rows)
    extracts.refuse_shrunk(connection, meeting, source, delivery, sifted, manner.accept_shrink)
    merged = upsert(connection, meeting, staged_rows, moment)
    if not staged_rows:
        return merged
    refused = _stage_refused(connection, meeting, sifted.refused_keys, delivery.refused.height)
    deleted, spared = meeting.bury(connection, refused, moment)
    refused.drop(connection)
    return replace(merged, deleted=deleted, spared=spared)


def merge_staged(
    connection: sa.Connection, meeting: Meeting, source: Source, staged_rows: int, moment: dt.datetime
) -> Merged:
    """Rows that are no whole list: events are added, anything else replaces what it outranks."""
    if not staged_rows:
        return Merged()
    if source.brings is Semantics.APPEND:
        return _append(connection, meeting, staged_rows, moment)
    return upsert(connection, meeting, staged_rows, moment)


def upsert(
    connection: sa.Connection,
    meeting: Meeting,
    staged_rows: int,
    moment: dt.datetime,
    chosen: sa.Subquery | None = None,
) -> Merged:
    """The newest staged row of each key (or the chosen one) replaces what is stored, unless that outranks it."""
    tally = _newest_merged(meeting) if chosen is None else _merging(meeting, chosen)
    with rollups.following(connection, meeting.contract.name, meeting.city_code):
        found = connection.execute(tally, {"moment": moment}).all()
    became = dict.fromkeys(Fate, 0) | {Fate(fate): rows for fate, rows in found}
    loaded = became[Fate.NEW] + became[Fate.REPLACES]
    return Merged(loaded, became[Fate.SAME], staged_rows - loaded - became[Fate.SAME])


@lru_cache(maxsize=64)
def _newest_merged(meeting: Meeting) -> sa.Select[Any]:
    """Made once a source: to write such a statement down takes longer than to load one row by it."""
    return _merging(meeting, meeting.newest())


def _merging(meeting: Meeting, chosen: sa.Subquery) -> sa.Select[Any]:
    """One statement: every row meets its stored one once, and all of it sees the table as it was before."""
    fates, dataset = meeting.fates(chosen), meeting.contract.name
    kept, replaced, added = (part(meeting, fates) for part in (_kept, _replaced, _added))
    changes = [(kept, rollups.OUT), (replaced, rollups.IN), (added, rollups.IN)]
    follow = rollups.followed(dataset, meeting.city_code, changes)
    return sa.select(fates.c.fate, sa.func.count()).group_by(fates.c.fate).add_cte(kept, replaced, added, *follow)


def _append(connection: sa.Connection, meeting: Meeting, staged_rows: int, moment: dt.datetime) -> Merged:
    """Events that are not stored yet; one that is stays as it was said first."""
    statement = _inserted(meeting, meeting.first(), sa.true(), sa.literal(moment))
    new = statement.on_conflict_do_nothing()
    dataset, city_code = meeting.contract.name, meeting.city_code
    with rollups.following(connection, dataset, city_code):
        loaded = rollups.counted(connection, dataset, city_code, new, rollups.IN)
    contradicted = list(meeting.contradictions(connection))
    return Merged(loaded, staged_rows - loaded - len(contradicted), contradicted=contradicted)


def _ignore(connection: sa.Connection, meeting: Meeting, staged_rows: int) -> Merged:
    """An older extract says nothing new: what it has in common with the table is unchanged, the rest superseded."""
    newest = meeting.newest()
    alike = sa.select(newest.c.city_code).join(meeting.table, meeting.same(newest))
    unchanged = count(connection, alike.where(~meeting.differs(newest)))
    return Merged(0, unchanged, staged_rows - unchanged)


@contextmanager
def staged(
    connection: sa.Connection,
    contract: Contract,
    source: Source,
    city_code: str,
    precedence: Precedence,
    one_a_key: bool = False,
) -> Iterator[Meeting]:
    """An empty stage for rows of this source, gone at the end; with ``one_a_key`` all are staged at once."""
    stage = _stage(contract.name)
    stage.create(connection)
    connection.execute(sa.select(sa.func.set_config("work_mem", SORTS_IN, True)))
    yield Meeting(contract, source.name, city_code, stage, precedence, one_a_key, ring(connection))
    stage.drop(connection)


@cache
def _stage(dataset: str) -> sa.Table:
    columns = [sa.Column(c.name, c.type) for c in TABLES[dataset].columns if c.name != "known_from"]
    number = sa.Column("_row", sa.BigInteger())
    return sa.Table(f"stage_{dataset}", sa.MetaData(), number, *columns, prefixes=["TEMPORARY"])


def _stage_refused(connection: sa.Connection, meeting: Meeting, keys: pl.DataFrame, unknown: int) -> sa.Table:
    """The keys of refused rows; of rows that the reader refused nothing is known."""
    columns = [sa.Column(name, meeting.table.c[name].type) for name in meeting.contract.key]
    refused = sa.Table(f"refused_{meeting.contract.name}", sa.MetaData(), *columns, prefixes=["TEMPORARY"])
    refused.create(connection)
    nothing = pl.DataFrame({name: [None] for name in keys.columns}, schema=keys.schema)
    distinct = pl.concat([keys, nothing] if unknown else [keys]).unique()
    _copy(connection, refused, sealed_rows(distinct, meeting.contract, meeting.ring))
    return refused


def stage_rows(connection: sa.Connection, meeting: Meeting, good: pl.DataFrame) -> None:
    """More rows onto the stage, sealed, in the order of their key: so they meet the key's index, and go into it."""
    if not good.height:
        return
    of = meeting.contract
    sealed = sealed_rows(good, of, meeting.ring)
    rows = newest_of(sealed, of) if meeting.one_a_key else sealed.sort(of.key)
    _copy(
        connection, meeting.stage, rows.with_columns(city_code=pl.lit(meeting.city_code), source=pl.lit(meeting.source))
    )


def _copy(connection: sa.Connection, stage: sa.Table, rows: pl.DataFrame) -> None:
    """COPY: the fastest way in that needs no further library; a part is written while the last one is being read."""
    ordered = rows.select(c.name for c in stage.columns)
    names = sql.SQL(", ").join(sql.Identifier(c.name) for c in stage.columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, NULL {})").format(
        sql.Identifier(stage.name), names, sql.Literal(NULL)
    )
    cursor = connection.connection.cursor()
    with cursor.copy(statement) as copy, closing(ahead(_lines(ordered))) as parts:  # the driver is psycopg
        for lines in parts:
            copy.write(lines)


def _lines(rows: pl.DataFrame) -> Generator[str]:
    for part in rows.iter_slices(PART):
        # every text is quoted, so that a text of just \\N is not taken for null
        yield part.write_csv(include_header=False, null_value=NULL, datetime_format=MOMENT, quote_style="non_numeric")


def _kept(meeting: Meeting, fates: sa.CTE) -> sa.CTE:
    """The versions that are about to be replaced go into history."""
    table = meeting.table
    names = [column.name for column in table.columns]
    versions = sa.select(*(table.c[name] for name in names), MOMENT_OF_LOAD).join(fates, meeting.same(fates))
    replaced = versions.where(fates.c.fate == Fate.REPLACES.value)
    return _returning(sa.insert(meeting.history).from_select([*names, "known_to"], replaced), "kept")


def _returning(statement: Any, name: str) -> sa.CTE:
    """Part of a statement, with what the rollups of its dataset are made of, where there are any."""
    part: sa.CTE = statement.returning(*rollups.watched_in(statement)).cte(name)
    return part


def _replaced(meeting: Meeting, fates: sa.CTE) -> sa.CTE:
    changed = {c.name: fates.c[c.name] for c in meeting.stage.columns if c.name not in ("_row", *meeting.key)}
    where = sa.and_(meeting.same(fates), fates.c.fate == Fate.REPLACES.value)
    return _returning(
        sa.update(meeting.table).values(changed | {"known_from": MOMENT_OF_LOAD}).where(where), "replaced"
    )


def _added(meeting: Meeting, fates: sa.CTE) -> sa.CTE:
    """In the order of the key: each goes into its index beside the one before."""
    return _returning(_inserted(meeting, fates, fates.c.fate == Fate.NEW.value), "added")


def _inserted(
    meeting: Meeting,
    chosen: sa.FromClause,
    where: sa.ColumnElement[bool],
    moment: sa.ColumnElement[dt.datetime] = MOMENT_OF_LOAD,
) -> Insert:
    names = [c.name for c in meeting.table.columns if c.name != "known_from"]
    wanted = sa.select(*(chosen.c[name] for name in names), moment).where(where)
    return insert(meeting.table).from_select([*names, "known_from"], wanted)


def _with_contradicted(sifted: Sifted, merged: Merged, delivery: Delivery) -> Sifted:
    """Events that would change are refused rows, with their cells as they came."""
    if not merged.contradicted:
        return sifted
    said = {row: (column, came, why) for row, column, came, why in merged.contradicted}
    rows = delivery.rows.filter(pl.col("_row").is_in(list(said))).iter_rows(named=True)
    records = [_contradicted(row, *said[row["_row"]]) for row in rows]
    return replace(sifted, bad=pl.DataFrame([*sifted.bad.to_dicts(), *records], schema=BAD))


def _contradicted(row: dict[str, Any], column: Column, came: str, why: Text) -> dict[str, Any]:
    return {
        "_row": row["_row"],
        "column": column.name,
        "value": came,
        "shown_value": shown(came, column),
        "reason_class": Reason.CHANGED.value,
        "reason_id": why.id,
        "reason_en": why.en,
        "cells": _cells_of(row),
        "key": None,
    }


def _cells_of(row: dict[str, Any]) -> dict[str, Any]:
    return {name: cell for name, cell in row.items() if name != "_row" and cell is not None}


def quarantine(
    connection: sa.Connection, source: Source, city_code: str, delivery: Delivery, sifted: Sifted, in_force: Ring
) -> tuple[int, int]:
    """Rows (refused for the first time, refused before in the same way)."""
    of_reader, of_sieve = delivery.refused.iter_rows(named=True), sifted.bad.iter_rows(named=True)
    refused = [_fingerprinted(row, delivery) for row in (*map(_whole_row, of_reader), *map(_one_cell, of_sieve))]
    known = _refused_before(connection, source, city_code, [row["fingerprint"] for row in refused])
    of = contracts()[source.dataset]
    fresh = [row | {"key": sealed_key(row["key"], of, in_force)} for row in refused if row["fingerprint"] not in known]
    where = {"city_code": city_code, "source": source.name, "dataset": source.dataset, "delivery": delivery.name}
    if fresh:
        # later than the rows of this delivery are known from: those did not come again
        at = sa.func.clock_timestamp()
        connection.execute(sa.insert(QUARANTINE).values(received_at=at), [where | row for row in fresh])
    return len(fresh), len(refused) - len(fresh)


def _whole_row(refused: dict[str, Any]) -> dict[str, Any]:
    """A row that the reader could not take: no column is to blame, the value is all of it."""
    cells = json.loads(refused["_cells"])
    return {
        "row": refused["_row"],
        "column": "",
        "value": ", ".join(cell for cell in cells.values() if cell),
        "shown_value": None,
        "reason_class": Reason.ROW.value,
        "reason_id": refused["_reason_id"],
        "reason_en": refused["_reason_en"],
        "cells": cells,
        "key": None,
    }


def _one_cell(refused: dict[str, Any]) -> dict[str, Any]:
    return {("row" if name == "_row" else name): value for name, value in refused.items()}


def _fingerprinted(row: dict[str, Any], delivery: Delivery) -> dict[str, Any]:
    """Tells a row that is delivered again from a new one; its number may differ in each answer of a server."""
    said = [delivery.name, row["column"], row["reason_en"], row["cells"]]
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return row | {"fingerprint": digest}


def _refused_before(connection: sa.Connection, source: Source, city_code: str, prints: list[str]) -> set[str]:
    if not prints:
        return set()
    among = QUARANTINE.c.fingerprint == sa.any_(sa.cast(prints, ARRAY(sa.Text())))
    mine = sa.and_(QUARANTINE.c.city_code == city_code, QUARANTINE.c.source == source.name, among)
    return set(connection.scalars(sa.select(QUARANTINE.c.fingerprint).where(mine)))


def record_run(
    connection: sa.Connection,
    source: Source,
    city_code: str,
    delivery: Delivery,
    counts: Counts,
    started: Any,
    remarks: dict[str, Any],
) -> None:
    """A ledger row for this delivery; polls that brought nothing new are counted on one row."""
    if counts.brought_nothing and _add_to_idle(connection, source, city_code, delivery, counts, remarks):
        return
    connection.execute(
        sa.insert(RUNS).values(
            city_code=city_code,
            source=source.name,
            dataset=source.dataset,
            delivery=delivery.name,
            started_at=started,
            finished_at=sa.func.clock_timestamp(),
            **vars(counts),
            **remarks,
        )
    )


def _add_to_idle(
    connection: sa.Connection,
    source: Source,
    city_code: str,
    delivery: Delivery,
    counts: Counts,
    remarks: dict[str, Any],
) -> bool:
    mine = sa.and_(RUNS.c.city_code == city_code, RUNS.c.source == source.name)
    last = sa.select(sa.func.max(RUNS.c.run_id)).where(mine).scalar_subquery()
    same = sa.and_(mine, RUNS.c.run_id == last, RUNS.c.delivery == delivery.name, RUNS.c.note_id == remarks["note_id"])
    was_idle = sa.and_(same, RUNS.c.loaded + RUNS.c.quarantined + RUNS.c.deleted == 0)
    added = {
        "received": RUNS.c.received + counts.received,
        "unchanged": RUNS.c.unchanged + counts.unchanged,
        "superseded": RUNS.c.superseded + counts.superseded,
        "polls": RUNS.c.polls + 1,
        "finished_at": sa.func.clock_timestamp(),
    }
    return connection.execute(sa.update(RUNS).where(was_idle).values(added)).rowcount > 0


def describe(source: Source, city_code: str) -> dict[str, Any]:
    """What the ledger knows of a source apart from its runs."""
    return {
        "city_code": city_code,
        "source": source.name,
        "dataset": source.dataset,
        "app": source.app,
        "title_id": source.title.id,
        "title_en": source.title.en,
        "owner": source.owner,
        "licence": source.licence,
        "promise_s": source.promise_s,
        "simulated": source.simulated,
    }


def _remember(connection: sa.Connection, source: Source, city_code: str, delivery: Delivery) -> None:
    known = {
        "cursor": delivery.cursor,
        "fresh_at": sa.func.least(delivery.fresh_at, sa.func.clock_timestamp()),
    }
    remember(connection, describe(source, city_code) | known | well())


def well() -> dict[str, Any]:
    """What is known of a source that has just answered: no error, and the circuit closed."""
    nothing = dict.fromkeys(("error_id", "error_en", "error_at", "retry_at"))
    return {"last_success": sa.func.clock_timestamp(), "failures": 0} | nothing


def remember(connection: sa.Connection, known: dict[str, Any]) -> None:
    """Write what is known of a source; keys that are not given stay as they were, and what is fresh stays so."""
    statement = insert(SOURCES).values(known)
    rest = {name: value for name, value in known.items() if name not in ("city_code", "source")}
    if "fresh_at" in known:
        rest["fresh_at"] = sa.func.greatest(SOURCES.c.fresh_at, statement.excluded.fresh_at)
    connection.execute(statement.on_conflict_do_update(index_elements=["city_code", "source"], set_=rest))
