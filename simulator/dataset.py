"""A dataset of the simulated world, declared once: its past, how it goes wrong on the way, and what happens live."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl

from simulator import people, seasons
from simulator.campaigns import Campaign
from simulator.dirt import Habit
from simulator.fraud import Planted, planted
from simulator.scenery import Options, Scenery, rng_for
from simulator.seasons import Floats, Ints
from simulator.truth import Event, Truth

FEWEST = 60  # rows that a history has about, however small the world


@dataclass
class Past:
    """Where the history of one city is made; ``past[name]`` is another dataset's, made once."""

    scenery: Scenery
    options: Options
    datasets: Mapping[str, "Dataset"]
    campaigns: list[Campaign] = field(default_factory=list)  # those planted by the histories that were made
    _made: dict[str, pl.DataFrame] = field(default_factory=dict)

    def __getitem__(self, name: str) -> pl.DataFrame:
        if name not in self._made:
            self._made[name] = self.datasets[name].history(self)
        return self._made[name]

    @property
    def now(self) -> dt.datetime:
        return self.options.now

    @cached_property
    def planted(self) -> Planted:
        """Purchases for the cross-checks to find, and who and what belongs to them."""
        return planted(self.scenery.plan, self.scenery.market, self.now, self.chance("fraud"))

    def chance(self, name: str) -> np.random.Generator:
        """A stream of chance of its own."""
        return rng_for(self.options, self.scenery.plan.slug, name)

    def moments(self, per_day: float, hours: Floats, days: int, rng: np.random.Generator) -> Ints:
        """Moments of the last days (UTC seconds), about so many a day at full volume."""
        plan = self.scenery.plan
        lived = seasons.days_until(self.now, plan.utc_hours, min(days, plan.days))
        mean = max(per_day * plan.scale, FEWEST / len(lived))
        at = seasons.moments(rng, lived, rng.poisson(mean, len(lived)), hours) - plan.utc_hours * 3600
        return at[at <= int(self.now.timestamp())]

    def ids(self, kind: str, size: int) -> people.Words:
        """Running numbers such as ``SMR-T000001``."""
        return np.char.add(f"{self.scenery.plan.prefix}-{kind}", people.digits(np.arange(1, size + 1), 6))


@dataclass(frozen=True)
class Present:
    """A moment in the life of one city."""

    scenery: Scenery
    now: dt.datetime  # UTC, aware
    rng: np.random.Generator
    truth: Truth

    @property
    def naive(self) -> dt.datetime:
        """The moment as frames hold it."""
        return self.now.replace(tzinfo=None, microsecond=0)

    @property
    def second(self) -> Ints:
        """The moment (UTC seconds), for what draws many."""
        return np.array([int(self.now.timestamp())])

    def ids(self, kind: str) -> people.Words:
        """A number that no row of the history has."""
        return np.array([f"{self.scenery.plan.prefix}-{kind}L{int(self.now.timestamp() * 1000)}"])


@dataclass(frozen=True)
class Pulse:
    """Something that happens again and again, in one of the cities at a time."""

    every_s: float
    share: Mapping[str, float]  # city → how often it is the one
    happen: Callable[[Present], Iterable[Event]]


@dataclass(frozen=True)
class Dataset:
    """Everything that the mechanism needs to know; what upstreams make of it is in ``exports``.

    ``history``: rows with contract names and the time of change, whole courses included;
    ``known``: what is known of them now; ``coming``: what of them is still to happen.
    """

    name: str
    key: tuple[str, ...]
    history: Callable[[Past], pl.DataFrame]
    habit: Habit
    known: Callable[[pl.DataFrame, dt.datetime, np.random.Generator], pl.DataFrame] = lambda whole, now, rng: whole
    coming: Callable[[pl.DataFrame, dt.datetime], Iterable[Event]] = lambda whole, now: ()
    pulse: Pulse | None = None
    effects: Mapping[str, float] = field(default_factory=dict)  # known to the truth, for models to find


@dataclass(frozen=True)
class Course:
    """Rows that pass through stages, one moment each; the first is their beginning.

    ``follows``: columns that follow from the stages which are known.
    """

    stages: tuple[str, ...]
    follows: Mapping[str, pl.Expr] = field(default_factory=dict)

    def known(self, whole: pl.DataFrame, now: dt.datetime) -> pl.DataFrame:
        """The rows that have begun, without what lies ahead."""
        moment = pl.lit(now.replace(tzinfo=None))
        begun = whole.filter(pl.col(self.stages[0]) <= moment)
        past = begun.with_columns(pl.when(pl.col(name) <= moment).then(name).alias(name) for name in self.stages)
        return past.with_columns(updated_at=pl.max_horizontal(self.stages), **self.follows)

    def looked_at(self, whole: pl.DataFrame, now: dt.datetime, rng: np.random.Generator) -> pl.DataFrame:
        """What is known, with every fiftieth row that went on having been sent before at its beginning."""
        known = self.known(whole, now)
        seen = pl.Series(rng.random(known.height) < 0.02) & (pl.col("updated_at") > pl.col(self.stages[0]))
        return known.with_columns(_earlier_at=pl.when(seen).then(self.stages[0]))

    def first(self, **follows: str) -> dict[str, pl.Expr]:
        """How a row looked at its beginning (see ``Habit.earlier``)."""
        later = {name: pl.lit(None, pl.Datetime("us")) for name in self.stages[1:]}
        return later | {name: pl.lit(value) for name, value in follows.items()}

    def events(self, dataset: str, whole: pl.DataFrame) -> list[Event]:
        """One event a stage of one row."""
        (row,) = whole.select(self.stages).rows()
        moments = sorted({moment for moment in row if moment is not None})
        return [Event(dataset, moment.replace(tzinfo=dt.UTC), self.known(whole, moment)) for moment in moments]

    def coming(self, dataset: str) -> Callable[[pl.DataFrame, dt.datetime], Iterable[Event]]:
        """What will still happen to the rows that have begun."""
        return lambda whole, now: [
            event
            for row in self._unfinished(whole, now).iter_slices(1)
            for event in self.events(dataset, row)
            if event.due > now
        ]

    def _unfinished(self, whole: pl.DataFrame, now: dt.datetime) -> pl.DataFrame:
        return whole.filter(pl.max_horizontal(self.stages) > now.replace(tzinfo=None))


def corrected(rows: pl.DataFrame, now: dt.datetime, rng: np.random.Generator) -> pl.DataFrame:
    """One row in a hundred was put right a day later."""
    later = pl.col("updated_at").dt.offset_by("1d")
    wrong = pl.Series(rng.random(rows.height) < 0.01) & (later < now.replace(tzinfo=None))
    return rows.with_columns(
        updated_at=pl.when(wrong).then(later).otherwise("updated_at"), _earlier_at=pl.when(wrong).then("updated_at")
    )


def later(at: Ints, median_s: float, spread: float, rng: np.random.Generator) -> Ints:
    """Moments some time after others, mostly near the median, a few much later."""
    return at + np.maximum(rng.lognormal(np.log(median_s), spread, len(at)), 1).astype(np.int64)


def moment(seconds: Ints, there: np.ndarray | None = None) -> pl.Series:
    """UTC seconds as moments; nothing where it never comes."""
    stamps = seasons.stamps(seconds)
    if there is not None:
        stamps[~there] = np.datetime64("NaT")
    return pl.Series(stamps, nan_to_null=True)
