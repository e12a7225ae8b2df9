"""Second computations of indicators, one module a subject: ``figures(aims)`` by key. ``tests.truth`` collects them."""

import importlib
import pkgutil
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.truth import Figure


class Aims(NamedTuple):
    """What a city has set: minutes to arrival, days for a complaint, rupiah a month, a merchant's cap."""

    arrival: float
    complaint_days: float
    owed: int | None
    cap: float | None


def further(aims: Aims) -> "dict[str, Figure]":
    """The figures of every module here."""
    found: dict[str, Figure] = {}
    for module in pkgutil.iter_modules(__path__):
        found |= importlib.import_module(f"{__name__}.{module.name}").figures(aims)
    return found
