"""112 and PSC 119 a second time: pandas over the simulator's own store."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from tests.truths import Aims

if TYPE_CHECKING:
    from tests.truth import Asked, Book, Figure, Frame

CELL = 0.0045


def figures(aims: Aims) -> "dict[str, Figure]":
    """The figures of the desk."""
    from tests.truth import Figure, count, desk, emergencies, minutes, share

    moment, part, elsewhere = {"window": "moment"}, {"adds": False}, {"placed": False}
    left = {"time": "called_at", "adds": False}
    within_15 = share(lambda r: ((r.answered_at - r.called_at) <= pd.Timedelta(seconds=15)).sum(), len)
    return {
        "answered_15s": Figure(desk, "called_at", within_15, **part),
        "open_incidents": Figure(lambda b, a: opened(emergencies(b, a), a), "", count, **moment),
        "callers_waiting": Figure(ringing, "", count, **moment, **elsewhere),
        "takers_on_duty": Figure(answering, "", lambda r: float(r.agent.nunique()), **moment, **elsewhere),
        "units_busy": Figure(
            lambda b, a: out(b.calls, a), "", lambda r: float(r.unit.nunique()), **moment, **elsewhere
        ),
        "units_free": Figure(free, "", count, **moment, **elsewhere),
        "dispatch_p50": Figure(sent, made=to_dispatch(0.5), **left),
        "dispatch_p90": Figure(sent, made=to_dispatch(0.9), **left),
        "further_calls": Figure(further, "called_at", count),
        "repeated_pranks": Figure(again, "called_at", count, **elsewhere),
        "repeating_numbers": Figure(again, "", lambda r: float(r.phone.nunique()), **moment, **elsewhere),
        "drills": Figure(lambda b, a: b.table("emergency_calls")[lambda r: r.is_drill == 1], "called_at", count),
        "triaged": Figure(triaged, "called_at", count),
        "urgent_arrival_p90": Figure(urgent, "called_at", minutes(0.9), **part),
    }


def opened(rows: "Frame", asked: "Asked") -> "Frame":
    recent = (rows.called_at < asked.end) & (rows.called_at >= asked.end - pd.Timedelta(days=1))
    return rows[recent & ~(rows.closed_at <= asked.end)]


def ringing(book: "Book", asked: "Asked") -> "Frame":
    rows, end = book.calls, asked.end
    recent = (rows.called_at <= end) & (rows.called_at > end - pd.Timedelta(minutes=5))
    return rows[recent & ~(rows.answered_at <= end) & ~(rows.ended_at <= end)]


def answering(book: "Book", asked: "Asked") -> "Frame":
    rows, end = book.calls, asked.end
    return rows[(rows.answered_at <= end) & (rows.answered_at > end - pd.Timedelta(hours=1))]


def out(rows: "Frame", asked: "Asked") -> "Frame":
    """Those whose unit is out on them."""
    left = (rows.dispatched_at <= asked.end) & (rows.dispatched_at > asked.end - pd.Timedelta(days=1))
    return rows[left & ~(rows.closed_at <= asked.end)]


def free(book: "Book", asked: "Asked") -> "Frame":
    """One row a unit that went out within thirty days and is not out."""
    rows = book.calls[book.calls.unit.notna()]
    known = rows[(rows.dispatched_at <= asked.end) & (rows.dispatched_at > asked.end - pd.Timedelta(days=30))]
    busy = set(out(known, asked).unit)
    return known[~known.unit.isin(busy)].drop_duplicates("unit")


def sent(book: "Book", asked: "Asked") -> "Frame":
    from tests.truth import emergencies

    return emergencies(book, asked)[lambda rows: rows.dispatched_at.notna()]


def to_dispatch(quantile: float) -> "Callable[[Frame], float | None]":
    def made(rows: "Frame") -> float | None:
        waits = (rows.dispatched_at - rows.called_at).dt.total_seconds() / 60
        return float(waits.quantile(quantile)) if len(rows) else None

    return made


def again(book: "Book", asked: "Asked") -> "Frame":
    """Pranks of numbers with three or more within the thirty days before the end."""
    rows = book.calls
    lately = (rows.called_at >= asked.end - pd.Timedelta(days=30)) & (rows.called_at < asked.end)
    pranks = rows[rows.outcome.isin(["prank", "ghost"]) & lately & rows.phone.notna()]
    return pranks[pranks.groupby("phone").phone.transform("size") >= 3]


def triaged(book: "Book", asked: "Asked") -> "Frame":
    from tests.truth import emergencies

    words = {"red": "urgent", "black": "urgent", "yellow": "not_urgent", "green": "not_urgent"}
    rows = emergencies(book, asked)
    return rows.assign(urgency=rows.triage.map(words))[lambda r: r.urgency.notna()]


def urgent(book: "Book", asked: "Asked") -> "Frame":
    return triaged(book, asked)[lambda rows: (rows.urgency == "urgent") & rows.arrived_at.notna()]


def incidents(rows: "Frame") -> "Frame":
    """Emergencies in the order of time with ``first``: the number of the first call about the same incident."""
    rows = rows.sort_values(["called_at", "call_id"]).reset_index(drop=True)
    # the cells of 500 m, by whole numbers: beside one another when they differ by one at most
    cell = rows[["lat", "lon"]].apply(lambda one: (one / CELL).apply(lambda v: v // 1))
    of = list(range(len(rows)))
    for number, row in enumerate(rows.itertuples()):
        for other in range(number - 1, -1, -1):
            if row.called_at - rows.called_at[other] > pd.Timedelta(minutes=30):
                break
            near = (cell.loc[number] - cell.loc[other]).abs().max() <= 1 and cell.loc[[number, other]].notna().all(
                axis=None
            )
            if near and row.category == rows.category[other]:
                low, high = sorted((of[number], of[other]))
                of = [low if one == high else one for one in of]
    return rows.assign(first=of)


def further(book: "Book", asked: "Asked") -> "Frame":
    """Calls after another about the same incident: those with an earlier one near them."""
    from tests.truth import emergencies

    rows = emergencies(book, asked)
    began = pd.Timestamp(asked.since) - pd.Timedelta(hours=1)  # before it nothing is asked about
    rows = rows[(rows.called_at >= began) & (rows.called_at < asked.end)].reset_index(drop=True)
    later = rows[rows.lat.notna()].merge(rows, how="left", on="category", suffixes=("", "_before"))
    ago = later.called_at - later.called_at_before
    earlier = (later.called_at_before < later.called_at) | (
        (later.called_at_before == later.called_at) & (later.call_id_before < later.call_id)
    )
    near = pd.concat(
        [(later[side] // CELL - later[f"{side}_before"] // CELL).abs() <= 1 for side in ("lat", "lon")], axis=1
    ).all(axis=1)
    found = later.call_id[earlier & (ago <= pd.Timedelta(minutes=30)) & near].unique()
    return rows[rows.call_id.isin(found)]
