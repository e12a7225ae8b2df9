"""The purchase obligation of the brief: how many civil servants of each agency met it, in counts alone."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Unit
from dashboard.obligation import in_force
from dashboard.queries import Asked
from dashboard.standings import Standing, standings


def buying(connection: sa.Connection, asked: Asked, places: Places) -> dict[str, Any] | None:
    """Agencies with how many met the month's obligation, the least first; none where the city asks for nothing."""
    month = asked.scope.until.replace(day=1)
    found = standings(connection, replace(asked, scope=replace(asked.scope, since=month)))
    if not found or not in_force(asked.city, month):
        return None
    language = asked.scope.language
    judged = [one for one in found if one.share is not None]
    told = [*reversed(judged), *(one for one in found if one.share is None)]
    return {
        "month": fmt.step(month, "month", language),
        "whole": _row("", _together(found), language),
        "rows": [_row(places.agency(str(one.key)), one, language) for one in told],
    }


def _together(found: list[Standing]) -> Standing:
    """All agencies as one."""

    def total(name: str) -> int:
        return sum(getattr(one, name) for one in found)

    amount = sum(one.amount for one in found)
    return Standing(None, total("met"), total("judged"), total("exempt"), total("unknown"), amount)


def _row(name: str, one: Standing, language: str) -> dict[str, Any]:
    """Who is exempt or unknown is neither met nor failing: the share is of all others."""
    counts = {"met": one.met, "rest": one.judged - one.met, "apart": one.exempt + one.unknown}
    shown = {key: fmt.number(size, language) for key, size in counts.items()}
    percent = fmt.figure(one.share, Unit.PERCENT, language)
    return {"name": name, "share": (one.share or 0.0) / 100, "percent": percent, **shown}
