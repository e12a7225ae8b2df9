"""The marketplace of a city: agencies, civil servants, merchants and order lines, as they truly are."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simulator import people, seasons
from simulator.places import Places
from simulator.plans import DINAS, Plan
from simulator.seasons import Floats, Ints

GOODS: dict[str, tuple[tuple[str, int], ...]] = {
    "Sembako": (
        ("Beras medium 5 kg", 68_000),
        ("Gula pasir 1 kg", 17_500),
        ("Minyak goreng 1 L", 18_000),
        ("Telur ayam 1 kg", 29_000),
        ("Tepung terigu 1 kg", 13_000),
        ("Mi instan 1 dus", 112_000),
        ("Beras premium 10 kg", 152_000),
        ("Kopi bubuk 200 g", 24_000),
    ),
    "Sayur dan buah": (
        ("Bayam 1 ikat", 5_000),
        ("Cabai rawit 250 g", 16_000),
        ("Tomat 1 kg", 14_000),
        ("Bawang merah 500 g", 19_000),
        ("Pisang kepok 1 sisir", 22_000),
        ("Jeruk 1 kg", 26_000),
    ),
    "Ikan dan daging": (
        ("Ayam potong 1 ekor", 39_000),
        ("Ikan nila 1 kg", 38_000),
        ("Daging sapi 500 g", 68_000),
        ("Udang 500 g", 47_000),
        ("Tempe 1 papan", 7_000),
        ("Tahu 10 potong", 9_000),
    ),
    "Makanan siap saji": (
        ("Nasi kotak ayam", 25_000),
        ("Nasi kuning", 15_000),
        ("Soto ayam", 18_000),
        ("Nasi campur", 22_000),
        ("Snack kotak", 12_000),
        ("Es teh", 5_000),
    ),
    "Kue dan camilan": (
        ("Amplang 250 g", 25_000),
        ("Kue basah 10 potong", 30_000),
        ("Keripik singkong", 15_000),
        ("Roti manis 5 buah", 22_000),
        ("Kue kering 1 toples", 65_000),
    ),
    "Kerajinan": (
        ("Sarung tenun", 245_000),
        ("Tas anyaman", 95_000),
        ("Batik cap 2 m", 175_000),
        ("Gantungan kunci", 10_000),
        ("Tempat tisu rotan", 55_000),
    ),
}
KINDS = np.array(list(GOODS))
KIND_SHARE = np.array([0.27, 0.17, 0.15, 0.25, 0.11, 0.05])
MEALS = int(np.flatnonzero(KINDS == "Makanan siap saji")[0])
SHOP_WORDS = np.array(["Toko", "Warung", "UD", "Dapur", "Kedai", "Lapak", "Griya"])
BUYERS = np.array(["asn", "opd", "public"])
PAYMENTS = np.array(["QRIS", "Virtual account", "Transfer bank"])
LINES_MEAN = 1.45  # lines of an order
RETIRED_WITHIN = 400  # days, of those who are retired
OBLIGED_ASN_SHARE = 0.5  # of the civil servants, on average, buy in a month


@dataclass(frozen=True)
class Market:
    """Everyone who trades in one city. Frames carry contract names; arrays are for drawing."""

    agencies: pl.DataFrame
    servants: pl.DataFrame
    merchants: pl.DataFrame
    servant_habit: Floats  # chance that a civil servant buys in a month
    merchant_pull: Floats  # share of sales; heavy-tailed
    merchant_kind: Ints
    merchant_joined: Ints  # local seconds


def open_market(plan: Plan, places: Places, now: dt.datetime, rng: np.random.Generator) -> Market:
    """The standing data of a city's marketplace."""
    agencies = _agencies(plan, places, now)
    servants, agency = _servants(plan, agencies, now, rng)
    per_agency = np.clip(rng.normal(OBLIGED_ASN_SHARE, 0.13, agencies.height), 0.2, 0.85)
    merchants, kind, joined = _merchants(plan, places, now, rng)
    pull = rng.pareto(1.3, plan.merchants) + 0.15
    merchants = merchants.with_columns(owner_nik=people.nik_of_owners(rng, plan.code, plan.merchants))
    return Market(
        agencies=agencies,
        servants=servants,
        merchants=merchants,
        servant_habit=np.clip(per_agency[agency] + rng.normal(0, 0.12, len(agency)), 0.02, 0.98),
        merchant_pull=np.minimum(pull, pull.mean() * 25),
        merchant_kind=kind,
        merchant_joined=joined,
    )


