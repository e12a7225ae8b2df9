"""Answers about social aid under seals: who has a letter finds the own one, and nobody finds whose the others are.

``<state>/aid/<city>.box`` is what the public process reads instead of a database. A row is found, and opened, by what
is made of NIK and code together (HMAC with the key ``aid``, then scrypt): neither the file nor the key names anybody,
both together leave every pair to be guessed, each guess at the cost of scrypt. Rows are of one size, and filled up
with nobody's to a power of two.
"""

import bisect
import datetime as dt
import hashlib
import hmac
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from etl import files, keys
from etl.aid_letters import Letter
from etl.errors import PantauError
from runner.state import private, state_dir

KEY = "aid"
COST = 2**12  # of scrypt: 4 MB of memory and some milliseconds
LEAST_ROWS = 4096
PLACE, NONCE, ROOM, TAG = 32, 12, 1024, 16
ROW = PLACE + NONCE + ROOM + TAG
HEAD = 256


class NoBox(PantauError):
    """There is no file to look into."""


class Grant(msgspec.Struct, frozen=True, array_like=True, order=True):
    """Somebody's aid of a month."""

    month: str  # 2026-08
    programme: str
    state: str  # paid, verified


class Answer(msgspec.Struct, frozen=True):
    """All that is told to who has the letter, the newest month first."""

    grants: tuple[Grant, ...] = ()
    older: bool = False  # there are more, for which there was no room

    def packed(self) -> bytes:
        """As it lies under its seal, always of one size; the oldest months go where there is no room."""
        packed = msgspec.json.encode(self)
        if len(packed) <= ROOM:
            return packed.ljust(ROOM)
        return Answer(self.grants[:-1], older=True).packed()


class Head(msgspec.Struct, frozen=True):
    """The beginning of a file."""

    made_of: str  # a keyed hash of all that is in it
    simulated: bool


def path_of(city: str) -> Path:
    """Where the answers of a city lie."""
    return state_dir() / "aid" / f"{city}.box"


def _key() -> bytes:
    return bytes.fromhex(keys.secret(KEY))


def _derived(city: str, letter: Letter, secret: bytes, cost: int) -> tuple[bytes, bytes]:
    """The place of a letter's row, and the key that opens it."""
    keyed = hmac.digest(secret, f"{city}|{letter.nik}|{letter.code}".encode(), "sha256")
    both = hashlib.scrypt(keyed, salt=city.encode(), n=cost, r=8, p=1, dklen=2 * PLACE)
    return both[:PLACE], both[PLACE:]


# Who makes the file again and again pays for new letters only. Who answers remembers nothing: each try costs the same.
_remembered = lru_cache(maxsize=2**17)(_derived)


@dataclass(frozen=True)
class Box:
    """The file of a city."""

    city: str

    def head(self) -> Head | None:
        """What the file says of itself; None where there is none."""
        with suppress(FileNotFoundError, msgspec.DecodeError), path_of(self.city).open("rb") as file:
            return _head(file)
        return None

    def checked_at(self) -> dt.datetime:
        """When it was last made, or found to be still true. Raises NoBox."""
        try:
            return dt.datetime.fromtimestamp(path_of(self.city).stat().st_mtime, dt.UTC)
        except FileNotFoundError as error:
            raise NoBox(self.city) from error

    def answer(self, letter: Letter) -> Answer | None:
        """What there is for this letter; None where NIK and code belong to none, at the same cost. Raises NoBox."""
        place, key = _derived(self.city, letter, _key(), COST)
        try:
            with path_of(self.city).open("rb") as file:
                row = _Rows(file).nearest(place)
        except (FileNotFoundError, IndexError) as error:
            raise NoBox(self.city) from error
        try:
            packed = AESGCM(key).decrypt(row[PLACE : PLACE + NONCE], row[PLACE + NONCE :], place)
        except InvalidTag:
            return None
        return msgspec.json.decode(packed, type=Answer)

    def write(self, answers: Mapping[Letter, Answer], simulated: bool) -> bool:
        """Make the file of all letters; whether it says anything else than the one that is there."""
        path, head = path_of(self.city), Head(_made_of(answers), simulated)
        if self.head() == head:
            os.utime(path)
            return False
        private(path.parent)
        files.put(path, _content(self.city, answers, head))
        return True


class _Rows:
    """The rows of an open file, in the order of their places."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.count = (os.fstat(file.fileno()).st_size - HEAD) // ROW

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> bytes:
        return self._read(number, PLACE)

    def nearest(self, place: bytes) -> bytes:
        """The row at this place, or the one that follows where it would be: it is opened with the same effort."""
        if not self.count:
            raise IndexError("no rows")
        return self._read(min(bisect.bisect_left(self, place), self.count - 1), ROW)

    def _read(self, number: int, size: int) -> bytes:
        return os.pread(self.file.fileno(), size, HEAD + number * ROW)


def _head(file: BinaryIO) -> Head:
    return msgspec.json.decode(file.read(HEAD), type=Head)


def _made_of(answers: Mapping[Letter, Answer]) -> str:
    made = hmac.new(_key(), digestmod="sha256")
    for letter, answer in sorted(answers.items(), key=itemgetter(0)):
        made.update(f"{letter.nik}|{letter.code}|".encode() + answer.packed())
    return made.hexdigest()


def _content(city: str, answers: Mapping[Letter, Answer], head: Head) -> Iterator[bytes]:
    """The whole file; nobody's rows are made like the others, with keys that nothing leads to."""
    secret, half = _key(), max(1, (os.cpu_count() or 1) // 2)
    with ThreadPoolExecutor(half) as pool:
        derived = pool.map(lambda letter: _remembered(city, letter, secret, COST), answers)
        rows = [(*both, answer) for both, answer in zip(derived, answers.values(), strict=True)]
    whole = max(LEAST_ROWS, 1 << (len(rows) - 1).bit_length())
    nobodys = ((os.urandom(PLACE), os.urandom(PLACE), Answer()) for _ in range(whole - len(rows)))
    yield msgspec.json.encode(head).ljust(HEAD)
    for place, key, answer in sorted([*rows, *nobodys], key=itemgetter(0)):
        nonce = os.urandom(NONCE)
        yield place + nonce + AESGCM(key).encrypt(nonce, answer.packed(), place)
