"""How agencies stand in the month's purchase obligation, how it may end, and how evenly the spending is spread."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from dashboard.compliance import State, earlier_month, next_month, person_months
from dashboard.indicators.purchases import ASN_MET, JUDGED, NEAR_CAP, counted, merchant_months, met_share
from dashboard.queries import Asked, shift
from etl.warehouse import reading

AGENCY = "agency_code"
FORECAST_MONTHS = 3  # earlier months whose course is carried over
FEWEST_MONTHS = 2  # with fewer nothing is foretold


@dataclass(frozen=True)
class Standing:
    """How one agency or unit stands: people by state, and what they spent (Rp)."""

    key: str | None
    met: int
    judged: int
    exempt: int
    unknown: int
    amount: float

    @property
    def share(self) -> float | None:
        """Percent met of those who can be judged; None of nobody, and where most cannot be."""
        return 100 * self.met / self.judged if self.judged and self.judged >= self.unknown else None

    @property
    def each(self) -> float | None:
        """Rupiah per civil servant who is not exempt."""
        obliged = self.judged + self.unknown
        return self.amount / obliged if obliged else None


def standings(connection: sa.Connection, asked: Asked, by: str = AGENCY) -> list[Standing]:
    """The standing of each agency (or unit), the best first; who cannot be judged comes last."""
    people = person_months(asked.city, asked.moment.day, asked.moment.instant, asked.scope.as_of)
    query = sa.select(
        people.c[by].label("key"),
        counted(people.c, State.MET).label("met"),
        counted(people.c, *JUDGED).label("judged"),
        counted(people.c, State.EXEMPT).label("exempt"),
        counted(people.c, State.UNKNOWN).label("unknown"),
        sa.func.coalesce(sa.func.sum(people.c.amount), 0).label("amount"),
    ).group_by(people.c[by])
    rows = connection.execute(_chosen(query, people, asked, by))
    found = [Standing(r.key, r.met, r.judged, r.exempt, r.unknown, float(r.amount)) for r in rows]
    return sorted(found, key=lambda one: (one.share is None, -(one.share or 0), str(one.key)))


def _chosen(query: sa.Select[Any], people: sa.Subquery, asked: Asked, by: str) -> sa.Select[Any]:
    """Units are those of the agency that was chosen; among agencies every one is ranked."""
    chosen = agency_of(asked)
    return query.where(people.c[AGENCY] == chosen) if chosen and by != AGENCY else query


def agency_of(asked: Asked) -> str | None:
    """The agency that was chosen, or the only one whose rows are there for who asks."""
    return asked.agency or dict(asked.scope.where).get(AGENCY)


def ranks(found: Sequence[Standing]) -> dict[str | None, int]:
    """1 for the best; equals share a rank; who cannot be judged has none."""
    better = {
        one.key: sum(1 for other in found if (other.share or 0) > one.share) for one in found if one.share is not None
    }
    return {key: above + 1 for key, above in better.items()}


def ranked(
    connection: sa.Connection, asked: Asked
) -> tuple[list[Standing], dict[str | None, int], dict[str | None, int]]:
    """Standings of agencies with their rank now, and on the same day of last month.

    The head of an agency learns the own rank among all: that takes the sums of every agency, and shows the own only.
    """
    if asked.agency is None:
        return _ranked(connection, asked)
    with reading(asked.city.code) as whole:
        found, now, before = _ranked(whole, asked)
    return [one for one in found if one.key == asked.agency], now, before


def _ranked(
    connection: sa.Connection, asked: Asked
) -> tuple[list[Standing], dict[str | None, int], dict[str | None, int]]:
    found = standings(connection, asked)
    earlier = asked.earlier(shift(ASN_MET, asked.scope))
    return found, ranks(found), ranks(standings(connection, earlier))


@dataclass(frozen=True)
class Forecast:
    """How the month may end: percent met, and the range that earlier months leave open."""

    days_left: int
    likely: float | None = None
    least: float | None = None
    most: float | None = None


def forecast(connection: sa.Connection, asked: Asked) -> Forecast:
    """The share met now, and what the last months added from the same day to their end."""
    month = asked.moment.day.replace(day=1)
    left = (next_month(month) - asked.moment.day).days - 1
    now = _share(connection, asked, month, asked.moment.instant)
    courses = [] if now is None else [_added(connection, asked, back) for back in range(1, FORECAST_MONTHS + 1)]
    added = [points for points in courses if points is not None]
    if now is None or len(added) < FEWEST_MONTHS:
        return Forecast(left)
    ends = [min(100.0, now + more) for more in added]
    return Forecast(left, sum(ends) / len(ends), min(ends), max(ends))


def _added(connection: sa.Connection, asked: Asked, back: int) -> float | None:
    """Points between the same day of an earlier month and its end."""
    month = earlier_month(asked.moment.day, back)
    day = min(asked.moment.day.day, (next_month(month) - month).days)
    local = asked.moment.instant.astimezone(asked.city.tz)
    then = dt.datetime.combine(month.replace(day=day), local.time(), asked.city.tz)
    if asked.moment.instant.astimezone(asked.city.tz).date() > asked.moment.day:  # the day is over
        then = dt.datetime.combine(month.replace(day=day) + dt.timedelta(days=1), dt.time(), asked.city.tz)
    before, end = _share(connection, asked, month, then), _share(connection, asked, month, asked.now)
    return end - before if before is not None and end is not None and end > 0 else None


def _share(connection: sa.Connection, asked: Asked, month: dt.date, instant: dt.datetime) -> float | None:
    people = person_months(asked.city, month, instant, asked.scope.as_of)
    query = sa.select(met_share(people.c))
    chosen = agency_of(asked)
    found = connection.scalar(query.where(people.c[AGENCY] == chosen) if chosen else query)
    return None if found is None else float(found)


def months(connection: sa.Connection, asked: Asked, size: int) -> dict[dt.date, dict[str | None, Standing]]:
    """Standings of agencies in the last months, the oldest first; the present one so far."""
    told = {}
    for back in range(size - 1, -1, -1):
        month = earlier_month(asked.moment.day, back)
        last = min(next_month(month) - dt.timedelta(days=1), asked.moment.day)
        then = replace(asked, scope=replace(asked.scope, since=month, until=last))
        told[month] = {one.key: one for one in standings(connection, then)}
    return told


def lorenz(connection: sa.Connection, asked: Asked) -> list[tuple[float, float]]:
    """Share of merchants (from those who sell least) and share of sales, both in %, from (0, 0) to (100, 100)."""
    shops = merchant_months(asked.city, asked.moment, asked.scope.as_of)
    total = sa.func.sum(shops.c.amount).over()
    so_far = sa.func.sum(shops.c.amount).over(order_by=shops.c.rank)
    share = (100.0 * so_far / sa.func.nullif(total, 0)).label("share")
    rows = connection.execute(sa.select(shops.c.rank, shops.c.size, share).order_by(shops.c.rank))
    points = [(100.0 * row.rank / row.size, float(row.share)) for row in rows if row.share is not None]
    step = max(1, len(points) // 100)
    return [(0.0, 0.0), *points[step - 1 :: step][:-1], points[-1]] if points else []


def near_cap(connection: sa.Connection, asked: Asked, most: int) -> Sequence[sa.Row[Any]]:
    """Merchants at 80 % of the cap or more: merchant_id, name, area_code, amount (Rp), cap (Rp); most sales first."""
    shops = merchant_months(asked.city, asked.moment, asked.scope.as_of)
    names = ("merchant_id", "name", "area_code", "amount", "cap")
    query = sa.select(*(shops.c[name] for name in names)).where(shops.c.amount >= NEAR_CAP * shops.c.cap)
    return connection.execute(query.order_by(shops.c.amount.desc()).limit(most)).all()
