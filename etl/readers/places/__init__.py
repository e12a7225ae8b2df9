"""Where files lie: one module per kind of place. A place lists files and opens them; it knows no format."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from etl.errors import SourceError, Where
from etl.readers.places import local, s3, sftp, web
from etl.readers.places.file import Place, Seen, folder_of
from etl.source import Source
from etl.text import Text

PLACES: dict[str, Callable[[Source, Seen], AbstractContextManager[Place]]] = {
    "": local.opened,
    "sftp": sftp.opened,
    "s3": s3.opened,
    "https": web.opened,
    "http": web.opened,
}


@contextmanager
def opened(source: Source, known: Seen) -> Iterator[Place]:
    """The place where the files of this source lie, by the scheme of its ``path``."""
    path = folder_of(source).path
    scheme = path.partition("://")[0] if "://" in path else ""
    if scheme not in PLACES:
        raise SourceError(
            Text(f"tempat {scheme}:// tidak dikenal", f"the place {scheme}:// is unknown"),
            Text("pakai folder, sftp://, s3:// atau https://", "use a folder, sftp://, s3:// or https://"),
            Where(source.city, source.name, path),
        )
    with PLACES[scheme](source, known) as place:
        yield place
