"""Loading one delivery: stage → compare → history → upsert → quarantine → ledger → version → NOTIFY.

All of it is one transaction, the cursor included: after any crash a delivery is either
wholly there or not at all, and the next run starts from exactly the right place.
"""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on, insert

from etl.contract import Contract
from etl.readers.delivery import Delivery
from etl.sift import Reason, Sifted
from etl.source import Source
from etl.warehouse import CHANNEL, HISTORIES, QUARANTINE, RUNS, SOURCES, TABLES, VERSIONS

NULL = "\\N"
MOMENT = "%Y-%m-%dT%H:%M:%S%.6f%:z"


@dataclass(frozen=True)
class Counts:
    """What became of the rows of one delivery, or of many."""

    received: int = 0
    loaded: int = 0
    unchanged: int = 0
    superseded: int = 0
    quarantined: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, name) + getattr(other, name) for name in vars(self)))

    @property
    def balanced(self) -> bool:
        """The conservation law: every row received is somewhere."""
        return self.received == self.loaded + self.unchanged + self.superseded + self.quarantined


def load(
    connection: sa.Connection, contract: Contract, source: Source, city_code: str, delivery: Delivery, sifted: Sifted
) -> Counts:
    """Load one sifted delivery inside the caller's transaction and write its ledger row.

    A row that was refused before in the same way (delivered again) is counted as unchanged.
    """
    started = _alone(connection, contract, city_code)
    loaded, unchanged, superseded = _merge(connection, contract, source, city_code, sifted.good, started)
    refused, refused_before = _quarantine(connection, source, city_code, delivery, sifted)
    counts = Counts(
        received=delivery.rows.height + delivery.refused.height,
        loaded=loaded,
        unchanged=unchanged + refused_before,
        superseded=superseded + sifted.duplicates,
        quarantined=refused,
    )
    _record_run(connection, source, city_code, delivery, counts, started)
    _remember(connection, source, city_code, delivery)
    if loaded:
        _close_redelivered(connection, contract, source, city_code)
        _announce(connection, contract, city_code)
    return counts


def load_again(
    connection: sa.Connection,
    contract: Contract,
    source: Source,
    city_code: str,
    delivery: Delivery,
    sifted: Sifted,
    refused_at: dict[int, dt.datetime],
) -> tuple[Counts, set[int]]:
    """Load rows that were refused before; also says which of them had been overtaken meanwhile.

    They bring no news of their source, so its cursor and freshness stay. What is refused still is
    counted as unchanged. Everything is in the caller's transaction, as in ``load``.
    """
    started = _alone(connection, contract, city_code)
    overtaken = _overtaken(connection, contract, city_code, sifted.good, refused_at)
    timely = sifted.good.filter(~pl.col("_row").is_in(list(overtaken)))
    loaded, unchanged, superseded = _merge(connection, contract, source, city_code, timely, started)
    counts = Counts(delivery.rows.height, loaded, unchanged + sifted.bad.height, superseded + len(overtaken))
    _record_run(connection, source, city_code, delivery, counts, started)
    if loaded:
        _announce(connection, contract, city_code)
    return counts, overtaken


def _overtaken(
    connection: sa.Connection,
    contract: Contract,
    city_code: str,
    good: pl.DataFrame,
    refused_at: dict[int, dt.datetime],
) -> set[int]:
    """Rows that are stored in another version since they were refused, unless they are newer by their revision."""
    stored = _stored(connection, contract, city_code, good)
    found = set()
    for row in good.iter_rows(named=True):
        known_from, revision = stored.get(tuple(row[name] for name in contract.key), (None, None))
        mine = row[contract.revision] if contract.revision else None
        newer = mine is not None and (revision is None or mine > revision)
        if known_from and known_from > refused_at[row["_row"]] and not newer:
            found.add(row["_row"])
    return found


def _stored(
    connection: sa.Connection, contract: Contract, city_code: str, good: pl.DataFrame
) -> dict[tuple[Any, ...], tuple[dt.datetime, Any]]:
    """Since when the rows with these keys are known, and their revision."""
    table = TABLES[contract.name]
    key = [table.c[name] for name in contract.key]
    revision = table.c[contract.revision] if contract.revision else sa.null()
    mine = sa.and_(table.c.city_code == city_code, sa.tuple_(*key).in_(good.select(contract.key).rows()))
    found = connection.execute(sa.select(*key, table.c.known_from, revision).where(mine))
    return {tuple(row[: len(key)]): (row[-2], row[-1]) for row in found}