def _agencies(plan: Plan, places: Places, now: dt.datetime) -> pl.DataFrame:
    rows = [(f"D{number:02d}", name, short) for number, (name, short) in enumerate(DINAS[: plan.dinas], 1)]
    rows += [
        (f"K{number:02d}", f"Kecamatan {name}", f"Kec. {name}") for number, (_, name) in enumerate(places.kecamatan, 1)
    ]
    frame = pl.DataFrame(rows, schema=["agency_code", "name", "short_name"], orient="row")
    return frame.with_columns(updated_at=pl.lit(_beginning(plan, now)))


def _beginning(plan: Plan, now: dt.datetime) -> dt.datetime:
    return (now - dt.timedelta(days=plan.days)).replace(hour=1, minute=0, second=0, tzinfo=None)


def _local_day(now: dt.datetime, plan: Plan) -> dt.date:
    return (now + dt.timedelta(hours=plan.utc_hours)).date()


def _servants(
    plan: Plan, agencies: pl.DataFrame, now: dt.datetime, rng: np.random.Generator
) -> tuple[pl.DataFrame, Ints]:
    size = plan.servants
    weight = np.where(
        agencies["agency_code"].str.starts_with("K").to_numpy(), 0.5, rng.uniform(0.8, 3, agencies.height)
    )
    agency = rng.choice(agencies.height, size, p=weight / weight.sum())
    nips = people.nip(rng, size)
    frame = pl.DataFrame(
        {
            "nip": nips,
            "nik": people.nik_of_servants(plan.code, nips),
            "name": people.names(rng, size),
            "agency_code": agencies["agency_code"].to_numpy()[agency],
            "unit": rng.choice(["Sekretariat", "Bidang I", "Bidang II", "Bidang III", "UPTD"], size),
            "grade": rng.choice(["II/c", "II/d", "III/a", "III/b", "III/c", "III/d", "IV/a", "IV/b"], size),
            "post": rng.choice(
                ["Pelaksana", "Fungsional", "Pengawas", "Administrator"], size, p=[0.55, 0.33, 0.09, 0.03]
            ),
            "status": rng.choice(["active", "leave", "retired"], size, p=[0.965, 0.02, 0.015]),
        }
    )
    retired = pl.when(pl.col("status") == "retired").then(
        pl.lit(_local_day(now, plan)) - pl.duration(days=pl.col("_n"))
    )
    frame = frame.with_row_index("_n").with_columns(pl.col("_n") * 37 % RETIRED_WITHIN)
    return frame.with_columns(retired_on=retired.cast(pl.Date), updated_at=pl.lit(_beginning(plan, now))).drop(
        "_n"
    ), agency


def _merchants(
    plan: Plan, places: Places, now: dt.datetime, rng: np.random.Generator
) -> tuple[pl.DataFrame, Ints, Ints]:
    size = plan.merchants
    kind = rng.choice(len(KINDS), size, p=KIND_SHARE)
    age_days = np.where(
        rng.random(size) < 0.65, plan.days + rng.integers(0, 300, size), rng.integers(0, plan.days, size)
    )
    today = seasons.days_until(now, plan.utc_hours, 1)[0]
    joined = np.sort(today - age_days.astype("timedelta64[D]"))
    shop = np.char.add(np.char.add(rng.choice(SHOP_WORDS, size), " "), people.names(rng, size))
    opened = np.minimum(joined.astype(np.int64) * seasons.DAY + 9 * 3600 - plan.utc_hours * 3600, int(now.timestamp()))
    frame = pl.DataFrame(
        {
            "merchant_id": np.char.add(f"{plan.prefix}-M", people.digits(np.arange(1, size + 1), 5)),
            "name": shop,
            "area_code": places.codes[places.draw(rng, size)],
            "category": KINDS[kind],
            "joined_on": joined,
            "updated_at": seasons.stamps(opened),
        }
    )
    return frame, kind, joined.astype(np.int64) * seasons.DAY


