"""Every exception of the product. It imports nothing of ours but ``text``.

Each one is written for a clerk: it names the city, source, file, row, column and
value where they are known, and says what to do.
"""

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
    """A column that the contract needs is missing or was renamed."""


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
