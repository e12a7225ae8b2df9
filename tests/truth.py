"""What every figure must be, computed a second time and in another way: pandas over the simulator's own store.

Nothing here imports the queries under test. ``FIGURES`` holds, per indicator, which rows count and
what is made of them; splitting by area, time or a dimension is the same for all.
"""

import datetime as dt
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import pandas as pd

from tests import purchases
from tests.truths import Aims, further

Frame = pd.DataFrame
MOMENTS = ("ordered_at", "called_at", "answered_at", "ended_at", "dispatched_at", "arrived_at", "closed_at")
MOMENTS += ("opened_at", "done_at", "sent_at", "signed_at", "picked_at", "updated_at", "checked_at")
MOMENTS += ("assigned_at", "dropped_at", "sold_at")
MOMENTS += ("slot_at", "last_checked_at", "lent_at", "returned_at", "measured_at")
DAYS = ("report_date", "outcome_date", "period", "joined_on", "applied_on", "due_on", "decided_on", "done_on")
DAYS += ("paid_on", "proposed_on", "purchased_on", "counted_on", "onset_date")


@dataclass(eq=False)
class Book:
    """The true rows of one city; moments as local wall-clock times."""

    path: Path
    code: str
    zone: str
    _read: dict[str, Frame] = field(default_factory=dict)

    def table(self, dataset: str) -> Frame:
        """A copy of the rows, which are read once; pandas copies what is written to."""
        if dataset not in self._read:
            self._read[dataset] = self._table(dataset)
        return self._read[dataset].copy(deep=False)

    def _table(self, dataset: str) -> Frame:
        with sqlite3.connect(self.path) as connection:
            rows = pd.read_sql_query(
                f"select * from {dataset} where city_code = ? and refused = 0", connection, params=(self.code,)
            )
        for name in rows.columns.intersection(MOMENTS):
            rows[name] = (
                pd.to_datetime(rows[name], utc=True, format="ISO8601").dt.tz_convert(self.zone).dt.tz_localize(None)
            )
        for name in rows.columns.intersection(DAYS):
            rows[name] = pd.to_datetime(rows[name], format="ISO8601")
        return rows

    @cached_property
    def orders(self) -> Frame:
        return self.table("marketplace_orders")

    @cached_property
    def calls(self) -> Frame:
        rows = self.table("emergency_calls")
        return rows[rows.is_drill == 0]

    @cached_property
    def cases(self) -> Frame:
        rows = self.table("covid_cases")
        rows["age_band"] = [band(age) for age in rows.age]
        return rows[rows.status == "konfirmasi"]

    @cached_property
    def grants(self) -> Frame:
        return self.table("bansos_grants")

    @cached_property
    def people(self) -> Frame:
        rows = self.table("civil_servants")
        return rows[rows.status == "active"]

    @cached_property
    def daily(self) -> Frame:
        rows = self.table("covid_daily").sort_values(["place", "report_date"])
        steps = rows.groupby("place")[["tested", "tested_positive"]].diff()
        return rows.assign(tests=steps.tested, positives=steps.tested_positive)


def band(age: float) -> str | None:
    if pd.isna(age):
        return None
    low = int(age) // 10 * 10
    return "80+" if age >= 80 else f"{low}-{low + 9}"


@dataclass
class Asked:
    """Days of the city's own calendar, the present local time, an area prefix."""

    since: dt.date
    until: dt.date
    now: dt.datetime
    area: str

    @property
    def end(self) -> pd.Timestamp:
        midnight = pd.Timestamp(self.until) + pd.Timedelta(days=1)
        return min(midnight, pd.Timestamp(self.now))

    def back(self, days: int) -> "Asked":
        step = dt.timedelta(days=days)
        return Asked(self.since - step, self.until - step, self.now - step, self.area)


@dataclass
class Figure:
    """``rows`` that count (before time and place), the column of time, what is made of them."""

    rows: Callable[[Book, Asked], Frame]
    time: str
    made: Callable[[Frame], float | None]
    window: str = "period"
    adds: bool = True  # nothing there is zero
    placed: bool = True  # it can be said of a part of the city
    target: float | None = None


