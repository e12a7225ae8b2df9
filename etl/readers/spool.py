"""Files on the way through a reader: on disk, nameless, gone with the process that held them."""

import io
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import IO

import polars as pl

from etl.readers.delivery import ROW, Table, no_rows, refused_frame
from etl.text import Text
from runner.state import state_dir


def temporary() -> IO[bytes]:
    """A nameless file in the state folder: what is called temporary elsewhere may be memory."""
    return tempfile.TemporaryFile(dir=state_dir())


class Spool:
    """The parts of one file as they are parsed, kept until it is known that the whole file is good.

    A file that turns out to be damaged in its last line must not have been loaded in part; and the
    file must never be in memory as a whole.
    """

    def __init__(self, most_rows: int) -> None:
        self._file = temporary()
        self._parts: list[tuple[int, int, tuple[Text, ...]]] = []  # bytes of the rows, of the refusals; notes
        self._columns: dict[str, None] = {}  # of any part, in the order met
        self._rest = Table(no_rows(()), refused_frame())  # what came without rows goes with the rows that follow
        self._most_rows = most_rows

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def keep(self, table: Table) -> None:
        """Put a part aside, in slices of what may be loaded at once."""
        self._columns |= dict.fromkeys(name for name in table.rows.columns if name != ROW)
        refused, notes = pl.concat([self._rest.refused, table.refused]), self._rest.notes + table.notes
        for start in range(0, table.rows.height, self._most_rows):
            rows = self._write(table.rows.slice(start, self._most_rows))
            self._parts.append((rows, self._write(refused), notes))
            refused, notes = refused_frame(), ()
        self._rest = Table(no_rows(()), refused, notes)

    def parts(self) -> Iterator[tuple[Table, bool]]:
        """The parts in order, all with the same columns, and whether it is the last one; one at least."""
        self._file.seek(0)
        rest = not self._parts or self._rest.refused.height > 0 or self._rest.notes != ()
        for left, (rows, refused, notes) in zip(range(len(self._parts))[::-1], self._parts, strict=True):
            yield Table(self._aligned(self._read(rows)), self._read(refused), notes), not left and not rest
        if rest:
            yield Table(self._aligned(self._rest.rows), self._rest.refused, self._rest.notes), True

    def whole(self) -> Table:
        """All parts as one: for rows that mean something only beside the others of their file."""
        tables = [table for table, _ in self.parts()]
        return Table(
            pl.concat([table.rows for table in tables]),
            pl.concat([table.refused for table in tables]),
            tuple(note for table in tables for note in table.notes),
        )

    def _aligned(self, rows: pl.DataFrame) -> pl.DataFrame:
        there = set(rows.columns)
        missing = [pl.lit(None, pl.String).alias(name) for name in self._columns if name not in there]
        return rows.with_columns(missing).select(*self._columns, ROW)

    def _write(self, frame: pl.DataFrame) -> int:
        written = io.BytesIO()
        frame.write_ipc(written, compression="lz4")
        return self._file.write(written.getbuffer())

    def _read(self, size: int) -> pl.DataFrame:
        return pl.read_ipc(io.BytesIO(self._file.read(size)))
