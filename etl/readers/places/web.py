"""One file at a web address: a published spreadsheet, an open-data download. Asked for only if it changed."""

import datetime as dt
import io
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from pathlib import PurePosixPath
from typing import IO

from etl.access import Published
from etl.errors import Where
from etl.readers.http import Client
from etl.readers.places.file import File, Seen, folder_of
from etl.source import Source

UNCHANGED = 304


@contextmanager
def opened(source: Source, known: Seen) -> Iterator["Page"]:
    """The address; asked once."""
    reader = folder_of(source)
    access = reader.access if isinstance(reader.access, Published) else Published()
    where = Where(source.city, source.name)
    with Client(reader.path, where, access.deadline_s, access.redirects_to) as client:
        yield Page(client, known)


class Page:
    """A folder of one file."""

    own_clock, whole_files = False, True

    def __init__(self, client: Client, known: Seen) -> None:
        self.name = PurePosixPath(client.home.path).name or client.home.host
        self._before = known.get(self.name, [])
        self._answer = client.fetch(self._condition())

    def _condition(self) -> dict[str, str]:
        """An ETag is quoted; a date of last change is not."""
        tag = str(self._before[3]) if len(self._before) > 3 else ""
        if not tag:
            return {}
        return {"If-None-Match" if '"' in tag else "If-Modified-Since": tag}

    def files(self) -> list[File]:
        """The file, as it was known when the server says that it is unchanged."""
        if self._answer.status == UNCHANGED:
            size, mtime_ns = self._before[:2]
            return [File(self.name, size, mtime_ns, self._before[3])]
        headers = self._answer.headers
        tag = headers.get("ETag") or headers.get("Last-Modified") or ""
        return [File(self.name, len(self._answer.body), _moment(headers.get("Last-Modified", "")), tag)]

    def look(self, file: File) -> File | None:
        """What was asked for once cannot change any more."""
        return file

    @contextmanager
    def open(self, file: File) -> Iterator[IO[bytes]]:
        """Its content."""
        yield io.BytesIO(self._answer.body)


def _moment(said: str) -> int:
    """Nanoseconds; now, when the server does not say."""
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        moment = dt.datetime.now(dt.UTC)
    return int(moment.timestamp() * 1_000_000_000)
