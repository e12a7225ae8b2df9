"""The quarantine: rows that were refused, grouped by their cause, looked at again, and closed. Nothing is deleted."""

import datetime as dt
from collections.abc import Iterable, Iterator
from shlex import quote
from typing import Any

import polars as pl
import sqlalchemy as sa

from etl.again import load_again
from etl.areas import area_book
from etl.catalogue import contract
from etl.cities import City
from etl.contract import Contract
from etl.errors import FixRefused, Where
from etl.fixes import Author, edits, fixed, is_worded, vocabulary
from etl.headers import wanted_groups
from etl.load import Counts
from etl.readers.delivery import Delivery, now, refused_frame
from etl.refusal import Reason
from etl.sealing import Ring, sealed_key
from etl.sift import sift
from etl.source import Cell, Source, place_header
from etl.warehouse import FIXES, QUARANTINE, Role, engine

ROW = "_row"
Rows = list[dict[str, Any]]


def rows(
    connection: sa.Connection,
    city_code: str,
    source: str | None = None,
    closed: bool = False,
    number: int | None = None,
) -> Rows:
    """The refused rows of a city with all that is known of them, oldest first; the closed ones where asked for."""
    where = [QUARANTINE.c.city_code == city_code]
    where += [QUARANTINE.c.source == source] if source else []
    where += [] if closed else [QUARANTINE.c.state == "open"]
    where += [] if number is None else [QUARANTINE.c.quarantine_id == number]
    found = connection.execute(sa.select(QUARANTINE).where(*where).order_by(QUARANTINE.c.quarantine_id))
    return [dict(row._mapping) for row in found]


def row(connection: sa.Connection, city: City, number: int) -> dict[str, Any]:
    """One refused row, open or closed. Raises FixRefused when there is none of this number."""
    for found in rows(connection, city.code, closed=True, number=number):
        return found
    raise FixRefused(
        f"{Where(city.slug)}: tidak ada baris karantina nomor {number}; lihat: python -m etl quarantine"
        f" | no refused row of number {number}; see: python -m etl quarantine"
    )


def grouped(connection: sa.Connection, city_code: str, source: str | None = None) -> Rows:
    """Open refused rows by cause: how many, an example, when they first and last came; the most frequent first."""
    cause = [QUARANTINE.c[name] for name in ("city_code", "source", "dataset", "column")]
    cause += [QUARANTINE.c[name] for name in ("reason_class", "reason_id", "reason_en")]
    told = [
        sa.func.count().label("rows"),
        sa.func.min(QUARANTINE.c.quarantine_id).label("example_id"),
        sa.func.min(QUARANTINE.c.delivery).label("delivery"),
        sa.func.min(QUARANTINE.c.value).label("value"),
        sa.func.min(QUARANTINE.c.received_at).label("first_seen"),
        sa.func.max(QUARANTINE.c.received_at).label("last_seen"),
    ]
    where = [QUARANTINE.c.city_code == city_code, QUARANTINE.c.state == "open"]
    where += [QUARANTINE.c.source == source] if source else []
    query = sa.select(*cause, *told).where(*where).group_by(*cause).order_by(sa.desc("rows"), "example_id")
    return [dict(found._mapping) for found in connection.execute(query)]


def dismiss(connection: sa.Connection, city: City, number: int, author: Author) -> None:
    """Close a row that was never data; it stays where it is. Raises FixRefused when it is closed already."""
    found = row(connection, city, number)
    if found["state"] != "open":
        where = Where(city.slug, found["source"], found["delivery"], found["row"])
        raise FixRefused(f"{where}: sudah ditutup | is closed already ({found['state']})")
    _close(connection, city.code, [number], "dismissed", author)


def replay(source: Source, city: City, author: Author, numbers: Iterable[int] | None = None) -> Counts:
    """Look at the open refused rows of a source again, with the fixes in force now, and load what is good.

    What is good is closed, what is not stays open with its reason of now; every file is one transaction with
    a line of its own in the ledger. Rows that a reader refused as a whole have no cells to look at: they stay.
    """
    chosen = [QUARANTINE.c.city_code == city.code, QUARANTINE.c.source == source.name, QUARANTINE.c.state == "open"]
    chosen += [QUARANTINE.c.column != "", *([QUARANTINE.c.quarantine_id.in_(list(numbers))] if numbers else [])]
    total = Counts()
    with engine(Role.ETL).connect() as connection:
        with connection.begin():
            files = connection.scalars(sa.select(QUARANTINE.c.delivery).where(*chosen).distinct()).all()
        for file in sorted(files):
            with connection.begin():
                refused = sa.select(QUARANTINE).where(*chosen, QUARANTINE.c.delivery == file).with_for_update()
                found = [dict(one._mapping) for one in connection.execute(refused)]
                total += _replay_file(connection, source, city, file, found, author)
    return total


