"""Is every page interactive at ten million rows? Every panel of every page, in every city, by period, place and filter.

Three years of three cities are made (``bench.common.many``); each statement that a panel asks is timed by itself, with
what it reads: a rollup, or the rows. Nothing is kept between them.
"""

import argparse
import datetime as dt
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from bench.common import results
from bench.common.many import WHOLE, Size, fill
from bench.common.meter import percentile, ran_ms
from bench.common.results import Goal
from bench.common.state import temporary_state
from dashboard.areas import Places, places
from dashboard.command import cities, load_pages
from dashboard.page import Page, pages
from dashboard.panels import Panel
from dashboard.queries import KECAMATAN, KELURAHAN, Asked
from dashboard.scope import PRESETS, Scope
from etl.cities import City
from etl.rollups import KEPT, SCHEMA
from etl.warehouse import NOW, reading

ROLLUP_MS, CROSS_MS = 15, 100
PERIODS = ("30h", "1th", "semua")
FILTERS = {
    "marketplace_orders": (("category", "Sembako"), ("buyer_type", "asn")),
    "emergency_calls": (("category", "Medis"), ("outcome", "emergency")),
    "bansos_grants": (("programme", "PKH"), ("status", "paid")),
}
ABOUT = [name for name, kept in KEPT.items() if kept]
BUDGET_S = 20.0  # after which a statement is given up
SLOWEST = 25


@dataclass(frozen=True)
class Statement:
    """One question to the database: of which panel and scope, what it reads, how long it took."""

    panel: str
    scope: str
    crossed: bool
    rolled: bool
    ms: float
    cpu_ms: float  # of the database's process
    sql: str


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m bench.queries")
    for name, rows in vars(WHOLE).items():
        parser.add_argument(f"--{name}", type=int, default=rows)
    parser.add_argument("--city", default="surabaya", help="the largest")
    parser.add_argument("--explain", action="store_true", help="how the slowest are answered")
    said = parser.parse_args()
    with temporary_state() as state:
        fill(state, Size(said.orders, said.calls, said.grants), dt.datetime.now(dt.UTC).replace(microsecond=0))
        tell(list(asked_of(said.city)), said)


def asked_of(slug: str) -> Iterator[Statement]:
    """Every statement of every panel about the large datasets, in every scope."""
    load_pages()
    city, now = cities()[slug], dt.datetime.now(dt.UTC)
    with reading(city.code) as connection:
        there = places(connection, city)
    for page in pages():
        for name, scope in _scopes(page, city, there, now):
            for panel in page.panels:
                if datasets := [one for one in panel.datasets if KEPT.get(one)]:
                    yield from _panel(page, panel, name, scope, there, now)
                    for dataset in datasets:
                        yield from _crossed(page, panel, dataset, name, scope, there, now)


def _crossed(
    page: Page, panel: Panel, dataset: str, name: str, scope: Scope, there: Places, now: dt.datetime
) -> Iterator[Statement]:
    for column, word in FILTERS[dataset]:
        if column in panel.filters:
            filtered = replace(scope, where=((column, word),))
            yield from _panel(page, panel, f"{name}, {column}={word}", filtered, there, now, crossed=True)


