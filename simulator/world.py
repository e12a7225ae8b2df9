"""The simulated world, made once: the truth of every city, and what each upstream has of it."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl

from runner.postgres import Cluster
from simulator import campaigns, incidents, letters, surges
from simulator.catalogue import DATASETS
from simulator.database import Database
from simulator.dataset import Past
from simulator.dirt import deliver
from simulator.exports import EXPORTS
from simulator.exports.shape import Export, Feed, Table, dress
from simulator.feeds import Feeds
from simulator.folders import drop
from simulator.scenery import Options, Scenery, rng_for, sceneries
from simulator.truth import Truth

Report = Callable[[str], None]


def histories(scenery: Scenery, options: Options) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each dataset of one city as it truly is now; some come with their whole course."""
    return whole(Past(scenery, options, DATASETS))


def whole(past: Past) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each dataset that somebody in the city sends."""
    for name in DATASETS:
        if (past.scenery.plan.slug, name) in EXPORTS:
            yield name, past[name]


class Stores:
    """Where the world is kept: the truth, and behind the upstreams feeds, a database and folders."""

    def __init__(self, state: Path, durable: bool = True) -> None:
        self.home = state / "simulator"
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o711)  # PostgreSQL may run as another user below it
        self.truth = Truth(self.home / "truth.sqlite", {name: one.key for name, one in DATASETS.items()}, durable)
        self.feeds = Feeds(self.home / "feeds.sqlite", durable)
        self.database = Database(Cluster(self.home / "postgres"))

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
    past = Past(scenery, options, DATASETS)
    stores.truth.plant(plan.slug, past.planted.cases)
    sent_of = (one for one in surges.planned(scenery, options.now) if (plan.slug, one.dataset) in EXPORTS)
    stores.truth.surge(plan.slug, [one.told() for one in sent_of])
    for name, history in whole(past):
        if name == "bansos_grants":
            codes = letters.printed(history, rng_for(options, plan.slug, "letters"))
            letters.send(stores.home / "files" / plan.slug, codes, options.now)
        if name == "emergency_calls":
            stores.truth.plant(plan.slug, incidents.cases(history))
        dataset, chance = DATASETS[name], rng_for(options, plan.slug, name, "dirt")
        stores.truth.affect(plan.slug, name, dataset.effects)
        known = dataset.known(history, options.now, chance)
        stores.truth.expect(plan.slug, dataset.coming(history, options.now))
        rows = _prepare_dataset(stores, scenery, name, known, options.now, chance)
        report(f"SIMULASI: {plan.slug} {name}: {rows} baris | rows")
    stores.truth.plant(plan.slug, campaigns.cases(past.campaigns))


def sent(
    export: Export, dataset: str, known: pl.DataFrame, now: dt.datetime, chance: np.random.Generator
) -> pl.DataFrame:
    """Everything that is sent of one dataset, in order, dirt and all."""
    if "_earlier_at" not in known.columns:
        known = known.with_columns(_earlier_at=pl.lit(None, pl.Datetime("us")))
    log = deliver(known, DATASETS[dataset].habit, export.files.history, now, chance)
    return log.with_columns(_sent=pl.lit(now.replace(tzinfo=None))) if export.files.today else log


def _prepare_dataset(
    stores: Stores, scenery: Scenery, dataset: str, known: pl.DataFrame, now: dt.datetime, chance: np.random.Generator
) -> int:
    """Write the truth of one dataset and send it, dirt and all; returns the rows sent."""
    plan, export = scenery.plan, EXPORTS[scenery.plan.slug, dataset]
    log = sent(export, dataset, known, now, chance)
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
