"""What stands among the rows of a text file and is no row: a header again, another header, merge-conflict markers."""

import re
from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from etl import headers
from etl.readers.delivery import ROW, Refusal
from etl.source import Source
from etl.text import Text

MARKER = r"^(<{7}|={7}|>{7})( |$)"
SURE = 3  # so many cells that are names of columns make a row a header

MARKED = Text("penanda konflik Git, bukan data", "a Git merge-conflict marker, not data")
REPEATED = Text("judul kolom terulang", "the header is repeated")
CHANGED = Text(
    "judul kolom lain di tengah berkas; baris di bawahnya dibaca menurut judul ini",
    "another header within the file; the rows below it are read by it",
)


def is_marker(cells: Sequence[str | None]) -> bool:
    """True for a line that Git leaves in a file with a merge conflict."""
    return bool(cells and cells[0] and re.match(MARKER, cells[0]) and not any(cells[1:]))


class Headings:
    """Takes out of a file, part by part, what is no row; remembers the header in force.

    Below a header that differs from the first one (``written``, as the file has it) the cells
    are put under the names of that header: a file glued together from two layouts is read right.
    """

    def __init__(self, names: list[str], written: Sequence[str], source: Source) -> None:
        self._names, self._source, self._in_force = names, source, names
        self._found = _marker(names) | _heading(names, written, source)

    def taken_out(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, list[Refusal]]:
        """The rows alone, and what was taken out."""
        found = rows.filter(self._found)
        changes, refusals = [(0, self._in_force)], []
        for *cells, row in found.select(*self._names, ROW).iter_rows():
            own = self._in_force if is_marker(cells) else self._own(cells)
            refusals.append(Refusal(row, _reason(cells, own, self._names), dict(zip(self._names, cells, strict=True))))
            if own != self._in_force:
                changes.append((row, own))
                self._in_force = own
        if changes == [(0, self._names)]:
            return rows.filter(~self._found) if refusals else rows, refusals
        return _under(rows.join(found, on=ROW, how="anti", maintain_order="left"), changes), refusals

    def _own(self, cells: Sequence[str | None]) -> list[str]:
        spelled = headers.as_spelled(cells, headers.wanted_headers(self._source))
        return _aligned(spelled, self._names, self._source)


def _reason(cells: Sequence[str | None], own: list[str], names: list[str]) -> Text:
    if is_marker(cells):
        return MARKED
    return REPEATED if own == names else CHANGED


def _marker(names: list[str]) -> pl.Expr:
    first, *others = (pl.col(name) for name in names)
    alone = pl.all_horizontal(pl.lit(True), *(other.is_null() for other in others))
    return first.str.contains(MARKER).fill_null(False) & alone


def _heading(names: list[str], written: Sequence[str], source: Source) -> pl.Expr:
    known = {*written, *(cell.strip() for cell in written), *headers.wanted_headers(source)} - {""}
    # one comparison after another: several times faster than is_in, which hashes every cell
    fits = [pl.any_horizontal(pl.col(name).eq_missing(word) for word in sorted(known)) for name in names]
    return pl.sum_horizontal(fits) >= min(SURE, sum(1 for cell in written if cell.strip()))


def _aligned(own: list[str], names: list[str], source: Source) -> list[str]:
    """Another name for the same thing becomes the name that the first header has for it."""
    renamed = {
        mine: first
        for group in headers.wanted_groups(source)
        for mine in set(group) & set(own)
        for first in group
        if first in names and first not in own
    }
    return [renamed.get(name, name) for name in own]


def _under(rows: pl.DataFrame, changes: list[tuple[int, list[str]]]) -> pl.DataFrame:
    """Each stretch of rows under the header in force above it."""
    last = max(rows[ROW].to_list(), default=0)
    stretches = [
        _renamed(rows.filter(pl.col(ROW).is_between(start, end)), names)
        for (start, names), (end, _) in pairwise([*changes, (last, [])])
    ]
    return pl.concat(stretches, how="diagonal")


def _renamed(stretch: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """The columns beyond a narrower header go, when there is nothing in them."""
    renamed = stretch.rename(dict(zip(stretch.columns, [*names, ROW], strict=True)))
    vacant = [
        name for name in names if re.fullmatch(r"kolom_\d+", name) and renamed[name].null_count() == renamed.height
    ]
    return renamed.drop(vacant)
