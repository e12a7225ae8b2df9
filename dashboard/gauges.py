"""What stands in the warehouse, as Prometheus reads it: ages, rows by fate, quarantine, alerts, releases, sessions.

Asked when somebody scrapes, at most once in ten seconds. While the warehouse is away its gauges are left out and
``pantau_warehouse_up`` is 0: an old number would look like a new one.
"""

import datetime as dt
import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard.answers import Cache, Ready
from dashboard.live import Live
from etl.bundle import shelf
from etl.cities import City
from etl.identity import DEVICES, SESSIONS
from etl.walls import ALERTS
from etl.warehouse import AWAY, COUNTS, QUARANTINE, RUNS, Role, engine, reading

log = logging.getLogger(__name__)
KEPT_S = 10.0


@dataclass(eq=False)
class Gauges(Collector):
    """Of one command center."""

    live: Live
    answers: Cache[Ready]
    cities: Mapping[str, City]
    _read_at: float = -KEPT_S
    _of_warehouse: list[Metric] = field(default_factory=list)

    def collect(self) -> Iterable[Metric]:
        """Everything there is to be told."""
        yield _counter("pantau_panels_computed", "Panels computed", self.answers.computed)
        yield _counter("pantau_panels_kept", "Panels answered from what was computed before", self.answers.found)
        yield _counter("pantau_rings", "How often the doorbell rang: something was loaded or changed", self.live.rings)
        yield from self._sources()
        yield from _releases()
        if time.monotonic() - self._read_at > KEPT_S:
            self._read_at, self._of_warehouse = time.monotonic(), self._asked()
        yield from self._of_warehouse

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked when this is registered."""
        return ()

    def _sources(self) -> Iterator[Metric]:
        names, now = {city.code: city.slug for city in self.cities.values()}, dt.datetime.now(dt.UTC)
        age = _gauge("pantau_source_age_seconds", "How old what is known of a source is", "city", "source", "dataset")
        promise = _gauge("pantau_source_promise_seconds", "How old it may be", "city", "source", "dataset")
        failing = _gauge("pantau_source_failing", "1 while a source cannot be read", "city", "source", "dataset")
        for one in self.live.freshness():
            labels = [names.get(one["city_code"], one["city_code"]), one["source"], one["dataset"]]
            promise.add_metric(labels, one["promise_s"])
            failing.add_metric(labels, float(one["error_id"] is not None))
            if one["fresh_at"]:
                age.add_metric(labels, (now - one["fresh_at"]).total_seconds())
        yield from (age, promise, failing)

    def _asked(self) -> list[Metric]:
        up = GaugeMetricFamily("pantau_warehouse_up", "1 while the warehouse answers")
        try:
            found = [*self._ledger(), self._alerts(), *_people()]
        except AWAY as error:
            log.warning("ukuran tidak terbaca | gauges cannot be read: %s", type(error).__name__)
            found = []
        up.add_metric([], float(bool(found)))
        return [up, *found]

    def _ledger(self) -> Iterator[Metric]:
        rows = CounterMetricFamily("pantau_rows", "Rows by what became of them", labels=("city", "source", "fate"))
        refused = _gauge("pantau_quarantine_open", "Refused rows that nobody put right yet", "city", "source")
        sums = sa.select(RUNS.c.source, *(sa.func.sum(RUNS.c[name]).label(name) for name in COUNTS))
        open_ones = sa.select(QUARANTINE.c.source, sa.func.count().label("rows")).where(QUARANTINE.c.state == "open")
        for city in self.cities.values():
            with reading(city.code) as connection:
                for row in connection.execute(sums.where(RUNS.c.city_code == city.code).group_by(RUNS.c.source)):
                    for name in COUNTS:
                        rows.add_metric([city.slug, row.source, name], float(row._mapping[name]))
                mine = open_ones.where(QUARANTINE.c.city_code == city.code).group_by(QUARANTINE.c.source)
                for row in connection.execute(mine):
                    refused.add_metric([city.slug, row.source], row.rows)
        yield from (rows, refused)

    def _alerts(self) -> Metric:
        names = {city.code: city.slug for city in self.cities.values()}
        open_ones = _gauge("pantau_alerts_open", "Alerts that hold now, by whether somebody took them", "city", "taken")
        taken = ALERTS.c.acknowledged_at.is_not(None).label("taken")
        query = sa.select(ALERTS.c.city_code, taken, sa.func.count().label("many")).where(ALERTS.c.cleared_at.is_(None))
        with engine(Role.WALLS).connect() as connection:
            for row in connection.execute(query.group_by(ALERTS.c.city_code, taken)):
                city = names.get(row.city_code, row.city_code)
                open_ones.add_metric([city, "yes" if row.taken else "no"], row.many)
        return open_ones


def _people() -> Iterator[Metric]:
    """How many are signed in, and how many screens there are; nobody by name."""
    now = sa.func.clock_timestamp()
    signed_in = sa.and_(SESSIONS.c.ended_at.is_(None), SESSIONS.c.ends_at > now, SESSIONS.c.needs == "")
    with engine(Role.ACCESS).connect() as connection:
        people = connection.scalar(sa.select(sa.func.count()).select_from(SESSIONS).where(signed_in))
        screens = connection.scalar(
            sa.select(sa.func.count()).select_from(DEVICES).where(DEVICES.c.revoked_at.is_(None))
        )
    yield GaugeMetricFamily("pantau_sessions", "Sessions of people in force", float(people or 0))
    yield GaugeMetricFamily("pantau_screens", "Screens that are paired", float(screens or 0))


def _releases() -> Iterator[Metric]:
    """Of the releases on this machine; where there are none, nothing is told."""
    now, on = dt.datetime.now(dt.UTC), shelf()
    age = _gauge("pantau_release_age_seconds", "How old the release in force is", "city")
    number = _gauge("pantau_release_number", "Its number", "city")
    for city in on.cities():
        manifest = on.bundle(city).manifest
        age.add_metric([city], (now - manifest.made_at).total_seconds())
        number.add_metric([city], manifest.number)
    yield from (age, number)


def _gauge(name: str, says: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, labels=labels)


def _counter(name: str, says: str, value: float) -> Metric:
    return CounterMetricFamily(name, says, value)
