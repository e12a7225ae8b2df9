"""Purchases planted for the cross-checks to find, and honest ones that look a little like them: known case by case.

One in ``CLEVER`` of each kind keeps below what a city looks for by default, and one honest story in as many looks just
like what is looked for: no check can be right about either, so that what is measured can be wrong.
"""

import datetime as dt
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from simulator import market, seasons
from simulator.market import Market
from simulator.plans import Plan
from simulator.seasons import DAY, Ints

MOST, CLEVER = 16, 16  # cases of a kind; from that many on one of them is clever
SHORTEST, LIVED, SETTLED = 20, 75, 3  # days: history that it takes; how far back things happen; how long they rest
LIMIT = 10_000_000  # Rp above which an agency needs more than a receipt
FIRST = 700_000  # number of the first planted order: no other has one so high
WEEK = 7
Row = dict[str, Any]


@dataclass(frozen=True)
class Planted:
    """What is planted in one city: who owns which shop, who is on the list besides, orders, and the cases (rule, key).

    A key names whom or what a case is about as the rule does, in plain numbers: ``<NIP> <NIP>``, ``<account> <month>``.
    """

    owners: pl.DataFrame
    servants: pl.DataFrame
    lines: pl.DataFrame
    cases: pl.DataFrame


def planted(plan: Plan, market_: Market, now: dt.datetime, rng: np.random.Generator) -> Planted:
    """The same for the same chance; nothing where the history is too short for stories."""
    town = Town(plan, market_, now, rng)
    if plan.days >= SHORTEST:
        size = max(0, min(MOST, max(2, market_.servants.height // 100), len(town.shops) // 8))
        for kind in KINDS:
            kind(town, size)
    return town.told()


@dataclass
class Town:
    """Where the stories happen; nobody and no shop of an owner is in two of them."""

    plan: Plan
    market: Market
    now: dt.datetime
    rng: np.random.Generator
    owners: list[Row] = field(default_factory=list)
    servants: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    cases: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        lived = seasons.days_until(self.now, self.plan.utc_hours, min(self.plan.days, LIVED))
        self.days: Ints = lived.astype(np.int64)[1:-SETTLED]
        active = np.flatnonzero((self.market.servants["status"] == "active").to_numpy())
        self._people = iter(self.rng.permutation(active))
        early = np.flatnonzero(self.market.merchant_joined <= self.days[0] * DAY)
        self.shops: Ints = early[np.argsort(self.market.merchant_pull[early], kind="stable")]  # who sells least first
        self._shops = iter(self.shops)

    def somebody(self, not_of: str = "") -> Row:
        """A civil servant of whom no story was told."""
        while True:
            person = self._servant(int(next(self._people)))
            if person["agency_code"] != not_of:
                return person

    def _servant(self, index: int) -> Row:
        return self.market.servants.row(index, named=True) | {"account": f"88{index:010d}"}

    def staff_of(self, agency: str, but: Row) -> list[Row]:
        """Up to three active civil servants of an agency, without one."""
        who = (pl.col("agency_code") == agency, pl.col("status") == "active", pl.col("nip") != but["nip"])
        found = self.market.servants.with_row_index("_n").filter(*who).head(3)
        return [self._servant(index) for index in found["_n"]]

    def shop_of(self, person: Row) -> Row:
        """A shop that is this civil servant's."""
        shop = self._shop(int(next(self._shops)))
        self.owners.append({"merchant_id": shop["merchant_id"], "owner_nik": person["nik"]})
        return shop

    def any_shop(self) -> Row:
        """A shop of somebody else: the busiest eighth is left alone by ``shop_of``."""
        return self._shop(int(self.rng.choice(self.shops[len(self.shops) * 7 // 8 :])))

    def _shop(self, index: int) -> Row:
        return self.market.merchants.row(index, named=True)

    def agency(self, not_: str = "") -> str:
        codes = [code for code in self.market.agencies["agency_code"].to_list() if code != not_]
        return str(self.rng.choice(codes))

    def within(self, days: int) -> Ints:
        """So many days in a row (fewer in a short history)."""
        days = min(days, len(self.days))
        first = int(self.rng.integers(0, len(self.days) - days + 1))
        return self.days[first : first + days]

    def month_ends(self, after: int = 0) -> Ints:
        """First days of months of which the last week lies in the history, and so many days of the next."""
        firsts = [day for day in self.days if _date(day).day == 1]
        return np.array(
            [day for day in firsts if day - WEEK >= self.days[0] and day + after <= self.days[-1]], np.int64
        )

    def at(self, day: int | np.integer) -> int:
        """A moment in the office hours of a day, in local seconds."""
        return int(day) * DAY + int(self.rng.integers(8 * 3600, 16 * 3600))

    def rupiah(self, low: int, high: int) -> int:
        return int(self.rng.integers(low // 500, high // 500)) * 500

    def by(self, person: Row, when: int, shop: Row, amount: int, **more: Any) -> str:
        """An order of a civil servant."""
        whose = {"buyer_type": "asn", "nip": person["nip"], "payment_account": person["account"]}
        return self._order(when, shop, amount, whose | {"agency_code": person["agency_code"]} | more)

    def of(self, agency: str, when: int, shop: Row, amount: int) -> str:
        """An order of an agency."""
        return self._order(when, shop, amount, {"buyer_type": "opd", "agency_code": agency})

    def public(self, when: int, shop: Row, amount: int) -> str:
        return self._order(when, shop, amount, {"buyer_type": "public"})

    def _order(self, when: int, shop: Row, amount: int, more: Row) -> str:
        moment = dt.datetime.fromtimestamp(when - self.plan.utc_hours * 3600, dt.UTC).replace(tzinfo=None)
        number = f"{_date(when // DAY):%Y%m%d}0000{FIRST + len(self.lines):06d}"
        line = {"order_id": number, "line": 1, "ordered_at": moment, "amount": amount, "order_total": amount}
        line |= {"quantity": 1, "payment": "QRIS", "product": market.GOODS[shop["category"]][0][0], "status": "paid"}
        line |= {"merchant": shop["name"]} | {name: shop[name] for name in ("merchant_id", "area_code", "category")}
        line |= {"updated_at": moment + dt.timedelta(minutes=4), "_earlier_at": None, "_earlier_status": "pending"}
        self.lines.append(line | more)
        return number

    def cancel(self, order_id: str, after: dt.timedelta) -> None:
        """The order was paid, and was cancelled so long after."""
        line = next(one for one in self.lines if one["order_id"] == order_id)
        paid = line["updated_at"]
        line |= {"status": "cancelled", "updated_at": paid + after, "_earlier_at": paid, "_earlier_status": "paid"}

    def listed(self, like: Row, number: int, **other: Any) -> Row:
        """One more on the list of civil servants, whose NIP and NIK nobody else has."""
        nip = f"{like['nip'][:15]}{700 + number:03d}"
        nik = f"{self.plan.code.replace('.', '')}92{like['nik'][6:12]}{number + 1:04d}"
        row = {name: like[name] for name in self.market.servants.columns} | {"nip": nip, "nik": nik} | other
        self.servants.append(row)
        return row | {"account": f"87{number:010d}"}

    def case(self, rule: str, *key: str) -> None:
        self.cases.append({"rule": rule, "key": " ".join(key)})

    def told(self) -> Planted:
        servants = self.market.servants.schema
        lines = {
            "order_id": pl.String, "line": pl.Int64, "ordered_at": pl.Datetime("us"), "amount": pl.Int64,
            "order_total": pl.Int64, "quantity": pl.Int64, "payment": pl.String, "product": pl.String,
            "status": pl.String, "merchant": pl.String, "merchant_id": pl.String, "area_code": pl.String,
            "category": pl.String, "updated_at": pl.Datetime("us"), "_earlier_at": pl.Datetime("us"),
            "_earlier_status": pl.String, "buyer_type": pl.String, "nip": pl.String, "payment_account": pl.String,
            "agency_code": pl.String, "refund_of": pl.String,
        }  # fmt: skip
        return Planted(
            pl.DataFrame(self.owners, schema={"merchant_id": pl.String, "owner_nik": pl.String}),
            pl.DataFrame(self.servants, schema=servants),
            pl.DataFrame(self.lines, schema=lines),
            pl.DataFrame(self.cases, schema={"rule": pl.String, "key": pl.String}),
        )


def _date(day: int | np.integer) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(day))


def _month(day: int | np.integer) -> str:
    return f"{_date(day):%Y-%m}"


def _near(size: int) -> int:
    """Honest stories of a kind, besides those of a case."""
    return max(1, size // 2)


def _clever(number: int, size: int) -> bool:
    """Whether this is the one that does it more cleverly, or the honest one that looks guilty."""
    return size >= CLEVER and number == 0


def circular(town: Town, size: int) -> None:
    """Two with shops buy from each other; honest neighbours once, or one of them only."""
    for number in range(size):
        one = town.somebody()
        other = town.somebody(not_of=one["agency_code"])
        _trade(
            town, one, other, int(town.rng.integers(2, 5)), 1 if _clever(number, size) else int(town.rng.integers(2, 5))
        )
        town.case("circular_buying", one["nip"], other["nip"])
    for number in range(_near(size)):
        one = town.somebody()
        other = town.somebody(not_of=one["agency_code"])
        there, back = (2, 2) if _clever(number, size) else (1, 1) if number % 2 else (4, 0)
        _trade(town, one, other, there, back)


def _trade(town: Town, one: Row, other: Row, there: int, back: int) -> None:
    days, shops = town.within(24), (town.shop_of(one), town.shop_of(other))
    for buyer, shop, orders in ((one, shops[1], there), (other, shops[0], back)):
        for day in town.rng.choice(days, orders):
            town.by(buyer, town.at(day), shop, town.rupiah(50_000, 900_000))


def split(town: Town, size: int) -> None:
    """An agency needs much at once and orders it in parts; honest ones order it whole, or need little."""
    agencies = town.rng.permutation(town.market.agencies["agency_code"].to_numpy()).tolist() * 2
    for number in range(size):
        total = town.rupiah(11_000_000, 30_000_000)
        parts = -(-total // 9_500_000) + int(town.rng.integers(0, 2))
        days = town.within(12)[::5] if _clever(number, size) else town.within(2)
        shop, first = town.any_shop(), agencies.pop()
        shares = town.rng.dirichlet(np.full(parts, 60)) * total // 500 * 500
        when = sorted(town.at(days[part % len(days)]) for part in range(parts))
        for moment, share in zip(when, np.minimum(shares, 9_990_000), strict=True):
            town.of(first, moment, shop, int(share))
        town.case("split_orders", first, shop["merchant_id"], _month(when[0] // DAY))
    for number in range(_near(size)):
        day, shop, agency = town.within(1)[0], town.any_shop(), agencies.pop()
        amounts = (
            (6_000_000, 5_500_000)
            if _clever(number, size)
            else ((2_400_000,) * 3, (14_000_000, 12_500_000))[number % 2]
        )
        for amount in amounts:
            town.of(agency, town.at(day), shop, amount)


def month_end(town: Town, size: int) -> None:
    """One account pays a pile of orders in the last days; honest ones buy steadily, and agencies before they close."""
    ends = town.month_ends()
    for number in range(size if len(ends) else 0):
        end, person = town.rng.choice(ends), town.somebody()
        for day in town.rng.integers(end - 6 if _clever(number, size) else end - 3, end, town.rng.integers(9, 15)):
            town.by(person, town.at(day), town.any_shop(), town.rupiah(20_000, 90_000))
        town.case("month_end_bulk", person["account"], _month(end - 1))
    for number in range(_near(size)):
        person, agency = town.somebody(), town.agency()
        last = ends[-1] if len(ends) else town.days[-1]
        for index, day in enumerate(_spread(town.within(24), 10)):
            town.by(person, town.at(day), town.any_shop(), town.rupiah(20_000, 90_000))
            town.of(agency, town.at(last - 1 - index % 2), town.any_shop(), town.rupiah(90_000, 400_000))
        if _clever(number, size) and len(ends):  # a wedding
            for _ in range(9):
                town.by(person, town.at(last - 2), town.any_shop(), town.rupiah(20_000, 90_000))


def _spread(days: Ints, size: int) -> Ints:
    """So many days, evenly among these."""
    return days[np.linspace(0, len(days) - 1, size).astype(np.int64)]


def shared(town: Town, size: int) -> None:
    """One pays for many; honest ones are a couple who share an account, or a family of three."""
    for number in range(size):
        _pay_for(town, 3 if _clever(number, size) else int(town.rng.integers(4, 9)), "shared_account")
    for number in range(_near(size)):
        _pay_for(town, 4 if _clever(number, size) else 2 + number % 2)


def _pay_for(town: Town, buyers: int, rule: str = "") -> None:
    """Once or twice for each, not in the last days of a month."""
    crowd, days = [town.somebody() for _ in range(buyers)], [day for day in town.days if _date(day + WEEK).day > WEEK]
    for person in crowd:
        for day in town.rng.choice(days, int(town.rng.integers(1, 3))):
            when, amount = town.at(day), town.rupiah(20_000, 150_000)
            town.by(person, when, town.any_shop(), amount, payment_account=crowd[0]["account"])
    if rule:
        town.case(rule, crowd[0]["account"])


def cancelled(town: Town, size: int) -> None:
    """Paid before the month's end and cancelled after it; honest ones change their mind within the hour."""
    ends = town.month_ends(after=WEEK)
    for number in range(size if len(ends) else 0):
        end, person = town.rng.choice(ends), town.somebody()
        paid = int(end) * DAY - int(town.rng.integers(3_600, 5 * DAY))
        hours = int(town.rng.integers(24, 6 * 24)) + (int(end) * DAY - paid) // 3600
        if _clever(number, size):
            paid, hours = int(end) * DAY - 7_200, 20
        buy = partial(town.by, person) if number % 3 else partial(town.of, town.agency())
        order = buy(paid, town.any_shop(), town.rupiah(40_000, 700_000))
        town.cancel(order, dt.timedelta(hours=hours))
        town.case("cancelled_after", order)
    for number in range(_near(size) if len(ends) else 0):
        end, person = town.rng.choice(ends), town.somebody()
        order = town.by(person, int(end) * DAY - 1_200, town.any_shop(), town.rupiah(40_000, 700_000))
        late = (
            dt.timedelta(days=4) if _clever(number, size) else dt.timedelta(minutes=40)
        )  # it never came, or was too dear
        town.cancel(order, late)


def staff_shop(town: Town, size: int) -> None:
    """A shop lives on its owner's agency; honest ones sell to other agencies, or little to the own one."""
    for number in range(size):
        owner = town.somebody()
        shop, own = town.shop_of(owner), owner["agency_code"]
        _sell(town, owner, shop, own, 120 if _clever(number, size) else int(town.rng.integers(0, 8)))
        town.case("staff_shop", shop["merchant_id"], own)
    for number in range(_near(size)):
        owner = town.somebody()
        shop, own = town.shop_of(owner), owner["agency_code"]
        other = own if _clever(number, size) else town.agency(not_=own)
        _sell(town, owner, shop, other, 3)
        for day in town.within(10)[: 2 * (number % 2)]:
            town.of(own, town.at(day), shop, town.rupiah(100_000, 300_000))


def _sell(town: Town, owner: Row, shop: Row, agency: str, to_others: int) -> None:
    for day in town.rng.choice(town.days, town.rng.integers(5, 10)):
        town.of(agency, town.at(day), shop, town.rupiah(200_000, 900_000))
    for person in town.staff_of(agency, owner):
        town.by(person, town.at(town.rng.choice(town.days)), shop, town.rupiah(30_000, 120_000))
    for day in town.rng.choice(town.days, to_others):
        town.public(town.at(day), shop, town.rupiah(100_000, 300_000))


def own_shop(town: Town, size: int) -> None:
    """Somebody buys from himself; an honest colleague buys there, too."""
    for _ in range(size):
        owner = town.somebody()
        shop, colleague = town.shop_of(owner), town.somebody()
        for day in town.rng.choice(town.days, int(town.rng.integers(1, 3)), replace=False):
            town.case("own_shop", town.by(owner, town.at(day), shop, town.rupiah(20_000, 200_000)))
        town.by(colleague, town.at(town.days[0]), shop, town.rupiah(20_000, 90_000))


def unknown(town: Town, size: int) -> None:
    """Orders under a NIP that nobody has."""
    for number in range(size):
        like = town.market.servants.row(number, named=True)
        nobody = like | {"nip": f"{like['nip'][:15]}{600 + number:03d}", "account": f"85{number:010d}"}
        for day in town.rng.choice(town.days, int(town.rng.integers(1, 4)), replace=False):
            town.by(nobody, town.at(day), town.any_shop(), town.rupiah(20_000, 120_000))
        town.case("unknown_buyer", nobody["nip"])


def retired(town: Town, size: int) -> None:
    """Orders after the last day in office; honest ones are of that very day, or before."""
    for number in range(size + _near(size)):
        left = town.rng.choice(town.days[:-10])
        like = town.market.servants.row(number, named=True)
        person = town.listed(like, number, status="retired", retired_on=_date(left))
        honest = number >= size
        for ahead in town.rng.integers(-8 if honest else 1, 1 if honest else 11, int(town.rng.integers(1, 4))):
            town.by(person, town.at(max(left + ahead, town.days[0])), town.any_shop(), town.rupiah(20_000, 120_000))
        if not honest:
            town.case("retired_buyer", person["nip"])


def twice(town: Town, size: int) -> None:
    """One person under two NIPs, mostly in two agencies; an honest one had retired and came back."""
    for number in range(size + _near(size)):
        person, back = town.somebody(), number >= size
        agency = town.agency(not_=person["agency_code"]) if number % 3 else person["agency_code"]
        gone = {"status": "retired", "retired_on": _date(town.days[0])} if back else {}
        town.listed(person, 100 + number, nik=person["nik"], agency_code=agency, **gone)
        if not back:
            town.case("asn_twice", person["nik"])


KINDS = (circular, split, month_end, shared, cancelled, staff_shop, own_shop, unknown, retired, twice)