@dataclass(frozen=True)
class Orders:
    """Whole orders before they have lines; ``who`` is an index of servants or agencies."""

    when: Ints  # local seconds
    buyer: Ints  # index of BUYERS
    who: Ints

    def __getitem__(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> "Orders":
        return Orders(self.when[chosen], self.buyer[chosen], self.who[chosen])


def order_history(plan: Plan, market: Market, now: dt.datetime, rng: np.random.Generator) -> pl.DataFrame:
    """Every order line of the history, in the order of time."""
    days = seasons.days_until(now, plan.utc_hours, plan.days)
    servants = _servant_orders(market, days, rng)
    rest = max(plan.order_lines - len(servants.when) * LINES_MEAN / plan.days, plan.order_lines * 0.25)
    opd = _daily_orders(
        1, rest * 0.2 / LINES_MEAN, seasons.office(days), seasons.OFFICE, days, market.agencies.height, rng
    )
    public = _daily_orders(2, rest * 0.8 / LINES_MEAN, seasons.shopping(days), seasons.HOUSEHOLD, days, 1, rng)
    together = Orders(
        *(np.concatenate(parts) for parts in zip(*(_fields(each) for each in (servants, opd, public)), strict=True))
    )
    past = together[together.when <= _local(now, plan)]
    return order_lines(plan, market, past[np.argsort(past.when, kind="stable")], now, rng)


def _fields(orders: Orders) -> tuple[Ints, Ints, Ints]:
    return orders.when, orders.buyer, orders.who


def _local(now: dt.datetime, plan: Plan) -> int:
    return int(now.timestamp()) + plan.utc_hours * 3600


def _servant_orders(market: Market, days: seasons.Days, rng: np.random.Generator) -> Orders:
    """A civil servant buys once in the months in which he does, on a day that suits the office."""
    months, gone = days.astype("datetime64[M]"), _retired_from(market)
    when, who = [], []
    for month in np.unique(months):
        whole = np.arange(month, month + np.timedelta64(1, "M"), dtype="datetime64[D]")
        buying = np.flatnonzero(rng.random(len(market.servant_habit)) < market.servant_habit * rng.uniform(0.9, 1.08))
        weights = seasons.office(whole)
        per_day = rng.multinomial(len(buying), weights / weights.sum())
        when.append(seasons.moments(rng, whole, per_day, seasons.OFFICE))
        who.append(rng.permutation(buying))
    moments, person = np.concatenate(when), np.concatenate(who)
    inside = (moments >= days[0].astype(np.int64) * seasons.DAY) & (moments < gone[person])
    return Orders(moments, np.zeros(len(moments), np.int64), person)[inside]


def _retired_from(market: Market) -> Ints:
    """From when on (local seconds) each civil servant is one no more; for who is, never."""
    days = market.servants["retired_on"].dt.offset_by("1d").dt.epoch("d").cast(pl.Int64)
    return (days * seasons.DAY).fill_null(np.iinfo(np.int64).max).to_numpy()


def _daily_orders(
    buyer: int, mean: float, season: Floats, hours: Floats, days: seasons.Days, size: int, rng: np.random.Generator
) -> Orders:
    when = seasons.moments(rng, days, rng.poisson(mean * season / season.mean()), hours)
    return Orders(when, np.full(len(when), buyer), rng.integers(0, size, len(when)))


def order_lines(
    plan: Plan, market: Market, orders: Orders, now: dt.datetime, rng: np.random.Generator, first: int = 0
) -> pl.DataFrame:
    """The lines of orders, as they stand at ``now``; a few were sent back some days later.

    ``first`` numbers the orders (six digits).
    """
    frame = _explode(plan, market, orders, first, rng)
    frame = _states(frame, len(orders.when), now, rng)
    lines = pl.concat([frame, _returns(frame, now)]).with_columns(order_total=pl.col("amount").sum().over("order_id"))
    return lines.sort("ordered_at", "order_id", "line", maintain_order=True)


def _pick_merchants(market: Market, orders: Orders, rng: np.random.Generator) -> Ints:
    """By pull among those of the wanted kind who had joined; agencies mostly order meals."""
    order_count = len(orders.when)
    chosen = np.zeros(order_count, np.int64)
    wants_meals = (orders.buyer == 1) & (rng.random(order_count) < 0.8)
    for meals in (True, False):
        pull = market.merchant_pull * (market.merchant_kind == MEALS if meals else 1)
        cumulative = np.cumsum(pull)
        open_shops = np.maximum(np.searchsorted(market.merchant_joined, orders.when, side="right"), 1)
        drawn = np.searchsorted(cumulative, rng.random(order_count) * cumulative[open_shops - 1], side="right")
        chosen = np.where(wants_meals == meals, np.minimum(drawn, len(pull) - 1), chosen)
    return chosen


def _explode(plan: Plan, market: Market, orders: Orders, number: int, rng: np.random.Generator) -> pl.DataFrame:
    merchant = _pick_merchants(market, orders, rng)
    count = np.minimum(1 + rng.poisson(LINES_MEAN - 1, len(merchant)), 5)
    order = np.repeat(np.arange(len(merchant)), count)
    line = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
    first = rng.integers(0, 100, len(merchant))
    product, price = _products(market.merchant_kind[merchant][order], first[order] + line)
    meeting = (orders.buyer == 1) & (market.merchant_kind[merchant] == MEALS)
    quantity = np.where(meeting[order], rng.integers(5, 31, len(order)), 1 + rng.binomial(4, 0.22, len(order)))
    paid = np.maximum(np.round(price * rng.uniform(0.92, 1.08, len(order)) / 500) * 500, 5_000).astype(np.int64)
    numbers = people.digits(rng.integers(0, 36**2, len(merchant)), 4)
    day = (orders.when // seasons.DAY).astype("datetime64[D]").astype(str)
    ids = np.char.add(
        np.char.add(np.char.replace(day, "-", ""), numbers), people.digits(np.arange(len(merchant)) + number, 6)
    )
    lines = pl.DataFrame(
        {
            "order_id": ids[order],
            "line": line + 1,
            "ordered_at": seasons.stamps(orders.when[order] - plan.utc_hours * 3600),
            "quantity": quantity,
            "amount": quantity * paid,
            "buyer_type": BUYERS[orders.buyer][order],
            "payment": rng.choice(PAYMENTS, len(merchant), p=[0.55, 0.3, 0.15])[order],
            "product": product,
            "_order": order,
        }
    )
    shops = market.merchants.select("merchant_id", "area_code", "category", merchant="name")[merchant[order].tolist()]
    whose = _buyers(market, orders)[order.tolist()]
    return lines.hstack(shops).hstack(whose).with_columns(refund_of=pl.lit(None, pl.String))


def _products(kind: Ints, number: Ints) -> tuple[NDArray[np.str_], Ints]:
    width = max(len(goods) for goods in GOODS.values())
    names = np.array([[goods[n % len(goods)][0] for n in range(width)] for goods in GOODS.values()])
    prices = np.array([[goods[n % len(goods)][1] for n in range(width)] for goods in GOODS.values()])
    sizes = np.array([len(goods) for goods in GOODS.values()])
    return names[kind, number % sizes[kind]], prices[kind, number % sizes[kind]]


def _buyers(market: Market, orders: Orders) -> pl.DataFrame:
    """nip, account and agency_code of each order; empty for the public."""
    servant, agency = orders.buyer == 0, orders.buyer == 1
    nips = market.servants["nip"].to_numpy()[np.where(servant, orders.who, 0)]
    own = market.servants["agency_code"].to_numpy()[np.where(servant, orders.who, 0)]
    other = market.agencies["agency_code"].to_numpy()[np.where(agency, orders.who, 0)]
    accounts = np.char.add("88", people.digits(np.where(servant, orders.who, 0), 10))
    frame = pl.DataFrame(
        {
            "nip": nips,
            "payment_account": accounts,
            "agency_code": np.where(servant, own, other),
            "_s": servant,
            "_a": servant | agency,
        }
    )
    whose = {"nip": "_s", "payment_account": "_s", "agency_code": "_a"}
    return frame.select(pl.when(there).then(name).alias(name) for name, there in whose.items())


def _states(frame: pl.DataFrame, orders: int, now: dt.datetime, rng: np.random.Generator) -> pl.DataFrame:
    """Paid within minutes, sometimes cancelled; 1.5 % are settled only a day or two later."""
    late = rng.random(orders) < 0.015
    delay = np.where(late, rng.integers(86_400, 2 * 86_400, orders), rng.integers(20, 1_500, orders))
    cancelled = rng.random(orders) < np.where(late, 0.5, 0.02)
    chosen = frame["_order"].to_numpy()
    settled = pl.col("ordered_at") + pl.Series(delay[chosen]).cast(pl.Duration("us")) * 1_000_000
    frame = frame.with_columns(
        _settled=settled,
        _late=pl.Series(late[chosen]),
        status=pl.Series(np.where(cancelled, "cancelled", "paid")[chosen]),
    )
    known = pl.col("_settled") <= now.replace(tzinfo=None)
    return frame.with_columns(
        status=pl.when(known).then("status").otherwise(pl.lit("pending")),
        updated_at=pl.when(known).then("_settled").otherwise("ordered_at"),
        _earlier_at=pl.when(known & pl.col("_late")).then("ordered_at"),
        _earlier_status=pl.lit("pending"),
    ).drop("_settled", "_late", "_order")


def _returns(frame: pl.DataFrame, now: dt.datetime) -> pl.DataFrame:
    """About 0.7 % of the paid lines come back two days later, as an order of their own."""
    back = frame.filter((pl.col("status") == "paid") & (pl.col("order_id").str.slice(-6).cast(pl.Int64) % 140 == 7))
    return back.filter(
        pl.col("line") == 1, pl.col("ordered_at") < now.replace(tzinfo=None) - dt.timedelta(days=2)
    ).with_columns(
        order_id=pl.col("order_id") + "R",
        refund_of=pl.col("order_id"),
        ordered_at=pl.col("ordered_at").dt.offset_by("2d"),
        updated_at=pl.col("ordered_at").dt.offset_by("2d"),
        quantity=-pl.col("quantity"),
        amount=-pl.col("amount"),
        status=pl.lit("refunded"),
        _earlier_at=pl.lit(None, pl.Datetime("us")),
    )
