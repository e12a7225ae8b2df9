"""What the panels of services, papers, the plan must show: computed a second time, with pandas and scipy.stats."""

from functools import singledispatch
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from dashboard.panels import (
    Ages,
    Changes,
    Durations,
    EffectCourse,
    EffectPlaces,
    EffectTile,
    Grid,
    InTime,
    Lagging,
    Movers,
)
from tests import truth

Cells = dict[Any, Any]
DAY = pd.Timedelta(days=1)
Z = stats.norm.ppf(0.9)  # of an interval of 80 per cent
PANELS = (Ages, Changes, Durations, EffectCourse, EffectPlaces, EffectTile, Grid, InTime, Lagging, Movers)


@singledispatch
def shown(panel: Any, book: truth.Book, asked: truth.Asked, figures: dict[str, truth.Figure], days_back: int) -> Cells:
    """Every cell of the panel's table twin."""
    raise TypeError(panel)


def counted(panel: Any, key: str, book: truth.Book, asked: truth.Asked, figures: dict[str, truth.Figure]) -> Any:
    return truth.counted(figures[key], book, asked, asked.area == book.code)


def by_key(rows: pd.DataFrame, name: str) -> dict[Any, pd.DataFrame]:
    return {(key if isinstance(key, str) else None): part for key, part in rows.groupby(name, dropna=False)}


@shown.register
def ages(panel: Ages, book: Any, asked: Any, figures: Any, days_back: int) -> Cells:
    rows = counted(panel, panel.indicator.key, book, asked, figures)
    if panel.indicator.key == "permits_open":
        left = (rows.due_on - pd.Timestamp(asked.until)) / DAY
        bands = np.select([left.isna(), left < 0, left <= 2, left <= 7], [4, 0, 1, 2], 3)
        size = 5
    else:
        since, bounds = {
            "documents_waiting": ("sent_at", [1, 3, 7]),
            "complaints_open": ("opened_at", [3, 7, 14]),
        }[panel.indicator.key]
        bands, size = np.searchsorted(bounds, ((asked.end - rows[since]) / DAY).to_numpy(), side="left"), 4
    parts = by_key(rows.assign(band=bands), panel.by)
    return {(str(key), str(n)): float((part.band == n).sum()) for key, part in parts.items() for n in range(size)}


@shown.register
def durations(panel: Durations, book: Any, asked: Any, figures: Any, days_back: int) -> Cells:
    recent = truth.Asked(asked.until - 89 * DAY.to_pytimedelta(), asked.until, asked.now, asked.area)
    rows = counted(panel, panel.indicator.key, book, recent, figures)
    late = by_key(counted(panel, panel.late.key, book, asked, figures), panel.by)
    if panel.indicator.key == "complaints":
        begun, ended, each = rows.opened_at, rows.closed_at, DAY
    else:
        begun, ended, each = rows.sent_at, rows.signed_at.where(rows.status != "returned", rows.updated_at), DAY / 24
    done = ended <= asked.end
    told = rows.assign(done=done, took=(ended.where(done, asked.end) - begun) / each)
    lines = by_key(told, panel.by)
    cells = {}
    for key in lines.keys() | late.keys():
        cells |= _durations(str(key), lines.get(key, told[:0]), len(late.get(key, [])))
    return cells | _durations("Semua", told, sum(map(len, late.values()))) if cells else {}


def _durations(key: str, part: pd.DataFrame, late: int) -> Cells:
    cells = {(key, "3"): len(part), (key, "0"): late}
    if len(part):
        cells[key, "2"] = 100 * part.done.mean()
    if part.done.sum() >= 10:
        left = _survival(part.took, part.done)
        under = left.quantiles[left.probabilities <= 0.5 + 1e-12]
        cells |= {(key, "1"): under[0]} if len(under) else {}
    return cells


def _survival(took: Any, done: Any) -> Any:
    censored = stats.CensoredData(uncensored=took[done].to_numpy(), right=took[~done].to_numpy())
    return stats.ecdf(censored).sf


