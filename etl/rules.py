"""Rules on one column: each is data that can be printed, and an expression that finds the rows which break it."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from etl.text import Text

if TYPE_CHECKING:
    import polars as pl  # a contract is read by processes that never sift a row


class Rule(Protocol):
    """What a column may declare."""

    @property
    def says(self) -> Text:
        """The rule in words, for the data dictionary and for the quarantine."""
        ...

    def broken(self, value: "pl.Expr") -> "pl.Expr":
        """True where a value that is present breaks the rule."""
        ...


@dataclass(frozen=True)
class AtLeast:
    """A number that is not below ``minimum``."""

    minimum: float

    @property
    def says(self) -> Text:
        return Text(f"paling sedikit {self.minimum:g}", f"at least {self.minimum:g}")

    def broken(self, value: "pl.Expr") -> "pl.Expr":
        return value < self.minimum


@dataclass(frozen=True)
class AtMost:
    """A number that is not above ``maximum``."""

    maximum: float

    @property
    def says(self) -> Text:
        return Text(f"paling banyak {self.maximum:g}", f"at most {self.maximum:g}")

    def broken(self, value: "pl.Expr") -> "pl.Expr":
        return value > self.maximum


@dataclass(frozen=True)
class NonZero:
    """An amount or a quantity that says something."""

    @property
    def says(self) -> Text:
        return Text("bukan nol", "not zero")

    def broken(self, value: "pl.Expr") -> "pl.Expr":
        return value == 0


@dataclass(frozen=True)
class OneOf:
    """A word of a fixed vocabulary."""

    words: tuple[str, ...]

    @property
    def says(self) -> Text:
        listed = ", ".join(self.words)
        return Text(f"salah satu dari: {listed}", f"one of: {listed}")

    def broken(self, value: "pl.Expr") -> "pl.Expr":
        return ~value.is_in(self.words)


@dataclass(frozen=True)
class Matches:
    """A text of one shape (a regular expression over the whole of it)."""

    pattern: str
    shape: Text

    @property
    def says(self) -> Text:
        return self.shape

    def broken(self, value: "pl.Expr") -> "pl.Expr":
        return ~value.str.contains(f"^(?:{self.pattern})$")


@dataclass(frozen=True)
class NotAfterNow:
    """A moment that has happened; ``slack_minutes`` forgives a fast clock upstream."""

    slack_minutes: int = 15

    @property
    def says(self) -> Text:
        return Text("tidak di masa depan", "not in the future")

    def broken(self, value: "pl.Expr") -> "pl.Expr":
        import polars as pl

        limit = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=self.slack_minutes)
        return value > pl.lit(limit)


NIK = Matches(r"[0-9]{16}", Text("NIK 16 angka sebagai teks", "a NIK of 16 digits, as text"))
KK = Matches(r"[0-9]{16}", Text("nomor KK 16 angka sebagai teks", "a KK number of 16 digits, as text"))
NIP = Matches(r"[0-9]{18}", Text("NIP 18 angka sebagai teks", "a NIP of 18 digits, as text"))
