"""Every exception of the product. It imports nothing of ours but ``text``.

Each one is written for a clerk: it names the city, source, file, row, column and
value where they are known, and says what to do.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from etl.text import Text


class PantauError(Exception):
    """The root of all our errors; ``exit_code`` is what the command line returns."""

    exit_code = 1


class CityError(PantauError):
    """A city folder cannot be used: a file, a key or a value in it is wrong."""

    exit_code = 2


@dataclass(frozen=True)
class Where:
    """Where in the outside world something went wrong; empty parts are unknown."""

    city: str = ""
    source: str = ""
    file: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""

    def __str__(self) -> str:
        parts = {
            "kota": self.city,
            "sumber": self.source,
            "berkas": self.file,
            "baris": self.row,
            "kolom": self.column,
            "nilai": self.value and repr(self.value),
        }
        return ", ".join(f"{name} {value}" for name, value in parts.items() if value)


class SourceError(PantauError):
    """One source cannot go on; the others do. Nothing of this delivery was loaded."""

    exit_code = 3

    def __init__(self, what: Text, action: Text, where: Where) -> None:
        self.what, self.action, self.where = what, action, where
        super().__init__(f"{where}: {what.id} → {action.id} | {what.en} → {action.en}")


class UpstreamDown(SourceError):
    """The other side does not answer; the next run tries again."""


class AccessRefused(SourceError):
    """The other side refuses our password, token or key."""


class UnreadableFile(SourceError):
    """The file is not what its format says, or was cut."""


class SchemaChanged(SourceError):
    """A column that the contract needs is missing or was renamed.

    ``likely`` has each missing header and, where one of the others resembles it, its new name.
    """

    def __init__(
        self, what: Text, action: Text, where: Where, missing: Sequence[str] = (), others: Iterable[str] = ()
    ) -> None:
        there = list(others)
        self.likely = {header: _resembling(header, there) for header in missing}
        told = ", ".join(f"{header} → {name}" for header, name in self.likely.items() if name)
        if told:
            what = Text(f"{what.id}; mungkin berganti nama: {told}", f"{what.en}; renamed, perhaps: {told}")
        super().__init__(what, action, where)


def _resembling(header: str, others: list[str]) -> str | None:
    """The header that is spelt most like this one, or that holds it, or is held in it."""
    folded = {other.casefold(): other for other in others}
    name = header.casefold()
    close = difflib.get_close_matches(name, folded, n=1)
    held = [other for other in folded if name in other or (other and other in name)]
    return next((folded[found] for found in [*close, *held]), None)


class TooManyRefused(SourceError):
    """More rows of a delivery are refused than its source may have: the file itself must be wrong."""


class Shrunk(SourceError):
    """A whole list is so much shorter than what is stored that it is not taken for a deletion."""


class DiskFull(SourceError):
    """There is no room for the delivery."""


class FixRefused(PantauError):
    """A correction cannot be meant: its row, area, column or word does not exist."""

    exit_code = 2


class OtherContent(PantauError):
    """The same idempotency key came with other rows before."""


class LeaseTaken(PantauError):
    """Another worker is loading this source just now; there is nothing to do."""

    exit_code = 0


class WarehouseDown(PantauError):
    """The warehouse does not answer."""

    exit_code = 4


class UnsafeMigration(PantauError):
    """A contract changed in a way that would lose data if it were applied by itself."""

    exit_code = 5
