"""XML documents: attributes and child elements of the row element as columns. No DTD, so no entities to expand."""

import json
from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

import polars as pl

from etl.access import Xml
from etl.errors import SchemaChanged, UnreadableFile, Where
from etl.json_text import Item
from etl.readers import folder, items
from etl.readers.delivery import Cursor, Delivery, Table
from etl.readers.text_file import unreadable
from etl.source import Source
from etl.text import Text

BATCH = 20_000  # rows of one part
PART = 1 << 20
DEEPEST = 64  # elements within elements


def extract(source: Source, cursor: Cursor | None) -> Iterator[Delivery]:
    """A delivery for each new or changed file of the folder."""
    return folder.extract(source, cursor, parse)


def probe(source: Source, limit: int) -> pl.DataFrame:
    """The first rows of the newest file."""
    return folder.newest(source, parse).rows.head(limit)


def parse(content: IO[bytes], source: Source, where: Where) -> Iterator[Table]:
    """The row elements of one document; the first is row 1.

    Raises UnreadableFile (not whole, not XML, a DTD) and SchemaChanged (no such element).
    """
    reader = source.reader
    if not isinstance(reader, Xml):
        raise TypeError(reader)
    rows, done = _Rows(reader.items.strip("/").split("/"), where), 0
    for part in _parts(content):
        rows.feed(part)
        if len(rows.found) >= BATCH or not part:
            yield items.table(list(enumerate(rows.found, start=done + 1)), source, where)
            done += len(rows.found)
            rows.found.clear()
    if not done and not rows.parent_seen:
        raise _no_element(reader, rows, where)


def _parts(content: IO[bytes]) -> Iterator[bytes]:
    """At the end an empty one."""
    while part := content.read(PART):
        yield part
    yield b""


class _Rows:
    """Listens to the parser and collects row elements."""

    def __init__(self, path: list[str], where: Where) -> None:
        self.found: list[Item] = []
        self.there: dict[str, None] = {}  # the paths that the document has, down to the rows
        self.parent_seen = False
        self._path, self._where = path, where
        self._open: list[str] = []
        self._cells: dict[str, list[str]] = {}
        self._text: list[str] = []
        self._is_leaf = False
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append
        self._parser.StartDoctypeDeclHandler = self._refuse_dtd

    def feed(self, part: bytes) -> None:
        """The next part of the document; an empty one ends it."""
        try:
            self._parser.Parse(part, not part)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise unreadable(
                Text(f"bukan XML utuh ({error})", f"not whole XML ({error})"),
                Text("kirim ulang berkasnya", "send the file again"),
                self._where,
                self._parser.CurrentLineNumber,
            ) from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._open.append(_local(name))
        self._is_leaf = True
        if len(self._open) > DEEPEST:
            raise self._refused(Text(f"lebih dari {DEEPEST} tingkat", f"more than {DEEPEST} levels"))
        depth = len(self._path)
        if len(self._open) <= depth and len(self.there) < DEEPEST:
            self.there["/".join(self._open)] = None
        self.parent_seen = self.parent_seen or self._open == self._path[:-1]
        if self._open[:depth] == self._path:
            self._text.clear()
            for attribute, value in attributes.items():
                if not attribute.startswith("xmlns"):
                    self._add([*self._open[depth:], _local(attribute)], value)

    def _end(self, _: str) -> None:
        depth = len(self._path)
        if self._open[:depth] == self._path:
            text = "".join(self._text).strip()
            if text or (self._is_leaf and len(self._open) > depth):
                self._add(self._open[depth:] or ["isi"], text)
            self._text.clear()
        if self._open == self._path:
            self.found.append({name: _cell(texts) for name, texts in self._cells.items()})
            self._cells = {}
        if len(self._open) < depth:
            self._text.clear()
        self._open.pop()
        self._is_leaf = False

    def _add(self, name: list[str], text: str) -> None:
        self._cells.setdefault(".".join(name), []).append(text)

    def _refuse_dtd(self, *_: object) -> None:
        raise self._refused(Text("berisi DTD (DOCTYPE)", "holds a DTD (DOCTYPE)"))

    def _refused(self, what: Text) -> UnreadableFile:
        action = Text("kirim XML sederhana tanpa DTD dan tanpa entitas", "send plain XML without a DTD and entities")
        return unreadable(what, action, self._where, self._parser.CurrentLineNumber)


def _local(name: str) -> str:
    """The name without the prefix of its namespace."""
    return name.rpartition(":")[2]


def _cell(texts: list[str]) -> str | None:
    """A repeated element is one cell of JSON text, as a list is in JSON; containers and empty ones are null."""
    filled = [text for text in texts if text]
    if len(filled) <= 1:
        return filled[0] if filled else None
    return json.dumps(filled, ensure_ascii=False)


def _no_element(reader: Xml, rows: _Rows, where: Where) -> SchemaChanged:
    there = ", ".join(rows.there) or "–"
    return SchemaChanged(
        Text(f"elemen {reader.items} tidak ada; yang ada: {there}", f"no element {reader.items}; there are: {there}"),
        Text("sesuaikan items sumber ini", "correct this source's items"),
        where,
    )
