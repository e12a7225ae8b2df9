"""Social aid: who was proposed for which programme in which month, and what became of it."""

import datetime as dt

import numpy as np
import polars as pl

from simulator import people, seasons
from simulator.places import Places
from simulator.plans import Plan, Programme
from simulator.seasons import Floats

MONTHS = 6
REASONS = np.array(["Data ganda", "Meninggal dunia", "Pindah domisili", "NIK tidak padan", "Sudah mampu"])
STATUSES = np.array(["proposed", "verified", "paid", "rejected"])
DECILE_SHARES = np.array([0.31, 0.26, 0.18, 0.12, 0.07, 0.03, 0.015, 0.008, 0.005, 0.002])  # of who is on the lists
SETTLED, RUNNING = np.array([0.01, 0.03, 0.9, 0.06]), np.array([0.3, 0.35, 0.3, 0.05])


def households(plan: Plan, places: Places, rng: np.random.Generator) -> pl.DataFrame:
    """The people who may be aided: poorer villages have more of them; some families twice."""
    size = round(plan.bansos_rows * 1.15)
    poor = places.weights * rng.lognormal(0, 0.45, len(places.weights))
    serial = np.arange(1, size + 1)
    family = np.where(rng.random(size) < 0.05, np.maximum(serial - 1, 1), serial)
    area = places.codes[rng.choice(len(places.codes), size, p=poor / poor.sum())][family - 1]
    district = np.char.replace(area.astype("U8"), ".", "")
    founded = np.char.add(people.digits(rng.integers(1, 29, size), 2), "0115")
    return pl.DataFrame(
        {
            "nik": people.nik(
                district, people.birthdays(rng, size, "2003-01-01", "1945-01-01"), rng.random(size) < 0.6, serial
            ),
            "kk": np.char.add(np.char.add(district, founded), people.digits(family, 4))[family - 1],
            "name": people.names(rng, size),
            "address": people.addresses(rng, size),
            "area_code": area,
        }
    )


def grant_history(
    plan: Plan, places: Places, now: dt.datetime, rng: np.random.Generator, months: int = MONTHS
) -> pl.DataFrame:
    """The last monthly periods of every programme, as they stand now."""
    pool = households(plan, places, rng)
    this = seasons.days_until(now, plan.utc_hours, 1)[0].astype("datetime64[M]")
    periods = [this - np.timedelta64(back, "M") for back in reversed(range(months))]
    frames = []
    for start, programme in zip(_starts(plan), plan.programmes, strict=True):
        members = round(plan.bansos_rows * programme.share)
        for number, period in enumerate(periods):
            chosen = (np.arange(members) + round((start + number * 0.01) * pool.height)) % pool.height
            frames.append(_period(plan, programme, pool[chosen.tolist()], period, now, rng))
    return pl.concat(frames)


def _starts(plan: Plan) -> Floats:
    """Each programme takes people from where the one before ended, a little earlier: some get two."""
    shares = np.array([programme.share for programme in plan.programmes])
    return (np.cumsum(shares) - shares) * 0.84


def _period(
    plan: Plan,
    programme: Programme,
    members: pl.DataFrame,
    period: np.datetime64,
    now: dt.datetime,
    rng: np.random.Generator,
) -> pl.DataFrame:
    size = members.height
    month = int(period.astype(np.int64)) % 12 + 1
    first = period.astype("datetime64[D]")
    today = np.datetime64((now + dt.timedelta(hours=plan.utc_hours)).date(), "D")
    running = today < first + np.timedelta64(31, "D")
    status = STATUSES[rng.choice(4, size, p=RUNNING if running else SETTLED)]
    span = max(int((min(today, first + np.timedelta64(27, "D")) - first).astype(np.int64)), 0) + 1
    paid_on = first + rng.integers(0, span, size).astype("timedelta64[D]")
    issued = (
        dt.datetime.combine(first.astype(dt.date), dt.time(2))
        if running
        else dt.datetime.combine((first + np.timedelta64(28, "D")).astype(dt.date), dt.time(2))
    )
    issued = min(issued, now.replace(tzinfo=None))
    late = (rng.random(size) < 0.02) & (status == "paid") & (issued + dt.timedelta(days=5) < now.replace(tzinfo=None))
    return members.with_columns(
        programme=pl.lit(programme.name),
        stage=pl.lit((month - 1) // 3 + 1 if programme.name == "PKH" else month),
        period=pl.Series(np.full(size, first)),
        amount=pl.Series(rng.choice(programme.amounts, size)),
        status=pl.Series(status),
        reason=pl.when(pl.Series(status == "rejected")).then(pl.Series(rng.choice(REASONS, size))),
        paid_on=pl.when(pl.Series(status == "paid")).then(pl.Series(paid_on)),
        updated_at=pl.when(pl.Series(late)).then(pl.lit(issued + dt.timedelta(days=5))).otherwise(pl.lit(issued)),
        _earlier_at=pl.when(pl.Series(late)).then(pl.lit(issued)),
    )


def with_deciles(grants: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The decile of each household in the social register: mostly a low one."""
    homes = grants.select("kk").unique(maintain_order=True)
    drawn = pl.Series("decile", rng.choice(np.arange(1, 11), homes.height, p=DECILE_SHARES))
    return grants.join(homes.with_columns(drawn), on="kk", how="left", maintain_order="left")


def with_course(grants: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The days of proposal and verification: three weeks (median) to be verified, then two to be paid."""
    size = grants.height
    checked = rng.lognormal(np.log(14), 0.45, size).astype(np.int64) + 1
    asked = rng.lognormal(np.log(21), 0.5, size).astype(np.int64) + 1
    verified = pl.coalesce("paid_on", pl.col("updated_at").dt.date()) - pl.duration(days=pl.Series(checked))
    return grants.with_columns(
        proposed_on=(verified - pl.duration(days=pl.Series(asked))).cast(pl.Date),
        verified_on=pl.when(pl.col("status").is_in(["verified", "paid"])).then(verified).cast(pl.Date),
    )


def paid(grants: pl.DataFrame, plan: Plan, now: dt.datetime) -> pl.DataFrame:
    """The same grants, paid today."""
    today = (now + dt.timedelta(hours=plan.utc_hours)).date()
    moment = now.replace(tzinfo=None, microsecond=0)
    return grants.with_columns(status=pl.lit("paid"), paid_on=pl.lit(today), updated_at=pl.lit(moment))
