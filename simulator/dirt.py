"""From the truth to what is sent: duplicates, late corrections, stale revisions and rows that must be refused."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

REFUSED, DUPLICATED = 0.004, 0.003  # of the rows of one file, rounded down
STALE = 10  # every so many-th correction is followed by the older revision once more
RECENT = dt.timedelta(days=14)  # how far back files are still one per day


@dataclass(frozen=True)
class Habit:
    """How rows of one dataset go wrong.

    ``unit``: rows that change together; ``planted``: columns that make a copied row a row of
    its own, to be refused; ``earlier``: how a row looked before its correction.
    """

    unit: str
    planted: Mapping[str, pl.Expr]
    earlier: Mapping[str, pl.Expr] = field(default_factory=dict)


_WHIM = pl.col("_whim").cast(pl.Int64)


def _numbered(column: str, keep: int, first: int, width: int) -> pl.Expr:
    """Digits whose end is replaced by a number that no real row has."""
    return pl.col(column).str.slice(0, keep) + (first + _WHIM % width).cast(pl.String)


HABITS: dict[str, Habit] = {
    "agencies": Habit("agency_code", {"agency_code": pl.col("agency_code") + "X"}),
    "merchants": Habit("merchant_id", {"merchant_id": pl.col("merchant_id") + "X"}),
    "deaths": Habit("deed_no", {"deed_no": pl.col("deed_no") + "X"}),
    "civil_servants": Habit("nip", {"nip": _numbered("nip", 15, 900, 100)}),
    "marketplace_orders": Habit(
        "order_id", {"order_id": pl.col("order_id") + "X", "line": pl.lit(1, pl.Int64)}, {"status": pl.lit("pending")}
    ),
    "emergency_calls": Habit(
        "call_id", {"call_id": pl.col("call_id") + "X"}, {"closed_at": pl.lit(None, pl.Datetime("us"))}
    ),
    "covid_cases": Habit(
        "case_id",
        {"case_id": pl.col("case_id") + "X"},
        {"outcome": pl.lit(None, pl.String), "outcome_date": pl.lit(None, pl.Date)},
    ),
    "covid_daily": Habit(
        "area_code",
        {"place": pl.col("place") + " (lama)"},
        {"confirmed": pl.col("confirmed") + 3, "active": pl.col("active") + 3},
    ),
    "bansos_grants": Habit(
        "nik",
        {"nik": _numbered("nik", 12, 9000, 1000)},
        {"status": pl.lit("verified"), "paid_on": pl.lit(None, pl.Date)},
    ),
}


def deliver(
    truth: pl.DataFrame, habit: Habit, file: pl.Expr, now: dt.datetime, rng: np.random.Generator
) -> pl.DataFrame:
    """The log of everything sent, in order; ``_kind`` says what each row is.

    ``file`` names the file of a row from ``_sent``. No file holds two versions of one row.
    """
    recent = pl.lit(now.replace(tzinfo=None) - RECENT)
    marked = _whims(truth, habit, rng).with_columns(_sent="updated_at", _kind=pl.lit("final"), _recent=recent)
    truth = marked.with_columns(_file=file)
    earlier = _earlier(truth, habit, file)
    stale = _stale(earlier, file, now)
    parts = [truth, earlier, stale, _refused(truth, habit, rng), _duplicates(truth, rng)]
    log = pl.concat([part.select(truth.columns) for part in parts])
    return log.sort("_file", pl.col("_kind") == "duplicate", "_sent", maintain_order=True)


def _whims(truth: pl.DataFrame, habit: Habit, rng: np.random.Generator) -> pl.DataFrame:
    """A number per unit that settles how its cells are written."""
    drawn = truth.with_columns(_whim=pl.Series(rng.integers(0, 10_000, truth.height)))
    return drawn.with_columns(pl.col("_whim").first().over(habit.unit))


def _earlier(truth: pl.DataFrame, habit: Habit, file: pl.Expr) -> pl.DataFrame:
    changed = truth.filter(pl.col("_earlier_at").is_not_null()).with_columns(
        _kind=pl.lit("earlier"), _final_file="_file", _final_sent="_sent", **habit.earlier
    )
    moved = changed.with_columns(updated_at="_earlier_at", _sent="_earlier_at").with_columns(_file=file)
    return moved.filter(_apart())


def _apart() -> pl.Expr:
    """Another file than the final revision's; a channel without files has none to tell apart."""
    return (pl.col("_file") != pl.col("_final_file")) | (pl.col("_file") == "")


def _stale(earlier: pl.DataFrame, file: pl.Expr, now: dt.datetime) -> pl.DataFrame:
    again = earlier.filter(pl.col("_whim") % STALE == 0).with_columns(
        _kind=pl.lit("stale"), _sent=pl.col("_final_sent").dt.offset_by("1d")
    )
    arrived = again.filter(pl.col("_sent") < now.replace(tzinfo=None)).with_columns(_file=file)
    return arrived.filter(_apart())


def _some(truth: pl.DataFrame, share: float, rng: np.random.Generator) -> pl.DataFrame:
    """A random share of the rows of each file, rounded down."""
    shuffled = truth.with_columns(_turn=pl.Series(rng.permutation(truth.height)))
    rank = pl.col("_turn").rank("ordinal").over("_file")
    return shuffled.filter(rank <= (pl.len().over("_file") * share).floor())


def _refused(truth: pl.DataFrame, habit: Habit, rng: np.random.Generator) -> pl.DataFrame:
    return _some(truth, REFUSED, rng).with_columns(_kind=pl.lit("refused"), **habit.planted)


def _duplicates(truth: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    return _some(truth, DUPLICATED, rng).with_columns(_kind=pl.lit("duplicate"))
