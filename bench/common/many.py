"""Three years of three cities straight into the warehouse's tables: ten million order lines, calls, grants.

The draws are the simulator's own; what they make is derived and sealed as the pipeline does it and written by COPY,
a month at a time, each month one run of the ledger that balances. Whatever else a city has comes from a small
simulated world through the real line.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import sqlalchemy as sa
from psycopg import sql

from etl import cells, rollups
from etl.__main__ import main as etl
from etl.announce import announce
from etl.catalogue import contract
from etl.cities import City, load_city
from etl.contract import Contract, Pseudonym
from etl.planner import analyze
from etl.pseudonyms import pseudonym
from etl.sealing import FIRST, sealed_rows
from etl.warehouse import RUNS, TABLES, Role, engine
from simulator import bansos, calls, market
from simulator.scenery import CITIES, Options, Scenery, rng_for, sceneries
from simulator.serve import Outside
from simulator.world import prepare

DAYS, SEED = 3 * 365, 7
SHARES = {"surabaya": 0.6, "samarinda": 0.25, "banyumas": 0.15}
SMALL_DAYS, SMALL_SCALE = 30, 0.05  # of the world that everything else comes from
SOURCE, PART, NULL = "many", 100_000, "\\N"
MOMENT = "%Y-%m-%dT%H:%M:%S%.6f%:z"
STANDING = ("agencies", "merchants", "civil_servants")
ORDERS, CALLS, GRANTS = "marketplace_orders", "emergency_calls", "bansos_grants"
MANY = (*STANDING, ORDERS, CALLS, GRANTS)
Report = Callable[[str], None]


@dataclass(frozen=True)
class Size:
    """How many rows of each there will be, about, in all cities together."""

    orders: int
    calls: int
    grants: int

    def of(self, share: float) -> "Size":
        return Size(round(self.orders * share), round(self.calls * share), round(self.grants * share))


WHOLE = Size(10_000_000, 2_000_000, 3_000_000)


def fill(state: Path, size: Size, now: dt.datetime, report: Report = print) -> None:
    """Make the warehouse of ``PANTAU_STATE``: a small world, and in it three years of many rows."""
    small = Options(SEED, SMALL_DAYS, SMALL_SCALE, now)
    with Outside(state, prepare(state, small, lambda said: None)):
        for command in ("migrate", "run"):
            if etl([command]):
                raise RuntimeError(f"python -m etl {command} did not succeed")
    # Civil servants alone buy half a million times in three years: few rows are of few people.
    for scenery in sceneries(Options(SEED, None, min(1.0, size.orders / WHOLE.orders * 4), now)):
        pour(scenery, size.of(SHARES[scenery.plan.slug]), now, MANY, report)
    for dataset in MANY:
        analyze(dataset, rollups.tables(dataset))


def pour(scenery: Scenery, size: Size, now: dt.datetime, datasets: Sequence[str], report: Report = print) -> None:
    """The rows of one city instead of those that it has, and their rollups."""
    city = load_city(scenery.plan.slug, CITIES)
    for dataset in datasets:
        with engine(Role.ETL).begin() as connection:
            connection.execute(sa.delete(TABLES[dataset]).where(TABLES[dataset].c.city_code == city.code))
        rows = 0
        for frame in _frames(dataset, scenery, size, now):
            rows += _put(contract(dataset), city, frame, now)
        with engine(Role.ETL).begin() as connection:
            for kept in rollups.KEPT[dataset]:
                rollups.fill(connection, kept, city.code)
            announce(connection, dataset, city.code)
        report(f"{city.slug} {dataset}: {rows:,} rows")


def _frames(dataset: str, scenery: Scenery, size: Size, now: dt.datetime) -> Iterator[pl.DataFrame]:
    match dataset:
        case "marketplace_orders":
            yield from _orders(scenery, size.orders, now)
        case "emergency_calls":
            yield from _calls(scenery, size.calls, now)
        case "bansos_grants":
            yield from _grants(scenery, size.grants, now)
        case "agencies":
            yield scenery.market.agencies
        case "merchants":
            yield scenery.market.merchants
        case _:
            yield scenery.market.servants


def _orders(scenery: Scenery, lines: int, now: dt.datetime) -> Iterator[pl.DataFrame]:
    rng = rng_for(Options(SEED, None, 1.0, now), scenery.plan.slug, "many orders")
    for days, end in months(now, scenery.plan.utc_hours):
        plan = replace(scenery.plan, days=days, order_lines=lines / DAYS)
        yield market.order_history(plan, scenery.market, end, rng)


def _calls(scenery: Scenery, rows: int, now: dt.datetime) -> Iterator[pl.DataFrame]:
    rng, first = rng_for(Options(SEED, None, 1.0, now), scenery.plan.slug, "many calls"), 1
    for days, end in months(now, scenery.plan.utc_hours):
        plan = replace(scenery.plan, days=days, calls=rows / DAYS)
        whole = calls.call_history(plan, scenery.places, scenery.spots, end, rng, first)
        first += whole.height
        yield calls.as_known(whole, end + dt.timedelta(days=1) if end < now else now)


def _grants(scenery: Scenery, rows: int, now: dt.datetime) -> Iterator[pl.DataFrame]:
    rng, each = rng_for(Options(SEED, None, 1.0, now), scenery.plan.slug, "many grants"), 3 * 12
    plan = replace(scenery.plan, bansos_rows=max(rows // each, 60))
    grants = bansos.with_deciles(bansos.grant_history(plan, scenery.places, now, rng, each), rng)
    yield bansos.with_course(grants, rng)


def months(now: dt.datetime, utc_hours: int) -> Iterator[tuple[int, dt.datetime]]:
    """How many days each month of the years has, and its last moment: that of ``now`` ends now."""
    zone = dt.timezone(dt.timedelta(hours=utc_hours))
    local = now.astimezone(zone)
    day, today = local.date() - dt.timedelta(days=DAYS - 1), local.date()
    while day <= today:
        following = (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
        last = min(following - dt.timedelta(days=1), today)
        midnight = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone)
        yield (last - day).days + 1, min(midnight - dt.timedelta(seconds=1), local).astimezone(dt.UTC)
        day = following


def _put(of: Contract, city: City, frame: pl.DataFrame, now: dt.datetime) -> int:
    """Rows as the pipeline would have stored them, and the run of the ledger that says so."""
    rows = sealed_rows(_after_their_time(shaped(frame, of), of, city, now), of, FIRST)
    rows = rows.with_columns(city_code=pl.lit(city.code), source=pl.lit(SOURCE), known_from=pl.lit(now))
    names = [column.name for column in TABLES[of.name].columns]
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, NULL {})").format(
        sql.Identifier(*TABLES[of.name].fullname.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.Literal(NULL),
    )
    with engine(Role.OWNER).begin() as connection:  # COPY is not for a role whose rows are kept apart
        with connection.connection.cursor().copy(statement) as copy:
            for part in rows.select(names).iter_slices(PART):
                copy.write(part.write_csv(include_header=False, null_value=NULL, datetime_format=MOMENT))
        connection.execute(sa.insert(RUNS).values(_run(of, city, rows.height, now)))
    return rows.height


def _run(of: Contract, city: City, rows: int, now: dt.datetime) -> dict[str, object]:
    what = {"city_code": city.code, "source": SOURCE, "dataset": of.name, "delivery": "by COPY"}
    return what | {"started_at": now, "finished_at": now, "received": rows, "loaded": rows}


def shaped(frame: pl.DataFrame, of: Contract) -> pl.DataFrame:
    """Every column of the contract: moments with their zone, derived ones made, what is not drawn empty."""
    naive = [name for name, kind in frame.schema.items() if kind == pl.Datetime("us")]
    frame = frame.with_columns(pl.col(name).dt.replace_time_zone("UTC") for name in naive)
    for column in of.columns:
        if column.derived is None or column.derived.of not in frame.columns:
            empty = pl.lit(None, cells.TYPES.get(column.kind, pl.String)).alias(column.name)
            frame = frame if column.name in frame.columns else frame.with_columns(empty)
        elif isinstance(column.derived, Pseudonym):
            frame = frame.with_columns(_pseudonyms(frame[column.derived.of], column.derived).alias(column.name))
        else:
            frame = frame.with_columns(cells.derived(column.derived).alias(column.name))
    return frame


def _pseudonyms(people: pl.Series, how: Pseudonym) -> pl.Series:
    named = {person: pseudonym(person, how, 1) for person in people.unique().drop_nulls()}
    return people.replace_strict(named, default=None, return_dtype=pl.String)


def _after_their_time(frame: pl.DataFrame, of: Contract, city: City, now: dt.datetime) -> pl.DataFrame:
    """Without what is no longer kept."""
    for limit in of.retention:
        over = pl.col(limit.after) < pl.lit(now - dt.timedelta(days=city.keeps(limit.name, limit.days)))
        frame = frame.with_columns(pl.when(over).then(None).otherwise(pl.col(c)).alias(c) for c in limit.columns or ())
    return frame
