"""What every place of files has in common."""

import datetime as dt
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import IO, Any, Protocol

from etl.access import Folder
from etl.errors import AccessRefused, UpstreamDown, Where
from etl.source import Source
from etl.text import Text

UNFINISHED = (".tmp", ".part", ".crdownload")
Seen = dict[str, list[Any]]  # name → size, mtime_ns, the first half of the content's digest, the server's tag


@dataclass(frozen=True)
class File:
    """One file as it stood when it was looked at."""

    name: str  # relative to the folder
    size: int
    mtime_ns: int
    tag: str = ""  # by which a web server knows this version

    @property
    def changed_at(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.mtime_ns / 1e9, dt.UTC)


class Place(Protocol):
    """A folder somewhere. Raises UpstreamDown and AccessRefused."""

    # whether the clock that dates the files is ours, and a file grows before our eyes; else two looks are compared
    own_clock: bool
    # whether a file appears there only as a whole
    whole_files: bool

    def files(self) -> list[File]:
        """Every file that matches and is neither hidden nor temporary."""

    def look(self, file: File) -> File | None:
        """The file as it stands now; None when it has gone."""

    def open(self, file: File) -> AbstractContextManager[IO[bytes]]:
        """Its content."""


def folder_of(source: Source) -> Folder:
    """The reader of a source whose rows stand in files."""
    if not isinstance(source.reader, Folder):
        raise TypeError(source.reader)
    return source.reader


def is_finished(name: str) -> bool:
    """False for names that are hidden or temporary."""
    last = PurePosixPath(name).name
    return not last.startswith((".", "~$")) and not last.lower().endswith(UNFINISHED)


def matches(name: str, pattern: str) -> bool:
    """Whether a name relative to the folder is meant by its pattern."""
    return is_finished(name) and fnmatchcase(name, pattern)


def closed(where: Where) -> AccessRefused:
    """The refusal of a file or folder that our account may not read."""
    return AccessRefused(
        Text("tidak boleh dibaca", "may not be read"),
        Text(
            "beri izin baca kepada pengguna yang menjalankan ETL", "give the user that runs the ETL the right to read"
        ),
        where,
    )


def absent(where: Where, what: Text) -> UpstreamDown:
    """The refusal of a folder that is not there, or empty."""
    return UpstreamDown(
        what,
        Text(
            "periksa apakah folder bersama terpasang dan jalurnya benar",
            "check that the share is mounted and the path right",
        ),
        where,
    )
