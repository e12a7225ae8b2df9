"""The emergency lines: 112 and PSC 119."""

import datetime as dt
from collections.abc import Iterable

import polars as pl

from simulator import calls, incidents, planted, surges
from simulator.dataset import Dataset, Past, Present, Pulse
from simulator.dirt import named
from simulator.truth import Event


def _history(past: Past) -> pl.DataFrame:
    scenery = past.scenery
    whole = calls.call_history(scenery.plan, scenery.places, scenery.spots, past.now, past.chance("calls"))
    told = incidents.planted(whole, scenery.places, past.now, past.chance("incidents"))
    alone = pl.col(incidents.PLANTED).is_null()  # what is planted together stays together
    emergency = (pl.col("outcome") == "emergency") & ~pl.col("is_drill") & alone
    surged = surges.added(past, "emergency_calls", told, "called_at", emergency)
    return planted.impossible_times(surged, past.now)


def _events(call: pl.DataFrame) -> Iterable[Event]:
    """One event for each moment at which something is known anew."""
    for moment in calls.steps(call):
        yield Event("emergency_calls", moment.replace(tzinfo=dt.UTC), calls.as_known(call, moment))


def _coming(whole: pl.DataFrame, now: dt.datetime) -> Iterable[Event]:
    waiting = calls.unfinished(whole, now)
    every = (event for number in range(waiting.height) for event in _events(waiting[number]))
    return (event for event in every if event.due > now)


def _call(present: Present) -> Iterable[Event]:
    scenery = present.scenery
    local = present.second + scenery.plan.utc_hours * 3600
    whole = calls.draw_calls(scenery.plan, scenery.places, scenery.spots, present.ids(""), local, present.rng)
    return _events(whole.with_columns(phone=pl.Series(incidents.phone_of(whole["call_id"].to_numpy()))))


DATASETS = (
    Dataset(
        "emergency_calls",
        ("call_id",),
        _history,
        named("call_id", {"closed_at": pl.lit(None, pl.Datetime("us"))}),
        known=calls.settled,
        coming=_coming,
        pulse=Pulse(4.5, {"samarinda": 0.4, "surabaya": 0.4, "banyumas": 0.2}, _call),
    ),
)
