"""The second factor of Cek bantuan saya: codes that an office printed on letters about social aid.

Who knows the codes is a provider, named by ``[aid_check]`` of a city's ``city.toml``. Another one (an office that gives
out one-time codes, say) is a class with ``letters()`` and a line in ``PROVIDERS``.
"""

import csv
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from etl.access import Declared
from etl.errors import PantauError

log = logging.getLogger("aid")
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none is taken for another
SHORTEST, LONGEST = 8, 16  # letters of a code
NIK = re.compile(r"[0-9]{16}")
CODE = re.compile(f"[{ALPHABET}]{{{SHORTEST},{LONGEST}}}")
_BETWEEN = str.maketrans("", "", " .-\t\u00a0")


class AidCheck(Declared, frozen=True):
    """``[aid_check]`` of a city."""

    provider: str
    letters: str = ""  # where the provider finds them; ``${NAME}`` is filled from the settings


class Letter(NamedTuple):
    """Who it was sent to, and the code on it."""

    nik: str
    code: str


class NoLetters(PantauError):
    """The codes cannot be had just now; what was made of the last ones stays in force."""


class Provider(Protocol):
    """Somebody who knows the codes."""

    def letters(self) -> Iterator[Letter]:
        """Every letter whose code is in force. Raises NoLetters."""
        ...


def read(nik: str, code: str) -> Letter:
    """A letter as somebody types it, with spaces and small letters; of which shape it is, is not looked at."""
    return Letter(nik.translate(_BETWEEN), code.translate(_BETWEEN).upper())


@dataclass(frozen=True)
class PrintedLetters:
    """A CSV file with the columns ``nik`` and ``code``."""

    path: Path

    def letters(self) -> Iterator[Letter]:
        """The rows of the file; those that cannot be are told by their number, and never by what they hold."""
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                rows = list(csv.DictReader(file))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise NoLetters(f"{self.path}: tidak terbaca | cannot be read: {type(error).__name__}") from error
        for number, row in enumerate(rows, 2):
            letter = read(row.get("nik") or "", row.get("code") or "")
            if NIK.fullmatch(letter.nik) and CODE.fullmatch(letter.code):
                yield letter
            else:
                log.warning("%s: baris %d dilewati | row %d is skipped", self.path.name, number, number)


PROVIDERS: Mapping[str, Callable[[str], Provider]] = {"letters": lambda at: PrintedLetters(Path(at))}