def total(rows: Frame) -> float:
    return float(rows.amount.sum())


def count(rows: Frame) -> float:
    return float(len(rows))


def share(part: Callable[[Frame], float], whole: Callable[[Frame], float]) -> Callable[[Frame], float | None]:
    return lambda rows: 100 * part(rows) / whole(rows) if len(rows) and whole(rows) else None


def minutes(quantile: float) -> Callable[[Frame], float | None]:
    def made(rows: Frame) -> float | None:
        waits = (rows.arrived_at - rows.called_at).dt.total_seconds() / 60
        return float(waits.quantile(quantile)) if len(rows) else None

    return made


def paid(book: Book, asked: Asked) -> Frame:
    return book.orders[book.orders.status.isin(["paid", "refunded"])]


def bought(book: Book, asked: Asked) -> Frame:
    return book.orders[book.orders.status == "paid"]


def buyers(book: Book, asked: Asked) -> Frame:
    """Active civil servants, with whether they bought this month."""
    first = pd.Timestamp(asked.until.replace(day=1))
    month = bought(book, asked)[lambda rows: (rows.ordered_at >= first) & (rows.ordered_at < asked.end)]
    return book.people.assign(bought=book.people.nip.isin(month.nip.dropna()))


def emergencies(book: Book, asked: Asked) -> Frame:
    return book.calls[book.calls.outcome == "emergency"]


def reached(book: Book, asked: Asked) -> Frame:
    return emergencies(book, asked)[lambda rows: rows.arrived_at.notna()]


def late(target: float) -> Callable[[Book, Asked], Frame]:
    def rows(book: Book, asked: Asked) -> Frame:
        all_of = emergencies(book, asked)
        waiting = all_of.arrived_at.isna() | (all_of.arrived_at > asked.end)
        old = (all_of.called_at < asked.end - pd.Timedelta(minutes=target)) & (
            all_of.called_at >= asked.end - pd.Timedelta(days=1)
        )
        return all_of[waiting & old & all_of.closed_at.isna()]

    return rows


def active(book: Book, asked: Asked) -> Frame:
    day = pd.Timestamp(asked.until)
    return book.cases[
        (book.cases.report_date <= day) & (book.cases.outcome_date.isna() | (book.cases.outcome_date > day))
    ]


def desk(book: Book, asked: Asked) -> Frame:
    return book.calls[book.calls.outcome != "ivr_lost"]


def soon(rows: Frame) -> float:
    return float(((rows.answered_at - rows.called_at) <= pd.Timedelta(seconds=20)).sum())


def double(book: Book, asked: Asked) -> Frame:
    of = book.grants[book.grants.status == "paid"]
    grouped = (
        of.groupby(["period", "nik"])
        .agg(programmes=("programme", "nunique"), area_code=("area_code", "min"))
        .reset_index()
    )
    return grouped[grouped.programmes > 1]


def planned(book: Book, asked: Asked) -> Frame:
    return book.grants[book.grants.status != "rejected"]


def aid(status: str) -> Callable[[Book, Asked], Frame]:
    return lambda book, asked: book.grants[book.grants.status == status]


def _paid_amount(rows: Frame) -> float:
    return float(rows.amount[rows.status == "paid"].sum())


def _of_type(kind: str) -> Callable[[Frame], float]:
    return lambda rows: float(rows.amount[rows.buyer_type == kind].sum())


def _outcomes(*names: str) -> Callable[[Frame], float]:
    return lambda rows: float(rows.outcome.isin(names).sum())


def hours(first: str, last: str) -> Callable[[Frame], float | None]:
    return lambda rows: float((rows[last] - rows[first]).dt.total_seconds().median() / 3600) if len(rows) else None


def whole(name: str) -> Callable[[Book, Asked], Frame]:
    return lambda book, asked: book.table(name)


