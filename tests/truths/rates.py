"""Counts for so many people."""

from tests.truth import Figure, bought, count, distinct, emergencies, whole
from tests.truths import Aims


def figures(aims: Aims) -> dict[str, Figure]:
    return {
        "emergencies_rate": Figure(emergencies, "called_at", count),
        "orders_rate": Figure(bought, "ordered_at", distinct("order_id")),
        "requests_rate": Figure(whole("service_requests"), "opened_at", count),
    }
