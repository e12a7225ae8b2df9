"""Where files lie: one module per kind of place. A place lists files and opens them; it knows no format."""

from collections.abc import Iterator
from contextlib import contextmanager

from etl.readers.places import local
from etl.readers.places.file import Place, Seen, folder_of
from etl.source import Source

PLACES = {"": local.opened}


@contextmanager
def opened(source: Source, known: Seen) -> Iterator[Place]:
    """The place where the files of this source lie, by the scheme of its ``path``."""
    scheme, separator, _ = folder_of(source).path.partition("://")
    with PLACES[scheme if separator else ""](source, known) as place:
        yield place
