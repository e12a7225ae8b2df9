"""Purchases that a person should look at: reasons to ask, never verdicts. People are pseudonyms, days are the city's.

From where on each check looks closer is the city's to say: ``[purchase_checks]`` of its ``city.toml``.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, distinct_on

from etl.cities import City
from etl.contract import Privacy
from etl.finding import Found, Rule, Severity, case
from etl.text import Text
from etl.warehouse import HISTORIES, TABLES

ORDERS, SHOPS, SERVANTS = "marketplace_orders", "merchants", "civil_servants"
LINES, OLD = TABLES[ORDERS].c, HISTORIES[ORDERS].c
MOST_IDS = 20  # orders that a finding names; it counts them all
PAID = LINES.status == "paid"
HEAD = Text("kepala OPD pembeli", "head of the buying agency")


def orders_of(city: City, *which: sa.ColumnElement[bool]) -> sa.Subquery:
    """One row for each order: whose, where, when (``local`` and ``month`` by the city's clocks), for how much (Rp)."""
    names = ("merchant_id", "buyer", "payer", "agency_code")
    at = sa.func.min(LINES.ordered_at)
    local = by_the_clock(city, at)
    return (
        sa.select(
            LINES.order_id,
            *(sa.func.min(LINES[name]).label(name) for name in names),
            at.label("ordered_at"),
            local.label("local"),
            month_of(local).label("month"),
            sa.cast(sa.func.sum(LINES.amount), sa.BigInteger()).label("amount"),
        )
        .where(LINES.city_code == city.code, *which)
        .group_by(LINES.order_id)
        .subquery("orders")
    )


def totals(orders: Any) -> dict[str, sa.ColumnElement[Any]]:
    """What every finding about several orders says of them."""
    ids = sa.func.array_agg(aggregate_order_by(orders.c.order_id, orders.c.ordered_at), type_=ARRAY(sa.Text()))
    return {
        "orders": sa.func.count(),
        "amount": sa.func.sum(orders.c.amount),
        "since": sa.cast(sa.func.min(orders.c.local), sa.Date()),
        "until": sa.cast(sa.func.max(orders.c.local), sa.Date()),
        "order_ids": ids[1:MOST_IDS],
    }


def mostly(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Of several values the one that comes most often."""
    return sa.func.mode().within_group(column)


def several(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Every value once, in order."""
    return sa.func.array_agg(sa.distinct(column))


def by_the_clock(city: City, moment: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A moment as the city's clocks show it."""
    return sa.func.timezone(city.zone, moment, type_=sa.DateTime())


def month_of(moment: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """A month as people write it: 2026-08."""
    return sa.func.to_char(moment, "YYYY-MM")


def _owners(city: City) -> sa.Subquery:
    """Shops whose owner is a civil servant of the city, with the owner's pseudonym as a buyer and agency."""
    shops, servants = TABLES[SHOPS], TABLES[SERVANTS]
    same = sa.and_(servants.c.city_code == shops.c.city_code, servants.c.shop_owner == shops.c.shop_owner)
    told = sa.select(shops.c.merchant_id, servants.c.buyer.label("owner"), servants.c.agency_code)
    return told.join_from(shops, servants, same).where(shops.c.city_code == city.code).subquery("owners")


def _at(owners: sa.Subquery) -> sa.ColumnElement[bool]:
    """At one of these shops: they are few, and orders are many."""
    return LINES.merchant_id.in_(sa.select(owners.c.merchant_id))


def _circular(city: City) -> Found:
    """Two civil servants with shops, each of whom buys at the other's, and not long after."""
    checks, owners = city.purchase_checks, _owners(city)
    orders = orders_of(city, PAID, LINES.buyer.is_not(None), _at(owners))
    bought = sa.select(orders, owners.c.owner.label("seller")).join(
        owners, sa.and_(owners.c.merchant_id == orders.c.merchant_id, owners.c.owner != orders.c.buyer)
    )
    deals = bought.cte("deals")
    other, days = deals.alias("other"), dt.timedelta(days=checks.circular_days)
    returned = sa.exists().where(
        other.c.buyer == deals.c.seller,
        other.c.seller == deals.c.buyer,
        other.c.ordered_at.between(deals.c.ordered_at - days, deals.c.ordered_at + days),
    )
    told = totals(deals) | {"agency_code": mostly(deals.c.agency_code), "merchant_id": sa.func.min(deals.c.merchant_id)}
    ways = (
        sa.select(deals.c.buyer, deals.c.seller, *(column.label(name) for name, column in told.items()))
        .where(returned)
        .group_by(deals.c.buyer, deals.c.seller)
        .having(sa.func.count() >= checks.circular_orders)
        .cte("ways")
    )
    return _both_ways(ways)


def _both_ways(ways: sa.CTE) -> Found:
    back = ways.alias("back")
    found = case(
        sa.func.concat(ways.c.buyer, " ", ways.c.seller),
        **{name: ways.c[name] for name in ("agency_code", "merchant_id", "orders", "amount", "order_ids")},
        other_agency=back.c.agency_code,
        other_merchant=back.c.merchant_id,
        orders_back=back.c.orders,
        amount_back=back.c.amount,
        order_ids_back=back.c.order_ids,
        since=sa.func.least(ways.c.since, back.c.since),
        until=sa.func.greatest(ways.c.until, back.c.until),
    )
    reversed_ = sa.and_(ways.c.buyer == back.c.seller, ways.c.seller == back.c.buyer)
    # Once, and the same way round when pseudonyms are made anew: in the order of their shops.
    return found.join_from(ways, back, reversed_).where(ways.c.merchant_id < back.c.merchant_id)


def _split(city: City) -> Found:
    """Of an agency at a shop in a month the days in which smaller orders came to most together."""
    checks = city.purchase_checks
    orders = orders_of(city, PAID, LINES.buyer_type == "opd")
    small = sa.select(orders).where(orders.c.amount < checks.split_idr).cte("small")
    first, days = small.alias("first"), dt.timedelta(days=checks.split_days)
    whose = (first.c.agency_code, first.c.merchant_id, first.c.month)
    runs = (
        sa.select(*whose, *(told.label(name) for name, told in totals(small).items()))
        .join_from(first, small, sa.and_(
            small.c.agency_code == first.c.agency_code,
            small.c.merchant_id == first.c.merchant_id,
            small.c.ordered_at >= first.c.ordered_at,
            small.c.ordered_at < first.c.ordered_at + days,
        ))
        .group_by(*whose, first.c.order_id)
        .having(sa.func.count() > 1, sa.func.sum(small.c.amount) >= checks.split_idr)
        .subquery("runs")
    )  # fmt: skip
    subject = sa.func.concat(runs.c.agency_code, " ", runs.c.merchant_id, " ", runs.c.month)
    told = {name: column for name, column in runs.c.items() if name != "month"}
    found = case(subject, **told, threshold=sa.literal(checks.split_idr, sa.BigInteger()))
    return found.ext(distinct_on(subject)).order_by(subject, runs.c.amount.desc())


def _month_end(city: City) -> Found:
    """An account that pays many orders of civil servants in the last days of a month."""
    checks = city.purchase_checks
    orders = orders_of(city, PAID, LINES.buyer_type == "asn", LINES.payer.is_not(None))
    at_the_end = month_of(orders.c.local + dt.timedelta(days=checks.bulk_days)) > orders.c.month
    found = case(sa.func.concat(orders.c.payer, " ", orders.c.month), **_of_account(orders))
    many = sa.func.count() >= checks.bulk_orders
    return found.where(at_the_end).group_by(orders.c.payer, orders.c.month).having(many)


def _shared(city: City) -> Found:
    """An account that pays for many civil servants."""
    orders = orders_of(city, PAID, LINES.buyer.is_not(None), LINES.payer.is_not(None))
    many = sa.func.count(orders.c.buyer.distinct()) >= city.purchase_checks.account_buyers
    return case(orders.c.payer, **_of_account(orders)).group_by(orders.c.payer).having(many)


def _of_account(orders: sa.Subquery) -> dict[str, Any]:
    return totals(orders) | {
        "agency_code": mostly(orders.c.agency_code),
        "agencies": several(orders.c.agency_code),
        "buyers": sa.func.count(orders.c.buyer.distinct()),
        "merchants": sa.func.count(orders.c.merchant_id.distinct()),
    }


def _cancelled(city: City) -> Found:
    """An order that was known as paid, and was cancelled long after."""
    changed, known = (
        sa.func.coalesce(LINES.updated_at, LINES.known_from),
        sa.func.coalesce(OLD.updated_at, OLD.known_from),
    )
    paid = (
        sa.select(OLD.order_id, OLD.line, sa.func.min(known).label("paid_at"))
        .where(OLD.city_code == city.code, OLD.status == "paid")
        .group_by(OLD.order_id, OLD.line)
        .subquery("paid")
    )
    of_agencies = sa.and_(LINES.city_code == city.code, LINES.status == "cancelled", LINES.buyer_type != "public")
    same = sa.and_(paid.c.order_id == LINES.order_id, paid.c.line == LINES.line)
    late = changed - paid.c.paid_at >= dt.timedelta(hours=city.purchase_checks.cancelled_hours)
    found = case(
        LINES.order_id,
        agency_code=sa.func.min(LINES.agency_code),
        merchant_id=sa.func.min(LINES.merchant_id),
        amount=sa.cast(sa.func.sum(LINES.amount), sa.BigInteger()),
        counted_in=month_of(by_the_clock(city, sa.func.min(LINES.ordered_at))),
        paid_at=by_the_clock(city, sa.func.min(paid.c.paid_at)),
        cancelled_at=by_the_clock(city, sa.func.max(changed)),
    )
    return found.join_from(TABLES[ORDERS], paid, same).where(of_agencies, late).group_by(LINES.order_id)


def _staff_shop(city: City) -> Found:
    """A civil servant's shop that lives on the owner's agency: on what it orders, and its staff but for the owner."""
    checks, owners = city.purchase_checks, _owners(city)
    orders = orders_of(city, PAID, _at(owners))
    own = orders.c.agency_code == owners.c.agency_code
    from_own, of_all = sa.func.sum(orders.c.amount).filter(own), sa.func.sum(orders.c.amount)
    percent = sa.cast(100 * from_own / sa.func.nullif(of_all, 0), sa.Integer())
    found = case(
        sa.func.concat(owners.c.merchant_id, " ", owners.c.agency_code),
        agency_code=owners.c.agency_code,
        merchant_id=owners.c.merchant_id,
        orders=sa.func.count().filter(own),
        amount=from_own,
        of_staff=sa.func.sum(orders.c.amount).filter(own, orders.c.buyer.is_not(None)),
        of_all=of_all,
        percent=percent,
    )
    at_the_shop = sa.and_(owners.c.merchant_id == orders.c.merchant_id, owners.c.owner.is_distinct_from(orders.c.buyer))
    enough = (sa.func.count().filter(own) >= checks.staff_shop_orders, percent >= checks.staff_shop_percent)
    grouped = found.join_from(orders, owners, at_the_shop).group_by(owners.c.merchant_id, owners.c.agency_code)
    return grouped.having(*enough)


def _own_shop(city: City) -> Found:
    """An order at the buyer's own shop."""
    owners = _owners(city)
    orders = orders_of(city, LINES.status.in_(("paid", "pending")), LINES.buyer.is_not(None), _at(owners))
    told = {name: orders.c[name] for name in ("agency_code", "merchant_id", "amount")}
    found = case(orders.c.order_id, **told, since=sa.cast(orders.c.local, sa.Date()))
    mine = sa.and_(owners.c.merchant_id == orders.c.merchant_id, owners.c.owner == orders.c.buyer)
    return found.join_from(orders, owners, mine)


def _rule(
    name: str,
    title: Text,
    meaning: Text,
    found: Callable[[City], Found],
    *reads: tuple[str, str],
    uncounts: bool = False,
) -> Rule:
    return Rule(
        name=name,
        title=title,
        meaning=meaning,
        reads=reads,
        severity=Severity.LOOK,
        owner=HEAD,
        privacy=Privacy.P2,
        found=found,
        uncounts=uncounts,
        about_purchases=True,
    )


OWNERS = ((ORDERS, "buyer"), (SHOPS, "shop_owner"), (SERVANTS, "shop_owner"))
RULES = (
    _rule(
        "circular_buying",
        Text("Saling membeli", "Buying from each other"),
        Text(
            "Dua ASN yang sama-sama punya toko dan berulang kali membeli di toko satu sama lain",
            "Two civil servants who both have a shop, and buy at each other's again and again",
        ),
        _circular,
        *OWNERS,
    ),
    _rule(
        "split_orders",
        Text("Pesanan berdekatan yang bersama mencapai batas", "Orders close together that reach the limit"),
        Text(
            "Beberapa pesanan satu OPD di satu toko dalam beberapa hari: masing-masing di bawah batas, jumlahnya tidak",
            "Orders of one agency at one shop within a few days: each is below the limit, together they are not",
        ),
        _split,
        (ORDERS, "agency_code"),
    ),
    _rule(
        "month_end_bulk",
        Text("Borongan di akhir bulan", "Bulk at the end of a month"),
        Text(
            "Satu akun pembayaran yang membayar banyak pesanan ASN pada hari-hari terakhir bulan",
            "One account that paid many orders of civil servants in the last days of a month",
        ),
        _month_end,
        (ORDERS, "payer"),
    ),
    _rule(
        "shared_account",
        Text("Satu akun untuk banyak ASN", "One account for many civil servants"),
        Text(
            "Satu akun pembayaran yang membayar pesanan banyak ASN",
            "One account that paid the orders of many civil servants",
        ),
        _shared,
        (ORDERS, "payer"),
        (ORDERS, "buyer"),
    ),
    _rule(
        "cancelled_after",
        Text("Batal setelah terhitung", "Cancelled after it counted"),
        Text(
            "Pesanan ASN atau OPD yang sudah tercatat lunas, lalu dibatalkan jauh sesudahnya",
            "An order of a civil servant or an agency that was known as paid, and was cancelled long after",
        ),
        _cancelled,
        (ORDERS, "status"),
    ),
    _rule(
        "staff_shop",
        Text("Toko milik ASN yang hidup dari OPD-nya", "A civil servant's shop that lives on the own agency"),
        Text(
            "Toko milik ASN yang sebagian besar penjualannya dari OPD pemiliknya dan rekan sekantornya",
            "A shop of a civil servant whose sales come largely from the owner's agency and its staff",
        ),
        _staff_shop,
        (ORDERS, "agency_code"),
        *OWNERS[1:],
    ),
    _rule(
        "own_shop",
        Text("Belanja di toko sendiri", "Buying at the own shop"),
        Text(
            "Pesanan ASN di tokonya sendiri; pesanan ini tidak memenuhi kewajiban belanja",
            "An order of a civil servant at the own shop; it does not meet the purchase obligation",
        ),
        _own_shop,
        *OWNERS,
        uncounts=True,
    ),
)
