"""Life after the history: what happens in the cities again and again, and what was expected and comes."""

import datetime as dt
import threading
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import polars as pl

from simulator.catalogue import DATASETS
from simulator.dataset import Present, Pulse
from simulator.exports import EXPORTS
from simulator.exports.shape import Csv, Export, Feed, Table, dress
from simulator.scenery import Scenery
from simulator.truth import Event
from simulator.world import Stores

STEP_S = 0.5
BUNDLE_EVERY_S = 120.0  # an upstream that sends files collects what happens


@dataclass
class Due:
    """When the next thing of a kind happens (seconds since 1970)."""

    every: float
    at: float

    def come(self, now: float, rng: np.random.Generator) -> bool:
        if now < self.at:
            return False
        self.at = now + self.every * rng.uniform(0.7, 1.3)
        return True


class Life:
    """Writes live events into the truth and the upstreams, one thread, until it is told to stop."""

    def __init__(self, stores: Stores, sceneries: list[Scenery], start: dt.datetime, seed: int | None = None) -> None:
        self._stores = stores
        self._cities = {scenery.plan.slug: scenery for scenery in sceneries}
        self._rng = np.random.default_rng(seed)
        self._waiting: dict[tuple[str, str], list[pl.DataFrame]] = defaultdict(list)
        pulses = [dataset.pulse for dataset in DATASETS.values() if dataset.pulse]
        self._pulses = [(pulse, Due(pulse.every_s, start.timestamp() + pulse.every_s)) for pulse in pulses]
        self._bundle = Due(BUNDLE_EVERY_S, start.timestamp() + BUNDLE_EVERY_S)

    def run(self, stop: threading.Event) -> None:
        """Live until ``stop`` is set."""
        while not stop.wait(STEP_S):
            self.step(clock())
        self.finish(clock())

    def finish(self, now: dt.datetime) -> None:
        """Send what still waits, so that nothing is lost with the process."""
        self._send_bundles(now)

    def step(self, now: dt.datetime) -> None:
        """Everything that is due at ``now`` (UTC)."""
        for city, dataset, rows in self._stores.truth.due(now):
            self._happen(self._cities[city], dataset, rows, now)
        for pulse, due in self._pulses:
            if due.come(now.timestamp(), self._rng):
                self._beat(pulse, now)
        if self._bundle.come(now.timestamp(), self._rng):
            self._send_bundles(now)

    def _beat(self, pulse: Pulse, now: dt.datetime) -> None:
        city = self._rng.choice(list(pulse.share), p=list(pulse.share.values()))
        scenery = self._cities[str(city)]
        ahead: list[Event] = []
        for event in pulse.happen(Present(scenery, now, self._rng, self._stores.truth)):
            if event.due > now:
                ahead.append(event)
            else:
                self._happen(scenery, event.dataset, event.rows, now)
        self._stores.truth.expect(scenery.plan.slug, ahead)

    def _happen(self, scenery: Scenery, dataset: str, rows: pl.DataFrame, now: dt.datetime) -> None:
        channel = EXPORTS[scenery.plan.slug, dataset].channel
        if isinstance(channel, Csv) and channel.collected:
            self._waiting[scenery.plan.slug, dataset].append(rows)
        else:
            self._deliver(scenery, dataset, rows, now)

    def _send_bundles(self, now: dt.datetime) -> None:
        """No file holds two versions of one row: the last is sent."""
        for (city, dataset), parts in self._waiting.items():
            last = pl.concat(parts).unique(DATASETS[dataset].key, keep="last", maintain_order=True)
            self._deliver(self._cities[city], dataset, last, now)
        self._waiting.clear()

    def _deliver(self, scenery: Scenery, dataset: str, rows: pl.DataFrame, now: dt.datetime) -> None:
        """Truth first, then the upstream."""
        plan, export = scenery.plan, EXPORTS[scenery.plan.slug, dataset]
        plain = rows.select(pl.exclude("^_.*$"))
        new = self._stores.truth.revise(dataset, plan.code, plain)
        log = plain.with_columns(
            _sent=pl.lit(now.replace(tzinfo=None)),
            _kind=pl.lit("final"),
            _whim=pl.lit(int(self._rng.integers(0, 10_000))),
            _file=_file_name(export, now),
        )
        self._stores.send(plan.slug, export, dress(log, export, scenery.places.gazetteer), first=False)
        # A table holds one version of a row; feeds and files hold them all.
        sent, superseded = (new, 0) if isinstance(export.channel, Table) else (rows.height, rows.height - new)
        self._stores.truth.count(plan.slug, dataset, (sent, 0, 0, superseded))


def clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _file_name(export: Export, now: dt.datetime) -> pl.Expr:
    """A file of its own for each live delivery; empty for channels without files."""
    if isinstance(export.channel, Feed | Table):
        return pl.lit("")
    return export.files.live + now.strftime(f"_%Y-%m-%d_%H%M%S.{export.channel.ending}")
