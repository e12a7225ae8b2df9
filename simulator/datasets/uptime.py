"""Whether the shared services answer: data centre, smart room, command center, shared infrastructure."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from simulator.dataset import Dataset, Past, Present, Pulse, moment
from simulator.dirt import Habit
from simulator.scenery import Scenery
from simulator.seasons import Ints
from simulator.truth import Event

SERVICES = np.array(["Data center", "Smart room", "Command center", "Infrastruktur berbagi pakai"])
EVERY_S, DAYS = 1_800, 30


def _checks(scenery: Scenery, at: Ints, rng: np.random.Generator) -> pl.DataFrame:
    """One check of each service at each moment; seven in a thousand fail."""
    service, when = np.tile(SERVICES, len(at)), np.repeat(at, len(SERVICES))
    up = rng.random(len(when)) < 0.993
    latency = np.maximum(rng.lognormal(np.log(45), 0.5, len(when)), 1).astype(np.int64)
    frame = pl.DataFrame({"service": service, "checked_at": moment(when), "is_up": up, "latency_ms": latency})
    return frame.with_columns(latency_ms=pl.when("is_up").then("latency_ms"))


def _history(past: Past) -> pl.DataFrame:
    end = int(past.now.timestamp()) // EVERY_S * EVERY_S
    days = min(DAYS, past.scenery.plan.days)
    return _checks(past.scenery, np.arange(end - days * 86_400, end + 1, EVERY_S), past.chance("checks"))


def _round(present: Present) -> Iterable[Event]:
    yield Event("service_checks", present.now, _checks(present.scenery, present.second, present.rng))


DATASETS = (
    Dataset(
        "service_checks",
        ("service", "checked_at"),
        _history,
        Habit("service", {"service": pl.col("service") + " X"}, changed="checked_at"),
        pulse=Pulse(60.0, {"samarinda": 0.5, "banyumas": 0.5}, _round),
    ),
)
