"""Ready bytes: each panel is computed once per (panel, scope) and version and minute, and kept compressed."""

import datetime as dt
import gzip
import json
import pickle
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any

LARGEST = 2_000  # questions whose answer is kept; about 10 kB each
NO_DIGITS = str.maketrans("0123456789", "ghijklmnop")
SHOWN = ("columns", "rows", "tones", "patches")  # of a table twin; its raw numbers are for the CSV


@dataclass(frozen=True)
class Ready:
    """An answer as it goes over the wire."""

    plain: bytes
    packed: bytes
    etag: str
    _whole: bytes

    @property
    def content(self) -> dict[str, Any]:
        """What it was made of, with the raw numbers of its table: seldom asked for, so that it is kept packed.

        As objects of Python it takes seven times the place of everything else, for each of ``LARGEST`` answers.
        """
        made: dict[str, Any] = pickle.loads(zlib.decompress(self._whole))  # of nobody but ourselves
        return made


def ready(content: dict[str, Any]) -> Ready:
    """Encode an answer once. The raw numbers of the table twin stay here, for the CSV."""
    table = content.get("table")
    shown = content | {"table": {key: table[key] for key in SHOWN if key in table}} if table else content
    plain = json.dumps(shown, default=_encode, ensure_ascii=False, separators=(",", ":")).encode()
    return Ready(plain, gzip.compress(plain, 6, mtime=0), fingerprint(plain), zlib.compress(pickle.dumps(content), 1))


def fingerprint(content: bytes) -> str:
    """A name of a content, in letters only: screens send it in addresses, where digits may look like somebody's NIK."""
    return sha256(content).hexdigest()[:20].translate(NO_DIGITS)


def _encode(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(type(value))


@dataclass
class Cache:
    """The newest answer to each question. Two threads that want the same one compute it once.

    What was computed of an earlier version is never asked for again, so that it is not kept beside the newest: memory
    follows what people look at, not how often data change.
    """

    kept: OrderedDict[Hashable, tuple[Hashable, Ready]] = field(default_factory=OrderedDict)
    computed: int = 0  # how many answers were really computed
    found: int = 0  # how many were there already
    _making: dict[Hashable, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, question: Hashable, stamp: Hashable, make: Callable[[], dict[str, Any]]) -> Ready:
        """The answer to ``question`` as of ``stamp``, made by ``make`` when there is none of it yet."""
        with self._lock:
            if known := self._known(question, stamp):
                return known
            making = self._making.setdefault(question, threading.Lock())
        with making:
            with self._lock:
                if known := self._known(question, stamp):
                    return known
            try:
                answer = ready(make())
                self._keep(question, stamp, answer)
            finally:
                self._making.pop(question, None)
            return answer

    def known(self, question: Hashable, stamp: Hashable) -> Ready | None:
        """The answer to ``question`` as of ``stamp`` if there is one: nothing is computed."""
        with self._lock:
            return self._known(question, stamp)

    def _known(self, question: Hashable, stamp: Hashable) -> Ready | None:
        of, answer = self.kept.get(question, (None, None))
        if answer is None or of != stamp:
            return None
        self.kept.move_to_end(question)
        self.found += 1
        return answer

    def _keep(self, question: Hashable, stamp: Hashable, answer: Ready) -> None:
        with self._lock:
            self.kept[question] = (stamp, answer)
            self.kept.move_to_end(question)
            self.computed += 1
            while len(self.kept) > LARGEST:
                self.kept.popitem(last=False)
