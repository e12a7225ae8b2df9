"""What the simulator plants in the requests of Samarinda is found again, and nothing where it plants nothing."""

import datetime as dt
from functools import cache

import numpy as np
import polars as pl

from dashboard.models.differences import NEVER, Counts, chance, course, effect
from simulator import seasons
from simulator.catalogue import DATASETS
from simulator.dataset import Past
from simulator.datasets import santer
from simulator.scenery import Options, sceneries

OPTIONS = Options(seed=3, days=None, scale=1.0, now=dt.datetime(2026, 11, 22, 5, tzinfo=dt.UTC))
DRAWS = 30


@cache
def past() -> Past:
    return Past(sceneries(OPTIONS)[0], OPTIONS, DATASETS)


@cache
def sites() -> pl.DataFrame:
    told = past()["site_budgets"].select("area_code", "live_on").unique()
    return told.filter(pl.col("area_code").str.len_chars() == 13)


def draw(seed: int, beginnings: pl.DataFrame) -> pl.DataFrame:
    """Requests of half a year, some of them digital because of the programme."""
    rng = np.random.default_rng(seed)
    at = past().moments(santer.A_DAY, seasons.OFFICE, santer.DAYS, rng)
    told = np.random.default_rng([seed, 1])
    return santer.requests(past().scenery, past().ids("S", len(at)), at, rng, beginnings, told)


def counted(rows: pl.DataFrame, begun: dict[str, dt.date]) -> Counts:
    codes, today = past().scenery.places.codes, dt.date(2026, 11, 22)
    first = today - dt.timedelta(days=santer.DAYS - 1)
    day = (rows["opened_at"].dt.offset_by("8h").dt.date() - first).dt.total_days().to_numpy()
    place = np.searchsorted(codes, rows["area_code"].to_numpy())
    digital = rows["channel"].to_numpy() == "digital"
    part, whole = (np.zeros((len(codes), santer.DAYS), dtype=np.int64) for _ in range(2))
    np.add.at(whole, (place, day), 1)
    np.add.at(part, (place, day), digital)
    days = [(begun[code] - first).days if code in begun else NEVER for code in codes]
    return Counts(part, whole, np.array(days))


def test_ten_pilots_begin_in_the_middle_of_the_history():
    assert sites().height == 10
    last = dt.date(2026, 11, 22)
    assert all(60 <= (last - day).days <= 90 for day in sites()["live_on"])


def test_the_planted_effect_is_held_in_four_of_five_draws():
    begun = dict(sites().rows())
    found = [effect(counted(draw(seed, sites()), begun)) for seed in range(DRAWS)]
    errors = np.array([told.mean - santer.LIFT for told in found if told])
    held = [told.low <= santer.LIFT <= told.high for told in found if told]
    assert len(held) == DRAWS
    assert 0.6 <= np.mean(held) <= 0.97  # of thirty draws: bench/services.py draws a thousand
    assert abs(errors.mean()) < 0.6
    assert np.mean([told.plain - santer.LIFT for told in found if told]) > 1.5  # the drift, taken for the effect


def test_a_placebo_finds_nothing():
    """The same days, but of other wards, in a city where nothing was planted."""
    nobody = sites().clear()
    others = [code for code in past().scenery.places.codes if code not in set(sites()["area_code"])]
    found, chances = [], []
    for seed in range(DRAWS):
        chosen = np.random.default_rng(seed).choice(others, sites().height, replace=False)
        counts = counted(draw(seed, nobody), dict(zip(chosen, sites()["live_on"], strict=True)))
        told, by_chance = effect(counts), chance(counts)
        assert told is not None and by_chance is not None
        found.append(told.low <= 0 <= told.high)
        chances.append(by_chance)
    assert np.mean(found) >= 0.6
    assert np.mean(np.array(chances) <= 0.05) <= 0.2


def test_until_then_they_went_side_by_side():
    told = course(counted(draw(1, sites()), dict(sites().rows())))
    assert told is not None and told.days == 28 and told.chance is not None and told.chance > 0.05
    assert all(step.low > 4 for step in told.steps if step.number >= 0)


def test_planting_an_effect_disturbs_nothing_else():
    plain, lifted = draw(5, sites().clear()), draw(5, sites())
    same = [name for name in plain.columns if name not in ("channel", "done_at")]
    assert plain.select(same).equals(lifted.select(same))
    kept = plain["channel"] == lifted["channel"]
    assert plain.filter(kept)["done_at"].equals(lifted.filter(kept)["done_at"])
    assert set(lifted.filter(~kept)["channel"]) == {"digital"}
    assert set(lifted.filter(~kept)["area_code"]) == set(sites()["area_code"])