def _close_redelivered(connection: sa.Connection, contract: Contract, source: Source, city_code: str) -> None:
    """Refused rows that have since come again in good order, by the same source under the same key, are closed."""
    table, key = TABLES[contract.name], QUARANTINE.c.key
    same = [sa.cast(key[name].astext, table.c[name].type) == table.c[name] for name in contract.key]
    if contract.revision:
        refused = sa.cast(key[contract.revision].astext, table.c[contract.revision].type)
        same.append(sa.func.coalesce(table.c[contract.revision] >= refused, sa.true()))
    where = sa.and_(
        *(QUARANTINE.c.city_code == city_code, QUARANTINE.c.source == source.name, QUARANTINE.c.state == "open"),
        *(table.c.city_code == city_code, table.c.source == source.name),
        *(table.c.known_from > QUARANTINE.c.received_at, *same),
    )
    closed = {"state": "redelivered", "resolved_at": sa.func.clock_timestamp()}
    connection.execute(sa.update(QUARANTINE).where(where).values(closed))


def _alone(connection: sa.Connection, contract: Contract, city_code: str) -> dt.datetime:
    """Waits until no other source loads this dataset of this city, then says the moment.

    The moment is taken under the lock, so that the versions of a row follow one another in time.
    """
    key = sa.func.hashtextextended(f"load {city_code}/{contract.name}", 0)
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
    moment: dt.datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return moment


def _merge(
    connection: sa.Connection,
    contract: Contract,
    source: Source,
    city_code: str,
    good: pl.DataFrame,
    moment: dt.datetime,
) -> tuple[int, int, int]:
    """Rows (loaded, unchanged, superseded)."""
    if good.is_empty():
        return 0, 0, 0
    table = TABLES[contract.name]
    stage = _stage(connection, table, contract)
    _copy(connection, stage, good.with_columns(city_code=pl.lit(city_code), source=pl.lit(source.name)))
    newest = _newest(stage, contract)
    older = _count(
        connection,
        sa.select(newest.c.city_code)
        .join(table, _same_key(newest, table, contract))
        .where(_older(newest, table, contract)),
    )
    distinct = _count(connection, sa.select(newest.c.city_code))
    _keep_history(connection, contract, newest, moment)
    loaded = _upsert(connection, contract, newest, moment)
    stage.drop(connection)
    return loaded, distinct - older - loaded, good.height - distinct + older


def _stage(connection: sa.Connection, table: sa.Table, contract: Contract) -> sa.Table:
    columns = [sa.Column(c.name, c.type) for c in table.columns if c.name != "known_from"]
    name = f"stage_{contract.name}"
    stage = sa.Table(name, sa.MetaData(), sa.Column("_row", sa.BigInteger()), *columns, prefixes=["TEMPORARY"])
    stage.create(connection)
    return stage


def _copy(connection: sa.Connection, stage: sa.Table, rows: pl.DataFrame) -> None:
    """COPY: the fastest way in that needs no further library."""
    ordered = rows.select(c.name for c in stage.columns)
    names = sql.SQL(", ").join(sql.Identifier(c.name) for c in stage.columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, NULL {})").format(
        sql.Identifier(stage.name), names, sql.Literal(NULL)
    )
    cursor = connection.connection.cursor()
    with cursor.copy(statement) as copy:  # the driver is psycopg
        for part in ordered.iter_slices(50_000):
            # every text is quoted, so that a text of just \\N is not taken for null
            lines = part.write_csv(
                include_header=False, null_value=NULL, datetime_format=MOMENT, quote_style="non_numeric"
            )
            copy.write(lines)


def _key(contract: Contract) -> tuple[str, ...]:
    return ("city_code", *contract.key)


def _newest(stage: sa.Table, contract: Contract) -> sa.Subquery:
    """Of rows with the same key in one delivery the newest revision, else the last one."""
    key = [stage.c[name] for name in _key(contract)]
    revision = [stage.c[contract.revision].desc().nulls_last()] if contract.revision else []
    ordered = sa.select(stage).order_by(*key, *revision, stage.c._row.desc())
    return ordered.ext(distinct_on(*key)).subquery("newest")


def _same_key(one: sa.FromClause, other: sa.FromClause, contract: Contract) -> sa.ColumnElement[bool]:
    return sa.and_(*(one.c[name] == other.c[name] for name in _key(contract)))


def _older(new: Any, table: sa.Table, contract: Contract) -> sa.ColumnElement[bool]:
    """An older revision, or none at all, never overwrites a newer one."""
    if contract.revision is None:
        return sa.false()
    mine, stored = _column(new, contract.revision), table.c[contract.revision]
    return sa.and_(stored.is_not(None), sa.or_(mine.is_(None), mine < stored))


def _column(new: Any, name: str) -> Any:
    return new.c[name] if hasattr(new, "c") else new[name]