def _scopes(page: Page, city: City, there: Places, now: dt.datetime) -> Iterator[tuple[str, Scope]]:
    today = now.astimezone(city.tz).date()

    def days(period: str) -> Scope:
        return Scope(city.slug, city.code, today - dt.timedelta(days=PRESETS[period][1] - 1), today)

    yield from ((f"city {period}", days(period)) for period in PERIODS)
    districts = there.children(city.code)
    district = districts[len(districts) // 2].code
    wards = there.children(district)
    for level, code in ((KECAMATAN, district), (KELURAHAN, wards[0].code)):
        what = "kecamatan" if level == KECAMATAN else "kelurahan"
        yield f"{what} 1th", replace(days("1th"), area=code)


def _panel(
    page: Page, panel: Panel, name: str, scope: Scope, there: Places, now: dt.datetime, crossed: bool = False
) -> Iterator[Statement]:
    asked = Asked(scope, there.city, now)
    with reading(there.city.code) as connection, timed(connection) as heard:
        limits = {"statement_timeout": str(int(1000 * BUDGET_S)), "max_parallel_workers_per_gather": "0"}
        connection.execute(sa.select(*(sa.func.set_config(*limit, True) for limit in limits.items())))
        with suppress(sa.exc.OperationalError):  # given up, and heard as such
            panel.answer(connection, asked, there)
    for ms, cpu_ms, sql in heard:
        rolled = f"{SCHEMA}." in sql
        if rolled or any(f"{NOW}.{one}" in sql for one in ABOUT):
            yield Statement(f"{page.slug}/{panel.id}", name, crossed, rolled, ms, cpu_ms, sql)


@contextmanager
def timed(connection: sa.Connection) -> Iterator[list[tuple[float, float, str]]]:
    """Milliseconds, milliseconds of the processor and text of every statement, until its rows are there."""
    pid = int(connection.scalar(sa.select(sa.func.pg_backend_pid())) or 0)
    heard: list[tuple[float, float, str]] = []
    began: list[tuple[float, float]] = []

    def before(*_: Any) -> None:
        began.append((time.perf_counter(), ran_ms(pid)))

    def after(_: Any, cursor: Any, statement: str, *rest: Any) -> None:
        wall, cpu = began.pop()
        heard.append((1000 * (time.perf_counter() - wall), ran_ms(pid) - cpu, statement))

    def failed(context: Any) -> None:
        after(None, None, str(context.statement))

    listened = {"before_cursor_execute": before, "after_cursor_execute": after}
    for name, hears in listened.items():
        sa.event.listen(connection, name, hears)
    sa.event.listen(connection.engine, "handle_error", failed)
    yield heard
    sa.event.remove(connection.engine, "handle_error", failed)
    for name, hears in listened.items():
        sa.event.remove(connection, name, hears)


def tell(statements: list[Statement], said: argparse.Namespace) -> None:
    """Tables, goals and the figure."""
    kinds = {
        f"{'rollup' if rolled else 'rows'}, {'cross-filter' if crossed else 'no filter'}": [
            one for one in statements if one.rolled == rolled and one.crossed == crossed
        ]
        for rolled in (True, False)
        for crossed in (False, True)
    }
    whole = f"{said.orders:,} orders, {said.calls:,} calls, {said.grants:,} grants"
    results.show(whole, HEADS, [_row(name, ones) for name, ones in kinds.items()])
    results.show("by scope", HEADS, list(_by_scope(statements)))
    results.show("slow panels", ("panel", f"> {CROSS_MS} CPU-ms", "worst CPU-ms", "where"), _slow(statements))
    goals = [
        Goal("rollup queries, p95 ms", ROLLUP_MS, _ms(_rolled(statements), 0.95), at_most=True),
        Goal("any cross-filter, p95 ms", CROSS_MS, _ms(_crossed_of(statements), 0.95), at_most=True),
    ]
    if said.explain:
        _explain(statements)
    kept = {"rows": {name: getattr(said, name) for name in vars(WHOLE)}}
    kept |= {"kinds": {name: dict(zip(HEADS[1:], _row(name, ones)[1:], strict=True)) for name, ones in kinds.items()}}
    results.keep("queries", _figure(goals, statements, said), kept, goals)


HEADS = ("statements", "count", "p50 ms", "p95 ms", "worst ms", "p50 CPU-ms", "p95 CPU-ms")


def _rolled(statements: list[Statement]) -> list[Statement]:
    return [one for one in statements if one.rolled]


def _crossed_of(statements: list[Statement]) -> list[Statement]:
    return [one for one in statements if one.crossed]


def _row(name: str, ones: list[Statement]) -> tuple[Any, ...]:
    return (
        name,
        len(ones),
        *(f"{_ms(ones, part):.1f}" for part in (0.5, 0.95, 1.0)),
        *(f"{_ms(ones, part, 'cpu_ms'):.1f}" for part in (0.5, 0.95)),
    )


def _ms(ones: list[Statement], part: float, of: str = "ms") -> float:
    return percentile([getattr(one, of) for one in ones], part) if ones else 0.0


def _by_scope(statements: list[Statement]) -> Iterator[tuple[Any, ...]]:
    of: dict[tuple[str, str], list[Statement]] = defaultdict(list)
    for one in statements:
        of[one.scope.split(",")[0], "rollup" if one.rolled else "rows"].append(one)
    yield from (_row(f"{scope}: {kind}", ones) for (scope, kind), ones in sorted(of.items()))


def _slow(statements: list[Statement]) -> list[tuple[Any, ...]]:
    worst: dict[str, Statement] = {}
    for one in statements:
        worst[one.panel] = max(worst.get(one.panel, one), one, key=lambda two: two.cpu_ms)
    slow = Counter(one.panel for one in statements if one.cpu_ms > CROSS_MS)
    ordered = sorted(worst.values(), key=lambda one: -one.cpu_ms)[:SLOWEST]
    return [(one.panel, slow[one.panel], f"{one.cpu_ms:.0f}", one.scope) for one in ordered]


def _explain(statements: list[Statement]) -> None:
    for one in sorted(statements, key=lambda two: -two.ms)[:SLOWEST]:
        print(f"\n— {one.panel} · {one.scope} · {one.ms:.0f} ms\n{one.sql}")


def _figure(goals: list[Goal], statements: list[Statement], said: argparse.Namespace) -> str:
    rolled = sum(one.rolled for one in statements) / max(1, len(statements))
    rollup, crossed = (goal.got for goal in goals)
    return (
        f"queries: at {said.orders / 1e6:g} M orders, {said.calls / 1e6:g} M calls, {said.grants / 1e6:g} M grants "
        f"p95 {rollup:.1f} ms of rollups, {crossed:.0f} ms of cross-filters (of the processor "
        f"{_ms(_rolled(statements), 0.95, 'cpu_ms'):.1f} and {_ms(_crossed_of(statements), 0.95, 'cpu_ms'):.0f} ms); "
        f"{rolled:.0%} of {len(statements):,} "
        "statements about them read no row of a whole day"
    )


if __name__ == "__main__":
    main()
