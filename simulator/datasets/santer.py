"""Santer (Satu Aplikasi Terintegrasi): requests for a service of a ward, digitally or at the counter.

Everywhere a few more go digital as time passes; where a pilot site has begun, many more at once: effects known to the
truth, for models to find. Who comes digitally because of them is drawn apart from everything else.
"""

from collections.abc import Iterable

import numpy as np
import polars as pl

from simulator import people, seasons, surges
from simulator.dataset import Course, Dataset, Past, Present, Pulse, later, moment
from simulator.dirt import named
from simulator.scenery import Scenery
from simulator.seasons import Floats, Ints
from simulator.truth import Event

A_DAY, DAYS = 140, 180
DRIFT, LIFT = 6.0, 12.0  # points of per cent: over the whole history everywhere; at a pilot site from its first day on
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


def requests(
    scenery: Scenery,
    ids: people.Words,
    at: Ints,
    rng: np.random.Generator,
    sites: pl.DataFrame,
    apart: np.random.Generator,
) -> pl.DataFrame:
    """Some wards serve two in three digitally, others hardly a half; who comes to the counter waits less.

    ``sites``: of each pilot its area and the day when it began.
    """
    size, places = len(at), scenery.places
    village = places.draw(rng, size)
    habit = 0.45 + 0.25 * (village * 7 % 10) / 10
    more = _more(places.codes[village], at, sites, scenery.plan.utc_hours)
    digital = (rng.random(size) < habit) | (apart.random(size) < more / (1 - habit))
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


def _more(codes: people.Words, at: Ints, sites: pl.DataFrame, utc_hours: int) -> Floats:
    """By how much more of those who come at each moment are digital, 0–1."""
    first = dict(zip(sites["area_code"], sites["live_on"].cast(pl.Int64), strict=True))
    days = (at + utc_hours * 3600) // seasons.DAY
    begun = np.array([first.get(code, np.iinfo(np.int64).max) for code in codes])
    passed = (at - at.min()) / max(int(np.ptp(at)), 1) if len(at) > 1 else np.ones(1)
    return (DRIFT * passed + LIFT * (days >= begun)) / 100


def _begun(sites: pl.DataFrame) -> pl.DataFrame:
    return sites.filter(pl.col("live_on").is_not_null()).select("area_code", "live_on").unique()


def _history(past: Past) -> pl.DataFrame:
    rng = past.chance("requests")
    at = past.moments(A_DAY, seasons.OFFICE, DAYS, rng)
    sites = _begun(past["site_budgets"])
    made = requests(past.scenery, past.ids("S", len(at)), at, rng, sites, past.chance("digital"))
    return surges.added(past, "service_requests", made, "opened_at", pl.lit(True))


def _request(present: Present) -> Iterable[Event]:
    code = present.scenery.plan.code
    sites = _begun(present.truth.latest("site_budgets", code, "reported_on", "area_code"))
    (apart,) = present.rng.spawn(1)  # does not move the stream that everything else is drawn from
    rows = requests(present.scenery, present.ids("S"), present.second, present.rng, sites, apart)
    return COURSE.events("service_requests", rows)


DATASETS = (
    Dataset(
        "service_requests",
        ("request_id",),
        _history,
        named("request_id", COURSE.first()),
        known=COURSE.looked_at,
        coming=COURSE.coming("service_requests"),
        pulse=Pulse(9.0, {"samarinda": 1.0}, _request),
        effects={"drift": DRIFT, "lift": LIFT},
    ),
)