def _differs(new: Any, table: sa.Table, contract: Contract) -> sa.ColumnElement[bool]:
    names = [column.name for column in contract.columns if column.name not in contract.key]
    mine = sa.tuple_(*(_column(new, name) for name in names))
    return mine.is_distinct_from(sa.tuple_(*(table.c[name] for name in names)))


def _keep_history(connection: sa.Connection, contract: Contract, newest: sa.Subquery, moment: dt.datetime) -> None:
    """Move the versions that are about to be replaced into history."""
    table, history = TABLES[contract.name], HISTORIES[contract.name]
    names = [column.name for column in table.columns]
    replaced = (
        sa.select(*(table.c[name] for name in names), sa.literal(moment))
        .join(newest, _same_key(newest, table, contract))
        .where(_differs(newest, table, contract), ~_older(newest, table, contract))
    )
    connection.execute(sa.insert(history).from_select([*names, "known_to"], replaced))


def _upsert(connection: sa.Connection, contract: Contract, newest: sa.Subquery, moment: dt.datetime) -> int:
    table = TABLES[contract.name]
    names = [c.name for c in table.columns if c.name != "known_from"]
    wanted = sa.select(*(newest.c[name] for name in names), sa.literal(moment))
    statement = insert(table).from_select([*names, "known_from"], wanted)
    changed = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in _key(contract)}
    guarded = statement.on_conflict_do_update(
        index_elements=[table.c[name] for name in _key(contract)],
        set_=changed,
        where=sa.and_(_differs(statement.excluded, table, contract), ~_older(statement.excluded, table, contract)),
    )
    return connection.execute(guarded, execution_options={"preserve_rowcount": True}).rowcount


def _count(connection: sa.Connection, query: sa.Select[Any]) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0


def _quarantine(
    connection: sa.Connection, source: Source, city_code: str, delivery: Delivery, sifted: Sifted
) -> tuple[int, int]:
    """Rows (refused for the first time, refused before in the same way)."""
    of_reader, of_sieve = delivery.refused.iter_rows(named=True), sifted.bad.iter_rows(named=True)
    refused = [_fingerprinted(row, delivery) for row in (*map(_whole_row, of_reader), *map(_one_cell, of_sieve))]
    known = _refused_before(connection, source, city_code, [row["fingerprint"] for row in refused])
    fresh = [row for row in refused if row["fingerprint"] not in known]
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


def _record_run(
    connection: sa.Connection, source: Source, city_code: str, delivery: Delivery, counts: Counts, started: Any
) -> None:
    """A ledger row for this delivery; polls that brought nothing new are counted on one row."""
    idle = counts.loaded + counts.quarantined == 0
    if idle and _add_to_idle(connection, source, city_code, delivery, counts):
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
        )
    )


def _add_to_idle(connection: sa.Connection, source: Source, city_code: str, delivery: Delivery, counts: Counts) -> bool:
    mine = sa.and_(RUNS.c.city_code == city_code, RUNS.c.source == source.name)
    last = sa.select(sa.func.max(RUNS.c.run_id)).where(mine).scalar_subquery()
    same = sa.and_(mine, RUNS.c.run_id == last, RUNS.c.delivery == delivery.name)
    was_idle = sa.and_(same, RUNS.c.loaded + RUNS.c.quarantined == 0)
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
        "last_success": sa.func.clock_timestamp(),
        "fresh_at": delivery.fresh_at,
        "error_id": None,
        "error_en": None,
        "error_at": None,
    }
    remember(connection, describe(source, city_code) | known)


def remember(connection: sa.Connection, known: dict[str, Any]) -> None:
    """Write what is known of a source; keys that are not given stay as they were."""
    statement = insert(SOURCES).values(known)
    rest = {name: value for name, value in known.items() if name not in ("city_code", "source")}
    connection.execute(statement.on_conflict_do_update(index_elements=["city_code", "source"], set_=rest))


def _announce(connection: sa.Connection, contract: Contract, city_code: str) -> None:
    """A new version for (city, dataset), heard by every listener when the transaction commits."""
    statement = insert(VERSIONS).values(
        city_code=city_code, dataset=contract.name, version=1, changed_at=sa.func.clock_timestamp()
    )
    stepped = {"version": VERSIONS.c.version + 1, "changed_at": sa.func.clock_timestamp()}
    raised = statement.on_conflict_do_update(index_elements=["city_code", "dataset"], set_=stepped).returning(
        VERSIONS.c.version
    )
    version = connection.scalar(raised)
    word = json.dumps(
        {"city": city_code, "dataset": contract.name, "version": version, "at": dt.datetime.now(dt.UTC).isoformat()}
    )
    connection.execute(sa.select(sa.func.pg_notify(CHANNEL, word)))
