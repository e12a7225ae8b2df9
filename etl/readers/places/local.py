"""A folder of this machine, or one that is mounted on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from etl.errors import Where
from etl.readers.places.file import File, Seen, absent, closed, folder_of, is_finished
from etl.source import Source
from etl.text import Text


@contextmanager
def opened(source: Source, known: Seen) -> Iterator["Local"]:
    """The folder, whether it is there or not."""
    yield Local(source)


class Local:
    """Files by the system's own calls."""

    own_clock, whole_files = True, False

    def __init__(self, source: Source) -> None:
        reader = folder_of(source)
        self._folder, self._pattern = Path(reader.path), reader.pattern
        self._where = Where(source.city, source.name, reader.path)

    def files(self) -> list[File]:
        """Every file that matches and is neither hidden nor temporary."""
        try:
            paths = [path for path in self._folder.glob(self._pattern) if is_finished(path.name) and path.is_file()]
            if not paths and not self._folder.is_dir():
                raise absent(self._where, Text("folder tidak ada", "the folder does not exist"))
            looked = [self._look(path.relative_to(self._folder).as_posix()) for path in paths]
        except PermissionError as error:
            raise closed(self._where) from error
        return [file for file in looked if file]

    def look(self, file: File) -> File | None:
        """The file as it stands now."""
        return self._look(file.name)

    def _look(self, name: str) -> File | None:
        try:
            stat = (self._folder / name).stat()
        except FileNotFoundError:
            return None
        return File(name, stat.st_size, stat.st_mtime_ns)

    @contextmanager
    def open(self, file: File) -> Iterator[IO[bytes]]:
        """Its content."""
        try:
            with (self._folder / file.name).open("rb") as content:
                yield content
        except PermissionError as error:
            raise closed(Where(self._where.city, self._where.source, file.name)) from error
