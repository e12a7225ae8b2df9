"""A simulated world for a measurement: made, and where it is wanted loaded into the warehouse."""

import datetime as dt
from pathlib import Path

from etl.__main__ import main as etl
from simulator.scenery import Options
from simulator.serve import Outside
from simulator.world import prepare

DAYS, SCALE, SEED = 60, 0.3, 7


def make(state: Path, days: int = DAYS, scale: float = SCALE) -> Options:
    """The outside world in a state folder, so many days long, with that share of the full volume."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    return prepare(state, Options(SEED, days, scale, now), lambda words: print(words, flush=True))


def loaded(state: Path, days: int = DAYS, scale: float = SCALE) -> None:
    """The same, and everything of it in the warehouse."""
    made = make(state, days, scale)
    with Outside(state, made):
        for command in ("migrate", "run"):
            if etl([command]):
                raise RuntimeError(f"python -m etl {command} did not succeed")
