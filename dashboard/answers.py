"""Ready bytes: each panel is computed once per (panel, scope) and version and minute, and kept compressed."""

import csv
import datetime as dt
import gzip
import io
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any, Generic, TypeVar

from dashboard.format import harmless

LARGEST = 2_000  # questions whose answer is kept; about 10 kB each
NO_DIGITS = str.maketrans("0123456789", "ghijklmnop")
SHOWN = ("columns", "rows", "tones", "patches")  # of a table twin; its raw numbers are for the CSV


@dataclass(frozen=True)
class Ready:
    """An answer as it goes over the wire."""

    plain: bytes
    packed: bytes
    etag: str
    sheet: bytes  # the table twin with plain numbers as a packed CSV; empty where there is none


def ready(content: dict[str, Any]) -> Ready:
    """Encode an answer once: as objects of Python it would take seven times the place of all this."""
    table = content.get("table")
    shown = content | {"table": {key: table[key] for key in SHOWN if key in table}} if table else content
    plain = json.dumps(shown, default=_encode, ensure_ascii=False, separators=(",", ":")).encode()
    sheet = _packed(_written(table).encode()) if table else b""
    return Ready(plain, _packed(plain), fingerprint(plain), sheet)


def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)


def _written(table: dict[str, Any]) -> str:
    """The table as a CSV; a cell that a spreadsheet would run is made a text."""
    text = io.StringIO()
    writer = csv.writer(text)
    heads = table["columns"]
    writer.writerow([" ".join(filter(None, (one["label"], one["unit"] and f"({one['unit']})"))) for one in heads])
    for shown, row in zip(table["rows"], table["raw"], strict=True):
        writer.writerow([harmless(shown[0]), *(harmless(cell) for cell in row[1:])])
    return text.getvalue()


def fingerprint(content: bytes) -> str:
    """A name of a content, in letters only: screens send it in addresses, where digits may look like somebody's NIK."""
    return sha256(content).hexdigest()[:20].translate(NO_DIGITS)


def _encode(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(type(value))


T = TypeVar("T")


@dataclass
class Cache(Generic[T]):
    """The newest answer to each question. Two threads that want the same one compute it once.

    What was computed of an earlier version is never asked for again, so that it is not kept beside the newest: memory
    follows what people look at, not how often data change.
    """

    encode: Callable[[dict[str, Any]], T]  # to what is kept
    kept: OrderedDict[Hashable, tuple[Hashable, T]] = field(default_factory=OrderedDict)
    computed: int = 0  # how many answers were really computed
    found: int = 0  # how many were there already
    _making: dict[Hashable, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, question: Hashable, stamp: Hashable, make: Callable[[], dict[str, Any]]) -> T:
        """The answer to ``question`` as of ``stamp``, made by ``make`` when there is none of it yet."""
        with self._lock:
            if (known := self._known(question, stamp)) is not None:
                return known
            making = self._making.setdefault(question, threading.Lock())
        with making:
            with self._lock:
                if (known := self._known(question, stamp)) is not None:
                    return known
            try:
                answer = self.encode(make())
                self._keep(question, stamp, answer)
            finally:
                self._making.pop(question, None)
            return answer

    def known(self, question: Hashable, stamp: Hashable) -> T | None:
        """The answer to ``question`` as of ``stamp`` if there is one: nothing is computed."""
        with self._lock:
            return self._known(question, stamp)

    def last(self, question: Hashable) -> tuple[Hashable, T] | None:
        """The newest answer to ``question``, after that as of which it is."""
        with self._lock:
            return self.kept.get(question)

    def _known(self, question: Hashable, stamp: Hashable) -> T | None:
        of, answer = self.kept.get(question, (None, None))
        if answer is None or of != stamp:
            return None
        self.kept.move_to_end(question)
        self.found += 1
        return answer

    def _keep(self, question: Hashable, stamp: Hashable, answer: T) -> None:
        with self._lock:
            self.kept[question] = (stamp, answer)
            self.kept.move_to_end(question)
            self.computed += 1
            while len(self.kept) > LARGEST:
                self.kept.popitem(last=False)
