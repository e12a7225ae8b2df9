"""Counts for so many people: what makes a ward comparable with its district and the city."""

from dataclasses import replace

from dashboard.indicator import Indicator, Unit
from dashboard.indicators.emergency import EMERGENCIES
from dashboard.indicators.marketplace import ORDERS
from dashboard.indicators.services import REQUESTS
from etl.text import Text


def _per_people(of: Indicator, key: str, unit: Unit, meaning: Text) -> Indicator:
    """The same count, divided by the people who live there."""
    people, per = Text("penduduk", "population"), f"{unit.per_people:,}"
    return replace(
        of,
        key=key,
        unit=unit,
        title=Text(f"{of.title.id} {unit.value.id}", f"{of.title.en} {unit.value.en}"),
        meaning=meaning,
        formula=Text(
            f"({of.formula.id}) ÷ {people.id} × {per.replace(',', '.')}",
            f"({of.formula.en}) ÷ {people.en} × {per}",
        ),
    )


EMERGENCIES_RATE = _per_people(
    EMERGENCIES,
    "emergencies_rate",
    Unit.PER_100K,
    Text(
        "Kejadian darurat dalam periode ini per 100 ribu penduduk wilayahnya",
        "Emergencies in the period per 100,000 people who live in the area",
    ),
)
ORDERS_RATE = _per_people(
    ORDERS,
    "orders_rate",
    Unit.PER_1000,
    Text(
        "Pesanan lunas pada pedagang di wilayah ini per 1.000 penduduknya: seberapa ramai pedagangnya, bukan warganya",
        "Paid orders with merchants of the area per 1,000 people who live there: of its merchants, not its residents",
    ),
)
REQUESTS_RATE = _per_people(
    REQUESTS,
    "requests_rate",
    Unit.PER_1000,
    Text(
        "Permohonan layanan dalam periode ini per 1.000 penduduk wilayahnya",
        "Requests for a service in the period per 1,000 people who live in the area",
    ),
)

INDICATORS = (EMERGENCIES_RATE, ORDERS_RATE, REQUESTS_RATE)
