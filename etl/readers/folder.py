"""Files of a folder: which of them are new, which are still being written, and what was read before."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import msgspec

from etl.disk import FULL, MAKE_ROOM, full
from etl.errors import DiskFull, SourceError, UpstreamDown, Where
from etl.readers import places, spool
from etl.readers.delivery import Cursor, Delivery, Table
from etl.readers.places.file import File, Place, Seen, absent, folder_of
from etl.readers.spool import Spool
from etl.readers.unpack import unpacked
from etl.source import Source
from etl.text import Text
from runner.state import state_dir

SLICE = 200_000  # rows of one delivery: what a small machine holds and loads at once
PART = 1 << 20  # bytes that are copied at once
SETTLED_S = 2.0  # a file changed more recently may still be being written
Parse = Callable[[IO[bytes], Source, Where], Iterator[Table]]


@dataclass
class _Known:
    """What the cursor says: the files that are loaded, and of files whose loading was cut how much of them is."""

    files: Seen
    cut: dict[str, list[Any]]  # name → what was being read (see ``_reading``), and how many slices of it are loaded

    def cursor(self) -> Cursor:
        return {"files": dict(self.files)} | ({"cut": dict(self.cut)} if self.cut else {})

    def only(self, there: set[str]) -> "_Known":
        kept = [{name: said for name, said in of.items() if name in there} for of in (self.files, self.cut)]
        return _Known(*kept)


def extract(source: Source, cursor: Cursor | None, parse: Parse) -> Iterator[Delivery]:
    """One delivery (or several slices of one) per new or changed file, oldest first.

    A file that cannot be read does not hold up the others: its SourceError is raised when
    they have been delivered, and it is tried again by every run until it is corrected.
    """
    said = cursor or {}
    known = _Known(said.get("files", {}), said.get("cut", {}))
    failure: SourceError | None = None
    with places.opened(source, known.files) as place:
        files = settled(place, known.files)
        known = known.only({file.name for file in files})
        for file in files:
            try:
                yield from _delivered(file, place, source, known, parse)
            except SourceError as error:
                failure = failure or error
    if failure:
        raise failure


def newest(source: Source, parse: Parse) -> Table:
    """The latest file as a table. Raises UpstreamDown when the folder has none yet."""
    with places.opened(source, {}) as place:
        files = settled(place, {})
        if not files:
            where = Where(source.city, source.name, folder_of(source).path)
            raise absent(where, Text("belum ada berkas di folder ini", "there is no file in this folder yet"))
        with _content(files[-1], place, source) as (content, _), Spool(SLICE) as parts:
            _fill(parts, content, source, files[-1], parse)
            return parts.whole()


def newest_name(source: Source) -> str:
    """The name of the file that ``newest`` reads."""
    with places.opened(source, {}) as place:
        return settled(place, {})[-1].name


def settled(place: Place, known: Seen) -> list[File]:
    """The files that are no longer being written, oldest first.

    By a clock that is not ours nobody can tell how old a change is: such a file is looked at twice.
    """
    files, now = place.files(), time.time()
    if place.own_clock:
        files = [file for file in files if not 0 <= now - file.mtime_ns / 1e9 < SETTLED_S]
    elif not place.whole_files and any(_is_new(file, known) for file in files):
        time.sleep(SETTLED_S)  # the second look comes when the file has been copied
    return sorted(files, key=lambda file: (file.mtime_ns, file.name))


def _is_new(file: File, known: Seen) -> bool:
    return known.get(file.name, [])[:2] != [file.size, file.mtime_ns]


def _delivered(file: File, place: Place, source: Source, known: _Known, parse: Parse) -> Iterator[Delivery]:
    if not _is_new(file, known.files):
        return
    with _content(file, place, source) as (content, digest), Spool(SLICE) as parts:
        if place.look(file) != file:
            return  # it changed while it was read, or it has gone: the next run sees what became of it
        seen, entry = known.files.get(file.name), [file.size, file.mtime_ns, digest, *filter(None, [file.tag])]
        if seen and seen[2] == digest:
            known.files[file.name] = entry
            return
        known.files.pop(file.name, None)
        _fill(parts, content, source, file, parse)
        yield from _slices(file, parts, source, known, digest, entry)


def _fill(parts: Spool, content: IO[bytes], source: Source, file: File, parse: Parse) -> None:
    where = Where(source.city, source.name, file.name)
    with unpacked(content, folder_of(source).compression, where) as plain:
        for table in parse(plain, source, where):
            parts.keep(table)


def _slices(
    file: File, parts: Spool, source: Source, known: _Known, digest: str, entry: list[Any]
) -> Iterator[Delivery]:
    """Only the last slice marks the file as read; a run that is cut goes on after the slices that are loaded.

    To begin again would load them once more: where a key comes twice without a newer revision, its versions
    would replace each other a second time.
    """
    reading = _reading(digest, source)
    *said, loaded = known.cut.pop(file.name, [0])
    loaded = loaded if said == reading else 0
    slices = [(parts.whole(), True)] if source.needs_whole_files else parts.parts()
    for number, (table, last) in enumerate(slices, start=1):
        if last:
            known.cut.pop(file.name, None)
            known.files[file.name] = entry
        else:
            known.cut[file.name] = [*reading, number]
        if number > loaded:
            yield Delivery(
                name=file.name,
                rows=table.rows,
                cursor=known.cursor(),
                fresh_at=file.changed_at,
                refused=table.refused,
                notes=table.notes,
                last=last,
            )


def _reading(digest: str, source: Source) -> list[Any]:
    """What makes the slices of a file what they are; after a correction of its source it is read from the start."""
    declared = hashlib.sha256(msgspec.json.encode(source)).hexdigest()[:16]
    return [digest, declared, SLICE]


@contextmanager
def _content(file: File, place: Place, source: Source) -> Iterator[tuple[IO[bytes], str]]:
    """A copy of the file that nobody changes any more, and its digest."""
    try:
        with spool.temporary() as copy:
            digest = _copied(file, place, copy)
            yield copy, digest
    except OSError as error:
        raise _unread(error, Where(source.city, source.name, file.name)) from error


def _unread(error: OSError, where: Where) -> SourceError:
    """It is the share that does not give the file, or our own disk that cannot hold the copy."""
    if error.errno in FULL:
        return DiskFull(full(state_dir()), MAKE_ROOM, where)
    return UpstreamDown(
        Text(f"tidak dapat dibaca: {error.strerror}", f"cannot be read: {error.strerror}"),
        Text("periksa folder bersama; dicoba lagi pada putaran berikut", "check the share; the next run tries again"),
        where,
    )


def _copied(file: File, place: Place, copy: IO[bytes]) -> str:
    digest = hashlib.sha256()
    with place.open(file) as content:
        while part := content.read(PART):
            digest.update(part)
            copy.write(part)
    copy.seek(0)
    return digest.hexdigest()[:16]
