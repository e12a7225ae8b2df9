"""New keys for what is stored: every sealed cell and every pseudonym is made anew, one purpose a transaction.

Loading waits meanwhile (``warehouse.rotating``), and a crash leaves each purpose with its old key or its new one:
the next call goes on. A key that was replaced is kept: pseudonyms in Jejak akses, to which lines are only added, and
raw files stay under it until their time is over.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert

from etl import keys
from etl.catalogue import contracts
from etl.contract import Column, Contract, Pseudonym
from etl.errors import PantauError
from etl.office import OBJECTED, OBJECTIONS, OBJECTIONS_SEALED
from etl.pseudonyms import pseudonym
from etl.rollups import KEPT
from etl.sealing import VAULT, place_of, seal, unseal
from etl.warehouse import (
    CORRECTED,
    FINDINGS,
    FIXES,
    HISTORIES,
    KEYS,
    QUARANTINE,
    REFUSED,
    TABLES,
    Role,
    engine,
    ring,
    rotating,
)

Reseal = Callable[[str], str]
Done = Callable[[str], None]
# Sealed columns of tables that are no dataset's.
PLAIN = {CORRECTED: (FIXES, ("written", "means")), OBJECTED: (OBJECTIONS, OBJECTIONS_SEALED)}
NUMBERS = ("bigint", "double precision", "numeric", "integer")


def names() -> list[str]:
    """The keys that can be replaced: that of all seals, and that of each domain of pseudonyms."""
    return [VAULT, *sorted({how.purpose for _, _, how in _pseudonyms()})]


def rotate(name: str, done: Done) -> int:
    """Replace a key, or finish what was begun; the version that is in force then.

    Raises PantauError for a key that there is not.
    """
    if name not in names():
        listed = ", ".join(names())
        raise PantauError(f"tidak ada kunci {name}; yang ada: {listed} | no key {name}; there are: {listed}")
    purposes = list(_sealed_purposes()) if name == VAULT else [name]
    version = _begun(name, purposes)
    for purpose in purposes:
        with engine(Role.ETL).begin() as connection:
            rotating(connection)
            if (former := ring(connection).version(purpose)) < version:
                _replace(connection, purpose, former, version)
        done(purpose)
    return version


def _begun(name: str, purposes: list[str]) -> int:
    """The version to bring everything to: the newest, where something still waits for it, else another one."""
    with engine(Role.ETL).begin() as connection:
        in_force = ring(connection)
    newest = keys.newest(name)
    version = newest if any(in_force.version(purpose) < newest for purpose in purposes) else newest + 1
    keys.secret(keys.versioned(name, version))
    return version


def make_room(connection: sa.Connection) -> None:
    """Columns of numbers that are sealed from now on become columns of text; nothing is lost."""
    known = sa.table("columns", *map(sa.column, ("table_schema", "table_name", "column_name", "data_type")))
    known.schema = "information_schema"
    numbers = sa.select(known).where(known.c.data_type.in_(NUMBERS))
    there = {(row.table_schema, row.table_name, row.column_name) for row in connection.execute(numbers)}
    for contract, column in _sealed():
        for table in (TABLES[contract.name], HISTORIES[contract.name]):
            if (table.schema, table.name, column.name) in there:
                words = {"table": table.fullname, "column": column.name}
                change = "ALTER TABLE %(table)s ALTER COLUMN %(column)s TYPE text USING %(column)s::text"
                connection.execute(sa.DDL(change, context=words))


def adopt(connection: sa.Connection) -> None:
    """Seal what was stored before its column was sealed; later starts find that nothing is left to do."""
    there = ring(connection).versions.keys()
    for purpose in sorted(set(_sealed_purposes()) - there):
        rotating(connection)
        version = keys.newest(VAULT)
        _reseal(connection, purpose, partial(seal, place=purpose, version=version))
        _in_force(connection, purpose, version)


def _replace(connection: sa.Connection, purpose: str, former: int, version: int) -> None:
    if purpose.startswith("pseudonym_"):
        _rename(connection, purpose, former, version)
    else:
        _reseal(connection, purpose, lambda old: seal(unseal(old, purpose), purpose, version))
    _in_force(connection, purpose, version)


def _in_force(connection: sa.Connection, purpose: str, version: int) -> None:
    statement = insert(KEYS).values(purpose=purpose, version=version)
    again = {"version": version, "since": sa.func.clock_timestamp()}
    connection.execute(statement.on_conflict_do_update(index_elements=["purpose"], set_=again))


def _sealed() -> Iterator[tuple[Contract, Column]]:
    for contract in contracts().values():
        yield from ((contract, column) for column in contract.columns if column.sealed)


def _sealed_purposes() -> Iterator[str]:
    yield from (place_of(contract, column) for contract, column in _sealed())
    yield from (REFUSED, *PLAIN)


def _pseudonyms() -> Iterator[tuple[Contract, Column, Pseudonym]]:
    for contract in contracts().values():
        for column in contract.columns:
            if isinstance(column.derived, Pseudonym):
                yield contract, column, column.derived


def _reseal(connection: sa.Connection, purpose: str, anew: Reseal) -> None:
    if purpose == REFUSED:
        _reseal_refused(connection, anew)
    elif purpose in PLAIN:
        table, names = PLAIN[purpose]
        for name in names:
            _exchange(connection, table, name, {old: anew(old) for old in _cells(connection, [table], name)})
    else:
        dataset, _, name = purpose.partition(".")
        tables = [TABLES[dataset], HISTORIES[dataset]]
        renamed = {old: anew(old) for old in _cells(connection, tables, name)}
        for table in tables:
            _exchange(connection, table, name, renamed)
        _exchange_keys(connection, dataset, name, anew)


def _cells(connection: sa.Connection, tables: Iterable[sa.Table], name: str) -> list[str]:
    """The distinct cells of a column as the database holds them."""
    each = [sa.select(_raw(table.c[name])).where(table.c[name].is_not(None)) for table in tables]
    return list(connection.scalars(sa.union(*each)))


def _raw(column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    return sa.type_coerce(column, sa.Text())


def _exchange(connection: sa.Connection, table: sa.Table, name: str, renamed: dict[str, str]) -> None:
    """Every cell of a column by another one, in one statement."""
    if not renamed:
        return
    pairs = sa.Table(
        "renamed", sa.MetaData(), sa.Column("old", sa.Text(), primary_key=True), sa.Column("new", sa.Text()),
        prefixes=["TEMPORARY"],
    )  # fmt: skip
    pairs.create(connection)
    connection.execute(sa.insert(pairs), [{"old": old, "new": new} for old, new in renamed.items()])
    same = _raw(table.c[name]) == pairs.c.old
    connection.execute(sa.update(table).where(same).values({name: pairs.c.new}))
    pairs.drop(connection)


def _exchange_keys(connection: sa.Connection, dataset: str, name: str, anew: Reseal) -> None:
    """Refused rows that know the key of their row find it under its new name."""
    mine = sa.and_(QUARANTINE.c.dataset == dataset, QUARANTINE.c.key[name].astext.is_not(None))
    named = (QUARANTINE.c.city_code, QUARANTINE.c.quarantine_id)
    for row in connection.execute(sa.select(*named, QUARANTINE.c.key).where(mine)).all():
        this = sa.and_(QUARANTINE.c.city_code == row.city_code, QUARANTINE.c.quarantine_id == row.quarantine_id)
        connection.execute(sa.update(QUARANTINE).where(this).values(key=row.key | {name: anew(row.key[name])}))


def _reseal_refused(connection: sa.Connection, anew: Reseal) -> None:
    cells = sa.type_coerce(QUARANTINE.c.cells, JSONB())
    query = sa.select(
        QUARANTINE.c.city_code, QUARANTINE.c.quarantine_id, cells.label("cells"), _raw(QUARANTINE.c.value).label("cell")
    )
    for row in connection.execute(query).all():
        this = sa.and_(QUARANTINE.c.city_code == row.city_code, QUARANTINE.c.quarantine_id == row.quarantine_id)
        value = row.cell if row.cell is None else anew(row.cell)
        again = {"cells": {header: cell and anew(cell) for header, cell in row.cells.items()}, "value": value}
        connection.execute(sa.update(QUARANTINE).where(this).values(again))


def _rename(connection: sa.Connection, purpose: str, former: int, version: int) -> None:
    """Another pseudonym for everyone of a domain, in every dataset at once: whoever met there still meets.

    Of whom nothing but the old pseudonym is left, the new one is made of that.
    """
    here = [(contract, column, how) for contract, column, how in _pseudonyms() if how.purpose == purpose]
    found = [one for contract, column, how in here for one in _people(connection, contract, column, how)]
    renamed = {old: pseudonym(old, how, version) for _, old, how in found}
    renamed |= {old: pseudonym(who, how, version) for who, old, how in found if who and _is(who, old, how, former)}
    for contract, column, _ in here:
        told = (kept.table for kept in KEPT[contract.name] if kept.rollup.who == column.name)
        for table in (TABLES[contract.name], HISTORIES[contract.name], *told):
            _exchange(connection, table, column.name, renamed)
        if column.name in contract.key:
            _exchange_keys(connection, contract.name, column.name, lambda old: renamed.get(old, old))
    _rename_findings(connection, renamed)


def _people(
    connection: sa.Connection, contract: Contract, column: Column, how: Pseudonym
) -> Iterator[tuple[str | None, str, Pseudonym]]:
    """Everyone of a column: who it is, where that is still known, and the pseudonym."""
    for table in (TABLES[contract.name], HISTORIES[contract.name]):
        query = sa.select(table.c[how.of], table.c[column.name]).where(table.c[column.name].is_not(None)).distinct()
        yield from ((who, old, how) for who, old in connection.execute(query))


def _is(who: str, old: str, how: Pseudonym, version: int) -> bool:
    return pseudonym(who, how, version) == old


def _rename_findings(connection: sa.Connection, renamed: dict[str, str]) -> None:
    """Words of a finding's subject are the pseudonyms that it is about."""
    query = sa.select(FINDINGS.c.city_code, FINDINGS.c.finding_id, FINDINGS.c.subject)
    for row in connection.execute(query).all():
        subject = " ".join(renamed.get(word, word) for word in row.subject.split(" "))
        if subject != row.subject:
            this = sa.and_(FINDINGS.c.city_code == row.city_code, FINDINGS.c.finding_id == row.finding_id)
            connection.execute(sa.update(FINDINGS).where(this).values(subject=subject))
