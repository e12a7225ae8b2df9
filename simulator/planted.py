"""Cases planted across datasets for cross-checks to find, and near misses that are none: known in number."""

import datetime as dt

import numpy as np
import polars as pl

from simulator import people
from simulator.plans import Plan

AIDED_SERVANTS = 3  # civil servants who were paid aid
PAID_AWAY, MOVED_AFTER, MOVED_UNAIDED = 4, 5, 20  # paid after moving out; moved after the last payment; never aided
PAID_DEAD, DIED_AFTER, DIED_UNAIDED = 4, 5, 30  # paid after death; died after the last payment; never aided
WRONG_TOTALS = 6  # orders whose total is not the sum of their lines
ENDED_EARLY, ARRIVED_EARLY = 3, 2  # calls over before they came in; units there before they left
SETTLED = dt.timedelta(days=2)  # what happened before is not touched by life any more


def _paid(grants: pl.DataFrame) -> pl.DataFrame:
    """Who was paid, with the first and the last day of it."""
    paid = grants.filter(pl.col("status") == "paid").group_by("nik")
    return paid.agg(
        pl.col("paid_on").min().alias("first"), pl.col("paid_on").max().alias("last"), pl.col("area_code").min()
    ).sort("nik")


def aided_servants(grants: pl.DataFrame, servants: pl.DataFrame) -> pl.DataFrame:
    """Some recipients are civil servants."""
    taken = _paid(grants).tail(AIDED_SERVANTS)["nik"]
    active = servants.filter(pl.col("status") == "active").head(AIDED_SERVANTS)["nik"]
    return grants.with_columns(pl.col("nik").replace(taken, active))


def deaths(plan: Plan, grants: pl.DataFrame, servants: pl.DataFrame, now: dt.datetime) -> pl.DataFrame:
    """The registry: some who were paid after their death, some who died after their last payment, some never aided."""
    today = (now + dt.timedelta(hours=plan.utc_hours)).date()
    aided = _paid(grants).filter(pl.col("last") < today, ~pl.col("nik").is_in(servants["nik"].to_list()))
    early = aided.head(PAID_DEAD).with_columns(died_on=pl.col("first").dt.offset_by("-10d"))
    late = aided.slice(PAID_DEAD, DIED_AFTER).with_columns(died_on=pl.col("last").dt.offset_by("1d"))
    born = np.full(DIED_UNAIDED, np.datetime64("1950-05-05"))
    elsewhere = people.nik(np.full(DIED_UNAIDED, "317101"), born, np.zeros(DIED_UNAIDED, bool), np.arange(DIED_UNAIDED))
    others = pl.DataFrame({"nik": elsewhere}).with_columns(
        area_code=pl.lit(aided["area_code"][0]), died_on=pl.lit(today - dt.timedelta(days=20))
    )
    dead = pl.concat([one.select("nik", "area_code", "died_on") for one in (early, late, others)])
    registered = pl.min_horizontal(pl.col("died_on").dt.offset_by("3d"), pl.lit(today))
    return dead.with_row_index("_n").select(
        deed_no=pl.format("{}-KM-{}", pl.lit(plan.prefix), pl.col("_n") + 1),
        nik="nik",
        died_on="died_on",
        registered_on=registered,
        area_code="area_code",
        updated_at=registered.cast(pl.Datetime("us")),
    )


def moves(plan: Plan, grants: pl.DataFrame, servants: pl.DataFrame, now: dt.datetime) -> pl.DataFrame:
    """Letters of moving out: some who were paid after it, some who left after their last payment, some never aided.

    None of them is among the dead, who are taken from the beginning of the same list.
    """
    today = (now + dt.timedelta(hours=plan.utc_hours)).date()
    aided = _paid(grants).filter(pl.col("last") < today, ~pl.col("nik").is_in(servants["nik"].to_list()))
    living = aided.slice(PAID_DEAD + DIED_AFTER)
    early = living.head(PAID_AWAY).with_columns(moved_on=pl.col("first").dt.offset_by("-12d"))
    late = living.slice(PAID_AWAY, MOVED_AFTER).with_columns(moved_on=pl.col("last"))
    born = np.full(MOVED_UNAIDED, np.datetime64("1971-03-03"))
    elsewhere = people.nik(
        np.full(MOVED_UNAIDED, "317402"), born, np.zeros(MOVED_UNAIDED, bool), np.arange(MOVED_UNAIDED)
    )
    others = pl.DataFrame({"nik": elsewhere}).with_columns(
        area_code=pl.lit(aided["area_code"][0]), moved_on=pl.lit(today - dt.timedelta(days=15))
    )
    gone = pl.concat([one.select("nik", "area_code", "moved_on") for one in (early, late, others)])
    registered = pl.min_horizontal(pl.col("moved_on").dt.offset_by("2d"), pl.lit(today))
    return gone.with_row_index("_n").select(
        letter_no=pl.format("{}-SKP-{}", pl.lit(plan.prefix), pl.col("_n") + 1),
        nik="nik",
        moved_on="moved_on",
        registered_on=registered,
        area_code="area_code",
        updated_at=registered.cast(pl.Datetime("us")),
    )


def wrong_totals(lines: pl.DataFrame) -> pl.DataFrame:
    """The totals of some orders are five thousand rupiah too high, on each of their lines."""
    several = lines.filter(pl.col("line") == 2, pl.col("status") == "paid")
    wrong = several["order_id"].head(WRONG_TOTALS).to_list()
    return lines.with_columns(order_total=pl.col("order_total") + 5_000 * pl.col("order_id").is_in(wrong))


def impossible_times(calls: pl.DataFrame, now: dt.datetime) -> pl.DataFrame:
    """Some calls end before they came in; some units arrive before they left."""
    old = calls.filter(pl.col("closed_at") < now.replace(tzinfo=None) - SETTLED, ~pl.col("is_drill"))["call_id"]
    ended, arrived = old.head(ENDED_EARLY).to_list(), old.slice(ENDED_EARLY, ARRIVED_EARLY).to_list()
    within = pl.col("call_id").is_in
    return calls.with_columns(
        ended_at=pl.when(within(ended)).then(pl.col("called_at").dt.offset_by("-60s")).otherwise("ended_at"),
        arrived_at=pl.when(within(arrived)).then(pl.col("dispatched_at").dt.offset_by("-5s")).otherwise("arrived_at"),
    )