@shown.register
def in_time(panel: InTime, book: Any, asked: Any, figures: Any, days_back: int) -> Cells:
    """Greenwood's variance of the share within fourteen days, and chance among a week's complaints."""
    every = book.table("complaints") if "opened_at" in book.table("complaints") else None
    if every is None or every.empty:
        return {}
    end = pd.Timestamp(asked.end)
    rows = every[(every.opened_at >= end - 90 * DAY) & (every.opened_at < end)]
    done = rows.closed_at <= end
    took = (rows.closed_at.where(done, end) - rows.opened_at) / DAY
    size = int((rows.opened_at >= end - 28 * DAY).sum()) // 4
    if done.sum() < 10 or took.max() < 14 or not size:
        return {}
    left = float(_survival(took, done).evaluate(14))
    times = np.unique(took[done & (took <= 14)])
    risk = np.array([(took >= t).sum() for t in times])
    gone = np.array([(done & (took == t)).sum() for t in times])
    variance = left**2 * (gone / (risk * (risk - gone))).sum() + left * (1 - left) / size
    mean, half = 1 - left, Z * np.sqrt(variance)
    return {
        ("mean", "0"): 100 * mean,
        ("low", "0"): 100 * max(0, mean - half),
        ("high", "0"): 100 * min(1, mean + half),
    }


