"""Layanan, Aplikasi: what is open, what waste is paid, whether shared services answer."""

from typing import TYPE_CHECKING

import pandas as pd

from tests.truths import Aims

if TYPE_CHECKING:
    from tests.truth import Asked, Book, Figure


def open_permits(book: "Book", asked: "Asked") -> pd.DataFrame:
    every, day = book.table("permits"), pd.Timestamp(asked.until)
    return every[(every.applied_on <= day) & ~(every.decided_on <= day)]


def figures(aims: Aims) -> "dict[str, Figure]":
    from tests.truth import Figure, count, share, unfinished, whole  # which imports this package

    documents, waste, checks = whole("signed_documents"), whole("waste_pickups"), whole("service_checks")
    city = {"placed": False}
    return {
        "documents_sent": Figure(documents, "sent_at", count, **city),
        "complaints_open": Figure(unfinished("complaints", "opened_at", "closed_at"), "", count, "moment", **city),
        "permits_open": Figure(open_permits, "", count, "moment", **city),
        "waste_kg_week": Figure(waste, "picked_at", lambda r: float(r.kg.sum()), "week"),
        "waste_paid": Figure(waste, "picked_at", lambda r: float(r.paid.sum())),
        "waste_unpaid": Figure(waste, "picked_at", share(lambda r: r.paid.isna().sum(), len), adds=False),
        "uptime": Figure(checks, "checked_at", share(lambda r: (r.is_up == 1).sum(), len), adds=False, **city),
        "checks_unanswered": Figure(
            checks, "checked_at", share(lambda r: (r.is_up == 0).sum(), len), adds=False, **city
        ),
        "latency": Figure(
            checks, "checked_at", lambda r: float(r.latency_ms.quantile(0.95)) if len(r) else None, adds=False, **city
        ),
    }
