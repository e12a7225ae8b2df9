"""The marketplace of one city, whole: its civil servants, shops and orders as files, loaded by the real pipeline.

What the simulator knows to be true stays here (``Books``); what it sends, dirt and all, is read from files by the
sources of the city, whose readers alone are others than in the city's folder.
"""

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from etl.cities import City, load_city
from etl.warehouse import _engine
from simulator.catalogue import DATASETS
from simulator.dataset import Past
from simulator.dirt import deliver
from simulator.exports import EXPORTS
from simulator.exports.shape import dress
from simulator.plans import PLANS, Plan
from simulator.scenery import Options, _scenery, rng_for
from tests.world import ROOT, run

NEEDED = ("agencies", "merchants", "civil_servants", "asn_exemptions", "marketplace_orders")
READER = """[reader]
kind = "csv"
path = "${{MARKET}}/{dataset}"
pattern = "*.csv"
"""


@dataclass
class Books:
    """The true rows of a market by dataset, with moments as the city's clocks show them."""

    frames: dict[str, pl.DataFrame]
    zone: str

    def table(self, dataset: str) -> pd.DataFrame:
        rows = self.frames[dataset]
        local = [
            pl.col(name).dt.replace_time_zone("UTC").dt.convert_time_zone(self.zone).dt.replace_time_zone(None)
            for name, kind in rows.schema.items()
            if kind == pl.Datetime
        ]
        return rows.with_columns(local).to_pandas()

    @cached_property
    def orders(self) -> pd.DataFrame:
        return self.table("marketplace_orders")


@dataclass(frozen=True)
class Market:
    """A loaded market: its city folder, what is true, and the moment (UTC) that it was made at."""

    city: City
    books: Books
    now: dt.datetime


@contextmanager
def market(folder: Path, slug: str, seed: int, url: str, **plan: object) -> Iterator[Market]:
    """A market of its own in an empty database; ``plan`` replaces volumes of the city's plan.

    The environment points there until the end.
    """
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    made = replace(next(one for one in PLANS if one.slug == slug), **plan)  # type: ignore[arg-type]  # names of a Plan
    books = _written(folder, made, Options(seed, None, 1.0, now))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _settings(folder, url).items():
            patch.setenv(name, value)
        run("etl", "migrate")
        run("etl", "run")
        run("etl", "findings")  # what the worker does by itself after loading
        yield Market(load_city(slug), books, now)
        _engine.cache_clear()


def _settings(folder: Path, url: str) -> dict[str, str]:
    """Where everything lies; all of it comes from the simulator."""
    places = {"PANTAU_CITIES": str(folder / "cities"), "MARKET": str(folder / "files")}
    return places | {"DATABASE_URL": url, "PANTAU_SIMULATED": "1"}


def _written(folder: Path, plan: Plan, options: Options) -> Books:
    """The city's folder and its files; what is true of them."""
    home = folder / "cities" / plan.slug
    shutil.copytree(ROOT / "cities" / plan.slug, home, ignore=shutil.ignore_patterns("sources", "scenes"))
    (home / "sources").mkdir()
    shutil.copy(ROOT / "cities" / plan.slug / "sources" / "areas.toml", home / "sources")
    scenery = _scenery(plan, options)
    past, true = Past(scenery, options, DATASETS), {}
    for name in NEEDED:
        chance = rng_for(options, plan.slug, name, "dirt")
        known = DATASETS[name].known(past[name], options.now, chance)
        log = _log(known, name, plan.slug, options.now, chance)
        true[name] = log.filter(pl.col("_kind") == "final").select(pl.exclude("^_.*$"))
        target = folder / "files" / name
        target.mkdir(parents=True)
        sent = dress(log, EXPORTS[plan.slug, name], scenery.places.gazetteer)
        sent.select(pl.exclude("^_.*$")).write_csv(target / "semua.csv")
        _source(home / "sources", plan.slug, name)
    return Books(true, load_city(plan.slug).zone)


def _log(known: pl.DataFrame, name: str, slug: str, now: dt.datetime, chance: object) -> pl.DataFrame:
    if "_earlier_at" not in known.columns:
        known = known.with_columns(_earlier_at=pl.lit(None, pl.Datetime("us")))
    return deliver(known, DATASETS[name].habit, pl.lit("semua.csv"), now, chance)  # type: ignore[arg-type]  # a Generator


def _source(folder: Path, slug: str, dataset: str) -> None:
    """The city's own source of a dataset, which reads a file instead."""
    mine = re.compile(rf'^dataset = "{dataset}"$', re.MULTILINE)
    written = (path for path in (ROOT / "cities" / slug / "sources").glob("*.toml"))
    path = next(path for path in written if mine.search(path.read_text(encoding="utf-8")))
    others = re.sub(r"(?ms)^\[reader[.\w]*\].*?(?=^\[(?!reader)|\Z)", "", path.read_text(encoding="utf-8"))
    (folder / path.name).write_text(others + "\n" + READER.format(dataset=dataset), encoding="utf-8")