@shown.register
def grid(panel: Grid, book: Any, asked: Any, figures: Any, days_back: int) -> Cells:
    rows = counted(panel, panel.indicator.key, book, asked, figures)
    cells: Cells = {}
    for code, part in rows.groupby("area_code"):
        before = (part.realised // 2_000 * 1_000).sum()  # what the simulator reported a month before
        cells |= {
            (code, "site_absorption"): 100 * part.realised.sum() / part.budget.sum(),
            (code, "site_budget"): part.budget.sum(),
            (code, "site_realised"): part.realised.sum(),
            (code, "more"): 100 * (part.realised.sum() - before) / part.budget.sum(),
        }
        cells |= {(code, item): 100 * one.realised.sum() / one.budget.sum() for item, one in part.groupby("item")}
    return {key: float(number) for key, number in cells.items()}


@shown.register
def changes(panel: Changes, book: Any, asked: Any, figures: Any, days_back: int) -> Cells:
    """This world was loaded once, and its plan came once."""
    return {}


@shown.register
def lagging(panel: Lagging, book: Any, asked: Any, figures: Any, days_back: int) -> Cells:
    rows = counted(panel, panel.indicator.key, book, asked, figures)
    told = {code: part for code, part in rows.groupby("area_code") if len(part) >= 10}
    shares = {(code, "0"): 100 * (part.channel == "digital").mean() for code, part in told.items()}
    return shares | {(code, "1"): len(part) for code, part in told.items()}


@shown.register
def movers(panel: Movers, book: Any, asked: Any, figures: Any, days_back: int) -> Cells:
    sides = [
        counted(panel, panel.indicator.key, book, one, figures).groupby("area_code").channel
        for one in (asked.back(days_back), asked)
    ]
    table = pd.concat(
        [one.agg(**{"n": "size", "d": lambda c: (c == "digital").sum()}) for one in sides], axis=1, keys=["a", "b"]
    ).dropna()
    if table.empty:
        return {}
    table = table[(table.a.n >= 10) & (table.b.n >= 10)]
    if table.empty:
        return {}
    before, now = table.a.d / table.a.n, table.b.d / table.b.n
    pooled = (table.a.d + table.b.d) / (table.a.n + table.b.n)
    z = (now - before) / np.sqrt(pooled * (1 - pooled) * (1 / table.a.n + 1 / table.b.n))
    told = stats.false_discovery_control(2 * stats.norm.sf(z.abs().fillna(0))) <= 0.1
    points = 100 * (now - before)
    order = sorted(table.index, key=lambda c: (not told[table.index.get_loc(c)], -round(abs(points[c]), 9), c))[:15]
    cells = {}
    for code in order:
        line = (100 * before[code], 100 * now[code], points[code], table.a.n[code], table.b.n[code])
        cells |= {(code, str(n)): float(number) for n, number in enumerate(line)}
    return cells


def _pilots(book: truth.Book) -> pd.Series:
    sites = book.table("site_budgets")
    sites = sites[sites.area_code.str.len() == 13]
    return pd.to_datetime(sites.groupby("area_code").live_on.min()).dropna()


def _within(rows: pd.DataFrame, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """Digital and all requests of each ward within days, the last not included."""
    here = rows[(rows.opened_at >= since) & (rows.opened_at < until)]
    return here.groupby("area_code").channel.agg(part=lambda c: (c == "digital").sum(), whole="size")


def _days(book: truth.Book, asked: truth.Asked) -> tuple[pd.DataFrame, pd.Timestamp, pd.Timestamp]:
    """The requests, the first day that has any, and the first that is not over."""
    rows = book.table("service_requests")
    return rows, rows.opened_at.min().normalize(), pd.Timestamp(asked.now).normalize()


@shown.register
def effect_tile(panel: EffectTile, book: Any, asked: Any, figures: Any, days_back: int) -> Cells:
    """By hand: the change of each ward around each day of beginning, then Welch's interval of scipy."""
    if book.table("service_requests").empty:
        return {}
    pilots, (rows, first, today) = _pilots(book), _days(book, asked)
    before, after = (pilots.min() - first).days, (today - pilots.max()).days
    changes = {}
    for day in pilots.unique():
        sides = [_within(rows, day - before * DAY, day), _within(rows, day, day + after * DAY)]
        shares = [100 * (side.part / side.whole)[side.whole >= 5] for side in sides]
        changes[day] = shares[1] - shares[0]
    table = pd.DataFrame(changes).dropna()
    mine, others = [code for code in table.index if code in pilots.index], table[~table.index.isin(pilots.index)]
    if min(before, after) < 14 or len(mine) < 3 or len(others) < 5:
        return {}
    days = [pilots[code] for code in mine]
    plain = np.array([table.loc[code, pilots[code]] for code in mine])
    gaps = plain - others[days].mean().to_numpy()
    elsewhere = others[days].mean(axis=1)
    welch = stats.ttest_ind(gaps, elsewhere - elsewhere.mean(), equal_var=False).confidence_interval(0.8)
    told = (gaps.mean(), welch.low, welch.high, plain.mean(), elsewhere.mean())
    return {
        (name, "0"): round(float(number), 4)
        for name, number in zip(("mean", "low", "high", "plain", "elsewhere"), told, strict=True)
    }


@shown.register
def effect_course(panel: EffectCourse, book: Any, asked: Any, figures: Any, days_back: int) -> Cells:
    """Too few requests a week in this small world; ``tests/models`` has what it shows of a large one."""
    return {}


@shown.register
def effect_places(panel: EffectPlaces, book: Any, asked: Any, figures: Any, days_back: int) -> Cells:
    if book.table("service_requests").empty:
        return {}
    rows, _, today = _days(book, asked)
    cells: Cells = {}
    for code, day in _pilots(book).items():
        sides = [_within(rows, day - 84 * DAY, day), _within(rows, day, min(day + 84 * DAY, today))]
        counts = [tuple(side.loc[code]) if code in side.index else (0, 0) for side in sides]
        shares = [100 * part / whole if whole else None for part, whole in counts]
        change = shares[1] - shares[0] if None not in shares else 0.0
        line = (*shares, change, counts[0][1], counts[1][1], day.date().isoformat())
        cells |= {(code, str(n)): cell for n, cell in enumerate(line) if cell is not None}
    return {key: cell if isinstance(cell, str) else float(cell) for key, cell in cells.items()}
