"""What watches the public site: is it alive, has it anything to show, how much was asked of it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Flask, Response, jsonify
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard.metrics import Metrics
from etl.bundle import Shelf

METRICS, EXTENSION = "/metrics", "pantau-metrics"


@dataclass(eq=False)
class Releases(Collector):
    """The age of what is shown."""

    shelf: Shelf

    def collect(self) -> Iterable[Metric]:
        """One gauge a city."""
        age = GaugeMetricFamily("pantau_release_age_seconds", "How old the release in force is", labels=("city",))
        now = dt.datetime.now(dt.UTC)
        for city in self.shelf.cities():
            age.add_metric([city], (now - self.shelf.bundle(city).manifest.made_at).total_seconds())
        yield age

    def describe(self) -> Iterable[Metric]:
        """Nothing is read when this is registered."""
        return ()


def register(app: Flask, releases: Shelf) -> None:
    """``/healthz``, ``/readyz``, ``/metrics``."""
    metrics = metrics_of(app)
    metrics.registry.register(Releases(releases))
    app.add_url_rule("/healthz", "healthz", lambda: {"status": "ok"})
    app.add_url_rule("/readyz", "readyz", lambda: _ready(releases))
    app.add_url_rule(METRICS, "metrics", metrics.answer)


def metrics_of(app: Flask) -> Metrics:
    """What an application counts; what stands before it counts there as well."""
    found = app.extensions.setdefault(EXTENSION, Metrics())
    assert isinstance(found, Metrics)
    return found


def _ready(releases: Shelf) -> Response:
    """503 until there is a release: until then it has nothing to show but that."""
    there = {city: releases.bundle(city).manifest for city in releases.cities()}
    told = {city: {"number": one.number, "made_at": one.made_at.isoformat()} for city, one in there.items()}
    response = jsonify(
        status="ready" if there else "not ready", parts={"releases": "ok" if there else "fail"}, releases=told
    )
    response.status_code = 200 if there else 503
    response.headers["Cache-Control"] = "no-store"
    return response
