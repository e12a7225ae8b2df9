"""Which civil servants met their purchase obligation in a month: one row each, with its state.

States: ``met``; ``open``: the month goes on; ``missed``; ``exempt``; ``unknown``: a payment that is not settled would
meet it, or the marketplace's data do not reach the whole month. Not knowing is never failing.

Orders count when they are paid and something of them was not sent back, whenever that was, and when no cross-check says
that they meet no obligation (``ledger.not_counted``). Who retires in a month, or is retired, is not obliged in it.
"""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from dashboard.obligation import Obligation, in_force
from etl.cities import City
from etl.office import EXEMPTIONS
from etl.warehouse import NOT_COUNTED, SOURCES, read

ORDERS, SERVANTS, LETTERS = "marketplace_orders", "civil_servants", "asn_exemptions"
DATASETS = (SERVANTS, ORDERS, LETTERS)
SETTLED, WAITS = "paid", "pending"


class State(StrEnum):
    """What is known of one civil servant's obligation in one month."""

    MET = "met"
    OPEN = "open"
    MISSED = "missed"
    EXEMPT = "exempt"
    UNKNOWN = "unknown"


def next_month(month: dt.date) -> dt.date:
    """The first day of the month after."""
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def earlier_month(month: dt.date, by: int) -> dt.date:
    """The first day of a month so many months before."""
    year, index = divmod(month.year * 12 + month.month - 1 - by, 12)
    return dt.date(year, index + 1, 1)


def person_months(city: City, month: dt.date, instant: dt.datetime, as_of: dt.datetime | None = None) -> sa.Subquery:
    """One row for each civil servant under an obligation in the month of this day, up to an instant.

    Columns: city_code, buyer, agency_code, unit, grade, post, month, obligation, orders, amount (Rp), merchants,
    waiting (orders not settled), exempt (why, or null), state, known_from.
    """
    month = month.replace(day=1)
    people = _obliged(city, month, as_of)
    bought = _bought(city, month, instant, as_of).subquery("bought")
    letters = _exempted(city, month, instant, as_of).subquery("letters")
    counts = {name: sa.func.coalesce(bought.c[name], 0).label(name) for name in (*COUNTED, "merchants")}
    exempt = sa.case((letters.c.days >= people.c.exempt_from_days, letters.c.kind)).label("exempt")
    state = _state(people, counts, exempt, _ended(city, month, instant, as_of))
    names = ("city_code", "buyer", "agency_code", "unit", "grade", "post", "obligation", "known_from")
    return (
        sa.select(
            *(people.c[name] for name in names),
            sa.literal(month, sa.Date()).label("month"),
            *(counts[name] for name in ("orders", "amount", "merchants", "waiting")),
            exempt,
            state.label("state"),
        )
        .select_from(
            people.outerjoin(bought, people.c.buyer == bought.c.buyer).outerjoin(
                letters, people.c.buyer == letters.c.buyer
            )
        )
        .subquery("person_months")
    )


def history(
    city: City, months: Sequence[dt.date], instant: dt.datetime, as_of: dt.datetime | None = None
) -> sa.Subquery:
    """The same of several months, one after another."""
    each = [sa.select(person_months(city, month, instant, as_of)) for month in months]
    return sa.union_all(*each).subquery("history")


ASKED = {"orders": "wanted_orders", "amount_idr": "wanted_amount", "exempt_from_days": "exempt_from_days"}
COUNTED = ("orders", "amount", "waiting", "waiting_amount")


def _starts(month: dt.date, city: City) -> dt.datetime:
    return dt.datetime.combine(month, dt.time(), city.tz)


def _ended(city: City, month: dt.date, instant: dt.datetime, as_of: dt.datetime | None) -> sa.ColumnElement[str]:
    """What somebody is who did not buy: it depends on whether the month is over, and known from its first day on."""
    lines, begin, end = read(ORDERS, as_of), _starts(month, city), _starts(next_month(month), city)
    first = sa.select(sa.func.min(lines.c.ordered_at)).where(lines.c.city_code == city.code).scalar_subquery()
    known = first < begin + dt.timedelta(days=1)
    if instant < end:
        return sa.case((known, State.OPEN.value), else_=State.UNKNOWN.value)
    heard = sa.select(sa.func.min(SOURCES.c.fresh_at)).where(
        SOURCES.c.city_code == city.code, SOURCES.c.dataset == ORDERS
    )
    reached = heard.scalar_subquery() >= end
    return sa.case((sa.and_(known, reached), State.MISSED.value), else_=State.UNKNOWN.value)


def _obliged(city: City, month: dt.date, as_of: dt.datetime | None) -> sa.Subquery:
    """Who is under an obligation in a month, with what it asks for."""
    people = read(SERVANTS, as_of)
    asked = in_force(city, month)
    which = [(_holds(one, people.c), one) for one in asked]
    stays = sa.or_(
        people.c.retired_on >= next_month(month), sa.and_(people.c.retired_on.is_(None), people.c.status != "retired")
    )
    obliged = sa.or_(*(holds for holds, _ in which)) if which else sa.false()

    def of(name: str, none: object) -> sa.ColumnElement[Any]:
        return sa.case(*((holds, sa.literal(getattr(one, name))) for holds, one in which), else_=sa.literal(none))

    names = ("city_code", "buyer", "agency_code", "unit", "grade", "post", "status", "known_from")
    return (
        sa.select(
            *(people.c[name] for name in names),
            (of("name", "") if which else sa.literal("")).label("obligation"),
            *((of(name, 0) if which else sa.literal(0)).label(as_) for name, as_ in ASKED.items()),
        )
        .where(people.c.city_code == city.code, stays, obliged)
        .subquery("people")
    )


