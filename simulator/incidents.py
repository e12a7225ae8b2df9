"""What is planted among calls for models to find: callers who prank again and again, several calls about one incident,
incidents that come together in one part of the city. Known in number, and drawn from a stream of chance of their own:
only calls that were there anyway are changed.
"""

import datetime as dt
import zlib

import numpy as np
import polars as pl

from simulator import people
from simulator.people import Words
from simulator.places import Places

PRANKSTERS, PRANKS_SHARE = 5, 0.12  # numbers, and the share of all pranks that come from them
DOUBLES, DOUBLES_DAYS, DOUBLE_WITHIN = 12, 14, dt.timedelta(minutes=12)  # at most so many incidents with more calls
CLUSTER_DAYS, CLUSTER_WARDS = 5, 4
CLUSTER_LEAST, CLUSTER_MOST_SHARE = 20, 0.7  # calls moved there; at most so much of all in these days
PLANTED = "_planted"  # the column that says what was done to a call
TOLD = {"double": "112:double", "cluster": "112:cluster"}  # how the truth names it


def planted(calls: pl.DataFrame, places: Places, now: dt.datetime, rng: np.random.Generator) -> pl.DataFrame:
    """The same calls with numbers of callers and what was planted; ``now`` is UTC, aware."""
    moment = now.replace(tzinfo=None)
    calls = calls.with_columns(phone=_phones(calls, rng), **{PLANTED: pl.lit(None, pl.String)})
    calls = _cluster(calls, places, moment, rng)
    return _doubles(calls, moment, rng)


def phone_of(ids: Words) -> Words:
    """A caller's number for each call that happens now."""
    return people.phones(np.random.default_rng(zlib.crc32(str(ids[0]).encode())), len(ids))


def cases(calls: pl.DataFrame) -> pl.DataFrame:
    """What was planted, as rule and key: the first call of an incident, the cluster's ward, the number."""
    marked = calls.filter(pl.col(PLANTED).is_not_null())
    kind = pl.col(PLANTED).str.split(" ").list
    told = marked.select(rule=kind.get(0).replace_strict(TOLD), key=kind.get(1))
    numbers = calls.filter(pl.col("outcome") == "prank")["phone"].value_counts().filter(pl.col("count") >= 3)
    return pl.concat([told, numbers.select(rule=pl.lit("112:prankster"), key="phone")])


def _phones(calls: pl.DataFrame, rng: np.random.Generator) -> pl.Series:
    numbers = people.phones(rng, calls.height)
    known = people.phones(rng, PRANKSTERS)
    again = (calls["outcome"] == "prank").to_numpy() & (rng.random(calls.height) < PRANKS_SHARE)
    return pl.Series(np.where(again, rng.choice(known, calls.height), numbers))


def _cluster(calls: pl.DataFrame, places: Places, now: dt.datetime, rng: np.random.Generator) -> pl.DataFrame:
    """Emergencies of the last days are moved to a few neighbouring villages."""
    since = now - dt.timedelta(days=CLUSTER_DAYS)
    lately = pl.col("called_at").is_between(since, now) & pl.col("lat").is_not_null() & ~pl.col("is_drill")
    there = calls.with_row_index("_row").filter(lately)["_row"].to_numpy()
    size = min(max(CLUSTER_LEAST, round(1.5 * len(there) ** 0.5)), int(CLUSTER_MOST_SHARE * len(there)))
    moved = np.sort(rng.choice(there, size, replace=False))
    middles = places.points.mean(axis=1)
    middle = middles[rng.integers(len(middles))]
    wards = np.argsort(((middles - middle) ** 2).sum(axis=1))[:CLUSTER_WARDS]
    ward = rng.choice(wards, size)
    point = places.points[ward, rng.integers(0, 12, size)]
    columns = {name: calls[name].to_list() for name in ("area_code", "lat", "lon", PLANTED)}
    for row, code, (x, y) in zip(moved, places.codes[ward], point, strict=True):
        columns["area_code"][row], columns["lat"][row], columns["lon"][row] = str(code), round(y, 5), round(x, 5)
        columns[PLANTED][row] = f"cluster {code}"
    return calls.with_columns(**{name: pl.Series(cells, dtype=calls.schema[name]) for name, cells in columns.items()})


def _doubles(calls: pl.DataFrame, now: dt.datetime, rng: np.random.Generator) -> pl.DataFrame:
    """Pranks that come soon after an emergency become further calls about it: no unit leaves for them again."""
    rows = calls.with_row_index("_row").filter(
        pl.col("called_at") > now - dt.timedelta(days=DOUBLES_DAYS), pl.col("closed_at") < now, ~pl.col("is_drill")
    )
    firsts = rows.filter(pl.col("lat").is_not_null(), pl.col(PLANTED).is_null())
    chosen = firsts.filter(pl.Series(rng.permutation(firsts.height) < DOUBLES)).sort("called_at")
    pranks = calls.with_row_index("_row").filter(pl.col("outcome").is_in(["prank", "ghost"])).sort("called_at")
    again = pranks.join_asof(
        chosen.select("called_at", first="_row", first_id="call_id"),
        on="called_at",
        strategy="backward",
        tolerance=DOUBLE_WITHIN,
    ).filter(pl.col("first").is_not_null())
    again = again.group_by("first", maintain_order=True).head(3)
    return _joined(calls, again.select("_row", "first", "first_id"))


def _joined(calls: pl.DataFrame, again: pl.DataFrame) -> pl.DataFrame:
    """The calls of ``again`` as calls about the incident of the call ``first``, closed as they end."""
    same = ("category", "sub_category", "area_code", "lat", "lon", "triage")
    incident = calls.with_row_index("first").select("first", *(pl.col(name).alias(f"_{name}") for name in same))
    told = again.join(incident, on="first", how="left")
    wide = calls.with_row_index("_row").join(told, on="_row", how="left", maintain_order="left")
    is_double = pl.col("first").is_not_null()
    return wide.with_columns(
        *(pl.when(is_double).then(f"_{name}").otherwise(name).alias(name) for name in same),
        outcome=pl.when(is_double).then(pl.lit("emergency")).otherwise("outcome"),
        closed_at=pl.when(is_double).then("ended_at").otherwise("closed_at"),
        **{PLANTED: pl.when(is_double).then(pl.format("double {}", "first_id")).otherwise(PLANTED)},
    ).select(calls.columns)
