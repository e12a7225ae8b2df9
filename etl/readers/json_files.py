"""JSON documents and JSON lines in files."""

import codecs
from collections.abc import Iterator
from typing import IO

import polars as pl

from etl import json_text
from etl.access import Json, JsonLines
from etl.errors import Where
from etl.json_text import Item
from etl.readers import folder, items
from etl.readers.delivery import Cursor, Delivery, Refusal, Table
from etl.readers.text_file import unreadable
from etl.readers.unpack import size_of
from etl.source import Source
from etl.text import Text

BATCH = 20_000  # lines that are parsed at once
MOST_BYTES = 64 * 1024 * 1024  # of a document, which is in memory as a whole, and of one line
SHOWN = 500  # characters of a line that is none
SEND_AGAIN = Text("kirim ulang berkasnya", "send the file again")


def extract(source: Source, cursor: Cursor | None) -> Iterator[Delivery]:
    """A delivery for each new or changed file of the folder."""
    return folder.extract(source, cursor, _parser(source))


def probe(source: Source, limit: int) -> pl.DataFrame:
    """The first rows of the newest file."""
    return folder.newest(source, _parser(source)).rows.head(limit)


def _parser(source: Source) -> folder.Parse:
    return parse_lines if isinstance(source.reader, JsonLines) else parse


def parse(content: IO[bytes], source: Source, where: Where) -> Iterator[Table]:
    """The list of one document; the first object is row 1. Raises UnreadableFile."""
    reader = source.reader
    if not isinstance(reader, Json):
        raise TypeError(reader)
    if (size := size_of(content)) > MOST_BYTES:
        raise unreadable(
            Text(f"{size} bita: terlalu besar untuk satu dokumen JSON", f"{size} bytes: too big for a JSON document"),
            Text("kirim sebagai JSON lines (jsonl) atau CSV", "send it as JSON lines (jsonl) or CSV"),
            where,
        )
    try:
        document = json_text.loads(content.read())
        found = items.rows_at(document, reader.items)
    except ValueError as error:
        raise unreadable(Text(f"bukan JSON utuh ({error})", f"not whole JSON ({error})"), SEND_AGAIN, where) from error
    if found is None:
        said = items.no_list_at(document, reader.items)
        raise unreadable(said, Text("sesuaikan items sumber ini", "correct this source's items"), where)
    yield items.table(list(enumerate(found, start=1)), source, where)


def parse_lines(content: IO[bytes], source: Source, where: Where) -> Iterator[Table]:
    """One object a line, numbered by line. A line that is no object is refused, and the others are read.

    Raises UnreadableFile: not UTF-8, cut within the last line, or no line at all is an object.
    """
    good: list[tuple[int, Item]] = []
    bad: list[Refusal] = []
    any_good = any_bad = False
    for number, line in _lines(content, where):
        found = _object(line)
        if found is None and not line.endswith("\n"):
            raise unreadable(Text("terpotong di baris terakhir", "cut within the last line"), SEND_AGAIN, where, number)
        any_good, any_bad = any_good or found is not None, any_bad or found is None
        if found is None:
            bad.append(Refusal(number, Text("bukan objek JSON", "not a JSON object"), _shown(line)))
        else:
            good.append((number, found))
        if len(good) + len(bad) >= BATCH:
            yield items.table(good, source, where, bad)
            good, bad = [], []
    if any_bad and not any_good:
        raise unreadable(Text("tidak satu baris pun objek JSON", "no line is a JSON object"), SEND_AGAIN, where)
    yield items.table(good, source, where, bad)


def _lines(content: IO[bytes], where: Where) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers."""
    number = 0
    while line := content.readline(MOST_BYTES + 1):
        number += 1
        if len(line) > MOST_BYTES:
            raise unreadable(
                Text(f"baris lebih dari {MOST_BYTES} bita", f"a line of more than {MOST_BYTES} bytes"),
                Text("kirim satu objek per baris", "send one object a line"),
                where,
                number,
            )
        try:
            text = line.removeprefix(codecs.BOM_UTF8).decode() if number == 1 else line.decode()
        except UnicodeDecodeError as error:
            raise unreadable(Text("bukan utf-8", "is not utf-8"), SEND_AGAIN, where, number) from error
        if text.strip():
            yield number, text


def _object(line: str) -> Item | None:
    try:
        said = json_text.loads(line)
        return json_text.flat(said) if isinstance(said, dict) else None
    except ValueError:
        return None


def _shown(line: str) -> Item:
    return items.harmless({"baris": line.strip()[:SHOWN]})
