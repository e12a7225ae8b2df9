"""The purchase obligation of the brief: how many civil servants of each agency met it, in counts alone."""

from typing import Any

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.compliance import State, person_months
from dashboard.indicator import Unit
from dashboard.obligation import in_force
from dashboard.queries import Asked


def buying(connection: sa.Connection, asked: Asked, places: Places) -> dict[str, Any] | None:
    """Agencies with how many met the month's obligation, the least first; none where the city asks for nothing."""
    month = asked.scope.until.replace(day=1)
    if not in_force(asked.city, month):
        return None
    people = person_months(asked.city, month, asked.now)
    query = sa.select(people.c.agency_code, people.c.state, sa.func.count()).group_by(
        people.c.agency_code, people.c.state
    )
    counted: dict[str, dict[str, int]] = {}
    for agency, state, size in connection.execute(query):
        counted.setdefault(agency, {})[state] = size
    rows = [_row(places.agency(agency), states, asked.scope.language) for agency, states in counted.items()]
    whole = {state.value: sum(one.get(state, 0) for one in counted.values()) for state in State}
    return {
        "month": fmt.step(month, "month", asked.scope.language),
        "whole": _row("", whole, asked.scope.language),
        "rows": sorted(rows, key=lambda row: (row["share"], row["name"])),
    } if rows else None  # fmt: skip


def _row(name: str, states: dict[str, int], language: str) -> dict[str, Any]:
    """Who is exempt or unknown is neither met nor failing: the share is of all others."""
    met = states.get(State.MET, 0)
    rest = states.get(State.OPEN, 0) + states.get(State.MISSED, 0)
    share = met / (met + rest) if met + rest else 0.0
    counts = {"met": met, "rest": rest, "apart": states.get(State.EXEMPT, 0) + states.get(State.UNKNOWN, 0)}
    shown = {key: fmt.number(size, language) for key, size in counts.items()}
    return {"name": name, "share": share, "percent": fmt.figure(100 * share, Unit.PERCENT, language), **shown}
