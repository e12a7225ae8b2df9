"""COVID-19 in a city: a line list in waves, and the daily totals that follow from it."""

import datetime as dt

import numpy as np
import polars as pl

from simulator import people, seasons
from simulator.places import Places
from simulator.plans import Plan
from simulator.seasons import Floats

# Waves: where in the history each peaks, how wide it is (share of the history, at most 25 days), how high.
WAVES = ((0.2, 1.0), (0.55, 1.7), (0.965, 0.9))
STATUSES = np.array(["konfirmasi", "suspek", "kontak_erat", "probable", "discarded"])
STATUS_SHARE = np.array([0.62, 0.12, 0.16, 0.015, 0.085])
AGE_SHARE = np.array([0.06, 0.11, 0.21, 0.2, 0.16, 0.13, 0.08, 0.04, 0.01])  # per ten years


def wave(days: seasons.Days) -> Floats:
    """Relative cases per day: waves on a low base, few reports on Sundays."""
    at = np.arange(len(days))
    width = min(25.0, len(days) * 0.09)
    height = sum(tall * np.exp(-(((at - peak * len(days)) / width) ** 2) / 2) for peak, tall in WAVES)
    week = np.array([0.95, 1.15, 1.15, 1.1, 1.05, 0.9, 0.7])[seasons.weekday(days)]
    return (height + 0.05) * week


def case_history(plan: Plan, places: Places, now: dt.datetime, rng: np.random.Generator) -> pl.DataFrame:
    """The line list as it stands now; ``_earlier_at`` says when a case was first reported, still open."""
    days = seasons.days_until(now, plan.utc_hours, plan.days)
    share = wave(days)
    reported = np.repeat(days, rng.multinomial(plan.covid_cases, share / share.sum()))
    ids = np.char.add(f"{plan.prefix}-C", people.digits(np.arange(1, len(reported) + 1), 6))
    return draw_cases(plan, places, ids, reported, now, rng)


def draw_cases(
    plan: Plan, places: Places, ids: people.Words, reported: seasons.Days, now: dt.datetime, rng: np.random.Generator
) -> pl.DataFrame:
    """Cases reported on the given days, with the outcome that is known at ``now``."""
    size = len(reported)
    tested = reported - rng.integers(1, 4, size).astype("timedelta64[D]")
    age = np.clip(rng.choice(9, size, p=AGE_SHARE) * 10 + rng.integers(0, 10, size), 0, 99)
    status = STATUSES[rng.choice(len(STATUSES), size, p=STATUS_SHARE)]
    frame = pl.DataFrame(
        {
            "case_id": ids,
            "status": status,
            "onset_date": tested - rng.integers(1, 6, size).astype("timedelta64[D]"),
            "test_date": tested,
            "report_date": reported,
            "area_code": places.codes[places.draw(rng, size)],
            "age": age,
            "sex": rng.choice(["male", "female"], size),
        }
    )
    silent = pl.Series(rng.random(size) < 0.2)
    frame = frame.with_columns(onset_date=pl.when(~silent).then("onset_date"))
    return _outcomes(frame, plan, now, rng)


def _outcomes(frame: pl.DataFrame, plan: Plan, now: dt.datetime, rng: np.random.Generator) -> pl.DataFrame:
    """About 1.5 % of confirmed cases die, most of them old; the others recover after 10 to 20 days."""
    size = frame.height
    died = rng.random(size) < 0.0004 * np.exp(frame["age"].to_numpy() / 13)
    wait = np.where(died, rng.integers(4, 22, size), rng.integers(10, 21, size))
    end = frame["report_date"].to_numpy() + wait.astype("timedelta64[D]")
    ill = frame["status"].is_in(["konfirmasi", "probable"]).to_numpy()
    noon = seasons.stamps(15 * 3600 - plan.utc_hours * 3600 + rng.integers(0, 5_400, size)).astype(np.int64)
    first, last = (
        day.astype("datetime64[us]") + noon.astype("timedelta64[us]") for day in (frame["report_date"].to_numpy(), end)
    )
    clock = np.datetime64(now.replace(tzinfo=None), "us")
    known = ill & (last <= clock)
    return frame.with_columns(
        outcome=pl.when(pl.Series(known)).then(pl.Series(np.where(died, "died", "recovered"))),
        outcome_date=pl.when(pl.Series(known)).then(pl.Series(end)),
        updated_at=pl.Series(np.minimum(np.where(known, last, first), clock)),
        _earlier_at=pl.when(pl.Series(known)).then(pl.Series(first)),
    )


