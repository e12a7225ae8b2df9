"""Social aid: PKH, Sembako, BST, JPSBMS."""

from collections.abc import Iterable

import polars as pl

from simulator import bansos, planted
from simulator.dataset import Dataset, Past, Present, Pulse
from simulator.dirt import Habit, numbered
from simulator.truth import Event

COURSE = ("decile", "proposed_on", "verified_on")


def _history(past: Past) -> pl.DataFrame:
    grants = bansos.grant_history(past.scenery.plan, past.scenery.places, past.now, past.chance("bansos"))
    known = bansos.with_course(bansos.with_deciles(grants, past.chance("deciles")), past.chance("courses"))
    if not past.scenery.plan.tells_course:
        known = known.with_columns(pl.lit(None).cast(known.schema[name]).alias(name) for name in COURSE)
    return planted.aided_servants(known, past["civil_servants"])


def _payments(present: Present) -> Iterable[Event]:
    """A list of corrections: some who were verified have been paid."""
    plan = present.scenery.plan
    size = int(present.rng.integers(4, 15))
    waiting = present.truth.some("bansos_grants", plan.code, {"status": "verified"}, size)
    if waiting.height:
        one_list = waiting.filter(programme=waiting["programme"][0], period=waiting["period"][0])
        yield Event("bansos_grants", present.now, bansos.paid(one_list, plan, present.now))


DATASETS = (
    Dataset(
        "bansos_grants",
        ("programme", "period", "stage", "nik"),
        _history,
        Habit(
            "nik",
            {"nik": numbered("nik", 12, 9000, 1000)},
            {"status": pl.lit("verified"), "paid_on": pl.lit(None, pl.Date)},
        ),
        pulse=Pulse(150.0, {"samarinda": 0.4, "surabaya": 0.3, "banyumas": 0.3}, _payments),
    ),
)
