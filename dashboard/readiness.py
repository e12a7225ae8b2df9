"""``/readyz``: whether a command center can serve, part by part, without a word that should not be public."""

import threading
import time
from dataclasses import dataclass, field

from flask import Response, jsonify, request

from etl import health

FRESH_FOR_S = 1.0


@dataclass
class Readiness:
    """Looked at once a second by one request, however many ask: a probe is no load, least of all in trouble."""

    _known: dict[str, str] = field(default_factory=dict)
    _looked_at: float = float("-inf")
    _looking: threading.Lock = field(default_factory=threading.Lock)

    def answer(self) -> Response:
        """200 when it can serve, 503 when not. ``?all``: 503 also while only a part is not as it should be."""
        parts, bad = self._parts(), ("fail", "warn") if "all" in request.args else ("fail",)
        ready = not any(state in bad for state in parts.values())
        response = jsonify(status="ready" if ready else "not ready", parts=parts)
        response.status_code = 200 if ready else 503
        response.headers["Cache-Control"] = "no-store"
        return response

    def _parts(self) -> dict[str, str]:
        """Who asks while another one looks is told what was seen before, where anything was."""
        if self._looking.acquire(blocking=not self._known):
            try:
                if time.monotonic() - self._looked_at > FRESH_FOR_S:
                    self._known = {one.name: one.state.value for one in health.ready()}
                    self._looked_at = time.monotonic()
            finally:
                self._looking.release()
        return self._known