def _replay_file(
    connection: sa.Connection, source: Source, city: City, file: str, found: Rows, author: Author
) -> Counts:
    of = contract(source.dataset)
    edited = edits(connection, city.code, [one["quarantine_id"] for one in found])
    known = fixed(connection, source, area_book(city))
    alone = known.source.row_by_row()
    cells = _frame([one for one in found if _has_places(one, source)], edited, alone)
    if cells.is_empty():
        return Counts()
    sifted = sift(cells, of, alone, known.areas, city.zone, file, known.ring)
    again = Delivery(f"karantina: {file}", cells, {}, now(), refused_frame())
    refused_at: dict[int, dt.datetime] = {one["quarantine_id"]: one["received_at"] for one in found}
    counts, overtaken = load_again(connection, of, source, city.code, again, sifted, refused_at)
    good = set(sifted.good[ROW]) - overtaken
    _close(connection, city.code, overtaken, "redelivered", author)
    _close(connection, city.code, good & edited.keys(), "edited", author)
    _close(connection, city.code, good - edited.keys(), "replayed", author)
    _say_again(connection, city.code, sifted.bad, of, known.ring)
    return counts


def _has_places(refused: dict[str, Any], source: Source) -> bool:
    """Whether a row kept the places that it had in its file, where its source counts them."""
    return all(place_header(column) in refused["cells"] for column in source.counted)


def _frame(found: Rows, edited: dict[int, dict[str, str | None]], source: Source) -> pl.DataFrame:
    """The kept cells with their corrections, numbered by their place in the quarantine."""
    cells = [one["cells"] | edited.get(one["quarantine_id"], {}) for one in found]
    there = dict.fromkeys(header for one in cells for header in one)
    # a header under which every refused row was empty is not among their cells
    empty = [group[0] for group in wanted_groups(source) if not there.keys() & set(group)]
    schema = dict.fromkeys([*there, *empty], pl.String) | {ROW: pl.Int64}
    numbered = [one | {ROW: at["quarantine_id"]} for one, at in zip(cells, found, strict=True)]
    frame = pl.DataFrame(numbered, schema=schema)
    return frame.with_columns(pl.col(pl.String).str.replace_all("␀", "\0", literal=True))  # as it was delivered


def _close(connection: sa.Connection, city_code: str, numbers: Iterable[int], state: str, author: Author) -> None:
    mine = sa.and_(QUARANTINE.c.city_code == city_code, QUARANTINE.c.quarantine_id.in_(list(numbers)))
    closed = {"state": state, "resolved_by": author.by, "resolved_why": author.why}
    connection.execute(sa.update(QUARANTINE).where(mine).values(closed | {"resolved_at": sa.func.clock_timestamp()}))


def _say_again(connection: sa.Connection, city_code: str, bad: pl.DataFrame, of: Contract, ring: Ring) -> None:
    """Rows that stay open say what is wrong with them now; their cells stay as they were delivered."""
    names = ("column", "value", "shown_value", "reason_class", "reason_id", "reason_en")
    for refused in bad.iter_rows(named=True):
        mine = sa.and_(QUARANTINE.c.city_code == city_code, QUARANTINE.c.quarantine_id == refused[ROW])
        said, key = {name: refused[name] for name in names}, sealed_key(refused["key"], of, ring)
        connection.execute(sa.update(QUARANTINE).where(mine).values(said | {"key": key}))


def apply_fixes(city: City, sources: Iterable[Source]) -> Counts:
    """Look again at the rows of every source that a new fix concerns, in the name of who made it.

    The fix is marked as applied in a transaction after the rows': a crash in between looks once more, which changes
    nothing.
    """
    waiting = sa.and_(FIXES.c.city_code == city.code, FIXES.c.applied_at.is_(None), FIXES.c.undone_at.is_(None))
    with engine(Role.ETL).connect() as connection:
        new = connection.execute(sa.select(FIXES).where(waiting).order_by(FIXES.c.fix_id)).all()
    total = Counts()
    for fix in new:
        author = Author(fix.made_by, fix.why)
        for source in sources:
            if fix.source in ("", source.name):
                total += replay(source, city, author)
        with engine(Role.ETL).begin() as connection:
            mine = sa.and_(FIXES.c.city_code == city.code, FIXES.c.fix_id == fix.fix_id)
            connection.execute(sa.update(FIXES).where(mine).values(applied_at=sa.func.clock_timestamp()))
    return total


def remedies(cause: dict[str, Any], city: City, source: Source) -> Iterator[str]:
    """The commands that would put the rows of one cause right, the likeliest first; capitals are to be filled in."""
    start, end = "python -m etl quarantine", f'--city {city.slug} --why "ALASAN"'
    value, number = cause["value"], cause["example_id"]
    if cause["reason_class"] == Reason.AREA:
        yield f"{start} alias {quote(value.rpartition(', ')[0] or value)} KODE {end}"
    column = contract(cause["dataset"])[cause["column"]] if cause["column"] else None
    if column and value and is_worded(column):
        words = ", ".join(vocabulary(column, source)) or "-"
        yield f"{start} word {column.name} {quote(value)} KATA --source {source.name} {end}  # KATA: {words}"
    if column:
        yield f'{start} edit {number} {_header(source, column.name)} "NILAI" {end}'
    yield f"{start} dismiss {number} {end}"


def _header(source: Source, column: str) -> str:
    """The header of a column where it is made of just one, as the shell takes it."""
    said = source.columns.get(column)
    words = said.header if isinstance(said, Cell) else said
    return quote(words) if isinstance(words, str) else "JUDUL"
