"""Pasar: which merchants came, stayed and went; how concentrated sales are; what changed after a campaign."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from dashboard.analysis import Analysis, Says
from dashboard.indicator import Indicator, Unit
from dashboard.indicators import indicators
from dashboard.indicators.marketplace import DATASET, GMV, PAID
from dashboard.models import cohorts, interrupted
from dashboard.models.concentration import concentration
from dashboard.models.interrupted import Floats
from dashboard.models.model import Judged, Model
from dashboard.queries import Asked, local, measure
from dashboard.scope import DAY, Scope
from etl.cities import City, Event
from etl.text import Text
from etl.warehouse import read

MERCHANTS, CAMPAIGNS = "merchant_months", "campaigns"  # keys
LONGEST = 3 * 365  # days of a series that are read
AHEAD = 28  # days of which a forecast speaks: four weeks
EVERY = 7  # days between two looks back
FEWEST_PLACEBOS = 8


# Merchants


def _merchant_months(connection: sa.Connection, city: City, now: dt.datetime) -> Says | None:
    rows = _sold(connection, city, now)
    if not rows:
        return None
    months = _months(min(row.month for row in rows), max(row.month for row in rows))
    place = {month: number for number, month in enumerate(months)}
    paid = [row for row in rows if row.orders]
    sold = cohorts.active([row.merchant_id for row in paid], [place[row.month] for row in paid], len(months))
    table, moved = cohorts.cohorts(sold), cohorts.flow(sold)
    spread = [concentration([row.amount for row in rows if row.month == month]) for month in months]
    return {
        "months": [month.isoformat() for month in months],
        "running": months[-1] == now.astimezone(city.tz).date().replace(day=1),
        "flow": {name: part.tolist() for name, part in moved._asdict().items()},
        "size": table.size.tolist(),
        "selling": table.selling.tolist(),
        "spread": [one._asdict() if one else None for one in spread],
    }


def _sold(connection: sa.Connection, city: City, now: dt.datetime) -> Sequence[sa.Row[Any]]:
    """Net sales (Rp) and paid lines of each merchant in each month of the city's calendar."""
    lines = read(DATASET)
    month = sa.cast(sa.func.date_trunc("month", local(lines.c.ordered_at, city)), sa.Date())
    query = (
        sa.select(
            lines.c.merchant_id,
            month.label("month"),
            sa.cast(sa.func.sum(lines.c.amount), sa.Double()).label("amount"),
            sa.func.count().filter(lines.c.status == "paid").label("orders"),
        )
        .where(lines.c.city_code == city.code, lines.c.status.in_(PAID), lines.c.ordered_at <= now)
        .group_by(lines.c.merchant_id, month)
    )
    return connection.execute(query).all()


