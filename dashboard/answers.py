"""Ready bytes: each panel is computed once per (panel, scope, version, minute) and kept compressed."""

import datetime as dt
import gzip
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any

LARGEST = 2_000  # answers kept; about 10 kB each
SHOWN = ("columns", "rows", "tones", "patches")  # of a table twin; its raw numbers are for the CSV


@dataclass(frozen=True)
class Ready:
    """An answer as it goes over the wire."""

    plain: bytes
    packed: bytes
    etag: str
    content: dict[str, Any]


def ready(content: dict[str, Any]) -> Ready:
    """Encode an answer once. The raw numbers of the table twin stay here, for the CSV."""
    table = content.get("table")
    shown = content | {"table": {key: table[key] for key in SHOWN if key in table}} if table else content
    plain = json.dumps(shown, default=_encode, ensure_ascii=False, separators=(",", ":")).encode()
    return Ready(plain, gzip.compress(plain, 6, mtime=0), sha256(plain).hexdigest()[:20], content)


def _encode(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(type(value))


@dataclass
class Cache:
    """The last answers by key. Two threads that want the same one compute it once."""

    kept: OrderedDict[Hashable, Ready] = field(default_factory=OrderedDict)
    computed: int = 0  # how many answers were really computed
    _making: dict[Hashable, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Hashable, make: Callable[[], dict[str, Any]]) -> Ready:
        """The answer for ``key``, made by ``make`` when it is not there yet."""
        with self._lock:
            if key in self.kept:
                self.kept.move_to_end(key)
                return self.kept[key]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            if key in self.kept:
                return self.kept[key]
            answer = ready(make())
            self._keep(key, answer)
            return answer

    def _keep(self, key: Hashable, answer: Ready) -> None:
        with self._lock:
            self.kept[key] = answer
            self.computed += 1
            self._making.pop(key, None)
            while len(self.kept) > LARGEST:
                self.kept.popitem(last=False)
