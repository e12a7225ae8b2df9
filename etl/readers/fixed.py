"""Text whose columns stand at fixed places, as older systems print it."""

import itertools
from collections.abc import Iterator
from typing import IO

import polars as pl

from etl import headers
from etl.access import Fixed
from etl.errors import Where
from etl.readers import folder
from etl.readers.delivery import ROW, Cursor, Delivery, Refusal, Table, refused_frame
from etl.readers.text_file import decoded, refuse_cut_file
from etl.source import Source
from etl.text import Text

BATCH = 100_000  # lines that are cut up at once
TOO_LONG = Text(
    "lebih panjang daripada kolom yang dinyatakan; periksa widths sumber ini",
    "longer than the columns declared; check this source's widths",
)


def extract(source: Source, cursor: Cursor | None) -> Iterator[Delivery]:
    """A delivery for each new or changed file of the folder."""
    return folder.extract(source, cursor, parse)


def probe(source: Source, limit: int) -> pl.DataFrame:
    """The first rows of the newest file."""
    return folder.newest(source, parse).rows.head(limit)


def parse(content: IO[bytes], source: Source, where: Where) -> Iterator[Table]:
    """The rows of one file, numbered by line; blank lines are no rows.

    A line that goes on beyond the declared widths is refused: it may be shifted. Raises UnreadableFile.
    """
    reader = source.reader
    if not isinstance(reader, Fixed):
        raise TypeError(reader)
    number = 0
    with decoded(content, reader.encoding, where) as utf8:
        numbered = enumerate(utf8, start=1)
        for batch in _batches((row, line) for row, line in numbered if row > reader.skip):
            number = batch[-1][0]
            yield _table(batch, reader, source)
    refuse_cut_file(max(number - reader.skip, 0), number, where)


def _batches(lines: Iterator[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    while batch := list(itertools.islice(lines, BATCH)):
        yield batch


def _table(batch: list[tuple[int, bytes]], reader: Fixed, source: Source) -> Table:
    lines = pl.DataFrame({"line": [line.decode().rstrip() for _, line in batch], ROW: [row for row, _ in batch]})
    lines = lines.filter(pl.col("line") != "")
    end = max(last for _, last in reader.places.values()) if reader.widths else None
    long = pl.lit(False) if end is None else pl.col("line").str.len_chars() > end
    names = headers.as_spelled(reader.places, headers.wanted_headers(source))
    cells = [
        pl.col("line").str.slice(first - 1, last - first + 1).str.strip_chars().replace("", None).alias(name)
        for name, (first, last) in zip(names, reader.places.values(), strict=True)
    ]
    refusals = [Refusal(row, TOO_LONG, {"baris": line}) for line, row in lines.filter(long).iter_rows()]
    return Table(lines.filter(~long).select(*cells, pl.col(ROW).cast(pl.Int64)), refused_frame(refusals))
