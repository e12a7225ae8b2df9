"""Every civil servant's obligation in three months equals a second computation over the simulator's own books."""

import datetime as dt
from collections.abc import Iterator

import pandas as pd
import pytest
import sqlalchemy as sa

from dashboard.compliance import earlier_month, person_months
from dashboard.queries import Asked
from dashboard.scope import Scope
from dashboard.standings import standings
from etl.warehouse import TABLES, Role, engine, reading
from tests import purchases
from tests.market import Market, market

SERVANTS, MONTHS = 13_000, (0, 1, 2)


@pytest.fixture(scope="module")
def shops(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """Surabaya with all its civil servants, and three months of their orders."""
    folder = tmp_path_factory.mktemp("market")
    size = {"servants": SERVANTS, "days": 100, "order_lines": 60, "merchants": 600}
    with market(folder, "surabaya", 19, module_database_url, **size) as made:
        yield made


def test_every_civil_servant_of_every_agency_in_three_months(shops: Market) -> None:
    city, today = shops.city, shops.now.astimezone(shops.city.tz).date()
    people = TABLES["civil_servants"].c
    with engine(Role.ETL).connect() as connection:
        nips = dict(connection.execute(sa.select(people.buyer, people.nip)).all())
    seen = set()
    for back in MONTHS:
        month = earlier_month(today, back)
        found = person_months(city, month, shops.now)
        with reading(city.code) as connection:
            rows = connection.execute(sa.select(found)).all()
        shown = pd.DataFrame(rows, columns=found.c.keys()).assign(nip=lambda told: told.buyer.map(nips))
        shown["state"] = shown.state.replace("missed", "open")
        true = purchases.standing(shops.books, month, local(shops), 1)
        seen |= set(true.state)
        assert_same(shown, true)
        assert len(true) > 0.97 * SERVANTS and set(true.agency_code) == set(shown.agency_code)
    assert seen == {"met", "open", "exempt", "unknown"}


def local(shops: Market) -> pd.Timestamp:
    return pd.Timestamp(shops.now.astimezone(shops.city.tz).replace(tzinfo=None))


def assert_same(shown: pd.DataFrame, true: pd.DataFrame) -> None:
    """The same people in the same state, with the same orders and rupiah."""
    names = ["nip", "agency_code", "state", "orders", "amount"]
    one, other = (rows[names].sort_values("nip").reset_index(drop=True) for rows in (shown, true))
    kinds = {"orders": float, "amount": float}
    pd.testing.assert_frame_equal(one.astype(kinds), other.astype(kinds), check_dtype=False)


def test_the_ranking_of_agencies(shops: Market) -> None:
    today = shops.now.astimezone(shops.city.tz).date()
    asked = Asked(Scope(shops.city.slug, shops.city.code, today, today), shops.city, shops.now)
    true = purchases.ranking(purchases.standing(shops.books, today, local(shops), 1))
    with reading(shops.city.code) as connection:
        found = standings(connection, asked)
    assert [one.key for one in found] == [key for key, _ in sorted(
        ((key, share) for (key, column), share in true.items() if column == "1"), key=lambda pair: (-pair[1], pair[0])
    )]  # fmt: skip
    assert {one.key: one.share for one in found} == pytest.approx({k: v for (k, c), v in true.items() if c == "1"})


def test_who_is_exempt_or_retired_is_not_failing(shops: Market) -> None:
    """Every letter that covers half of last month exempts who did not buy; nobody who retired before owes anything."""
    month = earlier_month(shops.now.astimezone(shops.city.tz).date(), 1)
    true = purchases.standing(shops.books, month, local(shops), 1).set_index("nip")
    letters = shops.books.table("asn_exemptions")
    since, until = pd.to_datetime(letters.since), pd.to_datetime(letters.until)
    away = letters[
        (since <= pd.Timestamp(month)) & (until.isna() | (until > pd.Timestamp(month) + pd.Timedelta(days=31)))
    ]
    assert len(away) > 100
    assert not set(true.loc[true.index.intersection(away.nip)].state) & {"open", "unknown"} - {"unknown"}
    retired = shops.books.table("civil_servants")[lambda rows: rows.status == "retired"]
    gone = retired[pd.to_datetime(retired.retired_on) < pd.Timestamp(month)]
    assert len(gone) > 50 and not set(gone.nip) & set(true.index)


def test_a_month_without_data_is_unknown_not_failed(shops: Market) -> None:
    """Before the first order nobody is told to have failed, when the marketplace's data do not reach its end."""
    later = shops.now + dt.timedelta(days=70)
    month = earlier_month(later.astimezone(shops.city.tz).date(), 1)
    found = person_months(shops.city, month, later)
    with reading(shops.city.code) as connection:
        states = set(connection.scalars(sa.select(found.c.state).distinct()))
    assert states <= {"unknown", "exempt"}
