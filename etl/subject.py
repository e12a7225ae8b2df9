"""What a city holds about one person, and who looked at it: the answer to a person who asks (UU PDP, art. 5–7).

The person is found by the seal of the number in every column that holds such a number, by the pseudonyms that stand for
it, and by the number itself in refused rows and raw files. It is written into Jejak akses before anything is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from etl import audit, keys, raw
from etl.audit import Look
from etl.catalogue import contracts
from etl.cities import City
from etl.contract import Column, Contract, Pseudonym
from etl.errors import PantauError
from etl.office import OBJECTED, OBJECTIONS
from etl.pseudonyms import pseudonym
from etl.rules import NIK, NIP, Matches
from etl.sealing import Ring, place_of, seal
from etl.warehouse import FINDINGS, HISTORIES, QUARANTINE, SOURCES, TABLES, Role, engine, ring

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Held:
    """All that a city holds about somebody."""

    rows: dict[str, Rows]  # by dataset: what is true now
    former: dict[str, Rows]  # by dataset: what was true before
    refused: Rows
    findings: Rows
    objections: Rows  # those that name the NIK; who gave none cannot be found
    raw_files: dict[str, int]  # by source: kept deliveries that name the person
    looks: Rows


def held(number: str, city: City, look: Look) -> Held:
    """Everything about the person of this NIK or NIP. Raises PantauError for what is neither."""
    if _kind(number) is None:
        raise PantauError(
            "bukan NIK (16 angka) atau NIP (18 angka) → periksa nomornya "
            "| neither a NIK (16 digits) nor a NIP (18 digits) → check the number"
        )
    audit.opened(look)
    with engine(Role.ETL).begin() as connection:
        in_force = ring(connection)
        numbers = _numbers(connection, number, city, in_force)
        mine = _rows(connection, TABLES, numbers, city, in_force)
        words = _words(numbers, mine)
        found = Held(
            rows=mine,
            former=_rows(connection, HISTORIES, numbers, city, in_force),
            refused=_refused(connection, numbers, city),
            findings=_findings(connection, words, city),
            objections=_objections(connection, numbers, city, in_force),
            raw_files=_raw_files(connection, numbers, city),
            looks=_looks(words, city),
        )
    rows = [row for part in (found.rows, found.former) for of in part.values() for row in of]
    audit.shown(look, len(rows) + len(found.refused) + len(found.objections), sorted(_pseudonyms(numbers)))
    return found


def _kind(number: str) -> Matches | None:
    return {16: NIK, 18: NIP}.get(len(number)) if number.isascii() and number.isdigit() else None


def _numbers(connection: sa.Connection, number: str, city: City, in_force: Ring) -> set[str]:
    """The number, and the other one of the same civil servant: NIK and NIP stand in one row there."""
    servants = contracts()["civil_servants"]
    found = list(_of_person(connection, TABLES[servants.name], servants, {number}, city, in_force))
    return {number} | {row[name] for row in found for name in ("nik", "nip") if row[name]}


def _rows(
    connection: sa.Connection, tables: dict[str, sa.Table], numbers: set[str], city: City, in_force: Ring
) -> dict[str, Rows]:
    each = {
        name: list(_of_person(connection, tables[name], of, numbers, city, in_force))
        for name, of in contracts().items()
    }
    return {name: found for name, found in each.items() if found}


def _of_person(
    connection: sa.Connection, table: sa.Table, contract: Contract, numbers: set[str], city: City, in_force: Ring
) -> Iterator[dict[str, Any]]:
    wanted = [
        table.c[column.name] == seal(number, place, in_force.version(place))
        for column in _holding(contract)
        for place in (place_of(contract, column),)
        for number in numbers
        if _kind(number) in column.rules
    ]
    if wanted:
        mine = sa.select(table).where(table.c.city_code == city.code, sa.or_(*wanted))
        yield from (dict(row) for row in connection.execute(mine).mappings())


def _holding(contract: Contract) -> list[Column]:
    """The columns in which a person's own number stands."""
    return [column for column in contract.columns if column.sealed and {NIK, NIP} & set(column.rules)]


def _refused(connection: sa.Connection, numbers: set[str], city: City) -> Rows:
    """Refused rows that name the person, wherever in the row; their cells are sealed, so each is opened."""
    query = sa.select(QUARANTINE).where(QUARANTINE.c.city_code == city.code, QUARANTINE.c.cells != {})
    return [dict(row) for row in connection.execute(query).mappings() if _named(row["cells"].values(), numbers)]


def _named(cells: Any, numbers: set[str]) -> bool:
    digits = ["".join(filter(str.isdigit, cell or "")) for cell in cells]
    return any(number in one for one in digits for number in numbers)


def _words(numbers: set[str], rows: dict[str, Rows]) -> set[str]:
    """The words by which a finding's subject names the person: pseudonyms, own orders, the account that paid them."""
    orders = rows.get("marketplace_orders", [])
    return _pseudonyms(numbers) | {row[name] for row in orders for name in ("order_id", "payer") if row[name]}


def _findings(connection: sa.Connection, words: set[str], city: City) -> Rows:
    """Findings about the person."""
    who = sa.func.string_to_array(FINDINGS.c.subject, " ", type_=ARRAY(sa.Text())).overlap(sorted(words))
    query = sa.select(FINDINGS).where(FINDINGS.c.city_code == city.code, who).order_by(FINDINGS.c.finding_id)
    return [dict(row) for row in connection.execute(query).mappings()]


def _objections(connection: sa.Connection, numbers: set[str], city: City, in_force: Ring) -> Rows:
    seals = [seal(number, OBJECTED, in_force.version(OBJECTED)) for number in numbers]
    query = sa.select(OBJECTIONS).where(OBJECTIONS.c.city_code == city.code, OBJECTIONS.c.nik.in_(seals))
    return [dict(row) for row in connection.execute(query).mappings()]


def _pseudonyms(numbers: set[str]) -> set[str]:
    """Every pseudonym that ever stood for the person: also those of keys that were replaced."""
    declared = {
        column.derived
        for contract in contracts().values()
        for column in contract.columns
        if isinstance(column.derived, Pseudonym) and contract[column.derived.of] in _holding(contract)
    }
    return {
        pseudonym(number, how, version)
        for number in numbers
        for how in declared
        for version in range(1, keys.newest(how.purpose) + 1)
    }


def _raw_files(connection: sa.Connection, numbers: set[str], city: City) -> dict[str, int]:
    """How many kept deliveries of each source name the person."""
    personal = [name for name, contract in contracts().items() if _holding(contract)]
    mine = sa.select(SOURCES.c.source).where(SOURCES.c.city_code == city.code, SOURCES.c.dataset.in_(personal))
    each = {name: raw.every(raw.folder(city.slug, name)) for name in connection.scalars(mine)}
    counts = {name: sum(_in_file(rows, numbers) for rows in files) for name, files in each.items()}
    return {name: count for name, count in counts.items() if count}


def _in_file(rows: pl.DataFrame, numbers: set[str]) -> bool:
    digits = pl.col(pl.String).str.replace_all(r"[^0-9]", "")
    there = pl.any_horizontal(pl.all().str.contains(number, literal=True).any() for number in numbers)
    return bool(rows.select(digits).select(there).item()) if rows.select(pl.col(pl.String)).width else False


def _looks(words: set[str], city: City) -> Rows:
    """Who looked at rows of the person, newest first."""
    said = (
        row for row in audit.entries(city.code) if words & {word for one in row["subjects"] for word in one.split()}
    )
    return [{name: row[name] for name in ("at", "name", "role", "purpose", "reason", "what")} for row in said]
