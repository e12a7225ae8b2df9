"""A thousand invented people whose numbers and names went through the sources, and a search that finds any of them.

Each came from the simulator's own store (``world.truth``), or from the cells of parcels and calls that no contract
reads (``simulator.exports.shape``). A name that a shop legitimately bears, or that is too short to be anybody's, is
left out; the numbers of its person stay.
"""

import base64
import binascii
import html
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from random import Random

from simulator.exports import shape
from tests.world import SEED

PEOPLE = 1_000
SHORTEST_NAME, LEAST_WORDS = 10, 2
LENGTHS = (12, 13, 16, 18)  # of a phone number here and with 62, a NIK or KK, a NIP
SHORTEST = min(LENGTHS)
# Numbers as people write them: 19850312 201001 1 005. A comma parts numbers of a list.
RUN = re.compile(r"\d(?:[ .-]?\d){11,}", re.ASCII)
NO_SEPARATORS = str.maketrans("", "", " .-")
WORD = re.compile(r"[a-z]+")
QUOTED = re.compile(r"(?:%[0-9a-fA-F]{2})+")
ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
TOKEN = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
PACKED = re.compile(rb"\x1f\x8b\x08")
DEEPEST = 3  # a gzip in base64 in an address

# Whose rows they are, how many of them, and which columns name them. Refused rows are searched for first of all.
TABLES = {
    "bansos_grants": (450, ("nik", "kk", "name")),
    "civil_servants": (300, ("nip", "nik", "name")),
    "vaccinations": (70, ("nik",)),
    "deaths": (30, ("nik",)),
    "moves": (20, ("nik",)),
}


@dataclass(frozen=True)
class Person:
    """Somebody, by every number and name that the sources hold."""

    numbers: frozenset[str]
    name: str = ""


def people(truth: Path) -> list[Person]:
    """A thousand people of all cities, the same ones every time."""
    with sqlite3.connect(truth) as connection:
        drawn = [one for table, (many, names) in TABLES.items() for one in _drawn(connection, table, many, names)]
        shops = {str(name) for (name,) in connection.execute("select name from merchants")}
    rest = PEOPLE - len(drawn)
    phoned = zip(shape.PHONES.to_list(), shape.RECIPIENTS.to_list(), strict=True)
    callers = [Person(frozenset({phone}), name) for phone, name in list(phoned)[:rest]]
    borne = {pair for shop in shops for pair in _pairs(shop)}
    return [Person(one.numbers, _telling(one.name, borne)) for one in [*drawn, *callers]]


def _drawn(connection: sqlite3.Connection, table: str, many: int, names: tuple[str, ...]) -> list[Person]:
    listed = ", ".join(names)
    rows = connection.execute(
        f"select max(refused), {listed} from {table} group by {listed} order by {listed}"
    ).fetchall()
    Random(SEED).shuffle(rows)
    rows.sort(key=lambda row: -row[0])
    named = [dict(zip(names, row[1:], strict=True)) for row in rows[:many]]
    return [Person(frozenset(str(row[key]) for key in row if key != "name"), row.get("name") or "") for row in named]


def _telling(name: str, borne: set[str]) -> str:
    """The name, if it tells somebody apart from a shop."""
    words = WORD.findall(name.lower())
    told = len(name) >= SHORTEST_NAME and len(words) >= LEAST_WORDS and not borne & set(_pairs(name))
    return name if told else ""


def _pairs(text: str) -> Iterator[str]:
    words = WORD.findall(text.lower())
    return (f"{first} {second}" for first, second in pairwise(words))


@dataclass(frozen=True)
class Finder:
    """Finds people in what was answered or written: plain, packed, in base64, in an address, escaped."""

    people: list[Person]

    @cached_property
    def wanted(self) -> frozenset[str]:
        numbers = {number for one in self.people for number in one.numbers}
        abroad = {f"62{number[1:]}" for number in numbers if len(number) == LENGTHS[0]}
        return frozenset(numbers | abroad | {pair for one in self.people for pair in list(_pairs(one.name))[:1]})

    def found(self, body: bytes, depth: int = 0) -> set[str]:
        """Every number and name of a canary that is in a body."""
        text = body.decode("utf-8", errors="replace")
        hits = {hit for said in _said(text) for hit in self._in(said)}
        if depth < DEEPEST:
            hits |= {hit for inner in _inner(body, text) for hit in self.found(inner, depth + 1)}
        return hits

    @cached_property
    def _begins(self) -> frozenset[str]:
        """How the wanted numbers begin: one look at each digit says whether any of them may begin there."""
        return frozenset(one[:SHORTEST] for one in self.wanted if one.isdigit())

    @cached_property
    def _first_words(self) -> frozenset[str]:
        return frozenset(one.split()[0] for one in self.wanted if not one.isdigit())

    def _in(self, text: str) -> set[str]:
        begins, first = self._begins, self._first_words
        digits = (run.translate(NO_SEPARATORS) for run in RUN.findall(text))
        begun = (
            run[at:] for run in digits for at in range(len(run) - SHORTEST + 1) if run[at : at + SHORTEST] in begins
        )
        numbers = {rest[:size] for rest in begun for size in LENGTHS}
        words = WORD.findall(text.lower())
        pairs = {f"{one} {other}" for one, other in pairwise(words) if one in first}
        return set(self.wanted & (numbers | pairs))


def _said(text: str) -> Iterable[str]:
    """A text as it stands, and as a browser would read it."""
    read = {text}
    inner = text
    for _ in range(DEEPEST):  # an address in an address
        if "%" in inner or "+" in inner:
            inner = _unquoted(inner)
            read.add(inner)
    if "\\u" in text:
        read.add(ESCAPE.sub(lambda match: chr(int(match[1], 16)), text))
    if "&" in text:
        read.add(html.unescape(text))
    return read


def _unquoted(text: str) -> str:
    """As ``urllib.parse.unquote_plus``, which takes a text apart at each letter that is not ASCII: for megabytes."""
    return QUOTED.sub(
        lambda run: bytes.fromhex(run[0].replace("%", "")).decode(errors="replace"), text.replace("+", " ")
    )


def _inner(body: bytes, text: str) -> Iterator[bytes]:
    """What is packed in a body: gzip from any of its bytes on, and base64."""
    for start in PACKED.finditer(body):
        try:
            yield zlib.decompressobj(wbits=31).decompress(body[start.start() :])
        except zlib.error:
            continue
    for token in TOKEN.findall(text):
        try:
            yield base64.urlsafe_b64decode(token.replace("+", "-").replace("/", "_").rstrip("=") + "==")
        except (binascii.Error, ValueError):
            continue
