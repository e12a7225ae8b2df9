"""Is every page interactive at ten million rows? Every panel of every page, in every city, by period, place and filter.

Three years of three cities are made (``bench.common.many``); each statement that a panel asks is timed by itself, with
what it reads: a rollup, or the rows. Nothing is kept between them.
"""

import argparse
import datetime as dt
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from bench.common import results
from bench.common.many import WHOLE, Size, fill
from bench.common.meter import percentile
from bench.common.results import Goal
from bench.common.state import temporary_state
from dashboard.areas import Places, places
from dashboard.command import cities, load_pages
from dashboard.page import Page, pages
from dashboard.panels import Panel
from dashboard.queries import KECAMATAN, KELURAHAN, Asked
from dashboard.scope import PRESETS, Scope
from etl.cities import City
from etl.rollups import KEPT
from etl.warehouse import reading

ROLLUP_MS, CROSS_MS = 15, 100
PERIODS = ("30h", "1th", "semua")
FILTERS = {
    "marketplace_orders": (("category", "Sembako"), ("buyer_type", "asn")),
    "emergency_calls": (("category", "Medis"), ("outcome", "emergency")),
    "bansos_grants": (("programme", "PKH"), ("status", "paid")),
}
BUDGET_S = 5.0  # after which a statement is given up
SLOWEST = 25


@dataclass(frozen=True)
class Statement:
    """One question to the database: of which panel and scope, what it reads, how long it took (ms)."""

    panel: str
    scope: str
    crossed: bool
    rolled: bool
    ms: float
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

    yield f"default ({page.period})", days(page.period)
    yield from ((f"city, {period}", days(period)) for period in PERIODS)
    districts = there.children(city.code)
    district = districts[len(districts) // 2].code
    wards = there.children(district)
    for level, code in ((KECAMATAN, district), (KELURAHAN, wards[0].code)):
        what = "kecamatan" if level == KECAMATAN else "kelurahan"
        yield from ((f"{what}, {period}", replace(days(period), area=code)) for period in ("30h", "1th"))


def _panel(
    page: Page, panel: Panel, name: str, scope: Scope, there: Places, now: dt.datetime, crossed: bool = False
) -> Iterator[Statement]:
    asked = Asked(scope, there.city, now)
    with reading(there.city.code) as connection, timed(connection) as statements:
        connection.execute(sa.select(sa.func.set_config("statement_timeout", str(int(1000 * BUDGET_S)), True)))
        statements.clear()
        try:
            panel.answer(connection, asked, there)
        except sa.exc.OperationalError:  # given up
            statements.append((1000 * BUDGET_S, "given up: warehouse.marketplace_orders"))
    about = [one for one in KEPT if KEPT[one]]
    for ms, sql in statements:
        if "rollups." in sql or any(f"warehouse.{one}" in sql for one in about):
            yield Statement(f"{page.slug}/{panel.id}", name, crossed, "rollups." in sql, ms, sql)


@contextmanager
def timed(connection: sa.Connection) -> Iterator[list[tuple[float, str]]]:
    """Milliseconds and text of every statement, until its rows are there."""
    heard: list[tuple[float, str]] = []
    began: list[float] = []

    def before(*_: Any) -> None:
        began.append(time.perf_counter())

    def after(_: Any, cursor: Any, statement: str, *rest: Any) -> None:
        heard.append((1000 * (time.perf_counter() - began.pop()), statement))

    sa.event.listen(connection, "before_cursor_execute", before)
    sa.event.listen(connection, "after_cursor_execute", after)
    yield heard
    sa.event.remove(connection, "before_cursor_execute", before)
    sa.event.remove(connection, "after_cursor_execute", after)


def tell(statements: list[Statement], said: argparse.Namespace) -> None:
    """Tables, goals and the figure."""
    kinds = {
        "rollup, no filter": [one for one in statements if one.rolled and not one.crossed],
        "rollup, cross-filter": [one for one in statements if one.rolled and one.crossed],
        "rows, no filter": [one for one in statements if not one.rolled and not one.crossed],
        "rows, cross-filter": [one for one in statements if not one.rolled and one.crossed],
    }
    rows = [(name, len(ones), *(f"{_ms(ones, part):.1f}" for part in (0.5, 0.95, 1.0))) for name, ones in kinds.items()]
    results.show(f"{said.orders:,} orders, {said.calls:,} calls, {said.grants:,} grants", HEADS, rows)
    results.show("by scope", HEADS, list(_by_scope(statements)))
    results.show("slow panels", ("panel", "statements", "worst ms", "where"), _slow(statements))
    crossed = [one for one in statements if one.crossed]
    goals = [
        Goal("rollup queries, p95 ms", ROLLUP_MS, _ms([one for one in statements if one.rolled], 0.95), at_most=True),
        Goal("any cross-filter, p95 ms", CROSS_MS, _ms(crossed, 0.95), at_most=True),
    ]
    results.show_goals(goals)
    if said.explain:
        _explain(statements)
    kept = {"rows": {name: getattr(said, name) for name in vars(WHOLE)}, "goals": [goal.told() for goal in goals]}
    kept |= {"kinds": {name: {"count": len(ones), "p95_ms": round(_ms(ones, 0.95), 1)} for name, ones in kinds.items()}}
    results.keep("queries", _figure(goals, statements, said), kept)


HEADS = ("statements", "count", "p50 ms", "p95 ms", "worst ms")


def _ms(ones: list[Statement], part: float) -> float:
    return percentile([one.ms for one in ones], part) if ones else 0.0


def _by_scope(statements: list[Statement]) -> Iterator[tuple[Any, ...]]:
    of: dict[tuple[str, str], list[Statement]] = defaultdict(list)
    for one in statements:
        of[one.scope.split(",")[0] if one.crossed else one.scope, "rollup" if one.rolled else "rows"].append(one)
    for (scope, kind), ones in sorted(of.items()):
        yield (f"{scope}: {kind}", len(ones), *(f"{_ms(ones, part):.1f}" for part in (0.5, 0.95, 1.0)))


def _slow(statements: list[Statement]) -> list[tuple[Any, ...]]:
    worst: dict[str, Statement] = {}
    for one in statements:
        worst[one.panel] = max(worst.get(one.panel, one), one, key=lambda two: two.ms)
    slow = Counter(one.panel for one in statements if one.ms > CROSS_MS)
    ordered = sorted(worst.values(), key=lambda one: -one.ms)[:SLOWEST]
    return [(one.panel, slow[one.panel], f"{one.ms:.0f}", one.scope) for one in ordered]


def _explain(statements: list[Statement]) -> None:
    for one in sorted(statements, key=lambda two: -two.ms)[:SLOWEST]:
        print(f"\n— {one.panel} · {one.scope} · {one.ms:.0f} ms\n{one.sql}")


def _figure(goals: list[Goal], statements: list[Statement], said: argparse.Namespace) -> str:
    rolled = sum(one.rolled for one in statements) / max(1, len(statements))
    rollup, crossed = (goal.got for goal in goals)
    return (
        f"queries: at {said.orders / 1e6:g} M orders, {said.calls / 1e6:g} M calls, {said.grants / 1e6:g} M grants "
        f"p95 {rollup:.1f} ms of rollups, {crossed:.0f} ms of cross-filters; {rolled:.0%} of {len(statements):,} "
        "statements about them read no row of a whole day"
    )


if __name__ == "__main__":
    main()
