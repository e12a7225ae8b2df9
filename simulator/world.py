"""The simulated world, made once: the truth of every city, and what each upstream has of it."""

import datetime as dt
import json
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from runner.postgres import Cluster
from simulator import bansos, calls, covid, market, planted
from simulator.database import Emergency
from simulator.dirt import HABITS, deliver
from simulator.exports import EXPORTS
from simulator.exports.shape import Csv, Export, Feed, Table, dress
from simulator.feeds import Feeds
from simulator.folders import drop
from simulator.places import Places, load_places
from simulator.plans import PLANS, Plan
from simulator.seasons import Floats
from simulator.truth import Truth, packed

CITIES = Path(__file__).resolve().parent.parent / "cities"
REFERENCES = ("agencies", "merchants", "civil_servants", "deaths")
Report = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """What a world depends on: the same options and clock make the same world."""

    seed: int
    days: int | None
    scale: float
    now: dt.datetime  # UTC, aware, whole seconds


@dataclass(frozen=True)
class Scenery:
    """What does not change in a city: needed for its history and for what happens live."""

    plan: Plan
    places: Places
    spots: Floats
    market: market.Market


def rng_for(options: Options, *names: str) -> np.random.Generator:
    """A stream of chance of its own for each thing, so that one change does not shake the others."""
    return np.random.default_rng([options.seed, *(zlib.crc32(name.encode()) for name in names)])


def sceneries(options: Options) -> list[Scenery]:
    return [_scenery(plan.shrunk(options.days, options.scale), options) for plan in PLANS]


def _scenery(plan: Plan, options: Options) -> Scenery:
    places = load_places(CITIES, plan.slug, rng_for(options, plan.slug, "places"))
    spots = calls.hot_spots(places, rng_for(options, plan.slug, "spots"))
    return Scenery(
        plan, places, spots, market.open_market(plan, places, options.now, rng_for(options, plan.slug, "market"))
    )