def unfinished(name: str, begun: str, ended: str, days: float = 0) -> Callable[[Book, Asked], Frame]:
    """What began more than so many days before the end, and had not ended then."""

    def rows(book: Book, asked: Asked) -> Frame:
        every = book.table(name)
        old = every[begun] < asked.end - pd.Timedelta(days=days)
        return every[old & ~(every[ended] <= asked.end)]

    return rows


def waiting(days: float) -> Callable[[Book, Asked], Frame]:
    """Documents neither signed nor sent back; one that was sent back changed last when it was."""

    def rows(book: Book, asked: Asked) -> Frame:
        every = book.table("signed_documents")
        left = every.signed_at.where(every.status != "returned", every.updated_at)
        return every[(every.sent_at < asked.end - pd.Timedelta(days=days)) & ~(left <= asked.end)]

    return rows


def undecided(book: Book, asked: Asked) -> Frame:
    every, day = book.table("permits"), pd.Timestamp(asked.until)
    return every[(every.due_on < day) & ~(every.decided_on <= day)]


def promised(book: Book, asked: Asked) -> Frame:
    return book.table("permits")[lambda rows: rows.due_on.notna()]


def services(complaint_days: float) -> dict[str, Figure]:
    requests, signed, complaints = whole("service_requests"), whole("signed_documents"), whole("complaints")
    moment, part, elsewhere = {"window": "moment"}, {"adds": False}, {"placed": False}
    digital = share(lambda r: (r.channel == "digital").sum(), len)
    closed = share(lambda r: r.status.isin(["done", "rejected"]).sum(), len)
    due = share(lambda r: (r.decided_on <= r.due_on).sum(), len)
    late = unfinished("complaints", "opened_at", "closed_at", complaint_days)
    return {
        "digital_share": Figure(requests, "opened_at", digital, **part),
        "requests": Figure(requests, "opened_at", count),
        "requests_open": Figure(unfinished("service_requests", "opened_at", "done_at"), "", count, **moment),
        "requests_waiting": Figure(unfinished("service_requests", "opened_at", "done_at", 3), "", count, **moment),
        "requests_served": Figure(requests, "done_at", count),
        "request_hours": Figure(requests, "done_at", hours("opened_at", "done_at"), **part),
        "documents_waiting": Figure(waiting(0), "", count, **moment, **elsewhere),
        "documents_late": Figure(waiting(1), "", count, **moment, **elsewhere),
        "signing_hours": Figure(signed, "signed_at", hours("sent_at", "signed_at"), **part, **elsewhere),
        "complaints": Figure(complaints, "opened_at", count, **elsewhere),
        "complaints_done": Figure(complaints, "opened_at", closed, **part, **elsewhere),
        "complaints_late": Figure(late, "", count, **moment, **elsewhere),
        "permits_on_time": Figure(promised, "decided_on", due, **part, **elsewhere),
        "permits_late": Figure(undecided, "", count, **moment, **elsewhere),
        "waste_kg": Figure(whole("waste_pickups"), "picked_at", lambda r: float(r.kg.sum())),
    }


def actions(which: Callable[[Frame, pd.Timestamp], "pd.Series[bool]"]) -> Callable[[Book, Asked], Frame]:
    """Actions of the plan, as of the end of the last day."""

    def rows(book: Book, asked: Asked) -> Frame:
        every = book.table("plan_actions")
        return every[which(every, pd.Timestamp(asked.until))]

    return rows


def items(book: Book, asked: Asked) -> Frame:
    every = book.table("site_budgets")
    return every[every.budget_year == every.budget_year.max()]


def offices(book: Book, asked: Asked) -> Frame:
    """One row per site: its least advanced item."""
    return items(book, asked).groupby("area_code").progress.min().reset_index()


def mean(name: str) -> Callable[[Frame], float | None]:
    return lambda rows: float(rows[name].mean()) if len(rows) else None


def weighed(name: str, by: str) -> Callable[[Frame], float | None]:
    return lambda rows: float((rows[name] * rows[by]).sum() / rows[by].sum()) if len(rows) else None


def summed(name: str) -> Callable[[Frame], float | None]:
    return lambda rows: float(rows[name].sum()) if len(rows) else None


