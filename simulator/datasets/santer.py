"""Santer (Satu Aplikasi Terintegrasi): requests for a service of a ward, digitally or at the counter."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from simulator import people, seasons, surges
from simulator.dataset import Course, Dataset, Past, Present, Pulse, later, moment
from simulator.dirt import named
from simulator.scenery import Scenery
from simulator.seasons import Ints
from simulator.truth import Event

A_DAY, DAYS = 140, 180
SERVICES = np.array(
    [
        "Surat keterangan domisili",
        "Surat keterangan usaha",
        "Surat keterangan tidak mampu",
        "Surat pengantar nikah",
        "Surat keterangan ahli waris",
        "Surat pengantar KTP dan KK",
    ]
)
COURSE = Course(("opened_at", "done_at"))


def _requests(scenery: Scenery, ids: people.Words, at: Ints, rng: np.random.Generator) -> pl.DataFrame:
    """Some wards serve two in three digitally, others hardly a half; who comes to the counter waits less."""
    size, places = len(at), scenery.places
    village = places.draw(rng, size)
    habit = 0.45 + 0.25 * (village * 7 % 10) / 10
    digital = rng.random(size) < habit
    done = np.where(digital, later(at, 9_000, 1.1, rng), later(at, 2_400, 0.9, rng))
    return pl.DataFrame(
        {
            "request_id": ids,
            "service": rng.choice(SERVICES, size),
            "channel": np.where(digital, "digital", "counter"),
            "area_code": places.codes[village],
            "opened_at": moment(at),
            "done_at": moment(done, rng.random(size) < 0.97),
        }
    )


def _history(past: Past) -> pl.DataFrame:
    rng = past.chance("requests")
    at = past.moments(A_DAY, seasons.OFFICE, DAYS, rng)
    made = _requests(past.scenery, past.ids("S", len(at)), at, rng)
    return surges.added(past, "service_requests", made, "opened_at", pl.lit(True))


def _request(present: Present) -> Iterable[Event]:
    return COURSE.events("service_requests", _requests(present.scenery, present.ids("S"), present.second, present.rng))


DATASETS = (
    Dataset(
        "service_requests",
        ("request_id",),
        _history,
        named("request_id", COURSE.first()),
        known=COURSE.looked_at,
        coming=COURSE.coming("service_requests"),
        pulse=Pulse(9.0, {"samarinda": 1.0}, _request),
    ),
)
