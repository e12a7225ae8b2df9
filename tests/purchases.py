"""Purchase obligations computed a second time: pandas over the simulator's own books, month by month.

Nothing here imports what is under test; obligations are read from the city's file as anybody could.
"""

import calendar
import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd

Frame = pd.DataFrame
LONG = 15  # days of a month under a letter that exempt from it


def obligation(folder: Path) -> int | None:
    """Orders a month that everybody owes; None where the city has declared nothing."""
    path = folder / "obligations.toml"
    return int(tomllib.loads(path.read_text())["semua"]["orders"]) if path.is_file() else None


def months_back(month: dt.date, by: int) -> dt.date:
    return (pd.Timestamp(month.replace(day=1)) - pd.DateOffset(months=by)).date()


def standing(book: Any, month: dt.date, end: pd.Timestamp, owed: int | None) -> Frame:
    """One row for each obliged civil servant: nip, agency_code, unit, state, orders, amount."""
    first = pd.Timestamp(month.replace(day=1))
    last = first + pd.offsets.MonthEnd(0)
    people = book.table("civil_servants")
    retired = pd.to_datetime(people.retired_on)
    stays = (people.status != "retired") | (retired > last)
    people = people[stays & ~(retired <= last)] if owed is not None else people.iloc[:0]
    orders = _orders(book, first, min(end, last + pd.Timedelta(days=1)))
    paid, waits = orders[orders.status == "paid"], orders[orders.status == "pending"]
    rows = people[["nip", "agency_code", "unit"]].set_index("nip")
    rows["orders"] = paid.groupby("nip").size().reindex(rows.index).fillna(0)
    rows["amount"] = paid.groupby("nip").amount.sum().reindex(rows.index).fillna(0)
    rows["waiting"] = waits.groupby("nip").size().reindex(rows.index).fillna(0)
    exempt = rows.index.isin(_exempt(book, first, last))
    owed = owed or 0
    begun = book.orders.ordered_at.min() < first + pd.Timedelta(days=1)
    rows["state"] = "open" if begun else "unknown"  # open or missed: both are judged alike
    rows.loc[(rows.waiting > 0) & (rows.orders + rows.waiting >= owed), "state"] = "unknown"
    rows.loc[exempt, "state"] = "exempt"
    rows.loc[rows.orders >= owed, "state"] = "met"
    return rows.reset_index()


def _orders(book: Any, first: pd.Timestamp, end: pd.Timestamp) -> Frame:
    """Orders of civil servants of which something was kept, but for those of their own shops."""
    lines = book.orders
    back = lines[(lines.status == "refunded") & lines.refund_of.notna()].groupby("refund_of").amount.sum()
    own = lines[lines.nip.notna() & lines.status.isin(["paid", "pending"])]
    own = own[(own.ordered_at >= first) & (own.ordered_at < end)]
    orders = own.groupby(["nip", "order_id", "status"]).agg(amount=("amount", "sum"), shop=("merchant_id", "first"))
    orders = orders.reset_index()
    orders["amount"] += orders.order_id.map(back).astype(float).fillna(0)  # also where there is no order
    owners = book.table("merchants").set_index("merchant_id").owner_nik
    niks = book.table("civil_servants").set_index("nip").nik
    mine = orders.shop.map(owners).fillna("-") == orders.nip.map(niks).fillna("?")
    return orders[(orders.amount > 0) & ~mine]


def _exempt(book: Any, first: pd.Timestamp, last: pd.Timestamp) -> set[str]:
    letters = book.table("asn_exemptions")
    since, until = pd.to_datetime(letters.since), pd.to_datetime(letters.until).fillna(last)
    days = (until.clip(upper=last) - since.clip(lower=first)).dt.days + 1
    together = letters.assign(days=days)[days > 0].groupby("nip").days.sum()
    return set(together[together >= LONG].index)


def share(rows: Frame) -> float | None:
    """Percent met of those who can be judged; nothing where most cannot be."""
    judged, unknown = rows.state.isin(["met", "open"]).sum(), (rows.state == "unknown").sum()
    return float(100 * (rows.state == "met").sum() / judged) if judged and judged >= unknown else None


def each(rows: Frame) -> float | None:
    """Rupiah per civil servant who is not exempt."""
    obliged = (rows.state != "exempt").sum()
    return float(rows.amount.sum() / obliged) if obliged else None


def shops(book: Any, month: dt.date, end: pd.Timestamp) -> Frame:
    """Sales of every merchant that had joined by a day, in its month so far; the least first."""
    first, merchants, lines = pd.Timestamp(month.replace(day=1)), book.table("merchants"), book.orders
    there = merchants[pd.to_datetime(merchants.joined_on) <= pd.Timestamp(month)]
    sold = lines[lines.status.isin(["paid", "refunded"]) & (lines.ordered_at >= first) & (lines.ordered_at < end)]
    amount = sold.groupby("merchant_id").amount.sum()
    rows = there.assign(amount=there.merchant_id.map(amount).fillna(0).clip(lower=0))
    return rows.sort_values(["amount", "merchant_id"]).reset_index(drop=True)


def gini(rows: Frame) -> float | None:
    """By the mean difference of all pairs: another way than by ranks."""
    sales = rows.amount.to_numpy(float)
    if not sales.sum():
        return None
    pairs = abs(sales[:, None] - sales[None, :]).sum()
    return float(pairs / (2 * len(sales) * sales.sum()))


def ranking(rows: Frame) -> dict[Any, float]:
    """Per agency: rank, percent met, judged, Rp each, exempt, unknown."""
    shares = {key: share(part) for key, part in rows.groupby("agency_code")}
    cells: dict[Any, float | None] = {}
    for key, part in rows.groupby("agency_code"):
        judged, mine = part.state.isin(["met", "open"]).sum(), shares[key]
        rank = None if mine is None else 1 + sum((other or 0) > mine for other in shares.values())
        numbers = (rank, mine, judged, each(part), (part.state == "exempt").sum(), (part.state == "unknown").sum())
        cells |= {(str(key), str(n)): number for n, number in enumerate(numbers)}
    return {key: float(number) for key, number in cells.items() if number is not None}


def lorenz(rows: Frame) -> dict[Any, float]:
    """Cumulative percent of sales by cumulative percent of merchants, about a hundred points."""
    if not rows.amount.sum():
        return {}
    size, sums = len(rows), rows.amount.cumsum() / rows.amount.sum() * 100
    step = max(1, size // 100)
    places = [*list(range(step, size + 1, step))[:-1], size]
    return {("0.0", "0"): 0.0} | {(str(100.0 * n / size), "0"): float(sums.iloc[n - 1]) for n in places}


def ends(book: Any, day: dt.date, end: pd.Timestamp, now: pd.Timestamp, owed: int | None) -> dict[Any, float]:
    """The share at the month's end, if it goes on like each of the last three months."""
    present = share(standing(book, day, end, owed))
    if present is None:
        return {}
    over = end.date() > day
    added = []
    for back in (1, 2, 3):
        month = months_back(day, back)
        same = month.replace(day=min(day.day, calendar.monthrange(month.year, month.month)[1]))
        then = pd.Timestamp(same) + (pd.Timedelta(days=1) if over else end - end.normalize())
        before, final = (share(standing(book, month, at, owed)) for at in (then, now))
        if before is not None and final:
            added.append(final - before)
    if len(added) < 2:
        return {}
    likely = [min(100.0, present + more) for more in added]
    numbers = {"Perkiraan": sum(likely) / len(likely), "Paling rendah": min(likely), "Paling tinggi": max(likely)}
    return {(name, "0"): number for name, number in numbers.items()}
