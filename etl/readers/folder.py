"""Files dropped into a folder: which of them are new, which are still being written, and what was read before."""

import datetime as dt
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.errors import AccessRefused, SourceError, UpstreamDown, Where
from etl.readers.delivery import Cursor, Delivery, Table, refused_frame
from etl.source import Folder, Source
from etl.text import Text

SLICE = 200_000  # rows of one delivery: what a small machine holds and loads at once
SETTLED_S = 2.0  # a file changed more recently may still be being written
UNFINISHED = (".tmp", ".part", ".crdownload")
Seen = dict[str, list[Any]]  # name → size, mtime_ns, the first half of the content's digest
Parse = Callable[[bytes, Source, Where], Table]


@dataclass(frozen=True)
class File:
    """One file of the folder as it stood when it was looked at."""

    path: Path
    name: str  # relative to the folder
    size: int
    mtime_ns: int

    @property
    def changed_at(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.mtime_ns / 1e9, dt.UTC)

    def still_same(self) -> bool:
        now = self.path.stat()
        return (now.st_size, now.st_mtime_ns) == (self.size, self.mtime_ns)


def extract(source: Source, cursor: Cursor | None, parse: Parse) -> Iterator[Delivery]:
    """One delivery (or several slices of one) per new or changed file, oldest first.

    A file that cannot be read does not hold up the others: its SourceError is raised when
    they have been delivered, and it is tried again by every run until it is corrected.
    """
    known: Seen = dict((cursor or {}).get("files", {}))
    files = settled(source)
    known = {name: seen for name, seen in known.items() if name in {file.name for file in files}}
    failure: SourceError | None = None
    for file in files:
        try:
            yield from _delivered(file, source, known, parse)
        except SourceError as error:
            failure = failure or error
    if failure:
        raise failure


def newest(source: Source, parse: Parse) -> Table:
    """The latest file as a table. Raises UpstreamDown when the folder has none yet."""
    files = settled(source)
    if not files:
        raise _absent(source, Text("belum ada berkas di folder ini", "there is no file in this folder yet"))
    return parse(_content(files[-1], source), source, _where(source, files[-1]))


def settled(source: Source) -> list[File]:
    """The files that match, are not hidden or temporary and are no longer being written, oldest first.

    Raises UpstreamDown when the folder is not there, AccessRefused when it may not be listed.
    """
    folder, pattern = _folder(source)
    try:
        files = [_looked_at(path, folder) for path in folder.glob(pattern) if _finished(path) and path.is_file()]
        if not files and not folder.is_dir():
            raise _absent(source, Text("folder tidak ada", "the folder does not exist"))
    except PermissionError as error:
        raise _closed(Where(source.city, source.name, str(folder))) from error
    now = time.time()
    ready = [file for file in files if not 0 <= now - file.mtime_ns / 1e9 < SETTLED_S]
    return sorted(ready, key=lambda file: (file.mtime_ns, file.name))


def _folder(source: Source) -> tuple[Path, str]:
    if not isinstance(source.reader, Folder):
        raise TypeError(source.reader)
    return Path(source.reader.path), source.reader.pattern


def _finished(path: Path) -> bool:
    return not path.name.startswith((".", "~$")) and not path.name.lower().endswith(UNFINISHED)


def _looked_at(path: Path, folder: Path) -> File:
    stat = path.stat()
    return File(path, path.relative_to(folder).as_posix(), stat.st_size, stat.st_mtime_ns)


def _delivered(file: File, source: Source, known: Seen, parse: Parse) -> Iterator[Delivery]:
    seen = known.get(file.name)
    if seen and seen[:2] == [file.size, file.mtime_ns]:
        return
    data = _content(file, source)
    if not file.still_same():
        return
    digest = hashlib.sha256(data).hexdigest()[:16]
    before = {"files": dict(known)}
    if seen and seen[2] == digest:
        known[file.name] = [file.size, file.mtime_ns, digest]
        return
    table = parse(data, source, _where(source, file))
    known[file.name] = [file.size, file.mtime_ns, digest]
    step = max(table.rows.height, 1) if source.needs_whole_files else SLICE
    yield from _slices(file, table, step, before, {"files": dict(known)})


def _slices(file: File, table: Table, step: int, before: Cursor, after: Cursor) -> Iterator[Delivery]:
    """Only the last slice moves the cursor, so that a run that is cut reads the file again."""
    starts = range(0, max(table.rows.height, 1), step)
    for start in starts:
        first, last = start == 0, start == starts[-1]
        yield Delivery(
            name=file.name,
            rows=table.rows.slice(start, step),
            cursor=after if last else before,
            fresh_at=file.changed_at,
            refused=table.refused if first else refused_frame(),
            notes=table.notes if first else (),
            last=last,
        )


def _content(file: File, source: Source) -> bytes:
    try:
        return file.path.read_bytes()
    except PermissionError as error:
        raise _closed(_where(source, file)) from error


def _where(source: Source, file: File) -> Where:
    return Where(source.city, source.name, file.name)


def _closed(where: Where) -> AccessRefused:
    return AccessRefused(
        Text("tidak boleh dibaca", "may not be read"),
        Text(
            "beri izin baca kepada pengguna yang menjalankan ETL", "give the user that runs the ETL the right to read"
        ),
        where,
    )


def _absent(source: Source, what: Text) -> UpstreamDown:
    folder, _ = _folder(source)
    return UpstreamDown(
        what,
        Text(
            "periksa apakah folder bersama terpasang dan jalurnya benar",
            "check that the share is mounted and the path right",
        ),
        Where(source.city, source.name, str(folder)),
    )
