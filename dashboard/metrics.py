"""What a web process counts, for Prometheus: a registry of its own, and who may read it at ``/metrics``.

No label comes from a request: kinds of routes are declared here, cities and sources in their files. Nobody is counted
by name. Without ``PANTAU_METRICS_TOKEN`` only the machine itself may ask, without any proxy in between.
"""

import hmac
import ipaddress
import os
import time
from dataclasses import dataclass, field

from flask import Flask, Request, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

TOKEN, SHORTEST_TOKEN = "PANTAU_METRICS_TOKEN", 16
PROXIES = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
BUCKETS_S = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30)
NO_ROUTE, ANY_OTHER = "none", "page"
# The first word of a declared route → its kind; a route that has none of these shows a page or does what one asks.
KINDS = {
    "panel": "panel",
    "adegan": "scene",
    "bell": "bell",
    "dinding": "wall",
    "layar": "wall",
    "ingest": "ingest",
    "masuk": "sign-in",
    **dict.fromkeys(("static", "assets", "boundaries", "_dash-component-suites", "_favicon.ico"), "file"),
    **dict.fromkeys(("healthz", "readyz", "metrics", "pulse"), "watch"),
}


@dataclass
class Metrics:
    """The counters of one application."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "pantau_requests", "Requests answered, by kind of route and class of status", ("kind", "status"),
            registry=self.registry,
        )  # fmt: skip
        self.seconds = Histogram(
            "pantau_request_seconds", "Time to answer, by kind of route; walls wait on purpose", ("kind",),
            buckets=BUCKETS_S, registry=self.registry,
        )  # fmt: skip

    def count(self, kind: str, status: int) -> None:
        """One request more; ``kind`` is one of ours, never a word of the request."""
        self.requests.labels(kind, f"{status // 100}xx").inc()

    def follow(self, server: Flask) -> None:
        """Count what an application answers; called before anything else stands before its requests."""
        server.before_request(_begin)
        server.after_request(self._end)

    def _end(self, response: Response) -> Response:
        kind = kind_of(request.url_rule.rule if request.url_rule else "")
        self.count(kind, response.status_code)
        self.seconds.labels(kind).observe(time.perf_counter() - g.get("began", time.perf_counter()))
        return response

    def answer(self) -> Response:
        """Everything counted, or a refusal."""
        if not may_read(request):
            return Response(
                f"Atur {TOKEN} dan kirim sebagai Bearer | set {TOKEN} and send it as Bearer\n", 403,
                mimetype="text/plain", headers={"Cache-Control": "no-store"},
            )  # fmt: skip
        body = generate_latest(self.registry)
        return Response(body, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _begin() -> None:
    g.began = time.perf_counter()


def kind_of(rule: str) -> str:
    """The kind of a declared route; of what is no route there is one kind, whatever was asked."""
    return KINDS.get(rule.split("/")[1], ANY_OTHER) if rule else NO_ROUTE


def may_read(asks: Request) -> bool:
    """Whether who asks has the token; where none is set, whether the machine asks itself."""
    if token := os.environ.get(TOKEN, ""):
        scheme, _, said = asks.headers.get("Authorization", "").partition(" ")
        long_enough = len(token) >= SHORTEST_TOKEN
        return long_enough and scheme.lower() == "bearer" and hmac.compare_digest(said.encode(), token.encode())
    proxied = any(name in asks.headers for name in PROXIES)
    return not proxied and _is_loopback(asks.remote_addr or "") and names_loopback(asks.host)


def names_loopback(host: str) -> bool:
    """Whether a request was sent to the machine's own name: another one may be somebody's rebinding."""
    return (host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host) in LOOPBACK


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False
