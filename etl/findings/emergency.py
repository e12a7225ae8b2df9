"""Emergency calls against the clock: what cannot have happened in this order."""

from collections.abc import Callable

from etl.cities import City
from etl.contract import Privacy
from etl.finding import Found, Rule, Severity, case
from etl.text import Text
from etl.warehouse import TABLES

CALLS = TABLES["emergency_calls"].c


def _ended(city: City) -> Found:
    found = case(CALLS.call_id, called_at=CALLS.called_at, ended_at=CALLS.ended_at, source=CALLS.source)
    return found.where(CALLS.city_code == city.code, CALLS.ended_at < CALLS.called_at)


def _arrived(city: City) -> Found:
    times = {"dispatched_at": CALLS.dispatched_at, "arrived_at": CALLS.arrived_at}
    found = case(CALLS.call_id, **times, unit=CALLS.unit, source=CALLS.source)
    return found.where(CALLS.city_code == city.code, CALLS.arrived_at < CALLS.dispatched_at)


def _rule(name: str, title: Text, meaning: Text, column: str, found: Callable[[City], Found]) -> Rule:
    return Rule(
        name=name,
        title=title,
        meaning=meaning,
        reads=(("emergency_calls", column),),
        severity=Severity.ERROR,
        owner=Text("pengelola nomor darurat", "who runs the emergency number"),
        privacy=Privacy.P3,
        found=found,
    )


RULES = (
    _rule(
        "call_ended_before_start",
        Text("Panggilan berakhir sebelum masuk", "Calls that end before they begin"),
        Text("Waktu akhir panggilan mendahului waktu masuknya", "The call's end is before the moment it came in"),
        "ended_at",
        _ended,
    ),
    _rule(
        "arrival_before_dispatch",
        Text("Unit tiba sebelum berangkat", "Units that arrive before they leave"),
        Text("Waktu tiba mendahului waktu berangkat", "The unit's arrival is before its departure"),
        "arrived_at",
        _arrived,
    ),
)
