"""Second computations of Bansos in depth and Pasar in depth: pandas over the simulator's own store."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.panels import (
    Campaign,
    Checks,
    Coming,
    Concentrated,
    Deciles,
    IndicatorPanel,
    Lines,
    NeedBesideAid,
    Rounds,
    Stages,
    Staying,
)
from dashboard.queries import step_for
from tests import purchases
from tests.truths import Aims

if TYPE_CHECKING:
    from etl.cities import City
    from tests.truth import Asked, Book, Figure

Frame = pd.DataFrame
Cells = dict[Any, Any]
OF_MODELS = (Campaign, Coming, Concentrated, Staying)
PANELS = (Checks, Deciles, Lines, NeedBesideAid, Rounds, Stages, *OF_MODELS)
FLOORS = {"hour": "h", "day": "D"}


def figures(aims: Aims) -> "dict[str, Figure]":
    """Every indicator of ``aid_reach`` and ``trade``, and what was verified."""
    from tests.truth import Figure, count, share  # it collects this module

    def of(name: str) -> "Callable[[Book, Asked], Frame]":
        return lambda book, asked: book.table(name)

    def total(name: str) -> Callable[[Frame], float | None]:
        return lambda rows: float(rows[name].sum()) if len(rows) else None

    part: dict[str, Any] = {"adds": False}
    latest: dict[str, Any] = {"window": "known", **part}
    city: dict[str, Any] = {"placed": False, **part}
    packages, shops = of("catalogue_purchases"), {"window": "city", "placed": False, **part}
    return {
        "aid_verified": Figure(verified, "period", lambda r: float(r.amount.sum())),
        "aid_covered": Figure(reached, "", share(lambda r: r.paid.sum(), lambda r: r.households.sum()), **latest),
        "eligible_households": Figure(reached, "", total("households"), **latest),
        "aid_days_p50": Figure(timed, "period", waited(0.5), **part),
        "aid_days_p90": Figure(timed, "period", waited(0.9), **part),
        "poor_households": Figure(need, "", total("poor_households"), **latest),
        "jobs_lost": Figure(need, "", total("jobs_lost"), **latest),
        "merchants_top10": Figure(month_of_shops, "", top, **shops),
        "merchants_hhi": Figure(month_of_shops, "", hhi, **shops),
        "delivery_p50": Figure(brought, "assigned_at", minutes(0.5), **city),
        "delivery_p90": Figure(brought, "assigned_at", minutes(0.9), **city),
        "delivery_cancelled": Figure(
            of("deliveries"), "assigned_at", share(lambda r: (r.status == "cancelled").sum(), count), **city
        ),
        "pos_sales": Figure(of("pos_transactions"), "sold_at", lambda r: float(r.amount.sum()), placed=False),
        "catalogue_value": Figure(packages, "purchased_on", lambda r: float(r.value.sum()), placed=False),
        "domestic_share": Figure(packages, "purchased_on", share(flagged("is_domestic"), worth), **city),
        "catalogue_umk_share": Figure(packages, "purchased_on", share(flagged("is_umk"), worth), **city),
        "umk_share": Figure(
            accounts, "", share(lambda r: r.small.sum(), lambda r: r.goods_services.sum()), **latest, placed=False
        ),
        "goods_services": Figure(accounts, "", total("goods_services"), **latest, placed=False),
    }


def verified(book: "Book", asked: "Asked") -> Frame:
    return book.grants[book.grants.status.isin(["verified", "paid"])]


def reached(book: "Book", asked: "Asked") -> Frame:
    """Households of the newest extract, with those to whom aid was paid in this month and the two before."""
    extracts = book.table("eligible_households")
    extracts = extracts[extracts.counted_on <= pd.Timestamp(asked.until)]
    extracts = extracts[extracts.counted_on == extracts.counted_on.max()]
    since = pd.Timestamp(purchases.months_back(asked.until, 2))
    paid = book.grants[(book.grants.status == "paid") & (book.grants.period >= since)]
    paid = paid[paid.period <= pd.Timestamp(asked.until)]
    homes = paid.groupby("kk").agg(area_code=("area_code", "min"), decile=("decile", "min"))
    sizes = homes.groupby(["area_code", "decile"]).size().rename("paid").reset_index()
    return extracts.merge(sizes, on=["area_code", "decile"], how="left").fillna({"paid": 0})


def timed(book: "Book", asked: "Asked") -> Frame:
    """Paid grants of lists that tell the day of proposal; Banyumas' do not."""
    rows = book.grants[(book.grants.status == "paid") & (book.code != "33.02")]
    return rows.assign(days=(rows.paid_on - rows.proposed_on).dt.days)


def waited(quantile: float) -> Callable[[Frame], float | None]:
    return lambda rows: float(rows.days.quantile(quantile)) if len(rows) else None


def need(book: "Book", asked: "Asked") -> Frame:
    rows = book.table("household_need")
    rows = rows[rows.period <= pd.Timestamp(asked.until)]
    return rows[rows.period == rows.period.max()]


def month_of_shops(book: "Book", asked: "Asked") -> Frame:
    return purchases.shops(book, asked.until, asked.end)


def top(rows: Frame) -> float | None:
    whole = float(rows.amount.sum())
    return 100 * float(rows.amount.nlargest(10).sum()) / whole if whole else None


def hhi(rows: Frame) -> float | None:
    whole = float(rows.amount.sum())
    return 10_000 * float(((rows.amount / whole) ** 2).sum()) if whole else None


def brought(book: "Book", asked: "Asked") -> Frame:
    rows = book.table("deliveries")
    return rows[rows.status == "delivered"]