def daily_totals(
    plan: Plan, places: Places, cases: pl.DataFrame, now: dt.datetime, rng: np.random.Generator
) -> pl.DataFrame:
    """Cumulative totals per kecamatan and day, counted from the line list; tests are drawn."""
    days = seasons.days_until(now, plan.utc_hours, plan.days)
    base = pl.DataFrame({"report_date": days}).join(
        pl.DataFrame(places.kecamatan, schema=["area_code", "place"], orient="row"), how="cross"
    )
    confirmed = cases.filter(pl.col("status") == "konfirmasi")
    for name, day, chosen in (
        ("confirmed", "report_date", confirmed),
        ("recovered", "outcome_date", confirmed.filter(pl.col("outcome") == "recovered")),
        ("deaths", "outcome_date", confirmed.filter(pl.col("outcome") == "died")),
    ):
        base = base.join(
            _per_day(chosen, day, name), on=["report_date", "area_code"], how="left", maintain_order="left"
        )
    return _cumulated(base.fill_null(0), plan, now, rng)


def _per_day(cases: pl.DataFrame, day: str, name: str) -> pl.DataFrame:
    district = pl.col("area_code").str.slice(0, 8)
    return cases.group_by(pl.col(day).alias("report_date"), district.alias("area_code")).agg(
        pl.len().cast(pl.Int64).alias(name)
    )


def _cumulated(base: pl.DataFrame, plan: Plan, now: dt.datetime, rng: np.random.Generator) -> pl.DataFrame:
    positive = base["confirmed"].to_numpy()
    tests = pl.Series("tested", positive + rng.poisson(positive * 6 + 4))
    frame = base.with_columns(tests, tested_positive="confirmed")
    totals = ["confirmed", "recovered", "deaths", "tested", "tested_positive"]
    frame = frame.with_columns(pl.col(totals).cum_sum().over("area_code"))
    issued = pl.col("report_date").cast(pl.Datetime("us")) + dt.timedelta(hours=17 - plan.utc_hours)
    late = pl.Series(rng.random(frame.height) < 0.01)
    clock = pl.lit(now.replace(tzinfo=None))
    settled = pl.when(late).then(issued + dt.timedelta(days=3)).otherwise(issued)
    return frame.with_columns(
        active=pl.col("confirmed") - pl.col("recovered") - pl.col("deaths"),
        updated_at=pl.min_horizontal(settled, clock),
        _earlier_at=pl.when(late & (settled < clock)).then(issued),
    )


def raised(latest: pl.DataFrame, cases: pl.DataFrame, today: np.datetime64, now: dt.datetime) -> pl.DataFrame:
    """Today's totals: the last ones of each place, with the cases that have just been reported."""
    new = _per_day(cases.filter(pl.col("status") == "konfirmasi"), "report_date", "new").select("area_code", "new")
    more = pl.col("new").fill_null(0)
    return (
        latest.join(new, on="area_code", how="left", maintain_order="left")
        .with_columns(pl.col("confirmed", "active", "tested", "tested_positive") + more)
        .with_columns(
            report_date=pl.lit(today.astype(dt.date)), updated_at=pl.lit(now.replace(tzinfo=None, microsecond=0))
        )
        .drop("new")
    )
