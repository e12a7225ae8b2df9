"""What does not change in a city: needed for its history and for what happens live."""

import datetime as dt
import tomllib
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulator import calls, market
from simulator.places import Places, load_places
from simulator.plans import PLANS, Plan
from simulator.seasons import Floats

CITIES = Path(__file__).resolve().parent.parent / "cities"


@dataclass(frozen=True)
class Options:
    """What a world depends on: the same options and clock make the same world."""

    seed: int
    days: int | None
    scale: float
    now: dt.datetime  # UTC, aware, whole seconds


@dataclass(frozen=True)
class Scenery:
    """One city: how much happens, where, who trades, and the published names of its apps."""

    plan: Plan
    places: Places
    spots: Floats
    market: market.Market
    apps: tuple[str, ...]


def rng_for(options: Options, *names: str) -> np.random.Generator:
    """A stream of chance of its own for each thing, so that one change does not shake the others."""
    return np.random.default_rng([options.seed, *(zlib.crc32(name.encode()) for name in names)])


def sceneries(options: Options) -> list[Scenery]:
    return [_scenery(plan.shrunk(options.days, options.scale), options) for plan in PLANS]


def _scenery(plan: Plan, options: Options) -> Scenery:
    places = load_places(CITIES, plan.slug, rng_for(options, plan.slug, "places"))
    spots = calls.hot_spots(places, rng_for(options, plan.slug, "spots"))
    traders = market.open_market(plan, places, options.now, rng_for(options, plan.slug, "market"))
    declared = tomllib.loads((CITIES / plan.slug / "city.toml").read_text(encoding="utf-8"))
    return Scenery(plan, places, spots, traders, tuple(declared["apps"]))