def histories(scenery: Scenery, options: Options) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each dataset of one city as it truly is now. Calls come with their whole course."""
    plan, places, now = scenery.plan, scenery.places, options.now

    def chance(name: str) -> np.random.Generator:
        return rng_for(options, plan.slug, name)

    servants, grants = scenery.market.servants, bansos.grant_history(plan, places, now, chance("bansos"))
    grants = planted.aided_servants(grants, servants)
    cases = covid.case_history(plan, places, now, chance("covid"))
    yield "agencies", scenery.market.agencies
    yield "merchants", scenery.market.merchants
    yield "civil_servants", servants
    yield "marketplace_orders", planted.wrong_totals(market.order_history(plan, scenery.market, now, chance("orders")))
    yield (
        "emergency_calls",
        planted.impossible_times(calls.call_history(plan, places, scenery.spots, now, chance("calls")), now),
    )
    yield "covid_cases", cases
    yield "covid_daily", covid.daily_totals(plan, places, cases, now, chance("tests"))
    yield "bansos_grants", grants
    yield "deaths", planted.deaths(plan, grants, servants, now)


class Stores:
    """Where the world is kept: the truth, and behind the upstreams feeds, a database and folders."""

    def __init__(self, state: Path, durable: bool = True) -> None:
        self.home = state / "simulator"
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o711)  # PostgreSQL may run as another user below it
        self.truth = Truth(self.home / "truth.sqlite", durable)
        self.feeds = Feeds(self.home / "feeds.sqlite", durable)
        self.database = Emergency(Cluster(self.home / "postgres"))

    def close(self) -> None:
        self.truth.close()
        self.feeds.close()
        self.database.close()

    def folder(self, city: str, name: str) -> Path:
        return self.home / "files" / city / name

    def send(self, city: str, export: Export, dressed: pl.DataFrame, first: bool) -> int:
        """Hand rows to their upstream; returns how many header rows were repeated among them."""
        channel = export.channel
        if isinstance(channel, Feed):
            self.feeds.append(f"{city}/{channel.name}", dressed)
        elif isinstance(channel, Table) and first:
            self.database.fill(channel, dressed)
        elif isinstance(channel, Table):
            self.database.put(channel, dressed)
        else:
            return drop(self.folder(city, channel.folder), channel, dressed)
        return 0


def prepare(state: Path, options: Options, report: Report) -> Options:
    """Make the world unless it is there; returns the options that it was made with."""
    made = state / "simulator" / "made.json"
    if made.exists():
        return _made(made)
    _clear(state / "simulator")
    stores = Stores(state, durable=False)  # an interrupted preparation begins anew
    try:
        for scenery in sceneries(options):
            _prepare_city(stores, scenery, options, report)
        report("SIMULASI: indeks | index")
        stores.truth.index()
    finally:
        stores.close()
    known = {"seed": options.seed, "days": options.days, "scale": options.scale, "now": options.now.isoformat()}
    made.write_text(json.dumps(known))
    return options


def _made(path: Path) -> Options:
    said = json.loads(path.read_text())
    return Options(said["seed"], said["days"], said["scale"], dt.datetime.fromisoformat(said["now"]))


def _clear(home: Path) -> None:
    """Take away what an interrupted preparation left behind."""
    for store in (*home.glob("*.sqlite*"), *home.glob("files/*/*/*")):
        store.unlink()


def _prepare_city(stores: Stores, scenery: Scenery, options: Options, report: Report) -> None:
    plan = scenery.plan
    for dataset, whole in histories(scenery, options):
        chance = rng_for(options, plan.slug, dataset, "dirt")
        known = calls.settled(whole, options.now, chance) if dataset == "emergency_calls" else whole
        if dataset == "emergency_calls":
            foresee(stores.truth, plan.slug, calls.unfinished(whole, options.now), options.now)
        rows = _prepare_dataset(stores, scenery, dataset, known, options.now, chance)
        report(f"SIMULASI: {plan.slug} {dataset}: {rows} baris | rows")


def _prepare_dataset(
    stores: Stores, scenery: Scenery, dataset: str, known: pl.DataFrame, now: dt.datetime, chance: np.random.Generator
) -> int:
    """Write the truth of one dataset and send it, dirt and all; returns the rows sent."""
    plan, export = scenery.plan, EXPORTS[scenery.plan.slug, dataset]
    if "_earlier_at" not in known.columns:
        known = known.with_columns(_earlier_at=pl.lit(None, pl.Datetime("us")))
    log = deliver(known, HABITS[dataset], export.file, now, chance)
    if dataset in REFERENCES and isinstance(export.channel, Csv):
        log = log.with_columns(_sent=pl.lit(now.replace(tzinfo=None)))  # a whole export, made today
    # The truth and the upstream are different stores: written side by side, the wait is that of the slower one.
    with ThreadPoolExecutor(1) as beside:
        true = log.filter(pl.col("_kind").is_in(["final", "refused"]))
        writing = beside.submit(stores.truth.write, dataset, plan.code, true)
        headers = stores.send(plan.slug, export, dress(log, export, scenery.places.gazetteer), first=True)
        writing.result()
    kinds = dict(log["_kind"].value_counts().rows())
    refused, twice, earlier, stale = (kinds.get(kind, 0) for kind in ("refused", "duplicate", "earlier", "stale"))
    stores.truth.count(plan.slug, dataset, (log.height + headers, refused + headers, twice, earlier + stale))
    return log.height + headers


def foresee(truth: Truth, city: str, whole: pl.DataFrame, after: dt.datetime) -> None:
    """Put down what will still happen to calls: one entry per moment at which something is known anew."""
    entries = []
    for number in range(whole.height):
        call = whole[number]
        entries += [
            {
                "due": moment.isoformat(),
                "city": city,
                "dataset": "emergency_calls",
                "rows": packed(calls.as_known(call, moment)),
            }
            for moment in calls.steps(call)
            if moment > after.replace(tzinfo=None)
        ]
    if entries:
        with truth.engine.begin() as connection:
            connection.execute(truth.agenda.insert(), entries)