def plan() -> dict[str, Figure]:
    opened = actions(lambda r, day: r.done_on.isna())
    late = actions(lambda r, day: r.done_on.isna() & (r.due_on < day))
    running = actions(lambda r, day: r.done_on.isna() & ~(r.due_on < day))
    done = actions(lambda r, day: r.done_on.notna())
    unproven = actions(lambda r, day: (r.claimed > 0) & r.evidence.isna())
    in_time = share(lambda r: (r.done_on <= r.due_on).sum(), len)
    absorbed = share(lambda r: r.realised.sum(), lambda r: r.budget.sum())
    every, known = whole("plan_actions"), {"window": "known"}
    city, part = {"placed": False, **known}, {"adds": False, **known}
    return {
        "actions_open": Figure(opened, "", count, **city),
        "actions_late": Figure(late, "", count, **city),
        "actions_running": Figure(running, "", count, **city),
        "actions_done": Figure(done, "", count, **city),
        "actions_on_time": Figure(done, "", in_time, adds=False, **city),
        "actions_no_evidence": Figure(unproven, "", count, **city),
        "plan_claimed": Figure(every, "", mean("claimed"), adds=False, **city),
        "plan_evidenced": Figure(every, "", mean("evidenced"), adds=False, **city),
        "site_budget": Figure(items, "", summed("budget"), **part),
        "site_realised": Figure(items, "", summed("realised"), **part),
        "site_absorption": Figure(items, "", absorbed, **part),
        "site_progress": Figure(items, "", weighed("progress", "budget"), **part),
        "sites": Figure(offices, "", count, **known),
        "sites_ready": Figure(lambda b, a: offices(b, a)[lambda r: r.progress >= 100], "", count, **known),
    }


def distinct(name: str) -> Callable[[Frame], float]:
    return lambda rows: float(rows[name].nunique())


def spent(book: Book, asked: Asked) -> Frame:
    return paid(book, asked)[lambda rows: rows.buyer_type == "asn"]


def ordered(book: Book, asked: Asked) -> Frame:
    return bought(book, asked)[lambda rows: rows.buyer_type == "asn"]


standing = lru_cache(maxsize=64)(purchases.standing)


def obligations(owed: int | None, cap: float | None) -> dict[str, Figure]:
    def people(book: Book, asked: Asked) -> Frame:
        return standing(book, asked.until, asked.end, owed).copy(deep=False)

    def of(*states: str) -> Callable[[Frame], float]:
        return lambda rows: float(rows.state.isin(states).sum())

    def shops(book: Book, asked: Asked) -> Frame:
        return purchases.shops(book, asked.until, asked.end)

    def near(book: Book, asked: Asked) -> Frame:
        return shops(book, asked)[lambda rows: rows.amount >= 0.8 * (cap or float("inf"))]

    month, city = {"window": "month"}, {"window": "city", "placed": False}
    return {
        "asn_met": Figure(people, "", purchases.share, adds=False, **city),
        "asn_waiting": Figure(people, "", of("open"), **city),
        "asn_unknown": Figure(people, "", of("unknown"), **city),
        "asn_exempt": Figure(people, "", of("exempt"), **city),
        "asn_amount": Figure(people, "", purchases.each, adds=False, **city),
        "asn_spent": Figure(spent, "ordered_at", total, **month),
        "asn_orders": Figure(ordered, "ordered_at", distinct("order_id"), **month),
        "merchants_reached": Figure(ordered, "ordered_at", distinct("merchant_id"), **month),
        "wards_reached": Figure(ordered, "ordered_at", distinct("area_code"), **month),
        "merchant_gini": Figure(shops, "", purchases.gini, adds=False, **city),
        "merchants_near_cap": Figure(near, "", lambda rows: count(rows) if cap else None, adds=False, **city),
    }


