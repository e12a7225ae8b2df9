"""Finding the header row, and spelling headers as the source's column map spells them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from etl.access import Rest, Sql
from etl.errors import SchemaChanged, UnreadableFile, Where
from etl.source import Cell, Source, Words
from etl.text import Text

MOST_COLUMNS = 1_500
WITHIN = 30  # the header stands in one of the first rows of a file


def folded(header: str) -> str:
    """A header for comparing: one space between words, no case."""
    return " ".join(header.split()).casefold()


def _alternatives(words: Words | None) -> tuple[str, ...]:
    if words is None:
        return ()
    return (words,) if isinstance(words, str) else tuple(words)


def _of_cell(said: Words | Cell) -> Iterator[tuple[str, ...]]:
    if not isinstance(said, Cell):
        yield _alternatives(said)
        return
    yield _alternatives(said.header)
    for group in (said.ordinal_within, said.product, said.join):
        yield from (_alternatives(words) for words in group or ())


def wanted_groups(source: Source) -> list[tuple[str, ...]]:
    """The headers that the source names; within a group any one of them will do."""
    groups = [group for said in source.columns.values() for group in _of_cell(said)]
    if source.area:
        groups += [_alternatives(words) for words in (source.area.code, source.area.kelurahan, source.area.kecamatan)]
    if isinstance(source.reader, Rest | Sql) and source.reader.since:
        groups.append((source.reader.since.field,))
    return list(dict.fromkeys(group for group in groups if group))


def wanted_headers(source: Source) -> set[str]:
    """Every header that the column map, the area or the cursor of this source names."""
    return {header for group in wanted_groups(source) for header in group}


def as_spelled(headers: Iterable[object], wanted: Iterable[str]) -> list[str]:
    """Headers as the map spells them; an empty one becomes ``kolom_N``, a repeated one ``name_2``."""
    spelling = {folded(header): header for header in wanted}
    taken: dict[str, int] = {}
    result = []
    for number, header in enumerate(headers, start=1):
        text = " ".join(str(header or "").split())
        name = spelling.get(folded(text), text) or f"kolom_{number}"
        taken[name] = taken.get(name, 0) + 1
        result.append(name if taken[name] == 1 else f"{name}_{taken[name]}")
    return result


def refuse_wide(columns: int, where: Where) -> None:
    """Raises UnreadableFile for more columns than any table has: a damaged file, or one made to fill our memory."""
    if columns > MOST_COLUMNS:
        raise UnreadableFile(
            Text(f"{columns} kolom, paling banyak {MOST_COLUMNS}", f"{columns} columns, {MOST_COLUMNS} at most"),
            Text("periksa pemisah kolom dan baris judulnya", "check the delimiter and the header row"),
            where,
        )


def merged(rows: Sequence[Sequence[str | None]], depth: int) -> list[list[str | None]]:
    """For each row the header that it and the ``depth`` - 1 rows below it would be together.

    A cell merged over several columns stands in the first of them: ALAMAT over KEL and KEC is
    ALAMAT KEL and ALAMAT KEC. A cell merged downwards has nothing below it, and lends its name to no neighbour.
    """
    if depth == 1:
        return [list(row) for row in rows]
    below = merged(rows[1:], depth - 1)
    return [_joined(upper, lower) for upper, lower in zip(rows, below, strict=False)]


def _joined(upper: Sequence[str | None], lower: Sequence[str | None]) -> list[str | None]:
    joined: list[str | None] = []
    over: str | None = None
    for above, under in zip_longest(upper, lower):
        if above:
            over = above if under else None
        joined.append(" ".join(filter(None, (over if under else above, under))) or None)
    return joined


def find_header(rows: Sequence[Sequence[object]], source: Source, where: Where) -> int:
    """The place (from 0) of the row that holds most of the wanted headers.

    Raises SchemaChanged naming what was wanted and what was found when no row holds two
    of them (or the only one).
    """
    wanted = {folded(header) for header in wanted_headers(source)}
    found = [len(wanted & {folded(str(cell)) for cell in row if cell is not None}) for row in rows[:WITHIN]]
    best = max(found, default=0)
    if best == 0 or best < min(2, len(wanted)):
        raise _no_header(rows[:WITHIN], source, where)
    return found.index(best)


def _no_header(rows: Sequence[Sequence[object]], source: Source, where: Where) -> SchemaChanged:
    widest = max(rows, key=len, default=())
    there = ", ".join(str(cell).strip() for cell in widest if cell) or "–"
    named = ", ".join(sorted(wanted_headers(source)))
    return SchemaChanged(
        Text(
            f"baris judul kolom tidak ditemukan; dicari: {named}; yang ada: {there}",
            f"no header row was found; wanted: {named}; there is: {there}",
        ),
        Text(
            "kembalikan nama kolomnya, atau sesuaikan [columns] sumber ini",
            "restore the column names, or correct [columns] of this source",
        ),
        where,
    )
