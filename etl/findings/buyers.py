"""Buyers who do not fit the list of civil servants: unknown, retired, or in it twice. Mostly a list to be put right."""

import sqlalchemy as sa

from etl.cities import City
from etl.contract import Privacy
from etl.finding import Found, Rule, Severity, case
from etl.findings.purchases import HEAD, ORDERS, SERVANTS, mostly, orders_of, several, totals
from etl.text import Text
from etl.warehouse import TABLES

LINES, PEOPLE = TABLES[ORDERS].c, TABLES[SERVANTS].c
WORKING = PEOPLE.status != "retired"
KEPT = LINES.status.in_(("paid", "pending"))
PERSONNEL = Text("pengelola data kepegawaian", "who keeps the list of civil servants")


def _unknown(city: City) -> Found:
    """A buyer of whom no row of the civil servants is."""
    orders = orders_of(city, LINES.buyer_type == "asn", LINES.buyer.is_not(None))
    known = sa.exists().where(PEOPLE.city_code == city.code, PEOPLE.buyer == orders.c.buyer)
    told = totals(orders) | {"agency_code": mostly(orders.c.agency_code)}
    return case(orders.c.buyer, **told).where(~known).group_by(orders.c.buyer)


def _retired(city: City) -> Found:
    """A buyer who ordered after the last day in office."""
    orders = orders_of(city, KEPT, LINES.buyer.is_not(None))
    told = totals(orders) | {
        "agency_code": sa.func.min(PEOPLE.agency_code),
        "retired_on": sa.func.min(PEOPLE.retired_on),
    }
    same = sa.and_(PEOPLE.city_code == city.code, PEOPLE.buyer == orders.c.buyer)
    later = sa.cast(orders.c.local, sa.Date()) > PEOPLE.retired_on
    found = case(orders.c.buyer, **told).join_from(orders, TABLES[SERVANTS], same)
    return found.where(later).group_by(orders.c.buyer)


def _twice(city: City) -> Found:
    """A person with two NIPs; who retired and came back is in the list twice with good reason."""
    found = case(
        PEOPLE.shop_owner,
        agency_code=sa.func.min(PEOPLE.agency_code),
        agencies=several(PEOPLE.agency_code),
        rows=sa.func.count(),
        nip=sa.func.min(PEOPLE.nip),
        other_nip=sa.func.max(PEOPLE.nip),
    )
    mine = (PEOPLE.city_code == city.code, PEOPLE.shop_owner.is_not(None), WORKING)
    return found.where(*mine).group_by(PEOPLE.shop_owner).having(sa.func.count() > 1)


RULES = (
    Rule(
        name="unknown_buyer",
        title=Text("NIP pembeli tidak dikenal", "Unknown NIP of a buyer"),
        meaning=Text(
            "Pesanan atas NIP yang tidak ada di daftar ASN; periksa NIP-nya, atau lengkapi daftarnya",
            "Orders under a NIP that is not in the list of civil servants; check the NIP, or complete the list",
        ),
        reads=((ORDERS, "buyer"), (SERVANTS, "buyer")),
        severity=Severity.ERROR,
        owner=PERSONNEL,
        privacy=Privacy.P2,
        found=_unknown,
        about_purchases=True,
    ),
    Rule(
        name="retired_buyer",
        title=Text("Pesanan setelah pensiun", "Orders after retirement"),
        meaning=Text(
            "Pesanan sebagai ASN setelah tanggal pensiunnya; mungkin akunnya dipakai orang lain, atau tanggalnya salah",
            "Orders as a civil servant after retirement; somebody else may use the account, or the day is wrong",
        ),
        reads=((ORDERS, "buyer"), (SERVANTS, "retired_on")),
        severity=Severity.LOOK,
        owner=HEAD,
        privacy=Privacy.P2,
        found=_retired,
        about_purchases=True,
    ),
    Rule(
        name="asn_twice",
        title=Text("Satu orang dengan dua NIP", "One person under two NIPs"),
        meaning=Text(
            "Satu NIK pada dua NIP yang masih bekerja, di satu OPD atau di dua OPD; tetapkan yang berlaku",
            "One NIK under two NIPs, both at work, in one agency or in two; settle which one holds",
        ),
        reads=((SERVANTS, "shop_owner"),),
        severity=Severity.ERROR,
        owner=PERSONNEL,
        privacy=Privacy.P2,
        found=_twice,
        sealed={"nip": f"{SERVANTS}.nip", "other_nip": f"{SERVANTS}.nip"},
        about_purchases=True,
    ),
)  # fmt: skip