def _holds(obligation: Obligation, people: Any) -> sa.ColumnElement[bool]:
    """Whether an obligation is somebody's; of somebody's several the first counts."""
    conditions = [
        people[name].in_(known) for name, known in (("post", obligation.posts), ("grade", obligation.grades)) if known
    ]
    return sa.and_(sa.true(), *conditions)


def _bought(city: City, month: dt.date, instant: dt.datetime, as_of: dt.datetime | None) -> sa.Select[Any]:
    """What each civil servant ordered in the month and did not send back."""
    orders = _kept_orders(city, month, instant, as_of).subquery("orders")
    settled, waits = orders.c.status == SETTLED, orders.c.status == WAITS
    return sa.select(
        orders.c.buyer,
        sa.func.count().filter(settled).label("orders"),
        sa.func.coalesce(sa.func.sum(orders.c.amount).filter(settled), 0).label("amount"),
        sa.func.count(orders.c.merchant_id.distinct()).filter(settled).label("merchants"),
        sa.func.count().filter(waits).label("waiting"),
        sa.func.coalesce(sa.func.sum(orders.c.amount).filter(waits), 0).label("waiting_amount"),
    ).group_by(orders.c.buyer)


def _kept_orders(city: City, month: dt.date, instant: dt.datetime, as_of: dt.datetime | None) -> sa.Select[Any]:
    """Orders of the month that are paid or wait to be, less what was sent back later; only those that count."""
    lines, back = read(ORDERS, as_of), _sent_back(city, month, as_of).subquery("back")
    within = sa.and_(
        lines.c.ordered_at >= _starts(month, city),
        lines.c.ordered_at < min(_starts(next_month(month), city), instant),
    )
    kept = sa.func.sum(lines.c.amount) + sa.func.coalesce(sa.func.min(back.c.amount), 0)
    counts = ~sa.exists().where(NOT_COUNTED.c.city_code == city.code, NOT_COUNTED.c.order_id == lines.c.order_id)
    return (
        sa.select(
            lines.c.buyer,
            lines.c.order_id,
            lines.c.status,
            sa.func.min(lines.c.merchant_id).label("merchant_id"),
            kept.label("amount"),
        )
        .select_from(lines.outerjoin(back, back.c.refund_of == lines.c.order_id))
        .where(lines.c.city_code == city.code, within, lines.c.buyer.is_not(None), lines.c.status.in_((SETTLED, WAITS)))
        .where(counts)
        .group_by(lines.c.buyer, lines.c.order_id, lines.c.status)
        .having(kept > 0)
    )


def _sent_back(city: City, month: dt.date, as_of: dt.datetime | None) -> sa.Select[Any]:
    """Rupiah that were given back of an order, as a negative number, whenever that was."""
    lines = read(ORDERS, as_of)
    return (
        sa.select(lines.c.refund_of, sa.func.sum(lines.c.amount).label("amount"))
        .where(lines.c.city_code == city.code, lines.c.refund_of.is_not(None), lines.c.status == "refunded")
        .where(lines.c.ordered_at >= _starts(month, city))
        .group_by(lines.c.refund_of)
    )


def _exempted(city: City, month: dt.date, instant: dt.datetime, as_of: dt.datetime | None) -> sa.Select[Any]:
    """Days of the month under an exemption and its reason; letters and approved proposals are one list."""
    letters, last = read(LETTERS, as_of), next_month(month) - dt.timedelta(days=1)
    written = sa.select(letters.c.buyer, letters.c.kind, letters.c.since, letters.c.until).where(
        letters.c.city_code == city.code
    )
    proposed = sa.select(EXEMPTIONS.c.buyer, EXEMPTIONS.c.kind, EXEMPTIONS.c.since, EXEMPTIONS.c.until).where(
        EXEMPTIONS.c.city_code == city.code, EXEMPTIONS.c.state == "approved"
    )
    every = sa.union_all(written, proposed).subquery("every")
    first_day = sa.func.greatest(every.c.since, month)
    last_day = sa.func.least(sa.func.coalesce(every.c.until, last), last)
    days = last_day - first_day + 1
    return (
        sa.select(every.c.buyer, sa.func.sum(days).label("days"), sa.func.min(every.c.kind).label("kind"))
        .where(every.c.since <= last, sa.func.coalesce(every.c.until, last) >= month)
        .group_by(every.c.buyer)
    )


def _state(
    people: sa.Subquery, counts: dict[str, Any], exempt: sa.Label[Any], otherwise: sa.ColumnElement[str]
) -> sa.ColumnElement[str]:
    orders, amount = counts["orders"].element, counts["amount"].element
    waiting, waiting_amount = counts["waiting"].element, counts["waiting_amount"].element
    met = sa.and_(orders >= people.c.wanted_orders, amount >= people.c.wanted_amount)
    would = sa.and_(orders + waiting >= people.c.wanted_orders, amount + waiting_amount >= people.c.wanted_amount)
    unsettled = sa.and_(waiting > 0, would)
    return sa.case(
        (met, State.MET.value),
        (exempt.element.is_not(None), State.EXEMPT.value),
        (unsettled, State.UNKNOWN.value),
        else_=otherwise,
    )
