"""``/readyz``: whether a command center can serve, part by part, without a word that should not be public."""

import time
from functools import lru_cache

from flask import Response, jsonify, request

from etl import health


def readyz() -> Response:
    """200 when it can serve, 503 when not. ``?all``: 503 also while only a part is not as it should be."""
    parts = _parts(int(time.monotonic()))
    bad = ("fail", "warn") if "all" in request.args else ("fail",)
    ready = not any(state in bad for state in parts.values())
    response = jsonify(status="ready" if ready else "not ready", parts=parts)
    response.status_code = 200 if ready else 503
    response.headers["Cache-Control"] = "no-store"
    return response


@lru_cache(maxsize=1)
def _parts(second: int) -> dict[str, str]:
    """Looked at once a second, however many ask: a readiness probe is no load."""
    return {one.name: one.state.value for one in health.ready()}
