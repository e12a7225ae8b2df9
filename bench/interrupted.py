"""How fair the intervals of the interrupted time series are: ``python -m bench.interrupted``.

Series without an event, with errors that carry over or have a heavy tail; planted effects; the simulator's two cities
week by week, and the campaigns that it planted. Told as a table and kept as JSON.
"""

import datetime as dt
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from bench.common.results import Goal, keep
from dashboard.analyses.marketplace import judged, rhythms
from dashboard.models.interrupted import AFTER, BEFORE, effect, forecast, rhythm
from simulator.campaigns import Campaign
from simulator.catalogue import DATASETS
from simulator.dataset import Past
from simulator.scenery import Options, sceneries

SERIES, SEED = 600, 20
LIFT = 3.0  # of some twenty a day
NOW = dt.datetime(2026, 11, 27, 4, tzinfo=dt.UTC)
FIRST = dt.date(2025, 1, 6)
PAYDAY = (25, 5)
Floats = npt.NDArray[np.float64]
Kind = tuple[str, float, bool]
KINDS: tuple[Kind, ...] = (
    ("independent", 0.0, False),
    ("carried over 0.3", 0.3, False),
    ("carried over 0.6", 0.6, False),
    ("heavy tail", 0.0, True),
)


def series(days: list[dt.date], carried: float, heavy: bool, rng: np.random.Generator) -> Floats:
    """A trend, week-ends, paydays, and errors."""
    errors = rng.lognormal(0, 0.8, len(days)) - np.exp(0.32) if heavy else rng.normal(0, 1, len(days))
    for day in range(1, len(days)):
        errors[day] += carried * errors[day - 1]
    weekend = np.array([day.weekday() >= 5 for day in days])
    paid = np.array([day.day >= PAYDAY[0] or day.day <= PAYDAY[1] for day in days])
    whole: Floats = 20 + 0.01 * np.arange(len(days)) + 2 * weekend + 2 * paid + errors
    return whole


def invented(kind: Kind, rng: np.random.Generator) -> dict[str, float]:
    """Of one kind of errors: what the intervals hold, and how often an effect is found or made up."""
    told: dict[str, list[bool]] = {name: [] for name in ("held_28", "held_56", "found", "within", "made_up")}
    for _ in range(SERIES):
        first = FIRST + dt.timedelta(days=int(rng.integers(0, 700)))
        days = [first + dt.timedelta(days=number) for number in range(BEFORE + AFTER)]
        values, explained = series(days, kind[1], kind[2], rng), rhythm(days)
        for ahead in (28, 56):
            said = forecast(values, explained[: BEFORE + ahead], BEFORE)
            assert said
            told[f"held_{ahead}"].append(said.low <= values[BEFORE : BEFORE + ahead].mean() <= said.high)
        lifted = values + LIFT * (np.arange(len(days)) >= BEFORE)
        found, none = effect(lifted, explained, BEFORE), effect(values, explained, BEFORE)
        assert found is not None
        assert none is not None
        told["found"].append(found.certain)
        told["within"].append(found.low <= LIFT <= found.high)
        told["made_up"].append(none.certain)
    return {name: float(np.mean(all_of)) for name, all_of in told.items()}


def cities() -> Iterator[tuple[str, dict[str, float]]]:
    """Samarinda's two years and Surabaya's half year: the record of sales, and the planted campaign by orders."""
    options = Options(2026, None, 1.0, NOW)
    for scenery in sceneries(options)[:2]:
        past = Past(scenery, options, DATASETS)
        lines = past["marketplace_orders"].with_columns(
            day=pl.col("ordered_at").dt.offset_by(f"{scenery.plan.utc_hours}h").dt.date()
        )
        yield scenery.plan.slug, record(lines, past.campaigns) | recovered(lines, past.campaigns[0])


def record(lines: pl.DataFrame, planted: list[Campaign]) -> dict[str, float]:
    """Every week: four weeks ahead, told from the days before alone."""
    sold = lines.filter(pl.col("status").is_in(["paid", "refunded"]))
    daily = sold.group_by("day").agg(pl.col("amount").sum()).sort("day")[:-1]
    days = daily["day"].to_list()
    told = list(judged(days, daily["amount"].to_numpy().astype(float), [days.index(one.day) for one in planted]))
    if not told:
        return {"looks": 0}
    errors = np.mean([abs(one.said - one.came) for one in told])
    naive = np.mean([abs((one.naive or 0.0) - one.came) for one in told])
    return {
        "looks": len(told),
        "held": float(np.mean([one.held for one in told])),
        "error_to_naive": float(errors / naive),
    }


def recovered(lines: pl.DataFrame, planted: Campaign) -> dict[str, float]:
    """What was planted and what was found, in per cent."""
    daily = lines.filter(pl.col("status") == "paid").group_by("day").agg(pl.col("order_id").n_unique()).sort("day")[:-1]
    days = daily["day"].to_list()
    found = effect(daily["order_id"].to_numpy().astype(float), rhythms(days), days.index(planted.day))
    assert found is not None
    percent, low, high = found.percent or (0.0, 0.0, 0.0)
    return {"planted": 100 * planted.share, "found": percent, "low": low, "high": high}


def main() -> None:
    """Measure, print, keep."""
    rng = np.random.default_rng(SEED)
    kinds = {kind[0]: invented(kind, rng) for kind in KINDS}
    real = dict(cities())
    goals = []
    for name, told in kinds.items():
        goals += [Goal(f"{name}: held (80 %), {n} days", 0.75, told[f"held_{n}"]) for n in (28, 56)]
        goals += [Goal(f"{name}: held (80 %), {n} days", 0.85, told[f"held_{n}"], at_most=True) for n in (28, 56)]
        goals.append(Goal(f"{name}: planted effect within the 95 % interval", 0.9, told["within"]))
        goals.append(Goal(f"{name}: effects made up", 0.1, told["made_up"], at_most=True))
    for city, told in real.items():
        if told["looks"]:
            goals.append(Goal(f"{city}: held (80 %), {told['looks']} looks", 0.75, told["held"]))
            goals.append(Goal(f"{city}: error beside naive", 1.0, told["error_to_naive"], at_most=True))
        goals.append(
            Goal(f"{city}: planted {told['planted']:.1f} % not below the interval", told["low"], told["planted"])
        )
        goals.append(Goal(f"{city}: planted not above it", told["high"], told["planted"], at_most=True))
    kept = {"series": kinds, "cities": real}
    figure = (
        f"interrupted: {sum(goal.met for goal in goals)} of {len(goals)} goals met; effects made up in at most "
        f"{100 * max(told['made_up'] for told in kinds.values()):.0f} % of quiet series"
    )
    keep("interrupted", figure, kept, goals)


if __name__ == "__main__":
    main()