def figures(
    arrival_target: float, complaint_days: float = 14, owed: int | None = 1, cap: float | None = None
) -> dict[str, Figure]:
    """Every indicator by key; a test fails when one is missing."""
    aims = Aims(arrival_target, complaint_days, owed, cap)
    subjects = services(complaint_days) | plan() | obligations(owed, cap) | further(aims)
    return subjects | {
        "gmv": Figure(paid, "ordered_at", total),
        "orders": Figure(bought, "ordered_at", distinct("order_id")),
        "merchants_active": Figure(bought, "ordered_at", distinct("merchant_id")),
        "basket": Figure(
            bought, "ordered_at", lambda r: r.amount.sum() / r.order_id.nunique() if len(r) else None, adds=False
        ),
        "asn_share": Figure(paid, "ordered_at", share(_of_type("asn"), lambda r: r.amount.sum()), adds=False),
        "opd_share": Figure(paid, "ordered_at", share(_of_type("opd"), lambda r: r.amount.sum()), adds=False),
        "asn_buying": Figure(buyers, "", share(lambda r: r.bought.sum(), len), window="city", adds=False),
        "cases_new": Figure(lambda b, a: b.cases, "report_date", count),
        "incidence_week": Figure(lambda b, a: b.cases, "report_date", count, window="week"),
        "cases_active": Figure(active, "", count, window="moment"),
        "cases_recovered": Figure(lambda b, a: b.cases[b.cases.outcome == "recovered"], "outcome_date", count),
        "cases_died": Figure(lambda b, a: b.cases[b.cases.outcome == "died"], "outcome_date", count),
        "deaths_week": Figure(lambda b, a: b.cases[b.cases.outcome == "died"], "outcome_date", count, window="week"),
        "positivity_week": Figure(
            lambda b, a: b.daily,
            "report_date",
            share(lambda r: r.positives.sum(), lambda r: r.tests.sum()),
            window="week",
            adds=False,
        ),
        "aid_recipients": Figure(aid("paid"), "period", distinct("nik")),
        "aid_amount": Figure(aid("paid"), "period", total),
        "aid_planned": Figure(planned, "period", total),
        "aid_paid_share": Figure(planned, "period", share(_paid_amount, lambda r: r.amount.sum()), adds=False),
        "aid_grants": Figure(lambda b, a: b.grants, "period", count),
        "aid_rejected": Figure(aid("rejected"), "period", count),
        "aid_coverage": Figure(aid("paid"), "period", distinct("nik")),
        "aid_double": Figure(double, "period", count),
        "calls": Figure(lambda b, a: b.calls, "called_at", count),
        "emergencies": Figure(emergencies, "called_at", count),
        "answered_20s": Figure(desk, "called_at", share(soon, len), adds=False),
        "abandoned": Figure(desk, "called_at", share(_outcomes("abandoned"), len), adds=False),
        "prank_ghost": Figure(lambda b, a: b.calls, "called_at", share(_outcomes("prank", "ghost"), len), adds=False),
        "emergencies_reached": Figure(reached, "called_at", count),
        "arrival_p50": Figure(reached, "called_at", minutes(0.5), adds=False),
        "arrival_p90": Figure(reached, "called_at", minutes(0.9), adds=False),
        "open_past_target": Figure(late(arrival_target), "", count, window="moment"),
        "unplaced": Figure(
            lambda b, a: emergencies(b, a)[lambda r: r.area_code.isna()], "called_at", count, window="unplaced"
        ),
    }


def counted(figure: Figure, book: Book, asked: Asked, whole_city: bool) -> Frame:
    """The rows of a figure within its days and its area."""
    rows = figure.rows(book, asked)
    if figure.time:
        firsts = {"week": asked.until - dt.timedelta(days=6), "month": asked.until.replace(day=1)}
        since = firsts.get(figure.window, asked.since)
        first = pd.Timestamp(since.replace(day=1) if figure.time == "period" else since)
        end = asked.end if figure.time in MOMENTS else pd.Timestamp(asked.until) + pd.Timedelta(days=1)
        rows = rows[(rows[figure.time] >= first) & (rows[figure.time] < end)]
    if whole_city or not figure.placed or figure.window in ("city", "unplaced"):
        return rows
    return rows[rows.area_code.fillna("").str.startswith(asked.area)]