def minutes(quantile: float) -> Callable[[Frame], float | None]:
    def made(rows: Frame) -> float | None:
        taken = (rows.dropped_at - rows.assigned_at).dt.total_seconds() / 60
        return float(taken.quantile(quantile)) if len(rows) else None

    return made


def worth(rows: Frame) -> float:
    return float(rows.value.sum())


def flagged(name: str) -> Callable[[Frame], float]:
    return lambda rows: float(rows.value[rows[name] == 1].sum())


def accounts(book: "Book", asked: "Asked") -> Frame:
    """Agencies by month of their accounts, the last twelve, with what went to small firms."""
    spent = book.table("agency_spending")
    spent = spent[spent.period <= pd.Timestamp(asked.until)]
    spent = spent[spent.period.isin(sorted(spent.period.unique())[-12:])]
    packages = book.table("catalogue_purchases")
    packages = packages[packages.is_umk == 1].assign(day=lambda r: r.purchased_on, small=lambda r: r.value)
    orders = book.orders[(book.orders.buyer_type == "opd") & book.orders.status.isin(["paid", "refunded"])]
    orders = orders.assign(day=orders.ordered_at, small=orders.amount)
    both = pd.concat([part[["agency_code", "day", "small"]] for part in (packages, orders)])
    both["period"] = both.day.dt.to_period("M").dt.start_time
    sums = both.groupby(["agency_code", "period"]).small.sum().reset_index()
    return spent.merge(sums, on=["agency_code", "period"], how="left").fillna({"small": 0})


# What panels show


def told(panel: IndicatorPanel, book: "Book", asked: "Asked", city: "City", figures: "dict[str, Figure]") -> Cells:
    """(row, column) → number of the panels of this subject."""
    from tests.truth import counted

    def rows(figure: "Figure") -> Frame:
        return counted(figure, book, asked, asked.area == city.code)

    if isinstance(panel, OF_MODELS):  # this world is too short for months; they have a test of their own
        return {}
    if isinstance(panel, Checks):
        return {(name, "0"): number for name, number in findings(book, city)}
    parts = {one.key: (figures[one.key], rows(figures[one.key])) for one in panel.indicators}
    match panel:
        case Stages():
            return grouped({key: (figure, named(of)) for key, (figure, of) in parts.items()}, "round")
        case Rounds():
            wide = 8 if asked.area == city.code else 13
            placed = {key: (figure, by_area(named(of), wide)) for key, (figure, of) in parts.items()}
            return grouped(placed, "area_round")
        case Deciles():
            return grouped(parts, "decile")
        case NeedBesideAid():
            return beside(panel, {key: of for key, (_, of) in parts.items()}, 8 if asked.area == city.code else 13)
    return lines(panel, parts, (asked.until - asked.since).days + 1)


def findings(book: "Book", city: "City") -> Iterator[tuple[str, int]]:
    from tests.browser import test_findings as found

    makers = (found.exclusive, found.servants, found.after_death, found.after_moving)
    names = ("aid_exclusive", "aid_civil_servant", "aid_after_death", "aid_after_moving")
    return ((name, made(book, city)) for name, made in zip(names, makers, strict=True))


def named(rows: Frame) -> Frame:
    years = rows.period.dt.year.astype(str)
    return rows.assign(round=rows.programme + "\t" + years + "\t" + rows.stage.astype(int).astype(str).str.zfill(3))


def by_area(rows: Frame, wide: int) -> Frame:
    return rows.assign(area_round=rows.area_code.str.slice(0, wide) + " " + rows["round"])


def grouped(parts: "dict[str, tuple[Figure, Frame]]", by: str) -> Cells:
    cells = {
        (str(key), name): figure.made(of) for name, (figure, rows) in parts.items() for key, of in rows.groupby(by)
    }
    return {key: number for key, number in cells.items() if number is not None}


def beside(panel: NeedBesideAid, rows: dict[str, Frame], wide: int) -> Cells:
    """Need and aid of each area that tells its need, and how much aid there is for each in need."""
    need_name, aid_name = (one.key for one in panel.indicators)
    needed, paid = rows[need_name], rows[aid_name]
    needs = needed.groupby(needed.area_code.str.slice(0, wide))[need_name].sum()
    aids = paid.groupby(paid.area_code.str.slice(0, wide)).amount.sum().reindex(needs.index).fillna(0)
    if needs.sum() <= 0 or aids.sum() <= 0:
        return {}
    each = {(key, "each"): aids[key] / needs[key] for key in needs.index if needs[key]}
    cells = {(key, name): of[key] for name, of in ((need_name, needs), (aid_name, aids)) for key in needs.index}
    return {key: float(number) for key, number in (cells | each).items()}


def lines(panel: Lines, parts: "dict[str, tuple[Figure, Frame]]", days: int) -> Cells:
    """Each indicator by step; of what adds up, a step in which another was counted is zero."""
    steps = ["hour", "day", "week", "month"]
    finest = max((panel.least, *(one.finest for one in panel.indicators)), key=steps.index)
    step, cells, adds = step_for(days, finest), {}, panel.indicator.unit.adds_up
    known = {key: (figure, rows) for key, (figure, rows) in parts.items() if len(rows)}
    for name, (figure, rows) in known.items():
        moments = rows[figure.time]
        keys = moments.dt.to_period("W").dt.start_time if step == "week" else moments.dt.floor(FLOORS[step])
        cells |= {(when, name): figure.made(rows[keys == when]) for when in sorted(set(keys))}
    whens = {when for when, _ in cells}
    filled = {(when, name): cells.get((when, name), 0.0 if adds else None) for when in whens for name in known}
    return {
        (when.isoformat() if step == "hour" else when.date().isoformat(), name): number
        for (when, name), number in filled.items()
        if number is not None
    }
