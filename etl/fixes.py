"""Corrections by people: who, when, why. They are read whenever rows are sifted and never touch a city's files.

An *alias* says which area a written name means, a *word* what a source's word means in the contract: both
hold for every delivery from then on. An *edit* corrects one cell of one refused row. All can be undone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from etl.areas import Alias, AreaBook, Level
from etl.catalogue import contract
from etl.cities import City
from etl.contract import Column, Kind
from etl.errors import FixRefused, Where
from etl.headers import wanted_headers
from etl.rules import OneOf
from etl.sealing import FIRST, Ring
from etl.source import Cell, Source
from etl.warehouse import FIXES, ring

Fixes = list[sa.Row[Any]]


@dataclass(frozen=True)
class Author:
    """Who decides something, and why."""

    by: str
    why: str

    def __post_init__(self) -> None:
        if not self.why.strip():
            raise FixRefused('alasan wajib diisi: --why "…" | a reason is required: --why "…"')


@dataclass(frozen=True)
class Corrected:
    """A source and the areas of its city with every word, alias and key that was in force at one moment."""

    source: Source
    areas: AreaBook
    fixes: frozenset[int] = frozenset()  # which those were: they are undone, never changed
    ring: Ring = FIRST


def fixed(connection: sa.Connection, source: Source, areas: AreaBook) -> Corrected:
    """The source and the areas of its city with every word, alias and key that is in force just now."""
    words = _words(connection, source.name, areas.city.code)
    aliases = _aliases(connection, source.name, areas.city.code)
    numbers = frozenset(fix.fix_id for fix in (*words, *aliases))
    return Corrected(_with_words(source, words), _with_aliases(areas, aliases), numbers, ring(connection))


def _words(connection: sa.Connection, source: str, city_code: str) -> Fixes:
    return _in_force(connection, city_code, "word", FIXES.c.source == source)


def _aliases(connection: sa.Connection, source: str, city_code: str) -> Fixes:
    return _in_force(connection, city_code, "alias", FIXES.c.source.in_(("", source)))


def _with_words(source: Source, found: Fixes) -> Source:
    columns = dict(source.columns)
    for fix in found:
        if said := columns.get(fix.column):  # a column that the source no longer brings needs no word
            cell = said if isinstance(said, Cell) else Cell(header=said)
            columns[fix.column] = msgspec.structs.replace(cell, words=cell.words | {fix.written: fix.means})
    return msgspec.structs.replace(source, columns=columns)


def _with_aliases(areas: AreaBook, found: Fixes) -> AreaBook:
    return areas.taught(Alias(fix.written, fix.means, fix.within) for fix in found) if found else areas


def edits(connection: sa.Connection, city_code: str, ids: Iterable[int]) -> dict[int, dict[str, str | None]]:
    """The corrected cells of refused rows by row and header; the later correction of a cell counts."""
    found: dict[int, dict[str, str | None]] = {}
    for fix in _in_force(connection, city_code, "edit", FIXES.c.quarantine_id.in_(list(ids))):
        found.setdefault(fix.quarantine_id, {})[fix.column] = fix.means
    return found


def _in_force(connection: sa.Connection, city_code: str, kind: str, of: sa.ColumnElement[bool]) -> Fixes:
    mine = sa.and_(FIXES.c.city_code == city_code, FIXES.c.kind == kind, FIXES.c.undone_at.is_(None), of)
    return list(connection.execute(sa.select(FIXES).where(mine).order_by(FIXES.c.fix_id)))


def fixes(connection: sa.Connection, city_code: str) -> list[dict[str, Any]]:
    """Every correction that was ever made for a city, undone ones too, oldest first."""
    found = connection.execute(sa.select(FIXES).where(FIXES.c.city_code == city_code).order_by(FIXES.c.fix_id))
    return [dict(row._mapping) for row in found]


def add_alias(connection: sa.Connection, areas: AreaBook, alias: Alias, source: str, author: Author) -> int:
    """A written name means this area, for one source or (empty) all of the city; returns the number of the fix.

    Raises FixRefused when there is no such area, or the name has a meaning already.
    """
    city, where = areas.city, Where(areas.city.slug, source, value=alias.name)
    if not _is_level(areas, alias.code, tuple(level for level in Level if level is not Level.CITY)):
        here = f"{city.name} (cities/{city.slug}/areas.csv)"
        raise _refused(where, f"kode {alias.code!r} tidak ada di {here}", f"there is no code {alias.code!r} in {here}")
    if alias.within and not _is_level(areas, alias.within, (Level.KECAMATAN,)):
        raise _refused(where, f"{alias.within!r} bukan kode kecamatan", f"{alias.within!r} is no code of a kecamatan")
    if meaning := _meaning(_with_aliases(areas, _aliases(connection, source, city.code)), alias):
        name = f"{areas[meaning].name} ({meaning})"
        raise _refused(where, f"nama ini sudah berarti {name}", f"this name means {name} already")
    said = {"written": alias.name.strip(), "means": alias.code, "within": alias.within, "source": source}
    return _add(connection, city, author, kind="alias", **said)


def _is_level(areas: AreaBook, code: str, levels: tuple[Level, ...]) -> bool:
    return code in areas.areas and areas[code].level in levels


def _meaning(areas: AreaBook, alias: Alias) -> str | None:
    """The area that a name means already, at the place where the alias would put it."""
    area = areas[alias.code]
    if area.level is Level.KECAMATAN:
        return areas.match(None, alias.name)
    return areas.match(alias.name, areas[alias.within or area.parent].name)


def add_word(
    connection: sa.Connection, city: City, source: Source, column: str, words: tuple[str, str], author: Author
) -> int:
    """A word of this source (the first) means a word of the contract (the second); returns the number of the fix.

    Raises FixRefused when the source brings no such column, or the contract has no such word.
    """
    written, means = words[0].strip().lower(), words[1].strip()
    where = Where(city.slug, source.name, column=column, value=words[0])
    known = vocabulary(_worded(source, column, where), source)
    if not written or written in source.format.empty:
        raise _refused(
            where, "sel kosong bukan kata; perbaiki barisnya dengan edit", "an empty cell is no word; edit it"
        )
    if known and means not in known:
        listed = ", ".join(known)
        raise _refused(where, f"{means!r} bukan salah satu dari: {listed}", f"{means!r} is none of: {listed}")
    said = _with_words(source, _words(connection, source.name, city.code)).columns[column]
    if isinstance(said, Cell) and (there := said.words.get(written)):
        raise _refused(where, f"kata ini sudah berarti {there!r}", f"this word means {there!r} already")
    return _add(connection, city, author, kind="word", source=source.name, column=column, written=written, means=means)


def _worded(source: Source, column: str, where: Where) -> Column:
    """The column, when its cells are words. Raises FixRefused naming those that are."""
    there = [one for one in contract(source.dataset).delivered if one.name in source.columns and is_worded(one)]
    for one in there:
        if one.name == column:
            return one
    listed = ", ".join(one.name for one in there) or "-"
    raise _refused(where, f"bukan kolom kata; yang ada: {listed}", f"is no column of words; there are: {listed}")


def is_worded(column: Column) -> bool:
    """Whether the cells of a column are words that a fix can translate."""
    return column.kind in (Kind.CATEGORY, Kind.BOOLEAN)


def vocabulary(column: Column, source: Source) -> tuple[str, ...]:
    """The words that the contract has for a column; empty when any will do."""
    if column.kind is Kind.BOOLEAN:
        return (*source.format.true, *source.format.false)
    return next((rule.words for rule in column.rules if isinstance(rule, OneOf)), ())


def add_edit(
    connection: sa.Connection,
    city: City,
    source: Source,
    row: dict[str, Any],
    cell: tuple[str, str | None],
    author: Author,
) -> int:
    """The cell under this header of one refused row is this; returns the number of the fix.

    Raises FixRefused when the row is closed or was refused as a whole, or has no such header.
    """
    header, value = cell
    where = Where(city.slug, source.name, row["delivery"], row["row"], header)
    if row["state"] != "open":
        raise _refused(where, f"baris ini sudah ditutup ({row['state']})", f"this row is closed ({row['state']})")
    if not row["column"]:
        raise _refused(
            where,
            "baris ini ditolak seluruhnya; perbaiki pada sumbernya atau tutup dengan dismiss",
            "this row was refused as a whole; correct it at the source, or dismiss it",
        )
    there = sorted(row["cells"].keys() | wanted_headers(source))
    if header not in there:
        listed = ", ".join(there)
        raise _refused(where, f"judul kolom tidak ada; yang ada: {listed}", f"no such header; there are: {listed}")
    written = row["cells"].get(header)
    said = {"quarantine_id": row["quarantine_id"], "column": header, "written": written, "means": value or None}
    return _add(connection, city, author, kind="edit", source=source.name, **said)


def undo(connection: sa.Connection, city: City, fix_id: int, author: Author) -> None:
    """Take a correction out of force; it stays in the list. Raises FixRefused when there is none in force."""
    mine = sa.and_(FIXES.c.city_code == city.code, FIXES.c.fix_id == fix_id, FIXES.c.undone_at.is_(None))
    undone = {"undone_at": sa.func.clock_timestamp(), "undone_by": author.by, "undone_why": author.why}
    if not connection.execute(sa.update(FIXES).where(mine).values(undone)).rowcount:
        raise _refused(
            Where(city.slug),
            f"tidak ada perbaikan nomor {fix_id} yang berlaku; lihat: python -m etl quarantine fixes",
            f"no fix of number {fix_id} is in force; see: python -m etl quarantine fixes",
        )


def _add(connection: sa.Connection, city: City, author: Author, **said: Any) -> int:
    values = {"city_code": city.code, "made_by": author.by, "why": author.why} | said
    number: int = connection.execute(sa.insert(FIXES).values(values).returning(FIXES.c.fix_id)).scalar_one()
    return number


def _refused(where: Where, what_id: str, what_en: str) -> FixRefused:
    return FixRefused(f"{where}: {what_id} | {what_en}")