def _months(first: dt.date, last: dt.date) -> list[dt.date]:
    """The first days of all months between, those without a sale included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [dt.date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(count)]


# Campaigns


def _campaigns(connection: sa.Connection, city: City, now: dt.datetime) -> Says | None:
    told = [_campaign(connection, city, event, now) for event in city.events]
    return {"events": told} if told else None


def _campaign(connection: sa.Connection, city: City, event: Event, now: dt.datetime) -> Says:
    """What is said of one event; without ``effect`` where too little is known."""
    said = {"date": event.date.isoformat(), "title": list(event.title), "indicator": event.indicator}
    about = indicators().get(event.indicator)
    if about is None or not about.time or about.finest == "month":
        return said | {"why": "indicator"}
    days, values = series(connection, city, about, now.astimezone(city.tz).date() - DAY, now)
    at = (event.date - days[0]).days if days else -1
    if not 0 < at < len(days):
        return said | {"why": "outside"}
    found = interrupted.effect(values, rhythms(days), at)
    if found is None or found.percent is None:
        return said | {"why": "few", "before": at, "after": len(days) - at}
    shown = slice(found.first, found.first + len(found.without))
    return said | {
        "effect": {"change": found.change, "low": found.low, "high": found.high, "percent": found.percent},
        "days": found.days,
        "certain": found.certain,
        "placebo": _placebo(values, days, at, found),
        "series": {
            "days": [day.isoformat() for day in days[shown]],
            "values": [None if np.isnan(one) else float(one) for one in values[shown]],
            "without": [float(one) for one in found.without],
        },
    }


def series(
    connection: sa.Connection, city: City, about: Indicator, until: dt.date, now: dt.datetime
) -> tuple[list[dt.date], Floats]:
    """An indicator of the whole city day by day, from its first day on; of what is counted, a day without is zero."""
    scope = Scope(city.slug, city.code, until - DAY * LONGEST, until)
    points = measure(connection, about, Asked(scope, city, now), by="day")
    known = {_day(point.key): point.value for point in points if point.key is not None and point.value is not None}
    if not known:
        return [], np.zeros(0)
    first = min(known)
    days = [first + DAY * number for number in range((until - first).days + 1)]
    empty = 0.0 if about.unit.adds_up and about.unit is not Unit.MERCHANTS else np.nan
    return days, np.array([known.get(day, empty) for day in days], dtype=np.float64)


def _day(key: dt.date) -> dt.date:
    return key.date() if isinstance(key, dt.datetime) else key


def rhythms(days: Sequence[dt.date]) -> Floats:
    """What explains days: weekday, day of the month, the week of Lebaran."""
    # Lazily: only this process needs the calendar, and the web processes stay small without it.
    import holidays

    feasts = holidays.country_holidays("ID", years=range(days[0].year, days[-1].year + 2), language="en_US")
    eids = {day for day, name in feasts.items() if "Eid al-Fitr" in name}
    first = {day for day in eids if day - DAY not in eids}
    week = [any(dt.timedelta(0) <= day - eid < dt.timedelta(days=7) for eid in first) for day in days]
    return interrupted.rhythm(days, [float(one) for one in week])


def _placebo(values: Floats, days: Sequence[dt.date], at: int, found: interrupted.Effect) -> Says | None:
    """The same question asked of days on which nothing happened: how often it finds something, and how large.

    Only days whose looks do not reach the event; None where there are too few of them.
    """
    explained = rhythms(days)
    looks = range(interrupted.FEWEST_BEFORE, at - found.days + 1, EVERY)
    told = [interrupted.effect(values[: look + found.days], explained[: look + found.days], look) for look in looks]
    there = [one for one in told if one and one.percent]
    if len(there) < FEWEST_PLACEBOS:
        return None
    size = abs(found.change / found.counterfactual)
    return {
        "looks": len(there),
        "certain": sum(one.certain for one in there),
        "larger": sum(abs(one.change / one.counterfactual) >= size for one in there),
    }


ANALYSES = (
    Analysis(MERCHANTS, (DATASET,), "day", _merchant_months),
    Analysis(CAMPAIGNS, (DATASET,), "day", _campaigns),
)


# How the counterfactual fared: sales of four weeks in which nothing was declared, told from those before alone.


def _judged(connection: sa.Connection, city: City, day: dt.date) -> Sequence[Judged]:
    now = dt.datetime.combine(day, dt.time(), city.tz)
    days, values = series(connection, city, GMV, day - DAY, now)
    if len(days) < interrupted.FEWEST_BEFORE + AHEAD:
        return ()
    busy = [(event.date - days[0]).days for event in city.events if event.indicator in (GMV.key, "orders")]
    return tuple(judged(days, values, busy))


def judged(days: Sequence[dt.date], values: Floats, busy: Sequence[int] = ()) -> Iterator[Judged]:
    """Every week of the past in which four weeks could be told; ``busy``: day numbers of events, near which none is.

    Orders are known on their day; what was cancelled or sent back later is told as it is now.
    """
    explained = rhythms(days)
    for until in range(interrupted.FEWEST_BEFORE, len(days) - AHEAD + 1, EVERY):
        if any(until - interrupted.BEFORE < event < until + AHEAD for event in busy):
            continue
        told = interrupted.forecast(values, explained[: until + AHEAD], until)
        if told:
            naive = float(np.nanmean(values[until - AHEAD : until]))
            came = float(np.nanmean(values[until : until + AHEAD]))
            yield Judged(days[until], told.mean, told.low, told.high, naive, came)


MODELS = (
    Model(
        "interrupted_sales",
        "pasar",
        Text("Penjualan tanpa kampanye", "Sales without a campaign"),
        Text(
            "Regresi bersegmen (Bernal dkk. 2017, doi:10.1093/ije/dyw098), galat Newey–West (1987, "
            "doi:10.2307/1913610): rata-rata empat pekan ke depan bila tidak terjadi apa-apa, selang 80 %",
            "Segmented regression (Bernal et al. 2017, doi:10.1093/ije/dyw098), errors of Newey and West (1987, "
            "doi:10.2307/1913610): mean of the next four weeks if nothing happens, 80 % interval",
        ),
        Text("rata-rata empat pekan sebelumnya", "mean of the four weeks before"),
        Unit.RUPIAH,
        (DATASET,),
        _judged,
    ),
)
